"""What the desk does by itself when people let a time pass: the `Timeout` rows of every kind.

Run by the calendar every few minutes in a transaction of its own. A ticket that is dealt with has left the states of its
timeout, so that a second run, or a second process, finds nothing to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from desk.models import Ticket
from handlers.kinds import Scene
from handlers.tickets import lifecycle

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from handlers.kinds import House


def run(session: Session, *, house: House, now: datetime) -> int:
    """Take every step that is due at the instant `now`; return how many were taken."""
    scene = Scene(session=session, now=now, house=house)
    taken = 0
    for kind in house.kinds:
        for timeout in kind.timeouts:
            query = select(Ticket).where(
                Ticket.kind == kind.name, Ticket.state.in_(timeout.states), Ticket.closed_at.is_(None)
            )
            query = query.order_by(Ticket.id)
            for ticket in session.scalars(query.with_for_update(skip_locked=True, of=Ticket)).all():
                at = timeout.when(ticket)
                if at is not None and at <= now and ticket.state in timeout.states:
                    lifecycle.by_itself(scene, ticket=ticket, action=timeout.action)
                    taken += 1
    return taken
