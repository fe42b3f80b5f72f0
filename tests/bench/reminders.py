"""A million reminders waiting, ten thousand due in one minute: how fast they are taken in hand, and what waiting costs.

Beside them the same load on APScheduler's own SQLAlchemyJobStore, on the same engine with the same durability, as a ratio.
`run(0.01)` is the same in small.
"""

from __future__ import annotations

import pickle
import statistics
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

from apscheduler.job import Job
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from sqlalchemy import bindparam, insert, select, update

from bot.pace import Limits, Pace
from desk import outbox
from desk.models import OutboxMessage
from desk.storage import Database

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

START = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CHATS = 20_000
BATCH = 32  # what the sender takes at once
CHUNK = 20_000


def run(scale: float) -> list[str]:
    """Return the lines of the report; `scale` 1 is a million waiting and ten thousand due."""
    waiting, due = max(1000, int(1_000_000 * scale)), max(100, int(10_000 * scale))
    lines = [f"等着的提醒 {waiting} 条，同一分钟到点 {due} 条（SQLite，WAL，synchronous=FULL）"]
    with tempfile.TemporaryDirectory() as folder:
        lines += _ours(Path(folder), waiting=waiting, due=due)
    return lines


def _ours(folder: Path, *, waiting: int, due: int) -> list[str]:
    database = Database(f"sqlite:///{folder / 'desk.db'}")
    database.migrate()
    lines, idle, theirs_idle = [], {}, {}
    filled = 0
    store = _job_store(database)
    for size in (waiting // 100, waiting // 10, waiting):
        _fill(database, range(filled, size))
        _fill_jobs(database, store, range(filled, size))
        filled = size
        with database.reading() as session:
            idle[size] = _median(lambda s=session: outbox.is_any_due(s, now=START))  # type: ignore[misc]
        theirs_idle[size] = _median(lambda: (store.get_due_jobs(START), store.get_next_run_time()), times=50)
    for size, cost in idle.items():
        ratio = theirs_idle[size] / cost
        lines.append(
            f"空扫一次，等着 {size:>9,} 条：{cost * 1e3:.3f} 毫秒（APScheduler {theirs_idle[size] * 1e3:.3f}，{ratio:.1f} 倍）"
        )
    for limit in (BATCH, 500):
        taken = _taken(database, _claimed, due=due, limit=limit)
        bare = _taken(database, _bare, due=due, limit=limit)
        lines.append(
            f"到点只领取，每次 {limit} 条：{taken[0]:,.0f} 条/秒（每秒 CPU {taken[1]:,.0f} 条）；"
            f"不看次序、不取内容的一句 UPDATE … RETURNING：{bare[0]:,.0f} 条/秒（每秒 CPU {bare[1]:,.0f} 条）"
        )
    ours = _claims(database, due=due)
    theirs = _jobs_done(database, store, due=due)
    rate = due / ours[-1]
    lines.append(
        f"到点领取并记为已发：{rate:,.0f} 条/秒（APScheduler {due / theirs:,.0f}，我们是它的 {theirs / ours[-1]:.1f} 倍）"
    )
    lines.append(f"迟到（发送不受限）：中位 {_at(ours, 0.5):.2f} 秒，p99 {_at(ours, 0.99):.2f} 秒")
    held = _held(due)
    lines.append(
        f"迟到（按 Telegram 每秒 {Limits().overall} 条）：中位 {_at(held, 0.5):.0f} 秒，p99 {_at(held, 0.99):.0f} 秒"
    )
    database.close()
    return lines


def _at(lateness: list[float], share: float) -> float:
    return lateness[min(len(lateness) - 1, int(len(lateness) * share))]


def _median(call: Callable[[], Any], *, times: int = 300) -> float:
    spent = []
    for _ in range(times):
        begun = perf_counter()
        call()
        spent.append(perf_counter() - begun)
    return statistics.median(spent)


# ── ours ────────────────────────────────────────────────────────────────────────────────────────────


def _fill(database: Database, numbers: range, *, due_at: datetime | None = None, chats: int = CHATS) -> None:
    """Owe reminders to many chats, spread over the month after the minute that is measured (or all at `due_at`)."""
    for first in range(numbers.start, numbers.stop, CHUNK):
        rows = [
            {
                "chat_id": 1_000_000 + n % chats,
                "purpose": "reminder",
                "payload": {"method": "message", "text": f"⏰ 第 {n} 条提醒", "buttons": []},
                "status": "pending",
                "due_at": due_at or START + MINUTE * (60 + n * 7919 % 43_000),
                "attempts": 0,
                "last_error": "",
                "created_at": START,
            }
            for n in range(first, min(first + CHUNK, numbers.stop))
        ]
        with database.writing() as session:
            session.execute(insert(OutboxMessage), rows)


def _taken(
    database: Database, take: Callable[[Session, int], list[int]], *, due: int, limit: int
) -> tuple[float, float]:
    """Return how many due reminders are taken in hand, `limit` at once: in a second, and in a second of our own CPU time."""
    _fill(database, range(due), due_at=START, chats=CHATS)
    spent, worked, count = 0.0, 0.0, 0
    while True:
        begun, begun_work = perf_counter(), process_time()
        with database.writing() as session:
            ids = take(session, limit)
        spent, worked = spent + perf_counter() - begun, worked + process_time() - begun_work
        if not ids:
            return count / spent, count / worked
        count += len(ids)
        with database.writing() as session:
            session.execute(update(OutboxMessage).where(OutboxMessage.id.in_(ids)).values(status="sent"))


def _claimed(session: Session, limit: int) -> list[int]:
    return [row.id for row in outbox.claim(session, now=START + MINUTE, worker="bench", limit=limit)]


def _bare(session: Session, limit: int) -> list[int]:
    """Take what is due as the database alone would: no order within a chat, no stale ones, no content."""
    first = select(OutboxMessage.id).where(
        OutboxMessage.status == bindparam(None, "pending", literal_execute=True),
        OutboxMessage.due_at <= START + MINUTE,
    )
    taken = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(first.order_by(OutboxMessage.due_at, OutboxMessage.id).limit(limit)))
        .values(status="sending", claimed_at=START, claimed_by="bench", attempts=OutboxMessage.attempts + 1)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    return [row_id for (row_id,) in taken]


