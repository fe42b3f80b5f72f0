"""Telegram's pace: 30 messages a second overall, about one a second per chat, 20 a minute per group. Off by default."""

from __future__ import annotations

import math
from collections import defaultdict, deque

from sandbox.errors import too_many

_OVERALL = (30, 1.0)
_CHAT = (5, 5.0)  # one a second, with a short burst
_GROUP = (20, 60.0)


class Pace:
    """Remembers when messages were sent; times are Unix seconds."""

    def __init__(self) -> None:
        self._sent: defaultdict[object, deque[float]] = defaultdict(deque)

    def check(self, *, chat: int, now: float) -> None:
        """Count one message to `chat`. Raises ApiError 429 with the seconds to wait."""
        rules = [("all", _OVERALL), (chat, _GROUP if chat < 0 else _CHAT)]
        for key, (most, seconds) in rules:
            sent = self._sent[key]
            while sent and sent[0] <= now - seconds:
                sent.popleft()
            if len(sent) >= most:
                raise too_many(retry_after=max(1, math.ceil(sent[0] + seconds - now)))
        for key, _ in rules:
            self._sent[key].append(now)
