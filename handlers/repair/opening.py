"""How a repair begins: danger is announced, doubles are joined, the right pair of hands is found, everybody is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import duty, people, places, repairs, tickets, triage
from desk.errors import BadInput
from desk.instants import to_local
from desk.models import Building, Person, Role, Ticket
from handlers.kinds import FollowUp
from handlers.repair import form
from handlers.repair.names import (
    JOINED,
    NAME,
    QUEUE,
    SENT,
    WAITING,
    WAITING_APPROVAL,
    after,
    kind_of,
    level,
    stamp,
    table,
    what,
    where,
    working_hours,
)
from handlers.tickets import cards
from handlers.words import esc

if TYPE_CHECKING:
    from handlers.kinds import Fields, Scene

# Danger is mended by whoever is there; the place is asked for afterwards, in these words or by telephone.
PLACE_ANSWER = r"楼|梯|侧|边|座|层|院|厅|库|室|房|间|走廊|食堂|门|厕|车间|\d{3}"


def submit(scene: Scene, fields: Fields) -> Ticket:
    """Record the fault and put it into somebody's hands. Danger: telephone numbers go out before anything else."""
    reporter = scene.actor
    if reporter is None:
        raise BadInput("不知道是谁在报修")
    kept = {k: v for k, v in fields.items() if not k.startswith("_") and k != "location_vague"}
    kept |= form.defaults(scene, fields)
    kept |= form.judge(scene, kept)
    if kept["alarm"] and kept["location_guessed"]:
        kept |= form.as_said(scene, kept)  # nobody is sent to the wrong building on a guess
    lead = _twin(scene, kept)
    if kept["alarm"]:
        again = lead if lead is not None and lead.requester_id == reporter.id else None
        if again is not None:
            return _reported_again(scene, again, reporter)
    _remember(reporter, kept)
    ticket = _join(scene, reporter, kept, lead) if lead is not None else _open(scene, reporter, kept)
    if kept["alarm"]:
        cards.tell_person(scene, ticket, reporter, calls_text(scene, kept))
    _announce(scene, ticket, lead)
    return ticket


def _twin(scene: Scene, kept: Fields) -> Ticket | None:
    if kept["project"] or kept["lock_change"]:
        return None
    since = scene.now - timedelta(hours=table(scene)["cluster_hours"])
    found = repairs.twin(scene.session, kept, since=since)
    # Danger never waits behind something ordinary.
    return found if found is None or not kept["alarm"] or found.fields.get("alarm") == kept["alarm"] else None


def _reported_again(scene: Scene, ticket: Ticket, reporter: Person) -> Ticket:
    cards.tell_person(scene, ticket, reporter, calls_text(scene, ticket.fields))
    tickets.change(scene.session, ticket, actor=reporter, action="urge", now=scene.now)
    text = f"🚨 {ticket.number} 报修人又在报：{esc(where(ticket.fields))} {esc(what(ticket.fields))}，{esc(reporter.name)} {esc(reporter.phone)}"
    for party in ("dispatcher", "technician"):
        cards.tell(scene, ticket, party=party, text=text, besides=reporter)
    return ticket


def _remember(reporter: Person, kept: Fields) -> None:
    if not kept.get("location") or not kept["place"]["building"] or kept.get("location_guessed"):
        return
    name, known = kept["place_name"], list(reporter.habits.get("places") or ())
    if not places.is_only_building(name):  # nobody finds a fault by that
        known = [name, *(p for p in known if p != name)]
    reporter.habits = {**reporter.habits, "building": kept["place"]["building"], "places": known[:3]}


def calls_text(scene: Scene, kept: Fields) -> str:
    """Return whom to ring in this danger, and what to do until they come."""
    row = next((a for a in table(scene)["alarms"] if a["name"] == kept["alarm"]), None)
    if row is None:
        return ""
    calls = "\n".join(f"☎️ {esc(who)}：<b>{esc(number)}</b>" for who, number in row["calls"])
    return f"🚨 <b>{esc(row['name'])}，请先打电话：</b>\n{calls}\n⚠️ {esc(row['advice'])}"


