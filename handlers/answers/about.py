"""Questions about the desk itself: who are you, how is it done, what does this card mean; answered in a line, and the form goes on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from desk.outbox import Button, Message
from handlers import words
from handlers.answers import about_cars, about_rooms
from handlers.dialogue import hearing
from handlers.words import esc

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.desk_side import Stage

# Longer words tell a matter of their own.
LONGEST = 22
HOW = re.compile(
    r"(?:怎么|咋|如何|怎样)(?:才能|去|来|样)?[^还没不]{0,3}?(?:订|定|叫|约|派|报|用|申请|借|要|预约|安排)"
)


def answered(stage: Stage, text: str) -> bool:
    """Answer words that ask about the desk itself. Return whether they did."""
    bare = text.strip()
    if len(bare) > LONGEST:
        return about_rooms.answered(stage, bare)
    reply = next((say(stage) for pattern, say in ABOUT if pattern.search(bare)), "")
    if reply:
        stage.say(Message(text=reply))
        return True
    return about_rooms.answered(stage, bare) or about_cars.answered(stage, bare) or _how_to_ask(stage, bare)


def _how_to_ask(stage: Stage, text: str) -> bool:
    """Say how a kind of request is made (「怎么订会议室」): an example of it, and a button to begin with."""
    if stage.talk.form is not None or not HOW.search(text):
        return False
    kind = next((k for k in stage.house.kinds if k.examples and hearing.calls_by_name(text, k.name)), None)
    if kind is None:
        return False
    reply = f"{kind.icon} 直接说就行，比如「{esc(kind.examples[0])}」，缺什么我再问；也可以点下面一步一步来。"
    stage.say(Message(text=reply, buttons=((Button(f"{kind.icon} {kind.title}", f"q:new:{kind.name}"),),)))
    return True


def _what_is_this(stage: Stage) -> str:
    if stage.talk.form is None:
        return "我是后勤服务台：要办的事直接说，我核对后给您一张卡片，点「提交」就办上了。"
    if stage.talk.form.asking:
        return "这张申请还差一样，下面这句就是问您的；不想办了说「算了」。"
    return "下面是按您说的填好的申请：对就点「提交」，要改直接说改成什么，不办了说「算了」。"


def _submit(stage: Stage) -> str:
    if stage.talk.form is None:
        return words.HOW_TO_SUBMIT
    if stage.talk.form.asking:
        return "还差下面这一样，填好会出来一张卡片，点上面的「提交」就行。"
    return "点卡片下面的「提交」，或者直接回「提交」。"


def _phone(stage: Stage) -> str:
    return f"值班电话 {esc(stage.house.rules.parameter('vehicle', 'duty_phone'))}，有急事直接打；平常的事在这儿说就行。"


def _plain(text: str) -> Callable[[Stage], str]:
    return lambda _stage: text


ABOUT: tuple[tuple[re.Pattern[str], Callable[[Stage], str]], ...] = (
    (
        re.compile(r"机器人|是(?:真)?人吗|是真人|你是谁|你是啥|你叫什么|人工智能"),
        _plain(words.WHO_I_AM),
    ),
    (re.compile(r"(?:哪[里儿]|怎么|咋).{0,3}提交|提交.{0,4}(?:哪|在哪)"), _submit),
    (re.compile(r"提交.{0,4}(?:后|完|了).{0,4}(?:能|可以|还).{0,3}改|(?:还|以后|后面)能改[吗么]"), _plain(words.CAN_CHANGE)),
    (
        re.compile(r"^(?:这?是?(?:什么|啥)意思|看不懂|没看懂|不明白|没明白|这是(?:什么|啥|干啥的))[？?啊呀。]*$|^嗯[？?]+$"),
        _what_is_this,
    ),
    (re.compile(r"^(?:请问)?(?:怎么|咋|如何)(?:才能)?(?:取消|撤销|退掉?)(?:单子|申请|呢|啊)?[？?]*$"), _plain(words.HOW_TO_CANCEL)),
    (re.compile(r"^(?:请问)?(?:怎么|咋|如何)(?:才能)?(?:改|修改|更改)(?:单子|时间|人数|呢|啊)?[？?]*$"), _plain(words.CAN_CHANGE)),
    (re.compile(r"^(?:请问)?(?:怎么|咋|如何)(?:查|看|知道).{0,5}(?:单|进度|派没派)|在哪儿?[看查].{0,3}单"), _plain(words.HOW_TO_QUERY)),
    (re.compile(r"^(?!.*(?:师傅|司机|驾驶员|他|她)).*(?:(?:值班|报修|调度|维修|后勤|服务台).{0,2}电话|电话(?:是)?(?:多少|几号)|联系电话)"), _phone),
)  # fmt: skip
