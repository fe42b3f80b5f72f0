"""The card of a reception, as each party sees it, and its menus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import people
from desk.instants import spoken_range
from desk.models import Role, Ticket
from desk.outbox import Button, Message
from handlers.reception import booking, checking, checklist, form, plan
from handlers.reception.base import PLANNED, PLANNING, WAITING_APPROVAL, WAITING_LETTER, WITH_DESK, own
from handlers.reception.checking import NAME
from handlers.tickets import cards
from handlers.words import esc, rows

if TYPE_CHECKING:
    from handlers.kinds import Scene


def lines(scene: Scene, ticket: Ticket, party: str) -> list[str]:
    """Return the body of a card: who comes, when, what is planned, and what each party needs to know."""
    f = ticket.fields
    said = spoken_range(ticket.starts_at, ticket.ends_at, now=scene.now) if ticket.starts_at else ""
    lead = f"　{esc(f['visitors'])}" if f.get("visitors") else ""
    body = [
        f"来访：<b>{esc(f.get('visitor_org') or '')}</b> {f.get('people') or 1} 人{lead}",
        f"时间：{said}{'' if f.get('end_said') else '（离开为预计）'}",
        f"事由：{esc(f.get('purpose') or '公务')}",
        f"公函：{esc(form.letter_shown(f)) or '还没有'}",
    ]
    if ticket.state == WAITING_LETTER:
        rule = checking.rule(scene, "REC-1")
        body.append(f"📎 还差公函，什么都还没有订。{esc(rule.quoted())}{esc(rule.alternative)}")
    company = "未定" if f.get("companions") is None else f"{f['companions']} 人"
    body.append(f"陪同：{company}（最多 {checking.limit_of(f)} 人）")
    planned = plan.shown(scene, ticket)
    body += ["方案：", *(f"· {esc(line)}" for line in planned)] if planned else []
    if f.get("struck"):
        titles = "、".join(checking.rule(scene, code).title for code in f["struck"])
        body.append(f"按规定未列入：{esc(titles)}")
    body += _for_party(scene, ticket, party)
    return body


def _for_party(scene: Scene, ticket: Ticket, party: str) -> list[str]:
    f = ticket.fields
    body = []
    if party != "requester":
        asker = ticket.requester
        home = f"（{asker.department.name}）" if asker.department else ""
        body.append(f"申请人：{esc(asker.name + home)}　{esc(asker.phone)}".rstrip())
        if f.get("visitor_contact"):
            body.append(f"对方联系人：{esc(f['visitor_contact'])}")
    if party != "requester" and ticket.starts_at and ticket.closed_at is None:
        body += [esc(n) for n in booking.merge_notes(scene, f, ticket.starts_at, besides=ticket.id)]
    content = f.get("list")
    if content:
        gaps = "、".join(checklist.ASKED[key][0] for key in checklist.missing(content))
        body.append(f"清单：{'还差 ' + gaps if gaps else '已填齐'}")
    body += [f"⚠️ {esc(note)}" for note in f.get("list_remarks") or ()]
    if f.get("receipt"):
        body.append(f"票据：{esc(f['receipt'])}")
    if f.get("rating"):
        body.append(f"评价：{esc(f['rating'])}")
    if f.get("refused"):
        body.append(f"原因：{esc(f['refused'])}")
    return body


def extra(scene: Scene, ticket: Ticket, party: str) -> tuple[tuple[Button, ...], ...]:
    """Return the dispatcher's menus: 「驳回」 with its reasons, 「改派」 to a colleague."""
    if party != "dispatcher" or ticket.closed_at is not None:
        return ()
    found = []
    if ticket.state in (PLANNING, PLANNED) or (ticket.state == WAITING_APPROVAL and ticket.queue):
        found.append(Button("驳回", cards.press("menu", ticket, "reject")))
    if ticket.state in WITH_DESK:
        found.append(Button("改派", cards.press("menu", ticket, "reassign")))
    return (tuple(found),) if found else ()


def menu(scene: Scene, ticket: Ticket, name: str) -> Message | None:
    """Return a sub-menu of the dispatcher's card: reasons for a rejection, or colleagues to hand it to."""
    if name not in ("reject", "reassign"):
        return None
    head = cards.compose(scene, own(scene), ticket, party="dispatcher").text
    back = (Button("返回", cards.press("back", ticket)),)
    if name == "reject":
        found = [r for r in scene.house.rules.of(NAME) if r.reject_label]
        reasons = [Button(r.reject_label, cards.press("reject", ticket, r.code)) for r in found]
        return Message(text=f"{head}\n\n请选驳回依据：", buttons=(*rows(reasons, width=2), back))
    others = [
        p
        for p in people.people_with(scene.session, Role.DISPATCHER, kind=NAME)
        if p.id != ticket.responsible_id and p.chat_id
    ]
    note = "改派给谁？" if others else "没有别的接待调度员可以改派。"
    names = [Button(p.name, cards.press("reassign", ticket, str(p.id))) for p in others[:12]]
    return Message(text=f"{head}\n\n{note}", buttons=(*rows(names, width=2), back))
