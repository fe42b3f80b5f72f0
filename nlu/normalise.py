"""What people type, made even: simplified characters, half-width forms, mended typos, nothing invisible.

Everything behind it (the classifier, the time layer, the word lists) sees only normalised text; the words as typed are kept by
the caller for the ticket. Typos are data (`nlu/vocabulary/typos.yml`); the ones that depend on context, such as 保修 for 报修,
are rules there and not plain replacements.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from opencc import OpenCC

from nlu import words
from nlu.homophones import Homophones

LONGEST = 2000
"""Characters looked at; an official letter is shorter, and nothing longer is a request to a desk."""

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\u00ad]")
_NOT_BY_SOUND = frozenset({"purpose", "urgency", "visitors", "region"})
"""Lists of ordinary words, which sound like other ordinary words: 专家住 is no 专家组, 调度回 no 调度会."""
_CAN_NOT = re.compile(r"[\u4e00-\u9fff]不|没")
"""锁不上 sounds like 说不上, 关不了 like 管不了, 没声音 like 妹声音: such words are never mended by sound."""
_SPACES = re.compile(r"[ \t\u00a0\u3000\r\f\v]+")
_WIDE_COLON = re.compile(r"(?<=\d)：(?=\d)")
_KEPT_WIDE = frozenset("，。！？；：（）")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


@cache
def _typo_pattern() -> re.Pattern[str]:
    wrongs = sorted(words.typos().words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, wrongs)))


@cache
def _letters_pattern() -> re.Pattern[str]:
    shorts = sorted(words.typos().letters, key=len, reverse=True)
    return re.compile(
        rf"(?<![A-Za-z0-9-])(?:{'|'.join(map(re.escape, shorts))})(?![A-Za-z0-9-])", re.IGNORECASE
    )


@cache
def _rules() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(find), put) for find, put in words.typos().rules)


@cache
def _homophones() -> Homophones:
    typos = words.typos()
    named = (spoken for name, spoken in words.words().items() if name not in _NOT_BY_SOUND)
    known = {word for spoken in named for word in spoken if not _CAN_NOT.match(word)}
    return Homophones(known | set(typos.words.values()), never=typos.never)


def clean(text: str) -> str:
    """Half-width, simplified, printable, at most `LONGEST` characters; wording untouched."""
    text = "".join(_plain(character) for character in text[: 2 * LONGEST])
    text = _INVISIBLE.sub("", text)
    if _CHINESE.search(text):
        text = _simplifier().convert(text)
    text = _WIDE_COLON.sub(":", _SPACES.sub(" ", text))
    text = re.sub(r" *\n+ *", "\n", text)
    return text.strip()[:LONGEST]


def _plain(character: str) -> str:
    """One character evened out. Chinese punctuation stays wide; control characters and lone surrogates become spaces."""
    if character == "\n" or character in _KEPT_WIDE:
        return character
    category = unicodedata.category(character)
    if category in {"Cc", "Cs", "Cn", "Co", "Zl", "Zp"}:
        return " "
    code = ord(character)
    if 0xFF01 <= code <= 0xFF5E:
        return chr(code - 0xFEE0)
    return (
        unicodedata.normalize("NFKC", character)
        if 0xF900 <= code <= 0xFAFF or 0x2F00 <= code <= 0x2FDF
        else character
    )


# 「三零二」 said to a phone is room 302; a year (二零二六) has four.
_SPOKEN_ROOM = re.compile(
    r"(?<![零〇一二三四五六七八九十百点])([一二三四五六七八九])[零〇]([零一二三四五六七八九])(?![零〇一二三四五六七八九十年])"
)
_DIGITS = {character: str(number) for number, character in enumerate("零一二三四五六七八九")}


def mend(text: str) -> str:
    """Typos and homophones put right, by the word list, the rules that look around, and by sound."""
    typos = words.typos()
    text = _typo_pattern().sub(lambda found: typos.words[found.group()], text)
    for pattern, put in _rules():
        text = pattern.sub(put, text)
    text = _letters_pattern().sub(lambda found: typos.letters[found.group().lower()], text)
    text = _SPOKEN_ROOM.sub(lambda found: f"{_DIGITS[found[1]]}0{_DIGITS[found[2]]}", text)
    return _homophones().mend(text)


def normalise(text: str) -> str:
    """The text as the rest of the understanding sees it."""
    return mend(clean(text))
