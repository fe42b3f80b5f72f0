"""「今天谁值班」 is answered from the roster."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from desk import duty, people
from desk.models import Duty
from handlers.staff.on_duty import is_asked
from tests.handlers.bench_talk import LIN, LIU, ZHAO, Counter, small_bureau, word

if TYPE_CHECKING:
    from desk.storage import Database


@pytest.fixture
def counter(database: Database) -> Counter:
    made = small_bureau(database)
    with database.writing() as session:
        liu, zhao = people.person_of(session, LIU), people.person_of(session, ZHAO)
        assert liu is not None
        assert zhao is not None
        day = timedelta(days=1)
        start = made.now - timedelta(hours=1)
        session.add(Duty(person=liu, kind="repair", trade="电工", starts_at=start, ends_at=start + day))
        session.add(Duty(person=zhao, kind="vehicle", starts_at=start + day, ends_at=start + 2 * day))
        duty.away(session, zhao, starts_at=start, ends_at=start + 5 * day, stand_in=liu)
    return made


def asked(counter: Counter, text: str) -> str:
    return "\n".join(str(one.get("text")) for one in counter.say(LIN, text, word("out_of_scope")))


def test_names_who_is_on_duty_with_the_telephone(counter: Counter) -> None:
    said = asked(counter, "今天谁值班")
    assert "报修（电工）：刘师傅 13800000104" in said
    assert "用车" not in said


def test_names_the_stand_in(counter: Counter) -> None:
    assert "刘师傅 13800000104（替赵师傅）" in asked(counter, "明天车队谁值班？")


def test_says_whom_to_ring_where_the_roster_is_empty(counter: Counter) -> None:
    assert "0431-0000-0000" in asked(counter, "后天会议室谁值班")


@pytest.mark.parametrize(
    "text", ["今天谁值班", "现在是哪位当班", "值班的是谁", "值班表", "看一下值班安排", "明天电工谁值班"]
)
def test_knows_the_question(text: str) -> None:
    assert is_asked(text)


@pytest.mark.parametrize(
    "text",
    ["值班室灯坏了谁来修", "给值班人员派个车", "值班用车一辆", "谁去修值班室的门", "把明天谁值班改一下"],
)
def test_takes_nothing_else_for_it(text: str) -> None:
    assert not is_asked(text)
