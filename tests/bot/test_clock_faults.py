"""When clocks go wrong: set back, set forward, asleep, too slow, killed. Nothing is skipped, nothing done twice."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from bot.clock import Clock, Job
from bot.pool import Pool
from desk import outbox
from desk.models import CalendarRun, Department, OutboxMessage, OutboxStatus, Purpose
from desk.outbox import Message

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.orm import Session

    from desk.storage import Database

# 8:00 at the bureau, on a Tuesday.
EIGHT = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Wall:
    """A clock that shows what it is told to."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


class Counted:
    """Work that leaves a row each time."""

    def __init__(self, name: str) -> None:
        self.name, self.fails = name, False

    def __call__(self, session: Session, *, now: datetime) -> bool:
        session.add(Department(name=f"{self.name} {len(session.scalars(select(Department)).all())} {now}"))
        session.flush()
        if self.fails:
            raise RuntimeError("boom")
        return True


@pytest.fixture
def wall() -> Wall:
    return Wall(EIGHT)


@pytest.fixture
def digest() -> Counted:
    return Counted("早报")


@pytest.fixture
def jobs(digest: Counted) -> list[Job]:
    return [
        Job(name="digest", cron="30 8 * * *", work=digest),
        Job(name="timeouts", cron="* * * * *", work=Counted("超时"), once_only=False),
    ]


def keep(database: Database, wall: Wall, jobs: list[Job], story: Callable[[Clock], Awaitable[Any]]) -> Any:
    """Let a calendar live through a story; the scheduler itself is left out, as if it had fallen asleep."""

    async def live() -> Any:
        pool = Pool(database)
        clock = Clock(pool=pool, jobs=jobs, now=wall, committed=lambda: None, retry=0.0)
        await clock.start()
        clock._scheduler.pause()
        try:
            return await story(clock)
        finally:
            clock.stop()
            pool.close()

    return asyncio.run(live())


def done(database: Database, name: str) -> int:
    with database.reading() as session:
        return sum(d.name.startswith(name) for d in session.scalars(select(Department)))


def test_a_clock_set_forward_misses_no_run(database: Database, wall: Wall, jobs: list[Job]) -> None:
    async def story(clock: Clock) -> None:
        wall.at = EIGHT + HOUR
        await clock.check()

    keep(database, wall, jobs, story)
    assert done(database, "早报") == 1


def test_a_clock_set_back_repeats_no_run_and_stops_none(
    database: Database, wall: Wall, jobs: list[Job]
) -> None:
    async def story(clock: Clock) -> None:
        wall.at = EIGHT + HOUR
        await clock.check()
        wall.at = EIGHT
        # What runs every minute goes on running every minute, not only when the old time is reached again.
        for minute in range(1, 4):
            wall.at = EIGHT + timedelta(minutes=minute)
            assert await clock.check() == ["timeouts"]
        wall.at = EIGHT + HOUR
        await clock.check()

    keep(database, wall, jobs, story)
    assert done(database, "早报") == 1


def test_three_hours_asleep_are_made_up_once(database: Database, wall: Wall, jobs: list[Job]) -> None:
    async def story(clock: Clock) -> list[str]:
        wall.at = EIGHT + 3 * HOUR
        ran = await clock.check()
        assert await clock.check() == []
        return ran

    assert keep(database, wall, jobs, story) == ["digest", "timeouts"]
    assert (done(database, "早报"), done(database, "超时")) == (1, 1)


def test_a_run_longer_than_its_interval_is_not_begun_again_beside_itself(
    database: Database, wall: Wall
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    count: list[datetime] = []

    def slow(session: Session, *, now: datetime) -> bool:
        count.append(now)
        begun.set()
        go_on.wait(10)
        return True

    async def story(clock: Clock) -> None:
        wall.at = EIGHT + timedelta(minutes=1)
        first = asyncio.create_task(clock.check())
        await asyncio.to_thread(begun.wait, 10)
        wall.at += timedelta(minutes=1)
        assert await clock.check() == []
        go_on.set()
        assert await first == ["slow"]
        # What came due meanwhile is done now.
        assert await clock.check() == ["slow"]

    keep(database, wall, [Job(name="slow", cron="* * * * *", work=slow, once_only=False)], story)
    assert len(count) == 2


def test_a_failed_run_is_tried_again_without_a_restart(
    database: Database, wall: Wall, jobs: list[Job], digest: Counted
) -> None:
    async def story(clock: Clock) -> None:
        wall.at = EIGHT + HOUR
        digest.fails = True
        assert await clock.check() == ["timeouts"]
        digest.fails = False
        assert await clock.check() == ["digest"]

    keep(database, wall, jobs, story)
    assert done(database, "早报") == 1


DIES = """
import asyncio, os, signal, sys
from datetime import datetime, UTC
from bot.clock import Clock, Job
from bot.pool import Pool
from desk.models import Department
from desk.storage import Database

def work(session, *, now):
    session.add(Department(name="早报 half"))
    session.flush()
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    pool = Pool(Database(sys.argv[1]))
    clock = Clock(pool=pool, jobs=[], now=lambda: datetime(2026, 11, 24, 1, tzinfo=UTC), committed=lambda: None)
    await clock.run(Job(name="digest", cron="30 8 * * *", work=work), datetime(2026, 11, 24, 0, 30, tzinfo=UTC))

asyncio.run(main())
"""


def test_a_process_killed_in_the_middle_leaves_nothing_and_the_run_to_the_next(
    database: Database, wall: Wall, jobs: list[Job]
) -> None:
    wall.at = EIGHT - HOUR

    async def nothing(clock: Clock) -> None:
        pass

    keep(database, wall, jobs, nothing)
    url = database.url.render_as_string(hide_password=False)
    killed = subprocess.run([sys.executable, "-c", DIES, url], check=False, env={**os.environ}, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert done(database, "早报") == 0
    wall.at = EIGHT + HOUR
    keep(database, wall, jobs, nothing)
    assert done(database, "早报") == 1
    with database.reading() as session:
        assert session.get_one(CalendarRun, "digest:2026-11-24").finished_at == wall.at


# ── reminders under the same faults ─────────────────────────────────────────────────────────────────


@pytest.fixture
def reminders(any_database: Database) -> Database:
    """Sixty reminders to sixty chats, one a minute from 8:00."""
    with any_database.writing() as session:
        for n in range(60):
            outbox.send(
                session,
                Message(text=str(n)),
                chat_id=1000 + n,
                purpose=Purpose.REMINDER,
                now=EIGHT - HOUR,
                due_at=EIGHT + timedelta(minutes=n),
            )
    return any_database


def sweep(database: Database, *, now: datetime) -> list[int]:
    said = []
    with database.writing() as session:
        for row in outbox.claim(session, now=now, worker="me", limit=100):
            outbox.sent(session, row.id, message_id=row.id, now=now)
            said.append(int(row.payload["text"]))
    return said


def test_reminders_survive_a_clock_that_jumps_about(reminders: Database) -> None:
    said: list[int] = []
    for minutes in (5, 65, 5, 6, -55, 30, 59, 60, 180):
        said += sweep(reminders, now=EIGHT + timedelta(minutes=minutes))
    assert sorted(said) == list(range(60))


def test_reminders_slept_through_are_said_in_order_on_waking(reminders: Database) -> None:
    assert sweep(reminders, now=EIGHT + 3 * HOUR) == list(range(60))
    with reminders.reading() as session:
        assert {row.status for row in session.scalars(select(OutboxMessage))} == {OutboxStatus.SENT}
