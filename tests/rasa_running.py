"""One real Rasa server for all tests that understand sentences, trained on the present data if need be."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nlu.client import RasaClient
from nlu.process import RasaProcess
from nlu.train import train

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
READY_SECONDS = 180.0


@dataclass(frozen=True)
class RunningRasa:
    """Where the server answers. Make a client of your own: it belongs to the event loop it is first used in."""

    url: str
    token: str

    def client(self) -> RasaClient:
        """Return a new client."""
        return RasaClient(url=self.url, token=self.token)


@contextmanager
def running_rasa(log_path: Path, *, root: Path = ROOT, multiplied: bool = True) -> Iterator[RunningRasa]:
    """Run Rasa until the block ends, on the sentences of `root` (`multiplied`: and their variants)."""
    model = train(root=root, models_dir=root / "data" / "models", progress=print, multiplied=multiplied)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="rasa")
    thread.start()
    process = RasaProcess(root=root, model=model, log_path=log_path)

    async def start() -> None:
        process.start()
        deadline = loop.time() + READY_SECONDS
        while not process.ready:
            assert loop.time() < deadline, f"Rasa was not ready in {READY_SECONDS} s, see {log_path}"
            await asyncio.sleep(0.1)

    try:
        asyncio.run_coroutine_threadsafe(start(), loop).result()
        yield RunningRasa(url=process.url, token=process.token)
    finally:
        asyncio.run_coroutine_threadsafe(process.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
