"""What the desk forgets: the raw messages of a month ago, once nothing depends on them any more.

The ticket and its history keep what was decided. How exactly somebody put it, and what exactly was answered, is nobody's
business after a while: updates that are done are deleted, messages that are out (or never will be) lose their content and
keep only that they were sent, when and to whom. The cards of a ticket stay whole while it is open or was closed lately,
because they may still be rewritten. Conversations nobody went on with go, and sentences kept for review (blotted, and nobody's)
go when they were dealt with, or when nobody did for three times as long.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Text, and_, cast, delete, or_, select, update

from desk.models import Feedback, InboxStatus, InboxUpdate, OutboxMessage, OutboxStatus, Talk, Ticket

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Executable
    from sqlalchemy.orm import Session

log = structlog.get_logger(__name__)

KEPT = timedelta(days=30)
# A sentence nobody has reviewed yet is kept this many times as long.
REVIEWED_WITHIN = 3
# So many rows of each sort in one go: the desk waits while they are written.
AT_ONCE = 20_000


def forget(
    session: Session,
    *,
    now: datetime,
    kept: timedelta = KEPT,
    at_once: int = AT_ONCE,
    exports: Path | None = None,
) -> int:
    """Delete what is old (files in `exports` too) and empty old messages; return how many.

    Of updates and messages at most `at_once` each.
    """
    before = now - kept
    gone = {
        "updates": _updates(session, before, at_once),
        "messages": _messages(session, before, at_once),
        "talks": _count(session, delete(Talk).where(Talk.updated_at < before)),
        "feedback": _feedback(session, before, untouched_before=now - REVIEWED_WITHIN * kept),
        "files": _files(exports, before) if exports is not None else 0,
    }
    if any(gone.values()):
        log.info("forgotten", **gone, before=before.isoformat())
    return sum(gone.values())


def _files(exports: Path, before: datetime) -> int:
    """Delete the pictures and lists made for people before then: they were sent long ago, and can be made anew."""
    old = [
        path
        for path in (exports.iterdir() if exports.is_dir() else ())
        if path.is_file() and path.stat().st_mtime < before.timestamp()
    ]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _feedback(session: Session, before: datetime, *, untouched_before: datetime) -> int:
    dealt_with = and_(Feedback.state != "open", Feedback.created_at < before)
    return _count(session, delete(Feedback).where(or_(dealt_with, Feedback.created_at < untouched_before)))


def _count(session: Session, statement: Executable) -> int:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return int(getattr(done, "rowcount", 0))


def _updates(session: Session, before: datetime, at_once: int) -> int:
    over = (
        select(InboxUpdate.id)
        .where(
            InboxUpdate.status.in_([InboxStatus.DONE, InboxStatus.DEAD]),
            InboxUpdate.received_at < before,
        )
        .order_by(InboxUpdate.id)
        .limit(at_once)
    )
    return _count(session, delete(InboxUpdate).where(InboxUpdate.id.in_(over)))


def _messages(session: Session, before: datetime, at_once: int) -> int:
    live_cards = (
        select(Ticket.id)
        .where(
            Ticket.id == OutboxMessage.ticket_id,
            OutboxMessage.card.is_not(None),
            or_(Ticket.closed_at.is_(None), Ticket.closed_at >= before),
        )
        .exists()
    )
    over = (
        select(OutboxMessage.id)
        .where(
            OutboxMessage.status.not_in([OutboxStatus.PENDING, OutboxStatus.SENDING]),
            OutboxMessage.created_at < before,
            OutboxMessage.due_at < before,
            cast(OutboxMessage.payload, Text) != "{}",
            ~live_cards,
        )
        .order_by(OutboxMessage.id)
        .limit(at_once)
    )
    emptied = update(OutboxMessage).where(OutboxMessage.id.in_(over)).values(payload={}, last_error="")
    return _count(session, emptied)
