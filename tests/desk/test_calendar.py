"""The working calendar: holidays, weekends worked, seasons, working time."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.calendar import Calendar, load_calendar
from desk.rules import load_rules

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


# The days around a long holiday with its worked weekends, the change of the season, and a plain week of summer.
AROUND = (
    (datetime(2026, 2, 9), datetime(2026, 3, 3)),
    (datetime(2026, 4, 28), datetime(2026, 5, 12)),
    (datetime(2026, 7, 6), datetime(2026, 7, 14)),
    (datetime(2026, 12, 30), datetime(2027, 1, 6)),
)


@settings(max_examples=80, deadline=None)
@given(data=st.data(), span=st.sampled_from(AROUND), minutes=st.integers(0, 2000))
def test_working_time_between_two_moments_agrees_with_counting_minutes(
    data: st.DataObject, span: tuple[datetime, datetime], minutes: int
) -> None:
    start = data.draw(st.datetimes(*span)).replace(second=0, microsecond=0)
    end = start + timedelta(minutes=minutes)
    counted = sum(CALENDAR.is_open(start + timedelta(minutes=n)) for n in range(minutes))
    assert CALENDAR.working_between(start, end) == timedelta(minutes=counted)
    if counted:
        # Adding what was counted leads to the end of the last working minute before `end`.
        last = max(n for n in range(minutes) if CALENDAR.is_open(start + timedelta(minutes=n)))
        assert CALENDAR.add_working(start, timedelta(minutes=counted)) == start + timedelta(minutes=last + 1)


def test_no_time_passes_backwards() -> None:
    monday = datetime(2026, 11, 23, 9)
    assert CALENDAR.working_between(monday, monday - timedelta(hours=3)) == timedelta()


def test_announced_days_of_the_seasons_go_before_the_rule() -> None:
    figures = load_rules().parameters["calendar"]
    told = load_calendar(
        {**figures, "seasons": {"summer": [date(2026, 4, 20)], "winter": [date(2026, 10, 12)]}}, notice={}
    )
    assert told.office_hours(date(2026, 4, 20)) == told.summer
    assert told.office_hours(date(2026, 10, 11)) == told.summer
    assert told.office_hours(date(2026, 10, 12)) == told.winter
    assert load_calendar(figures, notice={}).office_hours(date(2026, 4, 20)) == told.winter
