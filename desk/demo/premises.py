"""The demo bureau's buildings and rooms: the halls written out in `bureau.yml`, and ordinary rooms on every floor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from desk.models import Building, Room
from desk.register.books import designation

if TYPE_CHECKING:
    from random import Random

    from sqlalchemy.orm import Session

OFFICE_AREAS = (9.0, 12.0, 18.0, 24.0, 36.0)  # square metres
SMALL_ROOM_EQUIPMENT: tuple[list[str], ...] = (
    ["投影"],
    ["投影", "话筒"],
    ["投影", "白板"],
    ["大屏", "视频会议", "话筒"],
    [],
)
# Buildings where nobody has an office.
WITHOUT_OFFICES = {"礼堂楼", "净月食堂", "人民大街会议中心", "净月会议中心", "车队楼"}


def add_buildings(session: Session, data: dict[str, Any]) -> dict[str, Building]:
    """Add every building; return them by name."""
    found = {
        name: Building(name=name, address=compound, floors=floors, aliases=list(aliases))
        for compound, houses in data["compounds"].items()
        for name, (floors, *aliases) in houses.items()
    }
    session.add_all(found.values())
    session.flush()
    return found


def add_rooms(session: Session, data: dict[str, Any], buildings: dict[str, Building], chance: Random) -> int:
    """Add the named halls and, on every floor, offices and here and there a meeting room; return how many."""
    taken = _add_halls(session, data, buildings)
    for building in buildings.values():
        if building.name in WITHOUT_OFFICES:
            continue
        for floor in range(1, building.floors + 1):
            if floor % 2 and (building.name, f"{floor}05") not in taken:
                session.add(_meeting_room(building, floor, chance))
                taken.add((building.name, f"{floor}05"))
            for door in (8, 10):
                number = f"{floor}{door:02d}"
                if (building.name, number) not in taken:
                    session.add(_room(building, number, use="办公室", area_m2=chance.choice(OFFICE_AREAS)))
                    taken.add((building.name, number))
    session.flush()
    return len(taken)


def _add_halls(
    session: Session, data: dict[str, Any], buildings: dict[str, Building]
) -> set[tuple[str, str]]:
    taken = set()
    whole: Room | None = None
    for house, number, title, capacity, area, *equipment in data["halls"]:
        is_part = title.startswith("/")
        room = _room(
            buildings[house],
            number,
            title=title.lstrip("/"),
            capacity=capacity,
            area_m2=float(area),
            equipment=list(equipment),
            use="餐厅" if "餐厅" in title else "会议室",
        )
        session.add(room)
        if is_part and whole is not None:
            room.part_of_id = whole.id
        else:
            session.flush()
            whole = room
        taken.add((house, number))
    return taken


def _meeting_room(building: Building, floor: int, chance: Random) -> Room:
    capacity = chance.choice((10, 12, 16, 20, 24, 30, 40))
    return _room(
        building,
        f"{floor}05",
        title="会议室",
        capacity=capacity,
        area_m2=capacity * 2.2,
        equipment=list(chance.choice(SMALL_ROOM_EQUIPMENT)),
        use="会议室",
    )


def _room(building: Building, number: str, *, title: str = "", **more: Any) -> Room:
    name = designation(building=building.name, number=number, title=title)
    # Halls carry a letter behind the number (101A); the floor is what stands before the last two digits.
    floor = int(number.rstrip("AB")[:-2])
    more.setdefault("equipment", [])
    return Room(
        name=name,
        building=building,
        number=number,
        floor=floor,
        title=title,
        active=True,
        aliases=[],
        note="",
        **more,
    )
