"""`python -m sandbox`: prints where it is, ends with Ctrl-C or with its parent, says so when the port is taken."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import httpx

from sandbox.client import SandboxClient

if TYPE_CHECKING:
    from pathlib import Path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).is_success
    except httpx.HTTPError:
        return False


def until(done: bool, port: int, *, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while healthy(port) != done and time.monotonic() < deadline:
        time.sleep(0.05)
    return healthy(port) == done


def start(port: int, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sandbox", "--port", str(port), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_says_where_it_is_and_ends_with_ctrl_c() -> None:
    port = free_port()
    process = start(port)
    assert until(True, port)
    process.send_signal(signal.SIGINT)
    output, complaints = process.communicate(timeout=10)
    assert f"TELEGRAM_BASE_URL=http://127.0.0.1:{port}/bot" in output
    assert (process.returncode, complaints) == (0, "")


def test_a_taken_port_is_exit_code_1_with_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start(taken.getsockname()[1])
        _, complaints = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "可能已被占用" in complaints


def test_a_malformed_token_is_exit_code_2() -> None:
    process = start(free_port(), "--token", "nonsense")
    _, complaints = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "令牌" in complaints


def test_leaves_when_the_process_that_started_it_is_killed() -> None:
    port = free_port()
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--with-parent"]
    script = f"import subprocess; subprocess.run({command!r})"
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.DEVNULL)
    assert until(True, port)
    parent.kill()
    parent.wait()
    assert until(False, port, seconds=10)


def test_gives_no_update_number_a_second_time_however_often_it_is_killed(tmp_path: Path) -> None:
    given: list[int] = []
    for pause in (0.0, 1.2, 0.0):
        port = free_port()
        process = start(port, "--keep", str(tmp_path))
        try:
            assert until(True, port)
            with closing(SandboxClient(base=f"http://127.0.0.1:{port}")) as client:
                client.person(1, "建国", "王")
                for n in range(20):
                    client.say(1, f"{n}")
                    given.append(int(client.status()["next_update_id"]) - 1)
                    time.sleep(pause / 20)
        finally:
            process.kill()
            process.communicate()
    assert len(set(given)) == 60
