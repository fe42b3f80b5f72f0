"""The life of a meeting's ticket: confirmed, laid out, checked into, ended, rated; and all that goes wrong on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from desk.models import Booking, Ticket, TicketEvent
from handlers.kinds import Scene
from handlers.tickets import promises, timeouts
from tests.handlers.bench_room import (
    CHEN,
    LI,
    LIN,
    SUN,
    ZHOU,
    bureau_with_rooms,
    card_of,
    labels_of,
    room,
    text_of,
)
from tests.handlers.bench_talk import Counter, word

if TYPE_CHECKING:
    from desk.storage import Database

TOMORROW = "2026-11-24"


@pytest.fixture
def counter(database: Database) -> Counter:
    """The bureau with rooms on Monday at nine."""
    return bureau_with_rooms(database)


def book(
    counter: Counter, user: int = LIN, *, name: str = "主楼306", start: str = "14:00", **more: Any
) -> Ticket:
    """Book a room tomorrow for two hours and return the ticket."""
    end = f"{int(start[:2]) + 2:02d}{start[2:]}"
    slots = {
        "start": f"{TOMORROW}T{start}",
        "end": f"{TOMORROW}T{end}",
        "room_name": name,
        "people": 10,
        **more,
    }
    counter.say(user, f"订{name}", room(**slots))
    counter.press(user, "提交")
    return counter.ticket()


def wait_for(counter: Counter, user: int = CHEN, *, name: str = "主楼306") -> Ticket:
    """Put somebody on the waiting list for a room that is taken tomorrow at two."""
    slots = {"start": f"{TOMORROW}T14:00", "end": f"{TOMORROW}T16:00", "room_name": name, "people": 10}
    counter.say(user, f"订{name}", room(**slots))
    counter.press(user, "排候补")
    return counter.ticket()


def again(counter: Counter, ticket: Ticket) -> Ticket:
    """Return the ticket as it is now."""
    with counter.database.reading() as session:
        return session.get_one(Ticket, ticket.id)


def run_sweep(counter: Counter) -> int:
    """Let the clock do what is due for rooms."""
    with counter.database.writing() as session:
        return timeouts.run(session, house=counter.house, now=counter.now)


def to_the_start(counter: Counter, *, hours: float = 0.0, minutes: float = 0.0) -> None:
    """Let it be tomorrow two o'clock, give or take."""
    counter.wait(hours=29 + hours, minutes=minutes)


# ── room service ────────────────────────────────────────────────────────────────────────────────────


def test_a_big_hall_waits_for_room_service_and_is_held_meanwhile(counter: Counter) -> None:
    ticket = book(counter, name="一号楼101", people=150)
    assert (ticket.state, ticket.queue) == ("待确认", "dispatcher:room")
    replies = counter.owed(LI)
    for label in ("安排", "受理", "驳回", "改派"):
        assert label in labels_of(replies)
    slots = {"start": f"{TOMORROW}T14:00", "end": f"{TOMORROW}T16:00", "room_name": "一号楼101"}
    assert "已被占用" in text_of(counter.say(CHEN, "一号楼101", room(**slots)))


def test_room_service_confirms_and_the_requester_hears(counter: Counter) -> None:
    book(counter, name="一号楼101", people=150)
    counter.press(LI, "安排")
    assert counter.ticket().state == "已预订"
    assert "会议室订好了" in text_of(counter.owed(LIN))


def test_a_video_conference_goes_to_room_service(counter: Counter) -> None:
    assert book(counter, name="主楼402", equipment=["视频会议"]).state == "待确认"


def test_of_two_dispatchers_pressing_at_once_one_wins(counter: Counter) -> None:
    book(counter, name="一号楼101", people=150)
    mine, theirs = counter.button(LI, "安排"), counter.button(SUN, "安排")
    counter.press_data(LI, mine)
    counter.owed(SUN)
    assert "过时" in text_of(counter.press_data(SUN, theirs))
    with counter.database.reading() as session:
        done = session.scalars(select(TicketEvent).where(TicketEvent.action == "arrange")).all()
    assert len(done) == 1


def test_a_dispatcher_who_takes_a_ticket_answers_for_it(counter: Counter) -> None:
    book(counter, name="一号楼101", people=150)
    counter.press(LI, "受理")
    ticket = counter.ticket()
    assert ticket.responsible is not None
    assert ticket.responsible.name == "李静怡"
    assert "李静怡" in text_of(counter.owed(LIN))
    assert "负责：李静怡" in text_of(counter.owed(SUN))


