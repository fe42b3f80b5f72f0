"""Deciding how many requests a message holds; what they have in common is found in `nlu.sharing`.

Every piece has been read by itself. A piece that is clearly a request opens one; what is none belongs to the request it stands
by. People tell one wish in several breaths far more often than two wishes in one message, so a piece opens another request only
when it is announced (「另外」「还有」), or brings its own hour, or, with repairs, its own thing and fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nlu import patterns
from nlu.people import find_people
from nlu.segment import SHORTEST
from nlu.understanding import DEFAULT_KINDS, OUT_OF_SCOPE, TICKET_INTENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlu.client import Entity, Parse
    from nlu.segment import Segment

UNANNOUNCED = 0.8
"""A piece that nothing announces must be surer than one that says 「另外」."""
ASIDES = frozenset({"complain", "policy_question"})
"""What people say before they come to the request; a thing of its own only when the request is announced after it."""
APART = 0.45
"""What a piece after a full stop or semicolon needs when its words speak of one kind only, and of another."""
_AGREED = 0.4
_RESCUED = 0.6
_FEWEST = 5
_FEWEST_FAULT = 3
"""「水管漏」 says all there is to say."""
_TELLING: Mapping[str, frozenset[str]] = {
    "vehicle": frozenset({"destination", "vehicle_type", "origin"}),
    "room": frozenset({"room_name", "equipment"}),
    "repair": frozenset({"object", "fault"}),
    "reception": frozenset({"visitor_org", "visitors", "meals", "lodging"}),
}
_OWN: Mapping[str, frozenset[str]] = {
    "vehicle": frozenset({"destination", "vehicle_type", "origin"}),
    "room": frozenset({"room_name"}),
    "reception": frozenset({"visitor_org"}),
}
"""What a second booking of the same kind must name for itself."""
_BACK = re.compile(r"返|往回|回来|回程|接回|送回|回长|回单位|结束|散会|用到|还车")
_SPREADING = re.compile(r"断网|网络?[又都]?断|没网|停电|跳闸|断电|没电|停水")
"""What makes everything else fail with it."""
_ALSO = re.compile(r"连?(?![按试换用拧推拉怎咋再重打插拔摁刷关开修等谁人])(?P<what>[\u4e00-\u9fff]{2,5})也")
"""「镜子也裂了」."""
_PARTS = re.compile(r"^(?:用|那个?)?(?:钥匙|开关|遥控器?|按[钮键]|插头|把手)")
"""What belongs to the broken thing and was tried with it."""
_CONSEQUENCE = re.compile(
    r"还是(?=[不没冷热一])|照样|仍|依然|^(?:里[面边头]|导致|所以|结果|弄得|害得|搞得|弄的|因为)|(?:里头?|里面|里边|外头|外面)了?$|(?:按|试|插|拧|拉|推|换|重启|摁|拔|掰)(?:了|着|过|上|完)"
)
"""What comes of the fault before, or was tried about it."""
_ONWARD = re.compile(r"(?:再|然后|接着|之后|最后)(?:去|到|送|接|把|拉|回|上|顺路)")
_ARRIVING = re.compile(
    r"(?:点|半|分|\d)\s?(?:能|要|得|左右|前|之前)?(?:到(?!\d|[零一二两三四五六七八九十])|抵达|赶到)"
)
_STRONGLY = re.compile(
    r"[\s，,]*(?:另|此外|对了|顺|第|其|[①-⑨]|\d[.、)]|[一二三四][、是]|还有(?:一?个|一?件)|同时|再就是|再有)"
)
_DATE = re.compile(r"[今明后]天|[明后]儿|周[一二三四五六日]|星期|礼拜|\d[号日]|月\d|\d\.\d|\d/\d")
_RIDE = re.compile(r"接(?!到|着|待)|送|(?<![过进出下上回失])去|拉(?!不)|用车|派车|要车")
_HOUR = re.compile(r"\d\s?[:点时]|[一二两三四五六七八九十]点|[上下中]午|[早晚]|头晌|后晌|过晌|下晌|全天|半天")
_LIKEWISE = re.compile(
    r"(?:要|用|订|定|借|派|来|得)[一个间辆台]{0,2}(?:另一?|再一)?(?:大|小|中|宽敞)[点些]?的|另一?[个间辆台]|第二[个间辆台]|一[间辆台个]"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A clause, what Rasa says of it alone, and whether it names a time."""

    segment: Segment
    parse: Parse
    timed: bool

    def said(self, *labels: str) -> frozenset[str]:
        """The words in it that carry one of these labels."""
        return frozenset(entity.value for entity in self.parse.entities if entity.entity in labels)


