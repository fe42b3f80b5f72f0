"""Rasa down, slow, answering rubbish, restarting: everybody gets an answer with buttons, and by itself all is well again.

The desk is a process of its own, as an admin starts it; its Rasa is a little server that misbehaves as told.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from bot.plumbing import utc_now
from desk import demo
from desk.models import InboxStatus, InboxUpdate, OutboxMessage
from desk.storage import Database
from sandbox.server import running_sandbox
from tests.bot.test_killed import free_port
from tests.bot.test_whole_job import desk_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.client import ChatMessage, SandboxClient
    from sandbox.server import RunningSandbox

ASKED = "明天下午两点派辆商务车去龙嘉机场接人，3个人"
# Longer than anybody is kept waiting for Rasa, and the way there and back on a busy machine.
LONGEST = 6.0
GOOD = {"intent_ranking": [{"name": "book_vehicle", "confidence": 0.98}], "entities": []}
ANSWERS: dict[str, bytes] = {
    "good": json.dumps(GOOD).encode(),
    "no json": b"<html>502 Bad Gateway</html>",
    "a list": b"[1, 2]",
    "empty": b"{}",
    "an intent that is a word": b'{"intent": "book_vehicle"}',
    "no intent at all": b'{"intent": {"name": null, "confidence": 0.0}, "intent_ranking": [], "entities": []}',
    "not a probability": b'{"intent_ranking": [{"name": "greet", "confidence": NaN}], "entities": []}',
    "entities that are none": b'{"intent_ranking": [{"name": "greet", "confidence": 1.0}], "entities": [3]}',
    "parts that are none": b'{"parts": 7, "intent": 3}',
}
RUBBISH = [how for how in ANSWERS if how != "good"]


class FalseRasa:
    """A server at Rasa's address that answers as `mood` says, and can go away and come back."""

    def __init__(self) -> None:
        self.mood = "good"
        self.asked = 0
        self.port = int(free_port())
        self._server: ThreadingHTTPServer | None = None
        self.come()

    def come(self) -> None:
        """Listen."""
        rasa = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(200, b'{"model_id": "x"}')

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                rasa.asked += 1
                if rasa.mood == "slow":
                    time.sleep(3)
                if rasa.mood == "breaks off":
                    self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{")
                    self.close_connection = True
                    return
                self.answer(500 if rasa.mood == "500" else 200, ANSWERS.get(rasa.mood, ANSWERS["good"]))

            def answer(self, status: int, body: bytes) -> None:
                # Who asked has gone if the answer took too long.
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def go(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class Desk:
    """A running desk, and the employees' phones."""

    def __init__(
        self, client: SandboxClient, rasa: FalseRasa, database: Database, health: str, log: Path
    ) -> None:
        self.client, self.rasa, self.database, self._health, self._log = client, rasa, database, health, log
        # One after the other, so that nobody is kept waiting for having been told so much.
        self._people = cycle([phone.telegram_id for phone in demo.demo_phones()])

    def ask(self) -> tuple[ChatMessage, float]:
        """Let somebody ask for a car; the answer, and how long it took in seconds."""
        person = next(self._people)
        begun = time.monotonic()
        said = self.client.say(person, ASKED)
        answer = self.client.wait_message(person, after=said.id, timeout=LONGEST)
        return answer, time.monotonic() - begun

    def figures(self) -> dict[str, float]:
        """How often messages went on without understanding, by reason, as `/metrics` tells."""
        text = httpx.get(f"{self._health}/metrics", trust_env=False).text
        families = {family.name: family for family in text_string_to_metric_families(text)}
        samples = families["houqin_understand_failed"].samples
        return {one.labels["why"]: one.value for one in samples if one.name.endswith("_total")}

    def logged(self, event: str, **more: str) -> int:
        """How many log lines tell of it."""
        lines = [json.loads(line) for line in self._log.read_text("utf-8").splitlines() if line[:1] == "{"]
        return sum(line["event"] == event and more.items() <= line.items() for line in lines)

    def understands(self, *, within: float = 30.0) -> float:
        """Wait until a message is understood again, and return how long that took in seconds."""
        begun = time.monotonic()
        while time.monotonic() - begun < within:
            before = sum(self.figures().values())
            self.ask()
            if sum(self.figures().values()) == before:
                return time.monotonic() - begun
            time.sleep(0.3)
        raise AssertionError("understanding does not come back")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all, with a sandbox and a false Rasa of its own."""
    folder = tmp_path_factory.mktemp("desk")
    with running_sandbox() as sandbox:
        rasa = FalseRasa()
        with running_desk(folder, sandbox, rasa) as running:
            yield running
        rasa.go()


@contextlib.contextmanager
def running_desk(folder: Path, sandbox: RunningSandbox, rasa: FalseRasa) -> Iterator[Desk]:
    url = f"sqlite:///{folder / 'desk.db'}"
    database = Database(url)
    database.migrate()
    with database.writing() as session:
        # For the day it is tried on; nothing here depends on which.
        demo.seed(session, now=utc_now())
    for phone in demo.demo_phones():
        sandbox.client.person(phone.telegram_id, phone.name)
    port = free_port()
    own = {k: v for k, v in os.environ.items() if not k.startswith(("HOUQIN_", "TELEGRAM_"))}
    environment = {
        **own,
        "TELEGRAM_TOKEN": sandbox.token,
        "TELEGRAM_BASE_URL": sandbox.base_url,
        "HOUQIN_DATA": str(folder),
        "HOUQIN_DATABASE_URL": url,
        "HOUQIN_RASA_URL": f"http://127.0.0.1:{rasa.port}",
        "HOUQIN_HTTP": f"127.0.0.1:{port}",
        "HOUQIN_MESSAGES_PER_MINUTE": "0",
    }
    log = folder / "log.txt"
    with desk_process(environment, log):
        desk = Desk(sandbox.client, rasa, database, f"http://127.0.0.1:{port}", log)
        sandbox.client.wait_for(
            lambda: "已就绪" in log.read_text("utf-8"), 60, what="a desk that understands"
        )
        yield desk
    database.close()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_whatever_rasa_does_everybody_is_answered_with_buttons(desk: Desk) -> None:
    slowest = 0.0
    faults = [
        ("500", "error"),
        ("breaks off", "down"),
        ("slow", "slow"),
        *((how, "rubbish") for how in RUBBISH),
    ]
    for mood, why in faults:
        desk.rasa.mood = mood
        before = desk.figures().get(why, 0.0)
        answer, seconds = desk.ask()
        slowest = max(slowest, seconds)
        assert (bool(answer.labels), mood) == (True, mood)
        assert (desk.figures().get(why, 0.0), mood) == (before + 1, mood)
        desk.rasa.mood = "good"
        assert desk.understands() < LONGEST
    assert desk.logged("understanding_unavailable", why="rubbish") == len(RUBBISH)
    assert desk.logged("understanding_broke") == 0
    print(f"{len(faults)} faults, 0 messages without an answer, the slowest after {slowest:.1f} s")
    assert_nothing_lost(desk)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_rasa_that_stays_slow_keeps_nobody_waiting_for_long(desk: Desk) -> None:
    desk.rasa.mood = "slow"
    waited = [desk.ask()[1] for _ in range(3)]
    # Three times is enough: from then on one message now and then tries, and the others do not wait.
    spared = [desk.ask()[1] for _ in range(4)]
    desk.rasa.mood = "good"
    back = desk.understands()
    print(f"waited {waited}, then {spared}; understood again after {back:.1f} s")
    assert min(waited) > 1.9
    assert sum(seconds < 1.5 for seconds in spared) >= 3
    assert desk.logged("understanding_back") >= 1
    assert_nothing_lost(desk)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_rasa_that_restarts_with_a_question_in_its_hands_is_back_by_itself(desk: Desk) -> None:
    desk.rasa.mood = "slow"
    gone = threading.Timer(0.5, desk.rasa.go)
    gone.start()
    assert desk.ask()[0].labels
    gone.join()
    assert desk.ask()[0].labels
    desk.rasa.mood = "good"
    desk.rasa.come()
    print(f"understood again {desk.understands():.1f} s after the restart")
    assert_nothing_lost(desk)


def assert_nothing_lost(desk: Desk) -> None:
    """Each message was handled once, and what it caused was sent."""
    desk.client.quiet(seconds=0.3)
    with desk.database.reading() as session:
        assert set(session.scalars(select(InboxUpdate.status))) == {InboxStatus.DONE}
        assert set(session.scalars(select(OutboxMessage.status))) <= {"sent", "pending", "cancelled"}
