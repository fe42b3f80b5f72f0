"""What the desk's own people are told when a message could not be delivered."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from desk.models import Attachment, OutboxMessage, Person, Purpose, Role, Ticket
from desk.outbox import Message, send
from desk.people import dispatchers, is_reachable, people_with

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from desk.outbox import Owed

BLOCKED = (
    "⚠️ <b>{name}</b> 收不到消息：已停用或屏蔽了机器人。\n单号 {number} 的通知没有送达，请电话联系{phone}。"
)
REMINDER_LOST = (
    "⚠️ 网络超时，不确定提醒是否送达 <b>{name}</b>，为免重复不再重发。\n单号 {number}，请电话确认{phone}。"
)

WITHHELD = (
    "⚠️ 您随 {number} 发来的图片没能转出去：{why}。里面可能带着拍摄的地点，不好原样转给别人。\n"
    "麻烦改用「照片」的方式、或存成 PDF 再发一次，我马上转。"
)


def tell_blocked(session: Session, owed: Owed, *, now: datetime) -> None:
    """Mark the person behind a 403 as unreachable and tell who answers for the ticket, once a ticket."""
    person = _recipient(session, owed)
    if person is None:
        return
    person.reachable = False
    ticket = session.get(Ticket, owed.ticket_id) if owed.ticket_id else None
    if ticket is not None:
        _tell(
            session,
            _who_answers(session, ticket, but=person),
            BLOCKED,
            person,
            ticket,
            now=now,
            mark="blocked",
        )


def tell_reminder_lost(session: Session, owed: Owed, *, now: datetime) -> None:
    """Tell the dispatchers that a reminder may not have arrived and will not be sent again."""
    person = _recipient(session, owed)
    ticket = session.get(Ticket, owed.ticket_id) if owed.ticket_id else None
    if person is not None and ticket is not None:
        told = _dispatchers(session, ticket, but=person)
        _tell(session, told, REMINDER_LOST, person, ticket, now=now, mark=f"lost{owed.id}")


def tell_withheld(session: Session, owed: Owed, *, why: str, now: datetime) -> None:
    """Ask whoever sent a picture that could not be passed on to send it in another way, once for each picture."""
    file_id = str(owed.payload.get("file_id") or "")
    query = select(Attachment).where(Attachment.file_id == file_id, Attachment.ticket_id == owed.ticket_id)
    kept = session.scalars(query.order_by(Attachment.id.desc()).limit(1)).first() if owed.ticket_id else None
    sender = session.get(Person, kept.person_id) if kept is not None else None
    ticket = session.get(Ticket, owed.ticket_id) if owed.ticket_id else None
    if kept is None or sender is None or sender.chat_id is None or ticket is None:
        return
    _once(
        session,
        WITHHELD.format(number=ticket.number, why=why),
        sender,
        ticket,
        key=f"withheld:{kept.id}",
        now=now,
    )


def reached(session: Session, owed: Owed) -> None:
    """Remember that a message arrived at somebody who was thought unreachable."""
    session.execute(
        update(Person)
        # A private chat has its person's own number, which is indexed.
        .where(Person.telegram_id == owed.chat_id, Person.reachable.is_(False))
        .values(reachable=True)
        .execution_options(synchronize_session=False)
    )


def _tell(
    session: Session,
    people: Iterable[Person],
    text: str,
    about: Person,
    ticket: Ticket,
    *,
    now: datetime,
    mark: str,
) -> None:
    phone = f"（{html.escape(about.phone)}）" if about.phone else ""
    said = text.format(name=html.escape(about.name), number=ticket.number, phone=phone)
    for person in people:
        _once(session, said, person, ticket, key=f"{mark}:{ticket.id}:{about.id}:{person.id}", now=now)


def _once(session: Session, said: str, person: Person, ticket: Ticket, *, key: str, now: datetime) -> None:
    known = session.scalar(select(OutboxMessage.id).where(OutboxMessage.dedupe_key == key))
    if known is None and person.chat_id is not None:
        # A reply, not a reminder: it must not be dropped when the ticket moves on.
        send(
            session,
            Message(text=said),
            chat_id=person.chat_id,
            now=now,
            purpose=Purpose.TICKET,
            person=person,
            ticket=ticket,
            dedupe_key=key,
        )


def _who_answers(session: Session, ticket: Ticket, *, but: Person) -> list[Person]:
    responsible = ticket.responsible
    if responsible is not None and responsible.id != but.id and is_reachable(responsible):
        return [responsible]
    return _dispatchers(session, ticket, but=but)


def _dispatchers(session: Session, ticket: Ticket, *, but: Person) -> list[Person]:
    for people in (dispatchers(session, ticket.kind), people_with(session, Role.ADMIN)):
        found = [person for person in people if person.id != but.id and is_reachable(person)]
        if found:
            return found
    return []


def _recipient(session: Session, owed: Owed) -> Person | None:
    """The person a row was for: nobody if it went to a group."""
    if owed.chat_id < 0:
        return None
    return session.scalar(select(Person).where(Person.telegram_id == owed.chat_id)) or (
        session.get(Person, owed.person_id) if owed.person_id else None
    )
