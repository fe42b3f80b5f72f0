"""Scoring the understanding on sentences written for the purpose, and comparing it with stock parts on the same data.

An evaluation row is `{"id", "text", "now", "intent", "kind", "slots", "requests"?}`. Intents are counted as right or wrong; times and
head counts must be exact; the words of the other slots may differ at their edges and count by the characters they share.
For the desk it matters as much what happens to sentences that are none of its business (`out_of_scope`): accepting one is a
wrong booking in the making, sending a real request away is a colleague left standing. Both are reported.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from itertools import permutations
from typing import TYPE_CHECKING, Any

from nlu.understanding import OUT_OF_SCOPE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from nlu.understand import Understander
    from nlu.understanding import Request, Understanding

EXACT = frozenset({"start", "end", "people", "ticket_no"})
"""Slots that are right or wrong; of all others the shared characters count."""

HALF = 0.5
"""A subject of which half the characters are right is the right one."""

SUBJECT = {
    "book_vehicle": "destination",
    "book_room": "room_name",
    "report_repair": "object",
    "arrange_reception": "visitor_org",
}
"""What a request is about, by intent: with its start it tells whether a message's facts went to the right request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One evaluation sentence and what should be understood of it."""

    id: str
    text: str
    now: datetime
    intent: str
    kind: str | None
    slots: Mapping[str, Any]
    requests: tuple[Mapping[str, Any], ...] = ()
    hard: bool = False
    """Out of scope, but near the domain."""


@dataclass(slots=True)
class Tally:
    """Hits, false finds and misses of one slot; fractions where characters are shared."""

    hit: float = 0.0
    found: float = 0.0
    wanted: float = 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.hit / (self.found + self.wanted) if self.found + self.wanted else 0.0


@dataclass(slots=True)
class Scores:
    """All figures of one run; shares between 0 and 1."""

    sentences: int = 0
    intent_accuracy: float = 0.0
    macro_f1: float = 0.0
    kind_accuracy: float = 0.0
    out_of_scope_accepted: float = 0.0
    hard_accepted: float = 0.0
    in_scope_rejected: float = 0.0
    several_found: float = 0.0
    """Of the messages with several requests: as many of each kind are found as there are."""
    several_whole: float = 0.0
    """Of the same: every request is found by its intent, with its own start and its own subject, and nothing beside them."""
    slots: dict[str, Tally] = field(default_factory=dict)
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    mistakes: list[tuple[Row, str]] = field(default_factory=list)

    @property
    def text_f1(self) -> float:
        """All text slots together."""
        total = Tally()
        for name, tally in self.slots.items():
            if name not in EXACT:
                total.hit, total.found, total.wanted = (
                    total.hit + tally.hit,
                    total.found + tally.found,
                    total.wanted + tally.wanted,
                )
        return total.f1


def read_rows(files: Iterable[Path]) -> list[Row]:
    """The rows of evaluation files. Raises `ValueError` naming file and line of a row that is not one."""
    rows = []
    for file in files:
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                rows.append(
                    Row(
                        id=str(row["id"]),
                        text=row["text"],
                        now=datetime.fromisoformat(row["now"]).replace(tzinfo=None),
                        intent=row["intent"],
                        kind=row.get("kind"),
                        slots=row.get("slots") or {},
                        requests=tuple(row.get("requests") or ()),
                        hard=bool(row.get("hard")),
                    )
                )
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{file.name} 第 {number} 行不合格式：{error}") from error
    return rows


async def evaluate(rows: Sequence[Row], *, understander: Understander) -> Scores:
    """Score an understander on the rows."""
    return await score(rows, lambda row: understander.understand(row.text, now=row.now))


async def score(rows: Sequence[Row], understand: Callable[[Row], Awaitable[Understanding]]) -> Scores:
    """Score anything that understands a row."""
    scores = Scores(sentences=len(rows))
    kinds = Counter[bool]()
    outside, hard, inside = Counter[bool](), Counter[bool](), Counter[bool]()
    several, whole = Counter[bool](), Counter[bool]()
    for row in rows:
        said = await understand(row)
        scores.confusion[row.intent, said.intent] += 1
        if said.intent != row.intent:
            scores.mistakes.append((row, said.intent))
        sent_away = said.intent == OUT_OF_SCOPE or said.clarify
        if row.intent == OUT_OF_SCOPE:
            outside[not sent_away] += 1
            hard[not sent_away] += row.hard
        else:
            inside[sent_away] += 1
            if row.kind is not None or row.intent == "change_ticket":
                _count_slots(row.slots, said.slots, scores.slots)
        if row.kind is not None:
            kinds[said.kind == row.kind] += 1
        if len(row.requests) > 1:
            several[_kinds_of(row.requests) == Counter(request.kind for request in said.requests)] += 1
            whole[_each_its_own(row.requests, said.requests)] += 1
    scores.intent_accuracy = _share(sum(n for (a, b), n in scores.confusion.items() if a == b), len(rows))
    scores.macro_f1 = _macro_f1(scores.confusion)
    scores.kind_accuracy = _share(kinds[True], kinds.total())
    scores.out_of_scope_accepted = _share(outside[True], outside.total())
    scores.hard_accepted = _share(hard[True], hard.total())
    scores.in_scope_rejected = _share(inside[True], inside.total())
    scores.several_found = _share(several[True], several.total())
    scores.several_whole = _share(whole[True], whole.total())
    return scores


