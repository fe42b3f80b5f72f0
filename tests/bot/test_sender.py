"""What becomes of a message when Telegram says no, later, or nothing at all: through the sandbox, over HTTP."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from bot import identity
from bot.pace import Limits
from bot.plumbing import utc_now
from bot.sender import Patience
from desk.models import OutboxMessage, OutboxStatus, Person, Purpose, Role, RoleGrant, Ticket
from desk.outbox import Button, CommandMenu, Document, Message, Picture, PressAnswer, Sayable, send
from tests.running import running_plumbing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from desk.storage import Database
    from sandbox.client import SandboxClient
    from sandbox.server import RunningSandbox

ZHANG, LI, WANG = 101, 102, 103
HASTY = Patience(first_pause=0.05, longest_pause=0.2, sweep=0.1)
# Long enough that a busy machine is not taken for a lost answer, and how late an answer is that is lost.
READ_TIMEOUT, LOST = 4.0, 6.0


class Desk:
    """The running plumbing, and a hand that owes messages."""

    def __init__(self, database: Database, client: SandboxClient) -> None:
        self.database, self.client = database, client

    def owe(self, said: Sayable, *, to: int = ZHANG, **more: Any) -> int:
        with self.database.writing() as session:
            return send(session, said, chat_id=to, now=utc_now(), **more).id

    def row(self, row_id: int) -> OutboxMessage:
        with self.database.reading() as session:
            return session.get_one(OutboxMessage, row_id)

    def becomes(self, row_id: int, status: OutboxStatus, *, within: float = 40.0) -> OutboxMessage:
        deadline = time.monotonic() + within
        while (row := self.row(row_id)).status != status:
            assert time.monotonic() < deadline, f"still {row.status}: {row.last_error}"
            time.sleep(0.02)
        return row

    def texts(self, chat: int = ZHANG) -> list[str]:
        return [message.text for message in self.client.from_bot(chat)]


@pytest.fixture
def patience() -> Patience:
    return HASTY


@pytest.fixture
def limits() -> Limits:
    return Limits(chat_rate=100, chat_burst=100)


@pytest.fixture
def desk(database: Database, sandbox: RunningSandbox, patience: Patience, limits: Limits) -> Iterator[Desk]:
    sandbox.client.people([{"id": n, "first_name": f"人{n}", "started": True} for n in (ZHANG, LI, WANG)])
    with running_plumbing(database, sandbox, patience=patience, limits=limits, read_timeout=READ_TIMEOUT):
        yield Desk(database, sandbox.client)
    assert not sandbox.client.invalid_requests()


def a_ticket(desk: Desk) -> Ticket:
    """A ticket of 张 that 王, a dispatcher, answers for as a queue; 李 is responsible for nothing."""
    with desk.database.writing() as session:
        for number, name in ((ZHANG, "张<伟>"), (LI, "李娜"), (WANG, "王强")):
            session.add(Person(id=number, name=name, telegram_id=number, chat_id=number, phone="13812345678"))
        session.add(RoleGrant(person_id=WANG, role=Role.DISPATCHER, kind="vehicle"))
        session.flush()
        now = utc_now()
        ticket = Ticket(
            number="YC-20261123-001",
            kind="vehicle",
            state="submitted",
            version=1,
            requester_id=ZHANG,
            queue="vehicle",
            due_at=now,
            fields={},
            created_at=now,
            updated_at=now,
        )
        session.add(ticket)
        session.flush()
        return ticket


def test_sends_html_with_buttons_and_remembers_the_message(desk: Desk) -> None:
    row = desk.owe(Message(text="<b>单号</b> &lt;1&gt;", buttons=((Button("提交", "s:1:1"),),)))
    sent = desk.becomes(row, OutboxStatus.SENT)
    (message,) = desk.client.from_bot(ZHANG)
    assert (message.text, message.labels, message.id) == ("单号 <1>", ("提交",), sent.message_id)


def test_rewrites_a_sent_message_and_takes_no_change_for_done(desk: Desk) -> None:
    card = desk.owe(Message(text="待审批"))
    desk.becomes(card, OutboxStatus.SENT)
    edit = desk.owe(Message(text="已派车"), edits=desk.row(card))
    assert desk.becomes(edit, OutboxStatus.SENT).message_id == desk.row(card).message_id
    again = desk.owe(Message(text="已派车"), edits=desk.row(edit))
    desk.becomes(again, OutboxStatus.SENT)
    assert desk.texts() == ["已派车"]


def test_says_anew_what_it_can_no_longer_rewrite(desk: Desk) -> None:
    card = desk.owe(Message(text="待审批"))
    desk.becomes(card, OutboxStatus.SENT)
    with desk.database.writing() as session:
        session.get_one(OutboxMessage, card).message_id = 999_999
    desk.becomes(desk.owe(Message(text="已派车"), edits=desk.row(card)), OutboxStatus.SENT)
    assert desk.texts() == ["待审批", "已派车"]


def test_splits_a_long_text_and_hangs_the_buttons_under_the_last_part(desk: Desk) -> None:
    row = desk.owe(Message(text="<b>" + "很长" * 3000 + "</b>", buttons=((Button("好", "k"),),)))
    sent = desk.becomes(row, OutboxStatus.SENT)
    first, second = desk.client.from_bot(ZHANG)
    assert first.text + second.text == "很长" * 3000
    assert (first.labels, second.labels, second.id) == ((), ("好",), sent.message_id)


def test_goes_on_with_the_part_that_failed(desk: Desk) -> None:
    desk.client.fault("sendMessage", "delay", seconds=0.3)
    row = desk.owe(Message(text="长" * 5000))
    time.sleep(0.15)
    desk.client.fault("sendMessage", "502")
    desk.becomes(row, OutboxStatus.SENT)
    assert [len(text) for text in desk.texts()] == [4096, 904]


def test_sends_pictures_and_files(desk: Desk, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (8, 8)).save(tmp_path / "图.png")
    (tmp_path / "表.csv").write_text("单号\n", encoding="utf-8")
    rows = [
        desk.owe(Picture(path=str(tmp_path / "图.png"), caption="<i>现场</i>")),
        desk.owe(Document(path=str(tmp_path / "表.csv"), name="单子.csv")),
        desk.owe(Document(path=str(tmp_path / "没有.csv"))),
    ]
    desk.becomes(rows[0], OutboxStatus.SENT)
    desk.becomes(rows[1], OutboxStatus.SENT)
    assert "FileNotFoundError" in desk.becomes(rows[2], OutboxStatus.DEAD).last_error
    assert [message.kind for message in desk.client.from_bot(ZHANG)] == ["photo", "document"]


def test_sets_the_command_menu_of_a_chat(desk: Desk) -> None:
    desk.becomes(desk.owe(CommandMenu(commands=(("my", "我的单子"),))), OutboxStatus.SENT)
    assert desk.client.commands(ZHANG) == ["my"]


def test_takes_an_answer_that_comes_too_late_for_given(desk: Desk) -> None:
    desk.becomes(desk.owe(PressAnswer(callback_id="123", text="好")), OutboxStatus.SENT)


def test_rests_altogether_when_telegram_asks_for_it(desk: Desk) -> None:
    desk.client.fault("sendMessage", "429", retry_after=1)
    begun = time.monotonic()
    first = desk.owe(Message(text="一"))
    time.sleep(0.1)
    other = desk.owe(Message(text="二"), to=LI)
    desk.becomes(first, OutboxStatus.SENT)
    desk.becomes(other, OutboxStatus.SENT)
    assert time.monotonic() - begun > 1
    assert len(desk.client.requests("sendMessage")) == 3


def test_tries_again_after_a_server_error_and_keeps_the_order(desk: Desk) -> None:
    desk.client.fault("sendMessage", "500", times=2)
    desk.owe(Message(text="一"))
    desk.becomes(desk.owe(Message(text="二")), OutboxStatus.SENT)
    assert desk.texts() == ["一", "二"]


@pytest.mark.parametrize("patience", [Patience(first_pause=0.01, longest_pause=0.02, sweep=0.1, stumbles=3)])
def test_gives_up_what_telegram_stumbles_over_for_good(desk: Desk) -> None:
    desk.client.fault("sendMessage", "500", times=3)
    desk.becomes(desk.owe(Message(text="一")), OutboxStatus.DEAD)
    desk.becomes(desk.owe(Message(text="二")), OutboxStatus.SENT)


def test_sends_a_reply_again_when_nobody_knows_whether_it_arrived(desk: Desk) -> None:
    desk.client.fault("sendMessage", "timeout", seconds=LOST)
    desk.becomes(desk.owe(Message(text="已收到")), OutboxStatus.SENT)
    assert desk.texts() == ["已收到", "已收到"]


def test_does_not_repeat_a_reminder_in_doubt_but_tells_the_dispatcher(desk: Desk) -> None:
    ticket = a_ticket(desk)
    desk.client.fault("sendMessage", "timeout", seconds=LOST)
    row = desk.owe(Message(text="一小时后出发"), ticket=ticket, purpose=Purpose.REMINDER)
    desk.becomes(row, OutboxStatus.AMBIGUOUS)
    told = desk.client.wait_message(WANG, contains="不确定提醒是否送达 张<伟>")
    assert "YC-20261123-001" in told.text
    assert desk.texts() == ["一小时后出发"]


def test_marks_who_blocked_it_and_tells_who_answers_for_the_ticket_once(desk: Desk) -> None:
    ticket = a_ticket(desk)
    desk.client.block(ZHANG)
    rows = [desk.owe(Message(text="已派车"), ticket=ticket, purpose=Purpose.TICKET) for _ in range(2)]
    for row in rows:
        desk.becomes(row, OutboxStatus.DEAD)
    desk.client.wait_message(WANG, contains="收不到消息")
    desk.client.quiet()
    assert len(desk.texts(WANG)) == 1
    with desk.database.reading() as session:
        assert not session.get_one(Person, ZHANG).reachable
    desk.client.unblock(ZHANG)
    desk.becomes(desk.owe(Message(text="在吗")), OutboxStatus.SENT)
    with desk.database.reading() as session:
        assert session.get_one(Person, ZHANG).reachable


def test_gives_up_on_a_chat_that_does_not_exist(desk: Desk) -> None:
    row = desk.becomes(desk.owe(Message(text="有人吗"), to=555), OutboxStatus.DEAD)
    assert "chat not found" in row.last_error.lower()


def test_a_message_telegram_refuses_does_not_hold_up_the_chat(desk: Desk) -> None:
    bad = desk.owe(Message(text=""))
    desk.becomes(desk.owe(Message(text="好的")), OutboxStatus.SENT)
    assert desk.row(bad).status == OutboxStatus.DEAD


@pytest.mark.parametrize("limits", [Limits(chat_rate=2, chat_burst=2)])
def test_paces_one_chat_while_others_go_on_and_answers_never_wait(desk: Desk) -> None:
    with desk.database.writing() as session:
        owed = [(Message(text=f"{n}"), ZHANG) for n in range(4)]
        owed += [(Message(text="别处"), LI), (PressAnswer(callback_id="1"), ZHANG)]
        ids = [send(session, said, chat_id=to, now=utc_now()).id for said, to in owed]
    first, *_, last, other, answer = [desk.becomes(row, OutboxStatus.SENT).claimed_at for row in ids]
    assert None not in (first, last, other, answer)
    assert last - first > timedelta(seconds=0.9)
    assert max(other, answer) < last
    assert desk.texts() == ["0", "1", "2", "3"]


def test_a_reminder_goes_out_when_it_is_due(desk: Desk) -> None:
    row = desk.owe(
        Message(text="该出发了"), purpose=Purpose.REMINDER, due_at=utc_now() + timedelta(seconds=0.5)
    )
    sent = desk.becomes(row, OutboxStatus.SENT)
    assert sent.claimed_at is not None
    assert sent.claimed_at >= sent.due_at


@pytest.mark.parametrize("patience", [Patience(first_pause=0.05, sweep=0.1, lease=0.3, takeover=0.1)])
def test_a_call_that_takes_longer_than_a_lease_is_not_made_twice(desk: Desk) -> None:
    desk.client.fault("sendMessage", "delay", seconds=0.9)
    desk.becomes(desk.owe(Message(text="慢")), OutboxStatus.SENT)
    desk.client.quiet()
    assert desk.texts() == ["慢"]


def test_settles_at_the_start_what_a_dead_process_left_on_its_way(
    database: Database, sandbox: RunningSandbox
) -> None:
    sandbox.client.people([{"id": n, "first_name": f"人{n}", "started": True} for n in (ZHANG, LI, WANG)])
    desk = Desk(database, sandbox.client)
    ticket = a_ticket(desk)
    reply = desk.owe(Message(text="已收到"))
    reminder = desk.owe(Message(text="一小时后出发"), to=LI, ticket=ticket, purpose=Purpose.REMINDER)
    # Our own process number under another name: a process before us, as in a container.
    gone = f"{identity.me().rpartition('/')[0]}/another"
    with database.writing() as session:
        for row in session.scalars(select(OutboxMessage)):
            row.status, row.claimed_by, row.claimed_at = OutboxStatus.SENDING, gone, utc_now()
            row.attempts = 1
    with running_plumbing(database, sandbox, patience=HASTY):
        desk.becomes(reply, OutboxStatus.SENT)
        desk.becomes(reminder, OutboxStatus.AMBIGUOUS)
        desk.client.wait_message(WANG, contains="李娜")
    assert desk.texts(LI) == []
