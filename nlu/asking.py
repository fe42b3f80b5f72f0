"""What one piece asks for, how sure that is, and how sure it must be to count as a request.

A clause cut out of a message is short, and the classifier was made for whole ones: wording that is certain counts before it, and
a lone hour or head count asks for nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlu import patterns, wishes
from nlu.pieces import ASIDES, FAULT, LIKEWISE, OF_A_TICKET, RIDE, TROUBLE, WANTING, faulty
from nlu.segment import SHORTEST
from nlu.understanding import OUT_OF_SCOPE, TICKET_INTENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nlu.pieces import Piece, Work

UNANNOUNCED = 0.8
"""A piece that nothing announces must be surer than one that says 「另外」."""
APART = 0.45
"""What a piece after a full stop or semicolon needs when its words speak of one kind only, and of another."""
SURER = 0.7
"""A message that begins with another matter than it is about as a whole wants more certainty."""
CLEARLY = 0.9
_NOT_TO_SHAKE = 0.95
AGREED = 0.4
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
NAMED = frozenset[str]().union(*_TELLING.values())


def speaks(piece: Piece) -> bool:
    """Whether a piece that is read as being about a ticket says so: names its kind, or what is wanted of it."""
    return bool(piece.kinds) or bool(OF_A_TICKET.search(piece.segment.text))


def reading(piece: Piece, kinds: Mapping[str, str], *, rescues: bool = True) -> tuple[str, float]:
    """The likeliest intent of the piece; after an 「和」 the verb is missing and its noun decides.

    Args:
        kinds: intent → kind.
        rescues: whether a word of the desk outweighs what sounds like a stranger's matter.
    """
    if piece.segment.listed:
        meant = patterns.meant_kinds(piece.segment.text)
        named = [intent for intent, kind in kinds.items() if [kind] == meant]
        if named:
            return named[0], 1.0
    asked = wishes.plain(piece.segment.text)
    if asked is not None and (
        piece.parse.ranking[0][1] < (UNANNOUNCED if piece.parse.ranking[0][0] in kinds else _NOT_TO_SHAKE)
    ):
        return next(intent for intent, kind in kinds.items() if kind == asked), UNANNOUNCED
    (best, chance), (second, _) = piece.parse.ranking[0], (*piece.parse.ranking[1:2], ("", 0.0))[0]
    if (
        rescues
        and best == OUT_OF_SCOPE
        and second in kinds
        and patterns.meant_kinds(piece.segment.text) == [kinds[second]]
    ):
        return second, _RESCUED  # 「空调遥控器丢了给配一个」: cut off from the rest it sounds like anybody's
    return best, chance


def needed(piece: Piece, present: Work, kind: str | None, kinds: Mapping[str, str], least: float) -> float:
    """From which probability on the piece may open a request."""
    meant = patterns.meant_kinds(piece.segment.text)
    lead_on = piece.segment.announced or piece.segment.apart
    if lead_on and meant == [kind] and kinds.get(present.intent) != kind:
        return min(least, APART)
    if lead_on and kind == "repair" and piece.said("object") and faulty(piece):
        return min(least, APART)
    if piece.segment.announced:
        return least
    return least if piece.segment.apart else UNANNOUNCED


def too_short(piece: Piece, kind: str | None) -> bool:
    """Whether the piece is too few words to be a request."""
    if kind is None:
        return len(piece.segment.text) < _FEWEST_FAULT  # 「车退了」
    whole_fault = bool(piece.said("object")) and faulty(piece)
    fewest = SHORTEST - 1 if piece.segment.listed else _FEWEST_FAULT if whole_fault else _FEWEST
    return len(piece.segment.text) < fewest and not _CALLED.fullmatch(piece.segment.text)


_CALLED = re.compile(
    r"(?:派|要|叫|用|预?订|预?定|借|用)(?:个|一[个辆台间])?(?:车|房|会议室|屋)[:：]?|再(?:派|要|来|订)一?[辆台间]"
)
"""「订会议室」, 「用车」, 「再派一台」: the head of what follows in a terse message."""


def evident(piece: Piece, intent: str, kind: str | None, *, meant: float = 0.0) -> bool:
    """Whether the piece itself names what the intent is about; a lone hour or head count opens nothing.

    Args:
        kind: what the intent opens, if it opens a request.
        meant: the probability of an intent that is announced or is that of the whole message; with an hour it may be enough.
    """
    if kind is None:
        return intent in TICKET_INTENTS | ASIDES
    telling = _TELLING.get(kind)
    if telling is None:
        return True
    text = piece.segment.text
    if kind == "room" and _ELSE_WITH_ROOM.search(text) and not WANTING.search(text):
        return False
    if kind == "reception" and _EATING.search(text) and not piece.said("visitor_org", "visitors", "lodging"):
        return False
    announced = piece.segment.announced
    if kind in ("vehicle", "room") and piece.timed and meant >= (UNANNOUNCED if announced else _NOT_TO_SHAKE):
        return True
    if kind == "repair" and meant >= CLEARLY and TROUBLE.search(text):
        return True  # 「卫生间没热水」 names no thing that the tagger knows
    riding = kind == "vehicle" and piece.timed and RIDE.search(text)
    broken = kind == "repair" and announced and FAULT.search(text)
    return bool(
        piece.said(*telling)
        or kind in patterns.meant_kinds(text)
        or LIKEWISE.search(text)
        or riding
        or broken
        or (kind == "room" and piece.timed and _MEETING.search(text))
        or (announced and ONE_OF_THEM.search(text))
    )


_ELSE_WITH_ROOM = re.compile(
    r"(?:送|接|拉|带|领)(?:到|至|去|往)|(?:看看|看一下|参观|考察|学习)(?:一下)?[他她它人]"
)
"""「接到以后送到一号楼会议室」, 「顺便看看他们的会议室」."""
_MEETING = re.compile(r"开[^，。]{0,6}会(?![议员计客])|[小大例]会(?:$|[\s\d])|圆桌")
ONE_OF_THEM = re.compile(r"(?:订|定|派|借|留|来|要|安排)(?:个|一?[间辆台])")
_EATING = re.compile(
    r"(?:在|到|去|顺便|路上|那边|当地)[^，。]{0,8}吃(?:个|顿|完|口)?(?:早|午|晚|中午)?饭|吃[完过]饭"
)
"""People who eat on their way ask for no meal."""
