"""Duty rosters from spreadsheets: who, for what, from when to when, and who stands in.

A turn given only by its day lasts from 8:00 to 8:00 of the next, as offices hand over; one with an end day runs to that
day's 24:00. The same turn imported twice is one turn.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import people
from desk.errors import BadInput
from desk.instants import to_instant
from desk.models import Absence, Building, Duty, Person
from desk.register.books import BadCell, building_names

if TYPE_CHECKING:
    from collections.abc import Hashable

    from sqlalchemy.orm import Session

    from desk.register.books import Row

HANDOVER = time(8)
LONGEST_TURN = timedelta(days=32)


class DutyBook:
    """Turns by person, kind, trade, building and start."""

    def __init__(self, session: Session, today: date) -> None:  # every book is opened alike
        self.session = session
        self.known: defaultdict[str, list[Person]] = defaultdict(list)
        for person in session.scalars(select(Person).where(Person.active).order_by(Person.id)):
            self.known[person.name].append(person)
        self.buildings = building_names(session.scalars(select(Building).order_by(Building.id)).all())

    def key(self, row: Row) -> Hashable:
        """Two rows with this in common are the same turn."""
        return (
            row["name"],
            row.get("department"),
            *(row.get(k, "") for k in ("kind", "trade", "building")),
            row["starts"],
        )

    def put(self, row: Row) -> bool:
        """Write one turn; say whether it is new."""
        person = self._person(row["name"], row.get("department"), key="name")
        building = self._building(row.get("building"))
        starts_at, ends_at = _span(row)
        query = select(Duty).where(
            Duty.person_id == person.id,
            Duty.kind == row.get("kind", ""),
            Duty.trade == row.get("trade", ""),
            Duty.building_id.is_(None) if building is None else Duty.building_id == building.id,
            Duty.starts_at == starts_at,
        )
        turn = self.session.scalar(query)
        fresh = turn is None
        if turn is None:
            turn = Duty(
                person=person,
                kind=row.get("kind", ""),
                trade=row.get("trade", ""),
                building=building,
                starts_at=starts_at,
            )
            self.session.add(turn)
        turn.ends_at, turn.note = ends_at, row.get("note", turn.note or "")
        if "stand_in" in row:
            self._replace(person, row, starts_at, ends_at)
        self.session.flush()
        return fresh

    def _replace(self, person: Person, row: Row, starts_at: datetime, ends_at: datetime) -> None:
        instead = self._person(row["stand_in"], None, key="stand_in")
        if instead is person:
            raise BadCell("stand_in", "替班人不能是本人。")
        known = self.session.scalar(
            select(Absence).where(Absence.person_id == person.id, Absence.starts_at == starts_at)
        )
        noted = known or Absence(person=person, starts_at=starts_at, reason="替班")
        noted.ends_at, noted.stand_in = ends_at, instead
        self.session.add(noted)

    def _person(self, name: str, home: str | None, *, key: str) -> Person:
        found = self.known[name]
        if not found:
            raise BadCell(key, f"人员里没有「{name}」，请先导入人员。")
        department = people.find_department(self.session, home) if home else None
        try:
            person = people.pick(found, home=department)
        except BadInput as error:
            raise BadCell(key, error.words) from error
        if person is None:
            raise BadCell("department", f"「{home}」没有叫{name}的人。")
        return person

    def _building(self, said: str | None) -> Building | None:
        if said is None:
            return None
        if said not in self.buildings:
            raise BadCell("building", f"没有叫「{said}」的楼，请先导入楼宇。")
        return self.buildings[said]


def _span(row: Row) -> tuple[datetime, datetime]:
    starts, ends = row["starts"], row.get("ends")
    begin = starts if isinstance(starts, datetime) else datetime.combine(starts, HANDOVER)
    if ends is None:
        end = begin + timedelta(days=1)
    elif isinstance(ends, datetime):
        end = ends
    else:
        end = datetime.combine(ends + timedelta(days=1), time())
        begin = begin if isinstance(starts, datetime) else datetime.combine(starts, time())
    if not timedelta() < end - begin <= LONGEST_TURN:
        raise BadCell("ends", "结束要在开始之后，一个班最长一个月。")
    return to_instant(begin), to_instant(end)
