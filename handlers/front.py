"""The front desk: whatever was heard comes here, inside one open transaction, and goes to where it belongs.

Who is it? Somebody unbound gets a polite refusal and nothing else. What is it? A press, a command, a file, or words.
Words go through the dialogue (pure), whose outcome is carried out here. Every press is answered, every refusal carries
its reason and another way, and nothing is committed here: `bot` began the transaction and will end it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

from desk import groups as chats
from desk import outbox, people
from desk.errors import DeskError, NotAllowed
from desk.instants import to_local
from desk.models import Person, Purpose
from desk.models import Talk as TalkRow
from desk.outbox import Message, PressAnswer
from handlers import answers, dialogue, words
from handlers.answers import about, alarm, messages, orders, spoken
from handlers.counter import commands, conversation, enclosed, presses, starting
from handlers.desk_side import Stage
from handlers.dialogue import talk, turn
from handlers.forms import followup, shelf
from handlers.kinds import Scene
from handlers.staff import groups, handover, on_duty, roster, todo

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from handlers.dialogue.turn import Said
    from handlers.heard import Heard
    from handlers.kinds import House

# How drivers, technicians and dispatchers ask for their work in words.
MY_DUTIES = re.compile(
    r"(?:有|派)(?:没有)?我的?(?:活|任务|单)|我(?:今天|明天|手里|手上|还)?(?:有|的)(?:什么|啥|几个|哪些)?(?:活|任务|要办的)|(?:今天|明天|后天|现在|手里|手上|还)(?:都)?有(?:什么|啥|几个|哪些|几趟)(?:活儿?|任务|单子?|车要出|趟)|有活儿?(?:吗|没|么)|等我办的|待办|(?:看|查|有没有|有)(?:一?下)?(?:超时|待领|待派)的?(?:单子?|活)|^(?:超时|待领)的?单子?$"
)

TALKS: Table = TalkRow.__table__  # type: ignore[assignment]
KEEP = {
    name: (insert := dialect.insert(TALKS)).on_conflict_do_update(
        index_elements=[TALKS.c.chat_id, TALKS.c.person_id],
        set_={"data": insert.excluded.data, "updated_at": insert.excluded.updated_at},
    )
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}

__all__ = ["apologise", "handle", "needs_understanding"]


def needs_understanding(heard: Heard) -> bool:
    """Say whether the words of `heard` should be understood before `handle` sees them."""
    return (
        bool(heard.text)
        and not heard.command
        and heard.press is None
        and (heard.is_private or heard.addressed)
    )


def handle(session: Session, heard: Heard, *, house: House, now: datetime) -> None:
    """Deal with one thing that was heard, at the instant `now`. Adds rows; never commits. Never raises DeskError."""
    if not heard.is_private and not heard.addressed and heard.press is None:
        return
    person = people.person_of(session, heard.user_id)
    if heard.membership:
        _note_membership(session, person, heard)
        return
    if heard.command == "start" and heard.text and heard.is_private:
        commands.bind(session, heard, house=house, now=now)
        return
    if person is None or not person.active:
        _refuse_unknown(session, heard, house=house, now=now)
        return
    if heard.is_private:
        person.chat_id, person.reachable = heard.chat_id, True
    stage = _stage(session, heard, person, house=house, now=now)
    shelf.expire(stage)  # said whatever becomes of what was heard
    try:
        with session.begin_nested():
            _route(stage, heard)
    except DeskError as error:
        _say_no(stage, heard, error)
    _keep(stage)


def apologise(session: Session, heard: Heard, *, now: datetime) -> None:
    """Say sorry after the last failed attempt to handle `heard`."""
    if heard.press is not None:
        answer = PressAnswer(
            callback_id=heard.press.callback_id, text="抱歉，出了差错，请再试一次", alert=True
        )
        outbox.send(session, answer, chat_id=heard.chat_id, purpose=Purpose.CALLBACK, now=now)
    if heard.is_private:
        outbox.send(session, Message(text=words.APOLOGY), chat_id=heard.chat_id, now=now)


def _route(stage: Stage, heard: Heard) -> None:
    if heard.press is not None:
        if not heard.is_private and heard.press.data[:2] in ("f:", "q:", "h:", "d:", "w:"):
            raise NotAllowed(words.IN_PRIVATE)
        presses.pressed(stage, heard.press)
    elif not heard.is_private:
        _in_group(stage, heard)
    elif heard.command:
        commands.obey(stage, heard)
    elif heard.enclosures:
        if not _alarmed(stage, heard):
            enclosed.enclosed(stage, heard)
    elif heard.text:
        _words(stage, heard)
    else:
        stage.say(
            Message(text="这条消息我没看到文字。请直接打字说要办的事，比如「明天九点用车去机场，两个人」。")
        )


def _in_group(stage: Stage, heard: Heard) -> None:
    """Answer in a group what is for everybody's eyes; all else goes on in the private chat of whoever asks."""
    if groups.heard(stage, heard) or _alarmed(stage, heard):
        return
    said = turn.said_of(heard, now=stage.local_now)
    if said.intent == "policy_question" and not said.clarify:
        answers.answer(stage, said.requests[0], said)
        return
    person, session = stage.person, stage.scene.session
    if person.chat_id is None or not person.reachable or not heard.text or heard.command:
        stage.say(Message(text=words.ONLY_PRIVATE))
        return
    row = session.get(TalkRow, (person.chat_id, person.id), with_for_update=True)
    aside = replace(
        stage,
        chat_id=person.chat_id,
        private=True,
        talk=talk.from_json(row.data) if row else talk.Talk(),
        talk_at=row.updated_at if row else stage.scene.now,
    )
    stage.say(Message(text=words.MOVED))
    shelf.expire(aside)
    _words(aside, heard)
    _keep(aside)


