"""The words of the register as plain values, for whoever has to recognise them in a sentence.

Understanding knows nothing of tables; `bot` reads these values and hands them on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk.models import Building, Department, Driver, Person, Role, RoleGrant, Room, Vehicle

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingValue:
    """A building and what else it is called."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomValue:
    """A room: its full designation, its parts, and what else it is called. `building` is a building's name."""

    name: str
    title: str
    number: str
    building: str
    floor: int
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterValues:
    """Every name in the register that is in service, each list in a steady order without repeats."""

    buildings: tuple[BuildingValue, ...]
    rooms: tuple[RoomValue, ...]
    vehicle_types: tuple[str, ...]
    plates: tuple[str, ...]
    departments: tuple[str, ...]  # full and short names
    people: tuple[str, ...]
    drivers: tuple[str, ...]


def register_values(session: Session) -> RegisterValues:
    """Read the names of everything and everybody in service."""
    buildings = {b.id: b for b in session.scalars(select(Building).order_by(Building.id))}
    rooms = session.execute(
        select(Room.name, Room.title, Room.number, Room.building_id, Room.floor, Room.aliases)
        .where(Room.active)
        .order_by(Room.id)
    )
    departments = session.execute(
        select(Department.name, Department.short_name).order_by(Department.id)
    ).all()
    driving = select(RoleGrant.person_id).where(RoleGrant.role == Role.DRIVER)
    drivers = select(Person.name).join(Driver, Driver.person_id == Person.id)
    return RegisterValues(
        buildings=tuple(BuildingValue(name=b.name, aliases=tuple(b.aliases)) for b in buildings.values()),
        rooms=tuple(
            RoomValue(
                name=name,
                title=title,
                number=number,
                building=buildings[home].name,
                floor=floor,
                aliases=tuple(aliases),
            )
            for name, title, number, home, floor, aliases in rooms
        ),
        vehicle_types=_each(session.scalars(select(Vehicle.type).where(Vehicle.active).order_by(Vehicle.id))),
        plates=_each(session.scalars(select(Vehicle.name).where(Vehicle.active).order_by(Vehicle.id))),
        departments=_each(word for pair in departments for word in pair if word),
        people=_each(session.scalars(select(Person.name).where(Person.active).order_by(Person.id))),
        drivers=_each(
            session.scalars(
                drivers.where(Person.active, Driver.active, Person.id.in_(driving)).order_by(Person.id)
            )
        ),
    )


def _each(words: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))  # type: ignore[call-overload]
