"""The values that date resolution works with: a stretch of days, what is known besides the words, calendar sums."""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlu._times.model import WorkCalendar
    from nlu._times.tokens import Length

ONE_DAY = timedelta(days=1)
WHICH_DAY = "没说具体哪天"


@dataclass(frozen=True, slots=True)
class Env:
    """What the resolution knows besides the words."""

    now: datetime
    base: date
    calendar: WorkCalendar
    anchored: bool = False
    """`base` is the start of a range rather than today."""


@dataclass(frozen=True, slots=True)
class Days:
    """A stretch of days, end exclusive."""

    start: date
    end: date
    grain: str
    unsure: str | None = None
    pick_last: bool = False
    """With a clock time the last day is meant (「月底下午五点」)."""
    rolls: int = 0
    """Days to add when today was taken but the clock time has passed (「周三九点」 said on Wednesday noon)."""

    @property
    def single(self) -> bool:
        return self.end - self.start == ONE_DAY


def day(at: date, **more: Any) -> Days:
    return Days(at, at + ONE_DAY, "day", **more)


def add_months(at: date, count: int) -> date:
    """The same day `count` months later, or that month's last."""
    index = at.year * 12 + at.month - 1 + count
    year, month = divmod(index, 12)
    return date(year, month + 1, min(at.day, months.monthrange(year, month + 1)[1]))


def add_length(at: date, length: Length, side: int, calendar: WorkCalendar) -> date:
    """Move by whole days, months and working days."""
    moved = add_months(at, side * length.months) + side * timedelta(days=int(length.days))
    left = length.workdays
    while left > 0 and left < 400:
        moved += side * ONE_DAY
        left -= calendar.is_workday(moved)
    return moved


def year_of(year: int) -> Days:
    return Days(date(year, 1, 1), date(year + 1, 1, 1), "year")


def month_of(year: int, month: int) -> Days:
    first = date(year, month, 1)
    return Days(first, add_months(first, 1), "month")


def monday(of: date) -> date:
    return of - timedelta(days=of.weekday())


def first_monday(box: Days) -> date:
    """The first week of a year is ISO's; of anything shorter, the one that begins with its first Monday."""
    if box.grain == "year":
        return monday(date(box.start.year, 1, 4))
    return box.start + timedelta(days=-box.start.weekday() % 7)
