"""Three workers behind one webhook on PostgreSQL, killed or restarted in turn under load: any worker serves any chat."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from bot.plumbing import utc_now
from desk import outbox
from desk.models import InboxStatus, InboxUpdate, OutboxMessage, OutboxStatus
from desk.outbox import Message
from tests.bot.test_killed import free_port
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from desk.storage import Database
    from sandbox.client import SandboxClient
    from sandbox.server import RunningSandbox

WORKERS = 3
MESSAGES = 90
PEOPLE = tuple(range(1, 16))


class Workers:
    """The processes, each on a port of its own, known to Telegram by the balancer's."""

    def __init__(self, database: Database, sandbox: RunningSandbox, balancer: str) -> None:
        url = database.url.render_as_string(hide_password=False)
        self.ports = [free_port() for _ in range(WORKERS)]
        self._arguments = [[url, sandbox.base_url, sandbox.token, port, balancer] for port in self.ports]
        self._running = [self._start(n) for n in range(WORKERS)]

    def end(self, number: int, how: signal.Signals) -> None:
        """End one and wait for it."""
        self._running[number].send_signal(how)
        self._running[number].wait(30)

    def start(self, number: int) -> None:
        """Start one again."""
        self._running[number] = self._start(number)

    def kill(self) -> None:
        """Leave nothing running."""
        for one in self._running:
            one.kill()
            one.wait()

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.bot.echo_bot", *self._arguments[number]]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Balancer:
    """What nginx does, in small: hands each request to the next worker that answers it."""

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = str(self._door.getsockname()[1])
        self.ports: list[str] = []
        self.carried: Counter[str] = Counter()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        self._door.close()

    def _serve(self) -> None:
        turn = 0
        while True:
            try:
                inward, _ = self._door.accept()
            except OSError:
                return
            turn += 1
            threading.Thread(target=self._carry, args=(inward, turn), daemon=True).start()

    def _carry(self, inward: socket.socket, turn: int) -> None:
        with closing(inward):
            request = _request(inward)
            for step in range(len(self.ports) if request else 0):
                port = self.ports[(turn + step) % len(self.ports)]
                answer = _ask(int(port), request)
                # One that is just going down answers nothing: the next one is asked.
                if answer:
                    self.carried[port] += 1
                    inward.sendall(answer)
                    return


def _request(inward: socket.socket) -> bytes:
    """Read one request; its connection ends with it, so that each goes to another worker."""
    inward.settimeout(30)
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            more = inward.recv(65536)
            if not more:
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        length = next(int(line[15:]) for line in lines if line.lower().startswith(b"content-length:"))
        while len(body) < length:
            body += inward.recv(65536)
    except OSError:
        return b""
    lines = [line for line in lines if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([first, *lines, b"Connection: close", b"", body])


def _ask(port: int, request: bytes) -> bytes:
    answer = b""
    try:
        with closing(socket.create_connection(("127.0.0.1", port), timeout=2)) as outward:
            outward.settimeout(20)
            outward.sendall(request)
            while data := outward.recv(65536):
                answer += data
    except OSError:
        return b""
    return answer


@contextmanager
def three_workers(database: Database, sandbox: RunningSandbox) -> Iterator[tuple[Workers, Balancer]]:
    balancer = Balancer()
    workers = Workers(database, sandbox, balancer.port)
    balancer.ports = workers.ports
    try:
        sandbox.client.wait_for(lambda: len(sandbox.client.requests("setWebhook")) >= WORKERS, 60)
        yield workers, balancer
    finally:
        workers.kill()
        balancer.close()


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "asked"])
def test_workers_ended_in_turn_lose_nothing_and_do_nothing_twice(
    how: signal.Signals, postgres: Database, sandbox: RunningSandbox
) -> None:
    client = sandbox.client
    client.people([{"id": n, "first_name": f"人{n}", "started": True} for n in PEOPLE])
    chance = random.Random(7)
    with three_workers(postgres, sandbox) as (workers, balancer):
        end_at = {15: 0, 40: 1, 65: 2}
        for n in range(MESSAGES):
            client.say(chance.choice(PEOPLE), f"第{n}句。")
            time.sleep(chance.uniform(0, 0.06))
            if (number := end_at.get(n)) is not None:
                workers.end(number, how)
            if (number := end_at.get(n - 10)) is not None:
                workers.start(number)

        def heard() -> Counter[str]:
            return Counter(m.text.removeprefix("听到：") for one in PEOPLE for m in client.from_bot(one))

        client.wait_for(lambda: len(heard()) == MESSAGES, 150, what="ninety different replies")
        client.quiet(seconds=1.0, timeout=60)
        replies, carried = heard(), dict(balancer.carried)
    assert set(replies) == {f"第{n}句。" for n in range(MESSAGES)}
    doubled = sum(replies.values()) - MESSAGES
    # Asked to end, a worker finishes; killed, it may have been sending to so many chats.
    assert doubled == 0 if how == signal.SIGTERM else doubled <= 3 * len(PEOPLE)
    with postgres.reading() as session:
        owed = Counter(row.payload["text"] for row in session.scalars(select(OutboxMessage)))
        assert set(session.scalars(select(InboxUpdate.status))) == {InboxStatus.DONE}
        assert set(session.scalars(select(OutboxMessage.status))) == {OutboxStatus.SENT}
    assert (len(owed), set(owed.values())) == (MESSAGES, {1})
    assert min(carried.values()) > MESSAGES / 10, "not every worker had its share"
    assert len(carried) == WORKERS
    print(f"{how.name}: {doubled} doubled; {carried}")


STRANGERS = range(1000, 1180)


@pytest.mark.slow
def test_three_workers_together_keep_telegrams_thirty_a_second(
    postgres: Database, sandbox: RunningSandbox
) -> None:
    client = sandbox.client
    client.people([{"id": n, "first_name": f"人{n}", "started": True} for n in STRANGERS])
    with three_workers(postgres, sandbox):
        # Each has noticed the others by then.
        time.sleep(3.5)
        now = utc_now()
        with postgres.writing() as session:
            for n in STRANGERS:
                outbox.send(session, Message(text="通知"), chat_id=n, now=now)
        client.wait_for(lambda: len(told(client)) == len(STRANGERS), 60, what="a message to everybody")
        calls = client.requests("sendMessage")
    with postgres.reading() as session:
        # When they set out: on a busy machine some arrive together that did not leave together.
        taken = session.execute(select(OutboxMessage.claimed_at, OutboxMessage.claimed_by)).all()
    shares = Counter(worker for _, worker in taken)
    moments = sorted(at.timestamp() for at, _ in taken)
    most = max(sum(at <= other < at + 1 for other in moments) for at in moments)
    print(f"at most {most} within a second, by {sorted(shares.values())}")
    assert most <= 30
    assert len(shares) == WORKERS
    assert [call for call in calls if call["status"] == 429] == []
    assert len(calls) == len(STRANGERS)


def told(client: SandboxClient) -> set[int]:
    """Who was sent a message."""
    return {
        int(call["params"]["chat_id"]) for call in client.requests("sendMessage") if call["status"] == 200
    }
