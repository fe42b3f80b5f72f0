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

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from desk import bookings, fleet, people, tickets
from desk.errors import BadInput, Conflict, Refusal
from desk.instants import spoken_range, to_instant, to_local
from desk.models import Driver, Person, Role, Ticket, Vehicle
from desk.outbox import Button, Message
from handlers import cards, when
from handlers.kinds import Advice, Deed, FollowUp, Kind, Move, Option, Step
from handlers.parties import queue_of
from handlers.rating import rating_steps
from handlers.slots import people_slot, time_slot, words_slot
from handlers.words import esc, rows
from nlu import numbers

if TYPE_CHECKING:
    from desk.rules import Rule
    from handlers.kinds import Fields, Scene

NAME = "vehicle"
QUEUE = queue_of(NAME)
WAITING_APPROVAL, WAITING_CAR, WAITING_START = "待审批", "待派车", "待出车"
ON_THE_ROAD, ARRIVED, WAITING_MILEAGE = "出车中", "已到达", "待结算"
DONE, REJECTED, CANCELLED = "已完成", "已驳回", "已取消"
BEFORE_START = (WAITING_APPROVAL, WAITING_CAR, WAITING_START)
URGENT = re.compile("急|马上|立刻|赶紧|尽快|抢险|突发")
# From the smallest up, for 「换大点的车」.
SIZES = ("轿车", "商务车", "考斯特", "大客车")
_BIGGER = re.compile(r"(?:大|宽敞)(?:一?[点些]儿?)的?(?:车|那种)?|坐不下|坐得下的|装不下|大车")
_SMALLER = re.compile(r"小(?:一?[点些]儿?)的?(?:车|那种)?|(?:不用|用不着|不要)(?:那么|这么)大|小车|普通轿车")
_FROM = re.compile(
    r"(?<!不是)(?<!不)从(?P<place>[^，。；从\s]{2,12}?)(?:那边|这边|那儿|这儿|那)?(?:上车|出发|走(?=$|[，。！吧]))"
)
_FAMILY = re.compile(
    r"(?:我|俺|他|她|我家|局长|处长|领导)(?:的)?(?:爸|妈|父母|父亲|母亲|媳妇|老婆|老公|爱人|对象|孩子|儿子|闺女|女儿|岳父|岳母|公公|婆婆|奶奶|爷爷|姥姥|姥爷|亲戚|朋友|同学|战友)"
    r"[^，。；]{0,8}(?:去|到|上|回|看病|住院|出院|上学|放学|放假|过生日|办)"
    r"|(?:送|接)(?:我|俺|一下)?(?:家)?(?:的)?(?:爸|妈|父母|媳妇|老婆|老公|爱人|对象|孩子|儿子|闺女|女儿|娃|奶奶|爷爷|姥姥)"
    r"|(?:去|到|上)[^，。；]{0,8}(?:玩儿?(?=$|[，。；！!吧呗一几两])|溜达|度假|滑雪玩|泡温泉)"
)
SPLIT = "请分成两张单子，各按一辆车的人数提交。"
EXEMPT = re.compile("应急|抢险|救灾|突发|机要|值班|防汛|防火")


def parameter(scene: Scene, name: str) -> Any:
    """Return one of the house's figures for vehicles (desk/rules/vehicle.yml)."""
    return scene.house.rules.parameter(NAME, name)


# ── the form ────────────────────────────────────────────────────────────────────────────────────────


def defaults(scene: Scene, fields: Fields) -> Fields:
    """Fill what people usually leave out: pickup place, return time, phone; each is shown on the card."""
    person = scene.actor
    found: Fields = {}
    if person is not None and not fields.get("origin"):
        home = person.department.name if person.department else ""
        found["origin"] = str(person.habits.get("origin") or (f"{home}门口" if home else "单位门口"))
        found["origin_guessed"] = True
    start = when.moment(fields.get("start"))
    if start and not when.moment(fields.get("end")):
        hours = parameter(scene, "long_trip_hours" if is_far(scene, fields) else "trip_hours")
        found |= {"end": (start + timedelta(hours=hours)).isoformat(timespec="minutes"), "end_said": False}
    return found


