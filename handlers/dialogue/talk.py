"""Where a conversation stands, as plain values that can be stored between two messages.

A *form* is an open request being filled, or a submitted one being changed (`ticket`). *Parked* forms wait for their turn.
*Pending* is a question outside any form (「里程多少？」). The token counts forms: a button carries the token it
was made for, so that a press on a card of yesterday is recognised.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One request on its way to submission."""

    kind: str
    fields: Fields = field(default_factory=dict)
    asking: str = ""  # the slot asked for last; empty: everything is there, the card is shown
    said: str = ""  # the words it was made from, for rules that look at them
    ticket: int | None = None  # set while a submitted ticket is being changed
    version: int | None = None
    tries: int = 0  # how often the same question was answered in vain
    card: int | None = None  # the outbox row of the confirm card
    enclosures: tuple[Fields, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A conversation between two messages."""

    token: int = 0
    form: Form | None = None
    parked: tuple[Form, ...] = ()
    pending: Fields = field(default_factory=dict)
    done: Fields = field(default_factory=dict)  # token -> ticket number, for late presses
    shelved: Form | None = None  # a form left lying too long: put away, to be had back by a button
    refused: Form | None = None  # a form a rule said no to; the next words may mend it
    question: int | None = None  # the outbox row of the last question whose buttons serve once
    album: str = ""  # the album whose first photo was answered; the others need no answer
    called: Fields = field(default_factory=dict)  # the last call for a human: when, who was told, who came

    def opened(self, form: Form) -> Talk:
        """Return the talk with a new form open under a new token."""
        # A question that comes before everything (where is the fire?) outlives the opening of a form.
        kept = self.pending if self.pending.get("first") else {}
        if self.pending.get("files"):
            form = replace(form, enclosures=form.enclosures + tuple(self.pending["files"]))
        return replace(self, token=self.token + 1, form=form, pending=kept, refused=None)

    def with_form(self, form: Form) -> Talk:
        """Return the talk with the open form replaced."""
        return replace(self, form=form)

    def closed(self, *, number: str = "") -> Talk:
        """Return the talk without its form; `number` is the ticket that came of it."""
        done = dict(list(self.done.items())[-4:])
        done[str(self.token)] = number
        return replace(self, form=None, done=done)

    def turned_down(self) -> Talk:
        """Return the talk with its form refused: no longer open, but not forgotten before something else is wanted."""
        return replace(self.closed(), refused=None if self.form is None or self.form.ticket else self.form)

    def shelve(self) -> Talk:
        """Return the talk with its form put away; nothing of it is lost."""
        return replace(self.closed(), shelved=self.form)

    def to_json(self) -> dict[str, Any]:
        """Return plain values for storage."""
        return asdict(self)


def from_json(data: dict[str, Any] | None) -> Talk:
    """Read a stored talk; anything unreadable (an older shape) starts afresh rather than failing."""
    if not data:
        return Talk()
    try:
        form, shelved, refused = data.get("form"), data.get("shelved"), data.get("refused")
        return Talk(
            token=int(data.get("token", 0)),
            form=_form(form) if form else None,
            parked=tuple(_form(f) for f in data.get("parked", ())),
            pending=dict(data.get("pending") or {}),
            done=dict(data.get("done") or {}),
            shelved=_form(shelved) if shelved else None,
            refused=_form(refused) if refused else None,
            album=str(data.get("album") or ""),
            question=data.get("question"),
            called=dict(data.get("called") or {}),
        )
    except (TypeError, ValueError, KeyError):
        return Talk()


def _form(data: dict[str, Any]) -> Form:
    return Form(**{**data, "enclosures": tuple(data.get("enclosures", ()))})
