"""What can be booked by the hour: vehicles, drivers' time, rooms; and the buildings they are in."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from desk.models.base import Base
from desk.models.people import Person


class Building(Base):
    """One of the office buildings."""

    __tablename__ = "buildings"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    aliases: Mapped[list[str]] = mapped_column(default=list)
    address: Mapped[str] = mapped_column(String(120), default="")
    floors: Mapped[int] = mapped_column(default=1)


class Resource(Base):
    """Anything that can be booked by the hour."""

    __tablename__ = "resources"
    __mapper_args__ = {"polymorphic_on": "sort"}  # noqa: RUF012
    __table_args__ = (UniqueConstraint("sort", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sort: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    active: Mapped[bool] = mapped_column(default=True)
    note: Mapped[str] = mapped_column(Text, default="")


class Vehicle(Resource):
    """A car of the fleet; `name` is its plate. `seats` counts the driver's."""

    __tablename__ = "vehicles"
    __mapper_args__ = {"polymorphic_identity": "vehicle"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("resources.id"), primary_key=True)
    type: Mapped[str] = mapped_column(String(20))
    model: Mapped[str] = mapped_column(String(40), default="")
    seats: Mapped[int]
    odometer_km: Mapped[int] = mapped_column(default=0)
    parked_at: Mapped[str] = mapped_column(String(60), default="")
    inspection_until: Mapped[date | None]
    insurance_until: Mapped[date | None]
    # The driver who usually drives it; a suggestion, not a right (CAR-9).
    usual_driver_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class Driver(Resource):
    """A driver's working time, so that nobody is sent on two trips at once; `name` is unique per person."""

    __tablename__ = "drivers"
    __mapper_args__ = {"polymorphic_identity": "driver"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("resources.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    licence: Mapped[str] = mapped_column(String(4), default="A1")

    person: Mapped[Person] = relationship(lazy="joined")


class Room(Resource):
    """A room: meeting room, office or service room; `name` is its full designation."""

    __tablename__ = "rooms"
    __mapper_args__ = {"polymorphic_identity": "room"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("resources.id"), primary_key=True)
    building_id: Mapped[int] = mapped_column(ForeignKey("buildings.id"), index=True)
    floor: Mapped[int]
    number: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(40), default="")
    use: Mapped[str] = mapped_column(String(20), default="会议室")
    capacity: Mapped[int] = mapped_column(default=0)
    area_m2: Mapped[float] = mapped_column(default=0.0)
    equipment: Mapped[list[str]] = mapped_column(default=list)
    aliases: Mapped[list[str]] = mapped_column(default=list)
    # A divisible room names the whole it is part of; booking either blocks the other.
    part_of_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))

    building: Mapped[Building] = relationship(lazy="joined")
