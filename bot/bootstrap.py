"""Everything the desk is made of, put together in one place from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.clock import Job
from bot.databases import open_database
from bot.pool import Pool
from bot.understanding import Interpreter
from bot.worker import Front
from desk import audit, retention
from desk.rules import load_rules
from handlers import front, limits
from handlers.kinds import House, find_kinds
from handlers.reports import digest, sealing
from handlers.tickets import recheck, timeouts

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.settings import Settings
    from desk.storage import Database

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The desk without its doors: no Telegram, no Rasa process, nothing running."""

    database: Database
    pool: Pool
    house: House
    front: Front
    interpreter: Interpreter
    jobs: tuple[Job, ...]

    def close(self) -> None:
        """End the threads and the connections."""
        self.pool.close()
        self.database.close()


def build(settings: Settings, *, sandbox: bool = False) -> Desk:
    """Put the desk together on a migrated database. Raises BadSettings if the database cannot be used."""
    database = open_database(settings.database(sandbox=sandbox))
    with database.reading() as session:
        house = build_house(session, exports=settings.data / "exports", holds_cards=not sandbox)
    return Desk(
        database=database,
        pool=Pool(database),
        house=house,
        front=Front(
            needs_understanding=front.needs_understanding,
            handle=partial(limits.handle, house=house, per_minute=0 if sandbox else settings.flood),
            apologise=front.apologise,
        ),
        interpreter=Interpreter(),
        jobs=jobs(house, kept=timedelta(days=settings.keep_days)),
    )


def build_house(session: Session, *, exports: Path = Path("data/exports"), holds_cards: bool = True) -> House:
    """Return what handlers are given; the calendar knows the days an admin has loaded, files go to `exports`."""
    rules = load_rules()
    calendar = recheck.build_calendar(session, rules=rules)
    return House(kinds=find_kinds(), calendar=calendar, rules=rules, exports=exports, holds_cards=holds_cards)


def jobs(house: House, *, kept: timedelta = retention.KEPT) -> tuple[Job, ...]:
    """Return the calendar of the desk."""
    return (
        Job(name="digest", cron="30 8 * * *", work=partial(digest.morning, house=house)),
        # Each day, because they go out on the first working day of the week or month; each person gets one.
        Job(name="weekly", cron="0 8 * * *", work=partial(digest.weekly, house=house)),
        Job(name="monthly", cron="0 9 * * *", work=partial(digest.monthly, house=house)),
        Job(name="sealing", cron="0 10 * * *", work=partial(sealing.remind, house=house)),
        Job(name="recheck", cron="*/5 * * * *", work=partial(recheck.refresh, house=house), once_only=False),
        Job(name="timeouts", cron="* * * * *", work=partial(timeouts.run, house=house), once_only=False),
        # Sealing twice seals nothing the second time: no key is needed.
        Job(name="seals", cron="*/10 * * * *", work=audit.seal, once_only=False),
        # Several times a night, because one go is limited.
        Job(
            name="retention",
            cron="*/15 3 * * *",
            work=partial(retention.forget, kept=kept, exports=house.exports),
            once_only=False,
        ),
    )
