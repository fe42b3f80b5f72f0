"""Days that need counting or a calendar: feasts, lunar days, working days, 「前三天」, 「三天后」, 「最近一周」."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from nlu._times.daybase import (
    ONE_DAY,
    WHICH_DAY,
    Days,
    Env,
    add_length,
    add_months,
    day,
    first_monday,
    month_of,
)
from nlu._times.festivals import STATUTORY, festival, lunar_day
from nlu._times.tokens import Length


def feast(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days | None:
    name = args[0]
    years = [box.start.year] if box else [env.base.year, env.base.year + 1]
    for year in years:
        at = festival(name, year)
        if at and (box or at >= env.base):
            return day(at)
    return None


def lunar_date(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days | None:
    year, month, wanted = args
    year = year or (box.start.year if box else None)
    for lunar_year in [year] if year else range(env.base.year - 1, env.base.year + 2):
        at = lunar_day(lunar_year, month, wanted)
        if at and (year or at >= env.base):
            return day(at)
    return None


def lunar_month(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days | None:
    year, month = args
    year = year or (box.start.year if box else None)
    for lunar_year in [year] if year else range(env.base.year - 1, env.base.year + 2):
        first, last = lunar_day(lunar_year, month, 1), lunar_day(lunar_year, month, 0)
        if first and last and (year or last >= env.base):
            return Days(first, last + ONE_DAY, "month", WHICH_DAY)
    return None


def holiday_block(env: Env, at: date) -> Days:
    """The days off around a feast."""
    start = end = at
    for _ in range(12):
        if env.calendar.is_workday(start - ONE_DAY):
            break
        start -= ONE_DAY
    for _ in range(12):
        if env.calendar.is_workday(end):
            break
        end += ONE_DAY
    return Days(start, max(end, at + ONE_DAY), "holiday")


def period(env: Env, box: Days | None, _args: tuple[Any, ...]) -> Days | None:
    return holiday_block(env, box.start) if box and box.grain == "day" else box


def near_feast(env: Env, _box: Days | None, args: tuple[Any, ...]) -> Days | None:
    """「节前」 「年后」: around the next statutory feast (for 年, Spring Festival); which day must be asked."""
    which, side = args
    names = ("春节",) if which == "年" else STATUTORY
    looked = env.base - timedelta(days=10)
    feasts = sorted(
        f for n in names for y in (looked.year, looked.year + 1) if (f := festival(n, y)) and f >= looked
    )
    for at in feasts:
        block = holiday_block(env, at)
        if side == "前" and block.start > env.base:
            return Days(
                block.start - timedelta(days=7), block.start, "near", f"没说{which}前哪天", pick_last=True
            )
        if side == "后" and block.end > env.base:
            return Days(block.end, block.end + timedelta(days=14), "near", f"没说{which}后哪天")
    return None


def first_n(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days | None:
    count, unit, word = args
    if box is None:
        if word not in ("前", "头") or (count == 1 and unit in "天日"):
            return None
        start = _shift(env.base, unit, -count)
        return Days(start, env.base, "range")
    if box.grain == "day" and word == "前":
        return day(_shift(box.start, unit, -count))
    start = first_monday(box) if unit in ("周", "星期", "礼拜") else box.start
    return Days(start, _shift(start, unit, count), "range")


def last_n(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days | None:
    count, unit, word = args
    if box is None:
        return (
            Days(env.base + ONE_DAY, _shift(env.base + ONE_DAY, unit, count), "range")
            if word == "后"
            else None
        )
    if box.grain == "day" and word == "后":
        return day(_shift(box.start, unit, count))
    return Days(_shift(box.end, unit, -count), box.end, "range" if count > 1 or unit not in "天日" else "day")


def _shift(at: date, unit: str, count: int) -> date:
    if unit in ("月", "年", "季度"):
        return add_months(at, count * {"月": 1, "年": 12, "季度": 3}[unit])
    return at + timedelta(days=count * (7 if unit in ("周", "星期", "礼拜") else 1))


def nth_day(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days:
    return day((box.start if box else env.base) + timedelta(days=args[0] - 1))


def nth_workday(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days | None:
    box = box or month_of(env.base.year, env.base.month)
    if (box.end - box.start).days > 400:
        return None
    open_days = [
        d
        for k in range((box.end - box.start).days)
        if env.calendar.is_workday(d := box.start + timedelta(days=k))
    ]
    index = args[0] - 1 if args[0] > 0 else -1
    return day(open_days[index]) if open_days and index < len(open_days) else None


def workday_from(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days | None:
    side, nth = args[0], args[1]
    if box is None:
        box = day(env.now.date())
    start = box.end - ONE_DAY if side > 0 else box.start
    if box.grain == "near":
        start = box.start - ONE_DAY if side > 0 else box.end
    return day(add_length(start, Length(workdays=nth), side, env.calendar)) if 0 < nth < 100 else None


def offset(env: Env, box: Days | None, args: tuple[Any, ...]) -> Days:
    length, side = args
    at = box.start if box else (env.base if env.anchored else env.now.date())
    found = day(add_length(at, length, side, env.calendar), unsure=WHICH_DAY if length.vague else None)
    return replace(found, grain="weeks away") if length.days and not length.days % 7 else found


def recent(env: Env, _box: Days | None, args: tuple[Any, ...]) -> Days | None:
    side, count, unit = args
    if unit in ("小时", "分钟"):
        return None
    today = env.now.date()
    if side < 0:
        return Days(_shift(today, unit, -count), today, "range")
    return Days(today + ONE_DAY, _shift(today + ONE_DAY, unit, count), "range")


def vague_day(_env: Env, _box: Days | None, _args: tuple[Any, ...]) -> Days | None:
    return None
