"""A transaction that fails through no fault of its own is done again; one that happened is not done twice."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from desk import bookings, inbox, tickets
from desk.errors import Conflict
from desk.models import Allocation, Booking, Building, Resource, Ticket, Vehicle
from desk.storage import Database, Turnstile, trouble
from tests.desk.test_tickets import open_one

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


def side_by_side(*works: Callable[[], Any]) -> list[BaseException]:
    """Do all at once; what was raised."""
    raised: list[BaseException] = []

    def safely(work: Callable[[], Any]) -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=safely, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def names(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(session.scalars(select(Building.name)))


def test_a_transaction_whose_connection_breaks_is_done_again_once(postgres: Database) -> None:
    tries = []

    def work(session: Session) -> None:
        tries.append(1)
        session.add(Building(name="一号楼", aliases=[]))
        session.flush()
        if len(tries) == 1:
            session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    postgres.transact(work)
    assert (len(tries), names(postgres)) == (2, ["一号楼"])


def test_connections_that_died_in_the_pool_are_replaced_before_use(postgres: Database) -> None:
    for _ in range(3):
        names(postgres)
    with postgres.engine.connect() as killer:
        others = (
            "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        for pid in killer.scalars(text(others)).all():
            killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    assert names(postgres) == []


def test_a_database_that_stays_away_is_told_after_the_patience_is_over() -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    with pytest.raises(DBAPIError) as told:
        gone.transact(lambda session: session.execute(text("SELECT 1")), patience=0.3)
    assert trouble(told.value) == "away"


def test_two_that_wait_for_each_other_both_get_through(postgres: Database) -> None:
    with postgres.writing() as session:
        session.add_all(
            [Building(name="甲", aliases=[], floors=0), Building(name="乙", aliases=[], floors=0)]
        )
    met = threading.Barrier(2, timeout=20)
    first_time = {"甲": True, "乙": True}

    def raises(first: str, second: str) -> Callable[[], None]:
        def work(session: Session) -> None:
            floor = Building.floors + 1
            session.execute(update(Building).where(Building.name == first).values(floors=floor))
            if first_time[first]:
                first_time[first] = False
                met.wait()
            session.execute(update(Building).where(Building.name == second).values(floors=floor))

        return lambda: postgres.transact(work)

    assert side_by_side(raises("甲", "乙"), raises("乙", "甲")) == []
    with postgres.reading() as session:
        assert list(session.scalars(select(Building.floors))) == [2, 2]


def test_an_error_of_its_own_comes_through_at_once(any_database: Database) -> None:
    tries = []

    def work(session: Session) -> None:
        tries.append(1)
        session.add_all([Building(name="甲", aliases=[]), Building(name="甲", aliases=[])])

    with pytest.raises(IntegrityError):
        any_database.transact(work)
    assert len(tries) == 1


def test_an_update_handled_already_is_known_when_the_transaction_comes_again(any_database: Database) -> None:
    message = {"message_id": 1, "date": 1, "chat": {"id": 5}, "text": "你好"}
    any_database.transact(lambda s: inbox.store(s, {"update_id": 1, "message": message}, now=NOW))
    row = any_database.transact(lambda s: inbox.claim(s, now=NOW, worker="me", limit=1))[0]
    assert any_database.transact(lambda s: inbox.done(s, row.id)) is True
    assert any_database.transact(lambda s: inbox.done(s, row.id)) is False


def test_cars_and_drivers_booked_crosswise_neither_hang_nor_overlap(any_database: Database) -> None:
    with any_database.writing() as session:
        session.add_all([Vehicle(name=f"车{n}", type="轿车", seats=5, active=True) for n in range(4)])
    won: list[int] = []

    def book(turn: int) -> Callable[[], None]:
        def work(session: Session) -> int:
            cars = list(session.scalars(select(Vehicle).order_by(Vehicle.id)))
            pair = [cars[turn % 4], cars[(turn + 1 + turn // 4) % 4]]
            start = NOW + timedelta(minutes=turn % 3 * 20)
            return bookings.set_aside(
                session, pair, starts_at=start, ends_at=start + timedelta(hours=1), now=NOW
            ).id

        def attempt() -> None:
            try:
                won.append(any_database.transact(work))
            except Conflict:
                pass

        return attempt

    assert side_by_side(*[book(turn) for turn in range(24)]) == []
    with any_database.reading() as session:
        rows = list(session.scalars(select(Booking)))
        # What was refused left nothing behind, half an allocation least of all.
        assert len(rows) == 2 * len(won) > 0
        assert session.scalar(select(func.count()).select_from(Allocation)) == len(won)
    for one in rows:
        assert not any(
            other.id != one.id and other.resource_id == one.resource_id
            and other.starts_at < one.ends_at and one.starts_at < other.ends_at
            for other in rows
        )  # fmt: skip


def test_what_is_free_is_asked_of_the_index(postgres: Database) -> None:
    with postgres.writing() as session:
        session.add(Vehicle(name="车", type="轿车", seats=5, active=True))
        session.flush()
        session.execute(text("INSERT INTO allocations (created_at) VALUES (now())"))
        session.execute(
            text(
                "INSERT INTO bookings (allocation_id, resource_id, starts_at, ends_at, active)"
                " SELECT 1, 1, now() + n * interval '1 hour', now() + (n + 1) * interval '1 hour', true"
                " FROM generate_series(1, 20000) n"
            )
        )
    with postgres.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    condition = bookings.is_free(starts_at=NOW, ends_at=NOW + timedelta(hours=1))
    query = select(Resource.id).where(condition)
    with postgres.reading() as session:
        sql = str(query.compile(postgres.engine, compile_kwargs={"literal_binds": True}))
        plan = "\n".join(session.scalars(text("EXPLAIN " + sql)))
    assert "ix_bookings_neighbour" in plan
    assert "Seq Scan on bookings" not in plan


def test_sixteen_changes_of_one_ticket_all_get_their_turn(any_database: Database) -> None:
    with any_database.writing() as session:
        number = open_one(session).number

    def urge(session: Session) -> None:
        ticket = tickets.by_number(session, number)
        assert ticket is not None
        tickets.change(session, ticket, actor=None, action="urge", now=NOW)

    assert side_by_side(*[lambda: any_database.transact(urge)] * 16) == []
    with any_database.reading() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert ticket.version == 17
        # No version was told twice, none left out.
        assert sorted(event.version for event in ticket.events) == list(range(1, 18))


def test_the_one_writers_turn_goes_to_whoever_waited_longest() -> None:
    turnstile, served = Turnstile(), []

    def wait(number: int) -> None:
        with turnstile:
            served.append(number)

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(8)]
    with turnstile:
        for number, thread in enumerate(threads):
            thread.start()
            while len(turnstile._line) <= number:
                time.sleep(0.001)
    # Whoever gives it back and asks again at once comes last.
    wait(99)
    for thread in threads:
        thread.join()
    assert served == [*range(8), 99]
