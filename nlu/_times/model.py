"""What a sentence can say about time, as plain values.

Every instant is naive local time of Asia/Shanghai, and every end is exclusive: the whole of 8 October runs from
8 October 00:00 to 9 October 00:00.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from datetime import date, datetime, time, timedelta

Every = Literal["day", "workday", "week", "month", "year"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeHours:
    """The working hours of one day: a morning and an afternoon with the noon break between them."""

    morning_start: time
    morning_end: time
    afternoon_start: time
    afternoon_end: time


class WorkCalendar(Protocol):
    """What the parser asks of a calendar; the desk may hand in one that an administrator has corrected."""

    def is_workday(self, day: date) -> bool:
        """Whether offices are open on that day, make-up working Saturdays and Sundays included."""

    def is_estimate(self, day: date) -> bool:
        """Whether the answer for that day is computed because the official notice is not out yet."""

    def office_hours(self, day: date) -> OfficeHours:
        """The summer or winter hours in force on that day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """「每周一」「每天」「每个工作日」 as a value; `TimeSpan.start`/`end` hold the first occurrence."""

    every: Every
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    """Monday is 0; empty unless `every` is "week"."""
    month_day: int | None = None
    until: date | None = None
    """The last day on which it may still occur, when one was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpan:
    """One time expression, or all that a sentence says about one booking."""

    start: datetime | None
    end: datetime | None
    """Exclusive."""
    duration: timedelta | None
    """Stated (「一个半小时」) or implied by start and end."""
    has_date: bool
    """A day was stated, not supplied by us."""
    has_clock: bool
    """A clock time was stated; 「下午」 alone is not one, although start and end then bound the afternoon."""
    start_is_date: bool
    """Only a day was stated: print it as YYYY-MM-DD."""
    unsure: str | None
    """A Chinese reason to ask back; None when sure."""
    recurrence: Recurrence | None
    fragments: tuple[tuple[int, int], ...]
    """Character ranges of the original text, in order, that the expression was read from."""
    start_is_part: bool = False
    """Of the start only a part of the day was said (「明天上午去，十一点半回」), whatever the end was said as."""
    end_stated: bool = False
    """The end (or a length) was said; False when it only closes the day or the part of day that was said."""
    end_is_date: bool = False
    """The end was said as a day or a part of it (「到12月2日」, 「周四晚上回」), whatever the start was said as."""
