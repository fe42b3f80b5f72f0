"""Known names: the vocabulary's words and the desk's own register of places, rooms, buildings, vehicle types, departments.

It does two things. `find` marks known names in a sentence, longest first, so that a place on the register is found even when
the trained tagger has never seen it. `canonical` turns what somebody wrote into the one word the desk uses for it: 柯斯达
is 考斯特, 「1号楼」 is 一号楼, a homophone is the word it sounds like. The register comes in as plain values; nothing here knows the desk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from nlu import words
from nlu.homophones import sounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PLACE, ROOM, BUILDING, VEHICLE, DEPARTMENT = "place", "room_name", "building", "vehicle_type", "department"
ENTITY_WORDS = {"origin": PLACE, "destination": PLACE, "visitor_org": PLACE, "location": ROOM}
"""Entities whose words are kept under another list's name."""

_SIMILAR_ENOUGH = 88.0
_COMPOSED = frozenset({"meals", "lodging"})
"""Lists whose words stand inside longer phrases."""
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_ORDINAL = re.compile(r"[\dA-Za-z一二三四五六七八九十东西南北上下前后左右大中小]")
_BUILDING_NUMBER = re.compile(r"(\d{1,2})(?=号楼)")
_HASH = re.compile(r"(?<=\d)\s?#(?=楼)")
_FLOOR = re.compile(r"(?<![\dA-Za-z号第])(\d{1,2})(?=[楼层](?!号))")
_NUMERALS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Hit:
    """A known name in a text: `text[start:end]` means `canonical`, a word of `list_name`."""

    list_name: str
    canonical: str
    start: int
    end: int


def chinese_number(number: int) -> str:
    """1–99 in characters, as buildings and floors are written."""
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else _NUMERALS[tens] + "十") + (
        _NUMERALS[ones] if ones else ""
    )


def even_numbers(text: str) -> str:
    """1号楼 → 一号楼, 3层 → 三楼: as signs in the buildings write it."""
    text = _HASH.sub("号", text)
    text = _BUILDING_NUMBER.sub(lambda found: chinese_number(int(found[1])), text)
    text = _FLOOR.sub(lambda found: chinese_number(int(found[1])), text)
    return re.sub(r"(?<=[一二三四五六七八九十])层", "楼", text)


class Gazetteer:
    """The names of one desk.

    Args:
        places, rooms, buildings, vehicle_types, departments: the register, as written there; all optional.
        vocabulary: list name → {word as said: canonical}, the project's own if not given.
    """

    def __init__(
        self,
        *,
        places: Iterable[str] = (),
        rooms: Iterable[str] = (),
        buildings: Iterable[str] = (),
        vehicle_types: Iterable[str] = (),
        departments: Iterable[str] = (),
        vocabulary: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._lists: dict[str, dict[str, str]] = {
            name: dict(spoken)
            for name, spoken in (words.words() if vocabulary is None else vocabulary).items()
        }
        register = {
            PLACE: places,
            ROOM: rooms,
            BUILDING: buildings,
            VEHICLE: vehicle_types,
            DEPARTMENT: departments,
        }
        self._register: dict[str, dict[str, str]] = {}
        for name, names in register.items():
            own = {even_numbers(word): word for word in names if word}
            self._register[name] = own
            # The register wins over the vocabulary: the desk knows what its things are called.
            self._lists.setdefault(name, {}).update({word: word for word in own.values()} | own)
        self._by_sound = {
            name: {sounds(word): canonical for word, canonical in spoken.items() if _CHINESE.fullmatch(word)}
            for name, spoken in self._lists.items()
        }
        self._finder: dict[str, list[tuple[str, str]]] = {}
        for name, spoken in self._lists.items():
            for word, canonical in spoken.items():
                self._finder.setdefault(word.lower(), []).append((name, canonical))
        self._longest = max(map(len, self._finder), default=0)

    def find(self, text: str, *, lists: Iterable[str] | None = None) -> list[Hit]:
        """Known names in the text, longest first at each place, in order; one word may stand in several lists.

        Args:
            lists: only names of these lists (`place`, `room_name`, `equipment`…).
        """
        wanted = None if lists is None else frozenset(lists)
        lowered = text.lower()
        hits: list[Hit] = []
        at = 0
        while at < len(lowered):
            length = 1
            for size in range(min(self._longest, len(lowered) - at), 0, -1):
                known = [
                    item
                    for item in self._finder.get(lowered[at : at + size], ())
                    if wanted is None or item[0] in wanted
                ]
                if known and not _cuts_latin(lowered, at, at + size):
                    hits += [Hit(name, canonical, at, at + size) for name, canonical in known]
                    length = size
                    break
            at += length
        return hits

    def knows(self, entity: str, value: str) -> bool:
        """Whether the value is a known word for that entity."""
        return value in self._lists.get(ENTITY_WORDS.get(entity, entity), {})

    def canonical(self, entity: str, value: str) -> str:
        """The desk's word for what somebody wrote as that entity; the value itself if it is not known."""
        name = ENTITY_WORDS.get(entity, entity)
        spoken = self._lists.get(name, {})
        for form in (value, even_numbers(value), value.upper()):
            if form in spoken:
                return spoken[form]
        if len(value) > 1 and _CHINESE.fullmatch(value):
            heard = self._by_sound.get(name, {}).get(sounds(value))
            if heard is not None:
                return heard
        if name in _COMPOSED:
            return self._composed(name, value)
        return self._similar(name, value) or (even_numbers(value) if name in {ROOM, BUILDING} else value)

    def _composed(self, name: str, value: str) -> str:
        """「住一晚标间」 → 住一晚标准间: what is said around a known word is kept."""
        for hit in reversed(self.find(value, lists=[name])):
            value = value[: hit.start] + hit.canonical + value[hit.end :]
        return value

    def _similar(self, name: str, value: str) -> str | None:
        """A register name with one slip in it; never one that differs in a number or a direction."""
        register = self._register.get(name, {})
        if len(value) < 4 or not register:
            return None
        found = process.extractOne(
            even_numbers(value), register.keys(), scorer=fuzz.ratio, score_cutoff=_SIMILAR_ENOUGH
        )
        if found is None or _ORDINAL.findall(found[0]) != _ORDINAL.findall(even_numbers(value)):
            return None
        return register[found[0]]


def _cuts_latin(text: str, start: int, end: int) -> bool:
    """Whether the stretch begins or ends inside a run of Latin letters or digits (T1 in T12)."""
    left = start > 0 and _latin(text[start]) and _latin(text[start - 1])
    right = end < len(text) and _latin(text[end - 1]) and _latin(text[end])
    return left or right


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
