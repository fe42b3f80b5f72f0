"""Everything people say that is no form: where is it, change it, cancel it, hurry up, what is the rule, thanks.

Each intent has one short function here. Which ticket is meant is found from its number, the kind the words name, and
what the person has open; when several fit, the person chooses by button.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import feedback, outbox, people, tickets
from desk.errors import Conflict, NotAllowed
from desk.instants import brief, spoken, to_local
from desk.models import Person, Purpose, Role, Ticket, TicketEvent
from desk.outbox import Button, Message
from handlers import cards, forms, lifecycle, when, words
from handlers.parties import NAMED, hands, queue_of
from handlers.talk import Form
from handlers.words import esc, fits, rows
from nlu import rules as intents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from handlers.desk_side import Stage
    from handlers.dialogue import Clarify, Said
    from handlers.kinds import Deed, Step
    from nlu.understanding import Request

NUMBER = re.compile(r"(YC|YF|BX|JD)[-— ]?(\d{8})[-— ]?(\d{1,4})", re.IGNORECASE)
KIND_WORDS = {
    "vehicle": re.compile("车|司机|师傅到哪|驾驶员|派没派|车牌"),
    "room": re.compile("会议室|房间|用房|会场|场地|屋"),
    "repair": re.compile("修|师傅|维修|灯|空调|坏"),
    "reception": re.compile("接待|来访|公函|客人|考察团|方案"),
}
# What people call a ticket by.
POINTERS = ("destination", "visitor_org", "room_name", "object", "location", "user_name")
URGE_PAUSE = timedelta(minutes=10)
NO_WORDS = "（没有留话）"
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


# ── which ticket ────────────────────────────────────────────────────────────────────────────────────


def meant(stage: Stage, request: Request, said: Said, *, open_only: bool = True) -> list[Ticket]:
    """Return the tickets that may be meant, the likeliest first."""
    session = stage.scene.session
    number = _number(str(request.slots.get("ticket_no") or "") or said.text)
    if number:
        ticket = tickets.by_number(session, number)
        return [ticket] if ticket is not None and may_see(stage, ticket) else []
    kind = named_kind(stage, request, said)
    mine = tickets.heads(tickets.open_of(session, stage.person, kind=kind))
    if not mine and not open_only:
        mine = tickets.heads(tickets.latest_of(session, stage.person, kind=kind, limit=3))
    in_hands = [
        t for t in tickets.in_hands_of(session, stage.person) if t not in mine and kind in (None, t.kind)
    ]
    return narrowed(mine + in_hands if not open_only else mine, request, said)


def narrowed(found: list[Ticket], request: Request, said: Said) -> list[Ticket]:
    """Return those of `found` that the words point at (「把去净月那个取消」, 「明天的车」); all where they point at none."""
    named = [t for t in found if any(str(t.fields.get(f) or "□") in said.text for f in POINTERS)]
    day = when.day_of(request.slots.get("start")) if request.intent != "change_ticket" else None
    among = named or found
    dated = [t for t in among if day and t.starts_at and to_local(t.starts_at).date() == day]
    return dated or among


def unknown_number(stage: Stage, request: Request, said: Said) -> bool:
    """Say so when a ticket number was named that is none of the person's. Return whether it was."""
    number = _number(str(request.slots.get("ticket_no") or "") or said.text)
    if not number:
        return False
    ticket = tickets.by_number(stage.scene.session, number)
    if ticket is not None and may_see(stage, ticket):
        return False
    stage.say(
        Message(
            text=f"没有查到您的 {number}，请核对一下单号，或看看「我的单子」。",
            buttons=((Button("📋 我的单子", "q:mine"), Button("🙋 转人工", "q:human")),),
        )
    )
    return True


def of_interest(stage: Stage, text: str) -> list[Ticket]:
    """Return the tickets a person may be speaking to without asking for anything: the one named, or all at hand."""
    number = _number(text)
    if number:
        ticket = tickets.by_number(stage.scene.session, number)
        return [ticket] if ticket is not None and may_see(stage, ticket) else []
    found = tickets.open_of(stage.scene.session, stage.person)
    for more in (
        tickets.in_hands_of(stage.scene.session, stage.person),
        tickets.latest_of(stage.scene.session, stage.person, limit=3),
    ):
        found += [t for t in more if t not in found]
    return found


def _number(text: str) -> str:
    found = NUMBER.search(text)
    return f"{found[1].upper()}-{found[2]}-{int(found[3]):03d}" if found else ""


def may_see(stage: Stage, ticket: Ticket) -> bool:
    own = ticket.requester_id == stage.person.id or ticket.responsible_id == stage.person.id
    part = stage.person.id in [ticket.fields.get(field) for field in NAMED.values()]
    boss = stage.person.has_role(Role.DISPATCHER, kind=ticket.kind) or stage.person.has_role(Role.ADMIN)
    return own or part or boss


