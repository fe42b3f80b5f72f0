"""What a kind of request is: a form to fill, a life to live, promises to keep.

A kind is one module in this package with a value `KIND = Kind(...)`; where the story is long, a folder whose `__init__`
reads like the form and whose chapters lie beside it. `find_kinds` collects them; adding a fifth kind is adding a file. Everything in a `Kind` is a value or a plain function that takes what it needs:

* `slots`   — the form: what to ask, how to read an answer, how to show it;
* `steps`   — the life: state × action × role → what happens (handlers.tickets.lifecycle runs it);
* `said`    — the words of its own for the reminders it owes, which are a table (desk/rules/reminders.yml).
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from desk.calendar import Calendar
    from desk.models import Person, Role, Ticket
    from desk.outbox import Button, Message
    from desk.rules import RuleBook
    from nlu.understanding import Request

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What handlers are given besides the session: built once at start, never changed."""

    kinds: Kinds
    calendar: Calendar
    rules: RuleBook
    # Where files made for people (lists, reports) are written before they are sent.
    exports: Path = Path("data") / "exports"
    # Whether news for those who serve waits for the end of quiet hours. Off where one person plays all of them (a sandbox).
    holds_cards: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One transaction on stage: the session, the present instant, the house and who acts (None: the desk itself)."""

    session: Session
    now: datetime
    house: House
    actor: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One blank of the form.

    `read(text, fields, now)` turns a typed answer into new field values or None when it is no answer;
    `check(value, fields, now)` turns the value understood in a sentence into field values; both raise BadInput for
    a value that cannot be. `now` is naive local time.
    """

    name: str
    title: str
    question: Callable[[Fields], str]
    read: Callable[[str, Fields, datetime], Fields | None]
    check: Callable[[Any, Fields, datetime], Fields]
    show: Callable[[Fields, datetime], str]
    missing: Callable[[Fields], bool]
    choices: Callable[[Fields, Scene], tuple[str, ...]] = lambda _fields, _scene: ()
    # A free-text blank takes nearly any words for an answer; the others must recognise theirs.
    free: bool = False
    # Words by which a value said later is one more, not another one (「多去一站」).
    adds: re.Pattern[str] | None = None
    # Whether the form has this blank at all, by what it already holds (a meeting has no 职级).
    applies: Callable[[Fields], bool] = lambda _f: True


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A way out offered as a button: the label, why, and the field values it sets."""

    label: str
    sets: Fields
    # One tap takes it and submits the form; otherwise the card is shown again.
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What the rules and the register say of a filled form, before it is submitted.

    `notes` are remarks on the card. `options` are offered in place of 「提交」 first when there is trouble
    (nothing free); `may_submit` False withholds 「提交」.
    """

    notes: tuple[str, ...] = ()
    trouble: str = ""
    options: tuple[Option, ...] = ()
    may_submit: bool = True
    # Remarks that are not kept for the card: said once, above the next question (a wish the rules forbid).
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """An action about to be done on a ticket."""

    scene: Scene
    ticket: Ticket
    action: str
    arg: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a deed does to its ticket: the state it goes to and whose hands it is in then."""

    state: str | None = None
    responsible: Person | None = None
    queue: str | None = None
    due_at: datetime | None = None
    close: bool = False
    reason: str = ""
    details: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A question an action leaves behind: the actor's next words are the argument of `action`.

    `expects` is a pattern the words must hold to count as the answer; other words go their usual way.
    """

    question: str
    action: str
    expects: str = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row of a kind's life: in these states, these people may do this, and then that happens.

    `by` names parties: requester, responsible, approver, dispatcher, driver, technician (see handlers.tickets.lifecycle).
    `do` makes the effects and returns the `Move`; `tell` sends what others must hear, after the move; `thanks` is what the
    actor hears, `then` what the actor is asked next. A step with `label` is shown as a button to those who may do it.
    `word` names it in the history where it has no label. After a `harmless` step, buttons made before it still hold.
    """

    action: str
    states: tuple[str, ...]
    by: tuple[str, ...]
    do: Callable[[Deed], Move]
    label: str = ""
    word: str = ""
    tell: Callable[[Deed], None] | None = None
    thanks: Callable[[Deed], str] | None = None
    then: Callable[[Deed], FollowUp | None] | None = None
    offered: Callable[[Scene, Ticket], bool] | None = None
    harmless: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A reminder owed while a ticket is in one of `states`: when, to whom, in which words.

    `when(ticket)` gives the instant (None: not owed); `to` names parties as in `Step.by`, or "queue".
    """

    name: str
    states: tuple[str, ...]
    when: Callable[[Ticket], datetime | None]
    to: tuple[str, ...]
    text: Callable[[Ticket, str, datetime], str]
    # Buttons under the reminder for one party (「签到」): they carry the ticket's version, which the reminder shares.
    buttons: Callable[[Ticket, str], tuple[tuple[Button, ...], ...]] = lambda _t, _p: ()
    # Whether it may be said in quiet hours though it is no emergency (an early trip).
    passes_quiet: Callable[[Ticket], bool] = lambda _t: False
    # It presses for what is not done (催办): held over lunch too, where an announcement is not.
    chases: bool = False
    # From when on it is of no use any more (None: always of use): missed by then, it expires unsaid.
    use_by: Callable[[Ticket], datetime | None] = lambda _t: None
    # The words for a late one, where those for the right time would not be true any more.
    late: Callable[[Ticket, str, datetime], str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeout:
    """A step the desk takes by itself when nobody did anything in time (an unanswered acceptance counts as a yes).

    While a ticket is in one of `states`, from the instant `when(ticket)` on, `action` is done with nobody as actor: a
    `Step` of that action with "desk" in `by`. handlers.tickets.timeouts runs them every few minutes.
    """

    states: tuple[str, ...]
    when: Callable[[Ticket], datetime | None]
    action: str


def awaits_nothing(
    _scene: Scene, _ticket: Ticket, _words: str, _enclosures: Sequence[Fields]
) -> tuple[str, Fields] | None:
    """Stand in `Kind.awaits` for the kinds whose open tickets wait for nothing."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of request. See the module docstring."""

    name: str
    title: str
    icon: str
    prefix: str
    intent: str
    slots: tuple[Slot, ...]
    steps: tuple[Step, ...]
    # Creates the ticket from a filled form: (scene, fields) -> ticket. Raises DeskError when it must be refused.
    submit: Callable[[Scene, Fields], Ticket]
    # The body of a ticket's card as one party sees it: lines of HTML.
    lines: Callable[[Scene, Ticket, str], list[str]]
    # Extra buttons above the steps' own (the ranked cars on the dispatcher's card).
    extra: Callable[[Scene, Ticket, str], tuple[tuple[Button, ...], ...]] = lambda _s, _t, _p: ()
    # It has a step of its own by which a dispatcher gives a ticket to a colleague (改派).
    passes_on_itself: bool = False
    # The step that puts a colleague in the place of whoever works on a ticket, None: nobody yet, the dispatchers choose:
    # (scene, ticket, colleague) -> (action, argument).
    relieve: Callable[[Scene, Ticket, Person | None], tuple[str, str]] | None = None
    # What the dispatchers may choose among, looked up once for a card: (scene, ticket, party) -> (lines below the
    # body, rows above the extra buttons).
    offers: Callable[[Scene, Ticket, str], tuple[list[str], tuple[tuple[Button, ...], ...]]] = (
        lambda _s, _t, _p: ([], ())
    )
    # A sub-menu of a card (which reason? which car?): (scene, ticket, menu name) -> message or None.
    menu: Callable[[Scene, Ticket, str], Message | None] = lambda _s, _t, _m: None
    advise: Callable[[Scene, Fields], Advice] = lambda _s, _f: Advice()
    # Applies changed fields to a submitted ticket; returns what the requester reads. None: not changeable.
    revise: Callable[[Scene, Ticket, Fields], str] | None = None
    changeable: tuple[str, ...] = ()
    defaults: Callable[[Scene, Fields], Fields] = lambda _s, _f: {}
    # What the words themselves tell beside the slots: (fields so far, words) -> field values. Pure.
    # `_not` names slots whose understood value is taken away: the four of 「四个人陪」 are no guests.
    listen: Callable[[Fields, str], Fields] = lambda _f, _t: {}
    # What another request of the same message is to this one: (this request, the other) -> slot values, None: nothing
    # (the car to the station belongs to the reception it was said with). Pure.
    absorbs: Callable[[Request, Request], Fields | None] = lambda _r, _o: None
    # What the table of reminders may say of a ticket beside its fields, by the name in braces there; unescaped.
    said: Callable[[Ticket], Mapping[str, object]] = lambda _t: {}
    # How many of the thing one request asks for (「订两间会议室」), one a form: (the request, its words) -> the slot values
    # each of them has of its own; empty: one. Pure.
    several: Callable[[Request, str], tuple[Fields, ...]] = lambda _r, _t: ()
    # Words that surely are a request of this kind whatever a classifier makes of them (a pasted official letter):
    # (words, naive local now) -> all they say. Pure.
    recognise: Callable[[str, datetime], Request | None] = lambda _t, _n: None
    # Blanks that alone make no request: 「带队的是王局长」 is about the reception there is already.
    details: tuple[str, ...] = ()
    # What the files sent along with a form mean for it: (enclosures) -> field values. Pure.
    received: Callable[[Sequence[Fields]], Fields] = lambda _e: {}
    # What an open ticket waits for (its letter): (scene, ticket, words, enclosures) -> (action, field values) or None.
    awaits: Callable[[Scene, Ticket, str, Sequence[Fields]], tuple[str, Fields] | None] = awaits_nothing
    timeouts: tuple[Timeout, ...] = ()
    # Danger that waits for no form: (scene, fields with what was "said") -> the ticket is to be made at once.
    at_once: Callable[[Scene, Fields], bool] | None = None
    # What a ticket made at once still has to ask its reporter (where is it?); None: nothing.
    then: Callable[[Scene, Ticket], FollowUp | None] = lambda _s, _t: None
    # Files sent along with a ticket, or added to it: (scene, ticket, file ids), after they were attached.
    filed: Callable[[Scene, Ticket, tuple[str, ...]], None] | None = None
    parties: tuple[str, ...] = ("requester",)
    worker: Role | None = None
    examples: tuple[str, ...] = ()

    def slot(self, name: str) -> Slot:
        """Return the blank of this name. Raises KeyError for an unknown one."""
        return next(s for s in self.slots if s.name == name)

    def first_missing(self, fields: Fields) -> Slot | None:
        """Return the first blank that still must be asked for."""
        return next((s for s in self.slots if s.missing(fields)), None)


@dataclass(frozen=True, slots=True)
class Kinds:
    """All kinds of the house, by name and by intent."""

    all: tuple[Kind, ...]

    def __iter__(self) -> Iterator[Kind]:
        return iter(self.all)

    def __getitem__(self, name: str) -> Kind:
        return next(k for k in self.all if k.name == name)

    def get(self, name: str | None) -> Kind | None:
        """Return the kind of this name, None for an unknown one."""
        return next((k for k in self.all if k.name == name), None)

    def by_intent(self) -> Mapping[str, str]:
        """Return intent -> kind name, as `nlu` needs it."""
        return {k.intent: k.name for k in self.all}


def find_kinds(paths: Iterable[str] | None = None, *, package: str = "handlers") -> Kinds:
    """Import every module of the package (or of `paths`) and collect the `KIND` values, in order of their file names."""
    found: list[Kind] = []
    where = list(paths) if paths is not None else list(importlib.import_module(package).__path__)
    for info in pkgutil.iter_modules(where):
        module = importlib.import_module(f"{package}.{info.name}")
        kind = getattr(module, "KIND", None)
        if isinstance(kind, Kind):
            found.append(kind)
    order = {name: i for i, name in enumerate(("vehicle", "room", "repair", "reception"))}
    return Kinds(tuple(sorted(found, key=lambda k: (order.get(k.name, 99), k.name))))
