"""Under a reminder: 「知道了」 puts it down and stops what was only waiting for that, 「10 分钟后再提醒」 brings it back.

Only whom the reminder was sent to may press. A reminder whose ticket moved on is not brought back; the presser hears how
the ticket stands instead.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from desk import outbox, tickets
from desk.errors import BadInput, Conflict, NotAllowed
from desk.instants import to_local
from desk.models import OutboxMessage, OutboxStatus, Purpose, Ticket
from desk.outbox import Button, Message
from handlers.tickets import catalogue, lifecycle, promises

if TYPE_CHECKING:
    from handlers.desk_side import Stage
    from handlers.heard import Press

# Marks a reminder whose own buttons are gone.
PUT_DOWN = "put_down"
UNKNOWN = "这个按钮我不认识，可能是旧版本的消息"


def pressed(stage: Stage, press: Press, rest: str) -> None:
    """Act on a press under a reminder: `ok:<row>` or `later:<row>`. Raises DeskError for what must be refused."""
    verb, _, number = rest.partition(":")
    if verb not in ("ok", "later") or not number.isdigit() or len(number) > 15:
        raise BadInput(UNKNOWN)
    row = stage.scene.session.get(OutboxMessage, int(number))
    if row is None or row.purpose != Purpose.REMINDER:
        raise Conflict("这条提醒已经不在了，发「我的单子」看现在的情况。")
    if row.person_id != stage.person.id:
        raise NotAllowed("这条提醒不是发给您的，不用您点。")
    if verb == "ok":
        _acknowledge(stage, press, row)
    else:
        _snooze(stage, press, row)


def _acknowledge(stage: Stage, press: Press, row: OutboxMessage) -> None:
    if row.payload.get(PUT_DOWN):
        stage.answer_press(press, "已经记下了")
        return
    session = stage.scene.session
    for each in (row, *(session.get(OutboxMessage, i) for i in row.payload.get("merged", []))):
        ticket = session.get(Ticket, each.ticket_id) if each is not None and each.ticket_id else None
        if each is None or ticket is None:
            continue
        tickets.note(
            session,
            ticket,
            actor=stage.person,
            action="noted",
            now=stage.scene.now,
            reason=_origin(stage, each)[3],
        )
        _silence(stage, ticket, each)
    _put_down(stage, row, "✓ 知道了")
    stage.answer_press(press, "好的 ✓")


def _snooze(stage: Stage, press: Press, row: OutboxMessage) -> None:
    session, now = stage.scene.session, stage.scene.now
    key = f"later:{row.id}"
    before = session.scalar(select(OutboxMessage).where(OutboxMessage.dedupe_key == key))
    if before is not None:
        stage.answer_press(press, f"已经记下了，{to_local(before.due_at):%H:%M} 再提醒您")
        return
    ticket = session.get(Ticket, row.ticket_id) if row.ticket_id else None
    if ticket is None or ticket.version != row.ticket_version or ticket.closed_at is not None:
        _put_down(stage, row, "")
        raise Conflict("不用再提醒了。" + (lifecycle.situation(ticket) if ticket else ""))
    due = now + timedelta(minutes=catalogue.load().parameters["snooze_minutes"])
    again = outbox.send(
        session,
        Message(text=row.payload["text"], buttons=_anew(row)),
        chat_id=row.chat_id,
        person=stage.person,
        ticket=ticket,
        purpose=Purpose.REMINDER,
        due_at=due,
        dedupe_key=key,
        now=now,
    )
    promises.name_itself(again)
    _put_down(stage, row, f"⏰ {to_local(due):%H:%M} 再提醒您")
    stage.answer_press(press, f"好的，{to_local(due):%H:%M} 再提醒您")


def _origin(stage: Stage, row: OutboxMessage) -> list[str]:
    """Return the parts of the key under which a reminder was first written (`r:ticket:version:name:party:person`)."""
    key = row.dedupe_key or ""
    while key.startswith("later:"):
        first = stage.scene.session.get(OutboxMessage, int(key.removeprefix("later:")))
        key = (first.dedupe_key or "") if first is not None else ""
    parts = key.split(":")
    return parts if len(parts) == 6 else [""] * 6


def _silence(stage: Stage, ticket: Ticket, row: OutboxMessage) -> None:
    """Withdraw the reminders that were only to come if nobody pressed."""
    _, _, _, name, party, _ = _origin(stage, row)
    entry = catalogue.load().row(ticket.kind, name)
    # The driver's word counts, not the passenger's: it is the last party of the row that is waited for.
    if entry is None or party != list(entry.to)[-1]:
        return
    for silenced in entry.silences:
        stage.scene.session.execute(
            update(OutboxMessage)
            .where(
                OutboxMessage.ticket_id == ticket.id,
                OutboxMessage.status == OutboxStatus.PENDING,
                OutboxMessage.dedupe_key.startswith(
                    f"r:{ticket.id}:{ticket.version}:{silenced}:", autoescape=True
                ),
            )
            .values(status=OutboxStatus.CANCELLED)
            .execution_options(synchronize_session=False)
        )


def _put_down(stage: Stage, row: OutboxMessage, mark: str) -> None:
    """Take its own buttons off a reminder and say below what became of it; buttons that act on the ticket stay."""
    if row.payload.get(PUT_DOWN):
        return
    text = str(row.payload.get("text") or "")
    row.payload = {**row.payload, PUT_DOWN: True}
    outbox.send(
        stage.scene.session,
        Message(text=f"{text}\n{mark}".rstrip(), buttons=_acting(row)),
        chat_id=row.chat_id,
        person=stage.person,
        edits=row,
        now=stage.scene.now,
    )


def _acting(row: OutboxMessage) -> tuple[tuple[Button, ...], ...]:
    lines = row.payload.get("buttons") or []
    kept = [[Button(b["label"], b["data"]) for b in line if not b["data"].startswith("r:")] for line in lines]
    return tuple(tuple(line) for line in kept if line)


def _anew(row: OutboxMessage) -> tuple[tuple[Button, ...], ...]:
    lines = row.payload.get("buttons") or []
    return tuple(
        tuple(Button(b["label"], b["data"].replace(f":{row.id}", f":{catalogue.OWN_ID}")) if b["data"].startswith("r:")
              else Button(b["label"], b["data"]) for b in line)
        for line in lines
    )  # fmt: skip
