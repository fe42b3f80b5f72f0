"""JSON lines in, JSON lines out, in order, whatever stands in them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from nlu.batch import times_lines, understand_lines
from nlu.client import RasaClient
from nlu.understand import Understander
from tests.nlu.conftest import small_desk

if TYPE_CHECKING:
    from tests.nlu.conftest import Loop

NOW = datetime(2026, 11, 23, 10, 0)


def run_times(*lines: str) -> tuple[int, list[dict[str, Any]]]:
    out: list[str] = []
    bad = times_lines(lines, out.append, default_ref=NOW)
    return bad, [json.loads(line) for line in out]


def test_times_on_the_contract() -> None:
    bad, rows = run_times('{"id": 7, "text": "明天下午两点到四点", "ref": "2026-11-23T10:00:00"}')
    assert bad == 0
    assert rows == [
        {
            "id": 7,
            "start": "2026-11-24T14:00:00",
            "end": "2026-11-24T16:00:00",
            "duration_s": 7200.0,
            "unsure": False,
        }
    ]


def test_text_without_a_time_gives_nulls() -> None:
    _, rows = run_times('{"id": "a", "text": "谢谢", "ref": "2026-11-23T10:00:00"}')
    assert rows == [{"id": "a", "start": None, "end": None, "duration_s": None, "unsure": False}]


def test_an_instant_with_an_offset_is_taken_to_the_bureau() -> None:
    _, rows = run_times('{"id": 1, "text": "明天上午九点", "ref": "2026-11-23T20:00:00Z"}')
    assert rows[0]["start"] == "2026-11-25T09:00:00"


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[1, 2]",
        '{"id": 1}',
        '{"id": 1, "text": 5}',
        '{"id": 1, "text": "明天", "ref": "soon"}',
        "[" * 50_000,
    ],
)
def test_a_bad_line_is_answered_and_stops_nothing(line: str) -> None:
    bad, rows = run_times(line, '{"id": 2, "text": "明天", "ref": "2026-11-23T10:00:00"}')
    assert bad == 1
    assert "error" in rows[0]
    assert rows[1]["id"] == 2
    assert rows[1]["start"].startswith("2026-11-24")


def test_a_lone_surrogate_does_not_break_the_output() -> None:
    _, rows = run_times('{"id": "\\ud800", "text": "明天\\ud800", "ref": "2026-11-23T10:00:00"}')
    assert rows[0]["start"].startswith("2026-11-24")


def test_without_rasa_every_line_says_so(wait: Loop) -> None:
    out: list[str] = []

    async def run() -> int:
        async with RasaClient(url="http://127.0.0.1:9") as nobody:
            understander = Understander(nobody, gazetteer=small_desk())
            return await understand_lines(
                ['{"id": 1, "text": "你好"}'], out.append, understander=understander, default_now=NOW
            )

    assert wait(run()) == 1
    assert json.loads(out[0])["id"] == 1
    assert "error" in json.loads(out[0])


@pytest.mark.rasa
def test_understands_in_order_with_bad_lines_between(understander: Understander, wait: Loop) -> None:
    lines = [
        json.dumps({"id": n, "text": f"明天{n % 12 + 1}点派车去净月", "now": "2026-11-23T10:00:00"})
        for n in range(30)
    ]
    lines[7] = "{broken"
    lines.insert(3, "")
    out: list[str] = []
    bad = wait(understand_lines(lines, out.append, understander=understander, default_now=NOW))
    rows = [json.loads(line) for line in out]
    assert bad == 1
    assert [row["id"] for row in rows] == [*range(7), None, *range(8, 30)]
    assert all(row["intent"] == "book_vehicle" for row in rows if "error" not in row)
