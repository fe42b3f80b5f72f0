"""The catalogue of reminders, read from `desk/rules/reminders.yml` into promises.

The table says for each kind and state who is told, when, in which words, what quiet hours do to it and what takes it back.
Whoever keeps the bureau's desk changes the table, not the program; a row that does not hold together is refused at the
start, by name. Words in braces are filled from the ticket.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml

from desk import quiet
from desk.instants import spoken_day, to_instant, to_local
from desk.outbox import Button
from desk.rules import FOLDER
from handlers import cards
from handlers.kinds import Promise
from handlers.rating import LABELS
from handlers.words import esc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from desk.calendar import Calendar
    from desk.models import Ticket

PARTIES = ("requester", "responsible", "driver", "technician", "approver", "dispatcher", "delegate")
BUTTONS = ("ok", "later", "rate")
KEYS = {"name", "states", "when", "to", "only", "unless", "quiet", "buttons", "silences"}
# The id of the reminder's own row, filled in once the row exists (handlers.promises).
OWN_ID = "{id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the catalogue."""

    name: str
    states: tuple[str, ...]
    when: Mapping[str, Any]
    to: Mapping[str, str]
    only: str = ""
    unless: str = ""
    quiet: str = "held"
    buttons: tuple[str, ...] = ()
    silences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Every row by kind, and the figures of the table."""

    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def row(self, kind: str, name: str) -> Row | None:
        """Return the row of this name, None for a promise a kind keeps itself."""
        return next((r for r in self.rows.get(kind, ()) if r.name == name), None)


@lru_cache(maxsize=1)
def load() -> Catalogue:
    """Read the table. Raises ValueError naming the row that does not hold together."""
    data = yaml.safe_load((FOLDER / "reminders.yml").read_text("utf-8"))
    figures = data.pop("parameters", {})
    return Catalogue(
        rows={kind: tuple(_row(kind, one) for one in rows) for kind, rows in data.items()}, parameters=figures
    )


def _row(kind: str, data: dict[str, Any]) -> Row:
    where = f"reminders.yml: {kind}.{data.get('name')}"
    known = (
        set(data) <= KEYS
        and set(data["to"]) <= set(PARTIES)
        and set(data.get("buttons", ())) <= set(BUTTONS)
        and data.get("quiet", "held") in ("held", "passes")
    )
    if not known:
        raise ValueError(f"{where}: an unknown column, party, button or quiet")
    try:
        _moment(data["when"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{where}: when {data['when']}") from error
    lists = {key: tuple(data.get(key, ())) for key in ("states", "buttons", "silences")}
    return Row(**{**data, **lists})


def promises(kind: str, *, calendar: Calendar) -> tuple[Promise, ...]:
    """Return what the table promises for a kind, with its times counted by `calendar`."""
    return tuple(_promise(row, calendar) for row in load().rows.get(kind, ()))


def is_emergency(ticket: Ticket) -> bool:
    """Say whether what concerns a ticket goes past quiet hours: danger or an emergency that is not over yet."""
    figures = load().parameters
    urgent = bool(ticket.fields.get("urgent")) or ticket.fields.get("level") in figures["emergencies"]
    return urgent and ticket.state not in figures["calm_states"]


def _promise(row: Row, calendar: Calendar) -> Promise:
    moment = _moment(row.when)

    def when(ticket: Ticket) -> datetime | None:
        return moment(ticket, calendar) if _applies(row, ticket) else None

    return Promise(
        name=row.name,
        states=row.states,
        when=when,
        to=tuple(row.to),
        text=lambda ticket, party, at: _Words().format(row.to[party], **_said(ticket, at)),
        buttons=lambda ticket, _party: _buttons(row, ticket),
        passes_quiet=lambda _t: row.quiet == "passes",
        chases=row.quiet == "held",
    )


def _applies(row: Row, ticket: Ticket) -> bool:
    if row.unless and ticket.fields.get(row.unless):
        return False
    if row.only == "early":
        return ticket.starts_at is not None and quiet.is_early(ticket.starts_at)
    return not row.only or bool(ticket.fields.get(row.only))


def _buttons(row: Row, ticket: Ticket) -> tuple[tuple[Button, ...], ...]:
    later = f"{load().parameters['snooze_minutes']} 分钟后再提醒"
    own = {"ok": Button("知道了", f"r:ok:{OWN_ID}"), "later": Button(later, f"r:later:{OWN_ID}")}
    found = tuple(own[name] for name in row.buttons if name in own)
    if "rate" in row.buttons:
        found += tuple(Button(label, cards.press(action, ticket)) for action, label in LABELS.items())
    return (found,) if found else ()


# ── when ────────────────────────────────────────────────────────────────────────────────────────────

Moment = "Callable[[Ticket, Calendar], datetime | None]"
ANCHORS: dict[str, Callable[[Ticket], datetime | None]] = {
    "start": lambda t: t.starts_at,
    "end": lambda t: t.ends_at,
    "due": lambda t: t.due_at,
    "opened": lambda t: t.created_at,
    "closed": lambda t: t.closed_at,
}


def _moment(when: Mapping[str, Any]) -> Callable[[Ticket, Calendar], datetime | None]:
    """Read a `when`. Raises KeyError or ValueError for one that says nothing."""
    way = next(iter(when))
    anchor = ANCHORS[when[way]]
    span = timedelta(minutes=when.get("minutes", 0), hours=when.get("hours", 0))
    working = timedelta(hours=when.get("working_hours", 0))
    find: dict[str, Callable[[datetime, Calendar], datetime]] = {
        "before": lambda at, _c: at - span,
        "after": lambda at, c: _working(at + span, working, c),
        "day_before": lambda at, _c: _day_before(at, str(when["at"])),
        "before_close": lambda at, c: _before_close(at, span, c),
    }
    if way == "day_before":
        time.fromisoformat(str(when["at"]))
    counted = find[way]

    def moment(ticket: Ticket, calendar: Calendar) -> datetime | None:
        at = anchor(ticket)
        return counted(at, calendar) if at is not None else None

    return moment


def _working(at: datetime, span: timedelta, calendar: Calendar) -> datetime:
    return to_instant(calendar.add_working(to_local(at), span)) if span else at


def _day_before(at: datetime, clock: str) -> datetime:
    day = to_local(at).date() - timedelta(days=1)
    return to_instant(datetime.combine(day, time.fromisoformat(clock)))


def _before_close(at: datetime, span: timedelta, calendar: Calendar) -> datetime:
    local = to_local(at)
    day = local.date()
    while True:
        if calendar.is_workday(day):
            close = datetime.combine(day, calendar.office_hours(day).afternoon_end) - span
            if close > local:
                return to_instant(close)
        day += timedelta(days=1)


# ── words ───────────────────────────────────────────────────────────────────────────────────────────


class _Words(string.Formatter):
    """Fills braces; what a ticket does not say is left out."""

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(str(key), "")


def _said(ticket: Ticket, at: datetime) -> dict[str, str]:
    """Return everything a reminder may say of a ticket at the instant `at`, safe inside HTML."""
    f = ticket.fields
    said = {k: esc(v) for k, v in f.items() if isinstance(v, str | int | float)}
    start = ticket.starts_at or at
    local = to_local(start)
    more = {
        "number": ticket.number,
        "state": ticket.state,
        "clock": f"{local:%H:%M}",
        "day": spoken_day(local.date(), today=to_local(at).date()),
        "left": span_said(start - at),
        "people": f.get("people") or 1,
        "requester": ticket.requester.name,
        "rider": ticket.user_name or ticket.requester.name,
        "rider_phone": ticket.requester.phone,
        "approver": ticket.responsible.name if ticket.responsible else "",
    }
    route = f"{esc(f.get('origin') or '')} → {esc(f.get('destination') or '')}"
    return {**said, **{k: esc(v) for k, v in more.items()}, "route": route}


def span_said(span: timedelta) -> str:
    """Say a span: 「1 小时」, 「1 小时 20 分钟」, 「15 分钟」."""
    minutes = max(0, round(span.total_seconds() / 60))
    hours, rest = divmod(minutes, 60)
    words = ([f"{hours} 小时"] if hours else []) + ([f"{rest} 分钟"] if rest or not hours else [])
    return " ".join(words)
