"""Requests on their way, what is set aside for them, and their history, which nobody edits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from desk.models.base import Base, BigKey
from desk.models.people import Person
from desk.models.resources import Resource


class Allocation(Base):
    """What was set aside together for one ticket, or for several that share a trip."""

    __tablename__ = "allocations"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]

    bookings: Mapped[list[Booking]] = relationship(
        lazy="selectin", back_populates="allocation", order_by="Booking.id"
    )


class Booking(Base):
    """One resource set aside from `starts_at` to `ends_at` (exclusive). Overlaps are refused by the database."""

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="forward"),
        Index(
            "ix_bookings_neighbour",
            "resource_id",
            "starts_at",
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    allocation_id: Mapped[int] = mapped_column(ForeignKey("allocations.id"), index=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resources.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    active: Mapped[bool] = mapped_column(default=True)

    allocation: Mapped[Allocation] = relationship(back_populates="bookings")
    resource: Mapped[Resource] = relationship(lazy="joined")


class Ticket(Base):
    """One request on its way from submission to closing."""

    __tablename__ = "tickets"
    __table_args__ = (
        # 责任到人: while it is open, exactly one person or queue answers for it, by a time.
        CheckConstraint(
            "closed_at IS NOT NULL OR "
            "((responsible_id IS NULL) <> (queue IS NULL) AND due_at IS NOT NULL)",
            name="one_responsible",
        ),
        Index("ix_tickets_open", "kind", "state", sqlite_where=text("closed_at IS NULL"),
              postgresql_where=text("closed_at IS NULL")),
        Index("ix_tickets_requester", "requester_id", "id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(default=1)
    requester_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    # Who will really use it when booked for somebody else (给王局订); empty: the requester.
    user_name: Mapped[str] = mapped_column(String(40), default="")
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    queue: Mapped[str | None] = mapped_column(String(40))
    due_at: Mapped[datetime | None]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    allocation_id: Mapped[int | None] = mapped_column(ForeignKey("allocations.id"), index=True)
    # A reception's child tickets name their parent; a rework or a clustered repair names the first one.
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    # It falls on days whose holidays are only estimated: looked at again when the official notice is loaded.
    needs_recheck: Mapped[bool] = mapped_column(default=False)

    requester: Mapped[Person] = relationship(foreign_keys=[requester_id], lazy="joined")
    responsible: Mapped[Person | None] = relationship(foreign_keys=[responsible_id], lazy="joined")
    allocation: Mapped[Allocation | None] = relationship(lazy="selectin")
    events: Mapped[list[TicketEvent]] = relationship(order_by="TicketEvent.id", back_populates="ticket")

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012


class TicketEvent(Base):
    """One line of a ticket's history: who, when, what, before and after, why. Append-only, by trigger."""

    __tablename__ = "ticket_events"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    at: Mapped[datetime]
    # NULL: the desk itself (a reminder, an expiry, the calendar).
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    action: Mapped[str] = mapped_column(String(30))
    # The ticket's version after it; 0 for a remark that changed nothing.
    version: Mapped[int] = mapped_column(default=0)
    state_before: Mapped[str] = mapped_column(String(20), default="")
    state_after: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)

    ticket: Mapped[Ticket] = relationship(back_populates="events")
    actor: Mapped[Person | None] = relationship(lazy="joined")


class TicketCounter(Base):
    """The last running number given out per prefix and day (`YC-20261124`)."""

    __tablename__ = "ticket_counters"

    prefix: Mapped[str] = mapped_column(String(16), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


class Attachment(Base):
    """A photo, letter or place sent with a ticket; `details` holds what is not a file."""

    __tablename__ = "attachments"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    sort: Mapped[str] = mapped_column(String(20))
    file_id: Mapped[str] = mapped_column(String(200), default="")
    name: Mapped[str] = mapped_column(String(200), default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
