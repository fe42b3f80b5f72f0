"""The conversation itself, as a pure function: where the talk stands and what was said → where it stands then, and
what is to be done about it.

No storage, no clock, no Telegram. `advance` decides, `filling` takes words up into the form, `conversation` carries out. The order of the day while a form
is open: leaving it; an answer to the question just asked; a correction; a side question (answered, and the form goes on);
another kind of request (parked until this one is done). Outside a form: a new request opens one.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from desk.errors import BadInput
from handlers.dialogue import filling, hearing, weighing
from handlers.dialogue.talk import Form, Talk
from handlers.dialogue.turn import Answer, Ask, Clarify, Confirm, Left, Said, Submit, WhatToChange
from nlu.understanding import Request

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.dialogue.turn import Outcome
    from handlers.kinds import Fields, Kind, Kinds

# Short words that begin so speak of the card in front of one, whatever else they sound like (「不要投影了」).
CORRECTION = re.compile(
    r"(?:那|还是)?(?:不要|不用|去掉|别|换|改|再?加|太|[大小]一?[点些]|挺?急|着急|不急|赶紧|快点|马上)"
)
TICKET_NUMBER = re.compile(
    r"(?:请|麻烦|帮我?|给我)*(?:查询?|看看?|查看)?(?:一下|下)?\s*[A-Za-z]{2}-?\d{8}-?\d{3}\s*"
    r"(?:的?(?:进度|情况|状态)|(?:现在)?(?:咋样|怎么样|到哪步?|办没办|办了吗|到哪儿)了?)?[呢吗。.!！?？]*"
)
# Longer words after a refusal are something new.
LONGEST_MEND = 30
# Requests about tickets there are already.
ABOUT_TICKETS = frozenset({"query_ticket", "change_ticket", "cancel_ticket", "urge_ticket"})
# Courtesies: with a time or a number in them they are something else, said too briefly to tell what.
COURTESIES = frozenset({"greet", "thanks", "goodbye", "affirm", "deny", "out_of_scope"})
RESTATED = re.compile(r"[说写打弄搞填]错|不是|其实|应该是|改[去成为]|公事|公务|工作|去开会|办事")
ALSO = "另外的{titles}也记下了，办完这一件马上接着办。"
SEVERAL = "一共 {count} 张{title}单，一张一张来，这是第 1 张。"
PUZZLED = "这句我没听明白。"


def advance(talk: Talk, said: Said, *, kinds: Kinds) -> tuple[Talk, Outcome]:
    """Return the talk after `said`, and what is to be done."""
    if talk.form is not None:
        return _in_form(talk, talk.form, said, kinds=kinds)
    return _outside(talk, said, kinds=kinds)


# ── outside a form ──────────────────────────────────────────────────────────────────────────────────


def _outside(talk: Talk, said: Said, *, kinds: Kinds) -> tuple[Talk, Outcome]:
    first = said.requests[0] if said.requests else Request(intent=said.intent, kind=None, slots={}, hints={})
    if TICKET_NUMBER.fullmatch(said.text.strip()):
        return talk, Answer(request=replace(first, intent="query_ticket", kind=None))
    if talk.refused is not None:
        mended = _mended(talk, talk.refused, said, first, kinds=kinds)
        if mended is not None:
            return mended
        talk = replace(talk, refused=None)
    if said.clarify:
        return talk, Clarify(candidates=tuple(name for name, _ in said.candidates[:3]), request=first)
    wanted = [
        r for r in said.requests if kinds.get(r.kind) is not None and r.intent == kinds[r.kind or ""].intent
    ]
    if not wanted:
        if said.intent in COURTESIES and first.slots and hearing.is_time_or_count(said.text, said.now):
            return talk, Clarify(candidates=(), request=first)
        others = tuple(r for r in said.requests[1:] if r.intent in ABOUT_TICKETS)
        return talk, Answer(request=first, also=others)
    if standing := [r for r in said.requests if r.intent in ABOUT_TICKETS]:
        # 「把车取消，改成订个会议室」: what is there already comes first, what is new waits its turn.
        parked = tuple(_parked(r, said) for r in wanted)
        return replace(talk, parked=talk.parked + parked), Answer(
            request=standing[0], also=tuple(standing[1:])
        )
    head, rest = _gathered(wanted, kinds=kinds)
    kind = kinds[head.kind or ""]
    alike = [r for r in rest if r.kind == head.kind]
    each = () if alike else kind.several(head, head.text or said.text)
    head, *more = [replace(head, slots={**head.slots, **own}) for own in each] or [head]
    waiting = [_parked(r, said, several=True) for r in more] + [_parked(r, said) for r in rest]
    talk = replace(talk, parked=(*talk.parked, *waiting))
    if rest and head.text:
        said = replace(said, text=head.text)  # what was said of the others is not this one's
    talk, outcome = open_form(talk, head, said, kinds=kinds)
    note = _of_others(1 + len(more) + len(alike), kind, rest, kinds=kinds)
    if note and isinstance(outcome, Ask | Confirm):
        outcome = replace(outcome, note=note + outcome.note)
    return talk, outcome


def _of_others(count: int, kind: Kind, rest: list[Request], *, kinds: Kinds) -> str:
    """Say that the other requests of a message are not forgotten: how many of this kind, and which other kinds."""
    note = SEVERAL.format(count=count, title=kind.title) if count > 1 else ""
    others = dict.fromkeys(kinds[r.kind or ""].title for r in rest if r.kind != kind.name)
    titles = "".join(f"「{title}」" for title in others)
    return note + (ALSO.format(titles=titles) if titles else "")


def _mended(
    talk: Talk, form: Form, said: Said, request: Request, *, kinds: Kinds
) -> tuple[Talk, Outcome] | None:
    """Take up a refused form again if the words change what was wrong with it (「那60个人吧」); None when they do not."""
    kind = kinds[form.kind]
    if weighing.LEAVE.fullmatch(said.text.strip()):
        return replace(talk, refused=None), Left()
    if len(said.text) > LONGEST_MEND or (not said.clarify and request.kind not in (None, kind.name)):
        return None
    dated = "start" in request.slots and not request.hints.get("day_assumed")
    if dated and request.kind == kind.name and len(request.slots) > 1:
        return None  # a whole new request
    if not (filling.tells(request, kind) or filling.hears(kind, form, said)):
        return None
    if RESTATED.search(said.text):
        # 「说错了，是去开会」: what was said before no longer counts against it.
        form = replace(form, said="", fields={k: v for k, v in form.fields.items() if k != "purpose"})
    mended = talk.opened(replace(form, asking="", tries=0, card=None))
    return filling.filled(mended, request, said, kind=kind)


def _gathered(wanted: list[Request], *, kinds: Kinds) -> tuple[Request, list[Request]]:
    """Join to the first request what only goes on with it: more of the same kind, or what it brings about itself."""
    head, *rest = wanted
    kind, others = kinds[head.kind or ""], []
    for request in rest:
        if request.kind == head.kind and request.hints.get("shared") and _agrees(request, head):
            more = request.slots
        else:
            more = kind.absorbs(head, request) or {}
            if not more:
                others.append(request)
                continue
        known = head.slots.get("start")
        start = more.get("start")
        finer = (
            start
            if start and known and "T" in start and start[:10] == known[:10] and "T" not in known
            else None
        )
        hints = {**head.hints, "start_precision": "datetime"} if finer else head.hints
        slots = {**more, **head.slots, **({"start": finer} if finer else {})}
        head = replace(head, slots=slots, hints=hints, text=f"{head.text}，{request.text}".strip("，"))
    return head, others


def _agrees(request: Request, head: Request) -> bool:
    """Say whether two requests of one kind name nothing twice: a second lamp is no detail of the first."""
    own = {name: value for name, value in request.slots.items() if name not in ("start", "end")}
    return all(head.slots.get(name, value) == value for name, value in own.items())


def _parked(request: Request, said: Said, *, several: bool = False) -> Form:
    return Form(
        kind=request.kind or "",
        fields={"_request": {"slots": request.slots, "hints": request.hints}, "_several": several},
        said=request.text or said.text,
    )


def open_form(talk: Talk, request: Request, said: Said, *, kinds: Kinds) -> tuple[Talk, Outcome]:
    """Open a form for a request of a known kind and fill in what it says."""
    kind = kinds[request.kind or ""]
    return filling.filled(talk.opened(Form(kind=kind.name, said=said.text)), request, said, kind=kind)


def next_parked(talk: Talk, *, now: datetime, kinds: Kinds) -> tuple[Talk, Outcome] | None:
    """Open the form that waited longest, if one waits."""
    if not talk.parked:
        return None
    waiting, *rest = talk.parked
    if "_request" not in waiting.fields:  # half filled before it was set aside
        missing = kinds[waiting.kind].first_missing(waiting.fields)
        form = replace(waiting, asking=missing.name if missing else "")
        talk = replace(talk, parked=tuple(rest)).opened(form)
        return talk, filling.prompt(form, kinds[form.kind])
    kept = waiting.fields.get("_request", {})
    request = Request(
        intent=kinds[waiting.kind].intent,
        kind=waiting.kind,
        slots=kept.get("slots", {}),
        hints=kept.get("hints", {}),
    )
    said = Said(text=waiting.said, now=now)
    talk, outcome = open_form(replace(talk, parked=tuple(rest)), request, said, kinds=kinds)
    if talk.form is not None and waiting.fields.get("_several"):
        talk = talk.with_form(replace(talk.form, fields={**talk.form.fields, "_several": True}))
    return talk, outcome


# ── inside a form ───────────────────────────────────────────────────────────────────────────────────


def _in_form(talk: Talk, form: Form, said: Said, *, kinds: Kinds) -> tuple[Talk, Outcome]:
    kind = kinds[form.kind]
    request = (
        said.requests[0] if said.requests else Request(intent=said.intent, kind=None, slots={}, hints={})
    )
    if contact := hearing.contact_alone(said.text):
        return filling.contacted(talk, form, contact, kind=kind)
    if (gone := _lets_go(talk, form, said, request, kinds=kinds)) is not None:
        return gone
    if weighing.is_afresh(said, request, form, kind):
        talk = replace(talk, parked=talk.parked + tuple(_parked(r, said) for r in said.requests if r.kind))
        note = f"另一件{kind.title}我先记下，办完这一件马上接着办。"
        return talk, filling.prompt(form, kind, note=note)
    if not form.asking and not request.slots and weighing.is_yes(said):
        return talk, Submit()
    if not request.slots and (
        stays := weighing.says_nothing(said, kind.slot(form.asking) if form.asking else None)
    ):
        return filling.again(talk, form, note=stays)
    if form.asking and not weighing.interrupts(said, request, form, kind):
        answered = _answered(talk, form, said, request, kind=kind)
        if answered is not None:
            return answered
    if form.asking and not request.slots and weighing.YES.fullmatch(said.text.strip()):
        return filling.again(talk, form, note=weighing.STILL_MISSING)
    return _elsewhere(talk, form, said, request, kinds=kinds)


def _lets_go(
    talk: Talk, form: Form, said: Said, request: Request, *, kinds: Kinds
) -> tuple[Talk, Outcome] | None:
    """Leave the form, or let it give way to another kind; None when the words do neither."""
    kind = kinds[form.kind]
    instead = kinds.get(hearing.meant_instead(said.text)) if hearing.is_let_go(said.text) else None
    if instead is not None and instead.name != kind.name and form.ticket is None:
        return _instead(talk, form, said, instead, request)
    if weighing.leaves(said, request, form, kind):
        if form.ticket and not weighing.LEAVE.fullmatch(said.text.strip()):
            # 「人家不来了」 in the middle of a change takes back the ticket, not the change.
            return talk.closed(), Answer(request=replace(request, kind=kind.name))
        return talk.closed(), Left(changing=form.ticket is not None)
    if weighing.takes_back(said, request, form, kind):
        return talk.closed(), Answer(request=request) if form.ticket else Left()
    if weighing.is_blank(form) and weighing.calls_another(said, request, kind, kinds=kinds):
        return open_form(talk.closed(), request, said, kinds=kinds)
    return None


def _answered(
    talk: Talk, form: Form, said: Said, request: Request, *, kind: Kind
) -> tuple[Talk, Outcome] | None:
    slot = kind.slot(form.asking)
    strict = not slot.free or len(said.text) <= 20
    try:
        changes: Fields | None = None
        if request.slots.get(slot.name) is not None and slot.name != "start":
            changes = slot.check(request.slots[slot.name], form.fields, said.now)
        elif strict:
            changes = slot.read(said.text, form.fields, said.now)
        if changes is None:
            return None
    except BadInput as wrong:
        return filling.again(talk, form, note=wrong.words)
    form = replace(form, fields={**form.fields, **changes}, asking="", tries=0)
    rest = _without_time(request) if slot.name == "start" else request
    own = not request.kind or request.kind == form.kind
    bare = slot.free or weighing.BARE_NUMBER.fullmatch(said.text.strip())
    if own and bare and slot.name not in request.slots:
        rest = replace(rest, slots={})  # the words were the answer; what else was read into them is a guess
    return filling.filled(talk.with_form(form), rest, said, kind=kind)


def _without_time(request: Request) -> Request:
    slots = {k: v for k, v in request.slots.items() if k not in ("start", "end")}
    hints = {k: v for k, v in request.hints.items() if k not in ("shift_s", "duration_s", "unsure")}
    return replace(request, slots=slots, hints=hints)


def _elsewhere(talk: Talk, form: Form, said: Said, request: Request, *, kinds: Kinds) -> tuple[Talk, Outcome]:
    kind = kinds[form.kind]
    other = kinds.get(request.kind)
    if len(said.text) <= 15 and CORRECTION.match(said.text) and filling.hears(kind, form, said):
        other = None
    surely = (
        other is not None
        and other.name != kind.name
        and said.confidence >= weighing.SURE
        and not said.clarify
    )
    if other is not None and surely and weighing.is_other(said, request, form, kind):
        talk = replace(talk, parked=talk.parked + tuple(_parked(r, said) for r in said.requests if r.kind))
        note = f"「{other.title}」我先记下，办完这一件马上接着办。"
        return talk, filling.prompt(form, kind, note=note)
    told = filling.hears(kind, form, said) and not hearing.is_asking(said.text)
    told = told or bool(weighing.BARE_NUMBER.fullmatch(said.text.strip()))
    if said.intent in weighing.SIDE and not said.clarify and not filling.tells(request, kind) and not told:
        return talk, Answer(request=request, resume=True)
    if weighing.is_beside_the_point(said) and not said.clarify:
        return talk, Answer(request=replace(request, kind=None), resume=True)
    if filling.tells(request, kind) or filling.hears(kind, form, said) or hearing.is_nobody(said.text):
        return filling.filled(talk, request, said, kind=kind)
    instead = hearing.meant_instead(said.text)
    if instead != kind.name and kinds.get(instead) is not None:
        return _instead(talk, form, said, kinds[instead], request)
    if (passing := filling.passing(form, said, kind)) is not None:
        return filling.filled(talk, passing, said, kind=kind)
    return _not_understood(talk, form, said, request, kind=kind)


def _not_understood(
    talk: Talk, form: Form, said: Said, request: Request, *, kind: Kind
) -> tuple[Talk, Outcome]:
    if said.intent in ("deny", "change_ticket") and not form.asking:
        return talk, WhatToChange()
    if said.intent == "policy_question" and not said.clarify:
        return talk, Answer(request=request, resume=True)
    if (
        request.kind == kind.name
        and not said.clarify
        and said.confidence >= weighing.SURE
        and not request.slots
    ):
        return filling.again(talk, form, note="好的。")  # 「嗯需要车」 says nothing new
    return filling.again(talk, form, note=weighing.NO_HURRY if hearing.is_hesitating(said.text) else PUZZLED)


def _instead(talk: Talk, form: Form, said: Said, kind: Kind, request: Request) -> tuple[Talk, Outcome]:
    """Go over to the kind that was meant; time and head count come along, unless they are said anew."""
    own = next((r for r in said.requests if r.kind == kind.name), request)
    told = {k: v for r in said.requests for k, v in r.slots.items()} | own.slots
    fresh = {k: v for k, v in told.items() if k in {s.name for s in kind.slots} | {"end"}}
    carried = {k: form.fields[k] for k in ("start", "people") if form.fields.get(k)}
    if form.fields.get("end_said") and form.fields.get("end"):
        carried["end"] = form.fields["end"]
    precise = "datetime" if "T" in str(carried.get("start") or "") else "date"
    hints = own.hints if "start" in fresh else {"start_precision": precise}
    request = Request(intent=kind.intent, kind=kind.name, slots={**carried, **fresh}, hints=hints)
    return filling.filled(
        talk.closed().opened(Form(kind=kind.name, said=said.text)), request, said, kind=kind
    )


# ── presses on the card ─────────────────────────────────────────────────────────────────────────────


def ask_slot(talk: Talk, name: str) -> tuple[Talk, Outcome]:
    """Ask anew for one blank (tap-to-fix)."""
    if talk.form is None:
        raise ValueError("no form is open")
    return talk.with_form(replace(talk.form, asking=name, tries=0)), Ask(slot=name)


def set_fields(talk: Talk, values: Fields, *, kinds: Kinds) -> tuple[Talk, Outcome]:
    """Take values from a button (an alternative offered) and show the card again."""
    if talk.form is None:
        raise ValueError("no form is open")
    kind = kinds[talk.form.kind]
    fields = {**talk.form.fields, **values}
    slot = kind.first_missing(fields)
    form = replace(talk.form, fields=fields, asking=slot.name if slot else "")
    return talk.with_form(form), filling.prompt(form, kind)
