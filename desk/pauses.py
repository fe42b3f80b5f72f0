"""Telegram asked for a pause: whoever sends for this desk keeps it, not only the process that was asked.

Telegram counts the calls of the bot, whichever process makes them, and holds off longer the less it is heeded. So what it asks
for (429, `retry_after`) is one row here, written down with the outcome of the call that met it and looked at in each
transaction that takes messages in hand. A process that starts in the middle of a pause keeps it too.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Table, and_, bindparam, case, select
from sqlalchemy.dialects import postgresql, sqlite

from desk.models import Pause

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

TELEGRAM = "telegram"
ROWS: Table = Pause.__table__  # type: ignore[assignment]
# One that has not begun yet was written before the clock was set back: it would last for ever.
IN_FORCE = select(ROWS.c.ends_at).where(
    ROWS.c.name == TELEGRAM, ROWS.c.began_at <= bindparam("now"), ROWS.c.ends_at > bindparam("now")
)


def ask_for(session: Session, *, seconds: float, now: datetime) -> None:
    """Let nobody send for so many seconds from the instant `now` on; a pause that lasts longer stays as it is."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    new = insert(ROWS).values(name=TELEGRAM, began_at=now, ends_at=now + timedelta(seconds=seconds))
    lasts_longer = and_(ROWS.c.began_at <= new.excluded.began_at, ROWS.c.ends_at > new.excluded.ends_at)
    kept = {
        name: case((lasts_longer, ROWS.c[name]), else_=new.excluded[name]) for name in ("began_at", "ends_at")
    }
    session.execute(new.on_conflict_do_update(index_elements=[ROWS.c.name], set_=kept))


def left(session: Session, *, now: datetime) -> float:
    """Return the seconds from the instant `now` until messages may be sent again; 0 if they may."""
    ends_at = session.scalar(IN_FORCE, {"now": now})
    return 0.0 if ends_at is None else float((ends_at - now).total_seconds())
