"""A message in, a reply out: how long, how many a second, and how much of it is spent in Rasa.

People write to the bot through the sandbox over real HTTP; the reply counts when the sandbox has it. The peer of the same run
is bare understanding: the same sentences put to the Rasa server one after the other with nothing around it.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

from bot.bootstrap import build_house
from bot.pace import Limits
from bot.understanding import Interpreter, make_understander
from bot.worker import Front
from desk.models import Person
from desk.register import register_values
from desk.storage import Database
from handlers import front
from sandbox.server import running_sandbox
from tests.handlers.bench_talk import small_bureau
from tests.rasa_running import RunningRasa, running_rasa
from tests.running import running_plumbing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.server import RunningSandbox

DIALOGUE = (
    "{day}下午两点派辆商务车去龙嘉机场接人，3个人",
    "改成三点半",
    "再加一个人",
    "用车要提前多久说？",
    "算了",
    "要个车",
    "{day}上午九点",
    "净月",
    "俩人",
    "取消吧",
)
FIRST = 2001


def run(scale: float = 1.0) -> list[str]:
    """Measure with 1 and 8 people writing at once."""
    lines = ["人数  回合数  中位 ms  p95 ms  p99 ms  回合/秒"]
    with tempfile.TemporaryDirectory() as folder, running_rasa(Path(folder) / "rasa.log") as rasa:
        bare = asyncio.run(_bare(rasa, rounds=max(2, int(10 * scale))))
        for people in (1, 8):
            waits, seconds = _measure(Path(folder), rasa, people=people, rounds=max(1, int(10 * scale)))
            p95, p99 = _tail(waits)
            lines.append(
                f"{people:4}  {len(waits):6}  {median(waits):7.1f}  {p95:6.1f}  {p99:6.1f}  {len(waits) / seconds:7.1f}"
            )
            if people == 1:
                lines.append(
                    f"      其中 Rasa 单独应答中位 {bare:.1f} ms，占一个回合的 {bare / median(waits):.0%}"
                )
    return lines


def _tail(waits: Sequence[float]) -> tuple[float, float]:
    cuts = quantiles(waits, n=100)
    return cuts[94], cuts[98]


async def _bare(rasa: RunningRasa, *, rounds: int) -> float:
    waits = []
    async with rasa.client() as client:
        for _ in range(rounds):
            for text in DIALOGUE:
                begun = time.perf_counter()
                await client.parse(text.format(day="11月25日"))
                waits.append((time.perf_counter() - begun) * 1000)
    return median(waits)


def _measure(folder: Path, rasa: RunningRasa, *, people: int, rounds: int) -> tuple[list[float], float]:
    database = Database(f"sqlite:///{folder / f'desk-{people}.db'}")
    database.migrate()
    small_bureau(database)
    with database.writing() as session:
        for number in range(FIRST, FIRST + people):
            session.add(
                Person(
                    name=f"职工{number}",
                    telegram_id=number,
                    chat_id=number,
                    grants=[],
                    habits={},
                    active=True,
                    reachable=True,
                )
            )
    with database.reading() as session:
        house, values = build_house(session), register_values(session)
    interpreter = Interpreter(make_understander(rasa.client(), values))
    interpreter.is_ready = True
    face = Front(
        needs_understanding=front.needs_understanding,
        handle=partial(front.handle, house=house),
        apologise=front.apologise,
    )
    # The pace towards Telegram is not what is measured here.
    fast = Limits(overall=10_000, chat_rate=10_000, chat_burst=10_000)
    with running_sandbox() as sandbox:
        for number in range(FIRST, FIRST + people):
            sandbox.client.person(number, f"职工{number}")
        with running_plumbing(database, sandbox, front=face, understander=interpreter, limits=fast):
            begun = time.perf_counter()
            waits = _talk(sandbox, people=people, rounds=rounds)
            seconds = time.perf_counter() - begun
    database.close()
    return waits, seconds


def _talk(sandbox: RunningSandbox, *, people: int, rounds: int) -> list[float]:
    waits: list[float] = []

    def one(number: int) -> None:
        for _ in range(rounds):
            for text in DIALOGUE:
                begun = time.perf_counter()
                said = sandbox.client.say(number, text.format(day="12月3日"))
                sandbox.client.wait_message(number, after=said.id, timeout=60)
                waits.append((time.perf_counter() - begun) * 1000)

    threads = [threading.Thread(target=one, args=(FIRST + i,)) for i in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits
