"""The way out: every call owed to Telegram is a row here first, and a reminder is a row with a later `due_at`.

`send` is called inside the transaction that made the message necessary, so a message exists exactly if its cause
does. Sending itself happens elsewhere, after the commit: a sender claims rows that are due (`claim`), calls Telegram,
and records what came of it (`sent`, `later`, `dead`, `ambiguous`). What one chat is owed goes out in order; only the
answers to presses go first and wait for nobody.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.util import identity_key

from desk import batches
from desk.models import OutboxMessage, OutboxStatus, Person, Purpose, Ticket

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from sqlalchemy import BindParameter, Table
    from sqlalchemy.orm import Session

# ── what can be said ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button: what it says and the callback data it carries (1–64 bytes)."""

    label: str
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A text in Telegram's HTML with rows of inline buttons. User words inside are escaped by the writer."""

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    # A reply keyboard of plain texts shown instead of the person's own keyboard; empty leaves it as it is.
    keyboard: tuple[tuple[str, ...], ...] = ()
    silent: bool = False

    method: str = field(default="message", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A photo: a local file the desk made, or a Telegram `file_id` somebody sent."""

    path: str = ""
    file_id: str = ""
    caption: str = ""
    method: str = field(default="photo", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file: a local one the desk made, or a Telegram `file_id` somebody sent."""

    path: str = ""
    file_id: str = ""
    name: str = ""
    caption: str = ""
    method: str = field(default="document", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PressAnswer:
    """The answer every press of a button is owed; `alert` shows it as a box instead of a passing line."""

    callback_id: str
    text: str = ""
    alert: bool = False
    method: str = field(default="callback_answer", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandMenu:
    """The command menu of one chat: (command, description) pairs."""

    commands: tuple[tuple[str, str], ...]
    method: str = field(default="commands", init=False)


# The key in a session's `info` under which whoever began the transaction says what it is for.
CAUSE = "cause"
Sayable = Message | Picture | Document | PressAnswer | CommandMenu


# ── owing it ────────────────────────────────────────────────────────────────────────────────────────


def send(
    session: Session,
    said: Sayable,
    *,
    chat_id: int,
    now: datetime,
    purpose: Purpose = Purpose.REPLY,
    person: Person | None = None,
    ticket: Ticket | None = None,
    due_at: datetime | None = None,
    edits: OutboxMessage | None = None,
    card: str | None = None,
    dedupe_key: str | None = None,
    batch: str | None = None,
    useful_until: datetime | None = None,
    also: dict[str, Any] | None = None,
) -> OutboxMessage:
    """Owe `said` to a chat from `due_at` (an instant; default `now`) and return its row.

    `edits` names the row whose message is rewritten; a rewriting still waiting there is overtaken by this one.
    `card` names the view of the ticket it shows. A row tied to a ticket remembers the ticket's version; a reminder
    whose ticket moved on is dropped unsent, one not sent by `useful_until` expires. Rows of one chat and one `batch`
    are said in one message; a rewriting of one still held back changes what will be said. `also` is kept beside what
    is said.
    """
    if isinstance(said, PressAnswer):
        purpose = Purpose.CALLBACK
    if edits is not None:
        edits = _overtaken(session, edits)
        if edits.batch is not None and _change_held(session, edits, said, ticket):
            return edits
    values = {
        "chat_id": chat_id,
        "person_id": person.id if person else None,
        "ticket_id": ticket.id if ticket else None,
        "ticket_version": ticket.version if ticket else None,
        "purpose": purpose,
        "payload": _plain(asdict(said)) | (also or {}),
        "edits_id": edits.id if edits else None,
        "card": card,
        "cause": str(session.info.get(CAUSE, ""))[:60],
        "dedupe_key": dedupe_key,
        "batch": batch,
        "status": OutboxStatus.PENDING.value,
        "due_at": due_at or now,
        "useful_until": useful_until,
        "attempts": 0,
        "last_error": "",
        "created_at": now,
    }
    return _written(session, values)


def _written(session: Session, values: dict[str, Any]) -> OutboxMessage:
    """Insert a row by a statement put together once, and return it as if the session had: that costs a third."""
    row_id = session.execute(INSERT, values).scalar_one()
    row = OutboxMessage(id=row_id, **values, **UNSET)
    make_transient_to_detached(row)
    # A row that a savepoint took back may have had this number before.
    if (before := session.identity_map.get(identity_key(instance=row))) is not None:
        session.expunge(before)
    session.add(row)
    return row


def _overtaken(session: Session, row: OutboxMessage) -> OutboxMessage:
    """Cancel the rewritings of one message that still wait, and return the row to rewrite in their stead."""
    while row.edits_id is not None:
        won = session.scalar(
            update(OutboxMessage)
            .where(OutboxMessage.id == row.id, OutboxMessage.status == OutboxStatus.PENDING)
            .values(status=OutboxStatus.CANCELLED)
            .returning(OutboxMessage.id)
        )
        if won is None:
            break
        row = session.get_one(OutboxMessage, row.edits_id)
    return row


def _change_held(session: Session, row: OutboxMessage, said: Sayable, ticket: Ticket | None) -> bool:
    """Change what a row held over quiet hours will say, unless it is on its way already."""
    won = session.scalar(
        update(OutboxMessage)
        .where(OutboxMessage.id == row.id, OutboxMessage.status == _waiting(), OutboxMessage.attempts == 0)
        .values(payload=_plain(asdict(said)), ticket_version=ticket.version if ticket else None)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    if won is not None:
        session.refresh(row)
    return won is not None


def last_with_buttons(session: Session, *, chat_id: int) -> OutboxMessage | None:
    """Return the newest of the last few messages of a chat that bears buttons, as it was last written."""
    query = select(OutboxMessage).where(
        OutboxMessage.chat_id == chat_id, OutboxMessage.purpose != Purpose.CALLBACK
    )
    rows = session.scalars(query.order_by(OutboxMessage.id.desc()).limit(4))
    return next((row for row in rows if row.payload.get("buttons")), None)


def cancel(session: Session, row: OutboxMessage) -> bool:
    """Withdraw a row that is not yet on its way; return whether that came in time."""
    won = session.scalar(
        update(OutboxMessage)
        .where(OutboxMessage.id == row.id, OutboxMessage.status == _waiting(), OutboxMessage.attempts == 0)
        .values(status=OutboxStatus.CANCELLED)
        .returning(OutboxMessage.id)
    )
    return won is not None


def cancel_reminders(session: Session, ticket: Ticket) -> int:
    """Withdraw every reminder of `ticket` that is not yet on its way; return how many."""
    result = session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.ticket_id == ticket.id,
            OutboxMessage.purpose == Purpose.REMINDER,
            OutboxMessage.status == OutboxStatus.PENDING,
        )
        # The key is free again for a reminder of the same version written anew.
        .values(status=OutboxStatus.CANCELLED, dedupe_key=None)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(result, "rowcount", 0))


# ── sending it ──────────────────────────────────────────────────────────────────────────────────────

ERROR_LENGTH = 1000
# What a reminder says when it goes out later than this after its time.
LATE, LATE_AFTER = "late", timedelta(minutes=3)
# Its message may still change while the row it rewrites is one of these.
UNDERWAY = (OutboxStatus.PENDING, OutboxStatus.SENDING)


def _waiting() -> BindParameter[Any]:
    """Write the status into the statement itself: a partial index serves only conditions the planner can read."""
    return bindparam(None, OutboxStatus.PENDING.value, literal_execute=True)


def _underway() -> BindParameter[Any]:
    return bindparam(None, [status.value for status in UNDERWAY], expanding=True, literal_execute=True)


# What the sender says to the database for every message, put together once: that costs several times what the database
# needs to carry it out. EDITED is the row a row rewrites, EARLIER the rows before it in its chat.
ROWS: Table = OutboxMessage.__table__  # type: ignore[assignment]
TICKETS: Table = Ticket.__table__  # type: ignore[assignment]
EDITED, EARLIER = ROWS.alias("outbox_edited"), ROWS.alias("outbox_earlier")
NOW = bindparam("now", type_=ROWS.c.due_at.type)
MOST = bindparam("most", type_=Integer)
INSERT = insert(ROWS).returning(ROWS.c.id)
# What a new row leaves empty.
UNSET = dict.fromkeys(("message_id", "claimed_at", "claimed_by", "sent_at"))
IS_DUE = and_(ROWS.c.status == _waiting(), ROWS.c.due_at <= NOW)
IS_ANSWER = ROWS.c.purpose == bindparam("answer", Purpose.CALLBACK.value)
# Ordered and limited, so that PostgreSQL goes by the index even where it thinks that much is due.
DUE = select(ROWS.c.id).where(IS_DUE).order_by(ROWS.c.due_at, ROWS.c.id).limit(1)
EARLIER_IS_OPEN = (
    select(EARLIER.c.id)
    .where(
        EARLIER.c.chat_id == ROWS.c.chat_id,
        EARLIER.c.id < ROWS.c.id,
        EARLIER.c.status.in_(_underway()),
        EARLIER.c.purpose != Purpose.CALLBACK,
        # A row waiting for its next attempt has a later due_at, and still goes first.
        or_(EARLIER.c.status == OutboxStatus.SENDING, EARLIER.c.due_at <= NOW, EARLIER.c.attempts > 0),
    )
    .exists()
)
FOUND = (
    "id", "chat_id", "person_id", "ticket_id", "purpose", "payload",
    "attempts", "batch", "due_at", "created_at", "ticket_version", "useful_until", "cause",
)  # fmt: skip
CLAIMABLE = (
    select(
        *(ROWS.c[name] for name in FOUND),
        EDITED.c.status,
        EDITED.c.message_id,
        TICKETS.c.version,
        TICKETS.c.closed_at,
    )
    .select_from(
        ROWS.outerjoin(EDITED, EDITED.c.id == ROWS.c.edits_id).outerjoin(
            TICKETS, TICKETS.c.id == ROWS.c.ticket_id
        )
    )
    .where(IS_DUE)
    .order_by(ROWS.c.due_at, ROWS.c.id)
    .limit(MOST)
    .with_for_update(skip_locked=True, of=ROWS)
)
ANSWERS = CLAIMABLE.where(IS_ANSWER)
IN_TURN = CLAIMABLE.where(
    ~IS_ANSWER,
    ROWS.c.chat_id.not_in(bindparam("resting", expanding=True)),
    ~EARLIER_IS_OPEN,
    or_(EDITED.c.id.is_(None), EDITED.c.status.not_in(UNDERWAY)),
)
IS_ONE_OF = ROWS.c.id.in_(bindparam("ids", expanding=True))
DROP = update(ROWS).where(IS_ONE_OF).values(status=bindparam("became"))
TAKE = (
    update(ROWS)
    .where(IS_ONE_OF)
    .values(
        status=OutboxStatus.SENDING,
        claimed_at=NOW,
        claimed_by=bindparam("worker"),
        attempts=ROWS.c.attempts + 1,
    )
)
SENT = (
    update(ROWS)
    .where(ROWS.c.id == bindparam("row_id"))
    .values(status=OutboxStatus.SENT, message_id=bindparam("message"), sent_at=NOW, last_error="")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One claimed row, as the sender needs it. `edits_message_id` is the message to rewrite, if there is one."""

    id: int
    chat_id: int
    person_id: int | None
    ticket_id: int | None
    purpose: str
    payload: dict[str, Any]
    edits_message_id: int | None
    attempts: int
    # When it should have gone out (at the latest attempt), and what made it necessary.
    due_at: datetime
    cause: str


def is_any_due(session: Session, *, now: datetime) -> bool:
    """Say whether anything waits to go out; one look into a partial index."""
    return session.scalar(DUE, {"now": now}) is not None


def claim(
    session: Session,
    *,
    now: datetime,
    worker: str,
    limit: int,
    resting: Collection[int] = (),
    answers_only: bool = False,
) -> list[Owed]:
    """Take up to `limit` due rows in hand: answers to presses first, of other rows at most one a chat.

    `resting` names chats that may not be written to just now. Reminders that outlived their cause are dropped here.
    """
    found = list(session.execute(ANSWERS, {"now": now, "most": limit}))
    if not answers_only and len(found) < limit:
        left = {"now": now, "most": limit - len(found), "resting": list(resting)}
        found += session.execute(IN_TURN, left)
    if not found:
        return []
    owed = _take(session, found, now=now, worker=worker)
    if found and not owed:
        # Nothing but what was out of date: what comes after it is due too.
        return claim(session, now=now, worker=worker, limit=limit, resting=resting, answers_only=answers_only)
    return owed


def _take(session: Session, found: list[Any], *, now: datetime, worker: str) -> list[Owed]:
    """Judge every row found, and write what became of them all in one statement for each outcome."""
    owed: list[Owed] = []
    became: dict[OutboxStatus, list[int]] = defaultdict(list)
    for *columns, edited_status, message_id, version, closed_at in found:
        row = _Found(*columns)
        fate = _fate(row, version=version, closed_at=closed_at, now=now)
        became[fate].append(row.id)
        if fate != OutboxStatus.SENDING:
            continue
        if row.batch is not None:
            whole = batches.gather(session, row.id, now=now, worker=worker, fate=_fate)
            if whole is not None:
                became[fate].pop()
                owed.append(_owed(whole, edits=None))
                continue
        edits = message_id if edited_status == OutboxStatus.SENT else None
        owed.append(_owed(row, edits=edits, late=now - row.due_at > LATE_AFTER))
    session.flush()
    for status, ids in became.items():
        if not ids:
            continue
        if status == OutboxStatus.SENDING:
            session.execute(TAKE, {"ids": ids, "now": now, "worker": worker})
        else:
            session.execute(DROP, {"ids": ids, "became": status})
    session.expire_all()
    return owed


@dataclass(frozen=True, slots=True)
class _Found:
    """A due row as it was read: its columns (`FOUND`), without the cost of an entity."""

    id: int
    chat_id: int
    person_id: int | None
    ticket_id: int | None
    purpose: str
    payload: dict[str, Any]
    attempts: int
    batch: str | None
    due_at: datetime
    created_at: datetime
    ticket_version: int | None
    useful_until: datetime | None
    cause: str


def _fate(
    row: _Found | OutboxMessage, *, version: int | None, closed_at: datetime | None, now: datetime
) -> OutboxStatus:
    """Return what becomes of a due row: sent, or a reminder that outlived its cause or its use."""
    if row.purpose != Purpose.REMINDER or row.ticket_id is None:
        return OutboxStatus.SENDING
    # A reminder written after the closing (the survey) is not outlived by it.
    if version != row.ticket_version or (closed_at is not None and row.created_at < closed_at):
        return OutboxStatus.CANCELLED
    is_over = row.useful_until is not None and row.useful_until <= now and row.useful_until > row.due_at
    return OutboxStatus.EXPIRED if is_over else OutboxStatus.SENDING


def _owed(row: _Found | OutboxMessage, *, edits: int | None, late: bool = False) -> Owed:
    payload = row.payload
    if late and LATE in payload:
        payload = {**payload, "text": payload[LATE]}
    return Owed(
        id=row.id,
        chat_id=row.chat_id,
        person_id=row.person_id,
        ticket_id=row.ticket_id,
        purpose=row.purpose,
        payload=payload,
        edits_message_id=edits,
        attempts=row.attempts + isinstance(row, _Found),
        due_at=row.due_at,
        cause=row.cause,
    )


# ── what came of it ─────────────────────────────────────────────────────────────────────────────────


def sent(session: Session, row_id: int, *, message_id: int | None, now: datetime) -> None:
    """Record that Telegram took it; `message_id` names the message a later row may rewrite."""
    session.execute(SENT, {"row_id": row_id, "message": message_id, "now": now})


def later(
    session: Session,
    row_id: int,
    *,
    due_at: datetime,
    error: str,
    payload: dict[str, Any] | None = None,
    chat_id: int | None = None,
) -> None:
    """Owe it again from `due_at` on, with what is left to say (`payload`), to where the chat moved (`chat_id`)."""
    changed: dict[str, Any] = {"due_at": due_at, "last_error": error[:ERROR_LENGTH], "claimed_by": None}
    if payload is not None:
        changed["payload"] = payload
    if chat_id is not None:
        changed["chat_id"] = chat_id
    _record(session, row_id, status=OutboxStatus.PENDING, **changed)


def dead(session: Session, row_id: int, *, error: str) -> None:
    """Give it up for good."""
    _record(session, row_id, status=OutboxStatus.DEAD, last_error=error[:ERROR_LENGTH])


def ambiguous(session: Session, row_id: int, *, error: str) -> None:
    """Record that nobody knows whether it arrived, and that it is not sent again."""
    _record(session, row_id, status=OutboxStatus.AMBIGUOUS, last_error=error[:ERROR_LENGTH])


def abandoned(session: Session, *, stale_before: datetime, is_gone: Callable[[str], bool]) -> list[Owed]:
    """Return the rows that a dead process left on their way: they may have arrived or not.

    They are those whose owner `is_gone`, or that were claimed before the instant `stale_before`.
    """
    rows = session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.status.in_(_underway()), OutboxMessage.status == OutboxStatus.SENDING)
        .with_for_update(skip_locked=True)
    )
    return [
        _owed(row, edits=None)
        for row in rows
        if is_gone(row.claimed_by or "") or row.claimed_at is None or row.claimed_at < stale_before
    ]


def backlog(session: Session, *, now: datetime) -> tuple[int, datetime | None]:
    """Return how many rows are due or on their way, and the instant the oldest became due."""
    count, oldest = session.execute(
        select(func.count(), func.min(OutboxMessage.due_at)).where(
            OutboxMessage.status.in_(_underway()), OutboxMessage.due_at <= now
        )
    ).one()
    return int(count), oldest


def late_reminders(session: Session, *, before: datetime) -> int:
    """Return how many reminders should have gone out before the instant `before` and still wait."""
    late = select(func.count()).where(
        OutboxMessage.status == _waiting(),
        OutboxMessage.due_at < before,
        OutboxMessage.purpose == Purpose.REMINDER,
    )
    return session.scalar(late) or 0


def _record(session: Session, row_id: int, **values: Any) -> None:
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == row_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _plain(value: Any) -> Any:
    """Turn tuples into lists all the way down, so that a payload reads back equal to what was written."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value
