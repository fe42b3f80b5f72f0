"""Kinds as plugins: every one is whole (tests/fifth_kind adds another)."""

from __future__ import annotations

import pytest

from desk.rules import load_rules
from handlers.kinds import Kind, find_kinds


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


@pytest.mark.parametrize("kind", list(find_kinds()), ids=lambda k: k.name)
def test_dispatchers_of_every_kind_take_assign_reassign_and_refuse(kind: Kind) -> None:
    theirs = {s.action for s in kind.steps if "dispatcher" in s.by}
    assert {"take", "reassign", "reject"} <= theirs
    assert theirs & {"assign", "arrange"}


@pytest.mark.parametrize("kind", list(find_kinds()), ids=lambda k: k.name)
def test_every_clause_a_request_is_refused_by_says_why_and_offers_another_way(kind: Kind) -> None:
    clauses = [r for r in load_rules().of(kind.name) if r.reject_label]
    assert len(clauses) >= 4
    for rule in clauses:
        assert rule.quoted(), rule.code
        assert rule.alternative, rule.code


def test_no_two_kinds_share_a_name_a_prefix_or_an_intent() -> None:
    kinds = list(find_kinds())
    for field in ("name", "prefix", "intent"):
        assert len({getattr(k, field) for k in kinds}) == len(kinds)
