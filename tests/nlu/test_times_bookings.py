"""Whole sentences as people write them to the desk: merged fragments, ranges, returns, corrections, recurrence."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from nlu.times import Recurrence, find_all, parse, parse_case
from tests.nlu.timetable import REF, instant, rows

SENTENCES = rows("""
    明早8点半派个车去龙嘉接客商 | 11-25 08:30 | -
    下午2点要台商务车，5个人去净月开会 | 11-24 14:00 | -
    305会议室 明天上午9点到11点 | 11-25 09:00 | 11-25 11:00
    明天下午两点，一个半小时 | 11-25 14:00 | 11-25 15:30
    明天上午九点我要用一下会议室大概用两个小时十来个人 | 11-25 09:00 | 11-25 11:00
    会议定在周四上午九点半，大约两个小时 | 11-26 09:30 | 11-26 11:30
    后天我们处里8点半到10点开会 | 11-26 08:30 | 11-26 10:00
    会议室10点到11点半，后天的 | 11-26 10:00 | 11-26 11:30
    明天用车，9点出发 | 11-25 09:00 | -
    客人要接站 G1256 13:40到长春站 | 11-24 13:40 | -
    13:40到长春站 14:30开座谈会 | 11-24 13:40 | -
    明天下午三点派车去机场，另外三楼灯坏了 | 11-25 15:00 | -
    明天九点去双阳，吃完晚饭回来 | 11-25 09:00 | -
    明天下午三点多功能厅开会 | 11-25 15:00 | -
    会议室：11.25 14:00 二楼 | 11-25 14:00 | -
    明天八点去农安，晚上六点前必须赶回来 | 11-25 08:00 | 11-25 18:00
    # ranges
    27号到30号接待江苏来的客人 | 11-27 | 12-01
    周四四川来五个人，周六走 | 11-26 | 11-29
    下午两点到四点半 | 11-24 14:00 | 11-24 16:30
    明天下午两点半到五点 | 11-25 14:30 | 11-25 17:00
    14：00—16：30 | 11-24 14:00 | 11-24 16:30
    9：00~11：30 | 11-25 09:00 | 11-25 11:30
    今天下午1.30-3.30 | 11-24 13:30 | 11-24 15:30
    8-10点 | 11-25 08:00 | 11-25 10:00
    两到四点 | 11-24 14:00 | 11-24 16:00
    两点半到四点 | 11-24 14:30 | 11-24 16:00
    下午3～5点 | 11-24 15:00 | 11-24 17:00
    明天俩点 | 11-25 14:00 | -
    明天上无九点 | 11-25 09:00 | -
    明天下五三点 | 11-25 15:00 | -
    明天下班前俩小时用会议室 | 11-25 15:00 | 11-25 17:00
    周四午休前半小时 | 11-26 11:30 | 11-26 12:00
    明9-11 小会议室 8人 | 11-25 09:00 | 11-25 11:00
    203 后9-11 10人 | 11-26 09:00 | 11-26 11:00
    明14:30-16:00 小会议室 | 11-25 14:30 | 11-25 16:00
    八点到五点 | 11-25 08:00 | 11-25 17:00
    11点到1点 | 11-24 11:00 | 11-24 13:00
    十点半到下午两点 | 11-24 10:30 | 11-24 14:00
    上午十点到下午两点 | 11-24 10:00 | 11-24 14:00
    晚上7点到9点 | 11-24 19:00 | 11-24 21:00
    晚上10点到2点 | 11-24 22:00 | 11-25 02:00
    今晚10点 - 明天早上6点 | 11-24 22:00 | 11-25 06:00
    晚上8点至次日早上6点 | 11-24 20:00 | 11-25 06:00
    早8点晚5点 | 11-25 08:00 | 11-25 17:00
    十一月二十六日上午九时至十一时三十分 | 11-26 09:00 | 11-26 11:30
    12月1日下午2:00-5:00 | 12-01 14:00 | 12-01 17:00
    12月1日（周二）下午14:00—17:00 | 12-01 14:00 | 12-01 17:00
    下周一下午三点到周二下午五点 | 11-30 15:00 | 12-01 17:00
    12月3日9点到4日17点 | 12-03 09:00 | 12-04 17:00
    周四上午九点半开始，开到十一点 | 11-26 09:30 | 11-26 11:00
    下午两点开始用到五点 | 11-24 14:00 | 11-24 17:00
    从9点到12点 | 11-25 09:00 | 11-25 12:00
    # there and back
    明天9点走，下午3点回来 | 11-25 09:00 | 11-25 15:00
    明天九点用车十一点回来 | 11-25 09:00 | 11-25 11:00
    8点出发 17点返回 | 11-25 08:00 | 11-25 17:00
    明天早上八点半从局里出发去四平下午五点回长春 | 11-25 08:30 | 11-25 17:00
    明天8点去吉林市，中午就回来 | 11-25 08:00 | 11-25 12:00
    上午8：30开会，9：30散会 | 11-25 08:30 | 11-25 09:30
    后天早上8点去沈阳，大后天下午4点回 | 11-26 08:00 | 11-27 16:00
    明个儿头晌八点多整台车去趟九台 下晚回来 | 11-25 08:00 | 11-25 19:00
    周四我们处去四平 早上七点出发 晚上六点左右回 | 11-26 07:00 | 11-26 18:00
    会期两天，12月15日上午9时报到，16日下午离会 | 12-15 09:00 | 12-16 17:00
    11.30（周一）9：00-11：00 | 11-30 09:00 | 11-30 11:00
    下周一（30号）上午9点 | 11-30 09:00 | -
    後天下午三點開會,請安排一號樓三樓的會議室 | 11-26 15:00 | -
    今天下午临时有个会 三点 找个小会议室 | 11-24 15:00 | -
    # a day and half a day are working time once there is a clock
    明天8点用车一天 | 11-25 08:00 | 11-25 17:00
    明天上午8点用车半天 | 11-25 08:00 | 11-25 12:00
    12月3日14:00召开，会期半天 | 12-03 14:00 | 12-03 17:00
    明天早上8点用车三天 | 11-25 08:00 | 11-27 17:00
    # corrections
    明天，不对，后天下午3点 | 11-26 15:00 | -
    三点，啊不对，四点 | 11-24 16:00 | -
    不是三点，是四点 | 11-24 16:00 | -
    会议从三点改到四点 | 11-24 16:00 | -
    今天3点的会改4点 | 11-24 16:00 | -
    后天，就是周四下午两点 | 11-26 14:00 | -
    下午两点半吧，两点半到四点 | 11-24 14:30 | 11-24 16:00
    原来说的周三9点改到周四下午2点 | 11-26 14:00 | -
    从明天下午3点改到后天上午10点 | 11-26 10:00 | -
    明天下午两点的会改成三点半 | 11-25 15:30 | -
    昨天说的那个车，明天上午9点用 | 11-25 09:00 | -
    # open on one side
    五点之前 | - | 11-24 17:00
    请于11月30日17:00前报送 | - | 11-30 17:00
    明天中午12点前 | - | 11-25 12:00
    今晚八点以后 | 11-24 20:00 | -
    下午3点以后都行 | 11-24 15:00 | -
    两小时内到 | 11-24 10:00 | 11-24 12:00
    用到下午五点 | - | 11-24 17:00
