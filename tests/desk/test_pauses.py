"""A pause Telegram asked for, on both engines: kept by all, never shortened, and over when it is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from desk import pauses

if TYPE_CHECKING:
    from datetime import datetime

    from desk.storage import Database


def asked(database: Database, seconds: float, *, now: datetime) -> None:
    with database.writing() as session:
        pauses.ask_for(session, seconds=seconds, now=now)


def left(database: Database, *, now: datetime) -> float:
    with database.reading() as session:
        return pauses.left(session, now=now)


def test_a_pause_lasts_as_long_as_was_asked(any_database: Database, now: datetime) -> None:
    assert left(any_database, now=now) == 0
    asked(any_database, 30, now=now)
    assert left(any_database, now=now + timedelta(seconds=10)) == 20
    assert left(any_database, now=now + timedelta(seconds=30)) == 0


def test_a_shorter_pause_does_not_cut_a_longer_one_short(any_database: Database, now: datetime) -> None:
    asked(any_database, 30, now=now)
    asked(any_database, 5, now=now + timedelta(seconds=1))
    assert left(any_database, now=now + timedelta(seconds=1)) == 29
    asked(any_database, 60, now=now + timedelta(seconds=2))
    assert left(any_database, now=now + timedelta(seconds=2)) == 60


def test_a_clock_set_back_an_hour_makes_no_pause_of_an_hour(any_database: Database, now: datetime) -> None:
    asked(any_database, 30, now=now)
    before = now - timedelta(hours=1)
    assert left(any_database, now=before) == 0
    asked(any_database, 5, now=before)
    assert left(any_database, now=before) == 5
