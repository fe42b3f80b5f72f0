"""Who goes: the head agrees to a new lock, the dispatchers take, send, change and refuse.

Each pair of functions is a `Step`: `do` changes the ticket and says whose hands it is in, `after_…` tells the others.
Whatever happens to the first ticket of a cluster happens to those that follow it (`handlers.repair.follow`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import people, repairs
from desk.errors import BadInput, Conflict
from desk.models import Person, Role, Ticket
from handlers.kinds import Deed, Move
from handlers.repair import card, follow, opening, photos
from handlers.repair.names import (
    NAME,
    QUEUE,
    REJECTED,
    SENT,
    WAITING,
    actor_of,
    kind_of,
    put,
    technician_line,
)
from handlers.tickets import cards
from handlers.tickets.parties import hands
from handlers.words import esc

if TYPE_CHECKING:
    from handlers.kinds import Scene


# ── approval of a lock change ───────────────────────────────────────────────────────────────────────


def approve(deed: Deed) -> Move:
    """The head of the department agrees; the job goes to a technician on duty, else to the dispatchers."""
    put(deed.ticket, approved=actor_of(deed).name)
    return to_hands(deed.scene, deed.ticket)


def to_hands(scene: Scene, ticket: Ticket) -> Move:
    """Give the job to the technician on duty for it, or to the queue when there is none."""
    put(ticket, **opening.deadlines(scene, ticket.fields))
    due = opening.respond_by(scene, ticket.fields)
    technician = opening.pick(scene, ticket.fields, former=ticket.fields.get("technician_id"))
    if technician is None:
        put(ticket, technician_id=None, technician=None, technician_phone=None, trade=None)
        return Move(state=WAITING, queue=QUEUE, due_at=due)
    put(ticket, **opening.hands_of(technician))
    return Move(state=SENT, responsible=technician, due_at=due)


def after_approve(deed: Deed) -> None:
    cards.show(
        deed.scene, kind_of(deed.scene), deed.ticket, party="requester", lead="✅ 处室已同意，正在安排师傅"
    )
    tell_new_hands(deed.scene, deed.ticket, lead="🔔 新的报修单（处室已同意）")


def tell_new_hands(scene: Scene, ticket: Ticket, *, lead: str) -> None:
    """Show the job to the technician who got it, and to the dispatchers."""
    kind = kind_of(scene)
    if ticket.state == SENT:
        cards.show(scene, kind, ticket, party="technician", lead="🔔 新的维修单")
        photos.show_technician(scene, ticket)
    cards.show(scene, kind, ticket, party="dispatcher", lead=lead)


def decline(deed: Deed) -> Move:
    """The head does not agree."""
    return _rejected(
        deed, reason="处室审批人不同意", way="请和处室负责人沟通后再报；锁坏了打不开可以按维修报。", code=""
    )


def _rejected(deed: Deed, *, reason: str, way: str, code: str) -> Move:
    put(deed.ticket, refused=reason, refused_way=way)
    return Move(state=REJECTED, close=True, reason=reason, details={"rule": code})


def reject(deed: Deed) -> Move:
    """Refuse by one of the house's reasons; the reporter reads it with another way."""
    rule = next((r for r in card.reasons_of(deed.scene) if r.code == deed.arg), None)
    if rule is None:
        raise BadInput("请从列表里选一条驳回依据")
    return _rejected(
        deed, reason=f"{rule.reject_label}。{rule.quoted()}", way=rule.alternative, code=rule.code
    )


