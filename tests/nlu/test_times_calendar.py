"""The default working calendar, inside the official notices and beyond them."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from nlu.times import DEFAULT_CALENDAR, OfficeHours, WorkCalendar, parse


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2026, 11, 24), True),
        (date(2026, 11, 28), False),
        (date(2026, 10, 1), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),  # a make-up Saturday
        (date(2026, 2, 14), True),  # another
        (date(2026, 2, 17), False),
        (date(2026, 5, 9), True),
    ],
)
def test_knows_the_official_notice_of_2026(day: date, is_open: bool) -> None:
    assert DEFAULT_CALENDAR.is_workday(day) is is_open
    assert not DEFAULT_CALENDAR.is_estimate(day)


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2027, 1, 1), False),
        (date(2027, 1, 4), True),
        (date(2027, 2, 8), False),
        (date(2027, 5, 1), False),
        (date(2027, 9, 15), False),
        (date(2027, 6, 12), False),
    ],
)
def test_estimates_beyond_the_notice_and_says_so(day: date, is_open: bool) -> None:
    assert DEFAULT_CALENDAR.is_workday(day) is is_open
    assert DEFAULT_CALENDAR.is_estimate(day)


@pytest.mark.parametrize(
    ("day", "afternoon"),
    [
        (date(2026, 4, 30), time(13)),
        (date(2026, 5, 5), time(13)),
        (date(2026, 5, 6), time(13, 30)),
        (date(2026, 9, 30), time(13, 30)),
        (date(2026, 10, 8), time(13)),
        (date(2026, 12, 31), time(13)),
        (date(2027, 1, 4), time(13)),
    ],
)
def test_office_hours_change_after_may_day_and_national_day(day: date, afternoon: time) -> None:
    assert DEFAULT_CALENDAR.office_hours(day).afternoon_start == afternoon


class _OddCalendar:
    """A bureau that works every day from ten to four."""

    def is_workday(self, day: date) -> bool:
        return day.year > 0

    def is_estimate(self, day: date) -> bool:
        return day.year > 9000

    def office_hours(self, day: date) -> OfficeHours:
        del day
        return OfficeHours(
            morning_start=time(10), morning_end=time(12), afternoon_start=time(14), afternoon_end=time(16)
        )


def test_another_calendar_can_be_handed_in() -> None:
    odd: WorkCalendar = _OddCalendar()
    ref = datetime(2026, 9, 20, 8)
    start, close = parse("一上班", ref, calendar=odd), parse("下班前", ref, calendar=odd)
    first = parse("国庆节后第一个工作日", ref, calendar=odd)
    assert start is not None
    assert close is not None
    assert first is not None
    assert start.start == datetime(2026, 9, 20, 10)
    assert close.start == datetime(2026, 9, 20, 15, 30)
    assert first.start == datetime(2026, 10, 2)


def test_a_booking_across_new_year_does_not_fail() -> None:
    span = parse("12月28日到明年1月8日", datetime(2026, 12, 20, 9))
    assert span is not None
    assert (span.start, span.end) == (datetime(2026, 12, 28), datetime(2027, 1, 9))
