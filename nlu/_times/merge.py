"""One booking time from all that a sentence says: the day in one place, the clock in another, the last correction wins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlu._times.phrases import Item, Phrase
    from nlu._times.tokens import Length


@dataclass(slots=True)
class Plan:
    """What has been gathered so far."""

    first: Item | None = None
    second: Item | None = None
    length: Length | None = None
    spans: tuple[tuple[int, int], ...] = ()
    shifted: tuple[tuple[int, int], ...] = ()


def merge(found: list[Phrase]) -> Plan:
    plan = Plan()
    for phrase in found:
        if phrase.first.shift:
            plan.shifted += phrase.spans if phrase.first.length else ()
        elif phrase.first.is_when:
            _add_when(plan, phrase)
        elif phrase.first.length:
            _add_length(plan, phrase)
    if plan.first is None and plan.second and not plan.second.timed:
        # 「我2小时后回来」 says one instant, and nothing it could be the end of.
        plan.first, plan.second = plan.second, None
    return plan


def _add_length(plan: Plan, phrase: Phrase) -> None:
    if plan.length is None or phrase.corrected:
        plan.length = phrase.first.length
        plan.spans += phrase.spans


def _add_when(plan: Plan, phrase: Phrase) -> None:
    item = phrase.first
    if plan.first is None:
        if item.role == "end" and phrase.second is None and plan.second is None:
            plan.second = item
        else:
            plan.first, plan.second, plan.length = (
                item,
                phrase.second or plan.second,
                phrase.length or plan.length,
            )
        plan.spans += phrase.spans
        return
    if item.role in ("end", "to") and phrase.second is None and not phrase.corrected and _can_end(plan, item):
        plan.second = item
        plan.spans += phrase.spans
        return
    if phrase.corrected or _past(plan.first) or (_today_only(plan.first) and item.dates and item.timed):
        _override(plan, phrase)
    elif not _fill(plan, phrase):
        return
    plan.length = phrase.length or plan.length
    plan.spans += phrase.spans


def _can_end(plan: Plan, item: Item) -> bool:
    if plan.second is not None or plan.first is None:
        return False
    return item.role == "end" or bool(plan.first.clock or plan.first.office or plan.first.now)


def _past(item: Item) -> bool:
    return bool(item.dates) and item.dates[0].kind == "REL_DAY" and item.dates[0].args[0] < 0


def _today_only(item: Item) -> bool:
    return (
        not item.timed
        and len(item.dates) == 1
        and item.dates[0].kind == "REL_DAY"
        and item.dates[0].args[0] == 0
    )


def _override(plan: Plan, phrase: Phrase) -> None:
    old, new = plan.first, phrase.first
    assert old is not None  # noqa: S101 - callers have checked
    if not (new.dates or new.timed) or _past(old):
        plan.first, plan.second = new, phrase.second
        return
    merged = replace(new, dates=new.dates or old.dates, start=old.start)
    if not new.timed:
        merged = replace(merged, part=old.part, clock=old.clock, office=old.office)
    elif new.clock and not new.part and not new.office and old.part and new.clock[3] in ("plain", "colon"):
        merged = replace(merged, part=old.part)
    plan.first = merged
    if new.timed or phrase.second:
        plan.second = phrase.second


def _fill(plan: Plan, phrase: Phrase) -> bool:
    old, new = plan.first, phrase.first
    assert old is not None  # noqa: S101 - callers have checked
    if new.recur and old.dates and not (old.recur or old.timed or new.dates):
        plan.first = replace(new, dates=old.dates, mod="since")  # 「从下周起每周三下午」
        plan.second = phrase.second
        return True
    if (old.dates or old.recur) and (new.dates or new.recur):
        return False
    filled = old
    if new.dates and not old.dates and not (old.at or old.now):
        filled = replace(filled, dates=new.dates, vague_day=new.vague_day)
    if new.timed and not (old.clock or old.office or old.at or old.now):
        if old.part and not (new.clock or new.office):
            return False
        filled = replace(filled, part=new.part or old.part, clock=new.clock, office=new.office)
        plan.second = phrase.second or plan.second
    elif phrase.second and plan.second is None and (not old.timed or new.clock == old.clock):
        plan.second = phrase.second  # 「两点半吧，两点半到四点」
        return True
    if filled is old:
        return False
    plan.first = filled
    return True
