"""Setting resources aside, on both engines: the database itself refuses an overlap."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from desk import bookings
from desk.errors import Conflict
from desk.models import Booking, Resource, Vehicle

if TYPE_CHECKING:
    from desk.storage import Database

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


def hours(count: float) -> datetime:
    """So many hours after noon."""
    return NOON + timedelta(hours=count)


def a_car(database: Database, *, name: str = "吉A·1") -> int:
    """A car's resource id."""
    with database.writing() as session:
        car = Vehicle(name=name, type="轿车", seats=5, active=True)
        session.add(car)
        session.flush()
        return car.id


def book(database: Database, car: int, start: float, end: float) -> int:
    """Set the car aside; the allocation's id."""
    with database.writing() as session:
        vehicle = session.get_one(Vehicle, car)
        return bookings.set_aside(
            session, (vehicle,), starts_at=hours(start), ends_at=hours(end), now=NOON
        ).id


def free(database: Database, start: float, end: float) -> bool:
    """Whether the query calls the car free."""
    with database.reading() as session:
        condition = bookings.is_free(starts_at=hours(start), ends_at=hours(end))
        return session.scalar(select(Resource.id).where(condition)) is not None


def test_a_taken_span_is_refused_and_the_transaction_goes_on(any_database: Database) -> None:
    car = a_car(any_database)
    book(any_database, car, 0, 2)
    with any_database.writing() as session:
        vehicle = session.get_one(Vehicle, car)
        with pytest.raises(Conflict, match="占用"):
            bookings.set_aside(session, (vehicle,), starts_at=hours(1), ends_at=hours(3), now=NOON)
        bookings.set_aside(session, (vehicle,), starts_at=hours(2), ends_at=hours(3), now=NOON)


@pytest.mark.parametrize(
    ("start", "end", "is_free"),
    [(-2, 0, True), (2, 4, True), (-1, 1, False), (0.5, 1, False), (-1, 9, False)],
)
def test_free_means_no_overlap_ends_excluded(
    any_database: Database, start: float, end: float, is_free: bool
) -> None:
    book(any_database, a_car(any_database), 0, 2)
    assert free(any_database, start, end) is is_free


def test_moving_onto_another_booking_is_refused_and_leaves_it_where_it_was(any_database: Database) -> None:
    car = a_car(any_database)
    first = book(any_database, car, 0, 2)
    book(any_database, car, 4, 6)
    with any_database.writing() as session:
        allocation = session.get_one(bookings.Allocation, first)
        with pytest.raises(Conflict):
            bookings.move(session, allocation, starts_at=hours(5), ends_at=hours(7))
        bookings.move(session, allocation, starts_at=hours(1), ends_at=hours(3))
        assert allocation.bookings[0].starts_at == hours(1)


def test_a_released_span_can_be_taken_again(any_database: Database) -> None:
    car = a_car(any_database)
    book(any_database, car, 0, 2)
    with any_database.writing() as session:
        session.execute(update(Booking).values(active=False))
    book(any_database, car, 0, 2)


def test_a_released_booking_cannot_come_back_over_another(any_database: Database) -> None:
    car = a_car(any_database)
    first = book(any_database, car, 0, 2)
    with any_database.writing() as session:
        session.execute(update(Booking).values(active=False))
    book(any_database, car, 1, 3)
    with pytest.raises(DBAPIError), any_database.writing() as session:
        session.execute(update(Booking).where(Booking.allocation_id == first).values(active=True))


def test_sixteen_at_once_make_one_booking(any_database: Database) -> None:
    car = a_car(any_database)
    won: list[int] = []

    def try_it() -> None:
        try:
            won.append(book(any_database, car, 0, 2))
        except Conflict:
            pass

    threads = [threading.Thread(target=try_it) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spans=st.lists(st.tuples(st.integers(0, 20), st.integers(1, 8)), max_size=12),
    probe=st.tuples(st.integers(-3, 22), st.integers(1, 9)),
)
def test_the_neighbour_answers_like_a_look_at_every_booking(
    database: Database, spans: list[tuple[int, int]], probe: tuple[int, int]
) -> None:
    with database.writing() as session:
        for table in (Booking, bookings.Allocation, Vehicle, Resource):
            session.query(table).delete()
    car = a_car(database)
    kept: list[tuple[int, int]] = []
    for start, length in spans:
        if all(start >= e or start + length <= s for s, e in kept):
            book(database, car, start, start + length)
            kept.append((start, start + length))
        else:
            with pytest.raises(Conflict):
                book(database, car, start, start + length)
    begin, finish = probe[0], probe[0] + probe[1]
    assert free(database, begin, finish) == all(begin >= e or finish <= s for s, e in kept)


def test_the_neighbour_is_found_in_the_index_not_by_looking_at_every_booking(database: Database) -> None:
    query = select(Resource.id).where(bookings.is_free(starts_at=hours(0), ends_at=hours(1)))
    compiled = query.compile(database.engine, compile_kwargs={"literal_binds": True})
    with database.engine.connect() as connection:
        plan = " ".join(str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}"))
    assert "ix_bookings_neighbour" in plan
    assert "TEMP B-TREE" not in plan
