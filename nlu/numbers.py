"""Numbers as people write them in Chinese: 「二十来」, 「三五」, 「一百二」, 「廿八」, 「俩」.

An uncertain number is the one to plan for: 「三四个」 is 4. How many people a sentence speaks of is read in `nlu.people`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from nlu._times.fold import fold

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "两": 2, "俩": 2, "仨": 3, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "万": 10_000, "亿": 100_000_000}
_DIGIT_CHARS = "".join(DIGITS)
CHINESE_NUMBER = rf"[{_DIGIT_CHARS}十拾百佰千仟万廿卅]+"
_VAGUE_TAIL = re.compile(r"(?:来|多|余|几|好几)+$")
_NEIGHBOURS = re.compile(
    r"^(?P<head>.*?)(?P<a>[一二两三四五六七八九])(?P<b>[二两三四五六七八九])(?P<tail>[十百千万]?)$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many of a thing: 「两辆车」."""

    count: int
    span: tuple[int, int]
    approximate: bool


def parse_int(text: str) -> int | None:
    """The whole number that all of `text` writes, or None; of an uncertain number the one to plan for."""
    parsed = read_number(fold(text).strip())
    return parsed[0] if parsed else None


def parse_decimal(text: str) -> float | None:
    """Like `parse_int`, with 「1.5」 and 「半」 understood too."""
    folded = fold(text).strip()
    if folded == "半":
        return 0.5
    try:
        return float(folded) if folded.isascii() else _as_float(read_number(folded))
    except ValueError:
        return None


def _as_float(parsed: tuple[int, bool] | None) -> float | None:
    return None if parsed is None else float(parsed[0])


@lru_cache(maxsize=2048)
def read_number(text: str) -> tuple[int, bool] | None:
    """(number, whether it is only approximate) of folded text, or None; `parse_int` for callers outside."""
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return int(text), False
    if text in ("十几", "十好几"):
        return 15, True
    bare = _VAGUE_TAIL.sub("", text)
    vague = bare != text
    if bare in ("百十", "千八百"):
        return {"百十": 110, "千八百": 1000}[bare], True
    neighbours = _up_to(bare)
    if neighbours is not None:
        return neighbours, True
    value = _plain(bare)
    return None if value is None else (value, vague)


def _up_to(text: str) -> int | None:
    """「三四」→4, 「三五」→5, 「十七八」→18, 「二三十」→30: the upper of two neighbouring digits."""
    match = _NEIGHBOURS.match(text)
    if match is None:
        return None
    low, high = DIGITS[match["a"]], DIGITS[match["b"]]
    if high - low not in (1, 2) or (high - low == 2 and low != 3):
        return None
    if match["head"] and match["head"][-1] not in "十百千万":
        return None
    return _plain(match["head"] + match["b"] + match["tail"])


def _plain(text: str) -> int | None:
    if not text:
        return None
    if text.isascii():
        return int(text) if text.isdigit() and len(text) < 10 else None
    if all(c in DIGITS for c in text):
        return int("".join(str(DIGITS[c]) for c in text)) if len(text) < 10 else None
    return _positional(text.replace("廿", "二十").replace("卅", "三十"))


def _positional(text: str) -> int | None:
    """「一百零五」, 「一百二」 (=120), 「1百」."""
    total = section = digit = 0
    last_unit = 0
    seen_digit = False
    for char, number in _units(text):
        if number is not None:
            digit, seen_digit = number, True
            if number == 0:
                last_unit = 0
            continue
        unit = _TENS.get(char)
        if unit is None:
            return None
        if unit >= 10_000:
            total, section = (total + section + digit) * unit, 0
        else:
            section += (digit if seen_digit else 1) * unit
        digit, seen_digit, last_unit = 0, False, unit
    if digit and last_unit >= 100 and seen_digit:
        digit *= last_unit // 10
    return total + section + digit


def _units(text: str) -> list[tuple[str, int | None]]:
    pieces = re.findall(r"\d{1,9}|\D", text, re.ASCII)
    return [(p, int(p) if p.isdigit() and p.isascii() else DIGITS.get(p)) for p in pieces]


NUM = rf"(?:\d{{1,4}}|[{_DIGIT_CHARS}十拾百佰千廿卅](?:[{_DIGIT_CHARS}十拾百佰千几]|(?<=十)好几){{0,7}})(?:(?<=[十百千0])(?:来|多|余|几))?"
# A number begins here; the 三 of 「周三三个人」 belongs to the weekday.
NOT_IN_NUMBER = (
    rf"(?<![\dA-Za-z.\-/第])(?<!\d:)(?!一行(?!人))(?:(?=\d)|(?<![{_DIGIT_CHARS}十百千])|(?<=[周期拜][一二三四五六日天]))"
    r"(?!(?<=[周期拜])[一二三四五六][一二两三四五六七八九俩仨])"
)


@lru_cache(maxsize=64)
def _measure_pattern(measure: str) -> re.Pattern[str]:
    return re.compile(rf"{NOT_IN_NUMBER}(?P<n>{NUM})\s*[{re.escape(measure)}]")


def find_count_of(text: str, measure: str) -> Count | None:
    """The first number before one of the measure words in `measure` (「辆台」), or None."""
    folded = fold(text)
    for match in _measure_pattern(measure).finditer(folded) if measure else ():
        parsed = read_number(match["n"])
        if parsed:
            return Count(count=parsed[0], span=match.span(), approximate=parsed[1])
    return None
