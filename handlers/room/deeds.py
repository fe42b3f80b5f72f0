"""What is done with a meeting's ticket: confirming, moving, refusing, laying out, checking in, ending, cancelling.

Each `do` makes its effects and returns the move; each `after` tells who must hear.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from desk import bookings, rooms
from desk.errors import BadInput, Conflict, Refusal
from desk.instants import brief, to_local
from desk.models import Room, Ticket
from handlers.kinds import Move
from handlers.room import waiting
from handlers.room.base import (
    BEFORE_MEETING,
    BOOKED,
    CANCELLED,
    DISPLACED,
    ENDED,
    IN_USE,
    NAME,
    QUEUE,
    REJECTED,
    SETTING_UP,
    TO_ARRANGE,
    TO_CONFIRM,
    WAITING,
    in_minutes,
    is_office,
    kind,
    padded,
    parameter,
)
from handlers.room.booking import hands_when_booked, hold, room_fields
from handlers.tickets import cards, lifecycle
from handlers.tickets.parties import members
from handlers.words import esc

if TYPE_CHECKING:
    from desk.rules import Rule
    from handlers.kinds import Deed, Fields, Scene


def _booked(deed: Deed, *, details: dict[str, object] | None = None) -> Move:
    hands = hands_when_booked(deed.scene, deed.ticket)
    return Move(state=BOOKED, **hands, details=details or {})


# ── the dispatcher's side ───────────────────────────────────────────────────────────────────────────


def after_take(deed: Deed) -> None:
    name = deed.scene.actor.name if deed.scene.actor else ""
    text = f"📋 {deed.ticket.number} 会议服务{esc(name)}已受理，正在安排。"
    cards.tell(deed.scene, deed.ticket, party="requester", text=text)


def arrange(deed: Deed) -> Move:
    """Confirm the room that is held, or give another one. Raises Conflict when it is taken, Refusal when it is too small."""
    scene, ticket = deed.scene, deed.ticket
    if ticket.starts_at is None or ticket.ends_at is None:
        raise BadInput("这张单子没有时间，排不了房间")
    room = _chosen(deed)
    if room.capacity and room.capacity < int(ticket.fields.get("people") or 0):
        rule = scene.house.rules.rule("ROOM-25")
        words = f"{room.name}只有 {room.capacity} 座，坐不下 {ticket.fields['people']} 人。"
        raise Refusal(words + rule.quoted(), rule=rule.code, alternative="请换一间大些的")
    if ticket.fields.get("secret") and "视频会议" in room.equipment:
        rule = scene.house.rules.rule("ROOM-20")
        raise Refusal(rule.quoted(), rule=rule.code, alternative="请换一间没有外联视频的房间")
    before = ticket.fields.get("room_name") or ""
    give(scene, ticket, room)
    return _booked(deed, details={"room": room.name, "before": before})


def _chosen(deed: Deed) -> Room:
    scene, ticket = deed.scene, deed.ticket
    if not deed.arg:
        held = bookings.resource_of(ticket, sort="room")
        found = [held] if isinstance(held, Room) else waiting.candidates(scene, ticket, limit=1)
        if not found:
            raise Conflict("这个时段没有空房了，可以驳回并给出别的办法，或等有房再安排")
        return found[0]
    room = scene.session.get(Room, int(deed.arg)) if deed.arg.isdigit() else None
    if room is None or not room.active or room.use not in rooms.MEETING_USES:
        raise Conflict("这间房不在可用的会议室里，请重新选")
    return room


def give(scene: Scene, ticket: Ticket, room: Room) -> None:
    """Set `room` aside for `ticket` in place of what it held."""
    if ticket.starts_at is None or ticket.ends_at is None:
        raise BadInput("这张单子没有时间，排不了房间")
    held = bookings.resource_of(ticket, sort="room")
    if held is None or held.id != room.id:
        bookings.release(scene.session, ticket)
        ticket.allocation = hold(scene, room, max(ticket.starts_at, scene.now), ticket.ends_at)
    gone = {"wanted_id": None, "offered_id": None, "offered": ""}
    ticket.fields = {**ticket.fields, **gone, **room_fields(room, ticket.fields)}
    scene.session.flush()


def after_arrange(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    lead = "🔁 会议室换好了" if deed.action == "reassign" else "✅ 会议室订好了"
    cards.show(scene, kind(scene), ticket, party="requester", lead=lead)
    for other in rooms.series(scene.session, ticket):
        # Confirming one of a row confirms those that wait for the same word.
        if deed.action == "arrange" and other.id != ticket.id and other.state == TO_CONFIRM:
            hands = hands_when_booked(scene, other)
            lifecycle.apply(scene, other, Move(state=BOOKED, **hands), action="arrange")
            lifecycle.settle(scene, kind(scene), other)
    waiting.offer_free(scene)


def reject(deed: Deed) -> Move:
    """Refuse with a clause; the requester gets the reason and another way."""
    scene, ticket = deed.scene, deed.ticket
    rule = next((r for r in reasons(scene, deed.ticket) if r.code == deed.arg), None)
    if rule is None:
        raise BadInput("请从列表里选一条驳回依据")
    reason = f"{rule.reject_label}。{rule.quoted()}"
    for one in _row_to_confirm(scene, ticket):
        bookings.release(scene.session, one)
        one.fields = {**one.fields, "refused": reason, "refused_way": rule.alternative, **_without(one)}
        if one.id != ticket.id:
            _close(scene, one, action="reject", state=REJECTED, reason=reason)
    return Move(state=REJECTED, close=True, reason=reason, details={"rule": rule.code})


def _without(ticket: Ticket) -> Fields:
    """Return what a new request made of this one must do without: the room it was refused."""
    room = ticket.fields.get("room_id")
    return {"once_more": {"not_rooms": [room], "room_name": ""}} if room else {}


def _row_to_confirm(scene: Scene, ticket: Ticket) -> list[Ticket]:
    others = [t for t in rooms.series(scene.session, ticket) if t.id != ticket.id and t.state == TO_CONFIRM]
    return [ticket, *(others if ticket.state == TO_CONFIRM else [])]


def _close(scene: Scene, ticket: Ticket, *, action: str, state: str, reason: str) -> None:
    lifecycle.apply(scene, ticket, Move(state=state, close=True, reason=reason), action=action)
    lifecycle.settle(scene, kind(scene), ticket)


def reasons(scene: Scene, ticket: Ticket) -> list[Rule]:
    """Return the clauses a dispatcher may refuse this request with: those of offices or those of meetings."""
    others = FOR_MEETINGS if is_office(ticket.fields) else FOR_OFFICES
    return [r for r in scene.house.rules.of(NAME) if r.reject_label and r.code not in others]


def after_reject(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    f = ticket.fields
    lead = f"❌ 这张单子没能安排\n{esc(f['refused'])}\n💡 {esc(f['refused_way'])}"
    cards.show(scene, kind(scene), ticket, party="requester", lead=lead)
    waiting.offer_free(scene)


def set_up(deed: Deed) -> Move:
    """Room service begins to lay the room out."""
    return Move(
        state=SETTING_UP,
        responsible=deed.scene.actor,
        due_at=max(deed.ticket.starts_at or deed.scene.now, deed.scene.now),
    )


def ready(deed: Deed) -> Move:
    """The room is laid out; whoever booked it checks in next."""
    scene, ticket = deed.scene, deed.ticket
    ticket.fields = {**ticket.fields, "ready": to_local(scene.now).isoformat(timespec="minutes")}
    due = max(ticket.starts_at or scene.now, scene.now) + timedelta(
        minutes=parameter(scene, "no_show_minutes")
    )
    return Move(responsible=ticket.requester, due_at=due)


def is_not_ready(_scene: Scene, ticket: Ticket) -> bool:
    """Say whether the layout is still to be reported."""
    return not ticket.fields.get("ready")


def after_ready(deed: Deed) -> None:
    text = f"🪑 {deed.ticket.number} {esc(deed.ticket.fields.get('room_name'))}已布置好。"
    cards.tell(deed.scene, deed.ticket, party="requester", text=text)


# ── the requester's side ────────────────────────────────────────────────────────────────────────────


def may_check_in(scene: Scene, ticket: Ticket) -> bool:
    """Say whether checking in is possible: from a quarter of an hour before the start."""
    early = timedelta(minutes=parameter(scene, "checkin_minutes"))
    return ticket.starts_at is not None and scene.now >= ticket.starts_at - early


def check_in(deed: Deed) -> Move:
    """Somebody is there; the room is in use."""
    scene, ticket = deed.scene, deed.ticket
    if not may_check_in(scene, ticket):
        at = (ticket.starts_at or scene.now) - timedelta(minutes=parameter(scene, "checkin_minutes"))
        raise Conflict(f"还没到签到时间，{brief(at, now=scene.now)} 起可以签到")
    ticket.fields = {**ticket.fields, "checked_in": to_local(scene.now).isoformat(timespec="minutes")}
    due = max(ticket.ends_at or scene.now, scene.now)
    return Move(state=IN_USE, responsible=ticket.requester, due_at=due)


def finish(deed: Deed) -> Move:
    """The meeting is over; the room is free once it is cleared."""
    scene, ticket = deed.scene, deed.ticket
    if ticket.allocation is not None:
        cleared = scene.now + timedelta(minutes=parameter(scene, "teardown_minutes"))
        bookings.end_early(scene.session, ticket.allocation, now=cleared)
    ticket.fields = {**ticket.fields, "ended_at": to_local(scene.now).isoformat(timespec="minutes")}
    return Move(state=ENDED, close=True)


def after_finish(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    cards.show(scene, kind(scene), ticket, party="requester", lead="🏁 会议结束，请给这次服务打个分")
    waiting.offer_free(scene)


def is_before_end(scene: Scene, ticket: Ticket) -> bool:
    """Say whether the meeting would end before its time."""
    return ticket.ends_at is not None and scene.now < ticket.ends_at


def is_past_end(scene: Scene, ticket: Ticket) -> bool:
    """Say whether the meeting's time is up."""
    return not is_before_end(scene, ticket)