@dataclass(slots=True)
class Work:
    """A stretch of the message that is one request, and the pieces it is made of."""

    intent: str
    start: int
    end: int
    announced: bool
    pieces: list[Piece] = field(default_factory=list)

    @property
    def timed(self) -> bool:
        """Whether any of it names a time."""
        return any(piece.timed for piece in self.pieces)

    def said(self, *labels: str) -> frozenset[str]:
        """The words in it that carry one of these labels."""
        return frozenset[str]().union(*(piece.said(*labels) for piece in self.pieces))


def worth_reading(segments: Sequence[Segment], timed: Sequence[bool], whole: Parse) -> bool:
    """Whether the pieces of a message should be read one by one at all; each reading costs some milliseconds.

    Only when something hints at a second request: an announcement, words of two kinds in different pieces, two hours, or
    two broken things.
    """
    if any(segment.announced for segment in segments[1:]) or sum(timed) > 1:
        return True
    labels = [entity.entity for entity in whole.entities]
    if labels.count("object") > 1 or labels.count("fault") > 1:
        return True
    if sum(bool(_ONE_OF.search(segment.text)) for segment in segments) > 1:
        return True
    faults = sum(bool(_FAULT.search(segment.text)) for segment in segments)
    if faults > 1 and whole.ranking and whole.ranking[0][0] == "report_repair":
        return True
    spoken = [frozenset(patterns.meant_kinds(segment.text)) for segment in segments]
    return any(a and b and a != b for i, a in enumerate(spoken) for b in spoken[i + 1 :])


def group(pieces: Sequence[Piece], *, whole: str, kinds: Mapping[str, str], least: float) -> list[Work]:
    """The requests of a message, in order; fewer than two mean that it is one.

    Args:
        whole: the intent of the message as a whole.
        kinds: intent → kind.
        least: from which probability on an announced piece counts.
    """
    works: list[Work] = []
    for piece in (part for whole_piece in pieces for part in _divided(whole_piece)):
        # What the first piece says need only be likely where the whole says the same.
        likely = _AGREED if not works and piece.parse.ranking[0][0] == whole else least
        intent = _opens(piece, works, kinds=kinds, least=likely)
        if (
            intent is not None
            and intent in kinds
            and len(works) == 1
            and works[0].intent in ASIDES
            and not piece.segment.announced
        ):
            works[0].intent = intent  # 「跟您反映个事」 leads up to it
        elif intent in kinds and len(works) == 1 and _TAKEN_BACK.search(works[0].pieces[-1].segment.text):
            works[0].intent = intent or ""  # 「要接待…不对，是派车」
        elif intent is not None:
            start = piece.segment.start if works else 0
            works.append(Work(intent, start, piece.segment.end, piece.segment.announced))
        if works:
            works[-1].end = piece.segment.end
            works[-1].pieces.append(piece)
    works = _without_summary(works, kinds)
    announced = any(work.announced for work in works[1:])
    if not announced and (
        any(work.intent in ASIDES for work in works) or all(work.intent != whole for work in works)
    ):
        # Read as a whole it was something else: then the pieces mislead.
        return []
    if not announced and len(works) == 2 and _reason_only(works, kinds):
        return []
    return works


