"""The working calendar: holidays, weekends worked, seasons, working time."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.calendar import Calendar

CALENDAR = Calendar()


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 11, 28), False),
        (date(2026, 10, 1), False),
        (date(2026, 10, 10), True),  # a Saturday worked for the long holiday
        (date(2026, 2, 14), True),
        (date(2026, 2, 17), False),
    ],
)
def test_knows_working_days_of_the_published_year(day: date, works: bool) -> None:
    assert CALENDAR.is_workday(day) is works
    assert not CALENDAR.is_estimate(day)


def test_beyond_the_published_years_it_estimates_and_says_so() -> None:
    assert CALENDAR.is_estimate(date(2027, 1, 4))
    assert not CALENDAR.is_workday(date(2027, 1, 1))
    assert CALENDAR.is_workday(date(2027, 1, 4))
    assert CALENDAR.is_holiday(date(2027, 2, 6))


def test_a_loaded_notice_goes_before_everything() -> None:
    told = Calendar(notice={date(2027, 2, 13): True, date(2027, 2, 11): False})
    assert told.is_workday(date(2027, 2, 13))
    assert not told.is_workday(date(2027, 2, 11))
    assert not told.is_estimate(date(2027, 5, 1))


@pytest.mark.parametrize(
    ("day", "afternoon"),
    [(date(2026, 5, 1), 13), (date(2026, 5, 6), 13.5), (date(2026, 9, 30), 13.5), (date(2026, 10, 8), 13)],
)
def test_office_hours_follow_the_season(day: date, afternoon: float) -> None:
    start = CALENDAR.office_hours(day).afternoon_start
    assert start.hour + start.minute / 60 == afternoon


@settings(max_examples=60, deadline=None)
@given(
    start=st.datetimes(datetime(2026, 9, 25), datetime(2026, 10, 12)).map(
        lambda d: d.replace(second=0, microsecond=0)
    ),
    minutes=st.integers(1, 900),
)
def test_adding_working_time_agrees_with_counting_minutes(start: datetime, minutes: int) -> None:
    moment, left = start, minutes
    while left:
        left -= CALENDAR.is_open(moment)
        moment += timedelta(minutes=1)
    assert CALENDAR.add_working(start, timedelta(minutes=minutes)) == moment
