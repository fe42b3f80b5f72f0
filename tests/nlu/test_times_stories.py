"""The one time that is asked for, in sentences that speak of others too: history, trains, seasons, several days.

Said on Tuesday 24 November 2026 at 10:00.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from nlu.times import parse
from tests.nlu.timetable import REF, instant, rows

STARTS = rows("""
    # what is told of the past gives way
    去年我们去过福建，这回他们12月6号下午四点到 | 12-06 16:00
    昨天接到通知，周四上午九点开会 | 11-26 09:00
    十一点才通知我们下午要碰头，三点开始 | 11-24 15:00
    11月16日来函收悉，我们12月3日上午十点接待 | 12-03 10:00
    上周约好的，这周五下午两点 | 11-27 14:00
    # a season or a week gives way to the day in it
    元旦前最后一批，下周二上午十点来 | 12-01 10:00
    节前再冲刺一把，今天17点 | 11-24 17:00
    下周来人，具体周四上午十点 | 12-03 10:00
    # said again with its hour
    原定周三，又改到周五了，请按周五早上七点半备车 | 11-27 07:30
    把明天上午的会顺延至后天十点 | 11-26 10:00
    # the journey begins before the plane does
    明早5点50的飞机 4点出发 | 11-25 04:00
    4点走，明早6点的飞机 | 11-25 04:00
    # the last character of a weekday, and ten
    下礼拜二十点 | 12-01 10:00
    下周三十点半 | 12-02 10:30
    # written in a hurry
    大后天 早9 东师接人 | 11-27 09:00
    明天上午9 305 | 11-25 09:00
    # labels and forms
    用车预约：12月31日14:00 | 12-31 14:00
    会议时间:12月2日（周三）上午9:00 | 12-02 09:00
    今儿个下黑七点 | 11-24 19:00
""")


@pytest.mark.parametrize(("text", "start"), STARTS)
def test_picks_the_time_that_is_asked_for(text: str, start: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert span.start == instant(start)
    assert span.has_clock


RANGES = rows("""
    明天14-16 | 11-25 14:00 | 11-25 16:00
    周四 9-11 用305 | 11-26 09:00 | 11-26 11:00
    明天下午2-4 | 11-25 14:00 | 11-25 16:00
    明天早8晚6 | 11-25 08:00 | 11-25 18:00
    时间：11月26日13：30－16：00 | 11-26 13:30 | 11-26 16:00
    后天早上七点半去，中午12点拉回来 | 11-26 07:30 | 11-26 12:00
    后天早上七点出发，晚上八点能到家 | 11-26 07:00 | 11-26 20:00
    明天下午两点到下班 | 11-25 14:00 | 11-25 17:00
    明天下午四点唠半个点儿 | 11-25 16:00 | 11-25 16:30
    明天下午两点开俩点儿 | 11-25 14:00 | 11-25 16:00
    后天上午九点开始，得用两个钟头 | 11-26 09:00 | 11-26 11:00
""")


@pytest.mark.parametrize(("text", "start", "end"), RANGES)
def test_reads_both_ends(text: str, start: str, end: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert (span.start, span.end, span.end_stated) == (instant(start), instant(end), True)


@pytest.mark.parametrize("text", ["下周四到，下周六走", "12月3日入住，12月5日离店"])
def test_knows_when_guests_come_and_when_they_leave(text: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert (span.start, span.end) == (instant("12-03"), instant("12-06"))
    assert span.end_is_date


@pytest.mark.parametrize("text", ["周四、周六下午用车", "3、5号用车", "明天或者后天上午", "要么周四要么周五"])
def test_asks_back_when_several_days_are_named(text: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert span.unsure is not None


def test_asks_back_when_leaving_at_six_may_be_morning_or_evening() -> None:
    span = parse("明天6点走", REF)
    assert span is not None
    assert span.start == instant("11-25 06:00")
    assert span.unsure == "上午还是下午？"


@pytest.mark.parametrize("text", ["充电桩3号没反应", "5号电梯门坏了", "现在32个人", "我现在在一号楼"])
def test_hears_no_time_where_there_is_none(text: str) -> None:
    assert parse(text, REF) is None


def test_takes_a_dash_for_a_date_when_no_day_stands_before_it() -> None:
    span = parse("12-3 开会", REF)
    assert span is not None
    assert span.start == instant("12-03")


def test_repeats_daily_until_the_last_day_of_a_range() -> None:
    span = parse("下周一到下周三要蹲点 每天8点出发", REF)
    assert span is not None
    assert span.start == instant("11-30 08:00")
    assert span.recurrence is not None
    assert span.recurrence.until == (REF + timedelta(days=8)).date()


def test_counts_working_days_from_the_end_of_a_feast() -> None:
    span = parse("元旦放假回来第一天 早9点", REF)
    assert span is not None
    assert span.start == instant("2027-01-04 09:00")
