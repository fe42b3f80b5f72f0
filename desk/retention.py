"""What the desk forgets: the raw messages of a month ago, once nothing depends on them any more.

The ticket and its history keep what was decided. How exactly somebody put it, and what exactly was answered, is nobody's
business after a while: updates that are done are deleted, messages that are out (or never will be) lose their content and
keep only that they were sent, when and to whom. The cards of a ticket stay whole while it is open or was closed lately,
because they may still be rewritten.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Text, cast, delete, or_, select, update

from desk.models import InboxStatus, InboxUpdate, OutboxMessage, OutboxStatus, Ticket

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

log = structlog.get_logger(__name__)

KEPT = timedelta(days=30)
# So many rows of each sort in one go: the desk waits while they are written.
AT_ONCE = 20_000


def forget(session: Session, *, now: datetime, kept: timedelta = KEPT, at_once: int = AT_ONCE) -> int:
    """Delete old updates and empty old messages, at most `at_once` of each; return how many rows."""
    before = now - kept
    updates, messages = _updates(session, before, at_once), _messages(session, before, at_once)
    if updates or messages:
        log.info("forgotten", updates=updates, messages=messages, before=before.isoformat())
    return updates + messages


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
    gone = session.execute(
        delete(InboxUpdate).where(InboxUpdate.id.in_(over)).execution_options(synchronize_session=False)
    )
    return int(getattr(gone, "rowcount", 0))


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
    emptied = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(over))
        .values(payload={}, last_error="")
        .execution_options(synchronize_session=False)
    )
    return int(getattr(emptied, "rowcount", 0))
