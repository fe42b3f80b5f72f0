"""Times as people write them in Chinese: 「明天下午两点，一个半小时」 becomes a start and an end.

Nothing here reads the clock: the reference instant is always an argument. All instants are naive local time of
Asia/Shanghai; ends are exclusive. The layer prefers the future, carries 下午 across a range, knows the office hours of
the season, lunar feasts and working days, and says when it is unsure so that the bot can ask.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from nlu._times.daybase import Env
from nlu._times.fold import fold
from nlu._times.merge import merge
from nlu._times.model import OfficeHours, Recurrence, TimeSpan, WorkCalendar
from nlu._times.phrases import phrases
from nlu._times.resolve import resolve
from nlu._times.scan import tokens
from nlu._times.workdays import DEFAULT_CALENDAR

if TYPE_CHECKING:
    from nlu._times.phrases import Item
    from nlu._times.tokens import Length

__all__ = [
    "DEFAULT_CALENDAR",
    "OfficeHours",
    "Recurrence",
    "TimeSpan",
    "WorkCalendar",
    "find_all",
    "parse",
    "parse_case",
]


def parse(text: str, ref: datetime, *, calendar: WorkCalendar = DEFAULT_CALENDAR) -> TimeSpan | None:
    """The one booking time of the sentence, its fragments merged; None when it says nothing about time.

    `ref` is naive local time. A day said in one place and a clock in another are put together, what is said after a
    correction (「改成」, 「不对」) wins, and 「回来」 or 「结束」 makes an end of the time before it.
    """
    folded = fold(text)
    plan = merge(phrases(folded, tokens(folded)), today=ref.date())
    env = Env(now=ref, base=ref.date(), calendar=calendar)
    if plan.first is None and plan.second is None and plan.length is None:
        return _shift_only(plan.shifted)
    return _guarded(plan.first, plan.second, plan.length, env, folded, tuple(sorted(plan.spans)))


def find_all(text: str, ref: datetime, *, calendar: WorkCalendar = DEFAULT_CALENDAR) -> list[TimeSpan]:
    """Each separate time expression, in order of appearance (for several requests in one message).

    A clock without a day takes the day of the expression before it, with `has_date` False all the same.
    """
    folded = fold(text)
    out: list[TimeSpan] = []
    for phrase in phrases(folded, tokens(folded)):
        first = phrase.first
        if first.shift:
            continue
        base = ref.date()
        if not first.dates and out and out[-1].start and first.timed:
            base = out[-1].start.date()
        now = ref if base == ref.date() else datetime.combine(base, time())
        env = Env(now=now, base=base, calendar=calendar)
        found = _guarded(
            first if first.is_when else None,
            phrase.second,
            phrase.length or first.length,
            env,
            folded,
            phrase.spans,
        )
        if found:
            out.append(found)
    return out


def parse_case(text: str, ref: datetime) -> dict[str, Any] | None:
    """`parse` as plain JSON values: {"start", "end", "duration_s", "unsure"}, the shape `houqin times` prints."""
    span = parse(text, ref)
    if span is None:
        return None
    return {
        "start": span.start.isoformat() if span.start else None,
        "end": span.end.isoformat() if span.end else None,
        "duration_s": span.duration.total_seconds() if span.duration else None,
        "unsure": span.unsure is not None,
    }


def _guarded(
    first: Item | None,
    second: Item | None,
    length: Length | None,
    env: Env,
    text: str,
    spans: tuple[tuple[int, int], ...],
) -> TimeSpan | None:
    """Years before 1 or after 9999 are no booking."""
    try:
        return resolve(first, second, length, env, text, spans)
    except (OverflowError, ValueError):
        return None


def _shift_only(spans: tuple[tuple[int, int], ...]) -> TimeSpan | None:
    """「推迟半小时」 changes a time that only the ticket knows."""
    if not spans:
        return None
    return TimeSpan(
        start=None,
        end=None,
        duration=None,
        has_date=False,
        has_clock=False,
        start_is_date=False,
        unsure="改到几点？",
        recurrence=None,
        fragments=spans,
    )
