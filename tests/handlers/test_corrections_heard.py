"""What corrections say: a bigger room, a later end, no projector, another floor."""

from __future__ import annotations

import pytest

from desk import places
from handlers import when
from handlers.repair import form
from handlers.room import asking
from nlu.understanding import Request

SHOWN = {
    "room_id": 7,
    "room_seats": 12,
    "start": "2026-11-24T09:00",
    "end": "2026-11-24T11:00",
    "equipment": ["投影"],
}


@pytest.mark.parametrize(
    ("said", "key", "value"),
    [
        ("换个大点的", "seats_over", 12),
        ("太小了，坐不下", "seats_over", 12),
        ("换个小点的", "seats_under", 12),
        ("还有别的吗", "not_rooms", [7]),
        ("不要投影了", "equipment", []),
        ("延长半小时", "end", "2026-11-24T11:30"),
        ("多开一个半小时", "end", "2026-11-24T12:30"),
        ("少开半小时", "end", "2026-11-24T10:30"),
    ],
)
def test_a_correction_of_a_room_is_heard(said: str, key: str, value: object) -> None:
    assert asking.listen(SHOWN, said)[key] == value


def test_nothing_is_bigger_before_a_room_was_shown() -> None:
    assert "seats_over" not in asking.listen({}, "要个大点的会议室")


def test_one_thing_has_one_word_among_the_wishes() -> None:
    assert asking.tidied(["视", "频会", "投影仪", "视频会议", "话筒"]) == ["视频会议", "投影", "话筒"]


@pytest.mark.parametrize(
    ("said", "slot", "end"),
    [
        ("到十一点", {"start": "2026-11-24T11:00"}, "2026-11-24T11:00"),
        ("开到十一点", {"end": "2026-11-24T23:00"}, "2026-11-24T11:00"),
        ("开到晚上十一点", {"end": "2026-11-24T23:00"}, "2026-11-24T23:00"),
    ],
)
def test_until_is_the_first_such_hour_after_the_start(said: str, slot: dict[str, str], end: str) -> None:
    request = Request(intent="", kind=None, slots=slot, hints={"start_precision": "clock"})
    assert when.until(SHOWN, request, said).slots == {"end": end}


@pytest.mark.parametrize(
    ("pieces", "place"),
    [
        (["三楼东侧卫生间", "主楼"], "主楼三楼东侧卫生间"),
        (["厕所", "一号楼二楼"], "一号楼二楼厕所"),
        (["三楼", "五楼"], "三楼、五楼"),
        (["一号楼四楼那个男厕"], "一号楼四楼男厕"),
    ],
)
def test_the_pieces_of_a_place_come_in_the_order_places_are_written(pieces: list[str], place: str) -> None:
    assert places.joined(pieces) == place


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("主楼三楼东侧卫生间", "四楼", "主楼四楼东侧卫生间"),
        ("主楼508", "509", "主楼509"),
        ("二号楼306", "三号楼", "三号楼306"),
        ("二号楼", "东侧客梯", "二号楼东侧客梯"),
        ("主楼508", "二号楼306", "二号楼306"),
        ("我们屋", "三楼", "三楼"),
        ("主楼三楼厕所", "主楼三楼东侧", "主楼三楼东侧厕所"),
        ("主楼三楼厕所", "二号楼", "二号楼三楼厕所"),
        ("会议室", "三楼", "三楼会议室"),
        ("会议室", "一号楼305", "一号楼305"),
    ],
)
def test_a_lone_part_of_a_place_changes_only_that_part(old: str, new: str, place: str) -> None:
    assert places.refined(old, new) == place


def test_what_is_denied_of_a_fault_goes_and_haste_is_heard() -> None:
    assert form.listen({"object": "空调", "fault": "滴水、漏水"}, "是滴水不是漏水")["fault"] == "滴水"
    assert (
        form.listen({"object": "空调", "fault": "滴水"}, "着急，下午要开会")["urgency"] == "着急，下午要开会"
    )
    assert form.listen({"object": "暖气"}, "俺们屋暖气嘎嘎凉")["fault"] == "嘎嘎凉"
