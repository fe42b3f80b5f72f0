"""Office space: by rank and head count, approved, given within the limit, and given back by a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from desk.instants import to_local
from desk.models import Booking
from tests.handlers.bench_room import (
    CHEN,
    LI,
    LIN,
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

ASKED = "给新来的副处长申请一间办公室"


@pytest.fixture
def counter(database: Database) -> Counter:
    """The bureau with rooms on Monday at nine."""
    return bureau_with_rooms(database)


def ask(counter: Counter, text: str = ASKED, user: int = LIN) -> str:
    """Ask for an office; return the card."""
    return card_of(counter.say(user, text, room(hints={})))


def given(counter: Counter, text: str = ASKED) -> None:
    """Let an office be asked for, approved and given."""
    ask(counter, text)
    counter.press(LIN, "提交")
    counter.press(ZHOU, "同意")
    counter.press(LI, "安排")


def test_an_office_is_understood_without_a_time_and_the_limit_is_quoted(counter: Counter) -> None:
    card = ask(counter)
    for shown in ("请核对", "副处", "12 平方米", "按规定", "2674号", "新来的副处长", "1 人（默认，可改）"):
        assert shown in card


def test_the_rank_is_asked_when_it_was_not_said(counter: Counter) -> None:
    assert "什么职级" in ask(counter, "给小张申请一间办公室")
    assert "9 平方米" in card_of(counter.press(LIN, "处以下"))


def test_a_deputy_is_not_taken_for_a_head_and_several_share_a_limit(counter: Counter) -> None:
    assert "上限 18 平方米" in ask(counter, "给王处长申请一间办公室")
    counter.say(LIN, "算了", word("deny"))
    said = card_of(counter.say(LIN, "申请一间办公室 3个科员", room(people=3, hints={})))
    assert "上限 27 平方米" in said


def test_more_than_the_rank_allows_is_refused_with_the_clause(counter: Counter) -> None:
    said = text_of(counter.say(LIN, "给副处长申请一间20平米的办公室", room(hints={})))
    assert "副处的上限是 12 平方米，申请了 20 平方米" in said
    assert "2674号" in said
    assert "大开间" in said


def test_the_head_of_the_department_decides_first(counter: Counter) -> None:
    ask(counter)
    counter.press(LIN, "提交")
    ticket = counter.ticket()
    assert (ticket.state, ticket.responsible.name if ticket.responsible else "") == ("待审批", "周处")
    assert counter.owed(LI) == []
    counter.press(ZHOU, "同意")
    assert (counter.ticket().state, counter.ticket().queue) == ("待安排", "dispatcher:room")
    assert "已审批" in text_of(counter.owed(LI))


def test_where_there_is_no_approver_it_goes_straight_to_the_space_office(counter: Counter) -> None:
    ask(counter, user=CHEN)
    counter.press(CHEN, "提交")
    assert counter.ticket().state == "待安排"


def test_only_the_approver_approves(counter: Counter) -> None:
    ask(counter)
    counter.press(LIN, "提交")
    ticket = counter.ticket()
    for user in (LIN, LI, CHEN):
        counter.press_data(user, f"t:approve:{ticket.id}:{ticket.version}")
    assert counter.ticket().state == "待审批"


def test_a_declined_request_tells_why_and_what_to_do(counter: Counter) -> None:
    ask(counter)
    counter.press(LIN, "提交")
    counter.press(ZHOU, "不同意")
    assert counter.ticket().state == "已驳回"
    assert "重新申请" in text_of(counter.owed(LIN))


def test_offices_above_the_limit_are_neither_offered_nor_given(counter: Counter) -> None:
    ask(counter)
    counter.press(LIN, "提交")
    counter.press(ZHOU, "同意")
    assert not any("一号楼408" in label for label in labels_of(counter.owed(LI)))
    ticket = counter.ticket()
    said = text_of(counter.press_data(LI, f"t:give:{ticket.id}:{ticket.version}:11"))
    assert "超过上限 12 平方米" in said
    assert counter.ticket().state == "待安排"


def test_a_whole_life_of_an_office_request(counter: Counter) -> None:
    given(counter)
    assert counter.ticket().fields["room_name"] == "主楼408"
    assert "领钥匙" in text_of(counter.owed(LIN))
    counter.press(LIN, "已入驻")
    assert (counter.ticket().state, counter.ticket().closed_at is not None) == ("已办结", True)
    counter.press(LIN, "满意")
    assert counter.ticket().fields["rating"] == "满意"


def test_an_office_given_once_is_not_given_again(counter: Counter) -> None:
    given(counter)
    ask(counter, "给新来的另一位副处长申请一间办公室")
    counter.press(LIN, "提交")
    counter.press(ZHOU, "同意")
    counter.press(LI, "安排")
    assert counter.ticket().fields["room_name"] == "主楼410"


def test_one_office_a_person(counter: Counter) -> None:
    given(counter)
    said = text_of(counter.say(LIN, ASKED, room(hints={})))
    assert "已有一处办公用房（主楼408" in said
    assert "第十九条" in said


def test_a_second_office_is_smaller_and_is_given_back_two_months_after_the_post(counter: Counter) -> None:
    card = ask(counter, "王副处长兼职，申请第二处办公室")
    assert "2 个月内腾退" in card
    counter.press(LIN, "提交")
    counter.press(ZHOU, "同意")
    counter.press(LI, "安排")
    assert counter.ticket().fields["room_name"] == "主楼410"  # 9, below the standard of 12
    counter.press(LIN, "已入驻")
    assert counter.ticket().state == "待腾退"
    counter.press(LIN, "已免兼职")
    due = counter.ticket().due_at
    assert due is not None
    assert to_local(due).date().isoformat() == "2027-01-23"
    counter.press(LIN, "已腾退")
    counter.press(LI, "验收收回")
    assert counter.ticket().state == "已收回"
    with counter.database.reading() as session:
        assert not session.scalars(select(Booking).where(Booking.active)).all()


def test_a_retired_colleagues_office_is_due_back_in_a_month(counter: Counter) -> None:
    card = ask(counter, "老张退休了，办公室主楼408要腾退")
    assert "1 个月内收回" in card
    assert "2026年12月23日" in card
    counter.press(LIN, "提交")
    ticket = counter.ticket()
    assert ticket.state == "待腾退"
    assert ticket.due_at is not None
    assert to_local(ticket.due_at).date().isoformat() == "2026-12-23"
    assert [f"{at:%m-%d}" for at, _ in counter.reminders(LIN)] == ["12-16", "12-23"]


def test_a_department_named_office_asking_for_a_meeting_room_wants_a_meeting_room(counter: Counter) -> None:
    assert "什么时候用" in ask(counter, "给局办公室安排一间会议室")


def test_a_request_can_be_changed_until_it_is_decided(counter: Counter) -> None:
    ask(counter)
    counter.press(LIN, "提交")
    counter.press(LIN, "修改")
    counter.press(LIN, "✎ 职级")
    counter.press(LIN, "处以下")
    assert "已修改" in text_of(counter.press(LIN, "提交"))
    assert counter.ticket().fields["rank"] == "处以下"
    assert counter.ticket().state == "待审批"
