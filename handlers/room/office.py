"""Office space: one office a person, of an area its rank allows; a second one and a left one are given back by a day.

The head of the department agrees first where there is one, then the space office finds a room. An office stays set aside
for its user for years; 「腾退」 ends that. Clauses: ROOM-2 (area), ROOM-5 (a second office), ROOM-6 (leaving).
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import bookings, rooms, tickets
from desk.errors import BadInput, Refusal
from desk.instants import spoken_day, to_instant, to_local
from desk.models import Booking, Room, Ticket
from desk.outbox import Button
from handlers.dialogue import when
from handlers.kinds import Advice, Move
from handlers.room.base import (
    ARRANGED,
    MOVED_IN,
    NAME,
    QUEUE,
    TO_APPROVE,
    TO_ARRANGE,
    TO_VACATE,
    approver_of,
    kept,
    kind,
    months_later,
    parameter,
    working_days,
)
from handlers.tickets import cards, lifecycle
from handlers.words import esc

if TYPE_CHECKING:
    from datetime import date

    from desk.models import Person
    from handlers.kinds import Fields, Scene

LONG = timedelta(days=20 * 365)  # an office is set aside until it is given back
VACATE_MONTHS, SECOND_MONTHS = 1, 2  # ROOM-6, ROOM-5


def user_of(scene: Scene, fields: Fields) -> str:
    """Return for whom the office is: the named user, or who asks."""
    return str(fields.get("user_name") or (scene.actor.name if scene.actor else ""))


def limit_of(scene: Scene, fields: Fields) -> float:
    """Return the area limit in square metres for everybody who will sit there (0 while the rank is unknown)."""
    each = float(parameter(scene, "rank_areas").get(fields.get("rank") or "", 0))
    return each * max(int(fields.get("people") or 1), 1)


def check_rules(scene: Scene, fields: Fields) -> None:
    """Refuse an area above the rank's limit and a second office asked for as a first. Raises Refusal."""
    limit, asked = limit_of(scene, fields), float(fields.get("area") or 0)
    if limit and asked > limit:
        rule = scene.house.rules.rule("ROOM-2")
        words = f"{fields['rank']}的上限是 {limit:g} 平方米，申请了 {asked:g} 平方米。{rule.quoted()}"
        raise Refusal(words, rule=rule.code, alternative=rule.alternative)
    held = held_by(scene, fields)
    if held is not None and fields.get("office_case") == "new":
        rule = scene.house.rules.rule("ROOM-5")
        words = f"{user_of(scene, fields)}已有一处办公用房（{held.fields.get('room_name')}，{held.number}）。{rule.quoted()}"
        raise Refusal(words, rule=rule.code, alternative=rule.alternative)


def held_by(scene: Scene, fields: Fields) -> Ticket | None:
    """Return the ticket by which this user holds an office already."""
    if scene.actor is None:
        return None
    query = select(Ticket).where(
        Ticket.kind == NAME,
        Ticket.state.in_((ARRANGED, MOVED_IN, TO_VACATE)),
        Ticket.user_name == str(fields.get("user_name") or ""),
        Ticket.requester_id == scene.actor.id,
    )
    found = [t for t in scene.session.scalars(query) if any(b.active for b in _set_aside(t))]
    return next((t for t in found if t.id != fields.get("own")), None)


def _set_aside(ticket: Ticket) -> list[Booking]:
    return list(ticket.allocation.bookings) if ticket.allocation else []


def defaults(scene: Scene, fields: Fields) -> Fields:
    """An office is for one person unless more were said."""
    return {} if fields.get("people") else {"people": 1, "people_guessed": True}


