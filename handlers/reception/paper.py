"""The official letter (公函): taken from what is sent later, and what happens when it never comes (REC-1)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desk import receptions
from desk.errors import BadInput
from desk.instants import to_local
from handlers.kinds import Deed, Move
from handlers.reception import booking, checking, form
from handlers.reception.base import BEFORE_VISIT, CANCELLED, WAITING_LETTER, WITH_LIST, own, show_onward
from handlers.reception.checking import NAME
from handlers.tickets import cards
from nlu import letters, times
from nlu.people import find_people

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desk.models import Ticket
    from handlers.kinds import Fields, Scene

LIST_WORDS = re.compile(
    r"(?:JD[-\d]+的?\s*)?(?:请|麻烦)?(?:帮我|给我)?(?:导出|发|要|看|看看|下载|打印)?(?:一?下|一份)?(?:这次|本次)?(?:的)?接?待?清单(?:发我|给我|一份|呢)?[。!！?？]?",
    re.IGNORECASE,
)
LETTER_CAME = re.compile(r"(?:公?函|来函)(?:已经?)?(?:到了?|来了|收到了?|有了)[。!！]?")
ALBUM = timedelta(minutes=15)


def awaits(
    scene: Scene, ticket: Ticket, text: str, enclosures: Sequence[Fields]
) -> tuple[str, Fields] | None:
    """Say what something sent outside a form means to a ticket: its letter, a further page of it, the wish for its list."""
    if not enclosures and text and LIST_WORDS.fullmatch(text.strip()):
        return ("export", {}) if ticket.state in WITH_LIST else None
    own = scene.actor is not None and ticket.requester_id == scene.actor.id
    if not own or ticket.kind != NAME:
        return None
    if ticket.state == WAITING_LETTER:
        found = _letter_in(scene, ticket, text, enclosures)
        return ("letter", found) if found is not None else None
    sent = str(ticket.fields.get("letter_at") or "")
    fresh = bool(sent) and scene.now - datetime.fromisoformat(sent) <= ALBUM
    if fresh and enclosures and not text and ticket.state in BEFORE_VISIT and form.received(enclosures):
        return ("page", {})
    return None


def _letter_in(scene: Scene, ticket: Ticket, text: str, enclosures: Sequence[Fields]) -> Fields | None:
    """Return the fields of the letter in what was sent, {} for words that only speak of it, None for something else."""
    local = to_local(scene.now)
    letter = letters.read(text, today=local.date()) if text else None
    if letter is not None:
        organisation = str(ticket.fields.get("visitor_org") or "")
        if letter.organisation and not receptions.same_organisation(letter.organisation, organisation):
            return None
        told = {k: v for k, v in form.letter_fields(letter, text).items() if v}
        return told if ticket.fields.get("visitors") or not letter.head else {**told, "visitors": letter.head}
    if enclosures:
        tells_more = len(text) > 10 and (find_people(text) or times.parse(text, local))
        told = form.received(enclosures)
        if told and (number := letters.number_in(text)):
            told["letter_no"] = number
        return None if tells_more else told or None
    speaks_of_it = LETTER_CAME.fullmatch(text.strip()) or (len(text) <= 50 and letters.number_in(text))
    return {} if speaks_of_it else None


def take_letter(deed: Deed) -> Move:
    """The letter came: the ticket goes on to whoever approves. The rules are checked anew."""
    scene, ticket = deed.scene, deed.ticket
    if not ticket.fields.get("letter"):
        raise BadInput(
            "光有文号还不行，还没看到公函本身。" if letters.number_in(deed.arg) else "还没看到公函本身。",
            alternative="请把公函拍照、PDF，或整段文字直接发到这里，我马上转审批。",
        )
    checking.check_rules(scene, ticket.fields)
    move = booking.onward(scene, ticket.requester, ticket.fields, ticket.starts_at or scene.now)
    ticket.fields = {**ticket.fields, **move.details, "letter_at": scene.now.isoformat()}
    return Move(
        state=move.state,
        responsible=move.responsible,
        queue=move.queue,
        due_at=move.due_at,
        details={"letter": ticket.fields.get("letter_no") or ticket.fields["letter"]},
    )


def after_letter(deed: Deed) -> None:
    f = deed.ticket.fields
    differs = f.get("letter_people") and f["letter_people"] != f.get("people")
    more = (
        f"\n📎 公函写的是 {f['letter_people']} 人，单子上是 {f.get('people')} 人，请核对。" if differs else ""
    )
    cards.show(
        deed.scene, own(deed.scene), deed.ticket, party="requester", lead=f"✅ 公函收到，已转审批{more}"
    )
    show_onward(deed.scene, deed.ticket)


def take_page(deed: Deed) -> Move:
    """A further page of the letter."""
    return Move()


def expire(deed: Deed) -> Move:
    """The day of the visit came and no letter: nothing was booked, the ticket is closed."""
    return Move(state=CANCELLED, close=True, reason="到访时间已到，公函没有补来")


def after_expire(deed: Deed) -> None:
    text = f"⌛ {deed.ticket.number} 到了到访时间公函还没补来，单子已自动取消，什么也没有订。公函来了可以重新提交。"
    cards.tell(deed.scene, deed.ticket, party="requester", text=text)
