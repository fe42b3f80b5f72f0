"""Keeping a copy of the desk in one file, and bringing it back.

From SQLite the copy is a SQLite file, made by its online backup while the bot goes on working. From PostgreSQL it is a zip
of one JSONL file a table and a manifest with counts and hashes; no tool of PostgreSQL's own is needed. Either can be
brought back into either engine. A backup is written beside its final name and moved there when it is whole and checked,
readable by its owner alone, because it holds everything the desk knows of people.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from desk.copying import Digest, Progress, Source, Stored, Tally, copy, read_back, snapshot, tables
from desk.errors import BadInput, Conflict
from desk.storage import Database, alembic_config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Table

FORMAT = "houqin-desk/1"
MANIFEST = "manifest.json"
SQLITE_MAGIC = b"SQLite format 3\x00"
# What reading a damaged zip can end in.
UNREADABLE = (KeyError, TypeError, ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error)


def back_up(
    database: Database, file: Path, *, now: datetime, progress: Progress | None = None
) -> dict[str, Digest]:
    """Write a checked copy of the desk to `file`, which must not exist yet, and return the digest of each table.

    Raises Conflict if the file exists or the copy is not sound, OSError if it cannot be written.
    """
    if file.exists():
        raise Conflict(f"{file} 已经存在，不能覆盖", alternative="请换一个文件名。")
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    # Nobody else may read it, not even while it grows.
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        if database.is_sqlite:
            _back_up_sqlite(database, part)
            with _opened_sqlite(part) as source:
                made = {table.name: _passed(source, table, progress) for table in tables()}
        else:
            made = _write_zip(database, part, now=now, progress=progress)
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    return made


def restore(database: Database, file: Path, *, progress: Progress | None = None) -> dict[str, Digest]:
    """Bring a backup back into an empty migrated database, and return the digest of each table.

    Raises BadInput if the file is no sound backup or of another version, Conflict if the database is not empty;
    nothing is written then.
    """
    with opened(file) as source:
        return copy(source, database, progress=progress)


@contextmanager
def opened(file: Path) -> Iterator[Source]:
    """Open a backup of either sort to read from. Raises BadInput."""
    try:
        with file.open("rb") as begin:
            head = begin.read(16)
    except OSError as error:
        raise BadInput(f"{file} 打不开：{error.strerror}") from error
    if head == SQLITE_MAGIC:
        with _opened_sqlite(file) as stored:
            yield stored
    elif zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            yield Zipped(archive)
    else:
        raise BadInput(f"{file} 不是服务台的备份文件")


# ── SQLite ──────────────────────────────────────────────────────────────────────────────────────────


def _back_up_sqlite(database: Database, file: Path) -> None:
    with (
        closing(sqlite3.connect(str(database.url.database))) as source,
        closing(sqlite3.connect(file)) as made,
    ):
        source.backup(made)
        # One file, without its write-ahead log beside it.
        made.execute("PRAGMA journal_mode=DELETE")
        _check_sound(made)


def _check_sound(connection: sqlite3.Connection) -> None:
    try:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise BadInput(f"数据库文件已损坏：{error}") from error
    if found != ["ok"] or broken:
        raise BadInput(f"数据库文件已损坏：{found[0] if found != ['ok'] else '引用不完整'}")


@contextmanager
def _opened_sqlite(file: Path) -> Iterator[Stored]:
    """Open a copy of the file, brought to the present schema; the file itself stays as it is."""
    with tempfile.TemporaryDirectory(prefix="houqin-restore-") as folder:
        work = Path(folder) / "desk.db"
        shutil.copyfile(file, work)
        with closing(sqlite3.connect(work)) as raw:
            _check_sound(raw)
            known = raw.execute(
                "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
            ).fetchone()
        if known == (0,):
            raise BadInput(f"{file} 是 SQLite 文件，但不是服务台的")
        database = Database(f"sqlite:///{work}")
        try:
            database.migrate()
            with snapshot(database) as stored:
                yield stored
        finally:
            database.close()


def _passed(source: Stored, table: Table, progress: Progress | None) -> Digest:
    tally = Tally()
    for row in source.rows(table):
        tally.add(row)
    made = tally.digest()
    if progress is not None:
        progress(table.name, done=made.rows, total=made.rows)
    return made


# ── the zip ─────────────────────────────────────────────────────────────────────────────────────────


def _write_zip(
    database: Database, file: Path, *, now: datetime, progress: Progress | None
) -> dict[str, Digest]:
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
        snapshot(database) as source,
    ):
        made = {table.name: _write_table(archive, source, table, progress) for table in tables()}
        revision = MigrationContext.configure(source.connection).get_current_revision()
        manifest = {
            "format": FORMAT,
            "revision": revision,
            "made_at": now.isoformat(),
            "tables": {name: {"rows": one.rows, "sha256": one.sha256} for name, one in made.items()},
        }
        archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    with zipfile.ZipFile(file) as archive:
        if archive.testzip() is not None:
            raise Conflict("备份写完后校验不过，已删除")
    return made


def _write_table(archive: zipfile.ZipFile, source: Stored, table: Table, progress: Progress | None) -> Digest:
    tally = Tally()
    with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as lines:
        for row in source.rows(table):
            lines.write(tally.add(row).encode() + b"\n")
    made = tally.digest()
    if progress is not None:
        progress(table.name, done=made.rows, total=made.rows)
    return made


class Zipped:
    """A desk in a zip. Raises BadInput if it is not whole, or was made by another version of the desk."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        try:
            manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
            self.promised = {name: Digest(**one) for name, one in manifest["tables"].items()}
            form, revision = manifest["format"], manifest["revision"]
        except (*UNREADABLE, AttributeError) as error:
            raise BadInput("这个压缩包不是服务台的备份文件") from error
        head = ScriptDirectory.from_config(alembic_config()).get_current_head()
        if form != FORMAT or revision != head:
            raise BadInput(
                f"这份备份是表结构 {revision} 时做的，现在的程序是 {head}",
                alternative="请用做备份时的程序版本恢复，再升级。",
            )
        self._check()

    def count(self, table: Table) -> int:
        """Return the rows the manifest promises."""
        return self.promised[table.name].rows

    def rows(self, table: Table) -> Iterator[dict[str, Any]]:
        """Yield the rows as they were written."""
        with self._archive.open(f"{table.name}.jsonl") as lines:
            for line in lines:
                yield read_back(table, line.decode())

    def _check(self) -> None:
        for table in tables():
            tally = Tally()
            try:
                for row in self.rows(table):
                    tally.add(row)
            except UNREADABLE as error:
                raise BadInput(f"备份里的「{table.name}」读不出来，文件已损坏") from error
            if tally.digest() != self.promised.get(table.name):
                raise BadInput(f"备份里的「{table.name}」和清单对不上，文件已损坏")
