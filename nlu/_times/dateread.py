"""Reading dates: 「下周三」 「10月8」 「国庆节后第一个工作日」 「腊月廿三」 「今年第一季度」, and what repeats (「每周一」).

Each rule is a pattern and a reader; a reader answers the tokens it read, or None when the look of it deceived.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from nlu._times.tokens import DAY_OF_WEEK, Length, Tok, number, year_number

if TYPE_CHECKING:
    from nlu._times.clocklex import Reader

    Groups = tuple[str | None, ...]

_REL_DAYS = {
    "大后": 3, "后": 2, "明": 1, "翌": 1, "听": 1, "今": 0, "昨": -1, "琴": -1, "寻": -1, "尋": -1, "前": -2, "大前": -3,
}  # fmt: skip
_LUNAR_MONTHS = {"正": 1, "冬": 11, "腊": 12}
_REL_STEP = {"上": -1, "下": 1}


def _steps(prefix: str) -> int:
    """「下下个」 → 2, 「上」 → −1, 「这个」 → 0, 「前」 and 「次」 by themselves."""
    return sum(_REL_STEP.get(c, 0) for c in prefix) or {"次": 1, "再下": 2}.get(prefix[:1], 0)


def _edge(word: str | None, start: int, end: int, unit: str) -> list[Tok]:
    return [Tok("EDGE", start, end, (word.rstrip(), unit))] if word else []


def full(match: re.Match[str], groups: Groups, start: int) -> list[Tok] | None:
    year, month, day = (int(g) for g in groups if g is not None)
    return _checked(year, month, day, start, match.end())


def compact(match: re.Match[str], _groups: Groups, start: int) -> list[Tok] | None:
    digits = match.group()
    return _checked(int(digits[:4]), int(digits[4:6]), int(digits[6:8]), start, match.end())


def short_year(match: re.Match[str], groups: Groups, start: int) -> list[Tok] | None:
    return _checked(2000 + int(groups[0] or 0), int(groups[1] or 0), int(groups[2] or 0), start, match.end())


def _checked(year: int, month: int, day: int, start: int, end: int) -> list[Tok] | None:
    try:
        return [Tok("DATE", start, end, (date(year, month, day),))]
    except ValueError:
        return None


def year_month(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    return [
        Tok("YEAR", start, start + 4, (int(groups[0] or 1),)),
        Tok("MONTH", start + 5, match.end(), (int(groups[1] or 1),)),
    ]


def dash(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    """「9-11」: a day of the month or hours; the scanner decides by what stands before it."""
    first, sign, second = (group or "" for group in groups[:3])
    middle = start + len(first)
    args = (int(first), int(second), sign.strip(), middle, middle + len(sign))
    return [Tok("DASH", start, match.end(), args)]


def _month_number(word: str | None) -> int:
    return 1 if word == "元" else number(word or "")


def month_day(match: re.Match[str], groups: Groups, start: int) -> list[Tok] | None:
    return _month_day_tok(_month_number(groups[0]), number(groups[1] or ""), start, match.end())


def _month_day_tok(month: int, day: int, start: int, end: int) -> list[Tok] | None:
    try:
        date(2024, month, day)
    except ValueError:
        return None
    return [Tok("MONTH_DAY", start, end, (month, day))]


def year(match: re.Match[str], groups: Groups, start: int) -> list[Tok] | None:
    written = (groups[0] or groups[1] or "").strip()
    end = match.end()
    tail = groups[2]
    year = year_number(written)
    if year == 0:
        return None
    return [Tok("YEAR", start, end, (year,)), *_edge(tail, end - len(tail or ""), end, "year")]


def year_rel(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    word, tail = groups[0] or "", groups[1]
    steps = {
        "明": 1,
        "来": 1,
        "次": 1,
        "今": 0,
        "本": 0,
        "当": 0,
        "去": -1,
        "前": -2,
        "后": 2,
        "大前": -3,
        "大后": 3,
        "旧": -1,
    }
    step = steps.get(word, _steps(word))
    return [
        Tok("YEAR_REL", start, match.end(), (step,)),
        *_edge(tail, match.end() - len(tail or ""), match.end(), "year"),
    ]


def unit_edge(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    unit = {"年": "year", "岁": "year", "月": "month", "周": "week"}[groups[0] or "年"]
    return [Tok("EDGE", start, match.end(), (groups[1], unit))]


def half(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    return [Tok("HALF", start, match.end(), (0 if groups[0] == "上" else 1,))]


def quarter(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    word = groups[0] or groups[1] or groups[2] or ""
    nth = {"首": 1, "末": 4, "最后一": 4, "最后一个": 4}.get(word) or number(word)
    tail = groups[3]
    return [Tok("QUARTER", start, match.end(), (nth,)), *_edge(tail, match.end() - 1, match.end(), "quarter")]


def quarter_rel(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    return [Tok("QUARTER_REL", start, match.end(), (_steps(groups[0] or ""),))]


def season(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    return [Tok("SEASON", start, match.end(), ("春夏秋冬".index(groups[0] or "春"),))]


def month(match: re.Match[str], groups: Groups, start: int) -> list[Tok] | None:
    month, tail = _month_number(groups[0]), groups[1]
    if not 1 <= month <= 12:
        return None
    end = match.end()
    return [Tok("MONTH", start, end, (month,)), *_edge(tail, end - len(tail or ""), end, "month")]


def month_rel(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    end, tail = match.end(), groups[1]
    return [
        Tok("MONTH_REL", start, end, (_steps(groups[0] or ""),)),
        *_edge(tail, end - len(tail or ""), end, "month"),
    ]


def pair(kind: str) -> Reader:
    """「3到5号」 「3-5月」: the unit is said once, two tokens are meant."""

    def read(match: re.Match[str], groups: Groups, start: int) -> list[Tok] | None:
        first, second = number(groups[0] or ""), number(groups[1] or "")
        if first < 1 or second < 1:
            return None
        middle = start + len(groups[0] or "")
        gap = len(re.split(r"[到至、\-]", match.group(), maxsplit=1)[0].rstrip())
        return [
            Tok(kind, start, start + max(gap, middle - start), (first,)),
            Tok(kind, _second_start(match), match.end(), (second,)),
        ]

    return read


def _second_start(match: re.Match[str]) -> int:
    tail = re.search(r"[到至、\-]+\s?", match.group())
    return match.start() + (tail.end() if tail else 0)


def weekday_span(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    """「周三到五」 「下周一至周五」."""
    days = groups[1] or ""
    inside = start + match.group().index(days)
    head = [Tok("WEEK_REL", start, inside, (_steps(groups[0]),))] if groups[0] else []
    first = Tok("WEEKDAY", inside if head else start, inside + 1, (DAY_OF_WEEK[days[0]],))
    second = Tok("WEEKDAY", _second_start(match), match.end(), (DAY_OF_WEEK[days[-1]],))
    return [*head, first, second]


def single(kind: str) -> Reader:
    def read(match: re.Match[str], groups: Groups, start: int) -> list[Tok] | None:
        value = number(groups[0] or "")
        return [Tok(kind, start, match.end(), (value,))] if value > 0 else None

    return read


def plain(kind: str, *args: object) -> Reader:
    """A token that carries fixed arguments and the pattern's groups; a None argument stands for the matched words."""

    def read(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
        fixed = (match.group(),) if args == (None,) else args
        return [Tok(kind, start, match.end(), (*fixed, *(g for g in groups if g)))]

    return read


def week_rel(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    steps, day, end = _steps(groups[0] or ""), groups[1], match.end()
    if day is None:
        return [Tok("WEEK_REL", start, end, (steps,))]
    head = Tok("WEEK_REL", start, end - 1, (steps,))
    if day == "末":
        return [head, Tok("WEEKEND", end - 1, end)]
    return [head, Tok("WEEKDAY", end - 1, end, (DAY_OF_WEEK[day],))]


def weekday(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    if groups[0] == "末":
        return [Tok("WEEKEND", start, match.end())]
    return [Tok("WEEKDAY", start, match.end(), (DAY_OF_WEEK[groups[0] or "一"],))]


def weekday_list(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    """「周三四」 「周一、三、五」."""
    days = tuple(DAY_OF_WEEK[c] for c in groups[1] or "" if c in DAY_OF_WEEK)
    inside = start + len(groups[0] or "")
    head = [Tok("WEEK_REL", start, inside, (_steps(groups[0]),))] if groups[0] else []
    return [*head, Tok("WEEKDAYS", inside, match.end(), days)]


def nth_week(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    nth = number(groups[0]) if groups[0] else (1 if match.group().startswith("首") else -1)
    if groups[1]:
        return [Tok("NTH_WEEKDAY", start, match.end(), (nth, DAY_OF_WEEK[groups[1]]))]
    return [Tok("NTH_WEEK", start, match.end(), (nth,))]


def rel_day(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    end, part = match.end(), groups[1]
    step = _REL_DAYS[groups[0] or "今"]
    if not part:
        return [Tok("REL_DAY", start, end, (step,))]
    name = {"早": "morning", "晨": "daybreak", "晚": "evening", "夜": "night", "朝": "morning"}[part[0]]
    return [Tok("REL_DAY", start, end - len(part), (step,)), Tok("PART", end - len(part), end, (name,))]


def day_pair(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    first, last = groups[0] or "明", groups[1] or "后"
    return [Tok("DAYS", start, match.end(), (_REL_DAYS[first], _REL_DAYS[last]))]


def same_day(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    end = match.end()
    if groups[0] == "晚":
        return [Tok("SAME_DAY", start, end - 1), Tok("PART", end - 1, end, ("evening",))]
    return [Tok("SAME_DAY", start, end)]


def century(match: re.Match[str], groups: Groups, start: int) -> list[Tok] | None:
    nth = number(groups[0] or "")
    return [Tok("CENTURY", start, match.end(), (nth,))] if 1 <= nth <= 30 else None


def century_rel(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    return [Tok("CENTURY", start, match.end(), (None, _steps(groups[0] or "")))]


def decade(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    return [Tok("DECADE", start, match.end(), (number(groups[0] or ""),))]


def first_n(match: re.Match[str], groups: Groups, start: int) -> list[Tok] | None:
    n = number(groups[1] or "")
    last = groups[0] in ("后", "最后", "末")
    return (
        [Tok("LAST_N" if last else "FIRST_N", start, match.end(), (n, groups[2], groups[0]))]
        if n > 0
        else None
    )


def workday_from(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    """「后第一个工作日」 after a feast or a day."""
    side = -1 if groups[0] == "前" else 1
    return [Tok("WORKDAY_FROM", start, match.end(), (side, number(groups[1]) if groups[1] else 1))]


def workday_nth(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    if groups[0]:
        return [Tok("NTH_WORKDAY", start, match.end(), (number(groups[0]),))]
    word = match.group()
    return (
        [Tok("WORKDAY_FROM", start, match.end(), (1, 1, "now"))]
        if word[0] in "下次"
        else [Tok("NTH_WORKDAY", start, match.end(), (-1,))]
    )


def lunar(match: re.Match[str], groups: Groups, start: int) -> list[Tok] | None:
    year, leap, month, day = groups[:4]
    lunar_month = _LUNAR_MONTHS.get(month or "") or number(month or "")
    lunar_year = year_number(year) if year else None
    if not 1 <= lunar_month <= 12 or (lunar_year is not None and lunar_year < 0):
        return None
    lunar_month = -lunar_month if leap else lunar_month
    if day is None:
        return [Tok("LUNAR_MONTH", start, match.end(), (lunar_year, lunar_month))]
    value = number(day.removeprefix("初"))
    return (
        [Tok("LUNAR_DAY", start, match.end(), (lunar_year, lunar_month, value))] if 1 <= value <= 30 else None
    )


def new_year_day(match: re.Match[str], groups: Groups, start: int) -> list[Tok]:
    return [Tok("LUNAR_DAY", start, match.end(), (None, 1, number(groups[0] or "一")))]


def recent(match: re.Match[str], groups: Groups, start: int) -> list[Tok] | None:
    side = 1 if (groups[0] or "")[:2] in ("未来", "今后", "接下", "往后", "随后", "下") else -1
    n = number(groups[1] or "")
    seconds = {"小时": 3600, "钟头": 3600, "分钟": 60, "秒": 1}.get(groups[2] or "")
    if seconds and n > 0:
        return [Tok("WITHIN", start, match.end(), (Length(seconds=side * n * seconds),))]
    return [Tok("RECENT", start, match.end(), (side, n, groups[2]))] if n > 0 else None
