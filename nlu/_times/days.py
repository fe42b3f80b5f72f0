"""From date tokens to days: each token narrows what stands before it, or starts from today.

Absolute pieces without a year (「10月8」, 「周三」, 「25号」) mean the next such day on or after `Env.base`: today, or
the start of the range whose end is being read. Relative ones (「明天」, 「下周」) always count from today.
"""

from __future__ import annotations

import calendar as months
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from nlu._times import dayspecial as special
from nlu._times.daybase import (
    ONE_DAY,
    WHICH_DAY,
    Days,
    Env,
    add_months,
    day,
    first_monday,
    monday,
    month_of,
    year_of,
)
from nlu._times.tokens import RANK, Tok, year_number

if TYPE_CHECKING:
    from collections.abc import Callable


def _century(env: Env, _box: Days | None, args: tuple[Any, ...]) -> Days:
    first = (args[0] - 1) * 100 if args[0] else (env.now.year // 100 + args[1]) * 100
    return Days(date(max(first, 1), 1, 1), date(first + 100, 1, 1), "century")


def _decade(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days:
    century = box.start.year if box else (1900 if args[0] >= 30 else env.now.year // 100 * 100)
    return Days(date(century + args[0], 1, 1), date(century + args[0] + 10, 1, 1), "century")


def _year(env: Env, _box: Days | None, args: tuple[Any, ...]) -> Days:
    value = args[0]
    return year_of(year_number(f"{-value - 1:02d}", env.now.year) if value < 0 else value)


def _year_rel(env: Env, _box: Days | None, args: tuple[Any, ...]) -> Days:
    return year_of(env.now.year + args[0])


def _half(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days:
    year = box.start.year if box else env.base.year
    start = date(year, 1 + 6 * args[0], 1)
    return Days(start, add_months(start, 6), "half")


def _quarter(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days:
    year = box.start.year if box else env.base.year
    start = date(year, 3 * args[0] - 2, 1)
    return Days(start, add_months(start, 3), "quarter")


def _quarter_rel(env: Env, _box: Days | None, args: tuple[Any, ...]) -> Days:
    start = add_months(date(env.now.year, (env.now.month - 1) // 3 * 3 + 1, 1), 3 * args[0])
    return Days(start, add_months(start, 3), "quarter")


def _season(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days:
    year = box.start.year if box else env.base.year
    start = date(year, 3 + 3 * args[0], 1)
    return Days(start, add_months(start, 3), "season")


def _month(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days | None:
    month = args[0]
    if box is not None:
        return month_of(box.start.year, month) if box.grain == "year" else None
    year = env.base.year + (month < env.base.month)
    return month_of(year, month)


def _month_rel(env: Env, _box: Days | None, args: tuple[Any, ...]) -> Days:
    start = add_months(env.now.date().replace(day=1), args[0])
    return Days(start, add_months(start, 1), "month")


def _edge(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days | None:
    word, unit = args
    if box is None:
        today = env.base
        if unit == "week":
            return None
        box = year_of(today.year) if unit == "year" else month_of(today.year, today.month)
        if unit == "month" and _cut(box, word).end <= today:
            box = month_of(box.end.year, box.end.month)
    return _cut(box, word)


def _cut(box: Days, word: str) -> Days:
    if box.grain in ("quarter", "half", "season"):
        start = box.start if word == "初" else add_months(box.end, -1)
        return Days(start, add_months(start, 1), "edge", WHICH_DAY, pick_last=word != "初")
    if box.grain == "year":
        spans = {"初": (1, 2), "中": (6, 8), "上旬": (1, 2), "中旬": (6, 8), "下旬": (12, 13)}
        first, last = spans.get(word, (12, 13))
        start = date(box.start.year, first, 1)
        return Days(start, add_months(start, last - first), "edge", WHICH_DAY, pick_last=word in "底末尾")
    spans = {"初": (1, 6), "中": (10, 21), "上旬": (1, 11), "中旬": (11, 21), "下旬": (21, 0)}
    first, last = spans.get(word, (25, 0))
    end = box.start.replace(day=last) if last else box.end
    return Days(box.start.replace(day=first), end, "edge", WHICH_DAY, pick_last=word in ("底", "末", "尾"))


def _week_rel(env: Env, _box: Days | None, args: tuple[Any, ...]) -> Days:
    start = monday(env.now.date()) + timedelta(weeks=args[0])
    return Days(start, start + timedelta(weeks=1), "week", WHICH_DAY)


def _nth_week(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days:
    box = box or year_of(env.base.year)
    start = monday(box.end - ONE_DAY) if args[0] < 0 else first_monday(box) + timedelta(weeks=args[0] - 1)
    return Days(start, start + timedelta(weeks=1), "week", WHICH_DAY)


def _weekday(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days | None:
    wanted = args[0]
    if box is not None:
        if box.grain == "weeks away":
            return day(monday(box.start) + timedelta(days=wanted))
        if box.grain == "day":
            return box  # 「10月8日星期四」: the day is said already
        return day(_in_box(box, wanted)) if box.grain in ("week", "month", "edge") else None
    ahead = (wanted - env.base.weekday()) % 7
    return day(env.base + timedelta(days=ahead), rolls=7)


def _in_box(box: Days, weekday: int) -> date:
    return box.start + timedelta(days=(weekday - box.start.weekday()) % 7)


def _weekdays(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days | None:
    found = [_weekday(env, box, (d,)) for d in args]
    first, last = found[0], found[-1]
    if first is None or last is None:
        return None
    end = last.end if last.end > first.start else last.end + timedelta(weeks=1)
    return Days(first.start, end, "days")


def _nth_weekday(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days | None:
    nth, weekday = args
    if box is None:
        this = month_of(env.base.year, env.base.month)
        found = _nth_weekday(env, this, args)
        return (
            found
            if found and found.start >= env.base
            else _nth_weekday(env, month_of(this.end.year, this.end.month), args)
        )
    if nth < 0:
        last = box.end - ONE_DAY
        return day(last - timedelta(days=(last.weekday() - weekday) % 7))
    return day(_in_box(box, weekday) + timedelta(weeks=nth - 1)) if nth > 0 else None


def _weekend(env: Env, box: Days | None, _args: tuple[Any, ...]) -> Days:
    if box is not None and box.grain == "edge":
        return replace(box, unsure=WHICH_DAY)
    start = box.start if box is not None and box.grain in ("week", "month") else monday(env.base)
    saturday = start + timedelta(days=(5 - start.weekday()) % 7)
    return Days(saturday, saturday + timedelta(days=2), "weekend", "没说周六还是周日")


def _day(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days | None:
    wanted = args[0]
    if box is not None:
        if box.grain == "month" and wanted <= months.monthrange(box.start.year, box.start.month)[1]:
            return day(box.start.replace(day=wanted))
        return None
    for ahead in range(13):
        at = add_months(env.base.replace(day=1), ahead)
        if wanted <= months.monthrange(at.year, at.month)[1] and at.replace(day=wanted) >= env.base:
            return day(at.replace(day=wanted))
    return None


def _month_day(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days | None:
    month, wanted = args
    if box is not None and box.grain != "year":
        return None
    years = [box.start.year] if box else range(env.base.year, env.base.year + 9)
    for year in years:
        if wanted <= months.monthrange(year, month)[1]:
            at = date(year, month, wanted)
            if box or at >= env.base:
                return day(at)
    return None


def _date(_env: Env, _box: Days | None, args: tuple[Any, ...]) -> Days:
    return day(args[0])


def _rel_day(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days:
    if box is not None and args[0] == 0:
        return day(env.now.date().replace(year=box.start.year))  # 「去年的今天」
    return day(env.now.date() + timedelta(days=args[0]))


def _days(env: Env, _box: Days | None, args: tuple[Any, ...]) -> Days:
    today = env.now.date()
    return Days(today + timedelta(days=args[0]), today + timedelta(days=args[1] + 1), "days")


def _same_day(env: Env, box: Days | None, _args: tuple[Any, ...]) -> Days:
    return box or day(env.base)


def _next_day(env: Env, _box: Days | None, args: tuple[Any, ...]) -> Days:
    return day(env.base + (args[0] if args else 1) * ONE_DAY)


_NARROW: dict[str, Callable[[Env, Days | None, tuple[Any, ...]], Days | None]] = {
    "CENTURY": _century, "DECADE": _decade, "YEAR": _year, "YEAR_REL": _year_rel, "HALF": _half, "QUARTER": _quarter,
    "QUARTER_REL": _quarter_rel, "SEASON": _season, "MONTH": _month, "NTH_MONTH": _month, "MONTH_REL": _month_rel,
    "EDGE": _edge, "WEEK_REL": _week_rel, "NTH_WEEK": _nth_week, "WEEKDAY": _weekday, "WEEKDAYS": _weekdays,
    "NTH_WEEKDAY": _nth_weekday, "WEEKEND": _weekend, "DAY": _day, "MONTH_DAY": _month_day, "DATE": _date,
    "REL_DAY": _rel_day, "DAYS": _days, "SAME_DAY": _same_day, "NEXT_DAY": _next_day, "FESTIVAL": special.feast,
    "LUNAR_DAY": special.lunar_date, "LUNAR_MONTH": special.lunar_month, "PERIOD": special.period, "NEAR_FEAST": special.near_feast,
    "FIRST_N": special.first_n, "LAST_N": special.last_n, "NTH_DAY": special.nth_day, "NTH_WORKDAY": special.nth_workday,
    "WORKDAY_FROM": special.workday_from, "OFFSET": special.offset, "RECENT": special.recent, "VAGUE_DAY": special.vague_day,
}  # fmt: skip


def resolve_days(toks: tuple[Tok, ...], env: Env) -> Days | None:
    """The days a chain of date tokens means, or None when they mean none."""
    box: Days | None = None
    try:
        for tok in toks:
            box = _NARROW[tok.kind](env, box, tok.args)
            if box is None:
                return None
    except (ValueError, OverflowError):
        return None
    return box


def follows(earlier: Tok, later: Tok) -> bool:
    """Whether `later` can narrow `earlier` in one date phrase."""
    if later.kind == "REL_DAY" and RANK[earlier.kind] == 1 and later.args == (0,):
        return True
    if later.kind in ("WORKDAY_FROM", "PERIOD", "FIRST_N", "LAST_N", "NTH_DAY", "NTH_WORKDAY"):
        return True
    if RANK[earlier.kind] == 5 and (
        later.kind == "SAME_DAY" or (later.kind == "WEEKDAY" and earlier.kind not in ("WEEKDAY", "WEEKDAYS"))
    ):
        return True
    return RANK[earlier.kind] < RANK[later.kind] and later.kind not in (
        "OFFSET",
        "RECENT",
        "VAGUE_DAY",
        "REL_DAY",
        "DATE",
        "DAYS",
    )
