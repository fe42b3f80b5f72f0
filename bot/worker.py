"""From a stored update to its effect: one chat in order, chats side by side.

Understanding happens with no transaction open, for it may take long or fail. Then everything an update causes, its own
row marked done included, is one transaction: it happened altogether or not at all, and a killed process's update is
simply handled again. An error is tried again a few times, then the update is set aside with an apology, so that one
unlucky message never blocks a chat. What is wrong with the database (full, locked, away) is no error of the update's: that
is waited out, however long it takes.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from structlog.contextvars import bound_contextvars

from bot import metrics
from bot.identity import is_gone, me
from bot.log import tell
from bot.updates import heard_in
from desk import inbox
from desk.instants import to_local
from desk.storage import trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from bot.pool import Pool
    from bot.updates import Self
    from desk.inbox import Received
    from handlers.heard import Heard
    from nlu.understanding import Request, Understanding

log = structlog.get_logger(__name__)


class Handle(Protocol):
    """What an update causes: rows in the session, replies in the outbox; it never commits."""

    def __call__(self, session: Session, heard: Heard, *, now: datetime) -> None: ...


class Understands(Protocol):
    """How sentences are understood; `now` is a naive local time."""

    async def understand(self, text: str, *, now: datetime) -> Understanding | None:
        """Return what a sentence means, or None if Rasa is not to be had in time."""

    def read_slots(self, text: str, *, now: datetime) -> Request | None:
        """Return what can be read without Rasa."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The handlers' face to the plumbing."""

    needs_understanding: Callable[[Heard], bool]
    handle: Handle
    apologise: Handle


@dataclass(frozen=True, slots=True, kw_only=True)
class Diligence:
    """How hard the worker tries. Times in seconds."""

    tries: int = 3
    pause: float = 0.2
    at_once: int = 16
    # Of those, how many may be in a transaction; the pool's other threads are for taking in and sending, so that who was
    # heard is answered before the next is heard.
    writing: int = 4
    sweep: float = 5.0
    lease: float = 120.0
    # How often to look for what dead processes left.
    takeover: float = 20.0
    drain: float = 10.0
    # Between two looks whether the database works again.
    longest_wait: float = 5.0
    # A message older than this when it is handled is understood as of when it was written.
    stale: float = 60.0


