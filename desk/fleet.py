"""The fleet: which car and which driver fit a trip, in the order a good dispatcher would try them.

A car fits when it is in service, free for the whole span, roadworthy on the day (inspection and insurance valid) and has
a seat for everyone including the driver. Smaller fitting cars come first, so that big ones stay free; the wished type
goes before all. A driver fits when free; one who can be reached on the phone's chat goes first, then the car's usual one.
Times are instants, ends exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, func, or_, select
from sqlalchemy.orm import contains_eager, lazyload

from desk.bookings import IS_FREE, resource_of, sharers, span
from desk.instants import to_local
from desk.models import Absence, Driver, Person, Ticket, Vehicle

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session

    from desk.models import Allocation

# Types that stand for one another when somebody names one of them, the closest first.
SIMILAR_TYPES = {
    "轿车": ("轿车", "新能源车", "商务车"),
    "新能源车": ("新能源车", "轿车"),
    "商务车": ("商务车", "面包车", "考斯特"),
    "越野车": ("越野车", "商务车"),
    "面包车": ("面包车", "商务车", "考斯特"),
    "考斯特": ("考斯特", "中型客车", "大客车"),
    "中型客车": ("中型客车", "考斯特", "大客车"),
    "大客车": ("大客车",),
}
# Cars kept for a purpose go out only when that purpose is named.
RESERVED_TYPES = ("机要车", "应急车", "皮卡", "货车")
# Licence classes from the highest down, and the seats each one may drive.
LICENCE_SEATS = {"A1": 99, "A2": 9, "A3": 99, "B1": 19, "B2": 9, "C1": 9, "C2": 9}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One car with one driver for a trip."""

    vehicle: Vehicle
    driver: Driver


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A car already on its way to where somebody else wants to go, with seats left."""

    ticket: Ticket
    vehicle: Vehicle
    seats_left: int


# Asked for every card of a trip, some of them twice, so put together once.
FITTING = select(Vehicle).where(
    Vehicle.active,
    Vehicle.seats >= bindparam("seats"),
    or_(Vehicle.inspection_until.is_(None), Vehicle.inspection_until >= bindparam("day")),
    or_(Vehicle.insurance_until.is_(None), Vehicle.insurance_until >= bindparam("day")),
    IS_FREE,
)
FREE_DRIVERS = (
    select(Driver)
    .join(Driver.person)
    # Only the name and the chat of a driver are of interest here.
    .options(contains_eager(Driver.person).options(lazyload(Person.grants), lazyload(Person.department)))
    .where(
        Driver.active,
        Person.active,
        IS_FREE,
        ~exists().where(
            Absence.person_id == Driver.person_id,
            Absence.starts_at < bindparam("free_until"),
            Absence.ends_at > bindparam("free_from"),
        ),
    )
)


def fitting_vehicles(
    session: Session,
    *,
    starts_at: datetime,
    ends_at: datetime,
    people: int,
    wished_type: str = "",
    besides: Allocation | None = None,
) -> list[Vehicle]:
    """Return the free cars that seat `people` passengers plus the driver, the best fit first."""
    values = span(starts_at=starts_at, ends_at=ends_at, besides=besides)
    values |= {"seats": people + 1, "day": to_local(ends_at).date()}
    cars = [
        car
        for car in session.scalars(FITTING, values)
        if wished_type in RESERVED_TYPES or car.type not in RESERVED_TYPES
    ]
    wish = SIMILAR_TYPES.get(wished_type, (wished_type,) if wished_type else ())

    def order(car: Vehicle) -> tuple[int, int, int, str]:
        rank = wish.index(car.type) if car.type in wish else len(wish)
        return (rank, car.seats, car.odometer_km, car.name)

    return sorted(cars, key=order)


def free_drivers(
    session: Session, *, starts_at: datetime, ends_at: datetime, besides: Allocation | None = None
) -> list[Driver]:
    """Return the drivers free for the span and not away in it, those who can be reached in the chat first."""
    drivers = session.scalars(FREE_DRIVERS, span(starts_at=starts_at, ends_at=ends_at, besides=besides))
    return sorted(drivers, key=lambda d: (not (d.person.chat_id and d.person.reachable), d.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """Who gave a trip back: drivers by their person, cars by their number in the register."""

    drivers: tuple[int, ...] = ()
    cars: tuple[int, ...] = ()


NOBODY = Handed()


def offers(
    session: Session,
    *,
    starts_at: datetime,
    ends_at: datetime,
    people: int,
    wished_type: str = "",
    limit: int = 4,
    besides: Allocation | None = None,
    but: Handed = NOBODY,
) -> list[Offer]:
    """Return car-and-driver pairs, the recommended one first; each driver is offered once while there are enough.

    `but` are the drivers and cars that gave this trip back; they are not offered again.
    """
    cars = fitting_vehicles(
        session,
        starts_at=starts_at,
        ends_at=ends_at,
        people=people,
        wished_type=wished_type,
        besides=besides,
    )
    drivers = free_drivers(session, starts_at=starts_at, ends_at=ends_at, besides=besides)
    found: list[Offer] = []
    taken: set[int] = set()
    drivers = [d for d in drivers if d.person_id not in but.drivers]
    for car in cars:
        if len(found) == limit:
            break
        if car.id in but.cars:
            continue
        driver = _driver_for(car, drivers, taken=taken)
        if driver is not None:
            taken.add(driver.id)
            found.append(Offer(vehicle=car, driver=driver))
    return found


def _driver_for(car: Vehicle, drivers: Sequence[Driver], *, taken: set[int]) -> Driver | None:
    able = [d for d in drivers if may_drive(d, car)]
    reachable = [d for d in able if d.person.chat_id and d.person.reachable]

    def order(driver: Driver) -> tuple[bool, bool, bool, int]:
        unreachable = bool(reachable) and driver not in reachable
        return (driver.id in taken, unreachable, driver.person_id != car.usual_driver_id, driver.id)

    return min(able, key=order, default=None)


def may_drive(driver: Driver, car: Vehicle) -> bool:
    """Say whether a driver's licence covers a car (CAR-11)."""
    return LICENCE_SEATS.get(driver.licence, 9) >= car.seats


