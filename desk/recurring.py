"""Meetings that come again: on which days a rule falls, holidays left out and made-up working days counted.

A rule is plain values: `{"every": "week", "interval": 1, "weekdays": [0], "month_day": None, "until": "2026-12-31"}`.
「每周一」 leaves out a Monday that is a holiday; 「每天」 and 「每个工作日」 mean the days the bureau works, so a Saturday made up for a
long holiday counts. A weekday named outright counts also on a weekend, unless it is a holiday. Local days throughout.
"""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from desk.calendar import Calendar

EVERY = ("day", "workday", "week", "month")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a meeting comes again."""

    every: str
    interval: int = 1
    weekdays: tuple[int, ...] = ()  # Monday is 0
    month_day: int | None = None
    until: date | None = None  # the last day on which it may still be


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The days a rule falls on, and those left out because the bureau does not work."""

    days: tuple[date, ...]
    skipped: tuple[date, ...]


def read_rule(value: Mapping[str, Any] | None) -> Rule | None:
    """Return the rule written as plain values, None for none or one this desk does not keep."""
    if not value or value.get("every") not in EVERY:
        return None
    until = value.get("until")
    return Rule(
        every=str(value["every"]),
        interval=max(int(value.get("interval") or 1), 1),
        weekdays=tuple(int(d) for d in value.get("weekdays") or ()),
        month_day=value.get("month_day"),
        until=date.fromisoformat(str(until)[:10]) if until else None,
    )


def days_of(rule: Rule, *, first: date, last: date, most: int, calendar: Calendar) -> Days:
    """Return the days from `first` to `last` (both included) on which the rule falls, at most `most` of them."""
    found: list[date] = []
    skipped: list[date] = []
    end = min(last, rule.until) if rule.until else last
    for day in _candidates(rule, first, end):
        if len(found) == most:
            break
        (found if _is_kept(rule, day, calendar) else skipped).append(day)
    everyday = rule.every in ("day", "workday")
    # 「每天」 leaves out every weekend; only holidays on other days are worth a word.
    named = [d for d in skipped if not everyday or d.weekday() < 5]
    return Days(days=tuple(found), skipped=tuple(named))


def _candidates(rule: Rule, first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        if _falls_on(rule, day, first):
            yield day
        day += timedelta(days=1)


def _falls_on(rule: Rule, day: date, first: date) -> bool:
    if rule.every == "week":
        weeks = ((day - timedelta(days=day.weekday())) - (first - timedelta(days=first.weekday()))).days // 7
        return day.weekday() in (rule.weekdays or (first.weekday(),)) and weeks % rule.interval == 0
    if rule.every == "month":
        wanted = min(rule.month_day or first.day, months.monthrange(day.year, day.month)[1])
        apart = (day.year - first.year) * 12 + day.month - first.month
        return day.day == wanted and apart % rule.interval == 0
    return (day - first).days % rule.interval == 0 if rule.every == "day" else True


def _is_kept(rule: Rule, day: date, calendar: Calendar) -> bool:
    if calendar.is_workday(day):
        return True
    return rule.every == "week" and day.weekday() >= 5 and not calendar.is_holiday(day)
