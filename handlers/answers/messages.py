"""Words between the two sides of a ticket, carried by the desk: 「联系申请人」, 「给调度员留言」, and 「回复」 under what arrives.

A press asks for the words, the next message is them. They are written into the ticket's history and shown to the other
side with a button to answer; telephone numbers need not be exchanged. Who has no part in the ticket can neither write nor
be written to, whatever a button says; a question nobody answered within a quarter of an hour is dropped, and says so.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from desk import outbox, people, tickets
from desk.errors import BadInput, Conflict, NotAllowed
from desk.models import Person, Purpose, Role, TicketEvent
from desk.outbox import Button, Document, Message, Picture
from handlers import forms
from handlers.answers import which
from handlers.dialogue.talk import Form
from handlers.tickets import cards, lifecycle
from handlers.tickets.parties import parties_of
from handlers.words import esc, fits

if TYPE_CHECKING:
    from desk.models import Ticket
    from handlers.desk_side import Stage
    from handlers.kinds import Scene

CONTACT, WORD, REPLY, UNSAY = "contact", "word", "reply", "unsay"
ACTIONS = (CONTACT, WORD, REPLY, UNSAY)
LONGEST = 500
MOST_AN_HOUR = 10
KEPT_FOR = timedelta(minutes=15)
# How long after its closing a ticket may still be talked about.
OPEN_FOR = timedelta(days=7)
LEAVE = re.compile(r"(?:算了|不发了|不用了|取消|不说了)[吧。！!]?")
SPOKEN = re.compile(
    r"^(?:麻烦|请|帮我?)?(?:(?:告诉|转告)(?:一下)?|(?:给|跟|和)(?=.{1,5}(?:说|留|带)))"
    r"(?P<whom>调度员?|司机|驾驶员|师傅|维修工)(?:师傅)?"
    r"(?:(?:说|留|带)(?:一声|一下|个?话|个?言)?)?[:：,，\s]*(?P<words>\S.*)$",
    re.DOTALL,
)
# That is no word to pass on but a change of the ticket.
A_CHANGE = re.compile("改[到成为]|换成|取消|不用[来去车修]|不去了|提前到|推迟到")
# How somebody on the way tells that it takes longer, or that it is nearly done.
NEWS = re.compile(
    r"堵车|堵(?:着|在|住)|(?:会|要|可能|得)?(?:晚|迟)(?:一?会儿?|点儿?|[几十\d一二三两五]+分钟?)?到|耽误|马上(?:就)?到|快到了|还(?:有|得|要)[^，。]{1,6}(?:分钟|公里)|找不(?:着|到)(?:人|地方|门)|(?:在|停在)[^，。]{1,8}等(?:着|您|你|呢)"
)
# Whoever rides does not choose the driver; the wish goes to the dispatchers.
OTHER_WORKER = re.compile(
    r"换[一个位]{0,2}(?:司机|驾驶员|师傅)|别(?:再)?派(?:这个|那个|上回那个)(?:司机|师傅)"
)
LONGEST_NEWS = 40
SOON = timedelta(hours=3)
AT_WORK = re.compile("司机|驾驶员|师傅|维修工")


# ── asking for the words ────────────────────────────────────────────────────────────────────────────


def pressed(stage: Stage, ticket: Ticket, *, action: str, arg: str) -> None:
    """Act on one of the buttons. Raises NotAllowed, Conflict."""
    if action == UNSAY:
        stage.talk = replace(stage.talk, pending={})
        stage.say(Message(text="好的，没有发。"))
        return
    parts = parties_of(stage.person, ticket)
    mine = "requester" in parts and action != CONTACT
    if action == WORD and "requester" not in parts:
        raise NotAllowed("只有申请人可以这样办。" + lifecycle.situation(ticket))
    if action == CONTACT and parts <= {"requester"}:
        raise NotAllowed("这是您自己的单子，不用联系。")
    _still_open(stage, ticket)
    to = int(arg) if arg.isdigit() and len(arg) < 12 else 0
    found = _sides(stage.scene, ticket, mine=mine, to=to)
    _check_reachable(found)
    until = (stage.scene.now + KEPT_FOR).isoformat()
    about = {"what": "word", "ticket": ticket.id, "mine": mine, "to": to, "until": until}
    stage.talk = replace(stage.talk, pending=about)
    ask = f"💬 {ticket.number} 请打字写给{_names(ticket, found)}的话（{LONGEST} 字以内），也可以发照片，我马上转到。"
    stage.say(Message(text=ask, buttons=((Button("不发了", cards.press(UNSAY, ticket)),),)))


def _still_open(stage: Stage, ticket: Ticket) -> None:
    if ticket.closed_at is not None and stage.scene.now - ticket.closed_at > OPEN_FOR:
        way = "有新的事直接说，或发「转人工」。"
        raise Conflict(f"{ticket.number} 已经办结一周多了，不能再留言。", alternative=way)


def _sides(scene: Scene, ticket: Ticket, *, mine: bool, to: int) -> list[Person]:
    """Return whom the words go to: the requester, or (written by them) whoever sees to the ticket."""
    if not mine:
        return [ticket.requester]
    answered = scene.session.get(Person, to) if to else None
    if answered is not None and answered.active and parties_of(answered, ticket) - {"requester"}:
        return [answered]
    holder = ticket.responsible
    if holder is not None and holder.has_role(Role.DISPATCHER, kind=ticket.kind):
        found = [holder]
    else:
        taker = cards.taken_by(scene, scene.house.kinds[ticket.kind], ticket)
        found = [taker] if taker is not None else people.dispatchers(scene.session, ticket.kind)
    return [p for p in found if p.id != ticket.requester_id]


def _check_reachable(found: list[Person]) -> None:
    if any(people.is_reachable(p) for p in found):
        return
    known = [f"{p.name} {p.phone}".strip() for p in found if p.phone]
    way = f"请打电话：{'、'.join(known[:3])}" if known else "可以发「转人工」。"
    raise Conflict("对方现在收不到我的消息。", alternative=way)


def _names(ticket: Ticket, found: list[Person]) -> str:
    if found == [ticket.requester]:
        return f"申请人{esc(ticket.requester.name)}"
    return f"{esc(found[0].name)}" if len(found) == 1 else "调度员"


# ── carrying them ───────────────────────────────────────────────────────────────────────────────────


def taken(stage: Stage, text: str) -> bool:
    """Take `text` for the words that were asked for. Return whether it was; what was asked too long ago is dropped."""
    waiting = stage.talk.pending
    if waiting.get("what") != "word":
        return False
    ticket = lifecycle.fetch(stage.scene, int(waiting["ticket"]))
    if stage.scene.now > datetime.fromisoformat(waiting["until"]):
        stage.talk = replace(stage.talk, pending={})
        stage.note(f"（刚才要给 {ticket.number} 留的话放久了，没有发；要发请再点一次按钮。）")
        return False
    if LEAVE.fullmatch(text.strip()):
        stage.talk = replace(stage.talk, pending={})
        stage.say(Message(text="好的，没有发。"))
        return True
    if len(text) > LONGEST:
        raise BadInput(f"太长了（{len(text)} 字），请缩到 {LONGEST} 字以内再发一次。")
    stage.talk = replace(stage.talk, pending={})
    mine = bool(waiting["mine"])
    _deliver(stage, ticket, text, mine=mine, to=_sides(stage.scene, ticket, mine=mine, to=int(waiting["to"])))
    return True


def with_files(stage: Stage, kept: tuple[dict[str, object], ...], caption: str, *, album: str = "") -> bool:
    """Take files for (part of) the words that were asked for: they go to the other side and stay with the ticket.

    The other photos of an album follow their first. Return whether anybody had asked.
    """
    waiting = stage.talk.pending
    follows = waiting.get("what") == "sent" and bool(album) and waiting.get("album") == album
    if not kept or (waiting.get("what") != "word" and not follows):
        return False
    if stage.scene.now > datetime.fromisoformat(waiting["until"]):
        return False
    ticket = lifecycle.fetch(stage.scene, int(waiting["ticket"]))
    mine = bool(waiting["mine"])
    to = _sides(stage.scene, ticket, mine=mine, to=int(waiting["to"]))
    stage.talk = replace(stage.talk, pending={**waiting, "what": "sent", "album": album} if album else {})
    if not follows:
        _deliver(stage, ticket, caption[:LONGEST] or _called(kept), mine=mine, to=to)
    forms.attach(stage, ticket, Form(kind=ticket.kind, enclosures=kept))
    for person in (p for p in to if people.is_reachable(p)):
        for one in kept:
            _hand_on(stage, ticket, person, one)
    return True


def _called(kept: tuple[dict[str, object], ...]) -> str:
    return "（照片）" if kept[0].get("sort") == "photo" else "（文件）"


def _hand_on(stage: Stage, ticket: Ticket, person: Person, one: dict[str, object]) -> None:
    """Owe one photo or document to somebody; what is neither stays with the ticket."""
    file_id = str(one.get("file_id") or "")
    caption = f"📎 {ticket.number} {esc(stage.person.name)}"
    found: Picture | Document | None = None
    if file_id and one.get("sort") == "photo":
        found = Picture(file_id=file_id, caption=caption)
    elif file_id and one.get("sort") == "document":
        found = Document(file_id=file_id, name=str(one.get("name") or ""), caption=caption)
    if found is not None:
        outbox.send(
            stage.scene.session,
            found,
            chat_id=person.chat_id or 0,
            person=person,
            ticket=ticket,
            purpose=Purpose.TICKET,
            now=stage.scene.now,
        )


def spoken(stage: Stage, text: str) -> bool:
    """Carry what a requester asks to be told (「跟司机说一声我晚到十分钟」). Return whether it was such a request."""
    if OTHER_WORKER.search(text) and _asked_for_another(stage, text):
        return True
    found = SPOKEN.match(text.strip())
    if found is None or stage.talk.form is not None or len(found["words"]) > LONGEST:
        return False
    if A_CHANGE.search(found["words"]):
        return False
    own = tickets.heads(tickets.open_of(stage.scene.session, stage.person))
    at_work = AT_WORK.search(found["whom"]) is not None
    if at_work:
        # Nobody is named yet to drive or to mend: the words wait with whoever will name them.
        named_already = [t for t in own if _worker(stage.scene, t) is not None]
        at_work, own = bool(named_already), named_already or _of_trade(stage, own, found["whom"])
    named = [t for t in own if t.number in which.number_in(text)] or own
    if len(named) != 1:
        return False
    worker = _worker(stage.scene, named[0]) if at_work else None
    to = [worker] if worker is not None else _sides(stage.scene, named[0], mine=True, to=0)
    _deliver(stage, lifecycle.fetch(stage.scene, named[0].id), found["words"], mine=True, to=to)
    return True


def add(stage: Stage, ticket: Ticket, text: str) -> None:
    """Carry what a requester adds to a ticket to everybody who sees to it. Raises NotAllowed, Conflict."""
    worker = _worker(stage.scene, ticket)
    to = _sides(stage.scene, ticket, mine=True, to=0)
    found = {p.id: p for p in (*to, *([worker] if worker is not None else ()))}
    _deliver(stage, ticket, text, mine=True, to=list(found.values()))


def _asked_for_another(stage: Stage, text: str) -> bool:
    """Carry the wish for another driver to whoever sends them; False where no one trip is meant or no driver is named yet."""
    own = [
        t for t in tickets.open_of(stage.scene.session, stage.person) if _worker(stage.scene, t) is not None
    ]
    if stage.talk.form is not None or len(own) != 1 or len(text) > LONGEST:
        return False
    ticket = lifecycle.fetch(stage.scene, own[0].id)
    _deliver(stage, ticket, text, mine=True, to=_sides(stage.scene, ticket, mine=True, to=0))
    return True


def news(stage: Stage, text: str) -> bool:
    """Carry what a driver or technician under way tells (「堵车，晚点到」) to whoever waits. Return whether it was such news."""
    if stage.talk.form is not None or len(text) > LONGEST_NEWS or not NEWS.search(text):
        return False
    session = stage.scene.session
    going = [
        t
        for t in tickets.in_hands_of(session, stage.person)
        if _worker(stage.scene, t) == stage.person
        and t.requester_id != stage.person.id
        and _is_under_way(stage.scene, t)
    ]
    if len(going) != 1:
        return False
    ticket = lifecycle.fetch(stage.scene, going[0].id)
    _deliver(stage, ticket, text, mine=False, to=[ticket.requester])
    return True


def _is_under_way(scene: Scene, ticket: Ticket) -> bool:
    """Say whether the work has begun, or is about to."""
    soon = ticket.starts_at is None or ticket.starts_at - scene.now < SOON
    return soon or ticket.state not in scene.house.kinds[ticket.kind].changeable


def _of_trade(stage: Stage, own: list[Ticket], whom: str) -> list[Ticket]:
    """Return those of the tickets that such a worker will have: 司机 a trip, 维修工 a repair, 师傅 either."""
    trades = (
        {Role.DRIVER} if re.search("司机|驾驶", whom) else {Role.TECHNICIAN} if "维修" in whom else set(Role)
    )
    return [t for t in own if (kind := stage.house.kinds.get(t.kind)) and kind.worker in trades]


def _worker(scene: Scene, ticket: Ticket) -> Person | None:
    """Return the driver or technician of a ticket."""
    found = ticket.fields.get("driver_person_id") or ticket.fields.get("technician_id")
    return scene.session.get(Person, found) if found else None


def _deliver(stage: Stage, ticket: Ticket, text: str, *, mine: bool, to: list[Person]) -> None:
    """Note the words in the history and owe them to the other side. Raises NotAllowed, Conflict."""
    session, now, sender = stage.scene.session, stage.scene.now, stage.person
    parts = parties_of(sender, ticket)
    if not (parts & {"requester"} if mine else parts - {"requester"}):
        raise NotAllowed("这张单子现在不归您办了，话没有发。" + lifecycle.situation(ticket))
    _still_open(stage, ticket)
    _not_too_many(stage, ticket)
    _check_reachable(to)
    reached = [p for p in to if people.is_reachable(p)]
    details = {"to": [p.id for p in reached]}
    tickets.note(session, ticket, actor=sender, action="message", reason=text, now=now, details=details)
    part = "申请人" if mine else "调度员" if "dispatcher" in parts else ""
    body = f"💬 {ticket.number} {part}{esc(sender.name)}：\n「{esc(text)}」"
    answer = fits(f"t:{REPLY}:{ticket.id}:{ticket.version}:{sender.id}")
    for person in reached:
        outbox.send(
            session,
            Message(text=body, buttons=((Button("回复", answer),),)),
            chat_id=person.chat_id or 0,
            person=person,
            ticket=ticket,
            purpose=Purpose.TICKET,
            now=now,
        )
    stage.say(Message(text=f"✅ 已转给{_names(ticket, reached)}，有回复会发到这里。"))


def _not_too_many(stage: Stage, ticket: Ticket) -> None:
    lately = stage.scene.session.scalar(
        select(func.count()).where(
            TicketEvent.ticket_id == ticket.id,
            TicketEvent.actor_id == stage.person.id,
            TicketEvent.action == "message",
            TicketEvent.at > stage.scene.now - timedelta(hours=1),
        )
    )
    if (lately or 0) >= MOST_AN_HOUR:
        raise Conflict(
            "这张单子一小时里留的话有点多了，话没有发。", alternative="着急请直接打电话，或过会儿再发。"
        )
