"""What the desk tells of itself at fixed times: the morning, the week and the month.

At 8:30 of a working day each dispatcher reads the day: trips, rooms, repairs, what is late and what does not fit, with a picture of the
cars and rooms. On the first working day of a week those who coordinate read what will not fit in it, on the first of a month
the figures of the last one. Each goes to each person once, whatever ran twice or was caught up later.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import outbox, people
from desk.instants import WEEKDAYS, local_midnight, spoken, spoken_day, to_local
from desk.models import Booking, OutboxMessage, Purpose, Resource, Role, Ticket, Vehicle
from desk.outbox import Message, Picture
from handlers.reports import chart, conflicts, figures, fonts, timeline
from handlers.tickets.parties import hands
from handlers.words import esc

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from desk.models import Person
    from handlers.kinds import House, Kind

DAY = timedelta(days=1)
MOST_CLASHES, MOST_LINES = 12, 40


def morning(session: Session, *, house: House, now: datetime) -> int:
    """Owe every dispatcher the digest of the local day of `now`; return how many messages. Nothing on days off.

    Run by the calendar at 8:30 on working days; the run's key makes it once-only.
    """
    today = to_local(now).date()
    if not house.calendar.is_workday(today):
        return 0
    sent = 0
    start = local_midnight(today)
    for person in people.people_with(session, Role.DISPATCHER):
        kinds = _kinds_of(house, person)
        if not _is_owed(session, person, key=f"digest:{today}"):
            continue
        blocks = [_of_kind(session, kind, now=now) for kind in kinds]
        clashes = conflicts.between(
            session, kinds=[k.name for k in kinds], starts_at=start, ends_at=start + DAY, now=now
        )
        blocks += ["<b>要留意</b>", *clashes[:MOST_CLASHES]] if clashes else []
        text = f"☀️ <b>{spoken_day(today, today=today)} 早报</b>\n" + "\n".join(blocks)
        _owe(session, person, Message(text=text), key=f"digest:{today}", now=now)
        picture = _picture(session, house, kinds, now=now)
        if picture is not None:
            _owe(session, person, picture, key=f"digest-picture:{today}", now=now)
        sent += 1
    return sent


def weekly(session: Session, *, house: House, now: datetime) -> int:
    """Owe those who coordinate the list of what will not fit this week; return how many messages.

    Run on every morning; it goes out on the first working day of the week, or the next one the desk is up.
    """
    today = to_local(now).date()
    monday = today - timedelta(days=today.weekday())
    if not house.calendar.is_workday(today):
        return 0
    ends = local_midnight(monday + timedelta(days=7))
    kinds = [k.name for k in house.kinds]
    clashes: list[str] | None = None
    sent = 0
    for person in _coordinators(session, house):
        key = f"weekly:{monday}"
        if not _is_owed(session, person, key=key, since=local_midnight(monday)):
            continue
        if clashes is None:
            clashes = conflicts.between(session, kinds=kinds, starts_at=now, ends_at=ends, now=now)
        head = f"🗓 <b>本周协调清单</b>（{monday:%m月%d日} 起，{len(clashes)} 条）"
        lines = _notice_missing(house, today) + clashes[:MOST_LINES] or ["没有发现冲突，一切都已落实。"]
        _owe(session, person, Message(text="\n".join([head, *lines])), key=key, now=now)
        sent += 1
    return sent


def _notice_missing(house: House, today: date) -> list[str]:
    """Return a line from November on while next year's holidays are not known."""
    year = today.year + 1
    if today.month < 11 or house.calendar.is_published(year):
        return []
    return [
        f"📅 {year} 年放假通知还没导入，跨年的单子按估计订的；公布后请管理员用 houqin calendar load 导入。"
    ]