def listen(fields: Fields, text: str) -> Fields:
    """Return what the words tell beside the slots: a bigger or smaller car than the one on the card; a private errand."""
    found: Fields = {"private_words": betrayed[0]} if (betrayed := _FAMILY.search(text)) else {}
    if fields.get("start") and (origin := _FROM.search(text)):
        found |= {"origin": origin["place"], "origin_guessed": False}
    step = 1 if _BIGGER.search(text) else -1 if _SMALLER.search(text) else 0
    if not step or not fields.get("start"):
        return found
    now = str(fields.get("vehicle_type") or "")
    here = SIZES.index(now) if now in SIZES else 0 if int(fields.get("people") or 1) <= 4 else 1
    return found | {"vehicle_type": SIZES[min(max(here + step, 0), len(SIZES) - 1)]}


def is_far(scene: Scene, fields: Fields) -> bool:
    """Say whether the trip leaves the city, by the names of the places."""
    there = f"{fields.get('destination') or ''}"
    return any(place in there for place in parameter(scene, "far_places"))


def private_use(scene: Scene, fields: Fields) -> str:
    """Return the words that betray private use (CAR-1), empty when there are none."""
    names = ("said", "purpose", "destination", "private_words")
    text = " ".join(str(fields.get(name) or "") for name in names)
    listed = next((w for w in scene.house.rules.rule("CAR-1").words_found if w in text), "")
    betrayed = _FAMILY.search(text)
    return listed or (betrayed[0] if betrayed else "")


def closed_day(scene: Scene, fields: Fields) -> bool:
    """Say whether the trip falls on a statutory holiday, when cars are sealed (CAR-5), without an exempt reason."""
    day = when.day_of(fields.get("start"))
    text = f"{fields.get('said') or ''} {fields.get('purpose') or ''}"
    return bool(day and scene.house.calendar.is_holiday(day) and not EXEMPT.search(text))


def check_rules(scene: Scene, fields: Fields) -> None:
    """Refuse what the rules forbid outright. Raises Refusal with the clause and another way."""
    if private_use(scene, fields):
        rule = scene.house.rules.rule("CAR-1")
        raise Refusal(rule.quoted(), rule=rule.code, alternative=rule.alternative)
    crowded = too_many(scene, fields)
    if crowded:
        raise Refusal(crowded, rule="CAR-11", alternative=SPLIT)


def too_many(scene: Scene, fields: Fields) -> str:
    """Return why no car holds so many (CAR-11); empty when one does."""
    most = fleet.biggest_seats(scene.session)
    if not int(fields.get("people") or 1) > most > 0:
        return ""
    words = f"{fields['people']} 人超过最大车型的座位（除驾驶员 {most} 座）。"
    return words + scene.house.rules.rule("CAR-11").quoted()


def advise(scene: Scene, fields: Fields) -> Advice:
    """Look ahead before submission: rules to mind, and ways out when no car is free."""
    crowded = too_many(scene, fields)
    if crowded:
        # A slip of the finger or a party for several cars: the form stays open for another number.
        check_rules(scene, {**fields, "people": 1})
        trouble = f"{crowded}{SPLIT}人数说错了就直接说对的。"
        return Advice(trouble=trouble, may_submit=False, first=(trouble,))
    check_rules(scene, fields)
    starts_at, ends_at = when.instants(fields)
    notes = _notes(scene, fields, starts_at=starts_at)
    wished = str(fields.get("vehicle_type") or "")
    own = scene.session.get(Ticket, fields.get("_ticket") or 0)  # while it is changed, its car is free for it
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


