"""The words of a reception's reminders, beside the fields of its form (the table is desk/rules/reminders.yml)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.reception import checklist

if TYPE_CHECKING:
    from desk.models import Ticket


def said(ticket: Ticket) -> dict[str, object]:
    """Return whom the visit is from and how many come, and what its list still lacks."""
    f = ticket.fields
    gaps = "、".join(checklist.ASKED[k][0] for k in checklist.missing(f.get("list") or {}))
    return {
        "about": f"{f.get('visitor_org') or ''} {f.get('people') or 1} 人".strip(),
        "gaps": gaps or "确认",
    }
