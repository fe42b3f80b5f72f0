"""The smallest readable pieces of a time expression, and the number patterns they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nlu.numbers import DIGITS, parse_decimal, parse_int

C = "零〇一二两三四五六七八九十"
"""Chinese digits up to the tens, the inside of a character class."""
NUM = rf"(?:\d{{1,3}}|[{C}廿卅]{{1,4}})"
BIG = rf"(?:\d{{1,6}}(?:\.\d{{1,2}})?|[{C}俩仨百千廿卅]{{1,8}})"
NOT_AFTER_DIGIT = rf"(?<![\dA-Za-z.])(?<!\d:)(?:(?=\d)|(?<![{C}百千])|(?<=[周期拜][一二三四五六日天]))"
"""A number begins here: not inside another one, though 「周三三点」 is a weekday and a number."""
WEEK = "(?:周|星期|礼拜)"
DAY_OF_WEEK = {c: i for i, c in enumerate("一二三四五六日")} | {"天": 6} | {str(i + 1): i for i in range(7)}

RANK = {
    "CENTURY": 0, "DECADE": 1, "YEAR": 1, "YEAR_REL": 1, "HALF": 2, "QUARTER": 2, "QUARTER_REL": 2, "SEASON": 2,
    "MONTH": 3, "MONTH_REL": 3, "NTH_MONTH": 3, "LUNAR_MONTH": 3, "EDGE": 4, "WEEK_REL": 4, "NTH_WEEK": 4,
    "WEEKDAY": 5, "WEEKDAYS": 5, "NTH_WEEKDAY": 5, "WEEKEND": 5, "DAY": 5, "REL_DAY": 5, "DATE": 5, "MONTH_DAY": 5,
    "SAME_DAY": 5, "NEXT_DAY": 5, "FESTIVAL": 5, "LUNAR_DAY": 5, "HOLIDAY": 5, "NEAR_FEAST": 5, "FIRST_N": 5,
    "LAST_N": 5, "NTH_DAY": 5, "NTH_WORKDAY": 5, "OFFSET": 5, "RECENT": 5, "VAGUE_DAY": 5, "DAYS": 5,
    "FROM_EDGE": 6, "WORKDAY_FROM": 6, "PERIOD": 6,
}  # fmt: skip
"""How fine a date piece is: a phrase narrows from coarse to fine (明年 → 三月 → 第一个周二)."""


@dataclass(frozen=True, slots=True)
class Tok:
    """One piece with its place in the text; `args` depend on `kind`."""

    kind: str
    start: int
    end: int
    args: tuple[Any, ...] = ()

    @property
    def is_date(self) -> bool:
        return self.kind in RANK


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time; months stay months until a day is known to add them to."""

    months: int = 0
    days: float = 0.0
    seconds: float = 0.0
    workdays: int = 0
    vague: bool = False
    words: str = ""

    @property
    def by_the_day(self) -> bool:
        """Days, weeks, months, years: no clock time comes out of adding it."""
        return not self.seconds and self.days == int(self.days)

    @property
    def total_seconds(self) -> float:
        years, months = divmod(self.months, 12)
        return (years * 365 + months * 30 + self.days + self.workdays) * 86_400 + self.seconds

    def plus(self, other: Length) -> Length:
        return Length(
            months=self.months + other.months,
            days=self.days + other.days,
            seconds=self.seconds + other.seconds,
            workdays=self.workdays + other.workdays,
            vague=self.vague or other.vague,
            words=self.words + other.words,
        )


def number(text: str) -> int:
    """The number a pattern has matched; −1 when it is none after all (「十百」), which no calendar accepts."""
    value = parse_int(text.strip())
    return -1 if value is None else value


def decimal(text: str) -> float:
    value = parse_decimal(text.strip())
    return -1.0 if value is None else value


def year_number(text: str, near: int | None = None) -> int:
    """2026, 二〇二六, or two digits: the century that puts the year nearest to `near` is chosen later (−yy)."""
    digits = "".join(str(DIGITS[c]) if c in DIGITS else c for c in text)
    value = int(digits)
    if len(digits) > 2:
        return value
    if near is None:
        return -value - 1
    return min((century + value for century in (1900, 2000)), key=lambda y: abs(y - near))
