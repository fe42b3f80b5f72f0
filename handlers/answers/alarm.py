"""Danger first: words that report a fire or people in a lift make a ticket at once, whatever else is going on.

Asked before the dialogue: no question, no card to confirm. The kind says what danger is (`Kind.at_once`) and what must be
read first (its `submit` owes the telephone numbers before anything else). What else the message says goes its usual
way; a form that was open stays open, unless it was about this very thing.
"""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from desk import tickets
from desk.outbox import Message
from handlers import forms
from handlers.answers import messages
from handlers.dialogue.talk import Form
from handlers.dialogue.weighing import SURE
from handlers.tickets import cards, lifecycle

if TYPE_CHECKING:
    from handlers.desk_side import Stage
    from handlers.dialogue.turn import Said
    from handlers.heard import Heard
    from handlers.kinds import Fields, Kind
    from nlu.understanding import Request

# Surely understood as one of these, words about danger are talk about it, not a call for help.
TALK = frozenset(
    {"query_ticket", "change_ticket", "cancel_ticket", "policy_question", "thanks", "goodbye", "affirm"}
)  # fmt: skip
# A technician's report of danger that is over.
OVER = re.compile("已经?|换了|换上|修好|好了|恢复|处理完|排除")
LONGEST_CALL = 200
# How long after an alarm what its reporter says is still about it.
STILL_GOING_ON = timedelta(minutes=30)
CHANGE = re.compile(r"改|换成|不是|错了|取消|撤|误报|没事")
ELSE = frozenset(
    {"query_ticket", "cancel_ticket", "urge_ticket", "thanks", "goodbye", "greet", "help", "handoff_human", "complain", "policy_question"}
)  # fmt: skip
PAST = re.compile("上次|上回|上周|昨天|前天|之前|以前|去年")


def raise_alarm(stage: Stage, said: Said, heard: Heard) -> Said | None:
    """Make the ticket if `said` reports danger; return what is left to deal with, None when that was all."""
    for kind in stage.house.kinds:
        if kind.at_once is None or _is_talk(stage, said, kind) or _is_answer(stage, said, kind):
            continue
        mine = next(
            (r for r in said.requests if r.kind == kind.name and _is_danger(stage, kind, r, said)), None
        )
        others = tuple(r for r in said.requests if r is not mine and r.kind)
        if mine is None:
            if not _is_danger(stage, kind, None, said):
                continue
            # What was read without knowing the intent (Rasa is down) still tells the place.
            mine = next((r for r in said.requests if r.kind in (kind.name, None)), None)
            others = tuple(r for r in said.requests if r is not mine and r.kind) if mine else ()
        _make(stage, kind, mine, said, heard)
        if not others:
            return None
        text = "，".join(_told(r) for r in others)
        return replace(said, text=text, requests=others, intent=others[0].intent, clarify=False)
    return said


def added(stage: Stage, said: Said) -> bool:
    """Carry what is said on after an alarm (「里头俩人，一个老人」) to who is coming; return whether it was that.

    What asks for something else, changes the report, or is mere courtesy goes its usual way.
    """
    waiting = stage.talk.pending and not stage.talk.pending.get("first")
    if stage.talk.form is not None or waiting or CHANGE.search(said.text) or _is_else(said):
        return False
    found = tickets.latest_of(stage.scene.session, stage.person, limit=1)
    ticket = found[0] if found else None
    if ticket is None or ticket.closed_at is not None or stage.scene.now - ticket.created_at > STILL_GOING_ON:
        return False
    kind = stage.house.kinds.get(ticket.kind)
    if kind is None or kind.at_once is None or not kind.at_once(stage.scene, ticket.fields):
        return False
    messages.add(stage, ticket, said.text)
    return True


def _is_else(said: Said) -> bool:
    """Say whether words are surely something else than more about the danger."""
    if said.clarify or said.confidence < SURE:
        return False
    return said.intent in ELSE or any(r.kind for r in said.requests)


def _is_talk(stage: Stage, said: Said, kind: Kind) -> bool:
    if len(said.text) > LONGEST_CALL or any(k.recognise(said.text, said.now) for k in stage.house.kinds):
        return True  # a letter about fire prevention is no fire
    if said.clarify or said.confidence < SURE:
        return False
    if said.intent in TALK or (said.intent == "complain" and PAST.search(said.text)):
        return True
    return any(r.kind for r in said.requests) and not any(r.kind == kind.name for r in said.requests)


def _is_answer(stage: Stage, said: Said, kind: Kind) -> bool:
    """Say whether a question about a ticket of this kind is open: then the words answer it (what was mended, where it is)."""
    waiting = stage.talk.pending
    if waiting.get("what") != "step" or waiting.get("kind") != kind.name:
        return False
    told = bool(re.search(waiting["expects"], said.text))
    return told and bool(waiting.get("first") or OVER.search(said.text))


def _told(request: Request) -> str:
    return "".join(str(request.slots.get(n) or "") for n in ("location", "object", "fault")) or str(
        request.slots.get("destination") or ""
    )


def _is_danger(stage: Stage, kind: Kind, request: Request | None, said: Said) -> bool:
    if kind.at_once is None:
        return False
    several = request is not None and len([r for r in said.requests if r.kind == kind.name]) > 1
    text = _told(request) if request is not None and several else said.text
    return kind.at_once(stage.scene, {**(request.slots if request else {}), "said": text})


def _is_apart(form: Form, request: Request | None) -> bool:
    """Say whether the open form tells of another fault: the lamp upstairs is not lost over a burst pipe."""
    told = str((request.slots.get("object") if request else "") or "")
    before = str(form.fields.get("object") or "")
    return bool(told and before) and told not in before and before not in told


def _make(stage: Stage, kind: Kind, request: Request | None, said: Said, heard: Heard) -> None:
    fields: Fields = {}
    form = stage.talk.form
    own = form is not None and form.kind == kind.name and form.ticket is None and not _is_apart(form, request)
    before: tuple[Fields, ...] = ()
    if own and form is not None:
        fields = {k: v for k, v in form.fields.items() if not k.startswith("_")}
        before = form.enclosures
    for slot in kind.slots:
        value = request.slots.get(slot.name) if request else None
        if value is not None:
            fields |= slot.check(value, fields, stage.local_now)
    fields["said"] = said.text
    fields |= kind.defaults(stage.scene, fields)
    ticket = kind.submit(stage.scene, fields)
    lifecycle.settle(stage.scene, kind, ticket)
    cards.show(
        stage.scene, kind, ticket, party="requester", to=(stage.person,), lead="🚨 单子已经建好，马上有人处理"
    )
    kept = tuple(asdict(e) for e in heard.enclosures if e.sort != "sticker")
    forms.attach(stage, ticket, Form(kind=kind.name, enclosures=before + kept))
    if own:
        stage.talk = stage.talk.closed(number=ticket.number)
    ask = kind.then(stage.scene, ticket)
    if not stage.private:
        text = f"🚨 {ticket.number} 已建单，值守和师傅已收到。电话和进度发到您的私聊，位置请在私聊里补充。"
        stage.say(Message(text=text))
    elif ask is not None:
        # `first`: answered even while a form is open, and kept when one is opened.
        pending = {"what": "step", "ticket": ticket.id, "kind": kind.name, "action": ask.action}
        stage.talk = replace(stage.talk, pending={**pending, "expects": ask.expects, "first": True})
        stage.say(Message(text=ask.question))