def test_a_rejection_quotes_the_clause_and_another_way_and_frees_the_room(counter: Counter) -> None:
    ticket = book(counter, name="一号楼101", people=150)
    counter.press(LI, "驳回")
    counter.press(LI, "时段已满")
    said = text_of(counter.owed(LIN))
    assert "先订先用" in said
    assert "候补" in said
    assert again(counter, ticket).state == "已驳回"
    with counter.database.reading() as session:
        assert not session.scalars(select(Booking).where(Booking.active)).all()


def test_room_service_moves_a_meeting_to_another_room(counter: Counter) -> None:
    book(counter, name="主楼305", equipment=["桌签"])
    counter.press(LI, "改派")
    counter.press(LI, "一号楼203")
    ticket = counter.ticket()
    assert ticket.fields["room_name"] == "一号楼203 小会议室"
    assert "会议室换好了" in text_of(counter.owed(LIN))


def test_a_meeting_is_not_moved_where_it_does_not_fit(counter: Counter) -> None:
    ticket = book(counter, name="主楼305", people=25, equipment=["桌签"])
    said = text_of(counter.press_data(LI, f"t:reassign:{ticket.id}:{ticket.version}:2"))
    assert "坐不下 25 人" in said
    assert again(counter, ticket).fields["room_name"].startswith("主楼305")


# ── who may do what ─────────────────────────────────────────────────────────────────────────────────


def test_nobody_confirms_their_own_hall_by_a_forged_press(counter: Counter) -> None:
    ticket = book(counter, name="一号楼101", people=150)
    for action in ("arrange", "take", "displace", "setup", "reassign"):
        said = text_of(counter.press_data(LIN, f"t:{action}:{ticket.id}:{ticket.version}"))
        assert "不归您办" in said
    assert again(counter, ticket).state == "待确认"


def test_strangers_to_a_ticket_can_neither_cancel_nor_check_in(counter: Counter) -> None:
    ticket = book(counter)
    to_the_start(counter)
    for action in ("cancel", "checkin", "accept", "finish"):
        assert "无关" in text_of(counter.press_data(CHEN, f"t:{action}:{ticket.id}:{ticket.version}"))
    assert again(counter, ticket).state == "已预订"


def test_what_the_desk_does_itself_cannot_be_pressed(counter: Counter) -> None:
    ticket = book(counter)
    for action in ("no_show", "end", "offer", "lapse", "expire", "displaced"):
        assert "不归您办" in text_of(counter.press_data(LIN, f"t:{action}:{ticket.id}:{ticket.version}"))
    assert again(counter, ticket).state == "已预订"


def test_an_old_button_is_answered_with_the_present_state(counter: Counter) -> None:
    ticket = book(counter)
    stale = f"t:cancel:{ticket.id}:{ticket.version}"
    counter.press_data(LIN, stale)
    assert "已取消" in text_of(counter.press_data(LIN, stale))


# ── the meeting itself ──────────────────────────────────────────────────────────────────────────────


def test_checking_in_is_possible_from_a_quarter_of_an_hour_before(counter: Counter) -> None:
    ticket = book(counter)
    early = text_of(counter.press_data(LIN, f"t:checkin:{ticket.id}:{ticket.version}"))
    assert "还没到签到时间" in early
    assert "13:45" in early
    to_the_start(counter, minutes=-14)
    counter.press_data(LIN, f"t:checkin:{ticket.id}:{ticket.version}")
    assert again(counter, ticket).state == "使用中"


def test_a_whole_life_from_booking_to_the_rating(counter: Counter) -> None:
    ticket = book(counter, name="主楼305", equipment=["桌签", "投影"])
    to_the_start(counter, minutes=-40)
    counter.press(LI, "开始布场")
    assert again(counter, ticket).state == "布场中"
    counter.press(LI, "布置好了")
    assert "已布置好" in text_of(counter.owed(LIN))
    counter.wait(minutes=35)
    now = again(counter, ticket)
    counter.press_data(LIN, f"t:checkin:{now.id}:{now.version}")
    counter.wait(minutes=60)
    assert counter.press(LIN, "提前结束")
    assert again(counter, ticket).state == "已结束"
    assert "打个分" in text_of(counter.owed(LIN)) or counter.button(LIN, "满意")
    counter.press(LIN, "满意")
    assert again(counter, ticket).fields["rating"] == "满意"
    with counter.database.reading() as session:
        events = session.scalars(select(TicketEvent).where(TicketEvent.ticket_id == ticket.id)).all()
    assert [e.action for e in events] == ["submit", "setup", "ready", "checkin", "finish", "rate_good"]


