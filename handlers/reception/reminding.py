"""What a reception reminds people of, when, and in which words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desk import receptions
from desk.instants import to_local
from handlers.reception import checklist
from handlers.reception.base import PLANNING, WAITING_APPROVAL
from handlers.words import esc

if TYPE_CHECKING:
    from collections.abc import Callable

    from desk.models import Ticket


def numbers_at(ticket: Ticket) -> datetime | None:
    return receptions.day_before(ticket.starts_at, hour=10) if ticket.starts_at else None


def numbers_text(ticket: Ticket, party: str, at: datetime) -> str:
    f = ticket.fields
    ask = "人数、行程有变请直接说。" if party == "requester" else "请与申请人核对人数、车、餐、住。"
    return f"⏰ {ticket.number} 明天接待 {esc(f.get('visitor_org') or '')} {f.get('people') or 1} 人，{to_local(ticket.starts_at or at):%H:%M} 到。{ask}"


def car_at(ticket: Ticket) -> datetime | None:
    wanted = ticket.fields.get("fetch") and ticket.starts_at
    return ticket.starts_at - timedelta(hours=2) if wanted and ticket.starts_at else None


def car_text(ticket: Ticket, party: str, at: datetime) -> str:
    f = ticket.fields
    train = f" {f['train']}" if f.get("train") else ""
    return (
        f"⏰ {ticket.number} 还有 2 小时来宾抵达{esc(f.get('fetch'))}{esc(train)}，请核对接站车辆和驾驶员。"
    )


def letter_text(ticket: Ticket, party: str, at: datetime) -> str:
    return f"⏰ {ticket.number} 还差公函，没有公函不能安排接待。函到了拍照、PDF 或把文字发给我；不办了就点「取消」。"


def due_text(ticket: Ticket, party: str, at: datetime) -> str:
    what = {WAITING_APPROVAL: "等您审批" if party == "approver" else "还没受理", PLANNING: "方案还没定"}.get(
        ticket.state, ""
    )
    return f"⏰ {ticket.number} 接待单到时限{what}：{esc(ticket.fields.get('visitor_org') or '')} {ticket.fields.get('people') or 1} 人"


def start_text(ticket: Ticket, party: str, at: datetime) -> str:
    return f"⏰ {ticket.number} {esc(ticket.fields.get('visitor_org') or '')} 到访时间到了，来宾到了请点「开始执行」。"


def end_text(ticket: Ticket, party: str, at: datetime) -> str:
    return f"⏰ {ticket.number} 接待预计已结束，结束了请点「结束」，我来起草清单。"


def chase_at(name: str) -> Callable[[Ticket], datetime | None]:
    def due(ticket: Ticket) -> datetime | None:
        kept = ticket.fields.get(name)
        return datetime.fromisoformat(kept) if kept else None

    return due


def list_text(ticket: Ticket, party: str, at: datetime) -> str:
    gaps = "、".join(checklist.ASKED[k][0] for k in checklist.missing(ticket.fields.get("list") or {}))
    return (
        f"⏰ {ticket.number} 接待清单还差：{gaps or '确认'}。点「填清单」一条消息补齐（清单不齐不能结算）。"
    )


def bill_text(ticket: Ticket, party: str, at: datetime) -> str:
    return f"⏰ {ticket.number} 接待单还没结算，票据到了请点「办理结算」。"
