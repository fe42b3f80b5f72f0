"""What is forgotten after a month, and what is not."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from desk import inbox, outbox, retention
from desk.models import Feedback, InboxStatus, InboxUpdate, OutboxMessage, OutboxStatus, Talk, Ticket
from desk.outbox import Message
from tests.desk.test_tickets import open_one

if TYPE_CHECKING:
    from pathlib import Path

    from desk.storage import Database

LONG_AGO = datetime(2026, 10, 1, 2, tzinfo=UTC)
NOW = LONG_AGO + timedelta(days=31)


def hear(database: Database, number: int, *, at: datetime) -> None:
    """An update that was stored then."""
    message = {"message_id": number, "date": number, "chat": {"id": 5}, "text": "家里的事"}
    with database.writing() as session:
        inbox.store(session, {"update_id": number, "message": message}, now=at)


def forget(database: Database, *, at_once: int = 100) -> int:
    with database.writing() as session:
        return retention.forget(session, now=NOW, at_once=at_once)


def test_updates_that_are_done_go_after_a_month(any_database: Database) -> None:
    for number, at in ((1, LONG_AGO), (2, LONG_AGO), (3, NOW - timedelta(days=29)), (4, LONG_AGO)):
        hear(any_database, number, at=at)
    with any_database.writing() as session:
        session.execute(update(InboxUpdate).values(status=InboxStatus.DONE))
        # Nobody may forget what was never handled, however old it is.
        session.execute(
            update(InboxUpdate).where(InboxUpdate.update_id == 4).values(status=InboxStatus.PENDING)
        )
    assert (forget(any_database), forget(any_database)) == (2, 0)
    with any_database.reading() as session:
        assert list(session.scalars(select(InboxUpdate.update_id).order_by(InboxUpdate.id))) == [3, 4]


@pytest.mark.parametrize(
    ("status", "age", "card", "closed", "kept"),
    [
        (OutboxStatus.SENT, 31, None, False, False),
        (OutboxStatus.DEAD, 31, None, False, False),
        (OutboxStatus.SENT, 29, None, False, True),
        (OutboxStatus.PENDING, 31, None, False, True),
        (OutboxStatus.SENDING, 31, None, False, True),
        (OutboxStatus.SENT, 31, "requester", False, True),
        (OutboxStatus.SENT, 31, "requester", True, False),
    ],
)
def test_messages_lose_their_content_after_a_month_but_live_cards_do_not(
    any_database: Database, status: str, age: int, card: str | None, closed: bool, kept: bool
) -> None:
    then = NOW - timedelta(days=age)
    with any_database.writing() as session:
        ticket = open_one(session, now=then)
        outbox.send(session, Message(text="王局的电话"), chat_id=5, ticket=ticket, card=card, now=then)
        session.execute(update(OutboxMessage).values(status=status, message_id=77))
        if closed:
            session.execute(update(Ticket).values(closed_at=then))
    forget(any_database)
    with any_database.reading() as session:
        row = session.scalars(select(OutboxMessage)).one()
        assert (row.payload.get("text") == "王局的电话") is kept
        # That something was sent, when and to whom, stays.
        assert (row.message_id, row.chat_id, row.created_at) == (77, 5, then)


def test_much_is_forgotten_in_several_goes(database: Database) -> None:
    for number in range(5):
        hear(database, number, at=LONG_AGO)
    with database.writing() as session:
        session.execute(update(InboxUpdate).values(status=InboxStatus.DONE))
    assert [forget(database, at_once=2) for _ in range(4)] == [2, 2, 1, 0]


def test_sentences_for_review_and_conversations_nobody_went_on_with_are_forgotten_too(
    any_database: Database,
) -> None:
    days = {"dealt with": 31, "fresh": 29, "still open": 31, "open for too long": 91}
    with any_database.writing() as session:
        person = open_one(session).requester
        for text, age in days.items():
            state = "open" if "open" in text else "dropped"
            at = NOW - timedelta(days=age)
            session.add(
                Feedback(
                    text=text, why="clarified", guessed="", chosen="", accepted="", state=state, created_at=at
                )
            )
        for chat, age in ((1, 31), (2, 29)):
            session.add(
                Talk(chat_id=chat, person_id=person.id, data={}, updated_at=NOW - timedelta(days=age))
            )
    assert (forget(any_database), forget(any_database)) == (3, 0)
    with any_database.reading() as session:
        assert set(session.scalars(select(Feedback.text))) == {"fresh", "still open"}
        assert list(session.scalars(select(Talk.chat_id))) == [2]


def test_old_files_made_for_people_are_deleted_and_new_ones_kept(database: Database, tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    (exports / "folder").mkdir(parents=True)
    for name, at in (("digest-2026-10-01.png", LONG_AGO), ("digest-2026-10-31.png", NOW)):
        (exports / name).write_bytes(b"png")
        os.utime(exports / name, (at.timestamp(), at.timestamp()))
    with database.writing() as session:
        assert retention.forget(session, now=NOW, exports=exports) == 1
        assert retention.forget(session, now=NOW, exports=tmp_path / "none") == 0
    assert sorted(path.name for path in exports.iterdir()) == ["digest-2026-10-31.png", "folder"]
