"""Questions a step leaves behind, outside any form: 「里程多少？」「哪里不好？」, and the words or files that answer them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from desk.errors import Conflict, NotAllowed
from desk.outbox import Message
from handlers import forms, lifecycle
from handlers.talk import Form

if TYPE_CHECKING:
    from handlers.desk_side import Stage
    from handlers.kinds import Deed, Step


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
