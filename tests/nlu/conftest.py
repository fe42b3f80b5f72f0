"""One real Rasa for all tests that need one: trained if the data changed, started once, stopped at the end."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from nlu.gazetteer import Gazetteer
from nlu.process import RasaProcess
from nlu.train import rasa_python, train
from nlu.understand import Understander

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from typing import Any

    from nlu.client import RasaClient

T = TypeVar("T")
ROOT = Path(__file__).parents[2]


class Loop:
    """An event loop in a thread of its own, so that plain tests can wait for what is asynchronous."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def __call__(self, awaitable: Coroutine[Any, Any, T]) -> T:
        """Run to the end and give the result."""
        return asyncio.run_coroutine_threadsafe(awaitable, self._loop).result(timeout=200)

    def close(self) -> None:
        """Stop the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()


@pytest.fixture(scope="session")
def wait() -> Iterator[Loop]:
    """Run a coroutine to its end."""
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def model() -> Path:
    """The model of the present training data."""
    if not rasa_python(ROOT).exists():
        pytest.skip("没有 Rasa 环境：先运行 make test")
    return train(root=ROOT, models_dir=Path(os.environ.get("HOUQIN_DATA", ROOT / "data")) / "models")


@pytest.fixture(scope="session")
def rasa(model: Path, wait: Loop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RasaProcess]:
    """A running Rasa with that model."""
    process = RasaProcess(root=ROOT, model=model, log_path=tmp_path_factory.mktemp("rasa") / "rasa.log")

    async def start() -> bool:
        process.start()
        return await process.wait_ready()

    assert wait(start()), "Rasa did not become ready"
    yield process
    wait(process.stop())


@pytest.fixture(scope="session")
def client(rasa: RasaProcess, wait: Loop) -> Iterator[RasaClient]:
    """A client of that Rasa; patient, because tests may share two cores with everything else."""
    from nlu.client import RasaClient

    made = RasaClient(url=rasa.url, token=rasa.token, timeout=20)
    yield made
    wait(made.aclose())


@pytest.fixture(scope="session")
def understander(client: RasaClient) -> Understander:
    """Understanding with a small register."""
    return Understander(client, gazetteer=small_desk())


def small_desk() -> Gazetteer:
    """A register of a few names, as a desk would hand in."""
    return Gazetteer(
        places=["莲花山培训中心", "省宾馆"],
        rooms=["一号楼305会议室", "一号楼306会议室", "多功能厅", "政协委员之家"],
        buildings=["一号楼", "二号楼"],
        vehicle_types=["商务车", "考斯特"],
        departments=["综合处", "老干部处"],
    )
