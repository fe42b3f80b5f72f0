"""Transactions off the event loop: synchronous SQLAlchemy in a few threads."""

from __future__ import annotations

import asyncio
import contextvars
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from structlog.contextvars import get_contextvars

from bot import metrics
from desk import outbox
from desk.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from desk.storage import Database

    _Waiting = list[tuple[Callable[[Session], None], asyncio.Future[None]]]

T = TypeVar("T")
THREADS = 8


class Pool:
    """A database and the threads that work on it. One call is one transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database
        database.on_trouble = lambda what: metrics.DATABASE_TROUBLE.labels(what=what).inc()
        self._presence = Presence(database)
        self._together: _Waiting = []
        self._writer: asyncio.Task[None] | None = None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="desk")

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run `work` on a session that is rolled back."""
        return await self._off_loop(self._read, work)

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run `work` in one transaction and commit; anything it raises rolls back and comes through.

        It may run several times, if the database went away or another transaction was faster (see desk.storage).
        """
        return await self._off_loop(self._write, work)

    async def write_together(self, work: Callable[[Session], None]) -> None:
        """Do as `write` does, in one transaction with whatever else is handed in while the one before is under way.

        For small things of which many come at once: a commit costs more than what it commits. Should the common
        transaction fail, each is done by itself, so that an error reaches only whose it is.
        """
        done = asyncio.get_running_loop().create_future()
        self._together.append((work, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_waiting(), name="write-together")
        await done

    async def _write_waiting(self) -> None:
        while self._together:
            waiting, self._together = self._together, []

            def all_of_them(session: Session, waiting: _Waiting = waiting) -> None:
                for work, _ in waiting:
                    work(session)

            try:
                await self.write(all_of_them)
            except Exception:
                await asyncio.gather(*(self._write_alone(work, done) for work, done in waiting))
            else:
                for _, done in waiting:
                    if not done.done():
                        done.set_result(None)

    async def _write_alone(self, work: Callable[[Session], None], done: asyncio.Future[None]) -> None:
        try:
            await self.write(work)
        except Exception as error:
            if not done.done():
                done.set_exception(error)
        else:
            if not done.done():
                done.set_result(None)

    async def sharers(self) -> int:
        """Return how many processes are at work on this database, this one included."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._presence.count)

    def close(self) -> None:
        """Wait for what runs and end the threads."""
        self._presence.leave()
        self._threads.shutdown(wait=True)

    async def _off_loop(self, run: Callable[[Callable[[Session], T]], T], work: Callable[[Session], T]) -> T:
        # With the context, so that what is logged in the thread tells what it belongs to.
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, run, work)

    def _read(self, work: Callable[[Session], T]) -> T:
        with self.database.reading() as session:
            return work(session)

    def _write(self, work: Callable[[Session], T]) -> T:
        cause = get_contextvars().get(outbox.CAUSE, "")

        def caused(session: Session) -> T:
            session.info[outbox.CAUSE] = cause
            return work(session)

        return self.database.transact(caused)
