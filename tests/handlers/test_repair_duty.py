"""A repair goes to the technician the roster names: for the trade and building, stand-ins, swaps, nights and holidays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from desk import duty, people
from desk.instants import to_instant
from desk.models import Building, Duty, Person
from tests.handlers.test_repair import LIN, SHUI, TIAN, ZHENG, Counter, fault, staffed

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from desk.storage import Database

DAY = timedelta(days=1)


@pytest.fixture
def counter(database: Database) -> Counter:
    return staffed(database)


def person(session: Session, number: int) -> Person:
    found = people.person_of(session, number)
    assert found is not None
    return found


def roster(counter: Counter, number: int, **about: Any) -> int:
    """Give somebody a turn from an hour ago to tomorrow; return its id."""
    with counter.database.writing() as session:
        name = about.pop("building", None)
        where = session.scalar(select(Building).where(Building.name == name)) if name else None
        turn = Duty(
            person=person(session, number),
            kind="repair",
            starts_at=counter.now - timedelta(hours=1),
            ends_at=counter.now + DAY,
            building=where,
            **about,
        )
        session.add(turn)
        session.flush()
        return turn.id


def goes_to(counter: Counter, *, location: str = "主楼二层东侧", thing: str = "灯") -> str:
    """Report something broken, and return whose hands it is in."""
    counter.say(LIN, f"{location}{thing}坏了", fault(location=location, object=thing, fault="坏了"))
    counter.press(LIN, "提交")
    return str(counter.ticket().fields.get("technician") or "")


def test_without_a_roster_the_one_with_the_fewest_jobs_comes(counter: Counter) -> None:
    assert goes_to(counter) == "郑铁军"


def test_who_has_duty_for_the_trade_comes_first(counter: Counter) -> None:
    roster(counter, TIAN, trade="电工")
    assert goes_to(counter) == "田师傅"


def test_who_has_duty_for_the_building_comes_before_who_has_it_for_the_trade(counter: Counter) -> None:
    roster(counter, ZHENG, trade="电工")
    roster(counter, TIAN, trade="电工", building="主楼")
    assert goes_to(counter, location="主楼二层东侧") == "田师傅"
    assert goes_to(counter, location="一号楼二层东侧") == "郑铁军"


def test_another_trades_duty_counts_for_nothing_in_office_hours(counter: Counter) -> None:
    roster(counter, SHUI, trade="")
    assert goes_to(counter) == "郑铁军"


def test_on_a_holiday_whoever_of_the_technicians_has_duty_comes(counter: Counter) -> None:
    counter.now = to_instant(datetime(2026, 10, 2, 10))
    roster(counter, SHUI, trade="")
    assert goes_to(counter) == "水师傅"


def test_who_is_away_is_not_sent_and_the_stand_in_is(counter: Counter) -> None:
    roster(counter, ZHENG, trade="电工")
    with counter.database.writing() as session:
        duty.away(
            session,
            person(session, ZHENG),
            starts_at=counter.now,
            ends_at=counter.now + DAY,
            stand_in=person(session, SHUI),
        )
    assert goes_to(counter) == "水师傅"


def test_who_is_away_without_a_stand_in_is_passed_over(counter: Counter) -> None:
    with counter.database.writing() as session:
        duty.away(session, person(session, ZHENG), starts_at=counter.now, ends_at=counter.now + DAY)
    assert goes_to(counter) == "田师傅"


def test_a_swapped_turn_brings_the_other(counter: Counter) -> None:
    one = roster(counter, ZHENG, trade="电工")
    with counter.database.writing() as session:
        turn = session.get_one(Duty, one)
        later = Duty(
            person=person(session, TIAN),
            kind="repair",
            trade="电工",
            starts_at=counter.now + DAY,
            ends_at=counter.now + 2 * DAY,
        )
        session.add(later)
        session.flush()
        duty.swap(session, turn, later, now=counter.now)
    assert goes_to(counter) == "田师傅"
