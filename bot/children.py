"""Processes of our own: each in its own group, on a leash, and stopped with whatever it started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE = 5.0


class Child:
    """One child process; `output` is where it prints (None: read it line by line with `lines`)."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, *command: str, env: Mapping[str, str] | None = None, reads: bool = False) -> Child:
        """Start `command` from the main thread (the leash is tied to the thread that starts it)."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.leash", str(os.getpid())),
            *command,
            env={**os.environ, **(env or {})},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if reads else asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.STDOUT,
            # A group of its own: Ctrl-C at the terminal reaches us, and we end it in order.
            start_new_session=True,
        )
        return cls(process)

    async def line(self) -> str | None:
        """Return the next line it prints, or None after the last."""
        if self._process.stdout is None:
            return None
        raw = await self._process.stdout.readline()
        return raw.decode("utf-8", "replace").rstrip() if raw else None

    async def wait(self) -> int:
        """Wait for its end and return its exit code."""
        return await self._process.wait()

    async def stop(self) -> None:
        """End it: asked first, then killed, with its whole group. Safe to call twice."""
        if self._process.returncode is None:
            self._signal(signal.SIGINT)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self._process.wait()
        self._signal(signal.SIGKILL)
        await self._process.wait()

    def _signal(self, what: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, what)
