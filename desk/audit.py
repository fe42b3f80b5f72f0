"""Sealing the history, so that a rewritten line shows even if it was rewritten past the database's own guards.

Every few minutes the new events are hashed in the order of their numbers, together with the seal before: a chain. Whoever
changes, removes or slips in an event afterwards would have to make every later seal anew; and a seal's hash that was noted
elsewhere (it is in the log) then no longer occurs. Sealing is no part of anybody's request, so it costs nobody time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import func, select, text

from desk.copying import spelled
from desk.models import AuditSeal, TicketEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.orm import Session

log = structlog.get_logger(__name__)

# Events of one seal at most, and seals made in one go.
SEALED_TOGETHER = 1000
SEALS_AT_ONCE = 50
BEGINNING = "0" * 64
# Below every number the database gives out, and every number somebody might slip in.
BEFORE_ALL = -(2**62)
# Named one by one: a column added to the events later must not change what was sealed before.
COLUMNS = (
    TicketEvent.id,
    TicketEvent.ticket_id,
    TicketEvent.at,
    TicketEvent.actor_id,
    TicketEvent.action,
    TicketEvent.version,
    TicketEvent.state_before,
    TicketEvent.state_after,
    TicketEvent.reason,
    TicketEvent.details,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A seal that does not fit the events it covers: those after `after_event_id` up to `up_to_event_id`."""

    seal_id: int
    after_event_id: int
    up_to_event_id: int
    # How many events were sealed, and how many there are now.
    sealed: int
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What verifying found. `hash` is the newest seal's."""

    seals: int
    events: int
    unsealed: int
    hash: str
    breaks: tuple[Break, ...]


def seal(session: Session, *, now: datetime) -> int:
    """Extend the chain over the events that are not sealed yet; return how many were."""
    if _newest(session)[0] >= (session.scalar(select(func.max(TicketEvent.id))) or BEFORE_ALL):
        return 0
    _wait_for_writers(session)
    after, chained = _newest(session)
    sealed = 0
    fresh = _events(session, after=after, limit=SEALED_TOGETHER * SEALS_AT_ONCE)
    while batch := list(islice(fresh, SEALED_TOGETHER)):
        chained = _chain(chained, batch)
        up_to = batch[-1]["id"]
        session.add(AuditSeal(up_to_event_id=up_to, events=len(batch), hash=chained, sealed_at=now))
        # One by one: their numbers are their order.
        session.flush()
        sealed += len(batch)
        log.info("audit_sealed", up_to_event_id=up_to, events=len(batch), hash=chained)
    return sealed


def verify(session: Session) -> Verdict:
    """Hash the whole history again and compare it with the seals."""
    breaks: list[Break] = []
    after, chained, seals, events = BEFORE_ALL, BEGINNING, 0, 0
    for one in session.scalars(select(AuditSeal).order_by(AuditSeal.id)).all():
        found = list(_events(session, after=after, up_to=one.up_to_event_id))
        if _chain(chained, found) != one.hash or one.up_to_event_id <= after:
            breaks.append(
                Break(
                    seal_id=one.id,
                    after_event_id=max(after, 0),
                    up_to_event_id=one.up_to_event_id,
                    sealed=one.events,
                    found=len(found),
                )
            )
        # On from what was sealed, so that one rewritten line is one break and not all that follow.
        after, chained = max(after, one.up_to_event_id), one.hash
        seals, events = seals + 1, events + len(found)
    rest = session.scalar(select(func.count()).select_from(TicketEvent).where(TicketEvent.id > after)) or 0
    return Verdict(seals=seals, events=events, unsealed=rest, hash=chained, breaks=tuple(breaks))


def has_seal(session: Session, known: str) -> bool:
    """Say whether a hash noted earlier still is one of the seals."""
    wanted = known.strip().lower()
    return session.scalar(select(AuditSeal.id).where(AuditSeal.hash == wanted)) is not None


def _newest(session: Session) -> tuple[int, str]:
    newest = select(AuditSeal.up_to_event_id, AuditSeal.hash).order_by(AuditSeal.id.desc()).limit(1)
    found = session.execute(newest).one_or_none()
    return (found[0], found[1]) if found else (BEFORE_ALL, BEGINNING)


def _chain(before: str, events: Iterable[RowMapping]) -> str:
    whole = hashlib.sha256(before.encode())
    for event in events:
        whole.update(b"\n" + spelled(dict(event)).encode())
    return whole.hexdigest()


def _events(
    session: Session, *, after: int, up_to: int | None = None, limit: int | None = None
) -> Iterator[Any]:
    query = select(*COLUMNS).where(TicketEvent.id > after).order_by(TicketEvent.id)
    if up_to is not None:
        query = query.where(TicketEvent.id <= up_to)
    return iter(session.execute(query.limit(limit)).mappings())


def _wait_for_writers(session: Session) -> None:
    """Make sure that no event with a smaller number is still to be committed; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE audit_seals IN EXCLUSIVE MODE"))
        session.execute(text("LOCK TABLE ticket_events IN SHARE MODE"))
