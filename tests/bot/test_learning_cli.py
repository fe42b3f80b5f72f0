"""Teaching and measuring the understanding from the command line."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
import structlog

from bot.cli import main
from desk import feedback
from desk.feedback import Why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from desk.storage import Database
    from tests.rasa_running import RunningRasa

Told = tuple[int, str, str]


@pytest.fixture
def houqin(
    database: Database,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Iterator[Callable[..., Told]]:
    """Call the command line beside training files of its own; two messages wait for review."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TELEGRAM_TOKEN", raising=False)
    monkeypatch.setenv("HOUQIN_DATABASE_URL", str(database.url))
    monkeypatch.setattr("bot.bootstrap.ROOT", tmp_path)
    training = tmp_path / "nlu" / "training"
    training.mkdir(parents=True)
    for intent in ("help", "book_room"):
        (training / f"{intent}.yml").write_text(
            f"nlu:\n- intent: {intent}\n  examples: |\n    - 一句{intent}\n"
        )
    with database.writing() as session:
        feedback.collect(session, "头回用这个", why=Why.CLARIFIED, guessed="greet", chosen="help", now=now)
        feedback.collect(session, "哪旮旯能坐十个人", why=Why.HANDED_OVER, now=now)

    def call(*words: str) -> Told:
        monkeypatch.setattr("sys.argv", ["houqin", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    handlers = logging.getLogger().handlers[:]
    yield call
    logging.getLogger().handlers[:] = handlers
    structlog.reset_defaults()


def test_lists_what_waits(houqin: Callable[..., Told]) -> None:
    code, out, err = houqin("feedback", "list")
    assert code == 0
    assert out.splitlines() == [
        "1\t追问\tgreet\thelp\t头回用这个",
        "2\t转人工\t—\t—\t哪旮旯能坐十个人",
    ]
    assert "共 2 条" in err


def test_an_accepted_message_becomes_a_training_line(houqin: Callable[..., Told], tmp_path: Path) -> None:
    assert houqin("feedback", "accept", "1")[0] == 0
    assert houqin("feedback", "accept", "2", "--intent", "book_room")[0] == 0
    learned = (tmp_path / "nlu" / "training" / "learned.yml").read_text("utf-8")
    assert "- intent: help" in learned
    assert "    - 头回用这个" in learned
    assert "    - 哪旮旯能坐十个人" in learned
    assert houqin("feedback", "list")[1] == ""


def test_what_it_meant_must_be_known(houqin: Callable[..., Told], tmp_path: Path) -> None:
    code, _, err = houqin("feedback", "accept", "2")
    assert (code, "--intent" in err) == (2, True)
    code, _, err = houqin("feedback", "accept", "2", "--intent", "book_zeppelin")
    assert (code, "book_room" in err) == (2, True)
    assert not (tmp_path / "nlu" / "training" / "learned.yml").exists()
    # Nothing half-done: it still waits.
    assert "哪旮旯能坐十个人" in houqin("feedback", "list")[1]


def test_a_dropped_message_teaches_nothing(houqin: Callable[..., Told], tmp_path: Path) -> None:
    assert houqin("feedback", "drop", "2")[0] == 0
    code, _, err = houqin("feedback", "drop", "2")
    assert (code, "处理过" in err) == (1, True)
    assert not (tmp_path / "nlu" / "training" / "learned.yml").exists()


def test_an_evaluation_file_that_is_none_is_refused_with_its_line(
    houqin: Callable[..., Told], tmp_path: Path
) -> None:
    (tmp_path / "bad.jsonl").write_text("{}\n", "utf-8")
    code, _, err = houqin("evaluate", "bad.jsonl")
    assert (code, "bad.jsonl 第 1 行" in err) == (2, True)


@pytest.mark.rasa
def test_scores_a_file_and_draws_the_confusion(
    houqin: Callable[..., Told], rasa: RunningRasa, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOUQIN_RASA_URL", rasa.url)
    monkeypatch.setenv("HOUQIN_RASA_TOKEN", rasa.token)
    monkeypatch.setenv("HOUQIN_DATA", str(tmp_path / "data"))
    row = {"now": "2026-11-23T10:00:00", "slots": {}}
    rows = [
        {
            **row,
            "id": "1",
            "text": "明天派辆商务车去龙嘉机场接人",
            "intent": "book_vehicle",
            "kind": "vehicle",
        },
        {**row, "id": "2", "text": "谢谢师傅", "intent": "thanks", "kind": None},
    ]
    file = tmp_path / "two.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in rows), "utf-8")
    code, out, _ = houqin("evaluate", str(file))
    assert (code, "two（2 句）" in out, "意图准确率      100.0 %" in out) == (0, True, True)
    assert (tmp_path / "data" / "confusion.png").read_bytes().startswith(b"\x89PNG")
