"""Quiet hours: nobody is woken for what can wait, and nobody is chased over lunch.

From 22:00 to 7:00 and over the lunch of the season only danger, emergencies and the next morning's early trips are said.
What is held is due when the quiet ends, where all that one person is owed becomes one message (desk.outbox).
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from desk.instants import to_instant, to_local

if TYPE_CHECKING:
    from desk.calendar import Calendar

NIGHT_BEGINS, NIGHT_ENDS = time(22), time(7)
# A trip that starts before this hour is an early one: its reminders may come at night.
EARLY_UNTIL = time(9)


def allowed_at(instant: datetime, *, calendar: Calendar, urgent: bool) -> datetime:
    """Return when something due at `instant` may be said: then if it is `urgent`, else after the quiet it falls into."""
    if urgent:
        return instant
    local = to_local(instant)
    hours = calendar.office_hours(local.date())
    if is_night(instant):
        day = local.date() + timedelta(days=local.time() >= NIGHT_BEGINS)
        return to_instant(datetime.combine(day, NIGHT_ENDS))
    if hours.morning_end <= local.time() < hours.afternoon_start:
        return to_instant(datetime.combine(local.date(), hours.afternoon_start))
    return instant


def batch(due_at: datetime) -> str:
    """Name what is held until the instant `due_at`: one person's rows of this name become one message."""
    return f"quiet:{due_at:%Y%m%dT%H%M}"


def is_night(instant: datetime) -> bool:
    """Say whether an instant falls between 22:00 and 7:00."""
    local = to_local(instant).time()
    return local >= NIGHT_BEGINS or local < NIGHT_ENDS


def is_early(starts_at: datetime) -> bool:
    """Say whether something that starts then begins before the day does, or in the night."""
    local = to_local(starts_at).time()
    return local < EARLY_UNTIL or local >= NIGHT_BEGINS
