"""Meeting rooms: which room somebody means, which ones fit and are free, who holds them, who waits for them.

A room fits when it seats everybody, has what is asked for and is free for the meeting with the time to set up before it
and to clear up after it. Divisible rooms: setting the whole aside sets its parts aside too, so the database's own
constraint keeps a part and its whole apart; a part needs only itself. Times are instants, ends exclusive; nothing
here is worded for people.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk.bookings import IS_ACTIVE, is_free
from desk.instants import to_local
from desk.models import Booking, Building, Resource, Room, Ticket

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from desk.models import Allocation

KIND = "room"
# Uses of rooms that can be booked for a meeting by the hour.
MEETING_USES = (
    "会议室", "大会议室", "小会议室", "视频会议室", "多功能厅", "报告厅", "礼堂", "接待室", "洽谈室", "会见厅",
    "会见室", "会客室", "贵宾室", "贵宾厅", "培训室", "活动室", "党员活动室", "圆桌会议室",
)  # fmt: skip
OFFICE_USES = ("办公室", "办公用房")
WAITING = "候补"
# What stands in for what: a wish on the left is met by any on the right.
STANDS_IN = {
    "话筒": ("话筒", "无线话筒", "鹅颈话筒", "领夹麦"),
    "无线话筒": ("无线话筒",),
    "投影": ("投影", "大屏"),
    "音响": ("音响",),
}
# What is built in and cannot be carried into a room.
BUILT_IN = (
    "投影",
    "大屏",
    "视频会议",
    "话筒",
    "无线话筒",
    "音响",
    "同传",
    "录像",
    "网络直播",
    "主席台",
    "发言席",
)
# A meeting that needs one of these cannot do without it.
ESSENTIAL = ("视频会议", "同传")
# Rooms kept for a purpose go to an ordinary meeting only when nothing else fits.
KEPT_FOR = ("贵宾", "接待", "会见", "会客", "洽谈", "活动室", "培训室")
SIZES = {"小会议室": (1, 20), "中会议室": (20, 60), "大会议室": (60, 10_000)}
COUNTED = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a meeting needs of a room. `floor`, `buildings`, `number` and `title` come from the words (`read_wish`)."""

    people: int = 0
    equipment: tuple[str, ...] = ()
    buildings: tuple[int, ...] = ()
    floor: int | None = None
    number: str = ""
    title: str = ""
    usual: int | None = None  # the room this person used last
    like: int = 0  # seats to go by where no head count is known: those of the room that cannot be had
    secret: bool = False
    over: int = 0  # more seats than this
    under: int = 0  # fewer seats than this
    but: tuple[int, ...] = ()  # rooms that were turned down

    @property
    def is_picky(self) -> bool:
        """Say whether a room that was shown would not do."""
        return bool(self.over or self.under or self.but)

    def admits(self, room: Room) -> bool:
        """Say whether a room is bigger or smaller than the one that would not do, and not that one."""
        return (
            room.capacity > self.over
            and (not self.under or room.capacity < self.under)
            and room.id not in self.but
        )

    @property
    def names_a_room(self) -> bool:
        """Say whether a certain room, or one of a certain name, is meant."""
        return bool(self.number or self.title)

    @property
    def title_is_a_size(self) -> bool:
        """Say whether the name only says how big (小会议室)."""
        return self.title in SIZES


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A room for a meeting, and how it fits: built-in equipment it lacks, and whether it is what was named."""

    room: Room
    lacks: tuple[str, ...]
    named: bool
    on_floor: bool
    in_building: bool
    usual: bool


# ── which room somebody means ───────────────────────────────────────────────────────────────────────


def plain(text: str) -> str:
    """Return a place name as it is compared: no blanks, capitals, 1号楼 as 一号楼, 层 as 楼."""
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()
    folded = re.sub(r"(\d{1,2})(?=号楼)", lambda m: chinese(int(m[1])), folded)
    folded = re.sub(r"(?<![\d号])(\d{1,2})(?=[楼层](?!号))", lambda m: chinese(int(m[1])), folded)
    return re.sub(r"(?<=[一二三四五六七八九十])层", "楼", folded)


def chinese(number: int) -> str:
    """Return 1–99 in characters, as signs in the buildings write it."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else COUNTED[tens] + "十"
    return (head + (COUNTED[ones] if ones else "")) or "零"


