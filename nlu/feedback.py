"""Sentences learnt in use: what a reviewer accepted goes to `nlu/training/learned.yml` and is trained on like the rest.

Nobody marked places and things in these sentences, so they teach the classifier what a sentence means and the tagger
nothing (`unmarked: true`); whoever wants more writes the marks and moves the line to its kind's file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu import sentences
from nlu.sentences import Piece, Sentence

if TYPE_CHECKING:
    from pathlib import Path

FILE = "learned.yml"


class UnknownIntent(ValueError):
    """No training sentence has this intent; the message is Chinese and names those there are."""


def learn(text: str, *, intent: str, training: Path) -> bool:
    """Add a sentence to the learned ones; False when it is a training sentence already.

    Args:
        text: the sentence, without names.
        intent: what it means, one of the intents of the other files.
        training: the folder of the training files.

    Raises:
        UnknownIntent: there is no such intent.
    """
    file = training / FILE
    known = list(sentences.read(sorted(training.glob("*.yml"))))
    intents = sorted({sentence.intent for sentence in known})
    if intent not in intents:
        raise UnknownIntent(f"没有「{intent}」这个意图，可选：{'、'.join(intents)}")
    plain = " ".join(text.replace("[", "(").replace("]", ")").split()).lstrip("-# ")
    if not plain or any(sentence.text == plain for sentence in known):
        return False
    learned = list(sentences.read([file])) if file.exists() else []
    made = file.with_suffix(".new")
    sentences.write([*learned, Sentence(intent, (Piece(plain),), unmarked=True)], made)
    made.replace(file)
    return True