@dataclass(slots=True, kw_only=True)
class Worker:
    """Takes updates in and handles them until told to stop. `now` reads the clock; `committed` follows each commit."""

    pool: Pool
    front: Front
    understander: Understands
    me: Self
    now: Callable[[], datetime]
    committed: Callable[[], None]
    diligence: Diligence = field(default_factory=Diligence)
    # False where the clock is a test's own and Telegram's dates mean nothing to it.
    trusts_dates: bool = True
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _turns: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._turns = asyncio.Semaphore(self.diligence.writing)

    async def accept(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Commit a batch of updates to the inbox, and begin with those whose turn it is.

        Stored and taken in hand are one transaction; Telegram may be told that they arrived once this returns. What it
        raises means that none of them is kept.
        """
        now = self.now()
        slots = 0 if self._stopping else self.diligence.at_once - len(self._tasks)

        def keep(session: Session) -> tuple[int, list[Received]]:
            new = sum(inbox.store(session, update, now=now) for update in updates)
            return new, inbox.claim(session, now=now, worker=me(), limit=slots) if slots > 0 else []

        new, rows = await self.pool.write(keep)
        metrics.RECEIVED.labels(new="yes").inc(new)
        metrics.RECEIVED.labels(new="no").inc(len(updates) - new)
        self._start(rows)
        if len(rows) < new:
            # An earlier one of the same chat may have been settled while this was being stored.
            self._wake.set()

    async def run(self) -> None:
        """Handle until `stop`; then finish what is in hand."""
        recovered = -self.diligence.takeover
        while not self._stopping:
            self._wake.clear()
            try:
                if monotonic() - recovered > self.diligence.takeover:
                    await self.recover()
                    recovered = monotonic()
                await self._start_waiting()
            except Exception as error:  # the database may be away for a moment; updates stay where they are
                tell(log, "worker_round_failed", error)
                await asyncio.sleep(1)
            await self._rest()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self.diligence.drain)

    def stop(self) -> None:
        """End `run` soon."""
        self._stopping = True
        self._wake.set()

    async def recover(self) -> int:
        """Take up what dead processes left; return how many updates."""
        stale = self.now() - timedelta(seconds=self.diligence.lease)
        count = await self.pool.write(lambda s: inbox.recover(s, stale_before=stale, is_gone=is_gone))
        if count:
            log.warning("inbox_recovered", rows=count)
        return count

    async def _start_waiting(self) -> None:
        slots = self.diligence.at_once - len(self._tasks)
        if slots <= 0:
            return
        now = self.now()
        # Only a look: mostly what was stored is in hand already, and nothing waits.
        if await self.pool.read(inbox.is_any_waiting):
            self._start(await self.pool.write(lambda s: inbox.claim(s, now=now, worker=me(), limit=slots)))

    def _start(self, rows: Sequence[Received]) -> None:
        for row in rows:
            task = asyncio.create_task(self._treat(row), name=f"update-{row.update_id}")
            self._tasks.add(task)
            task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake.set()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self.diligence.sweep):
                await self._wake.wait()
        except TimeoutError:
            pass

    # ── one update ──────────────────────────────────────────────────────────────────────────────────

    async def _treat(self, row: Received) -> None:
        begun = monotonic()
        with bound_contextvars(cause=f"u{row.update_id}", update_id=row.update_id, chat_id=row.chat_id):
            try:
                outcome = await self._try(row)
            except Exception:  # it stays in our hands until the lease ends, and is then handled after all
                log.exception("update_left")
                outcome = "left"
            metrics.HANDLED.labels(outcome=outcome).inc()
            metrics.HANDLE_SECONDS.observe(monotonic() - begun)
            log.info("update_handled", outcome=outcome, ms=round((monotonic() - begun) * 1000, 1))

    async def _try(self, row: Received) -> str:
        failed = waited = 0
        while True:
            try:
                return await self._once(row)
            except Exception as error:
                what = trouble(error)
                if what and self._stopping:
                    return "left"
                if what:
                    waited += 1
                    log.warning("update_waits", trouble=what, error=type(error).__name__)
                    await asyncio.sleep(min(self.diligence.longest_wait, self.diligence.pause * 2**waited))
                    continue
                failed += 1
                log.exception("update_failed", attempt=failed)
                await asyncio.sleep(self.diligence.pause * failed)
                if failed >= self.diligence.tries:
                    return await self._give_up(row, f"{type(error).__name__}: {error}")

    async def _once(self, row: Received) -> str:
        heard = heard_in(row.payload, me=self.me)
        if heard is None or not heard.addressed:
            await self.pool.write(lambda session: inbox.done(session, row.id))
            return "ignored"
        await self._handle(row, await self._understood(heard, row.payload))
        return "done"

    async def _understood(self, heard: Heard, payload: Mapping[str, Any]) -> Heard:
        if not self.front.needs_understanding(heard):
            return heard
        local = to_local(self._said_at(payload))
        understanding = await self.understander.understand(heard.text, now=local)
        if understanding is not None:
            return replace(heard, understanding=understanding)
        return replace(heard, nlu_down=True, plain=self.understander.read_slots(heard.text, now=local))

    def _said_at(self, payload: Mapping[str, Any]) -> datetime:
        now = self.now()
        date = (payload.get("message") or payload.get("edited_message") or {}).get("date")
        if not self.trusts_dates or not isinstance(date, int):
            return now
        return meant_at(datetime.fromtimestamp(date, UTC), now=now, stale=self.diligence.stale)

    async def _handle(self, row: Received, heard: Heard) -> None:
        now = self.now()

        def effect(session: Session) -> None:
            # Marked first: the row is ours until the commit, and one that was settled meanwhile is left alone.
            if inbox.done(session, row.id):
                self.front.handle(session, heard, now=now)

        async with self._turns:
            await self.pool.write(effect)
        self.committed()

    async def _give_up(self, row: Received, failure: str) -> str:
        now = self.now()

        def set_aside(session: Session) -> None:
            inbox.dead(session, row.id, error=failure)
            if (heard := heard_in(row.payload, me=self.me)) is not None:
                self.front.apologise(session, heard, now=now)

        try:
            await self.pool.write(set_aside)
        except Exception:  # even the apology fails: the chat must still go on
            log.exception("apology_failed")
            await self.pool.write(lambda session: inbox.dead(session, row.id, error=failure))
        self.committed()
        return "dead"


def meant_at(written: datetime, *, now: datetime, stale: float) -> datetime:
    """Return the instant as of which words are understood that were `written` then and are handled `now`.

    「一小时后」 counts from when it was written, if the desk was down meanwhile (longer than `stale` seconds); 「明天」 even if
    only midnight lies between. Otherwise our own clock counts: Telegram's dates are cut to seconds.
    """
    is_of_yesterday = to_local(written).date() < to_local(now).date()
    return written if is_of_yesterday or now - written > timedelta(seconds=stale) else now
