"""Making room for a more important meeting: only a dispatcher may, for a reason from the list, and never at the cost of a
meeting that is under way or was itself important; the displaced get another room held for them and are told why (ROOM-23).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from desk import bookings, rooms, tickets
from desk.errors import BadInput, Conflict
from desk.models import Room, Ticket
from handlers import cards, lifecycle
from handlers.kinds import Move
from handlers.room_parts import waiting
from handlers.room_parts.base import BOOKED, DISPLACED, IN_USE, QUEUE, in_minutes, kind, padded, parameter
from handlers.room_parts.booking import hands_when_booked, hold
from handlers.room_parts.deeds import give
from handlers.words import esc

if TYPE_CHECKING:
    from handlers.kinds import Deed, Scene


def displace(deed: Deed) -> Move:
    """Take the wanted room from whoever holds it, for a stated reason, and hold another room for them (ROOM-23)."""
    scene, ticket = deed.scene, deed.ticket
    reason = parameter(scene, "displace_reasons").get(deed.arg)
    if reason is None:
        raise BadInput("请从列表里选一个让房的理由")
    room = scene.session.get(Room, ticket.fields.get("wanted_id") or 0)
    if room is None or ticket.starts_at is None or ticket.ends_at is None:
        raise Conflict("这张单子没有指定房间，不用别人让房，直接安排就行")
    begin, end = padded(scene, ticket.starts_at, ticket.ends_at)
    holders = [
        t for t in rooms.holders(scene.session, (room,), starts_at=begin, ends_at=end) if t.id != ticket.id
    ]
    for holder in holders:
        if holder.state == IN_USE:
            raise Conflict(f"{room.name}正在使用中，不能让正在开的会让房", alternative="可以换一间或换个时间")
        if holder.fields.get("displaces"):
            raise Conflict(f"占用{room.name}的也是重要会议（{holder.number}），不能再调整")
    for holder in holders:
        bookings.release(scene.session, holder)
    give(scene, ticket, room)
    for holder in holders:
        _resettle(scene, holder, room=room, reason=reason)
    numbers = [h.number for h in holders]
    ticket.fields = {**ticket.fields, "displaces": numbers, "displaced_for": reason}
    hands = hands_when_booked(scene, ticket)
    return Move(state=BOOKED, **hands, reason=reason, details={"displaces": numbers, "room": room.name})


def _resettle(scene: Scene, holder: Ticket, *, room: Room, reason: str) -> None:
    """Hold the best other room for a displaced meeting, and tell its people why."""
    holder.fields = {
        **holder.fields,
        "room_id": None,
        "picked_id": None,
        "lost": room.name,
        "lost_for": reason,
    }
    found = [r for r in waiting.candidates(scene, holder) if r.id != room.id]
    other = next((r for r in found if _held(scene, holder, r)), None)
    if other is not None:
        hands: dict[str, Any] = {"responsible": holder.requester}
        holder.fields = {
            **holder.fields,
            "offered_id": other.id,
            "offered": other.name,
            "room_name": other.name,
        }
        due = max(in_minutes(scene, "confirm_minutes"), (holder.starts_at or scene.now) - timedelta(hours=1))
    else:
        hands = {"queue": QUEUE}
        holder.fields = {**holder.fields, "room_name": ""}
        due = in_minutes(scene, "confirm_minutes")
    tickets.change(
        scene.session,
        holder,
        actor=scene.actor,
        action="displaced",
        now=scene.now,
        state=DISPLACED,
        reason=reason,
        due_at=due,
        details={"lost": room.name, "offered": other.name if other else ""},
        **hands,
    )
    way = (
        f"已为您留好 <b>{esc(other.name)}</b>，合适请点「要这间」，也可以「修改」时间"
        if other
        else "会议服务正在为您另找房间，也可以「修改」时间"
    )
    lead = f"⚠️ 很抱歉，您订的{esc(room.name)}因「{esc(reason)}」需要让出。{way}"
    cards.show(scene, kind(scene), holder, party="requester", lead=lead)
    if other is None:
        cards.show(scene, kind(scene), holder, party="dispatcher", lead="🔔 被调整的会议要另找房间")
    lifecycle.settle(scene, kind(scene), holder)


def _held(scene: Scene, ticket: Ticket, room: Room) -> bool:
    try:
        ticket.allocation = hold(scene, room, ticket.starts_at or scene.now, ticket.ends_at or scene.now)
    except Conflict:
        return False
    return True


def after_displace(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    cards.show(scene, kind(scene), ticket, party="requester", lead="✅ 会议室协调好了")
