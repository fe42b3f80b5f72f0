"""What a few fixed shapes of words say: ticket numbers, whose request it is, there and back, how many cars, how urgent.

No training is needed for these and none could be trusted with them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nlu.numbers import find_count_of, parse_decimal

if TYPE_CHECKING:
    from datetime import datetime

    from nlu.times import TimeSpan

TICKET_KINDS = {"YC": "vehicle", "YF": "room", "BX": "repair", "JD": "reception"}

# Written in full it may be a number of any kind, also one added later; in short only of the four everybody knows.
_TICKET = re.compile(r"(?<![A-Za-z])([A-Za-z]{2})[\s\-_—–.]*(20\d{6})[\s\-_—–.]*(\d{3})(?!\d)", re.IGNORECASE)
_TICKET_LOOSE = re.compile(r"(?<![A-Za-z])(YC|YF|BX|JD)[\s\-_—–.#]*(\d{3})(?!\d)", re.IGNORECASE)
_TITLE = r"(?:局长|厅长|处长|主任|科长|书记|秘书长|副局长|副厅长|副处长|副主任|主席|部长|老师|师傅|局|厅|处|主任|科|总|工|姐|哥)"
_NAME = (
    r"(?:[王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石"
    r"姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅"
    r"莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉])"
)
_FOR_WHOM = re.compile(
    rf"(?:给|帮|替|为|代)({_NAME}[\u4e00-\u9fff]{{0,2}}?{_TITLE}|[老小]{_NAME}(?![\u4e00-\u9fff]?(?:楼|区|站))|领导|{_NAME}[\u4e00-\u9fff]{{1,2}}(?=同志))(?=[订定派叫要安预约留借用申整弄找搞调，,\s一个])"
)
_WHOSE = re.compile(
    rf"(?<![和与接送见找问])({_NAME}{_TITLE})(?=[要用想明今后下周上]|现在|马上|急着?|需要|得用|去|出差|到)"
)
_RETURN = re.compile(
    r"往返|来回|当天回|当日返|当天返|带回来|再(?:接|拉|送)?回来|接回来|送回来|返程|回程|一来一回|办完(?:事)?(?:就)?回|原地等|等着|候着|等我们|还回来"
)
_ONE_WAY = re.compile(r"单程|送到就(?:行|走|可以|回)|不用等|不用接(?!待)|不返|送过去就行|不用来接|送到就成")
_URGENT = re.compile(
    r"(?<!不)(?<!不太)(?<!不着)(?<!不是)(?:急(?!诊|救|性)|马上|立刻|立马|立即|尽快|赶紧|赶快|抓紧|麻溜|快点|火速|现在就|十万火急)"
)
_CALM = re.compile(r"不(?:太|是很|着|怎么)?急|不忙|有空再|啥时候有空|方便的时候|抽空|不赶时间")
_SECRET = re.compile(r"涉密|机要|保密|密件|内部秘密")
KIND_WORDS = {
    "vehicle": re.compile(r"车(?!库|位|棚|牌识别|站)|司机|驾驶员|师傅到|接机|送机|接站|考斯特|大巴|GL8"),
    "room": re.compile(
        r"会议室|会场|多功能厅|报告厅|礼堂|接待室|贵宾室|屋|\d{3}(?:那个|室|的|那间)|房间|布场|桌签|会服|用房|(?<![楼厨病库药机门水锅])房[:：]"
    ),
    "repair": re.compile(r"报修|维修|修|灯|空调|马桶|厕所|水龙头|暖气|电梯|打印机|漏水|堵|师傅(?!到)|坏"),
    "reception": re.compile(r"接待|来访|公函|来函|考察团|调研组|工作餐|陪餐|来宾|客人|方案|行程"),
}


def ticket_no(text: str, *, now: datetime) -> tuple[str, tuple[int, int]] | None:
    """The ticket number in the text and its place; 「yc 20261124 1」-like forms are evened out, a bare 「YC-003」 is today's."""
    found = _TICKET.search(text)
    if found:
        return f"{found[1].upper()}-{found[2]}-{found[3]}", found.span()
    found = _TICKET_LOOSE.search(text)
    if found:
        return f"{found[1].upper()}-{now:%Y%m%d}-{found[2]}", found.span()
    return None


_NOT_BUT = re.compile(r"(?<!是)不是[^，。,；;是不]{1,10}[，,\s]*(?:而)?(?=是[^，。,是不吧吗么])")

_INSTEAD = re.compile(
    r"不[用要坐订去](?:那个|这个)?[^，。,；;]{2,8}?了?[，,\s]*(?=(?:改|换)(?:成|为|用|坐|订|去|到)?[^，。,]{2})"
)


