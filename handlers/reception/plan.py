"""The plan of a reception: cars and a meeting room as child tickets, and the items the reception desk sees to itself.

The cars to and from the station and the room are tickets of their own with `parent_id`; they are made when the reception is
approved, follow it when it changes and fall with it. They are made through the house's own kinds alone; a house without one
keeps the item as a note. The one meal and lodging are lines of the plan.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desk import fleet, receptions
from desk.errors import DeskError
from desk.instants import brief, to_local
from handlers.dialogue import when
from handlers.reception import form
from handlers.reception.checking import limit_of, parameter, wants_meal
from handlers.tickets import lifecycle

if TYPE_CHECKING:
    from desk.models import Ticket
    from handlers.kinds import Fields, Scene

CAR, ROOM = "vehicle", "room"
GONE = ("已取消", "已驳回")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One car or room that is wanted: its name within the plan, its kind, and the fields of its request."""

    name: str
    fields: Fields
    kind: str = CAR

    @property
    def what(self) -> str:
        """The thing in words: 「接站车」, 「会议室」."""
        return f"{self.name}车" if self.kind == CAR else self.name


def legs(scene: Scene, fields: Fields) -> list[Leg]:
    """Return what a reception wants of other kinds, cars in the order they drive; big groups get several."""
    return _cars(scene, fields) + _rooms(scene, fields)


def _rooms(scene: Scene, fields: Fields) -> list[Leg]:
    """The meeting room, when it is known that and from when the guests sit in it: they come here, at a stated hour."""
    start, end = when.moment(fields.get("start")), when.moment(fields.get("end"))
    wanted = fields.get("meeting") or fields.get("room_name")
    on_the_way = fields.get("fetch") or fields.get("train")  # then `start` is when they arrive in town
    if not wanted or start is None or end is None or on_the_way or fields.get("start_guessed"):
        return []
    until = min(end, start + timedelta(hours=parameter(scene, "meeting_hours")))
    company = fields.get("companions")
    heads = int(fields.get("people") or 1) + int(limit_of(fields) if company is None else company)
    asked = {
        "start": start.isoformat(timespec="minutes"),
        "end": until.isoformat(timespec="minutes"),
        "end_said": True,
        "people": heads,
        "purpose": "接待座谈",
        "room_name": str(fields.get("room_name") or ""),
        "said": "",
        "leg": "会议室",
    }
    return [Leg(name="会议室", kind=ROOM, fields={k: v for k, v in asked.items() if v != ""})]


def _cars(scene: Scene, fields: Fields) -> list[Leg]:
    start, end = when.moment(fields.get("start")), when.moment(fields.get("end"))
    found: list[Leg] = []
    if fields.get("fetch") and start:
        place = str(fields["fetch"])
        ahead = parameter(scene, "airport_minutes" if "机场" in place else "station_minutes")
        leaves = start - timedelta(minutes=ahead)
        if leaves <= to_local(scene.now) < start:
            leaves = to_local(scene.now) + timedelta(minutes=5)
        back = start + timedelta(minutes=parameter(scene, "pickup_minutes"))
        train = f" {fields['train']}" if fields.get("train") else ""
        words = f"接站{train} {start:%H:%M}到"
        found += _split(scene, fields, name="接站", place=place, start=leaves, end=back, purpose=words)
    if fields.get("bring") and end:
        back = end + timedelta(minutes=parameter(scene, "dropoff_minutes"))
        found += _split(
            scene, fields, name="送站", place=str(fields["bring"]), start=end, end=back, purpose="送站"
        )
    return found


