"""Presses of buttons: what the data says, checked anew each time, and always answered.

`f:` buttons belong to the open form and carry its token; `t:` buttons act on a ticket and carry its version; `r:` buttons put a
reminder down or bring it back later; `c:` buttons take a call for a human, `h:` buttons hand over at the end of a shift, `d:` buttons turn the queue's pages; `w:` buttons change the roster; `q:` buttons start something. The data is trusted for nothing: whoever presses is checked by role, the ticket by state and version.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from desk import outbox
from desk.errors import BadInput, Conflict, NotAllowed
from desk.outbox import Button, Message
from handlers import answers, dialogue, forms
from handlers.answers import humans, messages
from handlers.counter import conversation, starting
from handlers.dialogue import turn
from handlers.forms import followup
from handlers.heard import Press
from handlers.staff import groups, handover, roster, todo
from handlers.tickets import cards, lifecycle, reminded
from handlers.tickets.parties import parties_of
from handlers.words import esc

if TYPE_CHECKING:
    from desk.models import Ticket
    from handlers.desk_side import Stage

# What stands around the name of what is chosen.
_AROUND = re.compile(
    r"^(?:那就|那|就|我?要|订|选|换|改|用|给我|帮我|排)+|(?:那一?[间个台辆]|这一?[间个台辆]|[吧呗啊了。.！!])+$"
)
LONGEST_CHOICE = 20
# Shorter words (「取消」, 「修改」) are heard as what they say.
SHORTEST_LABEL = 3
STALE = "这张卡片已经处理过了"
UNKNOWN = "这个按钮我不认识，可能是旧版本的消息"
LONG_NUMBER = re.compile(r"\d{10}")


def pressed(stage: Stage, press: Press) -> None:
    """Act on a press and answer it. Raises DeskError for what must be refused; the caller answers then."""
    if _is_forged(press.data):
        raise BadInput(UNKNOWN)
    sort, _, rest = press.data.partition(":")
    if sort == "f":
        _on_form(stage, press, rest)
    elif sort == "t":
        _on_ticket(stage, press, rest)
    elif sort == "h":
        handover.pressed(stage, rest)
    elif sort == "d":
        todo.pressed(stage, press, rest)
    elif sort == "w":
        roster.pressed(stage, press, rest)
    elif sort == "r":
        reminded.pressed(stage, press, rest)
    elif sort == "c":
        humans.pressed(stage, press, rest)
    elif sort == "q":
        starting.chosen(stage, rest, pressed=press.message_id)
    else:
        raise BadInput(UNKNOWN)
    stage.answer_press(press)


def _is_forged(data: str) -> bool:
    """Say whether data holds a number none of our buttons holds: in other digits (²), or beyond what a column can hold."""
    odd = any(character.isdigit() and not character.isascii() for character in data)
    # A form's own words may hold a telephone number.
    return odd or (not data.startswith("f:") and LONG_NUMBER.search(data) is not None)


# ── the open form ───────────────────────────────────────────────────────────────────────────────────


def _on_form(stage: Stage, press: Press, rest: str) -> None:
    verb, _, rest = rest.partition(":")
    token, _, arg = rest.partition(":")
    form = stage.talk.form
    if form is None or token != str(stage.talk.token):
        number = stage.talk.done.get(token, "")
        if stage.talk.shelved is not None and form is None and token == str(stage.talk.token):
            raise Conflict("这张放得太久，先收起来了。要办就点下面的「接着办」。")
        raise Conflict(f"{STALE}，单号 {number}。" if number else f"{STALE}。要办事请直接说。")
    said = turn.Said(text=arg, now=stage.local_now)
    if verb == "submit":
        stage.answer_press(press, "正在提交…")
        conversation.carry_out(stage, turn.Submit(), said)
    elif verb == "leave":
        stage.answer_press(press, "好的")
        stage.talk = stage.talk.closed()
        conversation.carry_out(stage, turn.Left(changing=form.ticket is not None), said)
    elif verb == "fix":
        conversation.carry_out(stage, turn.WhatToChange(), said)
    elif verb == "ask":
        _ask(stage, arg)
    elif verb == "say":
        stage.talk, outcome = dialogue.advance(stage.talk, said, kinds=stage.house.kinds)
        conversation.carry_out(stage, outcome, said)
    elif verb == "opt":
        _option(stage, arg)
    else:
        raise BadInput(UNKNOWN)


def _ask(stage: Stage, name: str) -> None:
    form = stage.talk.form
    if form is None or name not in {s.name for s in stage.house.kinds[form.kind].slots}:
        raise BadInput("这一项改不了")
    stage.talk, _ = dialogue.ask_slot(stage.talk, name)
    forms.ask(stage, name)


def option_said(stage: Stage, text: str) -> bool:
    """Take words that name one of the ways out offered on the card (「候补」, 「订505那间」). Return whether they did."""
    form = stage.talk.form
    options = (form.fields.get("_options") if form and not form.asking else None) or []
    words = _AROUND.sub("", text.strip())
    if not options or not 2 <= len(words) <= LONGEST_CHOICE:
        return False
    named = [i for i, option in enumerate(options) if words in str(option.get("_label") or "")]
    if len(named) != 1:
        return False
    _option(stage, str(named[0]))
    return True


def label_said(stage: Stage, text: str) -> bool:
    """Take words that are the label of a button under the last message (「只取消这一次」). Return whether they were."""
    words = text.strip().rstrip("。.！!")
    if stage.talk.form is not None or not SHORTEST_LABEL <= len(words) <= LONGEST_CHOICE:
        return False
    row = outbox.last_with_buttons(stage.scene.session, chat_id=stage.chat_id)
    # Urging is heard as what it says; its answer is more than a tick.
    buttons = [b for line in row.payload["buttons"] for b in line] if row is not None else []
    data = next(
        (
            b["data"]
            for b in buttons
            if b["label"] == words and b["data"].startswith("t:") and not b["data"].startswith("t:urge")
        ),
        "",
    )
    if row is None or not data:
        return False
    pressed(stage, Press(callback_id="", data=data, message_id=row.message_id))
    stage.say(Message(text=f"{esc(words)} ✓"))
    return True


def _option(stage: Stage, arg: str) -> None:
    form = stage.talk.form
    options = (form.fields.get("_options") if form else None) or []
    if not arg.isdigit() or int(arg) >= len(options):
        raise Conflict("这个办法已经变了，请看最新的卡片")
    values = dict(options[int(arg)])
    at_once = values.pop("_at_once", False)
    values.pop("_label", None)
    stage.talk, outcome = dialogue.set_fields(stage.talk, values, kinds=stage.house.kinds)
    if at_once and isinstance(outcome, turn.Confirm):
        outcome = turn.Submit()
    conversation.carry_out(stage, outcome, turn.Said(text="", now=stage.local_now))


# ── a ticket ────────────────────────────────────────────────────────────────────────────────────────


def _on_ticket(stage: Stage, press: Press, rest: str) -> None:
    action, _, rest = rest.partition(":")
    number, _, rest = rest.partition(":")
    version, _, arg = rest.partition(":")
    if not (number.isdigit() and version.isdigit()) or len(number) > 12 or len(version) > 9:
        raise BadInput(UNKNOWN)
    ticket = lifecycle.fetch(stage.scene, int(number))
    if not stage.private:
        groups.check_press(stage, ticket, action)
    if not parties_of(stage.person, ticket):
        raise NotAllowed("这张单子与您无关，不能操作")
    if action in messages.ACTIONS:
        messages.pressed(stage, ticket, action=action, arg=arg)
        return
    if action in ("menu", "back", "edit", "urge", "pass_on"):
        _beside(stage, press, ticket, action=action, version=int(version), arg=arg)
        return
    deed, step = lifecycle.perform(stage.scene, ticket=ticket, action=action, version=int(version), arg=arg)
    stage.settle_question(pressed=press.message_id)
    stage.answer_press(press, f"{step.label or step.word or '好的'} ✓")
    if stage.private:
        followup.afterwards(stage, deed, step)
    else:
        groups.after_take(stage, ticket)


def _beside(stage: Stage, press: Press, ticket: Ticket, *, action: str, version: int, arg: str) -> None:
    """Deal with buttons that change the card or open a form, but not the ticket."""
    parts = parties_of(stage.person, ticket)
    if action == "back" and stage.talk.question is not None:
        stage.settle_question(pressed=press.message_id)
    if not lifecycle.is_current(stage.scene, ticket, version):
        raise Conflict("这张卡片已经过时了。" + lifecycle.situation(ticket))
    if action in ("edit", "urge") and "requester" not in parts:
        raise NotAllowed("只有申请人可以这样办。" + lifecycle.situation(ticket))
    if action == "edit":
        conversation.edit_ticket(stage, ticket)
    elif action == "urge":
        stage.answer_press(press, answers.urge(stage, ticket))
    elif action == "pass_on":
        handover.pass_on(stage, ticket, arg)
    elif action == "menu":
        _menu(stage, ticket, arg, parts=parts)
    else:
        _rewrite(stage, ticket, None, parts=parts)


def _menu(stage: Stage, ticket: Ticket, name: str, *, parts: set[str]) -> None:
    kind = stage.house.kinds[ticket.kind]
    message: Message | None
    if name == "cancel" and "requester" in parts:
        head = cards.compose(stage.scene, kind, ticket, party="requester").text
        sure = (
            Button("确认取消", cards.press("cancel", ticket)),
            Button("返回", cards.press("back", ticket)),
        )
        message = kind.menu(stage.scene, ticket, name) or Message(
            text=f"{head}\n\n确定要取消这张单子吗？", buttons=(sure,)
        )
    elif parts & {"dispatcher", "responsible"}:
        own = handover.menu(stage.scene, ticket) if name == "pass_on" and "dispatcher" in parts else None
        message = own or kind.menu(stage.scene, ticket, name)
    else:
        raise NotAllowed("这一步不归您办。" + lifecycle.situation(ticket))
    if message is None:
        raise BadInput(UNKNOWN)
    _rewrite(stage, ticket, message, parts=parts)


def _rewrite(stage: Stage, ticket: Ticket, message: Message | None, *, parts: set[str]) -> None:
    row = cards.card_in(stage.scene.session, ticket, chat_id=stage.chat_id)
    party = (row.card if row else None) or next(iter(sorted(parts)))
    kind = stage.house.kinds[ticket.kind]
    said = message or cards.compose(stage.scene, kind, ticket, party=party)
    if row is None:
        stage.say(said)
    else:
        cards.rewrite(stage.scene, ticket, row, said)
