"""What was understood, as plain values, and how it is written down for other programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_KINDS: Mapping[str, str] = {
    "book_vehicle": "vehicle",
    "book_room": "room",
    "report_repair": "repair",
    "arrange_reception": "reception",
}
"""Which intent opens a request of which kind; a fifth kind adds its own line."""

OUT_OF_SCOPE = "out_of_scope"
TICKET_INTENTS = frozenset({"query_ticket", "change_ticket", "cancel_ticket", "urge_ticket"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One thing wanted.

    `slots` hold JSON values under the names of the contract. `hints` help the dialogue and are never shown as facts:
    `start_precision` (date, clock, datetime), `people_delta`, `people_approximate`, `unsure` {slot: Chinese reason},
    `recurrence`, `duration_s`, `shift_s`, `part` (上午…), `since` (of a fault), `user_name`, `round_trip`, `vehicle_count`, `secret`,
    `urgency_level` (high, low), `shared` (slots lent by another request of the message), `kind` of the ticket meant, and
    `also` {label: words} for what was named but is no slot of this kind: the visitors a car is for, the car of a reception.
    """

    intent: str
    kind: str | None
    slots: dict[str, Any] = field(default_factory=dict)
    hints: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    """The words of the message that make up this request, as typed; all of it where it holds one request only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """All that one message says. `slots` and `hints` are those of its first request."""

    text: str
    """The normalised text that was understood."""
    original: str
    """The message as typed."""
    intent: str
    kind: str | None
    confidence: float
    clarify: bool
    """Better ask than act."""
    slots: dict[str, Any]
    hints: dict[str, Any]
    requests: tuple[Request, ...]
    candidates: tuple[tuple[str, float], ...]
    """The likeliest intents, best first, for the buttons of a question back."""


def to_contract(understanding: Understanding, *, id: object) -> dict[str, Any]:  # noqa: A002 - the contract's name
    """The line `houqin understand` prints; a greeting or a thank-you holds no request."""
    requests = understanding.requests
    if len(requests) == 1 and requests[0].kind is None and requests[0].intent not in TICKET_INTENTS:
        requests = ()
    return {
        "id": id,
        "intent": understanding.intent,
        "kind": understanding.kind,
        "confidence": round(understanding.confidence, 4),
        "clarify": understanding.clarify,
        "slots": understanding.slots,
        "requests": [
            {"intent": request.intent, "kind": request.kind, "slots": request.slots} for request in requests
        ],
    }
