"""Writing rows into the desk: one book per sort, each finding what is already there by its natural key.

A person is found by name and department, a vehicle by its plate, a building by its name, a room by building and
number. A blank cell leaves what is there as it is. Whatever cannot be written raises `BadCell` with the column.
Everything is looked up once, at the start: an import of thousands of rows holds the write lock only briefly.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from desk import people
from desk.errors import BadInput
from desk.models import Building, Department, Person, Role, RoleGrant, Room, Vehicle
from desk.register.fields import VEHICLE_TYPES

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import date

    from sqlalchemy.orm import Session

Row = dict[str, Any]

LONGEST_NAME = 80  # of a resource
FAR_YEARS = 30  # a document valid longer than this is a slip of the pen


class BadCell(BadInput):
    """A row that cannot be written because of the cell under `key`."""

    def __init__(self, key: str, words: str) -> None:
        super().__init__(words)
        self.key = key


class PeopleBook:
    """People by name and department; listed roles are added, never taken away."""

    def __init__(self, session: Session, today: date) -> None:  # every book is opened alike
        self.session = session
        self.known: defaultdict[str, list[Person]] = defaultdict(list)
        for person in session.scalars(select(Person).order_by(Person.id)):
            self.known[person.name].append(person)
        self.departments = _departments(session)

    def key(self, row: Row) -> Hashable:
        """Two rows with this in common are the same person."""
        home = self.departments.get(row.get("department", ""))
        return row["name"], home.name if home else row.get("department", "")

    def put(self, row: Row) -> bool:
        """Write one person; say whether somebody new was added."""
        home = self._home(row.get("department"))
        try:
            person = people.pick(self.known[row["name"]], home=home)
        except BadInput as error:
            raise BadCell("department", error.words) from error
        fresh = person is None
        if person is None:
            person = Person(name=row["name"], active=True, reachable=True, habits={}, grants=[])
            self.session.add(person)
            self.known[person.name].append(person)
        person.department = person.department or home
        _fill(person, row, "title", "phone", "active")
        self._grant(person, row)
        return fresh

    def _home(self, name: str | None) -> Department | None:
        if name is None:
            return None
        if name not in self.departments:
            self.departments[name] = Department(name=name, short_name="")
            self.session.add(self.departments[name])
        return self.departments[name]

    def _grant(self, person: Person, row: Row) -> None:
        wanted = [(Role.EMPLOYEE, ""), *row.get("roles", [])]
        held = {(g.role, g.kind) for g in person.grants}
        person.grants.extend(
            RoleGrant(role=r, kind=k) for r, k in dict.fromkeys(wanted) if (r, k) not in held
        )
        is_driver = person.has_role(Role.DRIVER)
        if is_driver:
            self.session.flush()
            driver = people.ensure_driver(self.session, person)
            driver.active = person.active
            driver.licence = row.get("licence", driver.licence)
        elif "licence" in row:
            raise BadCell("licence", "只有驾驶员才填准驾车型，请在角色里写上驾驶员。")


class VehicleBook:
    """Vehicles by plate."""

    def __init__(self, session: Session, today: date) -> None:
        self.session = session
        self.latest = today.replace(year=today.year + FAR_YEARS, day=1)
        self.known = {v.name: v for v in session.scalars(select(Vehicle))}
        self.drivers: defaultdict[str, list[Person]] = defaultdict(list)
        for person in people.people_with(session, Role.DRIVER):
            self.drivers[person.name].append(person)
            if person.department:
                self.drivers[f"{person.name}({person.department.name})"].append(person)

    def key(self, row: Row) -> Hashable:
        """Two rows with this in common are the same vehicle."""
        return str(row["plate"])

    def put(self, row: Row) -> bool:
        """Write one vehicle; say whether it is new."""
        vehicle = self.known.get(row["plate"])
        fresh = vehicle is None
        if vehicle is None:
            for key, example in (("type", VEHICLE_TYPES), ("seats", ("5（含驾驶员）",))):
                if key not in row:
                    raise BadCell(key, f"新车辆必须填写，例如 {next(iter(example))}。")
            vehicle = Vehicle(name=row["plate"], active=True, type=row["type"], seats=row["seats"])
            self.session.add(vehicle)
            self.known[vehicle.name] = vehicle
        for key in ("inspection_until", "insurance_until"):
            if key in row and row[key] >= self.latest:
                raise BadCell(key, f"{row[key]} 太远了，请检查年份。")
        _fill(vehicle, row, "type", "seats", "model", "odometer_km", "parked_at")
        _fill(vehicle, row, "inspection_until", "insurance_until", "active", "note")
        if "driver" in row:
            vehicle.usual_driver_id = self._driver(row["driver"]).id
        return fresh

    def _driver(self, said: str) -> Person:
        found = self.drivers.get(re.sub(r"\s*[（(](.*)[）)]$", r"(\1)", said), [])
        if not found:
            raise BadCell("driver", f"没有叫「{said}」的驾驶员，请先导入人员并给他驾驶员角色。")
        if len(found) > 1:
            raise BadCell("driver", f"有 {len(found)} 位驾驶员叫「{said}」，请写成 姓名(单位)。")
        return found[0]


class BuildingBook:
    """Buildings by name; no name or other name may mean two buildings."""

    def __init__(self, session: Session, today: date) -> None:
        self.session = session
        self.known = {b.name: b for b in session.scalars(select(Building))}
        self.names = building_names(self.known.values())

    def key(self, row: Row) -> Hashable:
        """Two rows with this in common are the same building."""
        return str(row["name"])

    def put(self, row: Row) -> bool:
        """Write one building; say whether it is new."""
        building = self.known.get(row["name"])
        fresh = building is None
        for key, word in (("name", row["name"]), *(("aliases", a) for a in row.get("aliases", []))):
            holder = self.names.get(word)
            if holder is not None and holder is not building:
                raise BadCell(key, f"「{word}」已经是{holder.name}的名称或别名。")
        if building is None:
            building = Building(name=row["name"], aliases=[])
            self.session.add(building)
            self.known[building.name] = building
        _fill(building, row, "aliases", "address", "floors")
        self.names |= building_names([building])
        return fresh


class RoomBook:
    """Rooms by building and number."""

    def __init__(self, session: Session, today: date) -> None:
        self.session = session
        self.buildings = building_names(session.scalars(select(Building).order_by(Building.id)).all())
        rooms = session.scalars(select(Room).order_by(Room.id)).all()
        self.known = {(r.building_id, r.number): r for r in rooms}
        self.names = {r.name: r for r in rooms}

    def key(self, row: Row) -> Hashable:
        """Two rows with this in common are the same room, whatever the building is called in them."""
        building = self.buildings.get(row["building"])
        return (building.id if building else row["building"]), row["number"]

    def put(self, row: Row) -> bool:
        """Write one room; say whether it is new."""
        building = self._building(row["building"])
        room = self.known.get((building.id, row["number"]))
        fresh = room is None
        if room is None:
            room = Room(
                building=building, building_id=building.id, number=row["number"], active=True, title=""
            )
            room.floor = row["floor"] if "floor" in row else _floor_of(row["number"])
            room.use = "会议室" if row.get("capacity") or "会" in row.get("title", "") else "办公室"
        elif "floor" in row:
            room.floor = row["floor"]
        if building.floors > 1 and room.floor > building.floors:
            raise BadCell("floor", f"{building.name}只有 {building.floors} 层，这里是 {room.floor} 层。")
        _fill(room, row, "title", "use", "capacity", "area_m2", "equipment", "aliases", "active", "note")
        self._name(room, building)
        if "part_of" in row:
            room.part_of_id = self._whole(building, room, row["part_of"]).id
        self.session.add(room)
        self.known[(building.id, room.number)] = room
        return fresh

    def _building(self, said: str) -> Building:
        found = self.buildings.get(said)
        if found is None:
            near = difflib.get_close_matches(said, self.buildings, n=1)
            hint = f"是不是「{near[0]}」？" if near else "请先导入楼宇。"
            raise BadCell("building", f"没有叫「{said}」的楼，{hint}")
        return found

    def _name(self, room: Room, building: Building) -> None:
        name = designation(building=building.name, number=room.number, title=room.title)
        if len(name) > LONGEST_NAME:
            raise BadCell("title", f"楼名、房号和名称合起来太长，最多 {LONGEST_NAME} 个字。")
        if self.names.get(name, room) is not room:
            raise BadCell("number", f"「{name}」和另一间房重名。")
        self.names.pop(room.name, None)
        room.name = name
        self.names[name] = room

    def _whole(self, building: Building, room: Room, number: str) -> Room:
        whole = self.known.get((building.id, number))
        if whole is None or whole is room or whole.part_of_id is not None:
            raise BadCell("part_of", f"{building.name}没有可拆分的「{number}」，大厅要写在它的分间前面。")
        self.session.flush()
        return whole


def designation(*, building: str, number: str, title: str = "") -> str:
    """Return a room's full designation: 「一号楼305 第一会议室」."""
    return f"{building}{number} {title}".strip()


def building_names(buildings: Any) -> dict[str, Building]:
    """Return buildings by every name they go by."""
    return {word: b for b in buildings for word in (*b.aliases, b.name)}


def _floor_of(number: str) -> int:
    """Tell the floor by the number: 305 is on 3, 1204 on 12, B103 on -1."""
    shape = re.fullmatch(r"([A-Za-z]?)-?(\d{1,2})\d\d[A-Za-z]?", number)
    if not shape or shape[2] == "0":
        raise BadCell("floor", f"从房号「{number}」看不出楼层，请填楼层。")
    return -int(shape[2]) if shape[1] in ("B", "b") else int(shape[2])


def _departments(session: Session) -> dict[str, Department]:
    found = session.scalars(select(Department).order_by(Department.id)).all()
    return {d.short_name: d for d in found if d.short_name} | {d.name: d for d in found}


def _fill(target: Any, row: Row, *keys: str) -> None:
    for key in keys:
        if key in row:
            setattr(target, key, row[key])
