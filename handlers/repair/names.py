"""Names the chapters share: the states of a repair and its figures."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from desk import triage
from desk.errors import BadInput
from desk.instants import to_instant, to_local
from handlers.tickets.parties import queue_of
from handlers.words import esc

if TYPE_CHECKING:
    from desk.models import Person, Ticket
    from handlers.kinds import Deed, Fields, Kind, Scene

NAME = "repair"
QUEUE = queue_of(NAME)
WAITING_APPROVAL, WAITING, JOINED = "待审批", "待受理", "已并单"
SENT, ACCEPTED, ON_THE_WAY, WORKING = "已派单", "已接单", "上门途中", "处理中"
PARTS, OUTSIDE, CHECK = "待料", "转外修", "待验收"
DONE, REJECTED, CANCELLED = "已办结", "已驳回", "已取消"
BEFORE_WORK = (WAITING_APPROVAL, WAITING, SENT, ACCEPTED)
IN_HAND = (SENT, ACCEPTED, ON_THE_WAY, WORKING, PARTS)
UNDER_WAY = (*IN_HAND, OUTSIDE)


def table(scene: Scene) -> dict[str, Any]:
    """Return the house's figures for repairs (desk/rules/repair.yml)."""
    return scene.house.rules.parameters[NAME]


def kind_of(scene: Scene) -> Kind:
    """Return the repair kind."""
    return scene.house.kinds[NAME]


def level(fields: Fields, scene: Scene) -> triage.Level:
    """Return how urgent a ticket is."""
    return triage.level_named(table(scene), str(fields.get("level") or "P2"))


def after(scene: Scene, fields: Fields, minutes: int) -> datetime:
    """Return the instant `minutes` from now, by the clock the ticket's level goes by."""
    local = level(fields, scene).after(minutes, start=to_local(scene.now), calendar=scene.house.calendar)
    return to_instant(local)


def working_days(scene: Scene, count: int) -> datetime:
    """Return the instant `count` working days from now, at the hour of now or the end of that day's office hours."""
    local = to_local(scene.now)
    day = local.date()
    for _ in range(count):
        day = scene.house.calendar.next_workday(day)
    end = scene.house.calendar.office_hours(day).afternoon_end
    return to_instant(datetime.combine(day, min(local.time(), end)))


def working_hours(scene: Scene, hours: float) -> datetime:
    """Return the instant after `hours` of office time."""
    return to_instant(scene.house.calendar.add_working(to_local(scene.now), timedelta(hours=hours)))


def stamp(moment: datetime) -> str:
    """Write an instant into a ticket's fields."""
    return moment.isoformat(timespec="seconds")


def kept_time(fields: Fields, name: str) -> datetime | None:
    """Read an instant back out of a ticket's fields."""
    value = fields.get(name)
    return datetime.fromisoformat(str(value)) if value else None


def put(ticket: Ticket, **values: Any) -> None:
    """Write values into a ticket's fields; None takes one out."""
    ticket.fields = {k: v for k, v in {**ticket.fields, **values}.items() if v is not None}


def what(fields: Fields) -> str:
    """Say what is broken and how: 「吸顶灯 不亮」."""
    things, faults = str(fields.get("object") or ""), str(fields.get("fault") or "")
    if "、" in things and things.count("、") == faults.count("、"):
        pairs = zip(things.split("、"), faults.split("、"), strict=True)
        return "、".join(f"{thing} {fault}" for thing, fault in pairs)
    return f"{things} {faults}".strip() or "（见原话）"


def where(fields: Fields) -> str:
    """Say where it is."""
    return str(fields.get("place_name") or fields.get("location") or "（位置待补）")


def actor_of(deed: Deed) -> Person:
    """Return who acts. Raises BadInput when nobody does."""
    if deed.scene.actor is None:
        raise BadInput("不知道是谁在操作")
    return deed.scene.actor


def technician_line(deed: Deed) -> str:
    """Return the technician's name and telephone, as HTML."""
    f = deed.ticket.fields
    return f"{esc(f.get('technician') or '师傅')} {esc(f.get('technician_phone') or '')}".strip()
