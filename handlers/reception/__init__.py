"""接待: official guests, from their letter to the signed list.

The official letter comes first (REC-1): without it the ticket waits as 待补函 in the requester's hands and nothing is booked.
With it the ticket goes to the head who approves, or straight to the reception desk. Approved once, one request becomes a
plan: cars to and from the station as child tickets, a meeting room, the one working meal, lodging at the guests' own cost; all
of it is shown on one card, changed together and cancelled together. The rules are checked when the form is shown, when it is
submitted and again at approval. After the visit the list of what really happened is drafted, the missing items are asked of
whoever ran it, and again on the first and third working day, until it is complete, settled and filed.

States: 待补函 → 待审批 → 方案中 → 方案已定 → 执行中 → 待填清单 → 待结算 → 已归档; 已驳回, 已取消.
"""

from __future__ import annotations

from handlers.kinds import Kind, Step, Timeout
from handlers.reception import booking, card, deciding, form, listening, paper, reminding, visit
from handlers.reception.base import (
    BEFORE_VISIT,
    PLANNED,
    PLANNING,
    RUNNING,
    WAITING_APPROVAL,
    WAITING_BILL,
    WAITING_LETTER,
    WAITING_LIST,
    WITH_DESK,
    WITH_LIST,
)
from handlers.reception.checking import NAME
from handlers.tickets.rating import rating_steps

KIND = Kind(
    name=NAME,
    title="接待",
    icon="🤝",
    prefix="JD",
    intent=form.INTENT,
    examples=("下周三四川省机关事务管理局来调研，8个人，接站，中午工作餐",),
    slots=form.slots(),
    listen=listening.listen,
    absorbs=form.absorb,
    details=("visitors", "meals", "lodging", "companions", "transport", "ticket_no"),
    recognise=form.read_letter,
    received=form.received,
    awaits=paper.awaits,
    defaults=form.defaults,
    advise=booking.advise,
    submit=booking.submit,
    passes_on_itself=True,
    lines=card.lines,
    extra=card.extra,
    menu=card.menu,
    revise=booking.revise,
    changeable=BEFORE_VISIT,
    said=reminding.said,
    parties=("requester", "approver", "dispatcher"),
    steps=(
        Step(action="letter", word="补公函", states=(WAITING_LETTER,), by=("requester",), do=paper.take_letter, tell=paper.after_letter),
        Step(action="page", word="补公函附页", states=BEFORE_VISIT, by=("requester",), do=paper.take_page, thanks=lambda d: f"收到，已附在 {d.ticket.number} 的公函后面。"),
        Step(action="expire", word="逾期未补函取消", states=(WAITING_LETTER,), by=("desk",), do=paper.expire, tell=paper.after_expire),
        Step(action="approve", label="同意", states=(WAITING_APPROVAL,), by=("approver",), do=deciding.approve, tell=deciding.after_approve),
        Step(action="decline", label="不同意", states=(WAITING_APPROVAL,), by=("approver",), do=deciding.reject, tell=deciding.after_reject),
        Step(action="take", label="受理", states=(WAITING_APPROVAL, PLANNING), by=("dispatcher",), do=deciding.take, tell=deciding.after_take, offered=deciding.in_queue),
        Step(action="arrange", label="安排", states=(WAITING_APPROVAL, PLANNING), by=("dispatcher",), do=deciding.arrange, tell=deciding.after_arrange, offered=deciding.not_waiting_for_head),
        Step(action="start", label="开始执行", states=(PLANNED,), by=("dispatcher",), do=visit.start, tell=visit.after_start),
        Step(action="ask_details", label="补充安排", states=(PLANNING, PLANNED, RUNNING), by=("dispatcher",), do=visit.ask_list, then=deciding.details_question),
        Step(action="details", word="补充安排", states=(PLANNING, PLANNED, RUNNING), by=("dispatcher",), do=deciding.write_details, tell=deciding.after_details, thanks=lambda _d: "记下了，已告诉申请人。"),
        Step(action="finish", label="结束", states=(RUNNING,), by=("dispatcher",), do=visit.finish, tell=visit.after_finish, then=visit.list_question),
        Step(action="ask_list", label="填清单", states=(WAITING_LIST,), by=("dispatcher",), do=visit.ask_list, then=visit.list_question),
        Step(action="fill", word="填接待清单", states=(WAITING_LIST,), by=("dispatcher",), do=visit.fill, thanks=visit.fill_thanks, then=visit.list_question),
        Step(action="ask_bill", label="办理结算", states=(WAITING_BILL,), by=("dispatcher",), do=visit.ask_list, then=visit.receipt_question),
        Step(action="settle", word="结算归档", states=(WAITING_BILL,), by=("dispatcher",), do=visit.settle, thanks=lambda d: f"✅ {d.ticket.number} 已结算归档。辛苦了！"),
        Step(action="export", label="导出清单", states=WITH_LIST, by=("requester", "dispatcher"), do=visit.export),
        Step(action="reject", word="驳回", states=(WAITING_APPROVAL, PLANNING, PLANNED), by=("dispatcher",), do=deciding.reject, tell=deciding.after_reject),
        Step(action="reassign", word="改派", states=WITH_DESK, by=("dispatcher",), do=deciding.reassign, tell=deciding.after_reassign),
        *rating_steps(WITH_LIST),
        Step(action="cancel", word="取消", states=BEFORE_VISIT, by=("requester",), do=deciding.cancel, tell=deciding.after_cancel),
    ),
    timeouts=(Timeout(states=(WAITING_LETTER,), when=lambda t: t.starts_at, action="expire"),),
)  # fmt: skip