def named_kind(stage: Stage, request: Request, said: Said) -> str | None:
    """Return the kind the words name, if they name one."""
    if request.kind and stage.house.kinds.get(request.kind):
        return request.kind
    return next((name for name, pattern in KIND_WORDS.items() if pattern.search(said.text)), None)


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────


def query(stage: Stage, request: Request, said: Said) -> None:
    """Say where somebody's tickets stand."""
    if unknown_number(stage, request, said):
        return
    found = meant(stage, request, said, open_only=False)
    if not found and not _number(said.text):
        found = meant(stage, replace(request, kind=None), replace(said, text=""), open_only=False)
    if not found:
        stage.say(Message(text="没有查到您的单子。要办什么直接说，我马上给您办。", buttons=menu_rows(stage)))
        return
    show_tickets(stage, found[:5])


def show_tickets(stage: Stage, found: Sequence[Ticket]) -> None:
    """Show one ticket as its card, or several as a list with a button each."""
    if len(found) == 1:
        show_ticket(stage, found[0])
        return
    lines = [one_line(stage, t) for t in found]
    buttons = [Button(t.number, fits(f"q:see:{t.id}")) for t in found]
    stage.say(Message(text="您的单子：\n" + "\n".join(lines), buttons=rows(buttons, width=2)))


def one_line(stage: Stage, ticket: Ticket) -> str:
    """Return a ticket in one line."""
    kind = stage.house.kinds.get(ticket.kind)
    icon = kind.icon if kind else "•"
    at = f" {spoken(ticket.starts_at, now=stage.scene.now)}" if ticket.starts_at else ""
    f = ticket.fields
    what = (
        f.get("destination")
        or f.get("room_name")
        or f.get("object")
        or f.get("visitor_org")
        or f.get("location")
        or ""
    )
    car = f"，{f['plate']} {f.get('driver') or ''}" if f.get("plate") else ""
    owner = f"，{hands(ticket)}负责" if ticket.closed_at is None else ""
    return f"{icon} {ticket.number} <b>{esc(ticket.state)}</b>{at} {esc(what)}{esc(car)}{esc(owner)}"


def show_ticket(stage: Stage, ticket: Ticket) -> None:
    """Show a ticket's card as this person sees it, with its latest history."""
    kind = stage.house.kinds[ticket.kind]
    party = party_for(stage.person, ticket)
    message = cards.compose(stage.scene, kind, ticket, party=party)
    history = "\n".join(
        _event_line(stage, e) for e in reversed(tickets.last_events(stage.scene.session, ticket, limit=4))
    )
    cards.withdraw(stage.scene, ticket, stage.person, party=party)
    outbox.send(
        stage.scene.session,
        Message(text=f"{message.text}\n\n<i>经过</i>\n{history}", buttons=message.buttons),
        chat_id=stage.chat_id,
        person=stage.person,
        ticket=ticket,
        purpose=Purpose.TICKET,
        card=party,
        now=stage.scene.now,
    )


def party_for(person: Person, ticket: Ticket) -> str:
    """Return the part in which somebody sees a ticket: their own request first."""
    if ticket.requester_id == person.id:
        return "requester"
    for party, field in (
        ("driver", "driver_person_id"),
        ("technician", "technician_id"),
        ("approver", "approver_id"),
    ):
        if ticket.fields.get(field) == person.id:
            return party
    return "dispatcher"


COMMON_ACTIONS = {
    "submit": "提交",
    "revise": "修改",
    "urge": "催办",
    "complain": "反映问题",
    "noted": "知道了提醒",
}


def _event_line(stage: Stage, event: TicketEvent) -> str:
    who = event.actor.name if event.actor else "服务台"
    own = stage.house.kinds.get(event.ticket.kind)
    # Kinds share names of actions (assign: 派车, 派工); the ticket's own kind has the last word.
    kinds = [*stage.house.kinds, *([own] if own else [])]
    steps = {s.action: s.word or s.label for k in kinds for s in k.steps if s.word or s.label}
    what = COMMON_ACTIONS.get(event.action) or steps.get(event.action, event.action)
    return f"{brief(event.at, now=stage.scene.now)} {esc(who)} {esc(what)}"


# ── change, cancel, urge ────────────────────────────────────────────────────────────────────────────


def choose(stage: Stage, found: Sequence[Ticket], *, verb: str, question: str) -> None:
    buttons = [
        Button(f"{t.number} {t.fields.get('destination') or t.state}"[:30], fits(f"q:{verb}:{t.id}"))
        for t in found[:6]
    ]
    lines = "\n".join(one_line(stage, t) for t in found[:6])
    stage.say(Message(text=f"{question}\n{lines}", buttons=rows(buttons, width=1)))


