"""用房: a meeting room by the hour, or an office by rank.

The requester says when, how many and what is needed; the desk ranks the rooms that fit and shows the best with its reasons;
「提交」 books it, others hang below at one tap. A small room is booked at once. A big one, a hall or a video conference is held
and goes to room service to confirm (ROOM-21). When a room is busy there are other rooms, other times and the waiting list.
A row of meetings skips holidays; each clash is named, the rest stands. People check in by button from a quarter of an hour
before; a room nobody came to is given to who waits (ROOM-24). Room service hears of seat cards and layout, lays the room out
and may displace another meeting for a stated reason with a new place for it (ROOM-23). Then the meeting is rated.

States: 待确认 → 已预订 → 布场中 → 使用中 → 已结束; 候补, 被调整, 已取消, 已驳回, 未到场.
An office: 待审批 → 待安排 → 已安排 → 已办结; a second or a left one: 待腾退 → 待验收 → 已收回 (handlers.room.office, handlers.room.tenancy).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from desk.instants import spoken_range
from desk.outbox import Button, Message
from handlers.kinds import Kind, Step, Timeout
from handlers.room import (
    advising,
    asking,
    booking,
    choosing,
    deeds,
    displacing,
    listening,
    naming,
    office,
    tenancy,
    waiting,
)
from handlers.room.base import (
    ARRANGED,
    BEFORE_MEETING,
    BOOKED,
    DISPLACED,
    ENDED,
    IN_USE,
    MOVED_IN,
    NAME,
    OFFICE_OPEN,
    SETTING_UP,
    TO_APPROVE,
    TO_ARRANGE,
    TO_CONFIRM,
    TO_RECEIVE,
    TO_VACATE,
    WAITING,
    is_office,
    parameter,
)
from handlers.tickets import cards, taking
from handlers.tickets.rating import rating_steps
from handlers.words import esc, rows

if TYPE_CHECKING:
    from desk.models import Room, Ticket
    from handlers.kinds import Scene

# ── the card ────────────────────────────────────────────────────────────────────────────────────────


def lines(scene: Scene, ticket: Ticket, party: str) -> list[str]:
    """Return the body of a card: the meeting or the office, then what each party needs to know of the others."""
    f = ticket.fields
    body = office.lines(scene, ticket) if is_office(f) else _meeting(scene, ticket, party)
    user = f"使用人：{esc(ticket.user_name)}" if ticket.user_name else ""
    if party != "requester":
        asker = ticket.requester
        home = f"（{asker.department.name}）" if asker.department else ""
        rider = f"，{user}" if user else ""
        body.append(f"申请人：{esc(asker.name + home)}{rider}　{esc(asker.phone)}".rstrip())
    elif user:
        body.append(user)
    if f.get("rating"):
        body.append(f"评价：{esc(f['rating'])}")
    if f.get("refused"):
        body.append(f"原因：{esc(f['refused'])}")
    return body


def _meeting(scene: Scene, ticket: Ticket, party: str) -> list[str]:
    f = ticket.fields
    when = spoken_range(ticket.starts_at, ticket.ends_at, now=scene.now) if ticket.starts_at else ""
    body = [
        f"时间：{when}{'' if f.get('end_said') else '（结束为预计）'}",
        _room_line(ticket),
        f"人数：{f['people']} 人" if f.get("people") else "",
        f"设备服务：{esc('、'.join(f['equipment']))}" if f.get("equipment") else "",
        f"事由：{esc(f['purpose'])}" if f.get("purpose") else "",
        "🔒 涉密会议，请当面对接" if f.get("secret") else "",
        f"桌签名单：{esc(f['names'])}" if f.get("names") else "",
        _row_line(f),
        f"已签到：{f['checked_in'][11:]}" if f.get("checked_in") else "",
        f"🪑 已布置好（{f['ready'][11:]}）" if f.get("ready") and ticket.state == SETTING_UP else "",
        f"📌 调整其他会议：{esc(f['displaced_for'])}"
        if f.get("displaced_for") and party == "dispatcher"
        else "",
    ]
    return [line for line in body if line]


def _room_line(ticket: Ticket) -> str:
    f = ticket.fields
    if ticket.state in (WAITING, DISPLACED) and f.get("offered"):
        return f"房间：<b>{esc(f['offered'])}</b>（给您留着，等您答复）"
    if ticket.state == WAITING:
        return (
            f"想要：{esc(f.get('wanted_name') or f.get('room_name') or f.get('location') or '合适的会议室')}"
        )
    if not f.get("room_name"):
        return "房间：另行安排中"
    wish = f"　（您说的「{esc(f['wish_room'])}」）" if f.get("wish_room") else ""
    return f"房间：<b>{esc(f.get('room_label') or f['room_name'])}</b>{wish}"


def _row_line(fields: dict[str, Any]) -> str:
    if not fields.get("series"):
        return ""
    said = f"🔁 {asking.rule_words(fields.get('recurrence'))}"
    if fields.get("dates"):
        said += f"，共订上 {len(fields['dates'])} 次：{esc('、'.join(fields['dates'][:15]))}"
    if fields.get("missed"):
        said += f"\n⚠️ 已被占用、没订上：{esc('、'.join(fields['missed'][:10]))}"
    if fields.get("skipped"):
        days = "、".join(f"{int(d[5:7])}月{int(d[8:10])}日" for d in fields["skipped"][:10])
        said += f"\n📅 放假跳过：{days}"
    return said


def offers(scene: Scene, ticket: Ticket, party: str) -> tuple[list[str], tuple[tuple[Button, ...], ...]]:
    """Return the rooms for a meeting that has none: 「安排」 gives the recommended one, then the others."""
    if party != "dispatcher" or is_office(ticket.fields) or ticket.state not in (WAITING, DISPLACED):
        return [], ()
    found = waiting.candidates(scene, ticket)
    first = [Button("安排", cards.press("arrange", ticket, str(found[0].id)))] if found else []
    take = [Button("受理", cards.press("take", ticket))] if taking.waits(scene, ticket) else []
    no = Button("驳回", cards.press("menu", ticket, "reject"))
    may_push = ticket.fields.get("wanted_id") and ticket.allocation_id is None
    push = [(Button("协调让房", cards.press("menu", ticket, "displace")),)] if may_push else []
    best = f"推荐：{esc(choosing.label(found[0]))}" if found else "⚠️ 这个时段没有空着的合适会议室"
    said = [best] if ticket.allocation_id is None else []
    return said, ((*first, *take, no), *_room_rows(ticket, found[1:], action="arrange"), *push)


def extra(scene: Scene, ticket: Ticket, party: str) -> tuple[tuple[Button, ...], ...]:
    """Return the dispatcher's other buttons: 「安排」 confirms the room that is held."""
    if party != "dispatcher":
        return ()
    if is_office(ticket.fields):
        return office.extra(ticket, office.candidates(scene, ticket) if ticket.state == TO_ARRANGE else [])
    move = Button("改派", cards.press("menu", ticket, "reassign"))
    no = Button("驳回", cards.press("menu", ticket, "reject"))
    if ticket.state in (BOOKED, SETTING_UP):
        return ((move, no),)
    if ticket.state != TO_CONFIRM:
        return ()
    take = [Button("受理", cards.press("take", ticket))] if taking.waits(scene, ticket) else []
    return ((Button("安排", cards.press("arrange", ticket)), *take, no), (move,))