def _counted(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    digit = {"": 0, **{c: i for i, c in enumerate(COUNTED)}}
    return digit.get(ones, 0) + ((digit.get(tens, 0) or 1) * 10 if ten else 0)


NUMBER = re.compile(r"(?<![\dA-Z])([A-D]?\d{3,4}[A-D]?)(?![\d人点元])")
FLOOR = re.compile(r"(负|地下)?第?([一二三四五六七八九十]{1,3})楼")
# Words around a room's name that name nothing.
EMPTY = re.compile(
    r"(的|那个|那间|那屋|这个|随便|任意|一间|一个|整个|号?会议室|会场|房间|屋子?|室|号|间|房|厅)+"
)


def read_wish(session: Session, text: str) -> Needs:
    """Return what the words say of the place: buildings by name or alias, floor, number, title of the room."""
    rest = plain(text)
    buildings, rest = _buildings_in(session, rest)
    number = NUMBER.search(rest)
    if number:
        rest = rest.replace(number[0], "", 1)
    floor = FLOOR.search(rest)
    if floor:
        rest = rest.replace(floor[0], "", 1)
    title = re.sub(r"^(的|那个|那间|这个)+|(那个|那间|那屋|吧|呗)+$", "", rest.strip("、,，。-—·的"))
    return Needs(
        buildings=buildings,
        number=number[1] if number else "",
        floor=(-1 if floor[1] else 1) * _counted(floor[2]) if floor else None,
        title="" if EMPTY.fullmatch(title) else title,
    )


def is_called(room: Room, words: str) -> bool:
    """Say whether `words` are how people call this very room: any part of its name, with or without the number."""
    said = plain(words)
    return said in plain(room.name) or said in plain(f"{room.building.name}{room.title}")


def _buildings_in(session: Session, text: str) -> tuple[tuple[int, ...], str]:
    """Return the buildings named in `text`, longest names first, and the text without them."""
    known = session.scalars(select(Building).order_by(Building.id)).all()
    names: dict[str, list[int]] = {}
    for building in known:
        for name in (building.name, *building.aliases):
            names.setdefault(plain(name), []).append(building.id)
    for building in known:
        # A compound named alone (净月) means any of its buildings.
        compound = re.sub(r"(院区|大院)$", "", plain(building.address))
        if len(compound) >= 2 and compound not in names and compound != plain(building.address):
            names.setdefault(compound, []).append(building.id)
    found: list[int] = []
    for name in sorted(names, key=len, reverse=True):
        if name and name in text:
            found += names[name]
            text = text.replace(name, "")
    return tuple(dict.fromkeys(found)), text


def _is_named(room: Room, needs: Needs) -> bool:
    if not _is_there(room, needs):
        return False
    if needs.number:
        return room.number.upper() == needs.number
    title, own = needs.title, plain(room.title)
    if own == title or title in (plain(a) for a in room.aliases):
        return True
    low, high = SIZES.get(title, (0, 0))
    if high:
        return low <= room.capacity <= high and room.use in MEETING_USES
    return len(own) >= 2 and own != "会议室" and (title in own or own in title)


def _is_there(room: Room, needs: Needs) -> bool:
    if needs.buildings and room.building_id not in needs.buildings:
        return False
    return needs.floor is None or room.floor == needs.floor


# ── which rooms fit and are free ────────────────────────────────────────────────────────────────────


def meeting_rooms(session: Session) -> Sequence[Room]:
    """Return every meeting room in service."""
    query = (
        select(Room)
        .where(Room.active, Room.use.in_(MEETING_USES))
        .order_by(Room.building_id, Room.number, Room.id)
    )
    return session.scalars(query).all()


def named_rooms(session: Session, needs: Needs) -> list[Room]:
    """Return the rooms in service the words name, whatever their use and whether or not they are free."""
    if not needs.names_a_room:
        return []
    rooms = session.scalars(select(Room).where(Room.active).order_by(Room.building_id, Room.number, Room.id))
    return [room for room in rooms if _is_named(room, needs)]


def biggest_capacity(session: Session) -> int:
    """Return the seats of the biggest meeting room (0 without any)."""
    return max((r.capacity for r in meeting_rooms(session)), default=0)


def blocks(session: Session, room: Room) -> tuple[Room, ...]:
    """Return what must be set aside for a meeting in `room`: itself, and its parts if it is divisible."""
    parts = session.scalars(select(Room).where(Room.part_of_id == room.id).order_by(Room.id)).all()
    return (room, *parts)


def free_rooms(
    session: Session, *, starts_at: datetime, ends_at: datetime, besides: Allocation | None = None
) -> list[Room]:
    """Return the meeting rooms that are free for the span with all their parts."""
    rooms = meeting_rooms(session)
    free = set(
        session.scalars(
            select(Resource.id).where(
                Resource.id.in_([r.id for r in rooms]),
                is_free(starts_at=starts_at, ends_at=ends_at, besides=besides),
            )
        )
    )
    taken_wholes = {r.part_of_id for r in rooms if r.id not in free}
    return [r for r in rooms if r.id in free and r.id not in taken_wholes]


def offers(
    session: Session,
    needs: Needs,
    *,
    starts_at: datetime,
    ends_at: datetime,
    besides: Allocation | None = None,
    limit: int = 4,
) -> list[Offer]:
    """Return the free rooms that fit, the best first. `starts_at` and `ends_at` include setting up and clearing up."""
    found = [
        _offer(room, needs)
        for room in free_rooms(session, starts_at=starts_at, ends_at=ends_at, besides=besides)
        if _fits(room, needs)
    ]
    ranked = sorted(found, key=lambda o: _rank(o, needs))
    return ranked[:limit]


def _fits(room: Room, needs: Needs) -> bool:
    # A room without a known capacity is offered only to who names it.
    seats = room.capacity >= needs.people if room.capacity else needs.names_a_room and _is_named(room, needs)
    if needs.is_picky and not needs.admits(room):
        return False
    return bool(seats) and not (needs.secret and "视频会议" in room.equipment)


def _offer(room: Room, needs: Needs) -> Offer:
    wanted = [e for e in needs.equipment if e in BUILT_IN]
    return Offer(
        room=room,
        lacks=tuple(e for e in wanted if not set(STANDS_IN.get(e, (e,))) & set(room.equipment)),
        named=needs.names_a_room and _is_named(room, needs),
        on_floor=needs.floor is not None and _is_there(room, needs),
        in_building=bool(needs.buildings) and room.building_id in needs.buildings,
        usual=room.id == needs.usual,
    )


def _rank(offer: Offer, needs: Needs) -> tuple[object, ...]:
    room = offer.room
    people = needs.people or needs.like or 12
    # Rooms of about the right size are alike; far too big ones are kept for those who need them.
    waste = abs(room.capacity - people) if not needs.people else max(room.capacity - people, 0)
    size = 0 if waste <= max(people * 0.5, 8) else 1 + int(waste // max(people, 10))
    is_hall = room.capacity >= 60 and room.capacity > people * 2
    kept = any(word in room.title for word in KEPT_FOR)
    # In the very building that was asked for, a room too big is better than a fitting one elsewhere.
    misfit = (size > 3 and not offer.in_building) or is_hall or kept or room.capacity < needs.like * 0.7
    no_need_of_video = "视频会议" in room.equipment and "视频会议" not in needs.equipment
    return (
        not offer.named,
        any(e in ESSENTIAL for e in offer.lacks),
        misfit,
        bool(needs.buildings) and not offer.in_building,
        needs.floor is not None and not offer.on_floor,
        len(offer.lacks),
        size,
        not offer.usual,
        room.part_of_id is not None,
        no_need_of_video,
        room.building_id,
        waste,
        room.number,
    )


def near_starts(
    session: Session,
    needs: Needs,
    *,
    starts_at: datetime,
    ends_at: datetime,
    earliest: datetime,
    room: Room | None = None,
    besides: Allocation | None = None,
    step: timedelta = timedelta(minutes=30),
    tries: int = 16,
) -> list[datetime]:
    """Return up to two starts on the same local day (7:30–18:30), closest first, at which `room` (or any that fits) is free."""
    found: list[datetime] = []
    day = to_local(starts_at).date()
    for start in _around(starts_at, step=step, tries=tries):
        local, end = to_local(start), to_local(start + (ends_at - starts_at))
        late = end.date() != day or end.hour * 60 + end.minute > 18 * 60 + 30
        if start < earliest or local.date() != day or local.hour * 60 + local.minute < 7 * 60 + 30 or late:
            continue
        free = offers(
            session,
            needs,
            starts_at=start,
            ends_at=start + (ends_at - starts_at),
            besides=besides,
            limit=1000 if room else 1,
        )
        if any(room is None or o.room.id == room.id for o in free):
            found.append(start)
        if len(found) == 2:
            break
    return found


def _around(start: datetime, *, step: timedelta, tries: int) -> Iterator[datetime]:
    for count in range(1, tries + 1):
        yield start + step * count
        yield start - step * count


# ── who holds a room, who waits ─────────────────────────────────────────────────────────────────────


def holders(
    session: Session, rooms: Iterable[Room], *, starts_at: datetime, ends_at: datetime
) -> list[Ticket]:
    """Return the open tickets that hold any of `rooms` (or a part, or the whole of it) within the span, earliest first."""
    ids = {b.id for room in rooms for b in blocks(session, room)}
    query = (
        select(Ticket)
        .join(Booking, Booking.allocation_id == Ticket.allocation_id)
        .where(
            Booking.resource_id.in_(ids),
            IS_ACTIVE,
            Booking.starts_at < ends_at,
            Booking.ends_at > starts_at,
            Ticket.closed_at.is_(None),
        )
        .order_by(Booking.starts_at, Ticket.id)
    )
    return list(dict.fromkeys(session.scalars(query).all()))


def waiting(session: Session, *, now: datetime) -> list[Ticket]:
    """Return the tickets on the waiting list that were offered nothing yet and are not over, who came first first."""
    query = select(Ticket).where(
        Ticket.kind == KIND,
        Ticket.state == WAITING,
        Ticket.closed_at.is_(None),
        Ticket.allocation_id.is_(None),
        Ticket.ends_at > now,
    )
    return list(session.scalars(query.order_by(Ticket.id)))


def no_show_at(ticket: Ticket, *, grace: timedelta) -> datetime | None:
    """Return the instant from which a booked meeting nobody checked into is a no-show; None while it holds no room.

    Somebody who books for this very moment has the same time to get there.
    """
    if ticket.allocation_id is None or ticket.starts_at is None:
        return None
    return max(ticket.starts_at, ticket.created_at) + grace


# ── rows of meetings ────────────────────────────────────────────────────────────────────────────────


def series(session: Session, ticket: Ticket) -> list[Ticket]:
    """Return the open tickets of the row of meetings `ticket` is one of, by time; only itself if it is alone."""
    head = ticket.fields.get("series")
    if not head:
        return [ticket]
    query = select(Ticket).where(
        (Ticket.id == head) | (Ticket.parent_id == head), Ticket.kind == KIND, Ticket.closed_at.is_(None)
    )
    return list(session.scalars(query.order_by(Ticket.starts_at)))
