"""The morning digest: what a dispatcher should see before the day begins."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import outbox, people
from desk.instants import local_midnight, spoken, spoken_day, to_local
from desk.models import Purpose, Role, Ticket
from desk.outbox import Message
from handlers.parties import hands
from handlers.words import esc

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from handlers.kinds import House, Kind


def morning(session: Session, *, house: House, now: datetime) -> int:
    """Owe every dispatcher the digest of the local day of `now`; return how many messages. Nothing on days off.

    Run by the calendar at 8:30 on working days; the run's key makes it once-only.
    """
    today = to_local(now).date()
    if not house.calendar.is_workday(today):
        return 0
    sent = 0
    for person in people.people_with(session, Role.DISPATCHER):
        if person.chat_id is None:
            continue
        kinds = [k for k in house.kinds if person.has_role(Role.DISPATCHER, kind=k.name)]
        blocks = [_of_kind(session, kind, now=now) for kind in kinds]
        text = f"☀️ <b>{spoken_day(today, today=today)} 早报</b>\n" + "\n".join(blocks)
        key = f"digest:{today}:{person.id}"
        outbox.send(
            session,
            Message(text=text),
            chat_id=person.chat_id,
            person=person,
            purpose=Purpose.DIGEST,
            dedupe_key=key,
            now=now,
        )
        sent += 1
    return sent


def _of_kind(session: Session, kind: Kind, *, now: datetime) -> str:
    day = local_midnight(to_local(now).date())
    open_ones = select(Ticket).where(Ticket.kind == kind.name, Ticket.closed_at.is_(None))
    today = session.scalars(
        open_ones.where(Ticket.starts_at >= day, Ticket.starts_at < day + timedelta(days=1)).order_by(
            Ticket.starts_at
        )
    ).all()
    late = session.scalars(open_ones.where(Ticket.due_at < now).order_by(Ticket.due_at)).all()
    waiting = [t for t in session.scalars(open_ones) if t.queue]
    lines = [f"{kind.icon} {kind.title}：今日 {len(today)} 单，待安排 {len(waiting)} 单，逾期 {len(late)} 单"]
    lines += [_line(t, now=now) for t in today[:15]]
    lines += [f"⚠️ 逾期 {_line(t, now=now)}" for t in late[:10]]
    return "\n".join(lines)


def _line(ticket: Ticket, *, now: datetime) -> str:
    at = spoken(ticket.starts_at, now=now) if ticket.starts_at else ""
    where = (
        ticket.fields.get("destination")
        or ticket.fields.get("room_name")
        or ticket.fields.get("location")
        or ticket.fields.get("visitor_org")
        or ""
    )
    return f"· {at} {ticket.number} {esc(where)} {esc(ticket.state)}（{esc(hands(ticket))}）"
