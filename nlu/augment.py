"""More sentences out of the written ones, the same every time.

The files in `nlu/training/` are written by hand and stay so. Before training, each sentence gets a few siblings that a person
might as well have typed: another place where a place stood, another hour, no punctuation, a 「麻烦」 in front or a 「谢谢」 behind, a
typo. Words are swapped only for words of the same entity seen under the same intent, so that the siblings stay plausible.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from nlu import normalise
from nlu.sentences import Piece, Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Fillers = Mapping[tuple[str, str], Sequence[str]]
    Change = Callable[[Sentence, random.Random, Fillers], Sentence]

_DAYS = [
    "今天",
    "明天",
    "后天",
    "大后天",
    "周一",
    "周二",
    "周三",
    "周四",
    "周五",
    "周六",
    "星期二",
    "星期四",
    "礼拜三",
    "礼拜五",
    "下周一",
    "下周二",
    "下周三",
    "下周五",
    "这周五",
    "本周四",
    "今儿",
    "明儿",
    "后儿",
    "月底",
    "12月3号",
    "11月28日",
    "8号",
    "15号",
    "明日",
    "次日",
]
_PARTS = ["上午", "下午", "早上", "晚上", "中午", "头晌", "下晌", "一早", "傍晚"]
_CLOCKS = [
    "八点",
    "九点",
    "九点半",
    "十点",
    "两点",
    "两点半",
    "三点",
    "三点半",
    "四点",
    "五点",
    "8点",
    "8点半",
    "9点",
    "9:30",
    "10点",
    "2点",
    "2:30",
    "14:00",
    "15:30",
    "3点",
    "八点一刻",
    "一点半",
    "7:50",
    "16点",
    "8:00",
    "十点四十",
]
_DAY = re.compile("|".join(sorted(_DAYS, key=len, reverse=True)))
_PART = re.compile("|".join(_PARTS))
_CLOCK = re.compile(
    r"(?<![\d:：.])(?:\d{1,2}[:：]\d{2}|(?:1?\d|2[0-3]|[一二两三四五六七八九]|十[一二]?)点(?:半|一刻)?)(?![\d钟分多])"
)
_PUNCTUATION = re.compile(r"[，。！？、,.!?；;：]|(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
_REQUESTS = frozenset({"book_vehicle", "book_room", "report_repair", "arrange_reception"})
_BEFORE = [
    "麻烦",
    "麻烦您",
    "你好",
    "您好，",
    "请问",
    "师傅",
    "那个",
    "帮忙",
    "辛苦",
    "请",
    "请帮忙",
    "老师好，",
    "喂",
    "在吗",
    "劳驾",
    "在不，",
    "嗯",
]
_AFTER = [
    "谢谢",
    "，谢谢",
    "吧",
    "呗",
    "哈",
    "啊",
    "，麻烦了",
    "，辛苦",
    "，急",
    "行不",
    "行吗",
    "，可以吗",
    "呢",
    "。",
    "！",
    "？",
    "，收到请回复",
    "了",
    "，多谢",
]


def _swap_fillers(sentence: Sentence, dice: random.Random, fillers: Fillers) -> Sentence:
    pieces = tuple(
        replace(piece, text=dice.choice(fillers[sentence.intent, piece.entity]))
        if piece.entity and dice.random() < 0.6
        else piece
        for piece in sentence.pieces
    )
    return replace(sentence, pieces=pieces)


def _plain_pieces(sentence: Sentence, change: Callable[[str], str]) -> Sentence:
    pieces = tuple(piece if piece.entity else Piece(change(piece.text)) for piece in sentence.pieces)
    return replace(sentence, pieces=tuple(piece for piece in pieces if piece.text))


def _swap_times(sentence: Sentence, dice: random.Random, _: Fillers) -> Sentence:
    def change(text: str) -> str:
        text = _DAY.sub(lambda _: dice.choice(_DAYS), text)
        text = _PART.sub(lambda _: dice.choice(_PARTS), text)
        return _CLOCK.sub(lambda _: dice.choice(_CLOCKS), text)

    return _plain_pieces(sentence, change)


def _drop_punctuation(sentence: Sentence, dice: random.Random, _: Fillers) -> Sentence:
    put = dice.choice(["", "", " ", "，"])
    changed = _plain_pieces(sentence, lambda text: _PUNCTUATION.sub(put, text))
    return changed if changed.text.strip(" ，") else sentence


def _add_politeness(sentence: Sentence, dice: random.Random, _: Fillers) -> Sentence:
    pieces = sentence.pieces
    if dice.random() < 0.5:
        pieces = (Piece(dice.choice(_BEFORE)), *pieces)
    else:
        pieces = (*pieces, Piece(dice.choice(_AFTER)))
    return replace(sentence, pieces=pieces)


def _slip(sentence: Sentence, dice: random.Random, _: Fillers) -> Sentence:
    """Drop, double or exchange one character outside the marks, as thumbs do."""
    choices = [i for i, piece in enumerate(sentence.pieces) if not piece.entity and len(piece.text) > 2]
    if not choices:
        return sentence
    index = dice.choice(choices)
    text = sentence.pieces[index].text
    at = dice.randrange(len(text) - 1)
    slipped = dice.choice(
        [
            text[:at] + text[at + 1 :],
            text[:at] + text[at] + text[at:],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        ]
    )
    return replace(sentence, pieces=(*sentence.pieces[:index], Piece(slipped), *sentence.pieces[index + 1 :]))


_FOR_REQUESTS: tuple[tuple[Change, ...], ...] = (
    (_swap_fillers, _swap_times),
    (_swap_fillers, _drop_punctuation),
    (_swap_times, _add_politeness),
    (_swap_fillers, _swap_times, _slip),
)
_FOR_OTHERS: tuple[tuple[Change, ...], ...] = (
    (_drop_punctuation,),
    (_swap_times, _slip),
)


def _fillers(sentences: Iterable[Sentence]) -> Fillers:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for sentence in sentences:
        for piece in sentence.pieces:
            if piece.entity:
                found[sentence.intent, piece.entity].append(piece.text)
    return found


def normalised(sentence: Sentence) -> Sentence:
    """The sentence as the classifier will see it: pieces normalised one by one, so that the marks stay where they are."""
    pieces = []
    for piece in sentence.pieces:
        text = normalise.mend(_clean_keeping_edges(piece.text))
        if text:
            pieces.append(replace(piece, text=text))
    return replace(sentence, pieces=tuple(pieces))


def _clean_keeping_edges(text: str) -> str:
    body = normalise.clean(text)
    if not body:
        return " " if text else ""
    return (" " if text[0].isspace() else "") + body + (" " if text[-1].isspace() else "")


def augment(sentences: Iterable[Sentence], *, siblings: float = 1.0) -> list[Sentence]:
    """The sentences, normalised, each followed by its siblings; no text twice under one intent. Deterministic.

    Args:
        siblings: share of the possible siblings to make, 0 for none.
    """
    originals = list(dict.fromkeys(normalised(sentence) for sentence in sentences))
    fillers = _fillers(originals)
    seen = {(s.intent, s.text) for s in originals}
    result = []
    for sentence in originals:
        result.append(sentence)
        # Seeded by the sentence itself: adding one sentence to a file leaves the siblings of all others alone.
        dice = random.Random(sha256(f"{sentence.intent}\t{sentence.marked}".encode()).digest())  # noqa: S311 - no secret
        for changes in _FOR_REQUESTS if sentence.intent in _REQUESTS else _FOR_OTHERS:
            if dice.random() >= siblings:
                continue
            sibling = sentence
            for change in changes:
                sibling = change(sibling, dice, fillers)
            if (sibling.intent, sibling.text) not in seen:
                seen.add((sibling.intent, sibling.text))
                result.append(replace(sibling, made=True))
    return result