def _room_rows(ticket: Ticket, found: list[Room], *, action: str) -> list[tuple[Button, ...]]:
    return [(Button(choosing.label(r), cards.press(action, ticket, str(r.id))),) for r in found]


def menu(scene: Scene, ticket: Ticket, name: str) -> Message | None:
    """Return a sub-menu of a card: reasons for a refusal, other rooms, why another must make room, which of a row to cancel."""
    if name == "cancel":
        return _which_to_cancel(scene, ticket)
    head = cards.compose(scene, KIND, ticket, party="dispatcher").text
    back = (Button("返回", cards.press("back", ticket)),)
    if name == "reject":
        chosen = [
            Button(r.reject_label, cards.press("reject", ticket, r.code))
            for r in deeds.reasons(scene, ticket)
        ]
        return Message(text=f"{head}\n\n请选驳回依据：", buttons=(*rows(chosen, width=2), back))
    if name == "reassign":
        own = ticket.fields.get("room_id")
        found = [r for r in waiting.candidates(scene, ticket, limit=6) if r.id != own]
        note = "换到哪一间？" if found else "这个时段没有别的会议室可以换了。"
        return Message(
            text=f"{head}\n\n{note}", buttons=(*_room_rows(ticket, found, action="reassign"), back)
        )
    if name == "displace":
        why = parameter(scene, "displace_reasons")
        chosen = [Button(words, cards.press("displace", ticket, code)) for code, words in why.items()]
        note = "让房要有理由，被调整的会会另留一间并马上通知。请选理由："
        return Message(text=f"{head}\n\n{note}", buttons=(*rows(chosen, width=1), back))
    return None


