"""The desk on either engine: a whole trip, and many hands on one ticket at the same moment."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from desk import people
from desk.models import Booking, OutboxMessage, Person, Purpose, Role, TicketEvent
from handlers import front
from handlers.heard import Heard, Press
from tests.handlers.bench_talk import DIAO, LIN, LIU, Counter, car, small_bureau

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from desk.storage import Database

FIRST_DISPATCHER = 201
MANY = 16


@pytest.fixture
def counter(any_database: Database) -> Counter:
    """The small bureau's counter, on both engines."""
    return small_bureau(any_database)


def booked(counter: Counter) -> None:
    """Lin books a car for tomorrow at two."""
    request = car(start="2026-11-24T14:00", destination="龙嘉机场", people=3)
    counter.say(LIN, "明天两点去机场", request)
    counter.press(LIN, "提交")


def test_a_trip_from_request_to_rating(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    for step in ("已出发", "已到达", "已完成"):
        counter.press(LIU, step)
    counter.hear(LIU, text="36公里")
    counter.press(LIN, "满意")
    ticket = counter.ticket()
    assert (ticket.state, ticket.fields["rating"], ticket.fields["distance_km"]) == ("已完成", "满意", 36)
    assert ticket.closed_at is not None


def dispatchers(counter: Counter, count: int) -> range:
    """So many dispatchers of cars; their chats."""
    chats = range(FIRST_DISPATCHER, FIRST_DISPATCHER + count)
    with counter.database.writing() as session:
        for number in chats:
            person = Person(
                name=f"调度{number}",
                telegram_id=number,
                chat_id=number,
                grants=[],
                habits={},
                active=True,
                reachable=True,
            )
            session.add(person)
            session.flush()
            people.grant(session, person, role=Role.DISPATCHER)
    return chats


@pytest.mark.parametrize("count", [2, MANY])
def test_of_many_dispatchers_who_press_at_once_one_wins_and_everybody_is_answered(
    count: int, counter: Counter
) -> None:
    chats = dispatchers(counter, count)
    booked(counter)
    presses = {chat: counter.button(chat, "派车") for chat in chats}
    ready = threading.Barrier(count, timeout=30)
    raised: list[BaseException] = []

    def press(chat: int, data: str) -> None:
        heard = Heard(chat_id=chat, user_id=chat, press=Press(callback_id=f"c{chat}", data=data))

        def work(session: Session) -> Any:
            return front.handle(session, heard, house=counter.house, now=counter.now)

        ready.wait()
        try:
            counter.database.transact(work)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=press, args=one) for one in presses.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert raised == []
    with counter.database.reading() as session:
        assigned = session.scalars(select(TicketEvent).where(TicketEvent.action == "assign")).all()
        orders = session.scalars(select(OutboxMessage).where(OutboxMessage.card == "driver")).all()
        answers = session.scalars(select(OutboxMessage).where(OutboxMessage.purpose == Purpose.CALLBACK))
        answered = {row.payload["callback_id"] for row in answers}
        held = session.scalars(select(Booking).where(Booking.active)).all()
    assert (len(assigned), len(orders), len(held)) == (1, 1, 2)
    assert {f"c{chat}" for chat in chats} <= answered
