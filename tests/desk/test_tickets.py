"""Tickets, on both engines: numbers, one responsible hand, and a history nobody edits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from desk import audit, tickets
from desk.models import Person, Ticket, TicketEvent

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from desk.storage import Database

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


def open_one(session: Session, *, now: datetime = NOW) -> Ticket:
    """A ticket in the dispatchers' queue."""
    person = Person(name="林晓梅", active=True, reachable=True, habits={}, grants=[])
    session.add(person)
    session.flush()
    return tickets.open_ticket(
        session, prefix="YC", kind="vehicle", state="待派车", requester=person, fields={"people": 3}, starts_at=None, ends_at=None,
        due_at=now + timedelta(hours=1), queue="dispatcher:vehicle", now=now,
    )  # fmt: skip


def test_numbers_run_by_local_day(any_database: Database) -> None:
    with any_database.writing() as session:
        assert open_one(session).number == "YC-20261123-001"
        assert open_one(session).number == "YC-20261123-002"
        late = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)  # half past midnight in Changchun
        assert open_one(session, now=late).number == "YC-20261124-001"


def test_a_change_raises_the_version_and_adds_one_line_of_history(any_database: Database) -> None:
    with any_database.writing() as session:
        ticket = open_one(session)
        tickets.change(
            session,
            ticket,
            actor=ticket.requester,
            action="cancel",
            now=NOW,
            state="已取消",
            close=True,
            reason="不去了",
        )
        assert ticket.version == 2
        newest = tickets.last_events(session, ticket)[0]
        assert (newest.action, newest.state_before, newest.state_after, newest.reason) == (
            "cancel",
            "待派车",
            "已取消",
            "不去了",
        )


@pytest.mark.parametrize("change", [{"queue": None}, {"due_at": None}])
def test_the_database_refuses_an_open_ticket_without_hands_or_due_time(
    any_database: Database, change: dict[str, None]
) -> None:
    with pytest.raises(DBAPIError), any_database.writing() as session:
        ticket = open_one(session)
        session.execute(update(Ticket).where(Ticket.id == ticket.id).values(**change))


@pytest.mark.parametrize("tamper", [update(TicketEvent).values(action="nothing"), delete(TicketEvent)])
def test_the_database_refuses_to_rewrite_history(any_database: Database, tamper: object) -> None:
    with any_database.writing() as session:
        open_one(session)
    with pytest.raises(DBAPIError, match="append-only"), any_database.writing() as session:
        session.execute(tamper)  # type: ignore[call-overload]


@pytest.mark.parametrize("table", ["ticket_events", "audit_seals"])
def test_the_database_refuses_to_replace_or_empty_history(any_database: Database, table: str) -> None:
    with any_database.writing() as session:
        open_one(session)
        audit.seal(session, now=datetime(2026, 11, 23, 4, tzinfo=UTC))
    replaced = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"  # noqa: S608
    statement = replaced if any_database.is_sqlite else f"TRUNCATE {table} CASCADE"
    with pytest.raises(DBAPIError, match="append-only"), any_database.writing() as session:
        session.execute(text(statement))
    with any_database.reading() as session:
        assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 1  # noqa: S608
