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

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desk import outbox, people, receptions, tickets
from desk.errors import BadInput, Conflict, Refusal
from desk.instants import spoken_range, to_instant, to_local
from desk.models import Person, Purpose, Role, Ticket
from desk.outbox import Button, Document, Message, Picture
from handlers import cards, when
from handlers.kinds import Advice, Deed, FollowUp, Kind, Move, Option, Promise, Step, Timeout
from handlers.parties import members, queue_of
from handlers.rating import rating_steps
from handlers.reception_parts import checking, checklist, form, listening, plan
from handlers.reception_parts.checking import parameter
from handlers.words import esc, rows
from nlu import letters, times
from nlu.numbers import find_people

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from handlers.kinds import Fields, Scene

NAME = checking.NAME
QUEUE = queue_of(NAME)
WAITING_LETTER, WAITING_APPROVAL, PLANNING, PLANNED = "待补函", "待审批", "方案中", "方案已定"
RUNNING, WAITING_LIST, WAITING_BILL, DONE = "执行中", "待填清单", "待结算", "已归档"
REJECTED, CANCELLED = "已驳回", "已取消"
BEFORE_VISIT = (WAITING_LETTER, WAITING_APPROVAL, PLANNING, PLANNED)
WITH_DESK = (PLANNING, PLANNED, RUNNING, WAITING_LIST, WAITING_BILL)
WITH_LIST = (WAITING_LIST, WAITING_BILL, DONE)
# What belongs to the life of a ticket and not to its form: a change of the form leaves it alone.
INNER = (
    "approver_id",
    "plan_notes",
    "plan_text",
    "list",
    "list_remarks",
    "chase_1",
    "chase_3",
    "began_at",
    "letter_at",
)
LIST_WORDS = re.compile(
    r"(?:JD[-\d]+的?\s*)?(?:请|麻烦)?(?:帮我|给我)?(?:导出|发|要|看|看看|下载|打印)?(?:一?下|一份)?(?:这次|本次)?(?:的)?接?待?清单(?:发我|给我|一份|呢)?[。!！?？]?",
    re.IGNORECASE,
)
LETTER_CAME = re.compile(r"(?:公?函|来函)(?:已经?)?(?:到了?|来了|收到了?|有了)[。!！]?")
ALBUM = timedelta(minutes=15)


# ── the form ────────────────────────────────────────────────────────────────────────────────────────


def advise(scene: Scene, fields: Fields) -> Advice:
    """Look ahead: refuse what is no reception of ours, say what is struck out, offer a way out of too much company."""
    checking.refuse_outright(scene, fields)
    struck = checking.said_of_struck(scene, checking.struck(scene, fields))
    over = checking.too_many_companions(scene, fields)
    first = (*struck, *((f"⚠️ {over}",) if over else ()))
    if KIND.first_missing(fields) is not None or when.moment(fields.get("end")) is None:
        return Advice(first=first)
    notes = [*struck, *_notes(scene, fields)]
    late = to_instant(when.moment(fields["start"]) or to_local(scene.now)) < scene.now - when.GRACE
    if late:
        return Advice(
            notes=tuple(notes), trouble="到访时间已经过去了，请改一下时间。", may_submit=False, first=first
        )
    if over:
        most = checking.limit_of(fields)
        ways = (
            Option(label=f"陪同改为 {most} 人", sets={"companions": most}),
            Option(label="不安排陪同", sets={"companions": 0}),
        )
        return Advice(
            notes=tuple(notes), trouble=f"{over}可以：", options=ways, may_submit=False, first=first
        )
    return Advice(notes=tuple(notes), first=first)


