"""A message with several requests: each form keeps the words of its own."""

from __future__ import annotations

from datetime import datetime

from handlers import dialogue
from handlers.dialogue import Said
from handlers.dialogue.talk import Talk
from handlers.kinds import find_kinds
from nlu.understanding import Request

MONDAY = datetime(2026, 11, 23, 10, 0)
BEGINS = {"start": "2026-11-24T14:00:00"}


def opened(*requests: Request) -> Talk:
    said = Said(
        text="，".join(request.text for request in requests),
        now=MONDAY,
        intent=requests[0].intent,
        requests=requests,
    )
    talk, _ = dialogue.advance(Talk(), said, kinds=find_kinds())
    return talk


def fault(thing: str, words: str, **hints: object) -> Request:
    slots = {"location": "三楼", "object": thing, "fault": "坏了"}
    return Request(intent="report_repair", kind="repair", slots=slots, hints=hints, text=words)


def test_what_waits_keeps_its_own_words() -> None:
    car = Request(intent="book_vehicle", kind="vehicle", slots=BEGINS, text="明天下午两点派个车")
    room = Request(intent="book_room", kind="room", slots=BEGINS, text="再订个会议室")
    talk = opened(car, room)
    assert [form.said for form in talk.parked] == ["再订个会议室"]
    assert talk.form is not None
    assert talk.form.said == "明天下午两点派个车"


def test_a_second_fault_in_the_same_place_is_not_lost() -> None:
    talk = opened(fault("灯", "三楼灯坏了"), fault("门", "门也坏了", shared=["location"]))
    assert [form.said for form in talk.parked] == ["门也坏了"]
