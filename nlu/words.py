"""The hand-written word lists of `nlu/vocabulary/`: canonical words, the words people say for them, and typing errors.

A list is `canonical: [other words]`; under the key `_` stand words that are kept as said. One file per entity, named after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent / "vocabulary"
TYPOS = "typos"
CUES = "cues"
"""Words that only the classifier looks at: they tell what a sentence is about, not what is in it."""
AS_SAID = "_"


@dataclass(frozen=True, slots=True)
class Typos:
    """What `typos.yml` says: whole words, context rules (pattern, replacement), Latin abbreviations, false homophones."""

    words: Mapping[str, str]
    rules: tuple[tuple[str, str], ...]
    letters: Mapping[str, str]
    never: tuple[str, ...]


def _read(file: Path) -> dict[str, Any]:
    content = yaml.safe_load(file.read_text("utf-8"))
    return content if isinstance(content, dict) else {}


@cache
def words(folder: Path = FOLDER) -> dict[str, dict[str, str]]:
    """Entity → {word as said: canonical word}; canonical words map to themselves."""
    lists: dict[str, dict[str, str]] = {}
    for file in sorted(folder.glob("*.yml")):
        if file.stem in {TYPOS, CUES}:
            continue
        spoken = lists.setdefault(file.stem, {})
        for canonical, others in _read(file).items():
            if canonical != AS_SAID:
                spoken[str(canonical)] = str(canonical)
            for word in others or ():
                spoken[str(word)] = str(word) if canonical == AS_SAID else str(canonical)
    return lists


@cache
def typos(folder: Path = FOLDER) -> Typos:
    """The typing errors people make, wrong → right."""
    content = _read(folder / f"{TYPOS}.yml")
    return Typos(
        words={str(wrong): right for right, wrongs in content.get("words", {}).items() for wrong in wrongs},
        rules=tuple((rule["find"], rule["put"]) for rule in content.get("rules", ())),
        letters={str(short).lower(): full for short, full in content.get("letters", {}).items()},
        never=tuple(content.get("never", ())),
    )
