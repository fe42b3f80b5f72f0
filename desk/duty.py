"""Who is on duty: the roster by kind, trade and building, with people away and those who stand in for them.

A turn is somebody's from an instant to another. The closest turn answers a question: one for the very trade and building
before one for the trade, that before one for the kind, that before the duty officer of the whole house. Whoever is away
is replaced by their stand-in, or passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from desk.errors import BadInput
from desk.models import Absence, Duty

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from desk.models import Building, Person


def turns(session: Session, *, at: datetime) -> list[Duty]:
    """Return every turn that runs at the instant `at`, by kind and trade."""
    query = select(Duty).where(Duty.starts_at <= at, Duty.ends_at > at)
    return list(session.scalars(query.order_by(Duty.kind, Duty.trade, Duty.id)))


def on_duty(
    session: Session,
    *,
    kind: str,
    trade: str | None = None,
    building: Building | None = None,
    at: datetime,
    named: bool = False,
) -> list[Person]:
    """Return who is on duty at `at` for a kind (and trade, and building), the closest turn first; stand-ins included.

    A turn for another trade or another building does not count; one without trade or building counts for all, unless
    only turns are wanted that are `named` for the trade.
    """
    fitting = [
        (_closeness(turn), turn)
        for turn in turns(session, at=at)
        if turn.kind in ("", kind)
        and ((not turn.trade and not named) or trade is None or turn.trade == trade)
        and (turn.building_id is None or building is None or turn.building_id == building.id)
    ]
    found: list[Person] = []
    for _, turn in sorted(fitting, key=lambda pair: (-pair[0], pair[1].id)):
        person = present(session, turn.person, at=at)
        if person is not None and person not in found:
            found.append(person)
    return found


def _closeness(turn: Duty) -> int:
    return 4 * bool(turn.kind) + 2 * bool(turn.trade) + bool(turn.building_id)


def present(session: Session, person: Person, *, at: datetime) -> Person | None:
    """Return the person, whoever stands in while they are away (and so on), or None when nobody does."""
    seen: set[int] = set()
    here: Person | None = person
    while here is not None and here.active and here.id not in seen:
        seen.add(here.id)
        absence = absence_of(session, here, at=at)
        if absence is None:
            return here
        here = absence.stand_in
    return None


def absence_of(session: Session, person: Person, *, at: datetime) -> Absence | None:
    """Return the absence of a person at the instant `at`, the latest noted first."""
    query = select(Absence).where(
        Absence.person_id == person.id, Absence.starts_at <= at, Absence.ends_at > at
    )
    return session.scalar(query.order_by(Absence.id.desc()).limit(1))


def is_away(session: Session, person: Person, *, at: datetime) -> bool:
    """Say whether somebody is noted as away at the instant `at`."""
    return absence_of(session, person, at=at) is not None


def stand_in(session: Session, person: Person, *, at: datetime) -> Person | None:
    """Return who stands in for somebody who is away at `at`; None when they are here or nobody does."""
    if not is_away(session, person, at=at):
        return None
    return present(session, person, at=at)


def away(
    session: Session,
    person: Person,
    *,
    starts_at: datetime,
    ends_at: datetime,
    stand_in: Person | None = None,
    reason: str = "",
) -> Absence:
    """Note that somebody is away from `starts_at` to `ends_at` (exclusive). Raises BadInput for a span or stand-in that cannot be."""
    if ends_at <= starts_at:
        raise BadInput("请假的结束时间要在开始时间之后。")
    if stand_in is person:
        raise BadInput("不能由本人代班。", alternative="请换一位同事代班，或先不填代班人。")
    noted = Absence(person=person, stand_in=stand_in, starts_at=starts_at, ends_at=ends_at, reason=reason)
    session.add(noted)
    session.flush()
    return noted


def swap(session: Session, one: Duty, other: Duty, *, now: datetime) -> None:
    """Let two people take each other's turns. Raises BadInput for turns that are over or somebody's own."""
    if min(one.ends_at, other.ends_at) <= now:
        raise BadInput("已经过去的班不能再换。")
    if one.person_id == other.person_id:
        raise BadInput("这两个班本来就是同一个人的。")
    one.person, other.person = other.person, one.person
    session.flush()


def between(session: Session, *, starts_at: datetime, ends_at: datetime) -> list[Duty]:
    """Return the turns that touch a span, earliest first."""
    query = select(Duty).where(Duty.starts_at < ends_at, Duty.ends_at > starts_at)
    return list(session.scalars(query.order_by(Duty.starts_at, Duty.kind, Duty.id)))


def absences_between(session: Session, *, starts_at: datetime, ends_at: datetime) -> list[Absence]:
    """Return the absences that touch a span."""
    query = select(Absence).where(Absence.starts_at < ends_at, Absence.ends_at > starts_at)
    return list(session.scalars(query.order_by(Absence.starts_at, Absence.id)))
