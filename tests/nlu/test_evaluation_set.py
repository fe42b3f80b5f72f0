"""The evaluation set keeps its promises: legal rows, enough of each thing, and nothing shared with the training data.

The sentences were written without looking at the training files. The refusals below keep it so: whoever adds a training
sentence that stands in the evaluation set, or nearly so, is told which one it is.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter, defaultdict
from datetime import date, datetime
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nlu import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FOLDER = Path(__file__).parent / "evaluation"
TRAINING = Path(__file__).parents[2] / "nlu" / "training"

KINDS = {
    "book_vehicle": "vehicle",
    "book_room": "room",
    "report_repair": "repair",
    "arrange_reception": "reception",
}
AT_LEAST = {
    **dict.fromkeys(KINDS, 90),
    **dict.fromkeys(
        ("query_ticket", "change_ticket", "cancel_ticket", "urge_ticket", "complain", "policy_question"), 30
    ),
    **dict.fromkeys(("affirm", "deny", "greet", "thanks", "goodbye", "help", "handoff_human"), 12),
    "out_of_scope": 150,
}
TEXT_SLOTS = frozenset(
    [
        "origin",
        "destination",
        "vehicle_type",
        "room_name",
        "location",
        "object",
        "fault",
        "urgency",
        "visitor_org",
        "visitors",
        "meals",
        "lodging",
        "purpose",
        "ticket_no",
    ]
)
KEYS = frozenset(["id", "text", "now", "writer", "intent", "kind", "slots"])
NEAR = 0.92
"""Two sentences more alike than this are one sentence."""
SHORT = 10
"""Below this many characters only the same sentence counts: short ones are alike by nature (「谢谢师傅」)."""


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def everything() -> list[dict[str, Any]]:
    return rows("dev") + rows("held") + rows("fresh") + rows("blind")


def bare(text: str) -> str:
    """The characters that make a sentence, without spaces, punctuation, width and case."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).casefold()


def pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


