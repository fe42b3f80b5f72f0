"""On the job: accepted, on the way, there, waiting for a part with news every day, or given to a firm outside."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desk.instants import brief
from handlers.kinds import Deed, FollowUp, Move
from handlers.repair import follow
from handlers.repair.names import (
    ACCEPTED,
    ON_THE_WAY,
    OUTSIDE,
    PARTS,
    QUEUE,
    WORKING,
    actor_of,
    kept_time,
    kind_of,
    put,
    stamp,
    table,
    technician_line,
    working_days,
)
from handlers.tickets import cards
from handlers.words import esc

if TYPE_CHECKING:
    from collections.abc import Callable


# ── on the job ──────────────────────────────────────────────────────────────────────────────────────


def _be_there(deed: Deed) -> datetime:
    """Return the due time of somebody on the way: arrival where one is promised, else the end of the job."""
    f = deed.ticket.fields
    at = kept_time(f, "arrive_by") or kept_time(f, "finish_by")
    return max(at or deed.scene.now, deed.scene.now + timedelta(minutes=15))


def _be_done(deed: Deed) -> datetime:
    at = kept_time(deed.ticket.fields, "finish_by")
    return max(at or deed.scene.now, deed.scene.now + timedelta(minutes=30))


def accept(deed: Deed) -> Move:
    """The technician takes the job."""
    return Move(state=ACCEPTED, due_at=_be_there(deed))


def depart(deed: Deed) -> Move:
    """The technician is on the way."""
    return Move(state=ON_THE_WAY, due_at=_be_there(deed))


def arrive(deed: Deed) -> Move:
    """The technician is there and at work."""
    put(deed.ticket, arrived_at=stamp(deed.scene.now))
    return Move(state=WORKING, due_at=_be_done(deed))


def telling(text: str) -> Callable[[Deed], None]:
    """Return an `after` that tells every reporter the same; `{number}` and `{technician}` are filled in."""

    def tell(deed: Deed) -> None:
        words = text.replace("{technician}", technician_line(deed))
        follow.tell_all(deed.scene, deed.ticket, words)
        follow.sync(deed.scene, deed.ticket)

    return tell


def wait_for_parts(deed: Deed) -> Move:
    """A part is missing: the reporter hears of it today, and news every working day (P3)."""
    scene = deed.scene
    put(deed.ticket, news="等配件")
    due = working_days(scene, table(scene)["parts_days"])
    return Move(state=PARTS, responsible=actor_of(deed), due_at=due)


def after_parts(deed: Deed) -> None:
    due = brief(deed.ticket.due_at or deed.scene.now, now=deed.scene.now)
    text = f"📦 {{number}} 师傅看过了，需要等配件，最晚 {due} 修好；每个工作日上午 10 点给您报进展。"
    follow.tell_all(deed.scene, deed.ticket, text)
    follow.sync(deed.scene, deed.ticket)


def which_part(deed: Deed) -> FollowUp:
    """Ask what is waited for."""
    return FollowUp(
        question=f"{deed.ticket.number} 等什么配件、大概哪天到？发一句话，我转告报修人。",
        action="news",
        expects=r"到|货|件|天|号|周|明|后|买|采购|厂|换|等|没|下",
    )


def report(deed: Deed) -> Move:
    """The technician is about to tell how things stand."""
    return Move()


def news(deed: Deed) -> Move:
    """The technician tells how things stand."""
    put(deed.ticket, news=deed.arg[:200])
    return Move(reason=deed.arg[:200])


def after_news(deed: Deed) -> None:
    text = f"📦 {{number}} 进展：{esc(deed.ticket.fields['news'])}（{technician_line(deed)}）"
    follow.tell_all(deed.scene, deed.ticket, text)


def send_outside(deed: Deed) -> Move:
    """A firm outside must mend it; the dispatchers see to that."""
    due = working_days(deed.scene, table(deed.scene)["outside_days"])
    return Move(state=OUTSIDE, queue=QUEUE, due_at=due)


def after_outside(deed: Deed) -> None:
    due = brief(deed.ticket.due_at or deed.scene.now, now=deed.scene.now)
    follow.tell_all(
        deed.scene, deed.ticket, f"🏭 {{number}} 需要转外面的单位维修，最晚 {due} 修好，调度员跟进。"
    )
    cards.show(
        deed.scene, kind_of(deed.scene), deed.ticket, party="dispatcher", lead="🏭 师傅转外修，请联系外修单位"
    )
    follow.sync(deed.scene, deed.ticket)


def which_firm(deed: Deed) -> FollowUp:
    """Ask why it goes outside and to whom."""
    question = f"{deed.ticket.number} 为什么要转外修、转给哪家？发一句话，我转告调度员。"
    return FollowUp(
        question=question, action="outside_note", expects=r"厂|修|家|公司|单位|坏|换|配|保|没|要|得"
    )


def outside_note(deed: Deed) -> Move:
    """The technician says why it goes outside."""
    put(deed.ticket, news=deed.arg[:200])
    return Move(reason=deed.arg[:200])


def after_outside_note(deed: Deed) -> None:
    text = f"🏭 {deed.ticket.number} 转外修说明：「{esc(deed.arg[:200])}」（{esc(actor_of(deed).name)}）"
    cards.tell(deed.scene, deed.ticket, party="dispatcher", text=text, besides=deed.scene.actor)