def _words(stage: Stage, heard: Heard) -> None:
    if _alarmed(stage, heard):
        return
    if messages.taken(stage, heard.text):
        conversation.prompt(stage)
        return
    said = conversation.surely(stage, turn.said_of(heard, now=stage.local_now))
    if followup.sure(stage, heard.text) or starting.in_words(stage, said):
        return
    if not followup.is_request(stage, said) and followup.pending(stage, heard.text):
        conversation.prompt(stage)
        return
    if _about_work(stage, heard, said) or _acted(stage, heard.text) or alarm.added(stage, said):
        return
    if (
        enclosed.given(stage, heard.text)
        or messages.spoken(stage, heard.text)
        or messages.news(stage, heard.text)
    ):
        return
    if presses.option_said(stage, heard.text):
        return
    if heard.edited and conversation.edited(stage, said):
        return
    if heard.nlu_down and not stage.talk.form:
        stage.note("（智能理解正在启动，我先按关键词听，您也可以点按钮办。）")
    stage.talk, outcome = dialogue.advance(stage.talk, said, kinds=stage.house.kinds)
    conversation.carry_out(stage, outcome, said)


def _acted(stage: Stage, text: str) -> bool:
    """Take words that stand for a press: the label of a button, or the step a ticket waits for. Return whether they did."""
    if presses.label_said(stage, text):
        return True
    taken = spoken.taken(stage, text)
    if taken:
        conversation.prompt(stage)
    return taken


def _about_work(stage: Stage, heard: Heard, said: Said) -> bool:
    """Answer what is said about the work itself: who is on duty, what waits, handing over, the desk itself. Return whether it was that."""
    # Somebody else's leave before one's own: 「刘师傅明天请假」 is not the dispatcher's.
    if stage.talk.form is None and (
        handover.begin(stage, heard.text, said)
        or roster.begin(stage, heard.text)
        or orders.given(stage, heard.text)
    ):
        return True
    if on_duty.is_asked(heard.text):
        on_duty.answer(stage, heard.text)
    elif MY_DUTIES.search(heard.text) and commands.works(stage.person):
        todo.show(stage, heard.text)
    elif not about.answered(stage, heard.text):
        return False
    conversation.prompt(stage)
    return True


def _alarmed(stage: Stage, heard: Heard) -> bool:
    """Deal with danger at once, then with what else was said; return whether there was danger."""
    if not heard.text:
        return False
    said = turn.said_of(heard, now=stage.local_now)
    left = alarm.raise_alarm(stage, said, heard)
    if left is said:
        return False
    if left is not None and stage.private:
        stage.talk, outcome = dialogue.advance(stage.talk, left, kinds=stage.house.kinds)
        conversation.carry_out(stage, outcome, left)
    return True


def _stage(session: Session, heard: Heard, person: Person, *, house: House, now: datetime) -> Stage:
    row = session.get(TalkRow, (heard.chat_id, person.id))
    return Stage(
        scene=Scene(session=session, now=now, house=house, actor=person),
        person=person,
        chat_id=heard.chat_id,
        private=heard.is_private,
        talk=talk.from_json(row.data) if row else talk.Talk(),
        talk_at=row.updated_at if row else now,
        local_now=to_local(now),
    )


def _keep(stage: Stage) -> None:
    session = stage.scene.session
    # What else waits to be written goes first: it may be this very talk, seen from another side.
    session.flush()
    talk_of = {"chat_id": stage.chat_id, "person_id": stage.person.id}
    kept = {"data": stage.talk.to_json(), "updated_at": stage.scene.now}
    session.execute(KEEP[session.get_bind().dialect.name], talk_of | kept)


def _say_no(stage: Stage, heard: Heard, error: DeskError) -> None:
    text = words.esc(error.words) + (f"\n💡 {words.esc(error.alternative)}" if error.alternative else "")
    if heard.press is None:
        stage.say(Message(text=text))
        return
    # A box over the chat holds 200 characters; what is longer is said in full below.
    stage.answer_press(heard.press, error.words[:190], alert=True)
    if len(error.words) > 190 or error.alternative:
        stage.say(Message(text=text))


def _refuse_unknown(session: Session, heard: Heard, *, house: House, now: datetime) -> None:
    if heard.press is not None:
        answer = PressAnswer(
            callback_id=heard.press.callback_id, text="您的账号还没有绑定，不能操作", alert=True
        )
        outbox.send(session, answer, chat_id=heard.chat_id, purpose=Purpose.CALLBACK, now=now)
    elif heard.is_private:
        scene = Scene(session=session, now=now, house=house, actor=None)
        told = {"said": heard.text}
        in_danger = any(k.at_once is not None and k.at_once(scene, told) for k in house.kinds)
        text = f"{words.RING_FIRST}\n\n{words.UNKNOWN_PERSON}" if in_danger else words.UNKNOWN_PERSON
        outbox.send(session, Message(text=text), chat_id=heard.chat_id, now=now)


def _note_membership(session: Session, person: Person | None, heard: Heard) -> None:
    gone = heard.membership in ("kicked", "left")
    if person is not None and heard.is_private:
        person.reachable = not gone
    elif gone:
        chats.unbind(session, heard.chat_id)
