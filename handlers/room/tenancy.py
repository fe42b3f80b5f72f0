"""The life of an office once it is asked for: agreed to, given, moved into, vacated and taken back (handlers.room.office asks for it)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import bookings, rooms
from desk.errors import Conflict, Refusal
from desk.instants import to_local
from desk.models import Allocation, Booking, Room, Ticket
from handlers.kinds import Move
from handlers.room.base import (
    ARRANGED,
    MOVED_IN,
    QUEUE,
    RECEIVED,
    REJECTED,
    TO_ARRANGE,
    TO_RECEIVE,
    TO_VACATE,
    kind,
    months_later,
    parameter,
    working_days,
)
from handlers.room.office import SECOND_MONTHS, arrange_by, end_of, limit_of, span_of
from handlers.tickets import cards

if TYPE_CHECKING:
    from handlers.kinds import Deed, Scene


def approve(deed: Deed) -> Move:
    """The head agrees; the space office takes over."""
    return Move(state=TO_ARRANGE, queue=QUEUE, due_at=arrange_by(deed.scene))


def after_approve(deed: Deed) -> None:
    cards.show(deed.scene, kind(deed.scene), deed.ticket, party="requester", lead="✅ 审批已通过，正在找房")
    cards.show(
        deed.scene, kind(deed.scene), deed.ticket, party="dispatcher", lead="🔔 新的办公用房申请（已审批）"
    )


def decline(deed: Deed) -> Move:
    """The head says no."""
    reason = "审批人不同意"
    deed.ticket.fields = {
        **deed.ticket.fields,
        "refused": reason,
        "refused_way": "可以写清原因或换个方式后重新申请，也可以当面说明情况。",
    }
    return Move(state=REJECTED, close=True, reason=reason)


def give(deed: Deed) -> Move:
    """Give an office: it must be free and within the rank's limit (ROOM-2)."""
    scene, ticket = deed.scene, deed.ticket
    room = scene.session.get(Room, int(deed.arg)) if deed.arg.isdigit() else None
    if room is None or not room.active or room.use not in rooms.OFFICE_USES:
        raise Conflict("这间房不在可安排的办公用房里，请重新选")
    limit = limit_of(scene, ticket.fields)
    if room.area_m2 > limit:
        rule = scene.house.rules.rule("ROOM-2")
        raise Refusal(
            f"{room.name} {room.area_m2:g} 平方米，超过上限 {limit:g} 平方米。{rule.quoted()}",
            rule=rule.code,
            alternative="请换一间小一些的，或几个人合用",
        )
    start, end = span_of(scene, ticket)
    ticket.allocation = bookings.set_aside(
        scene.session, (room,), starts_at=start, ends_at=end, now=scene.now
    )
    ticket.fields = {**ticket.fields, "room_name": room.name, "room_id": room.id, "room_area": room.area_m2}
    due = working_days(scene, parameter(scene, "move_in_days"))
    return Move(state=ARRANGED, responsible=ticket.requester, due_at=due, details={"room": room.name})


def after_give(deed: Deed) -> None:
    lead = "✅ 办公用房安排好了，请联系房管领钥匙、签使用协议，住进去后点「已入驻」"
    cards.show(deed.scene, kind(deed.scene), deed.ticket, party="requester", lead=lead)


def move_in(deed: Deed) -> Move:
    """The user has moved in. A second office stays open: it must be given back one day (ROOM-5)."""
    scene, ticket = deed.scene, deed.ticket
    if ticket.fields.get("office_case") != "second":
        return Move(state=MOVED_IN, close=True)
    due = scene.now + timedelta(days=parameter(scene, "second_review_days"))
    return Move(state=TO_VACATE, responsible=ticket.requester, due_at=due)


def post_ended(deed: Deed) -> Move:
    """The second post ended: two months are left to give the second office back (ROOM-5)."""
    scene, ticket = deed.scene, deed.ticket
    day = months_later(to_local(scene.now).date(), SECOND_MONTHS)
    ticket.fields = {**ticket.fields, "post_ended": to_local(scene.now).date().isoformat()}
    return Move(due_at=end_of(day), details={"vacate_by": day.isoformat()})


def may_end_post(_scene: Scene, ticket: Ticket) -> bool:
    """Say whether the end of a second post can still be reported."""
    return ticket.fields.get("office_case") == "second" and not ticket.fields.get("post_ended")


def vacate(deed: Deed) -> Move:
    """The office is empty; the space office comes to look."""
    return Move(
        state=TO_RECEIVE, queue=QUEUE, due_at=working_days(deed.scene, parameter(deed.scene, "receive_days"))
    )


def after_vacate(deed: Deed) -> None:
    cards.show(
        deed.scene, kind(deed.scene), deed.ticket, party="dispatcher", lead="🔔 办公用房已腾空，请验收收回"
    )


def receive(deed: Deed) -> Move:
    """The office is back in the bureau's hands and free for others."""
    scene, ticket = deed.scene, deed.ticket
    for room in _given_back(scene, ticket):
        for booking in scene.session.scalars(
            select(Booking).where(Booking.resource_id == room.id, Booking.active, Booking.ends_at > scene.now)
        ):
            held = scene.session.get(Allocation, booking.allocation_id)
            if held is not None:
                bookings.end_early(scene.session, held, now=scene.now)
    return Move(state=RECEIVED, close=True)


def _given_back(scene: Scene, ticket: Ticket) -> list[Room]:
    room = scene.session.get(Room, ticket.fields.get("room_id") or 0)
    if room is not None:
        return [room]
    needs = rooms.read_wish(
        scene.session, f"{ticket.fields.get('location') or ''}{ticket.fields.get('room_name') or ''}"
    )
    named = [r for r in rooms.named_rooms(scene.session, needs) if r.use in rooms.OFFICE_USES]
    return named if len(named) == 1 else []


def after_receive(deed: Deed) -> None:
    cards.show(deed.scene, kind(deed.scene), deed.ticket, party="requester", lead="✅ 办公用房已验收收回")
