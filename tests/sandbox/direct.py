"""A bot by hand for tests of the page: one call at a time, one update at a time, over the real Bot API of the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import httpx

if TYPE_CHECKING:
    from sandbox.server import RunningSandbox


class DirectBot:
    """Calls methods and reads updates in order. The browser's event loop leaves no room for an asynchronous one."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self._http = httpx.Client(timeout=60, trust_env=False)
        self._url = f"{sandbox.base_url}{sandbox.token}"
        self._offset = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def call(self, method: str, **params: Any) -> Any:
        """The result; an AssertionError when the sandbox refuses."""
        answer = self._http.post(f"{self._url}/{method}", json=params).json()
        assert answer["ok"], answer
        return answer["result"]

    def next(self) -> dict[str, Any]:
        """The next update, waiting up to half a minute for it."""
        updates = self.call("getUpdates", offset=self._offset, limit=1, timeout=30)
        assert updates, "no update in half a minute"
        update: dict[str, Any] = updates[0]
        self._offset = update["update_id"] + 1
        return update
