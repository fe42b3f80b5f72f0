"""One fault, several reports: what happens to the first ticket happens to those that follow it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from desk import repairs, tickets
from handlers.kinds import Move
from handlers.repair.names import CHECK, REJECTED, kind_of, put
from handlers.tickets import cards, lifecycle
from handlers.words import esc

if TYPE_CHECKING:
    from desk.models import Ticket
    from handlers.kinds import Scene

HANDS = ("technician_id", "technician", "technician_phone", "trade", "dispatcher", "news")


def tell_all(scene: Scene, ticket: Ticket, text: str, *, lead: bool = True) -> None:
    """Tell everybody who reported the fault; each reads their own ticket's number for `{number}`."""
    for one in ([ticket] if lead else []) + repairs.followers(scene.session, ticket):
        cards.tell(
            scene, one, party="requester", text=text.replace("{number}", one.number), besides=scene.actor
        )


def sync(scene: Scene, ticket: Ticket) -> None:
    """Put the followers into the hands the first ticket is in."""
    for one in repairs.followers(scene.session, ticket):
        _like(one, ticket)
        lifecycle.apply(
            scene,
            one,
            Move(
                responsible=ticket.responsible,
                queue=ticket.queue,
                due_at=ticket.due_at,
                details={"lead": ticket.number, "state": ticket.state},
            ),
            action="follow",
        )
        lifecycle.settle(scene, kind_of(scene), one)


def _like(one: Ticket, lead: Ticket) -> None:
    put(one, **{key: lead.fields.get(key) for key in HANDS})


def complete(scene: Scene, ticket: Ticket, *, lead: str) -> None:
    """The work is done for everybody: each reporter is asked."""
    for one in repairs.followers(scene.session, ticket):
        _like(one, ticket)
        put(one, done_at=ticket.fields.get("done_at"))
        lifecycle.apply(
            scene,
            one,
            Move(
                state=CHECK, responsible=one.requester, due_at=ticket.due_at, details={"lead": ticket.number}
            ),
            action="complete",
        )
        lifecycle.settle(scene, kind_of(scene), one)
        cards.show(scene, kind_of(scene), one, party="requester", lead=lead)


def reject(scene: Scene, ticket: Ticket) -> None:
    """What is refused to the first is refused to all."""
    f = ticket.fields
    for one in repairs.followers(scene.session, ticket):
        put(one, refused=f["refused"], refused_way=f["refused_way"])
        lifecycle.apply(
            scene, one, Move(state=REJECTED, close=True, reason=str(f["refused"])), action="reject"
        )
        lifecycle.settle(scene, kind_of(scene), one)
        lead = f"❌ 这张报修单没能安排\n{esc(f['refused'])}\n💡 {esc(f['refused_way'])}"
        cards.show(scene, kind_of(scene), one, party="requester", lead=lead)


def inherit(scene: Scene, ticket: Ticket) -> Ticket | None:
    """The first reporter withdrew: the next one's ticket takes over where the first stood. Return it, None if nobody follows."""
    found = repairs.followers(scene.session, ticket)
    if not found:
        return None
    heir, *others = found
    state = tickets.last_events(scene.session, ticket, limit=1)[0].state_before
    _like(heir, ticket)
    times = {k: ticket.fields.get(k) for k in ("respond_by", "arrive_by", "finish_by", "nudge_at")}
    put(heir, joined=None, inherited=ticket.number, **times)
    heir.parent_id = None
    for one in others:
        one.parent_id = heir.id
        put(one, joined=heir.number)
    lifecycle.apply(
        replace(scene, actor=None),
        heir,
        Move(
            state=state,
            responsible=ticket.responsible,
            queue=ticket.queue,
            due_at=ticket.due_at,
            details={"from": ticket.number},
        ),
        action="inherit",
    )
    lifecycle.settle(scene, kind_of(scene), heir)
    for party in ("technician", "dispatcher"):
        cards.show(scene, kind_of(scene), heir, party=party, lead=f"🔁 接替 {ticket.number}")
    return heir
