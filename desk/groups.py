"""Dispatchers' group chats: which group gets the new tickets of which kinds.

An administrator binds a group from inside it; a group the bot was taken out of gets nothing any more, and one that Telegram
gave a new number (a group that grew) keeps its tickets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, update

from desk.models import DispatchGroup

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from desk.models import Person

EVERY_KIND = ""


def bind(session: Session, chat_id: int, *, kinds: Iterable[str], by: Person, now: datetime) -> None:
    """Let a group have the new tickets of `kinds` (none named: of every kind) from `now` on, and of no others."""
    unbind(session, chat_id)
    for kind in sorted(set(kinds)) or [EVERY_KIND]:
        session.add(DispatchGroup(chat_id=chat_id, kind=kind, bound_by_id=by.id, bound_at=now))
    session.flush()


def unbind(session: Session, chat_id: int) -> bool:
    """Let a group have nothing any more; say whether it had."""
    gone = session.execute(delete(DispatchGroup).where(DispatchGroup.chat_id == chat_id))
    return bool(getattr(gone, "rowcount", 0))


CHATS = (
    select(DispatchGroup.chat_id)
    .where(DispatchGroup.kind.in_([bindparam("kind"), EVERY_KIND]))
    .distinct()
    .order_by(DispatchGroup.chat_id)
)


def chats_of(session: Session, kind: str) -> list[int]:
    """Return the groups that get the tickets of a kind."""
    return list(session.scalars(CHATS, {"kind": kind}))


def moved(session: Session, chat_id: int, *, to: int) -> None:
    """Follow a group that Telegram gave a new number."""
    if chats := list(session.scalars(select(DispatchGroup).where(DispatchGroup.chat_id == chat_id))):
        session.execute(delete(DispatchGroup).where(DispatchGroup.chat_id == to))
        session.execute(
            update(DispatchGroup).where(DispatchGroup.id.in_([c.id for c in chats])).values(chat_id=to)
        )
