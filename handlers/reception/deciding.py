"""Approval and plan: who takes a reception in hand, makes its plan, hands it on, refuses or cancels it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.errors import BadInput, Conflict, Refusal
from desk.models import Person, Role, Ticket
from handlers.kinds import Deed, FollowUp, Move
from handlers.reception import checking, plan
from handlers.reception.base import (
    CANCELLED,
    PLANNED,
    PLANNING,
    QUEUE,
    REJECTED,
    WAITING_APPROVAL,
    at_least_now,
    own,
    pass_on_letter,
    plan_due,
)
from handlers.reception.checking import NAME
from handlers.tickets import cards
from handlers.words import esc

if TYPE_CHECKING:
    from handlers.kinds import Scene


def _make_plan(scene: Scene, ticket: Ticket) -> None:
    """Check the rules once more and make the child tickets. Raises Refusal."""
    checking.check_rules(scene, ticket.fields)
    if not ticket.fields.get("letter"):
        rule = checking.rule(scene, "REC-1")
        raise Refusal(rule.quoted(), rule=rule.code, alternative=rule.alternative)
    ticket.fields = {**ticket.fields, "plan_notes": plan.synchronise(scene, ticket)}


def approve(deed: Deed) -> Move:
    """The head agrees; the reception desk makes the plan, the cars are asked for."""
    _make_plan(deed.scene, deed.ticket)
    return Move(state=PLANNING, queue=QUEUE, due_at=plan_due(deed.scene, deed.ticket))


def after_approve(deed: Deed) -> None:
    cards.show(deed.scene, own(deed.scene), deed.ticket, party="requester", lead="✅ 审批已通过，正在定方案")
    cards.show(deed.scene, own(deed.scene), deed.ticket, party="dispatcher", lead="🔔 新的接待单（已审批）")
    pass_on_letter(deed.scene, deed.ticket, party="dispatcher")


def take(deed: Deed) -> Move:
    """A dispatcher takes the ticket in hand; where no head approves, this is the approval."""
    scene, ticket = deed.scene, deed.ticket
    if ticket.queue is None:
        who = ticket.responsible.name if ticket.responsible else ""
        raise Conflict(f"这张单子现在在{who}手里" + ("，等审批" if ticket.state == WAITING_APPROVAL else ""))
    if ticket.state == WAITING_APPROVAL:
        _make_plan(scene, ticket)
    return Move(state=PLANNING, responsible=scene.actor, due_at=plan_due(scene, ticket))


def after_take(deed: Deed) -> None:
    name = deed.scene.actor.name if deed.scene.actor else ""
    text = f"📋 {deed.ticket.number} {esc(name)}已受理，正在定方案。"
    cards.tell(deed.scene, deed.ticket, party="requester", text=text)


def arrange(deed: Deed) -> Move:
    """The plan stands."""
    scene, ticket = deed.scene, deed.ticket
    if ticket.state == WAITING_APPROVAL and ticket.queue is None:
        raise Conflict("这张单子还在等审批，批了再安排")
    _make_plan(scene, ticket)
    return Move(state=PLANNED, responsible=scene.actor, due_at=at_least_now(scene, ticket.starts_at))


def after_arrange(deed: Deed) -> None:
    cards.show(deed.scene, own(deed.scene), deed.ticket, party="requester", lead="✅ 接待方案定了")


def details_question(deed: Deed) -> FollowUp:
    """Ask the dispatcher for the rooms and places of the plan."""
    question = f"{deed.ticket.number} 请一条消息写明会议室、用餐地点、宾馆等具体安排："
    return FollowUp(question=question, action="details")


def write_details(deed: Deed) -> Move:
    """The dispatcher adds what the plan says of rooms and places."""
    deed.ticket.fields = {**deed.ticket.fields, "plan_text": deed.arg.strip()[:300]}
    return Move(details={"plan_text": deed.arg.strip()[:300]})


def after_details(deed: Deed) -> None:
    text = f"📝 {deed.ticket.number} 接待安排：{esc(deed.ticket.fields['plan_text'])}"
    cards.tell(deed.scene, deed.ticket, party="requester", text=text, besides=deed.scene.actor)


def reject(deed: Deed) -> Move:
    """Refuse with a clause and another way; what was asked of others is cancelled."""
    scene, ticket = deed.scene, deed.ticket
    if deed.action == "reject" and ticket.state == WAITING_APPROVAL and ticket.queue is None:
        raise Conflict("这张单子还在等审批，由审批人决定")
    rule = next((r for r in scene.house.rules.of(NAME) if r.code == deed.arg and r.reject_label), None)
    if rule is None and (deed.arg or deed.action == "reject"):
        raise BadInput("请从列表里选一条驳回依据")
    reason = f"{rule.reject_label}。{rule.quoted()}" if rule else "审批人不同意"
    way = rule.alternative if rule and rule.alternative else "可以按要求修改后重新提交，也可以当面说明情况。"
    notes = plan.cancel_all(scene, ticket)
    ticket.fields = {**ticket.fields, "refused": reason, "refused_way": way, "plan_notes": notes}
    return Move(state=REJECTED, close=True, reason=reason, details={"rule": rule.code if rule else ""})


def after_reject(deed: Deed) -> None:
    f = deed.ticket.fields
    lead = f"❌ 这次接待没能安排\n{esc(f['refused'])}\n💡 {esc(f['refused_way'])}"
    cards.show(deed.scene, own(deed.scene), deed.ticket, party="requester", lead=lead)


def reassign(deed: Deed) -> Move:
    """Hand the ticket to another dispatcher of receptions."""
    session = deed.scene.session
    person = session.get(Person, int(deed.arg)) if deed.arg.isdigit() and len(deed.arg) < 12 else None
    if person is None or not person.active or not person.has_role(Role.DISPATCHER, kind=NAME):
        raise Conflict("这位同志现在不是接待调度员，请重新选")
    if person.id == deed.ticket.responsible_id:
        raise Conflict(f"这张单子已经在{person.name}手里了")
    return Move(responsible=person, details={"to": person.name})


def after_reassign(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    if ticket.responsible is not None:
        cards.show(
            scene,
            own(scene),
            ticket,
            party="dispatcher",
            to=(ticket.responsible,),
            lead="🔁 这张接待单改由您负责",
        )
        text = f"🔁 {ticket.number} 改由{esc(ticket.responsible.name)}负责，电话 {esc(ticket.responsible.phone) or '—'}。"
        cards.tell(scene, ticket, party="requester", text=text)


def cancel(deed: Deed) -> Move:
    """Withdraw the reception; its cars go with it."""
    notes = plan.cancel_all(deed.scene, deed.ticket)
    deed.ticket.fields = {**deed.ticket.fields, "plan_notes": notes}
    return Move(state=CANCELLED, close=True, reason=deed.arg)


def after_cancel(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    notes = "".join(f"\n⚠️ {esc(n)}" for n in ticket.fields.get("plan_notes") or ())
    text = f"🚫 {ticket.number} 接待已由{esc(ticket.requester.name)}取消，不用安排了。{notes}"
    cards.tell(scene, ticket, party="approver", text=text, besides=scene.actor)
    if _reached_desk(ticket):
        cards.tell(scene, ticket, party="dispatcher", text=text, besides=scene.actor)


def _reached_desk(ticket: Ticket) -> bool:
    """Say whether the reception desk ever saw the ticket: a letter came and no head still holds it."""
    with_head = ticket.queue is None and ticket.fields.get("approver_id") == ticket.responsible_id
    return bool(ticket.fields.get("letter")) and not with_head


def in_queue(scene: Scene, ticket: Ticket) -> bool:
    return ticket.queue is not None


def not_waiting_for_head(scene: Scene, ticket: Ticket) -> bool:
    return ticket.state != WAITING_APPROVAL or ticket.queue is not None
