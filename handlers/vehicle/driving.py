"""On the road: departed, arrived, back, the mileage (CAR-3); or the driver cannot go."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import bookings
from desk.errors import BadInput
from desk.instants import to_local
from desk.models import Driver, Vehicle
from handlers.kinds import Deed, FollowUp, Move
from handlers.tickets import cards
from handlers.vehicle.base import (
    ARRIVED,
    DONE,
    ON_THE_ROAD,
    QUEUE,
    WAITING_CAR,
    WAITING_MILEAGE,
    dispatch_again,
    kind,
    parameter,
)
from handlers.words import esc
from nlu import numbers

if TYPE_CHECKING:
    from desk.models import Person, Ticket
    from handlers.kinds import Scene

# An answer that tells a mileage, and not 「三点有活吗」 or 「明天9点用车」.
MILEAGE = (
    r"\d\s*(?:公里|km|KM|千米|里地)|\d{2,7}\s*(?:-|—|–|~|到|至)\s*\d{2,7}|^[^\d，。]{0,8}\d{1,7}(?:\.\d+)?(?![\d点号月日人个楼：:年])"
    r"|[一二两三四五六七八九十百千零〇]+\s*(?:公里|千米|里地)"
)
MILEAGE_SPOKEN = re.compile(r"([一二两三四五六七八九十百千零〇]+)\s*(?:公里|千米|里地)")
MILEAGE_PAIR = re.compile(r"(\d{2,7})\s*(?:-|—|–|~|到|至)\s*(\d{2,7})")
MILEAGE_SAID = re.compile(r"(\d{1,7})(?:\.\d+)?\s*(?:公里|km|KM|千米)")
MILEAGE_ONE = re.compile(r"(\d{1,7})(?:\.\d+)?\s*(?:公里|km|KM|千米)?")
LONGEST_TRIP_KM = 3000


def depart(deed: Deed) -> Move:
    """The car leaves."""
    scene, ticket = deed.scene, deed.ticket
    ticket.fields = {**ticket.fields, "departed_at": to_local(scene.now).isoformat(timespec="minutes")}
    return Move(state=ON_THE_ROAD, due_at=max(ticket.ends_at or scene.now, scene.now))


def after_depart(deed: Deed) -> None:
    f = deed.ticket.fields
    text = f"🚗 {deed.ticket.number} 车已出发：{esc(f.get('plate'))}，驾驶员{esc(f.get('driver'))} {esc(f.get('driver_phone'))}"
    cards.tell(deed.scene, deed.ticket, party="requester", text=text.rstrip())


def arrive(deed: Deed) -> Move:
    """The car is where the passengers are."""
    ticket = deed.ticket
    ticket.fields = {**ticket.fields, "arrived_at": to_local(deed.scene.now).isoformat(timespec="minutes")}
    return Move(state=ARRIVED)


def after_arrive(deed: Deed) -> None:
    f = deed.ticket.fields
    text = f"📍 {deed.ticket.number} 车已到达：{esc(f.get('plate'))}，驾驶员{esc(f.get('driver'))} {esc(f.get('driver_phone'))}"
    cards.tell(deed.scene, deed.ticket, party="requester", text=text.rstrip())


def complete(deed: Deed) -> Move:
    """The trip is over; the car is free again; the mileage is owed."""
    scene, ticket = deed.scene, deed.ticket
    if ticket.allocation is not None and len(bookings.sharers(scene.session, ticket.allocation)) <= 1:
        bookings.end_early(scene.session, ticket.allocation, now=scene.now)
    ticket.fields = {**ticket.fields, "returned_at": to_local(scene.now).isoformat(timespec="minutes")}
    due = scene.now + timedelta(hours=parameter(scene, "mileage_hours"))
    return Move(state=WAITING_MILEAGE, responsible=scene.actor, due_at=due)


def after_complete(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    cards.show(scene, kind(scene), ticket, party="requester", lead="🏁 行程结束，请给这趟车打个分")


def mileage_question(deed: Deed) -> FollowUp:
    """Ask the driver for the mileage at the end of a trip."""
    vehicle = deed.scene.session.get(Vehicle, deed.ticket.fields.get("vehicle_id") or 0)
    last = f"上次读数 {vehicle.odometer_km}" if vehicle and vehicle.odometer_km else "如 12086"
    question = (
        f"{deed.ticket.number} 请回复本次里程：直接发公里数（如 36公里），或还车时的里程表读数（{last}），"
        "也可以发「12050-12086」。有过路费、停车费一并写上。"
    )
    return FollowUp(question=question, action="mileage", expects=MILEAGE)


def read_mileage(text: str, odometer_km: int) -> tuple[int, int] | None:
    """Return (trip km, odometer km afterwards) from a driver's answer, None when it holds no figure.

    A number above the last reading is a reading; a smaller one is the trip itself. Raises BadInput for a trip
    longer than any real one.
    """
    text = MILEAGE_SPOKEN.sub(lambda m: f"{numbers.parse_int(m[1])}公里", text)
    pair = MILEAGE_PAIR.search(text)
    one = MILEAGE_SAID.search(text) or MILEAGE_ONE.search(text)
    if pair:
        first, last = int(pair[1]), int(pair[2])
        trip, reading = last - first, last
    elif one:
        value = int(one[1])
        is_reading = value > odometer_km > 0 and "公里" not in text and value > LONGEST_TRIP_KM
        trip, reading = (value - odometer_km, value) if is_reading else (value, odometer_km + value)
    else:
        return None
    if not 0 <= trip <= LONGEST_TRIP_KM:
        raise BadInput(f"算出来是 {trip} 公里，不太对，请核对后再发一次（如 36公里，或 12050-12086）")
    return trip, reading


def settle(deed: Deed) -> Move:
    """The driver gives the mileage; all six items are there and the ticket is closed (CAR-3)."""
    scene, ticket = deed.scene, deed.ticket
    vehicle = scene.session.get(Vehicle, ticket.fields.get("vehicle_id") or 0)
    found = read_mileage(deed.arg, vehicle.odometer_km if vehicle else 0)
    if found is None:
        raise BadInput("没看出公里数，请发数字，如 36公里，或 12050-12086")
    trip, reading = found
    if vehicle is not None:
        vehicle.odometer_km = max(vehicle.odometer_km, reading)
    ticket.fields = {**ticket.fields, "distance_km": trip, "odometer_km": reading, "costs": deed.arg[:100]}
    return Move(state=DONE, close=True, details={"distance_km": trip, "odometer_km": reading})


def relieve(scene: Scene, ticket: Ticket, to: Person | None) -> tuple[str, str]:
    """Return the step that puts another driver behind the wheel of the same car, or sends the trip back."""
    driver = scene.session.scalar(select(Driver).where(Driver.person_id == to.id)) if to is not None else None
    vehicle_id = ticket.fields.get("vehicle_id")
    if driver is None or not vehicle_id:
        return "hand_back", ""
    return "reassign", f"{vehicle_id}-{driver.id}"


CAR_TROUBLE = re.compile(
    r"车[^，。]{0,4}(?:坏|毛病|故障|打不着|爆胎|没电|趴窝|漏油|出问题|启动不)|(?:爆|扎|没)胎|打不着火"
)


def hand_back(deed: Deed) -> Move:
    """The driver cannot go; the dispatchers must find another."""
    bookings.release(deed.scene.session, deed.ticket)
    f = {**deed.ticket.fields}
    # Neither is recommended for this trip again: the driver, and the car if that is what is wrong.
    f["handed_back"] = [*(f.get("handed_back") or []), f.get("driver_person_id")]
    if CAR_TROUBLE.search(deed.arg):
        f["cars_out"] = [*(f.get("cars_out") or []), f.get("vehicle_id")]
    for key in ("plate", "car", "vehicle_id", "driver", "driver_phone", "driver_person_id"):
        f.pop(key, None)
    deed.ticket.fields = f
    why = deed.arg.strip()[:200] or "驾驶员去不了"
    return Move(state=WAITING_CAR, queue=QUEUE, due_at=dispatch_again(deed.scene, deed.ticket), reason=why)


def after_hand_back(deed: Deed) -> None:
    name = deed.scene.actor.name if deed.scene.actor else ""
    if deed.scene.actor is not None:
        cards.withdraw(deed.scene, deed.ticket, deed.scene.actor, party="driver")
    cards.show(
        deed.scene,
        kind(deed.scene),
        deed.ticket,
        party="dispatcher",
        lead=f"⚠️ 驾驶员{esc(name)}去不了，请改派"
        + (f"\n「{esc(deed.arg.strip()[:200])}」" if deed.arg.strip() else ""),
    )
    cards.tell(
        deed.scene,
        deed.ticket,
        party="requester",
        text=f"🔁 {deed.ticket.number} 原定驾驶员有情况，正在为您改派。",
    )
