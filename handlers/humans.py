"""Handing over to people: 「转人工」, a complaint, and what the desk did not grasp."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import feedback, outbox, people, tickets
from desk.models import Purpose, Role
from desk.outbox import Message
from handlers import which
from handlers.words import esc
from nlu import rules as intents

if TYPE_CHECKING:
    from desk.models import Ticket
    from handlers.desk_side import Stage
    from handlers.turn import Said
    from nlu.understanding import Request

NO_WORDS = "（没有留话）"


def complain(stage: Stage, request: Request, said: Said) -> None:
    """Pass a complaint on, tied to the ticket it is about where there is one."""
    found = which.meant(stage, request, said, open_only=False)
    if found:
        tickets.note(
            stage.scene.session,
            found[0],
            actor=stage.person,
            action="complain",
            reason=said.text[:500],
            now=stage.scene.now,
        )
    _to_humans(stage, said.text, head="反映问题", ticket=found[0] if found else None)
    about = f"（关于 {found[0].number}）" if found else ""
    stage.say(Message(text=f"对不住，给您添麻烦了{about}。已经转给值班人员，会尽快联系您。"))


def human(stage: Stage, request: Request, said: Said) -> None:
    """Hand the person over to a human."""
    hand_over(stage, said.text)


def hand_over(stage: Stage, text: str) -> None:
    """Tell the dispatchers that somebody wants a human, and tell the person whom to ring meanwhile."""
    if intents.whole(text) is None and text != NO_WORDS:
        # Not just 「转人工」: something was wanted that the desk did not grasp.
        feedback.collect(stage.scene.session, text, why=feedback.Why.HANDED_OVER, now=stage.scene.now)
    _to_humans(stage, text, head="请求人工")
    phone = stage.house.rules.parameter("vehicle", "duty_phone")
    stage.say(Message(text=f"已经通知值班人员，马上联系您。着急请拨值班电话 {esc(phone)}。"))


def _to_humans(stage: Stage, text: str, *, head: str, ticket: Ticket | None = None) -> None:
    session = stage.scene.session
    kind = ticket.kind if ticket else None
    told = people.people_with(session, Role.DISPATCHER, kind=kind) or people.people_with(session, Role.ADMIN)
    home = f"（{stage.person.department.name}）" if stage.person.department else ""
    number = f" {ticket.number}" if ticket else ""
    for person in told[:5]:
        if person.chat_id is None or person.id == stage.person.id:
            continue
        body = f"🙋 {head}{number}：{esc(stage.person.name + home)} {esc(stage.person.phone)}\n「{esc(text[:500])}」"
        outbox.send(
            session,
            Message(text=body),
            chat_id=person.chat_id,
            person=person,
            purpose=Purpose.TICKET,
            now=stage.scene.now,
        )