def denied(text: str) -> list[tuple[int, int]]:
    """The stretches that are said only to be taken back: the first half of 「不是三点是四点」, of 「不用接待室了换贵宾室」."""
    return [found.span() for found in (*_NOT_BUT.finditer(text), *_INSTEAD.finditer(text))]


def user_name(text: str) -> str | None:
    """Whom the request is for, when it is for somebody else: 「给王局订」 → 王局."""
    found = _FOR_WHOM.search(text) or _WHOSE.search(text)
    return found[1] if found else None


def urgency_level(text: str) -> str | None:
    """`high`, `low`, or None when nothing is said."""
    if _CALM.search(text):
        return "low"
    return "high" if _URGENT.search(text) else None


def meant_kinds(text: str) -> list[str]:
    """Which kinds of request the words speak of, for finding the ticket that is meant."""
    return [kind for kind, pattern in KIND_WORDS.items() if pattern.search(text)]


def vehicle_hints(text: str) -> dict[str, Any]:
    """There and back or one way; more than one car; secret papers on board."""
    hints: dict[str, Any] = {}
    if _ONE_WAY.search(text):
        hints["round_trip"] = False
    elif _RETURN.search(text):
        hints["round_trip"] = True
    cars = find_count_of(text, "辆台")
    if cars is not None and 1 < cars.count < 50:
        hints["vehicle_count"] = cars.count
    if _SECRET.search(text):
        hints["secret"] = True
    return hints


_SHIFT = re.compile(
    r"(?P<way>推迟|延后|延迟|顺延|往后(?:推|挪|拖|延)|后推|晚|提前|往前(?:提|挪|推)|早)(?:个|了|一?点儿?|上|走|出发|开始|到)*"
    r"(?P<length>半个?(?:小时|钟头)|(?:[一二两三四五六七八九十]|\d+(?:\.\d)?)个?半?(?:小时|钟头|分钟|刻钟|天)|(?:[一二两三四五六七八九十]|\d+)个半(?:小时|钟头)|十五分钟|二十分钟|四十分钟)"
)
_REPLACED = re.compile(
    r"^[^，。；,;]{0,14}?(?:取消|不用|不要|撤|退[了掉])[^，。；,;]{0,10}[，。；,;\s]+(?:就|那|给我|帮我)?(?:换成|改成|改订|改报|改派|改要|改为|重新)"
)
_THEM = re.compile(
    r"同上|人(?:员|数)?(?:不变|照旧|(?:也|都)?一样|相同|还是(?:这|那)些)|原班人马|同一[拨批帮伙]人|还是(?:这|那)(?:几个|些|拨|帮)人"
    r"|他们|她们|客人|代表|来宾|嘉宾|大家|专家|领导|这些人|这几位|一行|外宾|给安排|这[一二两三四五六七八九十\d]+[个位名]|(?<![拉运])[接送](?:一下|站|机|到|去|至|往)"
)
_GOODS = re.compile(
    r"拉(?:材料|货|东西|展板|桌|椅|箱|行李|设备|物)|运|搬|送(?:文件|材料|报表|货|件|档案)|取(?:文件|材料|货|件)|皮卡|货车|厢货|金杯"
)
_UNITS = {"小时": 3600, "钟头": 3600, "分钟": 60, "刻钟": 900, "天": 86400}
_EARLIER = ("提前", "往前", "早")
_PART = re.compile(r"上午|下午|中午|晚上|早上|傍晚|凌晨|一早|头晌|下晌|晌午|后晌|过晌")


def shift_s(text: str) -> int | None:
    """By how many seconds a time is to be moved: 「推迟半小时」 1800, 「提前一刻钟」 −900; None if by none."""
    found = _SHIFT.search(text)
    if not found:
        return None
    length = found["length"]
    unit = next(unit for unit in _UNITS if length.endswith(unit))
    number = length.removesuffix(unit)
    amount = (
        0.5 if number.startswith("半") else parse_decimal(number.removesuffix("半").removesuffix("个")) or 0.0
    )
    if number.endswith("半") and not number.startswith("半"):
        amount += 0.5
    seconds = int(amount * _UNITS[unit])
    return (-seconds if found["way"].startswith(_EARLIER) else seconds) or None


