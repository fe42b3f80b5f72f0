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

    `slots` hold JSON values under the names of the contract. `hints` help the dialogue and are never shown as facts; times in
    them are local ISO, like the slots'. About the time:

    - `start_precision`: `datetime`; `clock` (the day was not said), `date` (the hour was not), `part` (only `part`, 「上午」, was).
    - `day_assumed`: the day of `start` is ours, none was said; another request of the message may lend its own.
    - `by`: `start` is the hour to be there by (「八点前到」). `duration_s`: how long, in seconds.
    - `shift_s`: by how many seconds a known time moves (「推迟半小时」 1800). `recurrence`: 「每周一」 as a value.
    - `since`: when a fault began, or something past was said. `needed_by`: the meeting that a fault endangers.
    - `unsure`: {slot: Chinese reason to ask}.

    About the people and the journey:

    - `people_delta` (「再加两个人」 2), `people_approximate` (「十来个」); `same_people`: those named before (「送他们」).
    - `user_name`: whom it is for; `goods`: a car for things; `secret`: secret papers; `round_trip`; `vehicle_count`.

    About the request among others:

    - `announced`: it opens with words that lead on (「另外」). `shared`: names of the slots lent by another request of the message
      (`day` where only the day of `start` was). `kind`: of the ticket that is meant, where the intent opens no request.
    - `urgency_level`: `high` or `low`.
    - `also`: {label: words} for what was named and is no slot of this kind: the visitors a car is for, the car of a reception.
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
