"""Receptions as figures and rows: how many may keep company, what is due when, which tickets belong together.

Local days and times are those of the bureau; instants are aware. Nothing here speaks to anybody.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from sqlalchemy import select

from desk.instants import local_midnight, to_instant, to_local
from desk.models import Ticket

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from sqlalchemy.orm import Session

    from desk.calendar import Calendar

KIND = "reception"


def companion_limit(guests: int) -> int:
    """Return how many may keep `guests` company at the meal (REC-7): 3 up to ten guests, above a third rounded down."""
    return 3 if guests <= 10 else guests // 3


def children(session: Session, parent: Ticket, *, open_only: bool = True) -> Sequence[Ticket]:
    """Return the tickets that name `parent`, oldest first."""
    query = select(Ticket).where(Ticket.parent_id == parent.id)
    if open_only:
        query = query.where(Ticket.closed_at.is_(None))
    return session.scalars(query.order_by(Ticket.id)).all()


# ── one organisation under several names ────────────────────────────────────────────────────────────

_TAIL = re.compile(r"(?:那边|那头|来的|方面|一行|的)+$")


def same_organisation(one: str, other: str) -> bool:
    """Say whether two names mean one organisation: 「国管局」 is 「国家机关事务管理局」, 「四川」 is 「四川省机关事务管理局」.

    The shorter name's characters must appear in the longer one in their order, the first of them at the beginning.
    """
    short, long = sorted((_TAIL.sub("", one.strip()), _TAIL.sub("", other.strip())), key=len)
    if len(short) < 2 or short[0] != long[0]:
        return False
    rest = iter(long)
    return all(char in rest for char in short)


def similar_visits(
    session: Session, *, organisation: str, starts_at: datetime, within_days: int, besides: int | None = None
) -> list[Ticket]:
    """Return the open receptions of the same organisation that begin within so many days of `starts_at` (REC-3)."""
    around = timedelta(days=within_days)
    query = select(Ticket).where(
        Ticket.kind == KIND,
        Ticket.closed_at.is_(None),
        Ticket.starts_at >= starts_at - around,
        Ticket.starts_at <= starts_at + around,
    )
    found = session.scalars(query.order_by(Ticket.starts_at)).all()
    return [
        t
        for t in found
        if t.id != besides and same_organisation(organisation, str(t.fields.get("visitor_org") or ""))
    ]


# ── what is due when ────────────────────────────────────────────────────────────────────────────────


def workday_after(calendar: Calendar, day: date, count: int) -> date:
    """Return the `count`-th working day after a local day."""
    for _ in range(count):
        day = calendar.next_workday(day)
    return day


def workday_before(calendar: Calendar, day: date, count: int) -> date:
    """Return the `count`-th working day before a local day."""
    while count > 0:
        day -= timedelta(days=1)
        count -= calendar.is_workday(day)
    return day


def letter_due(
    calendar: Calendar, *, now: datetime, starts_at: datetime, lead_days: int, least: timedelta
) -> datetime:
    """Return the instant by which the letter must be here: the end of the `lead_days`-th working day before the visit,
    but `least` working time from `now`, and in no case after the visit began.
    """
    day = workday_before(calendar, to_local(starts_at).date(), lead_days)
    wished = to_instant(datetime.combine(day, calendar.office_hours(day).afternoon_end))
    soonest = to_instant(calendar.add_working(to_local(now), least))
    return max(min(max(wished, soonest), starts_at), now + timedelta(minutes=30))


def within_working(calendar: Calendar, *, now: datetime, hours: float, latest: datetime) -> datetime:
    """Return the instant `hours` of working time after `now`, not after `latest`, at least half an hour from now."""
    due = to_instant(calendar.add_working(to_local(now), timedelta(hours=hours)))
    return max(min(due, latest), now + timedelta(minutes=30))


def morning_of(day: date, *, hour: int) -> datetime:
    """Return the instant of a full hour of a local day."""
    return to_instant(datetime.combine(day, time(hour)))


def day_before(starts_at: datetime, *, hour: int) -> datetime:
    """Return the instant of a full hour of the local day before `starts_at`."""
    return local_midnight(to_local(starts_at).date() - timedelta(days=1)) + timedelta(hours=hour)


# ── the list as a workbook ──────────────────────────────────────────────────────────────────────────

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
LONGEST_CELL = 30_000


def harmless(value: Any) -> str:
    """Return text that no spreadsheet takes for a formula: what begins like one gets an apostrophe in front."""
    text = _CONTROL.sub("", str(value))[:LONGEST_CELL]
    return f"'{text}" if _FORMULA.match(text) or (text and text[0] in "\t\r\n") else text


def write_workbook(path: Path, *, title: str, rows: Iterable[tuple[str, str]]) -> None:
    """Write (heading, value) rows under a title as an XLSX file; every cell is text. Makes the folder if missing."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has one sheet
    sheet.title = title[:31]
    for number, row in enumerate([(title, ""), *rows], start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(row=number, column=column)
            cell.value = harmless(value)
            cell.data_type = "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=column == 1)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 18, 70
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
