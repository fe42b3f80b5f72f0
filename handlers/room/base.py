"""What all parts of the room kind share: states, the queue, the house's figures, spans with their buffers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from desk.instants import to_instant, to_local
from desk.models import Role, Ticket
from desk.people import people_with
from desk.rooms import WAITING as WAITING
from desk.rules import load_rules
from handlers.tickets.parties import queue_of

if TYPE_CHECKING:
    from datetime import date

    from desk.models import Person, Room
    from handlers.kinds import Fields, Kind, Scene

NAME = "room"
QUEUE = queue_of(NAME)
TO_CONFIRM, BOOKED, SETTING_UP, IN_USE, ENDED = "待确认", "已预订", "布场中", "使用中", "已结束"
DISPLACED, NO_SHOW = "被调整", "未到场"
CANCELLED, REJECTED = "已取消", "已驳回"
# Office space.
TO_APPROVE, TO_ARRANGE, ARRANGED, MOVED_IN = "待审批", "待安排", "已安排", "已办结"
TO_VACATE, TO_RECEIVE, RECEIVED = "待腾退", "待验收", "已收回"
BEFORE_MEETING = (TO_CONFIRM, BOOKED, SETTING_UP, WAITING, DISPLACED)
OFFICE_OPEN = (TO_APPROVE, TO_ARRANGE)


def parameter(scene: Scene, name: str) -> Any:
    """Return one of the house's figures for rooms (desk/rules/room.yml)."""
    return scene.house.rules.parameter(NAME, name)


def minutes(name: str) -> timedelta:
    """Return one of the figures in minutes, where no scene is at hand (reminders and timeouts look at a ticket alone)."""
    return timedelta(minutes=load_rules().parameter(NAME, name))


def kind(scene: Scene) -> Kind:
    """Return the room kind itself."""
    return scene.house.kinds[NAME]


def is_office(fields: Fields) -> bool:
    """Say whether office space is asked for, not a meeting room."""
    return fields.get("use") == "office"


def padded(scene: Scene, starts_at: datetime, ends_at: datetime) -> tuple[datetime, datetime]:
    """Return the span a room is set aside for: the meeting with setting up and clearing up."""
    before = timedelta(minutes=parameter(scene, "setup_minutes"))
    return starts_at - before, ends_at + timedelta(minutes=parameter(scene, "teardown_minutes"))


def needs_confirmation(scene: Scene, room: Room, fields: Fields) -> bool:
    """Say whether room service must confirm: big rooms, halls and video conferences (ROOM-21)."""
    hall = any(title in room.title for title in parameter(scene, "big_titles"))
    video = "视频会议" in (fields.get("equipment") or [])
    return room.capacity >= parameter(scene, "big_capacity") or hall or video


def services(scene: Scene, fields: Fields) -> list[str]:
    """Return what room service is asked to bring or lay out (桌签, 茶水, 回字形)."""
    known = parameter(scene, "services")
    return [e for e in fields.get("equipment") or [] if e in known]


def in_minutes(scene: Scene, name: str) -> datetime:
    """Return the instant a figure in minutes of office time from now: room service does not answer at night."""
    span = timedelta(minutes=parameter(scene, name))
    return to_instant(scene.house.calendar.add_working(to_local(scene.now), span))


def working_days(scene: Scene, count: int) -> datetime:
    """Return the instant at which the office closes `count` working days from now."""
    day = to_local(scene.now).date()
    for _ in range(count):
        day = scene.house.calendar.next_workday(day)
    return to_instant(datetime.combine(day, scene.house.calendar.office_hours(day).afternoon_end))


def months_later(day: date, count: int) -> date:
    """Return the same day `count` months on, the last of the month where there is none."""
    month = day.month - 1 + count
    year, month = day.year + month // 12, month % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return day.replace(year=year, month=month, day=last)
        except ValueError:
            continue
    raise ValueError(day)


def approver_of(scene: Scene, requester: Person) -> Person | None:
    """Return the head who decides: an approver of the requester's own department who can be reached, never the requester."""
    if requester.department_id is None:
        return None
    found = people_with(scene.session, Role.APPROVER, kind=NAME)
    return next(
        (
            p
            for p in found
            if p.department_id == requester.department_id and p.id != requester.id and p.chat_id
        ),
        None,
    )


def kept(fields: Fields) -> Fields:
    """Return the fields of a form that belong on the ticket."""
    passing = (
        "when_unsure",
        "when_part",
        "part",
        "room_for",
        "waitlist",
        "scope",
        "seats_over",
        "seats_under",
        "not_rooms",
    )
    found = {k: v for k, v in fields.items() if k not in passing and not k.startswith("_")}
    if fields.get("secret"):
        # A secret meeting's subject stays out of the chat and out of the books (ROOM-20).
        found |= {"said": "", "purpose": "涉密会议"}
    return found


def own_ticket(scene: Scene, fields: Fields) -> Ticket | None:
    """Return the ticket that is being changed, None for a new request."""
    number = fields.get("own")
    return scene.session.get(Ticket, number) if number else None
