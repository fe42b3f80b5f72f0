"""What all parts of the vehicle kind share: states, the queue, the house's figures, by when something must be done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from desk.instants import to_instant, to_local
from handlers.tickets.parties import queue_of

if TYPE_CHECKING:
    from desk.models import Ticket
    from handlers.kinds import Fields, Kind, Scene

NAME = "vehicle"
QUEUE = queue_of(NAME)
WAITING_APPROVAL, WAITING_CAR, WAITING_START = "待审批", "待派车", "待出车"
ON_THE_ROAD, ARRIVED, WAITING_MILEAGE = "出车中", "已到达", "待结算"
DONE, REJECTED, CANCELLED = "已完成", "已驳回", "已取消"
BEFORE_START = (WAITING_APPROVAL, WAITING_CAR, WAITING_START)


def parameter(scene: Scene, name: str) -> Any:
    """Return one of the house's figures for vehicles (desk/rules/vehicle.yml)."""
    return scene.house.rules.parameter(NAME, name)


def both_ways(fields: Fields) -> str:
    """Return what is known of the way back, to stand behind the place one goes to."""
    back = fields.get("round_trip")
    return "" if back is None else "（往返）" if back else "（单程，不用等）"


def kind(scene: Scene) -> Kind:
    """Return the vehicle kind itself."""
    return scene.house.kinds[NAME]


def approve_by(scene: Scene, starts_at: datetime) -> datetime:
    hours = timedelta(hours=parameter(scene, "approve_hours"))
    due = to_instant(scene.house.calendar.add_working(to_local(scene.now), hours))
    return min(due, max(starts_at, scene.now + timedelta(minutes=30)))


def dispatch_by(scene: Scene, *, starts_at: datetime | None, urgent: bool) -> datetime:
    """Return by when a car should be found: in office hours, but in good time before the trip; at once when urgent."""
    span = timedelta(minutes=parameter(scene, "dispatch_minutes"))
    if urgent or starts_at is None:
        return scene.now + span
    due = to_instant(scene.house.calendar.add_working(to_local(scene.now), span))
    lead = timedelta(minutes=parameter(scene, "lead_minutes"))
    return min(due, max(starts_at - lead, scene.now + span))


def dispatch_again(scene: Scene, ticket: Ticket) -> datetime:
    return dispatch_by(scene, starts_at=ticket.starts_at, urgent=bool(ticket.fields.get("urgent")))