def test_ending_early_frees_the_room_once_it_is_cleared(counter: Counter) -> None:
    ticket = book(counter)
    to_the_start(counter)
    counter.press_data(LIN, f"t:checkin:{ticket.id}:{ticket.version}")
    counter.wait(minutes=30)
    counter.press(LIN, "提前结束")
    counter.say(
        CHEN, "主楼306", room(start=f"{TOMORROW}T15:00", end=f"{TOMORROW}T16:00", room_name="主楼306")
    )
    counter.press(CHEN, "提交")
    assert counter.ticket().fields["room_name"] == "主楼306 小会议室"


def test_half_an_hour_more_is_given_only_when_nobody_follows(counter: Counter) -> None:
    ticket = book(counter)
    to_the_start(counter)
    counter.press_data(LIN, f"t:checkin:{ticket.id}:{ticket.version}")
    counter.press(LIN, "延长30分钟")
    assert again(counter, ticket).fields["end"].endswith("16:30")
    counter.say(
        CHEN, "主楼306", room(start=f"{TOMORROW}T17:00", end=f"{TOMORROW}T18:00", room_name="主楼306")
    )
    counter.press(CHEN, "提交")
    assert "后面已有别的会" in text_of(counter.press(LIN, "延长30分钟"))


def test_a_meeting_that_is_over_is_closed_and_asked_to_be_rated(counter: Counter) -> None:
    ticket = book(counter)
    to_the_start(counter)
    counter.press_data(LIN, f"t:checkin:{ticket.id}:{ticket.version}")
    counter.wait(hours=2, minutes=15)
    assert run_sweep(counter) == 1
    assert again(counter, ticket).state == "已结束"
    assert "满意" in labels_of(counter.owed(LIN))


def test_nobody_came_and_the_room_is_given_back(counter: Counter) -> None:
    ticket = book(counter)
    to_the_start(counter, minutes=14)
    assert run_sweep(counter) == 0
    counter.wait(minutes=1)
    assert run_sweep(counter) == 1
    assert again(counter, ticket).state == "未到场"
    assert "没有签到" in text_of(counter.owed(LIN))
    assert run_sweep(counter) == 0


def test_who_books_for_this_very_moment_has_a_quarter_of_an_hour_too(counter: Counter) -> None:
    slots = {"start": "2026-11-23T08:56", "end": "2026-11-23T10:00", "room_name": "主楼306"}
    counter.say(LIN, "马上开会 主楼306", room(**slots))
    counter.press(LIN, "提交")
    counter.wait(minutes=12)
    assert run_sweep(counter) == 0


# ── the waiting list ────────────────────────────────────────────────────────────────────────────────


def test_a_cancelled_room_is_offered_to_who_waits_and_held_for_them(counter: Counter) -> None:
    book(counter)
    waiting = wait_for(counter)
    counter.press(LIN, "取消")
    counter.press(LIN, "确认取消")
    assert "候补有房了" in text_of(counter.owed(CHEN))
    counter.press(CHEN, "要这间")
    now = again(counter, waiting)
    assert (now.state, now.fields["room_name"]) == ("已预订", "主楼306 小会议室")


def test_the_room_of_a_no_show_is_offered_for_what_is_left_of_the_time(counter: Counter) -> None:
    book(counter)
    waiting = wait_for(counter)
    to_the_start(counter, minutes=15)
    run_sweep(counter)
    counter.press(CHEN, "要这间")
    now = again(counter, waiting)
    assert now.state == "已预订"
    assert now.starts_at == counter.now
    assert not run_sweep(counter)


def test_an_offer_nobody_takes_goes_to_the_next(counter: Counter) -> None:
    book(counter)
    first, second = wait_for(counter, CHEN), wait_for(counter, ZHOU)
    counter.press(LIN, "取消")
    counter.press(LIN, "确认取消")
    counter.owed(ZHOU)
    counter.wait(minutes=16)
    run_sweep(counter)
    assert "候补有房了" in text_of(counter.owed(ZHOU))
    assert again(counter, first).queue == "dispatcher:room"
    assert again(counter, second).allocation_id is not None


