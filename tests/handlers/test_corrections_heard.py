"""What corrections say: a bigger room, a later end, no projector, another floor."""

from __future__ import annotations

from datetime import datetime

import pytest

from desk import places
from handlers.dialogue import hearing, when
from handlers.repair import form
from handlers.room import listening
from handlers.vehicle import form as vehicle_form
from nlu.understanding import Request

NINE = datetime(2026, 11, 23, 9)
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
    assert listening.listen(SHOWN, said)[key] == value


def test_nothing_is_bigger_before_a_room_was_shown() -> None:
    assert "seats_over" not in listening.listen({}, "要个大点的会议室")


def test_one_thing_has_one_word_among_the_wishes() -> None:
    assert listening.tidied(["视", "频会", "投影仪", "视频会议", "话筒"]) == ["视频会议", "投影", "话筒"]


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


# ── a trip ──────────────────────────────────────────────────────────────────────────────────────────

TRIP = {"start": "2026-11-24T09:00", "people": 2, "destination": "净月"}


@pytest.mark.parametrize(
    ("said", "key", "value"),
    [
        ("上午九点开会，估计八点二十就得走", "start", "2026-11-24T08:20"),
        ("他们坐G1256次来", "ride_no", "G1256"),
        ("接CZ6123航班的客人", "ride_no", "CZ6123"),
        ("还是不要司机了", "self_driven", True),
    ],
)
def test_what_is_said_of_a_trip_beside_its_blanks_is_heard(said: str, key: str, value: object) -> None:
    assert vehicle_form.listen(TRIP, said)[key] == value


@pytest.mark.parametrize(
    "said", ["派吉A·H1234去接人", "送到T2航站楼", "要台GL8去车站", "YC-20261124-001 接站"]
)
def test_a_number_plate_or_a_model_is_no_train(said: str) -> None:
    assert "ride_no" not in vehicle_form.listen(TRIP, said)


def test_an_hour_to_leave_alone_is_the_hour_that_was_read() -> None:
    assert "start" not in vehicle_form.listen(TRIP, "明早九点从单位走")


def test_one_stop_more_joins_the_others_and_another_place_replaces_them() -> None:
    pattern = next(s.adds for s in vehicle_form.SLOTS if s.name == "destination")
    assert pattern is not None
    for more in ("多去一站 先去省图", "再去趟吉大", "顺路去一下省委", "加个点"):
        assert pattern.search(more), more
    for other in ("改成去高新", "不是去净月是再去高新", "去高新"):
        assert not pattern.search(other), other


def test_the_same_day_is_that_of_the_trip_not_today() -> None:
    back = Request(
        intent="",
        kind=None,
        slots={"start": "2026-11-23"},
        hints={"start_precision": "date", "day_assumed": True},
    )
    assert when.merge(TRIP, back, now=NINE, horizon_days=90, text="当天回") == {}


def test_a_clock_alone_said_of_an_evening_is_the_evenings() -> None:
    late = {"start": "2026-11-24T23:30", "end": "2026-11-25T02:30"}
    said = Request(
        intent="", kind=None, slots={"start": "2026-11-23T11:40"}, hints={"start_precision": "clock"}
    )
    changed = when.merge(late, said, now=NINE, horizon_days=90, text="他们落地是十一点四十")
    assert changed["start"] == "2026-11-24T23:40"


def test_until_when_a_meeting_comes_again_is_not_its_end() -> None:
    weekly = Request(
        intent="book_room",
        kind="room",
        slots={"start": "2026-11-30T09:00", "end": "2026-12-31"},
        hints={"start_precision": "datetime", "recurrence": {"every": "week"}},
    )
    assert when.merge({}, weekly, now=NINE, horizon_days=90)["end"] is None


def test_names_for_the_seat_cards_may_come_with_the_request() -> None:
    heard = listening.listen({}, "50人开会，桌签名单：张三、李四、王五，课桌式")
    assert heard["names"] == "张三、李四、王五"
    assert "names" not in listening.listen({}, "涉密会议，桌签名单：张三、李四")


def test_below_a_rank_is_not_that_rank() -> None:
    assert listening.rank_in("处级以下 2个人") == "处以下"
    assert listening.rank_in("处级干部") == "正处"


@pytest.mark.parametrize(
    ("said", "purpose"),
    [
        ("早上送王局去机场，就他自己", "送王局"),
        ("去长春西站接北京来的专家 两位", "接北京来的专家"),
        ("现在去省政府送机要 1人", "送机要文件"),
        ("接下来领导要用车", None),
    ],
)
def test_whom_one_meets_is_what_the_trip_is_for(said: str, purpose: str | None) -> None:
    assert vehicle_form.listen(TRIP, said).get("purpose") == purpose


def test_another_kind_is_taken_up_where_this_one_is_let_go() -> None:
    assert hearing.meant_instead("算了 改成用车吧") == "vehicle"
    assert hearing.meant_instead("还是改成三点吧") == ""
