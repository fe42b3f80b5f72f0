"""Days without a clock time: relative, weekday, numeric, lunar, feasts, working days, months and longer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from nlu.times import find_all, parse
from tests.nlu.timetable import REF, instant, rows

ONE_DAY = rows("""
    # relative
    今天 | 11-24
    今日 | 11-24
    今儿个 | 11-24
    明天要用车 | 11-25
    明儿 | 11-25
    明日 | 11-25
    后天 | 11-26
    后儿个去净月 | 11-26
    大后天 | 11-27
    昨天报的灯还没修 | 11-23
    昨儿 | 11-23
    前天 | 11-22
    大前天 | 11-21
    翌日 | 11-25
    # weekdays: this week's, or next week's once it has passed
    周三 | 11-25
    周二 | 11-24
    周一 | 11-30
    礼拜五 | 11-27
    禮拜五 | 11-27
    星期天 | 11-29
    星期日 | 11-29
    週六 | 11-28
    这周五 | 11-27
    本周一 | 11-23
    下周一 | 11-30
    下周日 | 12-06
    下个礼拜三 | 12-02
    下星期四 | 12-03
    下下周二 | 12-08
    下周的周三 | 12-02
    上周三 | 11-18
    上上周五 | 11-13
    周4 | 11-26
    两周后的周三 | 12-09
    下周三四川那边来调研 | 12-02
    周五金杯去拉货 | 11-27
    下周三三个人去机场 | 12-02
    下周二2个人 | 12-01
    下周五全天 | 12-04
    周五一整天 | 11-27
    # month and day, in every writing
    10月8日 | 2027-10-08
    10月8 | 2027-10-08
    12月3号 | 12-03
    十二月三号 | 12-03
    十二月二十五日 | 12-25
    12.8 | 12-08
    12-8 | 12-08
    12/8 | 12-08
    １２月８日 | 12-08
    1月5日 | 2027-01-05
    元月5号 | 2027-01-05
    8号 | 12-08
    28号 | 11-28
    廿八号 | 11-28
    31号 | 12-31
    二十八號 | 11-28
    下个月3号 | 12-03
    下月15日 | 12-15
    本月28号 | 11-28
    明年1月5日 | 2027-01-05
    2月29日 | 2028-02-29
    2026年12月5日 | 12-05
    2026-12-05 | 12-05
    2026.12.5 | 12-05
    2026/12/05 | 12-05
    20261205 | 12-05
    二〇二六年十二月五日 | 12-05
    二零二六年十二月五号 | 12-05
    2010.1.29 | 2010-01-29
    12月3日（星期四） | 12-03
    11月30日（下周一） | 11-30
    # lunar and feasts
    除夕 | 2027-02-05
    大年三十 | 2027-02-05
    年三十 | 2027-02-05
    春节 | 2027-02-06
    大年初一 | 2027-02-06
    大年初三 | 2027-02-08
    正月初六 | 2027-02-11
    正月十五 | 2027-02-20
    元宵节 | 2027-02-20
    二月二 | 2027-03-09
    清明 | 2027-04-05
    五月节 | 2027-06-09
    端午 | 2027-06-09
    七夕 | 2027-08-08
    中秋 | 2027-09-15
    八月节 | 2027-09-15
    八月十五 | 2027-09-15
    农历八月十五 | 2027-09-15
    重阳 | 2027-10-08
    腊八 | 2027-01-15
    小年 | 2027-01-30
    腊月廿三 | 2027-01-30
    冬至 | 12-22
    元旦 | 2027-01-01
    五一 | 2027-05-01
    劳动节 | 2027-05-01
    十一去北京 | 2027-10-01
    国庆节 | 2027-10-01
    國慶節 | 2027-10-01
    教师节 | 2027-09-10
    明年春节 | 2027-02-06
    端午节前一天 | 2027-06-08
    元旦前两天 | 2026-12-30
    国庆节后两天 | 2027-10-03
    # counted from today
    三天后 | 11-27
    3天之后 | 11-27
    两周后 | 12-08
    一个月后 | 12-24
    再过五天 | 11-29
    五天前 | 11-19
    十天以后 | 12-04
    # inside something
    下个月最后一个星期五 | 12-25
    12月第一个周二 | 12-01
    十二月的第二个周三 | 12-09
    本月最后一天 | 11-30
    2月最后一天 | 2027-02-28
