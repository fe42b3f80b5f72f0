"""The figures mean what they say: scored on understandings that are known beforehand."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from nlu.evaluate import Row, confusion_picture, read_rows, score, table
from nlu.understanding import Request, Understanding

if TYPE_CHECKING:
    from pathlib import Path

    from tests.nlu.conftest import Loop

NOW = datetime(2026, 11, 23, 10, 0)
KINDS = {"book_vehicle": "vehicle", "book_room": "room", "report_repair": "repair"}


def row(intent: str, slots: dict[str, Any] | None = None, requests: tuple[dict[str, Any], ...] = ()) -> Row:
    return Row(
        id="r",
        text=intent,
        now=NOW,
        intent=intent,
        kind=KINDS.get(intent),
        slots=slots or {},
        requests=requests,
    )


def request(intent: str, **slots: Any) -> dict[str, Any]:
    return {"intent": intent, "kind": KINDS.get(intent), "slots": slots}


def said(
    intent: str,
    slots: dict[str, Any] | None = None,
    *,
    clarify: bool = False,
    also: str = "",
    requests: tuple[dict[str, Any], ...] = (),
) -> Understanding:
    several = [Request(**one) for one in requests or [request(name) for name in (intent, also) if name]]
    return Understanding(
        text="",
        original="",
        intent=intent,
        kind=KINDS.get(intent),
        confidence=1.0,
        clarify=clarify,
        slots=slots or {},
        hints={},
        requests=tuple(several),
        candidates=(),
    )


def scored(wait: Loop, *pairs: tuple[Row, Understanding]) -> Any:
    answers = iter(understanding for _, understanding in pairs)

    async def understand(_: Row) -> Understanding:
        return next(answers)

    return wait(score([row for row, _ in pairs], understand))


def test_counts_intents_and_kinds(wait: Loop) -> None:
    scores = scored(
        wait,
        (row("book_vehicle"), said("book_vehicle")),
        (row("book_room"), said("book_vehicle")),
        (row("thanks"), said("thanks")),
        (row("thanks"), said("greet")),
    )
    assert scores.intent_accuracy == 0.5
    assert scores.kind_accuracy == 0.5
    assert scores.confusion["book_room", "book_vehicle"] == 1


def test_asking_back_about_a_stranger_is_no_acceptance(wait: Loop) -> None:
    scores = scored(
        wait,
        (row("out_of_scope"), said("book_vehicle")),
        (row("out_of_scope"), said("book_vehicle", clarify=True)),
        (row("out_of_scope"), said("out_of_scope")),
        (row("out_of_scope"), said("out_of_scope", clarify=True)),
    )
    assert scores.out_of_scope_accepted == 0.25


def test_asking_back_about_a_request_is_a_cost(wait: Loop) -> None:
    scores = scored(
        wait,
        (row("book_vehicle"), said("book_vehicle")),
        (row("book_vehicle"), said("book_vehicle", clarify=True)),
        (row("book_vehicle"), said("out_of_scope")),
        (row("book_vehicle"), said("book_room")),
    )
    assert scores.in_scope_rejected == 0.5


def test_times_are_right_or_wrong_and_words_may_differ_at_the_edges(wait: Loop) -> None:
    wanted = {
        "start": "2026-11-24T14:00:00",
        "destination": "龙嘉机场",
        "fault": "不亮",
        "equipment": ["投影", "话筒"],
    }
    found = {
        "start": "2026-11-24T14:30:00",
        "destination": "龙嘉机场T2",
        "fault": "全黑",
        "equipment": ["投影"],
    }
    scores = scored(wait, (row("book_vehicle", wanted), said("book_vehicle", found)))
    assert scores.slots["start"].f1 == 0
    assert scores.slots["destination"].f1 == 1
    assert scores.slots["fault"].f1 == 0
    assert scores.slots["equipment"].f1 == 1


def test_one_instant_written_two_ways_is_one(wait: Loop) -> None:
    scores = scored(
        wait,
        (
            row("book_room", {"start": "2026-11-24T14:00"}),
            said("book_room", {"start": "2026-11-24T14:00:00"}),
        ),
    )
    assert scores.slots["start"].f1 == 1


def test_a_slot_made_up_costs_precision(wait: Loop) -> None:
    scores = scored(
        wait,
        (row("book_room", {"people": 3}), said("book_room", {"people": 3})),
        (row("book_room"), said("book_room", {"people": 3})),
    )
    assert scores.slots["people"].f1 == pytest.approx(2 / 3)


def test_several_requests_count_only_when_all_are_found(wait: Loop) -> None:
    two = ({"kind": "vehicle"}, {"kind": "repair"})
    scores = scored(
        wait,
        (row("book_vehicle", requests=two), said("book_vehicle", also="report_repair")),
        (row("book_vehicle", requests=two), said("book_vehicle")),
    )
    assert scores.several_found == 0.5


def test_several_requests_are_whole_when_each_has_its_own_time_and_subject(wait: Loop) -> None:
    car = request("book_vehicle", start="2026-11-24T14:00:00", destination="龙嘉机场")
    room = request("book_room", start="2026-11-25", room_name="主楼305")
    asked = row("book_vehicle", requests=(car, room))
    answers = (
        (request("book_room", start="2026-11-25", room_name="305"), car),
        (car, request("book_room", start="2026-11-24T14:00:00", room_name="主楼305")),
        (car, request("book_room", start="2026-11-25")),
        (car, room, room),
    )
    found = [scored(wait, (asked, said("book_vehicle", requests=answer))).several_whole for answer in answers]
    assert found == [1, 0, 0, 0]


def test_prints_a_table_and_draws_the_confusion(wait: Loop, tmp_path: Path) -> None:
    scores = scored(wait, (row("book_vehicle", {"people": 3}), said("book_room", {"people": 3})))
    assert "意图准确率      0.0 %" in table(scores, title="试算")
    confusion_picture(scores, tmp_path / "confusion.png")
    assert (tmp_path / "confusion.png").read_bytes().startswith(b"\x89PNG")


def test_reads_rows_and_names_a_bad_one(tmp_path: Path) -> None:
    good = {
        "id": "1",
        "text": "派车",
        "now": "2026-11-23T10:00:00",
        "intent": "book_vehicle",
        "kind": "vehicle",
        "slots": {},
    }
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(good) + "\n\n", "utf-8")
    assert [r.intent for r in read_rows([file])] == ["book_vehicle"]
    file.write_text(json.dumps(good) + "\n{}\n", "utf-8")
    with pytest.raises(ValueError, match=r"rows\.jsonl 第 2 行"):
        read_rows([file])
