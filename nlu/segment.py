"""Cutting a message where another request begins: 「派车去机场，另外三楼灯坏了」.

The cut is proposed here, by punctuation and by the words people use to go on to the next thing, and decided in `nlu.understand`,
where each piece has been read. A piece that is no request of its own goes to its neighbour.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from nlu.wishes import BROKEN, HEADED, HOUR_BEFORE, WISH

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEXT_THING = (
    r"另外|对啦|(?:头一|最后一|末一|二一)[个件桩项块](?:事儿?)?(?:就?是|呢)?(?!人|月|星期|礼拜|小时|路口|字|次|天|会(?!议)|问题|走的|到的)|再加一?[辆台间]|(?:再|还)?加报|追加|(?:然后)?还有(?:一?个|一?件|个别的?)事儿?|再加一?[个件条项处](?=[,，:：])|另(?=[需要派订请有\s]|[\u4e00-\u9fff]{2,7}(?:不|坏|漏|堵|掉|裂|断))|还有(?!多|几|没|空|吗|位|车吗|房吗|一[个点]?小时|半)|再就是|再有就是|再有(?!.{0,3}(?:小时|分钟|点|天))|还得(?=[派订安要给])|顺便|顺带|顺手|顺道"
    r"|同时(?=[请需派订借安用要]|周|星期)|此外|对了|然后(?:再|还)?(?=[派订帮给安要报来整弄请]|有|明|后|周|下)|完了(?:再|还)?(?=[派订帮给安要报来整弄请]|下|晚|中)"
    r"|并且|并请|并(?=安排|派|订|预订)|同日(?=.{0,4}[接派订借])|当日(?=.{0,6}[借派订])|改成?(?=订|派|借)"
    r"|再[加多]?(?=帮|给|订|派|安排|报|来个|来辆|来一|要[个辆台一间]|约|整|弄|借|定)|也(?=帮|给|订|派|安排|报)|外加|捎带"
    r"|还(?:要|需要?|想要?|得要?|请)(?=[一二两]?[个辆台间]|派|订|定|借|安排|用车|用房|报修|修|[\u4e00-\u9fff]{0,3}(?:车|会议室))"
    r"|(?:也|还)(?:要|想|需要?)(?=派|订|定|借|报|修|用车)|完事儿?(?:再|还|后)?(?=[派订借安要来整弄用中晚]|送|接)"
    r"|(?<![头后末再二])一个就?是|一[件项]就?是|(?<![\u4e00-\u9fff\d])[一二三四五][，,]|其次|再者|再一个(?=[,，是就]|事)|二来|与此同时|同时还|以及(?=派|订|借|安排)"
    r"|第[二三四五]个(?=就?是|呢|大?[今明后]|周|[上下中]午|晚上|\d|[一二三四五六七八九十]+[点月]|会议室|车|报)|第[一二三四](?=件|个事|项|[,，:：、是])|其[一二三](?=[,，:：、是])|[①②③④⑤⑥]|[（(][一二三四五1-5][)）]|(?<![\d.])[1-5][.、)）](?!\d)|(?<![A-Za-z\d])[A-E][.、)）]|(?<![零一二三四五六七八九十周期拜月])[一二三四](?:、|是(?=[需请订派安报要]))"
)
_LIST = (
    r"(?:和|及|以及|加|跟|、|与|带|外带)(?=(?:[一二两12]\s?)?[个间辆台][^，。,；、]{0,5}(?:车|会议室|考斯特|大巴|中巴|商务|屋|洽谈室|接待室|礼堂|多功能厅))"
    r"|(?:和|还有|以及|跟|、)(?=[一二三四五六七八九十\d]{1,3}(?:号?楼|层|0\d)[^，。,；]{2,})"
)
"""Between two things of one breath: 「订个会议室和一辆车」, 「三楼灯不亮和四楼水管漏」."""
_ENDS_A_FAULT = r"[了坏漏堵亮冷热严开住动转响灵通电死掉裂断]"
_NEXT_PLACE = (
    r"(?<=[了坏漏堵亮])(?=[一二三四五六七八九十\d]{1,3}(?:号?楼|层)|(?<!\d)[1-9]\d{2}(?!\d))"
    r"|(?<=[了着啦儿止])(?=[\u4e00-\u9fff]{1,5}(?<![人我你])也(?:不|坏|漏|堵|断|裂|掉|没|松|闪|响|冒|打不|关不|锁不))"
    rf"|(?<={_ENDS_A_FAULT})(?=[1-9]\d{{2}}[\u4e00-\u9fff]{{1,6}}?(?:不|坏|漏|堵|没|断|掉|松|裂|碎|卡|响))"
)
"""Spoken without a pause: 「三楼灯不亮四楼水管漏」."""
_FAULTY = r"[^，,。；;、\s]{2,12}?(?:不|坏|漏|堵|断|裂|掉|没|松|闪|响|冒)"
"""After a 「、」: a fault of its own rather than one more item of equipment."""
_PLUS = r"(?<=[\u4e00-\u9fff])\s?[+&]\s?(?=[\u4e00-\u9fff])"
"""「打印机卡纸+碎纸机不转」."""
_DAY = r"[这本下]*(?:周|星期|礼拜)[一二三四五六日天]|大?[今明后]天|\d{1,2}[月号日]"
_BREAK = re.compile(
    rf"(?P<stop>[。！？!?；;\n]+|(?<![\d点时])[~～]+(?!\d))|(?P<comma>[，,]+|\s{{1,}}|{_PLUS}|[、/](?={_FAULTY})|、(?=(?:{_DAY}).{{0,6}}(?:[点时]|\d:\d\d))|{_NEXT_PLACE})|(?=(?P<next>{_NEXT_THING}))|(?P<list>{_LIST})"
)
_CONNECTIVE = re.compile(rf"[\s，,、]*(?:{_NEXT_THING})")
_LEAD = re.compile(rf"(?:[\s，,、:：]*(?:{_NEXT_THING}))*[\s，,、:：]*")
_HOUR_LEADS = re.compile(
    r"[^，,。；;！!？?\n]{0,10}(?:点钟?|点半|点[\d一二三四五十]{1,3}分?|[上下中]午|晚上|早上|[今明后当那]天|明儿|后儿|[号日]|(?:周|星期|礼拜)[一二三四五六日天]|\d:\d\d|(?:那个?)?(?:会议室|车|房间|屋)|[帮给替]我们?|麻烦|请|然后|[再那]|哦?对)\s?"
)
_INSTEAD = re.compile(r"(?:[帮给替]我们?)?改成?(?=订|派|借)")

_EDGES = " \t\n\u3000，,、。；;"
"""What is no part of a stretch that is cut out."""
_HEADING = re.compile(r"(?:用?车|会议室|用?房|报修|修[\u4e00-\u9fff]{1,3}|接待)[:：]?")
"""「……三人；会议室，下午两点」: what is said next is said of it."""
_DROPPED = re.compile(r"[车会屋饭](?:就|也|都)?(?:退|撤|免|取消|不要|不用)")
"""「车退了」 says in three characters all there is to say."""
_UNPAUSED = 12
"""Characters of a clause from which on it may hold two wishes."""
SHORTEST = 4
"""Characters below which a piece is no request of its own."""
MOST = 8
"""Pieces above which only the ends of sentences and announcements count as cuts."""


@dataclass(frozen=True, slots=True)
class Segment:
    """`text[start:end]`; `announced`: it opens with words that announce another thing."""

    text: str
    start: int
    end: int
    announced: bool
    apart: bool = False
    """A full stop, semicolon or line break stands before it."""
    listed: bool = False
    """An 「和」 or 「、」 stands before it."""


@dataclass(slots=True)
class _Cut:
    start: int
    end: int
    apart: bool = False
    listed: bool = False
    announced: bool = False
    brief: bool = False
    """After a 「、」, where three characters may be a fault: 「水管漏」."""


def segments(text: str) -> list[Segment]:
    """The clauses of a message, in order, covering it all but for the breaks; short ones joined to the one before."""
    joined = _joined(text, _cuts(text, fine=True))
    if len(joined) > MOST:
        joined = _joined(text, _cuts(text, fine=False))
    return [_segment(text, cut) for cut in joined]


def whole(text: str) -> Segment:
    """All of a message as one piece."""
    return Segment(text, 0, len(text), announced=False)


def lead(text: str) -> int:
    """How many characters of the text only lead on to the next thing: 「对了，再」."""
    found = _LEAD.match(text)
    return found.end() if found and found.end() < len(text) else 0


def announces(text: str) -> bool:
    """Whether the text opens with words that announce another thing."""
    return _CONNECTIVE.match(text) is not None


def _cuts(text: str, *, fine: bool) -> list[_Cut]:
    """Where the text may be cut; without `fine` not at commas and spaces."""
    cuts = [_Cut(0, len(text))]
    for found in _BREAK.finditer(text):
        if found["comma"] and not fine:
            continue
        last = cuts[-1]
        if found["next"] is not None and _HOUR_LEADS.fullmatch(text, last.start, found.start()):
            last.announced = True  # 「，晚上六点再给整个屋」: the hour is the new thing's
            continue
        hour = HOUR_BEFORE.search(text, last.start, found.start()) if found["next"] is not None else None
        last.end = hour.start() if hour else found.start()
        following = _Cut(
            hour.start() if hour else found.end(),
            len(text),
            apart=bool(found["stop"]),
            listed=bool(found["list"]),
            announced=hour is not None,
            brief=found["comma"] in ("、", "/"),
        )
        if last.end <= last.start:  # two breaks in a row are one
            following.apart, following.listed = following.apart or last.apart, following.listed or last.listed
            cuts.pop()
        cuts.append(following)
    return [part for cut in cuts if cut.start < cut.end for part in _unpaused(text, cut)]


def _unpaused(text: str, cut: _Cut) -> list[_Cut]:
    """A clause cut where another wish begins without a pause: 「……用车去机场三个人下午三点要个会议室」.

    Two wishes of one sort must have an hour each; a broken thing stands beside any wish.
    """
    if cut.end - cut.start < _UNPAUSED:
        return [cut]
    found = [
        (wish.start(), wish.lastgroup, bool(wish["when"])) for wish in WISH.finditer(text, cut.start, cut.end)
    ]
    found += [(head.start(), head.lastgroup, True) for head in HEADED.finditer(text, cut.start, cut.end)]
    found += [(fault.start(), "broken", False) for fault in BROKEN.finditer(text, cut.start, cut.end)]
    parts, sort = [cut], ""
    for start, wanted, timed in sorted(found, key=lambda each: each[0]):
        if sort and start > parts[-1].start and (wanted != sort or (timed and wanted != "broken")):
            parts.append(_Cut(start, parts[-1].end))
            parts[-2].end = start
        sort = wanted or ""
    return parts


def _joined(text: str, cuts: list[_Cut]) -> list[_Cut]:
    joined: list[_Cut] = []
    for cut in cuts:
        last = joined[-1] if joined else None
        # A lone 「另外，」 opens the next piece; any other crumb closes the one before.
        if last and (
            _is_crumb(text, last)
            or (last.apart and _HEADING.fullmatch(text, last.start, last.end))
            or (
                cut.end - cut.start < SHORTEST - (cut.listed or cut.brief)
                and not _CONNECTIVE.match(text, cut.start)
                and not _DROPPED.match(text, cut.start, cut.end)
                and not (cut.apart and _HEADING.fullmatch(text, cut.start, cut.end))
            )
        ):
            last.end = cut.end
        else:
            joined.append(cut)
    return joined


def _segment(text: str, cut: _Cut) -> Segment:
    announced = cut.announced or bool(_CONNECTIVE.match(text, cut.start))
    instead = _INSTEAD.match(text, cut.start)
    start = instead.end() if instead else cut.start  # 「改成」 changes the plan, not a ticket
    return Segment(text[start : cut.end], start, cut.end, announced or cut.listed, cut.apart, cut.listed)


def _is_crumb(text: str, cut: _Cut) -> bool:
    connective = _CONNECTIVE.match(text, cut.start, cut.end + 1)
    return connective is not None and len(text[connective.end() : cut.end].strip()) < 2


def own_words(original: str, text: str, stretches: Sequence[tuple[int, int]]) -> list[str]:
    """The stretches of the normalised `text`, in the words of the `original` it was made from."""
    blocks = SequenceMatcher(None, original, text, autojunk=False).get_matching_blocks()

    def place(at: int) -> int:
        # Where nothing was changed the places answer to each other; inside a mended word its beginning is taken.
        block = max((b for b in blocks if b.b <= at), key=lambda b: b.b, default=None)
        return 0 if block is None else block.a + min(at - block.b, block.size)

    return [original[place(start) : place(end)].strip(_EDGES) for start, end in stretches]
