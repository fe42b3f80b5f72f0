"""Where the desk is kept: one SQLite file by default, PostgreSQL where a province outgrows it.

Synchronous SQLAlchemy, used from a small pool of threads. On SQLite every writer takes one process-wide lock and
begins with BEGIN IMMEDIATE, so it never has to upgrade a read lock; WAL lets readers go on meanwhile.

On PostgreSQL a transaction can fail through no fault of its own: the server was restarted, two waited for each other,
or somebody else changed the same ticket in between. `transact` simply does such a one again. When the connection breaks
during COMMIT nobody knows whether it happened; what is handed to `transact` must therefore find out by itself that it
already has (an inbox row that is done, a key that is taken).
"""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections import deque
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import Connection

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 15_000

T = TypeVar("T")
log = structlog.get_logger(__name__)

# A transaction that lost against another one is done again this often; each time the odds are better.
TRIES = 12
# For so many seconds a database that went away is waited for.
PATIENCE = 10.0
# What a database says when it is not the statement's fault: two that waited for each other, or one that read what
# another changed meanwhile; the server was shut down, crashed, is starting, or has no connection left; no room on the disk.
SQLSTATES = {
    "40P01": "raced",
    "40001": "raced",
    "57P01": "away",
    "57P02": "away",
    "57P03": "away",
    "53300": "away",
    "53100": "full",
    "53200": "full",
}
SQLITE_CODES = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_IOERR: "full",
    sqlite3.SQLITE_READONLY: "full",
    sqlite3.SQLITE_CANTOPEN: "away",
}


def trouble(error: BaseException) -> str:
    """Name what is wrong below a failed transaction; empty if the transaction itself was wrong.

    `raced`: another one was faster. `away`: there is no database to talk to. `locked`: another process holds it for long.
    `full`: there is no room, or the disk does not take what is written.
    """
    if isinstance(error, StaleDataError):
        return "raced"
    if not isinstance(error, DBAPIError):
        return ""
    if (code := getattr(error.orig, "sqlite_errorcode", None)) is not None:
        return SQLITE_CODES.get(code & 0xFF, "")
    state = getattr(error.orig, "sqlstate", "sqlite")
    # A refused or broken connection has no SQLSTATE at all, since no server is left to give one.
    unreachable = isinstance(error, OperationalError) and (state is None or state.startswith("08"))
    if error.connection_invalidated or unreachable:
        return "away"
    return SQLSTATES.get(state or "", "")


class Turnstile:
    """A lock that goes to whoever has waited longest.

    Python's own goes to whoever asks first once it is free, which is mostly the thread that just gave it back: under load
    somebody's message then waits three times as long as everybody else's.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_held = False
        self._line: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._is_held:
                self._is_held = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._line.append(turn)
        # Given back by whoever hands over to us; until then this waits.
        turn.acquire()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._line:
                self._line.popleft().release()
            else:
                self._is_held = False


class Database:
    """An engine and the two ways to use it: `reading()` and `writing()`."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgres_engine(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._write_lock = Turnstile()
        # Told what is wrong below (see `trouble`) each time a transaction fails of it.
        self.on_trouble: Callable[[str], None] = lambda _: None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session whose work is rolled back at the end."""
        with self._sessions() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Yield a session and commit it at the end, or roll back on any error."""
        if not self.is_sqlite:
            with self._sessions.begin() as session:
                yield session
            return
        with self._write_lock, self._sessions() as session:
            session.connection(execution_options={"immediate": True})
            yield session
            session.commit()

    def transact(self, work: Callable[[Session], T], *, patience: float = PATIENCE) -> T:
        """Run `work` in one transaction and commit it; do it again if it failed through no fault of its own.

        `work` may run several times, and once more after a commit whose answer was lost. A database that is away is
        waited for `patience` seconds; what is raised after that, and any other error, comes through.
        """
        begun, attempt = time.monotonic(), 0
        while True:
            attempt += 1
            try:
                with self.writing() as session:
                    return work(session)
            except (DBAPIError, StaleDataError) as error:
                if what := trouble(error):
                    self.on_trouble(what)
                away, raced = what == "away", what == "raced"
                if not (raced or away) or (raced and attempt >= TRIES):
                    raise
                if away and time.monotonic() - begun > patience:
                    raise
                log.warning("transaction_again", attempt=attempt, why=what, error=type(error).__name__)
            # At random, so that those who collided do not meet again; longer while there is nobody to talk to.
            time.sleep(random.uniform(0.5, 1) * min(1.0, (0.1 if away else 0.005) * 2**attempt))  # noqa: S311

    def migrate(self) -> None:
        """Bring the schema to the newest revision."""
        if self.is_sqlite and self.url.database and self.url.database != ":memory:":
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        with self.engine.connect() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def alembic_config() -> Config:
    """Return Alembic's configuration; the connection is handed over in `attributes`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, pool_size=16)

    @event.listens_for(engine, "connect")
    def prepare(dbapi_connection: Any, _record: Any) -> None:
        # The driver's own implicit BEGIN comes too late for IMMEDIATE; we begin ourselves below.
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _postgres_engine(url: str) -> Engine:
    return create_engine(url, pool_pre_ping=True, pool_size=16, connect_args={"options": "-c timezone=utc"})