def prolong(deed: Deed) -> Move:
    """Half an hour more, if nobody else has the room then. Raises Conflict otherwise."""
    scene, ticket = deed.scene, deed.ticket
    if ticket.allocation is None or ticket.starts_at is None or ticket.ends_at is None:
        raise Conflict("这张单子没有占着房间，延长不了")
    end = max(ticket.ends_at, scene.now) + timedelta(minutes=30)
    begin, until = padded(scene, ticket.starts_at, end)
    try:
        bookings.move(scene.session, ticket.allocation, starts_at=begin, ends_at=until)
    except Conflict as taken:
        raise Conflict("后面已有别的会，延长不了", alternative="可以另订一间接着开") from taken
    ticket.ends_at = end
    ticket.fields = {**ticket.fields, "end": to_local(end).isoformat(timespec="minutes")}
    return Move(due_at=end, details={"until": to_local(end).isoformat(timespec="minutes")})


def cancel(deed: Deed) -> Move:
    """Withdraw one meeting, or (`following`, `all`) others of its row with it; the rooms are free again."""
    scene, ticket = deed.scene, deed.ticket
    scope = deed.arg if deed.arg in ("following", "all") else "one"
    count = 1
    for other in rooms.series(scene.session, ticket) if scope != "one" else []:
        earlier = scope == "following" and (other.starts_at or scene.now) < (ticket.starts_at or scene.now)
        if other.id == ticket.id or other.state not in BEFORE_MEETING or earlier:
            continue
        bookings.release(scene.session, other)
        _close(scene, other, action="cancel", state=CANCELLED, reason="")
        count += 1
    bookings.release(scene.session, ticket)
    reason = deed.arg if scope == "one" else ""
    return Move(state=CANCELLED, close=True, reason=reason, details={"count": count, "scope": scope})


