"""Things going wrong on purpose, and the log that tells what the bot asked for."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from sandbox.errors import ApiError, ControlError, too_many

KINDS = {"429", "500", "502", "403", "timeout", "hang", "drop", "delay"}


@dataclass(kw_only=True, slots=True)
class Fault:
    """The next `times` calls of `method` go wrong; `seconds` is how late a late answer is."""

    method: str
    kind: str
    times: int = 1
    chat: int | None = None
    retry_after: int = 5
    seconds: float = 30.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ControlError(f"没有这种故障：{self.kind}（可用：{'、'.join(sorted(KINDS))}）")

    def error(self) -> ApiError | None:
        """What is answered at once, for the kinds that answer."""
        return {
            "429": too_many(retry_after=self.retry_after),
            "500": ApiError(500, "Internal Server Error"),
            "502": ApiError(502, "Bad Gateway"),
            "403": ApiError(403, "Forbidden: bot was blocked by the user"),
        }.get(self.kind)


@dataclass(kw_only=True, slots=True)
class Faults:
    """Faults waiting for their call, oldest first."""

    waiting: list[Fault] = field(default_factory=list)

    def take(self, *, method: str, chat: Any) -> Fault | None:
        """The fault this call meets, counted down."""
        for fault in self.waiting:
            fits = fault.method == "*" or fault.method.lower() == method.lower()
            if fits and (fault.chat is None or str(fault.chat) == str(chat)):
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
        return None


@dataclass(kw_only=True, slots=True)
class Journal:
    """Every request of the bot with its verdict: valid, refused or invalid (see ApiError)."""

    entries: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=20_000))
    count: int = 0

    def open(self, *, at: float, method: str, params: dict[str, Any], warnings: list[str]) -> dict[str, Any]:
        """Note a request that has come in."""
        self.count += 1
        entry: dict[str, Any] = {
            "n": self.count,
            "at": at,
            "method": method,
            "params": params,
            "status": None,
            "verdict": "valid",
            "why": "",
            "warnings": warnings,
            "fault": None,
            "ms": None,
        }
        self.entries.append(entry)
        return entry

    def since(self, number: int, method: str) -> list[dict[str, Any]]:
        """Entries after `number`, of one method or of all but getUpdates."""
        return [
            entry
            for entry in self.entries
            if entry["n"] > number
            and (entry["method"].lower() == method.lower() if method else entry["method"] != "getUpdates")
        ]
