"""Whether a piece of the same sort as the request before it is about another thing: a second car, room, fault or ticket.

「去省委然后去机场」 is one journey, 「周二去人大，周三去政协」 are two; 「灯不亮，开关也按不动」 is one fault, 「灯不亮，门也关不上」 are two.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlu import patterns, wishes
from nlu.faults import another_fault, new_fault
from nlu.people import find_people
from nlu.pieces import DATE, HOUR, LIKEWISE, MENDING, ONE_OF, RIDE, WANTING
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


def another(piece: Piece, present: Work, kind: str | None) -> bool:
    """Whether a piece of the same intent is about another thing."""
    if kind is None:
        return False
    if kind == "repair":
        return another_fault(piece, present)
    return _another_booking(piece, present, kind)


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
    return _on_another_day(piece, present)


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
    if not many and not any(_ALL_OF_THEM.search(other.segment.text) for other in after):
        return False
    if all(sort.search(text) and sort.search(said_before) for sort in (DATE, HOUR)):
        return told or not many
    counted = find_people(text) is not None and any(find_people(other.segment.text) for other in before)
    placed = not many and bool(piece.said("destination", "room_name"))  # 「……；下午两点去省政府，都要车」
    return bool(HOUR.search(text) and HOUR.search(said_before)) and (counted or placed)


_EACH = re.compile(r"分别|各|[两俩2二三][间个](?:会议室|屋|会|房)")
_ALL_OF_THEM = re.compile(r"(?:^|[\s，,])(?:都|均|全都|全)(?:是|用|要|坐|得|需|为|在|安排)")


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
    if not meant:
        return False
    return (bool(before) and not meant & before) or _on_another_day(
        piece, present
    )  # 「明天的车往后挪半小时，后天的车不要了」


def _on_another_day(piece: Piece, present: Work) -> bool:
    days, before = _days(piece.segment.text), _days(_said(present))
    return bool(days and before) and not days & before


def besides(piece: Piece, present: Work, kind: str | None) -> bool:
    """「会议室退了吧，不过305的投影还得修」: a wish of its own beside a ticket's, about another kind of thing."""
    if kind is None or present.intent not in TICKET_INTENTS:
        return False
    if kind == "repair" and new_fault(piece, present):
        return True
    wanted = _WISHED.get(kind, WANTING)
    if piece.segment.apart and piece.timed and kind in ("vehicle", "room"):
        return not _same_kind(kind, present) or _on_another_day(
            piece, present
        )  # 「接待就撤了。周四上午十点我们自己开个会」
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
