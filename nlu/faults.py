"""Whether what is told of one fault is another fault: its cause, a part of it, or a second thing broken, here or elsewhere.

「灯不亮，开关也按不动」 is one fault, 「灯不亮，门也关不上」 are two, and so are 「205空调不制冷，206也一样」.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlu.pieces import MENDING, TROUBLE, faulty
from nlu.understanding import DEFAULT_KINDS

if TYPE_CHECKING:
    from nlu.pieces import Piece, Work

_SPREADING = re.compile(r"断网|网络?[又都]?断|没网|停电|跳闸|断电|没电|停水")
"""What makes everything else fail with it."""
_ALSO = re.compile(r"连?(?![按试换用拧推拉怎咋再重打插拔摁刷关开修等谁人])(?P<what>[\u4e00-\u9fff]{2,5})也")
"""「镜子也裂了」."""
_PARTS = re.compile(r"^(?:用|那个?)?(?:钥匙|开关|遥控器?|按[钮键]|插头|把手)")
"""What belongs to the broken thing and was tried with it."""
_CAUSE = re.compile(
    r"^[，,\s]*(?:可能|估计|怀疑|疑似|好像|应该|大概|怕|是不是|八成|多半|看样子)|所致|引起|造成"
)
_PART_OF = {
    "电梯": re.compile(r"^(?:电梯)?(?:门|按[钮键]|轿厢|灯|楼层灯|显示)"),
    "门": re.compile(r"合页|把手|闭门器|门吸|锁芯"),
    "空调": re.compile(r"遥控器?|外机|滤网|压缩机|面板"),
    "打印机": re.compile(r"硒鼓|墨盒|墨粉|纸盒"),
    "灯": re.compile(r"镇流器|灯座|灯罩"),
    "暖气": re.compile(r"阀门?|放气阀"),
}
"""What goes wrong together with the thing it belongs to."""
_TRIED = re.compile(r"(?:按|试|插|拧|拉|推|换|重启|摁|拔|掰)(?:了|着|过|上|完)$")
_CONSEQUENCE = re.compile(
    r"还是(?=[不没冷热一])|照样|仍|依然|^(?:里[面边头]|整[个层栋条间]|吹出|导致|所以|结果|弄得|害得|搞得|弄的|因为)|(?:里头?|里面|里边|外头|外面)了?$|(?:按|试|插|拧|拉|推|换|重启|摁|拔|掰)(?:了|着|过|上|完)"
)
"""What comes of the fault before, or was tried about it."""
_FINE = re.compile(r"(?<!不)(?:好使|好用|正常|没事|没问题|好的|能用)")
_TOO = re.compile(r"还|也|又")
_PLACE_LIKE = re.compile(r"\d|[楼层室屋厅廊间厕所院库房道区座]|门口|食堂|车场|大门")


def another_fault(piece: Piece, present: Work) -> bool:
    """Whether the piece, read as a repair like the request before it, tells of a second broken thing."""
    things, before = piece.said("object", "equipment"), present.said("object", "equipment")
    if piece.segment.announced:
        return bool(piece.said("object", "fault") or TROUBLE.search(piece.segment.text))
    if _of_the_same_fault(piece, present) or _FINE.search(piece.segment.text):
        return False
    if piece.segment.apart and things and before and not things & before:
        return True
    if _CONSEQUENCE.search(piece.segment.text) or not (faulty(piece) and any(map(faulty, present.pieces))):
        return False
    if _elsewhere(piece, present, same_fault=bool(things)):
        return True
    if any(_SPREADING.search(other.segment.text) for other in present.pieces):
        return False
    unnamed = (
        things and not before and not any(thing in p.segment.text for thing in things for p in present.pieces)
    )
    if unnamed and piece.said("fault") and _TOO.search(piece.segment.text):
        return True  # 「卫生间没热水，水箱还漏」
    also = _ALSO.match(piece.segment.text)
    if also and not any(also["what"] in other.segment.text for other in present.pieces):
        return True
    return bool(things and before) and not any(a in b or b in a for a in things for b in before)


def _of_the_same_fault(piece: Piece, present: Work) -> bool:
    """Its cause, a part of the broken thing, or what was tried with it."""
    text = piece.segment.text
    if _CAUSE.search(text) and "也" not in text:
        return True  # 「可能是阀门锈死了」
    things, before = piece.said("object", "equipment"), present.said("object", "equipment")
    if any(_part_of(part, thing) for part in things for thing in before):
        return True  # 「电梯到三楼就停，门也不开」
    if _TRIED.search(present.pieces[-1].segment.text) and not piece.segment.apart:
        return True  # 「遥控器按了灯也不亮」
    return bool(_PARTS.search(text)) and not piece.said("location", "room_name")  # 「门锁坏了，钥匙插不进去」


def _part_of(part: str, thing: str) -> bool:
    known = next((parts for whole, parts in _PART_OF.items() if whole in thing), None)
    return known is not None and bool(known.search(part))


def _elsewhere(piece: Piece, present: Work, *, same_fault: bool) -> bool:
    """A fault in a place of its own: 「走廊那灯也忽闪」 after the heating of an office; 「305灯坏 306灯坏」."""
    places, before = piece.said("location", "room_name"), present.said("location", "room_name")
    if not any(map(_PLACE_LIKE.search, places)) or places & before:
        return False
    if same_fault:
        return bool(before)
    return not (piece.said("fault") & present.said("fault"))


def same_elsewhere(piece: Piece, present: Work) -> bool:
    """「205空调不制冷，206也一样」: what is wrong there is wrong in another place too."""
    if DEFAULT_KINDS.get(present.intent) != "repair":
        return False
    there = _THERE_TOO.match(piece.segment.text)
    place: str = there["place"] or there["spot"] if there else ""
    if there and there["spot"] and not _PLACE_LIKE.search(place):
        return False
    return bool(place) and not any(place in p.segment.text for p in present.pieces)


_THERE_TOO = re.compile(
    r"[那还有\s]*(?P<place>[1-9]\d{2}|[一二三四五六七八九十\d]{1,3}(?:号?楼|层)[\u4e00-\u9fff]{0,4}?)(?:号|室|房间?|屋|那边|的|里|办公室)*(?:也|同样|一样|同上)"
    r"|[\s，,]*(?:还有|跟|和)?(?P<spot>[^，。\s]{2,10}?)(?:的|里|那边)?也(?:是)?(?:这样|一样|同样|这毛病|这个毛病|如此)(?:了|的|呢)?$"
)


def new_fault(piece: Piece, present: Work) -> bool:
    """「修打印机的不用来了，不过走廊灯坏了」: broken beside what the ticket is about."""
    things, before = piece.said("object", "equipment"), present.said("object", "equipment")
    wrong = faulty(piece) or bool(MENDING.search(piece.segment.text))
    led_to = piece.segment.apart or bool(_BUT.search(piece.segment.text))
    named = bool(things) or (_BUT_AT_FIRST.match(piece.segment.text) is not None and faulty(piece))
    return named and not things & before and wrong and led_to


_BUT_AT_FIRST = re.compile(r"不过|但是?|可是|就是")
_BUT = re.compile(r"不过|但是?|可是|倒是|现在|再|又|也|另")
