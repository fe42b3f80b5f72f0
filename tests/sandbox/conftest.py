"""A sandbox for each test, and the real python-telegram-bot talking to it over HTTP."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from telegram import Bot

from sandbox.server import RunningSandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

# As the product reads it, whichever test module is imported first: RetryAfter carries a timedelta.
os.environ.setdefault("PTB_TIMEDELTA", "true")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LiveBot:
    """A real Bot and the loop it lives on: `live(live.bot.get_me())`."""

    bot: Bot
    runner: asyncio.Runner

    def __call__(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)


def connect(sandbox: RunningSandbox) -> Bot:
    """The bot of a sandbox, not yet initialised."""
    return Bot(sandbox.token, base_url=sandbox.base_url, base_file_url=sandbox.file_url)


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        running.client.person(1, "建国", "王", label="员工", username="wangjg")
        running.client.person(2, "敏", "李", label="调度员")
        yield running


@pytest.fixture
def live(sandbox: RunningSandbox) -> Iterator[LiveBot]:
    with asyncio.Runner() as runner:
        bot = connect(sandbox)
        runner.run(bot.initialize())
        yield LiveBot(bot, runner)
        runner.run(bot.shutdown())