def _notes(scene: Scene, fields: Fields) -> list[str]:
    notes = []
    starts_at, _ = when.instants(fields)
    if not fields.get("letter"):
        rule = checking.rule(scene, "REC-1")
        notes.append(
            f"📎 还没收到公函：提交后先记为「待补函」，车、餐、住都先不订。{rule.quoted()}{rule.alternative}"
        )
    elif fields.get("letter_people") and fields["letter_people"] != fields.get("people"):
        notes.append(f"📎 公函写的是 {fields['letter_people']} 人，请核对人数")
    if fields.get("start_guessed"):
        notes.append("⏱ 抵达时刻没说，先按上面的时刻记，定了告诉我")
    day, today = to_local(starts_at).date(), to_local(scene.now).date()
    lead = parameter(scene, "lead_days")
    if day < receptions.workday_after(scene.house.calendar, today, lead):
        notes.append(f"⏱ 离到访不足 {lead} 个工作日，按急件办")
    if not scene.house.calendar.is_workday(day):
        notes.append("📅 到访那天是休息日，请确认日期")
    if scene.house.calendar.is_estimate(day):
        notes.append(f"📅 {day.year} 年放假安排以国务院通知为准，届时如有调整我会再提醒")
    if int(fields.get("companions") or 0) > int(fields.get("people") or 0):
        notes.append(f"👥 陪同比来宾还多。{checking.rule(scene, 'REC-13').quoted()}")
    return notes + _merge_notes(scene, fields, starts_at)


def _merge_notes(
    scene: Scene, fields: Fields, starts_at: datetime, *, besides: int | None = None
) -> list[str]:
    found = receptions.similar_visits(
        scene.session,
        organisation=str(fields.get("visitor_org") or ""),
        starts_at=starts_at,
        within_days=parameter(scene, "merge_days"),
        besides=besides,
    )
    if not found:
        return []
    other = found[0]
    day = to_local(other.starts_at or starts_at)
    words = f"🔗 {fields.get('visitor_org')} {day.month}月{day.day}日已有一张接待单 {other.number}，建议合并安排。"
    return [words + checking.rule(scene, "REC-3").quoted()]


def submit(scene: Scene, fields: Fields) -> Ticket:
    """Record the ticket: with its letter to the approver or the desk, without it as 待补函. Raises Refusal or BadInput."""
    requester = scene.actor
    if requester is None:
        raise BadInput("不知道是谁在申请")
    checking.check_rules(scene, fields)
    starts_at, ends_at = when.instants(fields)
    if starts_at < scene.now - when.GRACE:
        raise BadInput("到访时间已经过去了，请先改一下时间")
    dropped = ("when_unsure", "when_part", "part", "letter_later")
    kept = {k: v for k, v in fields.items() if k not in dropped}
    move = (
        _onward(scene, requester, kept, starts_at)
        if kept.get("letter")
        else _await_letter(scene, requester, starts_at)
    )
    ticket = tickets.open_ticket(
        scene.session,
        prefix=KIND.prefix,
        kind=NAME,
        state=move.state or WAITING_LETTER,
        requester=requester,
        fields=kept | move.details,
        starts_at=starts_at,
        ends_at=ends_at,
        due_at=move.due_at or starts_at,
        queue=move.queue,
        responsible=move.responsible,
        user_name=str(fields.get("user_name") or ""),
        now=scene.now,
    )
    if ticket.state == WAITING_APPROVAL:
        _show_onward(scene, ticket)
    return ticket


def _await_letter(scene: Scene, requester: Person, starts_at: datetime) -> Move:
    due = receptions.letter_due(
        scene.house.calendar,
        now=scene.now,
        starts_at=starts_at,
        lead_days=parameter(scene, "lead_days"),
        least=timedelta(hours=parameter(scene, "letter_hours")),
    )
    return Move(state=WAITING_LETTER, responsible=requester, due_at=due)


def _onward(scene: Scene, requester: Person, fields: Fields, starts_at: datetime) -> Move:
    """The letter is there: on to the head who approves, or to the reception desk."""
    approver = _approver(scene, requester)
    due = _within(scene, "approve_hours", latest=starts_at)
    if approver is None:
        return Move(state=WAITING_APPROVAL, queue=QUEUE, due_at=due)
    return Move(
        state=WAITING_APPROVAL, responsible=approver, due_at=due, details={"approver_id": approver.id}
    )


