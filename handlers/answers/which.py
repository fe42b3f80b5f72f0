"""Which ticket is meant: by its number, the kind the words name, what they point at, and what the person has open.

When several fit, the person chooses by button.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from desk import tickets
from desk.instants import to_local
from desk.models import Role, Ticket
from desk.outbox import Button, Message
from handlers.dialogue import when
from handlers.tickets import showing
from handlers.tickets.parties import NAMED
from handlers.words import rows
from nlu import numbers, times

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from handlers.desk_side import Stage
    from handlers.dialogue.turn import Said
    from nlu.understanding import Request

NUMBER = re.compile(r"(?<![A-Za-z])([A-Za-z]{2})[-— ]?(20\d{6})[-— ]?(\d{1,4})")
KIND_WORDS = {
    "vehicle": re.compile("车|司机|师傅到哪|驾驶员|派没派|车牌"),
    "room": re.compile(
        "会议室|接待[室厅]|贵宾[室厅]|洽谈室|会见[室厅]|报告厅|多功能厅|礼堂|房间|用房|会场|场地|屋|会议|例会|会改|会推|会提前|开会|[的场个]会(?=在|几|什么|啥|是|定|$)"
    ),
    "repair": re.compile("修|师傅|维修|灯|空调|坏"),
    "reception": re.compile("接待(?![室厅])|来访|公函|客人|考察团|方案"),
}
_PLACE = re.compile(
    r"(?:就|那就|是|选|取消|改|催)?(?:第?(?P<n>[一二三四五六1-6])(?:[张个条单件项])?|(?P<last>最后|最下面)(?:那|这|一)?[张个条单])"
    r"(?:吧|呗|那个|那张)?[。.！!]?"
)
# What people call a ticket by.
POINTERS = ("destination", "visitor_org", "room_name", "object", "location", "user_name", "fault")
_DATES = re.compile(r"\d+\s*[月日号点:：时分]\d*")
_MADE = re.compile(
    r"(?P<when>刚才|刚刚|刚|今天|昨天|前天)[^，。,]{0,2}?(?:报|订|定|申请|提|约|叫|要)(?:修|上|好|交)?的"
)
_CHANGES = re.compile(r"改|换|挪|推迟|提前|延")
# Longer words are no choice among what was offered.
LONGEST_PICK = 15


def meant(stage: Stage, request: Request, said: Said, *, open_only: bool = True) -> list[Ticket]:
    """Return the tickets that may be meant, the likeliest first."""
    session = stage.scene.session
    number = number_in(str(request.slots.get("ticket_no") or "") or said.text)
    if number:
        ticket = tickets.by_number(session, number)
        return [ticket] if ticket is not None and may_see(stage, ticket) else []
    kind = named_kind(stage, request, said)
    day = _day_meant(request, said)  # of a row of meetings, the one of that day
    mine = tickets.heads(tickets.open_of(session, stage.person, kind=kind), day=day)
    if not mine and not open_only:
        mine = tickets.heads(tickets.latest_of(session, stage.person, kind=kind, limit=3))
    in_hands = [
        t for t in tickets.in_hands_of(session, stage.person) if t not in mine and kind in (None, t.kind)
    ]
    return narrowed(tickets.heads(mine + in_hands, day=day) if not open_only else mine, request, said)


def all_open(stage: Stage, request: Request, said: Said) -> list[Ticket]:
    """Return all the person's open requests where none is of the kind they named, and say that there is none."""
    found = tickets.heads(tickets.open_of(stage.scene.session, stage.person))
    kind = stage.house.kinds.get(named_kind(stage, request, said))
    if found and kind is not None:
        stage.note(f"您没有在办的{kind.title}单，在办的是这些：")
    return found


def narrowed(found: list[Ticket], request: Request, said: Said) -> list[Ticket]:
    """Return those of `found` that the words point at (「把去净月那个取消」, 「明天的车」); all where they point at none."""
    among = pointed_at(found, said.text) or found
    if made := _made_when(among, said):
        return made
    day = _day_meant(request, said)
    dated = [t for t in among if day and t.starts_at and to_local(t.starts_at).date() == day]
    return dated or among


def pointed_at(found: Sequence[Ticket], text: str) -> list[Ticket]:
    """Return the tickets whose place, thing or people the words name best; none when they name nothing of any."""
    bare = _DATES.sub("", text)
    scored = [(_closeness(t, bare), t) for t in found]
    best = max((score for score, _ in scored), default=0)
    return [t for score, t in scored if score == best > 0]


def _closeness(ticket: Ticket, text: str) -> int:
    """Return how well the words name what a ticket is about: a whole name best, then the longest part of one."""
    best = 0
    for value in (str(ticket.fields.get(f) or "") for f in POINTERS):
        if value and value in text:
            best = max(best, 10 + len(value))
            continue
        same = SequenceMatcher(a=value, b=text, autojunk=False).find_longest_match()
        part = value[same.a : same.a + same.size]
        if same.size >= (3 if part.isdigit() else 2):
            best = max(best, same.size)
    return best


