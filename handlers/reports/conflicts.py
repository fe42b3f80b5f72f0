"""What does not fit together in the days to come, so that somebody can mend it before it happens.

The database refuses a double booking, so what is left are the near misses: a trip or a meeting still without car or room, a
car that is to be back and away within minutes, a driver or technician who is on leave, a car whose inspection runs out, a day
that is only estimated.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import duty
from desk.bookings import IS_ACTIVE
from desk.instants import brief, to_local
from desk.models import Allocation, Booking, Driver, Ticket, Vehicle
from handlers.words import esc

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

TIGHT = timedelta(minutes=30)
SOON = timedelta(hours=24)
# States in which a ticket that starts soon still lacks what it needs.
LACKING = ("待审批", "待派车", "待确认", "候补", "被调整", "方案中", "待补函")


def between(
    session: Session, *, kinds: Iterable[str], starts_at: datetime, ends_at: datetime, now: datetime
) -> list[str]:
    """Return what does not fit between two instants for these kinds: lines of HTML, the most pressing first."""
    wanted = tuple(kinds)
    found = _unprovided(session, wanted, starts_at, ends_at, now)
    found += _leave(session, wanted, starts_at, ends_at, now)
    booked = _booked(session, wanted, starts_at, ends_at)
    return (
        found
        + _tight(booked, now)
        + _papers(booked, now)
        + _estimated(session, wanted, starts_at, ends_at, now)
    )


def _tickets(
    session: Session, kinds: tuple[str, ...], starts_at: datetime, ends_at: datetime
) -> list[Ticket]:
    query = select(Ticket).where(
        Ticket.kind.in_(kinds),
        Ticket.closed_at.is_(None),
        Ticket.starts_at >= starts_at,
        Ticket.starts_at < ends_at,
    )
    return list(session.scalars(query.order_by(Ticket.starts_at, Ticket.id)))


def _said(ticket: Ticket, now: datetime) -> str:
    f = ticket.fields
    what = f.get("destination") or f.get("room_name") or f.get("visitor_org") or ""
    at = brief(ticket.starts_at, now=now) if ticket.starts_at else ""
    return f"{ticket.number} {at} {esc(what)}".rstrip()


def _unprovided(
    session: Session, kinds: tuple[str, ...], starts_at: datetime, ends_at: datetime, now: datetime
) -> list[str]:
    lacking = [t for t in _tickets(session, kinds, starts_at, ends_at) if t.state in LACKING]
    return [
        f"{'🚨' if t.starts_at and t.starts_at - now < SOON else '⚠️'} 还没落实：{_said(t, now)}（{esc(t.state)}）"
        for t in lacking
    ]


def _leave(
    session: Session, kinds: tuple[str, ...], starts_at: datetime, ends_at: datetime, now: datetime
) -> list[str]:
    """Trips and jobs in the hands of somebody who is on leave then."""
    lines = []
    away = duty.absences_between(session, starts_at=starts_at, ends_at=ends_at)
    for ticket in _tickets(session, kinds, starts_at, ends_at) if away else ():
        hands = {
            ticket.responsible_id,
            ticket.fields.get("driver_person_id"),
            ticket.fields.get("technician_id"),
        }
        for absence in away:
            within = ticket.starts_at is not None and absence.starts_at <= ticket.starts_at < absence.ends_at
            if within and absence.person_id in hands:
                instead = f"，替班{esc(absence.stand_in.name)}" if absence.stand_in else "，没有替班"
                lines.append(f"⚠️ {esc(absence.person.name)}请假{instead}：{_said(ticket, now)}")
    return lines


def _booked(
    session: Session, kinds: tuple[str, ...], starts_at: datetime, ends_at: datetime
) -> list[tuple[Booking, Ticket]]:
    query = (
        select(Booking, Ticket)
        .join(Allocation, Allocation.id == Booking.allocation_id)
        .join(Ticket, Ticket.allocation_id == Allocation.id)
        .where(
            IS_ACTIVE,
            Booking.starts_at < ends_at,
            Booking.ends_at > starts_at,
            Ticket.kind.in_(kinds),
            Ticket.closed_at.is_(None),
        )
        .order_by(Booking.resource_id, Booking.starts_at)
    )
    return [(booking, ticket) for booking, ticket in session.execute(query).unique()]


def _tight(booked: list[tuple[Booking, Ticket]], now: datetime) -> list[str]:
    """Cars and drivers that are to leave again before they can be expected back."""
    lines: dict[str, None] = {}
    for (one, first), (other, second) in pairwise(booked):
        same = one.resource_id == other.resource_id and one.allocation_id != other.allocation_id
        if same and isinstance(one.resource, Vehicle | Driver) and other.starts_at - one.ends_at < TIGHT:
            left = int((other.starts_at - one.ends_at) / timedelta(minutes=1))
            lines[
                f"⏱ {esc(one.resource.name)} 两趟只隔 {left} 分钟：{first.number} → {_said(second, now)}"
            ] = None
    return list(lines)


def _papers(booked: list[tuple[Booking, Ticket]], now: datetime) -> list[str]:
    """Cars out on a day their inspection or insurance has run out."""
    lines: dict[str, None] = {}
    for booking, ticket in booked:
        car, day = booking.resource, to_local(booking.starts_at).date()
        if isinstance(car, Vehicle):
            for until, what in ((car.inspection_until, "年检"), (car.insurance_until, "保险")):
                if until is not None and until < day:
                    lines[f"⛔ {esc(car.name)} {what}已于 {until} 到期：{_said(ticket, now)}"] = None
    return list(lines)


def _estimated(
    session: Session, kinds: tuple[str, ...], starts_at: datetime, ends_at: datetime, now: datetime
) -> list[str]:
    marked = [t for t in _tickets(session, kinds, starts_at, ends_at) if t.needs_recheck]
    return [f"📅 放假安排未公布，日子待核：{_said(t, now)}" for t in marked]
