"""Bringing understanding up beside a desk that already works: train if need be, load, watch, refresh names.

All of it runs in the background. Until Rasa answers, and whenever it does not, the chat goes on with buttons.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from time import monotonic
from typing import TYPE_CHECKING

import structlog

from bot.bootstrap import ROOT
from bot.children import Child
from bot.understanding import make_understander
from desk.register import register_values
from nlu import train
from nlu.client import RasaClient
from nlu.process import RasaProcess

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.bootstrap import Desk
    from bot.settings import Settings

log = structlog.get_logger(__name__)

# How often Rasa is looked after, and how often the register's names are read anew (seconds).
LOOK = 1.0
REFRESH = 180.0


class Rasa:
    """Keeps the desk's interpreter supplied. `say` shows progress to whoever started the desk, in Chinese."""

    def __init__(self, *, settings: Settings, desk: Desk, say: Callable[[str], None]) -> None:
        self._settings, self._desk, self._say = settings, desk, say
        self._process: RasaProcess | None = None
        self._client: RasaClient | None = None
        self._training: Child | None = None

    async def run(self) -> None:
        """Bring it up and look after it until cancelled; then leave nothing running."""
        try:
            await self._refresh()
            if await self._connect():
                await self._look_after()
        except asyncio.CancelledError:
            raise
        except Exception:  # the desk works without it
            log.exception("understanding_not_started")
            self._say("智能理解没有启动（详见日志），先用按钮办理")
        finally:
            await self._end()

    async def _connect(self) -> bool:
        if url := self._settings.rasa_url:
            token = self._settings.rasa_token
            self._client = RasaClient(url=url, token=token.get_secret_value() if token else None)
        else:
            if not await self._train():
                return False
            model = train.model_path(root=ROOT, models_dir=self._settings.models_dir.absolute())
            log_path = self._settings.data.absolute() / "logs" / "rasa.log"
            self._process = RasaProcess(root=ROOT, model=model, log_path=log_path)
            self._process.start()
            self._client = self._process.client()
            self._say("智能理解正在加载，聊天已可用按钮办理")
        await self._refresh()
        return True

    async def _train(self) -> bool:
        """Train in a process of its own, so that Ctrl-C can end it at once."""
        models = self._settings.models_dir.absolute()
        if (await asyncio.to_thread(train.model_path, root=ROOT, models_dir=models)).exists():
            return True
        environment = {"HOUQIN_DATA": str(self._settings.data.absolute()), "PYTHONUNBUFFERED": "1"}
        child = await Child.start(sys.executable, "-m", "bot.cli", "train", env=environment, reads=True)
        self._training = child
        while (line := await child.line()) is not None:
            self._say(line)
        code = await child.wait()
        if code != 0:
            self._say("模型没有训练成功，智能理解暂不可用；按钮照常办理")
        return code == 0

    async def _look_after(self) -> None:
        interpreter, begun, refreshed = self._desk.interpreter, monotonic(), monotonic()
        while True:
            ready = await self._is_ready()
            if ready and not interpreter.is_ready:
                self._say(f"智能理解已就绪（{monotonic() - begun:.0f} 秒）")
            elif interpreter.is_ready and not ready:
                self._say("智能理解暂时中断，正在重启；按钮照常办理")
                begun = monotonic()
            interpreter.is_ready = ready
            if monotonic() - refreshed > REFRESH:
                refreshed = monotonic()
                with contextlib.suppress(Exception):
                    await self._refresh()
            await asyncio.sleep(LOOK if self._process else LOOK * 5)

    async def _is_ready(self) -> bool:
        if self._process is not None:
            return self._process.ready
        return self._client is not None and await self._client.healthy()

    async def _refresh(self) -> None:
        """Read the register's names anew: rooms and people come and go."""
        values = await self._desk.pool.read(register_values)
        self._desk.interpreter.understander = await asyncio.to_thread(
            make_understander, self._client, values, house=self._desk.house
        )

    async def _end(self) -> None:
        self._desk.interpreter.is_ready = False
        if self._training is not None:
            await self._training.stop()
        if self._process is not None:
            await self._process.stop()
        if self._client is not None:
            await self._client.aclose()
