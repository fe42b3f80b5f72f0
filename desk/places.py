"""Where something is: building, floor and room read from the words people use for a place.

「1号楼三楼305」, 「A座9层开水间」, 「第三会议室」: buildings go by the names and other names of the register, rooms by their number
or title. What the register does not know is kept as it was said; nobody is asked twice for a place they named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk.models import Building, Room

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

NUMERALS = "零一二三四五六七八九"
_BUILDING_NUMBER = re.compile(r"(\d{1,2})(?=号楼)")
_FLOOR = re.compile(r"(地下|负|[Bb])?([一二三四五六七八九十]{1,3}|\d{1,2})(?:楼|层)(?!号)")
_CELLAR = re.compile(r"地下室|地下车库|[Bb]([1-3])(?!\d|座|区|口)")
_ROOM = re.compile(r"(?<![\dA-Za-z])([A-Za-z]?\d{3,4}[A-Za-z]?)(?![\d度块元人年月])")
# Words that point nowhere without knowing who speaks.
_VAGUE = re.compile(
    r"(?:在|我|我们|咱|咱们|俺|俺们|这|这个|那|那个|单位|的|屋|屋里|屋子|房间|办公室|处里|科里|楼里|里|内|这边|这里|这儿"
    r"|会议室|[男女]?(?:卫生间|洗手间|厕所)|走廊|楼道|过道|开水间|茶水间|水房)+"
)
# What there is one of on every floor: it says where only together with the floor or the building.
_EVERYWHERE = re.compile(
    r"(?:大|小)?会议室|[男女]?(?:卫生间|洗手间|厕所)|走廊|楼道|过道|开水间|茶水间|水房|电梯间|楼梯间|办公室"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place as far as it is known. `floor` is 0 when unknown and negative below ground; `spot` is what is left."""

    building: str = ""
    floor: int = 0
    room: str = ""
    spot: str = ""
    room_id: int | None = None

    @property
    def is_known(self) -> bool:
        """Say whether anything of it was recognised."""
        return bool(self.building or self.floor or self.room)

    def is_same(self, other: Place) -> bool:
        """Say whether both are one spot as far as anybody can tell: what both name agrees, and they share a room or floor."""
        if self.building != other.building or not (self.is_known or self.spot):
            return False
        if self.room and other.room:
            return self.room == other.room
        if self.floor != other.floor:
            return False
        return not (self.spot and other.spot) or self.spot == other.spot

    def is_same_floor(self, other: Place) -> bool:
        """Say whether both are on one floor of one building."""
        return bool(self.floor) and (self.building, self.floor) == (other.building, other.floor)


def is_vague(words: str) -> bool:
    """Say whether a place names nothing anybody else could find (「我们屋」)."""
    return bool(_VAGUE.fullmatch(words.strip()))


def looks_like_place(words: str) -> bool:
    """Say whether words hold a floor, a room number or a usual word for a place."""
    usual = r"楼|座|院|厅|库|室|房|间|走廊|食堂|大门|门口|卫生间|厕|处|区|[东南西北]侧|\d{3}"
    return bool(_FLOOR.search(words) or _ROOM.search(words) or re.search(usual, words))


# A building as people name one, and what stands in for one; 三楼 is a floor.
_HOUSE = re.compile(
    r"(?:(?:净月|南湖|人民大街)?(?:\d{1,2}|[一二三四五六七八九十]{1,3})号楼|[东西南北]配?楼|[主附副]楼|[A-Za-z]座"
    r"|[一-鿿]{2,5}(?<![一二三四五六七八九十])(?:楼|大厦|大院)(?!道|梯|上|下|里|口))"
)
_FILLERS = re.compile(r"(?<=[一-鿿\d])(?:那个|这个)|[嗯呃]")


def _parts(words: str) -> tuple[str, str, str, str]:
    """Take words for a place apart, as written: building, floor, room number, and the rest."""
    house = _HOUSE.search(words)
    rest = words.replace(house[0], "", 1) if house else words
    floor = _FLOOR.search(rest)
    rest = rest.replace(floor[0], "", 1) if floor else rest
    room = _ROOM.search(rest)
    rest = rest.replace(room[0], "", 1) if room else rest
    spot = re.sub(r"^的|的$|^[，,、\s]+|[，,、\s]+$", "", rest)
    return house[0] if house else "", floor[0] if floor else "", room[0] if room else "", spot


def is_only_building(words: str) -> bool:
    """Say whether words name a building and nothing within it."""
    house, *within = _parts(words.strip())
    return bool(house) and not any(within)


