"""One booking time from all that a sentence says: the day in one place, the clock in another, the last correction wins.

What is told of the past (「去年」, 「昨天接到通知」), the hour of a train, and a season that a day follows (「节前…今天17点」) give
way to the time that is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from nlu._times.days import follows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu._times.phrases import Item, Phrase
    from nlu._times.tokens import Length, Tok


@dataclass(slots=True)
class Plan:
    """What has been gathered so far."""

    first: Item | None = None
    second: Item | None = None
    length: Length | None = None
    spans: tuple[tuple[int, int], ...] = ()
    shifted: tuple[tuple[int, int], ...] = ()


_ROUGH = frozenset(
    {
        "NEAR_FEAST", "PERIOD", "FESTIVAL", "VAGUE_DAY", "WEEK_REL", "NTH_WEEK", "MONTH", "MONTH_REL", "YEAR", "YEAR_REL",
        "EDGE", "SEASON", "QUARTER", "QUARTER_REL", "HALF", "RECENT", "WEEKEND", "LUNAR_MONTH",
    }
)  # fmt: skip
_FINE = frozenset(
    {"DAY", "MONTH_DAY", "DATE", "REL_DAY", "WEEKDAY", "NTH_WEEKDAY", "NTH_WORKDAY", "WORKDAY_FROM"}
)
_LONG_AGO = 60
"""Days after which a date without a year means the next one."""


def merge(found: list[Phrase], *, today: date) -> Plan:
    """The plan of one booking. `today` tells which dates without a year are over."""
    plan = Plan()
    for phrase in _without_history(found, today):
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


def _without_history(found: list[Phrase], today: date) -> list[Phrase]:
    """Leave out what only tells of the past, as long as something else is said."""
    history = [_is_when(phrase) and _is_history(phrase, today) for phrase in found]
    if all(over for phrase, over in zip(found, history, strict=True) if _is_when(phrase)):
        return [_dated_back(phrase, today) for phrase in found]
    return [phrase for phrase, over in zip(found, history, strict=True) if not over]


def _is_when(phrase: Phrase) -> bool:
    return phrase.first.is_when and not phrase.first.shift


def _is_history(phrase: Phrase, today: date) -> bool:
    item = phrase.first
    return (item.role == "told" and not _ahead(item)) or _past(item) or _just_over(item, today) is not None


def _ahead(item: Item) -> bool:
    """「下周三通知的会」: what is to come cannot have been told then."""
    return any(tok.kind in ("REL_DAY", "WEEK_REL") and tok.args[0] > 0 for tok in item.dates)


def _just_over(item: Item, today: date) -> date | None:
    """The day of a 「11月16日」 that was not long before `today`."""
    if not item.dates or item.dates[0].kind != "MONTH_DAY":
        return None
    try:
        day = date(today.year, *item.dates[0].args)
    except ValueError:
        return None
    return day if 0 < (today - day).days <= _LONG_AGO else None


def _dated_back(phrase: Phrase, today: date) -> Phrase:
    """「11月20日我报的灯」 is this year's."""
    item = phrase.first
    day = _just_over(item, today)
    if day is None or item.role != "told":
        return phrase
    told = replace(item.dates[0], kind="DATE", args=(day,))
    return replace(phrase, first=replace(item, dates=(told, *item.dates[1:])))


def _add_length(plan: Plan, phrase: Phrase) -> None:
    if plan.length is None or phrase.corrected:
        plan.length = phrase.first.length
        plan.spans += phrase.spans


def _add_when(plan: Plan, phrase: Phrase) -> None:
    item = phrase.first
    if plan.first is None:
        if item.role == "end" and phrase.second is None and plan.second is None:
            plan.second = item
        elif _said_before(plan.second, phrase):
            # 「明天接人回来，四点的飞机」: the day is that of the hour
            plan.first = (
                replace(item, dates=plan.second.dates, start=plan.second.start) if plan.second else item
            )
            plan.second, plan.length = phrase.second, phrase.length or plan.length
        else:
            plan.first, plan.second, plan.length = (
                item,
                phrase.second or plan.second,
                phrase.length or plan.length,
            )
        plan.spans += phrase.spans
        return
    if item.role == "leave" and item.dates and plan.first.arrives and plan.second is None:
        plan.second = item
        plan.spans += phrase.spans
        return
    if item.whole and not item.dates and plan.first.clock and not (plan.second or plan.length):
        plan.second = item  # 「八点半用车，在外边跑一上午」
        plan.spans += phrase.spans
        return
    if item.role in ("end", "to") and phrase.second is None and not phrase.corrected and _can_end(plan, item):
        plan.second = item
        plan.spans += phrase.spans
        return
    if (
        phrase.corrected
        or (_today_only(plan.first) and item.dates and item.timed)
        or _of_a_train(plan.first, item)
    ):
        _override(plan, phrase)
    elif not _fill(plan, phrase):
        return
    plan.length = phrase.length or plan.length
    plan.spans += phrase.spans


