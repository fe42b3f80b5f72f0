"""Repairs on the books: who is free for a trade, what was reported twice, and what breaks again and again.

A technician's trade stands in `Person.title` (电工, 水工 …). One fault reported by several people is one job: the first
ticket leads, the later ones follow it (`parent_id`, and `fields["joined"]` so that a rework is told apart).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from desk import people
from desk.bookings import IS_ACTIVE
from desk.models import Booking, Person, Role, Ticket
from desk.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session

KIND = "repair"
# Faults of the whole house or floor: whoever reports them from whichever room reports the same one.
WIDE = re.compile("停电|断电|停水|停暖|断网|没网|整层|全楼|跑水|爆")


def technicians(session: Session, trades: Iterable[str]) -> list[Person]:
    """Return the technicians of these trades, the best to send first.

    Earlier trades go first; then those on duty whom a message reaches, then those with the fewest open jobs.
    """
    wanted = list(trades)
    found = [
        (_rank(p, wanted), p)
        for p in people.people_with(session, Role.TECHNICIAN, kind=KIND)
        if _rank(p, wanted) < len(wanted)
    ]
    load = open_jobs(session)
    found.sort(key=lambda f: (not is_ready(f[1]), f[0], load.get(f[1].id, 0), f[1].id))
    return [p for _, p in found]


def _rank(person: Person, trades: Sequence[str]) -> int:
    return next((i for i, trade in enumerate(trades) if trade in person.title), len(trades))


def is_ready(person: Person) -> bool:
    """Say whether a job sent to the technician would reach somebody on duty."""
    return people.is_reachable(person) and not person.habits.get("off_duty")


def open_jobs(session: Session) -> dict[int, int]:
    """Return how many open repairs each person answers for, by the person's id."""
    query = (
        select(Ticket.responsible_id, func.count())
        .where(Ticket.kind == KIND, Ticket.closed_at.is_(None), Ticket.responsible_id.is_not(None))
        .group_by(Ticket.responsible_id)
    )
    return {int(person): int(count) for person, count in session.execute(query) if person is not None}


# ── places in a ticket's fields ─────────────────────────────────────────────────────────────────────


def place_of(fields: dict[str, Any]) -> Place:
    """Return the place a ticket's fields hold."""
    kept = fields.get("place") or {}
    return Place(
        building=str(kept.get("building") or ""),
        floor=int(kept.get("floor") or 0),
        room=str(kept.get("room") or ""),
        spot=str(kept.get("spot") or ""),
        room_id=kept.get("room_id"),
    )


def is_one_fault(fields: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say whether two reports tell of the same fault: the same thing at the same spot."""
    if not fields.get("thing") or fields["thing"] != other.get("thing"):
        return False
    here, there = place_of(fields), place_of(other)
    if fields["thing"] == "电梯":
        return here.building == there.building
    if not (_agree(fields, other, "object") or _agree(fields, other, "fault")):
        return False
    both_wide = WIDE.search(_what(fields)) and WIDE.search(_what(other))
    return here.is_same(there) or bool(both_wide and here.is_same_floor(there))


def _what(fields: dict[str, Any]) -> str:
    return f"{fields.get('object') or ''}{fields.get('fault') or ''}"


def _agree(fields: dict[str, Any], other: dict[str, Any], key: str) -> bool:
    """Say whether both name the same thing (灯 and 吸顶灯) or the same fault, or one of them does not say."""
    one, two = str(fields.get(key) or ""), str(other.get(key) or "")
    pairs = {one[i : i + 2] for i in range(len(one) - 1)}
    return one in two or two in one or any(pair in two for pair in pairs)


# ── clusters, reworks, repeats ──────────────────────────────────────────────────────────────────────


def twin(session: Session, fields: dict[str, Any], *, since: datetime) -> Ticket | None:
    """Return the open ticket, made at `since` or later, that already tells of this fault; of a cluster the leading one."""
    query = select(Ticket).where(
        Ticket.kind == KIND,
        Ticket.closed_at.is_(None),
        Ticket.created_at >= since,
        Ticket.fields["thing"].as_string() == fields.get("thing"),
    )
    for ticket in session.scalars(query.order_by(Ticket.id)):
        if ticket.state == "待验收" or ticket.fields.get("joined"):
            continue
        if ticket.fields.get("level") != "P4" and is_one_fault(fields, ticket.fields):
            return ticket
    return None


def followers(session: Session, lead: Ticket) -> list[Ticket]:
    """Return the open tickets that follow `lead`, oldest first."""
    query = select(Ticket).where(Ticket.parent_id == lead.id, Ticket.kind == KIND, Ticket.closed_at.is_(None))
    return [t for t in session.scalars(query.order_by(Ticket.id)) if t.fields.get("joined")]


def earlier(session: Session, fields: dict[str, Any], *, since: datetime) -> list[Ticket]:
    """Return the closed repairs since an instant of the same thing at the same spot, newest first; clusters count once."""
    query = (
        select(Ticket)
        .where(
            Ticket.kind == KIND,
            Ticket.state == "已办结",
            Ticket.created_at >= since,
            Ticket.fields["thing"].as_string() == fields.get("thing"),
        )
        .order_by(Ticket.id.desc())
        .limit(2000)
    )
    return [
        t
        for t in session.scalars(query)
        if not t.fields.get("joined")
        and place_of(t.fields).is_known
        and place_of(fields).is_same(place_of(t.fields))
    ]


def meeting_soon(session: Session, place: Place, *, now: datetime, within: timedelta) -> bool:
    """Say whether the place is a room with a booking that runs now or begins within a span."""
    if place.room_id is None:
        return False
    query = select(Booking.id).where(
        Booking.resource_id == place.room_id,
        IS_ACTIVE,
        Booking.starts_at <= now + within,
        Booking.ends_at > now,
    )
    return session.scalar(query.limit(1)) is not None