def joined(pieces: list[str]) -> str:
    """Return the pieces of one place in the order places are written: 「三楼东侧卫生间」「主楼」 is 主楼三楼东侧卫生间.

    Pieces that name several places (三楼, 五楼) stay beside each other.
    """
    found = [p for p in (_FILLERS.sub("", piece).strip() for piece in pieces) if p]
    if len(found) < 2:
        return "".join(found)
    parts = [_parts(p) for p in found]
    if any(_FLOOR.search(p[3]) for p in parts):
        return "".join(sorted(found, key=lambda f: not _parts(f)[0]))
    if any(len({p[column] for p in parts if p[column]}) > 1 for column in range(3)):
        return "、".join(found)
    first = [next((p[column] for p in parts if p[column]), "") for column in range(3)]
    spots = dict.fromkeys(p[3] for p in parts if p[3])
    return "".join(first) + "".join(s for s in spots if not any(s != o and s in o for o in spots))


def refined(old: str, new: str) -> str:
    """Return the place after `new` was said about `old`: a lone floor, room or building changes only that part of it."""
    house, floor, room, spot = _parts(new)
    before = _parts(old)
    if not house and is_only_building(old):
        return old + new
    kept = _EVERYWHERE.search(before[3])
    said = sum(map(bool, (house, floor, room, spot)))
    if kept and not room and not _EVERYWHERE.search(spot) and (said > 1 or (is_vague(old) and not spot)):
        # 「三楼厕所」, then 「主楼三楼东侧」: still the lavatory.
        return ("" if house else before[0]) + new + kept[0]
    if not old or is_vague(old) or said != 1:
        return new
    if house and any(before[1:]):
        return house + "".join(before[1:])
    if floor and (before[0] or before[3]):
        return before[0] + floor + before[3]
    if room and before[0]:
        return before[0] + room
    if spot and len(spot) >= 2 and not before[3] and any(before):
        return old + spot
    return new


def find_place(session: Session, words: str, *, usual_building: str = "") -> Place:
    """Return the place `words` name. `usual_building` stands in where no building is said but a floor or room is."""
    text = _BUILDING_NUMBER.sub(lambda m: _chinese(int(m[1])), words.strip())
    building, rest = _building(session, text)
    floor, rest = _floor(rest)
    found = _ROOM.search(rest)
    number = found[1].upper() if found else ""
    if found:
        rest = rest[: found.start()] + rest[found.end() :]
        floor = floor or _floor_of(number)
    room = _registered(session, building=building, number=number, title=rest)
    if room is not None:
        number, building, floor = room.number, building or room.building.name, room.floor
        rest = rest.replace(room.title, "") if room.title else rest
    if not building and (floor or number):
        building = usual_building
    spot = re.sub(r"^(?:室|号|房间|屋|的|里|在)+|(?:里|的|那边|这边)+$|[\s，,、]+", "", rest)
    return Place(
        building=building, floor=floor, room=number, spot=spot[:30], room_id=room.id if room else None
    )


def _building(session: Session, text: str) -> tuple[str, str]:
    """Return the building named in `text` (longest name first) and the text without it."""
    known = [
        (word, b.name)
        for b in session.scalars(select(Building).order_by(Building.id))
        for word in (b.name, *b.aliases)
        if word and word in text
    ]
    if not known:
        return "", text
    word, name = max(known, key=lambda pair: len(pair[0]))
    return name, text.replace(word, "", 1)


def _floor(text: str) -> tuple[int, str]:
    found = _FLOOR.search(text)
    if found:
        number = _number(found[2])
        return (-number if found[1] else number), text[: found.start()] + text[found.end() :]
    cellar = _CELLAR.search(text)
    if cellar:
        return -int(cellar[1] or 1), text
    return 0, text


def _registered(session: Session, *, building: str, number: str, title: str) -> Room | None:
    """Return the one room of the register meant by number or title; None when several or none fit."""
    query = select(Room).join(Building, Room.building_id == Building.id).where(Room.active)
    if building:
        query = query.where(Building.name == building)
    if number:
        found = session.scalars(query.where(Room.number == number).limit(2)).all()
    elif len(title) >= 3:
        named = session.scalars(query.where(Room.title != "", Room.title.is_not(None))).all()
        best = max((len(r.title) for r in named if r.title in title and r.title != "会议室"), default=0)
        found = [r for r in named if best and r.title in title and len(r.title) == best]
    else:
        return None
    return found[0] if len(found) == 1 else None


def _floor_of(number: str) -> int:
    digits = re.sub(r"\D", "", number)
    floor = int(digits[:-2] or 0)
    return -floor if number.startswith("B") else floor


def _number(said: str) -> int:
    if said.isdigit():
        return int(said)
    tens, ten, ones = said.rpartition("十")
    if not ten:
        return NUMERALS.find(said[-1])
    return (NUMERALS.find(tens) if tens else 1) * 10 + (NUMERALS.find(ones) if ones else 0)


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not 0 < number < 100:
        return str(number)
    return ("" if not tens else "十" if tens == 1 else f"{NUMERALS[tens]}十") + (
        NUMERALS[ones] if ones else ""
    )
