"""Looking ahead before a room is booked: the card's notes with reasons and rules, other rooms at one tap, ways out when busy."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from desk import rooms
from desk.instants import to_local
from desk.models import Room
from handlers.dialogue import when
from handlers.kinds import Advice, Option
from handlers.room import office
from handlers.room.base import is_office, needs_confirmation, own_ticket, padded, parameter, services
from handlers.room.choosing import (
    USUAL_WORDS,
    besides,
    check_rules,
    choose,
    clashes,
    day_words,
    held_words,
    key_of,
    label,
    needs_of,
    occasions,
)
from handlers.words import esc

if TYPE_CHECKING:
    from datetime import date

    from desk.rooms import Offer
    from handlers.kinds import Fields, Scene
    from handlers.room.choosing import Choice, Span


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
        sets |= {
            "room_seats": room.capacity,
            "room_label": label(room),
            "room_for": key_of({**fields, **sets}),
        }
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
    for start, holder in (clashes(scene, fields, room, spans) if room else [])[:8]:
        notes.append(f"⚠️ {day_words(start)} 已被占用（{held_words(holder)}），这次订不上，其余照订")
    return notes
