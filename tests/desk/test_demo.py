"""The demo bureau is as large as promised, consistent in itself, and the same every time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from desk import demo, people
from desk.models import Building, Department, Driver, Person, Role, Room, Vehicle
from desk.register import VEHICLE_TYPES, register_values
from desk.register.fields import PLATE
from desk.storage import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('demo') / 'desk.db'}")
    database.migrate()
    began = time.process_time()
    with database.writing() as session:
        demo.seed(session, now=NOW)
    assert time.process_time() - began < 3
    yield database
    database.close()


@pytest.fixture
def session(desk: Database) -> Iterator[Session]:
    with desk.reading() as opened:
        yield opened


def test_has_70_departments_44_buildings_hundreds_of_rooms_and_forty_vehicles(session: Session) -> None:
    assert len(session.scalars(select(Department)).all()) == 70
    assert len(session.scalars(select(Building)).all()) == 44
    assert 300 <= len(session.scalars(select(Room)).all()) <= 900
    assert len(session.scalars(select(Vehicle)).all()) == 40
    assert len(session.scalars(select(Driver)).all()) == 30


def test_names_phones_and_plates_are_each_somebodys_own(session: Session) -> None:
    everybody = session.scalars(select(Person)).all()
    assert len({p.name for p in everybody}) == len({p.phone for p in everybody}) == len(everybody) > 400
    assert all(p.phone.startswith("1380000") and len(p.phone) == 11 for p in everybody)
    for plate in session.scalars(select(Vehicle.name)):
        assert PLATE.fullmatch(plate.replace("·", ""))


def test_no_building_is_called_by_the_name_of_another(session: Session) -> None:
    words = [w for b in register_values(session).buildings for w in (b.name, *b.aliases)]
    assert len(words) == len(set(words))


def test_short_names_of_departments_are_unique_too(session: Session) -> None:
    words = [w for d in session.scalars(select(Department)) for w in (d.name, d.short_name)]
    assert len(words) == len(set(words))


def test_every_department_has_an_approver_and_every_kind_a_dispatcher_with_a_phone(session: Session) -> None:
    led = {p.department_id for p in people.people_with(session, Role.APPROVER)}
    assert len(led) == 70
    for kind in ("vehicle", "room", "repair", "reception"):
        assert people.is_reachable(people.dispatchers(session, kind)[0])


def test_every_trade_has_a_technician(session: Session) -> None:
    titles = {p.title for p in people.people_with(session, Role.TECHNICIAN)}
    assert titles == {"电工", "水工", "空调工", "木工", "网络运维"}


def test_vehicles_may_be_driven_today_and_their_types_are_the_houses_words(session: Session) -> None:
    for car in session.scalars(select(Vehicle)):
        assert car.type in VEHICLE_TYPES
        assert car.inspection_until is not None
        assert car.inspection_until > NOW.date()
        assert car.insurance_until is not None
        assert car.insurance_until > NOW.date()
    wanted = {"轿车", "商务车", "越野车", "考斯特", "大客车", "新能源车", "机要车", "应急车"}
    assert wanted <= set(register_values(session).vehicle_types)


def test_usual_drivers_are_drivers_licensed_for_their_vehicle(session: Session) -> None:
    licences = {d.person_id: d.licence for d in session.scalars(select(Driver))}
    assigned = [v for v in session.scalars(select(Vehicle)) if v.usual_driver_id]
    assert len(assigned) >= 20
    for car in assigned:
        assert car.usual_driver_id in licences
        if car.seats > 20:
            assert licences[car.usual_driver_id] == "A1"
        elif car.seats > 9:
            assert licences[car.usual_driver_id] in ("A1", "B1")


def test_divisible_halls_have_parts_that_fit_into_them(session: Session) -> None:
    rooms = {r.id: r for r in session.scalars(select(Room))}
    parts = [r for r in rooms.values() if r.part_of_id]
    assert len(parts) == 6
    for part in parts:
        whole = rooms[part.part_of_id or 0]
        assert whole.building_id == part.building_id
        assert sum(p.capacity for p in parts if p.part_of_id == whole.id) <= whole.capacity


def test_rooms_are_on_floors_their_building_has_and_have_their_own_number(session: Session) -> None:
    rooms = session.scalars(select(Room)).all()
    assert all(1 <= r.floor <= r.building.floors for r in rooms)
    assert len({(r.building_id, r.number) for r in rooms}) == len(rooms)


def test_people_with_phones_are_bound_and_hold_the_role_on_their_label(session: Session) -> None:
    phones = demo.demo_phones()
    assert [p.telegram_id for p in phones] == list(range(1001, 1013))
    for phone in phones:
        person = people.person_of(session, phone.telegram_id)
        assert person is not None
        assert person.name == phone.name
        assert person.chat_id == phone.chat_id
        assert person.has_role(phone.role, kind=phone.kind or None)
        assert person.has_role(Role.EMPLOYEE)


def test_employees_with_phones_have_an_approver_with_a_phone_in_their_department(session: Session) -> None:
    approvers = {p.department_id for p in people.people_with(session, Role.APPROVER) if p.telegram_id}
    for phone in demo.demo_phones():
        if phone.role is Role.EMPLOYEE:
            person = people.person_of(session, phone.telegram_id)
            assert person is not None
            assert person.department_id in approvers


def test_the_same_bureau_comes_out_every_time(session: Session, tmp_path: Path) -> None:
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    other.migrate()
    with other.writing() as second:
        demo.seed(second, now=NOW + timedelta(days=400))
        assert register_values(second) == register_values(session)
    other.close()


def test_refuses_to_mix_the_demo_with_real_people(desk: Database) -> None:
    with desk.reading() as session, pytest.raises(ValueError, match="empty"):
        demo.seed(session, now=NOW)
