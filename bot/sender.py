"""The one way out: claims what is owed, says it within Telegram's limits, and records what came of it.

Sending is at-least-once, and says so. A row is `sending` before the call and `sent` after it; when nobody knows whether
a call arrived (a read timeout, a process killed in between), tickets and replies are sent again and reminders are not,
because a doubled reminder confuses and a doubled reply does not. Chats go side by side, one chat in order.
A committed row wakes the sender at once; the sweep once a second is for what becomes due later. Where several processes
send, each keeps to its part of what Telegram allows, a newcomer says nothing until the others have made room for it, and
a pause that Telegram asked one of them for is kept by all.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

import structlog
from structlog.contextvars import bound_contextvars
from telegram.error import TelegramError

from bot import metrics, notices
from bot.identity import is_gone, me
from bot.log import tell
from bot.pace import Limits, Pace
from bot.telegram_calls import Outcome, Progress, deliver, judge, progress_of
from desk import groups, outbox, pauses
from desk.models import Purpose
from desk.storage import trouble

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session
    from telegram import Bot

    from bot.pool import Pool
    from desk.outbox import Owed

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long and how often. Times in seconds."""

    sweep: float = 1.0
    # Calls of one row that Telegram answered with a 5xx, before the row is given up: an hour's, for Telegram as a whole may
    # be down, but not for ever, for it may be this row that it stumbles over.
    stumbles: int = 120
    # Calls of one row of which nobody knows the outcome.
    doubts: int = 3
    longest_pause: float = 30.0
    first_pause: float = 0.5
    at_once: int = 32
    # A row on its way for longer belongs to a process that died elsewhere.
    lease: float = 180.0
    # How often to look for what dead processes left.
    takeover: float = 20.0
    drain: float = 5.0


