"""The tables of the desk, in the words of the bureau.

People belong to departments and hold roles. Vehicles, drivers and rooms are *resources*; a resource is set
aside by *bookings*, and the database itself refuses two active bookings of one resource that overlap.
An *allocation* is what was set aside for one ticket, or for several that share a car. A *ticket* has at every
moment one responsible person or one queue and a due time; each change appends an *event*, which nobody edits.
What comes from Telegram lies in the *inbox* until handled; what goes out lies in the *outbox* until sent,
and a reminder is an outbox row with a later `due_at`.

Instants are stored in UTC (`UtcDateTime`); local times exist only at the edges.

A file for each of these: `people`, `resources`, `tickets`, `messages`, `calendar` and `records`, all known by this one name.
"""

from __future__ import annotations

from desk.models.base import Base, BigKey, UtcDateTime
from desk.models.calendar import Absence, CalendarDay, CalendarRun, Duty
from desk.models.messages import (
    DispatchGroup,
    InboxStatus,
    InboxUpdate,
    OutboxMessage,
    OutboxStatus,
    Pause,
    Purpose,
    Talk,
)
from desk.models.people import Department, Invite, Person, Role, RoleGrant
from desk.models.records import AuditSeal, Feedback
from desk.models.resources import Building, Driver, Resource, Room, Vehicle
from desk.models.tickets import Allocation, Attachment, Booking, Ticket, TicketCounter, TicketEvent

__all__ = [
    "Absence",
    "Allocation",
    "Attachment",
    "AuditSeal",
    "Base",
    "BigKey",
    "Booking",
    "Building",
    "CalendarDay",
    "CalendarRun",
    "Department",
    "DispatchGroup",
    "Driver",
    "Duty",
    "Feedback",
    "InboxStatus",
    "InboxUpdate",
    "Invite",
    "OutboxMessage",
    "OutboxStatus",
    "Pause",
    "Person",
    "Purpose",
    "Resource",
    "Role",
    "RoleGrant",
    "Room",
    "Talk",
    "Ticket",
    "TicketCounter",
    "TicketEvent",
    "UtcDateTime",
    "Vehicle",
]
