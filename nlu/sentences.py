"""Reading and writing the training sentences: Rasa's YAML with `[words](entity)` marks.

A sentence is a row of pieces, each with the entity it carries or none; that is all the augmentation and the evaluation need.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_MARK = re.compile(r"\[([^\[\]]+)\]\(([^()]+)\)")
_LINE = re.compile(r"^\s*-\s?(.*)$")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters of a sentence and the entity they are, if any."""

    text: str
    entity: str | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One annotated training sentence."""

    intent: str
    pieces: tuple[Piece, ...]
    made: bool = False
    """Made from a written sentence by the augmentation, not written itself."""
    unmarked: bool = False
    """Nobody looked for entities in it: that none is marked says nothing."""

    @property
    def text(self) -> str:
        """The sentence without marks."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def marked(self) -> str:
        """The sentence as Rasa reads it."""
        return "".join(f"[{p.text}]({p.entity})" if p.entity else p.text for p in self.pieces)


def parse(intent: str, marked: str) -> Sentence:
    """One line of an `examples` block, without its dash."""
    pieces = []
    end = 0
    for found in _MARK.finditer(marked):
        if found.start() > end:
            pieces.append(Piece(marked[end : found.start()]))
        pieces.append(Piece(found[1], found[2]))
        end = found.end()
    if end < len(marked):
        pieces.append(Piece(marked[end:]))
    return Sentence(intent, tuple(pieces))


def read(files: Iterable[Path]) -> Iterator[Sentence]:
    """Every sentence of the training files, in order. Raises `ValueError` naming the file when one is not readable."""
    for file in files:
        try:
            content = yaml.safe_load(file.read_text("utf-8")) or {}
        except yaml.YAMLError as error:
            raise ValueError(f"训练数据 {file.name} 不是合法的 YAML：{error}") from error
        for block in content.get("nlu", ()):
            if "intent" not in block:
                continue
            unmarked = bool((block.get("metadata") or {}).get("unmarked"))
            for line in block.get("examples", "").splitlines():
                found = _LINE.match(line)
                if found and found[1].strip():
                    sentence = parse(block["intent"], found[1].strip())
                    yield replace(sentence, unmarked=True) if unmarked else sentence


def write(sentences: Iterable[Sentence], file: Path) -> None:
    """Write sentences as one Rasa training file, grouped by intent; what else is known of them goes into the metadata."""
    groups: dict[tuple[str, bool, bool], list[str]] = {}
    for sentence in sentences:
        groups.setdefault((sentence.intent, sentence.made, sentence.unmarked), []).append(sentence.marked)
    blocks = ['version: "3.1"', "nlu:"]
    for (intent, made, unmarked), lines in groups.items():
        blocks.append(f"- intent: {intent}")
        known = [f"    {name}: true" for name, holds in (("made", made), ("unmarked", unmarked)) if holds]
        if known:
            blocks += ["  metadata:", *known]
        blocks.append("  examples: |")
        blocks += [f"    - {line}" for line in lines]
    file.write_text("\n".join(blocks) + "\n", "utf-8")
