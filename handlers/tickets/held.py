"""Who is left in peace: news of a ticket waits for the end of quiet hours, unless it cannot.

Danger and emergencies cannot wait, nor what starts or must be dealt with before people are at work again. Whoever asked is
never kept waiting for an answer, and somebody who was talking to the desk a moment ago, or came to it today, is not asleep.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk import quiet
from desk.instants import brief, to_instant, to_local
from desk.models import InboxUpdate
from handlers.tickets.parties import hands
from handlers.words import esc

if TYPE_CHECKING:
    from datetime import datetime

    from desk.models import Person, Ticket
    from handlers.kinds import Scene


# Shorter than this (over lunch) nobody need be told that the desk is closed.
AWAY_LONG = timedelta(hours=2)


def until(scene: Scene, ticket: Ticket, person: Person | None, *, chat_id: int | None) -> datetime | None:
    """Return the instant until which news of `ticket` waits for `person` (None: a group); None when it is told at once."""
    actor = scene.actor.id if scene.actor else None
    if not scene.house.holds_cards or (person is not None and person.id in (ticket.requester_id, actor)):
        return None
    ends = quiet.allowed_at(scene.now, calendar=scene.house.calendar, urgent=is_emergency(scene, ticket))
    if ends <= scene.now or _cannot_wait(scene, ticket, ends) or _is_awake(scene, person, chat_id):
        return None
    return ends


def opening_note(scene: Scene, ticket: Ticket) -> str:
    """Say who sees to a fresh ticket and when, where the desk is closed until then; empty where somebody sees to it sooner.

    What must be dealt with before the next opening is, and what lies in its requester's hands waits for nobody.
    """
    local = to_local(scene.now)
    opens = to_instant(scene.house.calendar.add_working(local, timedelta()))
    waits_for_staff = ticket.queue is not None or (
        ticket.responsible_id is not None and ticket.responsible_id != ticket.requester_id
    )
    if ticket.closed_at is not None or not waits_for_staff or opens - scene.now < AWAY_LONG:
        return ""
    if is_emergency(scene, ticket) or (ticket.due_at is not None and ticket.due_at < opens):
        return ""
    phone = scene.house.rules.parameter("vehicle", "duty_phone")
    who, at = esc(hands(ticket)), brief(opens, now=scene.now)
    return f"🌙 现在是下班时间，{who} {at} 上班后就办。急事请拨值班电话 {esc(phone)}。"


def until_morning(scene: Scene, person: Person) -> datetime | None:
    """Return the instant until which news that concerns no ticket waits for `person`; None when it is told at once."""
    ends = quiet.allowed_at(scene.now, calendar=scene.house.calendar, urgent=False)
    told = not scene.house.holds_cards or ends <= scene.now or _is_awake(scene, person, person.chat_id)
    return None if told else ends


def is_emergency(scene: Scene, ticket: Ticket) -> bool:
    """Say whether what concerns a ticket goes past quiet hours: danger or an emergency that is not over yet."""
    figures = scene.house.rules.parameters["reminders"]
    urgent = bool(ticket.fields.get("urgent")) or ticket.fields.get("level") in figures["emergencies"]
    return urgent and ticket.state not in figures["calm_states"]


def _cannot_wait(scene: Scene, ticket: Ticket, ends: datetime) -> bool:
    """Say whether it starts soon after the quiet (an early trip), is going on, or is due within it."""
    soon = ends + timedelta(minutes=scene.house.rules.parameters["reminders"]["soon_minutes"])
    over = ticket.ends_at or ticket.starts_at
    if ticket.starts_at is not None and over is not None and ticket.starts_at <= soon and over >= scene.now:
        return True
    return ticket.due_at is not None and scene.now <= ticket.due_at < ends


def _is_awake(scene: Scene, person: Person | None, chat_id: int | None) -> bool:
    figures = scene.house.rules.parameters["reminders"]
    lately = scene.now - timedelta(minutes=figures["awake_minutes"])
    bound = person.bound_at if person is not None else None
    if bound is not None and bound <= scene.now < bound + timedelta(hours=figures["new_hours"]):
        return True
    said = select(InboxUpdate.id).where(
        InboxUpdate.chat_id == chat_id, InboxUpdate.received_at.between(lately, scene.now)
    )
    return scene.session.scalar(said.limit(1)) is not None
