"""Which ticket is meant: by its number, the kind the words name, what they point at, and what the person has open.

When several fit, the person chooses by button.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from desk import tickets
from desk.instants import to_local
from desk.models import Role
from desk.outbox import Button, Message
from handlers import showing, when
from handlers.parties import NAMED
from handlers.words import fits, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desk.models import Ticket
    from handlers.desk_side import Stage
    from handlers.turn import Said
    from nlu.understanding import Request

NUMBER = re.compile(r"(?<![A-Za-z])([A-Za-z]{2})[-— ]?(20\d{6})[-— ]?(\d{1,4})")
KIND_WORDS = {
    "vehicle": re.compile("车|司机|师傅到哪|驾驶员|派没派|车牌"),
    "room": re.compile("会议室|房间|用房|会场|场地|屋|会议|例会|会改|会推|会提前|开会"),
    "repair": re.compile("修|师傅|维修|灯|空调|坏"),
    "reception": re.compile("接待|来访|公函|客人|考察团|方案"),
}
_PLACE = re.compile(
    r"(?:就|那就|是|选|取消|改|催)?(?:第?(?P<n>[一二三四五六1-6])(?:[张个条单件项])?|(?P<last>最后|最下面)(?:那|这|一)?[张个条单])"
    r"(?:吧|呗|那个|那张)?[。.！!]?"
)
# What people call a ticket by.
POINTERS = ("destination", "visitor_org", "room_name", "object", "location", "user_name")


def meant(stage: Stage, request: Request, said: Said, *, open_only: bool = True) -> list[Ticket]:
    """Return the tickets that may be meant, the likeliest first."""
    session = stage.scene.session
    number = number_in(str(request.slots.get("ticket_no") or "") or said.text)
    if number:
        ticket = tickets.by_number(session, number)
        return [ticket] if ticket is not None and may_see(stage, ticket) else []
    kind = named_kind(stage, request, said)
    mine = tickets.heads(tickets.open_of(session, stage.person, kind=kind))
    if not mine and not open_only:
        mine = tickets.heads(tickets.latest_of(session, stage.person, kind=kind, limit=3))
    in_hands = [
        t for t in tickets.in_hands_of(session, stage.person) if t not in mine and kind in (None, t.kind)
    ]
    return narrowed(mine + in_hands if not open_only else mine, request, said)


def narrowed(found: list[Ticket], request: Request, said: Said) -> list[Ticket]:
    """Return those of `found` that the words point at (「把去净月那个取消」, 「明天的车」); all where they point at none."""
    named = [t for t in found if any(str(t.fields.get(f) or "□") in said.text for f in POINTERS)]
    day = when.day_of(request.slots.get("start")) if request.intent != "change_ticket" else None
    among = named or found
    dated = [t for t in among if day and t.starts_at and to_local(t.starts_at).date() == day]
    return dated or among


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


def picked(text: str, count: int) -> int | None:
    """Return which of `count` things offered is meant by its place: 「第二个」, 「1」, 「最后那张」 (from 0)."""
    found = _PLACE.fullmatch(text.strip())
    if not found:
        return None
    if found["last"]:
        return count - 1
    number = int(found["n"]) if found["n"].isdigit() else "一二三四五六".index(found["n"]) + 1
    return number - 1 if 1 <= number <= count else None


def choose(stage: Stage, found: Sequence[Ticket], *, verb: str, question: str) -> None:
    """Let the person choose by button which ticket is meant."""
    buttons = [
        Button(f"{t.number} {t.fields.get('destination') or t.state}"[:30], fits(f"q:{verb}:{t.id}"))
        for t in found[:6]
    ]
    lines = "\n".join(showing.one_line(stage, t) for t in found[:6])
    kept = stage.talk.pending if stage.talk.pending.get("what") == "change" else {"what": "choose"}
    if not stage.talk.pending.get("first"):
        offered = {"verb": verb, "tickets": [t.id for t in found[:6]]}
        stage.talk = replace(stage.talk, pending={**kept, **offered})
    stage.say(Message(text=f"{question}\n{lines}", buttons=rows(buttons, width=1)))
