"""From what somebody writes to what they read, with trouble on the way."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import select

from bot.settings import BadSettings
from bot.understanding import Interpreter
from bot.worker import Diligence, Front, meant_at
from desk import inbox
from desk.models import InboxStatus, InboxUpdate, OutboxMessage
from desk.outbox import Message, send
from nlu.client import NluUnavailable
from nlu.understanding import Request, Understanding
from tests.running import ECHO, running_plumbing, sorry

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from desk.storage import Database
    from handlers.heard import Heard
    from sandbox.client import SandboxClient
    from sandbox.server import RunningSandbox

NEVER = datetime(1, 1, 1)
QUICK = Diligence(pause=0.01)


@pytest.fixture
def client(sandbox: RunningSandbox) -> SandboxClient:
    sandbox.client.people([{"id": n, "first_name": f"人{n}", "started": True} for n in (1, 2, 3)])
    return sandbox.client


def statuses(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(InboxUpdate.status).order_by(InboxUpdate.id)))


def test_answers_messages_and_presses(
    database: Database, sandbox: RunningSandbox, client: SandboxClient
) -> None:
    with running_plumbing(database, sandbox):
        card = client.ask(1, "你好", contains="听到：你好")
        press = client.press(1, "好的", message_id=card.id)
    assert press.answered
    assert press.text.startswith("ok:")
    assert statuses(database) == [InboxStatus.DONE, InboxStatus.DONE]


def test_handles_a_redelivered_press_once(
    database: Database, sandbox: RunningSandbox, client: SandboxClient
) -> None:
    with running_plumbing(database, sandbox):
        client.ask(1, "你好", contains="听到")
        client.press(1, "好的")
        client.redeliver(new_id=True)
        client.redeliver()
        client.ask(1, "还在吗", contains="还在吗")
        assert len(client.requests("answerCallbackQuery")) == 1


def test_sets_a_message_aside_with_an_apology_and_goes_on(
    database: Database, sandbox: RunningSandbox, client: SandboxClient
) -> None:
    tries = []

    def stumble(session: Session, heard: Heard, *, now: datetime) -> None:
        ECHO.handle(session, heard, now=now)
        if heard.text == "坏":
            tries.append(heard)
            raise RuntimeError("boom")

    with running_plumbing(database, sandbox, front=replace(ECHO, handle=stumble), diligence=QUICK):
        client.say(1, "坏")
        client.say(1, "好")
        client.wait_message(1, contains="听到：好")
    assert [m.text for m in client.from_bot(1)] == ["抱歉", "听到：好"]
    assert len(tries) == QUICK.tries
    assert statuses(database) == [InboxStatus.DEAD, InboxStatus.DONE]


def test_goes_on_even_when_the_apology_fails(
    database: Database, sandbox: RunningSandbox, client: SandboxClient
) -> None:
    def fail(_session: Session, heard: Heard, *, now: datetime) -> None:
        if heard.text == "坏":
            raise RuntimeError("boom")
        ECHO.handle(_session, heard, now=now)

    front = Front(needs_understanding=lambda _: False, handle=fail, apologise=fail)
    with running_plumbing(database, sandbox, front=front, diligence=QUICK):
        client.say(1, "坏")
        client.ask(1, "好", contains="听到：好")
    assert statuses(database) == [InboxStatus.DEAD, InboxStatus.DONE]


def test_a_passing_error_is_tried_again_and_leaves_no_trace(
    database: Database, sandbox: RunningSandbox, client: SandboxClient
) -> None:
    tries = []

    def stumble_once(session: Session, heard: Heard, *, now: datetime) -> None:
        ECHO.handle(session, heard, now=now)
        tries.append(heard)
        if len(tries) == 1:
            raise RuntimeError("database is locked")

    with running_plumbing(database, sandbox, front=replace(ECHO, handle=stumble_once), diligence=QUICK):
        client.ask(1, "你好", contains="听到")
        client.quiet()
    assert [m.text for m in client.from_bot(1)] == ["听到：你好"]


def test_a_slow_chat_does_not_hold_up_another(
    database: Database, sandbox: RunningSandbox, client: SandboxClient
) -> None:
    released = threading.Event()

    class Slow:
        async def understand(self, text: str, *, now: datetime) -> None:
            if text == "慢":
                await asyncio.to_thread(released.wait, 20)

        def read_slots(self, text: str, *, now: datetime) -> None: ...

    front = replace(ECHO, needs_understanding=lambda heard: bool(heard.text))
    with running_plumbing(database, sandbox, front=front, understander=Slow()):
        client.say(1, "慢")
        client.say(1, "随后")
        client.ask(2, "快", contains="听到：快")
        assert client.from_bot(1) == []
        released.set()
        client.wait_message(1, contains="随后")
    assert [m.text for m in client.from_bot(1)] == ["听到：慢", "听到：随后"]


class Knowing:
    """An understander that answers late, or not at all."""

    def __init__(self, *, seconds: float = 0, fails: bool = False) -> None:
        self.seconds, self.fails, self.asked_at = seconds, fails, NEVER

    async def understand(self, text: str, *, now: datetime) -> Understanding:
        self.asked_at = now
        await asyncio.sleep(self.seconds)
        if self.fails:
            raise NluUnavailable("down")
        return Understanding(
            text=text,
            original=text,
            intent="greet",
            kind=None,
            confidence=1.0,
            clarify=False,
            slots={},
            hints={},
            requests=(),
            candidates=(),
        )

    def read_slots(self, text: str, *, now: datetime) -> Request:
        return Request(intent="", kind=None, slots={"read": text})


def tells_intent(session: Session, heard: Heard, *, now: datetime) -> None:
    understood = heard.understanding.intent if heard.understanding else f"{heard.nlu_down} {heard.plain}"
    send(session, Message(text=understood), chat_id=heard.chat_id, now=now)


ATTENTIVE = Front(needs_understanding=lambda heard: bool(heard.text), handle=tells_intent, apologise=sorry)


@pytest.mark.parametrize(
    ("understander", "is_ready", "said"),
    [
        (Knowing(), True, "greet"),
        (Knowing(fails=True), True, "True"),
        (Knowing(seconds=30), True, "True"),
        (Knowing(), False, "True"),
    ],
)
def test_goes_on_without_rasa(
    understander: Any,
    is_ready: bool,
    said: str,
    database: Database,
    sandbox: RunningSandbox,
    client: SandboxClient,
) -> None:
    interpreter = Interpreter(understander, patience=0.2)
    interpreter.is_ready = is_ready
    with running_plumbing(database, sandbox, front=ATTENTIVE, understander=interpreter):
        answer = client.ask(1, "你好", contains=said)
    assert ("'read': '你好'" in answer.text) is (said == "True")


def test_understands_a_late_message_as_of_when_it_was_written(
    database: Database, sandbox: RunningSandbox, client: SandboxClient
) -> None:
    written = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    message = {
        "message_id": 900,
        "date": int(written.timestamp()),
        "from": {"id": 1, "first_name": "人"},
        "chat": {"id": 1, "type": "private"},
        "text": "一小时后用车",
    }
    with database.writing() as session:
        inbox.store(session, {"update_id": 1, "message": message}, now=datetime.now(UTC))
    understander = Knowing()
    with running_plumbing(database, sandbox, front=ATTENTIVE, understander=understander):
        client.wait_message(1, contains="greet")
    assert understander.asked_at == (written + timedelta(hours=8)).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("written", "handled", "meant"),
    [
        ("23:59:59", "00:00:00", "23:59:59"),
        ("23:59:30", "00:00:20", "23:59:30"),
        ("10:00:00", "13:00:00", "10:00:00"),
        ("10:00:00", "10:00:20", "10:00:20"),
        ("00:00:00", "00:00:02", "00:00:02"),
    ],
)
def test_words_are_meant_as_of_the_day_they_were_written(written: str, handled: str, meant: str) -> None:
    def at(clock: str) -> datetime:
        """The instant of a time of day around the bureau's midnight."""
        day = 23 if clock > "20" else 24
        return datetime.fromisoformat(f"2026-11-{day}T{clock}+08:00")

    assert meant_at(at(written), now=at(handled), stale=60) == at(meant)


