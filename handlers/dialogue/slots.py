"""Blanks that several kinds share: when, how many people, a place, a few free words.

Each builder returns a `Slot`; a kind gives its own question and bounds. Answers are read by the deterministic layers of
`nlu`; what cannot be is refused with a reason and a way on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from desk.errors import BadInput
from handlers.dialogue import hearing, when
from handlers.kinds import Fields, Slot
from nlu import numbers, times
from nlu.people import find_people
from nlu.understanding import Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from handlers.kinds import Scene

LONGEST_WORDS = 60
_PARTS = r"上午|下午|中午|晚上|早上|傍晚|一早|头晌|下晌|晌午|后晌|过晌"


def time_slot(
    *,
    question: str,
    horizon_days: int = 90,
    choices: Callable[[Fields, Scene], tuple[str, ...]] | None = None,
) -> Slot:
    """Return the blank for the time; a start with a clock time is required, the end may be estimated."""

    def ask(fields: Fields) -> str:
        if fields.get("when_unsure"):
            return f"时间我拿不准（{fields['when_unsure']}），请再说具体一点"
        day = when.day_of(fields.get("start"))
        if day and when.moment(fields.get("start")) is None:
            part = fields.get("part") or ""
            return f"{day.month}月{day.day}日{part}几点？"
        return question

    def read(text: str, fields: Fields, now: datetime) -> Fields | None:
        span = times.parse(text, now)
        if span is None:
            span = times.parse(f"{text}点", now) if re.fullmatch(r"\d{1,2}", text.strip()) else None
        if span is None:
            return None
        request = request_of(span)
        part = re.search(_PARTS, text)
        if part and request.hints["start_precision"] == "part":
            request.hints["part"] = part[0]
        changes = when.merge(fields, request, now=now, horizon_days=horizon_days)
        return changes or None

    return Slot(
        name="start",
        title="时间",
        question=ask,
        read=read,
        check=lambda _v, _f, _n: {},
        show=when.shown,
        missing=lambda f: when.moment(f.get("start")) is None or bool(f.get("when_unsure")),
        choices=choices or _hours,
    )


def _hours(fields: Fields, _scene: Scene) -> tuple[str, ...]:
    """Return quick answers for the hour once the day is known: those of the half day that was named."""
    moment = when.moment(fields.get("start"))
    if "上午" in str(fields.get("when_unsure")) and moment is not None:
        return tuple(f"{day} {moment.hour % 12 or 12}:{moment:%M}" for day in ("上午", "下午"))
    if when.day_of(fields.get("start")) is None or fields.get("when_unsure"):
        return ()
    part = str(fields.get("part") or "")
    morning = ("8:30", "9:00", "9:30", "10:00", "10:30", "11:00")
    afternoon = ("13:30", "14:00", "14:30", "15:00", "15:30", "16:00")
    if re.search(r"早|晨", part):
        return ("7:00", "7:30", "8:00", *morning[:3])
    if re.search(r"上|头晌|前晌", part):
        return morning
    if re.search(r"中|晌午", part) and not re.search(r"后晌|过晌", part):
        return ("11:30", "12:00", "12:30", "13:00")
    if re.search(r"下|后晌|过晌", part):
        return afternoon
    if re.search(r"晚|夜|黑", part):
        return ("17:30", "18:00", "18:30", "19:00", "20:00", "21:00")
    return ("8:30", "9:00", "10:00", "13:30", "14:00", "15:00")


def request_of(span: times.TimeSpan) -> Request:
    """Return a time expression as a request that says nothing else, the way `nlu.understand` words it."""
    slots: dict[str, Any] = {}
    precision = "datetime" if span.has_date and span.has_clock else "date" if span.has_date else "clock"
    if span.start is not None:
        slots["start"] = (
            span.start.date().isoformat() if span.start_is_date else span.start.isoformat(timespec="minutes")
        )
        if not span.has_clock and not span.start_is_date:
            precision = "part"
    if span.end is not None and not (span.start_is_date or precision == "part"):
        slots["end"] = span.end.isoformat(timespec="minutes")
    hints: dict[str, Any] = {"start_precision": precision}
    if precision == "part" and not span.has_date:
        hints["any_day"] = True  # 「下午」 alone: of the day spoken of
    if span.duration is not None and span.start is None:
        hints["duration_s"] = span.duration.total_seconds()
    if span.unsure:
        hints["unsure"] = {"start": span.unsure}
    return Request(intent="", kind=None, slots=slots, hints=hints)


def people_slot(*, question: str, most: int = 200, too_many: str) -> Slot:
    """Return the blank for a head count from 1 to `most`."""

    def check(value: Any, _fields: Fields, _now: datetime) -> Fields:
        count = int(value)
        if count < 1:
            raise BadInput("人数至少是 1 人，请再说一下几个人")
        if count > most:
            raise BadInput(f"{count} 人{too_many}")
        return {"people": count}

    def read(text: str, fields: Fields, now: datetime) -> Fields | None:
        stripped = text.strip().rstrip("。.！!")
        found = find_people(text)
        count = found.count if found else numbers.parse_int(stripped)
        if count is None and hearing.is_nobody(text):
            count = 0
        if count is None and hearing.is_myself(text):
            count = 1
        if count is None:
            return None
        if found and found.is_delta:
            count += int(fields.get("people") or 0)
        return check(count, fields, now)

    return Slot(
        name="people",
        title="人数",
        question=lambda _f: question,
        read=read,
        check=check,
        show=lambda f, _n: f"{f['people']} 人" if f.get("people") else "",
        missing=lambda f: not f.get("people"),
        choices=lambda _f, _s: ("1人", "2人", "3人", "4人", "6人", "10人"),
    )


def words_slot(
    *,
    name: str,
    title: str,
    question: str,
    required: bool = False,
    choices: Callable[[Fields, Scene], tuple[str, ...]] | None = None,
    strip: str = "",
) -> Slot:
    """Return a blank for a few free words (a place, a purpose). `strip` is a pattern taken off a typed answer."""

    def check(value: Any, _fields: Fields, _now: datetime) -> Fields:
        text = "、".join(map(str, value)) if isinstance(value, list) else str(value).strip()
        return {name: text[:LONGEST_WORDS]} if text else {}

    def read(text: str, fields: Fields, now: datetime) -> Fields | None:
        if hearing.is_time_or_count(text, now) or hearing.is_hesitating(text):
            return None
        cleaned = (
            re.sub(strip, "", text.strip().strip("。.！!，,")) if strip else text.strip().strip("。.！!，,")
        )
        if not cleaned or len(cleaned) > LONGEST_WORDS or not re.search(r"[\w一-鿿]", cleaned):
            return None
        return check(cleaned, fields, now)

    return Slot(
        name=name,
        title=title,
        question=lambda _f: question,
        read=read,
        check=check,
        show=lambda f, _n: str(f.get(name) or ""),
        missing=lambda f: required and not f.get(name),
        choices=choices or (lambda _f, _s: ()),
        free=True,
    )
