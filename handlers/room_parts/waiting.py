"""The waiting list and the sweep: whatever comes free is offered to who waits, held a quarter of an hour for them.

`sweep` is what the clock runs every minute or so: rooms nobody came to are given back, meetings that are over are closed,
offers nobody took go to the next, and requests whose time has passed are closed with a word.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desk import bookings, rooms, tickets
from desk.errors import Conflict
from desk.instants import brief
from desk.models import Room
from handlers import cards, lifecycle
from handlers.kinds import Scene
from handlers.room_parts.base import (
    CANCELLED,
    DISPLACED,
    ENDED,
    IN_USE,
    QUEUE,
    TO_CONFIRM,
    WAITING,
    in_minutes,
    kind,
    padded,
    parameter,
)
from handlers.words import esc

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from desk.models import Ticket
    from desk.rooms import Needs
    from handlers.kinds import House


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
        wanted = ticket.fields.get("wanted_id")
        declined = ticket.fields.get("declined") or []
        for room in candidates(desk, ticket, limit=6):
            if room.id not in declined and wanted in (None, room.id) and _offer(desk, ticket, room):
                break


def _offer(scene: Scene, ticket: Ticket, room: Room) -> bool:
    if ticket.starts_at is None or ticket.ends_at is None:
        return False
    begin, end = padded(scene, max(ticket.starts_at, scene.now), ticket.ends_at)
    try:
        with scene.session.begin_nested():
            blocks = rooms.blocks(scene.session, room)
            held = bookings.set_aside(scene.session, blocks, starts_at=begin, ends_at=end, now=scene.now)
    except Conflict:
        return False
    ticket.allocation = held
    ticket.fields = {**ticket.fields, "offered_id": room.id, "offered": room.name}
    due = in_minutes(scene, "offer_minutes")
    tickets.change(
        scene.session,
        ticket,
        actor=None,
        action="offer",
        now=scene.now,
        responsible=ticket.requester,
        due_at=due,
        details={"room": room.name},
    )
    until = brief(due, now=scene.now)
    _told(scene, ticket, f"🎉 候补有房了：<b>{esc(room.name)}</b>。给您留到 {until}，要就点「要这间」")
    return True


def _told(scene: Scene, ticket: Ticket, lead: str, *, party: str = "requester") -> None:
    """Send a fresh card with what the desk did by itself above it, and bring the others up to date."""
    cards.show(scene, kind(scene), ticket, party=party, lead=lead)
    lifecycle.settle(scene, kind(scene), ticket)


def withdraw_offer(scene: Scene, ticket: Ticket) -> None:
    """Take back a room that was offered, and remember that it was not wanted."""
    declined = [*(ticket.fields.get("declined") or []), ticket.fields.get("offered_id")]
    bookings.release(scene.session, ticket)
    ticket.fields = {**ticket.fields, "declined": declined, "offered_id": None, "offered": ""}


# ── the sweep ───────────────────────────────────────────────────────────────────────────────────────


def sweep(session: Session, *, house: House, now: datetime) -> int:
    """Do what has come due for rooms by the instant `now`; return how many tickets changed. Safe to run at any time."""
    scene = Scene(session=session, now=now, house=house)
    changed = _no_shows(scene) + _over(scene) + _offers_not_taken(scene) + _too_late(scene)
    offer_free(scene)
    return changed


def _no_shows(scene: Scene) -> int:
    grace = timedelta(minutes=parameter(scene, "no_show_minutes"))
    gone = rooms.release_no_shows(scene.session, now=scene.now, grace=grace)
    for ticket in gone:
        _told(scene, ticket, "⚠️ 开始 15 分钟没有签到，房间已释放给别人，记一次未到场。还要用请重新订")
    return len(gone)


def _over(scene: Scene) -> int:
    """Close the meetings whose room is to be cleared by now."""
    after = timedelta(minutes=parameter(scene, "teardown_minutes"))
    over = [
        t for t in rooms.open_in(scene.session, (IN_USE,)) if t.ends_at and t.ends_at + after <= scene.now
    ]
    for ticket in over:
        tickets.change(
            scene.session, ticket, actor=None, action="end", now=scene.now, state=ENDED, close=True
        )
        _told(scene, ticket, "🏁 会议结束，请给这次服务打个分")
    return len(over)


def _offers_not_taken(scene: Scene) -> int:
    late = [
        t
        for t in rooms.open_in(scene.session, (WAITING, DISPLACED))
        if t.allocation is not None and t.queue is None and t.due_at and t.due_at <= scene.now
    ]
    for ticket in late:
        if ticket.state == WAITING:
            withdraw_offer(scene, ticket)
        # A displaced meeting keeps its new room; room service rings the people up.
        due = max(ticket.starts_at or scene.now, in_minutes(scene, "confirm_minutes"))
        tickets.change(
            scene.session, ticket, actor=None, action="lapse", now=scene.now, queue=QUEUE, due_at=due
        )
        if ticket.state == DISPLACED:
            _told(scene, ticket, "⚠️ 被调整的会还没答复新房间，请电话联系", party="dispatcher")
        else:
            _told(scene, ticket, "⌛ 留的房间没等到您答复，已给了别人；您还在候补里")
    return len(late)


def _too_late(scene: Scene) -> int:
    """Close the requests that were waiting when their time went by."""
    late = [
        t
        for t in rooms.open_in(scene.session, (WAITING, TO_CONFIRM, DISPLACED))
        if t.ends_at and t.ends_at <= scene.now
    ]
    for ticket in late:
        bookings.release(scene.session, ticket)
        tickets.change(
            scene.session,
            ticket,
            actor=None,
            action="lapse",
            now=scene.now,
            state=CANCELLED,
            close=True,
            reason="时间已过，没有排上",
        )
        _told(scene, ticket, "😔 很抱歉，直到时间过去也没有安排上房间，这张单子关闭了")
    return len(late)
