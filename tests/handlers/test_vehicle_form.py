"""Asking for a car: what is asked, what is shown, what can be corrected."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.handlers.bench_talk import DIAO, LIN, MONDAY, Counter, car, small_bureau, word

if TYPE_CHECKING:
    from desk.storage import Database


@pytest.fixture
def counter(database: Database) -> Counter:
    """The small bureau's counter on Monday at nine."""
    return small_bureau(database)


def whole(**slots: object) -> object:
    """A request that leaves nothing to ask."""
    return car(
        **{"start": "2026-11-24T14:00", "destination": "龙嘉机场", "people": 3, "purpose": "接人", **slots}
    )


def text_of(replies: list[dict[str, object]]) -> str:
    """All texts of some replies."""
    return "\n".join(str(r.get("text", "")) for r in replies)


def test_a_whole_sentence_goes_straight_to_the_card(counter: Counter) -> None:
    card = text_of(counter.say(LIN, "明天下午两点去龙嘉机场接人，3个人", whole()))
    for shown in (
        "请核对",
        "明天（11月24日 周二） 14:00–17:00（预计）",
        "龙嘉机场",
        "3 人",
        "接人",
        "综合处门口（默认，可改）",
    ):
        assert shown in card


def test_asks_only_for_what_is_missing_and_one_thing_at_a_time(counter: Counter) -> None:
    assert "什么时候" in text_of(counter.say(LIN, "要个车", car()))
    assert "去哪儿" in text_of(
        counter.say(LIN, "明天下午两点", word("book_vehicle", start="2026-11-24T14:00"))
    )
    assert "几个人" in text_of(counter.say(LIN, "净月", word("out_of_scope")))
    assert "请核对" in text_of(counter.say(LIN, "俩", word("out_of_scope")))
    assert counter.button(LIN, "提交")


def test_a_day_without_an_hour_is_asked_for_the_hour(counter: Counter) -> None:
    request = car(start="2026-11-24", destination="净月", people=2, hints={"start_precision": "date"})
    assert "11月24日几点" in text_of(counter.say(LIN, "明天去净月 两个人", request))
    card = text_of(counter.say(LIN, "上午九点", word("out_of_scope")))
    assert "明天（11月24日 周二） 09:00" in card


def test_quick_answers_are_buttons(counter: Counter) -> None:
    counter.say(LIN, "明天下午两点去净月", whole(people=None, destination="净月"))
    assert "请核对" in text_of(counter.press(LIN, "4人"))


def test_an_hour_said_alone_keeps_the_day_and_the_length(counter: Counter) -> None:
    counter.say(LIN, "明天两点到四点", whole(end="2026-11-24T16:00"))
    changed = word("change_ticket", hints={"start_precision": "clock"}, start="2026-11-23T15:30")
    assert "明天（11月24日 周二） 15:30–17:30" in text_of(counter.say(LIN, "改成三点半", changed))


def test_one_more_person_is_added(counter: Counter) -> None:
    counter.say(LIN, "明天两点", whole())
    assert "4 人" in text_of(counter.say(LIN, "再加一个人", word("change_ticket", hints={"people_delta": 1})))


def test_a_blank_is_fixed_by_tapping_it(counter: Counter) -> None:
    counter.say(LIN, "明天两点", whole())
    assert "去哪儿" in text_of(counter.press(LIN, "✎ 目的地"))
    assert "净月大厦" in text_of(counter.say(LIN, "净月大厦", word("out_of_scope")))


def test_the_fix_button_asks_what_to_change(counter: Counter) -> None:
    counter.say(LIN, "明天两点", whole())
    assert "要改哪一项" in text_of(counter.press(LIN, "修改"))


def test_yes_in_words_submits(counter: Counter) -> None:
    counter.say(LIN, "明天两点", whole())
    assert "YC-20261123-001" in text_of(counter.say(LIN, "行，就这样", word("affirm")))


def test_pressing_submit_twice_makes_one_ticket(counter: Counter) -> None:
    counter.say(LIN, "明天两点", whole())
    data = counter.button(LIN, "提交")
    counter.press_data(LIN, data)
    again = counter.press_data(LIN, data)
    assert "已经处理过了" in text_of(again)
    assert "YC-20261123-001" in text_of(again)
    assert counter.ticket().number == "YC-20261123-001"


def test_leaving_submits_nothing(counter: Counter) -> None:
    counter.say(LIN, "明天两点", whole())
    assert "什么也没有提交" in text_of(counter.say(LIN, "算了", word("cancel_ticket")))
    assert counter.owed(DIAO) == []


def test_a_past_time_is_refused_with_a_reason_and_asked_anew(counter: Counter) -> None:
    replies = text_of(counter.say(LIN, "昨天下午两点去净月", whole(start="2026-11-22T14:00")))
    assert "已经过去了" in replies
    assert "什么时候出发" in replies


def test_an_end_before_the_start_is_refused(counter: Counter) -> None:
    replies = text_of(
        counter.say(LIN, "明天三点到两点", whole(start="2026-11-24T15:00", end="2026-11-24T14:00"))
    )
    assert "不晚于开始时间" in replies


def test_of_a_time_that_will_not_do_the_day_is_kept(counter: Counter) -> None:
    asked = text_of(
        counter.say(LIN, "后天下午三点到两点", whole(start="2026-11-25T15:00", end="2026-11-26T02:00"))
    )
    assert "结束早于开始" in asked
    assert "11月25日几点" in asked
    card = text_of(counter.say(LIN, "三点到五点", word("book_room")))
    assert "11月25日 周三） 15:00–17:00" in card


