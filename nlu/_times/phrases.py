"""From tokens to phrases: which pieces make one point in time, which points make a range, and what role each plays.

「明天下午两点到四点」 is two points joined by 到; 「明天9点走，下午3点回来」 is two phrases, the second in the role of an end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from nlu._times.days import follows

if TYPE_CHECKING:
    from nlu._times.tokens import Length, Tok

_GLUE_DATE = re.compile(r"[\s的,(]*$")
_GLUE_CLOCK = re.compile(r"(?:[\s,的()、]|那天|当天|这天|当日|的?每天|就)*$")
_JOIN = re.compile(r"[\s,)]*(?:一直|开|用|开始|起|出发|持续|延续)?\s?(?:到|至|直到|-{1,4}|起至|起到)\s*$")
_AND = re.compile(r"\s?(?:和|跟|与|、|,|\s)?\s?$")
_MOD = re.compile(
    r"\s?(?:钟|整)?\s?(?:(?P<before>之前|以前|前(?!往|台|面|后|院|厅|门|进|去|楼|排|期|方|线|列|来|年|天|几|两|置|提|任|沿|辈|段|半))|(?P<by>为止)"
    r"|(?P<after>之后|以后|过后|后(?!勤|台|面|院|厅|门|备|楼|来|排|期|续|半|天|年|方|果|缀|厨|窗|座|备箱|视)|往后|开始(?!时间)|起(?!床|来|草|飞|降|码|点)|以来)"
    r"|(?P<about>左右|前后|上下|许|光景|的时候|时分|那会儿))"
)
_DEADLINE_HEAD = re.compile(r"(?:截止到?|截至|不晚于|最晚|最迟|赶在|务必在|须在)\s?$")
_EARLIEST_HEAD = re.compile(r"(?:不早于|最早|自|从)\s?$")
_FROM_HEAD = re.compile(r"(?:从|自|打)\s?$")
_END_HEAD = re.compile(
    r"(?:返程|返回|回程|归队|还车|结束|散会|撤场|离开|离会|返长|离长)(?:的?时间)?[:为是]?\s?$|(?:(?:完事儿?|结束|散会|散场|回来|开完|用完|完活|往回走|返程|收车)(?:大概|差不多|得|要|在|是|约|估计)+|一直(?:到|开到|用到)|用到|开到|住到|持续到|直到|待到|忙到|等到|延到|延长到|到|至)\s?$"
)
_ARRIVE_TAIL = re.compile(r"\s?(?:能?到(?!\d|[零一二两三四五六七八九十])|抵|落地|降落|开|出发|走|发车|起飞)")
_END_TAIL = re.compile(
    r"\s?(?:钟)?(?:左右|前后|许|上下|吃[完过了](?:早|午|中午|晚)?饭|开完会|散了?会|会后|办完事|之前|以前|前|再|才|就|也就|能|都|全|准时|必须|务必|一定|肯定|指定|大概|差不多|争取|要|得|可以|往|返|赶)*(?:回来|回程|返程|返回|回长|回局|回单位|回(?![复访收形答应])|结束|散会|收车|还车|完事|完活|完会|[送接拉办弄干忙搞讲聊谈看唠修布考评](?:得)?完|撤场|开完|用完|退房|收工|返长|离会|离开|离长|离吉|离店|到家|散(?!步|落|客|装)|完(?!成|整|善|全)|撤|截止|返(?=$|[\s,，。；;])|送回|[拉送接](?:我们?|人|他们)?回)"
)
_LEAVE_TAIL = re.compile(
    r"\s?(?:钟)?(?:左右|早上|上午|中午|下午|晚上)?(?:吃[完过了](?:早|午|中午|晚)?饭|一早)?(?:就|再|才|能|要|准备)?(?:走|离|返|撤|回(?!复|访|收|形|答应))"
)
_COME_TAIL = re.compile(
    r"[\u4e00-\u9fff]{2,12}?来(?=[\d一二两三四五六七八九十几]|人|客|考察|调研|访|[,。;]|$)|\s?(?:就|能|要|会|再|才)?(?:到(?!\d|[零一二两三四五六七八九十])|抵|来|入住|报到|过来|进驻)"
)
_TOLD_TAIL = re.compile(
    r"[\s,]?(?:[\u4e00-\u9fff]{0,3}?(?:才|刚|刚刚|又))?(?:领导|局里|处里|厅里|上面|上级|对方|人家|那边|办公室)?(?:才|刚|刚刚|又|就)?"
    r"(?:通知|接到|收到|得知|听说|来电|打电话|打来|来函|发函|的函|发文|发来|报的|报修|我报|申请的|提交|填的|一看)"
)
_NEWS = re.compile(
    r"[^,。;!?\n]{0,8}?(?:(?:跟|和|给|向)[我咱您你][们]?(?:说|讲|打|提|交代|汇报|反映|发)|说了?(?=[,是]|$)|提了|交代|通知|接到|收到|得知|听说|来电|来函|开会(?:定|说|布置|研究|讲)"
    r"|定(?:了|的|下来)|商量|敲定|主要是|有个事|有件事|想起|看(?:见|到)|[在到]外地|出差|没(?:空|时间|车|去)|回不[去来]|去不[了成]|来不[了及]|开不[了成]|不行)"
)
"""What is told of today before the day that is asked for: 「今天领导说了，周五……」."""
_EVENT_TAIL = re.compile(
    r"\s?(?:左右)?(?:起飞)?的(?:飞机|航班|火车|高铁|动车|车次|车票|机票|票)|\s?(?:起飞|开车|发车|检票)"
)
_READY_TAIL = re.compile(
    r"\s?(?:之前|以前|前)[^,。;\d]{0,6}?(?:布置|准备|备好|摆好|到位|就绪|调试|腾|收拾|打扫|挂好|签到|报到|入场|集合)"
)
"""「8:30前布置完毕，会议9:00开始」: what must be ready before it begins."""
_DEPART_TAIL = re.compile(
    r"\s?(?:钟|左右|就|得|要|从[\u4e00-\u9fff]{1,4})*(?:走(?!廊)|出发|动身|启程|来接|接我|到楼下|上车|派车|用车)"
)
_LIST_GLUE = re.compile(r"\s?(?:[、和及与跟,]|或者?是?|或|要么|,?\s?要不|,?\s?不行就)?\s?$")
_DROPPED = re.compile(
    r"(?:钟|的(?:会|车|票|班|那个|那趟)?|那[个趟场])?[^,。;!?\d]{0,4}?(?:(?:不用|甭|别|先别|不要|就不|不)(?:再)?(?:来|去|走|派|出发|接|用|开|过来)|不行|来不及|赶不[上及]|不赶趟|不合适|不方便|太早|太晚|有点儿?[早晚赶紧]|太赶|赶得慌|怕赶|冲突|没空|去不了|开不成|作废|不算|够呛|不成)"
)
"""「八点不用来了，十点来」: of two times the first is dropped."""
_NOT_THIS = re.compile(r"(?:别|甭|不要|不用|不是|先别|不在)$")
_SAME_SORT = frozenset({"WEEKDAY", "DAY", "MONTH_DAY", "REL_DAY", "DATE"})
MORE_THAN_ONE_DAY = "说了不止一天"
_CORRECTION = re.compile(
    r"改成|改到|改为|改在|换成|换到|调到|调整到|调整为|挪到|挪成|推到|推迟到|提前到|延到|延后到|延期到|[调延推移改换](?:整|期|后|迟)?至|改约|不对|不是|说错|更正|应该是|错了|现(?:在)?(?:定|改|调整?|拟)(?:于|为|在|到|至)?|更正为?|变更(?:为|到|至|成)?|改签|[,]\s?是|而是|还是(?!上)|晚点(?:到|至)?|晚到|延误到?|应[为是]|实为|改期[至到]?|提早到?|变成|算了|改\s?$|也?就是|即\s?$"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One point (or day, or part of a day) as said, not yet resolved."""

    dates: tuple[Tok, ...] = ()
    part: str | None = None
    whole: bool = False
    """「一上午」: all of that part."""
    clock: tuple[int, int, int, str] | None = None
    office: str | None = None
    now: bool = False
    at: tuple[Length, int] | None = None
    within: Length | None = None
    length: Length | None = None
    shift: bool = False
    recur: tuple[Any, ...] | None = None
    vague_day: bool = False
    mod: str | None = None
    role: str | None = None
    arrives: bool = False
    """「下周四到」: somebody comes then."""
    departs: bool = False
    """「四点走」: the journey begins then."""
    doubt: str | None = None
    until: tuple[Tok, ...] = ()
    """The last day of something that repeats daily (「周三到周五每天上午」)."""
    start: int = 0
    end: int = 0

    @property
    def is_when(self) -> bool:
        return bool(
            self.dates
            or self.part
            or self.clock
            or self.office
            or self.now
            or self.at
            or self.within
            or self.recur
        )

    @property
    def timed(self) -> bool:
        """Says something finer than the day."""
        return bool(self.part or self.clock or self.office)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One time expression: a point or a range, perhaps with a length."""

    first: Item
    second: Item | None = None
    length: Length | None = None
    corrected: bool = False
    spans: tuple[tuple[int, int], ...] = field(default=())


def phrases(text: str, toks: list[Tok]) -> list[Phrase]:
    """The time expressions of folded `text`, in order."""
    raw = _items(text, toks)
    borders = [0, *(item.end for item in raw)], [*(item.start for item in raw), len(text)]
    items = [_decorate(text, item, borders[0][i], borders[1][i + 1]) for i, item in enumerate(raw)]
    return _attach_lengths(text, _ranges(text, items))


def _items(text: str, toks: list[Tok]) -> list[Item]:
    out: list[Item] = []
    for i, tok in enumerate(toks):
        gap = text[out[-1].end : tok.start] if out else ""
        later = toks[i + 1] if i + 1 < len(toks) else None
        merged = _extend(out[-1], tok, gap, later) if out else None
        if merged:
            out[-1] = merged
        else:
            fresh = _extend(Item(start=tok.start, end=tok.start), tok, "", later)
            out.append(fresh or Item(start=tok.start, end=tok.end))
    return out


def _extend(item: Item, tok: Tok, gap: str, later: Tok | None) -> Item | None:
    """`item` with `tok` in it, or None when the token begins another item."""
    if item.length or item.shift or item.within or len(gap) > 8:
        return None
    if tok.is_date:
        return _extend_date(item, tok, gap)
    empty = item.start == item.end
    if tok.kind in ("DUR", "SHIFT", "WITHIN", "AT", "NOW"):
        return _alone(item, tok) if empty else None
    if not empty and not _GLUE_CLOCK.match(gap):
        return None
    return _extend_clock(item, tok, gap, later)


def _alone(item: Item, tok: Tok) -> Item:
    end = tok.end
    if tok.kind == "DUR":
        return replace(item, length=tok.args[0], end=end)
    if tok.kind == "SHIFT":
        return replace(item, shift=True, length=tok.args[0] if tok.args[1] else None, end=end)
    if tok.kind == "WITHIN":
        return replace(item, within=tok.args[0], end=end)
    if tok.kind == "NOW":
        return replace(item, now=True, end=end)
    return replace(item, at=(tok.args[0], tok.args[1]), end=end)


def _extend_date(item: Item, tok: Tok, gap: str) -> Item | None:
    if item.start == item.end:
        return replace(item, dates=(tok,), vague_day=tok.kind == "VAGUE_DAY", end=tok.end)
    if item.timed or item.at or item.now or not _GLUE_DATE.match(gap):
        return None
    if item.recur and not item.dates and item.recur[0] in ("month", "year"):
        return replace(item, dates=(tok,), end=tok.end)  # 「每月第一个周一」 「每年国庆」
    if item.recur or not item.dates:
        return None
    last = item.dates[-1]
    confirms = (
        "WEEK_REL",
        "REL_DAY",
        "SAME_DAY",
        *(("DAY", "MONTH_DAY", "DATE") if last.kind == "WEEKDAY" else ()),
    )
    if gap.strip() == "(" and tok.kind in confirms:
        return replace(item, end=tok.end)  # 「11月30日（下周一）」 only confirms
    if follows(last, tok) and not ("," in gap and tok.kind != "WEEKDAY"):
        return replace(item, dates=(*item.dates, tok), end=tok.end)
    if (
        last.kind == "WEEKDAY"
        and len(item.dates) == 1
        and tok.kind in ("DAY", "MONTH_DAY", "DATE")
        and "," not in gap
    ):
        return replace(item, dates=(tok,), end=tok.end)
    return None


def _extend_clock(item: Item, tok: Tok, gap: str, later: Tok | None) -> Item | None:
    if tok.kind == "RECUR":
        if item.recur or item.timed:
            return None
        return replace(item, recur=tok.args, end=tok.end)
    if tok.kind == "PART":
        if (
            item.clock
            and not item.part
            and not gap
            and not (later and later.start == tok.end and later.kind == "CLOCK")
        ):
            return replace(item, part=tok.args[0], end=tok.end)
        if item.part == "allday" or (item.part is None and not item.clock and not item.office):
            return replace(item, part=tok.args[0], whole=len(tok.args) > 1, end=tok.end)
        return None
    if item.clock or item.office or item.at or item.now:
        return None
    if tok.kind == "OFFICE":
        return replace(item, office=tok.args[0], end=tok.end)
    return replace(item, clock=tok.args, end=tok.end) if tok.kind == "CLOCK" else None


def _decorate(text: str, item: Item, since: int, until: int) -> Item:
    """Read the words around an item, between its neighbours: 之前, 以后, 左右, 截止到, 回来."""
    if not item.is_when:
        return item
    head, start, end, mod = text[max(since, item.start - 6) : item.start], item.start, item.end, None
    match = _MOD.match(text, end)
    if match and match.end() <= until:
        mod, end = match.lastgroup, match.end()
    deadline = _DEADLINE_HEAD.search(head)
    if deadline:
        mod, start = "by", item.start - len(deadline.group())
    elif mod is None and _EARLIEST_HEAD.search(head):
        mod = "from"
    return replace(
        item,
        mod=mod,
        role=_role(text, item, head),
        arrives=bool(_COME_TAIL.match(text, end)),
        departs=bool(_DEPART_TAIL.match(text, end)),
        start=start,
        end=end,
    )


def _role(text: str, item: Item, head: str) -> str | None:
    """What a time is for, when not the start: the end of something said elsewhere, surely (「回来」, 「用到」) or perhaps (a bare
    「到」, or somebody's leaving); when one was told of it; a train or a plane."""
    if _END_TAIL.match(text, item.end):
        return "end"
    if _TOLD_TAIL.match(text, item.end):
        return "told"
    if not item.clock and item.dates and _NEWS.match(text, item.end) and _is_today(item):
        return "told"
    if item.dates and item.dates[-1].kind == "NEXT_DAY" and item.dates[-1].args:
        return "end"
    if item.clock and _EVENT_TAIL.match(text, item.end):
        return "event"
    if item.clock and _READY_TAIL.match(text, item.end):
        return "event"
    found = _END_HEAD.search(head)
    if found is None or _ARRIVE_TAIL.match(text, item.end):
        return "leave" if not item.clock and _LEAVE_TAIL.match(text, item.end) else None
    return "to" if found.group().strip() in ("到", "至") else "end"


def _is_today(item: Item) -> bool:
    return len(item.dates) == 1 and item.dates[0].kind == "REL_DAY" and item.dates[0].args[0] == 0


def _ranges(text: str, items: list[Item]) -> list[Phrase]:
    out: list[Phrase] = []
    i = 0
    while i < len(items):
        item = items[i]
        corrected = _corrects(text, items[i - 1] if i else None, item)
        mate = items[i + 1] if i + 1 < len(items) else None
        after = items[i + 2] if i + 2 < len(items) else None
        if mate and _joined(text, item, mate) and _daily(text, item, mate, after):
            last = after if after and _joined(text, mate, after) else None
            whole = replace(
                mate,
                dates=item.dates,
                until=mate.dates,
                recur=mate.recur or ("day", 1, (), None),
                start=item.start,
            )
            out.append(Phrase(whole, last, corrected=corrected, spans=((item.start, (last or mate).end),)))
            i += 3 if last else 2
            continue
        if mate and _joined(text, item, mate):
            head = _FROM_HEAD.search(text[max(0, item.start - 2) : item.start])
            start = item.start - (len(head.group()) if head else 0)
            out.append(Phrase(item, mate, corrected=corrected, spans=((start, mate.end),)))
            i += 2
            continue
        spans: tuple[tuple[int, int], ...] = ((item.start, item.end),)
        while i + 1 < len(items) and not corrected and _listed(text, item, items[i + 1]):
            i += 1
            item = _with_listed(item, items[i])
            spans = (*spans, (items[i].start, items[i].end))
        out.append(Phrase(item, corrected=corrected, spans=spans))
        i += 1
    return out


def _corrects(text: str, before: Item | None, item: Item) -> bool:
    """Whether a time takes the place of the one before it."""
    since = before.end if before else 0
    if _CORRECTION.search(text[since : item.start]):
        return True
    if before is None or not before.is_when or item.role in ("end", "to"):
        return False
    return bool(
        _DROPPED.match(text, before.end, item.start)
        or _NOT_THIS.search(text[max(0, before.start - 3) : before.start])
    )


def _daily(text: str, item: Item, mate: Item, after: Item | None) -> bool:
    """「周三到周五每天上午」, 「10号到12号下午2点到4点」: the same hours on each of the days."""
    if not (item.dates and mate.dates) or item.timed:
        return False
    working_week = (item.dates[-1].kind, item.dates[-1].args, mate.dates[-1].kind, mate.dates[-1].args) == (
        "WEEKDAY",
        (0,),
        "WEEKDAY",
        (4,),
    )
    return (
        bool(mate.recur)
        or (working_week and mate.timed)
        or bool(mate.clock and after and after.clock and not after.dates and _joined(text, mate, after))
    )


_RUNNING = frozenset({("WEEKDAY", "WEEKDAY"), ("DAY", "DAY"), ("REL_DAY", "REL_DAY"), ("MONTH_DAY", "DAY")})


def _joined(text: str, item: Item, mate: Item) -> bool:
    if (
        not (item.is_when and mate.is_when)
        or item.shift
        or (mate.recur and not mate.dates)
        or item.mod == "before"
    ):
        return False
    gap = text[item.end : mate.start]
    if item.mod == "after" and not re.search(r"(?:起|开始)$", text[item.start : item.end]):
        return False
    if _JOIN.match(gap) or (
        not gap and item.part == "morning" and mate.part == "evening" and item.clock and mate.clock
    ):
        return True  # 「早8点晚5点」 needs no 到
    plain = item.dates and mate.dates and not item.timed and not mate.timed and not item.recur
    same = plain and len(mate.dates) == 1 and (item.dates[-1].kind, mate.dates[0].kind) in _RUNNING
    return bool(same and _AND.match(gap) and "," not in gap and _next_to(item.dates[-1], mate.dates[0]))


def _next_to(first: Tok, second: Tok) -> bool:
    """「周三周四」 and 「26、27号」 are two days running; 「1号和3号」 are not a stretch."""
    step = second.args[-1] - first.args[-1]
    return bool(step == 1 or (first.kind == "WEEKDAY" and step == -6))


def _listed(text: str, item: Item, mate: Item) -> bool:
    """「周二、周四下午」, 「3、5号」: days that are no stretch."""
    if not (item.dates and mate.dates) or item.recur or mate.recur or item.mod or mate.role == "end":
        return False
    return (
        item.dates[-1].kind in _SAME_SORT
        and mate.dates[-1].kind in _SAME_SORT
        and item.dates[-1].args != mate.dates[-1].args
        and (not item.clock or not mate.clock)
        and bool(_LIST_GLUE.match(text[item.end : mate.start]))
    )


def _with_listed(item: Item, mate: Item) -> Item:
    """The first of the days, with the hour that was said for all of them, and the doubt."""
    doubted = replace(item, doubt=MORE_THAN_ONE_DAY, end=mate.end)
    return doubted if item.timed else replace(doubted, part=mate.part, clock=mate.clock, office=mate.office)


_LENGTH_GLUE = re.compile(
    r"[\s,。;的、(]*(?:开始|起)?(?:会议|会期|时长|用车|用|开|需要|要|大概|大约|约|预计|估计|一共|总共|共|为期|历时|持续|先|就|得|借|占|开会|左右|使用|预订|预定|订|时间)*\s?$"
)


def _attach_lengths(text: str, found: list[Phrase]) -> list[Phrase]:
    out: list[Phrase] = []
    for phrase in found:
        item = phrase.first
        previous = out[-1] if out else None
        if (
            item.length
            and not item.shift
            and previous
            and previous.first.is_when
            and not previous.second
            and not previous.length
        ):
            gap = text[previous.spans[-1][1] : item.start]
            if _LENGTH_GLUE.match(gap):
                out[-1] = replace(previous, length=item.length, spans=(*previous.spans, *phrase.spans))
                continue
        out.append(phrase)
    return out