def _without_summary(works: list[Work], kinds: Mapping[str, str]) -> list[Work]:
    """「车跟会议室都要，车明早九点，会议室下午两点」: the first only says what comes one by one."""
    if len(works) < 3:
        return works
    first, second, *others = works
    meant = {kind for piece in first.pieces for kind in patterns.meant_kinds(piece.segment.text)}
    told = {kinds.get(work.intent) for work in (second, *others)}
    if len(meant) < 2 or not meant <= told:
        return works
    second.start, second.pieces = first.start, [*first.pieces, *second.pieces]
    return [second, *others]


_TAKEN_BACK = re.compile(r"(?:不对|说错了?|错了|不是)[啊哦呀\s.…]*$")
_MENDING = re.compile(
    r"修|看看|看一[眼下]|瞅|瞧|处理|师傅|来[个]?人|派人|弄|解决|维护|报一?下|更换|换[个一上]"
)


_ANOTHER_ROOM = re.compile(r"换|别的|其他|其它|另外?[找一]|改|没法用|用不了")


def _reason_only(works: Sequence[Work], kinds: Mapping[str, str]) -> bool:
    """A fault that is only why another room is wanted: 「那屋空调坏了，给找个别的」."""
    if {kinds.get(work.intent) for work in works} != {"room", "repair"}:
        return False
    repair = next(work for work in works if kinds.get(work.intent) == "repair")
    if works[1].pieces[0].segment.apart:
        return False
    if works[0] is repair:
        return any(_ANOTHER_ROOM.search(piece.segment.text) for work in works for piece in work.pieces)
    return not any(_MENDING.search(piece.segment.text) for piece in repair.pieces)


def _divided(piece: Piece) -> list[Piece]:
    """「灯不亮水管漏」 said in one breath: two things, each with its fault, are two pieces."""
    if not piece.parse.ranking or piece.parse.ranking[0][0] != "report_repair":
        return [piece]
    groups: list[list[Entity]] = [[]]
    for entity in sorted(piece.parse.entities, key=lambda entity: entity.start):
        seen = {other.entity for other in groups[-1]}
        if entity.entity in ("object", "location") and {"object", "fault"} <= seen:
            groups.append([])
        groups[-1].append(entity)
    if len(groups) < 2 or not all({"object", "fault"} <= {e.entity for e in group} for group in groups):
        return [piece]
    cuts = [0, *(group[0].start for group in groups[1:]), len(piece.segment.text)]
    return [_part(piece, a, b, group) for a, b, group in zip(cuts, cuts[1:], groups, strict=False)]


def _part(piece: Piece, start: int, end: int, entities: Sequence[Entity]) -> Piece:
    whole = piece.segment
    segment = replace(
        whole,
        text=whole.text[start:end],
        start=whole.start + start,
        end=whole.start + end,
        announced=whole.announced and not start,
    )
    inside = tuple(replace(e, start=e.start - start, end=e.end - start) for e in entities)
    return Piece(segment=segment, parse=replace(piece.parse, entities=inside), timed=piece.timed)


def _opens(piece: Piece, works: Sequence[Work], *, kinds: Mapping[str, str], least: float) -> str | None:
    """The intent of the request that the piece opens, if it opens one."""
    intent, chance = _reading(piece, kinds)
    kind = kinds.get(intent)
    if works and _next_of_series(piece, works):
        return works[-1].intent
    if not _evident(piece, intent, kind):
        return None
    if not works:
        return intent if chance >= least else None
    present = works[-1]
    if _paired(piece, present):
        return present.intent
    if chance < _needed(piece, present, kind, kinds, least) or _too_short(piece):
        return None
    return intent if _stands_apart(piece, present, intent, kinds) else None


