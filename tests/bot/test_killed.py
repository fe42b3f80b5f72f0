"""`kill -9` of the bot, again and again, while sixty messages come in: none lost, none handled twice."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from desk.models import InboxStatus, InboxUpdate, OutboxMessage
from tests.conftest import ROOT

if TYPE_CHECKING:
    from desk.storage import Database
    from sandbox.server import RunningSandbox

MESSAGES = 60
PEOPLE = tuple(range(1, 16))
KILLS = 4


def start(database: Database, sandbox: RunningSandbox, port: str) -> subprocess.Popen[bytes]:
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.bot.echo_bot", url, sandbox.base_url, sandbox.token, port]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def free_port() -> str:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.mark.slow
@pytest.mark.parametrize("way", ["polling", "webhook"])
def test_loses_nothing_and_does_nothing_twice(way: str, database: Database, sandbox: RunningSandbox) -> None:
    client = sandbox.client
    client.people([{"id": n, "first_name": f"人{n}", "started": True} for n in PEOPLE])
    port = free_port() if way == "webhook" else ""
    chance = random.Random(7)
    bot = start(database, sandbox, port)
    client.wait_for(lambda: client.requests("setWebhook" if port else "getUpdates"), 30)
    kill_at = set(chance.sample(range(5, MESSAGES - 5), KILLS))
    try:
        for n in range(MESSAGES):
            client.say(chance.choice(PEOPLE), f"第{n}句。")
            time.sleep(chance.uniform(0, 0.05))
            if n in kill_at:
                bot.send_signal(signal.SIGKILL)
                bot.wait()
                bot = start(database, sandbox, port)
                # Long enough to be at work again, so that the next kill finds something in its hands.
                client.wait_for(lambda: not client.pending_updates(), 30)

        def heard() -> Counter[str]:
            texts = (m.text.removeprefix("听到：") for person in PEOPLE for m in client.from_bot(person))
            return Counter(texts)

        client.wait_for(lambda: len(heard()) == MESSAGES, 150, what="sixty different replies")
        client.quiet(seconds=1.0, timeout=60)
        replies = heard()
    finally:
        bot.kill()
        bot.wait()
    assert set(replies) == {f"第{n}句。" for n in range(MESSAGES)}
    assert max(replies.values()) <= 1 + KILLS
    with database.reading() as session:
        owed = Counter(row.payload["text"] for row in session.scalars(select(OutboxMessage)))
        statuses = {row.status for row in session.scalars(select(InboxUpdate))}
    assert len(owed) == MESSAGES
    assert set(owed.values()) == {1}
    assert statuses == {InboxStatus.DONE}


def test_handles_one_chat_in_order(database: Database, sandbox: RunningSandbox) -> None:
    sandbox.client.people([{"id": 1, "first_name": "人", "started": True}])
    for n in range(6):
        sandbox.client.say(1, f"{n}")
    bot = start(database, sandbox, "")
    try:
        sandbox.client.wait_message(1, contains="5", timeout=60)
    finally:
        bot.kill()
        bot.wait()
    assert [m.text for m in sandbox.client.from_bot(1)] == [f"听到：{n}" for n in range(6)]