def after_reject(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    f = ticket.fields
    lead = f"❌ 这张报修单没能安排\n{esc(f['refused'])}\n💡 {esc(f['refused_way'])}"
    cards.show(scene, kind_of(scene), ticket, party="requester", lead=lead)
    cards.tell(
        scene, ticket, party="technician", text=f"🚫 {ticket.number} 已撤回，不用去了。", besides=scene.actor
    )
    follow.reject(scene, ticket)


# ── sending somebody ────────────────────────────────────────────────────────────────────────────────


def take(deed: Deed) -> Move:
    """A dispatcher takes charge: of a waiting ticket altogether, of a sent one by watching over it."""
    actor = actor_of(deed)
    if deed.ticket.fields.get("dispatcher_id") == actor.id:
        raise Conflict("这张单子您已经受理了")
    if not card.is_untaken(deed.scene, deed.ticket):
        who = deed.ticket.fields.get("dispatcher") or hands(deed.ticket)
        raise Conflict(f"{deed.ticket.number} 已由{who}受理，不用再受理了")
    put(deed.ticket, dispatcher_id=actor.id, dispatcher=actor.name)
    return Move(responsible=actor) if deed.ticket.state == WAITING else Move()


def after_take(deed: Deed) -> None:
    doing = f"已派{technician_line(deed)}" if deed.ticket.state == SENT else "正在安排师傅"
    text = f"调度员{esc(actor_of(deed).name)}已受理，{doing}。"
    follow.tell_all(deed.scene, deed.ticket, f"📋 {{number}} {text}")
    follow.sync(deed.scene, deed.ticket)


def assign(deed: Deed) -> Move:
    """Send a technician: the one named, else the recommended one."""
    scene, ticket = deed.scene, deed.ticket
    technician = _chosen(deed)
    former = ticket.fields.get("technician_id")
    put(ticket, **opening.hands_of(technician), former_id=former if former != technician.id else None)
    put(
        ticket,
        project=None,
        **({"approved": actor_of(deed).name} if ticket.fields.get("lock_change") else {}),
    )
    due = opening.respond_by(scene, ticket.fields)
    return Move(state=SENT, responsible=technician, due_at=due, details={"technician": technician.name})


def _chosen(deed: Deed) -> Person:
    session = deed.scene.session
    if not deed.arg:
        found = repairs.technicians(session, deed.ticket.fields.get("trades") or ())
        if not found:
            raise Conflict(
                "没有登记对口工种的师傅", alternative="可以点下面别的师傅，或驳回并说明找哪家单位。"
            )
        return found[0]
    person = session.get(Person, int(deed.arg)) if deed.arg.isdigit() else None
    if person is None or not person.active or not person.has_role(Role.TECHNICIAN, kind=NAME):
        raise Conflict("这位师傅已不在名册里，请重新选")
    return person


def after_assign(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    technician = ticket.responsible
    lead = "✅ 师傅派好了"
    cards.show(scene, kind_of(scene), ticket, party="requester", lead=lead)
    cards.show(scene, kind_of(scene), ticket, party="technician", lead="🔔 维修单")
    photos.show_technician(scene, ticket)
    if technician is not None and not people.is_reachable(technician):
        text = f"⚠️ {ticket.number} 的师傅{esc(technician.name)}还没绑定聊天，请打电话通知：{esc(technician.phone) or '（无电话）'}。办完由您点「已完成」。"
        cards.tell(scene, ticket, party="dispatcher", text=text)
    former = scene.session.get(Person, ticket.fields.get("former_id") or 0)
    if former is not None:
        cards.tell_person(
            scene, ticket, former, f"🔁 {ticket.number} 已改派给{technician_line(deed)}，您不用去了。"
        )
        cards.withdraw(scene, ticket, former, party="technician")
    follow.tell_all(scene, ticket, f"🔧 {{number}} 已派{technician_line(deed)}。", lead=False)
    follow.sync(scene, ticket)


def relieve(_scene: Scene, _ticket: Ticket, to: Person | None) -> tuple[str, str]:
    """Return the step that gives the job to another technician, or back to the dispatchers."""
    return ("reassign", str(to.id)) if to is not None else ("hand_back", "")


def hand_back(deed: Deed) -> Move:
    """The technician cannot go; the dispatchers must find another."""
    name = actor_of(deed).name
    cannot = [*(deed.ticket.fields.get("cannot") or ()), actor_of(deed).id]
    put(deed.ticket, technician_id=None, technician=None, technician_phone=None, trade=None, cannot=cannot)
    due = opening.respond_by(deed.scene, deed.ticket.fields)
    return Move(state=WAITING, queue=QUEUE, due_at=due, reason=f"{name}去不了")


def after_hand_back(deed: Deed) -> None:
    actor = actor_of(deed)
    cards.withdraw(deed.scene, deed.ticket, actor, party="technician")
    lead = f"⚠️ 师傅{esc(actor.name)}去不了，请重新派工"
    cards.show(deed.scene, kind_of(deed.scene), deed.ticket, party="dispatcher", lead=lead)
    follow.tell_all(deed.scene, deed.ticket, "🔁 {number} 原来的师傅有情况，正在为您改派。")
    follow.sync(deed.scene, deed.ticket)
