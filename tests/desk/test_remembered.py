"""What a transaction asked once, it does not ask again, until it was changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import event

from desk import people
from desk.models import Person, Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from desk.storage import Database


def somebody(session: Session, name: str) -> Person:
    person = Person(name=name, active=True, reachable=True, habits={}, grants=[])
    session.add(person)
    session.flush()
    return person


def names(session: Session) -> list[str]:
    return [p.name for p in people.dispatchers(session, "vehicle")]


def test_who_dispatches_is_asked_once_in_a_transaction(database: Database) -> None:
    with database.writing() as session:
        people.grant(session, somebody(session, "刁调度"), role=Role.DISPATCHER)
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    with database.reading() as session:
        assert names(session) == names(session) == ["刁调度"]
    assert sum("role_grants" in statement for statement in asked) == 1


def test_a_role_given_or_taken_back_counts_at_once(database: Database) -> None:
    with database.writing() as session:
        someone = somebody(session, "王调度")
        assert names(session) == []
        people.grant(session, someone, role=Role.DISPATCHER)
        assert names(session) == ["王调度"]
        people.revoke(session, someone, role=Role.DISPATCHER)
        assert names(session) == []


def test_whoever_leaves_is_found_no_more(database: Database) -> None:
    with database.writing() as session:
        someone = somebody(session, "王调度")
        people.grant(session, someone, role=Role.DISPATCHER)
        assert names(session) == ["王调度"]
        someone.active = False
        assert names(session) == []


def test_a_role_taken_back_by_a_savepoint_is_gone(database: Database) -> None:
    with database.writing() as session:
        someone = somebody(session, "王调度")
        savepoint = session.begin_nested()
        people.grant(session, someone, role=Role.DISPATCHER)
        assert names(session) == ["王调度"]
        savepoint.rollback()
        assert names(session) == []