def _which_to_cancel(scene: Scene, ticket: Ticket) -> Message | None:
    if not ticket.fields.get("series"):
        return None
    head = cards.compose(scene, KIND, ticket, party="requester").text
    scopes = {"": "只取消这一次", "following": "这次和以后各次", "all": "全部取消"}
    chosen = [Button(said, cards.press("cancel", ticket, scope)) for scope, said in scopes.items()]
    back = Button("不取消", cards.press("back", ticket))
    return Message(
        text=f"{head}\n\n这是周期会议中的一次，要取消哪些？", buttons=rows((*chosen, back), width=2)
    )


# ── the words of its reminders ──────────────────────────────────────────────────────────────────────


def said(ticket: Ticket) -> dict[str, object]:
    """Return what its reminders may say beside the fields (desk/rules/reminders.yml)."""
    f = ticket.fields
    people = f"{f['people']} 人" if f.get("people") else ""
    layout = "，".join(x for x in (people, "、".join(f.get("equipment") or [])) if x)
    about = f.get("room_name") or ("办公用房" if is_office(f) else "会议室")
    return {"layout": layout, "about": f"{about} {f.get('purpose') or ''}".strip()}


# ── the life ────────────────────────────────────────────────────────────────────────────────────────


COMING = (BOOKED, SETTING_UP)
OFFICE_BEFORE = (TO_APPROVE, TO_ARRANGE, ARRANGED)

