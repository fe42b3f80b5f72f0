"""Opening a database: migrated, by one process at a time, and worked on by one bot at a time where it is a file."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.settings import BadSettings
from desk.storage import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

# Any number will do, as long as it is always the same one.
MIGRATION_LOCK = 0x686F7571


def open_database(url: str) -> Database:
    """Open and migrate a database. Raises BadSettings, without the password, if that fails."""
    database = Database(url)
    try:
        with _alone(database):
            database.migrate()
    except (SQLAlchemyError, OSError) as error:
        database.close()
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise BadSettings(f"数据库用不了（{database.url.render_as_string()}）：{reason}") from error
    return database


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """Let no two processes migrate one database at the same time: a command beside a starting bot is ordinary."""
    if database.is_sqlite:
        path = Path(database.url.database or ":memory:")
        if path.name == ":memory:":
            yield
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_name(f"{path.name}.migrating").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
        return
    with database.engine.connect() as connection:
        # Released when the connection goes back.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        yield


def lock(database: Database) -> IO[str] | None:
    """Make sure that only one bot works on a SQLite file; keep the returned file open. Raises BadSettings."""
    if not database.is_sqlite or not database.url.database or database.url.database == ":memory:":
        return None
    held = Path(f"{database.url.database}.lock").open("w")  # noqa: SIM115 - held as long as the process lives
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        raise BadSettings(f"已经有一个 houqin run 在用 {database.url.database}") from error
    return held
