"""Feasts, solar terms and lunar days: which Gregorian day each falls on in a given year.

Lunar months and solar terms come from `lunar-python`; everything else is a fixed day or an nth weekday of a month.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

from lunar_python import Lunar, Solar

_FIXED = {
    (1, 1): "元旦节 元旦 新年 阳历年",
    (2, 14): "情人节",
    (3, 7): "女生节",
    (3, 8): "国际妇女节 三八妇女节 三八节 妇女节 女神节 三八",
    (3, 12): "植树节",
    (3, 15): "消费者权益日",
    (4, 1): "愚人节",
    (4, 22): "地球日",
    (5, 1): "五一国际劳动节 国际劳动节 五一劳动节 五一节 劳动节 五一",
    (5, 4): "五四青年节 青年节 五四",
    (5, 12): "护士节",
    (6, 1): "国际儿童节 六一儿童节 儿童节 六一",
    (7, 1): "七一建党节 建党节 建党日 七一",
    (8, 1): "八一建军节 建军节 八一",
    (9, 3): "抗战胜利纪念日",
    (9, 10): "教师节",
    (9, 30): "烈士纪念日",
    (10, 1): "十一国庆节 十一国庆 国庆节 国庆 十一",
    (10, 24): "程序员节",
    (10, 31): "万圣节 万圣夜 万圣",
    (11, 8): "记者节",
    (11, 11): "光棍节 双十一",
    (12, 4): "国家宪法日 宪法日",
    (12, 12): "双十二",
    (12, 13): "国家公祭日",
    (12, 24): "平安夜 圣诞夜 圣诞前夜 圣诞前夕",
    (12, 25): "圣诞节 圣诞",
}
_LUNAR = {
    (1, 1): "农历新年 大年初一 春节 新春 过年 大年",
    (1, 15): "元宵节 元宵 上元节 灯节",
    (2, 2): "龙抬头 二月二",
    (3, 3): "上巳节",
    (4, 8): "佛诞节 佛诞 浴佛节",
    (5, 5): "端午节 端午 端阳节 龙舟节 五月节 五月五",
    (7, 7): "七夕节 七夕情人节 七夕 乞巧节 七月七",
    (7, 15): "中元节 鬼节 盂兰节",
    (8, 15): "中秋节 中秋 八月节 团圆节 八月十五",
    (9, 9): "重阳节 重阳 敬老节 老人节 九月九",
    (10, 1): "寒衣节",
    (10, 15): "下元节",
    (12, 8): "腊八节 腊八",
    (12, 23): "北方小年 小年夜 小年",
    (12, 24): "南方小年",
    (12, 0): "除夕夜 除夕 大年三十 年三十 大年夜 年三十儿",
}
_NTH_SUNDAY_LIKE = {"母亲节": (5, 6, 2), "父亲节": (6, 6, 3), "感恩节": (11, 3, 4)}
_EASTER = {"复活节": 0, "耶稣受难日": -2, "受难日": -2}
_TERMS = [
    "清明节",
    "清明",
    "冬至",
    "夏至",
    "立春",
    "立夏",
    "立秋",
    "立冬",
    "春分",
    "秋分",
    "惊蛰",
    "谷雨",
    "小满",
    "芒种",
    "小暑",
    "大暑",
    "处暑",
    "白露",
    "寒露",
    "霜降",
    "小寒",
    "大寒",
]
_BARE_NUMBERS = ("三八", "五一", "五四", "六一", "七一", "八一", "十一", "大年", "过年")
STATUTORY = ("元旦", "春节", "清明", "劳动节", "端午", "中秋", "国庆")

# 「十一去北京」 is a feast, 「十一楼」 「五一广场」 are not: a bare numeral feast needs a telling neighbour.
_AFTER_NUMERAL = (
    r"(?=节|劳动|国际|期间|前|后|放假|假|长假|小长假|黄金|当天|那|上午|下午|早上|晚上|中午|过|去|要|想|我|有|用|值|加班|之|以|"
    r"[,。;!?\s的]|出|回|是|到|至|-|$)"
)


def _names() -> dict[str, tuple[str, int, int]]:
    table: dict[str, tuple[str, int, int]] = {}
    for kind, days in (("solar", _FIXED), ("lunar", _LUNAR)):
        for (month, day), names in days.items():
            table.update((name, (kind, month, day)) for name in names.split())
    table.update((name, ("term", 0, 0)) for name in _TERMS)
    table.update((name, ("nth", 0, 0)) for name in _NTH_SUNDAY_LIKE)
    table.update((name, ("easter", 0, 0)) for name in _EASTER)
    return table


_TABLE = _names()


def _pattern() -> str:
    plain = sorted((n for n in _TABLE if n not in _BARE_NUMBERS), key=len, reverse=True)
    bare = "|".join(n for n in _BARE_NUMBERS)
    return (
        rf"(?:{'|'.join(map(re.escape, plain))})(?!广场|路|街|大街|大路|桥|河|镇|村|上河图)"
        rf"|(?<![\d零一二三四五六七八九十百第双初])(?:{bare}){_AFTER_NUMERAL}"
    )


FESTIVAL_PATTERN = _pattern()


@lru_cache(maxsize=4096)
def festival(name: str, year: int) -> date | None:
    """The day of the feast called `name` that belongs to the Gregorian `year`; lunar year-end feasts fall in January
    or February of the next one and are given by the Gregorian year they fall in."""
    kind, month, day = _TABLE[name]
    if kind == "solar":
        return date(year, month, day)
    if kind == "nth":
        return _nth_weekday(year, *_NTH_SUNDAY_LIKE[name])
    if kind == "easter":
        return _easter(year) + timedelta(days=_EASTER[name])
    if kind == "term":
        return solar_term(name.removesuffix("节"), year)
    if month == 12:
        return next(
            (d for d in (lunar_day(y, month, day) for y in (year - 1, year)) if d and d.year == year), None
        )
    return lunar_day(year, month, day)


@lru_cache(maxsize=4096)
def lunar_day(lunar_year: int, month: int, day: int) -> date | None:
    """The Gregorian day of a lunar one; day 0 is the month's last; a leap month is negative; None if there is none."""
    if not 1900 <= lunar_year <= 2100:
        return None
    last = _month_length(lunar_year, month)
    if last == 0 or day > last:
        return None
    solar = Lunar.fromYmd(lunar_year, month, day or last).getSolar()
    return date(solar.getYear(), solar.getMonth(), solar.getDay())


def _month_length(lunar_year: int, month: int) -> int:
    for day in (30, 29):
        try:
            Lunar.fromYmd(lunar_year, month, day)
        except Exception:  # noqa: S112 - the library raises plain Exception for a day that does not exist
            continue
        return day
    return 0


@lru_cache(maxsize=512)
def solar_term(name: str, year: int) -> date | None:
    """The Gregorian day of a solar term such as 清明."""
    table = Solar.fromYmd(year, 7, 1).getLunar().getJieQiTable()
    # The table runs from one winter solstice to the next and spells the second one in Latin letters.
    found = table.get("DONG_ZHI" if name == "冬至" else name)
    return date(found.getYear(), found.getMonth(), found.getDay()) if found is not None else None


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _easter(year: int) -> date:
    """The anonymous Gregorian computus."""
    golden, century, rest = year % 19, year // 100, year % 100
    leap, skip = divmod(century, 4)
    lag = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap - lag + 15) % 30
    quarter, remainder = divmod(rest, 4)
    shift = (32 + 2 * skip + 2 * quarter - epact - remainder) % 7
    late = (golden + 11 * epact + 22 * shift) // 451
    month, day = divmod(epact + shift - 7 * late + 114, 31)
    return date(year, month, day + 1)
