"""The calendar: what the desk does at fixed times of the week, once.

APScheduler only says when. That a run happens once, whatever the number of processes, is for the database: a run is a row
under its key (`digest:2026-11-24`), written in the same transaction as what the run does. A run missed while the desk
was down is caught up at the start, once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.identity import me
from desk.instants import LOCAL, to_local
from desk.models import CalendarRun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from bot.pool import Pool

log = structlog.get_logger(__name__)

# Written at the first start: what should have run before it was nobody's promise.
BORN = "desk:born"


class Work(Protocol):
    """What a job does in the transaction of its run; `now` is an instant."""

    def __call__(self, session: Session, *, now: datetime) -> object: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One line of the calendar. `cron` is a crontab line in local time (Asia/Shanghai)."""

    name: str
    cron: str
    work: Work
    # A run missed for longer than this is not worth catching up.
    catch_up: timedelta = timedelta(hours=10)
    # False for work that finds nothing left to do the second time: it needs no key, and leaves no row each time.
    once_only: bool = True

    def trigger(self) -> CronTrigger:
        """Return when it runs."""
        return CronTrigger.from_crontab(self.cron, timezone=LOCAL)

    def key(self, due: datetime) -> str:
        """Name the run that is due at the instant `due`: `digest:2026-11-24`, with the time if there are several a day."""
        local = to_local(due)
        minute, hour, *_ = self.cron.split()
        once_a_day = minute.isdigit() and hour.isdigit()
        return f"{self.name}:{local:%Y-%m-%d}" if once_a_day else f"{self.name}:{local:%Y-%m-%dT%H:%M}"

    def last_due(self, now: datetime) -> datetime | None:
        """Return the latest time it should have run, up to `now`, if that is worth catching up."""
        trigger = self.trigger()
        due: datetime | None = None
        following = trigger.get_next_fire_time(None, now.astimezone(LOCAL) - self.catch_up)
        while following is not None and following <= now:
            due = following
            following = trigger.get_next_fire_time(due, due + timedelta(seconds=1))
        return due


@dataclass(slots=True, kw_only=True)
class Clock:
    """Runs the jobs at their times. `committed` is called on the event loop after each run."""

    pool: Pool
    jobs: Sequence[Job]
    now: Callable[[], datetime]
    committed: Callable[[], None]
    _scheduler: AsyncIOScheduler = field(default_factory=lambda: AsyncIOScheduler(timezone=LOCAL))

    async def start(self) -> None:
        """Catch up what was missed, then keep the calendar."""
        now = self.now()
        born = await self.pool.write(lambda session: _born(session, now))
        for job in self.jobs:
            due = job.last_due(now)
            if due is not None and due > born:
                await self.run(job, due)
            # A fire that came late (a suspended machine) still counts; the key keeps it to once.
            self._scheduler.add_job(
                self._fire, job.trigger(), args=[job], id=job.name, misfire_grace_time=None, coalesce=True
            )
        self._scheduler.start()

    def stop(self) -> None:
        """Stop keeping the calendar."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def upcoming(self) -> dict[str, datetime]:
        """Return the instant at which each job runs next, by its name."""
        return {job.id: job.next_run_time for job in self._scheduler.get_jobs()}

    async def run(self, job: Job, due: datetime) -> bool:
        """Do the run that is due at `due`, unless it was done; say whether it was done now."""
        now, key = self.now(), job.key(due)

        def once(session: Session) -> bool:
            if not job.once_only:
                # Its return value says how much it did.
                return bool(job.work(session, now=now))
            if not _claim(session, key, now):
                return False
            job.work(session, now=now)
            session.execute(update(CalendarRun).where(CalendarRun.key == key).values(finished_at=now))
            return True

        try:
            ran = await self.pool.write(once)
        except Exception:  # rolled back with its key, so it is caught up at the next start
            log.exception("calendar_run_failed", key=key)
            return False
        if ran:
            log.info("calendar_run", key=key)
            self.committed()
        return ran

    async def _fire(self, job: Job) -> None:
        due = job.last_due(self.now())
        if due is not None:
            await self.run(job, due)


def _claim(session: Session, key: str, now: datetime) -> bool:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    claimed = session.execute(
        insert(CalendarRun)
        .values(key=key, claimed_at=now, claimed_by=me())
        .on_conflict_do_nothing()
        .returning(CalendarRun.key)
    )
    return claimed.first() is not None


def _born(session: Session, now: datetime) -> datetime:
    _claim(session, BORN, now)
    return session.scalars(select(CalendarRun.claimed_at).where(CalendarRun.key == BORN)).one()