def submit(scene: Scene, fields: Fields) -> Ticket:
    """Record the ticket and hand it to the approver or the dispatchers. Raises Refusal or BadInput."""
    requester = scene.actor
    if requester is None:
        raise BadInput("不知道是谁在申请")
    check_rules(scene, fields)
    starts_at, ends_at = when.instants(fields)
    if starts_at < scene.now - when.GRACE:
        raise BadInput("出发时间已经过去了，请先改一下时间")
    approver = _approver(scene, requester) if closed_day(scene, fields) or is_far(scene, fields) else None
    kept = {k: v for k, v in fields.items() if k not in ("when_unsure", "when_part", "part", "private_words")}
    text = f"{fields.get('said') or ''} {fields.get('urgency') or ''}"
    lead = timedelta(minutes=parameter(scene, "lead_minutes"))
    kept["urgent"] = (bool(URGENT.search(text)) and "不急" not in text) or starts_at - scene.now < lead
    kept["far"] = is_far(scene, fields)
    if approver is not None:
        kept["approver_id"] = approver.id
    ticket = tickets.open_ticket(
        scene.session,
        prefix=KIND.prefix,
        kind=NAME,
        state=WAITING_APPROVAL if approver else WAITING_CAR,
        requester=requester,
        fields=kept,
        starts_at=starts_at,
        ends_at=ends_at,
        due_at=(
            _approve_by(scene, starts_at)
            if approver
            else _dispatch_by(scene, starts_at=starts_at, urgent=kept["urgent"])
        ),
        queue=None if approver else QUEUE,
        responsible=approver,
        user_name=str(fields.get("user_name") or ""),
        now=scene.now,
    )
    if fields.get("origin") and not fields.get("origin_guessed"):
        requester.habits = {**requester.habits, "origin": fields["origin"]}
    party = "approver" if approver else "dispatcher"
    lead_line = "🔔 有一张用车单等您审批" if approver else "🔔 新的用车单"
    cards.show(scene, KIND, ticket, party=party, lead=lead_line)
    return ticket


def _approver(scene: Scene, requester: Person) -> Person | None:
    """Return the head who decides: an approver of the requester's own department, never the requester."""
    found = people.people_with(scene.session, Role.APPROVER, kind=NAME)
    own = [
        p for p in found if p.department_id == requester.department_id and p.id != requester.id and p.chat_id
    ]
    return own[0] if own and requester.department_id is not None else None


def _approve_by(scene: Scene, starts_at: datetime) -> datetime:
    hours = timedelta(hours=parameter(scene, "approve_hours"))
    due = to_instant(scene.house.calendar.add_working(to_local(scene.now), hours))
    return min(due, max(starts_at, scene.now + timedelta(minutes=30)))


def _dispatch_by(scene: Scene, *, starts_at: datetime | None, urgent: bool) -> datetime:
    """Return by when a car should be found: in office hours, but in good time before the trip; at once when urgent."""
    span = timedelta(minutes=parameter(scene, "dispatch_minutes"))
    if urgent or starts_at is None:
        return scene.now + span
    due = to_instant(scene.house.calendar.add_working(to_local(scene.now), span))
    lead = timedelta(minutes=parameter(scene, "lead_minutes"))
    return min(due, max(starts_at - lead, scene.now + span))


def _dispatch_again(scene: Scene, ticket: Ticket) -> datetime:
    return _dispatch_by(scene, starts_at=ticket.starts_at, urgent=bool(ticket.fields.get("urgent")))


# ── the card ────────────────────────────────────────────────────────────────────────────────────────


