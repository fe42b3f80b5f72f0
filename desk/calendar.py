"""The working calendar: which days the bureau works, and from when to when.

Statutory holidays and the weekends moved for them (调休) come, in this order, from the official notice an admin
loaded, from `chinese_calendar` for the years it knows, and beyond it from the statutory days alone (`holidays`) with
ordinary weekends: an estimate, and `is_estimate` says so. Office hours follow the season: the dates announced are in
`rules/calendar.yml`; for years not announced winter hours begin on the first working day after National Day, summer hours on
the first one after May Day. Local dates and times throughout.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import chinese_calendar
import holidays

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeHours:
    """The local office hours of one day."""

    morning_start: time
    morning_end: time
    afternoon_start: time
    afternoon_end: time


WINTER = OfficeHours(
    morning_start=time(8, 30), morning_end=time(12), afternoon_start=time(13), afternoon_end=time(17)
)
SUMMER = OfficeHours(
    morning_start=time(8, 30), morning_end=time(12), afternoon_start=time(13, 30), afternoon_end=time(17, 30)
)


# The days off everybody has by law each year; a notice that names fewer is only a part of one.
STATUTORY_DAYS = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The bureau's calendar; `notice` holds days an official notice made holidays (False) or working days (True)."""

    notice: Mapping[date, bool] = field(default_factory=dict)
    winter: OfficeHours = WINTER
    summer: OfficeHours = SUMMER
    # The announced first days of the seasons: day -> "summer" or "winter".
    seasons: Mapping[date, str] = field(default_factory=dict)

    def is_workday(self, day: date) -> bool:
        """Say whether the bureau works on `day`."""
        if day in self.notice:
            return self.notice[day]
        if self._is_told_in_full(day.year):
            return day.weekday() < 5
        return _library_workday(day)

    def is_holiday(self, day: date) -> bool:
        """Say whether `day` is a statutory holiday or a day off joined to one, as opposed to a plain weekend."""
        if day in self.notice:
            return not self.notice[day]
        try:
            off, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            return not self._is_told_in_full(day.year) and day in _statutory(day.year)
        return bool(off and name)

    def is_estimate(self, day: date) -> bool:
        """Say whether the answer for `day` rests on no published notice."""
        if any(known.year == day.year for known in self.notice):
            return False
        try:
            chinese_calendar.is_workday(day)
        except NotImplementedError:
            return True
        return False

    def covered_until(self) -> int:
        """Return the last year with published data."""
        return max({day.year for day in self.notice} | _library_years())

    def is_published(self, year: int) -> bool:
        """Say whether the days of a year are published, not estimated."""
        return not self.is_estimate(date(year, 3, 15))

    def office_hours(self, day: date) -> OfficeHours:
        """Return the office hours in force on `day` by season, whether or not it is a working day."""
        return (
            self.summer
            if self._summer_begins(day.year) <= day < self._winter_begins(day.year)
            else self.winter
        )

    def next_workday(self, day: date) -> date:
        """Return the first working day after `day`."""
        following = day + timedelta(days=1)
        while not self.is_workday(following):
            following += timedelta(days=1)
        return following

    def is_open(self, moment: datetime) -> bool:
        """Say whether the bureau works at a naive local moment."""
        return any(start <= moment < end for start, end in self._shifts(moment.date()))

    def add_working(self, moment: datetime, span: timedelta) -> datetime:
        """Return the local moment at which `span` of working time after `moment` is over."""
        left = span
        day = moment.date()
        while True:
            for start, end in self._shifts(day):
                begin = max(start, moment)
                if begin >= end:
                    continue
                if begin + left <= end:
                    return begin + left
                left -= end - begin
            day += timedelta(days=1)

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time between two naive local moments; nothing when `end` is not after `start`."""
        total = timedelta()
        day = start.date()
        while day <= end.date():
            for opens, closes in self._shifts(day):
                total += max(timedelta(), min(closes, end) - max(opens, start))
            day += timedelta(days=1)
        return total

    def _shifts(self, day: date) -> list[tuple[datetime, datetime]]:
        if not self.is_workday(day):
            return []
        hours = self.office_hours(day)
        return [
            (datetime.combine(day, hours.morning_start), datetime.combine(day, hours.morning_end)),
            (datetime.combine(day, hours.afternoon_start), datetime.combine(day, hours.afternoon_end)),
        ]

    def _is_told_in_full(self, year: int) -> bool:
        """Say whether a notice names every day of a year the libraries only estimate; what it leaves out is ordinary."""
        if year in _library_years():
            return False
        return sum(not works for day, works in self.notice.items() if day.year == year) >= STATUTORY_DAYS

    def _summer_begins(self, year: int) -> date:
        return self._announced(year, "summer") or self._first_workday_from(date(year, 5, 3))

    def _winter_begins(self, year: int) -> date:
        return self._announced(year, "winter") or self._first_workday_from(date(year, 10, 4))

    def _announced(self, year: int, season: str) -> date | None:
        return next((d for d, s in self.seasons.items() if d.year == year and s == season), None)

    def _first_workday_from(self, day: date) -> date:
        while not self.is_workday(day):
            day += timedelta(days=1)
        return day


def load_calendar(figures: Mapping[str, Any], *, notice: Mapping[date, bool]) -> Calendar:
    """Return the calendar with the hours and seasons of `rules/calendar.yml` (its parameters) and a loaded notice.

    `notice` is kept as it is given, not copied: days loaded later count at once.
    """
    hours = {name: _hours(*figures["hours"][name]) for name in ("winter", "summer")}
    seasons = {day: season for season, days in figures["seasons"].items() for day in days}
    return Calendar(notice=notice, seasons=seasons, **hours)


def _hours(*clocks: str) -> OfficeHours:
    a, b, c, d = (time.fromisoformat(clock) for clock in clocks)
    return OfficeHours(morning_start=a, morning_end=b, afternoon_start=c, afternoon_end=d)


@lru_cache(maxsize=1)
def _library_years() -> frozenset[int]:
    return frozenset(day.year for day in chinese_calendar.holidays)


@lru_cache(maxsize=4096)
def _library_workday(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5 and day not in _statutory(day.year)


@lru_cache(maxsize=32)
def _statutory(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("CN", years=year))
