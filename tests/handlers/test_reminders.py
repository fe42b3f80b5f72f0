"""Reminders: on time, in quiet hours only what must be, put down and brought back by a press."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from desk import outbox, people
from desk.calendar import Calendar
from desk.instants import to_instant, to_local
from desk.models import OutboxStatus, Role, Ticket
from desk.quiet import allowed_at
from handlers.kinds import Scene
from handlers.tickets import catalogue, promises
from tests.handlers.bench_talk import DIAO, LIN, LIU, ZHAO, ZHOU, Counter, car, small_bureau

if TYPE_CHECKING:
    from desk.storage import Database


@pytest.fixture
def counter(database: Database) -> Counter:
    return small_bureau(database)


def local(text: str) -> datetime:
    return to_instant(datetime.fromisoformat(text))


def booked(counter: Counter, *, start: str, **slots: Any) -> Ticket:
    """林晓梅 books a car."""
    wanted = {"start": start, "destination": "龙嘉机场", "people": 2, **slots}
    counter.say(LIN, "要车", car(**wanted))
    counter.press(LIN, "提交")
    return counter.ticket()


def times(counter: Counter, person: int) -> list[str]:
    return [f"{to_local(at):%m-%d %H:%M}" for at, _ in counter.reminders(person)]


def say_what_is_due(counter: Counter) -> list[str]:
    """Let everything that is due be sent, and return the texts in order."""
    said: list[str] = []
    while True:
        with counter.database.writing() as session:
            owed = outbox.claim(session, now=counter.now, worker="me", limit=50)
            for row in owed:
                outbox.sent(session, row.id, message_id=row.id, now=counter.now)
        if not owed:
            return said
        said += [str(row.payload.get("text")) for row in owed]


def sent_button(counter: Counter, person: int) -> str:
    """Return the 「知道了」 of the reminder that was sent last."""
    row = [r for r in counter.rows(person) if r.purpose == "reminder" and r.status == OutboxStatus.SENT][-1]
    return f"r:ok:{row.id}"


# ── quiet hours ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-11-23T21:59", "2026-11-23T21:59"),
        ("2026-11-23T22:00", "2026-11-24T07:00"),
        ("2026-11-24T00:30", "2026-11-24T07:00"),
        ("2026-11-24T06:59", "2026-11-24T07:00"),
        ("2026-11-24T07:00", "2026-11-24T07:00"),
        ("2026-11-24T11:59", "2026-11-24T11:59"),
        ("2026-11-24T12:00", "2026-11-24T13:00"),
        ("2026-11-24T13:00", "2026-11-24T13:00"),
        ("2026-07-06T13:10", "2026-07-06T13:30"),
    ],
)
def test_waits_for_the_end_of_the_night_and_of_the_seasons_lunch(at: str, said: str) -> None:
    assert allowed_at(local(at), calendar=Calendar(), urgent=False) == local(said)
    assert allowed_at(local(at), calendar=Calendar(), urgent=True) == local(at)


def test_what_is_due_in_the_night_waits_for_the_morning(counter: Counter) -> None:
    counter.now = local("2026-11-23T21:00")
    booked(counter, start="2026-11-23T21:10")
    counter.press(DIAO, "派车")
    counter.now = local("2026-11-23T23:10")
    for label in ("已出发", "已到达", "已完成"):
        counter.press(LIU, label)
    assert counter.ticket().due_at == local("2026-11-24T23:10")
    assert "11-25 07:00" in times(counter, LIU)


def test_an_early_trip_without_a_car_is_not_left_for_the_morning(counter: Counter) -> None:
    counter.now = local("2026-11-23T21:50")
    booked(counter, start="2026-11-24T05:00")
    assert counter.ticket().due_at == local("2026-11-24T03:00")
    assert times(counter, DIAO) == ["11-24 03:00", "11-24 02:54"]


def test_an_urgent_trip_is_chased_in_the_night(counter: Counter) -> None:
    counter.now = local("2026-11-23T23:00")
    booked(counter, start="2026-11-24T00:30")
    assert "11-23 23:30" in times(counter, DIAO)


def test_what_waited_for_the_morning_comes_as_one_message(counter: Counter) -> None:
    counter.now = local("2026-11-24T22:30")
    for minute in (15, 45):
        with counter.database.writing() as session:
            lin = people.person_of(session, LIN)
            for hour in (2, 3):
                outbox.send(
                    session,
                    outbox.Message(
                        text=f"第 {hour}:{minute} 条", buttons=((outbox.Button("知道了", "r:ok:1"),),)
                    ),
                    chat_id=LIN,
                    person=lin,
                    now=counter.now,
                    due_at=local("2026-11-25T07:00"),
                    batch="quiet:20261124T2300",
                )
    counter.now = local("2026-11-25T07:00")
    (said,) = say_what_is_due(counter)
    assert "4 条提醒" in said
    assert said.index("2:15") < said.index("3:15") < said.index("2:45")
    statuses = sorted(row.status for row in counter.rows(LIN))
    assert statuses == [OutboxStatus.MERGED] * 4 + [OutboxStatus.SENT]
    whole = counter.rows(LIN)[-1]
    assert whole.payload["buttons"] == [[{"label": "知道了", "data": f"r:ok:{whole.id}"}]]


def test_a_merged_message_leaves_out_what_moved_on(counter: Counter) -> None:
    booked(counter, start="2026-11-23T20:00")
    counter.press(DIAO, "派车")
    first = counter.ticket()
    with counter.database.writing() as session:
        ticket = session.get_one(Ticket, first.id)
        diao = people.person_of(session, DIAO)
        for text in ("旧", "新"):
            outbox.send(
                session,
                outbox.Message(text=text),
                chat_id=DIAO,
                person=diao,
                ticket=ticket,
                purpose=outbox.Purpose.REMINDER,
                now=counter.now,
                due_at=counter.now,
                batch="quiet:x",
            )
            ticket.version += 1
            session.flush()
        ticket.version -= 1
    assert [said for said in say_what_is_due(counter) if "旧" in said or said == "新"] == ["新"]


# ── the catalogue ───────────────────────────────────────────────────────────────────────────────────


def test_an_early_trip_is_confirmed_the_evening_before(counter: Counter) -> None:
    booked(counter, start="2026-11-24T06:30")
    counter.press(DIAO, "派车")
    assert times(counter, LIU) == ["11-23 20:00", "11-24 05:30", "11-24 06:15"]
    assert times(counter, DIAO) == ["11-23 21:00"]
    counter.now = local("2026-11-23T20:00")
    say_what_is_due(counter)
    counter.press_data(LIN, sent_button(counter, LIN))
    assert times(counter, DIAO) == ["11-23 21:00"]
    counter.press_data(LIU, sent_button(counter, LIU))
    assert times(counter, DIAO) == []


def test_a_long_trip_is_gone_over_the_day_before_at_five(counter: Counter) -> None:
    booked(counter, start="2026-11-25T09:30", destination="四平")
    counter.press(ZHOU, "同意")
    counter.press(DIAO, "派车")
    assert times(counter, LIU) == ["11-24 17:00", "11-25 08:30", "11-25 09:15"]


def test_an_approval_is_asked_for_again_and_then_passed_on(counter: Counter) -> None:
    with counter.database.writing() as session:
        zhao = people.person_of(session, ZHAO)
        assert zhao is not None
        zhou = people.person_of(session, ZHOU)
        assert zhou is not None
        zhao.department_id = zhou.department_id
        people.grant(session, zhao, role=Role.APPROVER)
        # The newest grant must not take the approvals over.
    booked(counter, start="2026-11-25T09:30", destination="四平")
    approver, other = (ZHOU, ZHAO) if times(counter, ZHOU) else (ZHAO, ZHOU)
    # Submitted at 9:00: two working hours later, and an hour before the office closes at 17:00.
    assert times(counter, approver)[0] == "11-23 11:00"
    assert times(counter, other) == ["11-23 16:00"]
    counter.press(approver, "同意")
    assert times(counter, approver) == times(counter, other) == []


def test_the_passenger_is_asked_for_a_mark_two_hours_after_the_closing(counter: Counter) -> None:
    booked(counter, start="2026-11-23T14:00")
    counter.press(DIAO, "派车")
    counter.now = local("2026-11-23T14:00")
    for label in ("已出发", "已到达", "已完成"):
        counter.press(LIU, label)
    counter.hear(LIU, text="36公里")
    assert counter.ticket().closed_at == counter.now
    assert times(counter, LIN) == ["11-23 16:00"]
    counter.now += timedelta(hours=2)
    assert any("请给个评价" in said for said in say_what_is_due(counter))
    counter.press(LIN, "满意")
    assert counter.ticket().fields["rating"] == "满意"
    assert times(counter, LIN) == []


def test_every_row_of_the_catalogue_speaks_of_states_its_kind_has(counter: Counter) -> None:
    for kind in counter.house.kinds:
        rows = catalogue.load().of(kind.name)
        known = {s for step in kind.steps for s in step.states}
        for row in rows:
            assert set(row.states) <= known or row.states == ("待审批",), (kind.name, row.name)
            assert set(row.silences) <= {other.name for other in rows}


def test_every_button_of_the_catalogue_is_a_step_somebody_told_may_take(counter: Counter) -> None:
    own = {"ok", "later", "rate", "cancel"}
    for kind in counter.house.kinds:
        for row in catalogue.load().of(kind.name):
            for name in set(row.buttons) - own:
                steps = [s for s in kind.steps if s.action == name and s.label]
                assert any(set(s.states) & set(row.states) for s in steps), (kind.name, row.name, name)


def test_the_table_is_refused_by_name_where_it_does_not_hold_together() -> None:
    good = {
        "name": "x",
        "states": ["待派车"],
        "when": {"before": "start", "minutes": 5},
        "to": {"driver": "…"},
    }
    for bad in (
        {"when": {"before": "lunch"}},
        {"when": {"whenever": "start"}},
        {"when": {"day_before": "start"}},
        {"to": {"nobody": "…"}},
        {"quiet": "loud"},
        {"colour": "red"},
        {"use_by": {"after": "never"}},
    ):
        with pytest.raises(ValueError, match=r"vehicle\.x"):
            catalogue.read_rows("vehicle", {**good, **bad}, noted=())


def test_a_part_in_square_brackets_is_said_only_where_it_is_filled() -> None:
    assert catalogue.filled("请布场[：{layout}]。", {"layout": "12 人"}) == "请布场：12 人。"
    assert catalogue.filled("请布场[：{layout}]。", {"layout": ""}) == "请布场。"


# ── moving on ───────────────────────────────────────────────────────────────────────────────────────


def test_what_is_late_is_not_lost_when_the_ticket_changes_before_it_went_out(counter: Counter) -> None:
    booked(counter, start="2026-11-23T14:00")
    counter.press(DIAO, "派车")
    counter.now = local("2026-11-23T13:00") + timedelta(seconds=20)
    with counter.database.writing() as session:
        ticket = session.get_one(Ticket, counter.ticket().id)
        ticket.version += 1
        session.flush()
        scene = Scene(session=session, now=counter.now, house=counter.house)
        promises.renew(scene, counter.house.kinds["vehicle"], ticket)
    assert times(counter, LIN) == ["11-23 13:00", "11-23 13:45"]


def test_renewing_twice_at_one_version_changes_nothing(counter: Counter) -> None:
    booked(counter, start="2026-11-23T14:00")
    counter.press(DIAO, "派车")
    before = counter.reminders(LIN)
    with counter.database.writing() as session:
        ticket = session.get_one(Ticket, counter.ticket().id)
        scene = Scene(session=session, now=counter.now, house=counter.house)
        for _ in range(2):
            promises.renew(scene, counter.house.kinds["vehicle"], ticket)
    assert counter.reminders(LIN) == before


# ── pressing ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def reminded(counter: Counter) -> Counter:
    """林晓梅 and 刘师傅 have just read that their trip starts in an hour."""
    booked(counter, start="2026-11-23T14:00")
    counter.press(DIAO, "派车")
    counter.now = local("2026-11-23T13:00")
    say_what_is_due(counter)
    return counter


def answer_of(said: list[dict[str, Any]]) -> str:
    return next(str(one["text"]) for one in said if one["method"] == "callback_answer")


def test_a_snoozed_reminder_comes_back_once(reminded: Counter) -> None:
    data = reminded.button(LIN, "10 分钟后")
    assert "13:10 再提醒" in answer_of(reminded.press_data(LIN, data))
    assert "13:10 再提醒" in answer_of(reminded.press_data(LIN, data))
    assert times(reminded, LIN) == ["11-23 13:45", "11-23 13:10"]
    again = reminded.rows(LIN)[-4:]
    assert any(
        f"r:ok:{row.id}" in str(row.payload.get("buttons")) for row in again if row.purpose == "reminder"
    )


def test_a_snooze_after_the_ticket_moved_on_is_told_so(reminded: Counter) -> None:
    data = reminded.button(LIN, "10 分钟后")
    reminded.press(LIU, "已出发")
    assert "出车中" in answer_of(reminded.press_data(LIN, data))
    assert times(reminded, LIN) == []


def test_only_whom_it_was_sent_to_may_press(reminded: Counter) -> None:
    data = reminded.button(LIN, "知道了")
    assert "不是发给您的" in answer_of(reminded.press_data(ZHOU, data))
    for forged in ("r:ok:999999", "r:ok:abc", "r:gone:1", "r:", f"r:ok:{10**20}"):
        assert answer_of(reminded.press_data(LIN, forged))


def test_known_is_noted_in_the_history_and_takes_the_buttons_away(reminded: Counter) -> None:
    data = reminded.button(LIN, "知道了")
    said = reminded.press_data(LIN, data)
    assert any("✓ 知道了" in str(one.get("text")) and not one.get("buttons") for one in said)
    assert "已经记下了" in answer_of(reminded.press_data(LIN, data))
    with reminded.database.reading() as session:
        ticket = session.get_one(Ticket, reminded.ticket().id)
        assert [e.action for e in ticket.events if e.actor and e.actor.name == "林晓梅"] == [
            "submit",
            "noted",
        ]


# ── service levels ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def headed(counter: Counter) -> Counter:
    """The dispatcher's department has a head (周处), and the desk an administrator (赵师傅)."""
    with counter.database.writing() as session:
        diao, zhou = people.person_of(session, DIAO), people.person_of(session, ZHOU)
        zhao = people.person_of(session, ZHAO)
        assert diao is not None
        assert zhou is not None
        assert zhao is not None
        diao.department_id = zhou.department_id
        people.grant(session, zhao, role=Role.ADMIN)
    return counter


