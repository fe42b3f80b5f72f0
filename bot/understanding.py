"""How the plumbing asks `nlu`: in time or not at all, and with the desk's own names and calendar in its ear.

Rasa takes ten seconds to load and may be down or slow. None of that is the worker's concern: it gets an understanding,
or None, and can then still have what the deterministic layers read.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from nlu.client import NluUnavailable
from nlu.gazetteer import Gazetteer
from nlu.times import OfficeHours
from nlu.understand import DEFAULT_KINDS, Understander

if TYPE_CHECKING:
    from datetime import date, datetime

    from desk.calendar import Calendar
    from desk.register import RegisterValues
    from handlers.kinds import House
    from nlu.client import RasaClient
    from nlu.understanding import Request, Understanding

log = structlog.get_logger(__name__)

# Longer than this and the person waiting is better served by buttons (seconds).
PATIENCE = 2.0


class Interpreter:
    """The understander of the moment: replaced when Rasa comes up or the register's names change."""

    def __init__(self, understander: Understander | None = None, *, patience: float = PATIENCE) -> None:
        self.understander = understander
        # False while Rasa is loading or down: then nobody waits for it.
        self.is_ready = False
        self._patience = patience

    async def understand(self, text: str, *, now: datetime) -> Understanding | None:
        """Return what `text` means at the naive local time `now`, or None where Rasa cannot say so in time."""
        if self.understander is None or not self.is_ready:
            return None
        try:
            async with asyncio.timeout(self._patience):
                return await self.understander.understand(text, now=now)
        except (NluUnavailable, TimeoutError) as error:
            log.warning("understanding_unavailable", error=type(error).__name__)
            return None

    def read_slots(self, text: str, *, now: datetime) -> Request | None:
        """Return what can be read from `text` without Rasa."""
        return self.understander.read_slots(text, now=now) if self.understander else None


@dataclass(frozen=True, slots=True)
class BureauCalendar:
    """The desk's calendar as the time layer asks it."""

    calendar: Calendar

    def is_workday(self, day: date) -> bool:
        """Say whether the bureau works on `day`."""
        return self.calendar.is_workday(day)

    def is_estimate(self, day: date) -> bool:
        """Say whether that is an estimate."""
        return self.calendar.is_estimate(day)

    def office_hours(self, day: date) -> OfficeHours:
        """Return the office hours of `day`."""
        hours = self.calendar.office_hours(day)
        return OfficeHours(
            morning_start=hours.morning_start,
            morning_end=hours.morning_end,
            afternoon_start=hours.afternoon_start,
            afternoon_end=hours.afternoon_end,
        )


def make_understander(
    client: RasaClient | None, values: RegisterValues, *, house: House | None = None
) -> Understander:
    """Return an understander that knows the register's names, and the house's kinds and calendar if it is given.

    Without a client it only reads slots.
    """
    names = gazetteer(values)
    if house is None:
        return Understander(client, gazetteer=names)
    kinds = {**DEFAULT_KINDS, **{kind.intent: kind.name for kind in house.kinds}}
    return Understander(client, gazetteer=names, kinds=kinds, calendar=BureauCalendar(house.calendar))


def gazetteer(values: RegisterValues) -> Gazetteer:
    """Return the register's names as people say them: a title only one room bears stands for that room."""
    titles = Counter(room.title for room in values.rooms if room.title)
    rooms = [room.name for room in values.rooms]
    rooms += [title for title, bearers in titles.items() if bearers == 1]
    rooms += [alias for room in values.rooms for alias in room.aliases]
    return Gazetteer(
        rooms=rooms,
        buildings=[word for building in values.buildings for word in (building.name, *building.aliases)],
        vehicle_types=values.vehicle_types,
        departments=values.departments,
    )
