"""受理: a dispatcher takes a ticket out of the queue into their own hands, and the first one to do so has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.errors import Conflict, NotAllowed
from handlers.kinds import Move
from handlers.tickets.parties import hands

if TYPE_CHECKING:
    from desk.models import Ticket
    from handlers.kinds import Deed, Scene


def take(deed: Deed) -> Move:
    """Put the ticket into the actor's hands. Raises Conflict when somebody has it already."""
    scene, ticket = deed.scene, deed.ticket
    if scene.actor is None:
        raise NotAllowed("不知道是谁在操作")
    if ticket.responsible_id == scene.actor.id:
        raise Conflict("这张单子已经在您手里了")
    if ticket.queue is None:
        raise Conflict(f"{ticket.number} 已由{hands(ticket)}负责，不用再受理了")
    return Move(responsible=scene.actor)


def waits(_scene: Scene, ticket: Ticket) -> bool:
    """Say whether nobody has taken the ticket yet."""
    return ticket.queue is not None
