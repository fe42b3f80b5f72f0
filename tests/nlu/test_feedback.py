"""An accepted sentence becomes a training line, once, and teaches the tagger nothing it does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nlu import augment, sentences
from nlu.feedback import FILE, UnknownIntent, learn

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def training(tmp_path: Path) -> Path:
    (tmp_path / "room.yml").write_text(
        "nlu:\n- intent: book_room\n  examples: |\n    - 订个[会议室](room_name)\n", "utf-8"
    )
    return tmp_path


def test_an_accepted_sentence_is_a_training_line(training: Path) -> None:
    assert learn("给找个说话的地方", intent="book_room", training=training)
    assert learn("- 屋子 [大点]", intent="book_room", training=training)
    learned = list(sentences.read([training / FILE]))
    assert [(s.intent, s.text, s.unmarked) for s in learned] == [
        ("book_room", "给找个说话的地方", True),
        ("book_room", "屋子 (大点)", True),
    ]


def test_a_sentence_that_is_known_is_not_learnt_again(training: Path) -> None:
    assert not learn("订个会议室", intent="book_room", training=training)
    assert learn("给找个说话的地方", intent="book_room", training=training)
    assert not learn("给找个说话的地方", intent="book_room", training=training)


def test_an_intent_nobody_knows_is_refused_by_name(training: Path) -> None:
    with pytest.raises(UnknownIntent, match="book_room"):
        learn("给找个说话的地方", intent="book_rooms", training=training)
    assert not (training / FILE).exists()


def test_what_is_made_of_a_learnt_sentence_stays_unmarked(training: Path, tmp_path: Path) -> None:
    learn("后天下午两点给找个说话的地方", intent="book_room", training=training)
    made = augment.augment(sentences.read([training / FILE]))
    assert len(made) > 1
    sentences.write(made, tmp_path / "made.txt")
    again = list(sentences.read([tmp_path / "made.txt"]))
    assert all(sentence.unmarked for sentence in again)
