"""The figures of a month: how much was asked for, done, refused and late, how people liked it, how far the cars went."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk.instants import local_midnight
from desk.models import Ticket, TicketEvent

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from handlers.kinds import House, Kind

MARKS = ("满意", "一般", "不满意")
REFUSED, WITHDRAWN = "已驳回", "已取消"


def of_month(session: Session, house: House, month: date) -> str:
    """Return the figures of the local month that begins on `month`, as HTML."""
    starts = local_midnight(month)
    ends = local_midnight((month + timedelta(days=31)).replace(day=1))
    blocks = [_of_kind(session, kind, starts, ends) for kind in house.kinds]
    return "\n\n".join([f"📊 <b>{month.year}年{month.month}月 运行数据</b>", *blocks])


def _of_kind(session: Session, kind: Kind, starts: datetime, ends: datetime) -> str:
    query = select(Ticket).where(
        Ticket.kind == kind.name, Ticket.created_at >= starts, Ticket.created_at < ends
    )
    found = session.scalars(query).all()
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
