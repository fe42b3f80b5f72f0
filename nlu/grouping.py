"""Deciding how many requests a message holds, and what they have in common.

Every piece has been read by itself. A piece that is clearly a request opens one; what is none belongs to the request it stands
by. People tell one wish in several breaths far more often than two wishes in one message, so a piece opens another request only
when it is announced (「另外」「还有」), or brings its own hour, or, with repairs, its own thing and fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from nlu import patterns
from nlu.numbers import find_people
from nlu.segment import SHORTEST
from nlu.understanding import TICKET_INTENTS, Request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlu.client import Parse
    from nlu.segment import Segment

UNANNOUNCED = 0.8
"""A piece that nothing announces must be surer than one that says 「另外」."""
ASIDES = frozenset({"complain", "policy_question"})
"""What people say before they come to the request; a thing of its own only when the request is announced after it."""
APART = 0.45
"""What a piece after a full stop or semicolon needs when its words speak of one kind only, and of another."""
_FEWEST = 5
_FEWEST_FAULT = 4
"""「马桶也堵」 says all there is to say."""
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
_CONSEQUENCE = re.compile(r"^(?:导致|所以|结果|弄得|害得|搞得|弄的|因为)|(?:里头?|里面|里边|外头|外面)了?$")
_LIKEWISE = re.compile(r"(?:要|用|订|定|借|派|来|得)[一个间辆台]{0,2}(?:另一?|再一)?(?:大|小|中|宽敞)[点些]?的|另一?[个间辆台]|第二[个间辆台]|一[间辆台个]")
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
    present = works[-1]
    if chance < _needed(piece, present, kind, kinds, least) or _too_short(piece):
        return None
    if intent == present.intent:
        return intent if _another(piece, present, kind) else None
    if kind is None or present.intent in TICKET_INTENTS | ASIDES:
        return intent if announced else None
    if kind == "repair":
        return intent
    if kinds.get(present.intent) == "repair" and not announced and _is_place(piece):
        return None  # 「……投影坏了，二楼会议室」 says where
    if "reception" in {kinds.get(present.intent), kind}:
        # A reception has its car, its room and its meal: they are its own unless announced or at an hour of their own.
        return intent if announced or (piece.timed and present.timed) else None
    return intent


def _needed(
    piece: Piece, present: Work, kind: str | None, kinds: Mapping[str, str], least: float
) -> float:
    """From which probability on the piece may open a request."""
    if piece.segment.announced:
        return least
    meant = patterns.meant_kinds(piece.segment.text)
    if piece.segment.apart and meant == [kind] and kinds.get(present.intent) != kind:
        return min(least, APART)
    return least if piece.segment.apart else UNANNOUNCED


def _too_short(piece: Piece) -> bool:
    whole_fault = bool(piece.said("object") and piece.said("fault"))
    fewest = SHORTEST - 1 if piece.segment.listed else _FEWEST_FAULT if whole_fault else _FEWEST
    return len(piece.segment.text) < fewest


def _evident(piece: Piece, intent: str, kind: str | None) -> bool:
    """Whether the piece itself names what the intent is about; a lone hour or head count opens nothing."""
    if kind is None:
        return intent in TICKET_INTENTS | ASIDES
    telling = _TELLING.get(kind)
    if telling is None:
        return True
    text = piece.segment.text
    return bool(piece.said(*telling) or kind in patterns.meant_kinds(text) or _LIKEWISE.search(text))


def _another(piece: Piece, present: Work, kind: str | None) -> bool:
    """Whether a piece of the same intent is about another thing."""
    if kind is None:
        return False
    if kind == "repair":
        things, before = piece.said("object", "equipment"), present.said("object", "equipment")
        if piece.segment.announced:
            return bool(piece.said("object", "fault"))
        if not (piece.said("fault") and present.said("fault")) or _CONSEQUENCE.search(piece.segment.text):
            return False
        if things:
            return bool(before) and not any(a in b or b in a for a in things for b in before)
        return _elsewhere(piece, present)
    own = piece.said(*_OWN.get(kind, ()))
    if piece.segment.listed:
        return False  # 「一辆商务车和一辆考斯特」 go on one journey
    if piece.segment.announced:
        return bool(own)
    if not (piece.timed and present.timed) or _BACK.search(piece.segment.text):
        return False
    return bool(own) or _counted_alike(piece, present)


_WANTING = re.compile(r"订|定|借|要|用|开|留|占|安排|约|申请|需|整")


def _is_place(piece: Piece) -> bool:
    return not piece.timed and not _WANTING.search(piece.segment.text)


def _elsewhere(piece: Piece, present: Work) -> bool:
    """A fault in a place of its own: 「走廊那灯也忽闪」 after the heating of an office."""
    places, before = piece.said("location", "room_name"), present.said("location", "room_name")
    faults = piece.said("fault")
    return bool(places) and not (places & before) and not (faults & present.said("fault"))


def _counted_alike(piece: Piece, present: Work) -> bool:
    """「上午要小的八个人，下午要大的五十个人」: the same thing twice, each with its hour and its people."""
    return (
        bool(_LIKEWISE.search(piece.segment.text))
        and find_people(piece.segment.text) is not None
        and any(find_people(other.segment.text) for other in present.pieces)
    )


def share(requests: Sequence[Request]) -> list[Request]:
    """Time and head count of one booking lent to those that say nothing about them; repairs neither lend nor borrow.

    「明天下午两点开会，12个人，订个会议室，再派个车」: the meeting's hour and people are the car's. 「周五十点开会，中午安排桌餐」:
    an hour without a day is of the day said before.
    """
    shared: list[Request] = []
    for place, request in enumerate(requests):
        if request.kind not in _SHARING:
            shared.append(request)
            continue
        # What stands before counts first, the nearest of it; then what comes after (「……，都是明天上午」).
        before = [other for other in reversed(shared) if other.kind in _SHARING or "people" in other.slots]
        after = [other for other in requests[place + 1 :] if other.kind in _SHARING]
        shared.append(_lent(request, before, after))
    return shared


def _lent(request: Request, before: Sequence[Request], after: Sequence[Request]) -> Request:
    slots, hints = dict(request.slots), dict(request.hints)
    borrowed: list[str] = []
    own_time = "start" in slots
    dated = next((r for r in (*before, *after) if "start" in r.slots and not r.hints.get("day_assumed")), None)
    if own_time and dated is not None and hints.get("day_assumed"):
        _move(slots, str(dated.slots["start"])[:10])
        hints.pop("day_assumed", None)
        hints["start_precision"] = "datetime" if "T" in str(slots["start"]) else hints.get("start_precision")
        borrowed.append("day")
    lender = next((r for r in (*before, *after) if "start" in r.slots), None)
    if not own_time and lender is not None:
        borrowed += [name for name in ("start", "end") if name in lender.slots and name not in slots]
        slots |= {name: lender.slots[name] for name in borrowed}
        hints |= {key: lender.hints[key] for key in _OF_START if key in lender.hints}
    many = next((r for r in before if "people" in r.slots), None)
    if many is not None and "people" not in slots and _same_people(request, many, own_time=own_time):
        slots["people"] = many.slots["people"]
        borrowed.append("people")
    if borrowed:
        hints["shared"] = borrowed
    return replace(request, slots=slots, hints=hints)


_OF_START = ("start_precision", "part", "unsure", "day_assumed")


def _move(slots: dict[str, Any], day: str) -> None:
    """Put start and end on that day, the end as many days later as it was."""
    moved = date.fromisoformat(day) - date.fromisoformat(str(slots["start"])[:10])
    for name in ("start", "end"):
        if name in slots:
            old = str(slots[name])
            slots[name] = (date.fromisoformat(old[:10]) + moved).isoformat() + old[10:]


def _same_people(request: Request, lender: Request, *, own_time: bool) -> bool:
    """Whether the people named before are this booking's: guests, or of the same hour, or 「他们」; goods have none."""
    if request.hints.get("goods"):
        return False
    return not own_time or lender.kind == "reception" or bool(request.hints.get("same_people"))
