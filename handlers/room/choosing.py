"""Choosing a room before anything is booked: the rules, the ranked offers with their reasons, the ways out when busy.

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
from desk.models import Room
from handlers import when
from handlers.kinds import Advice, Option
from handlers.room import office
from handlers.room.base import (
    is_office,
    needs_confirmation,
    own_ticket,
    padded,
    parameter,
    services,
)
from handlers.words import esc

if TYPE_CHECKING:
    from desk.models import Allocation, Ticket
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
        found = sorted(found, key=lambda o: len(_clashes(scene, fields, o.room, spans)))
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
    key = _key({**fields, **found})
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


def _key(fields: Fields) -> str:
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


def _clashes(scene: Scene, fields: Fields, room: Room, spans: list[Span]) -> list[tuple[datetime, Ticket]]:
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


# ── advice on the card ──────────────────────────────────────────────────────────────────────────────


def advise(scene: Scene, fields: Fields) -> Advice:
    """Look ahead before submission: rules to mind, other rooms at one tap, ways out when busy."""
    check_rules(scene, fields)
    if is_office(fields):
        return office.advise(scene, fields)
    choice = choose(scene, fields)
    room = scene.session.get(Room, fields.get("room_id") or 0)
    spans, skipped = occasions(scene, fields)
    notes = [*_of_the_room(scene, fields, choice, room), *_of_the_rules(scene, fields, room)]
    if fields.get("recurrence") and (not fields.get("series") or fields.get("scope") in ("following", "all")):
        notes += _of_the_row(scene, fields, room, spans, skipped)
    options: tuple[Option, ...] = _scopes(fields)
    others = [o for o in choice.offers if room is None or o.room.id != room.id]
    if room is not None and not choice.named_is_taken:
        if len(choice.named) == 1 and not needs_of(scene, fields).title_is_a_size:
            others = []  # the very room that was named is free; nothing else need be offered
        return Advice(notes=tuple(notes), options=(*options, *_other_rooms(fields, others[:2])))
    options += _other_rooms(fields, others[:2]) + _other_times(scene, fields, choice)
    if choice.named:
        options += (Option(label=f"排候补：{choice.named[0].name}", sets={"waitlist": True}, at_once=True),)
    trouble = _trouble(scene, fields, choice, room)
    return Advice(notes=tuple(notes), trouble=trouble, options=options[:6])


def _trouble(scene: Scene, fields: Fields, choice: Choice, room: Room | None) -> str:
    starts_at, ends_at = padded(scene, *when.instants(fields))
    why = "这个时段没有合适的会议室空着。"
    if choice.named:
        held = rooms.holders(scene.session, choice.named[:1], starts_at=starts_at, ends_at=ends_at)
        first = choice.named[0]
        own = own_ticket(scene, fields)
        taken = [t for t in held if own is None or t.id != own.id]
        if taken:
            why = f"{first.name}这个时段已被占用（{held_words(taken[0])}，前后留布场撤场时间）。"
        elif first.capacity < int(fields.get("people") or 0):
            why = f"{first.name}只有 {first.capacity} 座，坐不下 {fields['people']} 人。"
        elif fields.get("secret") and "视频会议" in first.equipment:
            why = f"{first.name}带外联视频，涉密会议不能用。"
        else:
            why = f"{first.name}这个时段订不了。"
    if room is not None:
        return f"{why}推荐改订 {label(room)}，点「提交」就订它；也可以："
    return f"{why}点「提交」先排候补，有房马上告诉您；也可以："


def _other_rooms(fields: Fields, offers: list[Offer]) -> tuple[Option, ...]:
    options = []
    for offer in offers:
        room = offer.room
        sets = {"picked_id": room.id, "room_name": "", "location": "", "room_id": room.id}
        # The key keeps this very room on the form: another one is never booked in its place unseen.
        sets |= {"room_seats": room.capacity, "room_label": label(room), "room_for": _key({**fields, **sets})}
        options.append(Option(label=_option_label(offer), sets=sets, at_once=True))
    return tuple(options)


def _option_label(offer: Offer) -> str:
    room = offer.room
    what = [f"{room.capacity}座" if room.capacity else "", "、".join(room.equipment[:2])]
    lacks = f"缺{'、'.join(offer.lacks)}" if offer.lacks else ""
    return f"订 {room.name} · " + " · ".join(w for w in (*what, lacks) if w)


def _other_times(scene: Scene, fields: Fields, choice: Choice) -> tuple[Option, ...]:
    starts_at, ends_at = when.instants(fields)
    before = padded(scene, starts_at, ends_at)
    room = choice.named[0] if choice.named else None
    found = rooms.near_starts(
        scene.session,
        needs_of(scene, fields),
        starts_at=before[0],
        ends_at=before[1],
        earliest=scene.now,
        room=room,
        besides=besides(scene, fields),
    )
    options = []
    for begin in found:
        start = to_local(begin + (starts_at - before[0]))
        end = start + (ends_at - starts_at)
        sets = {"start": start.isoformat(timespec="minutes"), "end": end.isoformat(timespec="minutes")}
        whose = f"（{room.name}）" if room else ""
        options.append(Option(label=f"改到 {start:%H:%M}–{end:%H:%M}{whose}", sets=sets))
    return tuple(options)


def _scopes(fields: Fields) -> tuple[Option, ...]:
    if not fields.get("series"):
        return ()
    words = {"one": "只改这一次", "following": "这次和以后各次都改", "all": "每一次都改"}
    now = fields.get("scope") or "one"
    return tuple(Option(label=said, sets={"scope": scope}) for scope, said in words.items() if scope != now)


def _of_the_room(scene: Scene, fields: Fields, choice: Choice, room: Room | None) -> list[str]:
    notes = []
    wished = f"{fields.get('location') or ''}{fields.get('room_name') or ''}"
    if any(word in wished for word in USUAL_WORDS):
        known = scene.actor and scene.actor.habits.get("room_name")
        notes.append(f"📍 您上次用的是{known}" if known else "📍 还没有您用过的房间记录，先按人数推荐")
    elif needs_of(scene, fields).names_a_room and not choice.named and fields.get("room_name"):
        notes.append(f"📍 台账里没有能开会的「{fields['room_name']}」，先推荐别的")
    notes += _of_the_size(scene, fields, room)
    offer = next((o for o in choice.offers if room is not None and o.room.id == room.id), None)
    if offer is not None:
        reasons = "、".join(_reasons(scene, fields, offer))
        notes.append(f"💡 推荐理由：{reasons}" if reasons else "")
        if offer.lacks:
            notes.append(f"🔌 这间没有{'、'.join(offer.lacks)}，会议服务看能不能另配")
    return [n for n in notes if n]


def _of_the_size(scene: Scene, fields: Fields, room: Room | None) -> list[str]:
    """Say so where no bigger, smaller or other room was to be had."""
    needs = needs_of(scene, fields)
    if room is None or not needs.is_picky or fields.get("picked_id") or needs.admits(room):
        return []
    size = "更大的" if needs.over else "更小又坐得下的" if needs.under else "别的合适的"
    return [f"📍 这个时段没有{size}会议室空着了，先给您看这间"]


def _reasons(scene: Scene, fields: Fields, offer: Offer) -> list[str]:
    room, people = offer.room, int(fields.get("people") or 0)
    has = [e for e in fields.get("equipment") or [] if e in rooms.BUILT_IN and e not in offer.lacks]
    return [
        reason
        for reason in (
            "就是您要的" if offer.named and not needs_of(scene, fields).title_is_a_size else "",
            "在您要的楼层" if offer.on_floor else "在您要的楼" if offer.in_building else "",
            f"{room.capacity} 座坐得下" if people and room.capacity >= people else "",
            f"有{'、'.join(has)}" if has else "",
            "您上次用的" if offer.usual and not fields.get("picked_id") else "",
            "" if needs_confirmation(scene, room, fields) else "不用审批",
        )
        if reason
    ]


def _of_the_rules(scene: Scene, fields: Fields, room: Room | None) -> list[str]:
    rules, notes = scene.house.rules, []
    starts_at, _ = when.instants(fields)
    people = int(fields.get("people") or 0)
    if room is not None and needs_confirmation(scene, room, fields):
        notes.append("📌 大会议室和视频会议由会议服务确认；提交后先给您占住")
        if room.capacity >= parameter(scene, "big_capacity") and starts_at - scene.now < timedelta(
            days=parameter(scene, "big_lead_days")
        ):
            notes.append(f"⏱ {rules.rule('ROOM-22').quoted()}")
    if people >= parameter(scene, "video_people"):
        notes.append(f"📺 {rules.rule('ROOM-3').quoted()}能开视频会的可以告诉我「要视频会议」")
    said = f"{fields.get('said') or ''} {'、'.join(fields.get('equipment') or [])}"
    if any(word in said for word in parameter(scene, "not_served")):
        notes.append(f"📌 {rules.rule('ROOM-4').quoted()}{rules.rule('ROOM-4').alternative}")
    if fields.get("video_refused"):
        notes.append(f"🔒 {rules.rule('ROOM-20').quoted()}这次先不带视频；确需视频的，请走机要渠道")
    elif fields.get("secret"):
        notes.append(f"🔒 {rules.rule('ROOM-20').words}")
    if services(scene, fields):
        names = f"桌签名单：{esc(fields['names'])}" if fields.get("names") else "名单可以直接发在这里"
        notes.append(f"🪑 {'、'.join(services(scene, fields))}会转给会议服务；{names}")
    day = to_local(starts_at).date()
    if scene.house.calendar.is_estimate(day):
        notes.append(f"📅 {day.year} 年放假安排以国务院通知为准，届时如有调整我会再提醒")
    return notes


def _of_the_row(
    scene: Scene, fields: Fields, room: Room | None, spans: list[Span], skipped: tuple[date, ...]
) -> list[str]:
    notes = [
        f"🔁 共 {len(spans)} 次：{'、'.join(day_words(s) for s, _ in spans[:12])}{'…' if len(spans) > 12 else ''}"
    ]
    until = (fields.get("recurrence") or {}).get("until")
    most, last = parameter(scene, "series_most"), to_local(spans[-1][0]).date()
    further = to_local(scene.now).date() + timedelta(days=parameter(scene, "book_days"))
    if until and (len(spans) >= most or until > further.isoformat()) and until > last.isoformat():
        notes.append(
            f"📅 一次最多订 {most} 次、提前 {parameter(scene, 'book_days')} 天，先订到 {last.month}月{last.day}日，后面的到时再续"
        )
    if skipped:
        days = "、".join(f"{d.month}月{d.day}日" for d in skipped[:8])
        notes.append(f"📅 放假跳过：{days}")
    for start, holder in (_clashes(scene, fields, room, spans) if room else [])[:8]:
        notes.append(f"⚠️ {day_words(start)} 已被占用（{held_words(holder)}），这次订不上，其余照订")
    return notes
