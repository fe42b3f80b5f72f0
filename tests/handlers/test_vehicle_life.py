"""The life of a car ticket: who may do what when, who hears of it, and what the database holds afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from desk.models import Booking, Person, Ticket
from tests.handlers.bench_talk import DIAO, LIN, LIU, ZHAO, ZHOU, Counter, car, small_bureau, word

if TYPE_CHECKING:
    from desk.storage import Database


@pytest.fixture
def counter(database: Database) -> Counter:
    """The small bureau's counter."""
    return small_bureau(database)


def text_of(replies: list[dict[str, object]]) -> str:
    """All texts of some replies."""
    return "\n".join(str(r.get("text", "")) for r in replies)


def booked(counter: Counter, **slots: object) -> None:
    """Lin books a car for tomorrow at two."""
    counter.say(
        LIN,
        "明天两点去机场",
        car(**{"start": "2026-11-24T14:00", "destination": "龙嘉机场", "people": 3, **slots}),
    )
    counter.press(LIN, "提交")


def active_bookings(counter: Counter) -> int:
    """How many resources are set aside."""
    with counter.database.reading() as session:
        return len(session.scalars(select(Booking).where(Booking.active)).all())


def test_a_trip_from_request_to_rating(counter: Counter) -> None:
    booked(counter)
    assert "新的用车单" in text_of(counter.owed(DIAO))
    counter.press(DIAO, "派车")
    passenger = text_of(counter.owed(LIN))
    for shown in ("车派好了", "吉A·10001", "刘师傅", "13800000104"):
        assert shown in passenger
    order = text_of(counter.owed(LIU))
    for shown in ("派车单", "龙嘉机场", "3 人", "林晓梅", "13800000101"):
        assert shown in order
    counter.press(LIU, "已出发")
    assert "车已出发" in text_of(counter.owed(LIN))
    counter.press(LIU, "已到达")
    assert "车已到达" in text_of(counter.owed(LIN))
    assert "里程" in text_of(counter.press(LIU, "已完成"))
    assert "36 公里" in text_of(counter.hear(LIU, text="36公里"))
    assert "谢谢" in text_of(counter.press(LIN, "满意"))
    ticket = counter.ticket()
    assert (ticket.state, ticket.fields["rating"], ticket.fields["distance_km"]) == ("已完成", "满意", 36)
    assert ticket.closed_at is not None


