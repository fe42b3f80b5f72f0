"""用车: a car and a driver for official business.

The requester says when, where to, and how many; the desk checks the rules (no private use, no cars on closed days, seats)
and shows a card to confirm. A trip out of the city or on a holiday first goes to the head of the requester's department.
The dispatcher's card offers free cars with drivers, the best fit first, and trips already going the same way. Assigned, the
requester gets plate, driver and phone, the driver gets the order. The driver reports departure, arrival and the
end of the trip, then the mileage, without which the ticket cannot be closed (CAR-3). The requester rates the trip.
The reminders it owes are in the catalogue (`desk/rules/reminders.yml`).

States: 待审批 → 待派车 → 待出车 → 出车中 → 已到达 → 待结算 → 已完成; 已驳回, 已取消.
"""

from __future__ import annotations

from desk.models import Role
from handlers.kinds import Kind, Move, Step
from handlers.tickets import taking
from handlers.tickets.rating import rating_steps
from handlers.vehicle import advising, booking, card, changing, driving, form, sending
from handlers.vehicle.base import (
    ARRIVED,
    BEFORE_START,
    DONE,
    NAME,
    ON_THE_ROAD,
    WAITING_APPROVAL,
    WAITING_CAR,
    WAITING_MILEAGE,
    WAITING_START,
)

KIND = Kind(
    name=NAME,
    title="用车",
    icon="🚗",
    prefix="YC",
    intent="book_vehicle",
    examples=("明天下午两点要台商务车去净月开会，5个人",),
    slots=form.SLOTS,
    listen=form.listen,
    absorbs=form.absorb,
    several=form.several,
    defaults=form.defaults,
    advise=advising.advise,
    submit=booking.submit,
    lines=card.lines,
    offers=card.offers,
    extra=card.extra,
    menu=card.menu,
    revise=changing.revise,
    changeable=BEFORE_START,
    relieve=driving.relieve,
    worker=Role.DRIVER,
    parties=("requester", "approver", "dispatcher", "driver"),
    steps=(
        Step(action="approve", label="同意", states=(WAITING_APPROVAL,), by=("approver",), do=sending.approve, tell=sending.after_approve),
        Step(action="decline", label="不同意", states=(WAITING_APPROVAL,), by=("approver",), do=sending.reject, tell=sending.after_reject),
        Step(action="take", word="受理", states=(WAITING_CAR,), by=("dispatcher",), do=taking.take, tell=sending.after_take, offered=taking.waits),
        Step(action="assign", word="派车", states=(WAITING_CAR,), by=("dispatcher",), do=sending.assign, tell=sending.after_assign),
        Step(action="hire", word="找租赁车", states=(WAITING_CAR,), by=("dispatcher",), do=lambda _d: Move(), then=sending.ask_hired, harmless=True),
        Step(action="assign_hired", word="派车", states=(WAITING_CAR,), by=("dispatcher",), do=sending.assign_hired, tell=sending.after_assign),
        Step(action="share", word="安排合乘", states=(WAITING_CAR,), by=("dispatcher",), do=sending.share, tell=sending.after_assign),
        Step(action="reassign", word="改派", states=(WAITING_START,), by=("dispatcher",), do=sending.assign, tell=sending.after_assign),
        Step(action="reject", word="驳回", states=(WAITING_CAR, WAITING_START), by=("dispatcher",), do=sending.reject, tell=sending.after_reject),
        Step(action="depart", label="已出发", states=(WAITING_START,), by=("driver",), do=driving.depart, tell=driving.after_depart),
        Step(action="arrive", label="已到达", states=(ON_THE_ROAD,), by=("driver",), do=driving.arrive, tell=driving.after_arrive),
        Step(action="complete", label="已完成", states=(ON_THE_ROAD, ARRIVED), by=("driver",), do=driving.complete, tell=driving.after_complete, then=driving.mileage_question),
        Step(action="hand_back", label="去不了", states=(WAITING_START,), by=("driver",), do=driving.hand_back, tell=driving.after_hand_back),
        Step(
            action="mileage",
            word="登记里程",
            harmless=True,
            states=(WAITING_MILEAGE,),
            by=("driver", "dispatcher"),
            do=driving.settle,
            thanks=lambda d: f"✅ {d.ticket.number} 已登记 {d.ticket.fields['distance_km']} 公里，这趟办结了。辛苦了！",
        ),
        *rating_steps((WAITING_MILEAGE, DONE)),
        Step(action="cancel", word="取消", states=BEFORE_START, by=("requester",), do=booking.cancel, tell=booking.after_cancel),
    ),
)  # fmt: skip