def test_one_stop_more_joins_the_others(counter: Counter) -> None:
    counter.say(LIN, "明天两点去省人大、省政协", whole(destination="省人大、省政协"))
    card = text_of(counter.say(LIN, "多去一站 先去省图", word("change_ticket", destination="省图书馆")))
    assert "省图书馆、省人大、省政协" in card


def test_one_way_stands_on_the_card(counter: Counter) -> None:
    counter.say(LIN, "明天两点", whole())
    one_way = word("cancel_ticket", hints={"round_trip": False})
    assert "龙嘉机场（单程，不用等）" in text_of(counter.say(LIN, "算了司机别等了，单程就行", one_way))


def test_other_kinds_said_in_one_breath_are_named_at_once(counter: Counter) -> None:
    second = word("report_repair", object="灯", fault="不亮", location="主楼305")
    replies = text_of(counter.say(LIN, "明天去机场，另外灯坏了", whole(), replace(second, kind="repair")))
    assert "「报修」也记下了" in replies


def test_a_night_away_is_part_of_the_trip(counter: Counter) -> None:
    night = word("arrange_reception", lodging="住一晚")
    card = text_of(
        counter.say(LIN, "明天两点去机场，住一晚", whole(), replace(night, kind="reception", text="住一晚"))
    )
    assert "至 11月25日" in card or "至 后天（11月25日" in card
    assert "接待" not in card


def test_what_was_taken_back_no_longer_counts_as_private(counter: Counter) -> None:
    counter.say(LIN, "明天用车送孩子上学", whole(purpose="送孩子"))
    again = word("book_vehicle", start="2026-11-23T14:00", destination="省医院", purpose="开会")
    again = replace(again, hints={"start_precision": "clock", "day_assumed": True})
    card = text_of(counter.say(LIN, "说错了，是去省医院开会 下午两点", again))
    assert "请核对" in card
    assert "明天（11月24日 周二） 14:00" in card


@pytest.mark.parametrize(("people", "said"), [(0, "至少是 1 人"), (501, "太多了")])
def test_a_silly_head_count_is_asked_again(counter: Counter, people: int, said: str) -> None:
    assert said in text_of(counter.say(LIN, "去净月", whole(people=people)))


def test_more_people_than_any_car_seats_is_refused_with_a_way_out(counter: Counter) -> None:
    replies = text_of(counter.say(LIN, "200个人去净月", whole(people=200)))
    assert "座位" in replies
    assert "分成两张单子" in replies


def test_private_use_is_refused_with_the_clause_and_another_way(counter: Counter) -> None:
    replies = text_of(counter.say(LIN, "明天用车送孩子上学", whole(purpose="送孩子")))
    assert "按规定" in replies
    assert "公共交通" in replies
    with pytest.raises(AssertionError):
        counter.button(LIN, "提交")


def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(counter: Counter) -> None:
    counter.say(LIN, "要个车去净月", car(destination="净月"))
    replies = text_of(counter.say(LIN, "提前多久订车来着", word("policy_question")))
    assert "提前 2 小时" in replies
    assert "什么时候出发" in replies


def test_words_that_say_nothing_are_asked_again_with_buttons(counter: Counter) -> None:
    counter.say(LIN, "要个车去净月", car(destination="净月"))
    replies = counter.say(LIN, "稀里糊涂咕噜", word("out_of_scope"))
    assert "没听明白" in text_of(replies)
    assert replies[-1]["buttons"]


def test_unsure_understanding_asks_with_buttons_and_keeps_what_was_said(counter: Counter) -> None:
    replies = counter.say(LIN, "明天下午两点去龙嘉 三个人", whole(), clarify=True)
    assert "哪一样" in text_of(replies)
    assert "龙嘉机场" in text_of(counter.press(LIN, "🚗 用车"))


def test_two_requests_become_two_cards_one_after_the_other(counter: Counter) -> None:
    second = car(start="2026-11-25T09:00", destination="省政府", people=2)
    counter.say(LIN, "明天去机场，后天去省政府", whole(), second)
    replies = text_of(counter.press(LIN, "提交"))
    assert "YC-20261123-001" in replies
    assert "接着办" in replies
    assert "省政府" in replies


def test_a_usual_pickup_place_is_remembered_and_shown(counter: Counter) -> None:
    counter.say(LIN, "明天两点从东门去机场", whole(origin="东门"))
    counter.press(LIN, "提交")
    assert "东门（默认，可改）" in text_of(counter.say(LIN, "后天两点", whole(start="2026-11-25T14:00")))


def test_markup_in_words_is_escaped(counter: Counter) -> None:
    card = text_of(counter.say(LIN, "去<b>净月", whole(destination="<b>净月&")))
    assert "&lt;b&gt;净月&amp;" in card


def test_a_form_survives_between_two_processes(counter: Counter) -> None:
    counter.say(LIN, "明天两点", whole())
    other = Counter(database=counter.database)
    assert "YC-20261123-001" in text_of(other.say(LIN, "提交", word("affirm")))


def test_nothing_free_offers_other_times_and_shared_trips(counter: Counter) -> None:
    for _ in range(2):
        counter.say(LIN, "明天两点去机场", whole())
        counter.press(LIN, "提交")
        counter.press(DIAO, "派车")
    replies = counter.say(LIN, "明天两点去机场", whole())
    assert "没有合适的空车" in text_of(replies)
    labels = [b["label"] for row in replies[-1]["buttons"] for b in row]
    assert any(x.startswith("合乘") for x in labels)
    assert any(x.startswith("改到") for x in labels)
    assert "请核对" in text_of(counter.press(LIN, "改到"))


def test_the_day_starts_where_the_test_says(counter: Counter) -> None:
    assert counter.now == MONDAY
