"""What the pipeline's parts read besides the sentence: the word lists of `nlu/vocabulary/`, and who wrote the sentence."""

from __future__ import annotations

from pathlib import Path

from rasa.shared.nlu.training_data.message import Message
from rasa.shared.utils.io import read_yaml_file

NOT_WORDS = ("typos", "cues")
AS_SAID = "_"


def word_lists(folder: str) -> dict[str, list[str]]:
    """Class → words, from every `<class>.yml` of the folder: `canonical: [other words]`, and under `_` words kept as said."""
    lists = {}
    for file in sorted(Path(folder).glob("*.yml")):
        if file.stem in NOT_WORDS:
            continue
        found: set[str] = set()
        for canonical, others in read_yaml_file(file).items():
            found.update(str(word) for word in (canonical, *(others or ())) if word != AS_SAID)
        lists[file.stem] = sorted(found)
    return lists


def cues(folder: str) -> dict[str, list[str]]:
    """Class → words that tell what a sentence is about, from `cues.yml`: `class: [words]`."""
    file = Path(folder) / "cues.yml"
    return {name: [str(word) for word in words] for name, words in read_yaml_file(file).items()} if file.exists() else {}


def is_made(message: Message) -> bool:
    """Whether a training sentence was made by the augmentation and not written by hand."""
    return _noted(message, "made")


def is_unmarked(message: Message) -> bool:
    """Whether nobody looked for entities in a training sentence."""
    return _noted(message, "unmarked")


def _noted(message: Message, name: str) -> bool:
    metadata = message.get("metadata") or {}
    return bool((metadata.get("intent") or {}).get(name))
