"""What the tagger sees of each character: itself, its neighbours, pairs and triples, and the word lists it sits in.

Kept apart from Rasa so that it can be read and tried on its own. A tagger of single characters is blind to words; pairs
and triples of neighbours, and the place a character takes in a listed word (first, middle, last), give it the words back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

WINDOW = 3
DIGITS = frozenset("0123456789０１２３４５６７８９")
NUMERALS = frozenset("零〇一二三四五六七八九十百两俩仨")


def lengths_by_first(words: Iterable[str]) -> dict[str, list[int]]:
    """First character → how long the words are that begin with it, longest first: where to look, and nowhere else."""
    lengths: dict[str, set[int]] = {}
    for word in words:
        lengths.setdefault(word[0], set()).add(len(word))
    return {first: sorted(found, reverse=True) for first, found in lengths.items()}


class Lexicon:
    """Words by class, looked up by longest match from the left."""

    def __init__(self, words: dict[str, list[str]]) -> None:
        """Args: words: class name → its words (at least two characters each; shorter ones are ignored)."""
        self.words = words
        self._classes: dict[str, set[str]] = {}
        for name, members in words.items():
            for word in members:
                if len(word) > 1:
                    self._classes.setdefault(word.lower(), set()).add(name)
        self._lengths = lengths_by_first(self._classes)

    def mark(self, text: str) -> list[set[str]]:
        """For each character the marks `class:B|M|E` of the listed words that cover it."""
        lowered = text.lower()
        marks: list[set[str]] = [set() for _ in text]
        covered = 0
        for start, first in enumerate(lowered):
            for length in self._lengths.get(first, ()):
                classes = self._classes.get(lowered[start : start + length])
                if not classes or start + length > len(text):
                    continue
                if start + length > covered:
                    covered = start + length
                    _cover(marks, start, length, classes)
                break
        return marks


def _cover(marks: list[set[str]], start: int, length: int, classes: set[str]) -> None:
    for offset in range(length):
        place = "B" if offset == 0 else "E" if offset == length - 1 else "M"
        for name in classes:
            marks[start + offset].add(f"{name}:{place}")


def shape(character: str) -> str:
    """Digits are one class and so are letters: `305` and `402` should look alike."""
    if character in DIGITS:
        return "0"
    if character in NUMERALS:
        return "一"
    return character.lower()


def of_tokens(tokens: Sequence[str], starts: Sequence[int], text: str, lexicon: Lexicon) -> list[list[str]]:
    """One list of features per token, for crfsuite."""
    shapes = [shape(token) for token in tokens]
    padded = ["<<"] * WINDOW + shapes + [">>"] * WINDOW
    marks = lexicon.mark(text)
    lists = [sorted(marks[start]) for start in starts]
    features = []
    for index in range(len(tokens)):
        around = padded[index : index + 2 * WINDOW + 1]
        row = ["bias", f"={tokens[index]}"]
        row += [f"{offset - WINDOW}={item}" for offset, item in enumerate(around)]
        row += [f"{offset - WINDOW}~{a}{b}" for offset, (a, b) in enumerate(zip(around, around[1:]))]
        row += [f"{offset - WINDOW}^{a}{b}{c}" for offset, (a, b, c) in enumerate(zip(around[1:-1], around[2:], around[3:]), 1)]
        row += [f"w:{mark}" for mark in lists[index]]
        if index:
            row += [f"w-1:{mark}" for mark in lists[index - 1]]
        if index + 1 < len(tokens):
            row += [f"w+1:{mark}" for mark in lists[index + 1]]
        features.append(row)
    return features