def test_the_odometer_reading_is_understood_as_a_reading(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    for step in ("已出发", "已完成"):
        counter.press(LIU, step)
    counter.hear(LIU, text="52086")
    assert counter.ticket().fields["distance_km"] == 86


def test_mileage_without_a_figure_is_asked_again(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    for step in ("已出发", "已完成"):
        counter.press(LIU, step)
    assert "不太对" in text_of(counter.hear(LIU, text="52100-52000"))
    assert counter.ticket().state == "待结算"


@pytest.mark.parametrize("somebody", [LIN, LIU, ZHOU])
def test_only_a_dispatcher_assigns(counter: Counter, somebody: int) -> None:
    booked(counter)
    forged = counter.button(DIAO, "派车")
    replies = text_of(counter.press_data(somebody, forged))
    assert "不归您办" in replies or "与您无关" in replies
    assert counter.ticket().state == "待派车"


def test_a_stale_button_is_answered_with_the_present_state(counter: Counter) -> None:
    booked(counter)
    old = counter.button(DIAO, "派车")
    counter.press(LIN, "取消")
    counter.press(LIN, "确认取消")
    assert "已经过时" in text_of(counter.press_data(DIAO, old))
    assert counter.ticket().state == "已取消"


def test_a_hasty_second_press_after_taking_still_counts(counter: Counter) -> None:
    booked(counter)
    old = counter.button(DIAO, "派车")
    counter.press(DIAO, "受理")
    counter.press_data(DIAO, old)
    assert counter.ticket().state == "待出车"


def test_a_rating_holds_although_the_mileage_came_between(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    counter.press(LIU, "已出发")
    counter.press(LIU, "已完成")
    mark = counter.button(LIN, "满意")
    counter.hear(LIU, text="36公里")
    counter.press_data(LIN, mark)
    assert counter.ticket().fields["rating"] == "满意"
    assert "已经评过" in text_of(counter.press_data(LIN, mark))


@pytest.mark.parametrize(
    "data",
    [
        "t:assign:999:1",
        "t:assign:x:1",
        "t:::",
        "t:assign:1:1:4-999",
        "zz",
        "f:submit:99",
        "q:see:9999",
        "t:assign:1:1:💥",
    ],
)
def test_rubbish_in_a_button_is_answered_and_changes_nothing(counter: Counter, data: str) -> None:
    booked(counter)
    replies = counter.press_data(DIAO, data)
    assert any(r["method"] == "callback_answer" for r in replies)
    assert counter.ticket().state == "待派车"


def test_every_press_is_answered_exactly_once(counter: Counter) -> None:
    booked(counter)
    for label in ("受理", "驳回", "返回", "派车", "改派"):
        replies = counter.press(DIAO, label)
        assert sum(r["method"] == "callback_answer" for r in replies) == 1


def test_a_rejection_names_the_clause_and_another_way(counter: Counter) -> None:
    booked(counter)
    assert "请选驳回依据" in text_of(counter.press(DIAO, "驳回"))
    counter.press(DIAO, "建议公共交通")
    heard = text_of(counter.owed(LIN))
    assert "按规定" in heard
    assert "公交、地铁或打车" in heard
    assert counter.ticket().state == "已驳回"


def test_reassigning_tells_both_drivers_and_frees_the_first_car(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    counter.press(DIAO, "改派")
    counter.press(DIAO, "吉A·10002")
    ticket = counter.ticket()
    assert ticket.fields["plate"] == "吉A·10002"
    assert active_bookings(counter) == 2
    if ticket.fields["driver"] != "刘师傅":
        assert "不用出车了" in text_of(counter.owed(LIU))
    assert "吉A·10002" in text_of(counter.owed(LIN))


@pytest.mark.parametrize("assigned", [False, True])
def test_cancelling_before_departure_frees_everything_and_tells_everyone(
    counter: Counter, assigned: bool
) -> None:
    booked(counter)
    if assigned:
        counter.press(DIAO, "派车")
    counter.owed(DIAO)
    counter.press(LIN, "取消")
    counter.press(LIN, "确认取消")
    assert counter.ticket().state == "已取消"
    assert active_bookings(counter) == 0
    assert "取消" in text_of(counter.owed(DIAO))
    assert counter.reminders(LIN) == []
    if assigned:
        assert "取消" in text_of(counter.owed(LIU))


def test_cancelling_in_words_asks_once_more(counter: Counter) -> None:
    booked(counter)
    assert "确定取消" in text_of(counter.say(LIN, "不去了，车取消吧", word("cancel_ticket")))
    counter.press(LIN, "确认取消")
    assert counter.ticket().state == "已取消"


def test_after_departure_it_cannot_be_cancelled_and_says_whom_to_call(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    counter.press(LIU, "已出发")
    assert "不能自己取消" in text_of(counter.say(LIN, "取消吧", word("cancel_ticket")))


def test_reminders_are_owed_an_hour_and_a_quarter_before_to_both(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    start = counter.ticket().starts_at
    assert start is not None
    for person in (LIN, LIU):
        assert [at for at, _ in counter.reminders(person)] == [
            start - timedelta(hours=1),
            start - timedelta(minutes=15),
        ]


def test_a_ticket_that_waits_too_long_is_brought_to_the_dispatcher(counter: Counter) -> None:
    booked(counter)
    waiting = counter.reminders(DIAO)
    assert waiting[0][0] == counter.ticket().due_at
    counter.press(DIAO, "派车")
    assert counter.reminders(DIAO) == []


def test_a_changed_time_keeps_the_car_and_moves_the_reminders(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    counter.say(
        LIN, "改成三点", word("change_ticket", hints={"start_precision": "clock"}, start="2026-11-23T15:00")
    )
    assert "原来的车和驾驶员不变" in text_of(counter.press(LIN, "提交"))
    assert "行程有变" in text_of(counter.owed(LIU))
    start = counter.ticket().starts_at
    assert start is not None
    assert counter.reminders(LIN)[0][0] == start - timedelta(hours=1)
    assert counter.ticket().state == "待出车"


def test_more_people_than_seats_sends_it_back_to_the_dispatcher(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    counter.say(LIN, "改成12个人", word("change_ticket", people=12))
    assert "重新派车" in text_of(counter.press(LIN, "提交"))
    ticket = counter.ticket()
    assert (ticket.state, ticket.queue) == ("待派车", "dispatcher:vehicle")
    assert "不用出车" in text_of(counter.owed(LIU))
    assert active_bookings(counter) == 0


def test_a_trip_changed_to_a_place_out_of_the_city_waits_for_the_head(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    counter.say(LIN, "改成去四平", word("change_ticket", destination="四平"))
    assert "审批" in text_of(counter.press(LIN, "提交"))
    ticket = counter.ticket()
    assert (ticket.state, ticket.responsible.name) == ("待审批", "周处")
    assert active_bookings(counter) == 0
    assert "要等审批" in text_of(counter.owed(LIU))
    assert "改了，等您审批" in text_of(counter.owed(ZHOU))
    counter.press(ZHOU, "同意")
    assert counter.ticket().state == "待派车"
    assert "plate" not in counter.ticket().fields


def test_a_trip_changed_to_a_place_in_the_city_needs_the_head_no_more(counter: Counter) -> None:
    booked(counter, destination="四平")
    assert counter.ticket().state == "待审批"
    counter.say(LIN, "改成去净月", word("change_ticket", destination="净月"))
    assert "不用审批" in text_of(counter.press(LIN, "提交"))
    assert (counter.ticket().state, counter.ticket().queue) == ("待派车", "dispatcher:vehicle")
    assert "不用您审批" in text_of(counter.owed(ZHOU))


def test_a_driver_who_cannot_go_hands_the_trip_back(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    counter.press(LIU, "去不了")
    assert counter.ticket().state == "待派车"
    card = text_of(counter.owed(DIAO))
    assert "请改派" in card
    assert "刘师傅" not in card.split("推荐：")[1]


def test_a_car_that_is_broken_is_not_recommended_again(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    plate = counter.ticket().fields["plate"]
    counter.say(LIU, "去不了，车打不着火", word("report_repair"))
    assert plate not in text_of(counter.owed(DIAO)).rsplit("推荐：", maxsplit=1)[1]


def test_a_trip_out_of_the_city_goes_to_the_head_first(counter: Counter) -> None:
    booked(counter, destination="四平")
    ticket = counter.ticket()
    assert ticket.state == "待审批"
    assert ticket.responsible is not None
    assert ticket.responsible.name == "周处"
    assert counter.owed(DIAO) == []
    counter.press(ZHOU, "同意")
    assert counter.ticket().state == "待派车"
    assert "已审批" in text_of(counter.owed(DIAO))


def test_a_head_who_disagrees_closes_it_with_a_way_on(counter: Counter) -> None:
    booked(counter, destination="四平")
    counter.press(ZHOU, "不同意")
    assert counter.ticket().state == "已驳回"
    assert "重新提交" in text_of(counter.owed(LIN))


def test_sharing_puts_two_tickets_into_one_car_and_cancelling_one_keeps_the_other(counter: Counter) -> None:
    booked(counter, people=2)
    counter.press(DIAO, "吉A·10002")
    booked(counter, people=2)
    counter.press(DIAO, "合乘")
    assert counter.ticket().fields["plate"] == "吉A·10002"
    assert active_bookings(counter) == 2
    counter.press(LIN, "取消")
    counter.press(LIN, "确认取消")
    assert active_bookings(counter) == 2


def test_two_dispatchers_never_give_one_car_twice(counter: Counter) -> None:
    booked(counter)
    first = counter.ticket().id
    booked(counter)
    pair = counter.button(DIAO, "派车").rsplit(":", 1)[1]
    counter.press_data(DIAO, f"t:assign:{first}:1:{pair}")
    replies = text_of(counter.press_data(DIAO, counter.button(DIAO, "派车")))
    assert "占用" in replies or "已经过时" in replies or "派车" in replies
    with counter.database.reading() as session:
        spans = [(b.resource_id, b.starts_at) for b in session.scalars(select(Booking).where(Booking.active))]
    assert len(spans) == len(set(spans))


@pytest.mark.parametrize("asked", ["我的车到哪了", "批没批", "我的单子"])
def test_where_is_my_car(counter: Counter, asked: str) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    counter.owed(LIN)
    said = text_of(counter.say(LIN, asked, word("query_ticket")))
    assert "吉A·10001" in said
    assert "待出车" in said


def test_a_number_of_somebody_else_is_not_shown(counter: Counter) -> None:
    booked(counter)
    counter.owed(ZHAO)
    assert "林晓梅" not in text_of(counter.say(ZHAO, "YC-20261123-001 咋样了", word("query_ticket")))


def test_urging_reaches_whoever_answers_for_it_and_not_too_often(counter: Counter) -> None:
    booked(counter)
    counter.owed(DIAO)
    assert "已催" in text_of(counter.say(LIN, "催一下", word("urge_ticket")))
    assert "在催" in text_of(counter.owed(DIAO))
    assert "刚催过" in text_of(counter.say(LIN, "快点", word("urge_ticket")))


def test_a_bad_mark_asks_why_and_tells_the_dispatcher(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    counter.press(LIU, "已出发")
    counter.press(LIU, "已完成")
    counter.owed(DIAO)
    assert "哪里不好" in text_of(counter.press(LIN, "不满意"))
    assert "已转给" in text_of(counter.hear(LIN, text="车里烟味太大"))
    assert "烟味" in text_of(counter.owed(DIAO))


def test_somebody_unknown_gets_a_polite_refusal_and_nothing_else(counter: Counter) -> None:
    booked(counter)
    assert "还没有绑定" in text_of(counter.say(999, "要个车", car()))
    assert "还没有绑定" in text_of(counter.press_data(999, counter.button(DIAO, "派车")))
    assert counter.ticket().state == "待派车"


def test_at_every_moment_somebody_answers_for_it(counter: Counter) -> None:
    booked(counter)
    for who, label in ((DIAO, "受理"), (DIAO, "派车"), (LIU, "已出发"), (LIU, "已到达"), (LIU, "已完成")):
        counter.press(who, label)
        ticket = counter.ticket()
        assert (ticket.responsible_id is None) != (ticket.queue is None)
        assert ticket.due_at is not None


def test_the_history_tells_who_did_what(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    with counter.database.reading() as session:
        ticket = session.scalar(select(Ticket))
        assert ticket is not None
        assert [(e.action, e.state_after) for e in ticket.events] == [
            ("submit", "待派车"),
            ("assign", "待出车"),
        ]
        diao = session.scalar(select(Person).where(Person.name == "刁调度"))
        assert diao is not None
        assert ticket.events[-1].actor_id == diao.id


def test_nothing_sent_is_longer_or_less_valid_than_telegram_allows(counter: Counter) -> None:
    booked(counter)
    counter.press(DIAO, "派车")
    for chat in (LIN, DIAO, LIU):
        for row in counter.rows(chat):
            assert len(str(row.payload.get("text", ""))) <= 4096
            for line in row.payload.get("buttons", []):
                assert all(1 <= len(b["data"].encode()) <= 64 for b in line)


def test_without_a_free_car_the_dispatcher_can_name_a_hired_one(counter: Counter) -> None:
    for _ in range(2):
        booked(counter)
        counter.press(DIAO, "派车")
    booked(counter, people=2)
    assert "车牌 驾驶员 电话" in text_of(counter.press(DIAO, "派车"))
    counter.hear(DIAO, text="吉A·T8888 马师傅 13912345678")
    ticket = counter.ticket()
    assert (ticket.state, ticket.fields["plate"], ticket.fields["driver"]) == (
        "待出车",
        "吉A·T8888",
        "马师傅",
    )
    assert "13912345678" in text_of(counter.owed(LIN))
    counter.press(DIAO, "已出发")
    assert counter.ticket().state == "出车中"