def _kinds_of(requests: Iterable[Mapping[str, Any]]) -> Counter[Any]:
    return Counter(request.get("kind") for request in requests)


def _each_its_own(wanted: Sequence[Mapping[str, Any]], found: Sequence[Request]) -> bool:
    """Whether the found requests can be put in an order in which each is the wanted one."""
    if (
        len(wanted) != len(found) or len(found) > 6
    ):  # beyond six the orders are too many, and so are the requests
        return False
    return any(all(map(_is_that_one, wanted, order)) for order in permutations(found))


def _is_that_one(wanted: Mapping[str, Any], found: Request) -> bool:
    if wanted.get("intent") != found.intent:
        return False
    if found.intent not in {*SUBJECT, "change_ticket"}:
        return True  # of the others slots are there for reading
    slots, subject = wanted.get("slots") or {}, SUBJECT.get(found.intent, "")
    return _plain(slots.get("start")) == _plain(found.slots.get("start")) and (
        subject not in slots or _alike(subject, slots[subject], found.slots.get(subject, "")) >= HALF
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _macro_f1(confusion: Counter[tuple[str, str]]) -> float:
    tallies: dict[str, Tally] = defaultdict(Tally)
    for (truth, said), count in confusion.items():
        tallies[truth].wanted += count
        tallies[said].found += count
        tallies[truth].hit += count if truth == said else 0
    wanted = [tally for tally in tallies.values() if tally.wanted]
    return sum(tally.f1 for tally in wanted) / len(wanted) if wanted else 0.0


def _count_slots(wanted: Mapping[str, Any], found: Mapping[str, Any], tallies: dict[str, Tally]) -> None:
    for name in {*wanted, *found}:
        tally = tallies.setdefault(name, Tally())
        tally.wanted += name in wanted
        tally.found += name in found
        if name in wanted and name in found:
            tally.hit += _alike(name, wanted[name], found[name])


def _alike(name: str, wanted: Any, found: Any) -> float:
    """1 for the same, or for text when one contains the other; else the share of common characters."""
    if name in EXACT:
        return float(_plain(wanted) == _plain(found))
    wanted, found = _flat(wanted), _flat(found)
    if wanted and found and (wanted in found or found in wanted):
        return 1.0
    a, b = Counter(wanted), Counter(found)
    return 2 * (a & b).total() / (a.total() + b.total()) if a and b else 0.0


def _plain(value: Any) -> str:
    # 2026-11-24T14:00 and 2026-11-24T14:00:00 are one instant.
    return str(value).removesuffix(":00") if str(value).count(":") == 2 else str(value)


def _flat(value: Any) -> str:
    items = value if isinstance(value, list) else [value]
    return "".join(str(item) for item in items).replace("、", "")


def table(scores: Scores, *, title: str) -> str:
    """The figures as a table to print, in Chinese."""
    percent = "{:.1f} %".format
    lines = [
        f"—— {title}（{scores.sentences} 句）——",
        f"意图准确率      {percent(100 * scores.intent_accuracy)}",
        f"意图宏平均 F1   {percent(100 * scores.macro_f1)}",
        f"类别准确率      {percent(100 * scores.kind_accuracy)}",
        f"范围外误接      {percent(100 * scores.out_of_scope_accepted)}",
        f"　其中贴近本行的 {percent(100 * scores.hard_accepted)}",
        f"范围内误拒/追问 {percent(100 * scores.in_scope_rejected)}",
        f"一句多事全识别  {percent(100 * scores.several_found)}",
        f"　且各得其时其事 {percent(100 * scores.several_whole)}",
        f"文字槽位合计 F1 {percent(100 * scores.text_f1)}",
    ]
    for name, tally in sorted(scores.slots.items()):
        lines.append(
            f"  {name:<14}{percent(100 * tally.f1):>8}（应有 {tally.wanted:.0f}，找到 {tally.found:.0f}）"
        )
    return "\n".join(lines)


def confusion_picture(scores: Scores, file: Path) -> None:
    """Draw the confusion of intents as a PNG. Needs matplotlib, a development dependency."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    names = sorted({name for pair in scores.confusion for name in pair})
    shares = [
        [
            scores.confusion[truth, said] / max(1, sum(scores.confusion[truth, other] for other in names))
            for said in names
        ]
        for truth in names
    ]
    figure, axes = plt.subplots(figsize=(10, 9))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("understood as")
    axes.set_ylabel("meant")
    for y, truth in enumerate(names):
        for x, said in enumerate(names):
            count = scores.confusion[truth, said]
            if count:
                axes.text(
                    x,
                    y,
                    str(count),
                    ha="center",
                    va="center",
                    color="white" if shares[y][x] > 0.5 else "black",
                )
    figure.tight_layout()
    figure.savefig(file, dpi=120)
    plt.close(figure)
