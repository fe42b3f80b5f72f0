"""How fast Telegram may be spoken to: 30 calls a second overall, one a second to a chat, 20 a minute to a group.

Telegram tolerates short bursts to one person, so a reply of two or three messages is not drawn out; the other two are
counted strictly, over any second and any minute. Telegram counts the bot's calls, so several processes share what is allowed
between them (`share`). Times are seconds of any one steady clock, given by the caller.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Calls allowed: overall a second, to one chat a second (and at once after a pause), to one group a minute.

    The burst is what a brisk dialogue needs: nobody talking to the desk should wait for our own caution. Telegram
    tolerates it, and says 429 if it ever does not.
    """

    overall: int = 30
    chat_rate: float = 1.0
    chat_burst: int = 20
    group: int = 20

    def divided(self, sharers: int) -> Limits:
        """Return the part of one of so many processes. The burst is left whole: it is Telegram's patience, no count."""
        return replace(
            self,
            overall=max(1, self.overall // sharers),
            chat_rate=self.chat_rate / sharers,
            group=max(1, self.group // sharers),
        )


@dataclass(slots=True, kw_only=True)
class Window:
    """At most `most` calls within any `span` seconds."""

    most: int
    span: float
    calls: deque[float] = field(default_factory=deque)

    def left(self, now: float) -> int:
        """Return how many calls are allowed at `now`."""
        while self.calls and self.calls[0] <= now - self.span:
            self.calls.popleft()
        return self.most - len(self.calls)

    def wait(self, now: float) -> float:
        """Return the seconds from `now` until a call is allowed."""
        return 0.0 if self.left(now) > 0 else self.calls[0] + self.span - now

    def spend(self, now: float) -> None:
        """Count one call."""
        self.calls.append(now)


@dataclass(slots=True, kw_only=True)
class Bucket:
    """`burst` calls at once, refilled at `rate` calls a second."""

    rate: float
    burst: float
    tokens: float
    at: float

    def wait(self, now: float) -> float:
        """Return the seconds from `now` until a call is allowed."""
        return max(0.0, (1 - self._refilled(now)) / self.rate)

    def is_full(self, now: float) -> bool:
        """Say whether nothing remains to be remembered of earlier calls."""
        return self._refilled(now) >= self.burst

    def spend(self, now: float) -> None:
        """Count one call."""
        self.tokens, self.at = self._refilled(now) - 1, now

    def _refilled(self, now: float) -> float:
        return min(self.burst, self.tokens + (now - self.at) * self.rate)


class Pace:
    """Keeps count of the calls made and says which chats must rest."""

    def __init__(self, limits: Limits) -> None:
        self._allowed = self._limits = limits
        self._sharers = 1
        self._overall = Window(most=limits.overall, span=1.0)
        self._chats: dict[int, Bucket] = {}
        self._groups: dict[int, Window] = {}

    def share(self, sharers: int) -> None:
        """Keep from now on to the part of one of `sharers` processes."""
        if sharers == self._sharers:
            return
        self._sharers, self._limits = sharers, self._allowed.divided(sharers)
        self._overall.most = self._limits.overall
        for window in self._groups.values():
            window.most = self._limits.group
        for bucket in self._chats.values():
            bucket.rate = self._limits.chat_rate

    def budget(self, now: float) -> int:
        """Return how many calls may go out at `now`, whatever the chat."""
        return self._overall.left(now)

    def wait(self, now: float) -> float:
        """Return the seconds until any call is allowed at all."""
        return self._overall.wait(now)

    def resting(self, now: float) -> dict[int, float]:
        """Return the chats that may not be written to at `now`, and the seconds each has to wait."""
        self._forget(now)
        waits = {chat: bucket.wait(now) for chat, bucket in self._chats.items()}
        for chat, window in self._groups.items():
            waits[chat] = max(waits.get(chat, 0.0), window.wait(now))
        return {chat: wait for chat, wait in waits.items() if wait > 0}

    def spend(self, chat: int, now: float, *, rewrites: bool = False) -> None:
        """Count one call to `chat`; negative chats are groups.

        Rewriting a message in a private chat is no new message: it counts overall, but keeps nobody waiting there.
        """
        limits = self._limits
        self._overall.spend(now)
        if rewrites and chat > 0:
            return
        bucket = self._chats.setdefault(
            chat, Bucket(rate=limits.chat_rate, burst=limits.chat_burst, tokens=limits.chat_burst, at=now)
        )
        bucket.spend(now)
        if chat < 0:
            self._groups.setdefault(chat, Window(most=limits.group, span=60.0)).spend(now)

    def _forget(self, now: float) -> None:
        for chat in [chat for chat, bucket in self._chats.items() if bucket.is_full(now)]:
            del self._chats[chat]
        for chat in [chat for chat, window in self._groups.items() if window.left(now) == window.most]:
            del self._groups[chat]
