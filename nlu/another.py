"""Whether a piece of the same sort as the request before it is about another thing: a second car, room, fault or ticket.

「去省委然后去机场」 is one journey, 「周二去人大，周三去政协」 are two; 「灯不亮，开关也按不动」 is one fault, 「灯不亮，门也关不上」 are two.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlu import patterns, wishes
from nlu.people import find_people
from nlu.pieces import DATE, FAULT, HOUR, LIKEWISE, MENDING, ONE_OF, RIDE, WANTING, faulty
from nlu.understanding import DEFAULT_KINDS, TICKET_INTENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlu.pieces import Piece, Work

_OWN: Mapping[str, frozenset[str]] = {
    "vehicle": frozenset({"destination", "vehicle_type", "origin"}),
    "room": frozenset({"room_name"}),
    "reception": frozenset({"visitor_org"}),
}
"""What a second booking of the same kind must name for itself."""
_KIND_OF = DEFAULT_KINDS
_BACK = re.compile(r"返|往回|回来|回程|接回|送回|回长|回单位|结束|散会|用到|还车")
_ONWARD = re.compile(r"(?:再|然后|接着|之后|最后)(?:去|到|送|接|把|拉|回|上|顺路)")
ARRIVING = re.compile(
    r"(?:点|半|分|\d)\s?(?:能|要|得|左右|前|之前)?(?:到(?!\d|[零一二两三四五六七八九十])|抵达|赶到)"
)
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
    r"还是(?=[不没冷热一])|照样|仍|依然|^(?:里[面边头]|整[个层栋条间]|导致|所以|结果|弄得|害得|搞得|弄的|因为)|(?:里头?|里面|里边|外头|外面)了?$|(?:按|试|插|拧|拉|推|换|重启|摁|拔|掰)(?:了|着|过|上|完)"
)
"""What comes of the fault before, or was tried about it."""
_ONCE_MORE = re.compile(
    r"再(?:帮忙?|给|替)?(?:我们?)?(?:派|预?订|定|要|来|安排|借|叫|整|弄|留)(?:个|一?[个辆台间]|[两二三\d][个辆台间])"
)
"""「后天下午四点再派个车」."""
_ONE_MORE = re.compile(
    r"[再也](?:帮忙?|给|替)?(?:我们?)?(?:派|预?订|定|要|来|安排|借|叫|整|弄|留|加)(?:一?[辆台间]|[两二三\d][辆台间]|一?个(?:车|会议室|屋))"
)
"""「再派一台」: one more of what was asked for, whatever follows."""
_ALSO_WANTED = re.compile(
    r"(?:也|再|还)(?:要|想)?(?:给|帮|替)?(?:我们?|咱们?)?(?:预?订|定|要|用|留|借|派|来|安排|占)"
)
"""「后天上午九点也用一下」."""
_THAT_ONE = re.compile(
    r"(?:[一二三四五六七八九十\d]{1,3}(?:号?楼|层)|[大小]|隔壁|东边|西边|旁边)的?那?[个间](?!人)|另外?一?间"
)
"""「五楼那间」: a room of its own without its name."""
_ITEM = re.compile(
    r"[\s，,、；;]*(?:[①-⑨]|(?<!\d)[1-9][.、)]|[一二三四五][、是]|第[一二三四五]|其[一二三]|头一|最后一|末一|二一)"
)
_ON_THE_WAY = re.compile(r"^[\s，,]*(?:路上|顺便|顺道|顺路|顺带|捎带|途中)")
_CLOCK = re.compile(r"\d\s?[:点时]|[一二两三四五六七八九十]点")
_TWICE = re.compile(
    r"(?:两|俩|[二三四2-4])(?:次|趟|场|回(?!字)|个会(?!议室里))(?!人)|[两俩2二三]拨(?=人?[^，。]{0,3}(?:用|要|开))"
)
"""「订两次会议室，周三…，周四…」."""
_PLACE_LIKE = re.compile(r"\d|[楼层室屋厅廊间厕所院库房道区座]|门口|食堂|车场|大门")


def another(piece: Piece, present: Work, kind: str | None) -> bool:
    """Whether a piece of the same intent is about another thing."""
    if kind is None:
        return False
    if kind == "repair":
        return _another_fault(piece, present)
    return _another_booking(piece, present, kind)


def _another_fault(piece: Piece, present: Work) -> bool:
    things, before = piece.said("object", "equipment"), present.said("object", "equipment")
    if piece.segment.announced:
        return bool(piece.said("object", "fault") or FAULT.search(piece.segment.text))
    if _of_the_same_fault(piece, present):
        return False
    if piece.segment.apart and things and before and not things & before:
        return True
    if _CONSEQUENCE.search(piece.segment.text) or not (faulty(piece) and any(map(faulty, present.pieces))):
        return False
    if _elsewhere(piece, present, same_fault=bool(things)):
        return True
    if any(_SPREADING.search(other.segment.text) for other in present.pieces):
        return False
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


def _another_booking(piece: Piece, present: Work, kind: str) -> bool:
    text = piece.segment.text
    own = bool(piece.said(*_OWN.get(kind, ()))) or (kind == "room" and bool(_THAT_ONE.search(text)))
    if piece.segment.listed:
        return False  # 「一辆商务车和一辆考斯特」 go on one journey
    said_before = _said(present)
    days, days_before = _days(text), _days(said_before)
    if kind == "vehicle" and _ON_THE_WAY.search(text) and not HOUR.search(text):
        return False
    if _ONE_MORE.search(text) or (piece.timed and piece.segment.announced and _ONCE_MORE.search(text)):
        return own or present.timed
    if piece.segment.announced:
        return own and not (kind == "vehicle" and _of_the_journey(piece, present))
    if kind == "vehicle" and piece.said("destination") and days and not days & days_before:
        # 「后天晚上八点再去机场接他回来」: on another day, and to a place
        return bool(days_before and HOUR.search(text) and RIDE.search(text))
    if not (piece.timed and present.timed) or any(s.search(text) for s in (_BACK, _ONWARD, ARRIVING)):
        return False
    if not any(sort.search(text) and sort.search(said_before) for sort in (HOUR, DATE)):
        return False  # 「用车：12月1日」 「17:00 大巴」 are one hour
    if kind == "vehicle" and not _CLOCK.search(text) and not _days(text) and wishes.plain(text) is None:
        return False  # 「上午去朝阳区，下午去绿园区」 are legs of one journey
    if kind == "vehicle" and not present.said("destination", "origin"):
        return False  # 「明天九点用车，大概半天，去净月」: only now is said where to
    twice = all(sort.search(text) and sort.search(said_before) for sort in (DATE, RIDE))
    return own or _counted_alike(piece, present) or (kind == "vehicle" and twice)


def _of_the_journey(piece: Piece, present: Work) -> bool:
    """「……从局里走，然后到通化」 says where to, 「另要考斯特」 in what: of a journey of which that has not been told."""
    if not present.said("destination"):
        return wishes.plain(piece.segment.text) is None
    return not piece.timed and not piece.said("destination", "origin") and not present.said("vehicle_type")


def _said(work: Work) -> str:
    return " ".join(piece.segment.text for piece in work.pieces)


def wanted_again(piece: Piece, present: Work) -> bool:
    """「后天上午九点也用一下」: the same wish once more, for a day that was not said before; or the next of a numbered list."""
    if (
        piece.timed
        and _ITEM.match(piece.segment.text)
        and any(_ITEM.match(p.segment.text) for p in present.pieces)
    ):
        return True
    if not (_ALSO_WANTED.search(piece.segment.text) and piece.timed and present.timed):
        return False
    days, before = _days(piece.segment.text), _days(_said(present))
    return bool(days and before) and not days & before


def _days(text: str) -> frozenset[str]:
    # 明早 and 明天 are one day, whatever the rest of the word.
    return frozenset(match[0][:1] if match[0][0] in "今明后" else match[0] for match in DATE.finditer(text))


def _counted_alike(piece: Piece, present: Work) -> bool:
    """「上午要小的八个人，下午要大的五十个人」: the same thing twice, each with its hour and its people."""
    return (
        bool(LIKEWISE.search(piece.segment.text))
        and find_people(piece.segment.text) is not None
        and any(find_people(other.segment.text) for other in present.pieces)
    )


def next_of_series(
    piece: Piece, before: Sequence[Piece], after: Sequence[Piece], *, first: bool = False
) -> bool:
    """「订两次会议室，周三上午九点……，周四下午两点……」, 「……，……，都用商务车」.

    Args:
        before: the pieces before it.
        after: those after it.
        first: whether none of the series has been found yet; then what stands before is its head.
    """
    text, said_before = piece.segment.text, " ".join(other.segment.text for other in before)
    told = bool(_TWICE.search(said_before))
    if _BACK.search(text) or not piece.timed:
        return False
    if first:
        return told and bool(HOUR.search(text)) and not HOUR.search(said_before)
    many = told or bool(_EACH.search(said_before))
    if not many and not any(_ALL_OF_THEM.match(other.segment.text) for other in after):
        return False
    if all(sort.search(text) and sort.search(said_before) for sort in (DATE, HOUR)):
        return told or not many
    counted = find_people(text) is not None and any(find_people(other.segment.text) for other in before)
    return bool(HOUR.search(text) and HOUR.search(said_before)) and counted


_EACH = re.compile(r"分别|各|[两俩2二三][间个](?:会议室|屋|会|房)")
_ALL_OF_THEM = re.compile(r"[\s，,]*(?:都|均|全都|全)(?:是|用|要|坐|得|需|为|在|安排)")


def same_elsewhere(piece: Piece, present: Work) -> bool:
    """「205空调不制冷，206也一样」: what is wrong there is wrong in another place too."""
    if _KIND_OF.get(present.intent) != "repair":
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


def paired(piece: Piece, present: Work) -> bool:
    """「两个会议室，一个明天上午九点二十人，一个明天下午三点八人」."""
    one = ONE_OF.search(piece.segment.text)
    if (
        present.intent not in _KIND_OF
        or one is None
        or not any(one[0] in other.segment.text for other in present.pieces)
    ):
        return False
    meant = patterns.meant_kinds(piece.segment.text)
    if len(meant) == 1 and meant[0] != _KIND_OF.get(present.intent):
        return False
    own = _OWN.get(_KIND_OF.get(present.intent, ""), frozenset[str]())
    if piece.segment.listed:
        own = own - {"vehicle_type"}  # 「一辆商务车和一辆考斯特」 go on one journey
    placed = bool(piece.said(*own)) and bool(present.said(*own))
    counted = find_people(piece.segment.text) and any(
        find_people(other.segment.text) and one[0] in other.segment.text for other in present.pieces
    )
    return bool((placed and present.intent == "book_vehicle") or (piece.timed and present.timed) or counted)


def other_ticket(piece: Piece, present: Work, intent: str) -> bool:
    """「车取消，会议室改到三点」: tickets of different kinds."""
    if intent not in TICKET_INTENTS or present.intent not in TICKET_INTENTS:
        return False
    meant = piece.kinds
    before = {kind for other in present.pieces for kind in other.kinds}
    return bool(meant and before) and not meant & before


def besides(piece: Piece, present: Work, kind: str | None) -> bool:
    """「会议室退了吧，不过305的投影还得修」: a wish of its own beside a ticket's, about another kind of thing."""
    if kind is None or present.intent not in TICKET_INTENTS:
        return False
    if kind == "repair" and _new_fault(piece, present):
        return True
    wanted = _WISHED.get(kind, WANTING)
    if piece.segment.apart and piece.timed and kind in ("vehicle", "room"):
        return not _same_kind(kind, present)  # 「接待就撤了。周四上午十点我们自己开个会」
    meant = piece.kinds
    before = {kind for other in present.pieces for kind in other.kinds}
    if not before and present.intent == "cancel_ticket" and piece.timed and kind in ("vehicle", "room"):
        return kind in meant
    return bool(before) and kind in meant and kind not in before and bool(wanted.search(piece.segment.text))


