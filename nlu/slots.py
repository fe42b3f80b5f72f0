"""From a sentence to slots: times, head counts, ticket numbers and mentions put under the names of the contract.

What a mention is called depends on what is asked for. 「305会议室」 is a room to book, but to a repair it is where the broken
thing is; 「投影」 is equipment of a meeting and the object of a repair. Each kind says here which slots it has and what becomes of
the others; a kind that is not listed keeps every label as the tagger gave it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from nlu import patterns, segment, times
from nlu.mentions import Mention, mentions
from nlu.people import find_people

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from nlu.client import Entity
    from nlu.gazetteer import Gazetteer
    from nlu.times import Recurrence, TimeSpan, WorkCalendar

LISTS = frozenset({"equipment"})
"""Slots whose value is a list."""

_NIGHT = 6
"""Hours after midnight that still count to the day before."""
JOINER = "、"
"""Between several places or things of one request."""

_ALWAYS = frozenset({"start", "end", "people", "ticket_no", "urgency", "purpose"})
_SLOTS: Mapping[str, frozenset[str]] = {
    "vehicle": _ALWAYS | {"origin", "destination", "vehicle_type"},
    "room": _ALWAYS | {"room_name", "location", "equipment"},
    "repair": (_ALWAYS | {"location", "object", "fault"}) - {"people", "purpose"},
    "reception": _ALWAYS | {"visitor_org", "visitors", "meals", "lodging"},
}
_ARRIVALS = frozenset({"vehicle", "reception"})
"""Kinds whose 「…前到」 says when to be there."""
_RENAMED: Mapping[str, Mapping[str, str]] = {
    "vehicle": {"room_name": "origin", "location": "origin"},
    "room": {"object": "equipment", "destination": "location"},
    "repair": {
        "room_name": "location",
        "destination": "location",
        "origin": "location",
        "equipment": "object",
    },
}


@dataclass(frozen=True, slots=True)
class Reading:
    """Slots and hints of one stretch of text, and which stretches were read as times or counts."""

    slots: dict[str, Any] = field(default_factory=dict)
    hints: dict[str, Any] = field(default_factory=dict)
    taken: tuple[tuple[int, int], ...] = ()


def read(
    text: str,
    *,
    entities: Iterable[Entity],
    kind: str | None,
    now: datetime,
    gazetteer: Gazetteer,
    calendar: WorkCalendar = times.DEFAULT_CALENDAR,
) -> Reading:
    """Slots and hints of a normalised text.

    Args:
        entities: what the tagger found in it (offsets into `text`).
        kind: the kind of request it is about, None if it is about none or any.
        now: naive local time of Asia/Shanghai.
    """
    slots: dict[str, Any] = {}
    hints: dict[str, Any] = {}
    taken: list[tuple[int, int]] = []
    ticket = patterns.ticket_no(text, now=now)
    if ticket:
        slots["ticket_no"] = ticket[0]
        taken.append(ticket[1])
    # Blanked, not cut: the offsets of everything else stay.
    taken += patterns.denied(text)
    rest = _blanked(text, taken)
    span = times.parse(rest, now, calendar=calendar)
    if span:
        shift = patterns.shift_s(rest)
        if shift is not None and not span.has_clock:
            hints["shift_s"] = shift
        elif kind == "repair" and patterns.is_endangered(rest, span, now=now):
            hints["needed_by"] = span.start.isoformat() if span.start else None
        else:
            by = kind in _ARRIVALS and patterns.is_deadline(rest, span)
            _put_time(span, kind, now, slots, hints, by=by)
        if hints.get("start_precision") == "part":
            hints["part"] = patterns.part_of_day(text)
        taken += span.fragments
    _put_people(rest, kind, slots, hints, taken)
    found = mentions(text, entities=entities, taken=taken, gazetteer=gazetteer, kind=kind)
    _put_mentions(found, kind, gazetteer, slots, hints)
    if kind is None:
        _put_what_it_becomes(text, slots)
    _put_hints(text, kind, hints)
    return Reading(slots, hints, tuple(taken))


def _blanked(text: str, ranges: Iterable[tuple[int, int]]) -> str:
    for start, end in ranges:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _put_time(
    span: TimeSpan,
    kind: str | None,
    now: datetime,
    slots: dict[str, Any],
    hints: dict[str, Any],
    *,
    by: bool,
) -> None:
    _put_start(span, kind, now, slots, hints)
    if span.end is not None and span.end_stated and "since" not in hints:
        if span.start is None and by:
            _put_deadline(span, slots, hints)
        elif span.start is not None or kind != "repair":
            slots["end"] = end_text(span)
    elif "start" in slots and span.recurrence is not None and span.recurrence.until is not None:
        slots["end"] = span.recurrence.until.isoformat()
    of_one_day = slots.get("end") == str(slots.get("start"))[:10]
    if of_one_day:
        del slots["end"]  # 「今天用一天」, 「八点走，傍晚回来」: no other day was said, and no hour
    if (
        span.duration is not None
        and (span.end_stated or span.start is None)
        and not (of_one_day and span.start_is_date)
    ):
        hints["duration_s"] = int(span.duration.total_seconds())
    if span.recurrence is not None:
        hints["recurrence"] = _recurrence(span.recurrence)
    if span.unsure:
        hints["unsure"] = {"start": span.unsure}


def _put_start(
    span: TimeSpan, kind: str | None, now: datetime, slots: dict[str, Any], hints: dict[str, Any]
) -> None:
    if span.start is not None:
        if (kind == "repair" or span.start.date() < now.date()) and _is_over(span, now):
            # 「昨天就坏了」 tells the history of a fault, not when to come; 「昨天订的」 that of a booking.
            hints["since"] = span.start.isoformat()
        else:
            # 「明天下午」 names no hour: the contract wants the day, `start_precision` and `part` keep the rest.
            exact = span.has_clock and not span.start_is_part
            slots["start"] = span.start.isoformat() if exact else span.start.date().isoformat()
            hints["start_precision"] = precision(span)
            if not span.has_date:
                hints["day_assumed"] = True


def _is_over(span: TimeSpan, now: datetime) -> bool:
    assert span.start is not None  # noqa: S101 - the caller looked
    return span.start < now and not (span.start_is_date and span.start.date() == now.date())


def _put_deadline(span: TimeSpan, slots: dict[str, Any], hints: dict[str, Any]) -> None:
    """「明早八点前到」: the hour to be there by is the one to plan for; of a part of day only the day is known."""
    assert span.end is not None  # noqa: S101 - the caller looked
    slots["start"] = span.end.isoformat() if span.has_clock else end_text(span)
    hints["start_precision"] = precision(span)
    hints["by"] = True


def precision(span: TimeSpan) -> str:
    """`datetime`; `clock`: the day was not said; `date`: the hour was not; `part`: only 上午/下午/晚上 of it was."""
    if span.has_clock and not span.start_is_part:
        return "datetime" if span.has_date else "clock"
    return "date" if span.start_is_date else "part"


def end_text(span: TimeSpan) -> str:
    """The end as the contract writes it. A range of whole days names its last day, as people do: 周三到周五 ends on Friday."""
    assert span.end is not None  # noqa: S101 - the caller looked
    if span.has_clock and not span.end_is_date:
        return span.end.isoformat()
    # The night belongs to the day it began on.
    return (span.end - timedelta(hours=_NIGHT)).date().isoformat()


def _recurrence(recurrence: Recurrence) -> dict[str, Any]:
    return {
        "every": recurrence.every,
        "interval": recurrence.interval,
        "weekdays": list(recurrence.weekdays),
        "month_day": recurrence.month_day,
        "until": recurrence.until.isoformat() if recurrence.until else None,
    }


def _put_people(
    text: str, kind: str | None, slots: dict[str, Any], hints: dict[str, Any], taken: list[tuple[int, int]]
) -> None:
    people = find_people(text)
    if people is None:
        return
    taken.append(people.span)
    if people.is_delta:
        hints["people_delta"] = people.count
    elif kind is None or "people" in _SLOTS.get(kind, {"people"}):
        slots["people"] = people.count
        if people.approximate:
            hints["people_approximate"] = True


def _put_mentions(
    found: Sequence[Mention],
    kind: str | None,
    gazetteer: Gazetteer,
    slots: dict[str, Any],
    hints: dict[str, Any],
) -> None:
    values: dict[str, list[str]] = {}
    also: dict[str, str] = {}
    ends: dict[str, int] = {}
    native = {mention.slot for mention in found}
    for mention in found:
        slot = _slot_for(mention, kind, native)
        if slot is None:
            also.setdefault(mention.slot, gazetteer.canonical(mention.slot, mention.value))
            continue
        several = values.setdefault(slot, [])
        if slot in LISTS:
            items = (gazetteer.canonical(slot, item) for item in split_list(mention.value))
            several += [item for item in dict.fromkeys(items) if item not in several]
            continue
        value = gazetteer.canonical(slot, mention.value)
        gap = mention.start - ends.get(slot, -9)
        if several and (gap == 0 or (gap == 1 and slot == "location")):
            several[-1] += value  # 「主楼」「六楼走廊」 side by side are one place
        elif value not in several:
            several.append(value)
        ends[slot] = mention.end
    for slot, several in values.items():
        slots[slot] = several if slot in LISTS else JOINER.join(several)
    if kind == "repair":
        _put_where_it_is(slots)
    if also:
        hints["also"] = also


_CHANGED_TO = re.compile(r"(?:换成|改成|改到|改为|换到|改去|换去)(?:一?[个间辆台])?(?P<new>\S{2,12})")


def _put_what_it_becomes(text: str, slots: dict[str, Any]) -> None:
    """「把305改到306」, 「不用考斯特了，换成商务车」: of what was and what will be, the latter is wanted."""
    for name in ("vehicle_type", "room_name", "destination"):
        value = slots.get(name)
        wanted = value.rpartition(JOINER)[2] if isinstance(value, str) and JOINER in value else ""
        if wanted and any(found["new"].startswith(wanted) for found in _CHANGED_TO.finditer(text)):
            slots[name] = wanted


_WHERE_FIRST = re.compile(
    r"^(?P<where>走廊|楼道|过道|大厅|门厅|大堂|[男女]?卫生间|[男女]?厕所|洗手间|楼梯间|电梯间|电梯厅|水房|开水间|茶水间|食堂|餐厅|车库|地下室|门口|院里|会议室)"
    r"(?:里|的|那个?|上)*(?P<thing>[一-鿿]{1,6})$"
)


def _put_where_it_is(slots: dict[str, Any]) -> None:
    """「走廊灯」 in 「主楼六楼走廊灯」 is the lamp in the corridor on the sixth floor: a place before a thing is where it is."""
    told = _WHERE_FIRST.match(str(slots.get("object") or ""))
    if told is None:
        return
    location = str(slots.get("location") or "")
    slots["object"] = told["thing"]
    if told["where"] not in location:
        slots["location"] = location + told["where"]


_A_ROOM = re.compile(r"会议室|会议厅|接待室|洽谈室|贵宾室|报告厅|多功能厅|礼堂|会见厅|培训室")


def _slot_for(mention: Mention, kind: str | None, native: set[str]) -> str | None:
    """The slot of this kind that a mention fills, or None for one that has no place in it."""
    wanted = _SLOTS.get(kind or "")
    if kind == "room" and mention.slot == "location" and _A_ROOM.search(mention.value):
        return "room_name" if "room_name" not in native else None
    if wanted is None or mention.slot in wanted:
        return mention.slot
    slot = _RENAMED.get(kind or "", {}).get(mention.slot)
    # A label of another kind fills a gap; it does not add to what this kind's own label says.
    return None if slot is None or (slot in native and slot not in LISTS) else slot


_LEFT_ALONE = re.compile(
    r"(?:那个?)?(?:会议室|用?车|房间?|接待)(?:那边|的?时间|的?安排|的?单子)?(?:先|就|都|还是)?(?:不变|照旧|不动|不用[动改]|照常|保持|别动)"
)
"""「用车改到三点，会议室不变」 is about the car."""


def _put_hints(text: str, kind: str | None, hints: dict[str, Any]) -> None:
    name = patterns.user_name(text)
    if name:
        hints["user_name"] = name
    if segment.announces(text):
        hints["announced"] = True
    level = patterns.urgency_level(text)
    if level:
        hints["urgency_level"] = level
    if kind in {None, "vehicle"}:
        hints.update(patterns.vehicle_hints(text))
    if kind == "vehicle" and patterns.carries_goods(text):
        hints["goods"] = True
    if patterns.speaks_of_them(text):
        hints["same_people"] = True
    if kind is None:
        meant = patterns.meant_kinds(_LEFT_ALONE.sub("", text))
        if len(meant) == 1:
            hints["kind"] = meant[0]


_LIST_BREAK = re.compile(r"[、，,；;\s]+|(?<=.)(?:和|还有|以及|跟|加)(?=.)")


def split_list(text: str) -> list[str]:
    """「投影、话筒和白板」 as its items."""
    return [item for item in _LIST_BREAK.split(text) if item]
