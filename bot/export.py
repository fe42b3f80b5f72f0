"""Every ticket as plain rows, for spreadsheets and other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from desk.instants import to_local
from desk.models import Ticket

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

COLUMNS = ("number", "kind", "state", "requester", "responsible", "start", "end", "resource", "fields")


def ticket_rows(session: Session) -> list[dict[str, Any]]:
    """Return every ticket, oldest first; times are local (Asia/Shanghai) ISO without offset."""
    return [_row(ticket) for ticket in session.scalars(select(Ticket).order_by(Ticket.id))]


def _row(ticket: Ticket) -> dict[str, Any]:
    return {
        "number": ticket.number,
        "kind": ticket.kind,
        "state": ticket.state,
        "requester": ticket.requester.name,
        "responsible": ticket.responsible.name if ticket.responsible else ticket.queue or "",
        "start": _local(ticket.starts_at),
        "end": _local(ticket.ends_at),
        "resource": _resources(ticket),
        "fields": dict(ticket.fields),
    }


def _resources(ticket: Ticket) -> list[str]:
    bookings = ticket.allocation.bookings if ticket.allocation else []
    # A closed ticket's bookings are no longer active, yet say what it used.
    wanted = [b for b in bookings if b.active] or bookings
    return list(dict.fromkeys(b.resource.name for b in wanted))


def _local(instant: datetime | None) -> str | None:
    return to_local(instant).isoformat(timespec="minutes") if instant else None
