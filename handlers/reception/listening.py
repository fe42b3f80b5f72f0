"""What a message about a reception says beside its slots: who keeps company, trains and flights, cars, the price of a meal.

Plain patterns over the words, no storage: the same words give the same fields.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from desk.rules import load_rules
from nlu import letters, times
from nlu.numbers import parse_int
from nlu.people import find_people

if TYPE_CHECKING:
    from collections.abc import Iterable

    from handlers.kinds import Fields

_N = r"(?P<n>\d{1,3}|[一二两三四五六七八九十俩仨]{1,3})"
_COMPANY = (
    re.compile(rf"(?:陪同|陪餐|作陪|陪)(?:的)?(?:人数|人员|领导|同志)?(?:有|是|为|就|要|共|改成|改为|改到|减到|换成|定|[:：])?\s*{_N}\s*(?:个|位|名|人|$|(?=[，。,;；\s行]))"),
    re.compile(rf"(?:我们|咱们|我方|局里|咱|我局)(?:这边)?(?:出|去|有|来)?\s*{_N}\s*(?:个|位|名)?(?:人|领导|同志)?(?:作陪|陪同|陪餐|陪)"),
    re.compile(rf"{_N}\s*(?:个|位|名)?(?:人|领导|同志)?(?:作陪|陪同|陪餐|陪(?=$|[，。,;；\s]|一下|就|行|吧|着))"),
)  # fmt: skip
_NO_COMPANY = re.compile(r"(?:不用|不需要|不安排|没有|无需|不)(?:人)?(?:陪同|陪餐|作陪|陪)")
_PRICE = re.compile(
    r"(?:餐标|标准|每人|每位|人均|一位|一人)[^\d，。；]{0,4}(?P<n>\d{2,5})\s*(?:元|块|/|每|一位|一人|$|(?=[，。,\s的]))"
    r"|(?P<m>\d{2,5})\s*(?:元|块)?\s*(?:一位|一人|每人|每位|/人|/位|的餐标|的标准)"
)
_TRAIN = re.compile(r"(?<![A-Za-z0-9])(?P<train>[GDCKTZ]\s?\d{1,4})(?!\d)", re.IGNORECASE)
_FLIGHT = re.compile(
    r"(?<![A-Za-z0-9])(?P<flight>(?:CA|CZ|MU|HU|ZH|SC|3U|MF|FM|JD|GS|EU|9C|HO|KN|G5|TV|PN|QW|GJ|DR|NS)\s?\d{3,4})(?!\d)",
    re.IGNORECASE,
)
_STATION = re.compile(r"长春西站?|长春西|龙嘉(?:国际)?(?:机场)?|机场|长春站|火车站|高铁站|长春北站")
_FETCH = re.compile(
    r"接送站|接送机|接送|接站|接机|接一下站|接下站|去接|(?:到|去)[^，。；]{0,8}(?:站|机场)接|(?:站|机场)接(?!待|洽)|要接|车接|派车接"
)
_BRING = re.compile(r"接送|送站|送机|送到?(?:机场|长春|火车站|高铁站)|车送|派车送")
_NO_CAR = re.compile(
    r"(?:不用|不需要|无需|不要|不)(?:派车)?(?:接送|接站|接机|接|送站)|自驾|自己(?:开车|打车|过来|来)|自行前往|自行抵达"
)
_MEETING = re.compile(r"座谈|汇报会|会议室|会见|开会|研讨|会场|座谈会|交流会")
_MEAL_HINT = re.compile(
    r"工作餐|午餐|晚餐|午饭|晚饭|中饭|便餐|简餐|桌餐|自助餐|留饭|管饭|吃饭|用餐|吃顿|安排顿|清真餐|食堂吃|备餐|陪餐|作陪"
)
# What goes on during a visit, and words that speak of coming, going or changing the day.
_PROGRAM = re.compile(rf"{_MEAL_HINT.pattern}|座谈|参观|开会|研讨|汇报")
_COMING = re.compile(
    r"到|抵|来|改|换|走|离|返|推|提前|延|点(?:整|半|钟)?(?:的)?(?:车|飞机|高铁|火车)|[GDCKTZ]\d"
)
_NO_MEAL = re.compile(
    r"(?:不用|不|无需|不需要|不安排|不必|免)(?:安排)?(?:用餐|吃饭|管饭|留饭|工作餐|午餐|晚餐|餐)|不吃|饭不用|用餐自理|餐自理"
)
_LODGING_HINT = re.compile(
    r"住宿|住[一二两三四五六七八九十\d]+[晚宿夜天]|标准?间|房间[一二两三四五六\d]+间|过夜|住店|住酒店|住宾馆|多住"
)
_NO_LODGING = re.compile(
    r"(?:不用|不|无需|不需要|不安排)(?:安排)?住(?!房)|当天(?:就)?(?:走|回|返)|当日(?:走|回|返)|住宿自(?:理|行|己)"
)
_NIGHTS = re.compile(
    r"住\s*(?P<n>\d{1,2}|[一二两三四五六七八九十])\s*[晚宿夜天]|(?P<m>\d{1,2}|[一二两三四五六七八九十])\s*晚"
)
_MORE_NIGHTS = re.compile(r"[多少再加]\s*住|再加")
_NO = re.compile(r"(?:不|别|没|无|勿|免|禁|拒)[^，。；！？]{0,4}$")
_NO_AFTER = re.compile(r"^[^，。；！？]{0,2}(?:不要|不用|不上|不送|不安排|就不|免了|不挂|不摆|算了|不需要)")
# Questions that hold a no and mean none.
_ASKING = re.compile(r"能不能|可不可以|可不可|要不要|行不行|是不是|用不用|不光|不仅|不但")
# Names that hold a word of breach and mean none.
_INNOCENT = re.compile(
    r"文化(?:和|与|广电)?旅游|文旅|旅游(?:局|厅|委|部|发展|产业|集团|工作|资源|市场|行业|学院|管理|办)|外国(?:专家|语)|外事|"
    r"(?:日本|韩国|美国|英国|法国|德国)(?:料理|研究)|特产(?:所|研究)|游泳|私人企业|演出(?:市场|管理|公司)|体育局|园林绿植|绿植养护"
)
_GUESTS = re.compile(rf"(?:来|一行)\s*{_N}\s*(?:个|位|名)?(?:人|同志|领导|客人)(?=座谈)")
_HEAD = re.compile(
    r"(?:带队|领队|团长|带队领导)(?:的)?(?:是|为|叫|改成|换成|[:：])?\s*(?P<name>[一-鿿·]{1,4}?(?:副?(?:[厅局处科部司市省]长|主任|书记|秘书长|主席|巡视员|调研员|院长|校长|会长|总经理)|同志))"
)
_ROOM = re.compile(
    r"(?:用|在|订|安排|要|换到|改到)(?:一个|个|间)?(?P<room>[^，。；\s用在订]{0,10}?(?:会议室|会见厅|接待室|多功能厅|报告厅|洽谈室))"
)
_TROUBLE = re.compile(r"坏|修|漏水|不亮|不好使|不制|堵")
_PRIVATE = re.compile(
    r"(?:我|俺|他|她|局长|处长|领导)(?:的|家|们)?(?:老)?(?:战友|同学|朋友|亲戚|老乡|家人|爱人|媳妇|父母|爸|妈|哥们|姐妹|发小)(?:们|们俩|俩|几个)?[^，。；]{0,10}(?:来|玩|到)"
    r"|来[^，。；]{0,6}(?:玩几天|玩儿|旅个游)|来长春玩"
)
_ARRIVAL = re.compile(r"到达?|抵|高铁|航班|动车|火车|飞机|车次|落地|进站")
_GREETING = re.compile(
    r"(?:局长|书记|厅长|处长|主任|领导|主要负责人)(?:亲自|都|也)?(?:去|到)[^，。；]{0,6}(?:机场|车站|站|高速口)[^，。；]{0,4}(?:迎|接)"
)


def listen(fields: Fields, text: str) -> Fields:
    """Return what the words tell of a reception beside the slots."""
    if _TROUBLE.search(text) and not fields.get("visitor_org"):
        return {}
    found = _company_and_places(fields, text)
    found |= _arrival(fields, text)
    if number := letters.number_in(text):
        found["letter_no"] = number
    price = _PRICE.search(text)
    if price and (_MEAL_HINT.search(f"{text}{fields.get('meals') or ''}") or "餐标" in text):
        found["meal_price"] = int(price["n"] or price["m"])
    found |= transport(fields, text)
    if _NO_MEAL.search(text):
        found["meals"] = ""
    elif _MEAL_HINT.search(text) and not fields.get("meals"):
        found["meals"] = "工作餐"
    if _NO_LODGING.search(text):
        found["lodging"] = ""
    elif _LODGING_HINT.search(text) and not fields.get("lodging"):
        found["lodging"] = "标准间"
    found |= _nights(fields, text)
    struck = codes_in(text)
    if struck:
        found["asked_for"] = struck
    if _MEETING.search(text):
        found["meeting"] = True
    return found


def _tells_program(fields: Fields, text: str) -> bool:
    """Say whether a time in the words is that of a meal or a talk during the visit, not of the arrival."""
    return bool(fields.get("start")) and bool(_PROGRAM.search(text)) and not _COMING.search(text)


def _company_and_places(fields: Fields, text: str) -> Fields:
    found: Fields = {}
    company = companions(text)
    if company is not None:
        found["companions"] = company
        if company == people_count(text):
            found["_not"] = ("people",)
    if _tells_program(fields, text):
        found["_not"] = (*found.get("_not", ()), "start", "end")
    guests = _GUESTS.search(text)
    if guests and not fields.get("people"):
        found["people"] = {"俩": 2, "仨": 3}.get(guests["n"]) or parse_int(guests["n"])
    head, room = _HEAD.search(text), _ROOM.search(text)
    if head:
        found["visitors"] = head["name"]
    if room and fields.get("visitor_org"):
        found["room_name"] = room["room"]
    return found


def people_count(text: str) -> int | None:
    """Return the head count the words tell when it is the only one in them."""
    counts = re.findall(r"(?:\d{1,3}|[一二两三四五六七八九十俩仨]{1,3})\s*(?:个|位|名|人|$)", text)
    found = find_people(text)
    return found.count if found and len(counts) <= 1 else companions(text) if len(counts) <= 1 else None


def _arrival(fields: Fields, text: str) -> Fields:
    """Return the hour of arrival said apart from the day: 「下周三……，上午十点高铁到长春西站」."""
    start = str(fields.get("start") or "")
    if not start or "T" in start:
        return {}
    day = datetime.fromisoformat(start)
    for clause in re.split(r"[，,。；;\n]", text):
        span = times.parse(clause, day) if _ARRIVAL.search(clause) else None
        if span is None or span.start is None or not span.has_clock or span.unsure:
            continue
        if not span.has_date or span.start.date() == day.date():
            at = datetime.combine(day.date(), span.start.time())
            return {"start": at.isoformat(timespec="minutes"), "when_part": False, "when_unsure": ""}
    return {}


def _nights(fields: Fields, text: str) -> Fields:
    """「住两晚」 says how many nights, 「多住一晚」 adds to them and moves a stated end."""
    nights = _NIGHTS.search(text)
    count = (parse_int(nights["n"] or nights["m"]) or 1) if nights else 0
    more = _MORE_NIGHTS.search(text)
    if not nights or not count:
        return {}
    if more is None:
        return {"nights": count}
    added = -count if more[0].startswith("少") else count
    end = str(fields.get("end") or "")
    had = int(fields.get("nights") or 0)
    found: Fields = {"nights": max(had + added, 1)}
    if end and fields.get("end_said"):
        moved = datetime.fromisoformat(end) + timedelta(days=added)
        found |= {"end": moved.isoformat(timespec="minutes"), "leave": moved.isoformat(timespec="minutes")}
    return found


def codes_in(text: str) -> list[str]:
    """Return the codes of the rules whose forbidden things the words ask for."""
    return [r.code for r in load_rules().of("reception") if r.words_found and asked_for(text, r.words_found)]


def companions(text: str) -> int | None:
    """Return how many are to keep the guests company, None when nothing is said of it."""
    if _NO_COMPANY.search(text):
        return 0
    for pattern in _COMPANY:
        found = pattern.search(text)
        if found:
            return {"俩": 2, "仨": 3}.get(found["n"]) or parse_int(found["n"])
    return None


def transport(fields: Fields, text: str) -> Fields:
    """Return the cars that are wanted: `fetch` and `bring` name the place, `train` the train or flight."""
    found: Fields = {}
    if _NO_CAR.search(text):
        return {"fetch": "", "bring": ""}
    train = _TRAIN.search(text) or _FLIGHT.search(text)
    by_air = (
        bool(_FLIGHT.search(text)) or "机场" in text or "接机" in text or "送机" in text or "龙嘉" in text
    )
    where = place(text, by_air=by_air)
    if train:
        found["train"] = train[0].replace(" ", "").upper()
    if _FETCH.search(text):
        found["fetch"] = where or fields.get("fetch") or ("龙嘉机场" if by_air else "长春站")
    if _BRING.search(text):
        found["bring"] = where or fields.get("fetch") or ("龙嘉机场" if by_air else "长春站")
    if where and fields.get("fetch") and not found.get("fetch") and not found.get("bring"):
        found["fetch"] = where
    return found


def place(text: str, *, by_air: bool) -> str:
    """Return the station or airport that is named, in the desk's words; empty for none."""
    found = _STATION.search(text)
    if found is None:
        return "龙嘉机场" if by_air else ""
    word = found[0]
    if "机场" in word or "龙嘉" in word:
        return "龙嘉机场"
    return "长春西站" if "西" in word else "长春站"


def asked_for(text: str, words: Iterable[str]) -> str:
    """Return the first of `words` that the text asks for, not one it rules out (「不上酒」) or a harmless name."""
    plain = _ASKING.sub("□", _INNOCENT.sub("□", text))
    for word in words:
        at = plain.find(word)
        while at >= 0:
            before, after = plain[max(0, at - 6) : at], plain[at + len(word) : at + len(word) + 8]
            # 「不上酒」 holds 「上酒」: the no stands right before the word.
            if not _NO.search(before) and not _NO_AFTER.search(after):
                return word
            at = plain.find(word, at + 1)
    return ""


def is_private(text: str) -> bool:
    """Say whether guests come as somebody's friends or family (REC-2)."""
    return bool(_PRIVATE.search(text))


def leaders_greet(text: str) -> bool:
    """Say whether heads are to welcome guests at a station (REC-12)."""
    found = _GREETING.search(text)
    return bool(found) and not _NO.search(text[max(0, found.start() - 6) : found.start()] if found else "")


def text_of(value: Any) -> str:
    """Return a slot's value as text."""
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "").strip()
