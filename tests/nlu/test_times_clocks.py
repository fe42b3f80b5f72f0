"""Clock times, parts of the day, office words and lengths of time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from nlu.times import parse
from tests.nlu.timetable import REF, instant, rows

CLOCKS = rows("""
    # bare hours in an office
    三点 | 11-24 15:00
    两点钟 | 11-24 14:00
    二点半 | 11-24 14:30
    一点半 | 11-24 13:30
    一点开会 | 11-24 13:00
    六点 | 11-24 18:00
    8点 | 11-25 08:00
    九点整 | 11-25 09:00
    九点正 | 11-25 09:00
    11点 | 11-24 11:00
    十一点 | 11-24 11:00
    十二点半 | 11-24 12:30
    15点 | 11-24 15:00
    二十三点 | 11-24 23:00
    14点30分 | 11-24 14:30
    2.30 | 11-24 14:30
    2：30 | 11-24 14:30
    14：00 | 11-24 14:00
    １４：３０ | 11-24 14:30
    08:30 | 11-25 08:30
    05:00 | 11-25 05:00
    三點 | 11-24 15:00
    三点来钟 | 11-24 15:00
    三点多 | 11-24 15:00
    五点左右 | 11-24 17:00
    大约十一点 | 11-24 11:00
    两点一刻 | 11-24 14:15
    2点3刻 | 11-24 14:45
    差五分三点 | 11-24 14:55
    差一刻五点 | 11-24 16:45
    三点差五分 | 11-24 14:55
    三点零五 | 11-24 15:05
    三点过五分 | 11-24 15:05
    3点20 | 11-24 15:20
    三点二十 | 11-24 15:20
    三点十分 | 11-24 15:10
    3pm | 11-24 15:00
    3:30PM | 11-24 15:30
    9:30am | 11-25 09:30
    24:00 | 11-25 00:00
    # the number after the clock counts people
    三点三个人 | 11-24 15:00
    下午两点三个人 | 11-24 14:00
    十点十个人 | 11-24 10:00
    十点十五人 | 11-24 10:00
    2点30人 | 11-24 14:00
    8点30 20人 | 11-25 08:30
    # parts of the day
    早8点半 | 11-25 08:30
    早上8点 | 11-25 08:00
    上午十点二十 | 11-24 10:20
    中午12点 | 11-24 12:00
    中午一点 | 11-24 13:00
    下午2点 | 11-24 14:00
    下午2.30 | 11-24 14:30
    下午3:15 | 11-24 15:15
    下午五點半 | 11-24 17:30
    过晌两点 | 11-24 14:00
    后晌四点 | 11-24 16:00
    头晌九点半 | 11-25 09:30
    傍晚6点 | 11-24 18:00
    晚8点 | 11-24 20:00
    晚上7点半 | 11-24 19:30
    晚上19:30 | 11-24 19:30
    夜里11点 | 11-24 23:00
    半夜两点 | 11-25 02:00
    凌晨4点 | 11-25 04:00
    晚上十二点 | 11-25 00:00
    今晚12点 | 11-25 00:00
    今晚8点 | 11-24 20:00
    明早8点半 | 11-25 08:30
    明晚七点 | 11-25 19:00
    后天早8:30 | 11-26 08:30
    周五晚7点 | 11-27 19:00
    周四10点 | 11-26 10:00
    周三三点 | 11-25 15:00
    周二9点 | 12-01 09:00
    周二下午3点 | 11-24 15:00
    今早8点十五分 | 11-24 08:15
    昨晚9点 | 11-23 21:00
    上周二下午3点 | 11-17 15:00
    # with a day
    明天下午两点 | 11-25 14:00
    月底下午五点 | 11-30 17:00
    11.30下午3点 | 11-30 15:00
    12/5 14:00 | 12-05 14:00
    12月5日9时30分 | 12-05 09:30
    2026-12-05 09:00 | 12-05 09:00
    12月3日(周四)14:00 | 12-03 14:00
    兹定于2026年12月3日（星期四）上午9：00召开 | 12-03 09:00
    3天后下午2点 | 11-27 14:00
    下个月15号上午九点 | 12-15 09:00
    周五那天下午三点 | 11-27 15:00
    除夕下午三点 | 2027-02-05 15:00
    # offsets
    半小时后 | 11-24 10:30
    一刻钟后 | 11-24 10:15
    二十分钟后 | 11-24 10:20
    一个半小时后 | 11-24 11:30
    两个钟头以后 | 11-24 12:00
    过半个小时 | 11-24 10:30
    再过一个小时 | 11-24 11:00
    2小时前 | 11-24 08:00
    现在 | 11-24 10:00
    马上要用车 | 11-24 10:00
    # office words of the winter season
    一上班 | 11-25 08:30
    明天一上班 | 11-25 08:30
    下午一上班 | 11-24 13:00
    下班前 | 11-24 16:30
    周五下班前 | 11-27 16:30
    下班后 | 11-24 17:00
    周五下班 | 11-27 17:00
    午休后 | 11-24 13:00
    午饭前 | 11-24 11:30
    中午下班后 | 11-24 12:00
