"""The counter of a bureau with rooms: two buildings, small and big rooms, a divisible hall, offices, room service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from desk import people
from desk.models import Building, Department, Person, Role, Room
from nlu.understanding import Request
from tests.handlers.bench_talk import Counter

if TYPE_CHECKING:
    from desk.storage import Database

LIN, CHEN, ZHOU, LI, SUN = 201, 202, 203, 204, 205

ROOMS: tuple[tuple[str, str, str, str, int, int, list[str], str], ...] = (
    # building, number, title, use, capacity, area, equipment, part of
    ("主楼", "305", "第二会议室", "会议室", 30, 70, ["投影", "话筒", "音响"], ""),
    ("主楼", "306", "小会议室", "会议室", 12, 32, ["投影", "白板"], ""),
    ("主楼", "402", "视频会议室", "会议室", 24, 60, ["大屏", "视频会议", "话筒", "音响"], ""),
    ("一号楼", "203", "小会议室", "会议室", 14, 35, ["投影"], ""),
    ("一号楼", "305", "第三会议室", "会议室", 40, 86, ["投影", "话筒"], ""),
    ("一号楼", "101", "多功能厅", "会议室", 200, 360, ["投影", "大屏", "无线话筒"], ""),
    ("一号楼", "101A", "多功能厅A", "会议室", 100, 180, ["投影"], "101"),
    ("一号楼", "101B", "多功能厅B", "会议室", 100, 180, ["投影"], "101"),
    ("主楼", "408", "", "办公室", 0, 12, [], ""),
    ("主楼", "410", "", "办公室", 0, 9, [], ""),
    ("一号楼", "408", "", "办公室", 0, 24, [], ""),
)


def bureau_with_rooms(database: Database, *, approver: bool = True) -> Counter:
    """林 and 陈 ask, 周 approves for their department, 李 and 孙 are room service."""
    counter = Counter(database=database)
    with database.writing() as session:
        office, finance = Department(name="综合处"), Department(name="财务处")
        session.add_all([office, finance])
        session.flush()
        staff = (
            (LIN, "林晓梅", office, ()),
            (CHEN, "陈立新", finance, ()),
            (ZHOU, "周处", office, (Role.APPROVER,) if approver else ()),
            (LI, "李静怡", None, (Role.DISPATCHER,)),
            (SUN, "孙会服", None, (Role.DISPATCHER,)),
        )
        for account, name, home, roles in staff:
            person = Person(
                name=name,
                department=home,
                phone=f"1390000{account:04d}",
                telegram_id=account,
                chat_id=account,
                grants=[],
                habits={},
                active=True,
                reachable=True,
            )
            session.add(person)
            session.flush()
            people.grant(session, person, role=Role.EMPLOYEE)
            for role in roles:
                people.grant(session, person, role=role, kind="room")
        houses = {
            "主楼": Building(name="主楼", aliases=["省政府主楼"], address="省政府大院", floors=8),
            "一号楼": Building(name="一号楼", aliases=["1号楼"], address="省政府大院", floors=6),
        }
        session.add_all(houses.values())
        session.flush()
        whole: dict[str, int] = {}
        for house, number, title, use, capacity, area, equipment, part in ROOMS:
            room = Room(
                name=f"{house}{number} {title}".strip(),
                building=houses[house],
                floor=int(number[0]),
                number=number,
                title=title,
                use=use,
                capacity=capacity,
                area_m2=float(area),
                equipment=list(equipment),
                aliases=[],
                part_of_id=whole.get(part),
                active=True,
            )
            session.add(room)
            session.flush()
            whole.setdefault(number, room.id)
    return counter


def room(**slots: Any) -> Request:
    """A request for a room."""
    hints = {"start_precision": "datetime", **slots.pop("hints", {})}
    return Request(intent="book_room", kind="room", slots=slots, hints=hints)


def text_of(replies: list[dict[str, Any]]) -> str:
    """All texts of some replies."""
    return "\n".join(str(r.get("text", "")) for r in replies)


def labels_of(replies: list[dict[str, Any]]) -> list[str]:
    """The labels of all buttons of some replies."""
    return [b["label"] for r in replies for line in r.get("buttons", []) for b in line]


def card_of(replies: list[dict[str, Any]]) -> str:
    """The text of the newest card that still bears buttons."""
    return next(str(r["text"]) for r in reversed(replies) if r.get("buttons"))
