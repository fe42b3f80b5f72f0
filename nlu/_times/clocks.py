"""From clock words to minutes: 「两点半」 in an office is 14:30, 「晚上十二点」 is midnight, 「一上班」 is 8:30.

Minutes count from 00:00 of the named day; 1440 and more belong to the next day.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import time

    from nlu._times.model import OfficeHours
    from nlu._times.phrases import Item

_NOON = 12
_DAY_MINUTES = 1440
MORNING_OR_EVENING = "上午还是下午？"
_TRAVEL = re.compile(
    r"火车|高铁|动车|航班|飞机|早班|班机|机票|车票|起飞|送站|接站|送机|接机|赶车|[GDCKTZ]\d{2,4}(?!\d)"
)
_EARLY = re.compile(r"早班|头班|早餐|早饭|早市|早操|晨练|早高峰|一早|大早")
_LATE = re.compile(r"(?<![吃用][完过])(?:晚宴|晚餐|晚饭)|晚会|晚班|夜班|夜宵|晚自习")
_MORNING_PARTS = ("dawn", "daybreak", "morning", "forenoon", "headmorning")


def minutes_of(at: time) -> int:
    return at.hour * 60 + at.minute


def clock_minutes(item: Item, hint: str | None, text: str) -> tuple[int, str | None]:
    """(minutes, reason to ask) of an item with a clock; `hint` is the part of day said before it."""
    hour, minute, _second, style = item.clock or (0, 0, 0, "plain")
    part = item.part or hint
    reason = "说不准是几点" if style == "around" else None
    if style in ("am", "pm"):
        return (
            hour % 12 + (12 if style == "pm" and hour <= _NOON else 0)
        ) * 60 + minute if hour <= _NOON else hour * 60 + minute, reason
    if hour > _NOON or hour == 0 or (style == "digital" and not part):
        extra = _DAY_MINUTES if hour == 0 and part in ("evening", "night") else 0
        return hour * 60 + minute + extra, reason
    if part:
        return _in_part(hour, part) * 60 + minute, reason
    value, doubt = _bare(hour, text)
    if item.departs and hour in (5, 6):  # leaving at six: at dawn more often than at dusk, but who knows
        value, doubt = hour if hour == 6 else value, MORNING_OR_EVENING
    if style == "colon" and hour >= 7:
        doubt = None  # timetables are printed by the 24-hour clock
    return value * 60 + minute, reason or doubt


def _in_part(hour: int, part: str) -> int:
    if part == "dawn":
        return hour % _NOON
    if part in _MORNING_PARTS:
        return hour
    if part == "noon":
        return hour if hour >= 10 else hour + _NOON
    if part in ("evening", "night"):
        return hour + 12 if 5 <= hour <= 11 else hour % 12 + 24
    if part in ("daytime", "allday"):
        return hour if hour >= 7 else hour + _NOON
    return hour if hour == _NOON else hour + _NOON


def _bare(hour: int, text: str) -> tuple[int, str | None]:
    """No part of day was said: office habits, unless a train, a plane or a meal is spoken of."""
    if _EARLY.search(text) and hour <= 11:
        return hour, MORNING_OR_EVENING if hour <= 6 and _TRAVEL.search(text) else None
    if _LATE.search(text) and 5 <= hour <= 11:
        return hour + _NOON, None
    doubt = MORNING_OR_EVENING if hour <= 11 and _TRAVEL.search(text) else None
    return (hour + _NOON if 1 <= hour <= 6 else hour), doubt


def part_window(part: str, hours: OfficeHours) -> tuple[int, int]:
    """(start, end) in minutes of a part of day, bound to office hours where those have a say."""
    begin, noon = minutes_of(hours.morning_start), minutes_of(hours.morning_end)
    back, close = minutes_of(hours.afternoon_start), minutes_of(hours.afternoon_end)
    return {
        "dawn": (0, 300),
        "daybreak": (360, 540),
        "morning": (begin, noon),
        "forenoon": (begin, noon),
        "headmorning": (540, noon),
        "noon": (noon, back),
        "afternoon": (back, close),
        "dusk": (1020, 1140),
        "evening": (1080, 1320),
        "night": (1320, 1800),
        "daytime": (begin, close),
    }[part]


def office_window(word: str, part: str | None, hours: OfficeHours) -> tuple[int, int | None]:
    """(start, end or None) of 「一上班」, 「下班前」, 「午休」 and their kin; half an hour stands for 前."""
    afternoon = part in ("afternoon", "noon")
    begin = minutes_of(hours.afternoon_start if afternoon else hours.morning_start)
    close = minutes_of(hours.morning_end if part in ("noon", *_MORNING_PARTS) else hours.afternoon_end)
    noon, back = minutes_of(hours.morning_end), minutes_of(hours.afternoon_start)
    if ":" in word:  # 「下班前两小时」
        name, _, minutes = word.partition(":")
        last = close if name == "last_of_day" else noon
        return last - int(minutes), last
    windows: dict[str, tuple[int, int | None]] = {
        "open": (begin, None),
        "before_open": (begin - 30, None),
        "before_close": (close - 30, None),
        "close": (close, None),
        "before_break": (noon - 30, None),
        "break": (noon, back),
        "after_break": (back, None),
    }
    return windows[word]


def end_minutes(item: Item, start: int, start_part: str | None, text: str) -> int:
    """The minutes of a range's end: it takes over the start's half of the day when nothing else is said."""
    hour, _minute, _second, style = item.clock or (0, 0, 0, "plain")
    plain = item.part is None and style in ("plain", "colon") and 1 <= hour <= _NOON
    if not plain:
        return clock_minutes(item, None, text)[0]
    own = hour % 12 * 60 + (item.clock or (0, 0))[1]
    options = [own, own + 720, own + 1440]
    if start_part is None and start < 720 and hour >= 7:
        options = [hour * 60 + (item.clock or (0, 0))[1], *options[1:]]
    later = [o for o in options if o > start]
    return min(later) if later else own + 1440
