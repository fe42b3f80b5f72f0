"""What nginx does, in small: hands each webhook call to the next worker over connections that stay open."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from itertools import cycle
from typing import TYPE_CHECKING

from tests.bench._http import HttpFailed, Line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

SECRET_HEADER = "x-telegram-bot-api-secret-token"


@asynccontextmanager
async def balancing(port: int, workers: Sequence[int]) -> AsyncIterator[None]:
    """Listen on `port` and spread what comes over the ports of `workers` until the block ends."""
    lines = cycle([Line(worker) for worker in workers])

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
                headers = {name.lower(): value for name, value in headers.items()}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                status = await _hand_on(
                    next(lines), head.split(" ", 2)[1], body, headers.get(SECRET_HEADER, "")
                )
                writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok".encode())
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass  # whoever called is gone, or the measurement is over
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()


async def _hand_on(line: Line, path: str, body: bytes, secret: str) -> str:
    try:
        await line.relay(path, body, headers={SECRET_HEADER: secret})
    except (HttpFailed, OSError, asyncio.IncompleteReadError):
        return "503 Service Unavailable"
    return "200 OK"