def _split(
    scene: Scene, fields: Fields, *, name: str, place: str, start: datetime, end: datetime, purpose: str
) -> list[Leg]:
    people = int(fields.get("people") or 1)
    most = fleet.biggest_seats(scene.session) or people
    count = -(-people // most)
    shares = [people // count + (1 if i < people % count else 0) for i in range(count)]
    return [
        Leg(
            name=f"{name}{i}" if count > 1 else name,
            fields={
                "start": start.isoformat(timespec="minutes"),
                "end": end.isoformat(timespec="minutes"),
                "end_said": False,
                "origin": "单位门口",
                "destination": place,
                "round_trip": True,
                "people": share,
                "vehicle_type": _car_type(scene, share),
                "purpose": f"接待来宾 {purpose}",
                "said": "",
                "leg": f"{name}{i}" if count > 1 else name,
            },
        )
        for i, share in enumerate(shares, start=1)
    ]


def _car_type(scene: Scene, people: int) -> str:
    """Return the car for a group: from five up they ride together (REC-16)."""
    if people < parameter(scene, "van_from"):
        return ""
    return "商务车" if people <= parameter(scene, "van_most") else "考斯特"


# ── child tickets ───────────────────────────────────────────────────────────────────────────────────


def synchronise(scene: Scene, parent: Ticket) -> list[str]:
    """Make the child tickets what the reception wants now: open, change or cancel; return what could not be done."""
    wanted = {leg.name: leg for leg in legs(scene, parent.fields)}
    there = {str(c.fields.get("leg") or ""): c for c in receptions.children(scene.session, parent)}
    notes = []
    for name, child in list(there.items()):
        if name not in wanted:
            notes += _cancel(scene, child, reason=f"{parent.number} 不再需要")
        elif wanted[name].kind == ROOM and _differs(child.fields, wanted[name].fields):
            # Another hour or size wants another room: the old one is given back first.
            notes += _cancel(scene, child, reason=f"{parent.number} 行程有变")
            there.pop(name)
        elif _differs(child.fields, wanted[name].fields):
            notes += _revise(scene, child, wanted[name])
    for name, leg in wanted.items():
        if name not in there:
            notes += _open(scene, parent, leg)
    return notes


def _as_requester(scene: Scene, ticket: Ticket) -> Scene:
    """The scene in which the requester acts: child tickets are the requester's own."""
    return replace(scene, actor=ticket.requester)


def _open(scene: Scene, parent: Ticket, leg: Leg) -> list[str]:
    kind = scene.house.kinds.get(leg.kind)
    if kind is None:
        return [f"{leg.what}请人工安排"]
    own = _as_requester(scene, parent)
    fields = {**leg.fields, "parent": parent.number}
    fields |= kind.defaults(own, fields)
    try:
        with scene.session.begin_nested():
            trouble = kind.advise(own, fields).trouble if leg.kind == ROOM else ""
            if trouble:
                return [f"{leg.what}没能自动订上（{trouble}），请人工安排"]
            child = kind.submit(own, fields)
    except DeskError as no:
        return [f"{leg.what}没能自动提单（{no.words}），请人工安排"]
    child.parent_id = parent.id
    scene.session.flush()
    lifecycle.settle(own, kind, child)
    return []


def _revise(scene: Scene, child: Ticket, leg: Leg) -> list[str]:
    kind, own = scene.house.kinds[child.kind], _as_requester(scene, child)
    if kind.revise is None or child.state not in kind.changeable:
        return [f"{leg.what} {child.number} 已是「{child.state}」，改不了，请电话协调"]
    try:
        with scene.session.begin_nested():
            kind.revise(own, child, {**child.fields, **leg.fields})
    except DeskError as no:
        return [f"{leg.what} {child.number} 没能改（{no.words}），请人工协调"]
    lifecycle.settle(own, kind, child)
    return []


def _cancel(scene: Scene, child: Ticket, *, reason: str) -> list[str]:
    own = _as_requester(scene, child)
    try:
        with scene.session.begin_nested():
            lifecycle.perform(own, ticket=child, action="cancel", arg=reason)
    except DeskError:
        return [f"{child.fields.get('leg') or ''} {child.number} 已是「{child.state}」，请电话通知"]
    return []


def cancel_all(scene: Scene, parent: Ticket) -> list[str]:
    """Cancel every open child ticket; return what could not be cancelled any more."""
    notes = []
    for child in receptions.children(scene.session, parent):
        notes += _cancel(scene, child, reason=f"随接待单 {parent.number} 一并取消")
    return notes


def _differs(one: Fields, other: Fields) -> bool:
    return any(one.get(k) != other.get(k) for k in ("start", "end", "people", "destination"))


# ── the plan in words ───────────────────────────────────────────────────────────────────────────────


def shown(scene: Scene, ticket: Ticket) -> list[str]:
    """Return the plan as lines, each car with its ticket and where it stands."""
    fields = ticket.fields
    made = receptions.children(scene.session, ticket, open_only=False)
    used = [child for child in made if child.state not in GONE]
    lines = [_child_line(scene, child) for child in used]
    if not used and ticket.closed_at is None:
        lines = [_leg_line(leg) for leg in legs(scene, fields)]
    if (fields.get("room_name") or fields.get("meeting")) and not any("会议室" in line for line in lines):
        lines.append(f"会议室：{fields.get('room_name') or '座谈用'}（时间定了再订）")
    if wants_meal(fields):
        lines.append(f"用餐：{form.meal_shown(fields)}")
    if fields.get("lodging"):
        lines.append(f"住宿：{form.lodging_shown(fields)}")
    lines += [f"⚠️ {note}" for note in fields.get("plan_notes") or ()]
    if fields.get("plan_text"):
        lines.append(f"安排：{fields['plan_text']}")
    return lines


def _child_line(scene: Scene, child: Ticket) -> str:
    f = child.fields
    at = brief(child.starts_at, now=scene.now) if child.starts_at else ""
    if child.kind == ROOM:
        return f"会议室：{at} {f.get('room_name') or ''}，{child.number} {child.state}"
    car = f" {f['plate']} {f.get('driver') or ''} {f.get('driver_phone') or ''}" if f.get("plate") else ""
    return f"{f.get('leg') or '用车'}：{at} 发车 {f.get('destination') or ''}，{f.get('people') or 1} 人，{child.number} {child.state}{car}"


def _leg_line(leg: Leg) -> str:
    at = when.moment(leg.fields["start"])
    if leg.kind == ROOM:
        wished = f"，{leg.fields['room_name']}" if leg.fields.get("room_name") else ""
        return f"会议室：{at:%m月%d日 %H:%M}，{leg.fields['people']} 人{wished}（批准后订）"
    return f"{leg.name}：{at:%m月%d日 %H:%M} 发车 {leg.fields['destination']}，{leg.fields['people']} 人（批准后派单）"