def _made_when(found: list[Ticket], said: Said) -> list[Ticket]:
    """Return the tickets made when the words say they were (「昨天报的」, 「刚才订的」)."""
    told = _MADE.search(said.text)
    if told is None or not found:
        return []
    if told["when"].startswith("刚"):
        return [max(found, key=lambda t: t.id)]
    day = said.now.date() - timedelta(days=("今天", "昨天", "前天").index(told["when"]))
    return [t for t in found if to_local(t.created_at).date() == day]


def _day_meant(request: Request, said: Said) -> date | None:
    """Return the day by which a ticket is called; of a change only what stands before 「改」 calls it."""
    if request.intent != "change_ticket":
        return when.day_of(request.slots.get("start"))
    head = _CHANGES.split(said.text, maxsplit=1)[0]
    span = times.parse(head, said.now) if head != said.text else None
    return span.start.date() if span is not None and span.start is not None and span.has_date else None


def unknown_number(stage: Stage, request: Request, said: Said) -> bool:
    """Say so when a ticket number was named that is none of the person's. Return whether it was."""
    number = number_in(str(request.slots.get("ticket_no") or "") or said.text)
    if not number:
        return False
    ticket = tickets.by_number(stage.scene.session, number)
    if ticket is not None and may_see(stage, ticket):
        return False
    stage.say(
        Message(
            text=f"没有查到您的 {number}，请核对一下单号，或看看「我的单子」。",
            buttons=((Button("📋 我的单子", "q:mine"), Button("🙋 转人工", "q:human")),),
        )
    )
    return True


def of_interest(stage: Stage, text: str) -> list[Ticket]:
    """Return the tickets a person may be speaking to without asking for anything: the one named, or all at hand."""
    number = number_in(text)
    if number:
        ticket = tickets.by_number(stage.scene.session, number)
        return [ticket] if ticket is not None and may_see(stage, ticket) else []
    found = tickets.open_of(stage.scene.session, stage.person)
    for more in (
        tickets.in_hands_of(stage.scene.session, stage.person),
        tickets.latest_of(stage.scene.session, stage.person, limit=3),
    ):
        found += [t for t in more if t not in found]
    return found


def number_in(text: str) -> str:
    """Return the ticket number in the words as the register writes it, empty when there is none."""
    found = NUMBER.search(text)
    return f"{found[1].upper()}-{found[2]}-{int(found[3]):03d}" if found else ""


def may_see(stage: Stage, ticket: Ticket) -> bool:
    """Say whether the person has anything to do with a ticket."""
    own = ticket.requester_id == stage.person.id or ticket.responsible_id == stage.person.id
    part = stage.person.id in [ticket.fields.get(field) for field in NAMED.values()]
    boss = stage.person.has_role(Role.DISPATCHER, kind=ticket.kind) or stage.person.has_role(Role.ADMIN)
    return own or part or boss


def named_kind(stage: Stage, request: Request, said: Said) -> str | None:
    """Return the kind the words name, if they name one."""
    if request.kind and stage.house.kinds.get(request.kind):
        return request.kind
    known = next((name for name, pattern in KIND_WORDS.items() if pattern.search(said.text)), None)
    return known or next((k.name for k in stage.house.kinds if k.title in said.text), None)


def choose(
    stage: Stage, found: Sequence[Ticket], *, verb: str, question: str, request: Request, said: Said
) -> None:
    """Let the person choose which ticket is meant, by button or in words; what else was said waits with the question."""
    offered = list(found[:6])
    buttons = [showing.button(t, verb=verb) for t in offered]
    lines = "\n".join(showing.one_line(stage, t) for t in offered)
    stage.ask_once(Message(text=f"{question}\n{lines}", buttons=rows(buttons, width=1)))
    if stage.talk.pending.get("first"):
        return  # where the fire is comes before everything; the buttons still serve
    waiting = {"what": "choose", "verb": verb, "ids": [t.id for t in offered]}
    kept = {"slots": request.slots, "hints": request.hints, "said": said.text}
    stage.talk = replace(stage.talk, pending={**waiting, **kept})


def picked(stage: Stage, text: str) -> int | None:
    """Return the ticket the words choose among those just offered (「第二个」, 「净月那个」), None when they choose none."""
    waiting = stage.talk.pending
    if waiting.get("what") != "choose" or len(text) > LONGEST_PICK:
        return None
    ids = [int(i) for i in waiting["ids"]]
    if told := _PLACE.fullmatch(text.strip()):
        place = len(ids) if told["last"] else numbers.parse_int(told["n"]) or 0
        return ids[place - 1] if 0 < place <= len(ids) else None
    found = [t for t in (stage.scene.session.get(Ticket, i) for i in ids) if t is not None]
    span = times.parse(text, stage.local_now)
    day = span.start.date() if span is not None and span.start is not None and span.has_date else None
    among = pointed_at(found, text) or [
        t for t in found if day and t.starts_at and to_local(t.starts_at).date() == day
    ]
    return among[0].id if len(among) == 1 else None
