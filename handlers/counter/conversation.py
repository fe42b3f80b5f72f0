"""The conversation carried out: what the dialogue decided becomes questions, cards, answers and tickets.

`dialogue` decides, `forms` shows forms, `answers` answers what is no form; this module knows both and joins them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import feedback, tickets
from desk.errors import Conflict
from desk.models import Ticket
from desk.outbox import Message
from handlers import answers, dialogue, forms
from handlers.answers import which
from handlers.dialogue import filling, turn
from handlers.dialogue.talk import Form
from handlers.tickets import lifecycle
from handlers.words import LEFT, UNCHANGED, rows

if TYPE_CHECKING:
    from handlers.desk_side import Stage
    from handlers.dialogue.turn import Outcome, Said
    from handlers.kinds import Kind
    from nlu.understanding import Request


def carry_out(stage: Stage, outcome: Outcome, said: Said) -> None:
    """Do what the dialogue decided."""
    match outcome:
        case turn.Ask(slot=slot, note=note):
            forms.ask(stage, slot, note=note)
        case turn.Confirm(note=note):
            forms.confirm(stage, note=note)
        case turn.Submit():
            forms.submit(stage)
            go_on(stage, said)
        case turn.Left(changing=changing):
            stage.say(Message(text=UNCHANGED if changing else LEFT))
            go_on(stage, said)
        case turn.Clarify():
            answers.clarify(stage, outcome, said)
        case turn.WhatToChange():
            _corrected(stage)
            stage.say(
                Message(text="要改哪一项？直接说新的内容，或点下面：", buttons=rows(forms.fix_buttons(stage)))
            )
        case turn.Answer(request=request, resume=resume, also=also):
            _reply_to_all(stage, (request, *also), said)
            if resume and stage.talk.form is not None:
                prompt(stage)


def _reply_to_all(stage: Stage, requests: tuple[Request, ...], said: Said) -> None:
    """Answer each request by its own words, then take up what the same message asks to be made anew."""
    for request in requests:
        own = (
            replace(said, text=request.text or said.text) if len(requests) > 1 or stage.talk.parked else said
        )
        reply(stage, request, own)
    if stage.talk.form is None:
        go_on(stage, said)


def _corrected(stage: Stage) -> None:
    """Keep the words a form was made from for review: something in it was read wrongly."""
    form = stage.talk.form
    if form is not None and form.said and form.ticket is None:
        guess = stage.house.kinds[form.kind].intent
        session, now = stage.scene.session, stage.scene.now
        feedback.collect(session, form.said, why=feedback.Why.CORRECTED, guessed=guess, now=now)


def reply(stage: Stage, request: Request, said: Said) -> None:
    if request.intent == "change_ticket":
        change(stage, request, said)
    else:
        answers.answer(stage, request, said)


def prompt(stage: Stage) -> None:
    """Take up the open form where it was left."""
    form = stage.talk.form
    if form is None:
        return
    if form.asking:
        forms.ask(stage, form.asking, note="咱们接着办：")
    else:
        forms.confirm(stage)


def go_on(stage: Stage, said: Said) -> None:
    """Take up the request that waited, if one did."""
    if stage.talk.form is not None:
        return  # submitting brought up another question; the parked one waits on
    following = dialogue.next_parked(stage.talk, now=stage.local_now, kinds=stage.house.kinds)
    if following is None:
        return
    stage.talk, outcome = following
    stage.note("接着办刚才记下的另一件：")
    carry_out(stage, outcome, said)


def edit_ticket(
    stage: Stage, ticket: Ticket, request: Request | None = None, said: Said | None = None
) -> None:
    """Open a submitted ticket as a form, filled with what it holds and what `request` changes."""
    kind = stage.house.kinds[ticket.kind]
    if kind.revise is None or ticket.state not in kind.changeable:
        raise Conflict(
            "这张单子现在不能改了。" + lifecycle.situation(ticket), alternative="需要的话可以转人工协调。"
        )
    form = Form(
        kind=kind.name,
        fields={k: v for k, v in ticket.fields.items() if k != "said"},
        said=str(ticket.fields.get("said", "")),
        ticket=ticket.id,
        version=ticket.version,
    )
    stage.talk = stage.talk.opened(form)
    if request is not None and said is not None:
        _advance(stage, request, said)
    else:
        forms.confirm(stage)


def _once_more(stage: Stage, refused: Ticket, request: Request, said: Said) -> None:
    """Open a new form with what a refused ticket asked for and what is to be different (「那换大会议室」)."""
    kind = stage.house.kinds[refused.kind]
    names = {s.name for s in kind.slots} | {"end", "end_said", *filling.KEPT_HINTS}
    told = {k: v for k, v in refused.fields.items() if k in names} | refused.fields.get("once_more", {})
    stage.talk = stage.talk.opened(
        Form(kind=kind.name, fields=told, said=str(refused.fields.get("said", "")))
    )
    stage.note(f"{refused.number} 没能安排，按您说的重新填了一张：")
    _advance(stage, request, said)


def _advance(stage: Stage, request: Request, said: Said) -> None:
    """Take up a change into the form that was just opened."""
    changed = replace(said, intent="change_ticket", clarify=False, requests=(replace(request, kind=None),))
    stage.talk, outcome = dialogue.advance(stage.talk, changed, kinds=stage.house.kinds)
    carry_out(stage, outcome, said)


def edited(stage: Stage, said: Said) -> bool:
    """Take an edited message for a change of the ticket it was just made into. Return whether there is one."""
    kind = stage.house.kinds.get(stage.house.kinds.by_intent().get(said.intent))
    if kind is None or kind.revise is None or stage.talk.form is not None or said.clarify:
        return False
    query = select(Ticket).where(
        Ticket.requester_id == stage.person.id, Ticket.kind == kind.name, Ticket.closed_at.is_(None)
    )
    ticket = stage.scene.session.scalar(query.order_by(Ticket.id.desc()).limit(1))
    fresh = ticket is not None and (stage.scene.now - ticket.created_at).total_seconds() <= 1800
    if ticket is None or not fresh or ticket.state not in kind.changeable:
        return False
    stage.note(f"按您改过的话，把 {ticket.number} 改成这样：")
    edit_ticket(stage, ticket, said.requests[0], said)
    return True


def change(stage: Stage, request: Request, said: Said) -> None:
    """Open the ticket that is to be changed as a form, with the change filled in."""
    if which.unknown_number(stage, request, said):
        return
    found = [t for t in which.meant(stage, request, said) if t.requester_id == stage.person.id]
    refused = answers.last_refused(stage) if not found else None
    if refused is not None and which.named_kind(stage, request, said) in (None, refused.kind):
        _once_more(stage, refused, request, said)
        return
    if not found:
        found = which.all_open(stage, request, said)
    if not found:
        stage.say(
            Message(
                text="您没有在办的单子可改。要新办一件的话，直接说就行。", buttons=answers.menu_rows(stage)
            )
        )
    elif len(found) > 1:
        which.choose(stage, found, verb="change", question="要改哪一张？", request=request, said=said)
    else:
        edit_ticket(stage, found[0], request, said)


def surely(stage: Stage, said: Said) -> Said:
    """Return `said` as the kind understands it that knows these words for certain (an official letter).

    What only adds a detail to the one ticket of its kind that may still be changed is a change of it.
    """
    for kind in stage.house.kinds:
        request = kind.recognise(said.text, said.now)
        if request is not None:
            return replace(said, intent=request.intent, confidence=1.0, clarify=False, requests=(request,))
    if len(said.requests) != 1 or stage.talk.form is not None:
        return said
    first = said.requests[0]
    kind_of = stage.house.kinds.get(first.kind)
    if kind_of is None or first.intent != kind_of.intent or not _adds_detail(kind_of, first):
        return said
    found = tickets.open_of(stage.scene.session, stage.person, kind=kind_of.name)
    if len(found) != 1 or kind_of.revise is None or found[0].state not in kind_of.changeable:
        return said
    change = replace(first, intent="change_ticket")
    return replace(said, intent="change_ticket", clarify=False, requests=(change,))


def _adds_detail(kind: Kind, request: Request) -> bool:
    """Say whether a request holds nothing but details of one there must be already."""
    return bool(request.slots) and request.slots.keys() <= set(kind.details)