def _stands_apart(piece: Piece, present: Work, intent: str, kinds: Mapping[str, str]) -> bool:
    """Whether a piece that asks for something is no more of what is being asked for."""
    kind, announced = kinds.get(intent), piece.segment.announced
    if intent == present.intent:
        return _another(piece, present, kind) or _other_ticket(piece, present, intent)
    if kind is None or present.intent in TICKET_INTENTS:
        return announced or _other_ticket(piece, present, intent) or _besides(piece, present, kind)
    if kind == "repair":
        return announced or not _only_context(present, kinds)
    if kinds.get(present.intent) == "repair" and not announced and _of_the_repair(piece):
        return False
    if "reception" in {kinds.get(present.intent), kind}:
        # A reception has its car, its room and its meal: its own unless clearly announced or at an hour of their own.
        apart = announced and (piece.timed or bool(_STRONGLY.match(piece.segment.text)))
        return apart or (piece.timed and present.timed)
    return True


def _of_the_repair(piece: Piece) -> bool:
    """「……投影坏了，二楼会议室」 says where, 「……给换一间」 what to do."""
    return _is_place(piece) or bool(_INSTEAD_OF.search(piece.segment.text))


def _reading(piece: Piece, kinds: Mapping[str, str]) -> tuple[str, float]:
    """The likeliest intent of the piece; after an 「和」 the verb is missing and its noun decides."""
    if piece.segment.listed:
        meant = patterns.meant_kinds(piece.segment.text)
        named = [intent for intent, kind in kinds.items() if [kind] == meant]
        if named:
            return named[0], 1.0
    (best, chance), (second, _) = piece.parse.ranking[0], (*piece.parse.ranking[1:2], ("", 0.0))[0]
    if (
        best == OUT_OF_SCOPE
        and second in kinds
        and patterns.meant_kinds(piece.segment.text) == [kinds[second]]
    ):
        return second, _RESCUED  # 「空调遥控器丢了给配一个」: cut off from the rest it sounds like anybody's
    return best, chance


def _needed(piece: Piece, present: Work, kind: str | None, kinds: Mapping[str, str], least: float) -> float:
    """From which probability on the piece may open a request."""
    if piece.segment.announced:
        return least
    meant = patterns.meant_kinds(piece.segment.text)
    if piece.segment.apart and meant == [kind] and kinds.get(present.intent) != kind:
        return min(least, APART)
    return least if piece.segment.apart else UNANNOUNCED


def _too_short(piece: Piece) -> bool:
    whole_fault = bool(piece.said("object")) and _faulty(piece)
    fewest = SHORTEST - 1 if piece.segment.listed else _FEWEST_FAULT if whole_fault else _FEWEST
    return len(piece.segment.text) < fewest and not _CALLED.fullmatch(piece.segment.text)


_CALLED = re.compile(r"(?:派|要|叫|用|预?订|预?定|借|用)(?:个|一[个辆台间])?(?:车|房|会议室|屋)[:：]?")
"""「订会议室」, 「用车」: the head of what follows in a terse message."""
_FAULT = re.compile(r"不|坏|漏|堵|断|裂|掉|没|松|闪|响|冒|憋|丢|碎|卡|也")


def _faulty(piece: Piece) -> bool:
    """Whether the piece tells of something wrong; in three words the tagger may miss it."""
    return bool(piece.said("fault") or _FAULT.search(piece.segment.text))


def _evident(piece: Piece, intent: str, kind: str | None) -> bool:
    """Whether the piece itself names what the intent is about; a lone hour or head count opens nothing."""
    if kind is None:
        return intent in TICKET_INTENTS | ASIDES
    telling = _TELLING.get(kind)
    if telling is None:
        return True
    text = piece.segment.text
    if kind == "room" and _INTO_ROOM.search(text) and not _WANTING.search(text):
        return False
    if kind == "reception" and _EATING.search(text) and not piece.said("visitor_org", "visitors", "lodging"):
        return False
    riding = kind == "vehicle" and piece.timed and _RIDE.search(text)
    broken = kind == "repair" and piece.segment.announced and _FAULT.search(text)
    return bool(
        piece.said(*telling)
        or kind in patterns.meant_kinds(text)
        or _LIKEWISE.search(text)
        or riding
        or broken
    )


