"""What the reporter does meanwhile: says where it is, withdraws it, or tells that it is another fault after all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from desk import places
from handlers.kinds import Deed, Move
from handlers.repair import follow, form, sending
from handlers.repair.names import (
    ACCEPTED,
    CANCELLED,
    JOINED,
    ON_THE_WAY,
    OUTSIDE,
    PARTS,
    SENT,
    WAITING,
    kind_of,
    put,
    what,
    where,
)
from handlers.tickets import cards
from handlers.tickets.parties import hands
from handlers.words import esc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desk.models import Ticket
    from handlers.kinds import Fields, Scene

COMING = (WAITING, JOINED, SENT, ACCEPTED, ON_THE_WAY, PARTS, OUTSIDE)
# More about the fault there is a ticket for: 「漏得更大了」, 「已经淌到走廊了」, 「不漏了」.
MORE = re.compile(
    r"更(?:大|厉害|严重|多|响|凶|冷|热)了?|越来越|(?:淌|流|漫|渗|漏)到\S{1,8}了|^(?:现在|又|自己|这会儿)*(?:不(?:漏|堵|滴|闪|响|跳)|好|通|亮|热)了[，。！]?$"
)
# Words about anything else than letting a technician in.
ELSE = re.compile(r"订|车|会议室|接待|坏|漏|取消|撤|机场|站|灯|查|催")
# When somebody is in, or is not: 「下午我不在」, 「改成下午去修」, 「两点以后来」.
_WHEN = r"(?:今天|明天|后天|周[一二三四五六日]|上午|下午|中午|晚上|早上|[一二两三四五六七八九十\d]{1,2}点(?:半|钟)?)"
VISIT = re.compile(
    rf"{_WHEN}[^，。?？]{{0,6}}(?:我|我们|屋里|办公室)?[^，。?？]{{0,3}}(?:不在|没人|在屋|有人|开会|有会|锁门)|"
    rf"{_WHEN}(?:之?[前后]|以[前后])?[^，。?？]{{0,3}}(?:再|过|去|上门|方便)?(?:来|去|过来|上门|来修|去修|方便)(?:修|吧|就行|都行|行)?$|"
    rf"(?:我|我们)[^，。?？]{{0,2}}{_WHEN}[^，。?？]{{0,3}}(?:不在|没人|才在|在)"
)


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


def awaits(
    scene: Scene, ticket: Ticket, words: str, enclosures: Sequence[Fields]
) -> tuple[str, Fields] | None:
    """Take what the reporter of an open repair says of when somebody is in; None for anything else."""
    own = scene.actor is not None and scene.actor.id == ticket.requester_id
    if enclosures or not own or ticket.state not in COMING or len(words) > 30:
        return None
    if MORE.search(words) and not places.looks_like_place(MORE.sub("", words)):
        return "add", {}
    if ELSE.search(words):
        return None
    clauses = re.split(r"[，,。；;\s]+", words.strip())
    return ("visit", {}) if any(VISIT.search(c) for c in clauses) else None


def visit(deed: Deed) -> Move:
    """The reporter says when somebody may come."""
    put(deed.ticket, visit=deed.arg[:60])
    return Move(reason=deed.arg[:200])


def after_visit(deed: Deed) -> None:
    text = f"🕒 {deed.ticket.number} 报修人说上门时间：「{esc(deed.arg[:200])}」"
    for party in ("dispatcher", "technician"):
        cards.tell(deed.scene, deed.ticket, party=party, text=text, besides=deed.scene.actor)


def thanks_for_visit(deed: Deed) -> str:
    return f"🕒 记下了，已告诉{esc(hands(deed.ticket))}。{deed.ticket.number} {esc(deed.ticket.state)}，{esc(where(deed.ticket.fields))} {esc(what(deed.ticket.fields))}。"


def add(deed: Deed) -> Move:
    """The reporter tells how the fault goes on."""
    put(deed.ticket, added=deed.arg[:60])
    return Move(reason=deed.arg[:200])


def after_add(deed: Deed) -> None:
    text = f"➕ {deed.ticket.number} {esc(where(deed.ticket.fields))} 报修人补充：「{esc(deed.arg[:200])}」"
    for party in ("dispatcher", "technician"):
        cards.tell(deed.scene, deed.ticket, party=party, text=text, besides=deed.scene.actor)


def thanks_for_add(deed: Deed) -> str:
    number = deed.ticket.number
    return f"➕ 已告诉{esc(hands(deed.ticket))}（{number}）。不用来人了就说「取消」，很急就说「催一下」。"


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
