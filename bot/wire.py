"""How calls travel to Telegram: the library's calls over aiohttp instead of over httpx.

A turn is two or three calls. httpx spends two milliseconds of processor on each, aiohttp, whose HTTP is written in C, less
than one; beside that nothing changes: one pool of connections that stay open, the proxies of the environment, the same
certificates. A call that failed says whether it can have left this machine, for on that depends whether it is made again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest

if TYPE_CHECKING:
    from telegram.request import RequestData

# Nothing reached Telegram: no connection, none free in time, or an address that is none.
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
# Anything else that goes wrong on the way: nobody knows whether the call arrived.
ON_THE_WAY = (aiohttp.ClientError, TimeoutError)
# An idle connection is kept this long (seconds): a handshake costs more than a turn.
KEPT = 30.0
# A file may take this long to be handed over altogether (seconds).
LONGEST_UPLOAD = 300.0
PLAIN_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Wire(BaseRequest):
    """One pool of connections to the Bot API.

    Args:
        connections: how many at most.
        read_timeout: seconds of silence after a call was made, unless the call names its own.
        connect_timeout: seconds to wait for a free connection and for a new one to stand.
        trust_env: whether the proxies of the environment are used.
    """

    def __init__(
        self, *, connections: int, read_timeout: float, connect_timeout: float = 10.0, trust_env: bool = True
    ) -> None:
        self._connections = connections
        self._read_timeout, self._connect_timeout = read_timeout, connect_timeout
        self._trust_env = trust_env
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """The seconds of silence a call without its own limit bears."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Open the pool; each call does so by itself where nobody did."""
        self._open()

    async def shutdown(self) -> None:
        """Close every connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            # The certificates httpx goes by, so that it does not matter what the machine has installed.
            connector = aiohttp.TCPConnector(
                limit=self._connections, keepalive_timeout=KEPT, ssl=httpx.create_ssl_context()
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=self._trust_env,
                headers={"User-Agent": self.USER_AGENT},
            )
        return self._session

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Make one call and return its status and body. Raises TimedOut and NetworkError, caused by what went wrong."""
        silence = self._read_timeout if read_timeout is self.DEFAULT_NONE else read_timeout
        has_files = request_data is not None and request_data.contains_files
        limits = aiohttp.ClientTimeout(
            total=LONGEST_UPLOAD if has_files else None, connect=self._connect_timeout, sock_read=silence
        )
        try:
            async with self._open().request(
                method, url, **_body(request_data), timeout=limits, allow_redirects=False
            ) as answer:
                return answer.status, await answer.read()
        except TimeoutError as error:
            raise TimedOut(_said(error)) from error
        except ON_THE_WAY as error:
            raise NetworkError(_said(error)) from error


def _body(request_data: RequestData | None) -> dict[str, Any]:
    """Return what is posted: a plain form, or one with the files in it."""
    if request_data is None:
        return {}
    if not request_data.contains_files:
        # Written out by the library itself: the form of aiohttp would first prepare for files.
        return {"data": request_data.url_encoded_parameters().encode(), "headers": PLAIN_FORM}
    form = aiohttp.FormData(request_data.json_parameters)
    for name, (filename, content, sort) in request_data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=sort)
    return {"data": form}


def _said(error: BaseException) -> str:
    # Only where it speaks of host and port: other texts may hold the whole address, and in it the token.
    why = f"：{error}" if isinstance(error, aiohttp.ClientConnectorError) else ""
    return f"{type(error).__name__}{why}"
