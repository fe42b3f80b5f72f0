"""The queue of updates: kept until the bot acknowledges them, given out by long polling or pushed to a webhook.

An offset acknowledges everything before it. Only one poller at a time: a new one ends the one before with 409, as in Telegram.
"""

from __future__ import annotations

import copy
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from sandbox.bell import Bell
from sandbox.errors import conflict

Update = dict[str, Any]
KINDS = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
)
ON_REQUEST = {"chat_member", "message_reaction", "message_reaction_count"}
MAX_BATCH = 100
HISTORY = 5_000


@dataclass(kw_only=True, slots=True)
class Webhook:
    """Where updates are pushed to. An empty `url` means polling."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    ip_address: str = ""
    last_error_at: float | None = None
    last_error: str = ""
    deliveries: int = 0
    failing: bool = False


@dataclass(kw_only=True, slots=True)
class UpdateQueue:
    """Updates not yet acknowledged, oldest first."""

    first_id: int
    next_id: int = 0
    pending: deque[Update] = field(default_factory=deque)
    repeats: deque[Update] = field(default_factory=deque)  # given out once more, whatever the offset says
    history: deque[Update] = field(default_factory=lambda: deque(maxlen=HISTORY))
    allowed: list[str] = field(default_factory=list)
    webhook: Webhook = field(default_factory=Webhook)
    bell: Bell = field(default_factory=Bell)
    poller: int = 0
    polls_open: int = 0
    closed: bool = False

    def __post_init__(self) -> None:
        self.next_id = self.next_id or self.first_id

    def push(self, kind: str, content: dict[str, Any]) -> Update | None:
        """Queue an update; None when the bot does not want this kind."""
        wanted = kind in self.allowed if self.allowed else kind not in ON_REQUEST
        if not wanted:
            return None
        # A copy: later edits of the message must not change what the bot is about to read.
        return self._append({"update_id": self.next_id, kind: copy.deepcopy(content)})

    def again(self, update_id: int | None, *, new_id: bool) -> Update:
        """Queue an old update once more, as Telegram may. Raises LookupError when it is not remembered."""
        for update in reversed(self.history):
            if update_id is None or update["update_id"] == update_id:
                if new_id:
                    return self._append({**update, "update_id": self.next_id})
                self.repeats.append(update)
                self.bell.ring()
                return update
        raise LookupError(update_id)

    def _append(self, update: Update) -> Update:
        self.next_id += 1
        self.pending.append(update)
        self.history.append(update)
        self.bell.ring()
        return update

    def forget(self) -> None:
        """Drop everything that waits or is remembered."""
        self.pending.clear()
        self.repeats.clear()
        self.history.clear()

    def acknowledge(self, offset: int) -> None:
        """Forget what comes before `offset`; a negative one keeps only that many of the newest."""
        if offset < 0:
            while len(self.pending) > -offset:
                self.pending.popleft()
            return
        self.pending = deque(update for update in self.pending if update["update_id"] >= offset)

    async def poll(self, *, offset: int, limit: int, seconds: float) -> list[Update]:
        """Long polling. Raises ApiError 409 when a webhook is set or another poller comes."""
        if self.webhook.url:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        self.poller += 1
        mine = self.poller
        self.bell.ring()
        self.acknowledge(offset)
        self.polls_open += 1
        try:
            return await self._wait(mine, limit=limit, seconds=seconds)
        finally:
            self.polls_open -= 1

    async def _wait(self, mine: int, *, limit: int, seconds: float) -> list[Update]:
        deadline = time.monotonic() + seconds
        while True:
            heard = self.bell.count
            if mine != self.poller:
                raise conflict(
                    "terminated by other getUpdates request; make sure that only one bot instance is running"
                )
            if self.webhook.url:
                raise conflict("terminated by setWebhook request")
            left = deadline - time.monotonic()
            if self.pending or self.repeats or left <= 0 or self.closed:
                repeats = list(self.repeats)
                self.repeats.clear()
                return (repeats + list(self.pending))[:limit]
            await self.bell.wait(since=heard, seconds=left)

    def close(self) -> None:
        """End the poll that is open now."""
        self.closed = True
        self.bell.ring()
