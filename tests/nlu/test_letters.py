"""Official letters as they are pasted into a chat."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu import letters

TODAY = date(2026, 11, 23)
SICHUAN = """四川省机关事务管理局
川机管函〔2026〕18号
关于赴吉林省考察学习办公用房管理工作的函
吉林省机关事务管理局：
  为学习借鉴贵省先进经验，我局拟由副局长张明带队一行8人，于2026年12月2日至4日赴贵局考察学习，请予接待为盼。现将有关事宜函告如下：
一、时间：12月2日（周三）14:30抵达长春站，4日返程
二、人员名单
1. 张明 副局长
2. 李华，房产处处长
3、王芳 四级调研员
联系人：赵强，电话：13812345678
四川省机关事务管理局
2026年11月20日"""
HUNAN = (
    "关于商请接待公务用车管理调研组的函 贵局：根据工作安排，我中心主任刘洋率调研组共五人，拟于12月8日上午9时到贵局调研"
    "公务用车平台建设，请予支持为荷。 湖南省公务用车服务中心（盖章） 2026年11月22日"
)
QINGHAI = """青海省机关事务管理局公函
青机管〔2026〕7号
吉林省机关事务管理局：
因工作需要，我局组织12人于1月5日到贵局学习交流公物仓建设，请予接洽。
带队领导：巡视员 马建国
特此函达。
青海省机关事务管理局
2026年11月19日"""


def test_a_whole_letter_is_read() -> None:
    letter = letters.read(SICHUAN, today=TODAY)
    assert letter is not None
    assert letter.number == "川机管函〔2026〕18号"
    assert letter.organisation == "四川省机关事务管理局"
    assert letter.head == "副局长张明"
    assert letter.people == 8
    assert (letter.first_day, letter.last_day) == (date(2026, 12, 2), date(2026, 12, 4))
    assert letter.arrival == time(14, 30)
    assert letter.purpose == "考察学习办公用房管理工作"
    assert letter.guests == (("张明", "副局长"), ("李华", "房产处处长"), ("王芳", "四级调研员"))
    assert (letter.contact, letter.phone) == ("赵强", "13812345678")


def test_a_letter_that_lost_its_line_breaks_is_still_read() -> None:
    letter = letters.read(SICHUAN.replace("\n", " "), today=TODAY)
    assert letter is not None
    assert (letter.organisation, letter.people, letter.first_day) == (
        "四川省机关事务管理局",
        8,
        date(2026, 12, 2),
    )


def test_a_letter_without_a_number_is_a_letter_all_the_same() -> None:
    letter = letters.read(HUNAN, today=TODAY)
    assert letter is not None
    assert letter.number == ""
    assert (letter.organisation, letter.head, letter.people) == ("湖南省公务用车服务中心", "主任刘洋", 5)
    assert (letter.first_day, letter.arrival) == (date(2026, 12, 8), time(9))


def test_january_written_in_november_is_next_year() -> None:
    letter = letters.read(QINGHAI, today=TODAY)
    assert letter is not None
    assert letter.first_day == date(2027, 1, 5)
    assert (letter.head, letter.people) == ("巡视员 马建国", 12)


def test_the_date_of_the_letter_is_not_the_date_of_the_visit() -> None:
    text = HUNAN.replace("拟于12月8日上午9时", "拟于近期")
    letter = letters.read(text, today=date(2026, 11, 1))
    assert letter is not None
    assert letter.first_day is None


def test_a_day_that_is_over_is_not_taken_for_the_visit() -> None:
    letter = letters.read(SICHUAN.replace("为学习", "根据2026年3月1日会议精神，为学习"), today=TODAY)
    assert letter is not None
    assert letter.first_day == date(2026, 12, 2)


@pytest.mark.parametrize("brackets", ["〔2026〕", "[2026]", "【2026】", "（2026）", "(2026)"])
def test_any_brackets_around_the_year_will_do(brackets: str) -> None:
    letter = letters.read(SICHUAN.replace("〔2026〕", brackets), today=TODAY)
    assert letter is not None
    assert letter.number == "川机管函〔2026〕18号"


@pytest.mark.parametrize(
    "message",
    [
        "下周三四川那边来调研 8个人 公函已到",
        "经领导同意，接待陕西省管局副局长一行，公函文号陕管函〔2026〕12号，人数8，下周三到，请出方案，标间四间。",
        "明天下午两点派辆商务车去龙嘉机场接人，3个人，到了给我打电话，司机师傅姓什么告诉我一下，谢谢辛苦了",
        "三楼会议室投影坏了，明天上午九点省里领导要来开会，请尽快安排师傅来修一下，联系人：小王，电话13812345678",
        "",
    ],
)
def test_a_message_that_speaks_of_a_letter_is_none(message: str) -> None:
    assert letters.read(message, today=TODAY) is None


def test_reading_twice_gives_the_same_letter() -> None:
    assert letters.read(SICHUAN, today=TODAY) == letters.read(SICHUAN, today=TODAY)


@given(st.text(max_size=400), st.dates(min_value=date(2020, 1, 1), max_value=date(2090, 1, 1)))
def test_nothing_somebody_pastes_breaks_the_reading(text: str, today: date) -> None:
    letters.read(f"{SICHUAN[:120]}{text}\n{SICHUAN[120:]}", today=today)
    letters.read(text, today=today)
