"""The way in: what Telegram delivered, kept until it is handled.

An update is stored and committed before Telegram is told that it arrived, so a killed process loses nothing. It is
stored once: under its `update_id`, and under the origin of what it tells (the same press can be delivered again under
a new `update_id`). The updates of one chat are handed out in the order they were stored; those of several chats side
by side. A row is `pending`, then `working` in one process's hands, then `done`, or `dead` when it could not be handled.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2s
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, and_, bindparam, case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from desk.models import InboxStatus, InboxUpdate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import BindParameter, Table
    from sqlalchemy.orm import Session

OPEN = (InboxStatus.PENDING, InboxStatus.WORKING)
# A row found in a dead process's hands this often is probably what kills the processes.
RECOVERIES = 20
ERROR_LENGTH = 2000

# ── what is said to the database for every single update, put together once ─────────────────────────
# Putting a statement together costs several times what the database needs to carry it out.


def _literally(*statuses: InboxStatus) -> BindParameter[Any]:
    """Write statuses into the statement itself: a partial index serves only conditions the planner can read."""
    return bindparam(None, [str(status) for status in statuses], expanding=True, literal_execute=True)


ROWS: Table = InboxUpdate.__table__  # type: ignore[assignment]
EARLIER = ROWS.alias("inbox_earlier")
IS_OPEN = ROWS.c.status.in_(_literally(*OPEN))
IS_WAITING = and_(IS_OPEN, ROWS.c.status == InboxStatus.PENDING)
INSERT = {
    name: dialect.insert(ROWS).on_conflict_do_nothing().returning(ROWS.c.id)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
WAITING = select(ROWS.c.id).where(IS_WAITING).limit(1)
CLAIMABLE = (
    select(ROWS.c.id, ROWS.c.update_id, ROWS.c.chat_id, ROWS.c.payload)
    .where(
        IS_WAITING,
        ~select(EARLIER.c.id)
        .where(
            EARLIER.c.chat_id == ROWS.c.chat_id,
            EARLIER.c.id < ROWS.c.id,
            EARLIER.c.status.in_(_literally(*OPEN)),
        )
        .exists(),
    )
    # By arrival, not by key: in the key's order SQLite would walk through all that was ever handled.
    .order_by(ROWS.c.received_at, ROWS.c.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
TAKE = (
    update(ROWS)
    .where(ROWS.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        status=InboxStatus.WORKING,
        claimed_at=bindparam("at"),
        claimed_by=bindparam("worker"),
        attempts=ROWS.c.attempts + 1,
    )
)
SETTLE = (
    update(ROWS)
    .where(ROWS.c.id == bindparam("row_id"), IS_OPEN)
    .values(status=InboxStatus.DONE, error="")
    .returning(ROWS.c.id)
)


@dataclass(frozen=True, slots=True)
class Received:
    """An update taken in hand, as Telegram sent it."""

    id: int
    update_id: int
    chat_id: int | None
    payload: dict[str, Any]


def store(session: Session, payload: Mapping[str, Any], *, now: datetime) -> bool:
    """Keep one update as Telegram sent it; say whether it is new. Raises KeyError without an `update_id`."""
    update_id, key = int(payload["update_id"]), source_key(payload)
    if _insert(session, payload, update_id=update_id, key=key, now=now):
        return True
    if not _make_room(session, update_id=update_id, key=key):
        return False
    return _insert(session, payload, update_id=update_id, key=key, now=now)


def _insert(
    session: Session, payload: Mapping[str, Any], *, update_id: int, key: str | None, now: datetime
) -> bool:
    values = {
        "update_id": update_id,
        "source_key": key,
        "chat_id": chat_of(payload),
        "payload": dict(payload),
        "status": InboxStatus.PENDING,
        "attempts": 0,
        "error": "",
        "received_at": now,
    }
    return session.execute(INSERT[session.get_bind().dialect.name], values).first() is not None


def _make_room(session: Session, *, update_id: int, key: str | None) -> bool:
    """Free an `update_id` that meant something else before: another bot's, or one counted again after a reset."""
    if key is None:
        return False
    moved = session.execute(
        update(InboxUpdate)
        .where(InboxUpdate.update_id == update_id, InboxUpdate.source_key != key)
        .values(update_id=-InboxUpdate.id)
        .execution_options(synchronize_session=False)
    )
    return bool(getattr(moved, "rowcount", 0))


