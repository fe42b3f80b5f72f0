"""Tickets on days nobody has published yet: marked, and looked at again when the notice comes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.bootstrap import build_house
from desk.notice import Notice, load
from handlers.tickets import recheck
from tests.handlers.bench_talk import DIAO, LIN, Counter, car, small_bureau, word

if TYPE_CHECKING:
    from desk.models import Ticket
    from desk.storage import Database

# A Saturday worked for the Spring Festival, were it announced so.
WORKED = date(2027, 2, 13)


@pytest.fixture
def counter(database: Database) -> Counter:
    made = small_bureau(database)
    with database.reading() as session:
        made.house = build_house(session)
    return made


def booked(counter: Counter, *, start: str) -> Ticket:
    counter.say(LIN, "要车", car(start=start, destination="会展中心", people=2))
    counter.press(LIN, "提交")
    return counter.ticket()


def publish(counter: Counter, **days: bool) -> None:
    works = {date.fromisoformat(day.replace("_", "-").strip("d")): value for day, value in days.items()}
    with counter.database.writing() as session:
        load(session, Notice(works=works, names=dict.fromkeys(works, "")), source="通知")


def refresh(counter: Counter) -> int:
    with counter.database.writing() as session:
        return recheck.refresh(session, house=counter.house, now=counter.now)


def test_a_ticket_on_estimated_days_is_marked_and_one_on_known_days_is_not(counter: Counter) -> None:
    assert not booked(counter, start="2026-12-28T09:00").needs_recheck
    assert booked(counter, start="2027-02-13T09:00").needs_recheck


def test_people_are_told_once_when_a_day_turns_out_otherwise(counter: Counter) -> None:
    ticket = booked(counter, start="2027-02-13T09:00")
    assert refresh(counter) == 0
    publish(counter, d2027_02_13=True)
    assert refresh(counter) == 1
    assert refresh(counter) == 0
    assert not counter.ticket().needs_recheck
    for person in (LIN, DIAO):
        said = [str(r.payload.get("text")) for r in counter.rows(person)]
        assert sum("要上班" in text and ticket.number in text for text in said) == 1
    assert counter.house.calendar.is_workday(WORKED)


def test_nothing_is_said_when_the_estimate_was_right(counter: Counter) -> None:
    booked(counter, start="2027-01-12T09:00")
    publish(counter, d2027_01_01=False)
    assert refresh(counter) == 1
    assert not any(
        "放假通知" in str(r.payload.get("text")) and "不一样" in str(r.payload) for r in counter.rows(LIN)
    )


def test_moving_to_known_days_takes_the_mark_away(counter: Counter) -> None:
    booked(counter, start="2027-01-12T09:00")
    counter.press(LIN, "修改")
    counter.say(
        LIN,
        "改到12月28日9点",
        word("change_ticket", hints={"start_precision": "datetime"}, start="2026-12-28T09:00"),
    )
    counter.press(LIN, "提交")
    assert not counter.ticket().needs_recheck
