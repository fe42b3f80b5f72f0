"""How urgent a fault is, what it is about and who mends such things, by the tables of `rules/repair.yml`.

Pure: words and the house's figures in, a judgement out. An *alarm* is danger to people (P0); what is *raised* is mended
at once (P1); a *project* is no repair at all (P4); everything else is ordinary (P2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from desk.calendar import Calendar

WET = re.compile("漏|渗|滴|返水")
PRESSING = re.compile("(?<!不)(?<!不太)(?<!不着)(?:急(?!诊|救)|马上|立刻|立即|立马|赶紧|赶快|火速)")
CALM = re.compile("不(?:太|是很|着)?急|不忙|有空|抽空|方便的?时候")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A danger: what it is called, whom to ring (name, number), and what to do until they come."""

    name: str
    thing: str
    calls: tuple[tuple[str, str], ...]
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """What is broken, as a class of things: the trades that mend it, best first; `owner` is who else is in charge."""

    name: str = ""
    trades: tuple[str, ...] = ()
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A degree of urgency with its spans in minutes; `arrive` 0 means none is promised."""

    code: str
    name: str
    respond: int
    arrive: int
    finish: int
    on_the_clock: bool
    says: str

    def after(self, minutes: int, *, start: datetime, calendar: Calendar) -> datetime:
        """Return the local moment `minutes` after the local `start`, by the wall clock or in office hours."""
        span = timedelta(minutes=minutes)
        return start + span if self.on_the_clock else calendar.add_working(start, span)


def alarm_in(table: Mapping[str, Any], words: str) -> Alarm | None:
    """Return the danger `words` report, None for none, for a drill, and for one told as history."""
    if re.search(table["not_alarm"], words):
        return None
    told = re.sub(table["no_danger"], "", words)
    for row in table["alarms"]:
        if re.search(row["words"], told):
            calls = tuple((str(who), str(number)) for who, number in row["calls"])
            return Alarm(name=row["name"], thing=row["thing"], calls=calls, advice=row["advice"])
    return None


def thing_of(table: Mapping[str, Any], *, object_: str, fault: str, words: str) -> Thing:
    """Return what is broken: by the object named, else by the fault, else by all that was said. Longest word wins."""
    for text, shortest in ((object_, 1), (fault, 2), (words, 2)):
        row = _best(table, text, shortest=shortest)
        if row is None:
            continue
        if row.get("wet") and WET.search(f"{fault}{words if not fault else ''}"):
            row = next(r for r in table["things"] if r["name"] == row["wet"])
        return _thing(row)
    return Thing()


def thing_named(table: Mapping[str, Any], name: str) -> Thing:
    """Return the thing of this name; an unnamed one when there is none."""
    return next((_thing(r) for r in table["things"] if r["name"] == name), Thing())


def _best(table: Mapping[str, Any], text: str, *, shortest: int) -> Mapping[str, Any] | None:
    found = [
        (len(word), -place, row)
        for place, row in enumerate(table["things"])
        for word in row["words"]
        if len(word) >= shortest and word in text
    ]
    return max(found, key=lambda f: f[:2])[2] if found else None


def _thing(row: Mapping[str, Any]) -> Thing:
    return Thing(name=row["name"], trades=tuple(row["trades"]), owner=row.get("owner", ""))


def is_project(table: Mapping[str, Any], words: str) -> bool:
    """Say whether it is building work rather than a repair (P4)."""
    return bool(re.search(table["project"], words))


def is_lock_change(table: Mapping[str, Any], words: str) -> bool:
    """Say whether a lock is to be exchanged, as opposed to mended or forced open."""
    forced = re.search("打不开|开不开|进不去|断.{0,3}(?:里|锁)|锁死", words)
    return bool(re.search(table["lock_change"], words)) and not forced


def is_heating_season(table: Mapping[str, Any], day: date) -> bool:
    """Say whether the heating is on by the house's dates (month-day; the season spans the new year)."""
    from_, until = str(table["heating_from"]), str(table["heating_until"])
    return not until < f"{day:%m-%d}" < from_


def level_of(
    table: Mapping[str, Any], *, thing: Thing, words: str, urgency: str, today: date, meeting_soon: bool
) -> Level:
    """Return how urgent it is, an alarm aside. `words` tell the fault, `urgency` what the person says about haste."""
    if is_project(table, words):
        return level_named(table, "P4")
    if meeting_soon or PRESSING.search(urgency) or _is_raised(table, thing, words, today):
        return level_named(table, "P1")
    return level_named(table, "P2")


def _is_raised(table: Mapping[str, Any], thing: Thing, words: str, today: date) -> bool:
    return any(
        re.search(row["words"], words)
        and thing.name in (row.get("things") or (thing.name,))
        and not (row.get("unless") and re.search(row["unless"], words))
        and (not row.get("heating") or is_heating_season(table, today))
        for row in table["raised"]
    )


def level_named(table: Mapping[str, Any], code: str) -> Level:
    """Return the level of this code (P0–P4). Raises KeyError for an unknown one."""
    row = table["levels"][code]
    return Level(
        code=code,
        name=row["name"],
        respond=row["respond"],
        arrive=row["arrive"],
        finish=row["finish"],
        on_the_clock=row["clock"] == "wall",
        says=row["says"],
    )


def is_calm(urgency: str) -> bool:
    """Say whether the person said there is no hurry."""
    return bool(CALM.search(urgency))
