"""Deciding how many requests a message holds; what they have in common is found in `nlu.sharing`.

Every piece has been read by itself. A piece that is clearly a request opens one; what is none belongs to the request it stands
by. People tell one wish in several breaths far more often than two wishes in one message, so a piece opens another request only
when it is announced (「另外」「还有」), or brings its own hour, or, with repairs, its own thing and fault.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from nlu import patterns, wishes
from nlu.another import (
    ARRIVING,
    another,
    besides,
    next_of_series,
    old_ticket,
    other_ticket,
    paired,
    wanted_again,
)
from nlu.asking import AGREED, CLEARLY, NAMED, ONE_OF_THEM, SURER, evident, needed, reading, speaks, too_short
from nlu.faults import same_elsewhere
from nlu.pieces import ASIDES, STRONGLY, WANTING, WRONG, Work, divided
from nlu.second_look import settled
from nlu.understanding import TICKET_INTENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlu.pieces import Piece


def group(pieces: Sequence[Piece], *, whole: str, kinds: Mapping[str, str], least: float) -> list[Work]:
    """The requests of a message, in order; fewer than two mean that it is one.

    Args:
        whole: the intent of the message as a whole.
        kinds: intent → kind.
        least: from which probability on an announced piece counts.
    """
    works: list[Work] = []
    parts = _led_in([part for whole_piece in pieces for part in divided(whole_piece)])
    for place, given in enumerate(parts):
        piece = _announced_by(parts[place - 1], given, works, kinds) if place else given
        kind = kinds.get(works[-1].intent if works else whole)
        series = kind in _SERIAL and piece.kinds & {"vehicle", "room"} <= {kind}
        if series and next_of_series(piece, parts[:place], parts[place + 1 :], first=not works):
            intent: str | None = works[-1].intent if works else whole
        else:
            # What the first piece says need only be likely where the whole says the same.
            likely = AGREED if not works and piece.parse.ranking[0][0] == whole else least
            intent = _opens(piece, works, whole=whole, kinds=kinds, least=likely)
        _put(piece, intent, works, parts[:place], whole=whole, kinds=kinds)
    return settled(works, whole=whole, kinds=kinds)


_SERIAL = frozenset({"vehicle", "room", "reception"})
"""Kinds of which several are asked for in one head clause: 「下周两场会」."""


def _put(
    piece: Piece,
    intent: str | None,
    works: list[Work],
    before: Sequence[Piece],
    *,
    whole: str,
    kinds: Mapping[str, str],
) -> None:
    """The piece put to the request it belongs to: one of its own where it has an intent."""
    aside = len(works) == 1 and works[0].intent in ASIDES
    after_aside = bool(works) and _after_an_aside(piece, works[-1], whole)
    if intent in kinds and aside and not piece.segment.announced and not after_aside:
        works[0].intent = intent or ""  # 「跟您反映个事」 leads up to it
    elif intent in kinds and len(works) == 1 and _TAKEN_BACK.search(works[0].pieces[-1].segment.text):
        works[0].intent = intent or ""  # 「要接待…不对，是派车」
    elif intent is not None:
        start = piece.segment.start if works else 0
        earlier = [] if works else list(before)
        works.append(Work(intent, start, piece.segment.end, piece.segment.announced or after_aside, earlier))
    if works:
        works[-1].end = piece.segment.end
        works[-1].pieces.append(piece)


def _announced_by(before: Piece, piece: Piece, works: Sequence[Work], kinds: Mapping[str, str]) -> Piece:
    """「再有一件是这样的，三楼的灯坏了」: an announcement that names nothing is that of what follows."""
    led = before.segment.announced and not before.said(*NAMED) and before.parse.ranking[0][0] not in kinds
    kind = kinds.get(reading(piece, kinds)[0])
    present = kinds.get(works[-1].intent) if works else None
    if not led or kind is None or (kind == present and kind != "repair"):
        return piece
    return replace(piece, segment=replace(piece.segment, announced=True))


def _led_in(pieces: Sequence[Piece]) -> list[Piece]:
    """「再报一个，车库灯也灭了」: what only leads in announces what follows it."""
    told: list[Piece] = []
    for piece in pieces:
        before = told[-1].segment.text if told else ""
        if told and told[-1].segment.announced and _LEAD_IN.fullmatch(before):
            piece = replace(
                piece, segment=replace(piece.segment, announced=True, start=told.pop().segment.start)
            )
        told.append(piece)
    return told


_LEAD_IN = re.compile(
    r"[\s，,]*(?:再|还|另外?)?(?:加|追加|补)?(?:报修?|记|说|添)(?:上|个|一[处个件条项])?(?:事儿?)?"
)


def _after_an_aside(piece: Piece, present: Work, whole: str) -> bool:
    """「……什么态度！现在水管又漏了，再来修」: the complaint stands, and in a sentence of its own something is asked for."""
    if present.intent not in ASIDES or not piece.segment.apart:
        return False
    if present.intent == "policy_question" and (
        piece.timed or piece.said("fault")
    ):  # 「跨市用车提前几天报？我周四八点要台车」
        return present.pieces[0].parse.ranking[0][1] >= CLEARLY
    return present.intent == whole and bool(_PLEASE.search(piece.segment.text))


_PLEASE = re.compile(r"再来|来[个人看修]|派|订|请|麻烦|[给帮]我|赶紧|尽快")
_TAKEN_BACK = re.compile(r"(?:不对|说错了?|错了|不是)[啊哦呀\s.…]*$")


def _opens(
    piece: Piece, works: Sequence[Work], *, whole: str, kinds: Mapping[str, str], least: float
) -> str | None:
    """The intent of the request that the piece opens, if it opens one."""
    intent, chance = reading(piece, kinds, rescues=bool(works))
    kind = kinds.get(intent)
    if works and same_elsewhere(piece, works[-1]):
        return works[-1].intent
    if works and intent == works[-1].intent and wanted_again(piece, works[-1]):
        return intent
    if not evident(piece, intent, kind, meant=chance if intent == whole or piece.segment.announced else 0.0):
        return None
    if not works:
        if intent != whole and not _opens_otherwise(piece, intent, chance):
            return None  # 「先急的」, 「等车都回来了」
        return intent if chance >= least else None
    present = works[-1]
    if paired(piece, present):
        return present.intent
    if chance < needed(piece, present, kind, kinds, least) or too_short(piece, kind):
        return None
    return intent if _stands_apart(piece, present, intent, whole=whole, kinds=kinds) else None


def _opens_otherwise(piece: Piece, intent: str, chance: float) -> bool:
    """Whether a message may begin with a matter that it is not about as a whole."""
    if intent in TICKET_INTENTS:
        return chance >= SURER and speaks(piece)
    if intent == "report_repair" and "也" in piece.segment.text and not piece.said("fault"):
        return bool(WRONG.search(piece.segment.text))  # 「灯光亮，椅子也舒服」
    return chance >= SURER or piece.timed


def _stands_apart(piece: Piece, present: Work, intent: str, *, whole: str, kinds: Mapping[str, str]) -> bool:
    """Whether a piece that asks for something is no more of what is being asked for."""
    kind, announced = kinds.get(intent), piece.segment.announced
    if intent == present.intent:
        return another(piece, present, kind) or other_ticket(piece, present, intent)
    if old_ticket(piece, present, intent) or (kind is not None and present.intent in ASIDES):
        return True
    if kind is None or present.intent in TICKET_INTENTS:
        told = announced and (kind is not None or speaks(piece))
        return told or other_ticket(piece, present, intent) or besides(piece, present, kind)
    if kind == "repair":
        return announced or kinds.get(whole) == "room" or not _only_context(present, kinds)
    if (
        kinds.get(present.intent) == "repair"
        and not announced
        and whole != intent
        and _of_the_repair(piece, kind)
    ):
        return False
    if kinds.get(present.intent) == "repair" and kind == "reception":
        return announced or whole == intent  # else the guests are only why it cannot wait
    if "reception" in {kinds.get(present.intent), kind}:
        # A reception has its car, its room and its meal: its own unless clearly announced or at an hour of their own.
        if ARRIVING.search(piece.segment.text) and not _CARRIED.search(piece.segment.text):
            return False  # 「CZ6221次15:20到龙嘉」
        last = present.pieces[-1]
        if (
            last.timed
            and ARRIVING.search(last.segment.text)
            and wishes.plain(piece.segment.text) == "vehicle"
        ):
            return True  # 「……，上午十一点到长春西站，需要派辆商务车去接」
        apart = announced and (piece.timed or bool(STRONGLY.match(piece.segment.text)))
        return apart or (piece.timed and present.timed)
    return True


_CARRIED = re.compile(r"派|车|接|送|拉|考斯特|大巴")


def _of_the_repair(piece: Piece, kind: str) -> bool:
    """「……投影坏了，二楼会议室」 says where, 「……给换一间」 what to do, 「……两点还要开会」 why it cannot wait."""
    if kind == "room" and not piece.segment.apart and "room" not in patterns.meant_kinds(piece.segment.text):
        return not ONE_OF_THEM.search(piece.segment.text)
    return _is_place(piece) or bool(_INSTEAD_OF.search(piece.segment.text))


_INSTEAD_OF = re.compile(r"换(?:个|一|到|成|间|屋|房)")


def _only_context(present: Work, kinds: Mapping[str, str]) -> bool:
    """「二楼会议室下午开会，投影不亮了」: the meeting is why the repair is wanted, nobody asks for a room."""
    if kinds.get(present.intent) != "room":
        return False
    return not any(_ASKING.search(piece.segment.text) for piece in present.pieces)


_ASKING = re.compile(
    r"订|预定|定[个一间下]|借|要(?!开|用|来)|占|留|安排|约|申请|腾|来[个间]|整[个间]|间|用一下|们用|有没有|空[着闲]|能坐|\d+人|[一二三四五六七八九十]人"
)


def _is_place(piece: Piece) -> bool:
    return not piece.timed and not WANTING.search(piece.segment.text)
