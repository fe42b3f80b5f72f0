"""交班, 请假 and 转交: what somebody holds goes to a colleague, with its history, and everybody hears of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from desk import bookings, duty, tickets
from desk.models import Driver, Duty, Person, Role, Ticket, Vehicle
from tests.handlers.bench_talk import DIAO, LIN, LIU, ZHAO, Counter, car, small_bureau, word
from tests.handlers.test_both_engines import booked
from tests.handlers.test_groups import SUN, joined
from tests.handlers.test_messages import texts

if TYPE_CHECKING:
    from desk.storage import Database

QIAN = 303


@pytest.fixture
def counter(database: Database) -> Counter:
    """The small bureau with two more dispatchers of cars and one of rooms."""
    made = small_bureau(database)
    joined(made, SUN, "孙调度", Role.DISPATCHER, "vehicle")
    joined(made, QIAN, "钱调度", Role.DISPATCHER, "vehicle")
    joined(made, 304, "会服王", Role.DISPATCHER, "room")
    return made


def person(counter: Counter, number: int) -> Person:
    with counter.database.reading() as session:
        return session.scalars(select(Person).where(Person.telegram_id == number)).one()


def on_duty(counter: Counter, number: int) -> None:
    with counter.database.writing() as session:
        turn = Duty(
            person_id=person(counter, number).id,
            kind="vehicle",
            starts_at=counter.now - timedelta(hours=1),
            ends_at=counter.now + timedelta(hours=8),
        )
        session.add(turn)


def labels(said: list[dict[str, object]]) -> list[str]:
    return [b["label"] for m in said for line in m.get("buttons") or [] for b in line]  # type: ignore[attr-defined]


def test_everything_a_dispatcher_holds_goes_to_the_successor(counter: Counter) -> None:
    booked(counter)
    counter.press(SUN, "受理")
    counter.say(LIN, "后天用车", car(start="2026-11-25T09:00", destination="净月", people=2))
    counter.press(LIN, "提交")
    counter.press(SUN, "受理")
    on_duty(counter, QIAN)
    said = counter.say(SUN, "交班", word("out_of_scope"))
    assert "2 张" in texts(said)
    assert labels(said)[:2] == ["钱调度（值班）", "刁调度"]
    assert "会服王" not in labels(said)
    counter.owed(LIN)
    assert "已交给钱调度 2 张" in texts(counter.press(SUN, "钱调度"))
    assert "孙调度交班给您 2 张" in texts(counter.owed(QIAN))
    assert "改由调度员钱调度负责" in texts(counter.owed(LIN))
    with counter.database.reading() as session:
        for ticket in session.scalars(select(Ticket)):
            assert ticket.responsible is not None
            assert ticket.responsible.name == "钱调度"
            event = tickets.last_events(session, ticket, limit=1)[0]
            assert (event.action, event.details) == ("hand_over", {"from": "孙调度", "to": "钱调度"})


def test_a_second_press_and_an_empty_hand_are_answered(counter: Counter) -> None:
    booked(counter)
    assert "没有要交的单子" in texts(counter.say(SUN, "交班", word("out_of_scope")))
    counter.press(SUN, "受理")
    counter.hear(SUN, command="handover")
    data = counter.button(SUN, "钱调度")
    counter.press_data(SUN, data)
    assert "已经没有要交的" in texts(counter.press_data(SUN, data))


def test_nobody_hands_over_to_who_may_not_have_it(counter: Counter) -> None:
    booked(counter)
    counter.press(SUN, "受理")
    for number in (LIN, LIU, 304, SUN):
        said = counter.press_data(SUN, f"h:to:all:{person(counter, number).id}")
        assert "接不了" in texts(said)
    assert "没有要交的单子" in texts(counter.press_data(LIN, f"h:to:all:{person(counter, QIAN).id}"))
    for forged in ("h:to:all:x", "h:to", "h:give:1:2", "h:give:1:2:20261301:20261301", "h:xx:all:1"):
        assert "不认识" in texts(counter.press_data(SUN, forged))
    assert counter.ticket().responsible.name == "孙调度"


def test_who_is_away_is_no_successor(counter: Counter) -> None:
    booked(counter)
    counter.press(SUN, "受理")
    with counter.database.writing() as session:
        away = session.merge(person(counter, QIAN))
        duty.away(session, away, starts_at=counter.now, ends_at=counter.now + timedelta(days=1))
    assert labels(counter.say(SUN, "我要交班了", word("out_of_scope"))) == ["刁调度", "先不交"]


def test_one_ticket_is_passed_on_from_its_card(counter: Counter) -> None:
    booked(counter)
    counter.press(SUN, "受理")
    counter.press(SUN, "转交")
    counter.press(SUN, "钱调度")
    assert counter.ticket().responsible.name == "钱调度"
    assert "孙调度交给您的单子" in texts(counter.owed(QIAN))
    ticket = counter.ticket()
    for user, answer in ((LIN, "不归您办"), (LIU, "与您无关")):
        data = f"t:pass_on:{ticket.id}:{ticket.version}:{person(counter, SUN).id}"
        assert answer in texts(counter.press_data(user, data))
    stale = f"t:pass_on:{ticket.id}:{ticket.version - 1}:{person(counter, SUN).id}"
    assert "过时" in texts(counter.press_data(DIAO, stale))


def test_a_colleague_may_pass_on_what_lies_in_the_hands_of_somebody_gone(counter: Counter) -> None:
    booked(counter)
    counter.press(SUN, "受理")
    counter.owed(SUN)
    counter.press(DIAO, "转交")
    counter.press(DIAO, "钱调度")
    assert "已由刁调度转给钱调度" in texts(counter.owed(SUN))


def test_a_driver_on_leave_gives_the_trips_to_a_colleague(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    assert counter.ticket().responsible.name == "刘师傅"
    counter.say(LIU, "明天请假", word("out_of_scope", start="2026-11-24"))
    said = counter.say(LIU, "交班", word("out_of_scope"))
    assert "明天（11月24日 周二）有 1 件活要交" in texts(said)
    assert labels(said[-1:])[0] == "赵师傅"
    counter.press(LIU, "赵师傅")
    ticket = counter.ticket()
    assert ticket.responsible.name == "赵师傅"
    assert ticket.fields["driver"] == "赵师傅"
    assert "派车单" in texts(counter.owed(ZHAO))
    with counter.database.reading() as session:
        assert bookings.resource_of(session.merge(ticket), sort="driver").name == "赵师傅"
        history = {(e.action, e.reason) for e in tickets.last_events(session, ticket)}
        assert ("leave", "刘师傅交出，刘师傅办理") in history
        assert duty.is_away(session, person(counter, LIU), at=counter.now + timedelta(days=1))


def test_a_colleague_who_is_not_free_does_not_get_the_trip(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    with counter.database.writing() as session:
        other = session.scalars(select(Driver).where(Driver.name == "赵师傅")).one()
        start = counter.ticket().starts_at
        bookings.set_aside(
            session, (other,), starts_at=start, ends_at=start + timedelta(hours=1), now=counter.now
        )
    counter.say(DIAO, "刘师傅明天请假", word("out_of_scope", start="2026-11-24"))
    counter.owed(LIU)
    assert "调度员另行安排" in texts(counter.press(DIAO, "赵师傅"))
    ticket = counter.ticket()
    assert (ticket.state, ticket.queue) == ("待派车", "dispatcher:vehicle")
    assert "不用管了" in texts(counter.owed(LIU))


def test_who_is_away_is_not_sent(counter: Counter) -> None:
    counter.say(DIAO, "刘师傅明天请假", word("out_of_scope", start="2026-11-24"))
    counter.press(DIAO, "记下请假")
    booked(counter)
    counter.press(DIAO, "派车")
    assert counter.ticket().responsible.name == "赵师傅"


def test_a_technician_or_driver_hands_over_at_the_end_of_a_shift_without_any_leave(counter: Counter) -> None:
    assert "没有要交的活" in texts(counter.say(LIU, "交班", word("out_of_scope")))
    booked(counter)
    counter.press(DIAO, "派车")
    counter.say(LIU, "交班", word("out_of_scope"))
    counter.press(LIU, "退回调度重新安排")
    assert counter.ticket().queue == "dispatcher:vehicle"
    with counter.database.reading() as session:
        assert not duty.is_away(session, person(counter, LIU), at=counter.now)


def test_nobody_sends_another_on_leave_but_their_dispatcher(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    data = f"h:give:{person(counter, LIU).id}:0:20261124:20261124"
    for user in (LIN, ZHAO, 304):
        assert "只有本人" in texts(counter.press_data(user, data))
    assert counter.ticket().responsible.name == "刘师傅"
    assert "什么规定" not in texts(counter.say(LIU, "请假怎么请？", word("policy_question")))
    assert "要交" not in texts(counter.say(LIN, "我明天请假", word("out_of_scope")))


def test_a_hired_car_goes_over_with_what_its_dispatcher_reports_for_it(counter: Counter) -> None:
    with counter.database.writing() as session:
        for vehicle in session.scalars(select(Vehicle)):
            vehicle.active = False
    booked(counter)
    counter.press(SUN, "受理")
    counter.press(SUN, "派车")
    counter.hear(SUN, text="吉A·12345 王师傅 13800000000")
    assert counter.ticket().state == "待出车"
    counter.owed(SUN)
    counter.press(SUN, "转交")
    counter.press(SUN, "钱调度")
    counter.press(QIAN, "已出发")
    ticket = counter.ticket()
    assert (ticket.state, ticket.responsible.name) == ("出车中", "钱调度")
