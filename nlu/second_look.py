"""A second look at the requests of a message, all of them together: what only leads up to the others, or only gives their reason.

A heading (「要报修三样东西」), a summary (「车跟会议室都要」), the guests a car is for or the fault for which another room is wanted were
read as requests while the message was read from left to right; seen together they are none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlu import patterns
from nlu.asking import NAMED
from nlu.pieces import ASIDES, MENDING, RIDE, STRONGLY, faulty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlu.pieces import Work


def settled(works: list[Work], *, whole: str, kinds: Mapping[str, str]) -> list[Work]:
    """The requests that remain; none where the pieces mislead and the message is what it is as a whole.

    Args:
        whole: the intent of the message as a whole.
        kinds: intent → kind.
    """
    works = _without_heading(_without_summary(works, kinds))
    announced = any(work.announced for work in works[1:])
    if not announced and (
        any(work.intent in ASIDES for work in works) or all(work.intent != whole for work in works)
    ):
        # Read as a whole it was something else: then the pieces mislead.
        return []
    if _ride_for_guests(works, whole) or (
        not announced and len(works) == 2 and _reason_only(works, kinds, whole)
    ):
        return []
    if not announced and kinds.get(whole) == "vehicle" and _one_tour(works, kinds):
        return []
    return works


_WISH = re.compile(r"派|要|安排|预?[订定]|接待|备|申请|需|住|[餐饭]|请|配|座谈|用车|(?<![对直间])接(?!着)|送")
_ONE_CAR = re.compile(r"全天|整天|一整?天|[两三]天|全程|一[台辆部]|[台辆部]\D{0,6}(?:跟|车|$)")
_SHARED_OUT = re.compile(r"各|分别|另|再[派要来]|[两二2俩三3]\s?[台辆部]")


def _one_tour(works: Sequence[Work], kinds: Mapping[str, str]) -> bool:
    """「专家上午看净月，下午看高新，全天用一台考斯特」: places told one by one, one car for all of them."""
    if len(works) < 2 or not {kinds.get(work.intent) for work in works} <= {"vehicle", "reception"}:
        return False
    *told, last = ["".join(piece.segment.text for piece in work.pieces) for work in works]
    if any(_SHARED_OUT.search(text) for text in (*told, last)) or not _ONE_CAR.search(last):
        return False
    return not any(_WISH.search(text) or _ONE_CAR.search(text) for text in told)


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


def _without_heading(works: list[Work]) -> list[Work]:
    """「要报修三样东西：①……②……」: the first only says that something comes."""
    if len(works) < 2 or works[0].intent != works[1].intent or works[0].timed:
        return works
    first, second, *others = works
    opening = second.pieces[0].segment
    if first.said(*NAMED) or any(map(faulty, first.pieces)) or not (opening.announced or opening.apart):
        return works
    second.start, second.pieces = first.start, [*first.pieces, *second.pieces]
    return [second, *others]


_ANOTHER_ROOM = re.compile(r"换|别的|其他|其它|另外?[找一]|改|没法用|用不了")


def _reason_only(works: Sequence[Work], kinds: Mapping[str, str], whole: str) -> bool:
    """A fault that is only why another room is wanted: 「那屋空调坏了，给找个别的」."""
    if {kinds.get(work.intent) for work in works} != {"room", "repair"}:
        return False
    repair = next(work for work in works if kinds.get(work.intent) == "repair")
    if works[1].pieces[0].segment.apart:
        return False
    if works[0] is repair:
        return any(_ANOTHER_ROOM.search(piece.segment.text) for work in works for piece in work.pieces)
    if whole == works[0].intent and repair.said("object") and repair.said("fault"):
        return False  # a room is asked for, and something in it is to be mended until then
    return not any(MENDING.search(piece.segment.text) for piece in repair.pieces)


def _ride_for_guests(works: Sequence[Work], whole: str) -> bool:
    """「明天早上接客人，七点五十到站，考斯特」: the guests are only whom the car is for."""
    if whole != "book_vehicle" or [work.intent for work in works] != ["arrange_reception", whole]:
        return False
    if STRONGLY.match(works[1].pieces[0].segment.text):
        return False
    said = "".join(piece.segment.text for piece in works[0].pieces)
    going = bool(RIDE.search(said)) or bool(works[0].said("destination"))
    return going and not _HOSTING.search(said)


_HOSTING = re.compile(r"接待|来访|安排|用?餐|饭|住")
