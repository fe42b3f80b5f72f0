"""Files and places: a photo, an album, a letter, a location; whatever they belong to takes them along."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk.models import Ticket
from desk.outbox import Message
from handlers import answers, conversation, dialogue, followup, forms, lifecycle, turn, which
from handlers.talk import Form

if TYPE_CHECKING:
    from handlers.desk_side import Stage
    from handlers.heard import Heard

KIND_ANSWERS = {
    "voice": "语音我还听不懂，麻烦打字说一下；语音我先给您留着。",
    "sticker": "收到表情。要办什么事，打字告诉我就行。",
    "video": "视频我先留着，麻烦再用文字说一下情况。",
}


def enclosed(stage: Stage, heard: Heard) -> None:
    """Take a file, a place or a contact; its caption is understood like any words."""
    form = stage.talk.form
    first = heard.enclosures[0]
    kept = tuple(asdict(e) for e in heard.enclosures if e.sort != "sticker")
    if first.sort == "location" and form is not None and form.asking in ("origin", "destination"):
        place = first.title or f"定位（{first.latitude:.4f},{first.longitude:.4f}）"
        stage.talk, outcome = dialogue.set_fields(
            stage.talk, {form.asking: place, f"{form.asking}_guessed": False}, kinds=stage.house.kinds
        )
        conversation.carry_out(stage, outcome, turn.Said(text="", now=stage.local_now))
        return
    if form is not None and kept:
        stage.talk = stage.talk.with_form(replace(form, enclosures=form.enclosures + kept))
    elif kept and _taken(stage, heard, kept):
        return
    if heard.text:
        said = turn.said_of(heard, now=stage.local_now)
        stage.talk, outcome = dialogue.advance(stage.talk, said, kinds=stage.house.kinds)
        if stage.talk.form is not None and form is None:
            opened = stage.talk.form
            stage.talk = stage.talk.with_form(replace(opened, enclosures=opened.enclosures + kept))
        conversation.carry_out(stage, outcome, said)
        if isinstance(outcome, turn.Clarify) and kept:
            # Whatever form the answer opens takes the files along.
            stage.talk = replace(stage.talk, pending={**stage.talk.pending, "files": list(kept)[-10:]})
        return
    text = KIND_ANSWERS.get(first.sort) or (
        "收到，已附在这张单子上。" if form is not None else "收到。这是要办什么事？打字说一下，我一并办。"
    )
    stage.say(Message(text=text, buttons=() if form is not None else answers.menu_rows(stage)))
    if form is None and kept and stage.talk.pending.get("what") in (None, "files"):
        # The words may follow the photo: whatever form they open takes it along.
        files = [*stage.talk.pending.get("files", ()), *kept]
        stage.talk = replace(stage.talk, pending={"what": "files", "files": files[-10:]})
    conversation.prompt(stage)


def given(stage: Stage, text: str, kept: tuple[dict[str, object], ...] = ()) -> bool:
    """Hand what was sent to the ticket that waits for just that (a letter, 「清单」). Return whether one did."""
    if stage.talk.form is not None:
        return False
    for ticket in which.of_interest(stage, text):
        kind = stage.house.kinds.get(ticket.kind)
        found = kind.awaits(stage.scene, ticket, text, kept) if kind is not None else None
        if found is None:
            continue
        action, values = found
        ticket = lifecycle.fetch(stage.scene, ticket.id)
        ticket.fields = {**ticket.fields, **values}
        forms.attach(stage, ticket, Form(kind=ticket.kind, enclosures=kept))
        deed, step = lifecycle.perform(stage.scene, ticket=ticket, action=action, arg=text)
        followup.afterwards(stage, deed, step)
        return True
    return False


def _taken(stage: Stage, heard: Heard, kept: tuple[dict[str, object], ...]) -> bool:
    """Put files where they belong outside a form: an open question, a ticket that waits for them, the one just made."""
    if followup.pending_files(stage, kept, heard.text) or given(stage, heard.text, kept):
        return True
    return not _opens_form(stage, heard) and _added_to_ticket(stage, kept)


def _opens_form(stage: Stage, heard: Heard) -> bool:
    """Say whether a caption asks for something new, rather than remarking on what was just submitted."""
    if not heard.text:
        return False
    said = turn.said_of(heard, now=stage.local_now)
    return not said.clarify and any(stage.house.kinds.get(r.kind) is not None for r in said.requests)


def _added_to_ticket(stage: Stage, kept: tuple[dict[str, object], ...]) -> bool:
    """Attach files to the ticket somebody submitted within the last minutes; say so. Return whether there is one."""
    query = select(Ticket).where(Ticket.requester_id == stage.person.id, Ticket.closed_at.is_(None))
    ticket = stage.scene.session.scalar(query.order_by(Ticket.id.desc()).limit(1))
    if ticket is None or (stage.scene.now - ticket.created_at).total_seconds() > 900:
        return False
    forms.attach(stage, ticket, Form(kind=ticket.kind, enclosures=kept))
    stage.say(Message(text=f"收到，已附在 {ticket.number} 上。"))
    return True
