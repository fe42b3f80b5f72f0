"""Kinds as plugins: every one is whole, and a new one needs no other edit."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import pytest

from handlers.kinds import Kind, find_kinds

if TYPE_CHECKING:
    from pathlib import Path

FIFTH = '''
"""停车: a parking place for a visitor."""
from datetime import timedelta

from desk import tickets
from handlers.kinds import Deed, Kind, Move, Step
from handlers.parties import queue_of
from handlers.rating import rating_steps
from handlers.slots import time_slot, words_slot


def submit(scene, fields):
    return tickets.open_ticket(
        scene.session, prefix="TC", kind="parking", state="待安排", requester=scene.actor, fields=fields,
        starts_at=None, ends_at=None, due_at=scene.now + timedelta(hours=1), queue=queue_of("parking"), now=scene.now,
    )


KIND = Kind(
    name="parking", title="停车", icon="🅿️", prefix="TC", intent="book_parking",
    slots=(time_slot(question="什么时候来？"), words_slot(name="plate", title="车牌", question="车牌多少？", required=True)),
    submit=submit,
    lines=lambda scene, ticket, party: [ticket.fields["plate"]],
    steps=(Step(action="done", label="安排", states=("待安排",), by=("dispatcher",), do=lambda deed: Move(state="已安排", close=True)),
           *rating_steps(("已安排",))),
)
'''


@pytest.fixture
def fifth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds a fifth kind."""
    (tmp_path / "parking.py").write_text(FIFTH, "utf-8")
    package = importlib.import_module("handlers")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    yield tmp_path
    sys.modules.pop("handlers.parking", None)


def test_a_fifth_kind_is_one_file(fifth: Path) -> None:
    kinds = find_kinds()
    assert kinds["parking"].title == "停车"
    assert kinds.by_intent()["book_parking"] == "parking"


@pytest.mark.parametrize("kind", list(find_kinds()), ids=lambda k: k.name)
def test_every_kind_is_whole(kind: Kind) -> None:
    assert kind.title
    assert kind.icon
    assert kind.prefix
    assert len({s.name for s in kind.slots}) == len(kind.slots)
    for step in kind.steps:
        assert step.label or step.word, step.action
        assert step.by, step.action
        assert step.states, step.action


def test_no_two_kinds_share_a_name_a_prefix_or_an_intent() -> None:
    kinds = list(find_kinds())
    for field in ("name", "prefix", "intent"):
        assert len({getattr(k, field) for k in kinds}) == len(kinds)