""")


@pytest.mark.parametrize(("text", "expected"), ONE_DAY)
def test_reads_one_day(text: str, expected: str) -> None:
    span = parse(text, REF)
    assert span is not None
    day = instant(expected)
    assert day is not None
    assert (span.start, span.end) == (day, day + timedelta(days=1))
    assert span.start_is_date
    assert span.has_date
    assert not span.has_clock
    assert span.unsure is None


STRETCHES = rows("""
    下周 | 11-30 | 12-07
    下下周 | 12-07 | 12-14
    本周 | 11-23 | 11-30
    上周 | 11-16 | 11-23
    这周末 | 11-28 | 11-30
    下周末 | 12-05 | 12-07
    周末 | 11-28 | 11-30
    下个月 | 12-01 | 2027-01-01
    上个月 | 10-01 | 11-01
    12月 | 12-01 | 2027-01-01
    三月份 | 2027-03-01 | 2027-04-01
    12月中旬 | 12-11 | 12-21
    下月初 | 12-01 | 12-06
    月底 | 11-25 | 12-01
    年底 | 12-01 | 2027-01-01
    明年上半年 | 2027-01-01 | 2027-07-01
    第一季度 | 01-01 | 04-01
    明年Q1 | 2027-01-01 | 2027-04-01
    下季度 | 2027-01-01 | 2027-04-01
    2027年 | 2027-01-01 | 2028-01-01
""")


@pytest.mark.parametrize(("text", "start", "end"), STRETCHES)
def test_asks_for_the_day_when_only_a_longer_stretch_is_said(text: str, start: str, end: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert (span.start, span.end) == (instant(start), instant(end))
    assert span.start_is_date
    assert span.unsure is not None


RANGES = rows("""
    周三到周五 | 11-25 | 11-28
    周三至五 | 11-25 | 11-28
    下周一到周三 | 11-30 | 12-03
    下周二三 | 12-01 | 12-03
    周四周五 | 11-26 | 11-28
    周四和周五 | 11-26 | 11-28
    周六日 | 11-28 | 11-30
    星期六-星期一 | 11-28 | 12-01
    12月3日至5日 | 12-03 | 12-06
    12月3-5日 | 12-03 | 12-06
    12月3、4日 | 12-03 | 12-05
    12月3号—12月5号 | 12-03 | 12-06
    12.3-12.5 | 12-03 | 12-06
    12/3-12/5 | 12-03 | 12-06
    2026.12.3-2026.12.5 | 12-03 | 12-06
    2026年12月3日至2026年12月5日 | 12-03 | 12-06
    2026年12月3日-5日 | 12-03 | 12-06
    自12月1日起至12月5日止 | 12-01 | 12-06
    3到5号 | 12-03 | 12-06
    3号到5号 | 12-03 | 12-06
    26、27号 | 11-26 | 11-28
    12月28日到1月3日 | 12-28 | 2027-01-04
    明后天 | 11-25 | 11-27
    今明两天 | 11-24 | 11-26
    明天到后天 | 11-25 | 11-27
    后天去沈阳，大后天回来 | 11-26 | 11-28
    周一去周三回 | 11-30 | 12-03
    明天去四平两天 | 11-25 | 11-27
    从下周一开始连续三天 | 11-30 | 12-03
    下周一起连续三天用会议室 | 11-30 | 12-03
    2月28日到3月1日 | 2027-02-28 | 2027-03-02
""")


@pytest.mark.parametrize(("text", "start", "end"), RANGES)
def test_reads_a_range_of_days_with_the_last_one_included(text: str, start: str, end: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert (span.start, span.end) == (instant(start), instant(end))
    assert span.start_is_date
    assert span.end_stated
    assert span.unsure is None


BOUNDS = rows("""
    周五之前 | - | 11-27
    本周五前 | - | 11-27
    30号前 | - | 11-30
    12月3日以前 | - | 12-03
    春节前 | - | 2027-02-06
    月底前 | - | 12-01
    年底前 | - | 2027-01-01
    截止到明天 | - | 11-26
    到12月31日为止 | - | 2027-01-01
    最晚周五 | - | 11-28
    12月1日起 | 12-01 | -
    下周一开始 | 11-30 | -
    10号以后 | 12-10 | -
