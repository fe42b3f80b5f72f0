"""Buttons that start something (`q:`): a kind of request, one of several tickets, a human, a form put away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from desk import feedback
from desk.outbox import Message
from handlers import answers, conversation, dialogue, humans, lifecycle, shelf, showing, turn, which
from handlers.words import esc
from nlu.understanding import Request

if TYPE_CHECKING:
    from handlers.desk_side import Stage
    from handlers.turn import Said


def chosen(stage: Stage, rest: str) -> None:
    """Act on a `q:` button."""
    verb, _, arg = rest.partition(":")
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


def picked(stage: Stage, text: str) -> bool:
    """Take 「第一个」 as the choice among the tickets just offered. Return whether it was one."""
    waiting = stage.talk.pending
    offered = waiting.get("tickets") or []
    place = which.picked(text, len(offered)) if offered and stage.talk.form is None else None
    if place is None:
        return False
    _on_chosen(stage, str(waiting["verb"]), int(offered[place]))
    if stage.talk.pending == waiting:
        stage.talk = replace(stage.talk, pending={})
    return True


def _start(stage: Stage, request: Request, said: Said) -> None:
    stage.talk, outcome = dialogue.open_form(stage.talk, request, said, kinds=stage.house.kinds)
    conversation.carry_out(stage, outcome, said)


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
        kept = stage.talk.pending if stage.talk.pending.get("what") == "change" else {}
        request = Request(
            intent="change_ticket", kind=None, slots=kept.get("slots") or {}, hints=kept.get("hints") or {}
        )
        said = turn.Said(
            text=str(kept.get("said") or ""), intent="change_ticket", confidence=1.0, now=stage.local_now
        )
        conversation.edit_ticket(stage, ticket, request, said)
