"""Every ticket as plain rows, for spreadsheets and other programs.

Telephone numbers are masked unless asked for, wherever in a ticket they stand. What people wrote never becomes a formula
in somebody's spreadsheet.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from desk.instants import to_local
from desk.models import Ticket
from desk.people import masked_text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

COLUMNS = ("number", "kind", "state", "requester", "responsible", "start", "end", "resource", "fields")
# What spreadsheet programs take for the beginning of a formula, also after blanks and in full width.
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


def ticket_rows(session: Session, *, full: bool = False) -> list[dict[str, Any]]:
    """Return every ticket, oldest first; times are local (Asia/Shanghai) ISO without offset.

    Telephone numbers are masked (138****1234) unless `full`.
    """
    rows = [_row(ticket) for ticket in session.scalars(select(Ticket).order_by(Ticket.id))]
    return rows if full else [{**row, "fields": _masked(row["fields"])} for row in rows]


def cell(value: Any) -> Any:
    """Return a value as it may stand in a CSV: a text that would be a formula is made plain by an apostrophe."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, dict):
        return {key: _masked(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_masked(one) for one in value]
    return value


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
