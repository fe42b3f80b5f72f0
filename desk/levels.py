"""Service levels: how long a ticket of this kind and urgency may take until somebody answers, and until it is done.

The clock runs in office time, for danger and urgent repairs by the wall; it stands still while the desk waits for the
requester, an approval or a part. What ran when is read from the ticket's history, which nobody edits, so nothing else has
to be kept. The figures are in `rules/levels.yml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import bindparam, select

from desk.instants import to_instant, to_local
from desk.models import Ticket, TicketEvent
from desk.remembered import remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from desk.calendar import Calendar
    from desk.rules import RuleBook

Phase = Literal["respond", "finish"]
PHASES: tuple[Phase, ...] = ("respond", "finish")
# From an instant until another, or still going on.
Span = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How far a ticket is in the phase it is in. `spans` are the times its clock ran or runs."""

    phase: Phase
    allowed: timedelta
    on_the_clock: bool
    spans: tuple[Span, ...]
    calendar: Calendar

    @property
    def is_paused(self) -> bool:
        """Say whether the clock stands still now."""
        return not self.spans or self.spans[-1][1] is not None

    def at(self, share: float) -> datetime | None:
        """Return the instant at which `share` of the time allowed is (or was) used; None while paused before it."""
        left = self.allowed * share
        for start, end in self.spans:
            if end is None or left <= self._between(start, end):
                return self._after(start, left)
            left -= self._between(start, end)
        return None

    @property
    def due_at(self) -> datetime | None:
        """Return the instant by which it must be done; None while paused."""
        return self.at(1)

    def _after(self, start: datetime, span: timedelta) -> datetime:
        return (
            start + span
            if self.on_the_clock
            else to_instant(self.calendar.add_working(to_local(start), span))
        )

    def _between(self, start: datetime, end: datetime) -> timedelta:
        if self.on_the_clock:
            return end - start
        return self.calendar.working_between(to_local(start), to_local(end))


def read(session: Session, ticket: Ticket, *, rules: RuleBook, calendar: Calendar) -> Reading | None:
    """Return how far an open ticket is; None for one that is closed or whose kind or state has no level."""
    table = rules.parameters.get("levels", {}).get("kinds", {}).get(ticket.kind)
    if table is None or ticket.closed_at is not None:
        return None
    paused = tuple(table.get("paused", ()))
    phase = _phase(session, ticket, table, paused)
    figures = _figures(ticket, table, rules)
    if phase is None or figures is None or not figures.get(phase):
        return None
    running = tuple(s for s in _states(table, phase) if s not in paused)
    spans = _spans(_history(session, ticket), running)
    if table[phase].get("from") == "end" and ticket.ends_at is not None:
        spans = _since(spans, ticket.ends_at)
    return Reading(
        phase=phase,
        allowed=timedelta(minutes=figures[phase]),
        on_the_clock=figures["clock"] == "wall",
        spans=tuple(spans),
        calendar=calendar,
    )


def _phase(session: Session, ticket: Ticket, table: Mapping[str, Any], paused: Sequence[str]) -> Phase | None:
    """Return the phase a ticket is in; one that is paused is in the phase it was in before."""
    state = ticket.state
    if state in paused:
        before = [s for _, s in _history(session, ticket) if s not in paused]
        if not before:
            return next(p for p in PHASES if p in table)
        state = before[-1]
    return next((p for p in PHASES if p in table and state in table[p]["states"]), None)


def _states(table: Mapping[str, Any], phase: Phase) -> tuple[str, ...]:
    own = tuple(table[phase]["states"])
    # What is to be finished from the beginning was also under way while somebody had yet to answer.
    is_all = phase == "finish" and table[phase].get("from", "opened") == "opened"
    return own + (tuple(table["respond"]["states"]) if is_all and "respond" in table else ())


def _figures(ticket: Ticket, table: Mapping[str, Any], rules: RuleBook) -> Mapping[str, Any] | None:
    fields = ticket.fields
    if table["levels"] == ticket.kind:
        found = rules.parameters[ticket.kind]["levels"].get(str(fields.get("level") or "P2"))
        return dict(found) if found else None
    figures = dict(table["levels"]["urgent" if fields.get("urgent") else "normal"])
    return figures | dict(table.get("by_use", {}).get(str(fields.get("use") or ""), {}))


HISTORY = (
    select(TicketEvent.at, TicketEvent.state_after)
    .where(TicketEvent.ticket_id == bindparam("ticket"))
    .order_by(TicketEvent.id)
)


def _history(session: Session, ticket: Ticket) -> list[tuple[datetime, str]]:
    def ask() -> list[tuple[datetime, str]]:
        return [(at, state) for at, state in session.execute(HISTORY, {"ticket": ticket.id})]

    return remembered(session, TicketEvent, ticket.id, ask)


def _spans(history: Iterable[tuple[datetime, str]], running: Sequence[str]) -> list[Span]:
    """Return when the clock ran: while the ticket was in one of the states `running`."""
    spans: list[Span] = []
    began: datetime | None = None
    for at, state in history:
        if state in running and began is None:
            began = at
        elif state not in running and began is not None:
            spans.append((began, at))
            began = None
    return [*spans, (began, None)] if began is not None else spans


def _since(spans: Iterable[Span], at: datetime) -> list[Span]:
    return [(max(start, at), end) for start, end in spans if end is None or end > at]