def _approver(scene: Scene, requester: Person) -> Person | None:
    """Return the head who decides: of the requester's own department first, else one named for receptions."""
    found = people.people_with(scene.session, Role.APPROVER, kind=NAME)
    able = [p for p in found if p.id != requester.id and p.chat_id]
    home = requester.department_id
    own = [p for p in able if home is not None and p.department_id == home]
    named = [p for p in able if any(g.role == Role.APPROVER and g.kind == NAME for g in p.grants)]
    return next(iter(own + named), None)


def _within(scene: Scene, name: str, *, latest: datetime) -> datetime:
    return receptions.within_working(
        scene.house.calendar, now=scene.now, hours=parameter(scene, name), latest=latest
    )


def _show_onward(scene: Scene, ticket: Ticket) -> None:
    party = "dispatcher" if ticket.queue else "approver"
    lead = "🔔 新的接待单" if ticket.queue else "🔔 有一张接待单等您审批"
    cards.show(scene, KIND, ticket, party=party, lead=lead)
    _pass_on_letter(scene, ticket, party=party)


def _pass_on_letter(scene: Scene, ticket: Ticket, *, party: str) -> None:
    """Send the letter itself to those who decide on it."""
    kept = ticket.fields.get("letter_file") or {}
    if not kept.get("file_id"):
        return
    caption = f"📎 {ticket.number} 公函"
    for person in members(scene.session, ticket, party):
        said: Picture | Document = (
            Picture(file_id=kept["file_id"], caption=caption)
            if kept.get("sort") == "photo"
            else Document(file_id=kept["file_id"], name=str(kept.get("name") or ""), caption=caption)
        )
        outbox.send(
            scene.session,
            said,
            chat_id=person.chat_id or 0,
            person=person,
            ticket=ticket,
            purpose=Purpose.TICKET,
            now=scene.now,
        )


# ── the card ────────────────────────────────────────────────────────────────────────────────────────


def lines(scene: Scene, ticket: Ticket, party: str) -> list[str]:
    """Return the body of a card: who comes, when, what is planned, and what each party needs to know."""
    f = ticket.fields
    said = spoken_range(ticket.starts_at, ticket.ends_at, now=scene.now) if ticket.starts_at else ""
    lead = f"　带队：{esc(f['visitors'])}" if f.get("visitors") else ""
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
        body += [esc(n) for n in _merge_notes(scene, f, ticket.starts_at, besides=ticket.id)]
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
    head = cards.compose(scene, KIND, ticket, party="dispatcher").text
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


# ── the letter ──────────────────────────────────────────────────────────────────────────────────────


def awaits(
    scene: Scene, ticket: Ticket, text: str, enclosures: Sequence[Fields]
) -> tuple[str, Fields] | None:
    """Say what something sent outside a form means to a ticket: its letter, a further page of it, the wish for its list."""
    if not enclosures and text and LIST_WORDS.fullmatch(text.strip()):
        return ("export", {}) if ticket.state in WITH_LIST else None
    own = scene.actor is not None and ticket.requester_id == scene.actor.id
    if not own or ticket.kind != NAME:
        return None
    if ticket.state == WAITING_LETTER:
        found = _letter_in(scene, ticket, text, enclosures)
        return ("letter", found) if found is not None else None
    sent = str(ticket.fields.get("letter_at") or "")
    fresh = bool(sent) and scene.now - datetime.fromisoformat(sent) <= ALBUM
    if fresh and enclosures and not text and ticket.state in BEFORE_VISIT and form.received(enclosures):
        return ("page", {})
    return None


