"""Telegram asks one of several senders to pause (429): none of them calls before it is over, and nothing is lost."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from bot.pace import Limits
from bot.plumbing import Telegram, utc_now
from bot.pool import Pool
from bot.sender import Patience, Sender
from desk import outbox
from desk.models import OutboxMessage, OutboxStatus, Pause
from desk.outbox import Message
from desk.storage import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.server import RunningSandbox

SENDERS = 3
PEOPLE = range(1, 31)


@contextmanager
def running_senders(database: Database, sandbox: RunningSandbox, count: int) -> Iterator[None]:
    """So many senders, each with connections of its own, until the block ends."""
    loop = asyncio.new_event_loop()
    address = database.url.render_as_string(hide_password=False)
    telegram = Telegram(token=sandbox.token, base_url=sandbox.base_url, file_url=sandbox.file_url)
    senders = [
        Sender(
            pool=Pool(Database(address)),
            bot=telegram.bot(),
            now=utc_now,
            limits=Limits(chat_burst=100),
            patience=Patience(sweep=0.1),
        )
        for _ in range(count)
    ]

    async def work() -> None:
        await asyncio.gather(*(sender.run() for sender in senders))

    def stop() -> None:
        for sender in senders:
            sender.stop()

    thread = threading.Thread(target=loop.run_until_complete, args=(work(),))
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop)
        thread.join(60)
        loop.close()
        for sender in senders:
            sender.pool.close()
            sender.pool.database.close()


def owe(database: Database, people: range) -> None:
    with database.writing() as session:
        for person in people:
            outbox.send(session, Message(text="通知"), chat_id=person, now=utc_now())


def all_sent(database: Database) -> bool:
    with database.reading() as session:
        return set(session.scalars(select(OutboxMessage.status))) == {OutboxStatus.SENT}


def pause(database: Database) -> Pause | None:
    with database.reading() as session:
        return session.scalars(select(Pause)).first()


def eventually(is_so: Callable[[], Any], *, within: float = 60.0) -> None:
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def assert_kept(database: Database, sandbox: RunningSandbox, *, messages: int) -> None:
    """One call met the pause; all the others came after it, one for each message."""
    kept = pause(database)
    assert kept is not None
    first, *rest = sandbox.client.requests("sendMessage")
    assert first["status"] == 429
    assert [call["at"] for call in rest if call["at"] < kept.ends_at.timestamp()] == []
    assert len(rest) == messages
    assert not sandbox.client.invalid_requests()


@pytest.fixture(autouse=True)
def people(sandbox: RunningSandbox) -> None:
    sandbox.client.people([{"id": n, "first_name": f"人{n}", "started": True} for n in PEOPLE])
    sandbox.client.fault("sendMessage", "429", retry_after=3)


def test_all_senders_keep_a_pause_one_of_them_was_asked_for(
    any_database: Database, sandbox: RunningSandbox
) -> None:
    with running_senders(any_database, sandbox, SENDERS):
        owe(any_database, PEOPLE[:1])
        eventually(lambda: pause(any_database))
        owe(any_database, PEOPLE[1:])
        eventually(lambda: all_sent(any_database))
    assert_kept(any_database, sandbox, messages=len(PEOPLE))


def test_a_sender_started_in_the_middle_of_a_pause_keeps_it(
    any_database: Database, sandbox: RunningSandbox
) -> None:
    with running_senders(any_database, sandbox, 1):
        owe(any_database, PEOPLE[:1])
        eventually(lambda: pause(any_database))
    with running_senders(any_database, sandbox, 1):
        owe(any_database, PEOPLE[1:5])
        eventually(lambda: all_sent(any_database))
    assert_kept(any_database, sandbox, messages=5)