def lines(scene: Scene, ticket: Ticket, party: str) -> list[str]:
    """Return the body of a card: the trip, then what each party needs to know of the others."""
    f = ticket.fields
    said = spoken_range(ticket.starts_at, ticket.ends_at, now=scene.now) if ticket.starts_at else ""
    body = [
        f"时间：{said}{'' if f.get('end_said') else '（预计）'}",
        f"路线：{esc(f.get('origin') or '')} → {esc(f.get('destination') or '')}"
        + ("（往返）" if f.get("round_trip") else ""),
        f"人数：{f.get('people') or 1} 人"
        + (f"　车型：{esc(f['vehicle_type'])}" if f.get("vehicle_type") else ""),
        f"事由：{esc(f.get('purpose') or '公务')}",
    ]
    if f.get("urgent") and ticket.closed_at is None:
        body.insert(0, "🚨 急用车")
    if party != "requester":
        asker = ticket.requester
        home = f"（{asker.department.name}）" if asker.department else ""
        rider = f"，用车人：{ticket.user_name}" if ticket.user_name else ""
        body.append(f"申请人：{esc(asker.name + home + rider)}　{esc(asker.phone)}".rstrip())
    elif ticket.user_name:
        body.append(f"用车人：{esc(ticket.user_name)}")
    if f.get("plate"):
        body.append(f"车辆：<b>{esc(f['plate'])}</b> {esc(f.get('car') or '')}")
        if party != "driver":
            body.append(f"驾驶员：{esc(f.get('driver') or '')}　{esc(f.get('driver_phone') or '')}".rstrip())
    if party == "dispatcher" and ticket.state == WAITING_CAR:
        found = _candidates(scene, ticket)
        body.append(f"推荐：{esc(_pair_name(found[0]))}" if found else "⚠️ 这个时段没有空着的合适车辆和驾驶员")
    if f.get("distance_km") is not None:
        body.append(f"里程：{f['distance_km']} 公里")
    if f.get("rating"):
        body.append(f"评价：{esc(f['rating'])}")
    if f.get("refused"):
        body.append(f"原因：{esc(f['refused'])}")
    return body


def extra(scene: Scene, ticket: Ticket, party: str) -> tuple[tuple[Button, ...], ...]:
    """Return the dispatcher's buttons: 「派车」 sends the recommended pair; then other pairs, and trips to share."""
    if party == "dispatcher" and ticket.state == WAITING_START:
        reassign = Button("改派", cards.press("menu", ticket, "reassign"))
        return ((reassign, Button("驳回", cards.press("menu", ticket, "reject"))),)
    if party != "dispatcher" or ticket.state != WAITING_CAR:
        return ()
    found = _candidates(scene, ticket)
    assign_it = cards.press("assign", ticket, _pair(found[0])) if found else cards.press("hire", ticket)
    own = (
        Button("派车", assign_it),
        Button("受理", cards.press("take", ticket)),
        Button("驳回", cards.press("menu", ticket, "reject")),
    )
    return (own, *_pair_rows(ticket, found[1:], action="assign"), *_share_rows(scene, ticket))


def _candidates(scene: Scene, ticket: Ticket) -> list[fleet.Offer]:
    if ticket.starts_at is None or ticket.ends_at is None:
        return []
    return fleet.offers(
        scene.session,
        starts_at=ticket.starts_at,
        ends_at=ticket.ends_at,
        people=int(ticket.fields.get("people") or 1),
        wished_type=str(ticket.fields.get("vehicle_type") or ""),
        besides=ticket.allocation,
    )


def _pair(offer: fleet.Offer) -> str:
    return f"{offer.vehicle.id}-{offer.driver.id}"


def _pair_name(offer: fleet.Offer) -> str:
    car = offer.vehicle
    return f"{car.name} {car.type}{car.seats}座 {offer.driver.person.name}"


def _pair_rows(ticket: Ticket, found: list[fleet.Offer], *, action: str) -> list[tuple[Button, ...]]:
    return [(Button(_pair_name(o), cards.press(action, ticket, _pair(o))),) for o in found]


def _share_rows(scene: Scene, ticket: Ticket) -> list[tuple[Button, ...]]:
    if ticket.starts_at is None:
        return []
    trips = fleet.shared_trips(
        scene.session,
        starts_at=ticket.starts_at,
        destination=str(ticket.fields.get("destination") or ""),
        people=int(ticket.fields.get("people") or 1),
        within=timedelta(minutes=parameter(scene, "share_minutes")),
        besides=ticket,
    )
    return [
        (
            Button(
                f"合乘 {t.ticket.number[-3:]} {t.vehicle.name}（余{t.seats_left}座）",
                cards.press("share", ticket, str(t.ticket.id)),
            ),
        )
        for t in trips[:2]
    ]


