"""What words are to an open form: leaving it, a yes, an answer, another request altogether. Pure predicates.

`dialogue` asks them in the order of the day; each says yes only when it is sure, so that what is unclear stays an answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from handlers.dialogue import filling, hearing
from nlu import rules as intents

if TYPE_CHECKING:
    from handlers.dialogue.talk import Form
    from handlers.dialogue.turn import Said
    from handlers.kinds import Kind, Kinds, Slot
    from nlu.understanding import Request

# Questions that are answered in the middle of a form, after which the form goes on.
SIDE = frozenset(
    {"query_ticket", "urge_ticket", "help", "policy_question", "complain", "handoff_human", "greet", "thanks", "goodbye"}
)  # fmt: skip
LEAVE = re.compile(
    r"(?:那|那就|还是|我|就|这个|这件|这张)*(?:先|都|暂时)?(?:不用了|算了|不要了|取消|[不别][订报办去开派弄填说扯]了|先这样|退出|放(?:着|一放|一下)|"
    r"(?:等等|回头|以后|改天|过后)?再说)[。.!！吧哈啊呗\s]*"
)
_YES = r"(?:好的?|行|可以|是的?|对的?|没错|没问题|提交|确认|确定|嗯|嗯呢|嗯那|妥了?|中|ok|OK|就这样|发吧|就这么办|就?(?:订|定|约|派)上?吧?|就要这个|可以(?:订|派))"
YES = re.compile(rf"{_YES}(?:[。.!！，,吧了啊呗\s]*{_YES}){{0,2}}[。.!！吧了啊呗\s]*")
# What any yes has something of: words a classifier takes for one without it (「我屋的」) submit nothing.
ASSENT = re.compile(
    r"[好行是对嗯恩中妥成得准定要发交办走来赞欧哦噢👌👍✅]|可以|没错|没问题|没毛病|没意见|确认|同意|就这|就那|照办|ok|yes|ojbk",
    re.IGNORECASE,
)
# How confident a side question must be to interrupt an open blank for free words.
SURE = 0.6
# How sure one must be that words are none of the desk's business to say so in the middle of a form.
VERY_SURE = 0.9
# Words that ask for something, in a request of its own.
ASKS_FOR = re.compile(r"订|借|申请|安排|预约|开会|派(?:个|辆|台|一)|要(?:个|一|间|用)|接待")
CHANGES = re.compile(r"改|换|不是|不对|应该|调整|提前|推迟|延|取消|再加|还要|[增减]|还是|先不|原来")
QUESTION = re.compile(r"[?？]|吗|呢$|多少|几[点度号]|怎么|咋|谁|哪[儿里个]|啥|什么|为何|如何")
LONG_ENOUGH = 9
# Words that set a request apart from the one being filled.
ANOTHER = re.compile(r"另外|还有(?:个|一)|顺便|再(?:订|派|报|来|要|安排)[一个台间辆份]")
BARE_NUMBER = re.compile(r"\d{1,4}")
STILL_MISSING = "还差这一样，填好就能提交。"
NO_HURRY = "不急，想好了告诉我。"


def says_nothing(said: Said, slot: Slot | None) -> str:
    """Return what to say to words that only play for time, or are a courtesy where a name was asked for; else nothing."""
    if hearing.is_hesitating(said.text):
        return NO_HURRY
    if slot is None:
        return ""
    lone_digit = bool(re.fullmatch(r"\d{1,2}[。.]?", said.text.strip()))
    named_nothing = slot.free and (lone_digit or intents.whole(said.text) in ("affirm", "thanks", "goodbye"))
    return STILL_MISSING if named_nothing else ""


def is_blank(form: Form) -> bool:
    """Say whether nothing was said into the form yet."""
    return form.ticket is None and not any(v for k, v in form.fields.items() if not k.startswith("_"))


def calls_another(said: Said, request: Request, kind: Kind, *, kinds: Kinds) -> bool:
    """Say whether the words call another kind by its name, so that an empty form gives way to it."""
    other = kinds.get(request.kind)
    sure = said.confidence >= SURE and not said.clarify
    return other is not None and other.name != kind.name and sure and hearing.calls(said.text, other.name)


def is_yes(said: Said) -> bool:
    """Say whether the words are a yes to the card; a yes with a question mark (「嗯？」) is none."""
    text = said.text.strip()
    meant = said.intent == "affirm" and bool(ASSENT.search(text))
    return (meant or bool(YES.fullmatch(text))) and not hearing.is_asking(text)


def leaves(said: Said, request: Request, form: Form, kind: Kind) -> bool:
    """Say whether the words leave the form altogether; 「司机别等了，单程就行」 takes back only the waiting."""
    text = said.text.strip()
    if LEAVE.fullmatch(text):
        return True
    sure = said.intent == "cancel_ticket" and said.confidence >= SURE and not said.clarify
    tells = filling.tells(request, kind) or filling.hears(kind, form, said)
    return sure and not request.slots and not tells and len(text) <= 15


def takes_back(said: Said, request: Request, form: Form, kind: Kind) -> bool:
    """Say whether the words take back this very thing, by what it is called: 「不去四平了」."""
    if said.intent != "cancel_ticket" or said.clarify or said.confidence < SURE or not request.slots:
        return False
    named = request.slots.items() - {("start", request.slots.get("start"))}
    return bool(named) and all(
        name in {s.name for s in kind.slots} and str(value) in str(form.fields.get(name) or "")
        for name, value in named
    )


def is_afresh(said: Said, request: Request, form: Form, kind: Kind) -> bool:
    """Say whether the words are a whole request of the same kind, at odds with the one being filled in two things or more.

    Somebody who answers or corrects says one thing, or says that it changes; somebody who tells time, place and head count
    anew means another trip.
    """
    if said.intent != kind.intent or said.clarify or said.confidence < SURE or request.kind != form.kind:
        return False
    if len(said.text) < LONG_ENOUGH or CHANGES.search(said.text) or len(request.slots) < 2:
        return False
    old_day, new_day = (str(v or "")[:10] for v in (form.fields.get("start"), request.slots.get("start")))
    timed = request.hints.get("start_precision") != "clock" and not request.hints.get("any_day")
    odds = int(bool(timed and old_day and new_day and old_day != new_day))
    for slot in kind.slots:
        old, new = form.fields.get(slot.name), request.slots.get(slot.name)
        if slot.name in ("start", "purpose") or not old or not new or form.fields.get(f"{slot.name}_guessed"):
            continue
        odds += str(old) not in str(new) and str(new) not in str(old)
    return odds >= (1 if ANOTHER.search(said.text) else 2)


def interrupts(said: Said, request: Request, form: Form, kind: Kind) -> bool:
    """Say whether the words are surely something else than an answer to the question.

    A time or a number said alone looks like any kind of request; only what no blank of this form could hold makes
    it another one.
    """
    if said.clarify or said.confidence < SURE or BARE_NUMBER.fullmatch(said.text.strip()):
        return False
    if said.intent in SIDE or is_beside_the_point(said):
        return True
    if not request.kind or request.kind == form.kind:
        return False
    return is_other(said, request, form, kind)


def is_beside_the_point(said: Said) -> bool:
    """Say whether the words are surely a question about something the desk does not do (「明天天气咋样」)."""
    if said.intent != "out_of_scope" or said.confidence < VERY_SURE or not QUESTION.search(said.text):
        return False
    return len(said.text) >= 5 and not hearing.is_time_or_count(said.text, said.now)


def is_other(said: Said, request: Request, form: Form, kind: Kind) -> bool:
    """Say whether words taken for another kind's surely are: they call it by its name, or tell what only it asks for.

    What this kind hears in them for itself (「两个人陪」, 「长春站接」) stays here.
    """
    own = {s.name for s in kind.slots} | {"end", "urgency"}
    apart = bool(ANOTHER.search(said.text)) or ("start" in request.slots and form.asking != "start")
    if not apart and len(said.text) <= 20 and filling.hears(kind, form, said):
        return False
    if form.asking in request.slots and request.slots.keys() <= own and not apart:
        # 「我屋就是主楼508」, asked where: an answer, unless it asks for a room.
        return bool(ASKS_FOR.search(said.text)) and hearing.calls(said.text, request.kind or "")
    if not request.slots:
        return len(said.text) >= 6 and hearing.calls(said.text, request.kind or "")
    return bool(request.slots.keys() - own) or hearing.calls(said.text, request.kind or "")
