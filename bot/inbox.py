"""Asking Telegram for updates: stored and committed first, acknowledged only by the next question.

The stock library acknowledges an update before it is handled, which loses whatever a killed process had in its hands.
Here the offset moves on after the commit, so at worst Telegram delivers a batch once more, and the inbox drops the copy.
"""

from __future__ import annotations

import asyncio
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.warnings import PTBUserWarning

from bot.log import tell
from bot.telegram_calls import judge
from bot.updates import WANTED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from telegram import Bot

log = structlog.get_logger(__name__)

BATCH = 100
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# The raw answer is wanted, not the library's objects: an update it cannot parse must still be stored.
warnings.filterwarnings("ignore", message="Please use 'Bot.getUpdates'", category=PTBUserWarning)


@dataclass(slots=True, kw_only=True)
class Poller:
    """Long-polls until told to stop. `accept` returns when a batch is committed; `hold` is in seconds."""

    bot: Bot
    accept: Callable[[Sequence[Mapping[str, Any]]], Awaitable[None]]
    hold: int = 30
    _offset: int | None = None
    _task: asyncio.Task[None] | None = field(default=None)
    _stopping: bool = False

    async def run(self) -> None:
        """Ask, store, ask again; errors are waited out."""
        self._task = asyncio.current_task()
        pause = 0.0
        webhook_gone = False
        while not self._stopping:
            try:
                if not webhook_gone:
                    # Telegram refuses to be asked while a webhook is set; what it holds is kept.
                    await self.bot.delete_webhook(drop_pending_updates=False)
                    webhook_gone = True
                await self._ask()
                pause = 0.0
            except asyncio.CancelledError:
                if self._stopping:
                    return
                raise
            except Exception as error:
                webhook_gone = webhook_gone and not isinstance(error, Conflict)
                pause = _pause(error, last=pause)
                await asyncio.sleep(pause)

    def stop(self) -> None:
        """Break off the open question; whatever it would have brought comes again."""
        self._stopping = True
        if self._task is not None:
            self._task.cancel()

    async def _ask(self) -> None:
        wanted = {
            "offset": self._offset,
            "timeout": self.hold,
            "limit": BATCH,
            "allowed_updates": list(WANTED),
        }
        found: Any = await self.bot.do_api_request(
            "getUpdates",
            api_kwargs={name: value for name, value in wanted.items() if value is not None},
            read_timeout=self.hold + 10,
        )
        updates = [update for update in found or () if isinstance(update, dict) and "update_id" in update]
        if not updates:
            return
        # Not to be broken off between the commit and the offset: shielded from `stop`.
        await asyncio.shield(self._keep(updates))

    async def _keep(self, updates: list[dict[str, Any]]) -> None:
        await self.accept(updates)
        self._offset = max(int(update["update_id"]) for update in updates) + 1


def _pause(error: Exception, *, last: float) -> float:
    """Log why polling failed and return the seconds to wait before the next try."""
    if isinstance(error, RetryAfter):
        return judge(error).retry_after
    if isinstance(error, InvalidToken):
        log.error("telegram_refused_token", hint="TELEGRAM_TOKEN 不对或已作废")
    elif isinstance(error, Conflict):
        log.error("telegram_conflict", hint="同一个 TELEGRAM_TOKEN 另有程序在取消息", error=str(error))
    elif isinstance(error, TelegramError):
        log.warning("polling_failed", error=str(error))
    else:
        tell(log, "polling_broke", error)
    return min(LONGEST_PAUSE, max(FIRST_PAUSE, last * 2))
