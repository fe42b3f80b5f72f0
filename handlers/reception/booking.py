"""Before anything is arranged: what the form shows ahead, what submitting records, what a change changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desk import people, receptions, tickets
from desk.errors import BadInput
from desk.instants import spoken_range, to_instant, to_local
from desk.models import Person, Role, Ticket
from handlers.dialogue import when
from handlers.kinds import Advice, Move, Option
from handlers.reception import checking, plan
from handlers.reception.base import (
    PLANNED,
    PLANNING,
    QUEUE,
    WAITING_APPROVAL,
    WAITING_LETTER,
    own,
    plan_due,
    show_onward,
    within,
)
from handlers.reception.checking import NAME, parameter
from handlers.tickets import cards, lifecycle
from handlers.words import esc

if TYPE_CHECKING:
    from handlers.kinds import Fields, Scene

# What belongs to the life of a ticket and not to its form: a change of the form leaves it alone.
INNER = (
    "approver_id",
    "plan_notes",
    "plan_text",
    "list",
    "list_remarks",
    "began_at",
    "letter_at",
)


def advise(scene: Scene, fields: Fields) -> Advice:
    """Look ahead: refuse what is no reception of ours, say what is struck out, offer a way out of too much company."""
    checking.refuse_outright(scene, fields)
    struck = checking.said_of_struck(scene, checking.struck(scene, fields))
    over = checking.too_many_companions(scene, fields)
    first = (*struck, *((f"⚠️ {over}",) if over else ()))
    if own(scene).first_missing(fields) is not None or when.moment(fields.get("end")) is None:
        return Advice(first=first)
    notes = [*struck, *_notes(scene, fields)]
    late = to_instant(when.moment(fields["start"]) or to_local(scene.now)) < scene.now - when.GRACE
    if late:
        return Advice(
            notes=tuple(notes), trouble="到访时间已经过去了，请改一下时间。", may_submit=False, first=first
        )
    if over:
        most = checking.limit_of(fields)
        ways = (
            Option(label=f"陪同改为 {most} 人", sets={"companions": most}),
            Option(label="不安排陪同", sets={"companions": 0}),
        )
        return Advice(
            notes=tuple(notes), trouble=f"{over}可以：", options=ways, may_submit=False, first=first
        )
    return Advice(notes=tuple(notes), first=first)


def _notes(scene: Scene, fields: Fields) -> list[str]:
    notes = []
    starts_at, _ = when.instants(fields)
    if not fields.get("letter"):
        rule = checking.rule(scene, "REC-1")
        notes.append(
            f"📎 还没收到公函：提交后先记为「待补函」，车、餐、住都先不订。{rule.quoted()}{rule.alternative}"
        )
    elif fields.get("letter_people") and fields["letter_people"] != fields.get("people"):
        notes.append(f"📎 公函写的是 {fields['letter_people']} 人，请核对人数")
    if fields.get("start_guessed"):
        notes.append("⏱ 抵达时刻没说，先按上面的时刻记，定了告诉我")
    day, today = to_local(starts_at).date(), to_local(scene.now).date()
    lead = parameter(scene, "lead_days")
    if day < receptions.workday_after(scene.house.calendar, today, lead):
        notes.append(f"⏱ 离到访不足 {lead} 个工作日，按急件办")
    if not scene.house.calendar.is_workday(day):
        notes.append("📅 到访那天是休息日，请确认日期")
    if scene.house.calendar.is_estimate(day):
        notes.append(f"📅 {day.year} 年放假安排以国务院通知为准，届时如有调整我会再提醒")
    if int(fields.get("companions") or 0) > int(fields.get("people") or 0):
        notes.append(f"👥 陪同比来宾还多。{checking.rule(scene, 'REC-13').quoted()}")
    return notes + merge_notes(scene, fields, starts_at, besides=fields.get("_ticket"))


def merge_notes(
    scene: Scene, fields: Fields, starts_at: datetime, *, besides: int | None = None
) -> list[str]:
    found = receptions.similar_visits(
        scene.session,
        organisation=str(fields.get("visitor_org") or ""),
        starts_at=starts_at,
        within_days=parameter(scene, "merge_days"),
        besides=besides,
    )
    if not found:
        return []
    other = found[0]
    day = to_local(other.starts_at or starts_at)
    words = f"🔗 {fields.get('visitor_org')} {day.month}月{day.day}日已有一张接待单 {other.number}，建议合并安排。"
    return [words + checking.rule(scene, "REC-3").quoted()]


def submit(scene: Scene, fields: Fields) -> Ticket:
    """Record the ticket: with its letter to the approver or the desk, without it as 待补函. Raises Refusal or BadInput."""
    requester = scene.actor
    if requester is None:
        raise BadInput("不知道是谁在申请")
    checking.check_rules(scene, fields)
    starts_at, ends_at = when.instants(fields)
    if starts_at < scene.now - when.GRACE:
        raise BadInput("到访时间已经过去了，请先改一下时间")
    dropped = ("when_unsure", "when_part", "part", "letter_later")
    kept = {k: v for k, v in fields.items() if k not in dropped}
    move = (
        onward(scene, requester, kept, starts_at)
        if kept.get("letter")
        else _await_letter(scene, requester, starts_at)
    )
    ticket = tickets.open_ticket(
        scene.session,
        prefix=own(scene).prefix,
        kind=NAME,
        state=move.state or WAITING_LETTER,
        requester=requester,
        fields=kept | move.details,
        starts_at=starts_at,
        ends_at=ends_at,
        due_at=move.due_at or starts_at,
        queue=move.queue,
        responsible=move.responsible,
        user_name=str(fields.get("user_name") or ""),
        now=scene.now,
    )
    if ticket.state == WAITING_APPROVAL:
        show_onward(scene, ticket)
    return ticket


def _await_letter(scene: Scene, requester: Person, starts_at: datetime) -> Move:
    due = receptions.letter_due(
        scene.house.calendar,
        now=scene.now,
        starts_at=starts_at,
        lead_days=parameter(scene, "lead_days"),
        least=timedelta(hours=parameter(scene, "letter_hours")),
    )
    return Move(state=WAITING_LETTER, responsible=requester, due_at=due)


def onward(scene: Scene, requester: Person, fields: Fields, starts_at: datetime) -> Move:
    """The letter is there: on to the head who approves, or to the reception desk."""
    approver = _approver(scene, requester)
    due = within(scene, "approve_hours", latest=starts_at)
    if approver is None:
        return Move(state=WAITING_APPROVAL, queue=QUEUE, due_at=due)
    return Move(
        state=WAITING_APPROVAL, responsible=approver, due_at=due, details={"approver_id": approver.id}
    )


def _approver(scene: Scene, requester: Person) -> Person | None:
    """Return the head who decides: of the requester's own department first, else one named for receptions."""
    found = people.people_with(scene.session, Role.APPROVER, kind=NAME)
    able = [p for p in found if p.id != requester.id and p.chat_id]
    home = requester.department_id
    own = [p for p in able if home is not None and p.department_id == home]
    named = [p for p in able if any(g.role == Role.APPROVER and g.kind == NAME for g in p.grants)]
    return next(iter(own + named), None)


