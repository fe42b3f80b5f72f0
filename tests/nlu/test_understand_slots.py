"""What the deterministic layers read without any help from Rasa."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from nlu import patterns
from nlu.segment import segments
from nlu.understand import Understander
from tests.nlu.conftest import small_desk

NOW = datetime(2026, 11, 23, 10, 0)  # a Monday


@pytest.fixture
def reader() -> Understander:
    return Understander(gazetteer=small_desk())


def test_reads_a_whole_car_request_without_rasa(reader: Understander) -> None:
    request = reader.read_slots("明天下午两点派辆商务车去龙嘉机场接人，3个人", now=NOW)
    assert request.intent == "book_vehicle"
    assert request.kind == "vehicle"
    assert request.slots["start"] == "2026-11-24T14:00:00"
    assert request.slots["people"] == 3
    assert request.slots["vehicle_type"] == "商务车"
    assert request.slots["destination"] == "龙嘉机场"


def test_names_no_hour_to_leave_where_only_that_of_the_return_was_said(reader: Understander) -> None:
    request = reader.read_slots("明天上午派车去省政府，十一点半前回来", now=NOW)
    assert request.slots["start"] == "2026-11-24"
    assert request.slots["end"] == "2026-11-24T11:30:00"
    assert request.hints["start_precision"] == "part"


def test_comes_back_at_the_hour_that_ends_in_one_word(reader: Understander) -> None:
    request = reader.read_slots("明天9点派车去四平 下午四点返", now=NOW)
    assert request.slots["end"] == "2026-11-24T16:00:00"


def test_reads_a_repair_without_rasa(reader: Understander) -> None:
    request = reader.read_slots("一号楼三楼东侧卫生间水笼头漏谁", now=NOW)
    assert request.intent == "report_repair"
    assert request.slots == {"location": "一号楼三楼东侧卫生间", "object": "水龙头", "fault": "漏水"}


def test_reads_a_room_without_rasa(reader: Understander) -> None:
    request = reader.read_slots("订一号楼305会议室 后天上午9点到11点 20人 要投影和话筒", now=NOW)
    assert request.slots == {
        "start": "2026-11-25T09:00:00",
        "end": "2026-11-25T11:00:00",
        "people": 20,
        "room_name": "一号楼305会议室",
        "equipment": ["投影", "话筒"],
    }
    assert request.hints["start_precision"] == "datetime"


def test_a_day_alone_is_a_date(reader: Understander) -> None:
    request = reader.read_slots("后天用车", now=NOW)
    assert request.slots["start"] == "2026-11-25"
    assert request.hints["start_precision"] == "date"


def test_half_a_day_is_no_clock_time(reader: Understander) -> None:
    request = reader.read_slots("后天下午用车", now=NOW)
    assert request.hints["start_precision"] == "part"
    assert request.hints["part"] == "下午"


def test_a_fault_that_began_yesterday_is_no_appointment(reader: Understander) -> None:
    request = reader.read_slots("昨天开始三楼厕所漏水报修", now=NOW)
    assert "start" not in request.slots
    assert request.hints["since"].startswith("2026-11-22")


def test_keeps_for_whom_it_is(reader: Understander) -> None:
    assert reader.read_slots("给王局订个车明天去四平", now=NOW).hints["user_name"] == "王局"


def test_one_person_more_is_a_change_not_a_count(reader: Understander) -> None:
    request = reader.read_slots("再加一个人", now=NOW)
    assert request.hints["people_delta"] == 1
    assert "people" not in request.slots


def test_a_shift_names_no_time_of_its_own(reader: Understander) -> None:
    request = reader.read_slots("推迟半小时", now=NOW)
    assert request.hints["shift_s"] == 1800
    assert "start" not in request.slots


@pytest.mark.parametrize(
    ("slot", "reply", "value"),
    [
        ("destination", "龙嘉", "龙嘉机场"),
        ("destination", "去西站吧", "长春西站"),
        ("destination", "去舒兰上营镇", "舒兰上营镇"),
        ("origin", "在主楼东门", "主楼东门"),
        ("people", "3", 3),
        ("people", "就我们俩", 2),
        ("people", "大概十来个人", 10),
        ("vehicle_type", "柯斯达", "考斯特"),
        ("equipment", "投影、麦克风和白板", ["投影", "话筒", "白板"]),
        ("equipment", "不用", []),
        ("purpose", "送文件", "送文件"),
        ("location", "我这屋305", "我这屋305"),
        ("object", "坐便", "马桶"),
    ],
)
def test_takes_a_bare_reply_for_the_slot_that_was_asked(
    reader: Understander, slot: str, reply: str, value: Any
) -> None:
    assert reader.read_slots(reply, now=NOW, expecting=slot).slots[slot] == value


def test_takes_a_bare_time_for_the_time_that_was_asked(reader: Understander) -> None:
    assert (
        reader.read_slots("明天下午三点", now=NOW, expecting="start").slots["start"] == "2026-11-24T15:00:00"
    )


def test_a_long_tale_is_no_bare_reply(reader: Understander) -> None:
    request = reader.read_slots(
        "你们这个系统怎么老问我这些没用的东西能不能直接给我安排了得了真是急死个人了啊我说",
        now=NOW,
        expecting="origin",
    )
    assert "origin" not in request.slots


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("YC-20261124-001到哪了", "YC-20261124-001"),
        ("bx20261124 003修好没", "BX-20261124-003"),
        ("JD－20261124－012", "JD-20261124-012"),
        ("yf-002退了", "YF-20261123-002"),
    ],
)
def test_ticket_numbers_in_loose_forms(reader: Understander, typed: str, number: str) -> None:
    assert reader.read_slots(typed, now=NOW).slots["ticket_no"] == number


def test_a_ticket_number_is_no_time_and_no_room(reader: Understander) -> None:
    request = reader.read_slots("YC-20261124-001取消", now=NOW)
    assert request.slots == {"ticket_no": "YC-20261124-001"}


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("推迟半小时", 1800),
        ("晚一个半小时走", 5400),
        ("提前两小时", -7200),
        ("往后挪一天", 86400),
        ("三点出发", None),
    ],
)
def test_by_how_much_a_time_is_moved(typed: str, seconds: int | None) -> None:
    assert patterns.shift_s(typed) == seconds


@pytest.mark.parametrize(
    ("typed", "level"),
    [
        ("急急急", "high"),
        ("麻溜来个人", "high"),
        ("不急，有空来就行", "low"),
        ("不着急", "low"),
        ("三楼灯坏了", None),
    ],
)
def test_how_urgent_it_is(typed: str, level: str | None) -> None:
    assert patterns.urgency_level(typed) == level


def test_cuts_where_another_thing_is_announced() -> None:
    pieces = segments("派车去机场，另外三楼灯坏了")
    assert [(piece.text, piece.announced) for piece in pieces] == [
        ("派车去机场", False),
        ("另外三楼灯坏了", True),
    ]


def test_cuts_without_punctuation_too() -> None:
    pieces = segments("订个会议室明天上午九点20人还有帮我派台车下午去净月")
    assert [piece.text for piece in pieces] == ["订个会议室明天上午九点20人", "还有帮我派台车下午去净月"]


def test_asking_whether_there_still_is_one_announces_nothing() -> None:
    assert len(segments("明天下午会议室还有没有")) == 1


def test_bad_text_is_read_without_a_fall(reader: Understander) -> None:
    for text in ("", "\x00", "\ud800", "'; DROP TABLE tickets; --", "<b>车</b>", "9" * 5000, "车" * 10_000):
        assert reader.read_slots(text, now=NOW).slots is not None


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("订会议室，想办一个讲座，两百五十人", "purpose", "讲座"),
        ("周五下午用贵宾室，会见外宾，十二个人", "purpose", "会见外宾"),
        ("接待河北省局，检查人员五名，下周三到", "visitors", "检查人员"),
        ("镜子也裂了，报修", "object", "镜子"),
    ],
)
def test_finds_what_the_tagger_may_miss(reader: Understander, text: str, slot: str, value: str) -> None:
    assert reader.read_slots(text, now=NOW).slots[slot] == value


@pytest.mark.parametrize(
    ("said", "slot", "value"),
    [
        ("不是三个人是五个人", "people", 5),
        ("不是明天是后天", "start", "2026-11-25"),
        ("周一例会改了，不是三点，是四点", "start", "2026-11-23T16:00:00"),
    ],
)
def test_what_is_said_only_to_be_taken_back_is_not_read(
    reader: Understander, said: str, slot: str, value: object
) -> None:
    assert reader.read_slots(said, now=NOW).slots[slot] == value


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("不是三点是四点", "change_ticket"),
        ("不用接待室了换贵宾室", "change_ticket"),
        ("司机谁啊", "query_ticket"),
        ("几点能到", "query_ticket"),
        ("我还有什么单子", "query_ticket"),
        ("为啥驳回啊", "query_ticket"),
    ],
)
def test_a_short_phrase_that_means_one_thing_settles_it(reader: Understander, said: str, intent: str) -> None:
    assert reader.read_slots(said, now=NOW).intent == intent


def test_a_reception_room_is_no_way_back(reader: Understander) -> None:
    assert "round_trip" not in reader.read_slots("不用接待室了换贵宾室", now=NOW).hints
