"""交班 and 请假: what somebody holds goes to a colleague, all at once, and everybody it concerns is told.

A dispatcher at the end of a shift says 「交班」, reads what they hold, and presses the successor's name: dispatchers of the same
kind, those on duty first. A driver or technician who goes on leave (or a dispatcher who speaks for them: 「刘师傅请假」) gives
their jobs to a colleague the same way; what the colleague cannot take goes back to the dispatchers. 「转交」 on a card passes
one ticket on. Whoever presses is checked anew, and only what is held at that moment moves.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import duty, people
from desk.errors import BadInput, Conflict, NotAllowed
from desk.instants import brief
from desk.models import Person, Role, Ticket
from desk.outbox import Button, Message
from handlers.kinds import Move
from handlers.staff import leave
from handlers.tickets import cards, lifecycle, showing
from handlers.tickets.parties import is_with_dispatcher, parties_of
from handlers.words import esc, fits, rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from handlers.desk_side import Stage
    from handlers.dialogue.turn import Said
    from handlers.kinds import Scene

ASKED = re.compile(r"^(?:我要|我|现在|要)?(?:交接?班|下班交接)|交班$")
EVERY = "all"
SHOWN = 10
NOTHING = "您手里没有要交的单子，可以放心下班。"
UNKNOWN = "这个按钮我不认识，可能是旧版本的消息"


# ── what a dispatcher holds ─────────────────────────────────────────────────────────────────────────


def held(scene: Scene, person: Person) -> list[Ticket]:
    """Return the open tickets a dispatcher answers for or watches over, the most urgent first; not their own requests."""
    kinds = [k.name for k in scene.house.kinds if person.has_role(Role.DISPATCHER, kind=k.name)]
    query = select(Ticket).where(Ticket.kind.in_(kinds), Ticket.closed_at.is_(None)).order_by(Ticket.due_at)
    return [t for t in scene.session.scalars(query) if _holds(person, t)]


def _holds(person: Person, ticket: Ticket) -> bool:
    if ticket.requester_id == person.id or ticket.fields.get("approver_id") == person.id:
        return False
    return person.id in (ticket.responsible_id, ticket.fields.get("dispatcher_id"))


def successors(scene: Scene, kinds: Iterable[str], *, besides: Person) -> list[Person]:
    """Return the dispatchers who serve all these kinds and are here, those on duty first."""
    wanted = list(kinds)
    found = [
        p
        for p in people.people_with(scene.session, Role.DISPATCHER)
        if p.id != besides.id
        and all(p.has_role(Role.DISPATCHER, kind=kind) for kind in wanted)
        and people.is_reachable(p)
        and not duty.is_away(scene.session, p, at=scene.now)
    ]
    turns = _on_duty(scene, wanted)
    return sorted(found, key=lambda p: p.id not in turns)


def _on_duty(scene: Scene, kinds: Iterable[str]) -> set[int]:
    return {p.id for kind in kinds for p in duty.on_duty(scene.session, kind=kind, at=scene.now)}


def begin(stage: Stage, text: str, said: Said) -> bool:
    """Begin to hand over what the words ask for: one's own tickets, or somebody's who goes on leave. Return whether they do."""
    worker = leave.asked_for(stage, text)
    if worker is not None:
        leave.ask(stage, worker, text, said)
        return True
    serves = any(stage.person.has_role(Role.DISPATCHER, kind=k.name) for k in stage.house.kinds)
    if not serves or not ASKED.search(text) or leave.NOT_ASKED.search(text):
        return False
    ask(stage)
    return True


def ask(stage: Stage) -> None:
    """Show what a dispatcher holds and whom it may go to; of several kinds nobody serves together, kind by kind."""
    found = held(stage.scene, stage.person)
    if not found:
        stage.say(Message(text=NOTHING))
        return
    kinds = list(dict.fromkeys(t.kind for t in found))
    together = successors(stage.scene, kinds, besides=stage.person)
    if together or len(kinds) == 1:
        _ask_one(stage, found, EVERY, together)
        return
    for kind in kinds:
        own = [t for t in found if t.kind == kind]
        _ask_one(stage, own, kind, successors(stage.scene, [kind], besides=stage.person))


def _ask_one(stage: Stage, found: list[Ticket], scope: str, able: list[Person]) -> None:
    lines = [showing.one_line(stage, t) for t in found[:SHOWN]]
    more = f"\n……还有 {len(found) - SHOWN} 张" if len(found) > SHOWN else ""
    head = f"🔄 交班：您手里有 {len(found)} 张在办的单子\n" + "\n".join(lines) + more
    if not able:
        stage.say(Message(text=f"{head}\n\n现在没有别的调度员可以接，请联系管理员安排。"))
        return
    turns = _on_duty(stage.scene, {t.kind for t in found})
    names = [
        Button(f"{p.name}{'（值班）' if p.id in turns else ''}", fits(f"h:to:{scope}:{p.id}"))
        for p in able[:9]
    ]
    stay = (Button("先不交", "h:no"),)
    stage.say(Message(text=f"{head}\n\n都交给谁？", buttons=(*rows(names, width=2), stay)))


# ── moving ──────────────────────────────────────────────────────────────────────────────────────────


def pressed(stage: Stage, rest: str) -> None:
    """Act on an `h:` button. Raises BadInput, NotAllowed, Conflict."""
    verb, _, rest = rest.partition(":")
    scope, _, number = rest.partition(":")
    if verb == "no":
        stage.say(Message(text="好的，单子还在您手里。"))
        return
    if verb == "give":
        leave.pressed(stage, rest)
        return
    if verb != "to" or not number.isdigit() or len(number) > 12:
        raise BadInput(UNKNOWN)
    hand_over(stage, scope, stage.scene.session.get(Person, int(number)))


def hand_over(stage: Stage, scope: str, to: Person | None) -> None:
    """Move everything the person holds (of one kind, or all) to `to`. Raises Conflict when that cannot be."""
    scene = stage.scene
    found = [t for t in held(scene, stage.person) if scope in (EVERY, t.kind)]
    if not found:
        raise Conflict("您手里已经没有要交的单子了。")
    _check(scene, {t.kind for t in found}, to, former=stage.person)
    if to is None:
        return
    for ticket in found:
        _move(scene, lifecycle.fetch(scene, ticket.id), former=stage.person, to=to, action="hand_over")
    lines = "\n".join(
        f"{showing.one_line(stage, t)}　时限 {brief(t.due_at or scene.now, now=scene.now)}" for t in found
    )
    name, phone = esc(stage.person.name), esc(stage.person.phone)
    text = f"🔄 {name}交班给您 {len(found)} 张单子：\n{lines}\n有不清楚的问{name} {phone}".rstrip()
    cards.tell_person(scene, found[0], to, text)
    stage.say(Message(text=f"✅ 已交给{esc(to.name)} {len(found)} 张：\n{lines}\n辛苦了！"))


def _check(scene: Scene, kinds: Iterable[str], to: Person | None, *, former: Person) -> None:
    able = successors(scene, kinds, besides=former)
    if to is None or to.id not in {p.id for p in able}:
        raise Conflict("这位同志现在接不了这些单子，请重新发「交班」再选。")


# What a ticket remembers of whoever sees to it; a hired car's dispatcher stands in its driver's place.
PLACES = ("dispatcher_id", "driver_person_id")


def _move(scene: Scene, ticket: Ticket, *, former: Person, to: Person, action: str) -> None:
    """Put one ticket from the hands of a dispatcher into those of another, and tell its requester."""
    f = dict(ticket.fields)
    f |= {place: to.id for place in PLACES if f.get(place) == former.id}
    if f.get("dispatcher") == former.name:
        f["dispatcher"] = to.name
    ticket.fields = f
    is_holder = ticket.responsible_id == former.id
    details = {"from": former.name, "to": to.name}
    lifecycle.apply(
        scene, ticket, Move(responsible=to if is_holder else None, details=details), action=action
    )
    kind = scene.house.kinds[ticket.kind]
    cards.show(scene, kind, ticket, party="dispatcher", to=(to,), lead=f"🔄 {esc(former.name)}交给您的单子")
    if to.id == f.get("driver_person_id"):
        # Of a hired car the dispatcher reports what its driver does.
        cards.withdraw(scene, ticket, former, party="driver")
        cards.show(
            scene, kind, ticket, party="driver", to=(to,), lead="🔄 这趟外雇车由您代报出发、到达和里程"
        )
    phone = f"，电话 {esc(to.phone)}" if to.phone else ""
    text = f"🔄 {ticket.number} 改由调度员{esc(to.name)}负责{phone}。"
    cards.tell(scene, ticket, party="requester", text=text, besides=to)
    lifecycle.settle(scene, kind, ticket)


# ── one ticket ──────────────────────────────────────────────────────────────────────────────────────


def menu(scene: Scene, ticket: Ticket) -> Message:
    """Return the colleagues a ticket may be passed on to."""
    kind = scene.house.kinds[ticket.kind]
    head = cards.compose(scene, kind, ticket, party="dispatcher").text
    back = (Button("返回", cards.press("back", ticket)),)
    if ticket.responsible is None:
        return Message(text=head, buttons=(back,))
    able = successors(scene, [ticket.kind], besides=ticket.responsible)
    turns = _on_duty(scene, [ticket.kind])
    names = [
        Button(f"{p.name}{'（值班）' if p.id in turns else ''}", cards.press("pass_on", ticket, str(p.id)))
        for p in able[:9]
    ]
    note = "转交给谁？" if able else "现在没有别的调度员可以接。"
    return Message(text=f"{head}\n\n{note}", buttons=(*rows(names, width=2), back))


def _like(scene: Scene, ticket: Ticket) -> list[Ticket]:
    """Return the tickets of the same kind that hang on this one and lie in the same hands."""
    query = select(Ticket).where(
        Ticket.parent_id == ticket.id,
        Ticket.kind == ticket.kind,
        Ticket.responsible_id == ticket.responsible_id,
        Ticket.closed_at.is_(None),
    )
    return list(scene.session.scalars(query.order_by(Ticket.id)))


def pass_on(stage: Stage, ticket: Ticket, arg: str) -> None:
    """Pass one ticket on to a colleague. Raises NotAllowed, Conflict."""
    scene = stage.scene
    if "dispatcher" not in parties_of(stage.person, ticket):
        raise NotAllowed("这一步不归您办。" + lifecycle.situation(ticket))
    former = ticket.responsible
    if former is None or not is_with_dispatcher(ticket):
        raise Conflict("这张单子现在不在调度员手里，不用转交。" + lifecycle.situation(ticket))
    to = scene.session.get(Person, int(arg)) if arg.isdigit() and len(arg) < 12 else None
    if to is None or to.id not in {p.id for p in successors(scene, [ticket.kind], besides=former)}:
        raise Conflict("这位同志现在接不了这张单子，请重新选。")
    for one in (ticket, *_like(scene, ticket)):
        _move(scene, one, former=former, to=to, action="pass_on")
    if former.id not in (stage.person.id, to.id):
        text = f"🔄 {ticket.number} 已由{esc(stage.person.name)}转给{esc(to.name)}，您不用管了。"
        cards.tell_person(scene, ticket, former, text)
