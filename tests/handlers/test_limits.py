"""Too much of one person: one polite answer, then silence, then everything as before."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from desk import inbox, people
from desk.models import Role
from handlers import limits
from handlers.heard import Heard, Press
from tests.handlers.bench_talk import LIN, Counter, small_bureau

if TYPE_CHECKING:
    from desk.storage import Database

STRANGER = 999
LIMIT = 5
numbers = count(1)


@pytest.fixture
def counter(any_database: Database) -> Counter:
    """The small bureau's counter, on both engines."""
    return small_bureau(any_database)


def send(counter: Counter, user: int, text: str, *, ago: float = 0.0, per_minute: int = LIMIT) -> list[Any]:
    """Let a message come in by the inbox, as the worker does it; what is owed for it. `ago`: seconds since written."""
    number = next(numbers)
    date = int((counter.now - timedelta(seconds=ago)).timestamp())
    command, _, rest = text.removeprefix("/").partition(" ") if text.startswith("/") else ("", "", text)
    message = {"message_id": number, "date": date, "chat": {"id": user}, "text": text}
    heard = Heard(chat_id=user, user_id=user, command=command, text=rest)
    return take(counter, {"update_id": number, "message": message}, heard, per_minute=per_minute)


def press(counter: Counter, user: int) -> list[Any]:
    """Let a press come in."""
    number = next(numbers)
    payload = {
        "update_id": number,
        "callback_query": {"id": str(number), "message": {"chat": {"id": user}}, "from": {"id": user}},
    }
    heard = Heard(chat_id=user, user_id=user, press=Press(callback_id=str(number), data="q:none:1"))
    return take(counter, payload, heard)


def take(counter: Counter, payload: dict[str, Any], heard: Heard, *, per_minute: int = LIMIT) -> list[Any]:
    with counter.database.writing() as session:
        inbox.store(session, payload, now=counter.now)
    with counter.database.writing() as session:
        (row,) = inbox.claim(session, now=counter.now, worker="me", limit=1)
        assert inbox.done(session, row.id)
        limits.handle(session, heard, house=counter.house, now=counter.now, per_minute=per_minute)
    return counter.owed(heard.chat_id)


def test_a_flood_is_answered_once_and_then_met_with_silence_until_it_calms_down(counter: Counter) -> None:
    answered = [bool(send(counter, LIN, "你好")) for _ in range(LIMIT)]
    assert all(answered)
    (polite,) = send(counter, LIN, "你好")
    assert "发得太快" in polite["text"]
    assert [send(counter, LIN, "你好") for _ in range(10)] == [[]] * 10
    counter.wait(seconds=61)
    assert "发得太快" not in str(send(counter, LIN, "你好")) != "[]"


def test_presses_count_and_the_one_too_many_is_told_in_a_box(counter: Counter) -> None:
    for _ in range(LIMIT):
        assert press(counter, LIN)
    (box,) = press(counter, LIN)
    assert (box["method"], "发得太快" in box["text"]) == ("callback_answer", True)
    assert press(counter, LIN) == []


def test_what_piled_up_while_the_desk_was_away_is_no_flood(counter: Counter) -> None:
    for minute in range(30, 0, -1):
        assert send(counter, LIN, "你好", ago=minute * 60)


def test_one_persons_flood_is_nobody_elses(counter: Counter) -> None:
    for _ in range(LIMIT + 3):
        send(counter, STRANGER, "你好")
    assert send(counter, LIN, "你好")


def test_no_limit_is_none(counter: Counter) -> None:
    assert all(send(counter, LIN, "你好", per_minute=0) for _ in range(LIMIT * 3))


def test_codes_cannot_be_tried_out(counter: Counter) -> None:
    with counter.database.writing() as session:
        code = people.invite(session, name="新同事", role=Role.EMPLOYEE, now=counter.now)
    for _ in range(limits.CODES_PER_HOUR):
        assert "不对" in str(send(counter, STRANGER, "/start AAAA-BBBB", per_minute=0))
        counter.wait(minutes=5)
    # The right one comes too late, and nobody learns that it was right.
    assert "试得太多" in str(send(counter, STRANGER, f"/start {code}", per_minute=0))
    with counter.database.reading() as session:
        assert people.person_of(session, STRANGER) is None
    counter.wait(minutes=61)
    assert "新同事" in str(send(counter, STRANGER, f"/start {code}", per_minute=0))