def cancel(stage: Stage, request: Request, said: Said) -> None:
    """Ask which ticket to cancel, and once more whether."""
    if unknown_number(stage, request, said):
        return
    found = [t for t in meant(stage, request, said) if t.requester_id == stage.person.id]
    if not found:
        found = tickets.heads(tickets.open_of(stage.scene.session, stage.person))
    if not found:
        stage.say(Message(text="您没有在办的单子，不用取消。"))
    elif len(found) > 1:
        choose(stage, found, verb="cancel", question="要取消哪一张？")
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
        stage.say(own)
        return
    buttons = (Button("确认取消", cards.press("cancel", ticket)), Button("不取消", "q:keep"))
    stage.say(Message(text=f"确定取消这张单子吗？\n{one_line(stage, ticket)}", buttons=(buttons,)))


def urge_words(stage: Stage, request: Request, said: Said) -> None:
    """Urge the ticket that is meant."""
    if unknown_number(stage, request, said):
        return
    found = [t for t in meant(stage, request, said) if t.closed_at is None]
    if not found:
        found = tickets.heads(tickets.open_of(stage.scene.session, stage.person))
    if not found:
        stage.say(Message(text="您没有在办的单子。要报新的，直接说就行。", buttons=menu_rows(stage)))
    elif len(found) > 1:
        choose(stage, found, verb="urge", question="要催哪一张？")
    else:
        stage.say(Message(text=urge(stage, found[0]) + "\n" + one_line(stage, found[0])))


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
    text = f"📣 {ticket.number} 申请人在催：{esc(stage.person.name)} {esc(stage.person.phone)}\n{one_line(stage, ticket)}"
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
    found = stage.house.rules.answering(said.text)
    if not found:
        text = "这条规定我手头没有准话，不敢乱说，已经可以帮您转人工问清楚。"
        stage.say(Message(text=text, buttons=((Button("转人工", "q:human"),),)))
        return
    blocks = [
        f"📖 <b>{esc(r.title)}</b>\n{esc(r.quoted())}"
        + (f"\n💡 {esc(r.alternative)}" if r.alternative else "")
        for r in found
    ]
    stage.say(Message(text="\n\n".join(blocks)))


def complain(stage: Stage, request: Request, said: Said) -> None:
    """Pass a complaint on, tied to the ticket it is about where there is one."""
    found = meant(stage, request, said, open_only=False)
    if found:
        tickets.note(
            stage.scene.session,
            found[0],
            actor=stage.person,
            action="complain",
            reason=said.text[:500],
            now=stage.scene.now,
        )
    _to_humans(stage, said.text, head="反映问题", ticket=found[0] if found else None)
    about = f"（关于 {found[0].number}）" if found else ""
    stage.say(Message(text=f"对不住，给您添麻烦了{about}。已经转给值班人员，会尽快联系您。"))


def human(stage: Stage, request: Request, said: Said) -> None:
    """Hand the person over to a human."""
    hand_over(stage, said.text)


def hand_over(stage: Stage, text: str) -> None:
    """Tell the dispatchers that somebody wants a human, and tell the person whom to ring meanwhile."""
    if intents.whole(text) is None and text != NO_WORDS:
        # Not just 「转人工」: something was wanted that the desk did not grasp.
        feedback.collect(stage.scene.session, text, why=feedback.Why.HANDED_OVER, now=stage.scene.now)
    _to_humans(stage, text, head="请求人工")
    phone = stage.house.rules.parameter("vehicle", "duty_phone")
    stage.say(Message(text=f"已经通知值班人员，马上联系您。着急请拨值班电话 {esc(phone)}。"))


