"""The working calendar: which days offices open, and their hours in summer and winter.

`chinese_calendar` knows the official notices up to the year it was published for and raises for any later year. Beyond
it the answer is estimated from the statutory holidays (`holidays`) and weekends, and `is_estimate` says so: the
make-up working days of a year are decreed, not computable (《全国年节及纪念日放假办法》 art. 7).

Hours follow the custom of the provincial offices in Changchun: winter from the first working day after National Day to
May Day, summer from the first working day after May Day.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from functools import lru_cache

import chinese_calendar
import holidays

from nlu._times.model import OfficeHours, WorkCalendar

_WINTER = OfficeHours(
    morning_start=time(8, 30), morning_end=time(12), afternoon_start=time(13), afternoon_end=time(17)
)
_SUMMER = OfficeHours(
    morning_start=time(8, 30), morning_end=time(12), afternoon_start=time(13, 30), afternoon_end=time(17, 30)
)
_DAY = timedelta(days=1)


@lru_cache(maxsize=64)
def _statutory(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("CN", years=year))


@lru_cache(maxsize=4096)
def _lookup(day: date) -> tuple[bool, bool]:
    """(open, estimated)."""
    try:
        return bool(chinese_calendar.is_workday(day)), False
    except NotImplementedError:
        return day.weekday() < 5 and day not in _statutory(day.year), True


@lru_cache(maxsize=64)
def _season(year: int) -> tuple[date, date]:
    """The first days of summer hours and of winter hours in that year."""
    return _first_open(date(year, 5, 1)), _first_open(date(year, 10, 1))


def _first_open(day: date) -> date:
    while not _lookup(day)[0]:
        day += _DAY
    return day


class _DefaultCalendar:
    """The calendar shipped with the product."""

    def is_workday(self, day: date) -> bool:
        return _lookup(day)[0]

    def is_estimate(self, day: date) -> bool:
        return _lookup(day)[1]

    def office_hours(self, day: date) -> OfficeHours:
        summer, winter = _season(day.year)
        return _SUMMER if summer <= day < winter else _WINTER


DEFAULT_CALENDAR: WorkCalendar = _DefaultCalendar()
