"""Everything people say that is no form: where is it, change it, cancel it, hurry up, what is the rule, thanks.

Each intent has one short function here; which ticket is meant is found in `which`, people are called in `humans`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import feedback, tickets
from desk.instants import brief
from desk.models import Ticket, TicketEvent
from desk.outbox import Button, Message
from handlers import words
from handlers.answers import humans, which
from handlers.dialogue.weighing import QUESTION
from handlers.forms import followup
from handlers.tickets import cards, lifecycle, showing
from handlers.tickets.parties import hands
from handlers.words import esc, fits, rows
from nlu import rules as intents
from nlu.understanding import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from desk.rules import Rule
    from handlers.desk_side import Stage
    from handlers.dialogue.turn import Clarify, Said

URGE_PAUSE = timedelta(minutes=10)
# 「接待有什么规定」 asks for no rule but for all of them.
# Asking leave: a question about a rule without a question mark (「行不行」).
MAY = re.compile(r"行不行|能不能|可不可以|可以吗|让不让|用不用|用审批|要不要")
IN_GENERAL = re.compile(
    r"(?:什么|哪些|啥|有何|相关|主要)(?:的)?(?:规定|要求|讲究|制度|规矩)|(?:规定|制度)(?:是什么|有哪些|讲讲)"
)
OUTLINED = 12
HAN = re.compile(r"[一-鿿]")
# What one asks about a ticket without calling it by that name.
AFTER_A_TICKET = re.compile(
    r"什么时候|啥时候|几点|几时|多久|到哪|在哪|来[了没不]|[谁哪].{0,3}[个位台辆]|怎么样了|咋样了|好了?没|没动静|没消息|没人|还没|定了|派了|批了|安排"
)
LATELY = timedelta(days=2)
WHY = re.compile(r"为什么|为啥|凭什么|凭啥|什么原因|啥原因|咋(?:没|不)")
INTENT_LABELS = {
    "query_ticket": "查进度",
    "change_ticket": "改单子",
    "cancel_ticket": "取消单子",
    "urge_ticket": "催一下",
    "complain": "投诉建议",
    "policy_question": "问规定",
    "handoff_human": "转人工",
    "help": "怎么用",
}


def answer(stage: Stage, request: Request, said: Said) -> None:
    """Answer one request that opens no form."""
    ANSWERS.get(request.intent, unknown)(stage, request, said)


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────


def query(stage: Stage, request: Request, said: Said) -> None:
    """Say where somebody's tickets stand."""
    if which.unknown_number(stage, request, said):
        return
    if (refused := _refused_lately(stage, said)) is not None and not which.number_in(said.text):
        showing.show_ticket(stage, refused)
        return
    found = which.meant(stage, request, said, open_only=False)
    if not found and not which.number_in(said.text):
        found = which.meant(stage, replace(request, kind=None), replace(said, text=""), open_only=False)
    if not found:
        stage.say(Message(text="没有查到您的单子。要办什么直接说，我马上给您办。", buttons=menu_rows(stage)))
        return
    showing.show_tickets(stage, found[:5])


# ── change, cancel, urge ────────────────────────────────────────────────────────────────────────────


def cancel(stage: Stage, request: Request, said: Said) -> None:
    """Ask which ticket to cancel, and once more whether."""
    if which.unknown_number(stage, request, said):
        return
    found = [t for t in which.meant(stage, request, said) if t.requester_id == stage.person.id]
    if not found:
        found = which.all_open(stage, request, said)
    if not found:
        stage.say(Message(text="您没有在办的单子，不用取消。"))
    elif len(found) > 1:
        which.choose(stage, found, verb="cancel", question="要取消哪一张？", request=request, said=said)
    else:
        ask_cancel(stage, found[0])


def ask_cancel(stage: Stage, ticket: Ticket) -> None:
    """Ask for a last yes before a ticket is cancelled."""
    kind = stage.house.kinds[ticket.kind]
    if not any(s.action == "cancel" and ticket.state in s.states for s in kind.steps):
        words_ = f"{lifecycle.situation(ticket)}这时候已经不能自己取消了，请直接联系{esc(hands(ticket))}，或转人工。"
        stage.say(Message(text=words_, buttons=((Button("转人工", "q:human"),),)))
        return
    own = kind.menu(stage.scene, ticket, "cancel")
    if own is not None:
        stage.ask_once(own)
        return
    buttons = (Button("确认取消", cards.press("cancel", ticket)), Button("不取消", "q:keep"))
    followup.ask_sure(stage, ticket)
    question = f"确定取消这张单子吗？\n{showing.one_line(stage, ticket)}"
    stage.ask_once(Message(text=question, buttons=(buttons,)))


