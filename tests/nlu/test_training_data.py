"""The training sentences are sound, and what is made of them is reproducible."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from nlu import augment, sentences, train
from nlu.sentences import Piece, Sentence

ROOT = Path(__file__).parents[2]
INTENTS = {
    "book_vehicle",
    "book_room",
    "report_repair",
    "arrange_reception",
    "query_ticket",
    "change_ticket",
    "cancel_ticket",
    "urge_ticket",
    "affirm",
    "deny",
    "greet",
    "thanks",
    "goodbye",
    "help",
    "complain",
    "handoff_human",
    "policy_question",
    "out_of_scope",
}
ENTITIES = {
    "origin",
    "destination",
    "vehicle_type",
    "room_name",
    "location",
    "object",
    "fault",
    "urgency",
    "visitor_org",
    "visitors",
    "meals",
    "lodging",
    "purpose",
    "equipment",
}


@pytest.fixture(scope="module")
def written() -> list[Sentence]:
    return list(sentences.read(train.training_files(ROOT)))


def test_every_intent_of_the_contract_has_its_sentences(written: list[Sentence]) -> None:
    counted = Counter(sentence.intent for sentence in written)
    assert set(counted) == INTENTS
    assert min(counted.values()) >= 60


def test_there_are_thousands(written: list[Sentence]) -> None:
    assert len(written) >= 6000


def test_marks_are_known_and_closed(written: list[Sentence]) -> None:
    assert {piece.entity for sentence in written for piece in sentence.pieces if piece.entity} <= ENTITIES
    broken = [
        s.marked for s in written for p in s.pieces if not p.entity and ("](" in p.text or "[" in p.text)
    ]
    assert broken == []


def test_no_sentence_stands_under_two_intents(written: list[Sentence]) -> None:
    homes: dict[str, set[str]] = {}
    for sentence in written:
        homes.setdefault(sentence.text, set()).add(sentence.intent)
    assert {text: intents for text, intents in homes.items() if len(intents) > 1} == {}


def test_no_sentence_stands_twice(written: list[Sentence]) -> None:
    twice = [text for text, count in Counter(sentence.text for sentence in written).items() if count > 1]
    assert twice == []


def test_a_sentence_survives_reading_and_writing(tmp_path: Path) -> None:
    sentence = sentences.parse("book_vehicle", "明天去[龙嘉机场](destination)[接人](purpose)，3个人")
    assert sentence.text == "明天去龙嘉机场接人，3个人"
    sentences.write([sentence], tmp_path / "one.yml")
    assert list(sentences.read([tmp_path / "one.yml"])) == [sentence]


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("nlu: [", "utf-8")
    with pytest.raises(ValueError, match=r"bad\.yml"):
        list(sentences.read([tmp_path / "bad.yml"]))


def test_augmentation_is_the_same_every_time_and_keeps_the_marks() -> None:
    some = [
        sentences.parse("book_vehicle", "明天下午两点派辆[商务车](vehicle_type)去[龙嘉机场](destination)"),
        sentences.parse("book_vehicle", "周三要台[考斯特](vehicle_type)去[四平](destination)，八点走"),
    ]
    once, again = augment.augment(some), augment.augment(some)
    assert once == again
    assert once[0] == some[0]
    assert len(once) > len(some)
    for made in once:
        assert {piece.text for piece in made.pieces if piece.entity == "vehicle_type"} <= {"商务车", "考斯特"}


def test_adding_a_sentence_leaves_the_siblings_of_others_alone() -> None:
    first = sentences.parse("thanks", "谢谢师傅，修得真快，下次还找你")
    other = sentences.parse("greet", "你好，在不在")
    alone = {s.text for s in augment.augment([first])}
    together = {s.text for s in augment.augment([first, other]) if s.intent == "thanks"}
    assert alone == together


def test_made_sentences_are_never_repeated() -> None:
    made = augment.augment([Sentence("affirm", (Piece("好"),)), Sentence("affirm", (Piece("好。"),))])
    assert len({(s.intent, s.text) for s in made}) == len(made)


def test_the_fingerprint_changes_with_the_data_and_with_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "nlu" / "training").mkdir(parents=True)
    (tmp_path / "config.yml").write_text("pipeline: []", "utf-8")
    file = tmp_path / "nlu" / "training" / "a.yml"
    file.write_text("nlu: []", "utf-8")
    before = train.fingerprint(root=tmp_path)
    assert train.fingerprint(root=tmp_path) == before
    file.touch()
    assert train.fingerprint(root=tmp_path) == before
    file.write_text("nlu: []\n# more", "utf-8")
    assert train.fingerprint(root=tmp_path) != before


def test_a_further_folder_of_sentences_makes_another_model(tmp_path: Path) -> None:
    (tmp_path / "fifth.yml").write_text("nlu: []", "utf-8")
    assert train.fingerprint(root=ROOT, extra=[tmp_path]) != train.fingerprint(root=ROOT)


def test_training_without_rasa_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOUQIN_RASA_PYTHON", str(tmp_path / "nowhere"))
    with pytest.raises(train.TrainingFailed, match="make run"):
        train.train(root=ROOT, models_dir=tmp_path)


def test_an_up_to_date_model_is_not_trained_again(tmp_path: Path) -> None:
    there = train.model_path(root=ROOT, models_dir=tmp_path)
    there.write_bytes(b"a model")
    said: list[str] = []
    assert train.train(root=ROOT, models_dir=tmp_path, progress=said.append) == there
    assert said == ["训练数据和流水线没有变化，沿用已有模型"]