# ── the ticket ──────────────────────────────────────────────────────────────────────────────────────


def _join(scene: Scene, reporter: Person, kept: Fields, lead: Ticket) -> Ticket:
    """Record one more report of a fault that is already dealt with; it lives and ends with the first one."""
    kept |= {"joined": lead.number, "technician_id": lead.fields.get("technician_id")}
    return tickets.open_ticket(
        scene.session,
        prefix="BX",
        kind=NAME,
        state=JOINED,
        requester=reporter,
        fields=kept,
        starts_at=None,
        ends_at=None,
        due_at=lead.due_at or scene.now,
        queue=lead.queue,
        responsible=lead.responsible,
        user_name=str(kept.get("user_name") or ""),
        parent=lead,
        now=scene.now,
    )


def _open(scene: Scene, reporter: Person, kept: Fields) -> Ticket:
    before = _history(scene, kept)
    technician = None
    approver = approver_of(scene, reporter) if kept["lock_change"] else None
    if approver is None and not (kept["project"] or kept["lock_change"]):
        technician = pick(scene, kept, former=before.fields.get("technician_id") if before else None)
    if approver is not None:
        kept["approver_id"] = approver.id
    if technician is not None:
        kept |= hands_of(technician)
    kept |= deadlines(scene, kept)
    state = WAITING_APPROVAL if approver else SENT if technician else WAITING
    due = working_hours(scene, table(scene)["approve_hours"]) if approver else respond_by(scene, kept)
    return tickets.open_ticket(
        scene.session,
        prefix="BX",
        kind=NAME,
        state=state,
        requester=reporter,
        fields=kept,
        starts_at=None,
        ends_at=None,
        due_at=due,
        queue=None if approver or technician else QUEUE,
        responsible=approver or technician,
        user_name=str(kept.get("user_name") or ""),
        parent=before,
        now=scene.now,
    )


def _history(scene: Scene, kept: Fields) -> Ticket | None:
    """Note how often the thing broke here; return the ticket whose work did not hold, if this is a rework."""
    figures = table(scene)
    before = repairs.earlier(scene.session, kept, since=scene.now - timedelta(days=figures["repeat_days"]))
    if len(before) + 1 >= figures["repeat_count"]:
        kept["repeats"] = len(before) + 1
    if not before or not kept["again"]:
        return None
    last = before[0]
    if last.closed_at is None or scene.now - last.closed_at > timedelta(days=figures["rework_days"]):
        return None
    kept |= {"rework_of": last.number, "rework": int(last.fields.get("rework") or 0) + 1}
    return last


def approver_of(scene: Scene, reporter: Person) -> Person | None:
    """Return the head of the reporter's own department, never the reporter."""
    return next(
        (
            p
            for p in people.people_with(scene.session, Role.APPROVER, kind=NAME)
            if p.department_id == reporter.department_id and p.id != reporter.id and p.chat_id
        ),
        None,
    )


def pick(scene: Scene, fields: Fields, *, former: int | None = None) -> Person | None:
    """Return the technician to whom the job goes by itself, None when the dispatchers must decide.

    Whoever mended it before comes again; else who the roster names for the trade and building, stand-ins included; outside
    office hours whoever of the technicians has duty; else the one with the fewest jobs. Nobody who is away.
    """
    session, now = scene.session, scene.now
    here = [
        p
        for p in repairs.technicians(session, fields["trades"])
        if repairs.is_ready(p) and not duty.is_away(session, p, at=now)
    ]
    again = next((p for p in here if p.id == former), None)
    return again or _rostered(scene, fields, here) or next(iter(here), None)


