"""The bot's plumbing in a thread of the test, between a real database and a real sandbox."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bot.plumbing import Plumbing, Telegram
from bot.pool import Pool
from bot.worker import Front
from desk.outbox import Button, Message, PressAnswer, send

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from desk.storage import Database
    from handlers.heard import Heard
    from sandbox.server import RunningSandbox


def echo(session: Session, heard: Heard, *, now: datetime) -> None:
    """Say what was heard, under one button; answer presses with their data."""
    if heard.press is not None:
        answer = PressAnswer(callback_id=heard.press.callback_id, text=heard.press.data)
        send(session, answer, chat_id=heard.chat_id, now=now)
        return
    buttons = ((Button("好的", f"ok:{heard.message_id}"),),)
    send(session, Message(text=f"听到：{heard.text}", buttons=buttons), chat_id=heard.chat_id, now=now)


def sorry(session: Session, heard: Heard, *, now: datetime) -> None:
    """Apologise plainly."""
    send(session, Message(text="抱歉"), chat_id=heard.chat_id, now=now)


ECHO = Front(needs_understanding=lambda _: False, handle=echo, apologise=sorry)


class Mute:
    """An understander for fronts that ask for none."""

    async def understand(self, text: str, *, now: datetime) -> None:
        """Understand nothing."""

    def read_slots(self, text: str, *, now: datetime) -> None:
        """Read nothing."""


@contextmanager
def running_plumbing(
    database: Database,
    sandbox: RunningSandbox,
    *,
    front: Front = ECHO,
    read_timeout: float = 20.0,
    **more: Any,
) -> Iterator[Plumbing]:
    """Run the plumbing until the block ends; what it raises comes out of the block."""
    telegram = Telegram(
        token=sandbox.token,
        base_url=sandbox.base_url,
        file_url=sandbox.file_url,
        read_timeout=read_timeout,
    )
    pool = Pool(database)
    more.setdefault("understander", Mute())
    started = threading.Event()
    plumbing = Plumbing(
        telegram=telegram, pool=pool, front=front, started=lambda _: started.set(), hold=5, **more
    )
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    failure: list[BaseException] = []

    def work() -> None:
        try:
            loop.run_until_complete(plumbing.run(stop))
        except BaseException as error:  # handed to the test below
            failure.append(error)
        finally:
            started.set()

    thread = threading.Thread(target=work, name="plumbing")
    thread.start()
    try:
        assert started.wait(60)
        yield plumbing
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(60)
        loop.close()
        pool.close()
    if failure:
        raise failure[0]
