"""Reading clock times, parts of the day and office words: 「差五分三点」 「早8点半」 「过晌」 「一上班」 「现在」."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlu._times.tokens import NOT_AFTER_DIGIT, C, Tok, number

if TYPE_CHECKING:
    from collections.abc import Callable

    Reader = Callable[[re.Match[str], tuple[str | None, ...], int], list[Tok] | None]

_PARTS = {
    "dawn": "凌晨 拂晓",
    "daybreak": "清晨 清早 大清早 黎明 晨早 晨间 破晓 今晨",
    "morning": "早上 早晨 一大早 一早 大早上 朝早 早间",
    "forenoon": "上午 午前",
    "headmorning": "头晌 前晌 头午 前半晌 上半晌",
    "noon": "正中午 大中午 中午 正午 晌午 午间",
    "afternoon": "后半晌 下半晌 下午 午后 过晌 下晌 晏昼 过午",
    "dusk": "下晚儿 下晚 傍晚 黄昏 擦黑 后晌 傍黑 傍晚时分",
    "evening": "晚上 夜晚 晚间 晚黑 下黑 天黑 贪黑",
    "night": "大半夜 后半夜 半夜 深夜 夜里 夜间 午夜 深更半夜 子夜 夜半",
    "daytime": "大白天 白天 日间",
    "allday": "一整天 整天 全天 整日 全日",
}
PART_OF = {word: name for name, words in _PARTS.items() for word in words.split()}
_PART_WORDS = "|".join(sorted(PART_OF, key=len, reverse=True))
_SPANS = frozenset({"forenoon", "headmorning", "afternoon", "evening", "daytime"})
_NOT_MEAL = r"(?!饭|餐|宴|点心|茶|高峰|市|班车|自习)"

# What may not follow 「N点」: 两点建议, 三点五公里, 一点儿.
_NOT_POINT = (
    r"(?!儿(?!子)|式|一线|建议|意见|要求|希望|问题|原因|理由|内容|需求|体会|想法|共识|心得|注意|说明|赞|击|评(?!审|标|估|议)|滴|位(?!领|客|专|来|同|老)|"
    rf"名(?!领|客|专|同)|阵|[{C}\d]+(?:米|公里|千米|升|吨|万|亿|倍|度|%|元|块|折|寸|平))"
)
_MEASURE = r"(?:来|多|几)?\s?(?:个|位|人|名|口|辆|台|间|张|把|套|份|层|楼|号|座|箱|桌|车|瓶|元|块|室|屋|栋|月|日|天|点|:)"
_MINUTE = (
    r"(?:(?P<half>半)|(?P<quarter>[一1两2三3])刻钟?|(?P<zheng>整|正)|"
    rf"\s?(?P<min_fen>\d{{1,2}}|[{C}]{{1,3}})分(?!钟后|之|享|别|管|会|派|成|组|给|两|三)钟?(?:\s?(?P<sec>\d{{1,2}}|[{C}]{{1,3}})秒)?|"
    rf"(?:过|零|〇)(?P<min_over>\d{{1,2}}|[{C}]{{1,3}}?)(?:分|(?!{_MEASURE})(?![{C}\d]))|"
    rf"[搭踏](?P<five>半|[一二三四五六七八九十\d]{{1,2}})(?:个字)?|"
    rf"\s?(?P<min>[0-5]\d|[二三四五]?十[一二三四五六七八九]?|廿[一二三四五六七八九]?)(?!\d|{_MEASURE}|[{C}]))?"
)


def _inner(source: str) -> str:
    """The same pattern without group names, for use inside the master pattern."""
    return re.sub(r"\(\?P<\w+>", "(?:", source)


_HOUR = r"(?:[01]?\d|2[0-4]|二十[一二三四]?|十[一二三四五六七八九]?|廿[一二三四]?|[零〇一二两三四五六七八九])"
_POINT = (
    rf"(?P<hour>{_HOUR})\s?(?P<unit>点钟|点|时(?!间|候|限|段|刻|代|期|常|速|差|长|装|节|光|令|效|不|机|尚|政|事))"
    rf"{_NOT_POINT}{_MINUTE}(?:钟(?!头|点)|左右)?"
)
_POINT_RE = re.compile(_POINT)
_COLON = r"(?P<hour>[01]?\d|2[0-4])\s?:\s?(?P<min>[0-5]\d)(?:\s?:\s?(?P<sec>[0-5]\d))?(?![\d:])\s?(?P<unit>时|分|点(?!\d))?"
_COLON_RE = re.compile(rf"{_COLON}\s?(?P<ap>[AaPp]\.?[Mm]\.?(?![A-Za-z]))?")
_TO_RE = re.compile(
    rf"差(?P<a>\d{{1,2}}|[{C}]{{1,3}}|[一1]刻)(?:分钟|分|钟)?(?:不)?到?(?P<b>{_HOUR})点钟?|(?P<c>{_HOUR})点(?:钟)?差(?P<d>\d{{1,2}}|[{C}]{{1,3}}|[一1]刻)分?钟?"
)
_ONE_BEFORE_BAD = (
    r"(?<![有差早晚快慢大小多少高低长短近远亮热凉冷好贵轻重靠往提迟点宜些稍再松紧宽窄厚薄硬软急便这那每第])"
)
_ONE_FOLLOW = (
    r"(?=点(?:钟|半|整|正|左右|多|来钟|[二三四五]?十|\d\d|零|[一三]刻|过|前|之前|以前|后|以后|之后|准时|开会|开始|出发|集合|到|至|-|"
    r"走|去|派|用车|的(?:会|车|飞机|火车|高铁|航班)|[,。;\s]|$))"
)

_ABOUT = re.compile(r"来钟|多钟|多(?!\s?(?:人|个|位|名|客|辆|台|间|功能|媒体|\d))|来(?=[,。;\s]|$)")
# 「九时」 is an hour between words like these; elsewhere 「时」 more often means "when".
_HOUR_WORD = re.compile(r"^[午日号晨晚上天从自至到-].时|时[至到\-整开召前后起]")

_OFFICE = {
    "open": "刚一上班 早一上班 刚上班 一上班 上班的时候 上班那会儿 上班时 上班以后 上班之后 上班后 上班就 上班点儿 上班点",
    "before_open": "上班之前 上班以前 上班前",
    "before_close": "临下班 快下班的时候 快下班 下班之前 下班以前 下班前",
    "close": "一下班 下班的时候 下班时 下班点儿 下班点 下班之后 下班以后 下班后 下了班 下班",
    "before_break": "午休之前 午休以前 午休前 午饭前 中午饭前",
    "break": "午休时间 午休的时候 午休时 午休期间 午休",
    "after_break": "午休之后 午休以后 午休完 午休后 午饭后 中午饭后 吃完午饭 吃过午饭",
}
OFFICE_OF = {word: name for name, words in _OFFICE.items() for word in words.split()}
_OFFICE_WORDS = "|".join(sorted((w for w in OFFICE_OF if w != "下班"), key=len, reverse=True))
_LAST_RE = re.compile(
    rf"(?P<last_of>下班|午休)(?:之|以)?前(?:的)?(?:约|大概|最后)?(?P<last_n>半|\d{{1,3}}|[{C}]{{1,3}})个?(?P<last_half>半)?(?P<last_unit>小时|钟头|分钟)"
)
_BARE_HOUR = (
    r"(?:1[0-2]|[1-9])半?(?=[\s,，。;；)]|$|出发|走|去|从|开会|集合|用车|来接|接(?![0-9])|晚|下午|中午)"
)
"""「早9」 「下午3半」: people in a hurry leave the 点 away."""
_NOW = r"现在(?!\s?(?:是|有|还|没|已|的|改|变|人数|坏|不|又|漏|堵|都|才|一共|共|在|这|就?剩|能不能(?!来|派|叫|出|给[^，。]{0,4}车|安排[^，。]{0,3}车)|\d+[个人位名]|[一二两三四五六七八九十]+[个人位名]))|此时此刻|此时|此刻|这会儿|当前|眼下|目前|而家|宜家|依家|(?:马上|立刻|立马|立即|即刻)(?=就?要?(?:用车|派(?!个?(?:人|师傅|维修|电工|水工|员|工))|走|出发|动身|用|开会))"
_NOON_ZERO = "零点|〇点|午夜十二点"


def read_point(match: re.Match[str], _groups: tuple[str | None, ...], start: int) -> list[Tok] | None:
    """「三点半」 「8点30」 「十一点钟」 「15时」."""
    found = _POINT_RE.match(match.string, start)
    if found is None:
        return None
    hour = number(found["hour"])
    minute = _minute(found)
    second = number(found["sec"]) if found["sec"] else 0
    if not (0 <= hour <= 24 and 0 <= minute < 60 and 0 <= second < 60):
        return None
    end = found.end()
    if minute == 0 and not found["zheng"] and match.string[:start].endswith(("晏昼", "朝早", "朝头早")):
        fives = re.compile(r"[一二三四五六七八九]").match(
            match.string, end
        )  # Cantonese counts the dial's figures
        if fives:
            return [Tok("CLOCK", start, fives.end(), (hour, 5 * number(fives.group()), 0, "plain"))]
    about = _ABOUT.match(match.string, end)
    if about and not minute:
        end = about.end()
    if (
        found["unit"] == "时"
        and end - start <= 2
        and hour < 10
        and not _HOUR_WORD.search(match.string[max(0, start - 1) : end + 1])
    ):
        return None  # 「三时」 alone is too often something else
    return [Tok("CLOCK", start, end, (hour, minute, second, "plain"))]


def _minute(found: re.Match[str]) -> int:
    if found["half"] or found["five"] == "半":
        return 30
    if found["quarter"]:
        return 15 * number(found["quarter"])
    if found["five"]:
        return 5 * number(found["five"])
    written = found["min_fen"] or found["min_over"] or found["min"]
    return number(written) if written else 0


def read_colon(match: re.Match[str], _groups: tuple[str | None, ...], start: int) -> list[Tok] | None:
    """「14:00」 「9:30:15」 「3:15pm」."""
    found = _COLON_RE.match(match.string, start)
    if found is None:
        return None
    hour, minute = int(found["hour"]), int(found["min"])
    style = "digital" if len(found["hour"]) == 2 and hour < 10 else "colon"
    if found["ap"]:
        style = found["ap"][0].lower() + "m"
    end = found.end() if found["ap"] or not match.string[: found.end()].endswith(" ") else found.end() - 1
    return [Tok("CLOCK", start, end, (hour, minute, int(found["sec"] or 0), style))]


def read_to(match: re.Match[str], _groups: tuple[str | None, ...], start: int) -> list[Tok] | None:
    """「差五分三点」 「三点差一刻」."""
    found = _TO_RE.match(match.string, start)
    if found is None:
        return None
    less = found["a"] or found["d"]
    minutes = 15 if less.endswith("刻") else number(less)
    hour = number(found["b"] or found["c"])
    if not (0 < minutes < 60 and 1 <= hour <= 24):
        return None
    return [Tok("CLOCK", start, found.end(), (hour - 1, 60 - minutes, 0, "plain"))]


def read_bare(match: re.Match[str], _groups: tuple[str | None, ...], start: int) -> list[Tok]:
    """A number right after 早, 上午…: an hour if that is what it turns out to stand behind."""
    words = match.string[start : match.end()]
    return [Tok("BARE", start, match.end(), (int(words.rstrip("半")), 30 * words.endswith("半"), 0, "plain"))]


def read_ampm(_match: re.Match[str], groups: tuple[str | None, ...], start: int) -> list[Tok] | None:
    """「3pm」."""
    style = (groups[1] or "a")[0].lower() + "m"
    return [Tok("CLOCK", start, _match.end(), (int(groups[0] or 0), 0, 0, style))]


def read_dot(match: re.Match[str], groups: tuple[str | None, ...], start: int) -> list[Tok] | None:
    """「2.30」 or 「10.8」: which of clock and date it is depends on the neighbours, so the scanner decides."""
    return [Tok("DOT", start, match.end(), (int(groups[0] or 0), int(groups[1] or 0), groups[1] or ""))]


def read_clock_range(match: re.Match[str], groups: tuple[str | None, ...], start: int) -> list[Tok] | None:
    """「两到四点半」 「8-10点」: the first number is an hour too."""
    hour = number(groups[0] or "")
    tail = read_point(match, (), match.end())
    if tail is None or not 0 <= hour <= 24:
        return None
    minute = 30 if groups[1] else 0
    return [
        Tok("CLOCK", start, start + len(groups[0] or "") + len(groups[1] or ""), (hour, minute, 0, "plain")),
        *tail,
    ]


def read_around(match: re.Match[str], groups: tuple[str | None, ...], start: int) -> list[Tok] | None:
    """「三四点」: the earlier of the two, and not sure."""
    return [Tok("CLOCK", start, match.end(), (number((groups[0] or "")[0]), 0, 0, "around"))]


def read_part(match: re.Match[str], groups: tuple[str | None, ...], start: int) -> list[Tok] | None:
    """「下午」 「头晌」, also 「早」 and 「晚」 alone before a clock or after a day."""
    word = (groups[0] or "").strip()
    name = PART_OF.get(word) or {"早": "morning", "晚": "evening", "晨": "daybreak", "午": "noon"}.get(word)
    if name is None:
        return None
    whole = name in _SPANS and match.string[start] in "一整"  # 「跑一上午」 says how long
    return [Tok("PART", start, match.end(), (name, True) if whole else (name,))]


def read_office(match: re.Match[str], _groups: tuple[str | None, ...], start: int) -> list[Tok] | None:
    return [Tok("OFFICE", start, match.end(), (OFFICE_OF[match.string[start : match.end()]],))]


def read_last_hours(match: re.Match[str], _groups: tuple[str | None, ...], start: int) -> list[Tok] | None:
    """「下班前两小时」: the last two hours of the working day (「午休前半小时」 of the morning)."""
    found = _LAST_RE.match(match.string, start)
    if found is None:
        return None
    count = 0.5 if found["last_n"] == "半" else number(found["last_n"]) + (0.5 if found["last_half"] else 0)
    minutes = int(count * (60 if found["last_unit"] != "分钟" else 1))
    if not 0 < minutes <= 240:
        return None
    word = "last_of_day" if found["last_of"] == "下班" else "last_of_morning"
    return [Tok("OFFICE", start, found.end(), (f"{word}:{minutes}",))]


def read_now(match: re.Match[str], _groups: tuple[str | None, ...], start: int) -> list[Tok] | None:
    return [Tok("NOW", start, match.end())]


def read_day_shift(match: re.Match[str], groups: tuple[str | None, ...], start: int) -> list[Tok] | None:
    """「朝九晚四」, 「早八晚六」: from an hour of the morning to one of the evening."""
    head, first, last = len(groups[0] or ""), number(groups[1] or ""), number(groups[2] or "")
    if not (5 <= first <= 12 and 1 <= last <= 12):
        return None
    middle = start + head + len(groups[1] or "")
    morning = [Tok("PART", start, start + head, ("morning",))] if head else []
    return [
        *morning,
        Tok("CLOCK", start + head, middle, (first, 0, 0, "plain")),
        Tok("PART", middle, middle + 1, ("evening",)),
        Tok("CLOCK", middle + 1, match.end(), (last + 12 * (last < 5), 30 * bool(groups[3]), 0, "plain")),
    ]


def read_four_digits(match: re.Match[str], groups: tuple[str | None, ...], start: int) -> list[Tok] | None:
    """「明天0830」: an hour without its colon, only where a day or another hour stands before it."""
    return [Tok("FOUR", start, match.end(), (int(groups[0] or 0), int(groups[1] or 0), 0, "digital"))]


CLOCK_RULES: list[tuple[str, Reader]] = [
    (
        rf"([朝早]|(?<=[朝早]))([{C}]|十[一二]|\d{{1,2}})晚([{C}]|十[一二]|\d{{1,2}})(半)?(?![点\d:])",
        read_day_shift,
    ),
    (
        r"(?<![\dA-Za-z.:/\-第#No])(?!(?:19|20)\d\d\s?[-./年 ]\s?\d{1,2}(?!\d))(?P<x>[01]\d|2[0-3])(?P<y>[0-5][05])(?![\d.:/年月日号室房屋元块人个米页字份套]|会议室)",
        read_four_digits,
    ),
    (rf"{NOT_AFTER_DIGIT}{_inner(_COLON)}\s?(?:[AaPp]\.?[Mm])?", read_colon),
    (_inner(_TO_RE.pattern), read_to),
    (
        rf"{NOT_AFTER_DIGIT}(?P<x>{_HOUR})\s?(?P<y>半)?\s?(?:到|至|-{{1,2}})\s?(?={_HOUR}\s?[点时](?!间|候))",
        read_clock_range,
    ),
    (
        rf"{NOT_AFTER_DIGIT}(?P<x>一二|二三|两三|三四|四五|五六|六七|七八|八九)点(?:来)?钟?{_NOT_POINT}(?:左右|的时候|来钟)?",
        read_around,
    ),
    (rf"{_ONE_BEFORE_BAD}{_ONE_FOLLOW.replace('(?=', '(?=一', 1)}一点", read_point),
    (rf"{NOT_AFTER_DIGIT}(?<![/第])(?<![A-Za-z]-)(?!一点){_HOUR}\s?(?:点|时){_NOT_POINT}", read_point),
    (r"(?<![\dA-Za-z.:/\-])(?P<x>1[0-2]|0?[1-9])\s?(?P<y>[AaPp]\.?[Mm])(?![A-Za-z])", read_ampm),
    (rf"(?:一整个|整个|一|整)?(?P<x>{_PART_WORDS}){_NOT_MEAL}(?:的?时候|时分)?", read_part),
    (
        r"(?P<x>早)(?!一点(?![半钟整\d二三四五十]))(?=\s?(?:[\d零一二两三四五六七八九十]{1,3}\s?[点时:.](?!\d*[个]|儿)))",
        read_part,
    ),
    (
        r"(?P<x>晚)(?!一点(?![半钟整\d二三四五十]))(?=\s?(?:[\d零一二两三四五六七八九十]{1,3}\s?[点时:.](?!儿)))",
        read_part,
    ),
    (rf"(?<![最提])(?P<x>[早晚])(?={_BARE_HOUR})", read_part),
    (rf"(?<=[早晚晨午上])(?:{_BARE_HOUR})", read_bare),
    (
        r"(?:(?<=[号日天末节夕])|(?<=[周期拜][一二三四五六日天]))(?P<x>[早晚])(?!点|饭|餐|宴|会|退|班|上|些|高峰|到|了|就|已|自|间)",
        read_part,
    ),
    (_inner(_LAST_RE.pattern), read_last_hours),
    (rf"(?:{_OFFICE_WORDS})(?!间)|(?<=[一二三四五六日天号午到至])下班(?!时间|吗|了)", read_office),
    (_NOW, read_now),
]
