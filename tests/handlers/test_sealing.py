"""Cars are sealed over a holiday: who must see to it is told three days before, and the day before work begins again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from desk import people
from desk.instants import to_instant
from desk.models import Duty
from handlers.reports import sealing
from tests.handlers.bench_talk import DIAO, LIN, LIU, ZHOU, Counter, car, small_bureau

if TYPE_CHECKING:
    from desk.storage import Database


@pytest.fixture
def counter(database: Database) -> Counter:
    return small_bureau(database)


def local(text: str) -> datetime:
    return to_instant(datetime.fromisoformat(text))


def told(counter: Counter, at: str) -> list[str]:
    """What the dispatcher of cars is told on a day."""
    counter.now = local(at)
    counter.owed(DIAO)
    with counter.database.writing() as session:
        sealing.remind(session, house=counter.house, now=counter.now)
    return [str(one["text"]) for one in counter.owed(DIAO)]


def test_three_days_before_a_holiday_the_list_comes_once(counter: Counter) -> None:
    # The last day of 中秋, four days before 国庆.
    assert not any("封存停驶" in text for text in told(counter, "2026-09-27T10:00"))
    (text,) = told(counter, "2026-09-28T10:00")
    assert "10月1日–10月7日放假 7 天" in text
    assert "封存停驶" in text
    assert told(counter, "2026-09-28T10:05") == []
    assert told(counter, "2026-09-29T10:00") == []


def test_the_list_names_what_stays_out_and_who_has_duty(counter: Counter) -> None:
    counter.now = local("2026-09-21T09:00")
    counter.say(LIN, "要车", car(start="2026-10-02T09:00", destination="龙嘉机场", people=2))
    counter.press(LIN, "提交")
    counter.press(ZHOU, "同意")
    counter.press(DIAO, "派车")
    with counter.database.writing() as session:
        liu = people.person_of(session, LIU)
        start, end = local("2026-10-02T08:00"), local("2026-10-03T08:00")
        session.add(Duty(person=liu, kind="vehicle", starts_at=start, ends_at=end))
    (text,) = told(counter, "2026-09-28T10:00")
    number, plate = counter.ticket().number, counter.ticket().fields["plate"]
    sealed, out, on_duty = text.splitlines()[2:5]
    assert plate not in sealed
    assert number in out
    assert "刘师傅" in on_duty


def test_the_day_before_work_begins_again_the_cars_are_to_be_looked_over(counter: Counter) -> None:
    (text,) = told(counter, "2026-10-07T10:00")
    assert "解封检查" in text


@pytest.mark.parametrize("day", ["2026-11-25", "2026-11-28", "2026-11-29"])
def test_a_plain_weekend_is_no_holiday(counter: Counter, day: str) -> None:
    assert told(counter, f"{day}T10:00") == []
