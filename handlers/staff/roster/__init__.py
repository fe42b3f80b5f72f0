"""「我明天请假」「换班」: people who serve change the roster among themselves, and the other side has to agree.

Leave is noted at once, because whoever is away is away; a stand-in counts from the moment they say yes. Turns are swapped when
the other side says yes, never before. The dispatchers of the work concerned hear of both. Buttons begin with `w:` and are
trusted for nothing: only whom the desk asked may answer, only who has a turn may give it away.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from desk.errors import BadInput
from desk.outbox import Message
from handlers.staff.roster import leave, swapping

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.desk_side import Stage
    from handlers.heard import Press

LEAVE = re.compile(
    r"请[^，。车会修]{0,4}假|休(?:年|病|事|产|探亲)?假|(?:有事|生病)?(?:不能|不来|来不了|没法)(?:上班|值班)"
)
# Said by those who serve, this is leave too: 「我病了今天来不了」.
AWAY = re.compile(
    r"^我?.{0,8}(?:病了|不舒服|发烧|有事|住院|家里)?.{0,6}(?:来不了|去不了单位|不能来|上不了班|不来了)[了啊]?$"
)
ASK_DAYS = "请哪几天的假？直接说就行，比如「今天」「明天下午」「周四到周五」。"
SWAP = re.compile(r"[换调倒]个?班(?!车|次)|替班|顶班")
# Said of somebody else, or about a holiday: no word about one's own roster.
NOT_OWN = re.compile(r"派|订|修|接待|怎么|规定|政策|多少天|放假|他|她|领导|局长|处长|客人")
LONGEST_WORDS = 40
UNKNOWN = "这个按钮我不认识，可能是旧版本的消息"


def begin(stage: Stage, text: str) -> bool:
    """Begin a leave or a swap if the words ask for one; return whether they did."""
    if len(text) > LONGEST_WORDS or NOT_OWN.search(text):
        return False
    if SWAP.search(text):
        swapping.offer_turns(stage)
        return True
    return _takes_leave(stage, text)


def _takes_leave(stage: Stage, text: str) -> bool:
    asked = stage.talk.pending.get("what") == "leave"
    if asked:
        stage.talk = replace(stage.talk, pending={})
    serves = any(stage.person.has_role(role) for role in leave.SERVING)
    span = leave.span_of(stage, text)
    if not (LEAVE.search(text) or (asked and span) or (serves and span and AWAY.search(text))):
        return False
    if not serves:
        if span is None:
            return False
        stage.say(Message(text="我这儿只登记值班和服务人员的请假换班；您的请假请按本单位的手续办。"))
    elif span is None:
        stage.talk = replace(stage.talk, pending={"what": "leave"})
        stage.say(Message(text=ASK_DAYS))
    else:
        leave.note_leave(stage, *span)
    return True


def pressed(stage: Stage, press: Press, rest: str) -> None:
    """Act on a `w:` press. Raises DeskError for what must be refused."""
    verb, *numbers = rest.split(":")
    if not numbers or not all(n.isdigit() and len(n) <= 12 for n in numbers):
        raise BadInput(UNKNOWN)
    ids = [int(n) for n in numbers]
    acts: dict[tuple[str, int], Callable[..., str]] = {
        ("sub", 2): leave.ask_stand_in,
        ("can", 1): leave.stand_in,
        ("cannot", 1): leave.no_stand_in,
        ("back", 1): leave.take_back,
        ("mine", 1): swapping.offer_partners,
        ("with", 2): swapping.ask_swap,
        ("agree", 2): swapping.swap,
        ("refuse", 2): swapping.no_swap,
    }
    act = acts.get((verb, len(ids)))
    if act is None:
        raise BadInput(UNKNOWN)
    stage.answer_press(press, act(stage, *ids))
