"""When time runs out: a warning to whoever is at it, then their deputy, then the head, each once.

The stages are promises like any other reminder: written when a ticket moves, withdrawn when it moves on, held over quiet
hours unless it is an emergency. `people_of` also knows the parties that only escalation has: `delegate` (who decides for an
approver), `deputy` (who heads the dispatchers' department), `head` (the administrators).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import duty, levels, people
from desk.instants import brief
from desk.models import Role
from handlers.kinds import Promise
from handlers.tickets.parties import hands, members
from handlers.words import esc

if TYPE_CHECKING:
    from datetime import datetime

    from desk.levels import Reading
    from desk.models import Person, Ticket
    from handlers.kinds import Kind, Scene

# The stages: name, the share of the time allowed (in levels.yml), who is told.
STAGES = (("warn", "responsible"), ("deputy", "deputy"), ("head", "head"))
TEXTS = {
    "warn": "⏳ {number} {phase}时限已用八成，{due} 前要{deed}：{what}",
    "deputy": "⚠️ {number} 到{phase}时限还没{deed}，请督促：{what}（负责：{hands}）",
    "head": "🚨 {number} 超过{phase}时限已久还没{deed}：{what}（负责：{hands}，时限 {due}）",
}
PHASES = {"respond": ("响应", "受理安排"), "finish": ("办结", "办结")}


def reading(scene: Scene, ticket: Ticket) -> Reading | None:
    """Return how far a ticket is in its service level, None where it has none."""
    return levels.read(scene.session, ticket, rules=scene.house.rules, calendar=scene.house.calendar)


def owed(scene: Scene, kind: Kind, ticket: Ticket) -> tuple[Promise, ...]:
    """Return the warnings a ticket is in for if nothing happens; none while its clock stands still."""
    found = reading(scene, ticket)
    if found is None or found.is_paused:
        return ()
    table = scene.house.rules.parameters["levels"]
    own = table["kinds"][kind.name].get("own", ())
    return tuple(
        _stage(kind, ticket, found, name, party, float(table[f"{name}_share"]))
        for name, party in STAGES
        if not (name == "warn" and found.phase in own)
    )


def _stage(kind: Kind, ticket: Ticket, found: Reading, name: str, party: str, share: float) -> Promise:
    phase, deed = PHASES[found.phase]

    def text(ticket: Ticket, _party: str, at: datetime) -> str:
        due = brief(found.due_at, now=at) if found.due_at else ""
        words = {"number": ticket.number, "phase": phase, "deed": deed, "due": due}
        return TEXTS[name].format(**words, what=_what(kind, ticket), hands=esc(hands(ticket)))

    return Promise(
        name=f"{found.phase}_{name}",
        states=(ticket.state,),
        when=lambda ticket: _moment(found, ticket, share),
        to=(party,),
        text=text,
        chases=True,
    )


def _moment(found: Reading, ticket: Ticket, share: float) -> datetime | None:
    """Return when a stage is due. An early trip cannot wait for the office to open: its own due time goes first."""
    due = found.due_at
    if found.phase == "respond" and ticket.due_at and due and ticket.due_at < due:
        return ticket.due_at + found.allowed * (share - 1)
    return found.at(share)


def _what(kind: Kind, ticket: Ticket) -> str:
    f = ticket.fields
    where = f.get("destination") or f.get("room_name") or f.get("place_name") or f.get("location")
    about = " ".join(str(f[k]) for k in ("object", "fault", "visitor_org") if f.get(k))
    return esc(f"{kind.title} {where or ''} {about}".strip())


def card_line(scene: Scene, ticket: Ticket) -> str:
    """Return what a card says of the service level: paused, late, or by when it must be done; empty when that is clear."""
    found = reading(scene, ticket)
    if found is None:
        return ""
    if found.is_paused:
        return "　⏸ 计时暂停"
    due = found.due_at
    if due is None:
        return ""
    late = "（⚠️ 已超时）" if due < scene.now else ""
    if due == ticket.due_at:
        return late
    return f"　{PHASES[found.phase][0]}时限：{brief(due, now=scene.now)}{late}"


# ── who ─────────────────────────────────────────────────────────────────────────────────────────────


def people_of(scene: Scene, ticket: Ticket, party: str, *, at: datetime) -> list[Person]:
    """Return who is told as `party` at the instant `at`, those who can be reached only."""
    if party == "delegate":
        found = _delegates(scene, ticket, at=at)
    elif party == "deputy":
        found = _deputies(scene, ticket, at=at)
    elif party == "head":
        found = people.people_with(scene.session, Role.ADMIN)
    else:
        return members(scene.session, ticket, party)
    return [p for p in found if p.chat_id and p.active]


def _delegates(scene: Scene, ticket: Ticket, *, at: datetime) -> list[Person]:
    """Return who decides for an approver: their stand-in, another approver of the house, else the dispatchers."""
    approver = next(iter(members(scene.session, ticket, "approver")), None)
    if approver is None:
        return people.dispatchers(scene.session, ticket.kind)
    instead = duty.stand_in(scene.session, approver, at=at)
    if instead is not None:
        return [instead]
    home = approver.department_id
    approvers = people.people_with(scene.session, Role.APPROVER, kind=ticket.kind)
    same = [
        p
        for p in approvers
        if home and p.department_id == home and p.id not in (approver.id, ticket.requester_id)
    ]
    return same[:1] or people.dispatchers(scene.session, ticket.kind)


def _deputies(scene: Scene, ticket: Ticket, *, at: datetime) -> list[Person]:
    """Return the heads of the departments whose dispatchers serve this kind, or who stands in for them."""
    homes = {p.department_id for p in people.dispatchers(scene.session, ticket.kind)} - {None}
    approvers = people.people_with(scene.session, Role.APPROVER, kind=ticket.kind)
    found = [duty.present(scene.session, p, at=at) for p in approvers if p.department_id in homes]
    return [p for p in found if p is not None][:2]
