"""How much one person may ask of the desk: a flood of messages is answered once and then not at all until it calms down,
and codes cannot be tried out one after the other.

Nothing is kept for this: the inbox knows who wrote when. What counts is when something was written, not when it arrived,
so that the messages that piled up while the desk was away are no flood.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from desk import outbox
from desk.models import InboxStatus, InboxUpdate, Purpose
from desk.outbox import Message, PressAnswer
from handlers import front

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from handlers.heard import Heard
    from handlers.kinds import House

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# Messages of one person a minute, and codes one account may try an hour.
PER_MINUTE = 30
CODES_PER_HOUR = 5
# However fast somebody writes, so many rows are looked at.
LOOKED_AT = 500

CALM = "您发得太快了，我先歇一会儿。请等一分钟再说，前面已经受理的事照常办理。"
TOO_MANY_CODES = "邀请码试得太多了，请一小时后再试，或联系管理员重新发一个。"


def handle(
    session: Session, heard: Heard, *, house: House, now: datetime, per_minute: int = PER_MINUTE
) -> None:
    """Let the front desk deal with what was heard, unless it is too much. `per_minute` 0: nothing is.

    The update's own inbox row is to be marked done before, in the same transaction: it is counted, too.
    """
    too_much = _too_much(session, heard, now=now, per_minute=per_minute) if heard.is_private else None
    if too_much is None:
        front.handle(session, heard, house=house, now=now)
    elif too_much:
        _refuse(session, heard, too_much, now=now)


def _too_much(session: Session, heard: Heard, *, now: datetime, per_minute: int) -> str | None:
    """Return what to say instead of dealing with it: None if it is not too much, nothing if that was said already."""
    if per_minute:
        said = _said_lately(session, heard, now=now, at_least=per_minute)
        if said > per_minute:
            return CALM if said == per_minute + 1 else ""
    is_code = heard.command == "start" and bool(heard.text)
    if is_code and _codes_tried(session, heard, now=now) > CODES_PER_HOUR:
        return TOO_MANY_CODES
    return None


def _said_lately(session: Session, heard: Heard, *, now: datetime, at_least: int) -> int:
    """Return how many messages and presses came within the minute that ends with the newest."""
    count = _lately(heard, since=now - MINUTE).with_only_columns(func.count())
    if (session.scalar(count) or 0) <= at_least:
        return 0
    newest = _lately(heard, since=now - MINUTE).order_by(InboxUpdate.id.desc()).limit(LOOKED_AT)
    written = [_written(payload, received) for payload, received in session.execute(newest)]
    return sum(1 for one in written if written[0] - MINUTE < one <= written[0])


def _codes_tried(session: Session, heard: Heard, *, now: datetime) -> int:
    found = session.execute(_lately(heard, since=now - HOUR).order_by(InboxUpdate.id.desc()).limit(LOOKED_AT))
    texts = (str((payload.get("message") or {}).get("text") or "") for payload, _ in found)
    return sum(1 for text in texts if text.startswith("/start") and len(text.split()) > 1)


def _lately(heard: Heard, *, since: datetime) -> Select[tuple[dict[str, Any], datetime]]:
    return select(InboxUpdate.payload, InboxUpdate.received_at).where(
        InboxUpdate.chat_id == heard.chat_id,
        InboxUpdate.received_at > since,
        InboxUpdate.status == InboxStatus.DONE,
    )


def _written(payload: Mapping[str, Any], received: datetime) -> datetime:
    """Return when something was said; a press does not tell, so for it that is when it arrived."""
    message = payload.get("message") or {}
    date = message.get("date")
    return datetime.fromtimestamp(date, UTC) if isinstance(date, int) else received


def _refuse(session: Session, heard: Heard, text: str, *, now: datetime) -> None:
    if heard.press is not None:
        answer = PressAnswer(callback_id=heard.press.callback_id, text=text, alert=True)
        outbox.send(session, answer, chat_id=heard.chat_id, purpose=Purpose.CALLBACK, now=now)
    else:
        outbox.send(session, Message(text=text), chat_id=heard.chat_id, now=now)
