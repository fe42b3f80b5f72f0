"""The catalogue of reminders, read from `desk/rules/reminders.yml` into promises.

The table says for each kind and state who is told, when, in which words, what quiet hours do to it and what takes it back.
Whoever keeps the bureau's desk changes the table, not the program; a row that does not hold together is refused at the
start, by name. Words in braces are filled from the ticket; a part in square brackets is left out where a brace in it is empty.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml

from desk import quiet, tickets
from desk.instants import spoken_day, to_instant, to_local
from desk.outbox import Button
from desk.rules import FOLDER
from handlers.kinds import Promise
from handlers.tickets import cards
from handlers.tickets.rating import LABELS
from handlers.words import esc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from desk.calendar import Calendar
    from desk.models import Ticket
    from handlers.kinds import Kind

PARTIES = ("requester", "responsible", "driver", "technician", "approver", "dispatcher", "delegate")
QUIET = ("held", "night", "passes")
KEYS = {"name", "states", "when", "to", "only", "unless", "quiet", "buttons", "silences", "use_by"}
# Rows for every kind; a kind's own row of the same name takes their place.
EVERY = "every"
# The id of the reminder's own row, filled in once the row exists (handlers.tickets.promises).
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
    use_by: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Every row by kind, and the figures of the table."""

    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def of(self, kind: str) -> tuple[Row, ...]:
        """Return the rows that hold for a kind: its own, and the common ones it has no row of that name for."""
        own = self.rows.get(kind, ())
        named = {row.name for row in own}
        return (*own, *(row for row in self.rows.get(EVERY, ()) if row.name not in named))

    def row(self, kind: str, name: str) -> Row | None:
        """Return the row of this name, None for a promise that is not in the table (an escalation)."""
        return next((r for r in self.of(kind) if r.name == name), None)


@lru_cache(maxsize=1)
def load() -> Catalogue:
    """Read the table. Raises ValueError naming the row that does not hold together."""
    data = yaml.safe_load((FOLDER / "reminders.yml").read_text("utf-8"))
    figures = data.pop("parameters", {})
    noted = tuple(figures.get("noted", ()))
    return Catalogue(
        rows={
            kind: tuple(r for one in rows for r in read_rows(kind, one, noted=noted))
            for kind, rows in data.items()
        },
        parameters=figures,
    )


def read_rows(kind: str, data: dict[str, Any], *, noted: tuple[str, ...]) -> list[Row]:
    """Read one line of the table; one for several days is a row for each: list1, list3. Raises ValueError naming it."""
    where = f"reminders.yml: {kind}.{data.get('name')}"
    known = set(data) <= KEYS and set(data["to"]) <= set(PARTIES) and data.get("quiet", "held") in QUIET
    if not known:
        raise ValueError(f"{where}: an unknown column, party or quiet")
    lists = {key: tuple(data.get(key, ())) for key in ("states", "buttons", "silences")}
    days = data["when"].get("days")
    each = [{}] if not isinstance(days, list) else [{"days": day} for day in days]
    found = [
        Row(
            **{
                **data,
                **lists,
                "when": {**data["when"], **one},
                "name": f"{data['name']}{one.get('days', '')}",
            }
        )
        for one in each
    ]
    for row in found:
        for when in (row.when, row.use_by):
            try:
                if when is not None:
                    _moment(when, noted)
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{where}: {when}") from error
    return found


def promises(kind: Kind, *, calendar: Calendar) -> tuple[Promise, ...]:
    """Return what the table promises for a kind, with its times counted by `calendar`."""
    return tuple(_promise(row, kind, calendar) for row in load().of(kind.name))