def _rostered(scene: Scene, fields: Fields, here: list[Person]) -> Person | None:
    """Return the technician the roster gives a job to; `here` are those of the trade who are not away."""
    session, now = scene.session, scene.now
    name = (fields.get("place") or {}).get("building")
    building = session.scalar(select(Building).where(Building.name == name)) if name else None
    is_open = scene.house.calendar.is_open(to_local(now))
    for trade in fields["trades"]:
        named = duty.on_duty(session, kind=NAME, trade=trade, building=building, at=now, named=True)
        others = duty.on_duty(session, kind=NAME, trade=trade, building=building, at=now)
        found = named + [p for p in others if p in here or not is_open]
        ready = [p for p in found if p.has_role(Role.TECHNICIAN, kind=NAME) and repairs.is_ready(p)]
        if ready:
            return ready[0]
    return None


def hands_of(technician: Person) -> Fields:
    """Return the fields that name the technician of a ticket."""
    return {
        "technician_id": technician.id,
        "technician": technician.name,
        "technician_phone": technician.phone,
        "trade": technician.title,
    }


def deadlines(scene: Scene, fields: Fields) -> Fields:
    """Return when somebody must have answered, been there and finished, and when to nudge."""
    found = level(fields, scene)
    calm = found.code == "P2" and triage.is_calm(f"{fields.get('urgency') or ''} {fields.get('said') or ''}")
    finish = table(scene)["slow_finish"] if calm else found.finish
    return {
        "respond_by": stamp(after(scene, fields, found.respond)),
        "arrive_by": stamp(after(scene, fields, found.arrive)) if found.arrive else None,
        "finish_by": stamp(after(scene, fields, finish)),
        "nudge_at": stamp(after(scene, fields, int(found.respond * table(scene)["nudge_share"]))),
    }


def respond_by(scene: Scene, fields: Fields) -> datetime:
    """Return when somebody must have answered, counted from now."""
    return after(scene, fields, level(fields, scene).respond)


# ── telling ─────────────────────────────────────────────────────────────────────────────────────────


def _announce(scene: Scene, ticket: Ticket, lead: Ticket | None) -> None:
    if lead is not None and ticket.state == JOINED:
        asker = ticket.requester
        text = f"👥 {lead.number} 又有人报同一处：{esc(asker.name)} {esc(asker.phone)}（{ticket.number}，已并单）「{esc(str(ticket.fields.get('said') or '')[:100])}」"
        for party in ("dispatcher", "technician"):
            cards.tell(scene, lead, party=party, text=text, besides=scene.actor)
        return
    kind, danger = kind_of(scene), ticket.fields["alarm"]
    mark = f"🚨 特急：{esc(danger)}！" if danger else ""
    if ticket.state == WAITING_APPROVAL:
        cards.show(scene, kind, ticket, party="approver", lead="🔔 有一张换锁单等您审批")
        return
    if ticket.state == SENT:
        cards.show(scene, kind, ticket, party="technician", lead=mark or "🔔 新的维修单")
        note = f"已先派给{esc(ticket.fields['technician'])}，等他接单"
        cards.show(scene, kind, ticket, party="dispatcher", lead=f"{mark or '🔔 新的报修单'}\n{note}")
    else:
        cards.show(scene, kind, ticket, party="dispatcher", lead=mark or "🔔 新的报修单")


def ask_place(scene: Scene, ticket: Ticket) -> FollowUp | None:
    """Ask where the danger is, once the ticket stands; nothing when it is known."""
    said = str(ticket.fields.get("location") or "")
    if ticket.closed_at is not None:
        return None
    if not said or places.is_vague(said):
        question = "📍 请马上告诉我具体位置：哪个楼、几层、哪个房间？"
    elif places.is_only_building(said):
        question = f"📍 {esc(said)}的哪一处？（几层、哪个房间或哪部电梯）"
    elif (ticket.fields["place"]["floor"] or ticket.fields["place"]["room"]) and not ticket.fields["place"][
        "building"
    ]:
        question = f"📍 {esc(said)}是哪个楼的？"
    else:
        return None
    return FollowUp(question=question, action="place", expects=PLACE_ANSWER)
