"""A dispatcher's orders in words: 「派给老王」, 「第二个派给郑师傅」, 「窗户那个改派程宏宇」, 「驳回灯那个」.

Whom the words name is looked for among the workers of the kinds a dispatcher serves, which ticket by its number, its place in
the list, or what it is about; with nothing said, it is the one nobody was sent to yet. What is done is the press of a button
the card has: the same step, with the same checks. Who serves no kind gives no orders here, whatever they write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desk import fleet, people
from desk.outbox import Button, Message
from handlers.answers import which
from handlers.forms import followup
from handlers.staff import todo
from handlers.tickets import cards, lifecycle, showing
from handlers.words import esc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from desk.models import Person, Ticket
    from handlers.desk_side import Stage
    from handlers.kinds import Kind

_SEND = r"(?:改?派(?:给|到|个|一下)?|转派(?:给)?|转给|交给|换成?|让|叫|安排|还是)(?:一下)?"
# Said with one of these somebody is sent, even if there is nothing to send them on.
_SURELY = re.compile(r"派|转给|交给")
_REJECT = re.compile(r"^(?:把)?(?P<before>.*?)(?:驳回|退回去?|打回去?)(?:了|吧|掉)?(?P<after>.*)$")
_ASKING = re.compile(r"[?？]|吗$|[么呢]$|怎么|咋|为什么|谁")
_PLACE = re.compile(r"第(?P<n>[一二三四五六七八1-8])[个张条件单]|(?P<last>最后)[一那]?[个张条]")
_THAT_ONE = re.compile(r"[那这](?:个|张|单|件)|的|把|[，,。！!\s]")
NUMERALS = "一二三四五六七八"
LONGEST = 40
SENDING = frozenset({"assign", "reassign"})
MOST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Somebody to be sent on a ticket: the step and its argument, as the button on the card has them."""

    ticket: Ticket
    action: str
    arg: str
    whom: Person


def given(stage: Stage, text: str) -> bool:
    """Carry out what a dispatcher orders in words; return whether the words were an order."""
    kinds = [k for k in stage.house.kinds if k.name in todo.served(stage)]
    words = text.strip()
    if stage.talk.form is not None or not kinds or len(words) > LONGEST or _ASKING.search(words):
        return False
    return _sends(stage, words, kinds) or _rejects(stage, words)


def _sends(stage: Stage, text: str, kinds: list[Kind]) -> bool:
    named = _named(stage, text, kinds)
    if not named:
        return False
    rest = re.sub("|".join(re.escape(said) for _, said in named), " ", text)
    open_ = _open(stage)
    found = [o for whom, _ in named for t in open_ for o in _orders(stage, t, whom)]
    meant = _meant(stage, list({o.ticket.id: o.ticket for o in found}.values()), rest)
    orders = [o for o in found if o.ticket in meant]
    if not orders and _PLACE.search(rest):
        orders = found  # a place in a list that looks different by now: better asked than guessed
    if len(orders) == 1 and orders[0].ticket in meant:
        _carry_out(stage, orders[0])
    elif orders:
        _choose(stage, orders)
    elif not _SURELY.search(text):
        return False
    else:
        whom = "、".join(esc(p.name) for p, _ in named)
        stage.say(Message(text=f"现在没有能派给{whom}的单子。发「待办」看看都在谁手里。"))
    return True


def _named(stage: Stage, text: str, kinds: list[Kind]) -> list[tuple[Person, str]]:
    """Return the workers the words send, with the words that do: 「派给老王」, 「让王师傅去」; the whole name beats the surname."""
    roles = {k.worker for k in kinds if k.worker is not None}
    workers = {p.id: p for role in roles for p in people.people_with(stage.scene.session, role)}
    whole, part = [], []
    for person in workers.values():
        surname = person.name[:1]
        by_name = re.search(rf"{_SEND}{re.escape(person.name)}", text)
        by_part = re.search(rf"{_SEND}(?:[老小大]{surname}|{surname}(?:师傅|工|哥|姐))", text)
        if by_name:
            whole.append((person, by_name[0]))
        elif by_part:
            part.append((person, by_part[0]))
    return whole or part


def _open(stage: Stage) -> list[Ticket]:
    """Return the open tickets of the queues one serves, the most urgent first."""
    return todo.listed(stage, todo.View(which="open"))