def biggest_seats(session: Session) -> int:
    """Return the passenger seats of the biggest car in service (0 without any)."""
    seats = session.scalar(select(func.max(Vehicle.seats)).where(Vehicle.active)) or 0
    return max(seats - 1, 0)


def shared_trips(
    session: Session,
    *,
    starts_at: datetime,
    destination: str,
    people: int,
    within: timedelta,
    besides: Ticket | None = None,
) -> list[Trip]:
    """Return cars already assigned to the same destination that start within `within` and have seats left (CAR-8)."""
    query = select(Ticket).where(
        Ticket.kind == "vehicle",
        Ticket.closed_at.is_(None),
        Ticket.allocation_id.is_not(None),
        Ticket.state == "待出车",
        Ticket.starts_at >= starts_at - within,
        Ticket.starts_at <= starts_at + within,
    )
    found: dict[int, Trip] = {}
    plain = query.options(lazyload(Ticket.requester), lazyload(Ticket.responsible))
    for ticket in session.scalars(plain.order_by(Ticket.id)):
        if besides is not None and ticket.id == besides.id:
            continue
        if not destination or not same_direction(ticket.fields.get("destination", ""), destination):
            continue
        vehicle = resource_of(ticket, sort="vehicle")
        if not isinstance(vehicle, Vehicle) or ticket.allocation is None:
            continue
        aboard = sum(int(t.fields.get("people") or 1) for t in sharers(session, ticket.allocation))
        left = vehicle.seats - 1 - aboard
        if left >= people and ticket.allocation.id not in found:
            found[ticket.allocation.id] = Trip(ticket=ticket, vehicle=vehicle, seats_left=left)
    return list(found.values())


def same_direction(one: str, other: str) -> bool:
    """Say whether two destinations are the same place as people name it (龙嘉 and 龙嘉机场 are)."""
    return bool(one) and bool(other) and (one in other or other in one)


def next_free_start(
    session: Session,
    *,
    starts_at: datetime,
    ends_at: datetime,
    people: int,
    wished_type: str,
    step: timedelta,
    tries: int,
) -> list[datetime]:
    """Return up to two nearby starts, before or after, at which some car and driver are free for the same length."""
    found: list[datetime] = []
    for count in range(1, tries + 1):
        for shift in (step * count, -step * count):
            start, end = starts_at + shift, ends_at + shift
            if offers(session, starts_at=start, ends_at=end, people=people, wished_type=wished_type, limit=1):
                found.append(start)
        if len(found) >= 2:
            break
    return found[:2]


def vehicle_by_id(session: Session, resource_id: int) -> Vehicle | None:
    """Return the car with this resource id."""
    return session.get(Vehicle, resource_id)


def driver_by_id(session: Session, resource_id: int) -> Driver | None:
    """Return the driver with this resource id."""
    return session.get(Driver, resource_id)
