"""Whatever people press, send and say, in whatever order: a reception keeps hands, a due time and a way out, books nothing
without its letter, and leaves no car behind.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from desk.models import Booking, Ticket
from desk.receptions import companion_limit
from desk.storage import Database
from handlers.tickets import timeouts
from tests.handlers.bench_talk import DIAO, LIN, ZHOU, Counter, word
from tests.handlers.reception_talk import HAO, JIE, LETTER, PDF, SUN, guests, reception_desk

PEOPLE = (LIN, SUN, ZHOU, JIE, HAO, DIAO)
CLOSED = {"已归档", "已驳回", "已取消"}
WORDS = (
    "来宾：张明 副局长\n场所：三楼\n陪同：王一\n费用：无",
    "费用：无",
    "清单",
    "函到了",
    "票据 001",
    "我们陪5个",
    "多住一晚",
    "算了",
)


class ReceptionLife(RuleBasedStateMachine):
    """Receptions of two people, every button anybody ever got, letters, words and time passing."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.folder = Path(tempfile.mkdtemp(prefix="reception-life-"))
        self.database = Database(f"sqlite:///{self.folder / 'desk.db'}")
        self.database.migrate()
        self.counter: Counter = reception_desk(self.database, self.folder / "exports")

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @initialize(user=st.sampled_from((LIN, SUN)), letter=st.booleans())
    def first(self, user: int, letter: bool) -> None:
        self.ask(user, letter)

    @rule(user=st.sampled_from((LIN, SUN)), letter=st.booleans())
    @precondition(lambda self: self.asked < 3)
    def ask(self, user: int, letter: bool) -> None:
        self.asked += 1
        said = "四川12月2日下午两点半8人来考察，长春站接送站，安排工作餐，住一晚"
        self.counter.say(user, "算了", word("deny"))
        self.counter.say(user, said, guests())
        if letter:
            self.counter.hear(user, enclosures=(PDF,))
        if data := self.some_button(user, "f:submit", 0):
            self.counter.press_data(user, data)

    @rule(user=st.sampled_from(PEOPLE), choice=st.integers(0, 30))
    def press(self, user: int, choice: int) -> None:
        if data := self.some_button(user, "", choice):
            before = self.answers(user)
            self.counter.press_data(user, data)
            assert self.answers(user) == before + 1  # every press is answered once

    @rule(user=st.sampled_from((JIE, HAO, ZHOU)), answer=st.sampled_from(WORDS[:2]))
    def go_on(self, user: int, answer: str) -> None:
        """The next step of the newest card somebody who works holds, with an answer to what it asks."""
        for action in ("approve", "take", "arrange", "start", "finish", "ask_list", "ask_bill"):
            data = self.some_button(user, f"t:{action}:", 0)
            if data and self.is_current(data):
                self.counter.press_data(user, data)
                if action in ("finish", "ask_list", "ask_bill"):
                    self.counter.hear(user, text=answer)
                return

    @rule(user=st.sampled_from((LIN, SUN)))
    def cancel(self, user: int) -> None:
        data = next((d for d in self.buttons(user) if d.startswith("t:menu:") and d.endswith(":cancel")), "")
        if data:
            self.counter.press_data(user, data)
            if sure := self.some_button(user, "t:cancel:", 0):
                self.counter.press_data(user, sure)

    def is_current(self, data: str) -> bool:
        _, _, number, version, *_ = data.split(":")
        with self.database.reading() as session:
            ticket = session.get(Ticket, int(number))
            return ticket is not None and ticket.version == int(version)

    @rule(user=st.sampled_from(PEOPLE), other=st.sampled_from(PEOPLE), choice=st.integers(0, 30))
    def press_what_was_another_persons(self, user: int, other: int, choice: int) -> None:
        if data := self.some_button(other, "t:", choice):
            self.counter.press_data(user, data)

    @rule(user=st.sampled_from(PEOPLE), text=st.sampled_from(WORDS))
    def say(self, user: int, text: str) -> None:
        self.counter.say(user, text, word("change_ticket" if "住" in text else "out_of_scope"))

    @rule(user=st.sampled_from((LIN, SUN)), pasted=st.booleans())
    def send_a_letter(self, user: int, pasted: bool) -> None:
        if pasted:
            self.counter.say(user, LETTER, word("out_of_scope"))
        else:
            self.counter.hear(user, enclosures=(PDF,))

    @rule(hours=st.sampled_from((1, 30, 100)))
    @precondition(lambda self: self.counter.now.day < 20)
    def wait(self, hours: int) -> None:
        self.counter.wait(hours=hours)
        with self.database.writing() as session:
            timeouts.run(session, house=self.counter.house, now=self.counter.now)

    def some_button(self, user: int, prefix: str, choice: int) -> str:
        """Return one of the buttons the person has seen lately, the newest first."""
        seen = [d for d in self.buttons(user) if d.startswith(prefix)]
        return seen[choice % min(len(seen), 30)] if seen else ""

    def buttons(self, user: int) -> list[str]:
        rows = [r for r in reversed(self.counter.rows(user)) if r.payload.get("buttons")]
        return [str(b["data"]) for r in rows for line in r.payload["buttons"] for b in line]

    def answers(self, user: int) -> int:
        return sum(r.purpose == "callback" for r in self.counter.rows(user))

    @invariant()
    def somebody_answers_for_it_by_a_time_and_can_go_on(self) -> None:
        with self.database.reading() as session:
            for ticket in session.scalars(select(Ticket).where(Ticket.kind == "reception")):
                if ticket.closed_at is not None:
                    assert ticket.state in CLOSED
                    continue
                assert ticket.state not in CLOSED
                assert (ticket.responsible_id is None) != (ticket.queue is None)
                assert ticket.due_at is not None
                steps = [s for s in self.counter.house.kinds["reception"].steps if ticket.state in s.states]
                party = (
                    "requester"
                    if ticket.state == "待补函"
                    else "approver"
                    if ticket.queue is None
                    else "dispatcher"
                )
                assert any({party, "dispatcher"} & set(s.by) for s in steps)

    @invariant()
    def nothing_is_arranged_without_a_letter(self) -> None:
        with self.database.reading() as session:
            for ticket in session.scalars(select(Ticket).where(Ticket.kind == "reception")):
                cars = session.scalars(select(Ticket).where(Ticket.parent_id == ticket.id)).all()
                if ticket.state == "待补函":
                    assert not cars
                elif ticket.state not in CLOSED:
                    assert ticket.fields["letter"]

    @invariant()
    def the_rules_hold_on_every_ticket(self) -> None:
        with self.database.reading() as session:
            for ticket in session.scalars(select(Ticket).where(Ticket.kind == "reception")):
                assert int(ticket.fields.get("companions") or 0) <= companion_limit(ticket.fields["people"])

    @invariant()
    def cars_fall_with_their_reception(self) -> None:
        with self.database.reading() as session:
            for ticket in session.scalars(
                select(Ticket).where(Ticket.kind == "reception", Ticket.state.in_(("已取消", "已驳回")))
            ):
                for car in session.scalars(select(Ticket).where(Ticket.parent_id == ticket.id)):
                    before = car.state in ("待审批", "待派车", "待出车")
                    held = (
                        car.allocation_id
                        and session.scalars(
                            select(Booking).where(Booking.allocation_id == car.allocation_id, Booking.active)
                        ).all()
                    )
                    assert not before
                    assert car.state != "已取消" or not held


TestReceptionLife = ReceptionLife.TestCase
TestReceptionLife.settings = settings(
    max_examples=12, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
