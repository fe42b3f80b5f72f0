"""The load maker's own HTTP: one kept connection, JSON out and in.

Not a library, because the people who write share two cores with what is measured: httpx would take a millisecond of
them for each request, this takes a tenth.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class HttpFailed(Exception):
    """An answer other than 2xx; the message has its status and body."""


class Line:
    """One connection to `port` of this machine, opened at the first use."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()

    async def get(self, path: str) -> bytes:
        """Ask and return the body. Raises HttpFailed."""
        return await self._ask("GET", path, b"", {})

    async def post(self, path: str, body: Any, *, headers: dict[str, str] | None = None) -> Any:
        """Send JSON and return the JSON of the answer. Raises HttpFailed."""
        said = await self._ask("POST", path, json.dumps(body).encode(), headers or {})
        return json.loads(said)

    async def relay(self, path: str, body: bytes, *, headers: dict[str, str]) -> bytes:
        """Send a body as it is and return the answer's. Raises HttpFailed."""
        return await self._ask("POST", path, body, headers)

    async def events(self, path: str) -> AsyncIterator[dict[str, Any]]:
        """Yield server-sent events until the other side ends."""
        reader, writer = await self._open()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        while line := await reader.readline():
            # The chunks' own length lines stand between; what matters begins with "data: ".
            if line.startswith(b"data: "):
                yield json.loads(line[6:])

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None or self._reader.at_eof():
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**22)
        return self._reader, self._writer

    async def _ask(self, verb: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        reader, writer = await self._open()
        lines = [f"{verb} {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
        lines += [f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        answer = await _body(reader, head)
        status = head.split(" ", 2)[1]
        if not status.startswith("2"):
            raise HttpFailed(f"{status}: {answer[:500].decode('utf-8', 'replace')}")
        return answer


async def _body(reader: asyncio.StreamReader, head: str) -> bytes:
    for line in head.split("\r\n"):
        if line.startswith("content-length:"):
            return await reader.readexactly(int(line[15:]))
    if "transfer-encoding: chunked" not in head:
        return b""
    body = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body
