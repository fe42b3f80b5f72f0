"""Files and places: a photo, an album, a letter, a location; whatever they belong to takes them along."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import tickets
from desk.models import Ticket, TicketEvent
from desk.outbox import Message
from handlers import answers, dialogue, forms
from handlers.answers import messages, spoken, which
from handlers.counter import conversation
from handlers.dialogue import filling, turn, weighing
from handlers.dialogue.talk import Form
from handlers.forms import followup
from handlers.kinds import awaits_nothing
from handlers.tickets import lifecycle
from handlers.tickets.parties import parties_of

if TYPE_CHECKING:
    from handlers.desk_side import Stage
    from handlers.dialogue.talk import Talk
    from handlers.dialogue.turn import Outcome, Said
    from handlers.heard import Enclosure, Heard

RECEIVED = "收到，已附在这张单子上。"
PLACES = ("origin", "destination", "location")
# What a caption may ask in the middle of a form.
ASKS = ("query_ticket", "urge_ticket", "policy_question", "handoff_human")
# A caption that only points at its photo.
REMARK = re.compile(
    r"如图|[见看]图|照片|图片|这个?(?:样|角度|地方|位置|里|儿|块)|就这|就是这|这是|现场|拍的|发图|^(?:附|公|来|补)?函(?:件|来了|到了)?[。！!]?$"
)
LONGEST_REMARK = 14
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
    if form is not None and _filled_in(stage, form, first):
        return
    if messages.with_files(stage, kept, heard.text, album=heard.media_group_id or ""):
        return
    again = bool(heard.media_group_id) and heard.media_group_id == stage.talk.album
    stage.talk = replace(stage.talk, album=heard.media_group_id)
    if form is not None and kept:
        stage.talk = stage.talk.with_form(replace(form, enclosures=form.enclosures + kept))
        if again and not heard.text:
            return  # the other photos of an album: one receipt is enough
    elif kept and _taken(stage, heard, kept, again=again):
        return
    if heard.text:
        _captioned(stage, heard, kept)
        return
    text = KIND_ANSWERS.get(first.sort) or (
        RECEIVED if form is not None else "收到。这是要办什么事？打字说一下，我一并办。"
    )
    if form is not None:
        stage.note(text)
    elif not again:
        stage.say(Message(text=text, buttons=answers.menu_rows(stage)))
    if form is None and kept and stage.talk.pending.get("what") in (None, "files"):
        # The words may follow the photo: whatever form they open takes it along.
        files = [*stage.talk.pending.get("files", ()), *kept]
        stage.talk = replace(stage.talk, pending={"what": "files", "files": files[-10:]})
    conversation.prompt(stage)


def _filled_in(stage: Stage, form: Form, first: Enclosure) -> bool:
    """Take a shared place or a contact into the open form; return whether it was one it has room for."""
    if first.sort == "location" and form.asking in PLACES:
        _placed(stage, form.asking, first.title or f"定位（{first.latitude:.4f},{first.longitude:.4f}）")
        return True
    if first.sort == "contact" and first.phone:
        whom = f"{first.title} {first.phone}".strip()
        stage.talk, outcome = filling.contacted(stage.talk, form, whom, kind=stage.house.kinds[form.kind])
        conversation.carry_out(stage, outcome, turn.Said(text="", now=stage.local_now))
        return True
    return False


def _placed(stage: Stage, slot: str, place: str) -> None:
    """Take a shared place for the answer to where from or where to."""
    values = {slot: place, f"{slot}_guessed": False}
    stage.talk, outcome = dialogue.set_fields(stage.talk, values, kinds=stage.house.kinds)
    conversation.carry_out(stage, outcome, turn.Said(text="", now=stage.local_now))


def _captioned(stage: Stage, heard: Heard, kept: tuple[dict[str, object], ...]) -> None:
    """Understand a caption; in the middle of a form one that says nothing new is only a remark on the photo."""
    form = stage.talk.form
    said = turn.said_of(heard, now=stage.local_now)
    talk, outcome = dialogue.advance(stage.talk, said, kinds=stage.house.kinds)
    if form is not None and _adds_nothing(form, talk, outcome, said):
        stage.note(RECEIVED)
        conversation.prompt(stage)
        return
    stage.talk = talk
    if stage.talk.form is not None and form is None:
        opened = stage.talk.form
        stage.talk = stage.talk.with_form(replace(opened, enclosures=opened.enclosures + kept))
    conversation.carry_out(stage, outcome, said)
    if isinstance(outcome, turn.Clarify) and kept:
        # Whatever form the answer opens takes the files along.
        stage.talk = replace(stage.talk, pending={**stage.talk.pending, "files": list(kept)[-10:]})


def _adds_nothing(form: Form, talk: Talk, outcome: Outcome, said: Said) -> bool:
    """Say whether a caption only points at its photo (「就是这样」), whatever it sounds like."""
    if (
        len(said.text) <= LONGEST_REMARK
        and REMARK.search(said.text)
        and not any(r.slots for r in said.requests)
    ):
        return True
    if isinstance(outcome, turn.Submit):
        return not weighing.YES.fullmatch(said.text.strip())
    if isinstance(outcome, turn.Answer):
        return outcome.request.intent not in ASKS
    same = talk.form is not None and talk.form.fields == form.fields and talk.parked == ()
    return same and isinstance(outcome, turn.Ask | turn.Confirm | turn.WhatToChange)


def given(stage: Stage, text: str, kept: tuple[dict[str, object], ...] = ()) -> bool:
    """Hand what was sent to the ticket that waits for just that (a letter, 「清单」). Return whether one did."""
    if stage.talk.form is not None:
        return False
    kinds = [k.name for k in stage.house.kinds if k.awaits is not awaits_nothing]
    # Most people never had a ticket that waits for anything: one look instead of five.
    if not which.number_in(text) and not tickets.has_any(stage.scene.session, stage.person, kinds):
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


def _taken(stage: Stage, heard: Heard, kept: tuple[dict[str, object], ...], *, again: bool) -> bool:
    """Put files where they belong outside a form: an open question, a ticket that waits for them, the one just made."""
    if followup.pending_files(stage, kept, heard.text) or given(stage, heard.text, kept):
        return True
    if heard.text and spoken.taken(stage, heard.text, remark=True):
        # 「修好了」 under a photo: the step is taken, and the photo answers what it asks.
        return followup.pending_files(stage, kept, "") or _added_to_work(stage, kept) or True
    if _opens_form(stage, heard):
        return False
    return _added_to_ticket(stage, kept, again=again) or _added_to_work(stage, kept, again=again)


def _opens_form(stage: Stage, heard: Heard) -> bool:
    """Say whether a caption asks for something new, rather than remarking on what was just submitted."""
    if not heard.text:
        return False
    said = turn.said_of(heard, now=stage.local_now)
    return not said.clarify and any(stage.house.kinds.get(r.kind) is not None for r in said.requests)


def _added_to_work(stage: Stage, kept: tuple[dict[str, object], ...], *, again: bool = False) -> bool:
    """Attach a worker's files to the job in hand, or to the one just done. Return whether there is one."""
    session, now = stage.scene.session, stage.scene.now
    last = session.scalar(
        select(TicketEvent.ticket_id)
        .where(TicketEvent.actor_id == stage.person.id, TicketEvent.at > now - timedelta(hours=2))
        .order_by(TicketEvent.id.desc())
        .limit(1)
    )
    ticket = session.get(Ticket, last) if last is not None else None
    parts = parties_of(stage.person, ticket) if ticket is not None else set()
    kind = stage.house.kinds.get(ticket.kind) if ticket is not None else None
    if ticket is None or kind is None or kind.worker is None or kind.worker.value not in parts:
        return False
    forms.attach(stage, ticket, Form(kind=ticket.kind, enclosures=kept))
    if not again:
        stage.say(Message(text=f"收到，已附在 {ticket.number} 上。"))
    return True


def _added_to_ticket(stage: Stage, kept: tuple[dict[str, object], ...], *, again: bool) -> bool:
    """Attach files to the ticket somebody submitted within the last minutes; say so. Return whether there is one."""
    query = select(Ticket).where(Ticket.requester_id == stage.person.id, Ticket.closed_at.is_(None))
    ticket = stage.scene.session.scalar(query.order_by(Ticket.id.desc()).limit(1))
    if ticket is None or (stage.scene.now - ticket.created_at).total_seconds() > 900:
        return False
    forms.attach(stage, ticket, Form(kind=ticket.kind, enclosures=kept))
    if not again:
        stage.say(Message(text=f"收到，已附在 {ticket.number} 上。"))
    return True
