"""The register: what the bureau has (情况明、底数清), brought in from the spreadsheets it keeps already.

`import_file` reads people, vehicles, rooms, buildings or duty rosters from CSV or XLSX. Either every row is good and all are
written, or nothing is and every bad row is named by its line. `register_values` hands the names on to
understanding as plain values.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from desk.errors import BadInput
from desk.instants import to_local
from desk.register.books import BadCell, BuildingBook, PeopleBook, RoomBook, Row, VehicleBook
from desk.register.columns import BUILDINGS, DUTY, PEOPLE, ROOMS, VEHICLES, Column, heading, matched
from desk.register.duty import DutyBook
from desk.register.fields import VEHICLE_TYPES, as_text
from desk.register.tables import Cell, Line, read_lines
from desk.register.values import BuildingValue, RegisterValues, RoomValue, register_values

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from datetime import date, datetime

    from sqlalchemy.orm import Session

__all__ = [
    "SORTS",
    "VEHICLE_TYPES",
    "BuildingValue",
    "ImportReport",
    "RegisterValues",
    "RoomValue",
    "RowError",
    "import_file",
    "register_values",
]

Sort = Literal["people", "vehicles", "rooms", "buildings", "duty"]

# A title above the headings (省直机关公务用车台账) is common; further down a heading is not looked for.
LINES_ABOVE_HEADINGS = 10


class Book(Protocol):
    """Where rows of one sort are written."""

    def __init__(self, session: Session, today: date) -> None: ...
    def key(self, row: Row) -> Hashable: ...
    def put(self, row: Row) -> bool: ...


SORTS: dict[str, tuple[tuple[Column, ...], type[Book]]] = {
    "people": (PEOPLE, PeopleBook),
    "vehicles": (VEHICLES, VehicleBook),
    "rooms": (ROOMS, RoomBook),
    "buildings": (BUILDINGS, BuildingBook),
    "duty": (DUTY, DutyBook),
}


class RowError(NamedTuple):
    """One thing that is wrong: the line in the file (0: the file as a whole), the column's heading, and what."""

    line: int
    column: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did. With any error nothing was written. `ignored` names headings nobody understood."""

    added: int = 0
    updated: int = 0
    errors: tuple[RowError, ...] = ()
    ignored: tuple[str, ...] = ()


def import_file(session: Session, *, sort: Sort, path: Path, now: datetime) -> ImportReport:
    """Bring the rows of `path` into the register, all or none; never raises for what is in the file."""
    columns, book_of = SORTS[sort]
    try:
        lines = read_lines(Path(path))
        headings = _headings(lines, columns)
        rows = list(lines)
    except BadInput as error:
        return ImportReport(errors=(RowError(0, "", error.words),))
    if not rows:
        return ImportReport(errors=(RowError(0, "", "文件里只有表头，没有数据。"),), ignored=headings.ignored)
    errors: list[RowError] = []
    added = updated = 0
    with session.begin_nested() as savepoint, session.no_autoflush:
        writing = _Writing(book_of(session, to_local(now).date()), headings)
        for line, cells in rows:
            fresh = writing.put(line, cells, errors)
            added, updated = added + (fresh is True), updated + (fresh is False)
        if errors:
            savepoint.rollback()
            return ImportReport(errors=tuple(errors), ignored=headings.ignored)
    return ImportReport(added=added, updated=updated, ignored=headings.ignored)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Headings:
    """The line of headings: which column stands where, what the file calls it, and what nobody understood."""

    places: dict[int, Column]
    titles: dict[str, str]
    ignored: tuple[str, ...]
    width: int


class _Writing:
    """One import under way: reads each line, writes it, and collects what is wrong with it."""

    def __init__(self, book: Book, headings: _Headings) -> None:
        self.book, self.headings = book, headings
        self.seen: dict[Hashable, int] = {}

    def put(self, line: int, cells: list[Cell], errors: list[RowError]) -> bool | None:
        """Write one line; say whether it was new, or None after adding to `errors`."""
        before = len(errors)
        row = self._parsed(line, cells, errors)
        if len(errors) > before:
            return None
        first = self.seen.setdefault(self.book.key(row), line)
        if first != line:
            errors.append(RowError(line, "", f"和第 {first} 行重复。"))
            return None
        try:
            return self.book.put(row)
        except BadCell as error:
            errors.append(RowError(line, self.headings.titles.get(error.key, ""), error.words))
            return None

    def _parsed(self, line: int, cells: list[Cell], errors: list[RowError]) -> Row:
        row: Row = {}
        for place, column in self.headings.places.items():
            cell = cells[place] if place < len(cells) else None
            title = self.headings.titles[column.key]
            if not as_text(cell):
                if column.required:
                    errors.append(RowError(line, title, "不能为空。"))
                continue
            try:
                row[column.key] = column.read(cell)
            except BadInput as error:
                errors.append(RowError(line, title, error.words))
        beyond = [as_text(c) for c in cells[self.headings.width :] if as_text(c)]
        if beyond:
            # A comma inside a value without quotes: everything behind it slid to the right.
            words = f"比表头多出「{beyond[-1]}」，可能某一格里有逗号没加引号。"
            errors.append(RowError(line, "", words))
        return row


def _headings(lines: Iterator[Line], columns: tuple[Column, ...]) -> _Headings:
    """Find the line of headings. Raises BadInput when none of the first lines has every needed column."""
    needed = [c for c in columns if c.required]
    best: list[Column] = []
    for _line, cells in islice(lines, LINES_ABOVE_HEADINGS):
        places = matched(cells, columns)
        found = list(places.values())
        if all(need in found for need in needed):
            for column in found:
                if found.count(column) > 1:
                    raise BadInput(f"表头里「{column.titles[0]}」出现了不止一次，请只留一列。")
            others = (c for place, c in enumerate(cells) if place not in places)
            return _Headings(
                places=places,
                titles={c.key: c.titles[0] for c in columns}
                | {c.key: as_text(cells[place]) for place, c in places.items()},
                ignored=tuple(as_text(c) for c in others if heading(c) not in ("", "序号", "no")),
                width=len(cells),
            )
        best = max(best, found, key=len)
    missing = "、".join(c.titles[0] for c in needed if c not in best)
    raise BadInput(f"没找到表头：缺少「{missing}」列。可用的列：{'、'.join(c.titles[0] for c in columns)}。")
