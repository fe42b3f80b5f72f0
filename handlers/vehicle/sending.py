"""Which car goes: the head agrees, the dispatchers take, send, change, share and refuse."""

from __future__ import annotations

import re

from desk import bookings, fleet, people
from desk.errors import BadInput, Conflict, Refusal
from desk.models import Driver, Person, Role, Ticket, Vehicle
from handlers.kinds import Deed, FollowUp, Move
from handlers.tickets import cards
from handlers.vehicle.base import (
    NAME,
    QUEUE,
    REJECTED,
    WAITING_CAR,
    WAITING_START,
    dispatch_again,
    kind,
)
from handlers.vehicle.card import candidates
from handlers.words import esc

HIRED = re.compile(r"(?P<plate>[一-鿿][A-Z][·.]?[A-Z0-9]{5,6})")
PHONE = re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}")


def approve(deed: Deed) -> Move:
    """The head agrees; the dispatchers take over."""
    return Move(state=WAITING_CAR, queue=QUEUE, due_at=dispatch_again(deed.scene, deed.ticket))


def after_approve(deed: Deed) -> None:
    cards.show(deed.scene, kind(deed.scene), deed.ticket, party="requester", lead="✅ 审批已通过，正在派车")
    cards.show(deed.scene, kind(deed.scene), deed.ticket, party="dispatcher", lead="🔔 新的用车单（已审批）")


def after_take(deed: Deed) -> None:
    name = deed.scene.actor.name if deed.scene.actor else ""
    cards.tell(
        deed.scene,
        deed.ticket,
        party="requester",
        text=f"📋 {deed.ticket.number} 调度员{esc(name)}已受理，正在安排车辆。",
    )


def assign(deed: Deed) -> Move:
    """Set a car and a driver aside for the trip. Raises Conflict when somebody else was faster."""
    scene, ticket = deed.scene, deed.ticket
    vehicle, driver = _chosen(deed)
    if ticket.starts_at is None or ticket.ends_at is None:
        raise BadInput("这张单子没有时间，派不了车")
    if int(ticket.fields.get("people") or 1) + 1 > vehicle.seats:
        raise Refusal(
            f"{vehicle.name} 只有 {vehicle.seats} 座，坐不下", rule="CAR-11", alternative="请换一辆大些的车"
        )
    if not fleet.may_drive(driver, vehicle):
        words = (
            f"{driver.person.name}的准驾车型（{driver.licence}）开不了 {vehicle.name}（{vehicle.seats} 座）"
        )
        raise Refusal(words, rule="CAR-11", alternative="请换一位驾驶员，或换一辆小些的车")
    bookings.release(scene.session, ticket)
    ticket.allocation = bookings.set_aside(
        scene.session, (vehicle, driver), starts_at=ticket.starts_at, ends_at=ticket.ends_at, now=scene.now
    )
    _write_car(ticket, vehicle, driver)
    return Move(
        state=WAITING_START,
        responsible=driver.person,
        due_at=max(ticket.starts_at, scene.now),
        details={"plate": vehicle.name, "driver": driver.person.name},
    )


def _chosen(deed: Deed) -> tuple[Vehicle, Driver]:
    session = deed.scene.session
    car_id, _, driver_id = deed.arg.partition("-")
    if not deed.arg:
        found = candidates(deed.scene, deed.ticket)
        if not found:
            raise Conflict("这个时段没有空着的车和驾驶员了，可以驳回并给出别的办法，或等有车再派")
        return found[0].vehicle, found[0].driver
    vehicle = fleet.vehicle_by_id(session, int(car_id)) if car_id.isdigit() else None
    driver = fleet.driver_by_id(session, int(driver_id)) if driver_id.isdigit() else None
    if vehicle is None or driver is None:
        raise Conflict("这辆车或这位驾驶员已不在台账里，请重新选")
    return vehicle, driver


def _write_car(ticket: Ticket, vehicle: Vehicle, driver: Driver) -> None:
    previous = ticket.fields.get("driver_person_id")
    ticket.fields = {
        **ticket.fields,
        "plate": vehicle.name,
        "car": f"{vehicle.model or vehicle.type} {vehicle.seats}座",
        "vehicle_id": vehicle.id,
        "driver": driver.person.name,
        "driver_phone": driver.person.phone,
        "driver_person_id": driver.person_id,
        "former_driver_id": previous if previous != driver.person_id else None,
    }


def ask_hired(deed: Deed) -> FollowUp:
    """Ask the dispatcher for a car that is not in the register (a hired one, another unit's)."""
    question = "台账里这个时段没有空车可派。用租赁车或其他车的话，请回复：车牌 驾驶员 电话，如「吉A·12345 王师傅 13800000000」。"
    return FollowUp(question=question, action="assign_hired", expects=HIRED.pattern)


