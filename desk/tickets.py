"""Tickets: numbers, histories, and finding the one somebody means.

A ticket changes only through `change`, which demands one responsible person or queue and a due time while it is
open, raises its version, and appends the event that tells who did what and why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, bindparam, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import lazyload, object_session

from desk.instants import to_local
from desk.models import Person, Ticket, TicketCounter, TicketEvent

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from sqlalchemy import Table
    from sqlalchemy.orm import Session


COUNTERS: Table = TicketCounter.__table__  # type: ignore[assignment]
COUNT_ON = {
    name: dialect.insert(COUNTERS)
    .on_conflict_do_update(index_elements=[COUNTERS.c.prefix], set_={"last": COUNTERS.c.last + 1})
    .returning(COUNTERS.c.last)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def next_number(session: Session, *, prefix: str, now: datetime) -> str:
    """Return the next number of the local day: `YC-20261124-001`. The counter row serialises concurrent callers."""
    key = f"{prefix}-{to_local(now):%Y%m%d}"
    last = session.scalar(COUNT_ON[session.get_bind().dialect.name], {"prefix": key, "last": 1})
    return f"{key}-{last:03d}"


def open_ticket(
    session: Session,
    *,
    prefix: str,
    kind: str,
    state: str,
    requester: Person,
    fields: dict[str, Any],
    starts_at: datetime | None,
    ends_at: datetime | None,
    due_at: datetime,
    queue: str | None = None,
    responsible: Person | None = None,
    user_name: str = "",
    parent: Ticket | None = None,
    now: datetime,
) -> Ticket:
    """Create a ticket with its first event. Give a queue or a responsible person, never both."""
    ticket = Ticket(
        number=next_number(session, prefix=prefix, now=now),
        kind=kind,
        state=state,
        requester_id=requester.id,
        requester=requester,
        user_name=user_name,
        queue=queue,
        responsible_id=responsible.id if responsible else None,
        responsible=responsible,
        due_at=due_at,
        starts_at=starts_at,
        ends_at=ends_at,
        fields=fields,
        parent_id=parent.id if parent else None,
        version=1,
        created_at=now,
        updated_at=now,
    )
    session.add(ticket)
    session.flush()
    _append(session, ticket, actor=requester, action="submit", before="", now=now, details=dict(fields))
    return ticket


def change(
    session: Session,
    ticket: Ticket,
    *,
    actor: Person | None,
    action: str,
    now: datetime,
    state: str | None = None,
    responsible: Person | None = None,
    queue: str | None = None,
    due_at: datetime | None = None,
    close: bool = False,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """Move a ticket on: new state, new hands, new due time; the version rises and the history grows by one line.

    Without `responsible` and `queue` the hands stay as they are. `actor` None is the desk itself.
    """
    before = ticket.state
    ticket.state = state or ticket.state
    if responsible is not None:
        ticket.responsible, ticket.queue = responsible, None
    elif queue is not None:
        ticket.responsible, ticket.queue = None, queue
    ticket.due_at = due_at or ticket.due_at
    ticket.closed_at = now if close else ticket.closed_at
    ticket.updated_at = now
    ticket.version += 1
    session.flush()
    _append(
        session, ticket, actor=actor, action=action, before=before, now=now, reason=reason, details=details
    )


def _append(
    session: Session,
    ticket: Ticket,
    *,
    actor: Person | None,
    action: str,
    before: str,
    now: datetime,
    reason: str = "",
    details: dict[str, Any] | None = None,
    remark: bool = False,
) -> None:
    session.add(
        TicketEvent(
            ticket_id=ticket.id,
            at=now,
            actor_id=actor.id if actor else None,
            action=action,
            version=0 if remark else ticket.version,
            state_before=before,
            state_after=ticket.state,
            reason=reason,
            details=details or {},
        )
    )
    session.flush()


def note(
    session: Session,
    ticket: Ticket,
    *,
    actor: Person | None,
    action: str,
    now: datetime,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """Append a line to the history that changes nothing else (urged, photo added, comment)."""
    _append(
        session,
        ticket,
        actor=actor,
        action=action,
        before=ticket.state,
        now=now,
        reason=reason,
        details=details,
        remark=True,
    )


def by_number(session: Session, number: str) -> Ticket | None:
    """Return the ticket of exactly this number."""
    return session.scalar(select(Ticket).where(Ticket.number == number.upper()))


# A person's own tickets name that person as requester, who is at hand; whoever answers for them is looked up where
# somebody wants to know, which is seldom.
OWN = (
    select(Ticket)
    .where(Ticket.requester_id == bindparam("person"))
    .order_by(Ticket.id.desc())
    .limit(bindparam("most", type_=Integer))
    .options(lazyload(Ticket.requester), lazyload(Ticket.responsible))
)
OWN_OPEN = OWN.where(Ticket.closed_at.is_(None))
OF_KIND = Ticket.kind == bindparam("kind")
OWN_OF_KIND, OWN_OPEN_OF_KIND = OWN.where(OF_KIND), OWN_OPEN.where(OF_KIND)
IN_HANDS = (
    select(Ticket)
    .where(Ticket.responsible_id == bindparam("person"), Ticket.closed_at.is_(None))
    .order_by(Ticket.due_at)
    .limit(bindparam("most", type_=Integer))
    .options(lazyload(Ticket.responsible))
)
ANY_OF = (
    select(Ticket.id)
    .where(
        or_(Ticket.requester_id == bindparam("person"), Ticket.responsible_id == bindparam("person")),
        Ticket.kind.in_(bindparam("kinds", expanding=True)),
    )
    .limit(1)
)


def open_of(session: Session, person: Person, *, kind: str | None = None, limit: int = 40) -> list[Ticket]:
    """Return the person's open requests, newest first; the limit leaves room for a row of meetings."""
    values = {"person": person.id, "kind": kind, "most": limit}
    return list(session.scalars(OWN_OPEN_OF_KIND if kind else OWN_OPEN, values))