_INTO_ROOM = re.compile(r"(?:送|接|拉|带|领)(?:到|至|去|往)")
"""「接到以后送到一号楼会议室」."""
_EATING = re.compile(
    r"(?:在|到|去|顺便|路上|那边|当地)[^，。]{0,8}吃(?:个|顿|完|口)?(?:早|午|晚|中午)?饭|吃[完过]饭"
)
"""People who eat on their way ask for no meal."""


def _another(piece: Piece, present: Work, kind: str | None) -> bool:
    """Whether a piece of the same intent is about another thing."""
    if kind is None:
        return False
    if kind == "repair":
        return _another_fault(piece, present)
    return _another_booking(piece, present, kind)


def _another_fault(piece: Piece, present: Work) -> bool:
    things, before = piece.said("object", "equipment"), present.said("object", "equipment")
    if piece.segment.announced:
        return bool(piece.said("object", "fault") or _FAULT.search(piece.segment.text))
    if _PARTS.search(piece.segment.text) and not piece.said("location", "room_name"):
        return False  # 「门锁坏了，钥匙插不进去」
    if piece.segment.apart and things and before and not things & before:
        return True
    if _CONSEQUENCE.search(piece.segment.text) or not (_faulty(piece) and any(map(_faulty, present.pieces))):
        return False
    if _elsewhere(piece, present, same_fault=bool(things)):
        return True
    if any(_SPREADING.search(other.segment.text) for other in present.pieces):
        return False
    also = _ALSO.match(piece.segment.text)
    if also and not any(also["what"] in other.segment.text for other in present.pieces):
        return True
    return bool(things and before) and not any(a in b or b in a for a in things for b in before)


def _another_booking(piece: Piece, present: Work, kind: str) -> bool:
    own = piece.said(*_OWN.get(kind, ()))
    if piece.segment.listed:
        return False  # 「一辆商务车和一辆考斯特」 go on one journey
    text = piece.segment.text
    if piece.segment.announced:
        return bool(own) or (piece.timed and present.timed and bool(_ONCE_MORE.search(text)))
    said_before = " ".join(other.segment.text for other in present.pieces)
    if (
        kind == "vehicle"
        and piece.said("destination")
        and _days(text)
        and not _days(text) & _days(said_before)
    ):
        # 「后天晚上八点再去机场接他回来」: on another day, and to a place
        return bool(_days(said_before) and _HOUR.search(text) and _RIDE.search(text))
    if not (piece.timed and present.timed) or any(s.search(text) for s in (_BACK, _ONWARD, _ARRIVING)):
        return False
    if not any(sort.search(text) and sort.search(said_before) for sort in (_HOUR, _DATE)):
        return False  # 「用车：12月1日」 「17:00 大巴」 are one hour
    if kind == "vehicle" and not present.said("destination", "origin"):
        return False  # 「明天九点用车，大概半天，去净月」: only now is said where to
    twice = all(sort.search(text) and sort.search(said_before) for sort in (_DATE, _RIDE))
    return bool(own) or _counted_alike(piece, present) or (kind == "vehicle" and twice)


_TWICE = re.compile(r"(?:两|俩|[二三四2-4])(?:次|趟|场|回(?!字)|个会(?!议室里))(?!人)")
"""「订两次会议室，周三…，周四…」."""


def _days(text: str) -> frozenset[str]:
    return frozenset(match[0] for match in _DATE.finditer(text))


_ONCE_MORE = re.compile(
    r"再(?:帮忙?|给|替)?(?:我们?)?(?:派|预?订|定|要|来|安排|借|叫|整|弄|留)(?:个|一?[个辆台间]|[两二三\d][个辆台间])"
)
"""「后天下午四点再派个车」."""
_WANTING = re.compile(r"订|定|借|要|用|开|留|占|安排|约|申请|需|整")


