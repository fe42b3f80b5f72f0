"""Homophones of known words, mended by sound: 「多工能听」 is typed for 多功能厅, whoever thought of listing that.

Only words of three characters and more: two characters that sound alike are too often another word. Sounds are folded as
northern input methods and ears fold them: z/zh, c/ch, s/sh and en/eng are one.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING

# Single characters are all that is asked of it: its dictionary of phrases would take 45 MB of every process.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")
from pypinyin import Style, pinyin

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST = 3
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_FOLDS = ((re.compile(r"^([zcs])h"), r"\1"), (re.compile(r"(en)g$"), r"\1"))
_HOUR = re.compile(r"[上下中]午|[今明后]天|[早晚]上")
_MEANT = frozenset("一二三四五六七八九十两是时事的了在有个人要用去来到自己其取中及和做也就都还这那不没左右")
"""Characters so common that whoever typed one meant it."""


@lru_cache(maxsize=8192)
def sound(character: str) -> str:
    """The folded syllable of one character, itself if it has none."""
    syllable = pinyin(character, style=Style.NORMAL, heteronym=False)[0][0]
    for pattern, put in _FOLDS:
        syllable = pattern.sub(put, syllable)
    return syllable


def sounds(text: str) -> tuple[str, ...]:
    """The folded syllables of a text."""
    return tuple(sound(character) for character in text)


class Homophones:
    """Known words by their sound.

    Args:
        words: correct words; only those all in Chinese characters and long enough are used.
        never: stretches that sound like a word and are right as they are (「会议是」).
    """

    def __init__(self, words: Iterable[str], *, never: Iterable[str] = ()) -> None:
        self._by_sound: dict[tuple[str, ...], str] = {}
        self._words = frozenset(words)
        for word in sorted(self._words, key=lambda word: (len(word), word)):
            if len(word) >= SHORTEST and _CHINESE.fullmatch(word):
                self._by_sound.setdefault(sounds(word), word)
        self._lengths = sorted({len(key) for key in self._by_sound}, reverse=True)
        self._never = tuple(never)

    def mend(self, text: str) -> str:
        """The text with homophones of known words put right; its length does not change."""
        return _CHINESE.sub(lambda run: self._mend_run(run.group()), text)

    def _mend_run(self, run: str) -> str:
        if len(run) < SHORTEST:
            return run
        heard = sounds(run)
        pieces = []
        at = 0
        while at < len(run):
            word = self._at(run, heard, at) or run[at]
            pieces.append(word)
            at += len(word)
        return "".join(pieces)

    def _at(self, run: str, heard: tuple[str, ...], at: int) -> str | None:
        """The longest known word that sounds like the run from `at` on."""
        for length in self._lengths:
            stretch = run[at : at + length]
            word = self._by_sound.get(heard[at : at + length]) if len(stretch) == length else None
            if word is None:
                continue
            return word if self._mistaken(run, at, stretch, word) else stretch
        return None

    def _mistaken(self, run: str, at: int, stretch: str, word: str) -> bool:
        if _HOUR.search(stretch):  # 「上午返程」 is no 晌午饭
            return False
        if stretch in self._words or stretch[1:] in self._words or run.startswith(self._never, at):
            return False
        return not any(typed in _MEANT for typed, known in zip(stretch, word, strict=True) if typed != known)
