"""Taking up what was said into the open form: each blank checked, corrections and passing remarks included.

Every function takes a form's values and gives new ones; what a value could not be comes back as words above the question that
is asked again.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from desk.errors import BadInput
from handlers.dialogue import hearing, when
from handlers.dialogue.slots import request_of
from handlers.dialogue.turn import Ask, Confirm

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.dialogue.talk import Form, Talk
    from handlers.dialogue.turn import Outcome, Said
    from handlers.kinds import Fields, Kind, Slot
    from nlu.understanding import Request

HORIZON_DAYS = 90
# What is understood beside the blanks and kept with the form.
KEPT_HINTS = ("user_name", "round_trip", "vehicle_count", "recurrence")


def passing(form: Form, said: Said, kind: Kind) -> Request | None:
    """Return a time that makes up one clause of a correction, as a request that says just that."""
    if not any(s.name == "start" for s in kind.slots) or not when.moment(form.fields.get("start")):
        return None
    span = hearing.passing_time(said.text, said.now)
    return request_of(span) if span is not None else None


def tells(request: Request, kind: Kind) -> bool:
    """Say whether a request holds anything a form of this kind has a blank for."""
    names = {s.name for s in kind.slots} | {"end"}
    telling = {"shift_s", "duration_s", "people_delta", "user_name"}
    if "destination" in names:
        telling.add("round_trip")
    return bool(names & request.slots.keys()) or bool(telling & request.hints.keys())


def hears(kind: Kind, form: Form, said: Said) -> bool:
    """Say whether the kind itself hears something new in the words, beside the slots."""
    heard = kind.listen(form.fields, said.text)
    return any(form.fields.get(k) != v for k, v in heard.items() if k != "_not")


def filled(talk: Talk, request: Request, said: Said, *, kind: Kind) -> tuple[Talk, Outcome]:
    """Take up what a request says into the open form and prompt for what is next."""
    form = talk.form
    if form is None:
        raise ValueError("no form is open")
    note, wrong_slot = "", ""
    fields = dict(form.fields)
    # What the kind hears may take words away from a slot: the four of 「四个人陪」 are no guests.
    away = kind.listen(fields, said.text).get("_not", ())
    request = replace(request, slots={k: v for k, v in request.slots.items() if k not in away})
    for name, words in _takes(fields, request, said, kind=kind):
        note, wrong_slot = words, wrong_slot or name
    fields |= {k: v for k, v in kind.listen(fields, said.text).items() if k != "_not"}
    if contact := hearing.contact(said.text):
        fields["contact"] = contact
    form = replace(form, fields=fields)
    if form.said and said.text not in form.said:
        form = replace(form, said=f"{form.said}\n{said.text}"[-2000:])
    slot = kind.slot(wrong_slot) if wrong_slot else kind.first_missing(fields)
    form = replace(form, asking=slot.name if slot else "", tries=0)
    return talk.with_form(form), prompt(form, kind, note=note)


def _takes(fields: Fields, request: Request, said: Said, *, kind: Kind) -> list[tuple[str, str]]:
    """Write what `request` says into `fields`; return (slot, words) for each value that would not do."""
    wrong: list[tuple[str, str]] = []
    request = when.until(fields, request, said.text)

    def take(name: str, read: Callable[[], Fields]) -> None:
        try:
            fields.update(read())
        except BadInput as error:
            wrong.append((name, error.words))
            if name == "start" and not fields.get("start"):
                fields.update(when.day_kept(request, now=said.now, horizon_days=HORIZON_DAYS))

    for slot in kind.slots:
        value = _without_denied(request.slots.get(slot.name), said.text)
        if slot.name == "start":
            take("start", partial(_time, fields, request, said))
        elif value is not None:
            value = _one_more(slot, fields, value, said.text)
            take(slot.name, partial(slot.check, value, fields, said.now))
            if fields.get(f"{slot.name}_guessed"):
                fields[f"{slot.name}_guessed"] = False  # it was said now
        elif slot.name == "people" and hearing.is_nobody(said.text):
            take("people", partial(slot.check, 0, fields, said.now))
    delta = request.hints.get("people_delta")
    if delta and fields.get("people"):
        take(
            "people", lambda: kind.slot("people").check(int(fields["people"]) + int(delta), fields, said.now)
        )
    fields.update(_beside(request))
    return wrong


def _beside(request: Request) -> Fields:
    """Return what a request says beside the blanks and is kept with the form."""
    found = {hint: request.hints[hint] for hint in KEPT_HINTS if request.hints.get(hint) is not None}
    return found | ({"urgency": request.slots["urgency"]} if request.slots.get("urgency") else {})


def _without_denied(value: Any, text: str) -> Any:
    """Return a value of several places without those the words take back (「不去净月了，改去高新」)."""
    if not isinstance(value, str) or "、" not in value:
        return value
    parts = value.split("、")
    kept = [
        p
        for p in parts
        if not re.search(rf"(?:不|别|甭)(?:再)?(?:是|去|到|要|用|上|跑){{0,2}}{re.escape(p)}", text)
    ]
    return "、".join(kept or parts)


def _one_more(slot: Slot, fields: Fields, value: Any, text: str) -> Any:
    """Return a place joined to the one there is, where the words say it is one more (「多去一站，先去省图」)."""
    old = str(fields.get(slot.name) or "")
    if slot.adds is None or not old or "、" in str(value) or not slot.adds.search(text) or old in str(value):
        return value
    return f"{value}、{old}" if re.search("先|路过|途经", text) else f"{old}、{value}"


def _time(fields: Fields, request: Request, said: Said) -> Fields:
    return when.merge(fields, request, now=said.now, horizon_days=HORIZON_DAYS, text=said.text)


def prompt(form: Form, kind: Kind, *, note: str = "") -> Outcome:
    """Return what comes next: the blank that is missing, or the card."""
    slot = kind.slot(form.asking) if form.asking else kind.first_missing(form.fields)
    return Ask(slot=slot.name, note=note) if slot else Confirm(note=note)


def contacted(talk: Talk, form: Form, contact: str, *, kind: Kind) -> tuple[Talk, Outcome]:
    """Take a telephone number, with a name or without, for whom to ring about this request."""
    form = replace(form, fields={**form.fields, "contact": contact})
    return talk.with_form(form), prompt(form, kind, note=f"记下了，联系 {contact}。")


def again(talk: Talk, form: Form, *, note: str) -> tuple[Talk, Outcome]:
    """Ask the same once more, saying why."""
    form = replace(form, tries=form.tries + 1)
    talk = talk.with_form(form)
    if form.asking:
        return talk, Ask(slot=form.asking, note=note)
    return talk, Confirm(note=f"{note}可以直接说要改什么，或点下面的按钮。")
