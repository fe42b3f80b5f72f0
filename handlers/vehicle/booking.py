"""From a filled form to a ticket, changes to it, and its withdrawal."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from desk import bookings, people, tickets
from desk.errors import BadInput, Conflict
from desk.models import Person, Role, Ticket, Vehicle
from handlers import cards, lifecycle, when
from handlers.kinds import Deed, Move
from handlers.vehicle.base import (
    CANCELLED,
    NAME,
    QUEUE,
    WAITING_APPROVAL,
    WAITING_CAR,
    WAITING_START,
    approve_by,
    dispatch_again,
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
    approver = _approver(scene, requester) if closed_day(scene, fields) or is_far(scene, fields) else None
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


def _approver(scene: Scene, requester: Person) -> Person | None:
    """Return the head who decides: an approver of the requester's own department, never the requester."""
    found = people.people_with(scene.session, Role.APPROVER, kind=NAME)
    own = [
        p for p in found if p.department_id == requester.department_id and p.id != requester.id and p.chat_id
    ]
    return own[0] if own and requester.department_id is not None else None


def revise(scene: Scene, ticket: Ticket, fields: Fields) -> str:
    """Change a submitted request. The car stays when it still fits, otherwise the dispatchers choose anew."""
    check_rules(scene, fields)
    starts_at, ends_at = when.instants(fields)
    keep = (
        "vehicle_id",
        "driver_person_id",
        "plate",
        "car",
        "driver",
        "driver_phone",
        "approver_id",
        "urgent",
    )
    before = ticket.fields
    ticket.fields = {**fields, **{k: before[k] for k in keep if k in before}, "far": is_far(scene, fields)}
    moved = (starts_at, ends_at) != (ticket.starts_at, ticket.ends_at)
    ticket.starts_at, ticket.ends_at = starts_at, ends_at
    details = {"before": {k: before.get(k) for k in fields if before.get(k) != fields.get(k)}}
    if ticket.state != WAITING_START or _still_fits(scene, ticket, moved=moved):
        assigned = ticket.state == WAITING_START
        due = max(starts_at, scene.now) if assigned else None
        lifecycle.apply(scene, ticket, Move(due_at=due, details=details), action="revise")
        if assigned:
            cards.show(scene, kind(scene), ticket, party="driver", lead="🔁 行程有变，请看新的安排")
            return "已修改，原来的车和驾驶员不变，已通知驾驶员。"
        return "已修改，调度员看到的也更新了。"
    driver_id = before.get("driver_person_id")
    bookings.release(scene.session, ticket)
    lifecycle.apply(
        scene,
        ticket,
        Move(state=WAITING_CAR, queue=QUEUE, due_at=dispatch_again(scene, ticket), details=details),
        action="revise",
    )
    if driver_id:
        cards.tell(
            scene, ticket, party="driver", text=f"🔁 {ticket.number} 行程改了，您先不用出车，等调度重新安排。"
        )
    ticket.fields = {
        k: v for k, v in ticket.fields.items() if k not in keep or k in ("approver_id", "urgent")
    }
    cards.show(scene, kind(scene), ticket, party="dispatcher", lead="🔁 行程有变，请重新派车")
    return "已修改。原来的车新时段排不开，调度员会重新派车。"


def _still_fits(scene: Scene, ticket: Ticket, *, moved: bool) -> bool:
    vehicle = bookings.resource_of(ticket, sort="vehicle")
    allocation = ticket.allocation
    if (
        not isinstance(vehicle, Vehicle)
        or allocation is None
        or ticket.starts_at is None
        or ticket.ends_at is None
    ):
        return False
    alone = len(bookings.sharers(scene.session, allocation)) <= 1
    aboard = sum(int(t.fields.get("people") or 1) for t in bookings.sharers(scene.session, allocation))
    if aboard + 1 > vehicle.seats or (moved and not alone):
        return False
    if moved:
        try:
            bookings.move(scene.session, allocation, starts_at=ticket.starts_at, ends_at=ticket.ends_at)
        except Conflict:
            return False
    return True


def cancel(deed: Deed) -> Move:
    """Withdraw the request before departure; what was set aside is free again."""
    bookings.release(deed.scene.session, deed.ticket)
    return Move(state=CANCELLED, close=True, reason=deed.arg)


def after_cancel(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    text = f"🚫 {ticket.number} 用车已由{esc(ticket.requester.name)}取消，不用安排了。"
    for party in ("approver", "dispatcher", "driver"):
        cards.tell(scene, ticket, party=party, text=text, besides=scene.actor)
