"""`houqin check` on the calendar: which notice it goes by, and what is missing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.doctor import calendar_finding
from desk import notice
from desk.calendar import Calendar

if TYPE_CHECKING:
    from desk.storage import Database

# A year no library knows yet, whatever year it is.
YEAR = Calendar().covered_until() + 1


def told_in_full() -> Calendar:
    """The calendar after a notice that names enough days off to be the whole of the year."""
    return Calendar(notice={date(YEAR, 1, 1) + timedelta(days=n): False for n in range(20)})


def test_warns_in_november_of_a_next_year_nobody_loaded() -> None:
    found = calendar_finding(Calendar(), {}, today=date(YEAR - 1, 11, 23))
    assert found.verdict == "warn"
    assert f"{YEAR} 年放假通知还没有" in found.said
    assert "houqin calendar load" in found.said


def test_does_not_warn_before_the_notice_can_be_there() -> None:
    assert calendar_finding(Calendar(), {}, today=date(YEAR - 1, 6, 1)).verdict == "ok"


def test_names_the_year_and_the_source_of_what_was_loaded() -> None:
    found = calendar_finding(told_in_full(), {YEAR: "通知.txt"}, today=date(YEAR - 1, 12, 1))
    assert found.verdict == "ok"
    assert f"{YEAR} 年通知已导入（通知.txt）" in found.said


def test_warns_all_year_of_a_present_year_that_is_only_estimated() -> None:
    assert calendar_finding(Calendar(), {}, today=date(YEAR, 2, 1)).verdict == "warn"


def test_the_source_of_each_year_is_read_from_the_database(database: Database) -> None:
    with database.writing() as session:
        days = notice.Notice()
        for day in (1, 2, 3):
            days.add(date(YEAR, 1, day), works=False, name="元旦")
        notice.load(session, days, source="放假通知.txt")
        assert notice.sources(session) == {YEAR: "放假通知.txt"}