def assign_hired(deed: Deed) -> Move:
    """Send a car that is not in the register; the dispatcher answers for it unless its driver is one of ours."""
    scene, ticket = deed.scene, deed.ticket
    plate = HIRED.search(deed.arg.upper())
    if plate is None:
        raise BadInput("没看出车牌，请按「吉A·12345 王师傅 13800000000」回复")
    phone = PHONE.search(deed.arg)
    rest = PHONE.sub("", deed.arg.upper().replace(plate[0], ""))
    name = re.sub(r"[^一-鿿]", "", rest)[:10]
    ours = next(
        (
            d
            for d in people.people_with(scene.session, Role.DRIVER)
            if name and d.name in (name, rest.strip())
        ),
        None,
    )
    bookings.release(scene.session, ticket)
    ticket.fields = {
        **ticket.fields,
        "plate": plate[0],
        "car": "租赁车辆",
        "driver": ours.name if ours else name,
        "driver_phone": phone[0] if phone else (ours.phone if ours else ""),
        "driver_person_id": ours.id if ours else getattr(scene.actor, "id", None),
    }
    return Move(
        state=WAITING_START,
        responsible=ours or scene.actor,
        due_at=max(ticket.starts_at or scene.now, scene.now),
        details={"plate": plate[0], "hired": True},
    )


def after_assign(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    cards.show(scene, kind(scene), ticket, party="requester", lead="✅ 车派好了")
    cards.show(scene, kind(scene), ticket, party="driver", lead="🔔 派车单")
    driver = ticket.responsible
    if driver is not None and not (driver.chat_id and driver.reachable):
        text = f"⚠️ {ticket.number} 的驾驶员{esc(driver.name)}还没绑定聊天，请打电话通知：{esc(driver.phone) or '（无电话）'}"
        cards.tell(scene, ticket, party="dispatcher", text=text)
    former = scene.session.get(Person, ticket.fields.get("former_driver_id") or 0)
    if former is not None:
        text = f"🔁 {ticket.number} 已改派给{esc(driver.name if driver else '')}，您不用出车了。"
        cards.tell_person(scene, ticket, former, text)
        cards.withdraw(scene, ticket, former, party="driver")


def share(deed: Deed) -> Move:
    """Put the requester into a car that already goes the same way (CAR-8)."""
    scene, ticket = deed.scene, deed.ticket
    lead = scene.session.get(Ticket, int(deed.arg)) if deed.arg.isdigit() else None
    if lead is None or lead.allocation is None or lead.state != WAITING_START:
        raise Conflict("那趟车已经变了，不能合乘了，请重新选")
    vehicle = bookings.resource_of(lead, sort="vehicle")
    driver = bookings.resource_of(lead, sort="driver")
    if not isinstance(vehicle, Vehicle) or not isinstance(driver, Driver):
        raise Conflict("那趟车已经变了，不能合乘了，请重新选")
    aboard = sum(int(t.fields.get("people") or 1) for t in bookings.sharers(scene.session, lead.allocation))
    if aboard + int(ticket.fields.get("people") or 1) > vehicle.seats - 1:
        raise Conflict("那辆车坐不下了，请换一辆")
    bookings.release(scene.session, ticket)
    ticket.allocation = lead.allocation
    _write_car(ticket, vehicle, driver)
    ticket.starts_at, ticket.ends_at = lead.starts_at, lead.ends_at
    return Move(
        state=WAITING_START,
        responsible=driver.person,
        due_at=lead.starts_at,
        details={"shared_with": lead.number, "plate": vehicle.name},
    )


def reject(deed: Deed) -> Move:
    """Refuse with a clause; the requester gets the reason and another way."""
    scene, ticket = deed.scene, deed.ticket
    rule = next((r for r in scene.house.rules.of(NAME) if r.code == deed.arg and r.reject_label), None)
    if rule is None and deed.arg:
        raise BadInput("请从列表里选一条驳回依据")
    reason = f"{rule.reject_label}。{rule.quoted()}" if rule else "审批人不同意"
    bookings.release(scene.session, ticket)
    way = rule.alternative if rule else "可以改时间或改方式后重新提交，也可以当面说明情况。"
    ticket.fields = {**ticket.fields, "refused": reason, "refused_way": way}
    return Move(state=REJECTED, close=True, reason=reason, details={"rule": rule.code if rule else ""})


def after_reject(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    lead = f"❌ 这张单子没能安排\n{esc(ticket.fields['refused'])}\n💡 {esc(ticket.fields['refused_way'])}"
    cards.show(scene, kind(scene), ticket, party="requester", lead=lead)
    cards.tell(scene, ticket, party="driver", text=f"🚫 {ticket.number} 已被调度员撤回，您不用出车了。")
