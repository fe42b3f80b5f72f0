"""Steps taken in words: a driver writes 「出发了」, a technician 「换了镇流器，好了」, a requester 「满意」.

Nobody at the wheel should have to look for a button. The words of each step stand in one table; they count only for somebody
who may take that step now (role, state and version are checked as for a button). What the words tell besides
(「跑了42公里」) answers the question the step leaves behind. With several tickets in question the person chooses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from desk import tickets
from desk.instants import to_local
from desk.outbox import Button, Message
from handlers.forms import followup
from handlers.tickets import cards, lifecycle, showing
from handlers.tickets.parties import parties_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desk.models import Ticket
    from handlers.desk_side import Stage
    from handlers.kinds import Step

_DONE = r"(?:了|啦|咯|喽|完了)"
_LEAD = r"(?:好[的嘞]?|嗯|行|师傅|您好|你好|报告|刚|刚刚|已经?|现在|我们?|俺|车|人|活|这个|这边|那个|这[回次下]|都|全|又|终于|总算|正式|基本)*"
_WORKED = r"(?:处理|解决|维修|修理|抢修|检修|更换|安装|调试|疏通|修|弄|整|搞|换|装|接|通|干|拧|堵)"
# What people write for a step; a clause counts when it is nothing else.
WORDS: dict[str, str] = {
    "depart": rf"(?:出发|出车|发车|动身|上路|走|往那边?去|往那儿去){_DONE}|在?路上(?:了|呢)?|正?往那边?(?:去|走|赶)(?:呢|了)?",
    "arrive": rf"(?:到|到达|到位|抵达|到地方|到地儿|到门口|到楼下|到现场){_DONE}|在(?:门口|楼下)等(?:着|呢)?(?:了)?",
    "complete": rf"(?:完事儿?|完成|干完|干好|修好|修完|弄好|整好|搞定|搞好|换好|送到|送到位|接到|回来|返回|收工|收车|结束|通|亮|好|好使|妥){_DONE}|(?:把)?(?:人|客人|领导)?(?:都)?送(?:完|到)(?:人|客人|家|站|机场|地方)?{_DONE}?|往回(?:走|返|开|赶)(?:了|呢)?|(?:完工|竣工|恢复正常|恢复供[电水暖]|一切正常|(?:救|放|接|弄)出来|(?:扑|浇)?灭|险情?(?:已)?(?:解除|排除)|{_WORKED}(?:好|完|妥|利索|上|通|完毕)){_DONE}?",
    "accept": r"接(?:单)?了|接单|收到[，,]?(?:我)?(?:马上|这就)?(?:去|过去|来)|我(?:马上|这就)(?:去|过去)|这?活我接(?:了)?",
    "parts": r"(?:没有?|缺|等|差)(?:这个|那个)?(?:配件|零件|备件|材料|货|料)(?:了)?|得等(?:配件|零件|料|货)|配件没(?:有|货|到)(?:了)?|缺(?:了|少)?(?:一?[个块根套条只台])?\S{1,8}|差(?:一?[个块根套条只台])\S{1,8}|(?:得|要|需要?)(?:等|去|现)?(?:买|采购|订|定|调|进)(?:一?[个块根套条只台])?\S{0,8}",
    "hand_back": r"(?:我)?(?:去|来|走|出|跑)不了(?:了)?|(?:我)?干不了(?:了)?|(?:这活|这趟)我(?:去|干|跑)不了",
    "checkin": r"签到(?:了)?|到会(?:场|议室)?了|(?:我们)?(?:已经?)?(?:开始开会|开会|进会场|进会议室)了",
    "finish": r"(?:会)?(?:开完会?|散会|开完)了|会议?(?:提前)?结束了?|提前结束了?|会?(?:都)?散(?:会)?了",
    "prolong": r"(?:我们|这边|那个|会议?)*(?:能不能|能|可不可以|可以|还|想|要|再|得)*(?:给(?:我们?)?)?(?:延长|延时|延|多用|多开|再开|再用)(?:一?下)?(?:半个?(?:小时|钟头)|30分钟?|三十分钟|一?会儿?)(?:会|会议室)?(?:不|行不|行吗|可以吗|吗|吧)?",
    "fixed": r"(?:都?修好|都?弄好|好使|好用|可以|没问题|没毛病|验收|验收通过|好|亮|通|正常|行|成|妥|热乎?|暖和)了?|没问题(?:了)?|验收(?:通过)?",
    "not_fixed": r"(?:还是?在?|仍然?|依然|又)(?:不|没|坏|漏|滴|堵|闪|响|卡|跳|松|歪|断|冒|渗|淌|返|那样|原样|这样|老样子)\S{0,8}|白修了?|(?:没|根本没)(?:修好|弄好|好|解决)\S{0,3}|不好使",
    "again": r"又(?:坏|漏|堵|不亮|不热|不行|不好使|犯病|犯毛病)\S{0,4}",
    "rate_good": r"(?:非常|很|挺|特别|十分|太)?满意|(?:很|挺|非常|真|特别)?(?:好|不错|棒|可以|赞)|(?:五星)?好评|五星|五分|点赞|给个?(?:好评|五星)|5(?:星|分)",
    "rate_fair": r"一般(?:般|吧)?|还行(?:吧)?|凑合|马马虎虎|三星|中评|就那样",
    "rate_bad": r"(?:很|非常|太|特别)?不满意|差评|(?:太|很|真)差(?:劲|了)?|一星|不行",
    "approve": r"同意(?:了)?|批(?:准)?了?|通过|准了?|可以批",
    "decline": r"不同意|不批(?:准)?|不准",
    "take": r"(?:我)?受理(?:了)?|我来(?:处理|办|弄)|这(?:单|个)我(?:来|办|接)",
}
_PATTERNS = {
    action: re.compile(f"{_LEAD}(?:{words})(?:哈|啊|呀|哦|噢|吧|呢|了)?") for action, words in WORDS.items()
}
# A mark that can be meant for nothing else, even while a form is open.
_MARK = re.compile(r"(?:非常|很|挺)?满意[。！!]?|不满意[。！!]?")
_CLAUSE = re.compile(r"[，,。;；!！\s、]+")
_ASKING = re.compile(r"[?？]|吗|没有?$|么$|什么|多久|几点|啥时|怎么|咋|谁|哪")
LONGEST = 60
# Whose words these are: marks and acceptances concern tickets a person made, also lately closed ones.
OF_REQUESTER = frozenset(
    {"fixed", "not_fixed", "again", "rate_good", "rate_fair", "rate_bad", "checkin", "finish"}
)
MARKS = frozenset({"rate_good", "rate_fair", "rate_bad"})
# What tells why, beside what: the words as a whole are the answer to the question that follows.
TELLING = frozenset({"parts", "not_fixed", "hand_back", "rate_bad"})
# Steps that may be told before the ones that come first were pressed, and the steps that lead there.
LATER = frozenset({"arrive", "complete", "parts"})
BRIDGES = ("arrive", "depart")
# What only those say who have work in hand, and what only those say who have something to judge.
OF_WORK = frozenset({"depart", "arrive", "complete", "accept", "parts", "hand_back"})
CONTENT = re.compile(r"(?:非常|很|挺|特别|十分)?满意|(?:五星)?好评|五星|[五5]分|挺好的?|(?:真|很)?不错")
NO_WORK = "您手里现在没有在办的单子，不用登记。新的活派到您会马上通知。"
NO_MARK = "谢谢您！现在没有等您评价的单子，办完了我会请您打分。"
LATELY = timedelta(days=3)
SOON = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """One step that the words may mean, on one ticket; `rest` is what else was said."""

    ticket: Ticket
    step: Step
    rest: str
    # A step that was forgotten on the way: who has come back has left before.
    first: Step | None = None


def taken(stage: Stage, text: str, *, remark: bool = False) -> bool:
    """Take the step the words name, if the person may take it now. Return whether they named one.

    A `remark` (a photo's caption) that names none to be taken is left to whoever has use for it.
    """
    asks = _ASKING.search(text) and not _PATTERNS["prolong"].fullmatch(text.strip())
    in_form = stage.talk.form is not None and not _MARK.fullmatch(text.strip())
    if in_form or len(text) > LONGEST or asks:
        return False
    found = _closest(stage, _meant(stage, text))
    if not found:
        return not remark and _nothing_to_take(stage, text)
    if len(found) > 1 or _is_early(stage, found[0]):
        _choose(stage, found)
        return True
    _take(stage, found[0])
    return True


def _nothing_to_take(stage: Stage, text: str) -> bool:
    """Answer a worker who reports a step with no work in hand, and praise with nothing to praise; return whether it was that."""
    if CONTENT.fullmatch(text.strip().rstrip("。.！!~了啊呀")):
        stage.say(Message(text=NO_MARK))
        return True
    works = any(k.worker and stage.person.has_role(k.worker, kind=k.name) for k in stage.house.kinds)
    if not works or not OF_WORK & _named(text).keys() or _at_hand(stage):
        return False
    stage.say(Message(text=NO_WORK))
    return True


def _named(text: str) -> dict[str, str]:
    """Return the steps the words name, each with what else they say."""
    return {a: rest for a, p in _PATTERNS.items() if (rest := _rest(p, text, whole=a in TELLING)) is not None}


def _meant(stage: Stage, text: str) -> list[Meant]:
    named = _named(text)
    if not named:
        return []
    found, detours, early = [], [], []
    for ticket in _at_hand(stage):
        kind = stage.house.kinds.get(ticket.kind)
        steps = kind.steps if kind else ()
        for step in steps:
            if step.action not in named:
                continue
            one = Meant(ticket=ticket, step=step, rest=named[step.action])
            if not _may(stage, ticket, step):
                if (
                    step.action == "checkin"
                    and ticket.state in step.states
                    and _is_ones_own(stage, ticket, step)
                ):
                    early.append(one)  # taking it says from when on it can be taken
                continue
            if ticket.state in step.states:
                found.append(one)
            elif step.action in LATER and (first := _on_the_way(stage, ticket, steps)) is not None:
                detours.append(replace(one, first=first))
    return found or detours or early


def _may(stage: Stage, ticket: Ticket, step: Step) -> bool:
    is_offered = step.offered is None or step.offered(stage.scene, ticket)
    return is_offered and _is_ones_own(stage, ticket, step)


def _is_ones_own(stage: Stage, ticket: Ticket, step: Step) -> bool:
    parts = parties_of(stage.person, ticket)
    return bool(parts & set(step.by)) and (step.action not in OF_REQUESTER or "requester" in parts)


def _on_the_way(stage: Stage, ticket: Ticket, steps: Sequence[Step]) -> Step | None:
    """Return the step that leads from where the ticket stands to the work itself."""
    steps_now = [s for s in steps if ticket.state in s.states and _may(stage, ticket, s)]
    return next((s for action in BRIDGES for s in steps_now if s.action == action), None)


def _is_early(stage: Stage, meant: Meant) -> bool:
    """Say whether a trip is said to have begun long before its time: then it is asked which one is meant."""
    starts = meant.ticket.starts_at
    action = meant.first.action if meant.first else meant.step.action
    return action == "depart" and starts is not None and starts - stage.scene.now > SOON


def _rest(pattern: re.Pattern[str], text: str, *, whole: bool) -> str | None:
    """Return what the words say besides a clause of this pattern; None when no clause is."""
    clauses = [c for c in _CLAUSE.split(text.strip()) if c]
    # The last of several: 「换上了，好使了」 tells what was done before it tells that it is.
    at = next((i for i in reversed(range(len(clauses))) if pattern.fullmatch(clauses[i])), None)
    if at is None or (len(clauses) > 4 and at > 0):
        return None
    rest = "，".join(c for i, c in enumerate(clauses) if i != at)
    return text.strip() if whole and (rest or len(text.strip()) >= 4) else rest


def _at_hand(stage: Stage) -> list[Ticket]:
    session, now = stage.scene.session, stage.scene.now
    found = tickets.in_hands_of(session, stage.person) + tickets.open_of(session, stage.person)
    found += [
        t
        for t in tickets.latest_of(session, stage.person)
        if t.closed_at is not None and now - t.closed_at <= LATELY
    ]
    return list({t.id: t for t in found}.values())


def _closest(stage: Stage, found: list[Meant]) -> list[Meant]:
    """Of several, keep the likeliest: an acceptance before a mark, the latest job to be marked, the trip about to begin."""
    work = [m for m in found if m.step.action not in MARKS]
    if work and len(work) < len(found):
        found = work
    elif found and not work:
        return [max(found, key=lambda m: m.ticket.closed_at or m.ticket.updated_at)]
    under_way = [m for m in found if m.step.action != "again"]
    found = under_way or found
    if len(found) > 1 and all(m.ticket.starts_at for m in found):
        now = stage.scene.now
        near = [m for m in found if m.ticket.starts_at and abs(m.ticket.starts_at - now) <= SOON]
        today = [
            m
            for m in near
            if m.ticket.starts_at and to_local(m.ticket.starts_at).date() == to_local(now).date()
        ]
        return today if len(today) == 1 else near if len(near) == 1 else found
    return found


def _choose(stage: Stage, found: list[Meant]) -> None:
    lines = "\n".join(dict.fromkeys(showing.one_line(stage, m.ticket) for m in found[:6]))
    offered = [(m.ticket, m.first or m.step) for m in found[:6]]
    buttons = tuple(
        (Button(f"{t.number} {s.label or s.word}", cards.press(s.action, t)),) for t, s in offered
    )
    stage.say(Message(text=f"是哪一张？\n{lines}", buttons=buttons))


def _take(stage: Stage, meant: Meant) -> None:
    ticket = lifecycle.fetch(stage.scene, meant.ticket.id)
    if meant.first is not None:
        lifecycle.perform(stage.scene, ticket=ticket, action=meant.first.action)
    # A step that asks nothing afterwards takes the words along as its reason (「去不了，车坏了」).
    why = meant.rest if meant.step.then is None and meant.step.action in TELLING else ""
    deed, step = lifecycle.perform(stage.scene, ticket=ticket, action=meant.step.action, arg=why)
    if step.thanks is None:
        stage.say(Message(text=f"{step.label or step.word} ✓ {showing.one_line(stage, ticket)}"))
    ask = step.then(deed) if step.then is not None else None
    if ask is not None and meant.rest and re.search(ask.expects, meant.rest):
        told, after = lifecycle.perform(stage.scene, ticket=ticket, action=ask.action, arg=meant.rest)
        followup.afterwards(stage, told, after)
        return
    followup.afterwards(stage, deed, step)