_INSTEAD_OF = re.compile(r"换(?:个|一|到|成|间|屋|房)")


def _only_context(present: Work, kinds: Mapping[str, str]) -> bool:
    """「二楼会议室下午开会，投影不亮了」: the meeting is why the repair is wanted, nobody asks for a room."""
    if kinds.get(present.intent) != "room":
        return False
    return not any(_ASKING.search(piece.segment.text) for piece in present.pieces)


_ASKING = re.compile(
    r"订|预定|定[个一间下]|借|要(?!开|用|来)|占|留|安排|约|申请|腾|来[个间]|整[个间]|间|用一下|有没有|空[着闲]|能坐|\d+人|[一二三四五六七八九十]人"
)


def _other_ticket(piece: Piece, present: Work, intent: str) -> bool:
    """「车取消，会议室改到三点」: tickets of different kinds."""
    if intent not in TICKET_INTENTS or present.intent not in TICKET_INTENTS:
        return False
    meant = set(patterns.meant_kinds(piece.segment.text))
    before = {kind for other in present.pieces for kind in patterns.meant_kinds(other.segment.text)}
    return bool(meant and before) and not meant & before


def _besides(piece: Piece, present: Work, kind: str | None) -> bool:
    """「会议室退了吧，不过305的投影还得修」: a wish of its own beside a ticket's, about another kind of thing."""
    if kind is None or present.intent not in TICKET_INTENTS:
        return False
    wanted = _MENDING if kind == "repair" else _WANTING
    meant = patterns.meant_kinds(piece.segment.text)
    before = {kind for other in present.pieces for kind in patterns.meant_kinds(other.segment.text)}
    return bool(before) and kind in meant and kind not in before and bool(wanted.search(piece.segment.text))


def _is_place(piece: Piece) -> bool:
    return not piece.timed and not _WANTING.search(piece.segment.text)


_ONE_OF = re.compile(r"一[个间辆台趟](?!小?时|半|钟|人|月|星期|礼拜|多)")
_KIND_OF = DEFAULT_KINDS


def _next_of_series(piece: Piece, works: Sequence[Work]) -> bool:
    """「订两次会议室，周三上午九点……，周四下午两点……」."""
    said_before = " ".join(other.segment.text for work in works for other in work.pieces)
    if not _TWICE.search(said_before) or _BACK.search(piece.segment.text):
        return False
    return all(sort.search(piece.segment.text) and sort.search(said_before) for sort in (_DATE, _HOUR))


def _paired(piece: Piece, present: Work) -> bool:
    """「两个会议室，一个明天上午九点二十人，一个明天下午三点八人」."""
    one = _ONE_OF.search(piece.segment.text)
    if one is None or not any(one[0] in other.segment.text for other in present.pieces):
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


_PLACE_LIKE = re.compile(r"\d|[楼层室屋厅廊间厕所院库房道区座]|门口|食堂|车场|大门")


def _elsewhere(piece: Piece, present: Work, *, same_fault: bool) -> bool:
    """A fault in a place of its own: 「走廊那灯也忽闪」 after the heating of an office; 「305灯坏 306灯坏」."""
    places, before = piece.said("location", "room_name"), present.said("location", "room_name")
    if not any(map(_PLACE_LIKE.search, places)) or places & before:
        return False
    if same_fault:
        return bool(before)
    return not (piece.said("fault") & present.said("fault"))


def _counted_alike(piece: Piece, present: Work) -> bool:
    """「上午要小的八个人，下午要大的五十个人」: the same thing twice, each with its hour and its people."""
    return (
        bool(_LIKEWISE.search(piece.segment.text))
        and find_people(piece.segment.text) is not None
        and any(find_people(other.segment.text) for other in present.pieces)
    )
