"""When something is over, said in other words than 「到N点」; and what is only news of today before the day that is asked for."""

from __future__ import annotations

import pytest

from nlu.times import parse
from tests.nlu.timetable import REF, instant, rows

ENDS = rows("""
    # the hour of coming home, or of being done
    会五点散，早上八点半先把人送到松苑宾馆 | 11-25 08:30 | 11-25 17:00
    明天8时30分出车，当日17时许返长 | 11-25 08:30 | 11-25 17:00
    今天下班以后送加班的，八点前肯定都送完 | 11-24 17:00 | 11-24 20:00
    周四中午吃完饭往回走，周三早上七点出发 | 11-25 07:00 | 11-26 12:00
    下午一点半开会，开完大概三点一刻，明天 | 11-25 13:30 | 11-25 15:15
    # the day after, or so many nights later
    12月1号早上6点走，隔天回 | 12-01 06:00 | 12-03
    后天来客人，转天上午走 | 11-26 | 11-27 12:00
    周三早上七点去长白山，住两晚再回 | 11-25 07:00 | 11-28
    周四下午四点到，周五吃过早饭就走 | 11-26 16:00 | 11-28
    # all of a part of the day, from an hour on
    明天八点半用车，在外边跑一上午 | 11-25 08:30 | 11-25 12:00
    后天九点开会，得开一上午 | 11-26 09:00 | 11-26 12:00
    返程时间：17:30，出发时间：11月27日13:00 | 11-27 13:00 | 11-27 17:30
    三个年长的12月1日到，12月3日走 | 12-01 | 12-04
    # days that run on
    12月3号起占用多功能厅，到5号晚上 | 12-03 | 12-05 22:00
    12月3日、4日借礼堂 | 12-03 | 12-05
    会期两天半，12月8日报到 | 12-08 | 12-11
    用车时间11.26 8:00-11.27 18:00 | 11-26 08:00 | 11-27 18:00
    今儿下午一点半到仨点 | 11-24 13:30 | 11-24 15:00
    周四上午九点往后用小会议室，估摸得开到十一点半 | 11-26 09:00 | 11-26 11:30
""")


@pytest.mark.parametrize(("text", "start", "end"), ENDS)
def test_hears_when_it_is_over(text: str, start: str, end: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert (span.start, span.end, span.end_stated) == (instant(start), instant(end), True)


NEWS = rows("""
    今天刚接到省里通知，下周三上午九点开视频会 | 12-02 09:00
    今天领导跟我说了，周五去四平，早上八点走 | 11-27 08:00
    今天开会定的，下周二辽宁来考察 | 12-01
    今天主要是跟您说个事，我们后天下午两点开支部会 | 11-26 14:00
    我今天在外地，后天晚上七点二十的飞机 | 11-26 19:20
    今天下雪路滑，车明天八点来接 | 11-25 08:00
    # here today is what is asked for
    今天用车，下午三点走 | 11-24 15:00
    今天下午去机场，明天上午回 | 11-24 13:00
""")


@pytest.mark.parametrize(("text", "start"), NEWS)
def test_tells_the_news_of_today_from_the_day_that_is_asked_for(text: str, start: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert span.start == instant(start)


LATEST = rows("""
    # of an old time and a new one the new is meant
    别九点来，八点半来 | 11-25 08:30
    明天八点不用来接了，十点来 | 11-25 10:00
    后天九点的车能不能早点，九点来不及，八点二十走吧 | 11-26 08:20
    周三不方便，周四上午九点吧 | 11-26 09:00
    原定于12月3日的会议现定于12月4日上午9时 | 12-04 09:00
    将11月26日更正为11月27日 | 11-27
    原来11:40到，航班晚点到13:10 | 11-24 13:10
    八点有点赶，七点半走吧 | 11-25 07:30
    12月4日应为12月5日 | 12-05
    # the day they come back is the day of the hour that follows
    明天接人回来，下午四点的飞机 | 11-25 16:00
    周五散会以后开个短会，五点半到六点半 | 11-27 17:30
    下周三领导通知开会，九点到十点半 | 12-02 09:00
    # what must be ready before is not what begins
    12月3日8:30前布置完毕，会议9:00开始 | 12-03 09:00
""")


@pytest.mark.parametrize(("text", "start"), LATEST)
def test_takes_the_time_that_holds(text: str, start: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert span.start == instant(start)


SHIFTS = rows("""
    明天朝九晚五用车 | 11-25 09:00 | 11-25 17:00
    明天早八晚六 | 11-25 08:00 | 11-25 18:00
    会议室明天1430到1600 | 11-25 14:30 | 11-25 16:00
""")


@pytest.mark.parametrize(("text", "start", "end"), SHIFTS)
def test_reads_hours_written_in_short(text: str, start: str, end: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert (span.start, span.end) == (instant(start), instant(end))


@pytest.mark.parametrize("text", ["305会议室", "编号1530", "2015 03 04", "订单0915号"])
def test_takes_four_digits_for_no_hour_where_no_day_is_said(text: str) -> None:
    span = parse(text, REF)
    assert span is None or not span.has_clock


@pytest.mark.parametrize("text", ["元旦过后第一天班", "元旦以后头一天上班", "元旦后首个工作日"])
def test_finds_the_first_day_at_work_after_a_feast(text: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert span.start == instant("2027-01-04")
