"""Trying the desk without Telegram: the sandbox as a child process, and the demo bureau's people as phones in it.

The sandbox is a program of its own that speaks HTTP; nothing of it is imported here.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import closing
from time import monotonic
from typing import TYPE_CHECKING

import httpx

from bot.children import Child
from bot.plumbing import Telegram
from bot.settings import BadSettings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from desk import demo

HOST = "127.0.0.1"
PORT = 8081
PORTS_TRIED = 50
START_SECONDS = 30.0
# Opens nothing but a sandbox on this machine.
TOKEN = "4242424242:SANDBOX-not-a-secret-0123456789abcde"  # noqa: S105


class Sandbox:
    """A running sandbox: its page and how the bot reaches it."""

    def __init__(self, child: Child, *, port: int) -> None:
        self.child = child
        self.page = f"http://{HOST}:{port}"

    @property
    def telegram(self) -> Telegram:
        """How the bot reaches it."""
        return Telegram(token=TOKEN, base_url=f"{self.page}/bot", file_url=f"{self.page}/file/bot")

    @classmethod
    async def start(cls, *, data: Path) -> Sandbox:
        """Start it on port 8081, or the next free one, keeping its chats under `data`. Raises BadSettings."""
        port = free_port()
        keep = data / "sandbox"
        keep.mkdir(parents=True, exist_ok=True)
        child = await Child.start(
            *(sys.executable, "-m", "sandbox", "--host", HOST, "--port", str(port), "--keep", str(keep)),
            env={"SANDBOX_TOKEN": TOKEN},
        )
        sandbox = cls(child, port=port)
        try:
            await sandbox._await_start()
        except BaseException:
            await child.stop()
            raise
        return sandbox

    async def add_phones(self, phones: Iterable[demo.DemoPhone]) -> None:
        """Put people on the page; those who are there stay as they are."""
        people = [
            {"id": p.telegram_id, "first_name": p.name, "label": p.label, "started": True} for p in phones
        ]
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            (await http.post(f"{self.page}/sandbox/people", json=people)).raise_for_status()

    async def _await_start(self) -> None:
        ended = asyncio.create_task(self.child.wait())
        deadline = monotonic() + START_SECONDS
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
            while not ended.done() and monotonic() < deadline:
                try:
                    if (await http.get(f"{self.page}/sandbox/status")).is_success:
                        ended.cancel()
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.05)
        ended.cancel()
        raise BadSettings("本地沙盒没能启动，可单独运行 python -m sandbox 查看原因")


def free_port(first: int = PORT) -> int:
    """Return the first free port from `first` on. Raises BadSettings if there is none nearby."""
    for port in range(first, first + PORTS_TRIED):
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise BadSettings(f"{first} 起的 {PORTS_TRIED} 个端口都被占用了")
