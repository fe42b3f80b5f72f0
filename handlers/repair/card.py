"""The card of a repair as each party sees it, the dispatcher's choices, and the menus behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import people, repairs
from desk.instants import brief
from desk.models import Person, Role, Ticket
from desk.outbox import Button, Message
from handlers.repair.names import (
    IN_HAND,
    NAME,
    OUTSIDE,
    SENT,
    UNDER_WAY,
    WAITING,
    kept_time,
    kind_of,
    level,
    what,
    where,
)
from handlers.tickets import cards
from handlers.words import esc, rows

if TYPE_CHECKING:
    from desk.rules import Rule
    from handlers.kinds import Scene

MARKS = {"P0": "🚨", "P1": "🔴", "P2": "🟡", "P3": "🟤", "P4": "📐"}
MANY = 5


def lines(scene: Scene, ticket: Ticket, party: str) -> list[str]:
    """Return the body of a card."""
    f = ticket.fields
    found = level(f, scene)
    danger = f"{esc(f['alarm'])} · " if f.get("alarm") else ""
    body = [
        f"{MARKS[found.code]} {danger}{found.name} {found.code}：{found.says}",
        f"位置：{esc(where(f))}",
        f"故障：{esc(what(f))}",
    ]
    if f.get("urgency"):
        body.append(f"要求：{esc(f['urgency'])}")
    body += _people(ticket, party)
    body += _progress(scene, ticket)
    if party == "dispatcher":
        body += _advice(scene, ticket)
    return body


def _people(ticket: Ticket, party: str) -> list[str]:
    f, asker = ticket.fields, ticket.requester
    body = []
    if party != "requester":
        home = f"（{asker.department.name}）" if asker.department else ""
        user = f"，使用人：{ticket.user_name}" if ticket.user_name else ""
        body.append(f"报修人：{esc(asker.name + home + user)}　{esc(asker.phone)}".rstrip())
        if f.get("said"):
            body.append(f"原话：「{esc(str(f['said'])[:200])}」")
    if f.get("dispatcher") and party != "requester":
        body.append(f"受理：{esc(f['dispatcher'])}")
    if f.get("technician") and party != "technician":
        trade = f.get("trade") or "师傅"
        body.append(
            f"师傅：{esc(f['technician'])}（{esc(trade)}）　{esc(f.get('technician_phone') or '')}".rstrip()
        )
    return body


def _progress(scene: Scene, ticket: Ticket) -> list[str]:
    f = ticket.fields
    body = []
    if f.get("joined"):
        body.append(f"👥 和 {f['joined']} 是同一处，已经有人在处理，修好一起通知")
    if f.get("added"):
        body.append(f"➕ 补充：{esc(f['added'])}")
    if f.get("visit"):
        body.append(f"🕒 上门：{esc(f['visit'])}")
    if f.get("rework"):
        body.append(
            f"🔁 返修第 {f['rework']} 次" + (f"（上次 {f['rework_of']}）" if f.get("rework_of") else "")
        )
    finish = kept_time(f, "finish_by")
    if finish is not None and ticket.state in (WAITING, *UNDER_WAY) and f.get("level") not in ("P0", "P4"):
        body.append(f"修好时限：{brief(finish, now=scene.now)}")
    for key, label in (("news", "进展"), ("done_note", "处理"), ("refused", "原因"), ("rating", "评价")):
        if f.get(key):
            body.append(f"{label}：{esc(f[key])}")
    return body


def _advice(scene: Scene, ticket: Ticket) -> list[str]:
    f = ticket.fields
    body = []
    if f.get("repeats"):
        body.append(f"♻️ 这里的{esc(f['thing'])}半年内第 {f['repeats']} 次报修，建议更换（先调剂，再购置）")
    if f.get("project"):
        body.append("📌 改造类，需先走立项审批，不作日常维修派工")
    if f.get("lock_change") and not f.get("approved"):
        body.append("📌 换锁要处室同意；该处室没有登记审批人，请先电话确认")
    if f.get("owner"):
        body.append(f"📌 这类归{esc(f['owner'])}，可直接对接")
    followers = repairs.followers(scene.session, ticket)
    if followers:
        body.append(f"👥 另有 {len(followers)} 人报了同一处")
    if ticket.state == WAITING:
        best = _recommended(scene, ticket)
        body.append(
            f"推荐：{esc(_name(scene, best))}" if best else "⚠️ 没有登记对口的师傅，可从下面选别的工种"
        )
    return body


# ── the dispatcher's buttons ────────────────────────────────────────────────────────────────────────


def extra(scene: Scene, ticket: Ticket, party: str) -> tuple[tuple[Button, ...], ...]:
    """Return the dispatcher's buttons: 「派工」 sends the recommended technician, others stand below."""
    if party != "dispatcher":
        return ()
    reject = Button("驳回", cards.press("menu", ticket, "reject"))
    change = Button("改派", cards.press("menu", ticket, "reassign"))
    take = [Button("受理", cards.press("take", ticket))] if is_untaken(scene, ticket) else []
    if ticket.state == WAITING:
        best = _recommended(scene, ticket)
        found = candidates(scene, ticket)[:MANY]
        first = [Button("派工", cards.press("assign", ticket, str(best.id)))] if best else []
        own = (*first, *take, reject)
        return (own, *_rows(scene, ticket, [p for p in found if p is not best], action="assign"))
    done = [Button("已完成", cards.press("complete", ticket))] if _needs_help(scene, ticket) else []
    if ticket.state == SENT:
        send = Button("派工", cards.press("assign", ticket, str(ticket.fields.get("technician_id") or "")))
        return ((send, *take), (reject, change, *done))
    return ((change, *done),) if ticket.state in UNDER_WAY else ()


