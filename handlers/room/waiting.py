"""The waiting list, and what the desk does by itself when a time has passed.

Whatever comes free is offered to who waits, held a quarter of an hour for them. Rooms nobody came to are given back, meetings
that are over are closed, offers nobody took go to the next, and requests whose time has passed are closed with a word:
handlers.tickets.timeouts runs these steps every minute.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from desk import bookings, rooms
from desk.errors import Conflict
from desk.instants import brief
from desk.models import Room
from handlers.kinds import Move
from handlers.room.base import (
    CANCELLED,
    DISPLACED,
    ENDED,
    NO_SHOW,
    QUEUE,
    WAITING,
    in_minutes,
    kind,
    minutes,
    padded,
)
from handlers.tickets import cards, lifecycle
from handlers.words import esc

if TYPE_CHECKING:
    from datetime import datetime

    from desk.models import Ticket
    from desk.rooms import Needs
    from handlers.kinds import Deed, Scene


def needs_of_ticket(scene: Scene, ticket: Ticket) -> Needs:
    """Return what a submitted meeting needs of a room, without regard to a certain one."""
    f = ticket.fields
    model = scene.session.get(Room, f.get("wanted_id") or f.get("room_id") or 0)
    wish = rooms.read_wish(scene.session, str(f.get("location") or ""))
    return replace(
        wish,
        number="",
        title="",
        people=int(f.get("people") or 0),
        like=model.capacity if model else 0,
        equipment=tuple(f.get("equipment") or ()),
        secret=bool(f.get("secret")),
    )


def candidates(scene: Scene, ticket: Ticket, *, limit: int = 4) -> list[Room]:
    """Return rooms free for a ticket's meeting (what is left of it), best first; its own room counts as free."""
    if ticket.starts_at is None or ticket.ends_at is None:
        return []
    begin, end = padded(scene, max(ticket.starts_at, scene.now), ticket.ends_at)
    found = rooms.offers(
        scene.session,
        needs_of_ticket(scene, ticket),
        starts_at=begin,
        ends_at=end,
        besides=ticket.allocation,
        limit=limit * 4,
    )
    first = ticket.fields.get("wanted_id") or ticket.fields.get("room_id")
    return [o.room for o in sorted(found, key=lambda o: o.room.id != first)][:limit]


def offer_free(scene: Scene) -> None:
    """Offer free rooms to those on the waiting list, who came first first. A wish for a certain room waits for that room."""
    desk = replace(scene, actor=None)
    for ticket in rooms.waiting(scene.session, now=scene.now):
        if _for(desk, ticket):
            with suppress(Conflict):
                lifecycle.by_itself(desk, ticket=ticket, action="offer")


def _for(scene: Scene, ticket: Ticket) -> list[Room]:
    """Return the free rooms that may be offered to a waiting ticket."""
    wanted, declined = ticket.fields.get("wanted_id"), ticket.fields.get("declined") or []
    return [r for r in candidates(scene, ticket, limit=6) if r.id not in declined and wanted in (None, r.id)]


def offer(deed: Deed) -> Move:
    """Hold the best free room a quarter of an hour for who waits. Raises Conflict when there is none after all."""
    scene, ticket = deed.scene, deed.ticket
    room = next((r for r in _for(scene, ticket) if held(scene, ticket, r)), None)
    if room is None:
        raise Conflict("没有可以给的房间")
    ticket.fields = {**ticket.fields, "offered_id": room.id, "offered": room.name}
    return Move(
        responsible=ticket.requester, due_at=in_minutes(scene, "offer_minutes"), details={"room": room.name}
    )


def held(scene: Scene, ticket: Ticket, room: Room) -> bool:
    """Set what is left of a meeting aside in `room`; say whether that went."""
    if ticket.starts_at is None or ticket.ends_at is None:
        return False
    begin, end = padded(scene, max(ticket.starts_at, scene.now), ticket.ends_at)
    try:
        with scene.session.begin_nested():
            blocks = rooms.blocks(scene.session, room)
            found = bookings.set_aside(scene.session, blocks, starts_at=begin, ends_at=end, now=scene.now)
    except Conflict:
        return False
    ticket.allocation = found
    return True


def after_offer(deed: Deed) -> None:
    name, due = deed.ticket.fields["offered"], deed.ticket.due_at or deed.scene.now
    until = brief(due, now=deed.scene.now)
    _told(deed, f"🎉 候补有房了：<b>{esc(name)}</b>。给您留到 {until}，要就点「要这间」")


def _told(deed: Deed, lead: str, *, party: str = "requester") -> None:
    cards.show(deed.scene, kind(deed.scene), deed.ticket, party=party, lead=lead)


def withdraw_offer(scene: Scene, ticket: Ticket) -> None:
    """Take back a room that was offered, and remember that it was not wanted."""
    declined = [*(ticket.fields.get("declined") or []), ticket.fields.get("offered_id")]
    bookings.release(scene.session, ticket)
    ticket.fields = {**ticket.fields, "declined": declined, "offered_id": None, "offered": ""}


# ── what the desk does when a time has passed ───────────────────────────────────────────────────────


def no_show(deed: Deed) -> Move:
    """Nobody checked in: the room is given back, and the ticket says so."""
    bookings.release(deed.scene.session, deed.ticket)
    return Move(state=NO_SHOW, close=True, reason="开始后无人签到")


def after_no_show(deed: Deed) -> None:
    _told(deed, "⚠️ 开始 15 分钟没有签到，房间已释放给别人，记一次未到场。还要用请重新订")
    offer_free(deed.scene)


def no_show_at(ticket: Ticket) -> datetime | None:
    """Return the instant from which a meeting is a no-show (ROOM-24)."""
    return rooms.no_show_at(ticket, grace=minutes("no_show_minutes"))


def end(deed: Deed) -> Move:
    """The room is to be cleared by now: the meeting is over."""
    return Move(state=ENDED, close=True)


def after_end(deed: Deed) -> None:
    _told(deed, "🏁 会议结束，请给这次服务打个分")


def cleared_at(ticket: Ticket) -> datetime | None:
    """Return the instant by which a room is cleared."""
    return ticket.ends_at + minutes("teardown_minutes") if ticket.ends_at else None


def lapse(deed: Deed) -> Move:
    """An offer nobody took: the next one gets it. A displaced meeting keeps its new room; room service rings up."""
    scene, ticket = deed.scene, deed.ticket
    if ticket.state == WAITING:
        withdraw_offer(scene, ticket)
    due = max(ticket.starts_at or scene.now, in_minutes(scene, "confirm_minutes"))
    return Move(queue=QUEUE, due_at=due)


def after_lapse(deed: Deed) -> None:
    if deed.ticket.state == DISPLACED:
        _told(deed, "⚠️ 被调整的会还没答复新房间，请电话联系", party="dispatcher")
    else:
        _told(deed, "⌛ 留的房间没等到您答复，已给了别人；您还在候补里")
    offer_free(deed.scene)


def offer_ends(ticket: Ticket) -> datetime | None:
    """Return the instant until which a room is held for an answer; None without one."""
    return ticket.due_at if ticket.allocation_id is not None and ticket.queue is None else None


def expire(deed: Deed) -> Move:
    """The time went by without a room."""
    bookings.release(deed.scene.session, deed.ticket)
    return Move(state=CANCELLED, close=True, reason="时间已过，没有排上")


def after_expire(deed: Deed) -> None:
    _told(deed, "😔 很抱歉，直到时间过去也没有安排上房间，这张单子关闭了")