def urge_words(stage: Stage, request: Request, said: Said) -> None:
    """Urge the ticket that is meant."""
    if which.unknown_number(stage, request, said):
        return
    found = [t for t in which.meant(stage, request, said) if t.closed_at is None]
    if not found:
        found = which.all_open(stage, request, said)
    if not found:
        stage.say(Message(text="您没有在办的单子。要报新的，直接说就行。", buttons=menu_rows(stage)))
    elif len(found) > 1:
        which.choose(stage, found, verb="urge", question="要催哪一张？", request=request, said=said)
    else:
        stage.say(Message(text=urge(stage, found[0]) + "\n" + showing.one_line(stage, found[0])))


def urge(stage: Stage, ticket: Ticket) -> str:
    """Tell whoever answers for a ticket that it is waited for; return what the requester reads."""
    session, now = stage.scene.session, stage.scene.now
    last = session.scalar(
        select(TicketEvent.at)
        .where(TicketEvent.ticket_id == ticket.id, TicketEvent.action == "urge")
        .order_by(TicketEvent.id.desc())
        .limit(1)
    )
    if ticket.closed_at is not None:
        return "这张单子已经办结了"
    if last is not None and now - last < URGE_PAUSE:
        return f"刚催过了，{hands(ticket)}已经知道，请稍等"
    tickets.note(session, ticket, actor=stage.person, action="urge", now=now)
    text = f"📣 {ticket.number} 申请人在催：{esc(stage.person.name)} {esc(stage.person.phone)}\n{showing.one_line(stage, ticket)}"
    if ticket.responsible_id == stage.person.id:
        # The ticket is in the requester's own hands (a booked room): the dispatchers are who can help.
        cards.tell(stage.scene, ticket, party="dispatcher", text=text, besides=stage.person)
        return "已提醒调度员，会尽快联系您"
    cards.tell(stage.scene, ticket, party="responsible", text=text, besides=stage.person)
    return (
        f"已催{hands(ticket)}，最晚 {brief(ticket.due_at, now=now)} 前有回音"
        if ticket.due_at
        else f"已催{hands(ticket)}"
    )


# ── rules, people, courtesies ───────────────────────────────────────────────────────────────────────


def policy(stage: Stage, request: Request, said: Said) -> None:
    """Answer a question about the rules from the rule book, or hand it to a human."""
    book = stage.house.rules
    outline = book.outline(said.text) if IN_GENERAL.search(said.text) else ()
    if outline:
        titles = "\n".join(f"• <b>{esc(r.title)}</b>：{esc(r.words)}" for r in outline[:OUTLINED])
        stage.say(Message(text=f"📖 主要是这几条，想细问哪一条直接说：\n{titles}"))
        return
    found = book.answering(said.text)
    if not found:
        text = "这条规定我手头没有准话，不敢乱说。点「转人工」，请管这件事的同事答复您。"
        stage.say(Message(text=text, buttons=((Button("转人工", "q:human"),),)))
        return
    stage.say(Message(text=_quoted(found)))


def _quoted(rules: Iterable[Rule]) -> str:
    """Return the rules as an answer shows them: title, clause, and the other way."""
    return "\n\n".join(
        f"📖 <b>{esc(r.title)}</b>\n{esc(r.quoted())}"
        + (f"\n💡 {esc(r.alternative)}" if r.alternative else "")
        for r in rules
    )


def greet(stage: Stage, request: Request, said: Said) -> None:
    """Greet, and say what can be done here."""
    example = next((k.examples[0] for k in stage.house.kinds if k.examples), "")
    text = words.GREETING.format(name=esc(stage.person.name), example=esc(example))
    stage.say(Message(text=text, buttons=menu_rows(stage)))


def _plain(text: str) -> Callable[[Stage, Request, Said], None]:
    def say(stage: Stage, request: Request, said: Said) -> None:
        stage.say(Message(text=text))

    return say


def affirm(stage: Stage, request: Request, said: Said) -> None:
    """Answer a yes to nothing: a courtesy, unless something was to be submitted."""
    wants = re.search("提交|确认|确定|同意", said.text)
    stage.say(Message(text=words.NOTHING_TO_AFFIRM if wants else words.ALL_RIGHT))


def deny(stage: Stage, request: Request, said: Said) -> None:
    """Answer a no to nothing; what only sounds like one is not understood."""
    if intents.whole(said.text) == "deny":
        stage.say(Message(text="好的。需要办什么直接说。"))
    else:
        unclear(stage)


