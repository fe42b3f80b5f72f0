"""Leave: noted at once, because whoever is away is away; a stand-in counts from the moment they say yes."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from desk import duty, people, tickets
from desk.errors import BadInput, Conflict, NotAllowed
from desk.instants import brief, spoken_day, to_instant, to_local
from desk.models import Absence, Person, Role
from desk.outbox import Button, Message
from handlers.staff.roster.asking import OVER, ask, must_be_asked, tell, tell_dispatchers
from handlers.staff.roster.swapping import turn_said
from handlers.words import esc, rows
from nlu import times

if TYPE_CHECKING:
    from handlers.desk_side import Stage

LONGEST_LEAVE = timedelta(days=60)
MOST = 8
# Whose leave concerns the desk.
SERVING = (Role.DISPATCHER, Role.DRIVER, Role.TECHNICIAN, Role.APPROVER)


def span_of(stage: Stage, text: str) -> tuple[datetime, datetime] | None:
    """Return from when to when (instants) leave is asked for; None where no day is said."""
    found = times.parse(text, stage.local_now)
    if found is None or found.start is None or not (found.has_date or found.has_clock):
        return None
    start = datetime.combine(found.start.date(), time()) if found.start_is_date else found.start
    end = found.end
    if end is None or end <= start:
        end = datetime.combine(start.date() + timedelta(days=1), time())
    return to_instant(start), to_instant(end)


def _said(stage: Stage, absence: Absence) -> str:
    start, end = to_local(absence.starts_at), to_local(absence.ends_at)
    today = stage.local_now.date()
    if start.time() == end.time() == time():
        last = (end - timedelta(days=1)).date()
        first = spoken_day(start.date(), today=today)
        return first if last == start.date() else f"{first}到{spoken_day(last, today=today)}"
    return f"{brief(absence.starts_at, now=stage.scene.now)}到{brief(absence.ends_at, now=stage.scene.now)}"


def note_leave(stage: Stage, starts_at: datetime, ends_at: datetime) -> None:
    """Note that the actor is away, tell the dispatchers, and offer who could stand in. Raises BadInput for a span that cannot be."""
    session, person, now = stage.scene.session, stage.person, stage.scene.now
    if ends_at <= now:
        raise BadInput(
            "这段时间已经过去了。", alternative="请说从哪天到哪天，比如「明天请假」「周四到周五请假」。"
        )
    if ends_at - starts_at > LONGEST_LEAVE:
        raise BadInput("请假时间太长了，请分次登记，或请管理员调整值班表。")
    before = duty.absence_of(session, person, at=max(starts_at, now))
    if before is not None:
        stand_in = f"，{esc(before.stand_in.name)}替" if before.stand_in else ""
        stage.say(
            Message(
                text=f"您{_said(stage, before)}已经登记过请假了{stand_in}。",
                buttons=((Button("不请了", f"w:back:{before.id}"),),),
            )
        )
        return
    absence = duty.away(session, person, starts_at=starts_at, ends_at=ends_at, reason="请假")
    tell_dispatchers(stage, f"🗓 {esc(person.name)} {_said(stage, absence)}请假，暂无人替。")
    _offer_stand_ins(stage, absence, head=f"✅ 登记了：{_said(stage, absence)}请假，调度员已知道。")


def _offer_stand_ins(stage: Stage, absence: Absence, *, head: str) -> None:
    session, now = stage.scene.session, stage.scene.now
    turns = [
        t
        for t in duty.between(session, starts_at=absence.starts_at, ends_at=absence.ends_at)
        if t.person_id == absence.person_id
    ]
    lines = [head]
    if turns:
        lines += ["这段时间有您的班：", *(f"· {turn_said(t, now)}" for t in turns[:MOST])]
    held = len(tickets.in_hands_of(session, absence.person))
    if held:
        lines.append(f"手上还有 {held} 张在办的单子，要交给同事可以发「交班」。")
    found = _colleagues(stage, absence)
    lines.append("请哪位替？对方同意才算。" if found else "现在没有能替的同事在线，调度员会另外安排。")
    buttons = rows([Button(p.name, f"w:sub:{absence.id}:{p.id}") for p in found[:MOST]])
    stage.say(Message(text="\n".join(lines), buttons=(*buttons, (Button("不请了", f"w:back:{absence.id}"),))))


def _colleagues(stage: Stage, absence: Absence) -> list[Person]:
    """Return who could stand in: reachable people of a role the person has, of the same trade first, here at that time."""
    session, person = stage.scene.session, absence.person
    found: dict[int, Person] = {}
    for grant in person.grants:
        if grant.role in SERVING:
            for one in people.people_with(session, Role(grant.role), kind=grant.kind or None):
                found[one.id] = one
    able = [
        p
        for p in found.values()
        if p.id != person.id
        and people.is_reachable(p)
        and not duty.is_away(session, p, at=max(absence.starts_at, stage.scene.now))
        and not duty.is_away(session, p, at=absence.ends_at - timedelta(seconds=1))
    ]
    return sorted(
        able, key=lambda p: (p.title != person.title, p.department_id != person.department_id, p.id)
    )


def _leave_of(stage: Stage, absence_id: int, *, own: bool) -> Absence:
    absence = stage.scene.session.get(Absence, absence_id, with_for_update=True)
    if absence is None or absence.ends_at <= stage.scene.now:
        raise Conflict(OVER)
    if own and absence.person_id != stage.person.id:
        raise NotAllowed("只有请假的本人可以这样办。")
    return absence


def ask_stand_in(stage: Stage, absence_id: int, person_id: int) -> str:
    """Ask the chosen colleague; return what the press is answered."""
    absence = _leave_of(stage, absence_id, own=True)
    if absence.stand_in is not None:
        raise Conflict(f"{absence.stand_in.name}已经答应替您了。")
    asked = next((p for p in _colleagues(stage, absence) if p.id == person_id), None)
    if asked is None:
        raise Conflict("这位同事现在替不了，请换一位。")
    text = (
        f"🙏 {esc(stage.person.name)} {_said(stage, absence)}请假，想请您替班（值班和派到他那里的事），行吗？"
    )
    answers = (Button("可以", f"w:can:{absence.id}"), Button("不方便", f"w:cannot:{absence.id}"))
    if not ask(stage, asked, text, answers, key=f"stand:{absence.id}:{asked.id}"):
        return "已经问过了，等对方答复"
    stage.say(Message(text=f"已经去问{esc(asked.name)}了，有答复马上告诉您。"))
    return "好的"


def stand_in(stage: Stage, absence_id: int) -> str:
    """The colleague says yes: from now on they stand in."""
    absence = _leave_of(stage, absence_id, own=False)
    must_be_asked(stage, f"stand:{absence.id}:{stage.person.id}")
    if absence.stand_in is not None:
        raise Conflict(f"已经由{absence.stand_in.name}替了，谢谢您。")
    if duty.is_away(stage.scene.session, stage.person, at=max(absence.starts_at, stage.scene.now)):
        raise Conflict("您那段时间自己也请了假。")
    absence.stand_in = stage.person
    words = f"{esc(absence.person.name)} {_said(stage, absence)}请假，由{esc(stage.person.name)}替班"
    tell(stage, absence.person, f"✅ {words} {esc(stage.person.phone)}。".replace(" 。", "。"))
    tell_dispatchers(stage, f"🗓 {words}。", besides=absence.person)
    stage.say(Message(text=f"✅ 记下了：{words}。谢谢您！"))
    return "谢谢您 ✓"


def no_stand_in(stage: Stage, absence_id: int) -> str:
    """The colleague says no."""
    absence = _leave_of(stage, absence_id, own=False)
    must_be_asked(stage, f"stand:{absence.id}:{stage.person.id}")
    if absence.stand_in_id == stage.person.id:
        raise Conflict("您已经答应替班了，有变化请告诉本人或调度员。")
    tell(stage, absence.person, f"{esc(stage.person.name)}不方便替班，请换一位：再说一次请假的日子就能重选。")
    return "好的，我告诉他"


def take_back(stage: Stage, absence_id: int) -> str:
    """The leave is taken back; whoever stood in is told."""
    absence = _leave_of(stage, absence_id, own=True)
    words = f"{esc(stage.person.name)} {_said(stage, absence)}不请假了，照常上班。"
    if absence.stand_in is not None:
        tell(stage, absence.stand_in, f"🗓 {words}不用您替了，谢谢！")
    tell_dispatchers(stage, f"🗓 {words}")
    stage.scene.session.delete(absence)
    stage.say(Message(text="好的，请假取消了，照常上班。"))
    return "好的 ✓"
