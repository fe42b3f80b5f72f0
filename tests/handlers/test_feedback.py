"""Messages that end in a question back, a correction or with a human are kept for review; the rest are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from desk import feedback
from tests.handlers.bench_talk import LIN, Counter, car, small_bureau, word

if TYPE_CHECKING:
    from desk.storage import Database


@pytest.fixture
def counter(database: Database) -> Counter:
    return small_bureau(database)


def kept(counter: Counter) -> list[tuple[str, str, str, str]]:
    with counter.database.reading() as session:
        return [(row.text, row.why, row.guessed, row.chosen) for row in feedback.waiting(session)]


def test_keeps_what_had_to_be_asked_about_with_the_answer(counter: Counter) -> None:
    counter.say(LIN, "明天那个事安排一下", car(), clarify=True)
    assert kept(counter) == [("明天那个事安排一下", "clarified", "book_vehicle", "")]
    counter.press_data(LIN, "q:mean:book_room")
    assert kept(counter) == [("明天那个事安排一下", "clarified", "book_vehicle", "book_room")]


def test_keeps_what_ended_with_a_human(counter: Counter) -> None:
    counter.say(LIN, "明天那个事安排一下", car(), clarify=True)
    counter.press(LIN, "都不是")
    assert kept(counter) == [("明天那个事安排一下", "handed_over", "book_vehicle", "")]


def test_keeps_what_a_form_was_made_from_when_the_card_is_corrected(counter: Counter) -> None:
    slots = {
        "start": "2026-11-25T14:00:00",
        "destination": "净月",
        "people": 2,
        "purpose": "开会",
        "origin": "局里",
    }
    counter.say(LIN, "后天两点去净月开会，俩人", car(**slots))
    assert kept(counter) == []
    counter.press(LIN, "修改")
    assert kept(counter) == [("后天两点去净月开会，俩人", "corrected", "book_vehicle", "")]


def test_keeps_nothing_of_what_was_understood(counter: Counter) -> None:
    counter.say(LIN, "谢谢", word("thanks"))
    counter.say(LIN, "转人工", word("handoff_human"))
    counter.say(LIN, "天气咋样")
    assert kept(counter) == []