def _promise(row: Row, kind: Kind, calendar: Calendar) -> Promise:
    moment, last = _moment(row.when, _noted()), _use_by(row)

    def when(ticket: Ticket) -> datetime | None:
        return moment(ticket, calendar) if _applies(row, ticket) else None

    return Promise(
        name=row.name,
        states=row.states,
        when=when,
        to=tuple(row.to),
        text=lambda ticket, party, at: filled(row.to[party], _said(kind, ticket, at)),
        late=lambda ticket, party, at: filled(row.to[party], _said(kind, ticket, at, is_late=True)),
        buttons=lambda ticket, party: _buttons(row, kind, ticket, party),
        passes_quiet=lambda _t: row.quiet == "passes",
        chases=row.quiet == "held",
        use_by=lambda ticket: last(ticket, calendar) if last is not None else None,
    )


def _applies(row: Row, ticket: Ticket) -> bool:
    if row.unless and ticket.fields.get(row.unless):
        return False
    if row.only == "early":
        return ticket.starts_at is not None and quiet.is_early(ticket.starts_at)
    name, _, wanted = row.only.partition("=")
    value = ticket.fields.get(name)
    if wanted:
        return wanted in value if isinstance(value, list) else str(value) == wanted
    return not name or bool(value)


def _buttons(row: Row, kind: Kind, ticket: Ticket, party: str) -> tuple[tuple[Button, ...], ...]:
    later = f"{load().parameters['snooze_minutes']} 分钟后再提醒"
    own = {
        "ok": [Button("知道了", f"r:ok:{OWN_ID}")],
        "later": [Button(later, f"r:later:{OWN_ID}")],
        "rate": [Button(label, cards.press(action, ticket)) for action, label in LABELS.items()],
        "cancel": [Button("取消", cards.press("menu", ticket, "cancel"))] if party == "requester" else [],
    }
    found = [b for name in row.buttons for b in own.get(name) or _of_step(kind, name, ticket, party)]
    return (tuple(found),) if found else ()


def _of_step(kind: Kind, action: str, ticket: Ticket, party: str) -> list[Button]:
    """Return the button of a step this party may take now; none in a state without it."""
    hands = {party, "dispatcher"} if party == "responsible" else {party}
    labels = [
        step.label
        for step in kind.steps
        if step.action == action and step.label and ticket.state in step.states and hands & set(step.by)
    ]
    return [Button(label, cards.press(action, ticket)) for label in labels[:1]]


# ── when ────────────────────────────────────────────────────────────────────────────────────────────

Moment = Callable[["Ticket", "Calendar"], "datetime | None"]
ANCHORS: dict[str, Callable[[Ticket], datetime | None]] = {
    "start": lambda t: t.starts_at,
    "end": lambda t: t.ends_at,
    "due": lambda t: t.due_at,
    "opened": lambda t: t.created_at,
    "entered": tickets.entered_at,
    "closed": lambda t: t.closed_at,
}


def _noted() -> tuple[str, ...]:
    return tuple(load().parameters.get("noted", ()))


def _anchor(name: str, noted: tuple[str, ...]) -> Callable[[Ticket], datetime | None]:
    if name not in noted:
        return ANCHORS[name]

    def kept(ticket: Ticket) -> datetime | None:
        value = ticket.fields.get(name)
        return datetime.fromisoformat(str(value)) if value else None

    return kept


def _moment(when: Mapping[str, Any], noted: tuple[str, ...] = ()) -> Moment:
    """Read a `when`. Raises KeyError, TypeError or ValueError for one that says nothing."""
    way = next(iter(when))
    anchor = _anchor(when[way], noted)
    days = 0 if way == "workdays_after" else when.get("days", 0)
    span = timedelta(days=days, minutes=when.get("minutes", 0), hours=when.get("hours", 0))
    working = timedelta(hours=when.get("working_hours", 0))
    clock = time.fromisoformat(str(when["at"])) if way in ("day_before", "workdays_after") else time()
    nth = int(when["days"]) if way == "workdays_after" else 0
    find: dict[str, Callable[[datetime, Calendar], datetime]] = {
        "before": lambda at, _c: at - span,
        "after": lambda at, c: _working(at + span, working, c),
        "day_before": lambda at, _c: _day_before(at, clock),
        "before_close": lambda at, c: _before_close(at, span, c),
        "workdays_after": lambda at, c: _workdays_after(at, nth, clock, c),
    }
    counted = find[way]

    def moment(ticket: Ticket, calendar: Calendar) -> datetime | None:
        at = anchor(ticket)
        return counted(at, calendar) if at is not None else None

    return moment


