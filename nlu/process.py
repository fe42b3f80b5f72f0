"""Rasa as a child of ours: started, watched, started again, and never left behind.

The server listens on the loopback interface only, on a port found free at the start, and wants a random token. It runs in a
process group of its own, so that stopping it stops everything it may have started; on Linux the kernel also kills it when
we die without a chance to say goodbye (see `nlu/server/launch.py`). If it falls over it is started again, after pauses that grow.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
from typing import IO, TYPE_CHECKING, Self

import structlog

from nlu.client import RasaClient
from nlu.train import rasa_python

if TYPE_CHECKING:
    from pathlib import Path

HOST = "127.0.0.1"
READY_SECONDS = 90.0
"""Longer than any start seen on a slow, busy machine (about 10 s on two free cores)."""

_POLL_SECONDS = 0.25
_PAUSES = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
_STEADY_SECONDS = 60.0
_LARGEST_LOG = 10_000_000

log = structlog.get_logger(__name__)


class RasaProcess:
    """A supervised Rasa server.

    Args:
        root: the checkout; Rasa runs there so that it finds its components.
        model: the trained model (from `nlu.train.train`).
        log_path: file that takes what Rasa prints.
        port: fixed port, or None to find a free one at every start.
        token: what the server will want with every request, or None to draw one.
    """

    def __init__(
        self, *, root: Path, model: Path, log_path: Path, port: int | None = None, token: str | None = None
    ) -> None:
        self._root = root
        self._model = model
        self._log_path = log_path
        self._fixed_port = port
        self._token = token or secrets.token_urlsafe(24)
        self._port = port or _free_port()
        self._process: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self.restarts = 0

    @property
    def url(self) -> str:
        """Where the server is, or will be."""
        return f"http://{HOST}:{self._port}"

    @property
    def token(self) -> str:
        """The token the server wants with every request."""
        return self._token

    @property
    def ready(self) -> bool:
        """Whether the server has a model loaded and answers."""
        return self._ready.is_set()

    @property
    def pid(self) -> int | None:
        """The server's process id, if it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    def client(self) -> RasaClient:
        """A client of this server; the caller closes it."""
        return RasaClient(url=self.url, token=self.token)

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def start(self) -> None:
        """Begin to run and to watch the server; returns at once (see `wait_ready`)."""
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._watch(), name="rasa-watcher")

    async def wait_ready(self, *, timeout: float = READY_SECONDS) -> bool:  # noqa: ASYNC109 - the plain word
        """Wait until it answers; False if it has not after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._ready.wait()
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        """Stop watching and stop the server with its whole process group. Safe to call twice."""
        if self._watcher is not None:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
            self._watcher = None
        self._ready.clear()

    async def _watch(self) -> None:
        failures = 0
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            try:
                await self._run_once()
            finally:
                self._ready.clear()
                await self._end()
            failures = 0 if loop.time() - started > _STEADY_SECONDS else failures + 1
            pause = _PAUSES[min(failures, len(_PAUSES)) - 1] if failures else _PAUSES[0]
            self.restarts += 1
            log.warning(
                "rasa ended, starting again", pause=pause, restarts=self.restarts, output=str(self._log_path)
            )
            await asyncio.sleep(pause)

    async def _run_once(self) -> None:
        """One life of the server, from start to end."""
        with self._open_log() as output:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(),
                cwd=self._root,
                env=self._environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        poll = asyncio.create_task(self._announce_ready())
        try:
            await self._process.wait()
        finally:
            poll.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await poll

    async def _announce_ready(self) -> None:
        async with self.client() as client:
            while not await client.healthy():  # noqa: ASYNC110 - another process cannot set our event
                await asyncio.sleep(_POLL_SECONDS)
            # The first parse pays for what the server builds lazily; nobody should wait for that.
            with contextlib.suppress(Exception):
                await client.parse("你好")
        self._ready.set()
        log.info("rasa ready", port=self._port)

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        _signal_group(process.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(3):
                await process.wait()
        except TimeoutError:
            pass
        finally:
            # Also when it ended by itself: whatever it started is in its group.
            _signal_group(process.pid, signal.SIGKILL)
            await process.wait()

    def _command(self) -> list[str]:
        # No --endpoints default is looked for elsewhere: the file says that there are none.
        endpoints = self._root / "nlu" / "server" / "endpoints.yml"
        return [
            str(rasa_python(self._root)),
            *(
                "-m",
                "nlu.server.launch",
                "run",
                "--enable-api",
                "--interface",
                HOST,
                "--port",
                str(self._port),
            ),
            *("--model", str(self._model), "--endpoints", str(endpoints), "--request-timeout", "10"),
        ]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "HOUQIN_RASA_TOKEN": self._token, "HOUQIN_PARENT_PID": str(os.getpid())}

    def _open_log(self) -> IO[bytes]:
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        too_large = self._log_path.exists() and self._log_path.stat().st_size > _LARGEST_LOG
        return self._log_path.open("wb" if too_large else "ab")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _signal_group(group: int, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, what)