@dataclass(slots=True, kw_only=True)
class Sender:
    """Sends until told to stop. `now` reads the clock (an instant)."""

    pool: Pool
    bot: Bot
    now: Callable[[], datetime]
    limits: Limits = field(default_factory=Limits)
    patience: Patience = field(default_factory=Patience)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    # True once something was committed that was not looked at yet.
    _told: bool = False
    _stopping: bool = False
    _busy: dict[asyncio.Task[None], Owed] = field(default_factory=dict)
    _paused_until: float = 0.0
    # When we last looked who else sends; None: never yet.
    _looked: float | None = None
    _deadline: float = 0.0
    _pace: Pace = field(init=False)

    def __post_init__(self) -> None:
        self._pace = Pace(self.limits)

    def wake(self) -> None:
        """Say that something was just committed to the outbox. To be called on the event loop."""
        self._told = True
        self._wake.set()

    async def run(self) -> None:
        """Send until `stop`; then, within `drain` seconds, what is due and what is under way."""
        recovered = -self.patience.takeover
        while not self._stopping or await self._has_more():
            self._wake.clear()
            try:
                # Again and again: another process may die while this one lives.
                if monotonic() - recovered > self.patience.takeover:
                    await self.recover()
                    recovered = monotonic()
                pause = await self._round()
            except Exception as error:  # the database may be away for a moment; what is owed stays owed
                tell(log, "sender_round_failed", error)
                pause = self.patience.sweep
            await self._rest(pause)
        if self._busy:
            await asyncio.wait(list(self._busy), timeout=self.patience.drain)

    def stop(self) -> None:
        """End `run` soon."""
        self._stopping = True
        self._deadline = monotonic() + self.patience.drain
        self._wake.set()

    async def recover(self) -> int:
        """Settle the rows dead processes left on their way; return how many."""
        stale = self.now() - timedelta(seconds=self.patience.lease)

        # However long a call or the writing down of its outcome takes: what we are busy with is not abandoned.
        ours = {owed.id for owed in self._busy.values()}

        def settle(session: Session) -> int:
            found = outbox.abandoned(session, stale_before=stale, is_gone=is_gone)
            left = [owed for owed in found if owed.id not in ours]
            for owed in left:
                progress = progress_of(owed)
                progress.doubts += 1
                self._doubt(session, owed, error="the process died while sending", progress=progress)
            return len(left)

        count = await self.pool.write(settle)
        if count:
            log.warning("outbox_recovered", rows=count)
        return count

    async def _has_more(self) -> bool:
        if monotonic() >= self._deadline or self._paused_until > self._deadline:
            return False
        return bool(self._busy) or await self._is_due()

    # ── one round ───────────────────────────────────────────────────────────────────────────────────

    async def _round(self) -> float:
        """Start what may start now; return the seconds until it is worth looking again."""
        await self._share()
        if (left := self._paused_until - monotonic()) > 0:
            return min(left, self.patience.sweep)
        has_more = await self._start_due()
        at = monotonic()
        resting = self._pace.resting(at)
        waits = [self.patience.sweep, *(wait for wait in resting.values())]
        if self._pace.budget(at) <= 0:
            waits.append(self._pace.wait(at))
        return 0.0 if has_more else max(0.005, min(waits))

    async def _share(self) -> None:
        """Look once a sweep how many send, and keep to our part."""
        at = monotonic()
        if self._looked is not None and at - self._looked < self.patience.sweep:
            return
        sharers = await self.pool.sharers()
        if self._looked is None and sharers > 1:
            # By then each of the others has looked, and a second has passed since it said as much as before.
            self._paused_until = at + 2 * self.patience.sweep + 1.0
        self._looked = at
        self._pace.share(sharers)

    async def _start_due(self) -> bool:
        """Start what is due; say whether as many were found as were asked for, so that there may be more."""
        slots = self.patience.at_once - len(self._busy)
        if slots <= 0 or not (self._told or await self._is_due()):
            return False
        self._told = False
        at = monotonic()
        budget = self._pace.budget(at)
        # An answer to a press keeps no chat waiting.
        talking = {owed.chat_id for owed in self._busy.values() if owed.purpose != Purpose.CALLBACK}
        closed = {*self._pace.resting(at), *talking}
        limit = min(slots, budget) if budget > 0 else slots
        now = self.now()

        def claim(session: Session) -> tuple[float, list[Owed]]:
            if (pause := pauses.left(session, now=now)) > 0:
                return pause, []
            return 0.0, outbox.claim(
                session, now=now, worker=me(), limit=limit, resting=closed, answers_only=budget <= 0
            )

        pause, owed = await self.pool.write(claim)
        self._pause(pause)
        for row in owed:
            self._start(row)
        return len(owed) >= limit

    def _pause(self, seconds: float) -> None:
        """Send nothing for so long; a longer pause stays as it is."""
        self._paused_until = max(self._paused_until, monotonic() + seconds)

    async def _is_due(self) -> bool:
        now = self.now()
        return await self.pool.read(lambda session: outbox.is_any_due(session, now=now))

    def _start(self, owed: Owed) -> None:
        if owed.purpose != Purpose.CALLBACK:
            self._pace.spend(owed.chat_id, monotonic(), rewrites=owed.edits_message_id is not None)
        task = asyncio.create_task(self._treat(owed), name=f"send-{owed.id}")
        self._busy[task] = owed
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._busy.pop(task, None)
        self._wake.set()

    async def _rest(self, seconds: float) -> None:
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    # ── one row ─────────────────────────────────────────────────────────────────────────────────────

    async def _treat(self, owed: Owed) -> None:
        with bound_contextvars(cause=owed.cause, outbox_id=owed.id, chat_id=owed.chat_id):
            progress = progress_of(owed)
            begun = monotonic()
            outcome = await self._call(owed, progress)
            progress.stumbles += outcome.verdict == "failed"
            progress.doubts += outcome.verdict == "unknown"
            self._count(owed, outcome, seconds=monotonic() - begun)
            await self._write_down(owed, outcome, progress)
            is_sent = outcome.verdict == "sent"
            log.log(
                20 if is_sent else 30,
                "sent" if is_sent else "not_sent",
                purpose=owed.purpose,
                verdict=outcome.verdict,
                error=outcome.error or None,
                ms=round((monotonic() - begun) * 1000, 1),
            )

    async def _call(self, owed: Owed, progress: Progress) -> Outcome:
        try:
            return Outcome(verdict="sent", message_id=await deliver(self.bot, owed, progress=progress))
        except (TelegramError, OSError) as error:
            return judge(error)
        except Exception as error:  # a payload nobody can send must not stop the others
            log.exception("send_broke")
            return judge(error)

    def _count(self, owed: Owed, outcome: Outcome, *, seconds: float) -> None:
        if outcome.verdict == "flood":
            self._pause(outcome.retry_after)
        metrics.SENT.labels(outcome=outcome.verdict, purpose=owed.purpose).inc()
        metrics.SEND_SECONDS.observe(seconds)
        if outcome.verdict == "sent" and owed.purpose == Purpose.REMINDER:
            late = (self.now() - owed.due_at).total_seconds()
            metrics.REMINDER_LATENESS.observe(max(0.0, late))

    async def _write_down(self, owed: Owed, outcome: Outcome, progress: Progress) -> None:
        """Record the outcome, again and again if need be: an unrecorded call would be made twice."""
        attempt = 0
        while True:
            attempt += 1
            try:
                await self.pool.write_together(lambda s: self._record(s, owed, outcome, progress))
            except Exception as error:
                tell(log, "outcome_not_recorded", error, attempt=attempt)
                if attempt >= 5 and (not trouble(error) or self._stopping):
                    return
                await asyncio.sleep(min(5.0, 0.1 * 2**attempt))
            else:
                return

    def _record(self, session: Session, owed: Owed, outcome: Outcome, progress: Progress) -> None:
        now = self.now()
        match outcome.verdict:
            case "sent":
                self._arrived(session, owed, outcome, progress)
            case "flood":
                pauses.ask_for(session, seconds=outcome.retry_after, now=now)
                due = now + timedelta(seconds=outcome.retry_after)
                self._later(session, owed, due_at=due, error=outcome.error, progress=progress)
            case "moved":
                outbox.later(session, owed.id, due_at=now, error=outcome.error, chat_id=outcome.chat_id)
                if outcome.chat_id is not None:
                    groups.moved(session, owed.chat_id, to=outcome.chat_id)
            case "unsent":
                self._again(session, owed, error=outcome.error, progress=progress)
            case "failed" if progress.stumbles < self.patience.stumbles:
                self._again(session, owed, error=outcome.error, progress=progress)
            case "unknown":
                self._doubt(session, owed, error=outcome.error, progress=progress)
            case "blocked":
                outbox.dead(session, owed.id, error=outcome.error)
                notices.tell_blocked(session, owed, now=now)
            case _:
                outbox.dead(session, owed.id, error=outcome.error)

    def _arrived(self, session: Session, owed: Owed, outcome: Outcome, progress: Progress) -> None:
        now = self.now()
        outbox.sent(session, owed.id, message_id=outcome.message_id, now=now)
        if owed.purpose != Purpose.CALLBACK:
            notices.reached(session, owed)
        if progress.withheld:
            notices.tell_withheld(session, owed, why=progress.withheld, now=now)

    def _again(self, session: Session, owed: Owed, *, error: str, progress: Progress) -> None:
        pause = min(self.patience.longest_pause, self.patience.first_pause * 2 ** min(owed.attempts - 1, 10))
        due = self.now() + timedelta(seconds=pause)
        self._later(session, owed, due_at=due, error=error, progress=progress)

    def _later(
        self, session: Session, owed: Owed, *, due_at: datetime, error: str, progress: Progress
    ) -> None:
        outbox.later(
            session, owed.id, due_at=due_at, error=error, payload={**owed.payload, **progress.kept()}
        )

    def _doubt(self, session: Session, owed: Owed, *, error: str, progress: Progress) -> None:
        """Nobody knows whether it arrived. Rewriting a message twice does no harm, so edits are always repeated."""
        once_only = owed.purpose == Purpose.REMINDER and owed.edits_message_id is None
        if once_only or progress.doubts >= self.patience.doubts:
            outbox.ambiguous(session, owed.id, error=error)
            if once_only:
                notices.tell_reminder_lost(session, owed, now=self.now())
            return
        self._again(session, owed, error=error, progress=progress)
