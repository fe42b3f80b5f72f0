"""The calendar: what the desk does at fixed times of the week, once.

APScheduler says when; every few seconds of real time the calendar also looks for itself, because a clock that was set back
or forward, a suspended machine or a failed run would leave a scheduler waiting. That a run happens once, whatever the number of processes, is for the database: a run is a row
under its key (`digest:2026-11-24`), written in the same transaction as what the run does. A run missed while the desk
was down is caught up at the start, once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Protocol

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from structlog.contextvars import bound_contextvars

from bot.identity import me
from bot.log import tell
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
    # Seconds between two looks of its own, and before a failed run is tried again.
    beat: float = 20.0
    retry: float = 300.0
    _scheduler: AsyncIOScheduler = field(default_factory=lambda: AsyncIOScheduler(timezone=LOCAL))
    _beating: asyncio.Task[None] | None = None
    _born: datetime | None = None
    # The due time of the last run of each job that was done, here or elsewhere.
    _done: dict[str, datetime] = field(default_factory=dict)
    _running: set[str] = field(default_factory=set)
    _resting: dict[str, float] = field(default_factory=dict)
    # Between these two moments nothing becomes due: (last look, next time it is due).
    _nothing_due: dict[str, tuple[datetime, datetime | None]] = field(default_factory=dict)

    async def start(self) -> None:
        """Catch up what was missed, then keep the calendar."""
        now = self.now()
        self._born = await self.pool.write(lambda session: _born(session, now))
        await self.check()
        for job in self.jobs:
            # A fire that came late (a suspended machine) still counts; the key keeps it to once.
            self._scheduler.add_job(
                self._fire, job.trigger(), args=[job], id=job.name, misfire_grace_time=None, coalesce=True
            )
        self._scheduler.start()
        self._beating = asyncio.create_task(self._beat(), name="calendar")

    def stop(self) -> None:
        """Stop keeping the calendar."""
        if self._beating is not None:
            self._beating.cancel()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def upcoming(self) -> dict[str, datetime]:
        """Return the instant at which each job runs next, by its name."""
        return {job.id: job.next_run_time for job in self._scheduler.get_jobs()}

    async def check(self) -> list[str]:
        """Do every run that should have been done by now and was not; return the names of the jobs that ran."""
        return [job.name for job in self.jobs if await self._catch_up(job)]

    async def run(self, job: Job, due: datetime) -> bool:
        """Do the run that is due at `due`, unless it was done; say whether it was done now."""
        return bool(await self._attempt(job, due))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.beat)
            try:
                await self.check()
            except Exception as error:  # the database may be away for a moment; the next look comes soon
                tell(log, "calendar_check_failed", error)

    async def _fire(self, job: Job) -> None:
        await self._catch_up(job)

    async def _catch_up(self, job: Job) -> bool:
        """Do the latest run of a job that is due, unless it is done, under way, or rests after a failure."""
        due = self._missed(job)
        if due is None:
            return False
        self._running.add(job.name)
        try:
            ran = await self._attempt(job, due)
        finally:
            self._running.discard(job.name)
        if ran is None:
            self._resting[job.name] = monotonic() + self.retry
        else:
            self._done[job.name] = due
        return bool(ran)

    def _missed(self, job: Job) -> datetime | None:
        now = self.now()
        looked, following = self._nothing_due.get(job.name, (None, None))
        if looked is not None and looked <= now and (following is None or now < following):
            return None
        if job.name in self._running or self._resting.get(job.name, 0.0) > monotonic():
            return None
        due = job.last_due(now)
        # Another time than that of the last run, not only a later one: the clock may have been set back.
        if due is not None and due != self._done.get(job.name) and (self._born is None or due > self._born):
            return due
        self._nothing_due[job.name] = (now, job.trigger().get_next_fire_time(None, now.astimezone(LOCAL)))
        return None

    async def _attempt(self, job: Job, due: datetime) -> bool | None:
        """Do a run; return whether it was done now, None when it failed."""
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
            with bound_contextvars(cause=key):
                ran = await self.pool.write(once)
        except Exception:  # rolled back with its key, so it is done after a while, or at the next start
            log.exception("calendar_run_failed", key=key)
            return None
        if ran:
            log.info("calendar_run", key=key)
            self.committed()
        return ran


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
