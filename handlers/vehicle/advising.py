"""Looking ahead before a trip is submitted: rules to mind, and ways out when no car is free."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desk import fleet
from desk.instants import to_local
from desk.models import Ticket, Vehicle
from handlers.dialogue import when
from handlers.kinds import Advice, Option
from handlers.vehicle.base import parameter
from handlers.vehicle.checking import SPLIT, check_use, closed_day, is_far, too_many

if TYPE_CHECKING:
    from handlers.kinds import Fields, Scene


def advise(scene: Scene, fields: Fields) -> Advice:
    """Look ahead before submission: rules to mind, and ways out when no car is free."""
    crowded = too_many(scene, fields)
    if crowded:
        # A slip of the finger or a party for several cars: the form stays open for another number.
        check_use(scene, fields)
        trouble = f"{crowded}{SPLIT}人数说错了就直接说对的。"
        return Advice(trouble=trouble, may_submit=False, first=(trouble,))
    check_use(scene, fields)
    starts_at, ends_at = when.instants(fields)
    notes = _notes(scene, fields, starts_at=starts_at)
    wished = str(fields.get("vehicle_type") or "")
    # While a ticket is changed, its car is free for it.
    own = scene.session.get(Ticket, fields["_ticket"]) if fields.get("_ticket") else None
    found = fleet.offers(
        scene.session,
        starts_at=starts_at,
        ends_at=ends_at,
        people=int(fields.get("people") or 1),
        wished_type=wished,
        limit=1,
        besides=own.allocation if own is not None else None,
    )
    if found and (not wished or found[0].vehicle.type == wished):
        return Advice(notes=tuple(notes))
    if found:
        notes.append(f"{wished}这个时段没有空车，可派{found[0].vehicle.type}（{found[0].vehicle.seats} 座）")
        return Advice(
            notes=tuple(notes), options=_options(scene, fields, starts_at, ends_at, other=found[0].vehicle)
        )
    options = _options(scene, fields, starts_at, ends_at, other=None)
    return Advice(notes=tuple(notes), trouble="这个时段没有合适的空车或驾驶员。可以：", options=options)


def _notes(scene: Scene, fields: Fields, *, starts_at: datetime) -> list[str]:
    notes = []
    if starts_at - scene.now < timedelta(minutes=parameter(scene, "lead_minutes")):
        notes.append("⏱ 离出发不足 2 小时，按急用车处理，调度员会优先看")
    if closed_day(scene, fields):
        notes.append(f"📌 {scene.house.rules.rule('CAR-5').words}需要负责人审批")
    elif is_far(scene, fields):
        notes.append("📌 出长春市用车，先由处室负责人审批")
    if fields.get("self_driven"):
        notes.append("🚗 公务车由本局驾驶员开，不安排自驾；不用司机等的话，说「送到就行」")
    day = to_local(starts_at).date()
    if scene.house.calendar.is_estimate(day):
        notes.append(f"📅 {day.year} 年放假安排以国务院通知为准，届时如有调整我会再提醒")
    return notes


def _options(
    scene: Scene, fields: Fields, starts_at: datetime, ends_at: datetime, *, other: Vehicle | None
) -> tuple[Option, ...]:
    people_count, wished = int(fields.get("people") or 1), str(fields.get("vehicle_type") or "")
    options = []
    if other is not None:
        options.append(
            Option(label=f"改用{other.type}（{other.seats}座）", sets={"vehicle_type": other.type})
        )
    share = timedelta(minutes=parameter(scene, "share_minutes"))
    going = str(fields.get("destination") or "")
    for trip in fleet.shared_trips(
        scene.session, starts_at=starts_at, destination=going, people=people_count, within=share
    ):
        at = to_local(trip.ticket.starts_at or starts_at)
        sets = {"share_with": trip.ticket.id, "start": at.isoformat(timespec="minutes")}
        options.append(Option(label=f"合乘 {at:%H:%M} 同去的车（余{trip.seats_left}座）", sets=sets))
    if other is None:
        step = timedelta(minutes=30)
        for start in fleet.next_free_start(
            scene.session,
            starts_at=starts_at,
            ends_at=ends_at,
            people=people_count,
            wished_type=wished,
            step=step,
            tries=12,
        ):
            if start <= scene.now:
                continue
            local, end = to_local(start), to_local(start + (ends_at - starts_at))
            sets = {"start": local.isoformat(timespec="minutes"), "end": end.isoformat(timespec="minutes")}
            options.append(Option(label=f"改到 {local:%m月%d日 %H:%M}", sets=sets))
    return tuple(options[:4])
