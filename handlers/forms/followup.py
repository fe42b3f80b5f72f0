"""Questions a step leaves behind, outside any form: 「里程多少？」「哪里不好？」, and the words or files that answer them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from desk.errors import Conflict, NotAllowed
from desk.outbox import Message
from handlers import forms
from handlers.dialogue.talk import Form
from handlers.dialogue.weighing import VERY_SURE, YES
from handlers.tickets import lifecycle

if TYPE_CHECKING:
    from desk.models import Ticket
    from handlers.desk_side import Stage
    from handlers.dialogue.turn import Said
    from handlers.kinds import Deed, Step

# Words for the last question before a ticket is cancelled.
SURELY = re.compile(r"(?:确认|确定|是的?|对|嗯|就)?(?:要)?(?:取消|不要了|撤了?)(?:吧|了|它)?[。.！!]?")
KEEP = re.compile(
    r"(?:先)?(?:不取消|别取消|不是|不|别|留着|先留着|照旧|算了|点错了|误点|保留|(?:不|算了|那|先)?[，,]?(?:还是)?(?:去|开|要|用|留着|照旧|不取消)(?:吧|了)|还是(?:照常|照旧|按原来的?))(?:了|吧)?[。.！!]?"
)
# What a place may be told by, in an answer to 「在哪儿」.
WHERE = frozenset({"location", "room_name", "origin", "destination"})


def afterwards(stage: Stage, deed: Deed, step: Step) -> None:
    """Say what the actor should hear after a step, and ask what it leaves to be told (the mileage after a trip)."""
    if step.thanks is not None:
        stage.say(Message(text=step.thanks(deed)))
    ask = step.then(deed) if step.then is not None else None
    if ask is not None:
        about = {"what": "step", "ticket": deed.ticket.id, "kind": deed.ticket.kind}
        stage.talk = replace(stage.talk, pending={**about, "action": ask.action, "expects": ask.expects})
        stage.say(Message(text=ask.question))


def ask_sure(stage: Stage, ticket: Ticket) -> None:
    """Remember that a last yes before cancelling is waited for; words will do as well as the button."""
    if not stage.talk.pending.get("first"):
        about = {"what": "cancel", "ticket": ticket.id, "version": ticket.version}
        stage.talk = replace(stage.talk, pending=about)


def sure(stage: Stage, text: str) -> bool:
    """Take a yes or no in words as the answer to 「确定取消吗？」. Return whether it was one."""
    waiting = stage.talk.pending
    if waiting.get("what") != "cancel" or stage.talk.form is not None:
        return False
    stage.talk = replace(stage.talk, pending={})
    words = text.strip()
    if KEEP.fullmatch(words):
        stage.settle_question()
        stage.say(Message(text="好的，单子照旧。"))
        return True
    ticket = lifecycle.fetch(stage.scene, int(waiting["ticket"]))
    if ticket.closed_at is not None or not (YES.fullmatch(words) or SURELY.fullmatch(words)):
        return False
    deed, step = lifecycle.perform(
        stage.scene, ticket=ticket, action="cancel", version=int(waiting["version"])
    )
    stage.settle_question()
    stage.say(Message(text=f"✅ 已取消 {ticket.number}"))
    afterwards(stage, deed, step)
    return True


def is_request(stage: Stage, said: Said) -> bool:
    """Say whether the words are surely a request of another kind, not the answer that is waited for."""
    kind = stage.talk.pending.get("kind")
    if said.clarify or said.confidence < VERY_SURE or not said.requests:
        return False
    first = said.requests[0]
    return first.kind not in (None, kind) and bool(first.slots.keys() - WHERE)


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
    steps = stage.house.kinds[ticket.kind].steps
    if not any(s.action == waiting["action"] and ticket.state in s.states for s in steps):
        # The ticket moved on and nobody waits for this answer any more: the words are about something else.
        stage.talk = replace(stage.talk, pending={})
        return False
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
    return True
