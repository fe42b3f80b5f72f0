"""The states of a reception, whose hands it is in, and what its parts share."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desk import outbox, receptions
from desk.models import Purpose, Ticket
from desk.outbox import Document, Picture
from handlers.reception.checking import NAME, parameter
from handlers.tickets import cards
from handlers.tickets.parties import members, queue_of

if TYPE_CHECKING:
    from handlers.kinds import Kind, Scene

QUEUE = queue_of(NAME)
WAITING_LETTER, WAITING_APPROVAL, PLANNING, PLANNED = "待补函", "待审批", "方案中", "方案已定"
RUNNING, WAITING_LIST, WAITING_BILL, DONE = "执行中", "待填清单", "待结算", "已归档"
REJECTED, CANCELLED = "已驳回", "已取消"
BEFORE_VISIT = (WAITING_LETTER, WAITING_APPROVAL, PLANNING, PLANNED)
WITH_DESK = (PLANNING, PLANNED, RUNNING, WAITING_LIST, WAITING_BILL)
WITH_LIST = (WAITING_LIST, WAITING_BILL, DONE)


def own(scene: Scene) -> Kind:
    """Return the kind itself, for its cards."""
    return scene.house.kinds[NAME]


def within(scene: Scene, name: str, *, latest: datetime) -> datetime:
    """Return the instant a figure of the house (working hours) from now, not after `latest`."""
    return receptions.within_working(
        scene.house.calendar, now=scene.now, hours=parameter(scene, name), latest=latest
    )


def at_least_now(scene: Scene, at: datetime | None) -> datetime:
    """Return the instant, or half an hour from now when it is nearly past."""
    return max(at or scene.now, scene.now + timedelta(minutes=30))


def show_onward(scene: Scene, ticket: Ticket) -> None:
    """Bring the ticket before whoever decides on it now, with its letter."""
    party = "dispatcher" if ticket.queue else "approver"
    lead = "🔔 新的接待单" if ticket.queue else "🔔 有一张接待单等您审批"
    cards.show(scene, own(scene), ticket, party=party, lead=lead)
    pass_on_letter(scene, ticket, party=party)


def pass_on_letter(scene: Scene, ticket: Ticket, *, party: str) -> None:
    """Send the letter itself to those who decide on it."""
    kept = ticket.fields.get("letter_file") or {}
    if not kept.get("file_id"):
        return
    caption = f"📎 {ticket.number} 公函"
    for person in members(scene.session, ticket, party):
        said: Picture | Document = (
            Picture(file_id=kept["file_id"], caption=caption)
            if kept.get("sort") == "photo"
            else Document(file_id=kept["file_id"], name=str(kept.get("name") or ""), caption=caption)
        )
        outbox.send(
            scene.session,
            said,
            chat_id=person.chat_id or 0,
            person=person,
            ticket=ticket,
            purpose=Purpose.TICKET,
            now=scene.now,
        )


def plan_due(scene: Scene, ticket: Ticket) -> datetime:
    """Return the instant by which the plan must stand."""
    return within(scene, "plan_hours", latest=ticket.starts_at or scene.now)
