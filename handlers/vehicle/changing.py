"""A submitted trip is changed: the car stays when it still fits, otherwise the dispatchers choose anew.

A change that needs the head's word (out of the city, on a sealed day) waits for it like a new request would; one that no longer
needs it goes on without. Whoever had been sent and is not any more hears of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import bookings
from desk.errors import BadInput, Conflict
from desk.models import Person, Ticket, Vehicle
from handlers.dialogue import when
from handlers.kinds import Move
from handlers.tickets import cards, lifecycle
from handlers.vehicle.base import (
    QUEUE,
    WAITING_APPROVAL,
    WAITING_CAR,
    WAITING_START,
    approve_by,
    dispatch_again,
    kind,
)
from handlers.vehicle.booking import approver_of
from handlers.vehicle.checking import check_rules, is_far
from handlers.words import esc

if TYPE_CHECKING:
    from handlers.kinds import Fields, Scene

# What a ticket keeps of its assignment, and what it keeps in any case.
CAR = ("vehicle_id", "driver_person_id", "plate", "car", "driver", "driver_phone")
KEPT = ("approver_id", "urgent")
HIRED = "租赁车辆"


def revise(scene: Scene, ticket: Ticket, fields: Fields) -> str:
    """Change a submitted request; return what the requester reads. Raises Refusal or BadInput."""
    check_rules(scene, fields)
    starts_at, ends_at = when.instants(fields)
    if starts_at < scene.now - when.GRACE:
        raise BadInput("出发时间已经过去了，请先改一下时间")
    before = ticket.fields
    kept = {k: before[k] for k in (*CAR, *KEPT) if k in before}
    ticket.fields = {**fields, **kept, "far": is_far(scene, fields)}
    moved = (starts_at, ends_at) != (ticket.starts_at, ticket.ends_at)
    ticket.starts_at, ticket.ends_at = starts_at, ends_at
    details: Fields = {"before": {k: before.get(k) for k in fields if before.get(k) != fields.get(k)}}
    approver = approver_of(scene, ticket.requester, fields)
    if approver is not None and not before.get("approver_id"):
        return _ask_head(scene, ticket, approver, details)
    if approver is None and ticket.state == WAITING_APPROVAL:
        return _spare_head(scene, ticket, details)
    if ticket.state != WAITING_START:
        lifecycle.apply(scene, ticket, Move(details=details), action="revise")
        who = "审批人" if ticket.state == WAITING_APPROVAL else "调度员"
        return f"已修改，{who}看到的也更新了。"
    if not _still_fits(scene, ticket, moved=moved):
        return _choose_anew(scene, ticket, details)
    lifecycle.apply(scene, ticket, Move(due_at=max(starts_at, scene.now), details=details), action="revise")
    cards.show(scene, kind(scene), ticket, party="driver", lead="🔁 行程有变，请看新的安排")
    return "已修改，原来的车和驾驶员不变，已通知驾驶员。"


def _ask_head(scene: Scene, ticket: Ticket, approver: Person, details: Fields) -> str:
    _send_nobody(scene, ticket, why="要等审批")
    ticket.fields = {**ticket.fields, "approver_id": approver.id}
    due = approve_by(scene, ticket.starts_at or scene.now)
    move = Move(state=WAITING_APPROVAL, responsible=approver, due_at=due, details=details)
    lifecycle.apply(scene, ticket, move, action="revise")
    cards.show(scene, kind(scene), ticket, party="approver", lead="🔔 有一张用车单改了，等您审批")
    return f"已修改。改后的行程要先由{esc(approver.name)}审批，批了马上派车。"


def _spare_head(scene: Scene, ticket: Ticket, details: Fields) -> str:
    move = Move(state=WAITING_CAR, queue=QUEUE, due_at=dispatch_again(scene, ticket), details=details)
    lifecycle.apply(scene, ticket, move, action="revise")
    text = f"🔁 {ticket.number} 行程改了，不用您审批了。"
    cards.tell(scene, ticket, party="approver", text=text)
    cards.show(scene, kind(scene), ticket, party="dispatcher", lead="🔔 新的用车单")
    return "已修改。改后的行程不用审批，已转调度派车。"


def _choose_anew(scene: Scene, ticket: Ticket, details: Fields) -> str:
    _send_nobody(scene, ticket, why="等调度重新安排")
    move = Move(state=WAITING_CAR, queue=QUEUE, due_at=dispatch_again(scene, ticket), details=details)
    lifecycle.apply(scene, ticket, move, action="revise")
    cards.show(scene, kind(scene), ticket, party="dispatcher", lead="🔁 行程有变，请重新派车")
    return "已修改。原来的车新时段排不开，调度员会重新派车。"


def _send_nobody(scene: Scene, ticket: Ticket, *, why: str) -> None:
    """Free the car and the driver, and tell the driver not to go."""
    bookings.release(scene.session, ticket)
    driver = scene.session.get(Person, ticket.fields.get("driver_person_id") or 0)
    if driver is not None:
        text = f"🔁 {ticket.number} 行程改了，您先不用出车，{why}。"
        cards.tell_person(scene, ticket, driver, text)
        cards.withdraw(scene, ticket, driver, party="driver")
    ticket.fields = {k: v for k, v in ticket.fields.items() if k not in CAR}


def _still_fits(scene: Scene, ticket: Ticket, *, moved: bool) -> bool:
    vehicle, allocation = bookings.resource_of(ticket, sort="vehicle"), ticket.allocation
    if ticket.fields.get("car") == HIRED:
        return not moved  # nobody here knows what else it does
    if (
        not isinstance(vehicle, Vehicle)
        or allocation is None
        or ticket.starts_at is None
        or ticket.ends_at is None
    ):
        return False
    sharing = bookings.sharers(scene.session, allocation)
    aboard = sum(int(t.fields.get("people") or 1) for t in sharing)
    if aboard + 1 > vehicle.seats or (moved and len(sharing) > 1):
        return False
    if moved:
        try:
            bookings.move(scene.session, allocation, starts_at=ticket.starts_at, ends_at=ticket.ends_at)
        except Conflict:
            return False
    return True
