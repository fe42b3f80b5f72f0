"""Making room for a more important meeting: only a dispatcher may, for a reason from the list, and never at the cost of a
meeting that is under way or was itself important; the displaced get another room held for them and are told why (ROOM-23).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from desk import bookings, rooms
from desk.errors import BadInput, Conflict
from desk.models import Room
from handlers.kinds import Move
from handlers.room import waiting
from handlers.room.base import BOOKED, DISPLACED, IN_USE, QUEUE, in_minutes, kind, padded, parameter
from handlers.room.booking import hands_when_booked
from handlers.room.deeds import give
from handlers.tickets import cards, lifecycle
from handlers.words import esc

if TYPE_CHECKING:
    from handlers.kinds import Deed


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
        lost = {"lost": room.name, "lost_for": reason, "room_id": None, "picked_id": None}
        holder.fields = {**holder.fields, **lost}
        lifecycle.by_itself(scene, ticket=holder, action="displaced")
    numbers = [h.number for h in holders]
    ticket.fields = {**ticket.fields, "displaces": numbers, "displaced_for": reason}
    hands = hands_when_booked(scene, ticket)
    return Move(state=BOOKED, **hands, reason=reason, details={"displaces": numbers, "room": room.name})


def resettle(deed: Deed) -> Move:
    """Hold the best other room for a displaced meeting; without one, room service looks for it."""
    scene, holder = deed.scene, deed.ticket
    other = next((r for r in waiting.candidates(scene, holder) if waiting.held(scene, holder, r)), None)
    given = {"offered_id": other.id, "offered": other.name} if other else {"offered_id": None, "offered": ""}
    holder.fields = {**holder.fields, **given, "room_name": other.name if other else ""}
    details = {"lost": holder.fields.get("lost"), "offered": given["offered"]}
    reason = str(holder.fields.get("lost_for") or "")
    due = in_minutes(scene, "confirm_minutes")
    if other is None:
        return Move(state=DISPLACED, queue=QUEUE, due_at=due, reason=reason, details=details)
    due = max(due, (holder.starts_at or scene.now) - timedelta(hours=1))
    return Move(state=DISPLACED, responsible=holder.requester, due_at=due, reason=reason, details=details)


def after_resettle(deed: Deed) -> None:
    scene, holder = deed.scene, deed.ticket
    f = holder.fields
    way = (
        f"已为您留好 <b>{esc(f['offered'])}</b>，合适请点「要这间」，也可以「修改」时间"
        if f.get("offered")
        else "会议服务正在为您另找房间，也可以「修改」时间"
    )
    lead = f"⚠️ 很抱歉，您订的{esc(f.get('lost'))}因「{esc(f.get('lost_for'))}」需要让出。{way}"
    cards.show(scene, kind(scene), holder, party="requester", lead=lead)
    if not f.get("offered"):
        cards.show(scene, kind(scene), holder, party="dispatcher", lead="🔔 被调整的会议要另找房间")


def after_displace(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    cards.show(scene, kind(scene), ticket, party="requester", lead="✅ 会议室协调好了")
