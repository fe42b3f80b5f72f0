"""The conversation carried out: what the dialogue decided becomes questions, cards, answers and tickets.

`dialogue` decides, `forms` shows forms, `answers` answers what is no form; this module knows both and joins them.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import feedback, tickets
from desk.errors import Conflict
from desk.instants import brief
from desk.models import Ticket
from desk.outbox import Button, Message
from handlers import answers, dialogue, forms, lifecycle, when
from handlers.talk import Form
from handlers.words import LEFT, esc, rows
from nlu.understanding import Request

if TYPE_CHECKING:
    from handlers.desk_side import Stage
    from handlers.dialogue import Outcome, Said
    from handlers.heard import Heard


def carry_out(stage: Stage, outcome: Outcome, said: Said) -> None:
    """Do what the dialogue decided."""
    match outcome:
        case dialogue.Ask(slot=slot, note=note):
            forms.ask(stage, slot, note=note)
        case dialogue.Confirm(note=note):
            forms.confirm(stage, note=note)
        case dialogue.Submit():
            forms.submit(stage)
            go_on(stage, said)
        case dialogue.Left():
            stage.say(Message(text=LEFT))
            go_on(stage, said)
        case dialogue.Clarify():
            answers.clarify(stage, outcome, said)
        case dialogue.WhatToChange():
            _corrected(stage)
            stage.say(
                Message(text="要改哪一项？直接说新的内容，或点下面：", buttons=rows(forms.fix_buttons(stage)))
            )
        case dialogue.Answer(request=request, resume=resume):
            _answer(stage, request, said)
            if resume and stage.talk.form is not None:
                prompt(stage)


def _corrected(stage: Stage) -> None:
    """Keep the words a form was made from for review: something in it was read wrongly."""
    form = stage.talk.form
    if form is not None and form.said and form.ticket is None:
        guess = stage.house.kinds[form.kind].intent
        session, now = stage.scene.session, stage.scene.now
        feedback.collect(session, form.said, why=feedback.Why.CORRECTED, guessed=guess, now=now)


def _answer(stage: Stage, request: Request, said: Said) -> None:
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
        stage.talk, outcome = dialogue.advance(
            stage.talk,
            replace(said, intent="change_ticket", clarify=False, requests=(replace(request, kind=None),)),
            kinds=stage.house.kinds,
        )
        carry_out(stage, outcome, said)
    else:
        forms.confirm(stage)


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
    if answers.unknown_number(stage, request, said):
        return
    found = [t for t in answers.meant(stage, request, said) if t.requester_id == stage.person.id]
    if not found:
        found = tickets.heads(tickets.open_of(stage.scene.session, stage.person))
    if not found:
        stage.say(
            Message(
                text="您没有在办的单子可改。要新办一件的话，直接说就行。", buttons=answers.menu_rows(stage)
            )
        )
    elif len(found) > 1:
        stage.talk = replace(
            stage.talk,
            pending={"what": "change", "slots": request.slots, "hints": request.hints, "said": said.text},
        )
        answers.choose(stage, found, verb="change", question="要改哪一张？")
    else:
        edit_ticket(stage, found[0], request, said)


# ── forms left lying ────────────────────────────────────────────────────────────────────────────────

KEPT_FOR = timedelta(hours=24)


def expire(stage: Stage) -> None:
    """Put a form away that nobody has touched for a day, and say so; a button brings it back."""
    form = stage.talk.form
    if form is None or stage.scene.now - stage.talk_at <= KEPT_FOR:
        return
    kind = stage.house.kinds[form.kind]
    stage.talk = stage.talk.shelve()
    since = brief(stage.talk_at, now=stage.scene.now)
    what = "　".join(
        esc(slot.show(form.fields, stage.local_now))
        for slot in kind.slots
        if slot.applies(form.fields) and forms.is_told(slot, form.fields, stage.local_now)
    )
    text = f"⏳ {since} 没办完的{kind.title}申请（{what or '还没填内容'}）放了一天多，我先收起来了，什么也没有提交。"
    stage.say(Message(text=text, buttons=((Button("接着办", "q:resume"), Button("不要了", "q:drop")),)))


def resume(stage: Stage) -> None:
    """Take a form up again that was put away; a time that has passed meanwhile is asked for anew."""
    form = stage.talk.shelved
    if form is None:
        raise Conflict("那张单子已经接着办了，或者不要了。要办事请直接说。")
    if stage.talk.form is not None:
        raise Conflict("手上还有一张没办完，先办完或取消它，再点「接着办」。")
    kind = stage.house.kinds[form.kind]
    fields, start = dict(form.fields), when.day_of(form.fields.get("start"))
    moment = when.moment(form.fields.get("start"))
    over = (start and start < stage.local_now.date()) or (moment and moment < stage.local_now)
    if over:
        fields = {k: v for k, v in fields.items() if k not in ("start", "end", "end_said", "part")}
        stage.note("原来说的时间已经过去了。")
    missing = kind.first_missing(fields)
    form = replace(form, fields=fields, asking=missing.name if missing else "", tries=0, card=None)
    stage.talk = replace(stage.talk.opened(form), shelved=None)
    if missing:
        forms.ask(stage, missing.name)
    else:
        forms.confirm(stage)


# ── buttons that start something ────────────────────────────────────────────────────────────────────


def chosen(stage: Stage, rest: str) -> None:
    """Act on a `q:` button."""
    verb, _, arg = rest.partition(":")
    said = dialogue.Said(text="", now=stage.local_now)
    if verb == "new" and stage.house.kinds.get(arg):
        _start(stage, Request(intent="", kind=arg, slots={}, hints={}), said)
    elif verb == "mean":
        _meant_intent(stage, arg)
    elif verb == "mine":
        answers.query(stage, Request(intent="query_ticket", kind=None, slots={}, hints={}), said)
    elif verb == "human":
        answers.hand_over(stage, str(stage.talk.pending.get("said") or answers.NO_WORDS))
    elif verb == "resume":
        resume(stage)
    elif verb == "drop":
        stage.talk = replace(stage.talk, shelved=None)
        stage.say(Message(text="好的，那张不要了。"))
    elif verb in ("see", "cancel", "change", "urge") and arg.isdigit():
        _on_chosen(stage, verb, int(arg))
    else:
        stage.say(Message(text="好的，单子照旧。" if verb == "keep" else "好的。"))
        prompt(stage)


def _start(stage: Stage, request: Request, said: Said) -> None:
    stage.talk, outcome = dialogue.open_form(stage.talk, request, said, kinds=stage.house.kinds)
    carry_out(stage, outcome, said)


def _meant_intent(stage: Stage, intent: str) -> None:
    kept = stage.talk.pending if stage.talk.pending.get("what") == "clarify" else {}
    stage.talk = replace(stage.talk, pending={})
    said = dialogue.Said(text=str(kept.get("said") or ""), intent=intent, confidence=1.0, now=stage.local_now)
    if said.text:
        session, now = stage.scene.session, stage.scene.now
        feedback.collect(session, said.text, why=feedback.Why.CLARIFIED, chosen=intent, now=now)
    kind = stage.house.kinds.by_intent().get(intent)
    request = Request(intent=intent, kind=kind, slots=kept.get("slots") or {}, hints=kept.get("hints") or {})
    if kind:
        _start(stage, request, said)
    else:
        _answer(stage, request, said)


def _on_chosen(stage: Stage, verb: str, ticket_id: int) -> None:
    ticket = lifecycle.fetch(stage.scene, ticket_id)
    if not answers.may_see(stage, ticket):
        stage.say(Message(text="没有查到这张单子。"))
        return
    if verb == "see":
        answers.show_ticket(stage, ticket)
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
        said = dialogue.Said(
            text=str(kept.get("said") or ""), intent="change_ticket", confidence=1.0, now=stage.local_now
        )
        edit_ticket(stage, ticket, request, said)


# ── files and places ────────────────────────────────────────────────────────────────────────────────

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
        carry_out(stage, outcome, dialogue.Said(text="", now=stage.local_now))
        return
    if form is not None and kept:
        stage.talk = stage.talk.with_form(replace(form, enclosures=form.enclosures + kept))
    elif kept and _taken(stage, heard, kept):
        return
    if heard.text:
        said = dialogue.said_of(heard, now=stage.local_now)
        stage.talk, outcome = dialogue.advance(stage.talk, said, kinds=stage.house.kinds)
        if stage.talk.form is not None and form is None:
            opened = stage.talk.form
            stage.talk = stage.talk.with_form(replace(opened, enclosures=opened.enclosures + kept))
        carry_out(stage, outcome, said)
        if isinstance(outcome, dialogue.Clarify) and kept:
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
    prompt(stage)


def given(stage: Stage, text: str, kept: tuple[dict[str, object], ...] = ()) -> bool:
    """Hand what was sent to the ticket that waits for just that (a letter, 「清单」). Return whether one did."""
    if stage.talk.form is not None:
        return False
    for ticket in answers.of_interest(stage, text):
        kind = stage.house.kinds.get(ticket.kind)
        found = kind.awaits(stage.scene, ticket, text, kept) if kind is not None else None
        if found is None:
            continue
        action, values = found
        ticket = lifecycle.fetch(stage.scene, ticket.id)
        ticket.fields = {**ticket.fields, **values}
        forms.attach(stage, ticket, Form(kind=ticket.kind, enclosures=kept))
        deed, step = lifecycle.perform(stage.scene, ticket=ticket, action=action, arg=text)
        answers.afterwards(stage, deed, step)
        return True
    return False


def surely(stage: Stage, said: Said) -> Said:
    """Return `said` as the kind understands it that knows these words for certain (an official letter)."""
    for kind in stage.house.kinds:
        request = kind.recognise(said.text, said.now)
        if request is not None:
            return replace(said, intent=request.intent, confidence=1.0, clarify=False, requests=(request,))
    return said


def _taken(stage: Stage, heard: Heard, kept: tuple[dict[str, object], ...]) -> bool:
    """Put files where they belong outside a form: an open question, a ticket that waits for them, the one just made."""
    if answers.pending_files(stage, kept, heard.text) or given(stage, heard.text, kept):
        return True
    return not _opens_form(stage, heard) and _added_to_ticket(stage, kept)


def _opens_form(stage: Stage, heard: Heard) -> bool:
    """Say whether a caption asks for something new, rather than remarking on what was just submitted."""
    if not heard.text:
        return False
    said = dialogue.said_of(heard, now=stage.local_now)
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
