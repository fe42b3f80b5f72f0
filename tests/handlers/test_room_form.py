"""Asking for a meeting room: what is asked, which room is offered and why, what stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from desk.models import Booking, Room, Ticket
from tests.handlers.bench_room import CHEN, LI, LIN, bureau_with_rooms, card_of, labels_of, room, text_of
from tests.handlers.bench_talk import Counter, word

if TYPE_CHECKING:
    from desk.storage import Database

TOMORROW = "2026-11-24"
WEEKLY = {"every": "week", "interval": 1, "weekdays": [0], "month_day": None, "until": "2026-12-21"}


@pytest.fixture
def counter(database: Database) -> Counter:
    """The bureau with rooms on Monday at nine."""
    return bureau_with_rooms(database)


def meeting(**slots: Any) -> Any:
    """A request that leaves nothing to ask: tomorrow from two to four, ten people."""
    return room(**{"start": f"{TOMORROW}T14:00", "end": f"{TOMORROW}T16:00", "people": 10, **slots})


def taken(
    counter: Counter, *, name: str = "一号楼305会议室", start: str = "14:00", end: str = "16:00"
) -> Ticket:
    """Let 陈 book a room tomorrow."""
    request = room(start=f"{TOMORROW}T{start}", end=f"{TOMORROW}T{end}", room_name=name, people=10)
    counter.say(CHEN, f"订{name}", request)
    counter.press(CHEN, "提交")
    return counter.ticket()


def test_one_message_is_enough_and_the_card_shows_the_room_with_its_reasons(counter: Counter) -> None:
    request = meeting(location="一号楼三楼", people=12, equipment=["投影", "话筒"])
    card = card_of(counter.say(LIN, "订一号楼三楼会议室 明天下午两点到四点 12人 要投影话筒", request))
    for shown in (
        "请核对",
        "14:00–16:00",
        "12 人",
        "一号楼305 第三会议室（40座）",
        "在您要的楼层",
        "有投影、话筒",
    ):
        assert shown in card


def test_submitting_books_a_small_room_at_once(counter: Counter) -> None:
    counter.say(LIN, "明天两点到四点 小会议室 10人", meeting(room_name="主楼306"))
    assert "已预订" in text_of(counter.press(LIN, "提交"))
    ticket = counter.ticket()
    assert (ticket.state, ticket.fields["room_name"]) == ("已预订", "主楼306 小会议室")
    assert ticket.responsible is not None
    assert ticket.due_at is not None
    assert ticket.allocation_id is not None


def test_the_time_to_set_up_and_clear_up_is_set_aside_too(counter: Counter) -> None:
    taken(counter)
    with counter.database.reading() as session:
        booking = session.scalars(select(Booking)).one()
        assert (booking.starts_at.hour, booking.starts_at.minute) == (5, 45)  # 13:45 in Changchun
        assert (booking.ends_at.hour, booking.ends_at.minute) == (8, 15)


def test_meetings_half_an_hour_apart_follow_each_other_in_one_room(counter: Counter) -> None:
    taken(counter, end="15:00")
    counter.say(LIN, "一号楼305 三点半", meeting(room_name="一号楼305", start=f"{TOMORROW}T15:30"))
    counter.press(LIN, "提交")
    assert counter.ticket().fields["room_name"] == "一号楼305 第三会议室"


def test_asks_only_for_what_is_missing(counter: Counter) -> None:
    assert "什么时候用" in text_of(counter.say(LIN, "定个会议室", room(hints={})))
    assert "几个人" in text_of(counter.say(LIN, "明天下午两点", word("book_room", start=f"{TOMORROW}T14:00")))
    assert "请核对" in text_of(counter.say(LIN, "十个人", word("out_of_scope")))


def test_a_named_room_needs_no_head_count(counter: Counter) -> None:
    card = card_of(counter.say(LIN, "主楼306 明天两点", meeting(room_name="主楼306", people=None)))
    assert "请核对" in card
    assert "主楼306" in card


def test_a_part_of_the_day_is_asked_for_the_hour_with_quick_answers(counter: Counter) -> None:
    hints = {"start_precision": "part", "part": "下午"}
    replies = counter.say(
        LIN, "明天下午 10人 会议室", room(start=f"{TOMORROW}T13:00", people=10, hints=hints)
    )
    assert "11月24日下午几点" in text_of(replies)
    assert "13:00–17:00" in text_of(counter.press(LIN, "13:00到17:00"))


def test_an_end_that_was_not_said_is_shown_as_an_estimate(counter: Counter) -> None:
    assert "14:00–16:00（预计）" in text_of(counter.say(LIN, "明天两点 10人 会议室", meeting(end=None)))


def test_other_rooms_hang_below_and_one_tap_books_them(counter: Counter) -> None:
    replies = counter.say(LIN, "明天两点到四点会议室 10人", meeting())
    others = [b for b in labels_of(replies) if b.startswith("订 ")]
    assert 1 <= len(others) <= 3
    counter.press(LIN, others[0])
    ticket = counter.ticket()
    assert ticket.state == "已预订"
    assert ticket.fields["room_name"] in others[0]


def test_a_room_number_in_two_buildings_offers_both(counter: Counter) -> None:
    replies = counter.say(LIN, "305会议室 明天两点到四点", meeting(room_name="305会议室", people=None))
    text = text_of(replies) + "".join(labels_of(replies))
    assert "主楼305" in text
    assert "一号楼305" in text


def test_an_alias_of_a_building_finds_the_room(counter: Counter) -> None:
    counter.say(LIN, "1号楼305", meeting(room_name="1号楼305会议室"))
    counter.press(LIN, "提交")
    assert counter.ticket().fields["room_name"] == "一号楼305 第三会议室"


def test_a_small_group_is_not_sent_to_the_big_hall(counter: Counter) -> None:
    card = card_of(counter.say(LIN, "一号楼会议室 10人", meeting(location="一号楼")))
    assert "一号楼203 小会议室" in card


def test_the_old_place_is_the_room_used_last(counter: Counter) -> None:
    counter.say(LIN, "主楼402", meeting(room_name="主楼402"))
    counter.press(LIN, "提交")
    again = meeting(room_name="老地方", start="2026-11-25T14:00", end="2026-11-25T16:00")
    assert "主楼402" in text_of(counter.say(LIN, "老地方 后天两点", again))


def test_an_unknown_room_is_said_to_be_unknown_and_another_is_offered(counter: Counter) -> None:
    card = card_of(counter.say(LIN, "牡丹厅 明天两点", meeting(room_name="牡丹厅")))
    assert "台账里没有能开会的「牡丹厅」" in card
    assert counter.button(LIN, "提交")


# ── when it is busy ─────────────────────────────────────────────────────────────────────────────────


def test_a_taken_room_names_who_holds_it_and_offers_ways_out(counter: Counter) -> None:
    taken(counter)
    replies = counter.say(LIN, "一号楼305 明天两点到四点", meeting(room_name="一号楼305"))
    card, labels = text_of(replies), labels_of(replies)
    assert "已被占用（14:00–16:00 财务处" in card
    assert any(label.startswith("订 ") for label in labels)
    assert any(label.startswith("改到 ") for label in labels)
    assert any(label.startswith("排候补") for label in labels)


def test_submitting_on_a_taken_room_books_the_recommended_other_one(counter: Counter) -> None:
    taken(counter)
    card = card_of(counter.say(LIN, "一号楼305 明天两点到四点", meeting(room_name="一号楼305")))
    counter.press(LIN, "提交")
    ticket = counter.ticket()
    assert ticket.state == "已预订"
    assert f"推荐改订 {ticket.fields['room_name']}" in card


def test_another_time_offered_is_free_when_taken(counter: Counter) -> None:
    taken(counter)
    counter.say(LIN, "一号楼305 明天两点到四点", meeting(room_name="一号楼305"))
    card = card_of(counter.press(LIN, "改到 "))
    assert "一号楼305" in card
    assert "已被占用" not in card
    counter.press(LIN, "提交")
    assert counter.ticket().fields["room_name"] == "一号楼305 第三会议室"


def test_a_room_lost_between_card_and_tap_is_never_swapped_unseen(counter: Counter) -> None:
    counter.say(LIN, "一号楼305 明天两点到四点", meeting(room_name="一号楼305"))
    taken(counter)
    replies = counter.press(LIN, "提交")
    assert "占用" in text_of(replies)
    assert counter.ticket().requester.name == "陈立新"  # no second ticket came of it
    counter.press(LIN, "提交")
    assert counter.ticket().fields["room_name"] != "一号楼305 第三会议室"


def test_booking_a_part_blocks_the_whole_hall(counter: Counter) -> None:
    taken(counter, name="一号楼101A")
    whole = meeting(room_name="一号楼101", people=None)
    assert "一号楼101 多功能厅这个时段已被占用" in text_of(counter.say(LIN, "一号楼101 明天两点", whole))


def test_booking_the_whole_hall_blocks_its_parts_but_a_part_leaves_the_other_free(counter: Counter) -> None:
    taken(counter, name="一号楼101")
    part = meeting(room_name="一号楼101B", people=None)
    assert "已被占用" in text_of(counter.say(LIN, "一号楼101B 明天两点", part))
    counter.press(CHEN, "取消")
    counter.press(CHEN, "确认取消")
    taken(counter, name="一号楼101A")
    counter.say(LIN, "算了", word("deny"))
    assert "已被占用" not in text_of(counter.say(LIN, "一号楼101B 明天两点", part))


def test_nothing_free_at_all_means_the_waiting_list(counter: Counter) -> None:
    with counter.database.writing() as session:
        for one in session.scalars(select(Room).where(Room.number != "306")):
            one.active = False
    taken(counter, name="主楼306")
    card = card_of(counter.say(LIN, "明天两点 10人 会议室", meeting()))
    assert "先排候补" in card
    counter.press(LIN, "提交")
    ticket = counter.ticket()
    assert (ticket.state, ticket.queue) == ("候补", "dispatcher:room")
    assert ticket.due_at is not None


# ── rules ───────────────────────────────────────────────────────────────────────────────────────────


def test_lending_a_room_out_is_refused_with_the_clause_and_another_way(counter: Counter) -> None:
    said = text_of(counter.say(LIN, "把多功能厅外借给协会用，明天下午两点", meeting(room_name="多功能厅")))
    assert "第二十三条" in said
    assert "由本单位主办处室预订" in said


def test_borrowing_a_room_for_ones_own_meeting_is_no_lending(counter: Counter) -> None:
    assert "请核对" in text_of(counter.say(LIN, "需要借用接待室一个小时", meeting()))


def test_more_people_than_the_biggest_hall_seats_is_refused(counter: Counter) -> None:
    said = text_of(counter.say(LIN, "明天两点 500人大会", meeting(people=500)))
    assert "最大的会场也只有 200 座" in said
    assert "分两场" in said


def test_a_secret_meeting_gets_no_room_with_outside_video_and_no_subject(counter: Counter) -> None:
    request = meeting(room_name="主楼402", purpose="某某专项部署")
    card = card_of(counter.say(LIN, "涉密会议 主楼402 明天两点到四点", request))
    assert "涉密会议不能用" in card
    counter.press(LIN, "提交")
    ticket = counter.ticket()
    assert "402" not in ticket.fields["room_name"]
    assert ticket.fields["purpose"] == "涉密会议"
    assert "专项部署" not in str(ticket.fields)


def test_a_secret_meeting_that_asks_for_video_goes_on_without_it_and_says_why(counter: Counter) -> None:
    card = card_of(counter.say(LIN, "涉密视频会 明天两点", meeting(equipment=["视频会议"])))
    assert "按本局安排" in card
    assert "这次先不带视频" in card
    counter.press(LIN, "提交")
    assert not counter.ticket().fields["equipment"]


def test_fruit_and_flowers_are_answered_with_the_rule_and_tea(counter: Counter) -> None:
    card = card_of(counter.say(LIN, "明天两点会议室 10人 摆点水果", meeting()))
    assert "会议不提供水果" in card
    assert "茶水" in card


def test_a_big_meeting_is_asked_whether_it_could_be_held_by_video(counter: Counter) -> None:
    assert "第二十九条" in text_of(counter.say(LIN, "明天两点 150人大会", meeting(people=150)))


# ── rows of meetings ────────────────────────────────────────────────────────────────────────────────


def row(**slots: Any) -> Any:
    """Every Monday from next week on until 21 December, nine to eleven."""
    base = {"start": "2026-11-30T09:00", "end": "2026-11-30T11:00", "people": 10, "room_name": "主楼306"}
    return room(**{**base, **slots, "hints": {"recurrence": slots.pop("rule", WEEKLY)}})


def all_tickets(counter: Counter) -> list[Ticket]:
    with counter.database.reading() as session:
        return list(session.scalars(select(Ticket).order_by(Ticket.id)))


def test_a_row_of_meetings_is_one_card_and_a_ticket_each(counter: Counter) -> None:
    card = card_of(counter.say(LIN, "每周一上午九点例会", row()))
    assert "共 4 次：11月30日周一、12月7日周一、12月14日周一、12月21日周一" in card
    said = text_of(counter.press(LIN, "提交"))
    assert "共订上 4 次" in said
    assert [t.state for t in all_tickets(counter)] == ["已预订"] * 4


def test_a_clash_in_a_row_is_named_and_the_rest_is_booked(counter: Counter) -> None:
    other = room(start="2026-12-07T10:00", end="2026-12-07T12:00", room_name="主楼306", people=8)
    counter.say(CHEN, "主楼306 12月7日十点", other)
    counter.press(CHEN, "提交")
    card = card_of(counter.say(LIN, "每周一例会", row()))
    assert "12月7日周一 已被占用（10:00–12:00 财务处）" in card
    said = text_of(counter.press(LIN, "提交"))
    assert "共订上 3 次" in said
    assert "没订上：12月7日周一" in said


def test_a_row_skips_holidays_and_counts_made_up_working_days(counter: Counter) -> None:
    counter.now = counter.now.replace(month=9, day=16)
    everyday = {"every": "workday", "interval": 1, "weekdays": [], "month_day": None, "until": "2026-10-12"}
    card = text_of(
        counter.say(
            LIN, "每个工作日碰头", row(start="2026-09-17T09:00", end="2026-09-17T10:00", rule=everyday)
        )
    )
    assert "10月1日" in card.split("放假跳过：")[1]
    assert "9月20日周日" in card or "10月10日周六" in card


def test_cancelling_the_following_ones_leaves_the_earlier_ones(counter: Counter) -> None:
    counter.say(LIN, "每周一例会", row())
    counter.press(LIN, "提交")
    second = all_tickets(counter)[1]
    with counter.database.reading() as session:
        version = session.get_one(Ticket, second.id).version
    counter.press_data(LIN, f"t:cancel:{second.id}:{version}:following")
    assert [t.state for t in all_tickets(counter)] == ["已预订", "已取消", "已取消", "已取消"]


def test_all_of_a_row_are_cancelled_from_its_card(counter: Counter) -> None:
    counter.say(LIN, "每周一例会", row())
    counter.press(LIN, "提交")
    counter.press(LIN, "取消")
    counter.press(LIN, "全部取消")
    assert {t.state for t in all_tickets(counter)} == {"已取消"}
    with counter.database.reading() as session:
        assert not session.scalars(select(Booking).where(Booking.active)).all()


def test_a_row_is_moved_as_a_whole_when_all_are_meant(counter: Counter) -> None:
    counter.say(LIN, "每周一例会", row())
    counter.press(LIN, "提交")
    counter.press(LIN, "修改")
    counter.say(
        LIN, "改到十点", word("change_ticket", hints={"start_precision": "clock"}, start="2026-11-23T10:00")
    )
    counter.press(LIN, "每一次都改")
    said = text_of(counter.press(LIN, "提交"))
    assert "另有 3 次一并改了" in said
    assert {t.starts_at.hour for t in all_tickets(counter) if t.starts_at} == {2}  # 10:00 in Changchun


def test_only_one_of_a_row_is_changed_by_default(counter: Counter) -> None:
    counter.say(LIN, "每周一例会", row())
    counter.press(LIN, "提交")
    counter.press(LIN, "修改")
    counter.say(
        LIN, "改到十点", word("change_ticket", hints={"start_precision": "clock"}, start="2026-11-23T10:00")
    )
    counter.press(LIN, "提交")
    assert sorted(t.starts_at.hour for t in all_tickets(counter) if t.starts_at) == [1, 1, 1, 2]


def test_a_row_does_not_stand_in_its_own_way(counter: Counter) -> None:
    counter.say(LIN, "每周一例会", row())
    counter.press(LIN, "提交")
    counter.press(LIN, "修改")
    later = word("change_ticket", hints={"start_precision": "clock"}, start="2026-11-23T10:00")
    card = text_of(counter.say(LIN, "以后的例会都改到十点", later))
    assert "已被占用" not in card
    assert "另有 3 次一并改了" in text_of(counter.press(LIN, "提交"))


def test_of_a_row_the_one_on_the_day_that_is_named_is_meant(counter: Counter) -> None:
    counter.say(LIN, "每周一例会", row())
    counter.press(LIN, "提交")
    later = word("change_ticket", hints={"start_precision": "datetime"}, start="2026-12-07T16:00")
    assert "12月7日 周一 16:00" in text_of(counter.say(LIN, "12月7号那次会改到下午四点", later))
    counter.press(LIN, "提交")
    assert [t.starts_at.hour for t in all_tickets(counter) if t.starts_at] == [1, 8, 1, 1]


def test_the_label_of_a_button_may_be_written_instead(counter: Counter) -> None:
    counter.say(LIN, "每周一例会", row())
    counter.press(LIN, "提交")
    counter.press(LIN, "取消")
    counter.say(LIN, "只取消这一次", word("cancel_ticket"))
    assert [t.state for t in all_tickets(counter)] == ["已取消", "已预订", "已预订", "已预订"]


def test_after_a_refusal_what_is_to_be_different_makes_a_new_request(counter: Counter) -> None:
    counter.say(LIN, "一号楼305 两点 10人", meeting(room_name="一号楼305会议室", equipment=["视频会议"]))
    counter.press(LIN, "提交")
    counter.press(LI, "驳回")
    counter.press(LI, "停用维护")
    card = text_of(counter.say(LIN, "那换个会议室吧", word("change_ticket", people=11)))
    assert "按您说的重新填了一张" in card
    assert "14:00–16:00" in card
    assert "房间：一号楼305" not in card


# ── corrections on the card ─────────────────────────────────────────────────────────────────────────


def test_another_building_said_on_the_card_changes_the_room(counter: Counter) -> None:
    counter.say(LIN, "主楼306 明天两点到四点 10人", meeting(room_name="主楼306"))
    card = card_of(counter.say(LIN, "换一号楼的", word("change_ticket", location="一号楼")))
    assert "一号楼203" in card


def test_equipment_said_later_is_added_and_can_be_taken_back(counter: Counter) -> None:
    counter.say(LIN, "明天两点会议室 10人 要投影", meeting(equipment=["投影"]))
    assert "投影、桌签" in text_of(counter.say(LIN, "再来点桌签", word("change_ticket", equipment=["桌签"])))
    card = card_of(counter.say(LIN, "不要桌签了", word("change_ticket", equipment=["桌签"])))
    assert "设备服务：投影\n" in card


def test_more_people_move_the_recommendation_to_a_bigger_room(counter: Counter) -> None:
    counter.say(LIN, "主楼会议室 明天两点到四点 10人", meeting(location="主楼"))
    card = card_of(counter.say(LIN, "改成28人", word("change_ticket", people=28)))
    assert "主楼305 第二会议室（30座）" in card


def test_room_service_hears_of_seat_cards_and_not_of_quiet_small_rooms(counter: Counter) -> None:
    counter.say(LIN, "明天两点 主楼306", meeting(room_name="主楼306"))
    counter.press(LIN, "提交")
    assert counter.owed(LI) == []
    counter.say(CHEN, "明天两点 主楼305 要桌签", meeting(room_name="主楼305", equipment=["桌签"]))
    counter.press(CHEN, "提交")
    assert "桌签" in text_of(counter.owed(LI))
    assert counter.ticket().queue == "dispatcher:room"