def test_time_running_out_warns_then_goes_up_step_by_step(headed: Counter) -> None:
    booked(headed, start="2026-11-23T16:00")
    # 30 working minutes from 9:00: four fifths, all of it, and half as much again.
    assert times(headed, DIAO) == ["11-23 09:30", "11-23 09:24"]
    assert times(headed, ZHOU) == ["11-23 09:30"]
    assert times(headed, ZHAO) == ["11-23 09:45"]


def test_each_goes_out_once_whatever_happens_to_the_ticket(headed: Counter) -> None:
    booked(headed, start="2026-11-23T16:00")
    headed.now += timedelta(minutes=25)
    assert any("已用八成" in said for said in say_what_is_due(headed))
    headed.press(DIAO, "受理")
    assert not any("已用八成" in text for _, text in headed.reminders(DIAO))
    assert times(headed, ZHOU) == ["11-23 09:30"]


def test_it_stands_still_while_an_approval_is_waited_for(headed: Counter) -> None:
    booked(headed, start="2026-11-25T09:30", destination="四平")
    assert not any("时限" in text for _, text in headed.reminders(DIAO))
    assert any("计时暂停" in str(row.payload.get("text")) for row in headed.rows(LIN))
    headed.now = local("2026-11-23T15:00")
    headed.press(ZHOU, "同意")
    assert "11-23 15:24" in times(headed, DIAO)


def test_nobody_is_warned_of_a_ticket_that_was_dealt_with(headed: Counter) -> None:
    booked(headed, start="2026-11-23T16:00")
    headed.press(DIAO, "派车")
    assert times(headed, DIAO) == times(headed, ZHOU) == times(headed, ZHAO) == []