_WISHED = {"repair": MENDING, "vehicle": re.compile(rf"{WANTING.pattern}|{RIDE.pattern}|坐车")}


def _same_kind(kind: str, present: Work) -> bool:
    return any(kind in piece.kinds for piece in present.pieces)


def old_ticket(piece: Piece, present: Work, intent: str) -> bool:
    """「……，再把上周订的那个会议室撤了」: after a wish, something that was asked for earlier is dropped or changed."""
    if intent not in {"cancel_ticket", "change_ticket"} or present.intent in TICKET_INTENTS:
        return False
    meant = piece.kinds
    others = [kind for kind in meant if kind != _KIND_OF.get(present.intent)]
    return bool(others) or (bool(meant) and bool(_EARLIER.search(piece.segment.text)))


_EARLIER = re.compile(
    r"(?:订|定|约|要|派|报|借|申请|安排)好?过?的|原来|原先|之前|先前|早先|上[周回次]|昨天|前[天几]|那个|那[台辆间趟]"
)


def _new_fault(piece: Piece, present: Work) -> bool:
    """「修打印机的不用来了，不过走廊灯坏了」: broken beside what the ticket is about."""
    things, before = piece.said("object", "equipment"), present.said("object", "equipment")
    wrong = faulty(piece) or bool(MENDING.search(piece.segment.text))
    led_to = piece.segment.apart or bool(_BUT.search(piece.segment.text))
    named = bool(things) or (_BUT_AT_FIRST.match(piece.segment.text) is not None and faulty(piece))
    return named and not things & before and wrong and led_to


_BUT_AT_FIRST = re.compile(r"不过|但是?|可是|就是")
_BUT = re.compile(r"不过|但是?|可是|现在|再|又|也|另")
