"""Refusals, in Telegram's own shape and words."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """What a bot gets instead of a result.

    `broken_rule` tells a request that no state of the world could accept (too long, unknown tag, missing parameter) from one
    that is well-formed but refused as things stand (blocked, not modified, too old).
    """

    def __init__(
        self,
        code: int,
        description: str,
        *,
        broken_rule: bool = False,
        parameters: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.broken_rule = broken_rule
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """The JSON answer."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


class ControlError(Exception):
    """What a person in the sandbox cannot do; shown on the page, so in Chinese."""


def bad(why: str) -> ApiError:
    """A request that breaks a rule of the Bot API."""
    return ApiError(400, f"Bad Request: {why}", broken_rule=True)


def refused(why: str) -> ApiError:
    """A well-formed request that the state of the world does not allow."""
    return ApiError(400, f"Bad Request: {why}")


def forbidden(why: str) -> ApiError:
    """The person or the group does not want the bot."""
    return ApiError(403, f"Forbidden: {why}")


def conflict(why: str) -> ApiError:
    """Two ways of receiving updates at once."""
    return ApiError(409, f"Conflict: {why}")


def too_many(*, retry_after: int) -> ApiError:
    """Slow down; `retry_after` in whole seconds."""
    words = f"Too Many Requests: retry after {retry_after}"
    return ApiError(429, words, parameters={"retry_after": retry_after})
