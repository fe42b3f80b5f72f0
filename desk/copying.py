"""Taking a whole desk from one place to another, row by row, and proving that nothing was lost on the way.

The tables go in the order of their references; a reference of a table to itself (the whole a room is part of, the message
another one rewrites) is filled in afterwards. Every table is counted and hashed while it is read, and once more where it
arrived, inside the transaction that wrote it: either all of it is there and equal, or nothing is. A row is hashed as JSON
in one spelling (keys sorted, instants in UTC), so that the hash is the same on every engine.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Date, bindparam, collate, func, insert, select, text, update
from sqlalchemy.types import String

from desk.errors import Conflict
from desk.models import Base, UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sqlalchemy import Column, Connection, Table

    from desk.storage import Database

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Digest:
    """How many rows a table has, and the SHA-256 over all of them in the order of their keys."""

    rows: int
    sha256: str


class Source(Protocol):
    """Where a desk can be read from."""

    def count(self, table: Table) -> int:
        """Return how many rows there are to come."""

    def rows(self, table: Table) -> Iterable[dict[str, Any]]:
        """Yield the rows in the order of their keys, values as Python has them."""


class Progress(Protocol):
    """Told after each batch."""

    def __call__(self, table: str, *, done: int, total: int) -> None: ...


class Tally:
    """Counts and hashes rows as they pass."""

    def __init__(self) -> None:
        self._rows, self._hash = 0, hashlib.sha256()

    def add(self, row: Mapping[str, Any]) -> str:
        """Count a row; return the line it is hashed as."""
        line = spelled(row)
        self._rows += 1
        self._hash.update(line.encode() + b"\n")
        return line

    def digest(self) -> Digest:
        """Return what has passed so far."""
        return Digest(self._rows, self._hash.hexdigest())


@dataclass(slots=True)
class Stored:
    """A desk in a database, read over one connection, that is, as of one moment."""

    connection: Connection

    def count(self, table: Table) -> int:
        """Return the number of rows."""
        return self.connection.scalar(select(func.count()).select_from(table)) or 0

    def rows(self, table: Table) -> Iterator[dict[str, Any]]:
        """Yield every row in the order of its key."""
        query = select(table).order_by(*(self._sorted(column) for column in table.primary_key))
        found = self.connection.execution_options(stream_results=True, yield_per=BATCH).execute(query)
        for row in found.mappings():
            yield dict(row)

    def _sorted(self, column: Column[Any]) -> Any:
        # Byte by byte as SQLite does, not by the rules of a language.
        is_words = isinstance(column.type, String) and self.connection.dialect.name == "postgresql"
        return collate(column, "C") if is_words else column


def tables() -> list[Table]:
    """Return every table of the desk, those that others refer to first."""
    return list(Base.metadata.sorted_tables)


@contextmanager
def snapshot(database: Database) -> Iterator[Stored]:
    """Yield the desk as it is at this moment, whatever is written meanwhile."""
    with database.reading() as session:
        options = {} if database.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        yield Stored(session.connection(execution_options=options))


def copy(source: Source, target: Database, *, progress: Progress | None = None) -> dict[str, Digest]:
    """Copy everything into an empty migrated database, and return the digest of each table.

    Raises Conflict, and leaves the target as it was, if it is not empty or if what arrived is not what was sent.
    """
    with target.writing() as session:
        arrived = Stored(session.connection())
        _refuse_a_full_one(arrived)
        sent = {}
        for table in tables():
            sent[table.name] = _Filling(arrived.connection, table).fill(source, progress or _silent)
        for table in tables():
            if digest(arrived, table) != sent[table.name]:
                raise Conflict(f"「{table.name}」写进去以后核对不上，已全部撤回")
    return sent


def digest(source: Source, table: Table) -> Digest:
    """Count and hash one table."""
    tally = Tally()
    for row in source.rows(table):
        tally.add(row)
    return tally.digest()


def is_empty(source: Source) -> bool:
    """Say whether there is not one row in any table."""
    return not any(source.count(table) for table in tables())


def _refuse_a_full_one(target: Stored) -> None:
    full = {table.name: count for table in tables() if (count := target.count(table))}
    if full:
        said = "、".join(f"{name} {count} 行" for name, count in list(full.items())[:5])
        raise Conflict(f"目标数据库里已经有数据（{said}），不能覆盖", alternative="请换一个空的数据库。")


@dataclass(slots=True)
class _Filling:
    """One table on its way in."""

    connection: Connection
    table: Table
    _tally: Tally = field(default_factory=Tally)
    _later: list[dict[str, Any]] = field(default_factory=list)

    def fill(self, source: Source, progress: Progress) -> Digest:
        total, rows = source.count(self.table), iter(source.rows(self.table))
        inward = [c.name for c in self.table.columns if _points_inward(c)]
        done = 0
        while batch := list(islice(rows, BATCH)):
            self.connection.execute(insert(self.table), [self._held_back(row, inward) for row in batch])
            done += len(batch)
            progress(self.table.name, done=done, total=total)
        if self._later:
            self._refer(inward)
        self._number_on()
        return self._tally.digest()

    def _held_back(self, row: dict[str, Any], inward: list[str]) -> dict[str, Any]:
        self._tally.add(row)
        if any(row[name] is not None for name in inward):
            self._later.append({"row_id": row["id"], **{f"to_{name}": row[name] for name in inward}})
        return {**row, **dict.fromkeys(inward)}

    def _refer(self, inward: list[str]) -> None:
        refer = update(self.table).where(self.table.c.id == bindparam("row_id"))
        filled: dict[str, Any] = {name: bindparam(f"to_{name}") for name in inward}
        for begin in range(0, len(self._later), BATCH):
            self.connection.execute(refer.values(filled), self._later[begin : begin + BATCH])

    def _number_on(self) -> None:
        """Let new rows be numbered after the copied ones; SQLite does so by itself."""
        if self.connection.dialect.name != "postgresql" or "id" not in self.table.c:
            return
        find = text("SELECT pg_get_serial_sequence(:name, 'id')")
        sequence = self.connection.scalar(find, {"name": self.table.name})
        last = self.connection.scalar(select(func.max(self.table.c.id)))
        if sequence and last:
            self.connection.execute(select(func.setval(sequence, last)))


def _points_inward(column: Column[Any]) -> bool:
    return any(key.column.table is column.table for key in column.foreign_keys)


def _silent(table: str, *, done: int, total: int) -> None:
    """Tell nobody."""


# ── one spelling for every value ────────────────────────────────────────────────────────────────────


def spelled(row: Mapping[str, Any]) -> str:
    """Return a row as one line of JSON in its one spelling."""
    return json.dumps(row, default=_spelled_value, sort_keys=True, separators=(",", ":"))


def read_back(table: Table, line: str) -> dict[str, Any]:
    """Return the row a line spells. Raises ValueError or KeyError if it spells none of this table's."""
    said = json.loads(line)
    return {column.name: _reader(column)(said[column.name]) for column in table.columns}


def _spelled_value(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no spelling for {type(value).__name__}")


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    if isinstance(column.type, UtcDateTime):
        return lambda value: None if value is None else datetime.fromisoformat(value)
    if isinstance(column.type, Date):
        return lambda value: None if value is None else date.fromisoformat(value)
    return lambda value: value
