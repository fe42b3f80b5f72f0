"""Sentences as weighed character n-grams that know what they do not know.

The usual TF-IDF drops n-grams it has never seen and stretches the rest to unit length: of a sentence about something
else, the few familiar characters (「帮我」「明天」「几点」) then speak with full voice, and the classifier is sure of nonsense. Here the
unseen n-grams keep their weight in the length. A sentence full of strangers comes out short, its scores come out
low, and the bot asks instead of guessing. On real out-of-scope sentences this alone took away a third of the false accepts.

Pairs of characters that stand near each other but not side by side are looked at too: 「换个大点的屋」 and 「屋子太小，换一间」 share no
n-gram and mean the same. Of out-of-scope sentences taken for requests they spared every second one.

Beside the n-grams stand the word lists a sentence touches, and the cues (`nlu/vocabulary/cues.yml`): what is learnt of one word
for ordering a car, or of one disease, is learnt of all of them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.sparse import csr_matrix

from nlu.server.components.features import Lexicon, lengths_by_first

LONGEST = 3
REACH = 5
"""How far apart the two characters of a loose pair may stand; measured."""
CUE = "#"
CUE_VOICE = 1.7
"""How much louder a cue speaks than an n-gram; measured."""
_DIGIT = re.compile(r"\d")
_PAUSE = re.compile(r"[，。！？、,.!?；;~…\s]+")


def even(text: str) -> str:
    """The text with every digit alike and every pause alike, and its ends marked."""
    return f"^{_PAUSE.sub(' ', _DIGIT.sub('0', text.lower())).strip()}$"


class Sight:
    """What a sentence is looked at with: word lists and cues, as `class → words`."""

    def __init__(self, *, words: dict[str, list[str]], cues: dict[str, list[str]]) -> None:
        self.words = words
        self.cues = cues
        self._lexicon = Lexicon(words)
        self._cue_classes: dict[str, set[str]] = {}
        for name, members in cues.items():
            for word in members:
                self._cue_classes.setdefault(word.lower(), set()).add(name)
        self._cue_lengths = lengths_by_first(self._cue_classes)

    def features(self, text: str) -> Counter[str]:
        """The n-grams and loose pairs of a sentence, the word lists and pairs of lists it touches, and its cues, counted."""
        evened = even(text)
        found: Counter[str] = Counter()
        for length in range(1, LONGEST + 1):
            found.update([evened[at : at + length] for at in range(len(evened) - length + 1)])
        del found[" "], found["^"], found["$"]
        found.update(_loose_pairs(evened))
        classes = sorted({mark.partition(":")[0] for marks in self._lexicon.mark(evened) for mark in marks})
        found.update([f"%{name}" for name in classes])
        found.update([f"%{a}%{b}" for i, a in enumerate(classes) for b in classes[i + 1 :]])
        found.update([CUE + name for name in self._cues(text.lower())])
        return found

    def _cues(self, text: str) -> set[str]:
        found: set[str] = set()
        for start, first in enumerate(text):
            for length in self._cue_lengths.get(first, ()):
                names = self._cue_classes.get(text[start : start + length])
                if names:
                    found |= names
        return found


def _loose_pairs(evened: str) -> list[str]:
    return [
        f"~{first}{second}"
        for at, first in enumerate(evened)
        if first != " "
        for second in evened[at + 2 : at + REACH + 1]
        if second != " "
    ]


class Grams:
    """A fitted vocabulary of n-grams with their weights."""

    def __init__(self, *, names: Sequence[str], weights: np.ndarray, stranger: float) -> None:
        """Args: names and weights of the known n-grams; `stranger`: the weight of an unknown one."""
        self.names = list(names)
        self.weights = weights
        self.stranger = stranger
        self._weights: list[float] = weights.tolist()
        self._index = {name: index for index, name in enumerate(self.names)}

    @classmethod
    def fit(cls, texts: Iterable[str], sight: Sight, *, seldom: int = 2) -> Grams:
        """Learn which n-grams there are; those in fewer than `seldom` sentences stay strangers, so that training
        sentences have their share of them as new sentences will."""
        sentences: Counter[str] = Counter()
        total = 0
        for text in texts:
            sentences.update(sight.features(text).keys())
            total += 1
        known = {name: count for name, count in sorted(sentences.items()) if count >= seldom}
        weights = np.array([math.log((total + 1) / (count + 1)) + 1 for count in known.values()])
        return cls(names=list(known), weights=weights, stranger=math.log((total + 1) / 2) + 1)

    def transform(self, texts: Sequence[str], sight: Sight) -> csr_matrix:
        """One row per text, of length one or, with strangers in it, less."""
        starts, columns, values = [0], [], []
        for text in texts:
            indices, weights = self.row(text, sight)
            columns.append(indices)
            values.append(weights)
            starts.append(starts[-1] + len(indices))
        empty = np.zeros(0)
        data = np.concatenate([empty, *values])
        return csr_matrix((data, np.concatenate([empty, *columns]).astype(int), starts), shape=(len(texts), len(self.names)))

    def row(self, text: str, sight: Sight) -> tuple[np.ndarray, np.ndarray]:
        """Which n-grams a text has, and how much each weighs."""
        indices, values = [], []
        squares = 0.0
        for name, count in sight.features(text).items():
            index = self._index.get(name)
            value = self.stranger if index is None else self._weights[index]
            if name[0] == CUE:
                value *= CUE_VOICE
            if count > 1:
                value *= 1 + math.log(count)
            squares += value * value
            if index is not None:
                indices.append(index)
                values.append(value)
        return np.array(indices, dtype=int), np.array(values) / (math.sqrt(squares) or 1.0)
