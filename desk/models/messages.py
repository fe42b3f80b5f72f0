"""What comes in and what goes out: the inbox, the outbox, where each conversation stands, the dispatchers' groups."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.models.base import Base, BigKey


class InboxStatus(StrEnum):
    PENDING = "pending"
    WORKING = "working"
    DONE = "done"
    DEAD = "dead"


class InboxUpdate(Base):
    """An update as Telegram sent it, committed before it is acknowledged."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index("ix_inbox_open", "chat_id", "id", sqlite_where=text("status IN ('pending','working')"),
              postgresql_where=text("status IN ('pending','working')")),
        # What one chat sent lately.
        Index("ix_inbox_lately", "chat_id", "received_at"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    update_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    # The same message or press may come again under a new update_id; this names its origin.
    source_key: Mapped[str | None] = mapped_column(String(100), unique=True)
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    payload: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(10), default=InboxStatus.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(40))


class OutboxStatus(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    # Given up: refused by Telegram for good, or out of attempts.
    DEAD = "dead"
    # A read timeout: it may or may not have arrived.
    AMBIGUOUS = "ambiguous"
    CANCELLED = "cancelled"
    # Said within the message of another row of its batch.
    MERGED = "merged"
    # A reminder that could not go out while it was still of use.
    EXPIRED = "expired"


class Purpose(StrEnum):
    """Why a message goes out; decides whether an ambiguous one is sent again."""

    REPLY = "reply"
    TICKET = "ticket"
    REMINDER = "reminder"
    DIGEST = "digest"
    CALLBACK = "callback"


class OutboxMessage(Base):
    """One call to Telegram that is owed, from `due_at` on."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "due_at", "id", sqlite_where=text("status = 'pending'"),
              postgresql_where=text("status = 'pending'")),
        Index("ix_outbox_chat_open", "chat_id", "id", sqlite_where=text("status IN ('pending','sending')"),
              postgresql_where=text("status IN ('pending','sending')")),
        Index("ix_outbox_ticket", "ticket_id", sqlite_where=text("ticket_id IS NOT NULL"),
              postgresql_where=text("ticket_id IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    # A reminder written for an older version of its ticket is stale and is not sent.
    ticket_version: Mapped[int | None]
    purpose: Mapped[str] = mapped_column(String(10))
    payload: Mapped[dict[str, Any]]
    # Which view of its ticket this message shows ("requester", "driver"), so that the card can be rewritten later.
    card: Mapped[str | None] = mapped_column(String(20))
    # Rewrites the message this other row sent, instead of sending a new one.
    edits_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id"))
    dedupe_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    # The update ("u712") or calendar run that made it necessary: what the log's lines about it have in common.
    cause: Mapped[str] = mapped_column(String(60), default="", server_default="")
    # Held over quiet hours: rows of one chat and one batch are said in one message.
    batch: Mapped[str | None] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(10), default=OutboxStatus.PENDING)
    due_at: Mapped[datetime]
    # From this instant on a reminder is of no use any more and expires; NULL: it always is.
    useful_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(Text, default="")
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    sent_at: Mapped[datetime | None]


class Pause(Base):
    """A pause in sending that Telegram asked for; every process keeps it."""

    __tablename__ = "pauses"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    began_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Talk(Base):
    """Where a conversation stands: the open form, the parked request, the question asked last."""

    __tablename__ = "talks"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    updated_at: Mapped[datetime]


class DispatchGroup(Base):
    """A dispatchers' group chat that gets the new tickets of one kind (empty: of every kind)."""

    __tablename__ = "dispatch_groups"
    __table_args__ = (UniqueConstraint("chat_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(20), default="")
    bound_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    bound_at: Mapped[datetime]