def _use_by(row: Row) -> Moment | None:
    """Return until when a row is of use: what it says itself, else the moment it comes before; None: always."""
    if row.use_by is not None:
        return _moment(row.use_by, _noted())
    way = next(iter(row.when))
    return _moment({"before": row.when[way]}, _noted()) if way in ("before", "day_before") else None


def _working(at: datetime, span: timedelta, calendar: Calendar) -> datetime:
    return to_instant(calendar.add_working(to_local(at), span)) if span else at


def _day_before(at: datetime, clock: time) -> datetime:
    return to_instant(datetime.combine(to_local(at).date() - timedelta(days=1), clock))


def _workdays_after(at: datetime, nth: int, clock: time, calendar: Calendar) -> datetime:
    day = to_local(at).date()
    for _ in range(nth):
        day = calendar.next_workday(day)
    return to_instant(datetime.combine(day, clock))


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

_PART = re.compile(r"\[([^\[\]]*)\]")


class _Words(string.Formatter):
    """Fills braces; what a ticket does not say is left out."""

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(str(key), "")


def filled(text: str, said: Mapping[str, str]) -> str:
    """Return a text of the table with its braces filled; a part in square brackets with an empty one is left out."""

    def part(found: re.Match[str]) -> str:
        names = [name for _, name, _, _ in string.Formatter().parse(found[1]) if name]
        return found[1] if all(said.get(name) for name in names) else ""

    return re.sub(" {2,}", " ", _Words().format(_PART.sub(part, text), **said)).strip()


def _said(kind: Kind, ticket: Ticket, at: datetime, *, is_late: bool = False) -> dict[str, str]:
    """Return everything a reminder may say of a ticket at the instant `at`, safe inside HTML."""
    f = ticket.fields
    said = {k: esc(v) for k, v in f.items() if isinstance(v, str | int | float)}
    start, end, due = ticket.starts_at or at, ticket.ends_at or at, to_local(ticket.due_at or at)
    local = to_local(start)
    # Said late, a span that was right at its time would be wrong.
    left = start - at
    more = {
        "number": ticket.number,
        "title": kind.title,
        "state": ticket.state,
        "clock": f"{local:%H:%M}",
        "end_clock": f"{to_local(end):%H:%M}",
        "day": spoken_day(local.date(), today=to_local(at).date()),
        "due_day": f"{due.year}年{due.month}月{due.day}日",
        "left": f"不到 {span_said(left)}" if is_late else span_said(left),
        "people": f.get("people") or 1,
        "headcount": f.get("people") or "",
        "requester": ticket.requester.name,
        "rider": ticket.user_name or ticket.requester.name,
        "rider_phone": ticket.requester.phone,
        "approver": ticket.responsible.name if ticket.responsible else "",
    }
    more |= kind.said(ticket)
    said |= {k: esc(v) for k, v in more.items()}
    said["route"] = f"{esc(f.get('origin') or '')} → {esc(f.get('destination') or '')}"
    if "about" not in said:
        where = f"{said['day']} {said['clock']} {said['route']}，{said['people']} 人"
        said["about"] = where if f.get("destination") else esc(f.get("purpose") or "")
    return said


def span_said(span: timedelta) -> str:
    """Say a span: 「1 小时」, 「1 小时 20 分钟」, 「15 分钟」."""
    minutes = max(0, round(span.total_seconds() / 60))
    hours, rest = divmod(minutes, 60)
    words = ([f"{hours} 小时"] if hours else []) + ([f"{rest} 分钟"] if rest or not hours else [])
    return " ".join(words)
