"""Adding a fifth kind is adding two files: its Python file and its training file, and nothing else anywhere.

The test makes a small checkout in a temporary folder: our own sentences thinned out, so that Rasa is trained in seconds, and the
two files put where they belong. Then somebody asks for paper and gets it.
"""

from __future__ import annotations

import asyncio
import importlib
import shutil
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.understanding import make_understander
from desk.models import Role
from desk.register import register_values
from handlers.kinds import find_kinds
from nlu import sentences, train
from tests.handlers.bench_talk import LIN, Counter, house, small_bureau, word
from tests.handlers.test_groups import joined
from tests.rasa_running import ROOT, running_rasa

if TYPE_CHECKING:
    from collections.abc import Iterator

    from desk.storage import Database
    from nlu.understand import Understander

HERE = Path(__file__).parent
KEEPER = 401
OF_EACH_INTENT = 40


@pytest.fixture
def fifth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the kind's one Python file, where `handlers` also looks."""
    folder = tmp_path / "handlers"
    folder.mkdir()
    shutil.copy(HERE / "supplies.py", folder)
    package = importlib.import_module("handlers")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    yield folder
    sys.modules.pop("handlers.supplies", None)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with few sentences of ours and the fifth kind's training file among them."""
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "nlu", root / "nlu", ignore=shutil.ignore_patterns("training", "__pycache__"))
    for name in ("config.yml", "requirements", ".venv-rasa"):
        (root / name).symlink_to(ROOT / name)
    training = root / "nlu" / "training"
    training.mkdir()
    by_intent = defaultdict(list)
    for sentence in sentences.read(train.training_files(ROOT)):
        by_intent[sentence.intent].append(sentence)
    few = [s for found in by_intent.values() for s in found[:: max(1, len(found) // OF_EACH_INTENT)]]
    sentences.write(few, training / "ours.yml")
    shutil.copy(HERE / "supplies.yml", training)
    return root


def test_the_python_file_is_found_and_its_intent_means_it(fifth: Path) -> None:
    kinds = find_kinds()
    assert kinds["supplies"].title == "领用"
    assert kinds.by_intent()["claim_supplies"] == "supplies"


def test_the_training_file_is_gathered_and_makes_another_model(checkout: Path) -> None:
    files = train.training_files(checkout)
    assert "supplies.yml" in {f.name for f in files}
    assert "claim_supplies" in {s.intent for s in sentences.read(files)}
    before = train.fingerprint(root=checkout)
    (checkout / "nlu" / "training" / "supplies.yml").unlink()
    assert train.fingerprint(root=checkout) != before


@pytest.mark.rasa
@pytest.mark.slow
def test_what_was_never_heard_of_is_understood_and_done(
    fifth: Path, checkout: Path, database: Database, tmp_path: Path
) -> None:
    counter = replace(small_bureau(database), house=house())
    joined(counter, KEEPER, "库管吴", Role.DISPATCHER, "supplies")
    with (
        running_rasa(tmp_path / "rasa.log", root=checkout, multiplied=False) as rasa,
        database.reading() as session,
    ):
        understander = make_understander(rasa.client(), register_values(session), house=counter.house)
        understood = asyncio.run(
            _all(understander, counter, "麻烦领三包A4纸", "明天下午两点派辆商务车去机场，3个人")
        )
    assert [(u.intent, u.kind) for u in understood] == [
        ("claim_supplies", "supplies"),
        ("book_vehicle", "vehicle"),
    ]
    assert "A4纸" in understood[0].slots["item"]
    counter.hear(LIN, text="麻烦领三包A4纸", understanding=understood[0])
    counter.press(LIN, "提交")
    counter.press(KEEPER, "发放")
    counter.press(LIN, "已领到")
    counter.press(LIN, "满意")
    ticket = counter.ticket()
    assert (ticket.kind, ticket.state, ticket.fields["rating"]) == ("supplies", "已办结", "满意")


async def _all(understander: Understander, counter: Counter, *texts: str) -> list[Any]:
    now = counter.now.replace(tzinfo=None)
    return [await understander.understand(text, now=now) for text in texts]


def test_a_fifth_kind_has_the_queue_the_number_and_the_words_of_the_others(
    fifth: Path, database: Database
) -> None:
    counter = replace(small_bureau(database), house=house())
    joined(counter, KEEPER, "库管吴", Role.DISPATCHER, "supplies")
    counter.press_data(LIN, "q:new:supplies")
    counter.say(LIN, "两包A4纸")
    counter.press(LIN, "提交")
    number = counter.ticket().number
    assert number.startswith("LY-")
    assert number in _texts(counter.say(KEEPER, "待办"))
    counter.press(KEEPER, "联系申请人")
    counter.hear(KEEPER, text="要A4还是A3？")
    assert "要A4还是A3" in _texts(counter.owed(LIN))
    assert "两包A4纸" in _texts(counter.say(LIN, f"{number} 到哪了", word("query_ticket")))
    assert "待发放" in _texts(counter.say(LIN, "领用单怎么样了", word("query_ticket")))
    counter.press(KEEPER, "驳回：没有库存")
    assert "没有库存" in _texts(counter.owed(LIN))


def _texts(said: list[dict[str, Any]]) -> str:
    return "\n".join(str(m.get("text", "")) for m in said)