def is_untaken(_scene: Scene, ticket: Ticket) -> bool:
    """Say whether no dispatcher has taken charge yet."""
    waiting = ticket.state == WAITING and ticket.queue is not None
    return waiting or (ticket.state == SENT and not ticket.fields.get("dispatcher_id"))


def _needs_help(scene: Scene, ticket: Ticket) -> bool:
    """Say whether the dispatcher must report for a technician without a phone, or for a firm outside."""
    technician = scene.session.get(Person, ticket.fields.get("technician_id") or 0)
    far = technician is None or not people.is_reachable(technician)
    return ticket.state == OUTSIDE or (ticket.state in IN_HAND and far)


def candidates(scene: Scene, ticket: Ticket) -> list[Person]:
    """Return whom to send, those of the fitting trade first, then everybody else."""
    fitting = repairs.technicians(scene.session, ticket.fields.get("trades") or ())
    load = repairs.open_jobs(scene.session)
    others = [p for p in people.people_with(scene.session, Role.TECHNICIAN, kind=NAME) if p not in fitting]
    others.sort(key=lambda p: (not repairs.is_ready(p), load.get(p.id, 0), p.id))
    return fitting + others


def _recommended(scene: Scene, ticket: Ticket) -> Person | None:
    found = repairs.technicians(scene.session, ticket.fields.get("trades") or ())
    cannot = ticket.fields.get("cannot") or ()
    return next((p for p in found if p.id not in cannot), None)


def _name(scene: Scene, person: Person) -> str:
    busy = repairs.open_jobs(scene.session).get(person.id, 0)
    reach = "" if people.is_reachable(person) else "·需电话"
    return f"{person.title or '师傅'} {person.name}（在办{busy}{reach}）"


def _rows(scene: Scene, ticket: Ticket, found: list[Person], *, action: str) -> list[tuple[Button, ...]]:
    return [(Button(_name(scene, p), cards.press(action, ticket, str(p.id))),) for p in found]


def menu(scene: Scene, ticket: Ticket, name: str) -> Message | None:
    """Return a sub-menu of the dispatcher's card: reasons for a rejection, or other technicians."""
    if name not in ("reject", "reassign"):
        return None
    head = cards.compose(scene, kind_of(scene), ticket, party="dispatcher").text
    back = (Button("返回", cards.press("back", ticket)),)
    if name == "reject":
        reasons = [Button(r.reject_label, cards.press("reject", ticket, r.code)) for r in reasons_of(scene)]
        return Message(text=f"{head}\n\n请选驳回依据：", buttons=(*rows(reasons, width=2), back))
    now = ticket.fields.get("technician_id")
    found = [p for p in candidates(scene, ticket) if p.id != now or ticket.state == OUTSIDE][:8]
    note = "改派给谁？" if found else "没有别的师傅可以换了。"
    return Message(text=f"{head}\n\n{note}", buttons=(*_rows(scene, ticket, found, action="reassign"), back))


def reasons_of(scene: Scene) -> list[Rule]:
    """Return the rules a dispatcher may reject a repair by."""
    return [r for r in scene.house.rules.of(NAME) if r.reject_label]