def heads(found: list[Ticket], *, day: date | None = None) -> list[Ticket]:
    """Leave out the child tickets of another kind whose parent is among `found`: they change and fall with it.

    Of a row of meetings only the one on `day` (local) stays, or else the next one; whoever acts on it is asked about the others.
    """
    kinds = {t.id: t.kind for t in found}
    rows = [t for t in found if t.fields.get("series") and t.starts_at]
    next_of: dict[object, Ticket] = {}
    for ticket in sorted(rows, key=lambda t: (_local_day(t) != day, str(t.starts_at))):
        next_of.setdefault(ticket.fields["series"], ticket)
    return [
        t
        for t in found
        if kinds.get(t.parent_id or 0, t.kind) == t.kind and next_of.get(t.fields.get("series"), t) is t
    ]


def _local_day(ticket: Ticket) -> date | None:
    return to_local(ticket.starts_at).date() if ticket.starts_at else None


def latest_of(session: Session, person: Person, *, kind: str | None = None, limit: int = 5) -> list[Ticket]:
    """Return the person's latest requests, open or closed, newest first."""
    values = {"person": person.id, "kind": kind, "most": limit}
    return list(session.scalars(OWN_OF_KIND if kind else OWN, values))


def in_hands_of(session: Session, person: Person, *, limit: int = 20) -> list[Ticket]:
    """Return the open tickets this person answers for, the most urgent first."""
    return list(session.scalars(IN_HANDS, {"person": person.id, "most": limit}))


def has_any(session: Session, person: Person, kinds: Collection[str]) -> bool:
    """Say whether the person ever asked for something of these kinds, or has such a ticket in their hands."""
    return session.scalar(ANY_OF, {"person": person.id, "kinds": list(kinds)}) is not None


def in_queue(session: Session, queue: str, *, limit: int = 20) -> list[Ticket]:
    """Return the open tickets waiting in a queue, the most urgent first."""
    query = select(Ticket).where(Ticket.queue == queue, Ticket.closed_at.is_(None))
    return list(session.scalars(query.order_by(Ticket.due_at).limit(limit)))


def entered_at(ticket: Ticket) -> datetime:
    """Return the instant at which a ticket came into its present state."""
    query = select(TicketEvent.at).where(
        TicketEvent.ticket_id == ticket.id,
        TicketEvent.state_after == ticket.state,
        TicketEvent.state_before != ticket.state,
    )
    session = object_session(ticket)
    at = session.scalar(query.order_by(TicketEvent.id.desc()).limit(1)) if session is not None else None
    return at or ticket.created_at


def last_events(session: Session, ticket: Ticket, *, limit: int = 20) -> list[TicketEvent]:
    """Return the newest events of a ticket, newest first."""
    query = select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.id.desc())
    return list(session.scalars(query.limit(limit)))


def by_state(session: Session) -> dict[tuple[str, str], int]:
    """Return how many tickets there are, by (kind, state)."""
    counted = select(Ticket.kind, Ticket.state, func.count()).group_by(Ticket.kind, Ticket.state)
    return {(kind, state): count for kind, state, count in session.execute(counted)}
