"""The desk's own small web: Telegram's webhook, health, and metrics.

A webhook request is answered 200 only after its update is committed; any failure is a 5xx, and Telegram delivers again.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import socket
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import metrics
from bot.log import tell
from desk import inbox, outbox, tickets

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session
    from starlette.requests import Request

    from bot.pool import Pool

log = structlog.get_logger(__name__)

# Telegram's updates are a few kilobytes; the largest messages stay far below this.
LARGEST_BODY = 1_000_000
# A queue older than this is not keeping up (seconds).
TOO_OLD = 60.0
# A reminder this long after its time is late.
LATE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What health is judged by. `rasa_ready` says whether Rasa answers at this moment."""

    pool: Pool
    now: Callable[[], datetime]
    rasa_ready: Callable[[], bool]


def health_routes(health: Health) -> list[Route]:
    """`/healthz`: the process lives. `/readyz`: it does its work. `/metrics`: for Prometheus."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_: Request) -> Response:
        try:
            async with asyncio.timeout(5):
                state = await _state(health)
        except Exception as error:  # whatever is wrong with the database, the answer is: not ready
            return JSONResponse({"ready": False, "database": type(error).__name__}, status_code=503)
        return JSONResponse(state, status_code=200 if state["ready"] else 503)

    async def show_metrics(_: Request) -> Response:
        with contextlib.suppress(Exception):
            await _state(health)
            await _count(health)
        return Response(generate_latest(metrics.REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", show_metrics)]


async def _state(health: Health) -> dict[str, Any]:
    now = health.now()

    def look(session: Session) -> tuple[tuple[int, datetime | None], tuple[int, datetime | None]]:
        session.execute(text("SELECT 1"))
        return inbox.backlog(session), outbox.backlog(session, now=now)

    came, owed = await health.pool.read(look)
    rasa = health.rasa_ready()
    metrics.RASA_READY.set(rasa)
    state: dict[str, Any] = {"database": "ok", "rasa": "ready" if rasa else "unavailable"}
    in_time = True
    for queue, (count, oldest) in (("inbox", came), ("outbox", owed)):
        age = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
        metrics.BACKLOG.labels(queue=queue).set(count)
        metrics.BACKLOG_AGE.labels(queue=queue).set(age)
        state[queue] = {"waiting": count, "oldest_seconds": round(age, 1)}
        in_time = in_time and age < TOO_OLD
    # Without Rasa the desk goes on with buttons, so that alone does not make it unready.
    return {"ready": in_time, **state}


async def _count(health: Health) -> None:
    """Bring the figures up to date that only the database knows."""
    late = health.now() - LATE

    def look(session: Session) -> tuple[int, dict[tuple[str, str], int]]:
        return outbox.late_reminders(session, before=late), tickets.by_state(session)

    reminders, counted = await health.pool.read(look)
    metrics.REMINDERS_LATE.set(reminders)
    # A state nobody is in any more is gone from the figures too.
    metrics.TICKETS.clear()
    for (kind, state), count in counted.items():
        metrics.TICKETS.labels(kind=kind, state=state).set(count)


def webhook_route(
    *, url: str, secret: str, accept: Callable[[Sequence[Mapping[str, Any]]], Awaitable[None]]
) -> Route:
    """Telegram's way in at the path of `url`. `accept` returns when an update is committed."""

    async def receive(request: Request) -> Response:
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            return PlainTextResponse("forbidden", status_code=403)
        body = await _body(request)
        if body is None:
            return PlainTextResponse("too large", status_code=413)
        try:
            update = json.loads(body)
            int(update["update_id"])
        except (ValueError, KeyError, TypeError):
            return PlainTextResponse("not an update", status_code=400)
        try:
            await asyncio.shield(accept([update]))
        except Exception as error:  # not stored, so not ours yet: Telegram delivers it again
            tell(log, "webhook_not_stored", error)
            return PlainTextResponse("try again", status_code=503)
        return PlainTextResponse("ok")

    return Route(urlsplit(url).path or "/", receive, methods=["POST"])


async def _body(request: Request) -> bytes | None:
    """Read the body, but never more than an update can be."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > LARGEST_BODY:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


class _Server(uvicorn.Server):
    """Leaves the signals to the process it is part of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Web:
    """Routes served at one address inside this process."""

    def __init__(self, routes: list[Route], *, host: str, port: int) -> None:
        self._routes, self._host, self._port = routes, host, port
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> str:
        """Listen and return the address. Raises OSError when it is taken."""
        listener = socket.create_server((self._host, self._port), backlog=128)
        config = uvicorn.Config(
            Starlette(routes=self._routes), log_config=None, access_log=False, timeout_graceful_shutdown=3
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]), name="web")
        return f"http://{self._host}:{listener.getsockname()[1]}"

    async def stop(self) -> None:
        """Answer what was asked, then close."""
        if self._server and self._task:
            self._server.should_exit = True
            await self._task
