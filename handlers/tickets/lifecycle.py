"""Running a ticket's life: a press or a word becomes a step, if the table of its kind allows it.

Checked at every action, in this order: the ticket exists, the actor has a part in it that may take the step, the button's
version is the present one, and the state allows it. What fails is answered with the present state, never silently.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import tickets
from desk.errors import Conflict, NotAllowed
from desk.models import Ticket
from handlers.kinds import Deed, Step
from handlers.tickets import cards, promises, recheck
from handlers.tickets.parties import hands, parties_of

if TYPE_CHECKING:
    from desk.models import Person
    from handlers.kinds import Kind, Move, Scene


def fetch(scene: Scene, ticket_id: int) -> Ticket:
    """Return the ticket, locked for change. Raises Conflict for one that does not exist."""
    ticket = scene.session.scalar(select(Ticket).where(Ticket.id == ticket_id).with_for_update(of=Ticket))
    if ticket is None:
        raise Conflict("这张单子不存在了，可能是旧消息。发「我的单子」看现在的情况。")
    return ticket


def perform(
    scene: Scene, *, ticket: Ticket, action: str, version: int | None = None, arg: str = ""
) -> tuple[Deed, Step]:
    """Do `action` on `ticket` as the scene's actor and return the deed and the step that was taken.

    `version` is the one the pressed button carried; None (spoken words) means the present one. Raises NotAllowed
    for somebody without a part in it, Conflict for a stale button or a state that does not allow the step, and
    whatever Refusal the kind itself raises.
    """
    kind = scene.house.kinds[ticket.kind]
    actor = scene.actor
    if actor is None:
        raise NotAllowed("不知道是谁在操作")
    known = [s for s in kind.steps if s.action == action]
    parts = parties_of(actor, ticket)
    if not any(parts & set(s.by) for s in known):
        raise NotAllowed("这一步不归您办。" + situation(ticket))
    if version is not None and not is_current(scene, ticket, version):
        raise Conflict("这张卡片已经过时了。" + situation(ticket))
    step = next((s for s in known if ticket.state in s.states and parts & set(s.by)), None)
    if step is None:
        raise Conflict("现在不能这样办。" + situation(ticket))
    deed = Deed(scene=scene, ticket=ticket, action=action, arg=arg)
    _do(kind, step, deed)
    return deed, step


def by_itself(scene: Scene, *, ticket: Ticket, action: str) -> None:
    """Take a step the desk takes without anybody (a `Step` with "desk" in `by`). Raises Conflict when there is none now."""
    kind = scene.house.kinds[ticket.kind]
    step = next(
        (s for s in kind.steps if s.action == action and "desk" in s.by and ticket.state in s.states), None
    )
    if step is None:
        raise Conflict("现在不能这样办。" + situation(ticket))
    _do(kind, step, Deed(scene=scene, ticket=ticket, action=action))


def instead(scene: Scene, *, ticket: Ticket, action: str, arg: str, of: Person, reason: str) -> None:
    """Take a step in the stead of somebody away, whose right to have it done the caller has checked. Raises Conflict."""
    kind = scene.house.kinds[ticket.kind]
    step = next((s for s in kind.steps if s.action == action and ticket.state in s.states), None)
    if step is None:
        raise Conflict("现在不能这样办。" + situation(ticket))
    tickets.note(scene.session, ticket, actor=scene.actor, action="leave", now=scene.now, reason=reason)
    # What only the worker may do (「去不了」) is done as if they had; what a dispatcher does, by who asks for it.
    stage = scene if "dispatcher" in step.by else replace(scene, actor=of)
    _do(kind, step, Deed(scene=stage, ticket=ticket, action=action, arg=arg))


def apply(scene: Scene, ticket: Ticket, move: Move, *, action: str) -> None:
    """Make a move, done by the scene's actor: new state, new hands, new due time, and a line in the history."""
    tickets.change(
        scene.session,
        ticket,
        actor=scene.actor,
        action=action,
        now=scene.now,
        state=move.state,
        responsible=move.responsible,
        queue=move.queue,
        due_at=move.due_at,
        close=move.close,
        reason=move.reason,
        details=move.details,
    )


def _do(kind: Kind, step: Step, deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    apply(scene, ticket, step.do(deed), action=step.action)
    settle(scene, kind, ticket, step=step, deed=deed)


def is_current(scene: Scene, ticket: Ticket, version: int) -> bool:
    """Say whether a button made at `version` still holds.

    It does at the present version, and after changes that take nothing from it: harmless steps (a rating, the
    mileage), and what the actor did themselves a moment ago, before the card on their phone caught up.
    """
    passed = ticket.version - version
    if passed <= 0:
        return passed == 0
    kind = scene.house.kinds[ticket.kind]
    harmless = {s.action for s in kind.steps if s.harmless}
    own = scene.actor.id if scene.actor else None
    since = [e for e in tickets.last_events(scene.session, ticket, limit=passed + 20) if e.version > version]
    return len(since) == passed and all(
        e.action in harmless or (e.actor_id == own and e.action == "take") for e in since
    )


def settle(
    scene: Scene, kind: Kind, ticket: Ticket, *, step: Step | None = None, deed: Deed | None = None
) -> None:
    """After a change: renew reminders, tell who must hear, bring every other card up to date."""
    recheck.mark(scene, ticket)
    promises.renew(scene, kind, ticket)
    if step is not None and step.tell is not None and deed is not None:
        step.tell(deed)
    cards.refresh(scene, kind, ticket)


def situation(ticket: Ticket) -> str:
    """Say where a ticket stands, for an answer to a press that came too late."""
    who = f"，现在由{hands(ticket)}负责" if ticket.closed_at is None else ""
    return f"{ticket.number} 目前是「{ticket.state}」{who}。"