def _letter_in(scene: Scene, ticket: Ticket, text: str, enclosures: Sequence[Fields]) -> Fields | None:
    """Return the fields of the letter in what was sent, {} for words that only speak of it, None for something else."""
    local = to_local(scene.now)
    letter = letters.read(text, today=local.date()) if text else None
    if letter is not None:
        organisation = str(ticket.fields.get("visitor_org") or "")
        if letter.organisation and not receptions.same_organisation(letter.organisation, organisation):
            return None
        told = {k: v for k, v in form.letter_fields(letter, text).items() if v}
        return told if ticket.fields.get("visitors") or not letter.head else {**told, "visitors": letter.head}
    if enclosures:
        tells_more = len(text) > 10 and (find_people(text) or times.parse(text, local))
        return None if tells_more else form.received(enclosures) or None
    return {} if LETTER_CAME.fullmatch(text.strip()) else None


def take_letter(deed: Deed) -> Move:
    """The letter came: the ticket goes on to whoever approves. The rules are checked anew."""
    scene, ticket = deed.scene, deed.ticket
    if not ticket.fields.get("letter"):
        raise BadInput(
            "还没看到公函本身。", alternative="请把公函拍照、PDF，或整段文字直接发到这里，我马上转审批。"
        )
    checking.check_rules(scene, ticket.fields)
    move = _onward(scene, ticket.requester, ticket.fields, ticket.starts_at or scene.now)
    ticket.fields = {**ticket.fields, **move.details, "letter_at": scene.now.isoformat()}
    return Move(
        state=move.state,
        responsible=move.responsible,
        queue=move.queue,
        due_at=move.due_at,
        details={"letter": ticket.fields.get("letter_no") or ticket.fields["letter"]},
    )


def after_letter(deed: Deed) -> None:
    f = deed.ticket.fields
    differs = f.get("letter_people") and f["letter_people"] != f.get("people")
    more = (
        f"\n📎 公函写的是 {f['letter_people']} 人，单子上是 {f.get('people')} 人，请核对。" if differs else ""
    )
    cards.show(deed.scene, KIND, deed.ticket, party="requester", lead=f"✅ 公函收到，已转审批{more}")
    _show_onward(deed.scene, deed.ticket)


def take_page(deed: Deed) -> Move:
    """A further page of the letter."""
    return Move()


def expire(deed: Deed) -> Move:
    """The day of the visit came and no letter: nothing was booked, the ticket is closed."""
    return Move(state=CANCELLED, close=True, reason="到访时间已到，公函没有补来")


def after_expire(deed: Deed) -> None:
    text = f"⌛ {deed.ticket.number} 到了到访时间公函还没补来，单子已自动取消，什么也没有订。公函来了可以重新提交。"
    cards.tell(deed.scene, deed.ticket, party="requester", text=text)


# ── approval and plan ───────────────────────────────────────────────────────────────────────────────


def _plan_due(scene: Scene, ticket: Ticket) -> datetime:
    return _within(scene, "plan_hours", latest=ticket.starts_at or scene.now)


def _make_plan(scene: Scene, ticket: Ticket) -> None:
    """Check the rules once more and make the child tickets. Raises Refusal."""
    checking.check_rules(scene, ticket.fields)
    if not ticket.fields.get("letter"):
        rule = checking.rule(scene, "REC-1")
        raise Refusal(rule.quoted(), rule=rule.code, alternative=rule.alternative)
    ticket.fields = {**ticket.fields, "plan_notes": plan.synchronise(scene, ticket)}


def approve(deed: Deed) -> Move:
    """The head agrees; the reception desk makes the plan, the cars are asked for."""
    _make_plan(deed.scene, deed.ticket)
    return Move(state=PLANNING, queue=QUEUE, due_at=_plan_due(deed.scene, deed.ticket))


def after_approve(deed: Deed) -> None:
    cards.show(deed.scene, KIND, deed.ticket, party="requester", lead="✅ 审批已通过，正在定方案")
    cards.show(deed.scene, KIND, deed.ticket, party="dispatcher", lead="🔔 新的接待单（已审批）")
    _pass_on_letter(deed.scene, deed.ticket, party="dispatcher")