def advise(scene: Scene, fields: Fields) -> Advice:
    """Quote the area limit, and what is dated."""
    rules, notes = scene.house.rules, []
    case = fields.get("office_case")
    if limit_of(scene, fields) and case != "vacate":
        notes.append(f"📐 面积上限 {limit_of(scene, fields):g} 平方米。{rules.rule('ROOM-2').quoted()}")
    if case == "second":
        notes.append(f"📌 {rules.rule('ROOM-5').quoted()}")
    if case == "vacate":
        day = vacate_by(scene, fields)
        notes.append(f"📌 {rules.rule('ROOM-6').quoted()}最晚 {day.year}年{day.month}月{day.day}日")
    else:
        approver = approver_of(scene, scene.actor) if scene.actor else None
        who = f"先由{approver.name}审批，再由房管安排" if approver else "由房管安排"
        notes.append(f"📌 {who}")
    return Advice(notes=tuple(notes))


def vacate_by(scene: Scene, fields: Fields) -> date:
    """Return the last day to give a left office back: one month after the formalities (the day said, or today)."""
    day = when.day_of(fields.get("start")) or to_local(scene.now).date()
    return months_later(day, VACATE_MONTHS)


def end_of(day: date) -> datetime:
    return to_instant(datetime.combine(day, time(17)))


# ── submitting ──────────────────────────────────────────────────────────────────────────────────────


def submit(scene: Scene, fields: Fields) -> Ticket:
    """Record a request for office space, or the giving back of one. Raises Refusal, BadInput."""
    requester = scene.actor
    if requester is None:
        raise BadInput("不知道是谁在申请")
    if fields.get("office_case") == "vacate":
        return _open(
            scene, fields, state=TO_VACATE, responsible=requester, due_at=end_of(vacate_by(scene, fields))
        )
    approver = approver_of(scene, requester)
    if approver is None:
        ticket = _open(scene, fields, state=TO_ARRANGE, queue=QUEUE, due_at=arrange_by(scene))
        cards.show(scene, kind(scene), ticket, party="dispatcher", lead="🔔 新的办公用房申请")
        return ticket
    hours = timedelta(hours=parameter(scene, "approve_hours"))
    due = to_instant(scene.house.calendar.add_working(to_local(scene.now), hours))
    ticket = _open(
        scene, {**fields, "approver_id": approver.id}, state=TO_APPROVE, responsible=approver, due_at=due
    )
    cards.show(scene, kind(scene), ticket, party="approver", lead="🔔 有一张办公用房申请等您审批")
    return ticket


def arrange_by(scene: Scene) -> datetime:
    return working_days(scene, parameter(scene, "office_days"))


def _open(
    scene: Scene,
    fields: Fields,
    *,
    state: str,
    due_at: datetime,
    responsible: Person | None = None,
    queue: str | None = None,
) -> Ticket:
    if scene.actor is None:
        raise BadInput("不知道是谁在申请")
    day = when.day_of(fields.get("start"))
    if fields.get("office_case") != "vacate":
        fields = {**fields, "wish_room": fields.get("room_name") or "", "room_name": ""}
    ticket = tickets.open_ticket(
        scene.session,
        prefix=kind(scene).prefix,
        kind=NAME,
        state=state,
        requester=scene.actor,
        fields=kept(fields),
        starts_at=to_instant(datetime.combine(day, time(8, 30))) if day else None,
        ends_at=None,
        due_at=due_at,
        queue=queue,
        responsible=responsible,
        user_name=str(fields.get("user_name") or ""),
        now=scene.now,
    )
    ticket.fields = {**ticket.fields, "own": ticket.id}
    return ticket