def _claims(database: Database, *, due: int) -> list[float]:
    """Take in hand and record as sent what is due, in the sender's batches; return how late each was, in seconds."""
    _fill(database, range(due), due_at=START, chats=CHATS)
    lateness: list[float] = []
    begun = perf_counter()
    while True:
        with database.writing() as session:
            owed = outbox.claim(session, now=START + MINUTE, worker="bench", limit=BATCH)
        if not owed:
            return lateness
        with database.writing() as session:
            for row in owed:
                outbox.sent(session, row.id, message_id=row.id, now=START)
        lateness += [perf_counter() - begun] * len(owed)


def _held(due: int) -> list[float]:
    """Return how late each of `due` reminders is when only Telegram's limits hold the sender, by its own pace."""
    pace, at, lateness = Pace(Limits()), 0.0, []
    while len(lateness) < due:
        budget = pace.budget(at)
        if budget <= 0:
            at += max(pace.wait(at), 0.001)
            continue
        for _ in range(min(budget, due - len(lateness))):
            pace.spend(1_000_000 + len(lateness), at, rewrites=False)
            lateness.append(at)
    return lateness


# ── APScheduler's ───────────────────────────────────────────────────────────────────────────────────


def remind(number: int) -> None:
    """What a job of theirs would call."""


def _job_store(database: Database) -> SQLAlchemyJobStore:
    store = SQLAlchemyJobStore(engine=database.engine)
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.add_jobstore(store)
    scheduler.start(paused=True)
    return store


def _fill_jobs(
    database: Database,
    store: SQLAlchemyJobStore,
    numbers: range,
    *,
    due_at: datetime | None = None,
    mark: str = "w",
) -> None:
    """Write jobs as their store writes them, many in one statement (one by one a million would take an hour)."""
    for first in range(numbers.start, numbers.stop, CHUNK):
        rows = []
        for n in range(first, min(first + CHUNK, numbers.stop)):
            at = due_at or START + MINUTE * (60 + n * 7919 % 43_000)
            rows.append(
                {
                    "id": f"{mark}{n}",
                    "next_run_time": at.timestamp(),
                    "job_state": pickle.dumps(
                        _job(store, f"{mark}{n}", n, at).__getstate__(), pickle.HIGHEST_PROTOCOL
                    ),
                }
            )
        with database.writing() as session:
            session.execute(store.jobs_t.insert(), rows)


def _job(store: SQLAlchemyJobStore, name: str, number: int, at: datetime) -> Job:
    return Job(
        store._scheduler,
        id=name,
        func=remind,
        args=(number,),
        kwargs={},
        trigger=DateTrigger(run_date=at),
        name="remind",
        misfire_grace_time=None,
        coalesce=True,
        max_instances=1,
        executor="default",
        next_run_time=at,
    )


def _jobs_done(database: Database, store: SQLAlchemyJobStore, *, due: int) -> float:
    """Take what is due and remove each, as their scheduler does after submitting it; return the seconds."""
    _fill_jobs(database, store, range(due), due_at=START, mark="d")
    begun = perf_counter()
    for job in store.get_due_jobs(START + MINUTE):
        store.remove_job(job.id)
    return perf_counter() - begun
