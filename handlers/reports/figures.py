"""The figures of a month: how much was asked for, done, refused and late, how people liked it, how far the cars went."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk.instants import local_midnight, to_local
from desk.models import Ticket, TicketEvent
from handlers.reports.chart import Row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from handlers.kinds import House, Kind

MARKS = ("满意", "一般", "不满意")
REFUSED, WITHDRAWN = "已驳回", "已取消"


def rows_of_month(session: Session, house: House, month: date) -> list[Row]:
    """Return the figures of the local month that begins on `month` for its picture."""
    starts, ends = _span(month)
    return [
        _row(kind, _asked(session, kind, starts, ends), days=(to_local(ends) - to_local(starts)).days)
        for kind in house.kinds
    ]


def _row(kind: Kind, found: Sequence[Ticket], *, days: int) -> Row:
    per_day = [0] * days
    for ticket in found:
        per_day[to_local(ticket.created_at).day - 1] += 1
    done = sum(t.closed_at is not None and t.state not in (REFUSED, WITHDRAWN) for t in found)
    marks = [t.fields["rating"] for t in found if t.fields.get("rating")]
    satisfied = marks.count("满意") / len(marks) if marks else None
    return Row(title=kind.title, asked=len(found), done=done, satisfied=satisfied, per_day=tuple(per_day))


def _span(month: date) -> tuple[datetime, datetime]:
    return local_midnight(month), local_midnight((month + timedelta(days=31)).replace(day=1))


def _asked(session: Session, kind: Kind, starts: datetime, ends: datetime) -> Sequence[Ticket]:
    query = select(Ticket).where(
        Ticket.kind == kind.name, Ticket.created_at >= starts, Ticket.created_at < ends
    )
    return session.scalars(query).all()


def of_month(session: Session, house: House, month: date) -> str:
    """Return the figures of the local month that begins on `month`, as HTML."""
    starts, ends = _span(month)
    blocks = [_of_kind(session, kind, starts, ends) for kind in house.kinds]
    return "\n\n".join([f"📊 <b>{month.year}年{month.month}月 运行数据</b>", *blocks])


def _of_kind(session: Session, kind: Kind, starts: datetime, ends: datetime) -> str:
    found = _asked(session, kind, starts, ends)
    if not found:
        return f"{kind.icon} <b>{kind.title}</b>：没有单子"
    refused = sum(t.state == REFUSED for t in found)
    withdrawn = sum(t.state == WITHDRAWN for t in found)
    done = sum(t.closed_at is not None for t in found) - refused - withdrawn
    lines = [
        f"{kind.icon} <b>{kind.title}</b>：受理 {len(found)} 单，办结 {done}，在办 {sum(t.closed_at is None for t in found)}，"
        f"驳回 {refused}，取消 {withdrawn}"
    ]
    answered = _minutes_to_answer(session, kind, starts, ends)
    if answered:
        lines.append(f"　首次响应：中位 {answered[len(answered) // 2]} 分钟")
    marks = [t.fields.get("rating") for t in found]
    given = {mark: marks.count(mark) for mark in MARKS if mark in marks}
    if given:
        share = 100 * given.get("满意", 0) / sum(given.values())
        said = "，".join(f"{mark} {n}" for mark, n in given.items())
        lines.append(f"　评价：{said}（满意率 {share:.0f}%）")
    distance = sum(int(t.fields.get("distance_km") or 0) for t in found)
    if distance:
        lines.append(f"　行驶：{distance} 公里")
    return "\n".join(lines)


def _minutes_to_answer(session: Session, kind: Kind, starts: datetime, ends: datetime) -> list[int]:
    """Return how many minutes each ticket waited until somebody other than its requester did something, sorted."""
    query = (
        select(Ticket.id, Ticket.created_at, TicketEvent.at)
        .join(TicketEvent, TicketEvent.ticket_id == Ticket.id)
        .where(
            Ticket.kind == kind.name,
            Ticket.created_at >= starts,
            Ticket.created_at < ends,
            TicketEvent.actor_id.is_not(None),
            TicketEvent.actor_id != Ticket.requester_id,
            TicketEvent.version > 0,
        )
        .order_by(TicketEvent.id.desc())
    )
    first = {ticket: at - created for ticket, created, at in session.execute(query)}
    return sorted(int(span / timedelta(minutes=1)) for span in first.values())