def cancelled_words(deed: Deed) -> str:
    """Say what was cancelled."""
    if deed.arg == "following":
        return f"🚫 {deed.ticket.number} 这次和以后各次都取消了，房间已放出。"
    if deed.arg == "all":
        return f"🚫 {deed.ticket.number} 所在的周期会议全部取消了，房间已放出。"
    return f"🚫 {deed.ticket.number} 已取消。"


def after_cancel(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    name = ticket.fields.get("room_name") or ""
    text = f"🚫 {ticket.number} {esc(name)}已由{esc(ticket.requester.name)}取消，不用准备了。"
    cards.tell(scene, ticket, party="approver", text=text, besides=scene.actor)
    for person in members(scene.session, ticket, "dispatcher"):
        # Room service hears only of what was on their table; small quiet rooms never bother them.
        is_actor = scene.actor is not None and person.id == scene.actor.id
        if not is_actor and cards.card_in(scene.session, ticket, chat_id=person.chat_id or 0):
            cards.tell_person(scene, ticket, person, text)
    waiting.offer_free(scene)


# ── offers: from the waiting list, or after being displaced ─────────────────────────────────────────


def has_offer(_scene: Scene, ticket: Ticket) -> bool:
    """Say whether a room is held for an answer."""
    return ticket.allocation_id is not None


def accept(deed: Deed) -> Move:
    """Take the room that is held. What is left of the meeting is booked."""
    scene, ticket = deed.scene, deed.ticket
    room = bookings.resource_of(ticket, sort="room")
    if not isinstance(room, Room):
        raise Conflict("这间房已经给别人了，您还在候补里，有房马上告诉您")
    if ticket.starts_at is not None and ticket.starts_at < scene.now:
        ticket.starts_at = scene.now
        ticket.fields = {**ticket.fields, "start": to_local(scene.now).isoformat(timespec="minutes")}
    give(scene, ticket, room)
    return _booked(deed, details={"room": room.name})


def after_accept(deed: Deed) -> None:
    cards.show(deed.scene, kind(deed.scene), deed.ticket, party="requester", lead="✅ 会议室订好了")


def decline(deed: Deed) -> Move:
    """Refuse the room that is held; the ticket goes on waiting."""
    scene, ticket = deed.scene, deed.ticket
    waiting.withdraw_offer(scene, ticket)
    return Move(queue=QUEUE, due_at=max(ticket.starts_at or scene.now, in_minutes(scene, "confirm_minutes")))


def after_decline(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    if ticket.state == DISPLACED:
        lead = "⚠️ 被调整的会不要新房间，请另作安排"
        cards.show(scene, kind(scene), ticket, party="dispatcher", lead=lead)
    waiting.offer_free(scene)


# Clauses that speak of offices only, and of meetings only.
FOR_OFFICES = ("ROOM-2", "ROOM-5")
FOR_MEETINGS = ("ROOM-23", "ROOM-25")
STATES_TO_ARRANGE = (TO_CONFIRM, WAITING, DISPLACED)
STATES_TO_TAKE = (TO_CONFIRM, WAITING, DISPLACED, BOOKED, TO_ARRANGE)