class Alike:
    """Finds sentences that are the same or nearly so.

    Two texts at `NEAR` share well over half of their neighbouring characters, so one of the rarer half of a text's pairs
    leads to every sentence worth the slow comparison.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = sorted({bare(text) for text in texts} - {""})
        self._known = frozenset(self._texts)
        self._holding: dict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(self._texts):
            for pair in pairs(text):
                self._holding[pair].append(number)

    def to(self, sentence: str) -> str | None:
        text = bare(sentence)
        if text in self._known:
            return text
        if len(text) < SHORT:
            return None
        for candidate in self._candidates(text):
            matcher = SequenceMatcher(None, text, candidate, autojunk=False)
            if matcher.quick_ratio() >= NEAR and matcher.ratio() >= NEAR:
                return candidate
        return None

    def _candidates(self, text: str) -> Iterator[str]:
        mine = pairs(text)
        rarest = sorted(mine, key=lambda pair: len(self._holding.get(pair, ())))[: len(mine) // 2 + 1]
        for number in {number for pair in rarest for number in self._holding.get(pair, ())}:
            candidate = self._texts[number]
            if 2 * min(len(text), len(candidate)) / (len(text) + len(candidate)) >= NEAR:
                yield candidate


def check_when(value: str) -> None:
    if "T" in value:
        assert datetime.fromisoformat(value).strftime("%Y-%m-%dT%H:%M:00") == value
    else:
        assert date.fromisoformat(value).isoformat() == value


def check_slots(slots: Mapping[str, Any]) -> None:
    for name, value in slots.items():
        if name in {"start", "end"}:
            check_when(value)
        elif name == "people":
            assert type(value) is int
            assert value > 0
        elif name == "equipment":
            assert value
            assert all(isinstance(item, str) and item for item in value)
        else:
            assert name in TEXT_SLOTS
            assert isinstance(value, str)
            assert value.strip() == value != ""
    if "start" in slots and "end" in slots:
        assert slots["end"] > slots["start"]


def test_every_row_speaks_the_contract(everything: list[dict[str, Any]]) -> None:
    for row in everything:
        assert row.keys() >= KEYS, row
        assert row.keys() <= KEYS | {"requests", "hard"}, row
        assert row["intent"] in AT_LEAST, row
        assert row["kind"] == KINDS.get(row["intent"]), row
        assert datetime.fromisoformat(row["now"]).tzinfo is None, row
        check_slots(row["slots"])


def test_several_requests_are_written_out_and_the_first_is_the_row_itself(
    everything: list[dict[str, Any]],
) -> None:
    several = [row for row in everything if "requests" in row]
    assert len(several) >= 60
    for row in several:
        assert len(row["requests"]) >= 2, row
        assert row["requests"][0] == {name: row[name] for name in ("intent", "kind", "slots")}
        for request in row["requests"]:
            assert request.keys() == {"intent", "kind", "slots"}, row
            assert request["kind"] == KINDS.get(request["intent"]), row
            check_slots(request["slots"])


def test_starts_lie_ahead_of_the_moment_of_writing(everything: list[dict[str, Any]]) -> None:
    for row in everything:
        start = row["slots"].get("start")
        if start is not None:
            assert start >= row["now"][: len(start)], row


def test_every_intent_is_there_often_enough(everything: list[dict[str, Any]]) -> None:
    counted = Counter(row["intent"] for row in everything)
    assert {intent: counted[intent] for intent, least in AT_LEAST.items() if counted[intent] < least} == {}
    assert sum(row.get("hard", False) for row in everything) * 3 >= AT_LEAST["out_of_scope"]


def test_hard_marks_only_what_is_out_of_scope(everything: list[dict[str, Any]]) -> None:
    assert {row["intent"] for row in everything if row.get("hard")} == {"out_of_scope"}


def test_the_held_part_is_about_two_fifths_of_every_intent() -> None:
    dev, held = (Counter(row["intent"] for row in rows(name)) for name in ("dev", "held"))
    for intent in AT_LEAST:
        assert 0.3 <= held[intent] / (held[intent] + dev[intent]) <= 0.5, intent


def test_no_sentence_and_no_id_stands_twice(everything: list[dict[str, Any]]) -> None:
    for values in ([row["id"] for row in everything], [bare(row["text"]) for row in everything]):
        assert [value for value, times in Counter(values).items() if times > 1] == []


@pytest.mark.parametrize(("earlier", "later"), [*combinations(("dev", "held", "fresh", "blind"), 2)])
def test_the_parts_share_no_sentence_even_nearly(earlier: str, later: str) -> None:
    known = Alike(row["text"] for row in rows(earlier))
    assert [(row["id"], row["text"]) for row in rows(later) if known.to(row["text"])] == []


def test_refuses_any_overlap_with_the_training_sentences(everything: list[dict[str, Any]]) -> None:
    training = Alike(sentence.text for sentence in sentences.read(sorted(TRAINING.glob("*.yml"))))
    found = {row["id"]: (row["text"], alike) for row in everything if (alike := training.to(row["text"]))}
    assert found == {}


@pytest.mark.parametrize(
    ("training", "evaluation"),
    [
        ("谢谢啦", "谢谢啦！"),
        ("明天早上八点去机场", "明天 早上，八点去机场。"),
        ("ＯＫ 就这样", "ok就这样"),
        ("周四下午三点第一会议室是空着的吗给法规处用", "周四下午三点第一会议室是空着的吗给法规科用"),
        ("请派一辆商务车到长春西站接三位客人", "请派一辆商务车到长春西站接三位客人吧"),
    ],
)
def test_the_check_sees_through_small_changes(training: str, evaluation: str) -> None:
    assert Alike([training, "另一句完全无关的话放在这里"]).to(evaluation) == bare(training)


@pytest.mark.parametrize(
    ("training", "evaluation"),
    [
        ("谢谢师傅", "谢谢大姐"),
        ("请派一辆商务车到长春西站接三位客人", "周三能派台考斯特去长春西站接客人吗"),
    ],
)
def test_the_check_lets_different_sentences_pass(training: str, evaluation: str) -> None:
    assert Alike([training]).to(evaluation) is None