def test_a_declined_room_is_not_offered_again(counter: Counter) -> None:
    book(counter)
    waiting = wait_for(counter)
    counter.press(LIN, "取消")
    counter.press(LIN, "确认取消")
    counter.press(CHEN, "不要这间")
    run_sweep(counter)
    assert again(counter, waiting).allocation_id is None
    assert again(counter, waiting).state == "候补"


def test_who_waited_in_vain_is_told_in_the_end(counter: Counter) -> None:
    ticket = book(counter)
    waiting = wait_for(counter)
    to_the_start(counter)
    counter.press_data(LIN, f"t:checkin:{ticket.id}:{ticket.version}")
    counter.wait(hours=3)
    run_sweep(counter)
    assert again(counter, waiting).state == "已取消"
    assert "很抱歉" in text_of(counter.owed(CHEN))


# ── making room for a more important meeting ────────────────────────────────────────────────────────


def test_room_service_displaces_a_meeting_with_a_reason_and_a_new_room(counter: Counter) -> None:
    held = book(counter)
    urgent = wait_for(counter)
    counter.press(LI, "协调让房")
    counter.press(LI, "应急处置会议")
    moved, won = again(counter, held), again(counter, urgent)
    assert (won.state, won.fields["room_name"]) == ("已预订", "主楼306 小会议室")
    assert moved.state == "被调整"
    said = text_of(counter.owed(LIN))
    assert "应急处置会议" in said
    assert "已为您留好" in said
    counter.press(LIN, "要这间")
    assert again(counter, held).state == "已预订"
    assert again(counter, held).fields["room_name"] != "主楼306 小会议室"


def test_without_a_reason_from_the_list_nobody_is_displaced(counter: Counter) -> None:
    held = book(counter)
    urgent = wait_for(counter)
    assert "理由" in text_of(counter.press_data(LI, f"t:displace:{urgent.id}:{urgent.version}:whim"))
    assert again(counter, held).state == "已预订"


def test_a_meeting_under_way_is_never_displaced(counter: Counter) -> None:
    held = book(counter)
    urgent = wait_for(counter)
    to_the_start(counter, minutes=-5)
    counter.press_data(LIN, f"t:checkin:{held.id}:{held.version}")
    counter.press(LI, "协调让房")
    assert "正在使用中" in text_of(counter.press(LI, "应急处置会议"))
    assert again(counter, urgent).state == "候补"


def test_a_displaced_meeting_that_does_not_answer_comes_to_room_service(counter: Counter) -> None:
    held = book(counter)
    wait_for(counter)
    counter.press(LI, "协调让房")
    counter.press(LI, "应急处置会议")
    to_the_start(counter, minutes=-50)
    counter.owed(LI)
    run_sweep(counter)
    assert again(counter, held).queue == "dispatcher:room"
    assert "请电话联系" in text_of(counter.owed(LI))
    counter.press(LI, "安排")
    assert again(counter, held).state == "已预订"


# ── changes and questions ───────────────────────────────────────────────────────────────────────────


def test_moving_a_meeting_keeps_its_room_where_it_is_free(counter: Counter) -> None:
    ticket = book(counter)
    changed = word("change_ticket", hints={"start_precision": "clock"}, start="2026-11-23T09:30")
    card = card_of(counter.say(LIN, "我们那会提前到九点半", changed))
    assert "09:30–11:30" in card
    assert "主楼306" in card
    assert "已修改" in text_of(counter.press(LIN, "提交"))
    now = again(counter, ticket)
    assert (now.state, now.fields["room_name"]) == ("已预订", "主楼306 小会议室")


def test_moving_into_a_taken_time_shows_the_clash_first(counter: Counter) -> None:
    book(counter, CHEN, start="09:00")
    book(counter)
    changed = word("change_ticket", hints={"start_precision": "clock"}, start="2026-11-23T09:30")
    card = card_of(counter.say(LIN, "提前到九点半", changed))
    assert "已被占用（09:00–11:00 财务处" in card


def test_a_confirmed_hall_that_moves_is_confirmed_again(counter: Counter) -> None:
    ticket = book(counter, name="一号楼101", people=150)
    counter.press(LI, "安排")
    counter.say(
        LIN, "改到三点", word("change_ticket", hints={"start_precision": "clock"}, start="2026-11-23T15:00")
    )
    counter.press(LIN, "提交")
    assert again(counter, ticket).state == "待确认"
    assert "请看新的安排" in text_of(counter.owed(LI))


