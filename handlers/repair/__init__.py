"""报修: something is broken, somebody must mend it.

The reporter says where and what; the desk judges how urgent it is (P0 danger … P4 building work) and promises by when. Danger
waits for nothing: telephone numbers first, then a ticket at once, then the question where. A job goes by itself to the
technician on duty for the trade, otherwise the dispatchers send somebody. The technician accepts, goes, mends, waits for
a part or calls a firm; the reporter says whether it holds: if not, the same technician comes again. Several reports
of one fault are one job. Building work needs a decision first, a new lock the department's word.

States: 待审批 → 待受理 → 已派单 → 已接单 → 上门途中 → 处理中 (待料, 转外修) → 待验收 → 已办结; 已并单; 已驳回, 已取消.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from desk import repairs, tickets
from desk.errors import Conflict
from desk.models import Role, Ticket
from handlers.dialogue.slots import words_slot
from handlers.kinds import Deed, Kind, Move, Step, Timeout
from handlers.repair import card, closing, form, opening, photos, reporting, sending, working
from handlers.repair.names import (
    ACCEPTED,
    BEFORE_WORK,
    CHECK,
    DONE,
    JOINED,
    NAME,
    ON_THE_WAY,
    OUTSIDE,
    PARTS,
    SENT,
    UNDER_WAY,
    WAITING,
    WAITING_APPROVAL,
    WORKING,
    kind_of,
    put,
    what,
    where,
)
from handlers.tickets import cards, lifecycle
from handlers.tickets.rating import rating_steps
from handlers.words import esc

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.kinds import Fields, Scene

# Taken over from a submitted ticket when its reporter changes the form.
KEPT = (
    "technician_id", "technician", "technician_phone", "trade", "approver_id", "approved", "dispatcher", "dispatcher_id",
    "respond_by", "arrive_by", "finish_by", "nudge_at", "rework", "rework_of", "repeats",
)  # fmt: skip


def revise(scene: Scene, ticket: Ticket, fields: Fields) -> str:
    """Change what was reported. The technician stays while the trade is the same; otherwise the job is given out anew."""
    before = ticket.fields
    filled = {k: v for k, v in fields.items() if not k.startswith("_") and k != "location_vague"}
    filled |= form.defaults(scene, filled)
    filled |= form.judge(scene, filled)
    if not all(repairs.is_one_fault(filled, t.fields) for t in repairs.followers(scene.session, ticket)):
        way = "可以取消这一张，再按新的内容报一次。"
        raise Conflict(f"别的同事报的同一处并在 {ticket.number} 里，不能改成另一处。", alternative=way)
    ticket.fields = {**filled, **{k: before[k] for k in KEPT if k in before}}
    same = filled["trades"] == before.get("trades") and filled["level"] == before.get("level")
    details = {"before": {k: before.get(k) for k in ("location", "object", "fault", "urgency")}}
    move = Move() if same or ticket.state == WAITING_APPROVAL else sending.to_hands(scene, ticket)
    former = ticket.responsible
    lifecycle.apply(scene, ticket, replace(move, details=details), action="revise")
    if same:
        cards.show(scene, kind_of(scene), ticket, party="technician", lead="🔁 报修内容有改动，请看新的")
        return "已修改，师傅和调度员看到的也更新了。"
    if former is not None and former != ticket.responsible and former.id == before.get("technician_id"):
        cards.tell_person(scene, ticket, former, f"🔁 {ticket.number} 报修内容改了，您不用去了。")
        cards.withdraw(scene, ticket, former, party="technician")
    sending.tell_new_hands(scene, ticket, lead="🔁 报修内容有改动")
    return "已修改，按新的内容重新派工。"


# ── accepting by a mark ─────────────────────────────────────────────────────────────────────────────


def _marks_that_accept() -> tuple[Step, ...]:
    """A mark given before the acceptance is the acceptance too."""

    def accepting(rate: Callable[[Deed], Move]) -> Callable[[Deed], Move]:
        def do(deed: Deed) -> Move:
            return replace(rate(deed), state=DONE, close=True)

        return do

    return tuple(replace(s, do=accepting(s.do)) for s in rating_steps((CHECK,)) if s.action != "comment")


def again(deed: Deed) -> Move:
    """It broke again after it was closed: a new ticket, linked to the old one, for the same technician."""
    f = deed.ticket.fields
    copied: Fields = {k: f[k] for k in ("location", "object", "fault", "place_name", "place") if k in f}
    said = f"又坏了（{deed.ticket.number}）{f.get('said') or ''}"[:500]
    fresh = opening.submit(deed.scene, {**copied, "said": said})
    put(deed.ticket, again_as=fresh.number)
    return Move(details={"again_as": fresh.number})


def after_again(deed: Deed) -> None:
    fresh = tickets.by_number(deed.scene.session, str(deed.ticket.fields["again_as"]))
    if fresh is not None:
        lifecycle.settle(deed.scene, kind_of(deed.scene), fresh)
        cards.show(deed.scene, kind_of(deed.scene), fresh, party="requester", lead="🔁 已按返修重新立单")


# ── the words of its reminders ──────────────────────────────────────────────────────────────────────


def said(ticket: Ticket) -> Fields:
    """Return what its reminders may say beside the fields (desk/rules/reminders.yml)."""
    f = ticket.fields
    return {
        "where": where(f),
        "what": what(f),
        "news": f.get("news") or "已在采购",
        "about": f"{where(f)} {what(f)}",
    }


KIND = Kind(
    name=NAME,
    title="报修",
    icon="🔧",
    prefix="BX",
    intent="report_repair",
    examples=("主楼三楼东侧卫生间灯不亮",),
    slots=(
        form.place_slot(),
        form.thing_slot(),
        words_slot(name="fault", title="故障", question="怎么个情况？（如：不亮、漏水、打不开）"),
        words_slot(name="urgency", title="缓急", question="急不急？", choices=lambda _f, _s: ("不急，有空来", "今天修好", "很急，马上来")),
    ),
    defaults=form.defaults,
    listen=form.listen,
    recognise=form.recognise,
    advise=form.advise,
    submit=opening.submit,
    at_once=form.is_danger,
    then=opening.ask_place,
    filed=photos.filed,
    awaits=reporting.awaits,
    lines=card.lines,
    extra=card.extra,
    menu=card.menu,
    revise=revise,
    said=said,
    changeable=BEFORE_WORK,
    parties=("requester", "approver", "dispatcher", "technician"),
    relieve=sending.relieve,
    worker=Role.TECHNICIAN,
    steps=(
        Step(action="approve", label="同意", states=(WAITING_APPROVAL,), by=("approver",), do=sending.approve, tell=sending.after_approve),
        Step(action="decline", label="不同意", states=(WAITING_APPROVAL,), by=("approver",), do=sending.decline, tell=sending.after_reject),
        Step(action="take", word="受理", states=(WAITING, SENT), by=("dispatcher",), do=sending.take, tell=sending.after_take, offered=card.is_untaken),
        Step(action="assign", word="派工", states=(WAITING, SENT), by=("dispatcher",), do=sending.assign, tell=sending.after_assign),
        Step(action="reassign", word="改派", states=UNDER_WAY, by=("dispatcher",), do=sending.assign, tell=sending.after_assign),
        Step(action="reject", word="驳回", states=(WAITING, SENT), by=("dispatcher",), do=sending.reject, tell=sending.after_reject),
        Step(action="accept", label="接单", states=(SENT,), by=("technician",), do=working.accept, tell=working.telling("👷 {number} {technician}已接单，马上和您联系。")),
        Step(action="depart", label="已出发", states=(SENT, ACCEPTED), by=("technician",), do=working.depart, tell=working.telling("🚶 {number} {technician}已出发，正在赶过去。")),
        Step(action="arrive", label="已到达", states=(SENT, ACCEPTED, ON_THE_WAY, PARTS), by=("technician",), do=working.arrive, tell=working.telling("📍 {number} {technician}已到现场，正在处理。")),
        Step(action="complete", label="已完成", states=(ACCEPTED, ON_THE_WAY, WORKING, PARTS), by=("technician",), do=closing.complete, tell=closing.after_complete, then=closing.what_was_done),
        Step(action="complete", word="已完成", states=UNDER_WAY, by=("dispatcher",), do=closing.complete, tell=closing.after_complete),
        Step(action="parts", label="等配件", states=(ACCEPTED, ON_THE_WAY, WORKING), by=("technician",), do=working.wait_for_parts, tell=working.after_parts, then=working.which_part),
        Step(action="report", label="报进展", states=(PARTS,), by=("technician",), do=working.report, then=working.which_part),
        Step(action="news", word="报进展", states=(PARTS,), by=("technician",), do=working.news, tell=working.after_news, thanks=lambda _d: "已转告报修人。", harmless=True),
        Step(action="outside", label="转外修", states=(ACCEPTED, ON_THE_WAY, WORKING, PARTS), by=("technician",), do=working.send_outside, tell=working.after_outside, then=working.which_firm),
        Step(action="outside_note", word="说明外修", states=(OUTSIDE,), by=("technician",), do=working.outside_note, tell=working.after_outside_note, thanks=lambda _d: "已转告调度员。", harmless=True),
        Step(action="hand_back", label="去不了", states=(SENT, ACCEPTED), by=("technician",), do=sending.hand_back, tell=sending.after_hand_back),
        Step(action="done_note", word="登记处理情况", states=(CHECK, DONE), by=("technician", "dispatcher"), do=closing.done_note, tell=closing.after_done_note, thanks=lambda d: f"✅ {d.ticket.number} 已登记，辛苦了！", harmless=True),
        Step(action="fixed", label="已修好", states=(CHECK,), by=("requester",), do=closing.fixed, tell=closing.after_fixed),
        Step(action="not_fixed", label="没修好", states=(CHECK,), by=("requester",), do=closing.not_fixed, tell=closing.after_not_fixed, then=closing.what_is_left),
        Step(action="still", word="说明没修好的地方", states=(WAITING, *UNDER_WAY), by=("requester",), do=closing.still, tell=closing.after_still, thanks=lambda _d: "已转给师傅。", harmless=True),
        Step(action="auto_accept", word="到期视为验收", states=(CHECK,), by=("desk",), do=closing.auto_accept, tell=closing.after_auto_accept),
        *_marks_that_accept(),
        *rating_steps((DONE,)),
        Step(action="again", label="又坏了", states=(DONE,), by=("requester",), do=again, tell=after_again, offered=lambda _s, t: not t.fields.get("again_as")),
        Step(action="place", word="补充位置", states=(WAITING_APPROVAL, WAITING, JOINED, *UNDER_WAY), by=("requester",), do=reporting.place, tell=reporting.after_place, thanks=lambda d: f"📍 记下了：{esc(where(d.ticket.fields))}，已告诉调度员和师傅。", harmless=True),
        Step(action="visit", word="说明上门时间", states=reporting.COMING, by=("requester",), do=reporting.visit, tell=reporting.after_visit, thanks=reporting.thanks_for_visit, harmless=True),
        Step(action="add", word="补充情况", states=reporting.COMING, by=("requester",), do=reporting.add, tell=reporting.after_add, thanks=reporting.thanks_for_add, harmless=True),
        Step(action="split", label="不是同一处", states=(JOINED,), by=("requester",), do=reporting.split, tell=reporting.after_split),
        Step(action="cancel", word="取消", states=(*BEFORE_WORK, JOINED, ON_THE_WAY), by=("requester",), do=reporting.cancel, tell=reporting.after_cancel),
    ),
    timeouts=(Timeout(states=(CHECK,), when=lambda t: t.due_at, action="auto_accept"),),
)  # fmt: skip
