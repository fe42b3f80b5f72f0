"""What was asked once in a transaction and is asked again: who holds a role, what a ticket went through.

One message asks it several times, from cards and reminders that know nothing of each other. The answer is kept with the
session under the table it was read from, and forgotten as soon as that table is written, or anything is taken back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session, object_session

from desk.models import RoleGrant, TicketEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")
KEPT = "remembered"
# What answers may be read from; bulk statements on these would go unnoticed, and there are none.
WATCHED = (RoleGrant, TicketEvent)


def remembered(session: Session, table: type, key: Hashable, ask: Callable[[], T]) -> T:
    """Return the answer kept under `key`, or ask and keep it. `table` is one of `WATCHED`."""
    answers: dict[Hashable, T] = session.info.setdefault(KEPT, {}).setdefault(table, {})
    if key not in answers:
        answers[key] = ask()
    return answers[key]


def _forget(_mapper: Any, _connection: Any, target: Any) -> None:
    session = object_session(target)
    if session is not None and KEPT in session.info:
        session.info[KEPT].pop(type(target), None)


def _forget_all(session: Session, *_: Any) -> None:
    session.info.pop(KEPT, None)


for _table in WATCHED:
    for _written in ("after_insert", "after_update", "after_delete"):
        event.listen(_table, _written, _forget)
for _ended in ("after_soft_rollback", "after_commit"):
    event.listen(Session, _ended, _forget_all)
