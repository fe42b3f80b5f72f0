"""Showing tickets: one as its card with the latest of its history, several as a list with a button each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import outbox, tickets
from desk.instants import brief, spoken
from desk.models import Purpose
from desk.outbox import Button, Message
from handlers.tickets import cards
from handlers.tickets.parties import hands
from handlers.words import esc, fits, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desk.models import Person, Ticket, TicketEvent
    from handlers.desk_side import Stage


def show_tickets(stage: Stage, found: Sequence[Ticket]) -> None:
    """Show one ticket as its card, or several as a list with a button each."""
    if len(found) == 1:
        show_ticket(stage, found[0])
        return
    lines = [one_line(stage, t) for t in found]
    buttons = [button(t, verb="see") for t in found]
    stage.say(Message(text="您的单子：\n" + "\n".join(lines), buttons=rows(buttons, width=1)))


def button(ticket: Ticket, *, verb: str) -> Button:
    """Return the button that names a ticket so that it is told from others of its kind."""
    return Button(f"{ticket.number} {headline(ticket) or ticket.state}"[:40], fits(f"q:{verb}:{ticket.id}"))


def headline(ticket: Ticket) -> str:
    """Return what a ticket is about in a few words."""
    f = ticket.fields
    named = f.get("destination") or f.get("room_name") or f.get("visitor_org")
    return str(named or " ".join(str(f[k]) for k in ("location", "object", "fault") if f.get(k)))


def one_line(stage: Stage, ticket: Ticket) -> str:
    """Return a ticket in one line."""
    kind = stage.house.kinds.get(ticket.kind)
    icon = kind.icon if kind else "•"
    at = f" {spoken(ticket.starts_at, now=stage.scene.now)}" if ticket.starts_at else ""
    f, what = ticket.fields, headline(ticket)
    car = f"，{f['plate']} {f.get('driver') or ''}" if f.get("plate") else ""
    owner = f"，{hands(ticket)}负责" if ticket.closed_at is None else ""
    return f"{icon} {ticket.number} <b>{esc(ticket.state)}</b>{at} {esc(what)}{esc(car)}{esc(owner)}"


def show_ticket(stage: Stage, ticket: Ticket) -> None:
    """Show a ticket's card as this person sees it, with its latest history."""
    kind = stage.house.kinds[ticket.kind]
    party = party_for(stage.person, ticket)
    message = cards.compose(stage.scene, kind, ticket, party=party)
    history = "\n".join(
        _event_line(stage, e) for e in reversed(tickets.last_events(stage.scene.session, ticket, limit=4))
    )
    cards.withdraw(stage.scene, ticket, stage.person, party=party)
    outbox.send(
        stage.scene.session,
        Message(text=f"{message.text}\n\n<i>经过</i>\n{history}", buttons=message.buttons),
        chat_id=stage.chat_id,
        person=stage.person,
        ticket=ticket,
        purpose=Purpose.TICKET,
        card=party,
        now=stage.scene.now,
    )


def party_for(person: Person, ticket: Ticket) -> str:
    """Return the part in which somebody sees a ticket: their own request first."""
    if ticket.requester_id == person.id:
        return "requester"
    for party, field in (
        ("driver", "driver_person_id"),
        ("technician", "technician_id"),
        ("approver", "approver_id"),
    ):
        if ticket.fields.get(field) == person.id:
            return party
    return "dispatcher"


COMMON_ACTIONS = {
    "submit": "提交",
    "revise": "修改",
    "urge": "催办",
    "complain": "反映问题",
    "noted": "知道了提醒",
    "message": "留言",
    "pass_on": "转交",
    "hand_over": "交班",
    "leave": "交出",
}


def _event_line(stage: Stage, event: TicketEvent) -> str:
    who = event.actor.name if event.actor else "服务台"
    own = stage.house.kinds.get(event.ticket.kind)
    # Kinds share names of actions (assign: 派车, 派工); the ticket's own kind has the last word.
    kinds = [*stage.house.kinds, *([own] if own else [])]
    steps = {s.action: s.word or s.label for k in kinds for s in k.steps if s.word or s.label}
    what = COMMON_ACTIONS.get(event.action) or steps.get(event.action, event.action)
    words = f"「{event.reason[:30]}」" if event.action == "message" else ""
    return f"{brief(event.at, now=stage.scene.now)} {esc(who)} {esc(what)}{esc(words)}"
