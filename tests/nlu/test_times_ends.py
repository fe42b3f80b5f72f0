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
    明天八点出发，当天来回 | 11-25 08:00 | 11-26
    # all of a part of the day, from an hour on
    明天八点半用车，在外边跑一上午 | 11-25 08:30 | 11-25 12:00
    后天九点开会，得开一上午 | 11-26 09:00 | 11-26 12:00
    周四早上八点用车，跑一整天 | 11-26 08:00 | 11-26 17:00
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