# ── changes ─────────────────────────────────────────────────────────────────────────────────────────


def revise(scene: Scene, ticket: Ticket, fields: Fields) -> str:
    """Change a submitted request: its cars change with it; a plan that stood is looked at again by the desk."""
    checking.check_rules(scene, fields)
    starts_at, ends_at = when.instants(fields)
    if starts_at < scene.now - when.GRACE:
        raise BadInput("到访时间已经过去了，请先改一下时间")
    before = ticket.fields
    ticket.fields = {**fields, **{k: before[k] for k in INNER if k in before}}
    ticket.starts_at, ticket.ends_at = starts_at, ends_at
    details = {"before": {k: before.get(k) for k in fields if before.get(k) != fields.get(k)}}
    if ticket.state == WAITING_LETTER:
        return _revise_waiting(scene, ticket, details)
    if ticket.state == WAITING_APPROVAL:
        lifecycle.apply(scene, ticket, Move(details=details), action="revise")
        return "已修改，审批看到的也更新了。"
    notes = plan.synchronise(scene, ticket)
    ticket.fields = {**ticket.fields, "plan_notes": notes}
    again = ticket.state == PLANNED
    lifecycle.apply(
        scene, ticket, Move(state=PLANNING, due_at=plan_due(scene, ticket), details=details), action="revise"
    )
    told = f"{esc(ticket.fields.get('visitor_org') or '')} {ticket.fields.get('people') or 1} 人"
    text = (
        f"🔁 {ticket.number} 您批过的接待有修改：{told}，{spoken_range(starts_at, ends_at, now=scene.now)}。"
    )
    cards.tell(scene, ticket, party="approver", text=text, besides=scene.actor)
    cards.show(
        scene,
        own(scene),
        ticket,
        party="dispatcher",
        lead="🔁 接待有变，请看新的安排" + ("，重新定方案" if again else ""),
    )
    return (
        "已修改，用车一并改了，接待调度员会重新定方案。"
        if again
        else "已修改，用车一并改了，调度员看到的也更新了。"
    )


def _revise_waiting(scene: Scene, ticket: Ticket, details: Fields) -> str:
    starts_at = ticket.starts_at or scene.now
    if ticket.fields.get("letter"):
        move = onward(scene, ticket.requester, ticket.fields, starts_at)
        ticket.fields = {**ticket.fields, **move.details, "letter_at": scene.now.isoformat()}
    else:
        move = _await_letter(scene, ticket.requester, starts_at)
    lifecycle.apply(scene, ticket, replace(move, details=details), action="revise")
    if ticket.state == WAITING_LETTER:
        return "已修改，公函来了直接发给我。"
    show_onward(scene, ticket)
    return "已修改，公函收到，已转审批。"
