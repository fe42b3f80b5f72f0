"""Choosing a room before anything is booked: the rules, the ranked offers, a row of meetings.

The room on the card is the one 「提交」 books; the others hang below it as buttons that book at one tap. A room once shown
stays on the card until the request changes: nobody gets another room than the one they read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from desk import recurring, rooms
from desk.errors import Refusal
from desk.instants import WEEKDAYS, to_instant, to_local
from handlers.dialogue import when
from handlers.room import office
from handlers.room.base import (
    is_office,
    own_ticket,
    padded,
    parameter,
)

if TYPE_CHECKING:
    from desk.models import Allocation, Room, Ticket
    from desk.rooms import Needs, Offer
    from handlers.kinds import Fields, Scene

# What of a form decides which room is offered.
DECIDING = (
    "start",
    "end",
    "people",
    "room_name",
    "location",
    "equipment",
    "secret",
    "recurrence",
    "picked_id",
    "seats_over",
    "seats_under",
    "not_rooms",
)
# Somebody from outside wants the house's rooms (「朋友公司想借礼堂」).
OUTSIDERS = re.compile(
    r"(?:朋友|亲戚|同学|公司|企业|商会|协会|机构|外单位)[^，。；,;！!？?]{0,6}(?:借|租)|(?:借|租)给"
)
USUAL_WORDS = ("老地方", "上回那屋", "上次那屋", "上次那间", "还是那屋")
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The offers for a form, best first, and the rooms the words name (free or not)."""

    offers: tuple[Offer, ...]
    named: tuple[Room, ...]

    @property
    def named_is_taken(self) -> bool:
        """Say whether a room was named and none of that name can be had."""
        return bool(self.named) and not any(o.named for o in self.offers)


# ── the rules ───────────────────────────────────────────────────────────────────────────────────────


def check_rules(scene: Scene, fields: Fields) -> None:
    """Refuse what the rules forbid outright. Raises Refusal with the clause and another way."""
    text = f"{fields.get('said') or ''} {fields.get('purpose') or ''}"
    lending = scene.house.rules.rule("ROOM-1")
    if OUTSIDERS.search(text) or any(word in text for word in lending.words_found):
        raise Refusal(lending.quoted(), rule=lending.code, alternative=lending.alternative)
    if is_office(fields):
        office.check_rules(scene, fields)
        return
    people = int(fields.get("people") or 0)
    biggest = rooms.biggest_capacity(scene.session)
    if people > biggest > 0:
        rule = scene.house.rules.rule("ROOM-25")
        words = f"{people} 人，最大的会场也只有 {biggest} 座。"
        raise Refusal(words + rule.quoted(), rule=rule.code, alternative=rule.alternative)
    if fields.get("secret") and "视频会议" in (fields.get("equipment") or []):
        rule = scene.house.rules.rule("ROOM-20")
        way = "可以不用视频，我找一间没有外联视频的房间；确需视频的，请走机要渠道。"
        raise Refusal(rule.quoted(), rule=rule.code, alternative=way)


# ── the choice ──────────────────────────────────────────────────────────────────────────────────────


def needs_of(scene: Scene, fields: Fields) -> Needs:
    """Return what the form needs of a room."""
    name = str(fields.get("room_name") or "")
    habits = scene.actor.habits if scene.actor else {}
    usual = habits.get("room_id")
    if any(word in name for word in USUAL_WORDS):
        name = str(habits.get("room_name") or "")
    wish = rooms.read_wish(scene.session, f"{fields.get('location') or ''}{name}")
    for line in reversed(str(fields.get("said") or "").splitlines()):
        # A building of the register counts wherever it was said, the last one said first.
        if wish.buildings or fields.get("picked_id"):
            break
        heard = rooms.read_wish(scene.session, line)
        floor = heard.floor if wish.floor is None and not wish.number else wish.floor
        wish = replace(wish, buildings=heard.buildings, floor=floor if heard.buildings else wish.floor)
    return replace(
        wish,
        people=int(fields.get("people") or 0),
        equipment=tuple(fields.get("equipment") or ()),
        usual=fields.get("picked_id") or usual,
        secret=bool(fields.get("secret")),
        over=int(fields.get("seats_over") or 0),
        under=int(fields.get("seats_under") or 0),
        but=tuple(fields.get("not_rooms") or ()),
    )


def besides(scene: Scene, fields: Fields) -> Allocation | None:
    """Return what the ticket being changed holds already; it does not stand in its own way."""
    ticket = own_ticket(scene, fields)
    return ticket.allocation if ticket else None


