"""Leave and swapped turns in chat: noted, asked for, agreed to, and told; nobody answers for somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from desk import duty, people
from desk.models import Absence, Duty
from tests.handlers.bench_talk import word
from tests.handlers.test_repair import LIN, MA, NIU, SHUI, TIAN, ZHENG, Counter, fault, staffed

if TYPE_CHECKING:
    from desk.storage import Database

DAY = timedelta(days=1)
NOTHING = word("out_of_scope")


@pytest.fixture
def counter(database: Database) -> Counter:
    """It is Monday, 9:00; 郑铁军 has tomorrow's turn, 田师傅 that of Thursday, 水师傅 another trade's."""
    made = staffed(database)
    with database.writing() as session:
        for chat, trade, days in ((ZHENG, "电工", 1), (TIAN, "电工", 3), (SHUI, "水工", 3)):
            start = made.now + days * DAY
            who = people.person_of(session, chat)
            session.add(Duty(person=who, kind="repair", trade=trade, starts_at=start, ends_at=start + DAY))
    return made


def text_of(said: list[dict[str, Any]]) -> str:
    return "\n".join(str(one.get("text", "")) for one in said)


def leave(counter: Counter) -> Absence | None:
    with counter.database.reading() as session:
        found = session.scalar(select(Absence))
        if found is not None:
            _ = found.stand_in and found.stand_in.name
        return found


def turns(counter: Counter) -> dict[str, str]:
    """Who has which day."""
    with counter.database.reading() as session:
        return {f"{t.starts_at:%d} {t.trade}": t.person.name for t in session.scalars(select(Duty))}


# ── leave ───────────────────────────────────────────────────────────────────────────────────────────


def test_leave_is_noted_and_told_and_a_stand_in_counts_from_their_yes(counter: Counter) -> None:
    said = text_of(counter.say(ZHENG, "我明天请假", NOTHING))
    assert "登记了" in said
    assert "11月24日" in said
    assert "电工" in said
    assert "郑铁军" in text_of(counter.owed(MA))
    counter.press(ZHENG, "田师傅")
    assert leave(counter) is not None
    assert leave(counter).stand_in is None  # type: ignore[union-attr]
    assert "替班" in text_of(counter.owed(TIAN))
    counter.press(TIAN, "可以")
    noted = leave(counter)
    assert noted is not None
    assert noted.stand_in is not None
    assert noted.stand_in.name == "田师傅"
    assert "由田师傅替班" in text_of(counter.owed(ZHENG))
    assert "由田师傅替班" in text_of(counter.owed(NIU))


def test_the_roster_answers_with_the_stand_in_and_the_job_goes_to_them(counter: Counter) -> None:
    counter.say(ZHENG, "我明天请假", NOTHING)
    counter.press(ZHENG, "田师傅")
    counter.press(TIAN, "可以")
    counter.now += DAY + timedelta(hours=1)
    assert "田师傅" in text_of(counter.say(LIN, "今天电工谁值班", NOTHING))
    counter.say(LIN, "主楼二楼灯坏了", fault(location="主楼二楼", object="灯", fault="坏了"))
    counter.press(LIN, "提交")
    assert counter.ticket().fields["technician"] == "田师傅"


def test_who_cannot_is_not_the_stand_in_and_another_can_be_asked(counter: Counter) -> None:
    counter.say(ZHENG, "明天请假", NOTHING)
    counter.press(ZHENG, "田师傅")
    counter.press(TIAN, "不方便")
    assert "请换一位" in text_of(counter.owed(ZHENG))
    counter.press(ZHENG, "水师傅")
    counter.press(SHUI, "可以")
    with counter.database.reading() as session:
        at = counter.now + DAY + timedelta(hours=1)
        assert [p.name for p in duty.on_duty(session, kind="repair", trade="电工", at=at)] == ["水师傅"]


def test_nobody_becomes_a_stand_in_who_was_not_asked(counter: Counter) -> None:
    counter.say(ZHENG, "我明天请假", NOTHING)
    noted = leave(counter)
    assert noted is not None
    assert "没有问过您" in text_of(counter.press_data(SHUI, f"w:can:{noted.id}"))
    assert "只有请假的本人" in text_of(counter.press_data(TIAN, f"w:back:{noted.id}"))
    assert leave(counter).stand_in is None  # type: ignore[union-attr]


def test_the_dispatchers_are_not_woken_for_a_leave(counter: Counter) -> None:
    counter.now += timedelta(hours=14)
    counter.say(ZHENG, "我明天请假", NOTHING)
    (news,) = [row for row in counter.rows(MA) if "请假" in str(row.payload.get("text"))]
    assert news.due_at - counter.now == timedelta(hours=8)
    assert counter.press(ZHENG, "田师傅")
    (asked,) = [row for row in counter.rows(TIAN) if "替班" in str(row.payload.get("text"))]
    assert asked.due_at == counter.now


def test_leave_is_taken_back(counter: Counter) -> None:
    counter.say(ZHENG, "我明天请假", NOTHING)
    counter.press(ZHENG, "田师傅")
    counter.press(TIAN, "可以")
    counter.owed(TIAN)
    assert "已经登记过" in text_of(counter.say(ZHENG, "我明天请假", NOTHING))
    counter.press(ZHENG, "不请了")
    assert leave(counter) is None
    assert "不用您替了" in text_of(counter.owed(TIAN))


def test_staff_who_do_not_serve_are_sent_to_their_own_office(counter: Counter) -> None:
    assert "本单位的手续" in text_of(counter.say(LIN, "我明天请假", NOTHING))
    assert leave(counter) is None


@pytest.mark.parametrize(
    "text", ["明天请假的规定是什么", "换班车几点", "他明天请假了", "国庆放假怎么请假", "我明天请假派个车"]
)
def test_other_words_about_leave_are_none_of_its_business(counter: Counter, text: str) -> None:
    counter.say(ZHENG, text, NOTHING)
    assert leave(counter) is None


# ── swapping ────────────────────────────────────────────────────────────────────────────────────────


def test_two_swap_their_turns_when_the_other_agrees(counter: Counter) -> None:
    assert "和谁换" in text_of(counter.say(ZHENG, "我想换班", NOTHING))
    labels = [
        b["label"] for row in counter.rows(ZHENG) for line in row.payload.get("buttons") or [] for b in line
    ]
    assert any("田师傅" in label for label in labels)
    assert not any("水师傅" in label for label in labels)
    counter.press(ZHENG, "田师傅")
    assert turns(counter)["24 电工"] == "郑铁军"
    counter.press(TIAN, "同意换班")
    assert (turns(counter)["24 电工"], turns(counter)["26 电工"]) == ("田师傅", "郑铁军")
    for chat in (ZHENG, MA, NIU):
        assert "值班表已改" in text_of(counter.owed(chat))


def test_a_refused_swap_changes_nothing(counter: Counter) -> None:
    counter.say(ZHENG, "换班", NOTHING)
    counter.press(ZHENG, "田师傅")
    counter.press(TIAN, "不方便")
    assert turns(counter)["24 电工"] == "郑铁军"
    assert "不方便换班" in text_of(counter.owed(ZHENG))


def test_nobody_swaps_for_others_and_nothing_is_swapped_twice(counter: Counter) -> None:
    counter.say(ZHENG, "换班", NOTHING)
    data = counter.button(ZHENG, "田师傅").replace("w:with", "w:agree")
    assert "没有问过您" in text_of(counter.press_data(TIAN, data))
    counter.press(ZHENG, "田师傅")
    assert "不是您的" in text_of(counter.press_data(SHUI, data))
    counter.press_data(TIAN, data)
    counter.press_data(TIAN, data)
    assert turns(counter)["24 电工"] == "田师傅"


def test_who_has_no_turn_is_told_so(counter: Counter) -> None:
    assert "没有您的班" in text_of(counter.say(LIN, "我要换班", NOTHING))


@pytest.mark.parametrize("data", ["w:", "w:can", "w:can:x", "w:with:1", "w:gone:1", "w:can:9999999999999"])
def test_a_forged_button_is_answered(counter: Counter, data: str) -> None:
    assert "不认识" in text_of(counter.press_data(ZHENG, data))
