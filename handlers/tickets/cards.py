"""The card of a ticket: one message per person, rewritten as the ticket moves on.

What a card says comes from its kind (`lines`, `extra`); which buttons it bears comes from the steps the viewer may take in
the present state. When somebody must be alerted a new card is sent and the old one loses its buttons; otherwise the
latest card is edited in place, so that every other dispatcher sees who took the ticket. In quiet hours those who serve are
told when the quiet ends (handlers.tickets.held).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from desk import groups, outbox, people, quiet, tickets
from desk.instants import brief
from desk.models import OutboxMessage, OutboxStatus, Person, Purpose, Role, Ticket
from desk.outbox import Button, Message
from handlers.tickets import escalation, held
from handlers.tickets.parties import hands, is_with_dispatcher, members
from handlers.words import esc, fits, rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from handlers.kinds import Kind, Scene

# The card in a dispatchers' group: everybody there sees it, one of them takes it.
GROUP = "group"
PHONE = re.compile(r"(?<!\d)1\d{10}(?!\d)")
FINAL = (OutboxStatus.DEAD, OutboxStatus.CANCELLED)

SHOWN = (
    select(OutboxMessage)
    .where(
        OutboxMessage.ticket_id == bindparam("ticket"),
        OutboxMessage.card.is_not(None),
        OutboxMessage.status.not_in(FINAL),
    )
    .order_by(OutboxMessage.id)
)


def press(action: str, ticket: Ticket, arg: str = "") -> str:
    """Return the callback data of an action on a ticket at its present version."""
    return fits(f"t:{action}:{ticket.id}:{ticket.version}" + (f":{arg}" if arg else ""))


def compose(scene: Scene, kind: Kind, ticket: Ticket, *, party: str, lead: str = "") -> Message:
    """Return the card of `ticket` as `party` sees it; `lead` is a line above it (what just happened)."""
    if party == GROUP:
        return _for_group(scene, kind, ticket, lead=lead)
    head = f"{kind.icon} <b>{ticket.number}</b> · {esc(ticket.state)}"
    offered, choices = kind.offers(scene, ticket, party)
    lines = ([lead, ""] if lead else []) + [head, *kind.lines(scene, ticket, party), *offered]
    if ticket.fields.get("contact"):
        lines.append(f"现场联系：{esc(ticket.fields['contact'])}")
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
    elif party == "dispatcher" and ticket.closed_at is None:
        own.append(Button("联系申请人", press("contact", ticket)))
        if is_with_dispatcher(ticket) and not kind.passes_on_itself:
            own.append(Button("转交", press("menu", ticket, "pass_on")))
    return Message(text="\n".join(lines), buttons=choices + kind.extra(scene, ticket, party) + rows(own))


def _for_group(scene: Scene, kind: Kind, ticket: Ticket, *, lead: str) -> Message:
    """Return the card for a dispatchers' group: no telephone in full, one button while nobody took it, then who did."""
    taker = taken_by(scene, kind, ticket)
    is_free = taker is None and any(
        s.action == "take" and ticket.state in s.states and (s.offered is None or s.offered(scene, ticket))
        for s in kind.steps
    )
    top = lead if is_free and lead else f"✋ 已由{esc(taker.name)}处理" if taker is not None else ""
    lines = [top, ""] if top else []
    lines.append(f"{kind.icon} <b>{ticket.number}</b> · {esc(ticket.state)}")
    lines += [PHONE.sub(lambda m: people.masked_phone(m[0]), s) for s in kind.lines(scene, ticket, GROUP)]
    if ticket.closed_at is None and ticket.due_at is not None:
        lines.append(f"负责：{esc(hands(ticket))}　时限：{brief(ticket.due_at, now=scene.now)}")
    buttons = ((Button("我来处理", press("take", ticket)),),) if is_free else ()
    return Message(text="\n".join(lines), buttons=buttons)


def taken_by(scene: Scene, kind: Kind, ticket: Ticket) -> Person | None:
    """Return the dispatcher who has a ticket, or acted on it last; None while it waits in the queue."""
    if ticket.queue is not None and ticket.closed_at is None:
        return None
    if is_with_dispatcher(ticket):
        return ticket.responsible
    theirs = {s.action for s in kind.steps if "dispatcher" in s.by} | {"pass_on"}
    events = tickets.last_events(scene.session, ticket, limit=40)
    return next(
        (
            e.actor
            for e in events
            if e.action in theirs
            and e.version
            and e.actor is not None
            and e.actor.has_role(Role.DISPATCHER, kind=ticket.kind)
        ),
        None,
    )


