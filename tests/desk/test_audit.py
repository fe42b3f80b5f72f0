"""The sealed history: what is rewritten past the database's guards is found, and where."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from desk import audit, tickets
from desk.models import AuditSeal, Ticket, TicketEvent
from tests.desk.test_tickets import open_one

if TYPE_CHECKING:
    from desk.storage import Database

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
MADE_UP = (
    "INSERT INTO ticket_events (id, ticket_id, at, action, version, state_before, state_after, reason, details)"
    " VALUES ({id}, 1, '2026-11-23 02:00:00', 'approve', 9, '', '已批准', '', '{{}}')"
)


def history(database: Database, events: int = 5) -> None:
    """One ticket with so many events, sealed in two goes."""
    with database.writing() as session:
        ticket = open_one(session)
        for _ in range(events - 2):
            tickets.note(session, ticket, actor=None, action="urge", now=NOW, reason="快一点")
    seal(database)
    with database.writing() as session:
        tickets.note(session, session.scalars(select(Ticket)).one(), actor=None, action="urge", now=NOW)
    seal(database)


def seal(database: Database) -> int:
    with database.writing() as session:
        return audit.seal(session, now=NOW)


def verify(database: Database) -> audit.Verdict:
    with database.reading() as session:
        return audit.verify(session)


def unguarded(database: Database, *statements: str) -> None:
    """Do what only somebody with the database's own password can."""
    with database.writing() as session:
        if database.is_sqlite:
            for table in ("ticket_events", "audit_seals"):
                for event in ("UPDATE", "DELETE"):
                    session.execute(text(f"DROP TRIGGER {table}_no_{event}"))
        else:
            session.execute(text("DROP TRIGGER ticket_events_append_only ON ticket_events"))
            session.execute(text("DROP TRIGGER audit_seals_append_only ON audit_seals"))
        for statement in statements:
            session.execute(text(statement))


def test_an_honest_history_holds_and_what_is_new_is_told_as_unsealed(any_database: Database) -> None:
    history(any_database)
    with any_database.writing() as session:
        tickets.note(session, session.scalars(select(Ticket)).one(), actor=None, action="urge", now=NOW)
    found = verify(any_database)
    assert (found.seals, found.events, found.unsealed, found.breaks) == (2, 5, 1, ())


@pytest.mark.parametrize(
    ("tampering", "sealed", "left"),
    [
        ("UPDATE ticket_events SET reason = '' WHERE id = 2", 4, 4),
        ("UPDATE ticket_events SET details = '{\"people\": 30}' WHERE id = 1", 4, 4),
        ("UPDATE ticket_events SET at = '2026-11-23 03:00:00' WHERE id = 3", 4, 4),
        ("DELETE FROM ticket_events WHERE id = 3", 4, 3),
        (MADE_UP.format(id=-7), 4, 5),
    ],
)
def test_an_event_that_was_rewritten_removed_or_slipped_in_is_found(
    any_database: Database, tampering: str, sealed: int, left: int
) -> None:
    history(any_database)
    unguarded(any_database, tampering)
    (one,) = verify(any_database).breaks
    assert (one.seal_id, one.after_event_id, one.up_to_event_id) == (1, 0, 4)
    assert (one.sealed, one.found) == (sealed, left)


def test_a_seal_made_anew_breaks_the_next_one(any_database: Database) -> None:
    history(any_database)
    unguarded(any_database, "UPDATE audit_seals SET hash = 'aaaa' WHERE id = 1")
    assert [one.seal_id for one in verify(any_database).breaks] == [1, 2]


def test_a_chain_made_anew_from_the_start_lacks_the_hash_that_was_noted(any_database: Database) -> None:
    history(any_database)
    noted = verify(any_database).hash
    unguarded(
        any_database,
        "UPDATE ticket_events SET reason = '' WHERE id = 2",
        "DELETE FROM audit_seals",
    )
    seal(any_database)
    assert verify(any_database).breaks == ()
    with any_database.reading() as session:
        assert not audit.has_seal(session, noted)
        assert audit.has_seal(session, verify(any_database).hash)


@pytest.mark.parametrize(
    "statement", [update(AuditSeal).values(hash="0"), text("DELETE FROM audit_seals"), update(TicketEvent).values(version=7)]
)  # fmt: skip
def test_the_database_refuses_to_rewrite_seals(any_database: Database, statement: object) -> None:
    history(any_database)
    with pytest.raises(DBAPIError, match="append-only"), any_database.writing() as session:
        session.execute(statement)  # type: ignore[call-overload]


def test_a_long_history_is_sealed_in_pieces(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "SEALED_TOGETHER", 3)
    monkeypatch.setattr(audit, "SEALS_AT_ONCE", 2)
    with database.writing() as session:
        ticket = open_one(session)
        for _ in range(7):
            tickets.note(session, ticket, actor=None, action="urge", now=NOW)
    assert [seal(database), seal(database), seal(database)] == [6, 2, 0]
    assert verify(database).breaks == ()


def test_sealing_beside_writers_leaves_no_event_out(any_database: Database) -> None:
    with any_database.writing() as session:
        number = open_one(session).number
    done = threading.Event()
    raised: list[BaseException] = []

    def write() -> None:
        try:
            for _ in range(25):
                with any_database.writing() as session:
                    ticket = tickets.by_number(session, number)
                    assert ticket is not None
                    tickets.note(session, ticket, actor=None, action="urge", now=NOW)
        except BaseException as error:
            raised.append(error)

    def keep_sealing() -> None:
        while not done.is_set():
            any_database.transact(lambda session: audit.seal(session, now=NOW))

    writers = [threading.Thread(target=write) for _ in range(4)]
    sealer = threading.Thread(target=keep_sealing)
    for thread in (sealer, *writers):
        thread.start()
    for thread in writers:
        thread.join(60)
    done.set()
    sealer.join(60)
    seal(any_database)
    found = verify(any_database)
    assert raised == []
    assert (found.events, found.unsealed, found.breaks) == (101, 0, ())
