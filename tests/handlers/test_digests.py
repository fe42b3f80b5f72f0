"""What the desk tells at fixed times: the day with its picture, the week's conflicts, the month's figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from desk import duty, people
from desk.instants import to_instant
from desk.models import Role, Vehicle
from handlers.reports import digest, fonts, timeline
from tests.handlers.bench_talk import DIAO, LIN, LIU, ZHOU, Counter, car, small_bureau

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from desk.storage import Database


def local(text: str) -> datetime:
    return to_instant(datetime.fromisoformat(text))


@pytest.fixture
def counter(database: Database, tmp_path: Path) -> Counter:
    """The small bureau, in which 周处 administers the desk; it is Monday, 9:00."""
    made = small_bureau(database)
    made.house = replace(made.house, exports=tmp_path / "exports")
    with database.writing() as session:
        zhou = people.person_of(session, ZHOU)
        assert zhou is not None
        people.grant(session, zhou, role=Role.ADMIN)
    return made


def booked(counter: Counter, *, start: str, assigned: bool = True, **slots: object) -> None:
    counter.say(LIN, "要车", car(**{"start": start, "destination": "龙嘉机场", "people": 2, **slots}))
    counter.press(LIN, "提交")
    if assigned:
        counter.press(DIAO, "派车")


def run(counter: Counter, work: Callable[..., int]) -> int:
    with counter.database.writing() as session:
        return work(session, house=counter.house, now=counter.now)


def digests(counter: Counter, person: int) -> list[str]:
    return [
        str(r.payload.get("text") or r.payload["path"]) for r in counter.rows(person) if r.purpose == "digest"
    ]


def test_the_morning_shows_the_day_and_what_does_not_fit(counter: Counter) -> None:
    booked(counter, start="2026-11-24T14:00")
    booked(counter, start="2026-11-24T16:00", assigned=False)
    counter.now = local("2026-11-24T08:30")
    assert run(counter, digest.morning) == 1
    text = digests(counter, DIAO)[0]
    assert "今日 2 单" in text
    assert "还没落实：YC-20261123-002" in text


@pytest.mark.skipif(fonts.chinese_font() is None, reason="no Chinese font on this machine")
def test_the_morning_comes_with_a_picture_of_cars(counter: Counter) -> None:
    booked(counter, start="2026-11-24T14:00")
    counter.now = local("2026-11-24T08:30")
    run(counter, digest.morning)
    path = digests(counter, DIAO)[1]
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        assert picture.width == 1200
        colours = {colour for _, colour in picture.convert("RGB").getcolors(100_000) or []}
        assert (0x2F, 0x6F, 0xB5) in colours


def test_the_picture_marks_what_is_tight_late_and_not_provided_for(counter: Counter) -> None:
    booked(counter, start="2026-11-24T09:00", end="2026-11-24T11:00")
    booked(counter, start="2026-11-24T11:10", end="2026-11-24T12:00")
    booked(counter, start="2026-11-24T15:00", assigned=False)
    counter.now = local("2026-11-24T08:30")
    run(counter, digest.morning)
    with Image.open(digests(counter, DIAO)[1]) as picture:
        colours = {colour for _, colour in picture.convert("RGB").getcolors(100_000) or []}
    drawn = {
        tuple(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in (timeline.TIGHT, timeline.COLOURS["open"])
    }
    assert drawn <= colours


def test_says_the_same_in_words_where_no_font_is(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "PLACES", ())
    monkeypatch.setattr(fonts, "PACKAGES", ())
    fonts.chinese_font.cache_clear()
    booked(counter, start="2026-11-24T14:00")
    counter.now = local("2026-11-24T08:30")
    run(counter, digest.morning)
    assert len(digests(counter, DIAO)) == 1
    fonts.chinese_font.cache_clear()


def test_nothing_is_said_on_days_off_and_nothing_twice(counter: Counter) -> None:
    counter.now = local("2026-11-28T08:30")
    assert [run(counter, work) for work in (digest.morning, digest.weekly, digest.monthly)] == [0, 0, 0]
    counter.now = local("2026-11-30T08:30")
    assert [run(counter, digest.morning) for _ in range(2)] == [1, 0]


def test_the_week_lists_what_will_not_fit(counter: Counter) -> None:
    booked(counter, start="2026-11-25T09:30")
    booked(counter, start="2026-11-26T14:00", assigned=False)
    with counter.database.writing() as session:
        for one in session.query(Vehicle):
            one.inspection_until = date(2026, 11, 24)
        liu = people.person_of(session, LIU)
        assert liu is not None
        duty.away(session, liu, starts_at=local("2026-11-25T00:00"), ends_at=local("2026-11-27T00:00"))
    assert run(counter, digest.weekly) == 1
    (text,) = digests(counter, ZHOU)
    assert "刘师傅请假，没有替班：YC-20261123-001" in text
    assert "还没落实：YC-20261123-002" in text
    assert "年检已于 2026-11-24 到期" in text
    assert run(counter, digest.weekly) == 0


def test_a_week_that_begins_with_a_holiday_is_listed_on_its_first_working_day(counter: Counter) -> None:
    counter.now = local("2026-10-05T08:00")
    assert run(counter, digest.weekly) == 0
    counter.now = local("2026-10-08T08:00")
    assert run(counter, digest.weekly) == 1
    counter.now = local("2026-10-09T08:00")
    assert run(counter, digest.weekly) == 0


def test_the_month_is_counted_on_the_first_working_day_of_the_next(counter: Counter) -> None:
    booked(counter, start="2026-11-23T14:00")
    counter.now = local("2026-11-23T14:00")
    for label in ("已出发", "已到达", "已完成"):
        counter.press(LIU, label)
    counter.hear(LIU, text="36公里")
    counter.press(LIN, "满意")
    counter.now = local("2026-12-01T09:00")
    assert run(counter, digest.monthly) == 1
    text, path = digests(counter, ZHOU)[-2:]
    with Image.open(path) as picture:
        assert (picture.format, picture.width) == ("PNG", 1200)
    assert "2026年11月" in text
    assert "受理 1 单，办结 1" in text
    assert "满意率 100%" in text
    assert "36 公里" in text
    assert run(counter, digest.monthly) == 0


def test_whoever_came_in_the_middle_of_the_week_is_not_told_of_its_beginning(counter: Counter) -> None:
    with counter.database.writing() as session:
        zhou = people.person_of(session, ZHOU)
        assert zhou is not None
        zhou.bound_at = counter.now + timedelta(days=1)
    counter.now += timedelta(days=2)
    assert run(counter, digest.weekly) == 0
