"""Tickets booked on an estimate of the holidays, and what becomes of them when the official notice is loaded.

A ticket on days nobody has published yet is marked (`Ticket.needs_recheck`). Once the days are known it is looked at
again: where it stays a day of the same sort nothing is said; where a working day became a holiday, or the other way round,
its requester and whoever answers for it are told, and it is theirs to keep, move or cancel.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import outbox, tickets
from desk.calendar import load_calendar
from desk.instants import spoken_day, to_local
from desk.models import CalendarDay, Purpose, Ticket
from desk.outbox import Button, Message
from handlers.kinds import Scene
from handlers.tickets.parties import members
from handlers.words import esc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from desk.calendar import Calendar
    from desk.rules import RuleBook
    from handlers.kinds import House

LONGEST_DAYS = 31


def mark(scene: Scene, ticket: Ticket) -> None:
    """Mark a ticket whose days are only estimated, and unmark one that moved to days that are known."""
    days = list(_days(ticket)) if ticket.closed_at is None else []
    ticket.needs_recheck = any(scene.house.calendar.is_estimate(day) for day in days)


def _days(ticket: Ticket) -> Iterator[date]:
    if ticket.starts_at is None:
        return
    day = to_local(ticket.starts_at).date()
    last = to_local(ticket.ends_at - timedelta(microseconds=1)).date() if ticket.ends_at else day
    for n in range(min((last - day).days, LONGEST_DAYS) + 1):
        yield day + timedelta(days=n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How many marked tickets were looked at, and how many of them fall on another sort of day than was thought."""

    tickets: int
    changed: int


def refresh(session: Session, *, house: House, now: datetime) -> int:
    """Take over days that were loaded meanwhile (by the command line, say) and look at the tickets they concern."""
    known = dict(house.calendar.notice)
    days = {row.day: row.is_workday for row in session.scalars(select(CalendarDay))}
    if days != known and isinstance(house.calendar.notice, dict):
        house.calendar.notice.clear()
        house.calendar.notice.update(days)
    return check(session, house=house, now=now).tickets


def build_calendar(session: Session, *, rules: RuleBook) -> Calendar:
    """Return the calendar with everything loaded so far."""
    days = {row.day: row.is_workday for row in session.scalars(select(CalendarDay))}
    return load_calendar(rules.parameters["calendar"], notice=days)


def check(session: Session, *, house: House, now: datetime) -> Checked:
    """Look again at every open ticket marked whose days are published now; tell those whose day is another than thought."""
    scene = Scene(session=session, now=now, house=house)
    estimate = load_calendar(house.rules.parameters["calendar"], notice={})
    query = select(Ticket).where(Ticket.needs_recheck, Ticket.closed_at.is_(None)).order_by(Ticket.id)
    seen = changed = 0
    for ticket in session.scalars(query.with_for_update(skip_locked=True, of=Ticket)).all():
        days = list(_days(ticket))
        if any(house.calendar.is_estimate(day) for day in days):
            continue
        ticket.needs_recheck = False
        seen += 1
        other = [d for d in days if house.calendar.is_workday(d) != estimate.is_workday(d)]
        if other:
            _tell(scene, ticket, other[0])
            changed += 1
    session.flush()
    return Checked(tickets=seen, changed=changed)


def _tell(scene: Scene, ticket: Ticket, day: date) -> None:
    works = scene.house.calendar.is_workday(day)
    said = spoken_day(day, today=to_local(scene.now).date())
    became = "要上班（调休）" if works else "放假"
    advice = (
        "" if works else "公务用车、会议室放假期间一般不安排，" if ticket.kind in ("vehicle", "room") else ""
    )
    text = (
        f"📅 放假通知出来了：{said}{became}，和原来估计的不一样。\n"
        f"您这张单子在这一天：{ticket.number} {esc(ticket.state)}。{advice}请看看要不要改期或取消，不动就按原来的办。"
    )
    tickets.note(
        scene.session,
        ticket,
        actor=None,
        action="recheck",
        now=scene.now,
        details={"day": day.isoformat(), "works": works},
    )
    told = {p.id: p for party in ("requester", "responsible") for p in members(scene.session, ticket, party)}
    for person in told.values():
        outbox.send(
            scene.session,
            Message(text=text, buttons=((Button(ticket.number, f"q:see:{ticket.id}"),),)),
            chat_id=person.chat_id or 0,
            person=person,
            ticket=ticket,
            purpose=Purpose.TICKET,
            dedupe_key=f"recheck:{ticket.id}:{day}:{works}:{person.id}",
            now=scene.now,
        )
