"""A driver's or technician's jobs go to a colleague, or back to the dispatchers: at the end of a shift, or for days of leave.

They say 「交班」 themselves (their leave with its stand-in is noted by `handlers.staff.roster`), or a dispatcher of their kind says
「刘师傅明天请假」 for them. Each job is given over by the step its kind names for it, with all its checks: who is not free for a trip, or may
not drive the car, does not get it; that job waits for a dispatcher instead. Days of leave are noted, so that nobody is sent meanwhile.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from desk import duty, people, tickets
from desk.errors import BadInput, Conflict, DeskError, NotAllowed
from desk.instants import local_midnight, spoken_day, to_local
from desk.models import Person, Role, Ticket
from desk.outbox import Button, Message
from handlers.dialogue import when
from handlers.tickets import cards, lifecycle, showing
from handlers.words import esc, fits, rows

if TYPE_CHECKING:
    from handlers.desk_side import Stage
    from handlers.dialogue.turn import Said
    from handlers.kinds import Kind, Scene

ASKED = re.compile(r"请[^，。]{0,3}假|休假|来不了班|上不了班|交接?班")
SHIFT_OVER = re.compile("交接?班")
NOT_ASKED = re.compile(r"吗|怎么|规定|[?？]|谁")
WORKERS = (Role.DRIVER, Role.TECHNICIAN)
UNKNOWN = "这个按钮我不认识，可能是旧版本的消息"
LONGEST = timedelta(days=92)


# The first and the last day of leave; None: no leave, a shift is over.
Days = tuple[date, date] | None


def asked_for(stage: Stage, text: str) -> Person | None:
    """Return the driver or technician whose jobs are to go over: one named by a dispatcher, else the speaker.

    One's own leave is not for here but for the roster.
    """
    if not ASKED.search(text) or NOT_ASKED.search(text) or len(text) > 40:
        return None
    if any(stage.person.has_role(Role.DISPATCHER, kind=k.name) for k in stage.house.kinds):
        named = [p for p in _workers(stage) if p.name in text or (text.startswith(f"{p.name[0]}师傅"))]
        return named[0] if len(named) == 1 else None
    is_own = SHIFT_OVER.search(text) and any(stage.person.has_role(role) for role in WORKERS)
    return stage.person if is_own else None


def _days_said(said: Said) -> Days:
    slots = said.requests[0].slots if said.requests else {}
    first = when.day_of(slots.get("start"))
    return (first, max(when.day_of(slots.get("end")) or first, first)) if first else None


def _days_of(stage: Stage, worker: Person, text: str, said: Said) -> Days:
    """Return the days of leave the words name or the roster has; today where leave is said without any."""
    noted = duty.absences_between(
        stage.scene.session, starts_at=stage.scene.now, ends_at=stage.scene.now + LONGEST
    )
    own = next((a for a in noted if a.person_id == worker.id), None)
    today = stage.local_now.date()
    if (days := _days_said(said)) is not None:
        return days
    if own is not None:
        last = to_local(own.ends_at - timedelta(seconds=1)).date()
        return max(to_local(own.starts_at).date(), today), last
    return (today, today) if "假" in text else None


def _workers(stage: Stage) -> list[Person]:
    found: dict[int, Person] = {}
    for kind in stage.house.kinds:
        if kind.worker is not None and stage.person.has_role(Role.DISPATCHER, kind=kind.name):
            found |= {p.id: p for p in people.people_with(stage.scene.session, kind.worker)}
    return list(found.values())


def ask(stage: Stage, worker: Person, text: str, said: Said) -> None:
    """Show the jobs of somebody that are to go over, and whom they may go to."""
    days = _days_of(stage, worker, text, said)
    found = _jobs(stage.scene, worker, days)
    whose = "您" if worker.id == stage.person.id else esc(worker.name)
    span = f"{days[0]:%Y%m%d}:{days[1]:%Y%m%d}" if days else "0:0"
    at = _spoken(days, today=stage.local_now.date())
    stay = Button("先不交", "h:no")
    back = f"h:give:{worker.id}:0:{span}"
    if not found:
        note = f"要记下请假吗？记了这段时间不再派给{whose}。" if days else ""
        buttons = ((Button("记下请假", fits(back)), stay),) if days else ()
        stage.say(Message(text=f"{whose}{at}没有要交的活。{note}", buttons=buttons))
        return
    lines = "\n".join(showing.one_line(stage, t) for t in found[:10])
    able = _colleagues(stage.scene, worker, found)
    names = [Button(p.name, fits(f"h:give:{worker.id}:{p.id}:{span}")) for p in able]
    head = f"🔄 {whose}{at}有 {len(found)} 件活要交：\n{lines}\n\n交给谁？"
    last = (Button("退回调度重新安排", fits(back)), stay)
    stage.say(Message(text=head, buttons=(*rows(names, width=2), last)))


def _spoken(days: Days, *, today: date) -> str:
    if days is None:
        return "手里"
    first, last = (spoken_day(day, today=today) for day in days)
    return first if first == last else f"{first}到{last}"


def _jobs(scene: Scene, worker: Person, days: Days) -> list[Ticket]:
    """Return the jobs in somebody's hands that can still be given to another; of days of leave those that fall on them."""
    found = [
        t
        for t in tickets.in_hands_of(scene.session, worker, limit=200)
        if _relief(scene, t, None) is not None
    ]
    if days is None:
        return found
    begin, end = local_midnight(days[0]), local_midnight(days[1] + timedelta(days=1))
    return [t for t in found if (begin <= t.starts_at < end if t.starts_at else begin <= scene.now)]


