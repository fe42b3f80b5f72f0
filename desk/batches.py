"""What was held over quiet hours is said in one message: 「静默时段为您留着的 3 条提醒」.

Rows of one chat and one batch were all due when the quiet ended. Whoever claims the first of them takes the others along,
in the same transaction, so that the sender has one message to send and nothing to know of batches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from desk.models import OutboxMessage, OutboxStatus, Ticket

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import BindParameter
    from sqlalchemy.orm import Session

HEAD = "🔔 静默时段为您留着的 {count} 条提醒："
# Buttons that speak to one reminder: for the whole message there is one of its own.
OWN = "r:"
MOST_ROWS = 12


def gather(session: Session, row: OutboxMessage, *, is_stale: Callable[..., bool]) -> None:
    """Make `row` say what the other waiting rows of its batch and chat say; those are `merged`, stale ones cancelled.

    `is_stale(row, version=…, closed_at=…)` judges by what the row's ticket is now.
    """
    if "merged" in row.payload:
        return
    waiting: BindParameter[Any] = bindparam(None, OutboxStatus.PENDING.value, literal_execute=True)
    query = (
        select(OutboxMessage, Ticket.number, Ticket.version, Ticket.closed_at)
        .outerjoin(Ticket, Ticket.id == OutboxMessage.ticket_id)
        .where(
            OutboxMessage.chat_id == row.chat_id,
            OutboxMessage.batch == row.batch,
            OutboxMessage.status == waiting,
            OutboxMessage.id != row.id,
        )
        .order_by(OutboxMessage.id)
        .with_for_update(skip_locked=True, of=OutboxMessage)
    )
    others: list[tuple[OutboxMessage, str]] = []
    for other, number, version, closed_at in session.execute(query).all():
        if is_stale(other, version=version, closed_at=closed_at):
            other.status = OutboxStatus.CANCELLED
        else:
            other.status = OutboxStatus.MERGED
            others.append((other, number or ""))
    if others:
        own = session.get(Ticket, row.ticket_id) if row.ticket_id else None
        _join(row, [(row, own.number if own else ""), *others])


def _join(row: OutboxMessage, parts: list[tuple[OutboxMessage, str]]) -> None:
    texts = [str(part.payload.get("text") or "") for part, _ in parts]
    buttons = [
        [{**button, "label": f"{button['label']} {number[-3:]}".rstrip()} for button in line]
        for part, number in parts
        for line in _without_own(part.payload.get("buttons") or [])
    ][:MOST_ROWS]
    if any(part.payload.get("buttons") for part, _ in parts):
        buttons.append([{"label": "知道了", "data": f"{OWN}ok:{row.id}"}])
    row.payload = {
        **row.payload,
        "text": "\n\n".join([HEAD.format(count=len(texts)), *texts]),
        "buttons": buttons,
        "merged": [part.id for part, _ in parts if part is not row],
    }


def _without_own(lines: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    kept = [[b for b in line if not str(b["data"]).startswith(OWN)] for line in lines]
    return [line for line in kept if line]