def test_urging_ones_own_booked_room_reaches_room_service(counter: Counter) -> None:
    book(counter)
    counter.press(LIN, "催一下")
    assert "申请人在催" in text_of(counter.owed(LI))


def test_the_history_is_told_in_words(counter: Counter) -> None:
    book(counter)
    to_the_start(counter, minutes=20)
    run_sweep(counter)
    said = text_of(counter.say(LIN, "我的会议室订单", word("query_ticket", hints={"kind": "room"})))
    assert "未签到，释放房间" in said


# ── reminders ───────────────────────────────────────────────────────────────────────────────────────


def clock_of(reminders: list[tuple[Any, str]]) -> list[str]:
    return [f"{at:%d %H:%M}" for at, _ in reminders]


def test_the_requester_is_reminded_ten_minutes_before_and_at_the_start(counter: Counter) -> None:
    book(counter)
    assert clock_of(counter.reminders(LIN)) == ["24 05:50", "24 06:00"]
    assert "签到" in counter.reminders(LIN)[0][1]
    assert counter.button(LIN, "签到")


def test_room_service_confirms_the_layout_half_an_hour_before(counter: Counter) -> None:
    book(counter)
    assert clock_of(counter.reminders(LI)) == ["24 05:30"]


def test_seat_cards_are_checked_the_day_before_at_three(counter: Counter) -> None:
    book(counter, equipment=["桌签"])
    assert "23 07:00" in clock_of(counter.reminders(LI))
    assert "23 07:00" in clock_of(counter.reminders(LIN))
    assert "桌签" in counter.reminders(LI)[0][1]


def test_a_cancelled_meeting_takes_its_reminders_along(counter: Counter) -> None:
    book(counter)
    counter.press(LIN, "取消")
    counter.press(LIN, "确认取消")
    assert counter.reminders(LIN) == []
    assert counter.reminders(LI) == []


def test_a_moved_meeting_moves_its_reminders(counter: Counter) -> None:
    ticket = book(counter)
    before = clock_of(counter.reminders(LIN))
    with counter.database.writing() as session:
        moved = session.get_one(Ticket, ticket.id)
        assert moved.starts_at is not None
        assert moved.ends_at is not None
        moved.starts_at += timedelta(hours=3)
        moved.ends_at += timedelta(hours=3)
        moved.version += 1
        session.flush()
        scene = Scene(session=session, now=counter.now, house=counter.house)
        promises.renew(scene, counter.house.kinds["room"], moved)
    after = clock_of(counter.reminders(LIN))
    assert [int(at[3:5]) for at in after] == [int(at[3:5]) + 3 for at in before]


def test_the_button_under_a_reminder_checks_in(counter: Counter) -> None:
    ticket = book(counter)
    to_the_start(counter, minutes=-10)
    due = [r for r in counter.rows(LIN) if r.purpose == "reminder" and r.due_at <= counter.now]
    assert len(due) == 1
    button = due[0].payload["buttons"][0][0]
    assert button["label"] == "签到"
    counter.press_data(LIN, button["data"])
    assert again(counter, ticket).state == "使用中"


def test_in_use_the_end_is_announced_ten_minutes_before(counter: Counter) -> None:
    ticket = book(counter)
    to_the_start(counter)
    counter.press_data(LIN, f"t:checkin:{ticket.id}:{ticket.version}")
    assert clock_of(counter.reminders(LIN)) == ["24 07:50"]


# ── both engines ────────────────────────────────────────────────────────────────────────────────────


def test_a_life_with_a_waiting_list_and_a_divisible_hall_on_both_databases(any_database: Database) -> None:
    counter = bureau_with_rooms(any_database)
    hall = book(counter, name="一号楼101A")
    waiting = wait_for(counter, name="一号楼101")
    assert (hall.state, waiting.state) == ("待确认", "候补")
    counter.press(LI, "协调让房")
    counter.press(LI, "省级领导")
    assert again(counter, hall).state == "被调整"
    assert again(counter, waiting).fields["room_name"] == "一号楼101 多功能厅"
    to_the_start(counter, minutes=16)
    assert run_sweep(counter) >= 1
    assert again(counter, waiting).state == "未到场"


def test_cancelling_says_so_in_words(counter: Counter) -> None:
    book(counter)
    counter.press(LIN, "取消")
    assert "已取消" in text_of(counter.press(LIN, "确认取消"))