def source_key(payload: Mapping[str, Any]) -> str | None:
    """Name what an update tells, whatever `update_id` it came under; None for what has no such name."""
    if press := payload.get("callback_query"):
        return f"c:{press.get('id')}"
    if message := payload.get("message"):
        # With the date, because another bot on the same database counts its messages from 1 again.
        return f"m:{_chat(message)}:{message.get('message_id')}:{message.get('date')}"
    if message := payload.get("edited_message"):
        # Two edits within one second share their edit_date: the text tells them apart.
        said = str(message.get("text") or message.get("caption") or "")
        mark = hash_of(said)
        return f"e:{_chat(message)}:{message.get('message_id')}:{message.get('edit_date')}:{mark}"
    return None


def hash_of(text: str) -> str:
    """Return a short stable fingerprint of `text`."""
    return blake2s(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def chat_of(payload: Mapping[str, Any]) -> int | None:
    """Return the chat whose order an update belongs to; None where there is none."""
    if press := payload.get("callback_query"):
        return _chat(press.get("message") or {}) or _id(press.get("from"))
    for name in ("message", "edited_message", "my_chat_member"):
        if inner := payload.get(name):
            return _chat(inner)
    return None


def is_any_waiting(session: Session) -> bool:
    """Say whether an update waits that nobody has in hand; one look into a partial index."""
    return session.scalar(WAITING) is not None


def claim(session: Session, *, now: datetime, worker: str, limit: int) -> list[Received]:
    """Take up to `limit` waiting updates in hand, at most one a chat and never past an earlier open one."""
    found = [Received(*row) for row in session.execute(CLAIMABLE, {"most": limit})]
    if found:
        session.execute(TAKE, {"ids": [row.id for row in found], "at": now, "worker": worker})
    return found


def done(session: Session, row_id: int) -> bool:
    """Mark an update handled; belongs into the transaction of what it caused, before it.

    Returns False if it was settled already (another process took it over, or a commit's answer was lost): then it must
    not be handled again.
    """
    return session.execute(SETTLE, {"row_id": row_id}).first() is not None


def dead(session: Session, row_id: int, *, error: str) -> None:
    """Give an update up, keeping why, so that its chat can go on."""
    session.execute(
        update(InboxUpdate)
        .where(InboxUpdate.id == row_id)
        .values(status=InboxStatus.DEAD, error=error[:ERROR_LENGTH])
    )


def recover(session: Session, *, stale_before: datetime, is_gone: Callable[[str], bool]) -> int:
    """Take updates out of the hands of dead processes and return how many.

    A row is theirs if `is_gone` says so of its owner, or if it was claimed before the instant `stale_before`.
    """
    owners = session.scalars(
        select(InboxUpdate.claimed_by)
        .where(InboxUpdate.status.in_(_literally(*OPEN)), InboxUpdate.status == InboxStatus.WORKING)
        .distinct()
    )
    gone = [owner for owner in owners if owner and is_gone(owner)]
    tired = InboxUpdate.attempts >= RECOVERIES
    found = session.execute(
        update(InboxUpdate)
        .where(
            InboxUpdate.status.in_(_literally(*OPEN)),
            InboxUpdate.status == InboxStatus.WORKING,
            or_(InboxUpdate.claimed_by.in_(gone), InboxUpdate.claimed_at < stale_before),
        )
        .values(
            status=case((tired, InboxStatus.DEAD.value), else_=InboxStatus.PENDING.value),
            error=case((tired, "its processes died too often"), else_=InboxUpdate.error),
            claimed_by=None,
        )
        .execution_options(synchronize_session=False)
    )
    return int(getattr(found, "rowcount", 0))


def backlog(session: Session) -> tuple[int, datetime | None]:
    """Return how many updates wait or are in hand, and the instant the oldest was received."""
    count, oldest = session.execute(
        select(func.count(), func.min(InboxUpdate.received_at)).where(
            InboxUpdate.status.in_(_literally(*OPEN))
        )
    ).one()
    return int(count), oldest


def _chat(inner: Mapping[str, Any]) -> int | None:
    return _id(inner.get("chat"))


def _id(thing: Mapping[str, Any] | None) -> int | None:
    value = (thing or {}).get("id")
    return int(value) if isinstance(value, int) else None