""")


@pytest.mark.parametrize(("text", "expected"), CLOCKS)
def test_reads_one_clock_time(text: str, expected: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert span.start == instant(expected)
    assert span.end is None
    assert span.has_clock
    assert not span.start_is_date
    assert span.unsure is None


def test_office_words_follow_the_summer_hours() -> None:
    summer = datetime(2026, 7, 1, 10)
    for text, hour, minute in [("下班前", 17, 0), ("下班后", 17, 30), ("午休后", 13, 30)]:
        span = parse(text, summer)
        assert span is not None
        assert span.start == datetime(2026, 7, 1, hour, minute)


def test_summer_begins_on_the_first_working_day_after_may_day() -> None:
    before, after = parse("下午", datetime(2026, 4, 30, 8)), parse("下午", datetime(2026, 5, 6, 8))
    assert before is not None
    assert after is not None
    assert before.start == datetime(2026, 4, 30, 13, 0)
    assert after.start == datetime(2026, 5, 6, 13, 30)


PARTS = rows("""
    明天上午 | 11-25 08:30 | 11-25 12:00
    明早 | 11-25 08:30 | 11-25 12:00
    明天下午 | 11-25 13:00 | 11-25 17:00
    明下午 | 11-25 13:00 | 11-25 17:00
    明儿头晌 | 11-25 09:00 | 11-25 12:00
    后天中午 | 11-26 12:00 | 11-26 13:00
    今晚 | 11-24 18:00 | 11-24 22:00
    今儿晚上 | 11-24 18:00 | 11-24 22:00
    周五晚上 | 11-27 18:00 | 11-27 22:00
    周三下午 | 11-25 13:00 | 11-25 17:00
    下周二上午 | 12-01 08:30 | 12-01 12:00
    下午 | 11-24 13:00 | 11-24 17:00
    12月24号晚上 | 12-24 18:00 | 12-24 22:00
    后天夜里 | 11-26 22:00 | 11-27 06:00
""")


@pytest.mark.parametrize(("text", "start", "end"), PARTS)
def test_a_part_of_the_day_is_a_window_and_no_clock_time(text: str, start: str, end: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert (span.start, span.end) == (instant(start), instant(end))
    assert not span.has_clock
    assert not span.start_is_date
    assert not span.end_stated


LENGTHS = [
    ("半小时", 0.5),
    ("半个钟头", 0.5),
    ("一刻钟", 0.25),
    ("三刻钟", 0.75),
    ("90分钟", 1.5),
    ("一个小时", 1),
    ("一个半小时", 1.5),
    ("1.5小时", 1.5),
    ("1个半小时", 1.5),
    ("两个半小时", 2.5),
    ("俩小时", 2),
    ("两個鐘頭", 2),
    ("1小时30分", 1.5),
    ("一小时零三十分钟", 1.5),
    ("一天", 24),
    ("一天半", 36),
    ("0.5天", 12),
    ("三天", 72),
    ("2天3小时", 51),
    ("一周", 168),
    ("两个星期", 336),
    ("半个月", 360),
    ("用车3小时", 3),
]


@pytest.mark.parametrize(("text", "hours"), LENGTHS)
def test_reads_a_length_of_time(text: str, hours: float) -> None:
    span = parse(text, REF)
    assert span is not None
    assert span.duration == timedelta(hours=hours)
    assert span.start is None
    assert not span.has_date
    assert not span.has_clock


@pytest.mark.parametrize("text", ["两三个小时", "一到两个小时", "十来天", "几个小时"])
def test_asks_when_a_length_is_only_roughly_said(text: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert span.duration is not None
    assert span.unsure is not None


DOUBTFUL = [
    "6点的火车",
    "8点半的高铁",
    "10点的航班",
    "明天8点送站",
    "9点接机",
    "赶5点的飞机",
    "早班机6点",
    "下午三四点",
]


@pytest.mark.parametrize("text", DOUBTFUL)
def test_asks_when_morning_and_evening_are_both_possible(text: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert span.start is not None
    assert span.unsure is not None


@pytest.mark.parametrize(
    "text",
    ["早上6点的航班", "下午5点的高铁", "13:40的火车", "凌晨4点的飞机", "晚上9点接机", "G399 9:47到长春西"],
)
def test_does_not_ask_when_the_timetable_is_clear(text: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert span.unsure is None


def test_an_early_flight_is_read_as_morning_but_asked_about() -> None:
    span = parse("早班机6点", REF)
    assert span is not None
    assert span.start == datetime(2026, 11, 25, 6)
    assert span.unsure == "上午还是下午？"


def test_dinner_hours_are_evening() -> None:
    span = parse("明天7点晚宴", REF)
    assert span is not None
    assert span.start == datetime(2026, 11, 25, 19)
