"""Nights and lunches: news for those who serve waits and comes in one message; what missed its moment is not said at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from desk import inbox, outbox
from desk.instants import to_instant, to_local
from desk.models import OutboxMessage, OutboxStatus
from tests.handlers.bench_talk import DIAO, LIN, LIU, ZHAO, Counter, car, small_bureau

if TYPE_CHECKING:
    from desk.storage import Database


@pytest.fixture
def counter(database: Database) -> Counter:
    return small_bureau(database)


def local(text: str) -> datetime:
    return to_instant(datetime.fromisoformat(text))


def ask_car(counter: Counter, *, start: str, by: int = LIN, **slots: Any) -> None:
    counter.say(by, "要车", car(start=start, destination="龙嘉机场", people=2, **slots))
    counter.press(by, "提交")


def waiting(counter: Counter, person: int) -> list[str]:
    """When what was not said yet of a ticket will be said to somebody."""
    return [
        f"{to_local(row.due_at):%m-%d %H:%M}"
        for row in counter.rows(person)
        if row.purpose == "ticket" and row.status == OutboxStatus.PENDING and row.due_at > counter.now
    ]


def say_what_is_due(counter: Counter, person: int) -> list[outbox.Owed]:
    found: list[outbox.Owed] = []
    while True:
        with counter.database.writing() as session:
            owed = outbox.claim(session, now=counter.now, worker="me", limit=50)
            for row in owed:
                outbox.sent(session, row.id, message_id=row.id, now=counter.now)
        if not owed:
            return [row for row in found if row.chat_id == person]
        found += owed


def expired(counter: Counter) -> list[OutboxMessage]:
    with counter.database.reading() as session:
        query = select(OutboxMessage).where(OutboxMessage.status == OutboxStatus.EXPIRED)
        return list(session.scalars(query))


# ── held ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("now", "start", "when"),
    [
        ("2026-11-23T23:00", "2026-11-24T14:00", ["11-24 07:00"]),
        ("2026-11-24T03:00", "2026-11-24T14:00", ["11-24 07:00"]),
        ("2026-11-24T12:15", "2026-11-25T14:00", ["11-24 13:00"]),
        # An early trip, and one that starts within two hours.
        ("2026-11-23T23:00", "2026-11-24T06:30", []),
        ("2026-11-24T12:15", "2026-11-24T13:40", []),
        ("2026-11-24T10:00", "2026-11-25T14:00", []),
    ],
)
def test_the_dispatchers_card_waits_for_the_end_of_quiet_hours(
    counter: Counter, now: str, start: str, when: list[str]
) -> None:
    counter.now = local(now)
    ask_car(counter, start=start)
    assert waiting(counter, DIAO) == when


def test_who_asked_is_answered_at_any_hour(counter: Counter) -> None:
    counter.now = local("2026-11-23T23:00")
    ask_car(counter, start="2026-11-24T14:00")
    assert waiting(counter, LIN) == []
    assert any(row.card == "requester" for row in counter.rows(LIN))


def test_the_night_comes_to_the_dispatcher_as_one_message_with_every_button(counter: Counter) -> None:
    counter.now = local("2026-11-23T23:00")
    ask_car(counter, start="2026-11-24T14:00")
    counter.now += timedelta(minutes=20)
    ask_car(counter, start="2026-11-24T15:00", by=ZHAO)
    counter.now = local("2026-11-24T07:00")
    (said,) = say_what_is_due(counter, DIAO)
    assert "2 条" in said.payload["text"]
    assert said.payload["text"].count("待派车") == 2
    labels = [b["label"] for line in said.payload["buttons"] for b in line]
    assert "派车 001" in labels
    assert "派车 002" in labels
    assert labels[-1] == "知道了"


def test_a_card_that_was_merged_gets_a_message_of_its_own_when_it_changes(counter: Counter) -> None:
    counter.now = local("2026-11-23T23:00")
    ask_car(counter, start="2026-11-24T14:00")
    ask_car(counter, start="2026-11-24T15:00", by=ZHAO)
    counter.now = local("2026-11-24T07:00")
    (whole,) = say_what_is_due(counter, DIAO)
    press = next(b for line in whole.payload["buttons"] for b in line if b["label"] == "派车 001")
    counter.press_data(DIAO, press["data"])
    (card,) = [one for one in say_what_is_due(counter, DIAO) if one.payload.get("buttons")]
    assert card.edits_message_id is None
    assert "待出车" in card.payload["text"]


def test_a_held_card_says_what_is_so_in_the_morning(counter: Counter) -> None:
    counter.now = local("2026-11-23T23:00")
    ask_car(counter, start="2026-11-24T14:00")
    counter.press(LIN, "取消")
    counter.press(LIN, "确认取消")
    counter.now = local("2026-11-24T07:00")
    said = say_what_is_due(counter, DIAO)
    assert said
    assert all("已取消" in one.payload["text"] for one in said)
    assert not any(one.payload.get("buttons") for one in said if "条提醒" not in one.payload["text"])


def test_somebody_who_just_spoke_is_awake(counter: Counter) -> None:
    counter.now = local("2026-11-23T23:00")
    with counter.database.writing() as session:
        said = {"update_id": 1, "message": {"message_id": 1, "chat": {"id": DIAO}, "text": "好"}}
        assert inbox.store(session, said, now=counter.now - timedelta(minutes=30))
    ask_car(counter, start="2026-11-24T14:00")
    assert waiting(counter, DIAO) == []


# ── too late ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def assigned(counter: Counter) -> Counter:
    """A trip at 14:00; reminders at 13:00 and 13:45."""
    counter.now = local("2026-11-23T09:00")
    ask_car(counter, start="2026-11-23T14:00")
    counter.press(DIAO, "派车")
    say_what_is_due(counter, LIN)
    return counter


def reminded(counter: Counter, person: int) -> list[str]:
    return [str(o.payload["text"]) for o in say_what_is_due(counter, person) if o.purpose == "reminder"]


def test_after_three_hours_asleep_nobody_is_told_of_what_has_begun(assigned: Counter) -> None:
    assigned.now = local("2026-11-23T15:45")
    assert reminded(assigned, LIN) == []
    assert {row.chat_id for row in expired(assigned)} == {LIN, LIU}
    assert len(expired(assigned)) == 4


def test_what_is_late_but_of_use_is_said_without_a_false_number(assigned: Counter) -> None:
    assigned.now = local("2026-11-23T13:20")
    (said,) = reminded(assigned, LIN)
    assert "不到 1 小时" in said
    assert expired(assigned) == []


def test_only_the_last_of_two_missed_reminders_is_said(assigned: Counter) -> None:
    assigned.now = local("2026-11-23T13:50")
    (said,) = reminded(assigned, LIN)
    assert "不到 15 分钟" in said
    assert len(expired(assigned)) == 2


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_jump_of_the_clock_by_an_hour_neither_doubles_nor_loses(assigned: Counter, jump: timedelta) -> None:
    assigned.now = local("2026-11-23T13:00")
    first = reminded(assigned, LIN)
    assigned.now += jump
    again = reminded(assigned, LIN)
    assigned.now = local("2026-11-23T13:45")
    last = reminded(assigned, LIN)
    assert len(first) == 1
    assert again == []
    # Forward it had begun already; back it came at its time.
    assert len(last) == (0 if jump > timedelta() else 1)


def test_what_can_still_be_done_is_said_however_late(counter: Counter) -> None:
    counter.now = local("2026-11-23T09:00")
    ask_car(counter, start="2026-11-25T14:00")
    say_what_is_due(counter, DIAO)
    counter.now = local("2026-11-23T12:40") + timedelta(hours=3)
    assert any("还没派车" in text for text in reminded(counter, DIAO))
