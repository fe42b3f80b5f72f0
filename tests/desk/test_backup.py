"""Moving a desk and bringing it back: every row, on either engine, or not one."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select

from desk import audit, backup
from desk.copying import Stored, copy, digest, is_empty, snapshot, tables
from desk.errors import BadInput, Conflict
from desk.models import Building, InboxUpdate, OutboxMessage, Room, Ticket
from desk.storage import Database
from tests.handlers.bench_talk import DIAO, LIN, LIU, Counter, car, small_bureau

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


def lively(database: Database) -> Database:
    """A desk with a trip under way, a room divided in two, and a sealed history."""
    counter = small_bureau(database)
    counter.say(LIN, "明天两点去机场", car(start="2026-11-24T14:00", destination="龙嘉机场<b>&", people=3))
    counter.press(LIN, "提交")
    counter.press(DIAO, "派车")
    counter.press(LIU, "已出发")
    with database.writing() as session:
        house = Building(name="一号楼", aliases=["主楼", "😀"])
        session.add(house)
        session.flush()
        whole, part = (
            Room(name=f"一号楼{n}", building_id=house.id, floor=3, number=n, area_m2=33.3, equipment=[], aliases=[])
            for n in ("302", "301")
        )  # fmt: skip
        session.add_all([part, whole])
        session.flush()
        # The part comes first, by its number: its reference points forward.
        part.part_of_id = whole.id
        session.execute(
            insert(InboxUpdate),
            [
                {"update_id": n, "payload": {"文": "\ud83d", "n": n / 3}, "received_at": NOW}
                for n in range(2500)
            ],
        )
        audit.seal(session, now=NOW)
    return database


def digests(database: Database) -> dict[str, object]:
    with snapshot(database) as source:
        return {table.name: digest(source, table) for table in tables()}


def other(database: Database, tmp_path: Path) -> Database:
    """Another empty desk."""
    made = Database(f"sqlite:///{tmp_path / 'other' / 'desk.db'}")
    made.migrate()
    return made


def test_a_desk_moves_from_sqlite_to_postgres_whole(database: Database, postgres: Database) -> None:
    lively(database)
    with snapshot(database) as source:
        sent = copy(source, postgres)
    assert digests(postgres) == digests(database) == sent
    assert (sent["inbox"].rows, sent["tickets"].rows) == (2500, 1)
    with postgres.reading() as session:
        part = session.scalars(select(Room).where(Room.number == "301")).one()
        assert part.part_of_id == session.scalars(select(Room.id).where(Room.number == "302")).one()
        # Texts rewritten, too: rows that point at other rows of their table.
        rewritten = session.scalar(select(func.count()).where(OutboxMessage.edits_id.is_not(None)))
        assert rewritten
        assert audit.verify(session).breaks == ()


def test_a_moved_desk_goes_on_working_where_it_stopped(database: Database, postgres: Database) -> None:
    lively(database)
    with snapshot(database) as source:
        copy(source, postgres)
    counter = Counter(database=postgres)
    counter.press(LIU, "已到达")
    counter.say(LIN, "后天两点去机场", car(start="2026-11-25T14:00", destination="龙嘉机场", people=2))
    counter.press(LIN, "提交")
    with postgres.reading() as session:
        assert [t.number for t in session.scalars(select(Ticket).order_by(Ticket.id))] == [
            "YC-20261123-001",
            "YC-20261123-002",
        ]


def test_a_desk_with_anything_in_it_is_not_written_over(database: Database, tmp_path: Path) -> None:
    full = other(database, tmp_path)
    with full.writing() as session:
        session.add(Building(name="一号楼", aliases=[]))
    before = digests(full)
    with snapshot(lively(database)) as source, pytest.raises(Conflict, match="buildings 1 行"):
        copy(source, full)
    assert digests(full) == before


def test_what_does_not_arrive_as_it_was_sent_is_taken_back(database: Database, tmp_path: Path) -> None:
    spoiled = other(database, tmp_path)
    with spoiled.writing() as session:
        session.connection().exec_driver_sql(
            "CREATE TRIGGER spoil AFTER INSERT ON buildings BEGIN UPDATE buildings SET floors = 9; END"
        )
    with snapshot(lively(database)) as source, pytest.raises(Conflict, match="核对不上"):
        copy(source, spoiled)
    with spoiled.reading() as session:
        assert is_empty(Stored(session.connection()))


@pytest.mark.parametrize("into", ["sqlite", "postgres"])
def test_a_backup_comes_back_whole(
    any_database: Database, into: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    before = digests(lively(any_database))
    file = tmp_path / "backup"
    assert backup.back_up(any_database, file, now=NOW) == before
    target = other(any_database, tmp_path) if into == "sqlite" else request.getfixturevalue("postgres")
    assert backup.restore(target, file) == before
    assert digests(target) == before
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_a_backup_is_not_written_over(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    file.write_text("something dear")
    with pytest.raises(Conflict, match="已经存在"):
        backup.back_up(database, file, now=NOW)
    assert file.read_text() == "something dear"


def test_a_damaged_sqlite_backup_is_refused(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    backup.back_up(lively(database), file, now=NOW)
    whole = bytearray(file.read_bytes())
    for at in range(4096, len(whole), 4096 * 5):
        whole[at : at + 64] = b"\xff" * 64
    file.write_bytes(whole)
    target = other(database, tmp_path)
    with pytest.raises(BadInput, match="损坏"):
        backup.restore(target, file)
    with snapshot(target) as source:
        assert is_empty(source)


def rewritten(file: Path, name: str, content: bytes | None) -> None:
    """Put other content into a zip under one of its names, or take the name out."""
    with zipfile.ZipFile(file) as archive:
        kept = {one: archive.read(one) for one in archive.namelist() if one != name}
    with zipfile.ZipFile(file, "w") as archive:
        for one, what in (kept | ({name: content} if content is not None else {})).items():
            archive.writestr(one, what)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("people.jsonl", None, "people"),
        ("people.jsonl", b'{"id": 1}\n', "people"),
        ("inbox.jsonl", b"", "inbox"),
        ("manifest.json", b"[]", "不是服务台的备份"),
        ("manifest.json", json.dumps({"format": "x", "revision": "1", "tables": {}}).encode(), "表结构"),
    ],
)
def test_a_zip_that_is_not_whole_is_refused(
    postgres: Database, tmp_path: Path, name: str, content: bytes | None, told: str
) -> None:
    file = tmp_path / "backup.zip"
    backup.back_up(lively(postgres), file, now=NOW)
    rewritten(file, name, content)
    target = other(postgres, tmp_path)
    with pytest.raises(BadInput, match=told):
        backup.restore(target, file)
    with snapshot(target) as source:
        assert is_empty(source)


def test_what_is_no_backup_at_all_is_refused(database: Database, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("随手记")
    with pytest.raises(BadInput, match="不是服务台的备份"):
        backup.restore(database, text)
    foreign = tmp_path / "foreign.db"
    made = sqlite3.connect(foreign)
    made.execute("CREATE TABLE songs (name)")
    made.commit()
    made.close()
    with pytest.raises(BadInput, match="不是服务台的"):
        backup.restore(database, foreign)