def _relief(scene: Scene, ticket: Ticket, to: Person | None) -> tuple[str, str] | None:
    """Return the step that gives a job to `to` (or back), None where its state allows none."""
    kind: Kind = scene.house.kinds[ticket.kind]
    if kind.relieve is None:
        return None
    action, arg = kind.relieve(scene, ticket, to)
    allowed = any(s.action == action and ticket.state in s.states for s in kind.steps)
    return (action, arg) if allowed else None


def _colleagues(scene: Scene, worker: Person, found: list[Ticket]) -> list[Person]:
    """Return who might take the jobs: the same role, here, reachable; those on duty first, then those of the same trade."""
    role = next((r for r in WORKERS if worker.has_role(r)), Role.TECHNICIAN)
    turns = {p.id for t in found for p in duty.on_duty(scene.session, kind=t.kind, at=scene.now)}
    able = [
        p
        for p in people.people_with(scene.session, role)
        if p.id != worker.id
        and people.is_reachable(p)
        and not duty.is_away(scene.session, p, at=max(scene.now, found[0].starts_at or scene.now))
    ]
    return sorted(able, key=lambda p: (p.id not in turns, p.title != worker.title, p.id))[:8]


# ── giving them over ────────────────────────────────────────────────────────────────────────────────


def pressed(stage: Stage, rest: str) -> None:
    """Act on `give:<worker>:<colleague or 0>:<first day>:<last day>`. Raises BadInput, NotAllowed."""
    parts = rest.split(":")
    if len(parts) != 4 or not all(p.isdigit() and len(p) < 12 for p in parts):
        raise BadInput(UNKNOWN)
    scene = stage.scene
    worker = scene.session.get(Person, int(parts[0]))
    days = (_day(parts[2]), _day(parts[3])) if parts[2:] != ["0", "0"] else None
    if worker is None or (days and not days[0] <= days[1] <= days[0] + LONGEST):
        raise BadInput(UNKNOWN)
    if worker.id != stage.person.id and worker.id not in {p.id for p in _workers(stage)}:
        raise NotAllowed("只有本人或管他的调度员可以这样办。")
    found = _jobs(scene, worker, days)
    if not found and not days:
        raise Conflict("手里已经没有要交的活了。")
    to = _successor(scene, worker, found, int(parts[1]))
    if days:
        _note_absence(stage, worker, *days, stand_in=to)
    given = [(t, _give(scene, t, worker, to)) for t in found]
    lines = [f"{t.number} → {esc(name)}" for t, name in given]
    noted = ["✅ 请假记下了" if days else "✅ 交好了", *lines]
    stage.say(Message(text="\n".join(noted)))
    if worker.id != stage.person.id and found:
        text = f"🔄 调度员{esc(stage.person.name)}把您手里的活安排给了别人，您不用管了。"
        cards.tell_person(scene, found[0], worker, text)


def _day(digits: str) -> date:
    try:
        return datetime.strptime(digits, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise BadInput(UNKNOWN) from error


def _successor(scene: Scene, worker: Person, found: list[Ticket], number: int) -> Person | None:
    if not number or not found:
        return None
    to = next((p for p in _colleagues(scene, worker, found) if p.id == number), None)
    if to is None:
        raise Conflict("这位同志现在接不了，请重新选一位，或退回调度安排。")
    return to


def _note_absence(stage: Stage, worker: Person, first: date, last: date, *, stand_in: Person | None) -> None:
    begins = max(local_midnight(first), stage.scene.now)
    ends = local_midnight(last + timedelta(days=1))
    if ends <= begins:
        raise Conflict("这几天已经过去了，请重新说请假的日子。")
    if not duty.is_away(stage.scene.session, worker, at=begins):
        by = f"{stage.person.name}登记，{to_local(stage.scene.now):%m月%d日}"
        duty.away(stage.scene.session, worker, starts_at=begins, ends_at=ends, stand_in=stand_in, reason=by)


def _give(scene: Scene, ticket: Ticket, worker: Person, to: Person | None) -> str:
    """Give one job to `to`, or to the dispatchers where that cannot be; return who has it now."""
    if to is not None:
        try:
            with scene.session.begin_nested():
                _take_over(scene, ticket, worker, to)
        except DeskError:
            scene.session.refresh(ticket)
        else:
            return to.name
    _take_over(scene, ticket, worker, None)
    return "调度员另行安排"


def _take_over(scene: Scene, ticket: Ticket, worker: Person, to: Person | None) -> None:
    relief = _relief(scene, ticket, to)
    if relief is None:
        raise Conflict("这件活现在交不出去。" + lifecycle.situation(ticket))
    actor = scene.actor.name if scene.actor else ""
    reason = f"{worker.name}交出，{actor}办理"
    ticket = lifecycle.fetch(scene, ticket.id)
    lifecycle.instead(scene, ticket=ticket, action=relief[0], arg=relief[1], of=worker, reason=reason)