def _to_humans(stage: Stage, text: str, *, head: str, ticket: Ticket | None = None) -> None:
    session = stage.scene.session
    kind = ticket.kind if ticket else None
    told = people.people_with(session, Role.DISPATCHER, kind=kind) or people.people_with(session, Role.ADMIN)
    home = f"（{stage.person.department.name}）" if stage.person.department else ""
    number = f" {ticket.number}" if ticket else ""
    for person in told[:5]:
        if person.chat_id is None or person.id == stage.person.id:
            continue
        body = f"🙋 {head}{number}：{esc(stage.person.name + home)} {esc(stage.person.phone)}\n「{esc(text[:500])}」"
        outbox.send(
            session,
            Message(text=body),
            chat_id=person.chat_id,
            person=person,
            purpose=Purpose.TICKET,
            now=stage.scene.now,
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


def unknown(stage: Stage, request: Request, said: Said) -> None:
    """Answer what belongs to no kind this house has."""
    if request.intent.startswith(("book_", "report_", "arrange_")):
        hand_over(stage, said.text)
        return
    stage.say(Message(text=words.OUT_OF_SCOPE, buttons=menu_rows(stage)))


ANSWERS: dict[str, Callable[[Stage, Request, Said], None]] = {
    "query_ticket": query,
    "cancel_ticket": cancel,
    "urge_ticket": urge_words,
    "policy_question": policy,
    "complain": complain,
    "handoff_human": human,
    "greet": greet,
    "help": greet,
    "thanks": _plain(words.THANKS),
    "goodbye": _plain(words.GOODBYE),
    "affirm": _plain(words.NOTHING_TO_AFFIRM),
    "deny": _plain("好的。需要办什么直接说。"),
}


# ── asking with buttons ─────────────────────────────────────────────────────────────────────────────


def menu_rows(stage: Stage) -> tuple[tuple[Button, ...], ...]:
    """Return the buttons that start something."""
    kinds = [Button(f"{k.icon} {k.title}", f"q:new:{k.name}") for k in stage.house.kinds]
    return (*rows(kinds, width=4), (Button("📋 我的单子", "q:mine"), Button("🙋 转人工", "q:human")))


def clarify(stage: Stage, outcome: Clarify, said: Said) -> None:
    """Ask which of several things was meant; what was read from the words is kept for the answer."""
    r = outcome.request
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
    stage.say(Message(text=text, buttons=(*rows(buttons, width=2), (Button("都不是，转人工", "q:human"),))))


def _intent_label(stage: Stage, intent: str) -> str:
    kind = stage.house.kinds.get(stage.house.kinds.by_intent().get(intent))
    return f"{kind.icon} {kind.title}" if kind else INTENT_LABELS[intent]


# ── questions outside any form ──────────────────────────────────────────────────────────────────────


def afterwards(stage: Stage, deed: Deed, step: Step) -> None:
    """Say what the actor should hear after a step, and ask what it leaves to be told (the mileage after a trip)."""
    if step.thanks is not None:
        stage.say(Message(text=step.thanks(deed)))
    ask = step.then(deed) if step.then is not None else None
    if ask is not None:
        about = {"what": "step", "ticket": deed.ticket.id, "kind": deed.ticket.kind}
        stage.talk = replace(stage.talk, pending={**about, "action": ask.action, "expects": ask.expects})
        stage.say(Message(text=ask.question))


def pending(stage: Stage, text: str) -> bool:
    """Take `text` as the answer to a pending question, if it is one. Return whether it was."""
    waiting = stage.talk.pending
    if (
        waiting.get("what") != "step"
        or (stage.talk.form is not None and not waiting.get("first"))
        or not re.search(waiting["expects"], text)
    ):
        return False
    ticket = lifecycle.fetch(stage.scene, int(waiting["ticket"]))
    try:
        deed, step = lifecycle.perform(stage.scene, ticket=ticket, action=waiting["action"], arg=text)
    except (Conflict, NotAllowed):
        # The ticket moved on and nobody waits for this answer any more; only a bad answer is asked for again.
        stage.talk = replace(stage.talk, pending={})
        raise
    stage.talk = replace(stage.talk, pending={})
    afterwards(stage, deed, step)
    return True


def pending_files(stage: Stage, kept: tuple[dict[str, object], ...], caption: str) -> bool:
    """Take files as (part of) the answer to a pending question of a step. Return whether they were.

    The question stays open without a caption: an album comes photo by photo, and words may follow.
    """
    waiting = stage.talk.pending
    if waiting.get("what") != "step" or stage.talk.form is not None:
        return False
    ticket = lifecycle.fetch(stage.scene, int(waiting["ticket"]))
    forms.attach(stage, ticket, Form(kind=ticket.kind, enclosures=kept))
    if caption and re.search(waiting["expects"], caption) and pending(stage, caption):
        return True
    stage.say(Message(text=f"收到，已附在 {ticket.number} 上。"))
    kind = stage.house.kinds[ticket.kind]
    if kind.filed is not None:
        kind.filed(stage.scene, ticket, tuple(str(e.get("file_id") or "") for e in kept))
    return True


def duties(stage: Stage) -> None:
    """Show somebody what waits for them: their own hands first, then the queues they serve."""
    session = stage.scene.session
    found = tickets.in_hands_of(session, stage.person)
    for kind in stage.house.kinds:
        if stage.person.has_role(Role.DISPATCHER, kind=kind.name):
            found += [t for t in tickets.in_queue(session, queue_of(kind.name)) if t not in found]
    if not found:
        stage.say(Message(text="现在没有等您办的单子。"))
        return
    buttons = [Button(t.number, fits(f"q:see:{t.id}")) for t in found[:10]]
    lines = [one_line(stage, t) for t in found[:10]]
    stage.say(
        Message(text=f"等您办的单子（{len(found)}）：\n" + "\n".join(lines), buttons=rows(buttons, width=2))
    )
