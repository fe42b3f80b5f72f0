"""Asking the other side, once, and telling whom it concerns: what leave and swaps share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import outbox, people, quiet
from desk.errors import NotAllowed
from desk.models import OutboxMessage, Person, Purpose
from desk.outbox import Button, Message
from handlers.tickets import held

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.desk_side import Stage

OVER = "这件事已经过去了，不用再点。"
NOT_ASKED = "这件事没有问过您，不用您点。"


def ask(stage: Stage, person: Person, text: str, answers: tuple[Button, ...], *, key: str) -> bool:
    """Ask somebody once; return False when they were asked before."""
    if was_asked(stage, key):
        return False
    outbox.send(
        stage.scene.session,
        Message(text=text, buttons=(answers,)),
        chat_id=person.chat_id or 0,
        person=person,
        purpose=Purpose.TICKET,
        dedupe_key=key,
        now=stage.scene.now,
    )
    return True


def was_asked(stage: Stage, key: str) -> bool:
    """Say whether the question of this key was put."""
    return (
        stage.scene.session.scalar(select(OutboxMessage.id).where(OutboxMessage.dedupe_key == key))
        is not None
    )


def must_be_asked(stage: Stage, key: str) -> None:
    """Refuse a press by somebody the desk never asked. Raises NotAllowed."""
    if not was_asked(stage, key):
        raise NotAllowed(NOT_ASKED)


def tell(stage: Stage, person: Person, text: str, *, due_at: datetime | None = None) -> None:
    """Tell somebody else than the actor, at once or at the end of quiet hours (`due_at`, an instant)."""
    if person.chat_id is not None and person.id != stage.person.id:
        outbox.send(
            stage.scene.session,
            Message(text=text),
            chat_id=person.chat_id,
            person=person,
            purpose=Purpose.TICKET,
            due_at=due_at,
            batch=quiet.batch(due_at) if due_at is not None else None,
            now=stage.scene.now,
        )


def tell_dispatchers(stage: Stage, text: str, *, kind: str = "", besides: Person | None = None) -> None:
    """Tell the dispatchers of a kind, or of all the kinds the person may work for."""
    roles = {g.role for g in (besides or stage.person).grants}
    kinds = {kind} if kind else {g.kind for g in (besides or stage.person).grants if g.kind}
    kinds |= {k.name for k in stage.house.kinds if not kind and k.worker in roles}
    found = {p.id: p for k in kinds for p in people.dispatchers(stage.scene.session, k)}
    for person in found.values():
        if besides is None or person.id != besides.id:
            tell(stage, person, text, due_at=held.until_morning(stage.scene, person))
