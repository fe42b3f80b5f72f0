"""The sandbox as one ASGI application: the Bot API for the bot, the control API and the page for people."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

from sandbox import store
from sandbox.api import BotApi
from sandbox.control import Control, reply
from sandbox.faults import Faults, Journal
from sandbox.limits import Pace
from sandbox.page import page_routes
from sandbox.state import World
from sandbox.webhook import deliver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How this sandbox behaves.

    enforce_limits: refuse with 429 beyond Telegram's pace. folder: keep chats there, so that a restart goes on where it was.
    clock: Unix seconds.
    """

    enforce_limits: bool = False
    folder: Path | None = None
    clock: Callable[[], float] = time.time


def create_app(*, token: str, options: Options) -> Starlette:
    """One sandbox with its own world (at `app.state.world`). Raises ValueError for a token without a bot id."""
    if not token.partition(":")[0].isdecimal():
        raise ValueError("令牌应形如 123456:ABC…")
    world = World(token=token, clock=options.clock)
    if options.folder:
        store.load(world, options.folder)
    faults, journal = Faults(), Journal()
    pace = Pace() if options.enforce_limits else None
    bot_api = BotApi(world=world, faults=faults, journal=journal, pace=pace)

    async def health(_request: Request) -> Response:
        return reply({"ok": True, "people": len(world.people), "pending_updates": len(world.updates.pending)})

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(deliver(world))]
        if options.folder:
            tasks.append(asyncio.create_task(store.keep(world, options.folder)))
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if options.folder:
            store.save(world, options.folder)

    app = Starlette(
        routes=[
            Route("/healthz", health),
            Route("/bot{token}/{method}", bot_api.endpoint, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", bot_api.download),
            *Control(world=world, faults=faults, journal=journal).routes(),
            *page_routes(),
        ],
        lifespan=lifespan,
    )
    app.state.world = world
    return app