KIND = Kind(
    name=NAME,
    title="用房",
    icon="🏢",
    prefix="YF",
    intent="book_room",
    examples=("一号楼三楼会议室，后天早8:30，12人，要投影话筒", "给新来的副处长申请一间办公室"),
    slots=asking.SLOTS,
    listen=listening.listen,
    several=listening.several,
    defaults=choosing.defaults,
    advise=advising.advise,
    submit=booking.submit,
    revise=booking.revise,
    changeable=(*BEFORE_MEETING, *OFFICE_OPEN),
    lines=lines,
    offers=offers,
    extra=extra,
    menu=menu,
    awaits=naming.awaits,
    said=said,
    parties=("requester", "approver", "dispatcher"),
    steps=(
        # A meeting, by room service.
        Step(action="take", word="受理", states=deeds.STATES_TO_TAKE, by=("dispatcher",), do=taking.take, tell=deeds.after_take, offered=taking.waits),
        Step(action="arrange", word="安排", states=deeds.STATES_TO_ARRANGE, by=("dispatcher",), do=deeds.arrange, tell=deeds.after_arrange),
        Step(action="reassign", word="改派", states=(TO_CONFIRM, *COMING), by=("dispatcher",), do=deeds.arrange, tell=deeds.after_arrange),
        Step(action="reject", word="驳回", states=(*BEFORE_MEETING, TO_ARRANGE), by=("dispatcher",), do=deeds.reject, tell=deeds.after_reject),
        Step(action="displace", word="协调让房", states=(WAITING,), by=("dispatcher",), do=displacing.displace, tell=displacing.after_displace),
        Step(action="setup", label="开始布场", states=(BOOKED,), by=("dispatcher",), do=deeds.set_up),
        Step(action="names", word="发来名单", states=BEFORE_MEETING, by=("requester",), do=naming.take_names, tell=naming.after_names, thanks=naming.thanks, harmless=True),
        Step(action="ready", label="布置好了", states=(SETTING_UP,), by=("dispatcher",), do=deeds.ready, tell=deeds.after_ready, offered=deeds.is_not_ready),
        # A meeting, by whoever booked it.
        Step(action="accept", label="要这间", states=(WAITING, DISPLACED), by=("requester",), do=deeds.accept, tell=deeds.after_accept, offered=deeds.has_offer),
        Step(action="decline", label="不要这间", states=(WAITING, DISPLACED), by=("requester",), do=deeds.decline, tell=deeds.after_decline, offered=deeds.has_offer),
        Step(action="checkin", label="签到", states=COMING, by=("requester", "dispatcher"), do=deeds.check_in, offered=deeds.may_check_in),
        Step(action="finish", label="提前结束", states=(IN_USE,), by=("requester", "dispatcher"), do=deeds.finish, tell=deeds.after_finish, offered=deeds.is_before_end),
        Step(action="finish", label="会议结束", states=(IN_USE,), by=("requester", "dispatcher"), do=deeds.finish, tell=deeds.after_finish, offered=deeds.is_past_end),
        Step(action="prolong", label="延长30分钟", states=(IN_USE,), by=("requester",), do=deeds.prolong),
        Step(action="cancel", word="取消", states=(*BEFORE_MEETING, *OFFICE_BEFORE), by=("requester",), do=deeds.cancel, tell=deeds.after_cancel, thanks=deeds.cancelled_words),
        # An office.
        Step(action="approve", label="同意", states=(TO_APPROVE,), by=("approver",), do=tenancy.approve, tell=tenancy.after_approve),
        Step(action="decline_office", label="不同意", states=(TO_APPROVE,), by=("approver",), do=tenancy.decline, tell=deeds.after_reject),
        Step(action="give", word="安排办公用房", states=(TO_ARRANGE,), by=("dispatcher",), do=tenancy.give, tell=tenancy.after_give),
        Step(action="movein", label="已入驻", states=(ARRANGED,), by=("requester",), do=tenancy.move_in),
        Step(action="postended", label="已免兼职", states=(TO_VACATE,), by=("requester", "dispatcher"), do=tenancy.post_ended, offered=tenancy.may_end_post),
        Step(action="vacate", label="已腾退", states=(TO_VACATE,), by=("requester",), do=tenancy.vacate, tell=tenancy.after_vacate),
        Step(action="receive", label="验收收回", states=(TO_RECEIVE,), by=("dispatcher",), do=tenancy.receive, tell=tenancy.after_receive),
        # What the desk does by itself.
        Step(action="no_show", word="未签到，释放房间", states=COMING, by=("desk",), do=waiting.no_show, tell=waiting.after_no_show),
        Step(action="end", word="到点结束", states=(IN_USE,), by=("desk",), do=waiting.end, tell=waiting.after_end),
        Step(action="offer", word="候补到房", states=(WAITING,), by=("desk",), do=waiting.offer, tell=waiting.after_offer),
        Step(action="lapse", word="逾时没有答复", states=(WAITING, DISPLACED), by=("desk",), do=waiting.lapse, tell=waiting.after_lapse),
        Step(action="expire", word="时间已过，关闭", states=(WAITING, TO_CONFIRM, DISPLACED), by=("desk",), do=waiting.expire, tell=waiting.after_expire),
        Step(action="displaced", word="让出房间", states=(*BEFORE_MEETING,), by=("desk",), do=displacing.resettle, tell=displacing.after_resettle),
        *rating_steps((ENDED, MOVED_IN)),
    ),
    timeouts=(
        Timeout(states=COMING, when=waiting.no_show_at, action="no_show"),
        Timeout(states=(IN_USE,), when=waiting.cleared_at, action="end"),
        Timeout(states=(WAITING, DISPLACED), when=waiting.offer_ends, action="lapse"),
        Timeout(states=(WAITING, TO_CONFIRM, DISPLACED), when=lambda t: t.ends_at, action="expire"),
    ),
)  # fmt: skip
