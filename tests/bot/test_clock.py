"""The calendar: on time, once, and caught up when it was missed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from bot.clock import Clock, Job
from bot.pool import Pool
from desk.instants import to_local
from desk.models import CalendarRun, Department

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from desk.storage import Database

# 08:30 at the bureau.
HALF_PAST_EIGHT = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)


class Morning:
    """Work that leaves a row behind, and can fail."""

    def __init__(self) -> None:
        self.fails = False

    def __call__(self, session: Session, *, now: datetime) -> None:
        session.add(Department(name=f"晨报 {now.isoformat()}"))
        session.flush()
        if self.fails:
            raise RuntimeError("boom")


@pytest.fixture
def work() -> Morning:
    return Morning()


@pytest.fixture
def job(work: Morning) -> Job:
    return Job(name="digest", cron="30 8 * * *", work=work)


def start(database: Database, job: Job, *, at: datetime) -> None:
    """Start the calendar at `at` and stop it again."""

    async def once() -> None:
        pool = Pool(database)
        clock = Clock(pool=pool, jobs=[job], now=lambda: at, committed=lambda: None)
        await clock.start()
        clock.stop()
        pool.close()

    asyncio.run(once())


def runs(database: Database) -> list[str]:
    with database.reading() as session:
        return [
            run.key
            for run in session.scalars(select(CalendarRun).order_by(CalendarRun.key))
            if ":born" not in run.key
        ]


def test_promises_nothing_for_the_time_before_it_first_started(database: Database, job: Job) -> None:
    start(database, job, at=HALF_PAST_EIGHT + timedelta(hours=1))
    assert runs(database) == []


def test_catches_up_once_what_it_missed(any_database: Database, job: Job) -> None:
    start(any_database, job, at=HALF_PAST_EIGHT - timedelta(days=3))
    for _ in range(2):
        start(any_database, job, at=HALF_PAST_EIGHT + timedelta(hours=2))
    assert runs(any_database) == ["digest:2026-11-24"]
    with any_database.reading() as session:
        assert len(session.scalars(select(Department)).all()) == 1


def test_does_not_catch_up_what_is_too_old_to_matter(database: Database, job: Job) -> None:
    start(database, job, at=HALF_PAST_EIGHT - timedelta(days=3))
    start(database, job, at=HALF_PAST_EIGHT + timedelta(hours=11))
    assert runs(database) == []


def test_a_failed_run_leaves_nothing_and_is_done_at_the_next_start(
    database: Database, job: Job, work: Morning
) -> None:
    start(database, job, at=HALF_PAST_EIGHT - timedelta(hours=1))
    work.fails = True
    start(database, job, at=HALF_PAST_EIGHT + timedelta(minutes=1))
    assert runs(database) == []
    work.fails = False
    start(database, job, at=HALF_PAST_EIGHT + timedelta(minutes=2))
    assert runs(database) == ["digest:2026-11-24"]


def test_several_processes_do_one_run_together(any_database: Database, job: Job) -> None:
    async def race() -> list[bool]:
        pools = [Pool(any_database) for _ in range(4)]
        clocks = [
            Clock(pool=pool, jobs=[job], now=lambda: HALF_PAST_EIGHT, committed=lambda: None)
            for pool in pools
        ]
        won = await asyncio.gather(*(clock.run(job, HALF_PAST_EIGHT) for clock in clocks))
        for pool in pools:
            pool.close()
        return won

    assert sorted(asyncio.run(race())) == [False, False, False, True]


def test_is_due_at_the_bureaus_half_past_eight(database: Database, job: Job) -> None:
    async def upcoming() -> datetime:
        pool = Pool(database)
        clock = Clock(pool=pool, jobs=[job], now=lambda: HALF_PAST_EIGHT, committed=lambda: None)
        await clock.start()
        try:
            return clock.upcoming()["digest"]
        finally:
            clock.stop()
            pool.close()

    assert to_local(asyncio.run(upcoming())).strftime("%H:%M") == "08:30"


def test_names_runs_by_local_day_and_by_minute_where_there_are_several(work: Morning) -> None:
    late = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    assert Job(name="a", cron="0 6 * * *", work=work).key(late) == "a:2026-11-24"
    assert Job(name="b", cron="*/5 * * * *", work=work).key(late) == "b:2026-11-24T06:00"
