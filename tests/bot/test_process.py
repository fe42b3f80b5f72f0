"""`houqin run` as a whole: it comes up, it can be talked to, and it leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from sandbox.client import SandboxClient
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUQIN = ROOT / ".venv" / "bin" / "houqin"


class Running:
    """A `houqin run` and what it has printed so far."""

    def __init__(self, data: Path) -> None:
        own = {k: v for k, v in os.environ.items() if not k.startswith(("HOUQIN_", "TELEGRAM_"))}
        # Rasa is somewhere else, and not there: the desk must come up all the same.
        environment = {**own, "HOUQIN_DATA": str(data), "HOUQIN_RASA_URL": "http://127.0.0.1:9"}
        self.out = data / "out.txt"
        with self.out.open("ab") as output:
            self.process = subprocess.Popen(
                [HOUQIN, "run"], env=environment, cwd=data, stdout=output, stderr=subprocess.STDOUT
            )

    def wait_for(self, pattern: str, *, within: float = 40) -> re.Match[str]:
        deadline = time.monotonic() + within
        while not (found := re.search(pattern, self.out.read_text("utf-8"))):
            assert time.monotonic() < deadline, self.out.read_text("utf-8")
            assert self.process.poll() is None, self.out.read_text("utf-8")
            time.sleep(0.05)
        return found

    def children(self) -> list[int]:
        """Everything it started, however deep."""
        found: list[int] = []
        waiting = [self.process.pid]
        while waiting:
            listed = Path(f"/proc/{waiting.pop()}/task")
            for task in listed.glob("*/children") if listed.exists() else ():
                more = [int(pid) for pid in task.read_text().split()]
                found += more
                waiting += more
        return found


@contextmanager
def running(data: Path) -> Iterator[Running]:
    run = Running(data)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.process.kill()
        run.process.wait(10)


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_comes_up_talks_and_leaves_nothing_behind(end: signal.Signals, tmp_path: Path) -> None:
    with running(tmp_path) as run:
        page = run.wait_for(r"聊天网页：(http://\S+)/")[1]
        health = run.wait_for(r"健康检查 (http://\S+)/readyz")[1]
        client = SandboxClient(base=page)
        people = httpx.get(f"{page}/sandbox/people", trust_env=False).json()
        assert len(people) >= 3
        someone = int(people[0]["id"])
        said = client.say(someone, "/help")
        client.wait_message(someone, after=said.id, timeout=20)
        assert httpx.get(f"{health}/readyz", trust_env=False).json()["rasa"] == "unavailable"
        children = run.children()
        assert children
        run.process.send_signal(end)
        code = run.process.wait(20)
        client.close()
        deadline = time.monotonic() + 5
        while any(alive(pid) for pid in children):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    if end != signal.SIGKILL:
        assert code == 0
        assert "已停止" in run.out.read_text("utf-8")
    assert "Traceback" not in run.out.read_text("utf-8")
    assert not (tmp_path / "houqin.db").exists()


@pytest.mark.slow
def test_a_second_desk_on_the_same_file_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        first.wait_for("健康检查")
        second = subprocess.run(
            [HOUQIN, "run"],
            env={**os.environ, "HOUQIN_DATA": str(tmp_path), "HOUQIN_RASA_URL": "http://127.0.0.1:9"},
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert second.returncode == 2
        assert "已经有一个 houqin run" in second.stderr.decode()
        assert first.process.poll() is None
