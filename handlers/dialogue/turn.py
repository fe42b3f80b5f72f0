"""One turn of a conversation, as values: what was said, and what is to be done about it.

`Said` goes into `handlers.dialogue`, an `Outcome` comes out; `handlers.counter.conversation` carries it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlu.understanding import Request

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.heard import Heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said, understood. `now` is naive local time."""

    text: str
    intent: str = ""
    confidence: float = 0.0
    clarify: bool = False
    requests: tuple[Request, ...] = ()
    candidates: tuple[tuple[str, float], ...] = ()
    now: datetime


def said_of(heard: Heard, *, now: datetime) -> Said:
    """Return what was heard as the dialogue takes it; without Rasa, what the deterministic layers alone read."""
    u = heard.understanding
    if u is not None:
        return Said(
            text=heard.text,
            intent=u.intent,
            confidence=u.confidence,
            clarify=u.clarify,
            requests=u.requests,
            candidates=u.candidates,
            now=now,
        )
    plain = heard.plain or Request(intent="", kind=None, slots={}, hints={})
    return Said(
        text=heard.text,
        intent=plain.intent,
        confidence=0.7 if plain.intent else 0.0,
        clarify=not plain.intent,
        requests=(plain,),
        now=now,
    )


# ── what is to be done ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask for one blank of the open form; `note` goes before the question (why the last answer would not do)."""

    slot: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """Show the card of the open form."""

    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """Submit the open form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """The open form was left. `changing`: it was the change of a ticket, which stays as it is."""

    changing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Something that is no form: a query, a change, a cancellation, thanks. `resume` the open form after it.

    `also`: what else of this sort the same message asks for (「车取消，会议室也取消」).
    """

    request: Request
    resume: bool = False
    also: tuple[Request, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarify:
    """Ask with buttons which of the candidates was meant; `request` keeps what was read meanwhile."""

    candidates: tuple[str, ...]
    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatToChange:
    """The card was refused without saying what is wrong: ask."""


Outcome = Ask | Confirm | Submit | Left | Answer | Clarify | WhatToChange
