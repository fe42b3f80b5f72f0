"""One clause that asks for several things at once: 「周二九点和周四九点各要一间」, 「会议室跟车都不用了」.

Such a clause cannot be cut, since its verb belongs to all of them. It is read once for each, with the others blanked out; blanks
keep every offset, so what the tagger marked stays where it was.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from nlu import times
from nlu.understanding import TICKET_INTENTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_EACH = re.compile(r"各|分别|都(?=要|得|需|想|订|用|借|派|有)")
_AND = re.compile(r"[\s，,]*(?:和|跟|与|、|还有|以及)[\s，,]*(?:是|在)?")
_CAR = r"(?:用?车|派车)(?:的?(?:申请|单子?))?"
_ROOM = r"(?:会议室?|用房|房间)(?:的?(?:申请|单子?))?"
_GUESTS = r"接待(?:的?(?:申请|单子?))?"
_THING = rf"(?:{_CAR}|{_ROOM}|{_GUESTS})"
_OF_WHEN = r"(?:[^，,。；;和跟与、]{1,8}的)?"
_BOTH = re.compile(
    rf"(?P<one>{_OF_WHEN}{_THING})(?:和|跟|与|、|还有|以及|带)(?P<other>{_OF_WHEN}{_THING})(?=(?:也|就|先|全|一起|一并)*(?:都|全|一起|一并))"
)


def readings(
    text: str, now: datetime, *, intent: str, books: bool, calendar: times.WorkCalendar
) -> list[str]:
    """The text once for each of the things it asks for, the others blanked out; empty where it asks for one.

    Args:
        now: naive local time of Asia/Shanghai.
        intent: what the text as a whole is about.
        books: whether that intent opens a request with an hour of its own.
    """
    if intent == "report_repair":
        return _each_place(text)
    if books and _EACH.search(text):
        return _each_time(text, now, calendar)
    return _each_ticket(text) if intent in TICKET_INTENTS - {"query_ticket"} else []


_EACH_PLACE = re.compile(
    r"一[处个间](?:是|在)?(?P<one>[^，,。；;]{2,14}?)[，,、；;和\s]*(?:还有|再)?(?:另外?)?一[处个间](?:是|在)?(?P<other>[^，,。；;]{2,14})"
)


def _each_place(text: str) -> list[str]:
    """「一处在三楼男厕，另一处在四楼茶水间」."""
    found = _EACH_PLACE.search(text)
    return _but_one(text, [found.span("one"), found.span("other")]) if found else []


def _each_time(text: str, now: datetime, calendar: times.WorkCalendar) -> list[str]:
    spans = [
        span.fragments[0]
        for span in times.find_all(text, now, calendar=calendar)
        if span.has_date and len(span.fragments) == 1
    ]
    side_by_side = [a for a, b in pairwise(spans) if _AND.fullmatch(text, a[1], b[0])]
    if not spans or len(side_by_side) != len(spans) - 1:
        return []
    return _but_one(text, spans)


def _each_ticket(text: str) -> list[str]:
    found = _BOTH.search(text)
    if found is None or found["one"][-1] == found["other"][-1]:
        return []
    return _but_one(text, [found.span("one"), found.span("other")])


def _but_one(text: str, parts: Sequence[tuple[int, int]]) -> list[str]:
    """The text once for each part, with everything from the first to the last of them blanked but that part."""
    if len(parts) < 2:
        return []
    first, last = parts[0][0], parts[-1][1]
    return [
        text[:first] + " " * (start - first) + text[start:end] + " " * (last - end) + text[last:]
        for start, end in parts
    ]
