"""Cutting a message where another request begins: 「派车去机场，另外三楼灯坏了」.

The cut is proposed here, by punctuation and by the words people use to go on to the next thing, and decided in `nlu.understand`,
where each piece has been read. A piece that is no request of its own goes to its neighbour.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NEXT_THING = (
    r"另外|另(?=[需要派订请有])|还有(?!多|几|没|空|吗|位|车吗|房吗|一[个点]?小时|半)|再就是|再有就是|再有(?!.{0,3}(?:小时|分钟|点|天))|还得(?=[派订安要给])|顺便|顺带|顺手|顺道"
    r"|同时(?=[请需派订借安用要]|周|星期)|此外|对了|然后(?:再|还)?(?=[派订帮给安要报来整弄请]|有|明|后|周|下)|完了(?:再|还)?(?=[派订帮给安要报来整弄请]|下|晚|中)"
    r"|并且|并请|并(?=安排|派|订|预订)|同日(?=.{0,4}[接派订借])|当日(?=.{0,6}[借派订])|改成?(?=订|派|借)"
    r"|再(?=帮|给|订|派|安排|报|来个|来辆|来一|要[个辆台一间]|约|整|弄|借|定)|也(?=帮|给|订|派|安排|报)|外加|捎带"
    r"|第[一二三四](?=件|个事|项|[,，:：、是])|其[一二三](?=[,，:：、是])|[①②③④]|(?<![\d.])[1-5][.、)](?!\d)|(?<![零一二三四五六七八九十周期拜月])[一二三四](?:、|是(?=[需请订派安报要]))"
)
_BREAK = re.compile(rf"(?P<stop>[。！？!?；;\n]+)|(?P<comma>[，,]+|\s{{1,}})|(?=(?P<next>{_NEXT_THING}))")
_CONNECTIVE = re.compile(rf"^[\s，,、]*(?:{_NEXT_THING})")

SHORTEST = 4
"""Characters below which a piece is no request of its own."""


@dataclass(frozen=True, slots=True)
class Segment:
    """`text[start:end]`; `announced`: it opens with words that announce another thing."""

    text: str
    start: int
    end: int
    announced: bool


def segments(text: str) -> list[Segment]:
    """The clauses of a message, in order, covering it all but for the breaks; short ones joined to the one before."""
    pieces: list[tuple[int, int]] = []
    start = 0
    for found in _BREAK.finditer(text):
        if found.start() > start:
            pieces.append((start, found.start()))
        start = found.end()
    if start < len(text):
        pieces.append((start, len(text)))
    joined: list[tuple[int, int]] = []
    for left, right in pieces:
        # A lone 「另外，」 opens the next piece; any other crumb closes the one before.
        if (joined and _is_crumb(text[joined[-1][0] : joined[-1][1]])) or (
            joined and right - left < SHORTEST and not _CONNECTIVE.match(text[left:right])
        ):
            joined[-1] = (joined[-1][0], right)
        else:
            joined.append((left, right))
    return [Segment(text[a:b], a, b, bool(_CONNECTIVE.match(text[a:b]))) for a, b in joined]


def _is_crumb(piece: str) -> bool:
    return bool(_CONNECTIVE.match(piece)) and len(_CONNECTIVE.sub("", piece).strip()) < 2


def may_hold_several(text: str) -> bool:
    """Whether it is worth reading the pieces one by one: it is long enough and has a place to cut."""
    return len(text) >= 2 * SHORTEST and len(segments(text)) > 1
