"""Asking for a reception: what is asked, what the rules say at once, what the card shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.handlers.bench_talk import LIN, Counter, car, word
from tests.handlers.reception_talk import (
    JIE,
    LETTER,
    PDF,
    PHOTO,
    SUN,
    asked,
    guests,
    last,
    reception,
    reception_desk,
    text_of,
    tickets_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from desk.storage import Database


@pytest.fixture
def counter(database: Database, tmp_path: Path) -> Counter:
    """The small bureau with a reception desk, Monday at nine."""
    return reception_desk(database, tmp_path / "exports")


def test_a_whole_sentence_goes_straight_to_the_card(counter: Counter) -> None:
    said = "12月2日下午两点半四川省机关事务管理局张副局长带队8人来考察学习，G1256到长春站接一下站，中午安排工作餐，我们陪3个，住两晚标间"
    card = last(counter.say(SUN, said, guests(visitors="张副局长", meals="工作餐", lodging="标准间")))
    for shown in (
        "请核对",
        "四川省机关事务管理局",
        "12月2日 周三 14:30 至 12月4日",
        "8 人",
        "张副局长",
        "陪同：3 人",
        "每人 120 元以内",
        "费用来宾自付",
        "长春站接站（G1256）",
    ):
        assert shown in card
    assert counter.button(SUN, "提交")


def test_only_what_is_missing_is_asked(counter: Counter) -> None:
    heard = text_of(
        counter.say(
            SUN, "来客人 12个 安排顿工作餐", guests(visitor_org=None, start=None, purpose=None, people=12)
        )
    )
    assert "哪个单位来" in heard
    assert "哪天到" in text_of(counter.say(SUN, "四川省管局", word("out_of_scope")))
    assert "什么公务" in text_of(
        counter.say(
            SUN, "12月3号", word("out_of_scope", start="2026-12-03", hints={"start_precision": "date"})
        )
    )
    card = last(counter.press(SUN, "调研"))
    assert "请核对" in card
    assert "最多 4 人" in card


def test_a_day_without_an_hour_is_enough_and_the_guess_is_shown(counter: Counter) -> None:
    card = last(
        counter.say(
            SUN, "下周三四川那边来调研 8个人", guests(start="2026-12-02", hints={"start_precision": "date"})
        )
    )
    assert "09:00" in card
    assert "默认，可改" in card
    assert "抵达时刻没说" in card


def test_an_hour_said_later_replaces_the_guess(counter: Counter) -> None:
    counter.say(SUN, "下周三四川来调研 8个人", guests(start="2026-12-02", hints={"start_precision": "date"}))
    card = last(
        counter.say(
            SUN,
            "下午三点到",
            word("change_ticket", start="2026-11-23T15:00", hints={"start_precision": "clock"}),
        )
    )
    assert "12月2日 周三 15:00" in card
    assert "默认，可改" not in card


def test_a_car_to_the_station_needs_the_hour(counter: Counter) -> None:
    heard = text_of(
        counter.say(
            SUN,
            "下周三四川8人来调研，到长春站接站",
            guests(start="2026-12-02", hints={"start_precision": "date"}),
        )
    )
    assert "几点到站" in heard
    card = last(counter.say(SUN, "13点40", word("out_of_scope")))
    assert "13:40" in card
    assert "长春站接站" in card


def test_a_range_of_days_ends_on_its_last_day(counter: Counter) -> None:
    card = last(
        counter.say(
            SUN,
            "12月2日到4日四川8人来考察",
            guests(start="2026-12-02", end="2026-12-04", hints={"start_precision": "date"}),
        )
    )
    assert "至 12月4日 周五 17:00" in card


# ── the rules ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("people", "wished", "most"), [(3, 5, 3), (8, 4, 3), (11, 4, 3), (12, 5, 4), (20, 7, 6), (30, 11, 10)]
)
def test_too_much_company_is_refused_with_the_clause_and_a_way_out(
    counter: Counter, people: int, wished: int, most: int
) -> None:
    heard = text_of(counter.say(SUN, f"来{people}人，我们陪{wished}个行不行", guests(people=people)))
    assert f"最多 {most} 人陪餐" in heard
    assert "第十条" in heard
    with pytest.raises(AssertionError, match="no button"):
        counter.button(SUN, "提交")
    card = last(counter.press(SUN, f"陪同改为 {most} 人"))
    assert f"陪同：{most} 人" in card
    counter.press(SUN, "提交")
    assert reception(counter).fields["companions"] == most


def test_too_much_company_is_said_at_once_though_more_is_asked(counter: Counter) -> None:
    heard = text_of(
        counter.say(
            SUN,
            "明天来仨人 我们陪5个行不行",
            guests(people=3, visitor_org=None, purpose=None, start="2026-11-24"),
        )
    )
    assert "最多 3 人陪餐" in heard
    assert "哪个单位来" in heard
    again = last(counter.say(SUN, "四川省管局", word("out_of_scope")))
    assert "最多 3 人陪餐" not in again


@pytest.mark.parametrize(
    ("said", "source", "title"),
    [
        ("晚上整点白酒", "2025年修订", "不上烟酒"),
        ("能不能上点酒", "2025年修订", "不上烟酒"),
        ("帮拉个横幅欢迎一下", "国内公务接待管理规定", "不搞迎送"),
        ("局长亲自去机场迎接", "国内公务接待管理规定", "不搞迎送"),
        ("摆点鲜花和水果", "2023年施行", "不摆花草水果"),
        ("做个背景板", "2023年施行", "不摆花草水果"),
        ("走的时候送点土特产", "国内公务接待管理规定", "不送礼不游玩"),
        ("要警车开道", "国内公务接待管理规定", "不动用警力"),
        ("住豪华套间", "国内公务接待管理规定", "住宿标准间"),
        ("安排午餐和晚餐两顿", "第十条", "工作餐一次"),
        ("工作餐，餐标200元", "2023年施行", "餐标"),
    ],
)
def test_what_the_rules_forbid_is_struck_out_with_its_clause_and_the_rest_goes_on(
    counter: Counter, said: str, source: str, title: str
) -> None:
    card = last(counter.say(SUN, f"四川省局12月2日8人来考察，{said}", guests()))
    assert title in card
    assert source in card
    counter.press(SUN, "提交")
    assert title in text_of(counter.owed(SUN)) or reception(counter).fields["struck"]
    assert reception(counter).fields.get("meal_price") in (None, 120)
    assert "套" not in str(reception(counter).fields.get("lodging") or "")


@pytest.mark.parametrize(
    "said",
    [
        "不上酒，简单吃口饭",
        "住省宾馆酒店，标准间",
        "文化和旅游厅的同志一起",
        "不要水果不摆花",
        "甘肃酒泉来的",
        "不用拉横幅",
    ],
)
def test_words_that_only_look_like_a_breach_are_none(counter: Counter, said: str) -> None:
    card = last(counter.say(SUN, f"四川省局12月2日8人来考察，{said}", guests()))
    assert "🚫" not in card


@pytest.mark.parametrize("said", ["外宾来 翻译也要", "俄罗斯代表团6人来访", "接待日本友好城市代表"])
def test_foreign_guests_go_to_the_foreign_affairs_office(counter: Counter, said: str) -> None:
    heard = text_of(counter.say(SUN, said, guests(visitor_org=None, purpose=None)))
    assert "外事部门" in heard
    assert "0431-" in heard
    assert tickets_of(counter, "reception") == []


@pytest.mark.parametrize("said", ["老同学来长春探亲，安排一下", "四川局长一家来旅游，8个人", "领导休假路过"])
def test_private_visits_are_refused(counter: Counter, said: str) -> None:
    heard = text_of(counter.say(SUN, said, guests()))
    assert "非公务" in heard
    assert "按规定" in heard
    assert tickets_of(counter, "reception") == []


@pytest.mark.parametrize("unit", ["长春市机关事务管理中心", "省人大", "吉林省财政厅", "市里"])
def test_no_meal_for_visitors_of_the_same_city(counter: Counter, unit: str) -> None:
    card = last(
        counter.say(
            SUN,
            "市里同志过来 中午留饭" if unit == "市里" else "12月2日来座谈，留顿午饭",
            guests(visitor_org=unit, meals="午餐"),
        )
    )
    assert "同城公务活动不安排用餐" in card
    counter.press(SUN, "提交")
    assert not reception(counter).fields["meals"]


@pytest.mark.parametrize(
    "unit", ["四川省机关事务管理局", "吉林市机关事务管理局", "吉林省延边州机关事务管理局", "国管局", "外省"]
)
def test_visitors_from_elsewhere_get_their_meal(counter: Counter, unit: str) -> None:
    counter.say(SUN, "12月2日来座谈，安排午饭", guests(visitor_org=unit, meals="午餐"))
    counter.press(SUN, "提交")
    assert reception(counter).fields["meals"] == "午餐"


def test_a_second_request_of_the_same_unit_is_to_be_merged(counter: Counter) -> None:
    asked(counter)
    number = reception(counter).number
    card = last(
        counter.say(
            LIN, "四川那边12月3日来5个人调研", guests(visitor_org="四川", start="2026-12-03T09:00", people=5)
        )
    )
    assert number in card
    assert "合并" in card


def test_short_notice_and_days_off_are_remarked(counter: Counter) -> None:
    card = last(counter.say(SUN, "四川明天来8人", guests(start="2026-11-24T09:00")))
    assert "不足 3 个工作日" in card
    counter.press(SUN, "取消")
    assert "休息日" in text_of(counter.say(SUN, "四川周六来8人", guests(start="2026-12-05T09:00")))


# ── the letter within the form ──────────────────────────────────────────────────────────────────────


def test_a_pasted_letter_fills_the_form_by_itself(counter: Counter) -> None:
    card = last(counter.say(SUN, LETTER, word("out_of_scope"), clarify=True))
    for shown in (
        "四川省机关事务管理局",
        "12月2日 周三 14:30 至 12月4日",
        "8 人",
        "副局长张明",
        "考察学习办公用房管理工作",
        "川机管函〔2026〕18号（文字已收）",
    ):
        assert shown in card
    counter.press(SUN, "提交")
    assert reception(counter).state == "待审批"
    assert reception(counter).fields["guests"] == "张明 副局长、李华 房产处处长"


def test_a_letter_pasted_into_an_open_form_completes_it(counter: Counter) -> None:
    assert "哪个单位" in text_of(
        counter.say(
            SUN,
            "来客人了，安排接待，接一下站",
            guests(visitor_org=None, start=None, people=None, purpose=None),
        )
    )
    card = last(counter.say(SUN, LETTER, car(destination="乱认的", people=3)))
    assert "请核对" in card
    assert "川机管函〔2026〕18号" in card
    assert "8 人" in card


@pytest.mark.parametrize("file", [PHOTO, PDF])
def test_a_letter_sent_into_the_open_form_is_enough(counter: Counter, file: object) -> None:
    assert "还没收到公函" in text_of(counter.say(SUN, "四川12月2日8人来考察，公函已到", guests()))
    card = last(counter.hear(SUN, enclosures=(file,)))
    assert "还没收到公函" not in card
    counter.press(SUN, "提交")
    assert reception(counter).state == "待审批"
    letters = [r for r in counter.rows(JIE) if r.payload.get("file_id")]
    assert len(letters) == 1


def test_a_letter_photographed_first_is_taken_along(counter: Counter) -> None:
    counter.hear(SUN, enclosures=(PHOTO,))
    card = last(counter.say(SUN, "四川12月2日8人来考察", guests()))
    assert "照片已收" in card
    counter.press(SUN, "提交")
    assert reception(counter).state == "待审批"


def test_a_program_is_no_letter(counter: Counter) -> None:
    from handlers.heard import Enclosure

    counter.say(SUN, "四川12月2日8人来考察", guests())
    counter.hear(
        SUN,
        enclosures=(
            Enclosure(sort="document", file_id="x", name="公函.exe", mime_type="application/x-msdownload"),
        ),
    )
    counter.press(SUN, "提交")
    assert reception(counter).state == "待补函"


def test_the_number_of_a_letter_alone_is_no_letter(counter: Counter) -> None:
    counter.say(SUN, "四川12月2日8人来考察，公函文号川管函〔2026〕12号", guests())
    counter.press(SUN, "提交")
    assert reception(counter).state == "待补函"


def test_saying_that_there_is_a_letter_asks_for_the_letter(counter: Counter) -> None:
    counter.say(SUN, "四川12月2日8人来考察", guests())
    assert "公函发过来" in text_of(counter.press(SUN, "✎ 公函"))
    assert "公函本身" in text_of(counter.say(SUN, "函到了", word("out_of_scope")))
    assert "请核对" in text_of(counter.press(SUN, "函还没到"))


def test_a_wish_can_be_taken_back(counter: Counter) -> None:
    counter.say(
        SUN, "四川12月2日8人来考察，安排午饭，住一晚，长春站接站", guests(meals="午餐", lodging="住宿")
    )
    counter.press(SUN, "✎ 用餐")
    assert "来宾自行用餐" in last(counter.press(SUN, "不安排"))
    counter.press(SUN, "✎ 接送")
    assert "长春站接站" not in last(counter.press(SUN, "不用接送"))


def test_a_date_that_is_over_cannot_be_submitted(counter: Counter) -> None:
    heard = text_of(counter.say(SUN, "昨天四川来了8人", guests(start="2026-11-22T09:00")))
    assert "已经过去" in heard


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("我们陪两个", "陪同：2 人"),
        ("不用陪", "陪同：0 人"),
        ("要接一下站，G239", "长春站接站（G239）"),
        ("中午安排工作餐", "工作餐（一次"),
        ("再拉个横幅", "不悬挂|横幅"),
        ("多住一晚", "2 晚"),
    ],
)
def test_what_is_added_in_words_goes_onto_the_card(counter: Counter, said: str, shown: str) -> None:
    counter.say(SUN, "四川12月2日下午两点半8人来考察，住一晚", guests(lodging="住一晚"))
    card = last(counter.say(SUN, said, word("out_of_scope")))
    assert any(words in card for words in shown.split("|"))
    assert "没听明白" not in card


def test_a_car_asked_for_on_its_own_does_not_disturb_the_reception(counter: Counter) -> None:
    counter.say(SUN, "四川12月2日8人来考察", guests())
    assert "我先记下" in last(
        counter.say(
            SUN,
            "另外明天下午两点派车去净月开会，两个人",
            car(destination="净月", people=2, start="2026-11-24T14:00"),
        )
    )
    counter.press(SUN, "提交")
    assert "请核对" in last(counter.owed(SUN) or [r.payload for r in counter.rows(SUN)])