def unknown(stage: Stage, request: Request, said: Said) -> None:
    """Answer what belongs to no kind this house has, unless it asks after a ticket or says nothing at all."""
    if request.intent.startswith(("book_", "report_", "arrange_")):
        humans.hand_over(stage, said.text)
    elif (refused := _refused_lately(stage, said)) is not None:
        showing.show_ticket(stage, refused)
    elif _asks_after_a_ticket(stage, said):
        query(stage, replace(request, intent="query_ticket", kind=None), said)
    elif len(HAN.findall(said.text)) < 4:
        unclear(stage)
    elif _asks_a_rule(stage, said):
        policy(stage, request, said)
    else:
        stage.say(Message(text=words.OUT_OF_SCOPE, buttons=menu_rows(stage)))


def _asks_a_rule(stage: Stage, said: Said) -> bool:
    """Say whether the words ask what a rule in the book is asked for by (「工作餐一位多少钱」)."""
    return bool(QUESTION.search(said.text) or MAY.search(said.text)) and bool(
        stage.house.rules.asked_for(said.text)
    )


def _refused_lately(stage: Stage, said: Said) -> Ticket | None:
    """Return the person's latest ticket if it was refused and the words ask why."""
    return last_refused(stage) if WHY.search(said.text) else None


def last_refused(stage: Stage) -> Ticket | None:
    """Return the person's latest ticket if it was refused within a day or two."""
    latest = tickets.latest_of(stage.scene.session, stage.person, limit=1)
    found = latest[0] if latest and latest[0].fields.get("refused") else None
    recent = found is not None and found.closed_at and stage.scene.now - found.closed_at < LATELY
    return found if recent else None


def unclear(stage: Stage) -> None:
    """Say that nothing was understood, and how to go on."""
    example = next((k.examples[0] for k in stage.house.kinds if k.examples), "")
    stage.say(Message(text=words.UNCLEAR.format(example=esc(example)), buttons=menu_rows(stage)))


def _asks_after_a_ticket(stage: Stage, said: Said) -> bool:
    """Say whether somebody with a ticket of the kind named asks when, where or who (「车什么时候来」)."""
    if not AFTER_A_TICKET.search(said.text):
        return False
    kind = which.named_kind(stage, Request(intent="", kind=None), said)
    return kind is not None and bool(tickets.open_of(stage.scene.session, stage.person, kind=kind))


ANSWERS: dict[str, Callable[[Stage, Request, Said], None]] = {
    "query_ticket": query,
    "cancel_ticket": cancel,
    "urge_ticket": urge_words,
    "policy_question": policy,
    "complain": humans.complain,
    "handoff_human": humans.human,
    "greet": greet,
    "help": greet,
    "thanks": _plain(words.THANKS),
    "goodbye": _plain(words.GOODBYE),
    "affirm": affirm,
    "deny": deny,
}


# ── asking with buttons ─────────────────────────────────────────────────────────────────────────────


def menu_rows(stage: Stage) -> tuple[tuple[Button, ...], ...]:
    """Return the buttons that start something."""
    kinds = [Button(f"{k.icon} {k.title}", f"q:new:{k.name}") for k in stage.house.kinds]
    return (*rows(kinds, width=4), (Button("📋 我的单子", "q:mine"), Button("🙋 转人工", "q:human")))


def clarify(stage: Stage, outcome: Clarify, said: Said) -> None:
    """Ask which of several things was meant; what was read from the words is kept for the answer."""
    r = outcome.request
    if "policy_question" in outcome.candidates and _asks_a_rule(stage, said):
        policy(stage, r, said)
        return
    if said.candidates:  # none: there was no Rasa to blame
        guess = said.candidates[0][0]
        feedback.collect(
            stage.scene.session, said.text, why=feedback.Why.CLARIFIED, guessed=guess, now=stage.scene.now
        )
    stage.talk = replace(
        stage.talk, pending={"what": "clarify", "slots": r.slots, "hints": r.hints, "said": said.text[:1000]}
    )
    by_intent = stage.house.kinds.by_intent()
    names = [c for c in outcome.candidates if c in by_intent or c in INTENT_LABELS]
    names += [i for i in by_intent if i not in names]
    buttons = [Button(_intent_label(stage, name), fits(f"q:mean:{name}")) for name in names[:6]]
    text = "我没太听准，您是要办哪一样？（刚才说的内容我都记着）"
    if outcome.candidates[:1] == ("policy_question",) and (found := stage.house.rules.answering(said.text)):
        # Most likely a question, and the book knows: the answer stands above the choice, not behind it.
        text = f"{_quoted(found)}\n\n如果是要办事，点一样（刚才说的内容我都记着）："
    last = (Button("都不是，转人工", "q:human"),)
    stage.ask_once(Message(text=text, buttons=(*rows(buttons, width=2), last)))


def _intent_label(stage: Stage, intent: str) -> str:
    kind = stage.house.kinds.get(stage.house.kinds.by_intent().get(intent))
    return f"{kind.icon} {kind.title}" if kind else INTENT_LABELS[intent]
