"""The days and the turns: calendar jobs that ran, days off by official notice, duty rosters, absences."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from desk.models.base import Base
from desk.models.people import Person
from desk.models.resources import Building


class CalendarRun(Base):
    """One calendar job that ran or runs; its key (`digest:2026-11-24`) makes it once-only over any processes."""

    __tablename__ = "calendar_runs"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    claimed_at: Mapped[datetime]
    claimed_by: Mapped[str] = mapped_column(String(40))
    finished_at: Mapped[datetime | None]


class CalendarDay(Base):
    """A day the official notice made a holiday or a working day, loaded by an admin."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_workday: Mapped[bool]
    name: Mapped[str] = mapped_column(String(40), default="")
    source: Mapped[str] = mapped_column(String(120), default="")


class Duty(Base):
    """Somebody's turn: for one kind of request, maybe one trade, maybe one building, from an instant to another."""

    __tablename__ = "duties"
    __table_args__ = (Index("ix_duties_span", "ends_at", "starts_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    # Empty: every kind (the duty officer of the house).
    kind: Mapped[str] = mapped_column(String(20), default="")
    trade: Mapped[str] = mapped_column(String(40), default="")
    building_id: Mapped[int | None] = mapped_column(ForeignKey("buildings.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(200), default="")

    person: Mapped[Person] = relationship(lazy="joined")
    building: Mapped[Building | None] = relationship(lazy="joined")


class Absence(Base):
    """Somebody is away; `stand_in` takes their turns and their approvals meanwhile."""

    __tablename__ = "absences"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    stand_in_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200), default="")

    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="joined")
    stand_in: Mapped[Person | None] = relationship(foreign_keys=[stand_in_id], lazy="joined")
