"""Reading what repeats: 「每周一三五」 「每个工作日」 「隔周」 「每晚」 「每月5号」.

A RECUR token carries (every, interval, weekdays, day of month), the makings of a `Recurrence`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu._times.tokens import DAY_OF_WEEK, Tok, number

if TYPE_CHECKING:
    import re

    Groups = tuple[str | None, ...]


def every_week(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    named = (groups[1] or "").replace("末", "六日")
    days = tuple(sorted({DAY_OF_WEEK[c] for c in named if c in DAY_OF_WEEK}))
    head = groups[0] or ""
    interval = 2 if "隔" in head or "两" in head or "2" in head or "双" in head else 1
    return [Tok("RECUR", start, match.end(), ("week", interval, days, None))]


def every_part(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    """「每晚」 is every day and in the evening."""
    part = Tok("PART", start + 1, match.end(), ("morning" if groups[0] == "早" else "evening",))
    return [Tok("RECUR", start, start + 1, ("day", 1, (), None)), part]


def every_few(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    """「每三天」 「每两个月」."""
    every = {"天": "day", "周": "week", "星期": "week", "月": "month"}[groups[1] or "天"]
    return [Tok("RECUR", start, match.end(), (every, number(groups[0] or ""), (), None))]


def every_span(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    first, last = DAY_OF_WEEK[groups[0] or "一"], DAY_OF_WEEK[groups[1] or "五"]
    days = tuple(sorted({(first + k) % 7 for k in range((last - first) % 7 + 1)}))
    return [Tok("RECUR", start, match.end(), ("week", 1, days, None))]


def every_month(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    day = number(groups[0]) if groups[0] else None
    return [Tok("RECUR", start, match.end(), ("month", 1, (), day if day and 1 <= day <= 31 else None))]
