"""Setting resources aside. The database refuses an overlap; this module asks in the way that keeps it cheap.

A resource's active bookings never overlap each other, so only the last one that starts before a span's end can
overlap that span: one look into the index (`ix_bookings_neighbour`) answers, however many bookings there are.
All times are instants; ends are exclusive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Integer, bindparam, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from desk.errors import Conflict
from desk.models import Allocation, Booking, Resource, Ticket
from desk.models.base import UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

# What refuses an overlap (migration 0002): PostgreSQL's constraint, and the word of SQLite's trigger.
EXCLUSION = "bookings_no_overlap"
OVERLAP = "double booking"


# Written as the partial index has it: SQLAlchemy would say `active = 1` to SQLite, which does not see that they agree.
IS_ACTIVE = text("bookings.active")


def is_free(
    *, starts_at: datetime, ends_at: datetime, besides: Allocation | None = None
) -> ColumnElement[bool]:
    """Return the SQL condition that a `Resource` has no active booking within the span.

    `besides` leaves one allocation out of the count: the one that is about to be moved.
    """
    return _free(starts_at, ends_at, besides.id if besides is not None else None)


def _free(starts_at: Any, ends_at: Any, besides: Any) -> ColumnElement[bool]:
    last = (
        select(Booking.ends_at)
        .where(Booking.resource_id == Resource.id, IS_ACTIVE, Booking.starts_at < ends_at)
        .order_by(Booking.starts_at.desc())
        .limit(1)
        .correlate(Resource)
    )
    if besides is not None:
        last = last.where(Booking.allocation_id != besides)
    # Nobody before: as good as one that ends where the span begins.
    free: ColumnElement[bool] = func.coalesce(last.scalar_subquery(), starts_at) <= starts_at
    return free


# The same for a statement that is put together once; `span` gives its values.
IS_FREE = _free(
    bindparam("free_from", type_=UtcDateTime()), bindparam("free_until"), bindparam("besides", type_=Integer)
)


def span(*, starts_at: datetime, ends_at: datetime, besides: Allocation | None) -> dict[str, Any]:
    """Return the values of a statement with `IS_FREE` in it. No allocation has the number 0."""
    return {
        "free_from": starts_at,
        "free_until": ends_at,
        "besides": besides.id if besides is not None else 0,
    }


def set_aside(
    session: Session, resources: Iterable[Resource], *, starts_at: datetime, ends_at: datetime, now: datetime
) -> Allocation:
    """Book every resource for the span as one allocation. Raises Conflict, and books none, when one is taken."""
    allocation = Allocation(created_at=now)
    # A savepoint, so that a refusal leaves the caller's transaction usable and nothing half set aside.
    with session.begin_nested():
        session.add(allocation)
        session.flush()
        # Always in one order: two that want the same car and driver wait for each other in a row, not in a ring.
        for resource in sorted(resources, key=lambda one: one.id):
            booking = {
                "allocation_id": allocation.id,
                "resource_id": resource.id,
                "starts_at": starts_at,
                "ends_at": ends_at,
                "active": True,
            }
            if not _insert(session, booking):
                raise Conflict(f"{resource.name} 在这个时段刚刚被别的单子占用了")
    session.refresh(allocation)
    return allocation


def _insert(session: Session, booking: dict[str, Any]) -> bool:
    """Add one booking, unless the database refuses it as an overlap; say whether it was added."""
    if session.get_bind().dialect.name == "postgresql":
        # A plain INSERT puts its row in first and looks second, so two of them can wait for each other forever.
        insert = postgresql.insert(Booking).values(booking).on_conflict_do_nothing(constraint=EXCLUSION)
        return session.execute(insert.returning(Booking.id)).first() is not None
    try:
        session.execute(sqlite.insert(Booking).values(booking))
    except IntegrityError as error:
        if OVERLAP in str(error.orig):
            return False
        raise
    return True


def move(session: Session, allocation: Allocation, *, starts_at: datetime, ends_at: datetime) -> None:
    """Move every booking of an allocation to a new span. Raises Conflict when a resource is taken there."""
    try:
        with session.begin_nested():
            for booking in allocation.bookings:
                if booking.active:
                    booking.starts_at, booking.ends_at = starts_at, ends_at
    except IntegrityError as error:
        session.refresh(allocation)
        raise Conflict("新的时段里，原来安排的资源已被占用") from error


def release(session: Session, ticket: Ticket) -> None:
    """Give back what was set aside for `ticket`, unless other open tickets share it."""
    allocation = ticket.allocation
    ticket.allocation = None
    session.flush()
    if allocation is None or sharers(session, allocation):
        return
    for booking in allocation.bookings:
        booking.active = False
    session.flush()


def end_early(session: Session, allocation: Allocation, *, now: datetime) -> None:
    """Free the rest of a span that ended before its time (the car is back, the meeting is over)."""
    for booking in allocation.bookings:
        if booking.active and booking.starts_at < now < booking.ends_at:
            booking.ends_at = now
        elif booking.active and now <= booking.starts_at:
            booking.active = False
    session.flush()


def sharers(session: Session, allocation: Allocation) -> Sequence[Ticket]:
    """Return the open tickets that share an allocation."""
    query = select(Ticket).where(Ticket.allocation_id == allocation.id, Ticket.closed_at.is_(None))
    return session.scalars(query.order_by(Ticket.id)).all()


def resource_of(ticket: Ticket, *, sort: str) -> Resource | None:
    """Return the resource of a sort that is set aside for `ticket`."""
    if ticket.allocation is None:
        return None
    return next(
        (b.resource for b in ticket.allocation.bookings if b.active and b.resource.sort == sort), None
    )
