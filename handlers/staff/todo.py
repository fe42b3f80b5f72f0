"""待办: the queue of a dispatcher, by kind and urgency, page by page; of everybody else what lies in their hands.

Each line names the state, whose hands it is in and by when; a button opens the card with everything that may be done.
The filters are buttons under the list, which is rewritten in place. They carry no secret: what is shown is looked up anew for
whoever presses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from desk.errors import BadInput
from desk.instants import brief
from desk.models import OutboxMessage, Role, Ticket
from desk.outbox import Button, Message
from handlers.tickets import showing
from handlers.tickets.parties import queue_of
from handlers.words import esc, fits, rows

if TYPE_CHECKING:
    from handlers.desk_side import Stage
    from handlers.heard import Press

PAGE = 8
EVERY = "all"
# What may be looked at: whatever waits for somebody here, only what nobody took, only one's own, only what is late, all.
VIEWS = {"todo": "等您办的", "free": "待领", "mine": "我的", "late": "超时", "open": "全部在办"}
UNKNOWN = "这个按钮我不认识，可能是旧版本的消息"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What of the queue is looked at."""

    kind: str = EVERY
    which: str = "todo"
    page: int = 0

    def data(self) -> str:
        """Return the callback data that shows this view."""
        return fits(f"d:{self.kind}:{self.which}:{self.page}")


def show(stage: Stage, text: str = "") -> None:
    """Show what waits for somebody; kinds named in the words (「报修待办」, 「超时的单子」) narrow it."""
    named = [k.name for k in stage.house.kinds if k.title in text and k.name in served(stage)]
    which = "late" if "超时" in text or "过期" in text else "free" if "待领" in text else "todo"
    stage.say(compose(stage, View(kind=named[0] if len(named) == 1 else EVERY, which=which)))


def pressed(stage: Stage, press: Press, rest: str) -> None:
    """Turn to another view, in the message whose button was pressed. Raises BadInput."""
    kind, _, more = rest.partition(":")
    which, _, page = more.partition(":")
    known = {k.name for k in stage.house.kinds} | {EVERY}
    if kind not in known or which not in VIEWS or not page.isdigit() or len(page) > 4:
        raise BadInput(UNKNOWN)
    message = compose(stage, View(kind=kind, which=which, page=int(page)))
    row = stage.scene.session.scalar(
        select(OutboxMessage)
        .where(OutboxMessage.chat_id == stage.chat_id, OutboxMessage.message_id == press.message_id)
        .order_by(OutboxMessage.id)
        .limit(1)
    )
    stage.say(message, edits=row if press.message_id is not None else None)


def compose(stage: Stage, view: View) -> Message:
    """Return the list with its buttons."""
    found = listed(stage, view)
    pages = max(1, -(-len(found) // PAGE))
    view = replace(view, page=min(view.page, pages - 1))
    shown = found[view.page * PAGE : (view.page + 1) * PAGE]
    kind = stage.house.kinds.get(view.kind)
    head = f"{VIEWS[view.which]}{'的' if view.which in ('free', 'late') else ''}单子（{len(found)}）"
    title = f"📋 {kind.title + '：' if kind else ''}{head}"
    if pages > 1:
        title += f"　第 {view.page + 1}/{pages} 页"
    lines = [_line(stage, t) for t in shown] or [
        "现在没有等您办的单子。" if view.which == "todo" else "没有。"
    ]
    buttons = [Button(t.number, fits(f"q:see:{t.id}")) for t in shown]
    return Message(
        text="\n".join([title, *lines]),
        buttons=(*rows(buttons, width=2), *_controls(stage, view, pages=pages)),
    )


def _line(stage: Stage, ticket: Ticket) -> str:
    now = stage.scene.now
    if ticket.due_at is None:
        return showing.one_line(stage, ticket)
    late = "⚠️ 已超时 " if ticket.due_at < now else ""
    return f"{showing.one_line(stage, ticket)}　{late}时限 {esc(brief(ticket.due_at, now=now))}"


def _controls(stage: Stage, view: View, *, pages: int) -> list[tuple[Button, ...]]:
    kinds_served = served(stage)
    turning = []
    if view.page > 0:
        turning.append(Button("上一页", replace(view, page=view.page - 1).data()))
    if view.page < pages - 1:
        turning.append(Button("下一页", replace(view, page=view.page + 1).data()))
    found = [tuple(turning)] if turning else []
    if kinds_served:
        offered = [name for name in VIEWS if name != view.which]
        views = [Button(VIEWS[name], View(kind=view.kind, which=name).data()) for name in offered]
        found += rows(views, width=4)
    if len(kinds_served) > 1:
        kinds = [
            (EVERY, "全部类别"),
            *((k.name, k.title) for k in stage.house.kinds if k.name in kinds_served),
        ]
        choices = [
            Button(title, View(kind=name, which=view.which).data())
            for name, title in kinds
            if name != view.kind
        ]
        found += rows(choices, width=5)
    return found


def served(stage: Stage) -> set[str]:
    """Return the kinds whose queue a person may look at."""
    if stage.person.has_role(Role.ADMIN):
        return {k.name for k in stage.house.kinds}
    return {k.name for k in stage.house.kinds if stage.person.has_role(Role.DISPATCHER, kind=k.name)}


def listed(stage: Stage, view: View) -> list[Ticket]:
    """Return the open tickets of a view, the most urgent first."""
    kinds = served(stage) & ({view.kind} if view.kind != EVERY else {k.name for k in stage.house.kinds})
    mine = Ticket.responsible_id == stage.person.id
    queues = Ticket.queue.in_([queue_of(kind) for kind in kinds])
    everything = Ticket.kind.in_(kinds)
    wanted = {
        "todo": or_(mine, queues),
        "free": queues,
        "mine": mine,
        "late": or_(mine, everything) & (Ticket.due_at < stage.scene.now),
        "open": or_(mine, everything),
    }[view.which]
    query = select(Ticket).where(Ticket.closed_at.is_(None), wanted)
    if view.kind != EVERY:
        query = query.where(Ticket.kind == view.kind)
    return list(stage.scene.session.scalars(query.order_by(Ticket.due_at, Ticket.id)))
