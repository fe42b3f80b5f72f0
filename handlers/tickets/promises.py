"""Keeping promises: the reminders a ticket owes, written anew whenever it moves.

Reminders are outbox rows that remember the ticket's version. Every change withdraws those still waiting and writes the
ones owed in the new state, so a moved trip moves its reminders and a cancelled one takes them along. What falls into quiet
hours waits for their end, unless it is an emergency or would then come too late to be of use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from desk import outbox, quiet
from desk.models import OutboxMessage, OutboxStatus, Person, Purpose
from desk.outbox import Message
from handlers.tickets import catalogue, escalation, held

if TYPE_CHECKING:
    from datetime import datetime

    from desk.models import Ticket
    from handlers.kinds import Kind, Promise, Scene


def renew(scene: Scene, kind: Kind, ticket: Ticket) -> None:
    """Withdraw the waiting reminders of `ticket` and owe those of its present state that are still to come."""
    standing = _standing(scene, ticket)
    if standing.any_waits:
        outbox.cancel_reminders(scene.session, ticket)
    for promise in catalogue.promises(kind, calendar=scene.house.calendar):
        _owe(scene, ticket, promise, standing)
    for stage in escalation.owed(scene, kind, ticket):
        _owe(scene, ticket, stage, standing, once=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """The reminders of a ticket as they were: their keys without the version, those said, those late but not yet said."""

    said: frozenset[str]
    said_now: frozenset[str]
    late: frozenset[str]
    any_waits: bool


WRITTEN = select(OutboxMessage.dedupe_key, OutboxMessage.status, OutboxMessage.due_at).where(
    OutboxMessage.ticket_id == bindparam("ticket"),
    OutboxMessage.purpose == Purpose.REMINDER,
    OutboxMessage.status != OutboxStatus.CANCELLED,
)


def _standing(scene: Scene, ticket: Ticket) -> _Standing:
    found = scene.session.execute(WRITTEN, {"ticket": ticket.id}).all()
    # A snoozed reminder has a key of its own kind, with nothing to be written anew.
    rows = [(key, status, due) for key, status, due in found if key is not None and key.startswith("r:")]
    waiting = OutboxStatus.PENDING
    return _Standing(
        said=frozenset(_unversioned(key) for key, status, _ in rows if status != waiting),
        said_now=frozenset(key for key, status, _ in rows if status != waiting),
        late=frozenset(
            _unversioned(key) for key, status, due in rows if status == waiting and due <= scene.now
        ),
        any_waits=any(status == waiting for _, status, _ in found),
    )


def _key(ticket: Ticket, promise: Promise, party: str, person: Person) -> str:
    return f"r:{ticket.id}:{ticket.version}:{promise.name}:{party}:{person.id}"


def _unversioned(key: str) -> str:
    parts = key.split(":")
    return ":".join(parts[:2] + parts[3:])


def _owe(scene: Scene, ticket: Ticket, promise: Promise, standing: _Standing, *, once: bool = False) -> None:
    """Owe one promise to everybody it is made to; `once`: only to whom it was never kept, whatever the version."""
    at = promise.when(ticket) if ticket.state in promise.states else None
    if at is None:
        return
    due = when_said(scene, ticket, promise, at)
    for party in promise.to:
        for person in escalation.people_of(scene, ticket, party, at=due):
            key = _key(ticket, promise, party, person)
            if key in standing.said_now or (once and _unversioned(key) in standing.said):
                continue
            # What should have gone out just now, and had not yet, is still owed.
            if due > scene.now or _unversioned(key) in standing.late:
                _write(scene, ticket, promise, party, person, due=due, key=key, is_held=due != at)


def when_said(scene: Scene, ticket: Ticket, promise: Promise, at: datetime) -> datetime:
    """Return the instant at which a promise due at `at` is kept, by the rules of quiet hours."""
    passes = promise.passes_quiet(ticket) or held.is_emergency(scene, ticket)
    due = quiet.allowed_at(at, calendar=scene.house.calendar, urgent=passes)
    # Held until after the very thing it speaks of it would be of no use: 「还有 10 分钟」 is said at any hour.
    if any(m is not None and at <= m <= due for m in (ticket.starts_at, ticket.ends_at)):
        return at
    # Over lunch nobody is chased, but what is coming is announced in time.
    chases = promise.chases or ticket.starts_at is None or at > ticket.starts_at or at == ticket.due_at
    return due if chases or quiet.is_night(at) else at


def _write(
    scene: Scene,
    ticket: Ticket,
    promise: Promise,
    party: str,
    person: Person,
    *,
    due: datetime,
    key: str,
    is_held: bool,
) -> None:
    text = promise.text(ticket, party, due)
    late = promise.late(ticket, party, due) if promise.late is not None else text
    row = outbox.send(
        scene.session,
        Message(text=text, buttons=promise.buttons(ticket, party)),
        chat_id=person.chat_id or 0,
        person=person,
        ticket=ticket,
        purpose=Purpose.REMINDER,
        due_at=due,
        dedupe_key=key,
        batch=quiet.batch(due) if is_held else None,
        useful_until=promise.use_by(ticket),
        also={outbox.LATE: late} if late != text else None,
        now=scene.now,
    )
    name_itself(row)


def name_itself(row: OutboxMessage) -> None:
    """Fill the id of a reminder into the buttons that speak to it."""
    if any(catalogue.OWN_ID in b["data"] for line in row.payload.get("buttons", []) for b in line):
        row.payload = {**row.payload, "buttons": [_named(line, row.id) for line in row.payload["buttons"]]}


def _named(line: list[dict[str, Any]], row_id: int) -> list[dict[str, Any]]:
    return [{**b, "data": b["data"].replace(catalogue.OWN_ID, str(row_id))} for b in line]