""")


@pytest.mark.parametrize(("text", "start", "end"), BOUNDS)
def test_leaves_one_side_open_for_before_and_after(text: str, start: str, end: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert (span.start, span.end) == (instant(start), instant(end))


WORKDAYS = rows("""
    # National Day 2026 ends on 7 October; 8 October is the first working day and 10 October a make-up Saturday
    2026-09-20 | 国庆节后第一个工作日 | 10-08
    2026-09-20 | 国庆后第二个工作日 | 10-09
    2026-09-20 | 国庆后第三个工作日 | 10-10
    2026-09-20 | 十一长假后第一天上班 | 10-08
    2026-09-20 | 国庆前最后一个工作日 | 09-30
    2026-09-28 | 节后第一个工作日 | 10-08
    2026-09-29 | 3个工作日后 | 10-09
    2026-11-24 | 下个工作日 | 11-25
    2026-11-27 | 下个工作日 | 11-30
    2026-11-24 | 下周第一个工作日 | 11-30
    2026-11-24 | 本月最后一个工作日 | 11-30
    2026-01-20 | 春节后上班第一天 | 02-24
    2026-04-20 | 五一后第一个工作日 | 05-06
    2026-12-28 | 元旦后第一个工作日 | 2027-01-04
""")


@pytest.mark.parametrize(("ref", "text", "expected"), WORKDAYS)
def test_counts_working_days_by_the_calendar(ref: str, text: str, expected: str) -> None:
    span = parse(text, datetime.fromisoformat(ref))
    assert span is not None
    assert span.start == instant(expected)


@pytest.mark.parametrize(
    "text", ["下周一起去", "下周四平来人", "下周一汽来人", "下周一共去五个人", "下周三十个人来"]
)
def test_a_weekday_does_not_eat_the_next_word(text: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert (span.start, span.end) == (datetime(2026, 11, 30), datetime(2026, 12, 7))
    assert text[slice(*span.fragments[0])] == "下周"


@pytest.mark.parametrize("text", ["过两天用车", "过几天", "这两天", "改天再说", "近期", "过一阵子"])
def test_asks_for_the_day_when_it_is_left_open(text: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert span.start is None
    assert span.unsure == "没说具体哪天"
    assert not span.has_date


@pytest.mark.parametrize(
    ("text", "start"),
    [("节前", "2026-12-25"), ("节后", "2027-01-04"), ("年前", "2027-01-29"), ("年后", "2027-02-11")],
)
def test_asks_which_day_before_or_after_the_feast(text: str, start: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert span.start == datetime.fromisoformat(start)
    assert span.unsure is not None


@pytest.mark.parametrize("text", ["2月30号", "13月5日", "2026-13-01", "32号"])
def test_ignores_a_day_that_does_not_exist(text: str) -> None:
    assert parse(text, REF) is None


def test_takes_the_holiday_from_the_calendar() -> None:
    span = parse("国庆假期", datetime(2026, 9, 1))
    assert span is not None
    assert (span.start, span.end) == (datetime(2026, 10, 1), datetime(2026, 10, 8))


WEEKDAY_CLOCKS = {
    "上午九点": 9, "下午三点": 15, "中午十二点": 12, "晚上七点": 19, "早上八点": 8, "3点": 3, "三点": 3, "十点": 10, "下午两点到四点": 14,
}  # fmt: skip


@pytest.mark.parametrize("before", ["周", "下周", "下个周", "下下周", "星期", "下星期", "礼拜", "下个礼拜"])
def test_a_weekday_and_an_hour_are_sure_whatever_the_day_and_the_hour(before: str) -> None:
    for number, weekday in enumerate("一二三四五六日"):
        for clock, hour in WEEKDAY_CLOCKS.items():
            (span,) = find_all(f"{before}{weekday}{clock}开会", datetime(2026, 11, 24, 9, 50))
            assert span.start is not None
            assert (span.start.weekday(), span.unsure) == (number, None), f"{before}{weekday}{clock}"
            # 「周三三点」 of this week may be the afternoon's.
            assert span.start.hour % 12 == hour % 12