def take(deed: Deed) -> Move:
    """A dispatcher takes the ticket in hand; where no head approves, this is the approval."""
    scene, ticket = deed.scene, deed.ticket
    if ticket.queue is None:
        who = ticket.responsible.name if ticket.responsible else ""
        raise Conflict(f"这张单子现在在{who}手里" + ("，等审批" if ticket.state == WAITING_APPROVAL else ""))
    if ticket.state == WAITING_APPROVAL:
        _make_plan(scene, ticket)
    return Move(state=PLANNING, responsible=scene.actor, due_at=_plan_due(scene, ticket))


def after_take(deed: Deed) -> None:
    name = deed.scene.actor.name if deed.scene.actor else ""
    text = f"📋 {deed.ticket.number} {esc(name)}已受理，正在定方案。"
    cards.tell(deed.scene, deed.ticket, party="requester", text=text)


def arrange(deed: Deed) -> Move:
    """The plan stands."""
    scene, ticket = deed.scene, deed.ticket
    if ticket.state == WAITING_APPROVAL and ticket.queue is None:
        raise Conflict("这张单子还在等审批，批了再安排")
    _make_plan(scene, ticket)
    return Move(state=PLANNED, responsible=scene.actor, due_at=_at_least_now(scene, ticket.starts_at))


def _at_least_now(scene: Scene, at: datetime | None) -> datetime:
    return max(at or scene.now, scene.now + timedelta(minutes=30))


def after_arrange(deed: Deed) -> None:
    cards.show(deed.scene, KIND, deed.ticket, party="requester", lead="✅ 接待方案定了")


def details_question(deed: Deed) -> FollowUp:
    """Ask the dispatcher for the rooms and places of the plan."""
    question = f"{deed.ticket.number} 请一条消息写明会议室、用餐地点、宾馆等具体安排："
    return FollowUp(question=question, action="details")


def write_details(deed: Deed) -> Move:
    """The dispatcher adds what the plan says of rooms and places."""
    deed.ticket.fields = {**deed.ticket.fields, "plan_text": deed.arg.strip()[:300]}
    return Move(details={"plan_text": deed.arg.strip()[:300]})


def after_details(deed: Deed) -> None:
    text = f"📝 {deed.ticket.number} 接待安排：{esc(deed.ticket.fields['plan_text'])}"
    cards.tell(deed.scene, deed.ticket, party="requester", text=text, besides=deed.scene.actor)


def reject(deed: Deed) -> Move:
    """Refuse with a clause and another way; what was asked of others is cancelled."""
    scene, ticket = deed.scene, deed.ticket
    if deed.action == "reject" and ticket.state == WAITING_APPROVAL and ticket.queue is None:
        raise Conflict("这张单子还在等审批，由审批人决定")
    rule = next((r for r in scene.house.rules.of(NAME) if r.code == deed.arg and r.reject_label), None)
    if rule is None and (deed.arg or deed.action == "reject"):
        raise BadInput("请从列表里选一条驳回依据")
    reason = f"{rule.reject_label}。{rule.quoted()}" if rule else "审批人不同意"
    way = rule.alternative if rule and rule.alternative else "可以按要求修改后重新提交，也可以当面说明情况。"
    notes = plan.cancel_all(scene, ticket)
    ticket.fields = {**ticket.fields, "refused": reason, "refused_way": way, "plan_notes": notes}
    return Move(state=REJECTED, close=True, reason=reason, details={"rule": rule.code if rule else ""})


def after_reject(deed: Deed) -> None:
    f = deed.ticket.fields
    lead = f"❌ 这次接待没能安排\n{esc(f['refused'])}\n💡 {esc(f['refused_way'])}"
    cards.show(deed.scene, KIND, deed.ticket, party="requester", lead=lead)


def reassign(deed: Deed) -> Move:
    """Hand the ticket to another dispatcher of receptions."""
    session = deed.scene.session
    person = session.get(Person, int(deed.arg)) if deed.arg.isdigit() and len(deed.arg) < 12 else None
    if person is None or not person.active or not person.has_role(Role.DISPATCHER, kind=NAME):
        raise Conflict("这位同志现在不是接待调度员，请重新选")
    if person.id == deed.ticket.responsible_id:
        raise Conflict(f"这张单子已经在{person.name}手里了")
    return Move(responsible=person, details={"to": person.name})