def menu(scene: Scene, ticket: Ticket, name: str) -> Message | None:
    """Return a sub-menu of the dispatcher's card: reasons for a rejection, or other cars."""
    head = cards.compose(scene, KIND, ticket, party="dispatcher").text
    back = (Button("返回", cards.press("back", ticket)),)
    if name == "reject":
        reasons = [Button(r.reject_label, cards.press("reject", ticket, r.code)) for r in _reasons(scene)]
        return Message(text=f"{head}\n\n请选驳回依据：", buttons=(*rows(reasons, width=2), back))
    if name == "reassign":
        found = [o for o in _candidates(scene, ticket) if o.vehicle.name != ticket.fields.get("plate")]
        note = "改派哪一辆？" if found else "这个时段没有别的车和驾驶员可以换了。"
        return Message(
            text=f"{head}\n\n{note}", buttons=(*_pair_rows(ticket, found, action="reassign"), back)
        )
    return None


def _reasons(scene: Scene) -> list[Rule]:
    return [r for r in scene.house.rules.of(NAME) if r.reject_label]


# ── the steps ───────────────────────────────────────────────────────────────────────────────────────


def approve(deed: Deed) -> Move:
    """The head agrees; the dispatchers take over."""
    return Move(state=WAITING_CAR, queue=QUEUE, due_at=_dispatch_again(deed.scene, deed.ticket))


def after_approve(deed: Deed) -> None:
    cards.show(deed.scene, KIND, deed.ticket, party="requester", lead="✅ 审批已通过，正在派车")
    cards.show(deed.scene, KIND, deed.ticket, party="dispatcher", lead="🔔 新的用车单（已审批）")


def take(deed: Deed) -> Move:
    """A dispatcher takes the ticket into their own hands."""
    if deed.ticket.responsible_id == getattr(deed.scene.actor, "id", None):
        raise Conflict("这张单子已经在您手里了")
    return Move(responsible=deed.scene.actor)


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
        found = _candidates(deed.scene, deed.ticket)
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


HIRED = re.compile(r"(?P<plate>[一-鿿][A-Z][·.]?[A-Z0-9]{5,6})")
PHONE = re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}")


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
    cards.show(scene, KIND, ticket, party="requester", lead="✅ 车派好了")
    cards.show(scene, KIND, ticket, party="driver", lead="🔔 派车单")
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
    cards.show(scene, KIND, ticket, party="requester", lead=lead)
    cards.tell(scene, ticket, party="driver", text=f"🚫 {ticket.number} 已被调度员撤回，您不用出车了。")


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
    cards.show(scene, KIND, ticket, party="requester", lead="🏁 行程结束，请给这趟车打个分")


def mileage_question(deed: Deed) -> FollowUp:
    """Ask the driver for the mileage at the end of a trip."""
    vehicle = deed.scene.session.get(Vehicle, deed.ticket.fields.get("vehicle_id") or 0)
    last = f"上次读数 {vehicle.odometer_km}" if vehicle and vehicle.odometer_km else "如 12086"
    question = (
        f"{deed.ticket.number} 请回复本次里程：直接发公里数（如 36公里），或还车时的里程表读数（{last}），"
        "也可以发「12050-12086」。有过路费、停车费一并写上。"
    )
    return FollowUp(question=question, action="mileage", expects=MILEAGE)


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


def cancel(deed: Deed) -> Move:
    """Withdraw the request before departure; what was set aside is free again."""
    bookings.release(deed.scene.session, deed.ticket)
    return Move(state=CANCELLED, close=True, reason=deed.arg)


