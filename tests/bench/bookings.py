"""Is it free, what is free, set it aside: with 10 000, 100 000 and 1 000 000 bookings in the book, on SQLite.

The peer of the same run is the plain overlap query most booking tables use (starts before the end and ends after the start).
"""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from sqlalchemy import exists, insert, select

from desk.bookings import is_free
from desk.models import Allocation, Booking, Resource, Vehicle
from desk.storage import Database

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

CARS = 40
NOW = datetime(2026, 11, 23, tzinfo=UTC)
TRIES = 60


def run(scale: float = 1.0) -> list[str]:
    """Measure; `scale` shrinks the largest book."""
    lines = ["占用条数      哪辆空着 ms   普通重叠查询 ms   落一条 ms"]
    seen: list[float] = []
    for count in (10_000, 100_000, int(1_000_000 * scale)):
        with tempfile.TemporaryDirectory() as folder:
            database = Database(f"sqlite:///{Path(folder) / 'desk.db'}")
            database.migrate()
            _fill(database, count)
            ours, plain, put = _measure(database)
            database.close()
        seen.append(ours)
        lines.append(f"{count:9,}  {ours:12.2f}  {plain:15.2f}  {put:10.2f}")
    lines.append(f"最大比最小：{seen[-1] / seen[0]:.2f} 倍（要平）")
    return lines


def _fill(database: Database, count: int) -> None:
    with database.writing() as session:
        for number in range(CARS):
            session.add(Vehicle(name=f"吉A·{number:05}", type="轿车", seats=5, active=True))
        session.add(Allocation(created_at=NOW))
        session.flush()
        cars = list(session.scalars(select(Vehicle.id)))
        each = count // CARS
        for car in cars:
            rows = [
                {
                    "allocation_id": 1,
                    "resource_id": car,
                    "starts_at": NOW + timedelta(hours=2 * (i - each // 2)),
                    "ends_at": NOW + timedelta(hours=2 * (i - each // 2) + 1),
                    "active": True,
                }
                for i in range(each)
            ]
            session.execute(insert(Booking), rows)


def _measure(database: Database) -> tuple[float, float, float]:
    ours, plain, put = [], [], []
    for number in range(TRIES):
        start = NOW + timedelta(hours=2 * (number * 37 % 2000) + 1)
        end = start + timedelta(minutes=50)
        with database.reading() as session:
            ours.append(_timed(session, is_free(starts_at=start, ends_at=end)))
            overlap = exists().where(
                Booking.resource_id == Resource.id,
                Booking.active,
                Booking.starts_at < end,
                Booking.ends_at > start,
            )
            plain.append(_timed(session, ~overlap))
        begun = time.perf_counter()
        with database.writing() as session:
            session.execute(
                insert(Booking).values(
                    allocation_id=1, resource_id=1 + number % CARS, starts_at=start, ends_at=end, active=True
                )
            )
        put.append((time.perf_counter() - begun) * 1000)
    return median(ours), median(plain), median(put)


def _timed(session: Session, condition: ColumnElement[bool]) -> float:
    begun = time.perf_counter()
    session.scalars(select(Vehicle.id).where(Vehicle.active, condition)).all()
    return (time.perf_counter() - begun) * 1000
