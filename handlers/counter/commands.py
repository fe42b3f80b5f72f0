"""Slash commands and the menus that offer them, by role; and `/start CODE`, which binds a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import outbox, people
from desk.errors import DeskError
from desk.models import Person, Role
from desk.outbox import CommandMenu, Message
from handlers import answers
from handlers.answers import humans
from handlers.counter import conversation
from handlers.dialogue import turn
from handlers.staff import groups, handover, todo
from handlers.words import esc
from nlu.understanding import Request

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from handlers.desk_side import Stage
    from handlers.heard import Heard
    from handlers.kinds import House

EVERYBODY = (
    ("new", "办事：用车、用房、报修、接待"),
    ("mine", "我的单子"),
    ("human", "转人工"),
    ("leave", "退出正在填的单子"),
    ("help", "怎么用"),
)
WORKERS = (("queue", "待办单子"), ("handover", "交班、请假"))
WORKING = (Role.DISPATCHER, Role.DRIVER, Role.TECHNICIAN, Role.APPROVER, Role.ADMIN)
ROLE_WORDS = {
    Role.EMPLOYEE: "职工",
    Role.APPROVER: "审批人",
    Role.DISPATCHER: "调度员",
    Role.DRIVER: "驾驶员",
    Role.TECHNICIAN: "维修工",
    Role.ADMIN: "管理员",
}


def menu_for(person: Person) -> CommandMenu:
    """Return the command menu of a person: workers see their duties first."""
    return CommandMenu(commands=(WORKERS if works(person) else ()) + EVERYBODY)


def works(person: Person) -> bool:
    """Say whether tickets come to a person to be worked on."""
    return any(person.has_role(role) for role in WORKING)


def bind(session: Session, heard: Heard, *, house: House, now: datetime) -> None:
    """Bind the account to the person the code was made for, and welcome them; refuse kindly otherwise."""
    try:
        with session.begin_nested():
            person = people.bind(
                session, code=heard.text.strip(), telegram_id=heard.user_id, chat_id=heard.chat_id, now=now
            )
    except DeskError as error:
        text = esc(error.words) + (f"\n💡 {esc(error.alternative)}" if error.alternative else "")
        outbox.send(session, Message(text=text), chat_id=heard.chat_id, now=now)
        return
    roles = "、".join(ROLE_WORDS[Role(g.role)] for g in person.grants if g.role in set(Role)) or "职工"
    home = f"（{person.department.name}）" if person.department else ""
    text = f"✅ 绑定成功：{esc(person.name + home)}，身份：{roles}。\n直接说要办的事就行，比如「明天下午两点派辆商务车去龙嘉机场接人，3个人」。"
    outbox.send(session, Message(text=text), chat_id=heard.chat_id, person=person, now=now)
    outbox.send(session, menu_for(person), chat_id=heard.chat_id, person=person, now=now)


def obey(stage: Stage, heard: Heard) -> None:
    """Obey a command."""
    said = turn.Said(text=heard.text, now=stage.local_now)
    nothing = Request(intent="", kind=None, slots={}, hints={})
    match heard.command:
        case "start" | "help":
            answers.greet(stage, nothing, said)
            conversation.prompt(stage)
        case "new":
            stage.say(Message(text="要办哪一样？也可以直接说。", buttons=answers.menu_rows(stage)))
        case "mine":
            answers.query(stage, nothing, said)
        case "queue" | "duty":
            todo.show(stage, heard.text)
        case "handover":
            handover.begin(stage, "交班", said)
        case groups.COMMAND:
            stage.say(Message(text=groups.HOW))
        case "human":
            humans.hand_over(stage, heard.text or humans.NO_WORDS)
        case "leave" | "cancel" if stage.talk.form is None:
            stage.say(
                Message(text="现在没有正在填的单子。要撤已经提交的，发「我的单子」点那一张的「取消」。")
            )
        case "leave" | "cancel":
            stage.talk = stage.talk.closed()
            conversation.carry_out(stage, turn.Left(), said)
        case _:
            stage.say(
                Message(text=f"没有「/{esc(heard.command)}」这个命令。", buttons=answers.menu_rows(stage))
            )
