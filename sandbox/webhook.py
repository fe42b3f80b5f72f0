"""Pushing updates to the bot's webhook: one after the other, again and again until it says 2xx."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from sandbox.state import World
    from sandbox.updates import Update, Webhook

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 3.0
_PATIENCE = 30.0
_IDLE = 3600.0


async def deliver(world: World) -> None:
    """Run until cancelled. Pauses between attempts grow from 0.1 s to 3 s."""
    async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False, verify=False) as http:  # noqa: S501 - own certificate
        failures = 0
        while not world.closed:
            queue = world.updates
            heard = queue.bell.count
            line = queue.repeats or queue.pending
            if not queue.webhook.url or not line:
                await queue.bell.wait(since=heard, seconds=_IDLE)
                continue
            update, hook = line[0], queue.webhook
            error = await _post(http, hook, update)
            hook.failing = bool(error)
            if not error:
                hook.deliveries += 1
                failures = 0
                if line and line[0] is update:
                    line.popleft()
                world.notify("delivered")
                continue
            hook.last_error_at, hook.last_error = world.clock(), error
            pause = min(_FIRST_PAUSE * 2**failures, _LONGEST_PAUSE)
            failures = min(failures + 1, 10)
            await queue.bell.wait(since=queue.bell.count, seconds=pause)


async def _post(http: httpx.AsyncClient, hook: Webhook, update: Update) -> str:
    headers = {"content-type": "application/json"}
    if hook.secret:
        headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret
    try:
        response = await http.post(hook.url, content=json.dumps(update).encode(), headers=headers)
    except httpx.TimeoutException:
        return "Read timeout expired"
    except httpx.HTTPError:
        return "Connection refused"
    return (
        ""
        if response.is_success
        else f"Wrong response from the webhook: {response.status_code} {response.reason_phrase}"
    )
