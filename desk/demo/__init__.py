"""A believable bureau to try the desk with: 70 departments, 44 buildings, a fleet, rooms and staff.

Everything and everybody is invented; the telephone numbers (1380000xxxx) belong to a block nobody is given. The
same bureau comes out every time, only the dates follow the day it is made. Twelve people of it have phones on the
sandbox's page, already bound.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from sqlalchemy import select

from desk.demo.premises import add_buildings, add_rooms
from desk.instants import to_local
from desk.models import Department, Driver, Person, Role, RoleGrant, Vehicle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from sqlalchemy.orm import Session

SEED = 20261124
EMPLOYEES = 300
DRIVERS = 30
LICENCES = ("A1", "A1", "B1", "C1")
# The number plate of an electric car has one place more and a D in front.
ELECTRIC = "新能源车"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPhone:
    """Somebody who has a phone on the sandbox's page. `label` is what stands above it, beside the name."""

    telegram_id: int
    chat_id: int
    name: str
    department: str
    title: str
    role: Role
    kind: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoBureau:
    """What was made."""

    phones: tuple[DemoPhone, ...]
    departments: int
    buildings: int
    rooms: int
    vehicles: int
    people: int


def is_empty(session: Session) -> bool:
    """Say whether nobody is in the desk yet, so that the demo may be put there."""
    return session.scalar(select(Person.id).limit(1)) is None


@cache
def demo_phones() -> tuple[DemoPhone, ...]:
    """Return who has a phone on the sandbox's page; the same whether or not the bureau was just made."""
    return tuple(
        DemoPhone(
            telegram_id=number,
            chat_id=number,
            name=name,
            department=department,
            title=title,
            role=Role(role),
            kind=kind,
            label=label,
        )
        for number, name, department, title, role, kind, label in _bureau()["phones"]
    )


def seed(session: Session, *, now: datetime) -> DemoBureau:
    """Put the demo bureau into an empty desk. Raises ValueError if somebody is there already."""
    if not is_empty(session):
        raise ValueError("the demo bureau goes into an empty desk only")
    data, chance = _bureau(), random.Random(SEED)  # believable, not secret
    departments = {
        name: Department(name=name, short_name=short)
        for name, short in {**data["offices"], **data["units"]}.items()
    }
    session.add_all(departments.values())
    buildings = add_buildings(session, data)
    rooms = add_rooms(session, data, buildings, chance)
    staff = _staff(data, departments, chance, now)
    session.add_all(staff)
    session.flush()
    drivers = _drivers(staff, chance)
    session.add_all(drivers)
    session.flush()
    vehicles = list(_vehicles(data, drivers, chance, to_local(now).date()))
    session.add_all(vehicles)
    session.flush()
    return DemoBureau(
        phones=demo_phones(),
        departments=len(departments),
        buildings=len(buildings),
        rooms=rooms,
        vehicles=len(vehicles),
        people=len(staff),
    )


@cache
def _bureau() -> dict[str, Any]:
    return dict(yaml.safe_load((Path(__file__).parent / "bureau.yml").read_text("utf-8")))


# ── staff ───────────────────────────────────────────────────────────────────────────────────────────


def _staff(
    data: dict[str, Any], departments: dict[str, Department], chance: random.Random, now: datetime
) -> list[Person]:
    """Make everybody, those with phones first, so that lists show them first."""
    names = _names(data, chance)
    staff = []
    for phone in demo_phones():
        person = _person(phone.name, departments[phone.department], phone.title, phone.role, phone.kind)
        person.telegram_id, person.chat_id, person.bound_at = phone.telegram_id, phone.chat_id, now
        staff.append(person)
    led = {p.department for p in demo_phones() if p.role is Role.APPROVER}
    for home in departments.values():
        if home.name not in led:
            title = "办公室主任" if home.name in data["units"] else "处长"
            staff.append(_person(next(names), home, title, Role.APPROVER))
    missing = DRIVERS - sum(p.role is Role.DRIVER for p in demo_phones())
    pool = departments["公务用车服务中心"]
    staff += [_person(next(names), pool, "驾驶员", Role.DRIVER) for _ in range(missing)]
    for trade, count in data["trades"].items():
        hired = count - sum(p.title == trade for p in demo_phones())
        staff += [
            _person(next(names), departments["维修服务中心"], trade, Role.TECHNICIAN) for _ in range(hired)
        ]
    homes = list(departments.values())
    for n in range(EMPLOYEES):
        title = chance.choice(("科员", "科员", "主任科员", "副处长", "调研员"))
        staff.append(_person(next(names), homes[n % len(homes)], title, Role.EMPLOYEE))
    for n, person in enumerate(staff):
        person.phone = f"1380000{(1001 + n * 37) % 10_000:04d}"
    return staff


def _person(name: str, home: Department, title: str, role: Role, kind: str = "") -> Person:
    grants = [RoleGrant(role=Role.EMPLOYEE, kind="")]
    if role is not Role.EMPLOYEE:
        grants.append(RoleGrant(role=role, kind=kind))
    return Person(
        name=name, department=home, title=title, active=True, reachable=True, habits={}, grants=grants
    )


def _names(data: dict[str, Any], chance: random.Random) -> Iterator[str]:
    """Yield names nobody else bears."""
    names = [surname + given for surname in data["surnames"] for given in data["given"]]
    chance.shuffle(names)
    taken = {p.name for p in demo_phones()}
    return (name for name in names if name not in taken)


# ── the fleet ───────────────────────────────────────────────────────────────────────────────────────


def _drivers(staff: list[Person], chance: random.Random) -> list[Driver]:
    return [
        Driver(
            name=p.name,
            person=p,
            active=True,
            licence="A1" if p.telegram_id else chance.choice(LICENCES),
            note="",
        )
        for p in staff
        if p.has_role(Role.DRIVER)
    ]


def _vehicles(
    data: dict[str, Any], drivers: list[Driver], chance: random.Random, today: date
) -> Iterator[Vehicle]:
    """Yield the fleet; drivers who have phones usually drive the first cars of the most wanted types."""
    cars = [(t, model, seats, nth) for t, model, seats, many in data["fleet"] for nth in range(many)]
    with_phones = [d for d in drivers if d.person.telegram_id]
    others = [d for d in drivers if not d.person.telegram_id]
    numbers = chance.sample(range(1000, 9999), len(cars))
    for place, (type_, model, seats, nth) in enumerate(cars):
        usual: Driver | None = with_phones[place % 2] if nth == 0 and place < 20 else None
        if usual is None and place < len(cars) - 6:
            usual = next((d for d in others if _may_drive(d, seats)), None)
            others = [d for d in others if d is not usual]
        yield Vehicle(
            name=f"吉A·D{numbers[place]:05d}" if type_ == ELECTRIC else f"吉A·H{numbers[place]}",
            type=type_,
            model=model,
            seats=seats,
            active=True,
            odometer_km=chance.randrange(3_000, 180_000),
            parked_at=chance.choice(("车队楼地下车库", "主楼西侧停车场", "车队楼院内")),
            inspection_until=today + timedelta(days=chance.randrange(60, 700)),
            insurance_until=today + timedelta(days=chance.randrange(60, 360)),
            usual_driver_id=usual.person_id if usual else None,
            note="",
        )


def _may_drive(driver: Driver, seats: int) -> bool:
    """Say whether the licence covers a vehicle with `seats`: C1 up to 9, B1 up to 19, A1 any."""
    return seats <= {"C1": 9, "B1": 19}.get(driver.licence, seats)
