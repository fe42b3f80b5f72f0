"""The tables of the desk, in the words of the bureau.

People belong to departments and hold roles. Vehicles, drivers and rooms are *resources*; a resource is set
aside by *bookings*, and the database itself refuses two active bookings of one resource that overlap.
An *allocation* is what was set aside for one ticket, or for several that share a car. A *ticket* has at every
moment one responsible person or one queue and a due time; each change appends an *event*, which nobody edits.
What comes from Telegram lies in the *inbox* until handled; what goes out lies in the *outbox* until sent,
and a reminder is an outbox row with a later `due_at`.

Instants are stored in UTC (`UtcDateTime`); local times exist only at the edges.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant; SQLite drops offsets, so it is written there as UTC and read back as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time reached storage; convert it with desk.instants.to_instant")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite numbers rows only through INTEGER PRIMARY KEY, so the big key is an INTEGER there.
BigKey = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """Common ground of all tables: constraint names, instants in UTC, JSON for open-ended values."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
    }


# ── people ──────────────────────────────────────────────────────────────────────────────────────────


class Role(StrEnum):
    """What a person may do. A grant may be limited to one kind of ticket."""

    EMPLOYEE = "employee"
    APPROVER = "approver"
    DISPATCHER = "dispatcher"
    DRIVER = "driver"
    TECHNICIAN = "technician"
    ADMIN = "admin"


class Department(Base):
    """One of the departments and units the bureau serves."""

    __tablename__ = "departments"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    short_name: Mapped[str] = mapped_column(String(40), default="")


class Person(Base):
    """Somebody the desk knows. Bound to Telegram by a one-time code, never by user name."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    title: Mapped[str] = mapped_column(String(40), default="")
    phone: Mapped[str] = mapped_column(String(30), default="")
    active: Mapped[bool] = mapped_column(default=True)
    telegram_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    bound_at: Mapped[datetime | None]
    # False once Telegram answered 403: the person blocked the bot.
    reachable: Mapped[bool] = mapped_column(default=True)
    # Usual pickup place, last rooms and the like: they fill defaults, always shown on the card.
    habits: Mapped[dict[str, Any]] = mapped_column(default=dict)

    department: Mapped[Department | None] = relationship(lazy="joined")
    grants: Mapped[list[RoleGrant]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    def has_role(self, role: Role, *, kind: str | None = None) -> bool:
        """Say whether the person holds `role`, for `kind` where one is given (a grant without kind covers all)."""
        return any(g.role == role and (not g.kind or kind is None or g.kind == kind) for g in self.grants)


class RoleGrant(Base):
    """One role of one person; `kind` empty means every kind."""

    __tablename__ = "role_grants"
    __table_args__ = (UniqueConstraint("person_id", "role", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20), default="")


class Invite(Base):
    """A one-time code, kept only as a hash, that binds a Telegram account to a person."""

    __tablename__ = "invites"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


# ── resources ───────────────────────────────────────────────────────────────────────────────────────


class Building(Base):
    """One of the office buildings."""

    __tablename__ = "buildings"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    aliases: Mapped[list[str]] = mapped_column(default=list)
    address: Mapped[str] = mapped_column(String(120), default="")
    floors: Mapped[int] = mapped_column(default=1)


class Resource(Base):
    """Anything that can be booked by the hour."""

    __tablename__ = "resources"
    __mapper_args__ = {"polymorphic_on": "sort"}  # noqa: RUF012
    __table_args__ = (UniqueConstraint("sort", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sort: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    active: Mapped[bool] = mapped_column(default=True)
    note: Mapped[str] = mapped_column(Text, default="")


class Vehicle(Resource):
    """A car of the fleet; `name` is its plate. `seats` counts the driver's."""

    __tablename__ = "vehicles"
    __mapper_args__ = {"polymorphic_identity": "vehicle"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("resources.id"), primary_key=True)
    type: Mapped[str] = mapped_column(String(20))
    model: Mapped[str] = mapped_column(String(40), default="")
    seats: Mapped[int]
    odometer_km: Mapped[int] = mapped_column(default=0)
    parked_at: Mapped[str] = mapped_column(String(60), default="")
    inspection_until: Mapped[date | None]
    insurance_until: Mapped[date | None]
    # The driver who usually drives it; a suggestion, not a right (CAR-9).
    usual_driver_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class Driver(Resource):
    """A driver's working time, so that nobody is sent on two trips at once; `name` is unique per person."""

    __tablename__ = "drivers"
    __mapper_args__ = {"polymorphic_identity": "driver"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("resources.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    licence: Mapped[str] = mapped_column(String(4), default="A1")

    person: Mapped[Person] = relationship(lazy="joined")


class Room(Resource):
    """A room: meeting room, office or service room; `name` is its full designation."""

    __tablename__ = "rooms"
    __mapper_args__ = {"polymorphic_identity": "room"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("resources.id"), primary_key=True)
    building_id: Mapped[int] = mapped_column(ForeignKey("buildings.id"), index=True)
    floor: Mapped[int]
    number: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(40), default="")
    use: Mapped[str] = mapped_column(String(20), default="会议室")
    capacity: Mapped[int] = mapped_column(default=0)
    area_m2: Mapped[float] = mapped_column(default=0.0)
    equipment: Mapped[list[str]] = mapped_column(default=list)
    aliases: Mapped[list[str]] = mapped_column(default=list)
    # A divisible room names the whole it is part of; booking either blocks the other.
    part_of_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))

    building: Mapped[Building] = relationship(lazy="joined")


