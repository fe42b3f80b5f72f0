"""What the desk says when it cannot do what was asked: one small tree, each error carrying its Chinese words.

A `DeskError` is an answer for a person, not a fault of the program; everything else that is raised is a fault.
"""

from __future__ import annotations


class DeskError(Exception):
    """An answer that is a no.

    `words` is what the person reads (Chinese, whole sentences). `rule` names the rule that decided (`CAR-3`) and
    `alternative` is what the person can do instead; either may be empty.
    """

    def __init__(self, words: str, *, rule: str = "", alternative: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.rule = rule
        self.alternative = alternative


class Refusal(DeskError):
    """A rule of the house says no."""


class Conflict(DeskError):
    """Somebody was faster: the resource is taken or what was on the screen is out of date."""


class NotAllowed(DeskError):
    """The person does not hold the role this needs."""


class BadInput(DeskError):
    """What was given cannot be used as it stands: an unknown code, an ambiguous name, an unreadable file."""
