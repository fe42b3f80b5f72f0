"""How the plumbing asks `nlu`: in time or not at all, and with the desk's own names and calendar in its ear.

Rasa takes ten seconds to load and may be down, slow, or talk rubbish. None of that is the worker's concern: it gets an
understanding, or None, and can then still have what the deterministic layers read. After a few failures in a row nobody waits
for Rasa any more: now and then one message tries whether it is back, and with its first answer everything is as before.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

import structlog

from bot import metrics
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
# So many failures in a row, and it is left alone for `REST` seconds, each time for twice as long up to `LONGEST_REST`.
FAILURES = 3
REST, LONGEST_REST = 1.0, 15.0


class Interpreter:
    """The understander of the moment: replaced when Rasa comes up or the register's names change."""

    def __init__(self, understander: Understander | None = None, *, patience: float = PATIENCE) -> None:
        self.understander = understander
        # False while Rasa is loading or down: then nobody waits for it.
        self.is_ready = False
        self._patience = patience
        self._failures = 0
        self._rests_until = 0.0

    async def understand(self, text: str, *, now: datetime) -> Understanding | None:
        """Return what `text` means at the naive local time `now`, or None where Rasa cannot say so in time."""
        begun = monotonic()
        try:
            understood = await self._ask(text, now=now)
        except NluUnavailable as error:
            metrics.UNDERSTAND_FAILED.labels(why=error.why).inc()
            log.warning("understanding_unavailable", why=error.why, failures=self._failures)
            return None
        metrics.UNDERSTAND_SECONDS.observe(monotonic() - begun)
        metrics.CONFIDENCE.labels(intent=understood.intent).observe(understood.confidence)
        return understood

    async def _ask(self, text: str, *, now: datetime) -> Understanding:
        if self.understander is None or not self.is_ready:
            raise NluUnavailable("", why="not_ready")
        if monotonic() < self._rests_until:
            raise NluUnavailable("", why="resting")
        try:
            async with asyncio.timeout(self._patience):
                understood = await self.understander.understand(text, now=now)
        except (NluUnavailable, TimeoutError) as error:
            self._rest_after_failures()
            raise NluUnavailable("", why=getattr(error, "why", "slow")) from None
        except Exception:  # a sentence that breaks our own reading is no reason to answer nothing
            log.exception("understanding_broke")
            raise NluUnavailable("", why="broke") from None
        if self._failures >= FAILURES:
            log.info("understanding_back", after_failures=self._failures)
        self._failures = 0
        return understood

    def _rest_after_failures(self) -> None:
        self._failures += 1
        if self._failures >= FAILURES:
            rest = min(LONGEST_REST, REST * 2 ** (self._failures - FAILURES))
            self._rests_until = monotonic() + rest

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