def after_cancel(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    text = f"🚫 {ticket.number} 用车已由{esc(ticket.requester.name)}取消，不用安排了。"
    for party in ("approver", "dispatcher", "driver"):
        cards.tell(scene, ticket, party=party, text=text, besides=scene.actor)


def hand_back(deed: Deed) -> Move:
    """The driver cannot go; the dispatchers must find another."""
    bookings.release(deed.scene.session, deed.ticket)
    f = {**deed.ticket.fields}
    for key in ("plate", "car", "vehicle_id", "driver", "driver_phone", "driver_person_id"):
        f.pop(key, None)
    deed.ticket.fields = f
    return Move(
        state=WAITING_CAR, queue=QUEUE, due_at=_dispatch_again(deed.scene, deed.ticket), reason="驾驶员去不了"
    )


def after_hand_back(deed: Deed) -> None:
    name = deed.scene.actor.name if deed.scene.actor else ""
    if deed.scene.actor is not None:
        cards.withdraw(deed.scene, deed.ticket, deed.scene.actor, party="driver")
    cards.show(deed.scene, KIND, deed.ticket, party="dispatcher", lead=f"⚠️ 驾驶员{esc(name)}去不了，请改派")
    cards.tell(
        deed.scene,
        deed.ticket,
        party="requester",
        text=f"🔁 {deed.ticket.number} 原定驾驶员有情况，正在为您改派。",
    )


def revise(scene: Scene, ticket: Ticket, fields: Fields) -> str:
    """Change a submitted request. The car stays when it still fits, otherwise the dispatchers choose anew."""
    check_rules(scene, fields)
    starts_at, ends_at = when.instants(fields)
    keep = (
        "vehicle_id",
        "driver_person_id",
        "plate",
        "car",
        "driver",
        "driver_phone",
        "approver_id",
        "urgent",
    )
    before = ticket.fields
    ticket.fields = {**fields, **{k: before[k] for k in keep if k in before}, "far": is_far(scene, fields)}
    moved = (starts_at, ends_at) != (ticket.starts_at, ticket.ends_at)
    ticket.starts_at, ticket.ends_at = starts_at, ends_at
    details = {"before": {k: before.get(k) for k in fields if before.get(k) != fields.get(k)}}
    if ticket.state != WAITING_START or _still_fits(scene, ticket, moved=moved):
        tickets.change(
            scene.session, ticket, actor=scene.actor, action="revise", now=scene.now, details=details
        )
        if ticket.state == WAITING_START:
            ticket.due_at = max(starts_at, scene.now)
            cards.show(scene, KIND, ticket, party="driver", lead="🔁 行程有变，请看新的安排")
            return "已修改，原来的车和驾驶员不变，已通知驾驶员。"
        return "已修改，调度员看到的也更新了。"
    driver_id = before.get("driver_person_id")
    bookings.release(scene.session, ticket)
    tickets.change(
        scene.session,
        ticket,
        actor=scene.actor,
        action="revise",
        now=scene.now,
        state=WAITING_CAR,
        queue=QUEUE,
        due_at=_dispatch_again(scene, ticket),
        details=details,
    )
    if driver_id:
        cards.tell(
            scene, ticket, party="driver", text=f"🔁 {ticket.number} 行程改了，您先不用出车，等调度重新安排。"
        )
    ticket.fields = {
        k: v for k, v in ticket.fields.items() if k not in keep or k in ("approver_id", "urgent")
    }
    cards.show(scene, KIND, ticket, party="dispatcher", lead="🔁 行程有变，请重新派车")
    return "已修改。原来的车新时段排不开，调度员会重新派车。"


def _still_fits(scene: Scene, ticket: Ticket, *, moved: bool) -> bool:
    vehicle = bookings.resource_of(ticket, sort="vehicle")
    allocation = ticket.allocation
    if (
        not isinstance(vehicle, Vehicle)
        or allocation is None
        or ticket.starts_at is None
        or ticket.ends_at is None
    ):
        return False
    alone = len(bookings.sharers(scene.session, allocation)) <= 1
    aboard = sum(int(t.fields.get("people") or 1) for t in bookings.sharers(scene.session, allocation))
    if aboard + 1 > vehicle.seats or (moved and not alone):
        return False
    if moved:
        try:
            bookings.move(scene.session, allocation, starts_at=ticket.starts_at, ends_at=ticket.ends_at)
        except Conflict:
            return False
    return True


KIND = Kind(
    name=NAME,
    title="用车",
    icon="🚗",
    prefix="YC",
    intent="book_vehicle",
    examples=("明天下午两点要台商务车去净月开会，5个人",),
    slots=(
        time_slot(question="什么时候出发？（如：明天下午两点）"),
        words_slot(
            name="destination",
            title="目的地",
            question="去哪儿？",
            required=True,
            strip=r"^(我们?)?(想|要)?(去|到|送到|前往)",
            choices=lambda _f, scene: tuple(parameter(scene, "common_places"))[:6],
        ),
        people_slot(question="几个人坐车？", most=500, too_many="太多了，一次最多 500 人，请核对一下人数"),
        words_slot(name="origin", title="出发地", question="从哪儿上车？", strip=r"^(在|从)|(上车|出发|接)$"),
        words_slot(
            name="vehicle_type",
            title="车型",
            question="要什么车型？",
            choices=lambda _f, _s: ("轿车", "商务车", "越野车", "考斯特", "大客车"),
        ),
        words_slot(
            name="purpose",
            title="事由",
            question="什么事由？",
            choices=lambda _f, _s: ("开会", "调研", "接送站", "送文件", "接待来宾", "其他公务"),
        ),
    ),
    listen=listen,
    defaults=defaults,
    advise=advise,
    submit=submit,
    lines=lines,
    extra=extra,
    menu=menu,
    revise=revise,
    changeable=BEFORE_START,
    parties=("requester", "approver", "dispatcher", "driver"),
    steps=(
        Step(action="approve", label="同意", states=(WAITING_APPROVAL,), by=("approver",), do=approve, tell=after_approve),
        Step(action="decline", label="不同意", states=(WAITING_APPROVAL,), by=("approver",), do=reject, tell=after_reject),
        Step(action="take", word="受理", states=(WAITING_CAR,), by=("dispatcher",), do=take, tell=after_take),
        Step(action="assign", word="派车", states=(WAITING_CAR,), by=("dispatcher",), do=assign, tell=after_assign),
        Step(action="hire", word="找租赁车", states=(WAITING_CAR,), by=("dispatcher",), do=lambda _d: Move(), then=ask_hired, harmless=True),
        Step(action="assign_hired", word="派车", states=(WAITING_CAR,), by=("dispatcher",), do=assign_hired, tell=after_assign),
        Step(action="share", word="安排合乘", states=(WAITING_CAR,), by=("dispatcher",), do=share, tell=after_assign),
        Step(action="reassign", word="改派", states=(WAITING_START,), by=("dispatcher",), do=assign, tell=after_assign),
        Step(action="reject", word="驳回", states=(WAITING_CAR, WAITING_START), by=("dispatcher",), do=reject, tell=after_reject),
        Step(action="depart", label="已出发", states=(WAITING_START,), by=("driver",), do=depart, tell=after_depart),
        Step(action="arrive", label="已到达", states=(ON_THE_ROAD,), by=("driver",), do=arrive, tell=after_arrive),
        Step(action="complete", label="已完成", states=(ON_THE_ROAD, ARRIVED), by=("driver",), do=complete, tell=after_complete, then=mileage_question),
        Step(action="hand_back", label="去不了", states=(WAITING_START,), by=("driver",), do=hand_back, tell=after_hand_back),
        Step(
            action="mileage",
            word="登记里程",
            harmless=True,
            states=(WAITING_MILEAGE,),
            by=("driver", "dispatcher"),
            do=settle,
            thanks=lambda d: f"✅ {d.ticket.number} 已登记 {d.ticket.fields['distance_km']} 公里，这趟办结了。辛苦了！",
        ),
        *rating_steps((WAITING_MILEAGE, DONE)),
        Step(action="cancel", word="取消", states=BEFORE_START, by=("requester",), do=cancel, tell=after_cancel),
    ),
)  # fmt: skip
