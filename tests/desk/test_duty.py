"""Duty rosters: who is on duty, who stands in, and what a spreadsheet brings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from desk import duty
from desk.errors import BadInput
from desk.instants import to_instant
from desk.models import Building, Duty, Person
from desk.register import import_file

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from desk.storage import Database

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def someone(session: Session, name: str) -> Person:
    person = Person(name=name, active=True, reachable=True, habits={}, grants=[])
    session.add(person)
    session.flush()
    return person


def turn(session: Session, person: Person, *, ends: timedelta = DAY, **about: object) -> Duty:
    made = Duty(person=person, starts_at=NOON - timedelta(hours=4), ends_at=NOON + ends, **about)
    session.add(made)
    session.flush()
    return made


def names(found: list[Person]) -> list[str]:
    return [p.name for p in found]


def test_the_closest_turn_comes_first(any_database: Database) -> None:
    with any_database.writing() as session:
        main = Building(name="主楼", aliases=[])
        east = Building(name="东楼", aliases=[])
        session.add_all([main, east])
        session.flush()
        turn(session, someone(session, "总值班"))
        turn(session, someone(session, "维修值班"), kind="repair")
        turn(session, someone(session, "电工"), kind="repair", trade="电工")
        turn(session, someone(session, "主楼电工"), kind="repair", trade="电工", building=main)
        turn(session, someone(session, "东楼电工"), kind="repair", trade="电工", building=east)
        turn(session, someone(session, "水工"), kind="repair", trade="水工")
        turn(session, someone(session, "车队"), kind="vehicle")
        found = duty.on_duty(session, kind="repair", trade="电工", building=main, at=NOON)
        assert names(found) == ["主楼电工", "电工", "维修值班", "总值班"]
        assert names(duty.on_duty(session, kind="vehicle", at=NOON)) == ["车队", "总值班"]


def test_a_turn_begins_and_ends_to_the_minute(database: Database) -> None:
    with database.writing() as session:
        made = turn(session, someone(session, "甲"), kind="room")
        for at, is_on in (
            (made.starts_at - timedelta(seconds=1), False),
            (made.starts_at, True),
            (made.ends_at - timedelta(seconds=1), True),
            (made.ends_at, False),
        ):
            assert bool(duty.on_duty(session, kind="room", at=at)) is is_on


def test_a_stand_in_takes_the_turn_of_somebody_away(database: Database) -> None:
    with database.writing() as session:
        a, b, c = (someone(session, n) for n in "甲乙丙")
        turn(session, a, kind="repair")
        duty.away(session, a, starts_at=NOON, ends_at=NOON + DAY, stand_in=b)
        assert names(duty.on_duty(session, kind="repair", at=NOON)) == ["乙"]
        duty.away(session, b, starts_at=NOON, ends_at=NOON + DAY, stand_in=c)
        assert names(duty.on_duty(session, kind="repair", at=NOON)) == ["丙"]
        assert names(duty.on_duty(session, kind="repair", at=NOON - timedelta(minutes=1))) == ["甲"]


def test_nobody_answers_when_everybody_stands_in_for_each_other(database: Database) -> None:
    with database.writing() as session:
        a, b = someone(session, "甲"), someone(session, "乙")
        turn(session, a, kind="repair")
        duty.away(session, a, starts_at=NOON, ends_at=NOON + DAY, stand_in=b)
        duty.away(session, b, starts_at=NOON, ends_at=NOON + DAY, stand_in=a)
        assert duty.on_duty(session, kind="repair", at=NOON) == []


def test_two_people_swap_their_turns(database: Database) -> None:
    with database.writing() as session:
        a, b = someone(session, "甲"), someone(session, "乙")
        one, other = turn(session, a, kind="room"), turn(session, b, kind="vehicle")
        duty.swap(session, one, other, now=NOON)
        assert names(duty.on_duty(session, kind="room", at=NOON)) == ["乙"]
        with pytest.raises(BadInput, match="过去"):
            duty.swap(session, one, other, now=NOON + 2 * DAY)


def roster(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "duty.csv"
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_a_roster_is_imported_once_however_often(database: Database, tmp_path: Path) -> None:
    path = roster(
        tmp_path,
        "值班人,类别,工种,楼,开始,结束,替班人",
        "甲,报修,电工,主楼,2026-11-24,,",
        "乙,总值班,,,2026-11-24 17:00,2026-11-25 08:30,",
        "丙,用车,,,2026-11-24,2026-11-26,甲",
    )
    with database.writing() as session:
        session.add(Building(name="主楼", aliases=[]))
        for name in "甲乙丙":
            someone(session, name)
    for added in (3, 0):
        with database.writing() as session:
            report = import_file(session, sort="duty", path=path, now=NOON)
            assert (report.errors, report.added) == ((), added)
    with database.reading() as session:
        spans = [(t.starts_at, t.ends_at) for t in session.scalars(select(Duty).order_by(Duty.id))]
        assert spans == [
            (to_instant(datetime(2026, 11, 24, 8)), to_instant(datetime(2026, 11, 25, 8))),
            (to_instant(datetime(2026, 11, 24, 17)), to_instant(datetime(2026, 11, 25, 8, 30))),
            (to_instant(datetime(2026, 11, 24)), to_instant(datetime(2026, 11, 27))),
        ]
        assert names(duty.on_duty(session, kind="vehicle", at=NOON)) == ["甲"]


def test_a_bad_roster_writes_nothing_and_names_every_line(database: Database, tmp_path: Path) -> None:
    path = roster(
        tmp_path,
        "值班人,类别,开始,结束",
        "甲,报修,2026-11-24,",
        "无名氏,报修,2026-11-24,",
        "甲,理发,2026-11-24,",
        "甲,报修,2026-11-24,2026-11-23",
    )
    with database.writing() as session:
        someone(session, "甲")
        report = import_file(session, sort="duty", path=path, now=NOON)
        assert [error.line for error in report.errors] == [3, 4, 5]
        assert session.scalars(select(Duty)).all() == []
