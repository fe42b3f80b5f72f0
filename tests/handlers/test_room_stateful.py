"""Whatever people press, in whatever order: no room is booked twice, nobody's hands are empty, and there is always a way on."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from desk.models import Booking, OutboxMessage, Ticket
from desk.storage import Database
from handlers.tickets import timeouts
from tests.handlers.bench_room import CHEN, LI, LIN, SUN, ZHOU, bureau_with_rooms, room
from tests.handlers.bench_talk import Counter, word

PEOPLE = (LIN, CHEN, ZHOU, LI, SUN)
PLACES = ("主楼306", "主楼305", "一号楼101", "一号楼101A", "主楼402")
CLOSED = {"已结束", "已取消", "已驳回", "未到场"}


class RoomLife(RuleBasedStateMachine):
    """Bookings of a few rooms on one day, presses of any button anybody ever got, and time passing."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="room-life-"))
        self.database = Database(f"sqlite:///{self.folder / 'desk.db'}")
        self.database.migrate()
        self.counter: Counter = bureau_with_rooms(self.database)

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @initialize()
    def first(self) -> None:
        self.book(user=LIN, place="主楼306", hour=14)

    @rule(
        user=st.sampled_from((LIN, CHEN, ZHOU)),
        place=st.sampled_from(PLACES),
        hour=st.sampled_from((13, 14, 15)),
    )
    def book(self, user: int, place: str, hour: int) -> None:
        self.counter.say(user, "算了", word("deny"))
        slots: dict[str, Any] = {
            "start": f"2026-11-23T{hour}:00",
            "end": f"2026-11-23T{hour + 2}:00",
            "people": 8,
        }
        self.counter.say(user, f"订{place}", room(room_name=place, **slots))
        self.counter.press_data(user, self.some_button(user, "f:", 0) or "f:submit:0")

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

    @rule(minutes=st.sampled_from((5, 20, 45, 90)))
    @precondition(lambda self: self.counter.now.hour < 12)
    def wait(self, minutes: int) -> None:
        self.counter.wait(minutes=minutes)
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
    def somebody_answers_for_every_open_ticket_and_there_is_a_way_on(self) -> None:
        with self.database.reading() as session:
            for ticket in session.scalars(select(Ticket)):
                if ticket.closed_at is not None:
                    assert ticket.state in CLOSED
                    continue
                assert (ticket.responsible_id is None) != (ticket.queue is None)
                assert ticket.due_at is not None
                steps = [s for s in self.counter.house.kinds["room"].steps if ticket.state in s.states]
                assert any(set(s.by) & {"requester", "dispatcher", "approver"} for s in steps)

    @invariant()
    def no_room_is_set_aside_twice_nor_with_its_parts(self) -> None:
        with self.database.reading() as session:
            held = session.scalars(select(Booking).where(Booking.active)).all()
            for one in held:
                for other in held:
                    apart = one.ends_at <= other.starts_at or other.ends_at <= one.starts_at
                    assert one.id == other.id or one.resource_id != other.resource_id or apart

    @invariant()
    def only_open_tickets_hold_rooms(self) -> None:
        with self.database.reading() as session:
            for ticket in session.scalars(
                select(Ticket).where(Ticket.state.in_(("已取消", "已驳回", "未到场")))
            ):
                assert not ticket.allocation or not any(b.active for b in ticket.allocation.bookings)
            for ticket in session.scalars(
                select(Ticket).where(Ticket.state.in_(("已预订", "布场中", "使用中")))
            ):
                assert ticket.allocation is not None
                assert any(b.active for b in ticket.allocation.bookings)


TestRoomLife = RoomLife.TestCase
TestRoomLife.settings = settings(
    max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
