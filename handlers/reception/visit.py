"""The visit and after it: carried out, the list filled in, exported, settled and filed (REC-4, REC-5, REC-18)."""

from __future__ import annotations

import re
from datetime import datetime

from desk import outbox, receptions
from desk.errors import Refusal
from desk.instants import to_instant, to_local
from desk.models import Purpose
from desk.outbox import Document
from handlers.kinds import Deed, FollowUp, Move
from handlers.reception import checking, checklist
from handlers.reception.base import DONE, RUNNING, WAITING_BILL, WAITING_LIST, at_least_now, own
from handlers.reception.checking import parameter
from handlers.tickets import cards
from handlers.words import esc


def start(deed: Deed) -> Move:
    """The guests are here."""
    scene, ticket = deed.scene, deed.ticket
    ticket.fields = {**ticket.fields, "began_at": to_local(scene.now).isoformat(timespec="minutes")}
    return Move(state=RUNNING, responsible=scene.actor, due_at=at_least_now(scene, ticket.ends_at))


def after_start(deed: Deed) -> None:
    name = deed.scene.actor.name if deed.scene.actor else ""
    text = f"🤝 {deed.ticket.number} 接待开始执行，现场联系：{esc(name)}。"
    cards.tell(deed.scene, deed.ticket, party="requester", text=text, besides=deed.scene.actor)


def finish(deed: Deed) -> Move:
    """The visit is over: the list is drafted, what is missing is owed within three working days (REC-4)."""
    scene, ticket = deed.scene, deed.ticket
    content = checklist.draft(scene, ticket, ended_at=scene.now)
    today, calendar = to_local(scene.now).date(), scene.house.calendar
    last = receptions.workday_after(calendar, today, int(parameter(scene, "list_days")))
    ticket.fields = {**ticket.fields, "list": content}
    due = to_instant(datetime.combine(last, calendar.office_hours(last).afternoon_end))
    return Move(state=WAITING_LIST, responsible=scene.actor, due_at=due)


def after_finish(deed: Deed) -> None:
    cards.show(
        deed.scene, own(deed.scene), deed.ticket, party="requester", lead="🏁 接待结束，请给这次接待打个分"
    )


def list_question(deed: Deed) -> FollowUp | None:
    """Ask for what the list lacks, in one message."""
    if not checklist.missing(deed.ticket.fields.get("list") or {}):
        return None
    return FollowUp(question=checklist.question(deed.ticket), action="fill", expects=checklist.EXPECTS)


def ask_list(deed: Deed) -> Move:
    """Whoever has the list in hand wants to go on with it."""
    return Move()


def fill(deed: Deed) -> Move:
    """Take down what was told for the list; complete, the ticket goes on to be settled."""
    scene, ticket = deed.scene, deed.ticket
    before = ticket.fields.get("list") or {}
    told = checklist.read_answer(deed.arg, checklist.missing(before) or list(checklist.ASKED))
    content = {**before, **told}
    ticket.fields = {
        **ticket.fields,
        "list": content,
        "list_remarks": checklist.remarks(scene, ticket, content),
    }
    if checklist.missing(content):
        return Move(responsible=scene.actor, details=told)
    day = receptions.workday_after(
        scene.house.calendar, to_local(scene.now).date(), parameter(scene, "settle_days")
    )
    due = to_instant(datetime.combine(day, scene.house.calendar.office_hours(day).afternoon_end))
    return Move(state=WAITING_BILL, responsible=scene.actor, due_at=due, details=told)


def fill_thanks(deed: Deed) -> str:
    gaps = checklist.missing(deed.ticket.fields["list"])
    flagged = "".join(
        f"\n⚠️ {esc(n)}，已如实记下，请说明原因" for n in deed.ticket.fields.get("list_remarks") or ()
    )
    if gaps:
        return f"记下了。{flagged}".rstrip()
    return f"✅ {deed.ticket.number} 接待清单填齐了，可以「导出清单」送负责人审签，票据到了点「办理结算」。{flagged}"


def export(deed: Deed) -> Move:
    """Send the list to whoever asks for it: a page to sign, and a workbook."""
    scene, ticket, person = deed.scene, deed.ticket, deed.scene.actor
    if person is None or person.chat_id is None:
        return Move()
    gaps = checklist.missing(ticket.fields.get("list") or {})
    note = f"，还差：{'、'.join(checklist.ASKED[k][0] for k in gaps)}" if gaps else ""
    for path in checklist.export(scene, ticket):
        use = "打印审签" if path.suffix == ".pdf" else "电子表格"
        outbox.send(
            scene.session,
            Document(
                path=str(path),
                name=f"{ticket.number}-接待清单{path.suffix}",
                caption=f"📄 {ticket.number} 接待清单（{use}）{note}",
            ),
            chat_id=person.chat_id,
            person=person,
            ticket=ticket,
            purpose=Purpose.TICKET,
            now=scene.now,
        )
    return Move()


def receipt_question(deed: Deed) -> FollowUp:
    """Ask for the receipts; letter and list are there already (REC-18)."""
    question = f"{deed.ticket.number} 请回复票据号和结算方式（如：票据 0012345，公务卡）。没有发生费用就回「无费用」。"
    return FollowUp(question=question, action="settle", expects=r"\d|无|没")


def settle(deed: Deed) -> Move:
    """Receipt, letter and list are together: settled and filed (REC-18)."""
    ticket = deed.ticket
    if "现金" in deed.arg and not re.search(r"(?:不|非|没)[^，。]{0,3}现金", deed.arg):
        rule = checking.rule(deed.scene, "REC-18")
        raise Refusal(rule.quoted(), rule=rule.code, alternative="请改用转账或公务卡结算后再登记。")
    ticket.fields = {**ticket.fields, "receipt": deed.arg.strip()[:100]}
    return Move(state=DONE, close=True, details={"receipt": deed.arg.strip()[:100]})
