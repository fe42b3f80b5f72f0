"""From a filled form to what is set aside: one meeting, a row of meetings, a place on the waiting list; and changes to them.

A small room is booked at once. A big one is set aside too, so that nobody else takes it, and waits for room service to confirm.
In a row of meetings every one is a ticket of its own under the first; those whose room is taken are named, the rest stand.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from desk import bookings, rooms, tickets
from desk.errors import BadInput, Conflict
from desk.instants import to_local
from desk.models import Room, Ticket
from handlers.dialogue import when
from handlers.kinds import Move
from handlers.room import choosing, office, waiting
from handlers.room.base import (
    BOOKED,
    NAME,
    QUEUE,
    TO_CONFIRM,
    WAITING,
    in_minutes,
    is_office,
    kept,
    kind,
    needs_confirmation,
    padded,
    parameter,
    services,
)
from handlers.room.choosing import day_words, held_words
from handlers.tickets import cards, lifecycle

if TYPE_CHECKING:
    from desk.models import Allocation
    from handlers.kinds import Fields, Scene

Hands = dict[str, Any]  # the keywords of one responsible person or queue with its due time


def submit(scene: Scene, fields: Fields) -> Ticket:
    """Book, or hand to room service, or put on the waiting list. Raises Refusal, BadInput, Conflict (somebody was faster)."""
    choosing.check_rules(scene, fields)
    if is_office(fields):
        return office.submit(scene, fields)
    if "room_for" not in fields:
        fields = {**fields, **choosing.defaults(scene, fields)}
    starts_at, _ = when.instants(fields)
    if starts_at < scene.now - when.GRACE:
        raise BadInput("开始时间已经过去了，请先改一下时间")
    room = scene.session.get(Room, fields.get("room_id") or 0)
    if room is None or fields.get("waitlist"):
        return _wait(scene, fields)
    spans, skipped = choosing.occasions(scene, fields)
    if len(spans) > 1:
        return _book_row(scene, fields, room, spans, skipped=[d.isoformat() for d in skipped])
    ticket = _book(scene, fields, room, spans[0])
    _remember(scene, room)
    _tell_service(scene, ticket, lead="🔔 新的会议室申请" if ticket.state == TO_CONFIRM else "🔔 会议服务")
    return ticket


def hold(scene: Scene, room: Room, starts_at: datetime, ends_at: datetime) -> Allocation:
    """Set a room (with its parts) aside for a meeting and its buffers. Raises Conflict; then nothing is set aside."""
    begin, end = padded(scene, starts_at, ends_at)
    with scene.session.begin_nested():
        return bookings.set_aside(
            scene.session, rooms.blocks(scene.session, room), starts_at=begin, ends_at=end, now=scene.now
        )


def hands_when_booked(scene: Scene, ticket: Ticket) -> Hands:
    """Return who answers for a booked room: room service while there is something to lay out, else who booked it."""
    starts_at = ticket.starts_at or scene.now
    if services(scene, ticket.fields) or needs_service(scene, ticket):
        due = max(starts_at - timedelta(minutes=30), min(starts_at, in_minutes(scene, "confirm_minutes")))
        return {"queue": QUEUE, "responsible": None, "due_at": max(due, scene.now)}
    due = max(starts_at, scene.now) + timedelta(minutes=parameter(scene, "no_show_minutes"))
    return {"queue": None, "responsible": ticket.requester, "due_at": due}


def needs_service(scene: Scene, ticket: Ticket) -> bool:
    """Say whether room service has to do with this meeting: a big room, or a video conference."""
    room = scene.session.get(Room, ticket.fields.get("room_id") or 0)
    return room is not None and needs_confirmation(scene, room, ticket.fields)


def _book(
    scene: Scene, fields: Fields, room: Room, span: choosing.Span, *, head: Ticket | None = None
) -> Ticket:
    if scene.actor is None:
        raise BadInput("不知道是谁在申请")
    allocation = hold(scene, room, *span)
    confirm = needs_confirmation(scene, room, fields)
    local = {"start": _local(span[0]), "end": _local(span[1])}
    ticket = tickets.open_ticket(
        scene.session,
        prefix=kind(scene).prefix,
        kind=NAME,
        state=TO_CONFIRM if confirm else BOOKED,
        requester=scene.actor,
        fields={**kept(fields), **local, **room_fields(room, fields)},
        starts_at=span[0],
        ends_at=span[1],
        due_at=in_minutes(scene, "confirm_minutes"),
        queue=QUEUE,
        user_name=str(fields.get("user_name") or ""),
        parent=head,
        now=scene.now,
    )
    ticket.allocation = allocation
    ticket.fields = {**ticket.fields, "own": ticket.id}
    if not confirm:
        found = hands_when_booked(scene, ticket)
        ticket.queue, ticket.responsible, ticket.due_at = (
            found["queue"],
            found["responsible"],
            found["due_at"],
        )
    scene.session.flush()
    return ticket


def _local(instant: datetime) -> str:
    return to_local(instant).isoformat(timespec="minutes")


def room_fields(room: Room, fields: Fields) -> Fields:
    """Return what a ticket keeps of its room; the words that asked for it stay beside it."""
    wish = fields.get("wish_room") or fields.get("room_name") or ""
    return {
        "room_id": room.id,
        "picked_id": room.id,
        "room_name": room.name,
        "room_label": choosing.label(room),
        "wish_room": "" if rooms.is_called(room, str(wish)) else wish,
    }


def _remember(scene: Scene, room: Room) -> None:
    if scene.actor is not None:
        scene.actor.habits = {**scene.actor.habits, "room_id": room.id, "room_name": room.name}


def _tell_service(scene: Scene, ticket: Ticket, *, lead: str) -> None:
    if ticket.queue is not None:
        cards.show(scene, kind(scene), ticket, party="dispatcher", lead=lead)


# ── a row of meetings ───────────────────────────────────────────────────────────────────────────────


def _book_row(
    scene: Scene, fields: Fields, room: Room, spans: list[choosing.Span], *, skipped: list[str]
) -> Ticket:
    made: list[Ticket] = []
    missed: list[str] = []
    for span in spans:
        try:
            made.append(_book(scene, fields, room, span, head=made[0] if made else None))
        except Conflict:
            begin, end = padded(scene, *span)
            held = rooms.holders(scene.session, (room,), starts_at=begin, ends_at=end)
            who = f"（{held_words(held[0])}）" if held else ""
            missed.append(f"{day_words(span[0])}{who}")
    if not made:
        raise Conflict(f"{room.name}在这些时段都已被占用，请换一间或换个时间")
    head = made[0]
    for ticket in made:
        ticket.fields = {**ticket.fields, "series": head.id}
    dates = [day_words(t.starts_at) for t in made if t.starts_at]
    head.fields = {**head.fields, "dates": dates, "missed": missed, "skipped": skipped}
    scene.session.flush()
    for ticket in made[1:]:
        lifecycle.settle(scene, kind(scene), ticket)
    _remember(scene, room)
    _tell_service(scene, head, lead=f"🔔 新的周期会议，共 {len(made)} 次")
    return head


# ── the waiting list ────────────────────────────────────────────────────────────────────────────────


def _wait(scene: Scene, fields: Fields) -> Ticket:
    if scene.actor is None:
        raise BadInput("不知道是谁在申请")
    starts_at, ends_at = when.instants(fields)
    named = choosing.choose(scene, fields).named
    wanted = {"wanted_id": named[0].id, "wanted_name": named[0].name} if named else {}
    none = {"room_id": None, "room_label": "", "picked_id": None, "recurrence": None}
    ticket = tickets.open_ticket(
        scene.session,
        prefix=kind(scene).prefix,
        kind=NAME,
        state=WAITING,
        requester=scene.actor,
        fields={**kept(fields), **none, **wanted},
        starts_at=starts_at,
        ends_at=ends_at,
        due_at=max(starts_at, scene.now),
        queue=QUEUE,
        user_name=str(fields.get("user_name") or ""),
        now=scene.now,
    )
    ticket.fields = {**ticket.fields, "own": ticket.id}
    cards.show(scene, kind(scene), ticket, party="dispatcher", lead="🔔 会议室候补")
    return ticket


# ── changes ─────────────────────────────────────────────────────────────────────────────────────────


def revise(scene: Scene, ticket: Ticket, fields: Fields) -> str:
    """Change one meeting, or it and the later ones, or the whole row. Raises Refusal, BadInput, Conflict."""
    choosing.check_rules(scene, fields)
    if is_office(ticket.fields):
        return office.revise(scene, ticket, fields)
    scope = str(fields.get("scope") or "one")
    before = (ticket.starts_at, ticket.ends_at)
    said = _revise_one(scene, ticket, fields)
    if scope == "one" or not ticket.fields.get("series") or before[0] is None or before[1] is None:
        waiting.offer_free(scene)
        return said
    others = [
        t
        for t in rooms.series(scene.session, ticket)
        if t.id != ticket.id and t.starts_at and (scope == "all" or t.starts_at > before[0])
    ]
    moved = ((ticket.starts_at or before[0]) - before[0], (ticket.ends_at or before[1]) - before[1])
    done, missed = _revise_others(scene, others, fields, moved=moved)
    waiting.offer_free(scene)
    words = f"{said}另有 {done} 次一并改了。"
    return words + (f"没改成、仍按原来的：{'、'.join(missed)}。" if missed else "")


def _revise_others(
    scene: Scene, others: list[Ticket], fields: Fields, *, moved: tuple[timedelta, timedelta]
) -> tuple[int, list[str]]:
    done, missed = 0, []
    for other in others:
        if other.starts_at is None or other.ends_at is None or other.state not in kind(scene).changeable:
            continue
        local = {"start": _local(other.starts_at + moved[0]), "end": _local(other.ends_at + moved[1])}
        own = {"own": other.id, "dates": None, "missed": None, "skipped": None}
        try:
            with scene.session.begin_nested():
                _revise_one(scene, other, {**fields, **local, **own})
        except (Conflict, BadInput):
            missed.append(day_words(other.starts_at))
            continue
        lifecycle.settle(scene, kind(scene), other)
        done += 1
    return done, missed


def _revise_one(scene: Scene, ticket: Ticket, fields: Fields) -> str:
    starts_at, ends_at = when.instants(fields)
    if starts_at < scene.now - when.GRACE:
        raise BadInput("开始时间已经过去了，请换一个时间")
    if "room_id" not in fields:
        fields = {**fields, **choosing.defaults(scene, fields)}
    room = scene.session.get(Room, fields.get("room_id") or 0)
    before, was = (
        ticket.fields,
        (ticket.fields.get("room_id"), ticket.starts_at, ticket.ends_at, ticket.state),
    )
    bookings.release(scene.session, ticket)
    ticket.starts_at, ticket.ends_at = starts_at, ends_at
    ticket.user_name = str(fields.get("user_name") or "")
    kept_fields: Fields = {k: before[k] for k in ("series", "dates", "missed", "skipped") if k in before}
    ticket.fields = {**kept(fields), **kept_fields, "own": ticket.id}
    hands: Hands
    if fields.get("waitlist") or room is None:
        state, hands = WAITING, {"queue": QUEUE, "responsible": None, "due_at": max(starts_at, scene.now)}
    else:
        ticket.allocation = hold(scene, room, starts_at, ends_at)
        ticket.fields = {**ticket.fields, **room_fields(room, fields)}
        same = was == (room.id, starts_at, ends_at, BOOKED)
        if needs_confirmation(scene, room, fields) and not same:
            state, hands = (
                TO_CONFIRM,
                {"queue": QUEUE, "responsible": None, "due_at": in_minutes(scene, "confirm_minutes")},
            )
        else:
            state, hands = BOOKED, hands_when_booked(scene, ticket)
    details = {"before": {k: before.get(k) for k in fields if before.get(k) != fields.get(k)}}
    lifecycle.apply(scene, ticket, Move(state=state, details=details, **hands), action="revise")
    _tell_service(scene, ticket, lead="🔁 会议有变，请看新的安排")
    if state == WAITING:
        return "已修改。这个时段没有空房，先给您排候补。"
    where = f"房间：{ticket.fields['room_name']}。"
    return f"已修改，{where}" + ("等会议服务确认。" if state == TO_CONFIRM else "")
