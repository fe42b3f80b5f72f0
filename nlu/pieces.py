"""What a message is made of before it is decided how many requests it holds: clauses that were read one by one.

A piece is a clause with what Rasa says of it alone; a work is the stretch of pieces that are one request. The words by which a
fault, a day, an hour, a ride or a wish is told are kept here, since everything that weighs pieces looks for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nlu import patterns
from nlu.understanding import TICKET_INTENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.client import Entity, Parse
    from nlu.segment import Segment

TROUBLE = re.compile(r"不|坏|漏|堵|断|裂|掉|没|松|闪|响|冒|憋|丢|碎|卡")
FAULT = re.compile(rf"{TROUBLE.pattern}|也|一样|同样")
"""What may tell of a fault, be it only that something is so too."""
ONE_OF = re.compile(r"一[个间辆台趟](?!小?时|半|钟|人|月|星期|礼拜|多)")
ASIDES = frozenset({"complain", "policy_question"})
"""What people say before they come to the request; a thing of its own only when the request is announced after it."""
DATE = re.compile(r"[今明后]天|[明后]儿|[今明][早晚]|周[一二三四五六日]|星期|礼拜|\d[号日]|月\d|\d\.\d|\d/\d")
HOUR = re.compile(r"\d\s?[:点时]|[一二两三四五六七八九十]点|[上下中]午|[早晚]|头晌|后晌|过晌|下晌|全天|半天")
WRONG = re.compile(
    r"坏|漏|堵|裂|掉[了下]|塌|卡住|不[亮热凉转响灵严开通]|关不|打不|没[电水声网气]|跳闸|断[网电]|冒"
)
"""What is surely broken, unlike 「不」 alone."""
OF_A_TICKET = re.compile(
    r"取消|撤[了掉销]|退[了掉]|别来|不用[来了修]|不来了|不去了|黄了|催|改[到成]|挪|换[到成]|推到|推迟|往后|提前|单子|申请|进度|[没未]修|[修批派订定办]好?了?没|修好了吗"
)
_IN_GENERAL = re.compile(
    r"能不能|可不可以|行不行|允许|请问|标准|多少|多长时间|多久|规定|提前几天|谁批|[用行能]不$"
)
RIDE = re.compile(r"接(?!到|着|待)|送|(?<![过进出下上回失])去|拉(?!不)|用车|派车|要车")
WANTING = re.compile(r"订|定|借|要|用|开|留|占|安排|约|申请|需|整")
MENDING = re.compile(
    r"修|看看|看一[眼下]|瞅|瞧|处理|师傅|来[个]?人|派人|弄|解决|维护|报一?下|更换|换[个一上换]"
)
LIKEWISE = re.compile(
    r"(?:要|用|订|定|借|派|来|得)[一个间辆台]{0,2}(?:另一?|再一)?(?:大|小|中|宽敞)[点些]?的|另一?[个间辆台]|第二[个间辆台]|一[间辆台个]"
)


STRONGLY = re.compile(
    r"[\s，,]*(?:另|此外|对了|顺|第|其|[①-⑨]|\d[.、)]|[一二三四][、是]|还有(?:一?个|一?件)|同时|再就是|再有)"
)
"""Words that announce another thing beyond doubt."""
_KIND_OF_MARK = {
    "room_name": "room",
    "vehicle_type": "vehicle",
    "object": "repair",
    "visitor_org": "reception",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A clause, what Rasa says of it alone, and whether it names a time."""

    segment: Segment
    parse: Parse
    timed: bool

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of request its words or its marks speak of."""
        marked = {_KIND_OF_MARK[e.entity] for e in self.parse.entities if e.entity in _KIND_OF_MARK}
        return frozenset(patterns.meant_kinds(self.segment.text)) | marked

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

    Only when something hints at a second request: an announcement, words of two kinds in different pieces, two hours, two
    broken things, or a question about a ticket or a complaint, behind which a wish may stand.
    """
    if any(segment.announced for segment in segments[1:]) or sum(timed) > 1:
        return True
    labels = [entity.entity for entity in whole.entities]
    if labels.count("object") > 1 or labels.count("fault") > 1:
        return True
    if sum(bool(ONE_OF.search(segment.text)) for segment in segments) > 1:
        return True
    if whole.ranking and whole.ranking[0][0] in TICKET_INTENTS | ASIDES:
        return True
    if any(OF_A_TICKET.search(segment.text) for segment in segments):
        return True
    if any(_IN_GENERAL.search(segment.text) for segment in segments[:1]):
        return True
    wrong = [bool(WRONG.search(segment.text)) for segment in segments]
    if any(wrong) and any(time and not bad for time, bad in zip(timed, wrong, strict=True)):
        return True
    faults = sum(bool(FAULT.search(segment.text)) for segment in segments)
    if faults > 1 and whole.ranking and whole.ranking[0][0] == "report_repair":
        return True
    spoken = [frozenset(patterns.meant_kinds(segment.text)) for segment in segments]
    return any(a and b and a != b for i, a in enumerate(spoken) for b in spoken[i + 1 :])


def faulty(piece: Piece) -> bool:
    """Whether the piece tells of something wrong; in three words the tagger may miss it."""
    return bool(piece.said("fault") or FAULT.search(piece.segment.text))


def divided(piece: Piece) -> list[Piece]:
    """「灯不亮水管漏」 said in one breath: two things, each with its fault, are two pieces."""
    if not piece.parse.ranking or piece.parse.ranking[0][0] != "report_repair":
        return [piece]
    groups: list[list[Entity]] = [[]]
    for entity in sorted(piece.parse.entities, key=lambda entity: entity.start):
        seen = {other.entity for other in groups[-1]}
        if entity.entity in ("object", "location") and {"object", "fault"} <= seen:
            groups.append([])
        groups[-1].append(entity)
    if len(groups) > 1 and {e.entity for e in groups[-1]} == {"location"}:
        where = groups.pop()  # 「打印机卡纸，碎纸机不转，行财处」
        groups[-1] += where
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
