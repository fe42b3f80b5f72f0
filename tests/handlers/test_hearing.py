"""What plain words say to an open form beside the slots understood in them."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from desk.errors import BadInput
from handlers.dialogue import hearing, when
from handlers.vehicle.driving import MILEAGE, read_mileage
from handlers.vehicle.form import listen
from nlu.understanding import Request

NOW = datetime(2026, 11, 23, 9, 0)


def test_hears_a_clock_said_in_passing() -> None:
    span = hearing.passing_time("早点走，一点吧", NOW)
    assert span is not None
    assert span.start is not None
    assert span.start.hour == 13


@pytest.mark.parametrize("text", ["0个人", "零人", "０个人"])
def test_hears_nobody(text: str) -> None:
    assert hearing.is_nobody(text)


@pytest.mark.parametrize("text", ["10个人", "20:00 个人", "二十人"])
def test_hears_somebody(text: str) -> None:
    assert not hearing.is_nobody(text)


@pytest.mark.parametrize("text", ["下周一", "八个人", "明天下午两点", "0个人"])
def test_a_time_or_a_count_is_no_name(text: str) -> None:
    assert hearing.is_time_or_count(text, NOW)


@pytest.mark.parametrize("text", ["净月", "四平", "一汽", "六合", "305", "三道街"])
def test_a_place_is_a_name(text: str) -> None:
    assert text == "305" or not hearing.is_time_or_count(text, NOW)


@pytest.mark.parametrize(
    ("text", "kind"), [("不对，我是要用车", "vehicle"), ("错了，要的是会议室", "room"), ("不对，是7个人", "")]
)
def test_hears_what_was_meant_instead(text: str, kind: str) -> None:
    assert hearing.meant_instead(text) == kind


def test_a_weekday_corrects_within_the_week_spoken_of() -> None:
    fields = {"start": "2026-12-02T09:00"}
    request = Request(intent="", kind=None, slots={"start": "2026-11-26"}, hints={"start_precision": "date"})
    changed = when.merge(fields, request, now=NOW, horizon_days=90, text="改成周四")
    assert changed["start"] == "2026-12-03T09:00"


def test_half_a_day_alone_keeps_the_day_spoken_of() -> None:
    fields = {"start": "2026-11-27"}
    hints = {"start_precision": "part", "any_day": True, "part": "下午"}
    request = Request(intent="", kind=None, slots={"start": "2026-11-23T14:00"}, hints=hints)
    assert when.merge(fields, request, now=NOW, horizon_days=90)["start"] == "2026-11-27"


def test_refuses_an_end_before_the_start() -> None:
    slots = {"start": "2026-11-24T15:00", "end": "2026-11-25T02:00"}
    request = Request(intent="", kind=None, slots=slots, hints={"start_precision": "datetime"})
    with pytest.raises(BadInput, match="早于开始"):
        when.merge({}, request, now=NOW, horizon_days=90, text="明天下午三点到两点")
    night = when.merge({}, request, now=NOW, horizon_days=90, text="明天下午三点到第二天凌晨两点")
    assert night["end"] == "2026-11-25T02:00"


def test_says_that_a_time_named_is_over() -> None:
    request = Request(intent="", kind=None, slots={}, hints={"since": "2026-11-22T14:00:00"})
    with pytest.raises(BadInput, match="已经过去了"):
        when.merge({}, request, now=NOW, horizon_days=90)


def test_a_bigger_or_smaller_car_goes_by_the_one_on_the_card() -> None:
    card = {"start": "2026-11-24T15:00", "vehicle_type": "商务车", "people": 3}
    assert listen(card, "换大点的车")["vehicle_type"] == "考斯特"
    assert listen(card, "不用那么大的")["vehicle_type"] == "轿车"
    assert listen({}, "要台大点的车") == {}


@pytest.mark.parametrize(
    ("text", "km"), [("三十六公里", 36), ("跑了36，过路费10元", 36), ("过路费10元，36公里", 36)]
)
def test_a_mileage_may_be_told_in_words(text: str, km: int) -> None:
    assert re.search(MILEAGE, text)
    assert read_mileage(text, 12000) == (km, 12000 + km)


@pytest.mark.parametrize("text", ["明天3点有活吗", "9点用车", "3个人去净月"])
def test_a_clock_is_no_mileage(text: str) -> None:
    assert not re.search(MILEAGE, text)


@pytest.mark.parametrize("text", ["先按三个", "就按5个人", "暂定八个人"])
def test_a_count_for_the_time_being_is_no_name(text: str) -> None:
    assert hearing.is_time_or_count(text, datetime(2026, 11, 23, 9))
