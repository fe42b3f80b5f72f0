"""What the reporter does meanwhile: says where it is, withdraws it, or tells that it is another fault after all."""

from __future__ import annotations

from desk import places
from handlers import cards
from handlers.kinds import Deed, Move
from handlers.repair import follow, form, sending
from handlers.repair.names import (
    CANCELLED,
    kind_of,
    put,
    what,
    where,
)
from handlers.words import esc

# ── the reporter's own steps ────────────────────────────────────────────────────────────────────────


def place(deed: Deed) -> Move:
    """The reporter says where it is, after a ticket made at once."""
    words = places.refined(str(deed.ticket.fields.get("location") or ""), places.joined([deed.arg]))[:60]
    put(deed.ticket, location=words)
    put(deed.ticket, **form.defaults(deed.scene, deed.ticket.fields))
    return Move(details={"location": words})


def after_place(deed: Deed) -> None:
    text = f"📍 {deed.ticket.number} {esc(what(deed.ticket.fields))} 位置：<b>{esc(where(deed.ticket.fields))}</b>"
    for party in ("dispatcher", "technician"):
        cards.tell(deed.scene, deed.ticket, party=party, text=text, besides=deed.scene.actor)
    follow.sync(deed.scene, deed.ticket)


def cancel(deed: Deed) -> Move:
    """The reporter withdraws it."""
    return Move(state=CANCELLED, close=True, reason=deed.arg)


def after_cancel(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    heir = follow.inherit(scene, ticket)
    if heir is None:
        text = f"🚫 {ticket.number} {esc(where(ticket.fields))} {esc(what(ticket.fields))}：报修人已取消，不用去了。"
    else:
        text = f"🔁 {ticket.number} 报修人取消了，但同一处还有人报修，改按 {heir.number} 继续办。"
    for party in ("approver", "dispatcher", "technician"):
        cards.tell(scene, ticket, party=party, text=text, besides=scene.actor)


def split(deed: Deed) -> Move:
    """It is another fault after all: the ticket leaves the cluster and goes its own way."""
    put(deed.ticket, joined=None, technician_id=None, apart=True)
    return sending.to_hands(deed.scene, deed.ticket)


def after_split(deed: Deed) -> None:
    sending.tell_new_hands(deed.scene, deed.ticket, lead="🔔 新的报修单（报修人说不是同一处）")
    cards.show(deed.scene, kind_of(deed.scene), deed.ticket, party="requester", lead="✅ 已单独立单")
