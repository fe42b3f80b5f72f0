"""Before a holiday the cars are sealed, after it they are looked over (CAR-5): the dispatchers of cars are told in time.

Some days before, with the list: every car, those out on approved trips, and who has duty; on the last day off, that work begins
again tomorrow. Run once a day; each of them hears of each holiday once. A plain weekend is no holiday.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import duty, outbox, people
from desk.instants import local_midnight, to_local
from desk.models import Booking, OutboxMessage, Purpose, Ticket, Vehicle
from desk.outbox import Message
from handlers.words import esc

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from desk.calendar import Calendar
    from handlers.kinds import House

DAY = timedelta(days=1)
KIND = "vehicle"
LONGEST = 20  # days off in a row


def remind(session: Session, *, house: House, now: datetime) -> int:
    """Owe the dispatchers of cars what the local day of `now` asks for; return how many messages."""
    today, calendar = to_local(now).date(), house.calendar
    ahead = today + house.rules.parameters["reminders"]["seal_days"] * DAY
    begins = next(
        (d for n in range(1, (ahead - today).days + 1) if _begins(calendar, d := today + n * DAY)), None
    )
    sent = 0
    if begins is not None:
        sent += _tell(session, _seal_text(session, house, begins, now=now), key=f"seal:{begins}", now=now)
    if not calendar.is_workday(today) and calendar.is_workday(today + DAY) and _had_holiday(calendar, today):
        text = "🔓 明天复工，封存车辆请解封检查：钥匙、油量电量、轮胎胎压、灯光、年检保险，有问题今天报修。"
        sent += _tell(session, text, key=f"unseal:{today}", now=now)
    return sent


def _begins(calendar: Calendar, day: date) -> bool:
    """Say whether a stretch of days off with a holiday in it begins on `day`."""
    return calendar.is_workday(day - DAY) and not calendar.is_workday(day) and _has_holiday(calendar, day)


def _stretch(calendar: Calendar, first: date) -> list[date]:
    found = [first]
    while len(found) < LONGEST and not calendar.is_workday(found[-1] + DAY):
        found.append(found[-1] + DAY)
    return found


def _has_holiday(calendar: Calendar, first: date) -> bool:
    return any(calendar.is_holiday(day) for day in _stretch(calendar, first))


def _had_holiday(calendar: Calendar, last: date) -> bool:
    day = last
    for _ in range(LONGEST):
        if calendar.is_workday(day):
            return False
        if calendar.is_holiday(day):
            return True
        day -= DAY
    return False


def _seal_text(session: Session, house: House, first: date, *, now: datetime) -> str:
    days = _stretch(house.calendar, first)
    last = days[-1]
    starts, ends = local_midnight(first), local_midnight(last + DAY)
    out = _out(session, starts, ends)
    cars = session.scalars(select(Vehicle).where(Vehicle.active).order_by(Vehicle.name)).all()
    sealed = [car.name for car in cars if car.id not in out]
    on_duty = {
        t.person.name: None
        for t in duty.between(session, starts_at=starts, ends_at=ends)
        if t.kind in ("", KIND)
    }
    estimate = "（按估计，以放假通知为准）" if house.calendar.is_estimate(first) else ""
    lines = [
        f"🔒 <b>{first.month}月{first.day}日–{last.month}月{last.day}日放假 {len(days)} 天{estimate}，请办理车辆封存</b>",
        esc(house.rules.rule("CAR-5").words),
        f"封存 {len(sealed)} 辆：{esc('、'.join(sealed)) or '无'}",
        f"不封存（已批准出车）：{esc('；'.join(out.values())) or '无'}",
        f"值班：{esc('、'.join(on_duty)) or '值班表里还没有安排'}",
        "请登记停放地点、钥匙交专人保管。",
    ]
    return "\n".join(lines)


def _out(session: Session, starts: datetime, ends: datetime) -> dict[int, str]:
    """Return the cars with trips between two instants, each with the tickets' numbers."""
    query = (
        select(Booking.resource_id, Vehicle.name, Ticket.number)
        .join(Vehicle, Vehicle.id == Booking.resource_id)
        .join(Ticket, Ticket.allocation_id == Booking.allocation_id)
        .where(Booking.active, Booking.starts_at < ends, Booking.ends_at > starts, Ticket.closed_at.is_(None))
        .order_by(Vehicle.name, Ticket.number)
    )
    found: dict[int, str] = {}
    for car, name, number in session.execute(query):
        found[car] = f"{found.get(car, name)} {number}"
    return found


def _tell(session: Session, text: str, *, key: str, now: datetime) -> int:
    sent = 0
    for person in people.dispatchers(session, KIND):
        own = f"{key}:{person.id}"
        known = session.scalar(select(OutboxMessage.id).where(OutboxMessage.dedupe_key == own))
        if person.chat_id is None or known is not None:
            continue
        outbox.send(
            session,
            Message(text=text),
            chat_id=person.chat_id,
            person=person,
            purpose=Purpose.DIGEST,
            dedupe_key=own,
            now=now,
        )
        sent += 1
    return sent
