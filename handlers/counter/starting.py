"""Buttons that start something (`q:`): a kind of request, one of several tickets, a human, a form put away."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from desk import feedback
from desk.outbox import Message
from handlers import answers, dialogue, forms
from handlers.answers import humans, which
from handlers.counter import conversation
from handlers.dialogue import turn, weighing
from handlers.forms import shelf
from handlers.tickets import lifecycle, showing
from handlers.words import esc
from nlu.understanding import Request

if TYPE_CHECKING:
    from handlers.desk_side import Stage
    from handlers.dialogue.talk import Talk
    from handlers.dialogue.turn import Said


# Buttons of questions that are answered once.
DEEDS = {"cancel_ticket": "cancel", "change_ticket": "change", "urge_ticket": "urge"}
ONCE = ("mean", "keep", "resume", "drop", "cancel", "change", "urge")
NOT_AFTER_ALL = re.compile(
    r"(?:算了|不取消了?|先?不用?(?:取消|催|改)?了?|别取消了?|留着吧?|保留|照旧|不了)[。.!！吧]*"
)


def chosen(stage: Stage, rest: str, *, pressed: int | None) -> None:
    """Act on a `q:` button."""
    verb, _, arg = rest.partition(":")
    if verb in ONCE:
        stage.settle_question(pressed=pressed)
    said = turn.Said(text="", now=stage.local_now)
    if verb == "new" and stage.house.kinds.get(arg):
        _start(stage, Request(intent="", kind=arg, slots={}, hints={}), said)
    elif verb == "mean":
        _meant_intent(stage, arg)
    elif verb == "mine":
        answers.query(stage, Request(intent="query_ticket", kind=None, slots={}, hints={}), said)
    elif verb == "human":
        humans.hand_over(stage, str(stage.talk.pending.get("said") or humans.NO_WORDS))
    elif verb == "resume":
        shelf.resume(stage)
    elif verb == "drop":
        stage.talk = replace(stage.talk, shelved=None)
        stage.say(Message(text="好的，那张不要了。"))
    elif verb in ("see", "cancel", "change", "urge") and arg.isdigit():
        _on_chosen(stage, verb, int(arg))
    else:
        stage.say(Message(text="好的，单子照旧。" if verb == "keep" else "好的。"))
        conversation.prompt(stage)


def _start(stage: Stage, request: Request, said: Said) -> None:
    stage.talk = _set_aside(stage)
    stage.talk, outcome = dialogue.open_form(stage.talk, request, said, kinds=stage.house.kinds)
    conversation.carry_out(stage, outcome, said)


def _set_aside(stage: Stage) -> Talk:
    """Return the talk with the open form waiting its turn; one in which nothing was said yet is dropped."""
    talk, form = stage.talk, stage.talk.form
    if form is None or form.ticket is not None:
        return talk
    kind = stage.house.kinds[form.kind]
    if not any(forms.is_told(s, form.fields, stage.local_now) for s in kind.slots if s.applies(form.fields)):
        return talk.closed()
    stage.note(f"刚才那张{kind.title}申请我先记着，办完这件接着办。")
    return replace(talk.closed(), parked=(replace(form, card=None, tries=0), *talk.parked))


def in_words(stage: Stage, said: Said) -> bool:
    """Take words for the answer to a question asked by buttons (「第二个」). Return whether they are one."""
    waiting = stage.talk.pending
    if waiting.get("what") not in ("choose", "complaint") or stage.talk.form is not None:
        return False
    bare = said.text.strip()
    if NOT_AFTER_ALL.fullmatch(bare):
        stage.settle_question()
        stage.talk = replace(stage.talk, pending={})
        stage.say(Message(text="好的，单子照旧。"))
        return True
    if waiting["what"] == "complaint":
        stage.talk = replace(stage.talk, pending={})
        told = Request(intent="complain", kind=None)
        humans.complain(stage, told, turn.Said(text=said.text, now=stage.local_now))
        return True
    picked = None if _wants_else(said, str(waiting["verb"])) else which.picked(stage, said.text)
    if picked is None:
        # Something else was said; the buttons still hold.
        stage.talk = replace(stage.talk, pending={**waiting, "what": "offered"})
        return False
    stage.settle_question()
    verb = str(waiting["verb"])
    _on_chosen(stage, verb, picked)
    if stage.talk.pending == waiting:
        stage.talk = replace(stage.talk, pending={})
    return True


def _wants_else(said: Said, verb: str) -> bool:
    """Say whether the words are surely for another deed than the one that was asked about (「305那个不用修了」, asked whom to urge)."""
    if said.clarify or said.confidence < weighing.SURE:
        return False
    return said.intent in DEEDS and DEEDS[said.intent] != verb


def _meant_intent(stage: Stage, intent: str) -> None:
    kept = stage.talk.pending if stage.talk.pending.get("what") == "clarify" else {}
    stage.talk = replace(stage.talk, pending={})
    said = turn.Said(text=str(kept.get("said") or ""), intent=intent, confidence=1.0, now=stage.local_now)
    if said.text:
        session, now = stage.scene.session, stage.scene.now
        feedback.collect(session, said.text, why=feedback.Why.CLARIFIED, chosen=intent, now=now)
    kind = stage.house.kinds.by_intent().get(intent)
    request = Request(intent=intent, kind=kind, slots=kept.get("slots") or {}, hints=kept.get("hints") or {})
    if kind:
        _start(stage, request, said)
    else:
        conversation.reply(stage, request, said)


def _on_chosen(stage: Stage, verb: str, ticket_id: int) -> None:
    ticket = lifecycle.fetch(stage.scene, ticket_id)
    if not which.may_see(stage, ticket):
        stage.say(Message(text="没有查到这张单子。"))
        return
    if verb == "see":
        showing.show_ticket(stage, ticket)
    elif ticket.requester_id != stage.person.id:
        stage.say(Message(text="只有申请人可以这样办。" + esc(lifecycle.situation(ticket))))
    elif verb == "cancel":
        answers.ask_cancel(stage, ticket)
    elif verb == "urge":
        stage.say(Message(text=answers.urge(stage, ticket)))
    else:
        kept = stage.talk.pending if stage.talk.pending.get("verb") == "change" else {}
        request = Request(
            intent="change_ticket", kind=None, slots=kept.get("slots") or {}, hints=kept.get("hints") or {}
        )
        said = turn.Said(
            text=str(kept.get("said") or ""), intent="change_ticket", confidence=1.0, now=stage.local_now
        )
        conversation.edit_ticket(stage, ticket, request, said)
