"""Swapping turns: offered among turns of the same sort, done when the other side says yes, never before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from desk import duty, people
from desk.errors import Conflict, NotAllowed
from desk.instants import brief, to_local
from desk.models import Duty
from desk.outbox import Button, Message
from handlers.staff.roster.asking import OVER, ask, must_be_asked, tell, tell_dispatchers
from handlers.words import esc, rows

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.desk_side import Stage

SOON = timedelta(days=21)
MOST = 8


def turn_said(turn: Duty, now: datetime) -> str:
    """Say when a turn is and what for."""
    what = "·".join(x for x in (turn.trade, turn.building.name if turn.building else "") if x)
    return (
        f"{brief(turn.starts_at, now=now)} 到 {brief(turn.ends_at, now=now)}{f' {esc(what)}' if what else ''}"
    )


def _turns(stage: Stage) -> list[Duty]:
    now = stage.scene.now
    return duty.between(stage.scene.session, starts_at=now, ends_at=now + SOON)


def offer_turns(stage: Stage) -> None:
    """Ask which of the actor's turns is to be swapped."""
    mine = [t for t in _turns(stage) if t.person_id == stage.person.id]
    if not mine:
        text = "值班表里近三周没有您的班，没有可换的。排班有变请找调度员或管理员。"
        stage.say(Message(text=text))
    elif len(mine) == 1:
        offer_partners(stage, mine[0].id)
    else:
        buttons = rows([Button(_label(t, stage), f"w:mine:{t.id}") for t in mine[:MOST]], width=1)
        stage.say(Message(text="要换哪一个班？", buttons=buttons))


def _label(turn: Duty, stage: Stage) -> str:
    local = to_local(turn.starts_at)
    return (
        f"{turn.person.name} {local.month}月{local.day}日 {local:%H:%M}"
        if turn.person_id != stage.person.id
        else f"{local.month}月{local.day}日 {local:%H:%M} {turn.trade}".rstrip()
    )


def offer_partners(stage: Stage, duty_id: int) -> str:
    """Offer the turns of others it could be swapped for."""
    own = _own_turn(stage, duty_id)
    found = [t for t in _turns(stage) if _may_swap(stage, own, t)]
    if not found:
        stage.say(Message(text="近三周没有能和您换的班。临时有事可以说「明天请假」，请同事替。"))
        return ""
    buttons = rows([Button(_label(t, stage), f"w:with:{own.id}:{t.id}") for t in found[:MOST]], width=1)
    stage.say(
        Message(text=f"您的班：{turn_said(own, stage.scene.now)}。和谁换？对方同意才算。", buttons=buttons)
    )
    return ""


def _own_turn(stage: Stage, duty_id: int) -> Duty:
    turn = stage.scene.session.get(Duty, duty_id, with_for_update=True)
    if turn is None or turn.ends_at <= stage.scene.now:
        raise Conflict(OVER)
    if turn.person_id != stage.person.id:
        raise NotAllowed("这个班现在不是您的，不能换。")
    return turn


def _may_swap(stage: Stage, own: Duty, other: Duty) -> bool:
    same = (other.kind, other.trade) == (own.kind, own.trade)
    return (
        same
        and other.person_id != own.person_id
        and people.is_reachable(other.person)
        and other.ends_at > stage.scene.now
    )


def _pair(stage: Stage, own: Duty, other_id: int) -> Duty:
    other = stage.scene.session.get(Duty, other_id, with_for_update=True)
    if other is None or not _may_swap(stage, own, other):
        raise Conflict("这两个班现在换不了，请重新说「换班」看看。")
    return other


def _key(own: Duty, other: Duty) -> str:
    return f"swap:{own.id}:{other.id}:{own.person_id}:{other.person_id}"


def ask_swap(stage: Stage, own_id: int, other_id: int) -> str:
    """Ask the other side; return what the press is answered."""
    own = _own_turn(stage, own_id)
    other, now = _pair(stage, own, other_id), stage.scene.now
    text = (
        f"🔄 {esc(stage.person.name)}想和您换班：\n他的：{turn_said(own, now)}\n您的：{turn_said(other, now)}"
    )
    answers = (
        Button("同意换班", f"w:agree:{own.id}:{other.id}"),
        Button("不方便", f"w:refuse:{own.id}:{other.id}"),
    )
    if not ask(stage, other.person, text, answers, key=_key(own, other)):
        return "已经问过了，等对方答复"
    stage.say(Message(text=f"已经去问{esc(other.person.name)}了，同意了马上改值班表。"))
    return "好的"


def _asked_swap(stage: Stage, own_id: int, other_id: int) -> tuple[Duty, Duty]:
    """Return the two turns somebody asked the presser to swap. Raises DeskError when it is not so any more."""
    other = _own_turn(stage, other_id)
    own = stage.scene.session.get(Duty, own_id, with_for_update=True)
    if own is None or own.ends_at <= stage.scene.now:
        raise Conflict(OVER)
    must_be_asked(stage, _key(own, other))
    return own, other


def swap(stage: Stage, own_id: int, other_id: int) -> str:
    """The other side says yes: the roster changes, and everybody concerned is told."""
    own, other = _asked_swap(stage, own_id, other_id)
    asker, now = own.person, stage.scene.now
    duty.swap(stage.scene.session, own, other, now=now)
    lines = [
        f"{turn_said(own, now)}：{esc(own.person.name)}",
        f"{turn_said(other, now)}：{esc(other.person.name)}",
    ]
    text = "\n".join(["🔄 换班成了，值班表已改：", *lines])
    tell(stage, asker, text)
    stage.say(Message(text=text))
    tell_dispatchers(stage, text, kind=own.kind, besides=asker)
    return "换好了 ✓"


def no_swap(stage: Stage, own_id: int, other_id: int) -> str:
    """The other side says no."""
    own, _ = _asked_swap(stage, own_id, other_id)
    tell(stage, own.person, f"{esc(stage.person.name)}不方便换班，可以再说「换班」选别的。")
    return "好的，我告诉他"
