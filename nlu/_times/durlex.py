"""Reading lengths of time and what hangs on them: 「两个半小时」 「一天半」 「半小时后」 「三天内」 「提前10分钟」."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlu._times.tokens import BIG, NOT_AFTER_DIGIT, Length, Tok, decimal
from nlu.numbers import read_number

if TYPE_CHECKING:
    from nlu._times.clocklex import Reader

_UNIT = r"点儿|点(?![位心子滴儿赞评名\d])|小时|钟头|刻钟|分钟|分(?!钟|享|别|管|会|派|成|组|局|院|公司|之)|秒钟|秒|天(?!气|花|然|津|桥|安|井|窗|棚|台)|日(?!本|元|常|报)|周(?!转|边|围|岁|末|年)|星期(?![一二三四五六日天])|礼拜(?![一二三四五六日天])|月|年(?!级|代|会|度|检|审|底|初|末|中|龄|货)|季度|工作日|钟(?!头|楼|点|表)|hours?|min(?:utes?)?|h(?![A-Za-z])|H(?![A-Za-z])"
_ITEM = re.compile(
    rf"(?:(?P<half0>半)\s?(?P<ge0>个)?(?P<u0>{_UNIT})|(?P<low>{BIG}\s?(?:到|至|-)\s?)?(?P<n>{BIG}|几|数|好几|个把(?=小时|钟头|月|星期|礼拜|钟))\s?(?P<more>多|来|余|几)?\s?(?P<ge>个)?(?P<half>半)?(?P<more3>多|来)?\s?(?P<u>{_UNIT})(?P<more2>多)?(?P<half2>半(?!个|天|年|小时|日|月|路|夜))?)"
)
_GLUE = re.compile(r"\s?(?:又|零|加|和|外加|,|\s)?\s?")
_AFTER = re.compile(r"\s?(?:以后|之后|过后|后(?!勤|台|面|院|厅|门|备|楼|排|期|续|半|天))")
_BEFORE = re.compile(r"\s?(?:以前|之前|前(?!往|台|面|后|院|厅|门|进|楼|排|期|方|线|列))")
_WITHIN = re.compile(r"\s?(?:以内|之内|内(?!部|存|宾|容|网|蒙|设|勤)|里(?!面|程))")
_PASS = re.compile(r"(?:再过|过|再等|等)$")
_SHIFT = re.compile(
    r"(?:提前|推迟|推后|延后|延迟|延长|往后推|往前提|顺延|早|晚|迟到|耽误|前|等了?|[坏停断漏堵响报催]了|都|已经|会前|每|第|哪|有|那|这|头|超过|用不了|不到|超)$"
)
_SHIFT_NAME = re.compile(r"(?:延长|提前|推迟|推后|延后|延迟|往后推|往前提|顺延|晚|早)$")
_GONE = re.compile(r"\s?(?:多)?(?:了|没|都|也没|才来|不来)")
_NOTICE = re.compile(
    r"\s?(?:到|来|布|通知|告|提醒|候|准备|进|签|发|打|送|开门|开空调|开暖)"
)  # 「提前10分钟到」 moves nothing
_USING = re.compile(r"[用要唠聊开借占待坐等需](?:上|个|了|大概|约|差不多|会){0,2}$")
_DAY_UNITS = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7}
_SECOND_UNITS = {
    "点": 3600,
    "点儿": 3600,
    "小时": 3600,
    "钟头": 3600,
    "钟": 3600,
    "刻钟": 900,
    "分钟": 60,
    "分": 60,
    "秒": 1,
    "秒钟": 1,
    "h": 3600,
    "H": 3600,
}
_MONTH_UNITS = {"月": 1, "年": 12, "季度": 3}


def _one(found: re.Match[str], *, first: bool, text: str) -> Length | None:
    unit = found["u0"] or found["u"]
    counted = bool(found["ge0"] or found["ge"])
    if not _unit_allowed(unit, found, counted=counted, first=first, text=text):
        return None
    if found["half0"]:
        return _length(unit, 0.5, vague=False, words=found.group())
    written = found["n"]
    vague = bool(found["more"] or found["more2"] or found["more3"]) or bool(found["low"])
    vague = vague or written in ("几", "数", "好几", "个把")
    if written in ("几", "数", "好几", "个把"):
        amount = 1.0 if written == "个把" else 3.0
    else:
        parsed = read_number(written) if not re.fullmatch(r"\d+(?:\.\d+)?", written) else None
        amount, vague = (parsed[0], vague or parsed[1]) if parsed else (decimal(written), vague)
    if not 0 < amount <= 100_000:
        return None
    if found["half"] or found["half2"]:
        amount += 0.5
    return _length(unit, amount, vague=vague, words=found.group())


def _unit_allowed(unit: str, found: re.Match[str], *, counted: bool, first: bool, text: str) -> bool:
    follows = text[found.end() :]
    if unit in ("点", "点儿"):  # 「唠半个点儿」; but 「看两个点」 are two places
        using = bool(_USING.search(text[: found.start()]))
        counted = counted or found["n"] in ("俩", "仨")
        return counted and (unit == "点儿" or using) and found["n"] not in ("几", "数")
    if unit == "工作日":
        return not found["half0"] and not found["half"]
    if unit in ("月", "钟"):
        return counted or bool(found["half0"])
    if unit == "日":
        return (
            bool(found["half0"])
            or found["n"] in ("几", "数")
            or bool(_WITHIN.match(follows) or _AFTER.match(follows) or _BEFORE.match(follows))
        )
    if unit == "分":
        return not first or bool(_AFTER.match(follows))
    if unit == "年":
        if counted:  # 「三个年长的」
            return False
        return bool(found["half0"]) or not re.fullmatch(r"(?:19|20)\d\d|0\d", found["n"])
    return True


def _length(unit: str, amount: float, *, vague: bool, words: str) -> Length | None:
    name = {"hour": "小时", "hours": "小时", "min": "分钟", "minute": "分钟", "minutes": "分钟"}.get(
        unit, unit
    )
    if name == "工作日":
        return Length(workdays=int(amount), vague=vague, words=words)
    if name in _DAY_UNITS:
        return Length(days=amount * _DAY_UNITS[name], vague=vague, words=words)
    if name in _SECOND_UNITS:
        return Length(seconds=amount * _SECOND_UNITS[name], vague=vague, words=words)
    months = amount * _MONTH_UNITS[name]
    return Length(months=int(months), days=(months - int(months)) * 30, vague=vague, words=words)


def read_length(match: re.Match[str], _groups: tuple[str | None, ...], start: int) -> list[Tok] | None:
    """One length with all its parts, then the word that makes a point or a deadline of it."""
    text = match.string
    found = _ITEM.match(text, start)
    length = _one(found, first=True, text=text) if found else None
    if found is None or length is None:
        return None
    end = found.end()
    while True:
        glue = _GLUE.match(text, end)
        more = _ITEM.match(text, glue.end() if glue else end)
        extra = _one(more, first=False, text=text) if more else None
        if more is None or extra is None or extra.total_seconds >= length.total_seconds:
            break
        length, end = length.plus(extra), more.end()
    return [_with_suffix(text, start, end, length)]


def _with_suffix(text: str, start: int, end: int, length: Length) -> Tok:
    head = text[:start]
    passed = _PASS.search(head)
    after = _AFTER.match(text, end)
    if after or (passed and not text.startswith("了", end)):
        begin = passed.start() if passed else start
        return _point(length, 1, begin, after.end() if after else end)
    within = _WITHIN.match(text, end)
    if within:
        return Tok("WITHIN", start, within.end(), (length,))
    before = _BEFORE.match(text, end)
    if before:
        return _point(length, -1, start, before.end())
    if _SHIFT.search(head) or _GONE.match(text, end):
        changes = bool(_SHIFT_NAME.search(head)) and not _NOTICE.match(text, end)
        return Tok("SHIFT", start, end, (length, changes))
    return Tok("DUR", start, end, (length,))


def _point(length: Length, side: int, start: int, end: int) -> Tok:
    return Tok("OFFSET" if length.by_the_day else "AT", start, end, (length, side))


def _inner(source: str) -> str:
    return re.sub(r"\(\?P<\w+>", "(?:", source)


DURATION_RULES: list[tuple[str, Reader]] = [(NOT_AFTER_DIGIT + _inner(_ITEM.pattern), read_length)]
