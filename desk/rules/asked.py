"""Which rules a general question is about: 「来客能安排几顿饭」, 「订会议室要提前几天」.

Three things speak for a rule: the words under its `ask` (and those that betray a breach of it), that the question names
the kind the rule belongs to (`about` in the rule file), and, where neither is said, the rare pairs of characters that
question and rule share. A rule much weaker than the best one is not shown: half an answer beside the right one confuses.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from desk.rules import Rule

MOST = 2
# A second rule is shown only when it is nearly as close as the first.
CLOSE = 0.6
# What a match is worth: a word asked for counts by the square of its length, so 陪餐几个人 beats 几个人.
KIND_BONUS = 4.0
# How much shared pairs must weigh when no word was met.
ENOUGH = 7.0
PLAIN = re.compile(r"[^一-鿿]+")
EMPTY_PAIRS = frozenset(
    [
        "可以",
        "能不",
        "不能",
        "什么",
        "怎么",
        "多少",
        "几个",
        "是不",
        "是否",
        "有没",
        "没有",
        "需要",
        "应该",
        "规定",
        "要求",
        "一下",
        "一个",
        "请问",
        "我们",
        "咱们",
    ]
)


def about(question: str, kinds: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the kinds a question names by their words."""
    return {kind for kind, words in kinds.items() if any(word in question for word in words)}


def closest(
    question: str, rules: Mapping[str, Sequence[Rule]], kinds: Mapping[str, Sequence[str]]
) -> list[Rule]:
    """Return the rules a question is about, the closest first; empty when none is near."""
    named = about(question, kinds)
    scored = []
    for kind, of_kind in rules.items():
        for rule in of_kind:
            met = sum(len(word) ** 2 for word in {*rule.ask, *rule.words_found} if word in question)
            if met:
                scored.append((_weighed(met, kind, named), rule))
    scored = scored or _alike(question, rules, named)
    scored.sort(key=lambda pair: -pair[0])
    return [rule for score, rule in scored if score >= CLOSE * scored[0][0]][:MOST]


def _alike(question: str, rules: Mapping[str, Sequence[Rule]], named: set[str]) -> list[tuple[float, Rule]]:
    """Score rules by the rare pairs of characters they share with the question."""
    texts = {
        rule.code: _pairs(f"{rule.title}，{rule.words}，{rule.alternative}，{'，'.join(rule.ask)}")
        for of_kind in rules.values()
        for rule in of_kind
    }
    seen = Counter(pair for pairs in texts.values() for pair in pairs)
    asked = _pairs(question) - EMPTY_PAIRS
    found = []
    for kind, of_kind in rules.items():
        for rule in of_kind:
            shared = sum(math.log2(1 + len(texts) / seen[pair]) for pair in asked & texts[rule.code])
            score = _weighed(shared, kind, named)
            if shared and score >= ENOUGH:
                found.append((score, rule))
    return found


def _weighed(score: float, kind: str, named: set[str]) -> float:
    """A rule of the kind that was named gains; one of another kind counts half."""
    if not named:
        return score
    return score + KIND_BONUS if kind in named else score / 2


def _pairs(text: str) -> set[str]:
    return {part[i : i + 2] for part in PLAIN.split(text) for i in range(len(part) - 1)}
