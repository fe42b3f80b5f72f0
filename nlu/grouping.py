"""Deciding how many requests a message holds, and what they have in common.

Every piece has been read by itself. A piece that is clearly a request opens one; what is none belongs to the request it stands
by. People tell one wish in several breaths far more often than two wishes in one message, so a piece opens another request only
when it is announced (「另外」「还有」), or brings its own hour, or, with repairs, its own thing and fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nlu import patterns
from nlu.understanding import TICKET_INTENTS, Request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlu.client import Parse
    from nlu.segment import Segment

UNANNOUNCED = 0.8
"""A piece that nothing announces must be surer than one that says 「另外」."""
ASIDES = frozenset({"complain", "policy_question"})
"""What people say before they come to the request; a thing of its own only when the request is announced after it."""
_FEWEST = 5
_TELLING: Mapping[str, frozenset[str]] = {
    "vehicle": frozenset({"destination", "vehicle_type", "origin"}),
    "room": frozenset({"room_name", "equipment"}),
    "repair": frozenset({"object", "fault"}),
    "reception": frozenset({"visitor_org", "visitors", "meals", "lodging"}),
}
_OWN: Mapping[str, frozenset[str]] = {
    "vehicle": frozenset({"destination", "vehicle_type"}),
    "room": frozenset({"room_name"}),
    "reception": frozenset({"visitor_org"}),
}
"""What a second booking of the same kind must name for itself."""
_BACK = re.compile(r"返|回来|回程|接回|送回|回长|回单位|结束|散会|用到|还车")
_SHARED = ("start", "end", "people")
_SHARING = frozenset({"vehicle", "room", "reception"})


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
    if len({entity.value for entity in whole.entities if entity.entity == "object"}) > 1:
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
    for piece in pieces:
        intent = _opens(piece, works, kinds=kinds, least=least)
        if intent is not None:
            start = piece.segment.start if works else 0
            works.append(Work(intent, start, piece.segment.end, piece.segment.announced))
        if works:
            works[-1].end = piece.segment.end
            works[-1].pieces.append(piece)
    announced = any(work.announced for work in works[1:])
    if not announced and (
        any(work.intent in ASIDES for work in works) or all(work.intent != whole for work in works)
    ):
        # Read as a whole it was something else: then the pieces mislead.
        return []
    return works


def _opens(piece: Piece, works: Sequence[Work], *, kinds: Mapping[str, str], least: float) -> str | None:
    """The intent of the request that the piece opens, if it opens one."""
    intent, chance = piece.parse.ranking[0]
    kind = kinds.get(intent)
    if not _evident(piece, intent, kind):
        return None
    if not works:
        return intent if chance >= least else None
    announced = piece.segment.announced
    if chance < (least if announced else UNANNOUNCED) or len(piece.segment.text) < _FEWEST:
        return None
    present = works[-1]
    if intent == present.intent:
        return intent if _another(piece, present, kind) else None
    if kind is None or present.intent in TICKET_INTENTS | ASIDES:
        return intent if announced else None
    if "reception" in {kinds.get(present.intent), kind}:
        # A reception has its car, its room and its meal: they are its own unless announced or at an hour of their own.
        return intent if announced or (piece.timed and present.timed) else None
    return intent


def _evident(piece: Piece, intent: str, kind: str | None) -> bool:
    """Whether the piece itself names what the intent is about; a lone hour or head count opens nothing."""
    if kind is None:
        return intent in TICKET_INTENTS | ASIDES
    telling = _TELLING.get(kind)
    if telling is None:
        return True
    return bool(piece.said(*telling)) or kind in patterns.meant_kinds(piece.segment.text)


def _another(piece: Piece, present: Work, kind: str | None) -> bool:
    """Whether a piece of the same intent is about another thing."""
    if kind is None:
        return False
    if kind == "repair":
        things, before = piece.said("object", "equipment"), present.said("object", "equipment")
        if piece.segment.announced:
            return bool(piece.said("object", "fault"))
        new = things and piece.said("fault") and before and present.said("fault")
        return bool(new) and not any(a in b or b in a for a in things for b in before)
    own = piece.said(*_OWN.get(kind, ()))
    if piece.segment.announced:
        return bool(own)
    return bool(own) and piece.timed and present.timed and not _BACK.search(piece.segment.text)


def share(requests: Sequence[Request]) -> list[Request]:
    """Time and head count of one booking lent to those that say nothing about them; repairs neither lend nor borrow.

    「明天下午两点开会，12个人，订个会议室，再派个车」: the meeting's hour and people are the car's.
    """
    lenders = [request for request in requests if request.kind in _SHARING]
    shared = []
    for request in requests:
        if request.kind not in _SHARING:
            shared.append(request)
            continue
        slots, hints = dict(request.slots), dict(request.hints)
        borrowed = []
        for name in _SHARED:
            value = next((lender.slots[name] for lender in lenders if name in lender.slots), None)
            lends_end = name != "end" or "start" in borrowed
            if value is not None and name not in slots and lends_end:
                slots[name] = value
                borrowed.append(name)
        if "start" in borrowed:
            lender = next(lender for lender in lenders if "start" in lender.slots)
            hints |= {
                key: lender.hints[key] for key in ("start_precision", "part", "unsure") if key in lender.hints
            }
        if borrowed:
            hints["shared"] = borrowed
        shared.append(replace(request, slots=slots, hints=hints))
    return shared
