"""Running a sandbox: for a person at a terminal (`serve`) or for the length of a test (`running_sandbox`)."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from sandbox.app import Options, create_app
from sandbox.client import SandboxClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.state import World

DEMO_TOKEN = "4242424242:SANDBOX-not-a-secret-0123456789abcde"  # noqa: S105 - opens nothing but this sandbox
START_SECONDS = 15.0


@dataclass(frozen=True, kw_only=True, slots=True)
class RunningSandbox:
    """Where a running sandbox answers: `base_url` and `file_url` are what python-telegram-bot calls by those names."""

    page_url: str
    token: str
    client: SandboxClient

    @property
    def base_url(self) -> str:
        """For `TELEGRAM_BASE_URL`; ends in `/bot`."""
        return f"{self.page_url}/bot"

    @property
    def file_url(self) -> str:
        """For `TELEGRAM_BASE_FILE_URL`; ends in `/file/bot`."""
        return f"{self.page_url}/file/bot"


class _Server(uvicorn.Server):
    """Ends open polls and event streams before it waits for connections to finish, so that Ctrl-C is immediate."""

    def __init__(self, config: uvicorn.Config, *, world: World) -> None:
        super().__init__(config)
        self._world = world

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._world.close()
        await super().shutdown(sockets)


def serve(
    *, host: str = "127.0.0.1", port: int = 8081, token: str = DEMO_TOKEN, options: Options | None = None
) -> None:
    """Serve until interrupted (Ctrl-C or SIGTERM). Raises SystemExit when the port is taken."""
    _server(host=host, port=port, token=token, options=options).run()


@contextlib.contextmanager
def running_sandbox(
    *,
    token: str = DEMO_TOKEN,
    host: str = "127.0.0.1",
    port: int = 0,
    options: Options | None = None,
) -> Iterator[RunningSandbox]:
    """A sandbox in a daemon thread of this process, on a free port unless one is given.

    Raises RuntimeError when it does not come up, OSError when the port is taken.
    """
    listener = _listen(host, port)
    address = f"http://{host}:{listener.getsockname()[1]}"
    server = _server(host=host, port=port, token=token, options=options)
    thread = threading.Thread(target=server.run, args=([listener],), name="sandbox", daemon=True)
    thread.start()
    client = SandboxClient(base=address)
    try:
        _await_start(server, thread)
        yield RunningSandbox(page_url=address, token=token, client=client)
    finally:
        client.close()
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    # The protocol is named: asyncio switches Nagle's algorithm off only then, and with it on every answer is 40 ms late.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _server(*, host: str, port: int, token: str, options: Options | None) -> _Server:
    app = create_app(token=token, options=options or Options())
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,  # the logging of the process belongs to whoever started us
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=2,
        ws="none",
    )
    return _Server(config, world=app.state.world)


def _await_start(server: _Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the sandbox did not start")
        time.sleep(0.005)
