"""The way out: order, dueness, and what may be dropped."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, select

from desk import inbox, outbox
from desk.models import OutboxMessage, OutboxStatus, Person, Purpose, Ticket
from desk.outbox import Message, PressAnswer

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from desk.storage import Database


def owe(session: Session, text: str, *, now: datetime, chat: int = 7, **more: Any) -> OutboxMessage:
    return outbox.send(session, Message(text=text), chat_id=chat, now=now, **more)


def claim(database: Database, *, now: datetime, limit: int = 10, **more: Any) -> list[str]:
    with database.writing() as session:
        rows = outbox.claim(session, now=now, worker="me", limit=limit, **more)
        return [row.payload["text"] for row in rows]


def record_sent(database: Database, row: OutboxMessage, *, now: datetime, message_id: int = 1) -> None:
    with database.writing() as session:
        outbox.sent(session, row.id, message_id=message_id, now=now)


def a_ticket(session: Session, *, now: datetime) -> Ticket:
    person = Person(name="张伟")
    session.add(person)
    session.flush()
    ticket = Ticket(
        number="YC-20261123-001",
        kind="vehicle",
        state="submitted",
        version=1,
        requester_id=person.id,
        queue="vehicle",
        due_at=now,
        fields={},
        created_at=now,
        updated_at=now,
    )
    session.add(ticket)
    session.flush()
    return ticket


def test_hands_out_one_chat_in_order(any_database: Database, now: datetime) -> None:
    with any_database.writing() as session:
        first, _ = owe(session, "一", now=now), owe(session, "二", now=now)
        owe(session, "别处", now=now, chat=8)
    assert claim(any_database, now=now) == ["一", "别处"]
    assert claim(any_database, now=now) == []
    record_sent(any_database, first, now=now)
    assert claim(any_database, now=now) == ["二"]


def test_waits_for_what_is_not_due(any_database: Database, now: datetime) -> None:
    with any_database.writing() as session:
        owe(session, "提醒", now=now, due_at=now + timedelta(hours=1))
        owe(session, "回复", now=now)
    assert claim(any_database, now=now) == ["回复"]
    with any_database.reading() as session:
        assert not outbox.is_any_due(session, now=now)
        assert outbox.is_any_due(session, now=now + timedelta(hours=1))


def test_keeps_the_order_while_an_earlier_row_waits_for_its_next_try(
    database: Database, now: datetime
) -> None:
    with database.writing() as session:
        first = owe(session, "一", now=now)
        owe(session, "二", now=now)
    assert claim(database, now=now) == ["一"]
    with database.writing() as session:
        outbox.later(session, first.id, due_at=now + timedelta(seconds=5), error="502")
    assert claim(database, now=now) == []
    assert claim(database, now=now + timedelta(seconds=5)) == ["一"]


def test_answers_presses_first_and_past_everything(any_database: Database, now: datetime) -> None:
    with any_database.writing() as session:
        owe(session, "一", now=now)
        owe(session, "二", now=now)
        outbox.send(session, PressAnswer(callback_id="x", text="好"), chat_id=7, now=now)
    assert claim(any_database, now=now, limit=1) == ["好"]
    with any_database.writing() as session:
        outbox.send(session, PressAnswer(callback_id="y", text="行"), chat_id=7, now=now)
    assert claim(any_database, now=now, resting=[7]) == ["行"]
    assert claim(any_database, now=now, answers_only=True) == []
    assert claim(any_database, now=now) == ["一"]


def test_leaves_resting_chats_alone(any_database: Database, now: datetime) -> None:
    with any_database.writing() as session:
        owe(session, "一", now=now)
        owe(session, "别处", now=now, chat=8)
    assert claim(any_database, now=now, resting=[7]) == ["别处"]


def test_rewrites_a_message_once_it_is_sent(database: Database, now: datetime) -> None:
    with database.writing() as session:
        card = owe(session, "卡片", now=now)
        # To another chat's row an edit would not queue up behind it by order alone.
        owe(session, "改", now=now, chat=8, edits=card)
    assert claim(database, now=now) == ["卡片"]
    assert claim(database, now=now) == []
    record_sent(database, card, now=now, message_id=55)
    with database.writing() as session:
        (edit,) = outbox.claim(session, now=now, worker="me", limit=5)
    assert edit.edits_message_id == 55


def test_says_anew_what_would_rewrite_a_message_that_never_went_out(
    database: Database, now: datetime
) -> None:
    with database.writing() as session:
        card = owe(session, "卡片", now=now)
        owe(session, "改", now=now, edits=card)
        outbox.dead(session, card.id, error="400")
    with database.writing() as session:
        (edit,) = outbox.claim(session, now=now, worker="me", limit=5)
    assert edit.edits_message_id is None


def test_drops_a_reminder_whose_ticket_moved_on(any_database: Database, now: datetime) -> None:
    with any_database.writing() as session:
        ticket = a_ticket(session, now=now)
        stale = owe(session, "旧提醒", now=now, ticket=ticket, purpose=Purpose.REMINDER)
        ticket.version += 1
        session.flush()
        owe(session, "新提醒", now=now, ticket=ticket, purpose=Purpose.REMINDER)
        owe(session, "回执", now=now, ticket=ticket, purpose=Purpose.TICKET, chat=8)
    assert claim(any_database, now=now) == ["回执"]
    assert claim(any_database, now=now) == ["新提醒"]
    with any_database.reading() as session:
        assert session.get_one(OutboxMessage, stale.id).status == OutboxStatus.CANCELLED


def test_drops_a_reminder_whose_ticket_is_closed_but_not_its_receipt(
    database: Database, now: datetime
) -> None:
    with database.writing() as session:
        ticket = a_ticket(session, now=now)
        owe(session, "提醒", now=now, ticket=ticket, purpose=Purpose.REMINDER)
        owe(session, "回执", now=now, ticket=ticket, purpose=Purpose.TICKET, chat=8)
        ticket.closed_at = now + timedelta(minutes=1)
    assert claim(database, now=now) == ["回执"]


def test_finds_what_a_dead_process_left_on_its_way(database: Database, now: datetime) -> None:
    with database.writing() as session:
        owe(session, "一", now=now)
    claim(database, now=now)
    with database.writing() as session:
        assert not outbox.abandoned(session, stale_before=now, is_gone=lambda _: False)
        (left,) = outbox.abandoned(session, stale_before=now, is_gone=lambda owner: owner == "me")
        assert left.payload["text"] == "一"


def test_tells_how_many_are_late_and_since_when(database: Database, now: datetime) -> None:
    with database.writing() as session:
        owe(session, "一", now=now)
        owe(session, "以后", now=now, due_at=now + timedelta(days=1))
    with database.reading() as session:
        assert outbox.backlog(session, now=now + timedelta(minutes=1)) == (1, now)


def test_never_looks_through_what_was_sent_long_ago(database: Database, now: datetime) -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    with database.writing() as session:
        outbox.is_any_due(session, now=now)
        outbox.claim(session, now=now, worker="me", limit=5, resting=[1])
        inbox.claim(session, now=now, worker="me", limit=5)
        outbox.backlog(session, now=now)
        inbox.backlog(session)
    plans = []
    with database.engine.connect() as connection:
        for statement, values in asked:
            if statement.startswith("SELECT"):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                plans += [str(row[3]) for row in plan]
    looks = [line for line in plans if re.search(r"(SCAN|SEARCH) (outbox|inbox)", line)]
    assert len(looks) >= 7
    for line in looks:
        assert "ix_outbox_" in line or "ix_inbox_open" in line or "(rowid=?)" in line, line


def test_what_is_owed_after_something_was_taken_back_is_a_row_of_its_own(
    any_database: Database, now: datetime
) -> None:
    with any_database.writing() as session:
        savepoint = session.begin_nested()
        taken_back = outbox.send(session, Message(text="订好了"), chat_id=1, now=now)
        savepoint.rollback()
        owed = outbox.send(session, Message(text="订不了"), chat_id=1, now=now)
        assert owed is not taken_back
    with any_database.reading() as session:
        assert [row.payload["text"] for row in session.scalars(select(OutboxMessage))] == ["订不了"]
