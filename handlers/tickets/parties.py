"""Who somebody is to a ticket, and who the people on the other side are.

A *party* is a part in one ticket's life: requester, approver, dispatcher, driver, technician; "responsible" is whoever
answers for it now. Roles are looked up anew at every action; a button proves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import people
from desk.models import Person, Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from desk.models import Ticket

# A ticket remembers the persons with a part of their own in its fields, under these names.
NAMED = {"approver": "approver_id", "driver": "driver_person_id", "technician": "technician_id"}


def queue_of(kind: str) -> str:
    """Return the name of a kind's dispatchers' queue."""
    return f"dispatcher:{kind}"


def parties_of(person: Person, ticket: Ticket) -> set[str]:
    """Return the parts `person` has in `ticket` at this moment."""
    found = set()
    if ticket.requester_id == person.id:
        found.add("requester")
    if ticket.responsible_id == person.id:
        found.add("responsible")
    if person.active and person.has_role(Role.DISPATCHER, kind=ticket.kind):
        found.add("dispatcher")
    for party, field in NAMED.items():
        if ticket.fields.get(field) == person.id:
            found.add(party)
    return found


def members(session: Session, ticket: Ticket, party: str) -> list[Person]:
    """Return the people who play `party` in `ticket` and can be told something."""
    if party == "requester":
        found = [ticket.requester]
    elif party == "responsible":
        found = [ticket.responsible] if ticket.responsible else members(session, ticket, "dispatcher")
    elif party == "dispatcher":
        found = people.people_with(session, Role.DISPATCHER, kind=ticket.kind)
    else:
        person_id = ticket.fields.get(NAMED[party])
        person = session.get(Person, person_id) if person_id else None
        found = [person] if person else []
    return [p for p in found if p.chat_id and p.active]


def is_with_dispatcher(ticket: Ticket) -> bool:
    """Say whether an open ticket lies in the hands of a dispatcher who sees to it for somebody else."""
    holder = ticket.responsible
    if ticket.closed_at is not None or holder is None or holder.id == ticket.requester_id:
        return False
    return ticket.fields.get("approver_id") != holder.id and holder.has_role(
        Role.DISPATCHER, kind=ticket.kind
    )


def hands(ticket: Ticket) -> str:
    """Say who answers for a ticket now."""
    if ticket.responsible is not None:
        return ticket.responsible.name
    return "调度员" if ticket.queue else "—"