def monthly(session: Session, *, house: House, now: datetime) -> int:
    """Owe those who coordinate the figures of the last month; return how many messages.

    Run on every morning; it goes out on the first working day of the month, or the next one the desk is up.
    """
    today = to_local(now).date()
    first = today.replace(day=1)
    last_month = (first - timedelta(days=1)).replace(day=1)
    if not house.calendar.is_workday(today):
        return 0
    text = ""
    sent = 0
    for person in _coordinators(session, house):
        key = f"monthly:{last_month:%Y-%m}"
        if not _is_owed(session, person, key=key, since=local_midnight(first)):
            continue
        text = text or figures.of_month(session, house, last_month)
        _owe(session, person, Message(text=text), key=key, now=now)
        font = fonts.chinese_font()
        if font is not None:
            path = house.exports / f"monthly-{last_month:%Y-%m}.png"
            if not path.exists():
                title = f"{last_month.year}年{last_month.month}月 运行数据"
                rows = figures.rows_of_month(session, house, last_month)
                chart.draw(rows, title=title, font_path=font, to=path)
            picture = Picture(path=str(path), caption=f"📊 {last_month.month}月 一览")
            _owe(session, person, picture, key=f"monthly-picture:{last_month:%Y-%m}", now=now)
        sent += 1
    return sent


# ── to whom, once ───────────────────────────────────────────────────────────────────────────────────


def _kinds_of(house: House, person: Person) -> list[Kind]:
    return [k for k in house.kinds if person.has_role(Role.DISPATCHER, kind=k.name)]


def _coordinators(session: Session, house: House) -> list[Person]:
    """Return the administrators; where there are none, the dispatchers who serve every kind."""
    admins = people.people_with(session, Role.ADMIN)
    everything = [
        p
        for p in people.people_with(session, Role.DISPATCHER)
        if len(_kinds_of(house, p)) == len(house.kinds.all)
    ]
    return admins or everything


def _is_owed(session: Session, person: Person, *, key: str, since: datetime | None = None) -> bool:
    """Say whether a person who can be reached was not told yet, and was here `since` then."""
    if person.chat_id is None or (since and person.bound_at and person.bound_at > since):
        return False
    known = select(OutboxMessage.id).where(OutboxMessage.dedupe_key == f"{key}:{person.id}")
    return session.scalar(known) is None


def _owe(session: Session, person: Person, said: Message | Picture, *, key: str, now: datetime) -> None:
    outbox.send(
        session,
        said,
        chat_id=person.chat_id or 0,
        person=person,
        purpose=Purpose.DIGEST,
        dedupe_key=f"{key}:{person.id}",
        now=now,
    )


# ── the day ─────────────────────────────────────────────────────────────────────────────────────────


def _picture(session: Session, house: House, kinds: list[Kind], *, now: datetime) -> Picture | None:
    """Return the picture of the day's cars and rooms; None when nothing is booked or no Chinese font is here."""
    sorts = tuple(k.name for k in kinds if k.name in ("vehicle", "room"))
    font = fonts.chinese_font()
    today = to_local(now).date()
    lanes = _open_lanes(session, kinds, now) + _lanes(session, sorts, now) if font and sorts else []
    if font is None or not lanes:
        return None
    path = house.exports / f"digest-{today}-{'-'.join(sorts)}.png"
    if not path.exists():
        what = "车辆与会议室" if len(sorts) > 1 else next(k.title for k in kinds if k.name == sorts[0])
        day = f"{today.month}月{today.day}日 周{WEEKDAYS[today.weekday()]}"
        timeline.draw(
            lanes, title=f"{day}　{what}", summary=_summary(lanes), now=to_local(now), font_path=font, to=path
        )
    return Picture(path=str(path), caption=f"🗓 {today:%m月%d日} 一览")


def _summary(lanes: list[timeline.Lane]) -> str:
    bars = [(lane.sort, bar) for lane in lanes for bar in lane.bars]
    counted = (
        ("出车 {} 趟", sum(sort == "vehicle" for sort, _ in bars)),
        ("会议 {} 场", sum(sort == "room" for sort, _ in bars)),
        ("待落实 {}", sum(sort == "open" for sort, _ in bars)),
        ("超时 {}", sum(bar.mark == "late" for _, bar in bars)),
        ("紧接 {}", sum(bar.mark == "tight" for _, bar in bars)),
    )
    return " · ".join(words.format(count) for words, count in counted if count)


