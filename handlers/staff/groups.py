"""The dispatchers' group: an administrator binds it from inside, new tickets come to it, the first press takes one.

`/group 用车 报修` (or 「@bot 绑定调度群 用车」) binds the group to those kinds, without names to all of them; `/group 取消` ends it. What a
card shows there, and that every other card then says who took it, is told in `handlers.tickets.cards`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from desk import groups
from desk.errors import NotAllowed
from desk.models import Role, Ticket
from desk.outbox import Message
from handlers.tickets import cards
from handlers.words import IN_PRIVATE

if TYPE_CHECKING:
    from handlers.desk_side import Stage
    from handlers.heard import Heard

COMMAND = "group"
BIND = re.compile(
    r"(?:绑定|设为|设成|作为|当作|当)[^，。]{0,6}(?:调度|派单|工作)群|(?:调度|派单|工作)群[^，。]{0,4}绑定"
)
UNBIND = re.compile(r"取消|解绑|解除|不再|off", re.IGNORECASE)
ONLY_ADMIN = "调度群要由管理员来绑定，请管理员在群里发 /group。"
HOW = "把我拉进调度群，由管理员在群里发 <code>/group 用车 报修</code>（不写类别就是全部），新单子就会发到群里，谁先点「我来处理」就归谁。"
UNBOUND = "好的，新单子不再发到这个群。"
NOT_BOUND = "这个群本来就没有绑定。"


def heard(stage: Stage, said: Heard) -> bool:
    """Bind or unbind the group something was said in, if that is what was said. Return whether it was."""
    asked = said.command == COMMAND or (not said.command and BIND.search(said.text) is not None)
    unasked = UNBIND.search(said.text) is not None and (asked or "调度群" in said.text)
    if not (asked or unasked):
        return False
    if not stage.person.has_role(Role.ADMIN):
        stage.say(Message(text=ONLY_ADMIN))
    elif unasked:
        gone = groups.unbind(stage.scene.session, stage.chat_id)
        stage.say(Message(text=UNBOUND if gone else NOT_BOUND))
    else:
        _bind(stage, said.text)
    return True


def _bind(stage: Stage, text: str) -> None:
    scene = stage.scene
    named = [k for k in stage.house.kinds if k.title in text]
    groups.bind(scene.session, stage.chat_id, kinds=[k.name for k in named], by=stage.person, now=scene.now)
    titles = "、".join(k.title for k in named or stage.house.kinds)
    stage.say(
        Message(
            text=f"✅ 这个群绑好了：{titles}的新单子会发到这里，调度员谁先点「我来处理」就归谁。取消请发 /group 取消。"
        )
    )


def check_press(stage: Stage, ticket: Ticket, action: str) -> None:
    """Let only a dispatcher of the kind take a ticket in a group, and nobody do anything else there. Raises NotAllowed."""
    if action != "take":
        raise NotAllowed(IN_PRIVATE)
    if not stage.person.has_role(Role.DISPATCHER, kind=ticket.kind):
        title = stage.house.kinds[ticket.kind].title
        raise NotAllowed(f"这张单子由{title}调度员来接，您不用点。")


def after_take(stage: Stage, ticket: Ticket) -> None:
    """Show whoever took a ticket in the group where to go on with it: a fresh card in their private chat."""
    kind = stage.house.kinds[ticket.kind]
    lead = "✋ 您在群里接下了这张单子"
    cards.show(stage.scene, kind, ticket, party="dispatcher", to=(stage.person,), lead=lead)
