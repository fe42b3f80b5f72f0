"""Whatever people press, in whatever order: every open trip has somebody who answers for it, a due time, and a way out."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from desk.models import Booking, OutboxMessage, Role, Ticket
from desk.storage import Database
from handlers import front
from handlers.heard import Heard, Press
from handlers.tickets import timeouts
from handlers.tickets.parties import parties_of
from tests.handlers.bench_talk import DIAO, LIN, LIU, ZHAO, ZHOU, Counter, car, small_bureau, word
from tests.handlers.test_groups import BOSS, GROUP, SUN, in_group, joined

PEOPLE = (LIN, ZHOU, DIAO, SUN, LIU, ZHAO)
PLACES = ("净月", "龙嘉机场", "四平")  # the last one needs the head's word
CLOSED = {"已完成", "已驳回", "已取消"}
HOLDING = {"待出车", "出车中", "已到达"}


class VehicleLife(RuleBasedStateMachine):
    """Trips of a few days, presses of any button anybody ever got, words that answer questions, and time passing."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="vehicle-life-"))
        self.database = Database(f"sqlite:///{self.folder / 'desk.db'}")
        self.database.migrate()
        self.counter: Counter = small_bureau(self.database)
        joined(self.counter, BOSS, "管主任", Role.ADMIN)
        joined(self.counter, SUN, "孙调度", Role.DISPATCHER, "vehicle")
        in_group(self.counter, BOSS, command="group")

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @initialize()
    def first(self) -> None:
        self.book(user=LIN, place="净月", day=24)

    @rule(user=st.sampled_from((LIN, ZHOU)), place=st.sampled_from(PLACES), day=st.sampled_from((24, 25)))
    def book(self, user: int, place: str, day: int) -> None:
        self.counter.say(user, "算了", word("deny"))
        request = car(start=f"2026-11-{day}T14:00", destination=place, people=2)
        self.counter.say(user, f"用车去{place}", request)
        self.counter.press_data(user, self.some_button(user, "f:submit", 0) or "f:submit:0")

    @rule(user=st.sampled_from(PEOPLE), choice=st.integers(0, 40))
    def press(self, user: int, choice: int) -> None:
        data = self.some_button(user, "", choice)
        if data:
            before = len(self.answers(user))
            self.counter.press_data(user, data)
            assert len(self.answers(user)) == before + 1  # every press is answered once

    @rule(user=st.sampled_from(PEOPLE), other=st.sampled_from(PEOPLE), choice=st.integers(0, 40))
    def press_what_was_another_persons(self, user: int, other: int, choice: int) -> None:
        data = self.some_button(other, "t:", choice)
        if data:
            self.counter.press_data(user, data)

    @rule(user=st.sampled_from(PEOPLE), choice=st.integers(0, 40))
    def press_in_the_group(self, user: int, choice: int) -> None:
        data = self.some_button(GROUP, "t:", choice)
        if data:
            said = Press(callback_id=f"g{len(self.answers(GROUP))}", data=data)
            heard = Heard(chat_id=GROUP, user_id=user, chat_type="supergroup", press=said)
            with self.database.writing() as session:
                front.handle(session, heard, house=self.counter.house, now=self.counter.now)

    @rule(
        user=st.sampled_from(PEOPLE),
        text=st.sampled_from(
            ("36公里", "吉A·12345 王师傅 13800000000", "交班", "明天请假", "在楼下等", "待办")
        ),
    )
    def say(self, user: int, text: str) -> None:
        self.counter.say(user, text, word("out_of_scope"))

    @rule(hours=st.sampled_from((1, 5, 12)))
    @precondition(lambda self: self.counter.now.day < 27)
    def wait(self, hours: int) -> None:
        self.counter.wait(hours=hours)
        with self.database.writing() as session:
            timeouts.run(session, house=self.counter.house, now=self.counter.now)

    def some_button(self, user: int, prefix: str, choice: int) -> str:
        """Return one of the buttons the person has seen lately, the newest first."""
        seen = [
            str(b["data"])
            for r in reversed(self.counter.rows(user))
            for line in r.payload.get("buttons", [])
            for b in line
            if b["data"].startswith(prefix)
        ]
        return seen[choice % min(len(seen), 40)] if seen else ""

    def answers(self, user: int) -> list[OutboxMessage]:
        return [r for r in self.counter.rows(user) if r.purpose == "callback"]

    @invariant()
    def somebody_answers_for_every_open_ticket_by_a_time(self) -> None:
        with self.database.reading() as session:
            for ticket in session.scalars(select(Ticket)):
                if ticket.closed_at is not None:
                    assert ticket.state in CLOSED
                    continue
                assert ticket.state not in CLOSED
                assert (ticket.responsible_id is None) != (ticket.queue is None)
                assert ticket.due_at is not None

    @invariant()
    def whoever_answers_for_it_has_a_step_to_take(self) -> None:
        with self.database.reading() as session:
            for ticket in session.scalars(select(Ticket).where(Ticket.closed_at.is_(None))):
                holder = ticket.responsible
                parts = {"dispatcher"} if holder is None else parties_of(holder, ticket) | {"responsible"}
                steps = self.counter.house.kinds["vehicle"].steps
                ways = [
                    s
                    for s in steps
                    if ticket.state in s.states and parts & set(s.by) and not s.label.startswith("满")
                ]
                assert ways, (ticket.state, parts)

    @invariant()
    def no_car_and_no_driver_is_set_aside_twice(self) -> None:
        with self.database.reading() as session:
            held = session.scalars(select(Booking).where(Booking.active)).all()
            for one in held:
                for other in held:
                    apart = one.ends_at <= other.starts_at or other.ends_at <= one.starts_at
                    assert one.id == other.id or one.resource_id != other.resource_id or apart

    @invariant()
    def only_trips_to_come_or_under_way_hold_a_car(self) -> None:
        with self.database.reading() as session:
            for ticket in session.scalars(select(Ticket)):
                holds = ticket.allocation is not None and any(b.active for b in ticket.allocation.bookings)
                if ticket.state in HOLDING and ticket.fields.get("car") != "租赁车辆":
                    assert holds, ticket.state
                if ticket.state in ("待审批", "待派车", "已驳回", "已取消"):
                    assert not holds, ticket.state


TestVehicleLife = VehicleLife.TestCase
TestVehicleLife.settings = settings(
    max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
