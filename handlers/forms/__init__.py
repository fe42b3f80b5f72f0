"""Forms on the counter: asking, showing the card, submitting, and what comes after.

The card of an open form shows everything understood, with 「提交」「修改」「取消」
and one button per blank; trouble (nothing free) shows ranked ways out as buttons above them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from desk import tickets
from desk.errors import Conflict, DeskError, Refusal
from desk.instants import to_local
from desk.models import Attachment, OutboxMessage, Ticket
from desk.outbox import Button, Message
from handlers import dialogue
from handlers.dialogue import when
from handlers.kinds import Advice
from handlers.tickets import cards, held, lifecycle
from handlers.words import esc, fits, rows

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.desk_side import Stage
    from handlers.dialogue.talk import Form
    from handlers.kinds import Fields, Kind, Slot

# Words shown on a choice button become the answer when pressed; callback data must hold them in 64 bytes.
LONGEST_CHOICE = 40
# A rule that only informs is quoted once in a form.
QUOTED = re.compile("按规定（|按本局安排（")
# Two requests for the same thing within this time look like one sent twice.
TWIN = timedelta(minutes=30)


def data(stage: Stage, verb: str, arg: str = "") -> str:
    """Return the callback data of a button on the open form."""
    return fits(f"f:{verb}:{stage.talk.token}" + (f":{arg}" if arg else ""))


def _kind(stage: Stage, form: Form) -> Kind:
    return stage.house.kinds[form.kind]


def ask(stage: Stage, name: str, *, note: str = "") -> None:
    """Ask for one blank, with quick answers as buttons."""
    form = stage.talk.form
    if form is None:
        return
    kind = _kind(stage, form)
    slot = kind.slot(name)
    first: list[str] = []
    if not form.tries and not note:
        early = _early(stage, kind, form)
        if early is None:
            return
        told = list(form.fields.get("_told", ()))
        first = [remark for remark in early.first if remark not in told]
        if first:
            form = replace(form, fields={**form.fields, "_told": told + first})
            stage.talk = stage.talk.with_form(form)
    choices = [
        Button(c, data(stage, "say", c))
        for c in slot.choices(form.fields, stage.scene)
        if len(c.encode()) <= LONGEST_CHOICE
    ]
    known = "　".join(
        esc(s.show(form.fields, stage.local_now))
        for s in kind.slots
        if s.name != name and s.applies(form.fields) and is_told(s, form.fields, stage.local_now)
    )
    head = f"{kind.icon} {kind.title}" + (f"：{known}" if known else "")
    notes = [esc(x) for x in (note, *first)]
    text = "\n".join(x for x in (*notes, head, f"<b>{esc(slot.question(form.fields))}</b>") if x)
    leave = (Button("取消", data(stage, "leave")),)
    stage.say(Message(text=text, buttons=(*rows(choices), leave)))


def is_told(slot: Slot, fields: Fields, now: datetime) -> bool:
    """Say whether a blank holds something that was said, rather than what it shows while nothing was."""
    shown = slot.show(fields, now)
    blank = {"people": fields.get("people")}
    return bool(shown) and (bool(fields.get(slot.name)) or shown != slot.show(blank, now))


def _early(stage: Stage, kind: Kind, form: Form) -> Advice | None:
    """Look ahead before more questions are asked; None: the rules already say no, and it was refused."""
    try:
        return kind.advise(stage.scene, {**form.fields, "said": form.said})
    except Refusal as no:
        refuse(stage, no)
        return None
    except DeskError:
        return Advice()


def refuse(stage: Stage, no: Refusal) -> None:
    """Say no with the reason and another way, and close the form; the next words may still mend what was wrong."""
    stage.talk = stage.talk.turned_down()
    text = f"🚫 这件事不能安排。\n{esc(no.words)}" + (f"\n💡 {esc(no.alternative)}" if no.alternative else "")
    buttons = ((Button("转人工", "q:human"), Button("我的单子", "q:mine")),)
    stage.say(Message(text=text, buttons=buttons))


def confirm(stage: Stage, *, note: str = "") -> None:
    """Show the card of the open form; the card shown before loses its buttons."""
    form = stage.talk.form
    if form is None:
        return
    kind = _kind(stage, form)
    fields = {**form.fields, "said": form.said, "_ticket": form.ticket, **kind.received(form.enclosures)}
    fields |= kind.defaults(stage.scene, fields)
    try:
        advice = kind.advise(stage.scene, fields)
    except Refusal as no:
        refuse(stage, no)
        return
    told = list(form.fields.get("_told", ()))
    twin = _twin(stage, form, fields)
    notes = [n for n in (*twin, *advice.notes) if not (n in told and QUOTED.search(n))]
    text = _card_text(stage, kind, form, fields, replace(advice, notes=tuple(notes)), note=note)
    _retire_card(stage, form)
    row = stage.say(Message(text=text, buttons=_card_buttons(stage, advice)))
    options = [{**o.sets, "_label": o.label, "_at_once": o.at_once} for o in advice.options]
    stage.talk = stage.talk.with_form(
        replace(
            form,
            fields={
                **form.fields,
                **{k: v for k, v in fields.items() if k != "said"},
                "_options": options,
                "_told": told + [n for n in notes if n not in told],
            },
            card=row.id,
        )
    )


def _twin(stage: Stage, form: Form, fields: dict[str, object]) -> list[str]:
    """Return a remark where the person already has a ticket of this kind at this time for the same thing."""
    start = when.moment(str(fields.get("start") or "")) if form.ticket is None else None
    if start is None or fields.get("_several"):
        return []
    for ticket in tickets.open_of(stage.scene.session, stage.person, kind=form.kind):
        near = ticket.starts_at is not None and abs(to_local(ticket.starts_at) - start) <= TWIN
        if near and all(
            ticket.fields.get(k) == fields.get(k) for k in ("destination", "people", "visitor_org")
        ):
            return [
                f"👀 您已有一张 {ticket.number}（{ticket.state}），时间和内容差不多。是同一件事就点「取消」，不用重复提"
            ]
    return []


def _card_text(
    stage: Stage, kind: Kind, form: Form, fields: dict[str, object], advice: Advice, *, note: str
) -> str:
    title = "修改申请" if form.ticket else "申请"
    lines = [esc(note)] if note else []
    lines.append(f"{kind.icon} <b>{kind.title}{title} · 请核对</b>")
    for slot in kind.slots:
        if not slot.applies(fields):
            continue
        shown = slot.show(fields, stage.local_now)
        guessed = "（默认，可改）" if fields.get(f"{slot.name}_guessed") and shown else ""
        if shown or not slot.missing({}):
            lines.append(f"{slot.title}：{esc(shown) or '—'}{guessed}")
    if fields.get("user_name"):
        lines.append(
            f"用车人：{esc(fields['user_name'])}"
            if kind.name == "vehicle"
            else f"使用人：{esc(fields['user_name'])}"
        )
    phone = f"　{stage.person.phone}" if stage.person.phone else "（没登记电话，可以直接发手机号）"
    lines.append(f"联系人：{esc(fields.get('contact') or stage.person.name + phone)}")
    lines += [esc(n) for n in advice.notes]
    if advice.trouble:
        lines += ["", f"⚠️ {esc(advice.trouble)}"]
    return "\n".join(lines)


def _card_buttons(stage: Stage, advice: Advice) -> tuple[tuple[Button, ...], ...]:
    ways = [(Button(o.label, data(stage, "opt", str(i))),) for i, o in enumerate(advice.options)]
    label = "提交"
    main = [Button(label, data(stage, "submit"))] if advice.may_submit else []
    main += [Button("修改", data(stage, "fix")), Button("取消", data(stage, "leave"))]
    return (*ways, tuple(main), *rows(fix_buttons(stage)))


def fix_buttons(stage: Stage) -> list[Button]:
    """Return one button per blank of the open form."""
    form = stage.talk.form
    if form is None:
        return []
    slots = [s for s in _kind(stage, form).slots if s.applies(form.fields)]
    return [Button(f"✎ {s.title}", data(stage, "ask", s.name)) for s in slots]


def _retire_card(stage: Stage, form: Form, *, lead: str = "") -> None:
    row = stage.scene.session.get(OutboxMessage, form.card) if form.card else None
    if row is not None:
        text = f"{lead}\n{row.payload['text']}" if lead else row.payload["text"]
        stage.say(Message(text=text), edits=row)


def submit(stage: Stage) -> None:
    """Submit the open form, or apply the changes it holds."""
    form = stage.talk.form
    if form is None:
        return
    kind = _kind(stage, form)
    missing = kind.first_missing(form.fields)
    if missing is not None:
        stage.talk, _ = dialogue.ask_slot(stage.talk, missing.name)
        ask(stage, missing.name)
        return
    fields = {k: v for k, v in form.fields.items() if not k.startswith("_")} | {"said": form.said}
    fields |= kind.received(form.enclosures)
    fields |= kind.defaults(stage.scene, fields)
    try:
        with stage.scene.session.begin_nested():
            ticket = _apply(stage, kind, form, fields)
    except Conflict as late:
        # Somebody was faster (the room, the car): the card is shown anew with what is possible now.
        if form.ticket is not None and not _changeable(stage, kind, form.ticket):
            raise
        stage.talk = stage.talk.with_form(replace(form, fields={**form.fields, "_late": True}))
        confirm(stage, note=late.words)
        return
    except Refusal as no:
        _retire_card(stage, form)
        refuse(stage, no)
        return
    _retire_card(stage, form, lead=f"✅ 已提交 {ticket.number}")
    stage.talk = stage.talk.closed(number=ticket.number)
    attach(stage, ticket, form)


def _apply(stage: Stage, kind: Kind, form: Form, fields: dict[str, object]) -> Ticket:
    if form.ticket is None:
        ticket = kind.submit(stage.scene, fields)
        lifecycle.settle(stage.scene, kind, ticket)
        lead = "✅ 已提交，办理情况会随时告诉您"
    else:
        ticket = lifecycle.fetch(stage.scene, form.ticket)
        if kind.revise is None or ticket.state not in kind.changeable:
            raise Conflict("现在已经不能改了。" + lifecycle.situation(ticket))
        lead = "✅ " + kind.revise(stage.scene, ticket, fields)
        lifecycle.settle(stage.scene, kind, ticket)
    late = held.opening_note(stage.scene, ticket)
    cards.show(
        stage.scene, kind, ticket, party="requester", to=(stage.person,), lead=f"{lead}\n{late}".strip()
    )
    return ticket


def _changeable(stage: Stage, kind: Kind, ticket_id: int) -> bool:
    ticket = lifecycle.fetch(stage.scene, ticket_id)
    return kind.revise is not None and ticket.state in kind.changeable


def attach(stage: Stage, ticket: Ticket, form: Form) -> None:
    """Keep the files sent along with a form with its ticket, and pass them on to whom they concern."""
    for enclosure in form.enclosures:
        stage.scene.session.add(
            Attachment(
                ticket_id=ticket.id,
                person_id=stage.person.id,
                sort=str(enclosure.get("sort", "other")),
                file_id=str(enclosure.get("file_id", "")),
                name=str(enclosure.get("name", ""))[:200],
                details=dict(enclosure),
                created_at=stage.scene.now,
            )
        )
    kind = stage.house.kinds.get(ticket.kind)
    if kind is not None and kind.filed is not None and form.enclosures:
        stage.scene.session.flush()
        kind.filed(stage.scene, ticket, tuple(str(e.get("file_id") or "") for e in form.enclosures))
