"""Who is at work is known at once, whether somebody comes, goes, or is cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from desk.presence import HERE, Presence

if TYPE_CHECKING:
    from desk.storage import Database


def test_a_file_is_worked_on_by_one(database: Database) -> None:
    assert Presence(database).count() == 1


def test_those_at_work_count_each_other(postgres: Database) -> None:
    others = [Presence(postgres) for _ in range(3)]
    assert [one.count() for one in others] == [1, 2, 3]
    assert [one.count() for one in others] == [3, 3, 3]
    others[0].leave()
    assert [one.count() for one in others[1:]] == [2, 2]
    for one in others:
        one.leave()


def test_whoever_lost_the_connection_is_counted_again_at_the_next_look(postgres: Database) -> None:
    mine, other = Presence(postgres), Presence(postgres)
    assert (mine.count(), other.count()) == (1, 2)
    with postgres.engine.connect() as killer:
        holders = text(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = :key"
        )
        killer.execute(holders, {"key": HERE})
    # The first look finds the connection dead and keeps to what was known; the second makes a new one.
    assert mine.count() == 1
    assert (mine.count(), other.count(), other.count(), mine.count()) == (1, 2, 2, 2)
    mine.leave()
    other.leave()
