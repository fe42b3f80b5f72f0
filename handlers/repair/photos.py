"""Photos go where they are of use: the reporter's to whoever mends it, the technician's to whoever reported it.

A job that is given to somebody else takes its photos along; nobody gets the same one twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import outbox
from desk.models import Attachment, OutboxMessage, Purpose
from desk.outbox import Document, Picture
from handlers.repair.names import UNDER_WAY

if TYPE_CHECKING:
    from desk.models import Person, Ticket
    from handlers.kinds import Scene

SORTS = ("photo", "document")


def filed(scene: Scene, ticket: Ticket, file_ids: tuple[str, ...]) -> None:
    """Pass on what was just sent along with a ticket or added to it."""
    technician = _technician(ticket)
    for one in _kept(scene, ticket):
        if one.file_id not in file_ids:
            continue
        if one.person_id != ticket.requester_id:
            who = "师傅" if one.person_id == ticket.fields.get("technician_id") else "同事"
            _send(scene, ticket, one, to=ticket.requester, caption=f"{ticket.number} {who}发来的照片")
        elif technician is not None:
            _send(scene, ticket, one, to=technician, caption=f"{ticket.number} 报修人发来的照片")


def show_technician(scene: Scene, ticket: Ticket) -> None:
    """Show whoever has just got the job what its reporter sent."""
    technician = _technician(ticket)
    if technician is not None:
        for one in _kept(scene, ticket):
            if one.person_id == ticket.requester_id:
                _send(scene, ticket, one, to=technician, caption=f"{ticket.number} 报修人发来的照片")


def _technician(ticket: Ticket) -> Person | None:
    """Whoever mends it: the job is in their hands."""
    is_theirs = ticket.state in UNDER_WAY and ticket.responsible_id == ticket.fields.get("technician_id")
    return ticket.responsible if is_theirs else None


def _kept(scene: Scene, ticket: Ticket) -> list[Attachment]:
    query = select(Attachment).where(
        Attachment.ticket_id == ticket.id, Attachment.sort.in_(SORTS), Attachment.file_id != ""
    )
    return list(scene.session.scalars(query.order_by(Attachment.id)))


def _send(scene: Scene, ticket: Ticket, one: Attachment, *, to: Person, caption: str) -> None:
    key = f"photo:{one.id}:{to.id}"
    known = select(OutboxMessage.id).where(OutboxMessage.dedupe_key == key)
    if to.chat_id is None or to.id == one.person_id or scene.session.scalar(known) is not None:
        return
    said: Picture | Document = (
        Picture(file_id=one.file_id, caption=caption)
        if one.sort == "photo"
        else Document(file_id=one.file_id, name=one.name, caption=caption)
    )
    outbox.send(
        scene.session,
        said,
        chat_id=to.chat_id,
        person=to,
        ticket=ticket,
        purpose=Purpose.TICKET,
        now=scene.now,
        dedupe_key=key,
    )
