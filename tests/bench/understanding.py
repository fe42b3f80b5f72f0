"""Understanding: how right, how fast, how large, and beside others on the same sentences in the same run.

Peers: plain scikit-learn (the machine anybody would try first), Rasa's stock Chinese pipeline (Jieba + DIET) where jieba is
installed in Rasa's environment, and for times whichever of JioNLP and recognizers-text can be imported (the extra `compare`).
"""

from __future__ import annotations

import asyncio
import importlib
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from bot.bootstrap import build_house
from bot.understanding import make_understander
from desk import demo
from desk.instants import to_instant
from desk.register import register_values
from desk.storage import Database
from nlu import compare, times
from nlu.evaluate import evaluate, read_rows, table
from nlu.normalise import normalise
from nlu.process import RasaProcess
from nlu.train import train

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nlu.evaluate import Row, Scores
    from nlu.understand import Understander

    Reader = Callable[[str, datetime], datetime | None]
    """From a sentence and the moment of writing to when it starts."""

ROOT = Path(__file__).parents[2]
FILES = [
    ROOT / "tests" / "nlu" / "evaluation" / f"{name}.jsonl" for name in ("dev", "held", "fresh", "blind")
]
CLIENTS = 8


def run(scale: float = 1.0) -> list[str]:
    """Measure; below full scale on fewer sentences, and without training anything a second time."""
    rows = read_rows(FILES)
    rows = rows[:: max(1, round(1 / scale))]
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        seconds = _training_seconds(Path(folder)) if scale >= 1 else None
        scores, costs = asyncio.run(_ours(rows, Path(folder)))
    lines += table(scores, title="dev + held + fresh + blind").splitlines()
    lines += costs
    lines.append(f"训练 {seconds:.0f} 秒" if seconds is not None else "训练：规模不足 1，跳过重新训练")
    lines += asyncio.run(_peers(rows, scores, with_stock=scale >= 1))
    return lines + _times_of_others(rows)


def _training_seconds(folder: Path) -> float:
    started = time.perf_counter()
    train(root=ROOT, models_dir=folder / "models")
    return time.perf_counter() - started


async def _ours(rows: Sequence[Row], folder: Path) -> tuple[Scores, list[str]]:
    model = train(root=ROOT, models_dir=ROOT / "data" / "models")
    started = time.perf_counter()
    async with RasaProcess(root=ROOT, model=model, log_path=folder / "rasa.log") as process:
        await process.wait_ready()
        ready = time.perf_counter() - started
        async with process.client() as client:
            understander = _understander(client)
            scores = await evaluate(rows, understander=understander)
            waits = await _one_by_one(rows, understander)
            rate = await _together(rows, understander)
        resident = compare.resident_mb(process.pid)
    cuts = quantiles(waits, n=100)
    memory = f"{resident:.0f} MB" if resident is not None else "—"
    return scores, [
        f"单人逐句：中位 {median(waits):.1f} ms，p95 {cuts[94]:.1f} ms，p99 {cuts[98]:.1f} ms",
        f"{CLIENTS} 人同时：{rate:.0f} 句/秒",
        f"Rasa 就绪 {ready:.1f} 秒，常驻内存 {memory}",
    ]


def _understander(client: Any) -> Understander:
    database = Database("sqlite://")
    database.migrate()
    with database.writing() as session:
        demo.seed(session, now=to_instant(datetime(2026, 11, 23, 10)))
        return make_understander(client, register_values(session), house=build_house(session))


async def _one_by_one(rows: Sequence[Row], understander: Understander) -> list[float]:
    waits = []
    for row in rows:
        begun = time.perf_counter()
        await understander.understand(row.text, now=row.now)
        waits.append((time.perf_counter() - begun) * 1000)
    return waits


async def _together(rows: Sequence[Row], understander: Understander) -> float:
    todo = iter(rows)

    async def one() -> None:
        for row in todo:
            await understander.understand(row.text, now=row.now)

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(CLIENTS)))
    return len(rows) / (time.perf_counter() - begun)


async def _peers(rows: Sequence[Row], ours: Scores, *, with_stock: bool) -> list[str]:
    told: list[str] = []
    all_of_them = [
        compare.Compared(name="houqin-desk", scores=ours),
        await compare.scikit_learn(rows, root=ROOT),
    ]
    stock = await compare.stock_rasa(rows, root=ROOT, progress=told.append) if with_stock else None
    if stock is not None:
        all_of_them.append(stock)
    skipped = [line for line in told if "跳过" in line] or (
        [] if stock else ["Jieba + DIET：规模不足 1，跳过"]
    )
    return [*compare.comparison_table(all_of_them).splitlines(), *skipped]


# ── times ───────────────────────────────────────────────────────────────────────────────────────────


def _times_of_others(rows: Sequence[Row]) -> list[str]:
    """Share of starts found exactly, by ours and by whichever library is there; all read the same mended text."""
    timed = [row for row in rows if row.kind is not None and "start" in row.slots and not row.requests]
    readers: dict[str, Reader | None] = {
        "nlu.times": _our_start,
        "JioNLP": _jionlp(),
        "recognizers-text": _recognizers(),
    }
    lines = [f"时间：{len(timed)} 句的开始时间"]
    for name, reader in readers.items():
        if reader is None:
            lines.append(f"  {name}：没有安装，跳过")
            continue
        right, waits = 0, []
        for row in timed:
            text = normalise(row.text)
            begun = time.perf_counter()
            moment = reader(text, row.now)
            waits.append((time.perf_counter() - begun) * 1000)
            right += moment is not None and _as_said(moment, row) == row.slots["start"]
        lines.append(f"  {name}：{right / max(1, len(timed)):.1%} 一致，中位 {median(waits):.1f} ms")
    return lines


def _our_start(text: str, now: datetime) -> datetime | None:
    found = times.parse(text, now)
    return found.start if found else None


def _as_said(moment: datetime, row: Row) -> str:
    """An instant as precise as the evaluation row writes it."""
    return moment.isoformat() if "T" in str(row.slots["start"]) else moment.date().isoformat()


def _jionlp() -> Reader | None:
    try:
        jio = importlib.import_module("jionlp")
    except ImportError:
        return None

    def read(text: str, now: datetime) -> datetime | None:
        try:
            found = jio.ner.extract_time(text, time_base=now.timestamp())
        except (ValueError, IndexError, KeyError, TypeError):
            return None  # it stumbles over some sentences; that counts as not understood
        points = (one["detail"]["time"] for one in found if one["type"] in {"time_point", "time_span"})
        return next((m for point in points if (m := _moment(point[0])) is not None), None)

    return read


def _recognizers() -> Reader | None:
    try:
        recognizer = importlib.import_module("recognizers_date_time")
    except ImportError:
        return None

    def read(text: str, now: datetime) -> datetime | None:
        found = recognizer.recognize_datetime(text, "zh-cn", reference=now)
        values = [value for one in found for value in (one.resolution or {}).get("values", [])]
        moments = [
            m for value in values if (m := _moment(value.get("start") or value.get("value"))) is not None
        ]
        # It names every reading, the past ones too; the booking means the next.
        return next((m for m in moments if m >= now - timedelta(days=1)), moments[0] if moments else None)

    return read


def _moment(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None