# What a broken thing is in the way of: 「下午两点半有会」, 「后天来客人」, 「晚上加班走路」.
_ENDANGERED = re.compile(
    r"[^，。；,;!！?？]{0,4}?(?:有|要|得|还|就|准备|需要?)*(?:有|开|召开|举行|举办|用|使用|接待|加班|值班|考试|来(?=[^，。]{0,6}(?:客|领导|检查|考察|团)))"
    r"|的?[^，。；,;]{0,4}(?:会议?|培训|活动|接待|检查|考试|演练|视频会)(?!儿)"
)
_SINCE = re.compile(
    r"[^，。；,;]{0,8}?(?:开始|之后|以后|以来|起|到现在)[^，。；,;]{0,6}?(?:一直|就|老|总|没|不|坏|漏|堵|停)"
)
"""「周末停电之后电梯就一直不动」."""
_WANTED = re.compile(r"[^，。；,;]{0,4}?(?:(?<!不)能(?!用|开|关)|抽空|务必|尽量|一定|搞[定好]|整好)")
_HOPED = re.compile(r"(?:最好|争取|尽量|务必|希望|能在|请[在于]?|麻烦|约|定|等|就)$")
_COMING = re.compile(
    r"\s?(?:之?内|就?(?:行|成|中|可以|好)(?=[，。,;\s吧了]|$)|也行|为好)|(?!.{0,6}前)[^，。；,;]{0,6}(?:安排|师傅|过来|来人|来个|来看|上门|派|过去|到(?!时|期|会|现在|处)|查看|查验|进场|检修|维修|修|换|处理|解决|弄|来一?趟|能来|再来|有人|在屋|在办公室|方便|有空)"
)


_LEADER = re.compile(
    rf"(?P<who>{_NAME}[\u4e00-\u9fff]{{0,2}}?(?:副?(?:处长|局长|主任|厅长|科长|书记|主席|秘书长|部长|司长)|[一二]?级?巡视员|调研员)(?:一行)?)(?=等|一行|带队|带[着了]?[\d一二两三四五六七八九十俩仨]|率|[\d一二三四五六七八九十]|$|[，,。])"
    rf"|(?P<titled>(?:[\u4e00-\u9fff]{{2,4}})?(?:副?(?:处长|局长|主任|厅长|科长|书记|主席|秘书长|部长|司长)){_NAME}[\u4e00-\u9fff]{{1,2}}?)(?=等|一行|带队|率)"
    r"|(?P<rank>副?(?:秘书长|局长|厅长|处长|主任|司长|部长|书记|市长|省长|巡视员))(?=率|带队|一行)"
)


def guest_leader(text: str) -> tuple[int, int] | None:
    """Where the head of a group of visitors is named: 「王处长一行」, 「李巡视员等7人」."""
    found = _LEADER.search(text)
    return found.span(found.lastgroup or 0) if found else None


def replaced_from(text: str) -> int:
    """Where the new matter begins in words that drop one thing for another; 0 where they do no such thing."""
    found = _REPLACED.match(text)
    return found.end() if found else 0


def speaks_of_them(text: str) -> bool:
    """Whether people named before are spoken of again: 「送他们」, 「接一下」."""
    return bool(_THEM.search(text))


def carries_goods(text: str) -> bool:
    """Whether a car is for things rather than people."""
    return bool(_GOODS.search(text))


_BEFORE = re.compile(r"前$|^(?:不晚于|最晚|最迟|赶在|务必在)")
_OVER = re.compile(r"[^，。；,;]{0,3}(?:回|返|结束|散|还车|用完|开完|完事|退|离|走)")


def is_deadline(text: str, span: TimeSpan) -> bool:
    """Whether the end that was said is the hour to be there by (「八点前到」), not the one to be back or done (「五点前回来」)."""
    start, end = span.fragments[-1]
    return bool(_BEFORE.search(text[start:end].strip())) and not _OVER.match(text, end)


def is_endangered(text: str, span: TimeSpan, *, now: datetime) -> bool:
    """Whether the time said with a fault is that of a meeting, of habit, or of the fault itself (「今天又漏上了」), not the one at
    which somebody should come."""
    start, end = span.fragments[0]
    after = text[end:]
    if _COMING.match(after) or _HOPED.search(text[:start]):
        return False
    if _SINCE.match(after):
        return True
    if span.has_date and _WANTED.match(after):
        return False
    of_today = span.start is not None and span.start.date() == now.date() and not span.end_stated
    if of_today and (span.start == now or not span.has_clock):
        return True
    vague = span.start is not None and not span.has_clock and not span.has_date
    return vague or bool(_ENDANGERED.match(after))


def part_of_day(text: str) -> str | None:
    """The part of the day as said: 「下午」."""
    found = _PART.search(text)
    return found[0] if found else None
