"""What a time or a count becomes as a slot, and what forms say."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from nlu import slots
from nlu.gazetteer import Gazetteer

if TYPE_CHECKING:
    from nlu.slots import Reading

NOW = datetime(2026, 11, 23, 10, 0)  # a Monday


def read(text: str, kind: str | None) -> Reading:
    return slots.read(text, entities=(), kind=kind, now=NOW, gazetteer=Gazetteer())


def test_plans_a_car_for_the_hour_to_be_there_by() -> None:
    reading = read("明早八点前到龙嘉机场", "vehicle")
    assert reading.slots["start"] == "2026-11-24T08:00:00"
    assert reading.hints["by"] is True
    assert "end" not in reading.slots


@pytest.mark.parametrize("text", ["四点回来", "四点前还车"])
def test_takes_the_hour_of_coming_back_for_the_end(text: str) -> None:
    found = read(text, "vehicle").slots
    assert found == {"end": "2026-11-23T16:00:00"}


def test_books_nothing_for_a_day_that_is_over() -> None:
    reading = read("昨天订的会议室，人数改成20", "room")
    assert "start" not in reading.slots
    assert reading.slots["people"] == 20


@pytest.mark.parametrize(
    "text",
    ["投影没信号，下午两点半有会", "后天有客人来，沙发腿断了", "周三之前能修好吗", "晚上加班楼道灯不亮"],
)
def test_takes_the_meeting_a_fault_endangers_for_no_visit(text: str) -> None:
    assert "start" not in read(text, "repair").slots


@pytest.mark.parametrize(
    "text",
    [
        "现在整个二楼都没水",
        "前天报的水龙头今天又漏上了",
        "打印机老卡纸，今天都第三回了",
        "周末停电之后电梯就一直不动",
        "306门锁打不开了，即刻派人",
    ],
)
def test_takes_the_time_of_the_fault_for_no_visit(text: str) -> None:
    assert "start" not in read(text, "repair").slots


@pytest.mark.parametrize("text", ["306门锁坏了，今天能来人不", "灯不亮，最好今天", "今天派个师傅修一下灯"])
def test_takes_today_for_the_visit_where_somebody_is_asked_to_come(text: str) -> None:
    assert read(text, "repair").slots["start"] == "2026-11-23"


@pytest.mark.parametrize("text", ["水管漏了，下午三点过来修", "百叶窗坏了，请下午三点以后过去"])
def test_takes_the_hour_when_somebody_should_come(text: str) -> None:
    assert read(text, "repair").slots["start"] == "2026-11-23T15:00:00"


def test_ends_on_the_day_that_was_said_when_only_the_start_has_an_hour() -> None:
    found = read("明日下午3点进驻，时间到12月2日", "reception").slots
    assert found["start"] == "2026-11-24T15:00:00"
    assert found["end"] == "2026-12-02"


def test_ends_on_the_evening_that_was_said() -> None:
    assert read("周二早八点去四平，周四晚上回", "vehicle").slots["end"] == "2026-11-26"


@pytest.mark.parametrize("text", ["后天用一天会议室", "明天八点去辽源，当天回", "明天8点出发，傍晚能回来"])
def test_names_no_end_where_only_the_same_day_was_said(text: str) -> None:
    assert "end" not in read(text, "vehicle").slots


def test_ends_a_repeating_booking_on_its_last_day() -> None:
    assert read("下周一到下周三每天8点出发去农安", "vehicle").slots["end"] == "2026-12-02"


def test_reads_a_form_with_colons() -> None:
    found = read(
        "用车申请 时间：12月3日14：00 上车点：二号楼东门 去向：省委党校 用途：送文件", "vehicle"
    ).slots
    assert found["origin"] == "二号楼东门"
    assert found["destination"] == "省委党校"
    assert found["purpose"] == "送文件"


def test_reads_a_form_without_colons_only_where_it_is_one() -> None:
    found = read("报修：地点西楼地下二层机房；设备新风机；现象不启动；紧急程度一般。", "repair").slots
    assert found == {"location": "西楼地下二楼机房", "object": "新风机", "fault": "不启动", "urgency": "一般"}
    assert "object" not in read("设备间地上有积水", "repair").slots


def test_asks_no_lodging_for_guests_who_do_not_stay() -> None:
    assert "lodging" not in read("浙江省督查组8人到访，不住宿，仅座谈", "reception").slots


def test_keeps_what_is_said_around_a_known_kind_of_room() -> None:
    assert Gazetteer().canonical("lodging", "住一晚标间") == "住一晚标准间"


def test_finds_guests_and_where_they_come_from_without_the_tagger() -> None:
    found = read("后天青岛的三位老师来参观档案馆", "reception").slots
    assert (found["visitor_org"], found["visitors"], found["people"]) == ("青岛", "老师", 3)
