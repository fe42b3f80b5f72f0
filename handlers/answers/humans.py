"""Handing over to people: 「转人工」, a complaint, and what the desk did not grasp.

A call reaches the dispatchers of the kind in hand (all of them when there is none), each with a button to take it. Who takes it is named
to the caller and to the others. Calling again meanwhile tells nobody anew: it says who was told, or who is coming.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desk import feedback, outbox, people, tickets
from desk.errors import BadInput, Conflict, NotAllowed
from desk.models import OutboxMessage, Person, Purpose, Role
from desk.models import Talk as TalkRow
from desk.outbox import Button, Message
from handlers.answers import which
from handlers.dialogue import talk as talks
from handlers.words import esc, fits
from nlu import rules as intents

if TYPE_CHECKING:
    from desk.models import Ticket
    from handlers.desk_side import Stage
    from handlers.dialogue.turn import Said
    from handlers.heard import Press
    from nlu.understanding import Request

NO_WORDS = "（没有留话）"
# However many dispatchers there are, so many are called.
MOST_CALLED = 8
COMPLAINS_OF_NOTHING = re.compile(
    r"(?:我?(?:要|想)?(?:投诉|提意见|提个意见|提建议|反映问题|反映个问题|建议|意见)(?:一下)?)[。.!！吧]*"
)
ONLY_CALLS = re.compile(r"[^，。,]{0,5}(?:人工|真人|客服|值班的?人?)[^，。,]{0,3}")
WHAT_ABOUT = "您说，是什么事、哪张单子？我原样转给负责人。"


def complain(stage: Stage, request: Request, said: Said) -> None:
    """Pass a complaint on, tied to the ticket it is about where there is one; one without words is asked for."""
    if COMPLAINS_OF_NOTHING.fullmatch(said.text.strip()):
        stage.talk = replace(stage.talk, pending={"what": "complaint"})
        stage.say(Message(text=WHAT_ABOUT))
        return
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
    _tell(stage, said.text, head="反映问题", ticket=found[0] if found else None)
    about = f"（关于 {found[0].number}）" if found else ""
    stage.say(Message(text=f"对不住，给您添麻烦了{about}。已经转给值班人员，会尽快联系您。"))


def human(stage: Stage, request: Request, said: Said) -> None:
    """Hand the person over to a human."""
    hand_over(stage, said.text)


def hand_over(stage: Stage, text: str) -> None:
    """Call a human and tell the person whom to ring meanwhile; a call that is still open is not made twice."""
    is_bare = intents.whole(text) is not None or text == NO_WORDS or bool(ONLY_CALLS.fullmatch(text.strip()))
    if not is_bare:
        # Not just 「转人工」: something was wanted that the desk did not grasp.
        feedback.collect(stage.scene.session, text, why=feedback.Why.HANDED_OVER, now=stage.scene.now)
    phone = esc(stage.house.rules.parameter("vehicle", "duty_phone"))
    called = stage.talk.called
    if _is_open(stage):
        if not is_bare and text != called.get("text"):
            _pass_on(stage, text)
        who = f"{called['by']}已经接了您的事" if called.get("by") else f"已经转给{called['names']}"
        stage.say(Message(text=f"{esc(who)}，请稍候。着急请拨值班电话 {phone}。"))
        return
    stamp = int(stage.scene.now.timestamp()) // 60  # calls are never made twice within a minute
    button = Button("我来联系", fits(f"c:take:{stage.person.id}:{stamp}"))
    told = _tell(stage, text, head="请求人工", button=button)
    if not told:
        stage.say(Message(text=f"值班的同志这会儿都不在线上，请直接拨值班电话 {phone}。"))
        return
    names = "、".join(person.name for person, _ in told[:3]) + ("等值班人员" if len(told) > 3 else "")
    call = {"stamp": stamp, "names": names, "by": "", "text": text[:500], "rows": [row.id for _, row in told]}
    stage.talk = replace(stage.talk, called={**call, "at": stage.scene.now.isoformat()})
    stage.say(Message(text=f"已经转给{esc(names)}，马上联系您。着急请拨值班电话 {phone}。"))


def pressed(stage: Stage, press: Press, rest: str) -> None:
    """Take a call (`c:take:<person>:<stamp>`): the first dispatcher wins. Raises Conflict for one who came later."""
    verb, _, rest = rest.partition(":")
    number, _, stamp = rest.partition(":")
    if verb != "take" or not (number.isdigit() and stamp.isdigit()) or len(rest) > 30:
        raise BadInput("这个按钮我不认识，可能是旧版本的消息")
    if not (stage.person.has_role(Role.DISPATCHER) or stage.person.has_role(Role.ADMIN)):
        raise NotAllowed("这一步不归您办")
    session = stage.scene.session
    caller = session.get(Person, int(number))
    row = session.get(TalkRow, (caller.chat_id, caller.id), with_for_update=True) if caller else None
    talk = talks.from_json(row.data) if row is not None else talks.Talk()
    if caller is None or row is None or str(talk.called.get("stamp")) != stamp:
        raise Conflict("这次求助已经过去了，不用再接")
    if talk.called.get("by"):
        raise Conflict(f"已经由{talk.called['by']}接了")
    row.data = replace(talk, called={**talk.called, "by": stage.person.name}).to_json()
    _mark_taken(stage, talk.called)
    if caller.chat_id is not None:
        text = (
            f"🙋 {esc(stage.person.name)}接了您的事，马上联系您。电话 {esc(stage.person.phone) or '见通讯录'}"
        )
        outbox.send(session, Message(text=text), chat_id=caller.chat_id, person=caller, now=stage.scene.now)
    stage.answer_press(press, f"好的，请联系{caller.name} {caller.phone}".strip())


def _mark_taken(stage: Stage, called: dict[str, object]) -> None:
    rows = called.get("rows")
    for number in rows if isinstance(rows, list) else []:
        told = stage.scene.session.get(OutboxMessage, number)
        if told is not None:
            text = f"{told.payload['text']}\n✋ 已由{esc(stage.person.name)}接手"
            outbox.send(
                stage.scene.session, Message(text=text), chat_id=told.chat_id, edits=told, now=stage.scene.now
            )


def _is_open(stage: Stage) -> bool:
    """Say whether the last call was made within the last minutes (`human_minutes`)."""
    at = stage.talk.called.get("at")
    minutes = stage.house.rules.parameter("vehicle", "human_minutes")
    return bool(at) and stage.scene.now - datetime.fromisoformat(str(at)) < timedelta(minutes=minutes)


def _pass_on(stage: Stage, text: str) -> None:
    """Send what was said since to those who were called, without ringing anew."""
    body = f"🙋 {esc(stage.person.name)}又说：「{esc(text[:500])}」"
    for number in stage.talk.called.get("rows", ()):
        told = stage.scene.session.get(OutboxMessage, number)
        if told is not None:
            outbox.send(
                stage.scene.session,
                Message(text=body, silent=True),
                chat_id=told.chat_id,
                purpose=Purpose.TICKET,
                now=stage.scene.now,
            )


def _tell(
    stage: Stage, text: str, *, head: str, ticket: Ticket | None = None, button: Button | None = None
) -> list[tuple[Person, OutboxMessage]]:
    """Tell the dispatchers concerned; return who was told in which row."""
    session = stage.scene.session
    form = stage.talk.form
    kind = ticket.kind if ticket else form.kind if form else None
    found = people.people_with(session, Role.DISPATCHER, kind=kind) or people.people_with(session, Role.ADMIN)
    home = f"（{stage.person.department.name}）" if stage.person.department else ""
    number = f" {ticket.number}" if ticket else ""
    body = (
        f"🙋 {head}{number}：{esc(stage.person.name + home)} {esc(stage.person.phone)}\n「{esc(text[:500])}」"
    )
    told = []
    for person in [p for p in found if p.chat_id is not None and p.id != stage.person.id][:MOST_CALLED]:
        row = outbox.send(
            session,
            Message(text=body, buttons=((button,),) if button else ()),
            chat_id=person.chat_id or 0,
            person=person,
            purpose=Purpose.TICKET,
            now=stage.scene.now,
        )
        told.append((person, row))
    return told
