"""The nginx of `deploy/`, where there is one: our own file in front of three workers, not a balancer of the test's."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import select

from desk.models import InboxStatus, InboxUpdate
from tests.bot.test_killed import free_port
from tests.bot.test_workers import PEOPLE, WORKERS, Workers
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from desk.storage import Database
    from sandbox.server import RunningSandbox

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
MESSAGES = 60
MAIN = """
daemon off;
pid {folder}/pid;
error_log {folder}/errors;
events {{}}
http {{
    log_format by "$upstream_addr";
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {ours}
}}
"""

pytestmark = pytest.mark.skipif(NGINX is None, reason="NO NGINX: deploy/nginx.conf was only read, not tried")


def ours(*, door: str, workers: Sequence[str], folder: Path, from_here: bool) -> str:
    """The file as it is deployed, but for ports, certificates and who may come; `from_here`: this machine may."""
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    assert "listen 443 ssl" in text
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{door}")
    text = re.sub(r"ssl_certificate(_key)? .*;", "", text)
    for number, port in enumerate(workers, start=1):
        text = text.replace(f"127.0.0.1:810{number}", f"127.0.0.1:{port}")
    text = text.replace("127.0.0.1:5005", f"127.0.0.1:{free_port()}")
    if from_here:
        text = text.replace("deny all;", "allow 127.0.0.1; deny all;")
    return text.replace("access_log off;  #", f"access_log {folder}/asked by;  #")


@contextmanager
def running_nginx(folder: Path, text: str, *, door: str) -> Iterator[None]:
    """Run nginx on a file until the block ends."""
    folder.mkdir(exist_ok=True)
    main = folder / "nginx.conf"
    main.write_text(MAIN.format(folder=folder, ours=text), "utf-8")
    process = subprocess.Popen([str(NGINX), "-c", str(main), "-p", str(folder)], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while True:
        assert process.poll() is None, process.stderr.read().decode()  # type: ignore[union-attr]
        assert time.monotonic() < deadline
        try:
            socket.create_connection(("127.0.0.1", int(door)), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            break
    try:
        yield
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.slow
def test_every_message_gets_through_nginx_while_workers_come_and_go(
    postgres: Database, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    client = sandbox.client
    client.people([{"id": n, "first_name": f"人{n}", "started": True} for n in PEOPLE])
    door = free_port()
    workers = Workers(postgres, sandbox, door)
    folder = tmp_path / "nginx"
    text = ours(door=door, workers=workers.ports, folder=folder, from_here=True)
    try:
        with running_nginx(folder, text, door=door):
            client.wait_for(lambda: len(client.requests("setWebhook")) >= WORKERS, 120)
            for n in range(MESSAGES):
                client.say(PEOPLE[n % len(PEOPLE)], f"第{n}句。")
                if n == 15:
                    workers.end(0, signal.SIGTERM)
                if n == 25:
                    workers.start(0)
                if n == 40:
                    workers.end(1, signal.SIGKILL)
                if n == 50:
                    workers.start(1)

            def heard() -> Counter[str]:
                return Counter(m.text.removeprefix("听到：") for one in PEOPLE for m in client.from_bot(one))

            client.wait_for(lambda: len(heard()) == MESSAGES, 150, what="an answer to everything")
    finally:
        workers.kill()
    with postgres.reading() as session:
        assert set(session.scalars(select(InboxUpdate.status))) == {InboxStatus.DONE}
    asked = Counter(re.findall(r"127\.0\.0\.1:(\d+)", (folder / "asked").read_text()))
    print(f"{MESSAGES} messages, asked of each worker: {sorted(asked.values())}")
    assert set(asked) == set(workers.ports)


def test_nginx_lets_in_nobody_but_telegram_and_nothing_but_updates(tmp_path: Path) -> None:
    door, nobody = free_port(), [free_port()] * WORKERS
    update = f"http://127.0.0.1:{door}/telegram/in"

    def status(address: str, *, size: int = 2) -> int:
        return httpx.post(address, content=b"x" * size, trust_env=False, timeout=30).status_code

    strict, friendly = tmp_path / "strict", tmp_path / "friendly"
    text = ours(door=door, workers=nobody, folder=strict, from_here=False)
    with running_nginx(strict, text, door=door):
        assert status(update) == 403
    text = ours(door=door, workers=nobody, folder=friendly, from_here=True)
    with running_nginx(friendly, text, door=door):
        assert status(update) == 502
        assert status(update, size=1_100_000) == 413
        assert status(f"http://127.0.0.1:{door}/healthz") == 404
        assert status(f"http://127.0.0.1:{door}/metrics") == 404
