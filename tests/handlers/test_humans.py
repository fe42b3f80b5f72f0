"""Calls for a human: told once, taken by one, and the caller hears by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nlu.understanding import Request
from tests.handlers.bench_talk import DIAO, LIN, LIU, Counter, small_bureau

if TYPE_CHECKING:
    from desk.storage import Database

CALL = Request(intent="handoff_human", kind=None)


@pytest.fixture
def counter(any_database: Database) -> Counter:
    return small_bureau(any_database)


def test_who_takes_a_call_is_named_to_the_caller_and_no_second_one_takes_it(counter: Counter) -> None:
    counter.say(LIN, "转人工", CALL)
    button = counter.button(DIAO, "我来联系")
    counter.press_data(DIAO, button)
    assert "刁调度接了您的事" in counter.owed(LIN)[-1]["text"]
    again = counter.press_data(DIAO, button)
    assert "已经由刁调度接了" in again[-1]["text"]


def test_calling_again_tells_nobody_anew_until_a_while_has_passed(counter: Counter) -> None:
    counter.say(LIN, "转人工", CALL)
    assert len(counter.owed(DIAO)) == 1
    assert "请稍候" in counter.say(LIN, "转人工", CALL)[-1]["text"]
    assert counter.owed(DIAO) == []
    counter.wait(minutes=31)
    counter.say(LIN, "转人工", CALL)
    assert "请求人工" in counter.owed(DIAO)[0]["text"]


def test_what_is_said_meanwhile_is_passed_on(counter: Counter) -> None:
    counter.say(LIN, "转人工", CALL)
    counter.owed(DIAO)
    counter.say(LIN, "我们处的车一直没来，麻烦找个人问问", CALL)
    assert "一直没来" in counter.owed(DIAO)[0]["text"]


def test_only_a_dispatcher_takes_a_call(counter: Counter) -> None:
    counter.say(LIN, "转人工", CALL)
    refused = counter.press_data(LIU, counter.button(DIAO, "我来联系"))
    assert "不归您办" in refused[-1]["text"]
    assert not any("接了您的事" in said["text"] for said in counter.owed(LIN))