def _requesters(kind: Kind, ticket: Ticket) -> list[Button]:
    """Return what a requester may do around a ticket of any kind."""
    found = []
    if kind.revise is not None and ticket.state in kind.changeable:
        found.append(Button("修改", press("edit", ticket)))
    if any(s.action == "cancel" and ticket.state in s.states for s in kind.steps):
        found.append(Button("取消", press("menu", ticket, "cancel")))
    if ticket.closed_at is None:
        found.append(Button("催一下", press("urge", ticket)))
        found.append(Button("给调度员留言", press("word", ticket)))
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
            **_held(scene, ticket, person),
            now=scene.now,
        )
    if party == "dispatcher" and to is None:
        _show_in_groups(scene, kind, ticket, lead=lead)


def _show_in_groups(scene: Scene, kind: Kind, ticket: Ticket, *, lead: str) -> None:
    """Send the dispatchers' groups a fresh card of a ticket that waits for somebody, or that they never saw."""
    for chat_id in groups.chats_of(scene.session, kind.name):
        if ticket.queue is None and card_in(scene.session, ticket, chat_id=chat_id) is not None:
            continue  # brought up to date with all other cards
        _retire(scene, ticket, chat_id=chat_id, party=GROUP)
        card = compose(scene, kind, ticket, party=GROUP, lead=lead)
        outbox.send(
            scene.session,
            # A group is nobody's bed: what would wait for a person only makes no sound there.
            replace(card, silent=held.until(scene, ticket, None, chat_id=chat_id) is not None),
            chat_id=chat_id,
            ticket=ticket,
            purpose=Purpose.TICKET,
            card=GROUP,
            now=scene.now,
        )


def _held(scene: Scene, ticket: Ticket, person: Person) -> dict[str, Any]:
    due = held.until(scene, ticket, person, chat_id=person.chat_id)
    return {"due_at": due, "batch": quiet.batch(due)} if due is not None else {}


def refresh(scene: Scene, kind: Kind, ticket: Ticket) -> None:
    """Rewrite every latest card of `ticket` that no longer says what is so; those shown just now already do."""
    if ticket.version == 1:
        return  # just made: whoever was shown it was shown it as it is
    stale = [row for row in _latest(scene.session, ticket) if row.ticket_version != ticket.version]
    for party in dict.fromkeys(row.card or "requester" for row in stale):
        card = compose(scene, kind, ticket, party=party)
        # Somebody taken off the ticket keeps a card without buttons; it is not theirs to follow any more.
        theirs: set[int | None] = (
            {None} if party == GROUP else {p.id for p in members(scene.session, ticket, party)}
        )
        for row in stale:
            if (row.card or "requester") == party and row.person_id in theirs:
                lead = _lead_of(row, kind, ticket) if row.created_at == scene.now else ""
                rewrite(
                    scene,
                    ticket,
                    row,
                    compose(scene, kind, ticket, party=party, lead=lead) if lead else card,
                )


def _lead_of(row: OutboxMessage, kind: Kind, ticket: Ticket) -> str:
    """Return what stands above a card: said this very moment, it is still news when another step follows at once."""
    lead, card, _ = str(row.payload.get("text") or "").partition(f"\n\n{kind.icon} <b>{ticket.number}</b>")
    return lead if card else ""


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
    latest: dict[tuple[int, str | None], OutboxMessage] = {}
    for row in session.scalars(SHOWN, {"ticket": ticket.id}):
        latest[row.chat_id, row.card] = row
    return list(latest.values())


def _retire(scene: Scene, ticket: Ticket, *, chat_id: int, party: str) -> None:
    for row in _latest(scene.session, ticket):
        if (row.chat_id, row.card) != (chat_id, party):
            continue
        if row.status == OutboxStatus.MERGED or (row.batch is not None and outbox.cancel(scene.session, row)):
            continue  # it was, or is now, never a message of its own
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
        **_held(scene, ticket, person),
        now=scene.now,
    )