def revise(scene: Scene, ticket: Ticket, fields: Fields) -> str:
    """Change a request that nobody has decided yet; a changed rank or area goes to the approver again."""
    before = ticket.fields
    approver_id = before.get("approver_id")
    ticket.fields = {**kept(fields), "own": ticket.id} | ({"approver_id": approver_id} if approver_id else {})
    ticket.user_name = str(fields.get("user_name") or "")
    day = when.day_of(fields.get("start"))
    ticket.starts_at = to_instant(datetime.combine(day, time(8, 30))) if day else None
    details = {"before": {k: before.get(k) for k in fields if before.get(k) != fields.get(k)}}
    approver = approver_of(scene, ticket.requester)
    again = ticket.state == TO_ARRANGE and approver is not None
    lifecycle.apply(
        scene,
        ticket,
        Move(state=TO_APPROVE if again else None, responsible=approver if again else None, details=details),
        action="revise",
    )
    if again:
        cards.show(scene, kind(scene), ticket, party="approver", lead="🔁 申请改了，请重新审批")
        return "已修改，改动需要重新审批。"
    return "已修改，审批人和房管看到的也更新了。"


# ── the card ────────────────────────────────────────────────────────────────────────────────────────


def lines(scene: Scene, ticket: Ticket) -> list[str]:
    """Return the body of an office's card."""
    f = ticket.fields
    what = {"vacate": "腾退办公用房", "second": "第二处办公用房"}.get(str(f.get("office_case")), "办公用房")
    body = [f"事项：{what}"]
    if f.get("rank"):
        area = f"，申请 {f['area']:g} 平方米" if f.get("area") else ""
        body.append(f"职级：{esc(f['rank'])}（上限 {limit_of(scene, f):g} 平方米{area}）")
    body.append(f"人数：{f.get('people') or 1} 人")
    wish = f"{f.get('location') or ''} {f.get('wish_room') or ''}".strip()
    if f.get("room_name"):
        area_now = f"，{f['room_area']:g} 平方米" if f.get("room_area") else ""
        body.append(f"房间：<b>{esc(f['room_name'])}</b>{area_now}")
    elif wish:
        body.append(f"意向：{esc(wish)}")
    if ticket.starts_at:
        day = spoken_day(to_local(ticket.starts_at).date(), today=to_local(scene.now).date())
        body.append(f"{'手续办理' if f.get('office_case') == 'vacate' else '起用'}：{day}")
    if f.get("purpose"):
        body.append(f"事由：{esc(f['purpose'])}")
    return body


def extra(ticket: Ticket, found: list[Room]) -> tuple[tuple[Button, ...], ...]:
    """Return the space office's buttons: 「安排」 gives the recommended office, then others."""
    if ticket.state != TO_ARRANGE:
        return ()
    first = [Button("安排", cards.press("give", ticket, str(found[0].id)))] if found else []
    own = (
        *first,
        Button("受理", cards.press("take", ticket)),
        Button("驳回", cards.press("menu", ticket, "reject")),
    )
    more = [
        (Button(f"{r.name} {r.area_m2:g}㎡", cards.press("give", ticket, str(r.id))),) for r in found[1:4]
    ]
    return (own, *more)


def candidates(scene: Scene, ticket: Ticket, *, limit: int = 4) -> list[Room]:
    """Return free offices within the limit, the biggest allowed first, those in the wished building before all."""
    most = limit_of(scene, ticket.fields)
    needs = rooms.read_wish(
        scene.session, f"{ticket.fields.get('location') or ''}{ticket.fields.get('wish_room') or ''}"
    )
    start, end = span_of(scene, ticket)
    query = select(Room).where(
        Room.active,
        Room.use.in_(rooms.OFFICE_USES),
        Room.area_m2 <= most,
        Room.area_m2 > 0,
        bookings.is_free(starts_at=start, ends_at=end),
    )
    if ticket.fields.get("office_case") == "second":
        query = query.where(Room.area_m2 < most)  # a second office is smaller than the standard (ROOM-5)
    found = scene.session.scalars(query.order_by(Room.area_m2.desc(), Room.building_id, Room.number)).all()
    return sorted(found, key=lambda r: bool(needs.buildings) and r.building_id not in needs.buildings)[:limit]


def span_of(scene: Scene, ticket: Ticket) -> tuple[datetime, datetime]:
    start = max(ticket.starts_at or scene.now, scene.now)
    return start, start + LONG