def choose(scene: Scene, fields: Fields) -> Choice:
    """Return the offers for a form whose time is known. Raises BadInput while it is not."""
    needs = needs_of(scene, fields)
    named = [r for r in rooms.named_rooms(scene.session, needs) if r.use in rooms.MEETING_USES]
    if named and not needs.people:
        needs = replace(needs, like=named[0].capacity)
    starts_at, ends_at = padded(scene, *when.instants(fields))

    def offered(wanted: Needs) -> list[Offer]:
        own = besides(scene, fields)
        return rooms.offers(
            scene.session, wanted, starts_at=starts_at, ends_at=ends_at, besides=own, limit=1000
        )

    found = offered(needs)
    if not found and needs.is_picky:
        found = offered(replace(needs, over=0, under=0, but=()))  # better the old room than none
    picked = fields.get("picked_id")
    found = sorted(found, key=lambda o: o.room.id != picked)[:6]
    spans = occasions(scene, fields)[0]
    if len(spans) > 1 and not (picked or any(o.named for o in found)):
        # For a row of meetings the room that is free most often goes first.
        found = sorted(found, key=lambda o: len(clashes(scene, fields, o.room, spans)))
    return Choice(offers=tuple(found[:4]), named=tuple(named))


def defaults(scene: Scene, fields: Fields) -> Fields:
    """Fill what people leave out: the end, and the recommended room; each is shown on the card."""
    if is_office(fields):
        return office.defaults(scene, fields)
    found: Fields = {}
    start = when.moment(fields.get("start"))
    if start is None:
        return found
    if when.moment(fields.get("end")) is None:
        end = start + timedelta(hours=parameter(scene, "meeting_hours"))
        found |= {"end": end.isoformat(timespec="minutes"), "end_said": False}
    key = key_of({**fields, **found})
    if fields.get("room_for") == key and not fields.get("_late"):
        return found
    offers = choose(scene, {**fields, **found}).offers
    room = offers[0].room if offers else None
    found |= {
        "room_id": room.id if room else None,
        "room_seats": room.capacity if room else 0,
        "room_label": label(room) if room else "",
        "room_for": key,
    }
    return found | {"_late": False, "waitlist": False}


def key_of(fields: Fields) -> str:
    return "|".join(str(fields.get(name) or "") for name in DECIDING)


def label(room: Room) -> str:
    """Return a room as the card shows it."""
    return f"{room.name}（{room.capacity}座）" if room.capacity else room.name


# ── a row of meetings ───────────────────────────────────────────────────────────────────────────────


def occasions(scene: Scene, fields: Fields) -> tuple[list[Span], tuple[date, ...]]:
    """Return every span of a form — one, or those of a row of meetings — and the days left out as holidays."""
    starts_at, ends_at = when.instants(fields)
    rule = recurring.read_rule(fields.get("recurrence"))
    if rule is None:
        return [(starts_at, ends_at)], ()
    local = to_local(starts_at)
    days = recurring.days_of(
        rule,
        first=local.date(),
        last=to_local(scene.now).date() + timedelta(days=parameter(scene, "book_days")),
        most=parameter(scene, "series_most"),
        calendar=scene.house.calendar,
    )
    begun = [to_instant(datetime.combine(day, local.time())) for day in days.days]
    spans = [(start, start + (ends_at - starts_at)) for start in begun if start > scene.now - when.GRACE]
    return spans or [(starts_at, ends_at)], days.skipped


def clashes(scene: Scene, fields: Fields, room: Room, spans: list[Span]) -> list[tuple[datetime, Ticket]]:
    """Return the starts at which `room` is taken, each with the ticket that holds it."""
    own = own_ticket(scene, fields)
    found = []
    for span in spans:
        starts_at, ends_at = padded(scene, *span)
        held = rooms.holders(scene.session, (room,), starts_at=starts_at, ends_at=ends_at)
        others = [t for t in held if own is None or not _goes_along(own, t)]
        if others:
            found.append((span[0], others[0]))
    return found


def _goes_along(own: Ticket, other: Ticket) -> bool:
    """Say whether `other` is the meeting being changed, or one of its row: it moves too, or stays on a day of its own."""
    series = own.fields.get("series")
    return other.id == own.id or (bool(series) and other.fields.get("series") == series)


def day_words(start: datetime) -> str:
    """Say the local day of an instant in few words: 「11月30日周一」."""
    day = to_local(start).date()
    return f"{day.month}月{day.day}日周{WEEKDAYS[day.weekday()]}"


def held_words(ticket: Ticket) -> str:
    """Say who holds a room and when, never what for."""
    home = ticket.requester.department.name if ticket.requester.department else ticket.requester.name
    if ticket.starts_at is None or ticket.ends_at is None:
        return home
    return f"{to_local(ticket.starts_at):%H:%M}–{to_local(ticket.ends_at):%H:%M} {home}"