def _orders(stage: Stage, ticket: Ticket, whom: Person) -> list[Order]:
    """Return the button of the card by which `whom` is sent on `ticket`, if it has one."""
    kind = stage.house.kinds[ticket.kind]
    if kind.worker is None or not whom.has_role(kind.worker, kind=kind.name):
        return []
    for button in _buttons(stage, kind, ticket):
        _, action, _, _, arg = [*button.data.split(":", 4), "", "", "", ""][:5]
        if action in SENDING and _whose(stage, arg) == whom.id:
            return [Order(ticket=ticket, action=action, arg=arg, whom=whom)]
    return []


def _whose(stage: Stage, arg: str) -> int | None:
    """Return the person a button sends: a technician by their own number, a driver with a car as `car-driver`."""
    _, pair, number = arg.rpartition("-")
    if not number.isdigit():
        return None
    if not pair:
        return int(number)
    driver = fleet.driver_by_id(stage.scene.session, int(number))
    return driver.person_id if driver is not None else None


def _buttons(stage: Stage, kind: Kind, ticket: Ticket) -> Iterable[Button]:
    card = cards.compose(stage.scene, kind, ticket, party="dispatcher")
    menus = {b.data.rpartition(":")[2] for row in card.buttons for b in row if ":menu:" in b.data}
    more = kind.menu(stage.scene, ticket, "reassign") if "reassign" in menus else None
    for message in filter(None, (card, more)):
        for row in message.buttons:
            yield from row


def _meant(stage: Stage, found: list[Ticket], rest: str) -> list[Ticket]:
    """Return which of `found` the other words mean: by number, by place in the list, by what it is about; else those nobody has."""
    number = which.number_in(rest)
    if number:
        return [t for t in found if t.number == number]
    if place := _PLACE.search(rest):
        listed = todo.listed(stage, todo.View())
        at = -1 if place["last"] else (NUMERALS + "12345678").index(place["n"]) % 8
        return [t for t in found if listed[at : at + 1 or None] == [t]]
    pointed = which.pointed_at(found, _THAT_ONE.sub("", rest))
    if pointed:
        return pointed
    return [t for t in found if t.queue is not None or t.responsible_id == stage.person.id] or found


def _carry_out(stage: Stage, order: Order) -> None:
    ticket = lifecycle.fetch(stage.scene, order.ticket.id)
    if ticket.responsible_id == order.whom.id:
        stage.say(Message(text=f"已经在{esc(order.whom.name)}手里了：{showing.one_line(stage, ticket)}"))
        return
    deed, step = lifecycle.perform(stage.scene, ticket=ticket, action=order.action, arg=order.arg)
    stage.say(Message(text=f"{step.label or step.word} ✓ {showing.one_line(stage, ticket)}"))
    followup.afterwards(stage, deed, step)


def _choose(stage: Stage, orders: list[Order]) -> None:
    shown = orders[:MOST]
    lines = "\n".join(dict.fromkeys(showing.one_line(stage, o.ticket) for o in shown))
    buttons = tuple(
        (Button(f"{o.ticket.number} 派给{o.whom.name}", cards.press(o.action, o.ticket, o.arg)),)
        for o in shown
    )
    stage.say(Message(text=f"派哪一张？\n{lines}", buttons=buttons))


def _rejects(stage: Stage, text: str) -> bool:
    """Show the reasons to reject the ticket the words mean; the dispatcher picks one, nothing is refused without it."""
    told = _REJECT.match(text)
    if told is None or len(text) > LONGEST // 2:
        return False
    found = [t for t in _open(stage) if _reasons(stage, t) is not None]
    meant = _meant(stage, found, f"{told['before']}{told['after']}")
    if not meant:
        stage.say(Message(text="现在没有能驳回的单子。发「待办」看看都在谁手里。"))
        return True
    if len(meant) > 1:
        buttons = tuple((Button(f"{t.number} 驳回", cards.press("menu", t, "reject")),) for t in meant[:MOST])
        lines = "\n".join(showing.one_line(stage, t) for t in meant[:MOST])
        stage.say(Message(text=f"驳回哪一张？\n{lines}", buttons=buttons))
        return True
    message = _reasons(stage, meant[0])
    if message is not None:
        stage.say(message)
    return True


def _reasons(stage: Stage, ticket: Ticket) -> Message | None:
    kind = stage.house.kinds[ticket.kind]
    may = any(s.action == "reject" and ticket.state in s.states for s in kind.steps)
    return kind.menu(stage.scene, ticket, "reject") if may else None