def _open_lanes(session: Session, kinds: list[Kind], now: datetime) -> list[timeline.Lane]:
    """Return today's trips and meetings that have neither car nor room yet, a line for each."""
    day = local_midnight(to_local(now).date())
    query = select(Ticket).where(
        Ticket.kind.in_([k.name for k in kinds if k.name in ("vehicle", "room")]),
        Ticket.closed_at.is_(None),
        Ticket.allocation_id.is_(None),
        Ticket.starts_at >= day,
        Ticket.starts_at < day + DAY,
    )
    titles = {k.name: k.title for k in kinds}
    return [
        timeline.Lane(
            name=f"{titles[ticket.kind]} {ticket.number[-3:]}",
            sort="open",
            bars=(
                timeline.Bar(
                    start=to_local(ticket.starts_at or now),
                    end=to_local(ticket.ends_at or (ticket.starts_at or now) + timedelta(hours=1)),
                    text=_whose(ticket),
                    mark="late" if ticket.due_at and ticket.due_at < now else "",
                ),
            ),
        )
        for ticket in session.scalars(query.order_by(Ticket.starts_at))
    ]


def _whose(ticket: Ticket) -> str:
    """Say where it goes and whose it is, never what it is about: the picture may lie on a desk."""
    home = ticket.requester.department
    said = f"{ticket.fields.get('destination') or ''} {(home.short_name or home.name) if home else ''}"
    return " ".join(said.split())


def _lanes(session: Session, sorts: tuple[str, ...], now: datetime) -> list[timeline.Lane]:
    day = local_midnight(to_local(now).date())
    query = (
        select(Booking, Ticket)
        .join(Ticket, Ticket.allocation_id == Booking.allocation_id)
        .join(Resource, Resource.id == Booking.resource_id)
        .where(Booking.active, Booking.starts_at < day + DAY, Booking.ends_at > day, Resource.sort.in_(sorts))
        .order_by(Resource.sort.desc(), Resource.name, Booking.starts_at)
    )
    bookings: dict[int, Booking] = {}
    parties: dict[int, list[Ticket]] = {}
    for booking, ticket in session.execute(query).unique():
        bookings[booking.id] = booking
        parties.setdefault(booking.id, []).append(ticket)
    lanes: dict[int, list[timeline.Bar]] = {}
    resources: dict[int, Resource] = {}
    before: dict[int, Booking] = {}
    for booking in bookings.values():
        resource = resources[booking.resource_id] = booking.resource
        gap = booking.starts_at - before[resource.id].ends_at if resource.id in before else None
        is_tight = resource.sort == "vehicle" and gap is not None and gap < conflicts.TIGHT
        before[resource.id] = booking
        lanes.setdefault(resource.id, []).append(_bar(booking, parties[booking.id], now, is_tight=is_tight))
    return [
        timeline.Lane(name=_name(resources[n]), sort=resources[n].sort, bars=tuple(bars))
        for n, bars in lanes.items()
    ]


def _name(resource: Resource) -> str:
    return f"{resource.name} {resource.type}" if isinstance(resource, Vehicle) else resource.name


def _bar(booking: Booking, tickets: list[Ticket], now: datetime, *, is_tight: bool) -> timeline.Bar:
    begun = to_local(booking.starts_at)
    is_open = [t for t in tickets if t.closed_at is None]
    late = any(t.due_at is not None and t.due_at < now for t in is_open)
    over = not is_open or booking.ends_at <= now
    mark: timeline.Mark = "late" if late else "over" if over else "tight" if is_tight else ""
    return timeline.Bar(
        start=begun,
        end=to_local(booking.ends_at),
        text="＋".join(dict.fromkeys(_whose(t) for t in tickets)),
        number="＋".join(t.number[-3:] for t in tickets),
        mark=mark,
    )


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
