"""The card of a ticket: one message per person, rewritten as the ticket moves on.

What a card says comes from its kind (`lines`, `extra`); which buttons it bears comes from the steps the viewer may take in
the present state. When somebody must be alerted a new card is sent and the old one loses its buttons; otherwise the
latest card is edited in place, so that every other dispatcher sees who took the ticket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import outbox
from desk.instants import brief
from desk.models import OutboxMessage, OutboxStatus, Person, Purpose, Ticket
from desk.outbox import Button, Message
from handlers import escalation
from handlers.parties import hands, members
from handlers.words import esc, fits, rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from handlers.kinds import Kind, Scene

FINAL = (OutboxStatus.DEAD, OutboxStatus.CANCELLED)


def press(action: str, ticket: Ticket, arg: str = "") -> str:
    """Return the callback data of an action on a ticket at its present version."""
    return fits(f"t:{action}:{ticket.id}:{ticket.version}" + (f":{arg}" if arg else ""))


def compose(scene: Scene, kind: Kind, ticket: Ticket, *, party: str, lead: str = "") -> Message:
    """Return the card of `ticket` as `party` sees it; `lead` is a line above it (what just happened)."""
    head = f"{kind.icon} <b>{ticket.number}</b> · {esc(ticket.state)}"
    offered, choices = kind.offers(scene, ticket, party)
    lines = ([lead, ""] if lead else []) + [head, *kind.lines(scene, ticket, party), *offered]
    if ticket.closed_at is None and ticket.due_at is not None:
        level = escalation.card_line(scene, ticket)
        lines.append(f"负责：{esc(hands(ticket))}　时限：{brief(ticket.due_at, now=scene.now)}{level}")
    own = [
        Button(step.label, press(step.action, ticket))
        for step in kind.steps
        if step.label
        and ticket.state in step.states
        and _may(step.by, party, ticket)
        and (step.offered is None or step.offered(scene, ticket))
    ]
    if party == "requester":
        own += _requesters(kind, ticket)
    return Message(text="\n".join(lines), buttons=choices + kind.extra(scene, ticket, party) + rows(own))


def _requesters(kind: Kind, ticket: Ticket) -> list[Button]:
    """Return what a requester may do around a ticket of any kind."""
    found = []
    if kind.revise is not None and ticket.state in kind.changeable:
        found.append(Button("修改", press("edit", ticket)))
    if any(s.action == "cancel" and ticket.state in s.states for s in kind.steps):
        found.append(Button("取消", press("menu", ticket, "cancel")))
    if ticket.closed_at is None:
        found.append(Button("催一下", press("urge", ticket)))
    return found


def _may(by: tuple[str, ...], party: str, ticket: Ticket) -> bool:
    if party in by:
        return True
    # "responsible" is shown on the card of the party whose hands the ticket is in.
    return "responsible" in by and party == "dispatcher" and ticket.queue is None


def show(
    scene: Scene,
    kind: Kind,
    ticket: Ticket,
    *,
    party: str,
    to: Iterable[Person] | None = None,
    lead: str = "",
) -> None:
    """Send everyone of `party` (or only `to`) a fresh card; cards sent to them before lose their buttons."""
    card = compose(scene, kind, ticket, party=party, lead=lead)
    for person in to if to is not None else members(scene.session, ticket, party):
        if person.chat_id is None:
            continue
        _retire(scene, ticket, chat_id=person.chat_id, party=party)
        outbox.send(
            scene.session,
            card,
            chat_id=person.chat_id,
            person=person,
            ticket=ticket,
            purpose=Purpose.TICKET,
            card=party,
            now=scene.now,
        )


def refresh(scene: Scene, kind: Kind, ticket: Ticket) -> None:
    """Rewrite every latest card of `ticket` that no longer says what is so; those shown just now already do."""
    stale = [row for row in _latest(scene.session, ticket) if row.ticket_version != ticket.version]
    for party in dict.fromkeys(row.card or "requester" for row in stale):
        card = compose(scene, kind, ticket, party=party)
        # Somebody taken off the ticket keeps a card without buttons; it is not theirs to follow any more.
        theirs = {p.id for p in members(scene.session, ticket, party)}
        for row in stale:
            if (row.card or "requester") == party and row.person_id in theirs:
                rewrite(scene, ticket, row, card)


def rewrite(scene: Scene, ticket: Ticket, row: OutboxMessage, message: Message) -> None:
    """Owe the edit that makes the message of `row` say `message`, unless it already does."""
    payload = row.payload
    same = payload.get("text") == message.text and payload.get("buttons") == [
        [{"label": b.label, "data": b.data} for b in line] for line in message.buttons
    ]
    if not same:
        outbox.send(
            scene.session,
            message,
            chat_id=row.chat_id,
            person=scene.session.get(Person, row.person_id) if row.person_id else None,
            ticket=ticket,
            purpose=Purpose.TICKET,
            edits=row,
            card=row.card,
            now=scene.now,
        )


def card_in(session: Session, ticket: Ticket, *, chat_id: int) -> OutboxMessage | None:
    """Return the latest card of `ticket` in a chat."""
    return next((r for r in reversed(_latest(session, ticket)) if r.chat_id == chat_id), None)


def _latest(session: Session, ticket: Ticket) -> list[OutboxMessage]:
    query = select(OutboxMessage).where(
        OutboxMessage.ticket_id == ticket.id,
        OutboxMessage.card.is_not(None),
        OutboxMessage.status.not_in(FINAL),
    )
    latest: dict[tuple[int, str | None], OutboxMessage] = {}
    for row in session.scalars(query.order_by(OutboxMessage.id)):
        latest[row.chat_id, row.card] = row
    return list(latest.values())


def _retire(scene: Scene, ticket: Ticket, *, chat_id: int, party: str) -> None:
    for row in _latest(scene.session, ticket):
        if (row.chat_id, row.card) != (chat_id, party):
            continue
        if row.payload.get("buttons"):
            bare = Message(text=row.payload["text"])
            outbox.send(
                scene.session,
                bare,
                chat_id=chat_id,
                ticket=ticket,
                purpose=Purpose.TICKET,
                edits=row,
                now=scene.now,
            )


def withdraw(scene: Scene, ticket: Ticket, person: Person, *, party: str) -> None:
    """Take the buttons off the card of somebody who no longer has this part in the ticket."""
    if person.chat_id is not None:
        _retire(scene, ticket, chat_id=person.chat_id, party=party)


def tell(scene: Scene, ticket: Ticket, *, party: str, text: str, besides: Person | None = None) -> None:
    """Send everyone of `party` a plain message about `ticket`."""
    for person in members(scene.session, ticket, party):
        if besides is None or person.id != besides.id:
            tell_person(scene, ticket, person, text)


def tell_person(scene: Scene, ticket: Ticket, person: Person, text: str) -> None:
    """Send one person a plain message about `ticket`; nothing for somebody without a chat."""
    if person.chat_id is None:
        return
    outbox.send(
        scene.session,
        Message(text=text),
        chat_id=person.chat_id,
        person=person,
        ticket=ticket,
        purpose=Purpose.TICKET,
        now=scene.now,
    )
