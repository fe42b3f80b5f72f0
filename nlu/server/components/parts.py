"""Several texts in one question to Rasa: joined by the record separator U+001E, answered under `parts`, each by itself.

Rasa's HTTP interface takes one text, and asking costs more than answering: a message of five clauses would be six questions.
Classifier and tagger read a message through `parts_of` and leave their findings here.
"""

from __future__ import annotations

from typing import Any

from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

SEPARATOR = "\x1e"
PARTS = "parts"


def parts_of(message: Message) -> list[tuple[str, int]]:
    """The texts in a message and where each begins in it; one, for an ordinary message."""
    parts, start = [], 0
    for text in (message.get(TEXT) or "").split(SEPARATOR):
        parts.append((text, start))
        start += len(text) + len(SEPARATOR)
    return parts


def note(message: Message, name: str, values: list[Any]) -> None:
    """Put one finding per part beside those of the other components."""
    known = message.get(PARTS) or [{} for _ in values]
    message.set(PARTS, [{**part, name: value} for part, value in zip(known, values)], add_to_output=True)
