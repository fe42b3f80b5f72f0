"""A message in, a reply out, end to end: by 1, 8 and 64 people, on SQLite and PostgreSQL, with one worker and with three.

Everything is a process of its own, as in life: the people (this one), Telegram's stand-in, the workers, Rasa. Each person
books a car in one sentence (two turns) and slot by slot (five), as in `_people.py`. The peer in the same run is the same
dialogue on a stock Rasa Open Source assistant (`_peer/`), asked over its REST channel, which costs it less than the sandbox
costs us; what the sandbox costs alone is measured too. The peer's model is kept in `data/bench`.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from sandbox.server import DEMO_TOKEN
from tests.bench import _peer
from tests.bench._http import Line
from tests.bench._parts import postgres, running_desk
from tests.bench._peer import running as peer
from tests.bench._people import FIRST, HEAD, Desk, Rest, talk
from tests.conftest import ROOT
from tests.rasa_running import running_rasa

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench._parts import Running
    from tests.bench._people import Waits
    from tests.rasa_running import RunningRasa

CROWDS = (1, 8, 64)
ROUNDS = {1: 16, 8: 4, 64: 1}
PEER_SCALE = 0.5
"""Below this scale nothing is trained: the peer is left out, and says so."""
OUR_LIMIT_MB = 200

Found = dict[int, "Waits"]


def run(scale: float = 1.0) -> Iterator[str]:
    """Measure one set-up after the other; below scale 0.5 without the peer and without the large crowd."""
    crowds = CROWDS if scale >= PEER_SCALE else CROWDS[:2]
    yield f"负载（1、5、15 分钟）：{os.getloadavg()}"
    yield f"                          人数 {HEAD}"
    with tempfile.TemporaryDirectory() as name, running_rasa(Path(name) / "rasa.log") as rasa:
        folder = Path(name)
        sqlite: Found = {}
        yield from _ours(
            "SQLite，1 个进程", f"sqlite:///{folder / 'desk.db'}", rasa, folder, 1, crowds, scale, sqlite
        )
        if scale >= PEER_SCALE:
            yield from _against(sqlite, folder, crowds, scale)
        else:
            yield "！！对照的 Rasa 助手没有测：--scale 小于 0.5 时不训练它"
        for workers in (1, 3):
            with postgres() as url:
                label = f"PostgreSQL，{workers} 个进程"
                yield from _ours(label, url, rasa, folder, workers, crowds, scale, {})


def _rounds(people: int, scale: float) -> int:
    return max(1, round(ROUNDS[people] * scale))


# ── ours ────────────────────────────────────────────────────────────────────────────────────────────


def _ours(
    label: str,
    database: str,
    rasa: RunningRasa,
    folder: Path,
    workers: int,
    crowds: tuple[int, ...],
    scale: float,
    found: Found,
) -> list[str]:
    return asyncio.run(_measure(label, database, rasa, folder, workers, crowds, scale, found))


async def _measure(
    label: str,
    database: str,
    rasa: RunningRasa,
    folder: Path,
    workers: int,
    crowds: tuple[int, ...],
    scale: float,
    found: Found,
) -> list[str]:
    lines = []
    async with running_desk(database, rasa, folder, workers=workers, people=max(crowds)) as desk:
        async with Desk(desk.sandbox) as place:
            await talk(place, people=1, rounds=1)
            first = 2
            for people in crowds:
                before, rounds = await desk.sums(), _rounds(people, scale)
                waits = found[people] = await talk(place, people=people, rounds=rounds, first=first)
                lines.append(f"{label:18}  {people:6} {waits.row()}")
                lines += _shares(before, await desk.sums(), waits, alone=people == 1)
                first += rounds
        lines.append(f"  每个进程常驻内存最多 {desk.memory():.0f} MB（不含 Rasa，要求 ≤ {OUR_LIMIT_MB}）")
    if workers == 1 and database.startswith("sqlite"):
        lines.append(
            f"  沙盒自己的一来一回（不经机器人）中位 {await _sandbox_alone(database, rasa, folder):.1f} ms"
        )
    return lines


def _shares(before: dict[str, float], after: dict[str, float], waits: Waits, *, alone: bool) -> list[str]:
    """Where a turn's time goes, by what the workers' own metrics counted meanwhile."""
    turns = len(waits.turns)

    def each(name: str) -> float:
        return (after.get(name, 0.0) - before.get(name, 0.0)) / turns * 1000

    rasa, database = each("houqin_understand_seconds_sum"), each("bench_database_total")
    commits = each("bench_transactions_total") / 1000
    line = f"    每回合：进程 CPU {each('cpu'):.1f} ms，数据库 {database:.1f} ms（{commits:.1f} 次提交），Rasa {rasa:.1f} ms"
    if alone:
        # Only with one person do the times of one turn follow each other, so that shares of it mean something.
        whole = sum(waits.turns) / turns * 1000
        rest = whole - rasa - database
        line += f"；占一回合 Rasa {rasa / whole:.0%}、数据库 {database / whole:.0%}、其余 {rest / whole:.0%}"
    return [line]


async def _sandbox_alone(database: str, rasa: RunningRasa, folder: Path) -> float:
    """How long a turn takes if the bot only echoes, by hand: what the sandbox and the people cost by themselves."""
    async with running_desk(f"{database}.alone", rasa, folder, workers=0, people=1) as desk:
        echo = asyncio.create_task(_echo(desk))
        turns = []
        async with Desk(desk.sandbox) as place:
            for _ in range(40):
                begun = time.perf_counter()
                await place.turn(FIRST, "要个车", press=False, expects="要个车")
                turns.append(time.perf_counter() - begun)
        echo.cancel()
    return median(turns) * 1000


async def _echo(desk: Running) -> None:
    offset = 0
    async with Line(desk.sandbox) as line:
        while True:
            body = {"offset": offset, "timeout": 20}
            answer: Any = await line.post(f"/bot{DEMO_TOKEN}/getUpdates", body)
            for update in answer["result"]:
                offset = update["update_id"] + 1
                said = update["message"]
                reply = {"chat_id": said["chat"]["id"], "text": said["text"]}
                await line.post(f"/bot{DEMO_TOKEN}/sendMessage", reply)


# ── the peer ────────────────────────────────────────────────────────────────────────────────────────


def _against(ours: Found, folder: Path, crowds: tuple[int, ...], scale: float) -> Iterator[str]:
    said: list[str] = []
    yield "  （对照：现成的 Rasa 助手，同样的对话；头一次要训练两三分钟）"
    model = peer.train(ROOT / "data" / "bench", say=said.append)
    yield from said
    with peer.running(model, folder) as port:
        theirs, astray = asyncio.run(_peer_waits(port, crowds, scale))
    for people, waits in theirs.items():
        yield f"{'Rasa 助手，REST':18}  {people:6} {waits.row()}"
        rate, slow = ours[people].rate / waits.rate, ours[people].p99 / waits.p99
        yield f"    我们的回合/秒是它的 {rate:.1f} 倍，p99 是它的 {slow:.2f} 倍（要 ≥ 3 和 < 1）"
    if astray:
        yield f"    其中它有 {astray} 次没有答到点上（照算答了）"


async def _peer_waits(port: int, crowds: tuple[int, ...], scale: float) -> tuple[Found, int]:
    found: Found = {}
    async with Rest(port, presses=_peer.SUBMIT) as place:
        await talk(place, people=1, rounds=1)
        for people in crowds:
            found[people] = await talk(place, people=people, rounds=_rounds(people, scale), first=2)
    return found, place.astray