def after_reassign(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    if ticket.responsible is not None:
        cards.show(
            scene, KIND, ticket, party="dispatcher", to=(ticket.responsible,), lead="🔁 这张接待单改由您负责"
        )
        text = f"🔁 {ticket.number} 改由{esc(ticket.responsible.name)}负责，电话 {esc(ticket.responsible.phone) or '—'}。"
        cards.tell(scene, ticket, party="requester", text=text)


def cancel(deed: Deed) -> Move:
    """Withdraw the reception; its cars go with it."""
    notes = plan.cancel_all(deed.scene, deed.ticket)
    deed.ticket.fields = {**deed.ticket.fields, "plan_notes": notes}
    return Move(state=CANCELLED, close=True, reason=deed.arg)


def after_cancel(deed: Deed) -> None:
    scene, ticket = deed.scene, deed.ticket
    notes = "".join(f"\n⚠️ {esc(n)}" for n in ticket.fields.get("plan_notes") or ())
    text = f"🚫 {ticket.number} 接待已由{esc(ticket.requester.name)}取消，不用安排了。{notes}"
    cards.tell(scene, ticket, party="approver", text=text, besides=scene.actor)
    if _reached_desk(ticket):
        cards.tell(scene, ticket, party="dispatcher", text=text, besides=scene.actor)


def _reached_desk(ticket: Ticket) -> bool:
    """Say whether the reception desk ever saw the ticket: a letter came and no head still holds it."""
    return bool(ticket.fields.get("letter")) and (ticket.fields.get("approver_id") != ticket.responsible_id)


# ── the visit and its list ──────────────────────────────────────────────────────────────────────────


def start(deed: Deed) -> Move:
    """The guests are here."""
    scene, ticket = deed.scene, deed.ticket
    ticket.fields = {**ticket.fields, "began_at": to_local(scene.now).isoformat(timespec="minutes")}
    return Move(state=RUNNING, responsible=scene.actor, due_at=_at_least_now(scene, ticket.ends_at))


def after_start(deed: Deed) -> None:
    name = deed.scene.actor.name if deed.scene.actor else ""
    text = f"🤝 {deed.ticket.number} 接待开始执行，现场联系：{esc(name)}。"
    cards.tell(deed.scene, deed.ticket, party="requester", text=text, besides=deed.scene.actor)


def finish(deed: Deed) -> Move:
    """The visit is over: the list is drafted, what is missing is owed within three working days (REC-4)."""
    scene, ticket = deed.scene, deed.ticket
    content = checklist.draft(scene, ticket, ended_at=scene.now)
    today, calendar = to_local(scene.now).date(), scene.house.calendar
    first, last = parameter(scene, "chase_days")
    days = [receptions.workday_after(calendar, today, n) for n in (first, last)]
    ticket.fields = {
        **ticket.fields,
        "list": content,
        "chase_1": receptions.morning_of(days[0], hour=9).isoformat(),
        "chase_3": receptions.morning_of(days[1], hour=9).isoformat(),
    }
    due = to_instant(datetime.combine(days[1], calendar.office_hours(days[1]).afternoon_end))
    return Move(state=WAITING_LIST, responsible=scene.actor, due_at=due)


def after_finish(deed: Deed) -> None:
    cards.show(deed.scene, KIND, deed.ticket, party="requester", lead="🏁 接待结束，请给这次接待打个分")


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
    """Send the list as a workbook to whoever asks for it."""
    scene, ticket = deed.scene, deed.ticket
    path = checklist.export(scene, ticket)
    person = scene.actor
    if person is not None and person.chat_id is not None:
        gaps = checklist.missing(ticket.fields.get("list") or {})
        note = f"，还差：{'、'.join(checklist.ASKED[k][0] for k in gaps)}" if gaps else ""
        outbox.send(
            scene.session,
            Document(path=str(path), name=path.name, caption=f"📄 {ticket.number} 接待清单{note}"),
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


# ── changes ─────────────────────────────────────────────────────────────────────────────────────────


def revise(scene: Scene, ticket: Ticket, fields: Fields) -> str:
    """Change a submitted request: its cars change with it; a plan that stood is looked at again by the desk."""
    checking.check_rules(scene, fields)
    starts_at, ends_at = when.instants(fields)
    if starts_at < scene.now - when.GRACE:
        raise BadInput("到访时间已经过去了，请先改一下时间")
    before = ticket.fields
    ticket.fields = {**fields, **{k: before[k] for k in INNER if k in before}}
    ticket.starts_at, ticket.ends_at = starts_at, ends_at
    details = {"before": {k: before.get(k) for k in fields if before.get(k) != fields.get(k)}}
    if ticket.state == WAITING_LETTER:
        return _revise_waiting(scene, ticket, details)
    if ticket.state == WAITING_APPROVAL:
        tickets.change(
            scene.session, ticket, actor=scene.actor, action="revise", now=scene.now, details=details
        )
        return "已修改，审批看到的也更新了。"
    notes = plan.synchronise(scene, ticket)
    ticket.fields = {**ticket.fields, "plan_notes": notes}
    again = ticket.state == PLANNED
    tickets.change(
        scene.session,
        ticket,
        actor=scene.actor,
        action="revise",
        now=scene.now,
        state=PLANNING,
        due_at=_plan_due(scene, ticket),
        details=details,
    )
    cards.show(
        scene,
        KIND,
        ticket,
        party="dispatcher",
        lead="🔁 接待有变，请看新的安排" + ("，重新定方案" if again else ""),
    )
    return (
        "已修改，用车一并改了，接待调度员会重新定方案。"
        if again
        else "已修改，用车一并改了，调度员看到的也更新了。"
    )


def _revise_waiting(scene: Scene, ticket: Ticket, details: Fields) -> str:
    starts_at = ticket.starts_at or scene.now
    if ticket.fields.get("letter"):
        move = _onward(scene, ticket.requester, ticket.fields, starts_at)
        ticket.fields = {**ticket.fields, **move.details, "letter_at": scene.now.isoformat()}
    else:
        move = _await_letter(scene, ticket.requester, starts_at)
    tickets.change(
        scene.session,
        ticket,
        actor=scene.actor,
        action="revise",
        now=scene.now,
        state=move.state,
        responsible=move.responsible,
        queue=move.queue,
        due_at=move.due_at,
        details=details,
    )
    if ticket.state == WAITING_LETTER:
        return "已修改，公函来了直接发给我。"
    _show_onward(scene, ticket)
    return "已修改，公函收到，已转审批。"


# ── the reminders ───────────────────────────────────────────────────────────────────────────────────


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


def _in_queue(scene: Scene, ticket: Ticket) -> bool:
    return ticket.queue is not None


def _not_waiting_for_head(scene: Scene, ticket: Ticket) -> bool:
    return ticket.state != WAITING_APPROVAL or ticket.queue is not None


KIND = Kind(
    name=NAME,
    title="接待",
    icon="🤝",
    prefix="JD",
    intent=form.INTENT,
    examples=("下周三四川省机关事务管理局来调研，8个人，接站，中午工作餐",),
    slots=form.slots(),
    listen=listening.listen,
    recognise=form.read_letter,
    received=form.received,
    awaits=awaits,
    defaults=form.defaults,
    advise=advise,
    submit=submit,
    lines=lines,
    extra=extra,
    menu=menu,
    revise=revise,
    changeable=BEFORE_VISIT,
    parties=("requester", "approver", "dispatcher"),
    steps=(
        Step(action="letter", word="补公函", states=(WAITING_LETTER,), by=("requester",), do=take_letter, tell=after_letter),
        Step(action="page", word="补公函附页", states=BEFORE_VISIT, by=("requester",), do=take_page, thanks=lambda d: f"收到，已附在 {d.ticket.number} 的公函后面。"),
        Step(action="expire", word="逾期未补函取消", states=(WAITING_LETTER,), by=("desk",), do=expire, tell=after_expire),
        Step(action="approve", label="同意", states=(WAITING_APPROVAL,), by=("approver",), do=approve, tell=after_approve),
        Step(action="decline", label="不同意", states=(WAITING_APPROVAL,), by=("approver",), do=reject, tell=after_reject),
        Step(action="take", label="受理", states=(WAITING_APPROVAL, PLANNING), by=("dispatcher",), do=take, tell=after_take, offered=_in_queue),
        Step(action="arrange", label="安排", states=(WAITING_APPROVAL, PLANNING), by=("dispatcher",), do=arrange, tell=after_arrange, offered=_not_waiting_for_head),
        Step(action="start", label="开始执行", states=(PLANNED,), by=("dispatcher",), do=start, tell=after_start),
        Step(action="ask_details", label="补充安排", states=(PLANNING, PLANNED, RUNNING), by=("dispatcher",), do=ask_list, then=details_question),
        Step(action="details", word="补充安排", states=(PLANNING, PLANNED, RUNNING), by=("dispatcher",), do=write_details, tell=after_details, thanks=lambda _d: "记下了，已告诉申请人。"),
        Step(action="finish", label="结束", states=(RUNNING,), by=("dispatcher",), do=finish, tell=after_finish, then=list_question),
        Step(action="ask_list", label="填清单", states=(WAITING_LIST,), by=("dispatcher",), do=ask_list, then=list_question),
        Step(action="fill", word="填接待清单", states=(WAITING_LIST,), by=("dispatcher",), do=fill, thanks=fill_thanks, then=list_question),
        Step(action="ask_bill", label="办理结算", states=(WAITING_BILL,), by=("dispatcher",), do=ask_list, then=receipt_question),
        Step(action="settle", word="结算归档", states=(WAITING_BILL,), by=("dispatcher",), do=settle, thanks=lambda d: f"✅ {d.ticket.number} 已结算归档。辛苦了！"),
        Step(action="export", label="导出清单", states=WITH_LIST, by=("requester", "dispatcher"), do=export),
        Step(action="reject", word="驳回", states=(WAITING_APPROVAL, PLANNING, PLANNED), by=("dispatcher",), do=reject, tell=after_reject),
        Step(action="reassign", word="改派", states=WITH_DESK, by=("dispatcher",), do=reassign, tell=after_reassign),
        *rating_steps(WITH_LIST),
        Step(action="cancel", word="取消", states=BEFORE_VISIT, by=("requester",), do=cancel, tell=after_cancel),
    ),
    timeouts=(Timeout(states=(WAITING_LETTER,), when=lambda t: t.starts_at, action="expire"),),
    promises=(
        Promise(name="letter", states=(WAITING_LETTER,), when=lambda t: t.due_at, to=("requester",), text=letter_text),
        Promise(name="due", states=(WAITING_APPROVAL, PLANNING), when=lambda t: t.due_at, to=("responsible",), text=due_text),
        Promise(name="numbers", states=(PLANNING, PLANNED), when=numbers_at, to=("requester", "responsible"), text=numbers_text),
        Promise(name="car", states=(PLANNING, PLANNED, RUNNING), when=car_at, to=("responsible",), text=car_text),
        Promise(name="end", states=(RUNNING,), when=lambda t: t.due_at, to=("responsible",), text=end_text),
        Promise(name="list1", states=(WAITING_LIST,), when=chase_at("chase_1"), to=("responsible",), text=list_text),
        Promise(name="list3", states=(WAITING_LIST,), when=chase_at("chase_3"), to=("responsible",), text=list_text),
        Promise(name="bill", states=(WAITING_BILL,), when=lambda t: t.due_at, to=("responsible",), text=bill_text),
    ),
)  # fmt: skip