def _said_before(day: Item | None, phrase: Phrase) -> bool:
    """Whether a day alone was taken for an end, and now comes an hour without a day."""
    item = phrase.first
    bare = day is not None and bool(day.dates) and not day.timed and day.dates[-1].kind != "NEXT_DAY"
    return bare and bool(item.clock) and not item.dates and not item.recur


def _can_end(plan: Plan, item: Item) -> bool:
    if plan.second is not None or plan.first is None:
        return False
    if item.role == "end" or plan.first.clock or plan.first.office or plan.first.now:
        return True
    # 「12月3号起占用多功能厅，到5号晚上」
    return bool(item.dates and plan.first.dates and plan.first.mod == "after" and not plan.first.recur)


_BACKWARD = frozenset({"REL_DAY", "YEAR_REL", "MONTH_REL", "WEEK_REL", "QUARTER_REL"})


def _past(item: Item) -> bool:
    if not item.dates:
        return False
    first = item.dates[0]
    if first.kind == "RECENT":
        return bool(first.args[0] < 0)
    if first.kind == "OFFSET":
        return bool(first.args[1] < 0)
    return first.kind in _BACKWARD and first.args[0] < 0


def _of_a_train(old: Item, new: Item) -> bool:
    """「五点五十的飞机，四点出发」: the journey begins before the plane does."""
    return old.role == "event" and new.clock is not None and new.role is None and not new.dates


def _gives_way(old: Item, new: Item) -> bool:
    """Whether a rough 「节前」, 「下周」 stands only for the day that is named now."""
    return (
        bool(old.dates and new.dates)
        and not new.recur
        and not old.recur
        and old.dates[-1].kind in _ROUGH
        and not (old.dates[-1].kind == "FESTIVAL" and old.timed and not old.mod)
        and any(tok.kind in _FINE for tok in new.dates)
    )


def _same_day(old: Item, new: Item) -> bool:
    """「改到周五了，所以按周五早上七点半」: the day said again, now with its hour."""
    return bool(new.dates) and [(t.kind, t.args) for t in old.dates] == [(t.kind, t.args) for t in new.dates]


def _narrowed(old: Item, new: Item) -> Item:
    """The day named now, inside the week or month named before where it fits."""
    inside = old.dates[-1].kind in ("WEEK_REL", "MONTH", "MONTH_REL", "NTH_WEEK") and not old.mod
    dates: Sequence[Tok] = new.dates
    if inside and follows(old.dates[-1], new.dates[0]):
        dates = (*old.dates, *new.dates)
    merged = replace(new, dates=tuple(dates), start=old.start)
    return (
        merged
        if new.timed or not old.timed
        else replace(merged, part=old.part, clock=old.clock, office=old.office)
    )


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
    if not (new.dates or new.timed):
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
        last = plan.second
        if last and last.dates and not last.timed:  # 「下周一到下周三蹲点，每天8点出发」
            plan.first = replace(new, dates=old.dates, until=last.dates)
        else:
            plan.first = replace(new, dates=old.dates, mod="since")  # 「从下周起每周三下午」
        plan.second = phrase.second
        return True
    if _gives_way(old, new):
        plan.first = _narrowed(old, new)
        plan.second = phrase.second or plan.second
        return True
    if _same_day(old, new):
        new = replace(new, dates=())
    if (old.dates or old.recur) and (new.dates or new.recur):
        return False
    return _fill_gaps(plan, phrase, old, new)


def _fill_gaps(plan: Plan, phrase: Phrase, old: Item, new: Item) -> bool:
    """The day, or the hour, where none was said yet."""
    filled = old
    if new.dates and not old.dates and not (old.at or old.now):
        filled = replace(filled, dates=new.dates, vague_day=new.vague_day)
        if new.role == "event" and old.clock and not old.part:
            filled = replace(filled, part=new.part)  # 「四点走，明早六点的飞机」
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
