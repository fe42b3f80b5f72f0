"""From a filled form to a ticket, and its withdrawal."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from desk import bookings, people, tickets
from desk.errors import BadInput
from desk.models import Person, Role, Ticket
from handlers.dialogue import when
from handlers.kinds import Deed, Move
from handlers.tickets import cards
from handlers.vehicle.base import (
    CANCELLED,
    NAME,
    QUEUE,
    WAITING_APPROVAL,
    WAITING_CAR,
    approve_by,
    dispatch_by,
    kind,
    parameter,
)
from handlers.vehicle.checking import check_rules, closed_day, is_far
from handlers.words import esc

if TYPE_CHECKING:
    from handlers.kinds import Fields, Scene

URGENT = re.compile("急|马上|立刻|赶紧|尽快|抢险|突发")


def submit(scene: Scene, fields: Fields) -> Ticket:
    """Record the ticket and hand it to the approver or the dispatchers. Raises Refusal or BadInput."""
    requester = scene.actor
    if requester is None:
        raise BadInput("不知道是谁在申请")
    check_rules(scene, fields)
    starts_at, ends_at = when.instants(fields)
    if starts_at < scene.now - when.GRACE:
        raise BadInput("出发时间已经过去了，请先改一下时间")
    approver = approver_of(scene, requester, fields)
    kept = {k: v for k, v in fields.items() if k not in ("when_unsure", "when_part", "part", "private_words")}
    text = f"{fields.get('said') or ''} {fields.get('urgency') or ''}"
    lead = timedelta(minutes=parameter(scene, "lead_minutes"))
    kept["urgent"] = (bool(URGENT.search(text)) and "不急" not in text) or starts_at - scene.now < lead
    kept["far"] = is_far(scene, fields)
    if approver is not None:
        kept["approver_id"] = approver.id
    ticket = tickets.open_ticket(
        scene.session,
        prefix=kind(scene).prefix,
        kind=NAME,
        state=WAITING_APPROVAL if approver else WAITING_CAR,
        requester=requester,
        fields=kept,
        starts_at=starts_at,
        ends_at=ends_at,
        due_at=(
            approve_by(scene, starts_at)
            if approver
            else dispatch_by(scene, starts_at=starts_at, urgent=kept["urgent"])
        ),
        queue=None if approver else QUEUE,
        responsible=approver,
        user_name=str(fields.get("user_name") or ""),
        now=scene.now,
    )
    if fields.get("origin") and not fields.get("origin_guessed"):
        requester.habits = {**requester.habits, "origin": fields["origin"]}
    party = "approver" if approver else "dispatcher"
    lead_line = "🔔 有一张用车单等您审批" if approver else "🔔 新的用车单"
    cards.show(scene, kind(scene), ticket, party=party, lead=lead_line)
    return ticket


def approver_of(scene: Scene, requester: Person, fields: Fields) -> Person | None:
    """Return the head who decides on a trip out of the city or on a closed day: of the requester's department, never they."""
    if not (closed_day(scene, fields) or is_far(scene, fields)):
        return None
    found = people.people_with(scene.session, Role.APPROVER, kind=NAME)
    own = [
        p for p in found if p.department_id == requester.department_id and p.id != requester.id and p.chat_id
    ]
    return own[0] if own and requester.department_id is not None else None


def cancel(deed: Deed) -> Move:
    """Withdraw the request before departure; what was set aside is free again."""
    bookings.release(deed.scene.session, deed.ticket)
    return Move(state=CANCELLED, close=True, reason=deed.arg)


def after_cancel(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    text = f"🚫 {ticket.number} 用车已由{esc(ticket.requester.name)}取消，不用安排了。"
    for party in ("approver", "dispatcher", "driver"):
        cards.tell(scene, ticket, party=party, text=text, besides=scene.actor)
