"""A bell: whoever waits for a change wakes the moment it happens."""

from __future__ import annotations

import asyncio


class Bell:
    """Counts how often it rang. One event loop only."""

    def __init__(self) -> None:
        self.count = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Wake everybody who waits."""
        self.count += 1
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def wait(self, *, since: int, seconds: float) -> bool:
        """Wait until it has rung more than `since` times; False when that took longer than `seconds`."""
        if self.count > since:
            return True
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await asyncio.wait_for(future, max(seconds, 0))
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(future)
        return True
