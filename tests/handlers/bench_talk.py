"""A counter to talk at: real database, real handlers, understanding given as values instead of asked of Rasa."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from desk import people
from desk.calendar import Calendar
from desk.models import Department, Driver, OutboxMessage, OutboxStatus, Person, Role, Ticket, Vehicle
from desk.rules import load_rules
from handlers import front
from handlers.heard import Heard, Press
from handlers.kinds import House, find_kinds
from nlu.understanding import Request, Understanding

if TYPE_CHECKING:
    from desk.storage import Database

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 9:00 in Changchun


def house() -> House:
    """The house as the bot builds it."""
    return House(kinds=find_kinds(), calendar=Calendar(), rules=load_rules())


@dataclass
class Counter:
    """The front desk with a clock that stands still until told otherwise."""

    database: Database
    now: datetime = MONDAY
    house: House = field(default_factory=house)
    _callbacks: Any = field(default_factory=lambda: count(1))
    _seen: dict[int, int] = field(default_factory=dict)

    def hear(self, user: int, **heard: Any) -> list[dict[str, Any]]:
        """Let the desk hear something in the private chat of `user`; return what it owes that chat since last asked."""
        with self.database.writing() as session:
            front.handle(session, Heard(chat_id=user, user_id=user, **heard), house=self.house, now=self.now)
        return self.owed(user)

    def say(self, user: int, text: str, *requests: Request, clarify: bool = False) -> list[dict[str, Any]]:
        """Say words whose understanding is given."""
        first = requests[0] if requests else Request(intent="out_of_scope", kind=None, slots={}, hints={})
        understanding = Understanding(
            text=text,
            original=text,
            intent=first.intent,
            kind=first.kind,
            confidence=0.95,
            clarify=clarify,
            slots=first.slots,
            hints=first.hints,
            requests=requests,
            candidates=((first.intent, 0.95),),
        )
        return self.hear(user, text=text, understanding=understanding)

    def press(self, user: int, label: str, *, chat: int | None = None) -> list[dict[str, Any]]:
        """Press the newest button with this label in a chat (the presser's own unless `chat` says otherwise)."""
        return self.press_data(user, self.button(chat or user, label))

    def press_data(self, user: int, data: str) -> list[dict[str, Any]]:
        """Press a button by its data, forged or not."""
        return self.hear(user, press=Press(callback_id=f"c{next(self._callbacks)}", data=data))

    def button(self, chat: int, label: str) -> str:
        """Return the data of the newest button whose label begins with `label`."""
        for row in reversed(self.rows(chat)):
            for line in row.payload.get("buttons", []):
                for button in line:
                    if button["label"].startswith(label):
                        return str(button["data"])
        raise AssertionError(
            f"no button {label!r} in chat {chat}: {[r.payload for r in self.rows(chat)][-3:]}"
        )

    def rows(self, chat: int) -> list[OutboxMessage]:
        """Return every row owed to a chat, oldest first."""
        with self.database.reading() as session:
            return list(
                session.scalars(
                    select(OutboxMessage).where(OutboxMessage.chat_id == chat).order_by(OutboxMessage.id)
                )
            )

    def owed(self, chat: int) -> list[dict[str, Any]]:
        """Return the payloads owed to a chat now that were not returned before."""
        fresh = [r for r in self.rows(chat) if r.id > self._seen.get(chat, 0)]
        self._seen[chat] = max([r.id for r in fresh], default=self._seen.get(chat, 0))
        return [r.payload for r in fresh if r.due_at <= self.now]

    def reminders(self, chat: int) -> list[tuple[datetime, str]]:
        """Return the reminders that wait for a chat."""
        return [
            (r.due_at, r.payload["text"])
            for r in self.rows(chat)
            if r.purpose == "reminder" and r.status == OutboxStatus.PENDING
        ]

    def ticket(self) -> Ticket:
        """Return the newest ticket."""
        with self.database.reading() as session:
            ticket = session.scalar(select(Ticket).order_by(Ticket.id.desc()).limit(1))
            assert ticket is not None
            return ticket

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


LIN, ZHOU, DIAO, LIU, ZHAO = 101, 102, 103, 104, 105


def small_bureau(database: Database) -> Counter:
    """Five people with phones (employee, head, dispatcher, two drivers) and three cars."""
    counter = Counter(database=database)
    with database.writing() as session:
        office = Department(name="综合处")
        session.add(office)
        session.flush()
        roles = {
            (LIN, "林晓梅", office): (Role.EMPLOYEE,),
            (ZHOU, "周处", office): (Role.EMPLOYEE, Role.APPROVER),
            (DIAO, "刁调度", None): (Role.EMPLOYEE, Role.DISPATCHER),
            (LIU, "刘师傅", None): (Role.EMPLOYEE, Role.DRIVER),
            (ZHAO, "赵师傅", None): (Role.EMPLOYEE, Role.DRIVER),
        }
        for (number, name, home), granted in roles.items():
            person = Person(
                name=name,
                department=home,
                phone=f"1380000{number:04d}",
                telegram_id=number,
                chat_id=number,
                grants=[],
                habits={},
                active=True,
                reachable=True,
            )
            session.add(person)
            session.flush()
            for role in granted:
                people.grant(session, person, role=role)
        session.add(
            Vehicle(name="吉A·10001", type="轿车", model="红旗H5", seats=5, odometer_km=52000, active=True)
        )
        session.add(
            Vehicle(name="吉A·10002", type="商务车", model="别克GL8", seats=7, odometer_km=31000, active=True)
        )
        session.add(
            Vehicle(name="吉A·10003", type="考斯特", model="柯斯达", seats=20, odometer_km=9000, active=True)
        )
        session.flush()
        assert len(session.scalars(select(Driver)).all()) == 2
    return counter


def car(**slots: Any) -> Request:
    """A request for a car."""
    hints = slots.pop("hints", {"start_precision": "datetime"})
    return Request(intent="book_vehicle", kind="vehicle", slots=slots, hints=hints)


def word(intent: str, *, hints: dict[str, Any] | None = None, **slots: Any) -> Request:
    """Anything else that is said."""
    return Request(intent=intent, kind=None, slots=slots, hints=hints or {})