# ── tickets and bookings ────────────────────────────────────────────────────────────────────────────


class Allocation(Base):
    """What was set aside together for one ticket, or for several that share a trip."""

    __tablename__ = "allocations"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]

    bookings: Mapped[list[Booking]] = relationship(lazy="selectin", back_populates="allocation")


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


# ── in and out ──────────────────────────────────────────────────────────────────────────────────────


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


# ── the calendar ────────────────────────────────────────────────────────────────────────────────────


class CalendarRun(Base):
    """One calendar job that ran or runs; its key (`digest:2026-11-24`) makes it once-only over any processes."""

    __tablename__ = "calendar_runs"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    claimed_at: Mapped[datetime]
    claimed_by: Mapped[str] = mapped_column(String(40))
    finished_at: Mapped[datetime | None]


class CalendarDay(Base):
    """A day the official notice made a holiday or a working day, loaded by an admin."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_workday: Mapped[bool]
    name: Mapped[str] = mapped_column(String(40), default="")
    source: Mapped[str] = mapped_column(String(120), default="")


# ── duty ────────────────────────────────────────────────────────────────────────────────────────────


class Duty(Base):
    """Somebody's turn: for one kind of request, maybe one trade, maybe one building, from an instant to another."""

    __tablename__ = "duties"
    __table_args__ = (Index("ix_duties_span", "ends_at", "starts_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    # Empty: every kind (the duty officer of the house).
    kind: Mapped[str] = mapped_column(String(20), default="")
    trade: Mapped[str] = mapped_column(String(40), default="")
    building_id: Mapped[int | None] = mapped_column(ForeignKey("buildings.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(200), default="")

    person: Mapped[Person] = relationship(lazy="joined")
    building: Mapped[Building | None] = relationship(lazy="joined")


class Absence(Base):
    """Somebody is away; `stand_in` takes their turns and their approvals meanwhile."""

    __tablename__ = "absences"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    stand_in_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200), default="")

    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="joined")
    stand_in: Mapped[Person | None] = relationship(foreign_keys=[stand_in_id], lazy="joined")


# ── the seals ───────────────────────────────────────────────────────────────────────────────────────


class AuditSeal(Base):
    """A hash over the events after the seal before up to one, and over that seal. Append-only, by trigger."""

    __tablename__ = "audit_seals"

    id: Mapped[int] = mapped_column(primary_key=True)
    up_to_event_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    events: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]


# ── what was not understood ─────────────────────────────────────────────────────────────────────────


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
