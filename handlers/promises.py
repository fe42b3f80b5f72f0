"""Keeping promises: the reminders a ticket owes, written anew whenever it moves.

Reminders are outbox rows that remember the ticket's version. Every change withdraws those still waiting and writes the
ones owed in the new state, so a moved trip moves its reminders and a cancelled one takes them along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import outbox
from desk.models import Purpose
from desk.outbox import Message
from handlers.parties import members

if TYPE_CHECKING:
    from desk.models import Ticket
    from handlers.kinds import Kind, Scene


def renew(scene: Scene, kind: Kind, ticket: Ticket) -> None:
    """Withdraw the waiting reminders of `ticket` and owe those of its present state that are still to come."""
    outbox.cancel_reminders(scene.session, ticket)
    if ticket.closed_at is not None:
        return
    for promise in kind.promises:
        at = promise.when(ticket) if ticket.state in promise.states else None
        if at is None or at <= scene.now:
            continue
        for party in promise.to:
            for person in members(scene.session, ticket, party):
                outbox.send(
                    scene.session,
                    Message(text=promise.text(ticket, party, at), buttons=promise.buttons(ticket, party)),
                    chat_id=person.chat_id or 0,
                    person=person,
                    ticket=ticket,
                    purpose=Purpose.REMINDER,
                    due_at=at,
                    dedupe_key=f"r:{ticket.id}:{ticket.version}:{promise.name}:{party}:{person.id}",
                    now=scene.now,
                )
