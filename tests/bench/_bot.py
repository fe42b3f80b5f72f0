"""One worker of the desk to be measured: `python -m tests.bench._bot '{"database": …}'` with the values of `Setup`.

It is what `houqin run` puts together, with three differences: Rasa is somebody else's, the pace towards Telegram is
opened wide (the desk is measured, not Telegram's limits), and the time spent in the database is counted.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from prometheus_client import Counter
from sqlalchemy import event

from bot import metrics
from bot.bootstrap import build
from bot.pace import Limits
from bot.plumbing import Plumbing, Telegram, Webhook
from bot.settings import Settings
from bot.understanding import make_understander
from desk.register import register_values
from nlu.client import RasaClient

if TYPE_CHECKING:
    from desk.storage import Database

SECRET = "bench-secret-1"
PATH = "/in"
START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Ten o'clock on a Monday: the desk's clock starts here and runs on."""
WIDE = Limits(overall=100_000, chat_rate=100_000, chat_burst=100_000, group=100_000)

DATABASE_SECONDS = Counter(
    "bench_database", "Statements and commits, seconds.", ["what"], registry=metrics.REGISTRY
)
# Looked up once, so that the counting is not a part of what is counted.
STATEMENTS, COMMITS = (DATABASE_SECONDS.labels(what=what) for what in ("statements", "commits"))
TRANSACTIONS = Counter("bench_transactions", "Commits.", registry=metrics.REGISTRY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Where everything is. `listen` is the webhook's port here, `balancer` the one Telegram is told; 0: polling."""

    database: str
    sandbox: str
    token: str
    rasa: str
    rasa_token: str
    folder: str
    http: int
    listen: int = 0
    balancer: int = 0

    def command(self) -> list[str]:
        """The command that runs it."""
        return [sys.executable, "-m", "tests.bench._bot", json.dumps(asdict(self))]


async def main(setup: Setup) -> None:
    """Run until asked to end."""
    os.environ |= {"HOUQIN_MESSAGES_PER_MINUTE": "0", "HOUQIN_DATABASE_URL": setup.database}
    desk = build(Settings(HOUQIN_DATA=Path(setup.folder)))  # type: ignore[call-arg]
    count_time(desk.database)
    values = await desk.pool.read(register_values)
    client = RasaClient(url=setup.rasa, token=setup.rasa_token)
    desk.interpreter.understander = make_understander(client, values, house=desk.house)
    desk.interpreter.is_ready = True
    base = f"{setup.sandbox}/bot"
    begun = time.monotonic()
    plumbing = Plumbing(
        telegram=Telegram(token=setup.token, base_url=base, file_url=f"{setup.sandbox}/file/bot"),
        pool=desk.pool,
        front=desk.front,
        understander=desk.interpreter,
        webhook=_webhook(setup),
        http=("127.0.0.1", setup.http),
        http_may_move=False,
        now=lambda: START + timedelta(seconds=time.monotonic() - begun),
        limits=WIDE,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await plumbing.run(stop)
    await client.aclose()
    desk.close()


def _webhook(setup: Setup) -> Webhook | None:
    if not setup.listen:
        return None
    url = f"http://127.0.0.1:{setup.balancer}{PATH}"
    return Webhook(url=url, secret=SECRET, host="127.0.0.1", port=setup.listen)


def count_time(database: Database) -> None:
    """Add up the seconds statements and commits take, in the threads that wait for them."""

    def before(connection: Any, *_: Any) -> None:
        connection.info["begun"] = time.perf_counter()

    def after(connection: Any, *_: Any) -> None:
        STATEMENTS.inc(time.perf_counter() - connection.info["begun"])

    event.listen(database.engine, "before_cursor_execute", before)
    event.listen(database.engine, "after_cursor_execute", after)
    commit = database.engine.dialect.do_commit

    def timed(connection: Any) -> None:
        begun = time.perf_counter()
        commit(connection)
        COMMITS.inc(time.perf_counter() - begun)
        TRANSACTIONS.inc()

    database.engine.dialect.do_commit = timed  # type: ignore[method-assign]


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    if profile := os.environ.get("BENCH_PROFILE"):
        import cProfile

        profiler = cProfile.Profile()
        profiler.runcall(lambda: asyncio.run(main(Setup(**json.loads(sys.argv[1])))))
        profiler.dump_stats(profile)
    else:
        asyncio.run(main(Setup(**json.loads(sys.argv[1]))))