""")


@pytest.mark.parametrize(("text", "start", "end"), SENTENCES)
def test_reads_the_booking_of_a_sentence(text: str, start: str, end: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert (span.start, span.end) == (instant(start), instant(end))
    assert span.unsure is None


def test_a_bare_correction_gives_a_clock_without_a_day() -> None:
    span = parse("改成三点半", REF)
    assert span is not None
    assert span.start == datetime(2026, 11, 24, 15, 30)
    assert span.has_clock
    assert not span.has_date


def test_a_stated_day_is_told_from_a_supplied_one() -> None:
    for text, has_date in [
        ("明天三点", True),
        ("三点", False),
        ("周五下午", True),
        ("下午", False),
        ("半小时后", True),
    ]:
        span = parse(text, REF)
        assert span is not None
        assert span.has_date is has_date


def test_a_stated_end_is_told_from_the_end_of_the_day() -> None:
    for text, stated in [
        ("明天", False),
        ("明天下午", False),
        ("明天两点到四点", True),
        ("周三到周五", True),
        ("明天两点，两小时", True),
    ]:
        span = parse(text, REF)
        assert span is not None
        assert span.end_stated is stated


FRAGMENTS = [
    ("明天下午两点派辆商务车去龙嘉机场接人，3个人", "派辆商务车去龙嘉机场接人，3个人"),
    ("下周三四川那边来调研 8个人", "四川那边来调研 8个人"),
    ("后天我们处里8点半到10点开会", "我们处里开会"),
    ("305会议室明天上午9点到11点用", "305会议室用"),
    ("三点三个人", "三个人"),
    ("从周三到周五用车", "用车"),
    ("明天五点左右来俩人", "来俩人"),
    ("订12月3日（星期四）上午9：00的会议室", "订的会议室"),
    ("明天9点20人开会", "20人开会"),
    ("10月份的会", "的会"),
]


@pytest.mark.parametrize(("text", "rest"), FRAGMENTS)
def test_the_rest_of_the_sentence_stays_clean(text: str, rest: str) -> None:
    span = parse(text, REF)
    assert span is not None
    left = "".join(c for i, c in enumerate(text) if not any(a <= i < b for a, b in span.fragments))
    assert left == rest


RECURRENCES = [
    ("每周一上午例会", "week", (0,), None, None, datetime(2026, 11, 30, 8, 30)),
    ("每周三下午两点到四点", "week", (2,), None, None, datetime(2026, 11, 25, 14)),
    ("每周一三五上午", "week", (0, 2, 4), None, None, datetime(2026, 11, 25, 8, 30)),
    ("每个星期五下午三点", "week", (4,), None, None, datetime(2026, 11, 27, 15)),
    ("每周一到周五早上7点半", "week", (0, 1, 2, 3, 4), None, None, datetime(2026, 11, 25, 7, 30)),
    ("每天上午9点", "day", (), None, None, datetime(2026, 11, 25, 9)),
    ("每天下午4点", "day", (), None, None, datetime(2026, 11, 24, 16)),
    ("每个工作日早上8点", "workday", (), None, None, datetime(2026, 11, 25, 8)),
    ("工作日早上7点半", "workday", (), None, None, datetime(2026, 11, 25, 7, 30)),
    ("每月5号", "month", (), 5, None, datetime(2026, 12, 5)),
    ("每周五下午三点到年底", "week", (4,), None, date(2026, 12, 31), datetime(2026, 11, 27, 15)),
    ("周三到周五每天上午", "day", (), None, date(2026, 11, 27), datetime(2026, 11, 25, 8, 30)),
    ("周三到周五每天9点到11点", "day", (), None, date(2026, 11, 27), datetime(2026, 11, 25, 9)),
    ("下周一到周五每天上午", "day", (), None, date(2026, 12, 4), datetime(2026, 11, 30, 8, 30)),
    ("10号到12号下午2点到4点", "day", (), None, date(2026, 12, 12), datetime(2026, 12, 10, 14)),
    ("从周一开始每天早上七点半接送一周", "day", (), None, date(2026, 12, 6), datetime(2026, 11, 30, 7, 30)),
    ("每晚八点", "day", (), None, None, datetime(2026, 11, 24, 20)),
    ("每周末", "week", (5, 6), None, None, datetime(2026, 11, 28)),
    ("从下周起每周三下午", "week", (2,), None, None, datetime(2026, 12, 2, 13)),
]


@pytest.mark.parametrize(("text", "every", "weekdays", "month_day", "until", "start"), RECURRENCES)
def test_what_repeats_is_a_value_and_starts_with_its_first_occurrence(
    text: str,
    every: str,
    weekdays: tuple[int, ...],
    month_day: int | None,
    until: date | None,
    start: datetime,
) -> None:
    span = parse(text, REF)
    assert span is not None
    assert span.start == start
    assert isinstance(span.recurrence, Recurrence)
    assert (span.recurrence.every, span.recurrence.weekdays) == (every, weekdays)
    assert (span.recurrence.month_day, span.recurrence.until) == (month_day, until)


def test_every_second_week_has_an_interval() -> None:
    span = parse("隔周周三下午", REF)
    assert span is not None
    assert span.recurrence == Recurrence(every="week", interval=2, weekdays=(2,))


@pytest.mark.parametrize("text", ["推迟半小时", "会议往后推一小时", "延长半小时", "提前一天"])
def test_a_shift_is_asked_about_because_only_the_ticket_knows_the_time(text: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert span.start is None
    assert span.unsure == "改到几点？"


def test_a_weekday_in_the_past_is_taken_when_it_was_said() -> None:
    span = parse("上周五订的那个", REF)
    assert span is not None
    assert span.start == datetime(2026, 11, 20)


def test_finds_each_expression_of_two_requests() -> None:
    found = find_all("明天下午三点派车去机场，后天上午订三楼会议室", REF)
    assert [s.start for s in found] == [datetime(2026, 11, 25, 15), datetime(2026, 11, 26, 8, 30)]


def test_the_second_request_inherits_the_day_of_the_first() -> None:
    first, second = find_all("明天9点派车去省政府，11点订会议室", REF)
    assert (first.start, second.start) == (datetime(2026, 11, 25, 9), datetime(2026, 11, 25, 11))
    assert not second.has_date


def test_nothing_is_found_where_no_time_is_said() -> None:
    assert find_all("三楼灯坏了，来个人看看", REF) == []


def test_parse_case_prints_local_iso_times() -> None:
    assert parse_case("明天下午两点到四点", REF) == {
        "start": "2026-11-25T14:00:00",
        "end": "2026-11-25T16:00:00",
        "duration_s": 7200.0,
        "unsure": False,
    }
    assert parse_case("三楼灯坏了", REF) is None


def test_an_hour_or_so_ends_the_trip_and_leaves_a_doubt() -> None:
    span = parse("明天九点去省委，个把小时回来", REF)
    assert span is not None
    assert (span.start, span.end) == (datetime(2026, 11, 25, 9), datetime(2026, 11, 25, 10))
    assert span.unsure is not None
