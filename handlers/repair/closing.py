"""Whether it is done: the technician says so, the reporter says whether it holds, and comes back when it does not."""

from __future__ import annotations

from desk.models import Person
from handlers.kinds import Deed, FollowUp, Move
from handlers.repair import follow, opening
from handlers.repair.names import (
    CHECK,
    DONE,
    QUEUE,
    SENT,
    WAITING,
    kind_of,
    put,
    stamp,
    table,
    technician_line,
    working_days,
)
from handlers.tickets import cards
from handlers.words import esc

# ── done, and whether it is ─────────────────────────────────────────────────────────────────────────


def complete(deed: Deed) -> Move:
    """The work is done; the reporter has some working days to say so."""
    scene, ticket = deed.scene, deed.ticket
    put(ticket, done_at=stamp(scene.now))
    due = working_days(scene, table(scene)["accept_days"])
    return Move(state=CHECK, responsible=ticket.requester, due_at=due)


def after_complete(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    lead = (
        f"🏁 师傅说修好了，请看一下：修好了没有？\n{table(scene)['accept_days']} 个工作日不点，就算验收通过"
    )
    cards.show(scene, kind_of(scene), ticket, party="requester", lead=lead)
    if scene.actor is not None and scene.actor.id != ticket.fields.get("technician_id"):
        cards.tell(scene, ticket, party="technician", text=f"🏁 {ticket.number} 调度员已登记完工。")
    follow.complete(scene, ticket, lead=lead)


def what_was_done(deed: Deed) -> FollowUp:
    """Ask for a photo or a line about the work."""
    question = f"{deed.ticket.number} 修了什么、换了什么？发一句话或一张修好的照片，报修人和台账都能看到。"
    return FollowUp(
        question=question, action="done_note", expects=r"修|换|装|通|紧|清|调|补|接|加|拆|好|复位|送电|重"
    )


def done_note(deed: Deed) -> Move:
    """The technician tells what was done."""
    put(deed.ticket, done_note=deed.arg[:200])
    return Move(reason=deed.arg[:200])


def after_done_note(deed: Deed) -> None:
    follow.tell_all(
        deed.scene, deed.ticket, f"🔧 {{number}} 处理情况：{esc(deed.ticket.fields['done_note'])}"
    )


def fixed(deed: Deed) -> Move:
    """The reporter says it works."""
    put(deed.ticket, accepted="报修人确认")
    return Move(state=DONE, close=True)


def after_fixed(deed: Deed) -> None:
    lead = "✅ 谢谢确认，单子办结了，请给这次维修打个分"
    cards.show(deed.scene, kind_of(deed.scene), deed.ticket, party="requester", lead=lead)
    cards.tell(
        deed.scene, deed.ticket, party="technician", text=f"✅ {deed.ticket.number} 报修人已验收，辛苦了。"
    )


def auto_accept(deed: Deed) -> Move:
    """Nobody answered in time: it counts as accepted."""
    put(deed.ticket, accepted="到期未答复，视为验收")
    return Move(state=DONE, close=True, reason="到期未验收，视为通过")


def after_auto_accept(deed: Deed) -> None:
    lead = "✅ 到期没有收到不同意见，按修好办结了。还不行的话直接再报，我给您接着修"
    cards.show(deed.scene, kind_of(deed.scene), deed.ticket, party="requester", lead=lead)


def not_fixed(deed: Deed) -> Move:
    """It does not hold: the same technician comes again, and the rework is counted."""
    scene, ticket = deed.scene, deed.ticket
    put(ticket, rework=int(ticket.fields.get("rework") or 0) + 1, joined=None, done_note=None)
    technician = scene.session.get(Person, ticket.fields.get("technician_id") or 0)
    put(ticket, **opening.deadlines(scene, ticket.fields))
    due = opening.respond_by(scene, ticket.fields)
    if technician is None or not technician.active:
        return Move(state=WAITING, queue=QUEUE, due_at=due, reason="没修好，返修")
    return Move(state=SENT, responsible=technician, due_at=due, reason="没修好，返修")


def after_not_fixed(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    count = ticket.fields["rework"]
    cards.show(
        scene, kind_of(scene), ticket, party="technician", lead=f"🔁 报修人说没修好，请返修（第 {count} 次）"
    )
    cards.show(scene, kind_of(scene), ticket, party="dispatcher", lead=f"🔁 没修好，返修第 {count} 次")
    if not ticket.fields.get("technician_phone"):
        return
    cards.tell(
        scene,
        ticket,
        party="requester",
        text=f"🔁 {ticket.number} 对不住，还请{technician_line(deed)}再来一趟。",
    )


def what_is_left(deed: Deed) -> FollowUp:
    """Ask what still does not work."""
    return FollowUp(
        question="哪儿还不行？发一句话（或照片），我转给师傅。", action="still", expects=r"\S{2,}"
    )


def still(deed: Deed) -> Move:
    """The reporter says what still does not work."""
    put(deed.ticket, still=deed.arg[:200])
    return Move(reason=deed.arg[:200])


def after_still(deed: Deed) -> None:
    text = f"🔁 {deed.ticket.number} 报修人说：「{esc(deed.arg[:200])}」"
    for party in ("technician", "dispatcher"):
        cards.tell(deed.scene, deed.ticket, party=party, text=text, besides=deed.scene.actor)
