"""What is kept about the desk itself: the seals over its history, and what it did not understand."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from desk.models.base import Base


class AuditSeal(Base):
    """A hash over the events after the seal before up to one, and over that seal. Append-only, by trigger."""

    __tablename__ = "audit_seals"

    id: Mapped[int] = mapped_column(primary_key=True)
    up_to_event_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    events: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]


class Feedback(Base):
    """A message the understanding did badly with, without names and numbers, waiting to be looked at by an admin.

    It names nobody: neither who wrote it nor in which chat. `guessed` is the intent that was thought likeliest, `chosen`
    the one the person then pressed, `accepted` the one an admin gave it.
    """

    __tablename__ = "feedback"
    __table_args__ = (Index("ix_feedback_state_id", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(500))
    why: Mapped[str] = mapped_column(String(20))
    guessed: Mapped[str] = mapped_column(String(60), default="")
    chosen: Mapped[str] = mapped_column(String(60), default="")
    accepted: Mapped[str] = mapped_column(String(60), default="")
    state: Mapped[str] = mapped_column(String(20), default="open")
    created_at: Mapped[datetime]
