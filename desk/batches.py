"""What was held over quiet hours is said in one message: 「静默时段为您留着的 3 条提醒」.

Rows of one chat and one batch were all due when the quiet ended. Whoever claims the first of them joins them into one new
row, in the same transaction, so that the sender has one message to send and nothing to know of batches. A ticket's card
that was merged gets a message of its own the next time it changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from desk.models import OutboxMessage, OutboxStatus, Purpose, Ticket

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import BindParameter
    from sqlalchemy.orm import Session

HEAD = "🔔 静默时段为您留着的 {count} 条提醒："
# Buttons that speak to one reminder: for the whole message there is one of its own.
OWN = "r:"
MOST_ROWS = 12


def gather(
    session: Session, row_id: int, *, now: datetime, worker: str, fate: Callable[..., OutboxStatus]
) -> OutboxMessage | None:
    """Join the waiting rows of a row's batch and chat into one new row, claimed by `worker`; None when it is alone.

    Those joined are `merged`. `fate(row, version=…, closed_at=…, now=…)` says what becomes of each by what its ticket is now.
    """
    first = session.get_one(OutboxMessage, row_id)
    waiting: BindParameter[Any] = bindparam(None, OutboxStatus.PENDING.value, literal_execute=True)
    query = (
        select(OutboxMessage, Ticket.number, Ticket.version, Ticket.closed_at)
        .outerjoin(Ticket, Ticket.id == OutboxMessage.ticket_id)
        .where(
            OutboxMessage.chat_id == first.chat_id,
            OutboxMessage.batch == first.batch,
            OutboxMessage.status == waiting,
        )
        .order_by(OutboxMessage.id)
        .with_for_update(skip_locked=True, of=OutboxMessage)
    )
    parts: list[tuple[OutboxMessage, str]] = []
    for row, number, version, closed_at in session.execute(query).all():
        became = fate(row, version=version, closed_at=closed_at, now=now)
        if became == OutboxStatus.SENDING:
            parts.append((row, number or ""))
        else:
            row.status = became
    if len(parts) < 2:
        return None
    for row, _ in parts:
        row.status = OutboxStatus.MERGED
    return _joined(session, parts, now=now, worker=worker)


def _joined(
    session: Session, parts: list[tuple[OutboxMessage, str]], *, now: datetime, worker: str
) -> OutboxMessage:
    first = parts[0][0]
    # What may be sent twice after a doubt: a merged message with a ticket's card in it is sent rather than lost.
    sorts = {row.purpose for row, _ in parts}
    whole = OutboxMessage(
        chat_id=first.chat_id,
        person_id=first.person_id,
        purpose=Purpose.REMINDER if sorts == {Purpose.REMINDER} else Purpose.TICKET,
        payload={},
        status=OutboxStatus.SENDING,
        due_at=first.due_at,
        attempts=1,
        created_at=now,
        claimed_at=now,
        claimed_by=worker,
    )
    session.add(whole)
    session.flush()
    texts = [str(row.payload.get("text") or "") for row, _ in parts]
    whole.payload = {
        **first.payload,
        "text": "\n\n".join([HEAD.format(count=len(texts)), *texts]),
        "buttons": _buttons(parts, whole),
        "merged": [row.id for row, _ in parts],
    }
    session.flush()
    return whole


def _buttons(parts: list[tuple[OutboxMessage, str]], whole: OutboxMessage) -> list[list[dict[str, Any]]]:
    buttons = [
        [{**button, "label": f"{button['label']} {number[-3:]}".rstrip()} for button in line]
        for row, number in parts
        for line in _without_own(row.payload.get("buttons") or [])
    ][:MOST_ROWS]
    if any(row.payload.get("buttons") for row, _ in parts):
        buttons.append([{"label": "知道了", "data": f"{OWN}ok:{whole.id}"}])
    return buttons


def _without_own(lines: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    kept = [[b for b in line if not str(b["data"]).startswith(OWN)] for line in lines]
    return [line for line in kept if line]