def test_handles_what_was_stored_before_it_started(
    database: Database, sandbox: RunningSandbox, client: SandboxClient
) -> None:
    client.say(1, "早")
    with running_plumbing(database, sandbox):
        client.wait_message(1, contains="听到：早")


@pytest.mark.parametrize(("fault", "more"), [("500", {}), ("drop", {}), ("429", {"retry_after": 1})])
def test_polling_survives_trouble(
    fault: str, more: dict[str, Any], database: Database, sandbox: RunningSandbox, client: SandboxClient
) -> None:
    with running_plumbing(database, sandbox):
        client.ask(1, "一", contains="听到：一")
        client.fault("getUpdates", fault, times=2, **more)
        client.say(1, "二")
        client.wait_message(1, contains="听到：二", timeout=20)


def test_polling_survives_another_poller_and_takes_a_webhook_away(
    database: Database, sandbox: RunningSandbox, client: SandboxClient
) -> None:
    api = f"{sandbox.base_url}{sandbox.token}"
    with running_plumbing(database, sandbox):
        client.ask(1, "一", contains="听到：一")
        httpx.post(f"{api}/getUpdates", json={"timeout": 0}, trust_env=False)
        httpx.post(f"{api}/setWebhook", json={"url": "https://desk.example.cn/hook"}, trust_env=False)
        client.say(1, "二")
        client.wait_message(1, contains="听到：二", timeout=20)


def test_stops_with_a_clear_word_when_telegram_refuses_the_token(
    database: Database, sandbox: RunningSandbox
) -> None:
    stranger = replace(sandbox, token="1234567890:AAabcdefghijklmnopqrstuvwxyz012345678")
    with pytest.raises(BadSettings, match="TELEGRAM_TOKEN"), running_plumbing(database, stranger):
        pass


def test_finishes_what_it_has_in_hand_before_it_stops(
    database: Database, sandbox: RunningSandbox, client: SandboxClient
) -> None:
    with running_plumbing(database, sandbox):
        for n in range(3):
            client.say(1, f"{n}")
        deadline = time.monotonic() + 10
        while len(statuses(database)) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.005)
    with database.reading() as session:
        assert {row.status for row in session.scalars(select(OutboxMessage))} <= {"sent"}
    # What it had not begun stays for the next start; nothing is left half done.
    assert set(statuses(database)) <= {InboxStatus.DONE, InboxStatus.PENDING}
