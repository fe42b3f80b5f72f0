"""The life of a reception: the letter, the approval, the plan with its children, the visit, the list, the filing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from desk import people
from desk.models import Attachment, Booking, Building, Person, Role, Room, Ticket
from handlers.heard import Enclosure
from handlers.tickets import timeouts
from tests.handlers.bench_talk import DIAO, LIN, LIU, ZHOU, Counter, word
from tests.handlers.reception_talk import (
    HAO,
    JIE,
    LETTER,
    PDF,
    PHOTO,
    SUN,
    asked,
    guests,
    last,
    reception,
    reception_desk,
    text_of,
    tickets_of,
    with_letter,
)

if TYPE_CHECKING:
    from pathlib import Path

    from desk.storage import Database

CARS = "四川省局12月2日下午两点半8人来考察学习，G1256，长春站接送站，标间住两晚"
ANSWER = "来宾：张明 副局长、李华 处长\n场所：三楼会议室\n陪同：王一、王二\n费用：工作餐 960 元"


@pytest.fixture
def counter(database: Database, tmp_path: Path) -> Counter:
    """The small bureau with a reception desk, Monday at nine."""
    return reception_desk(database, tmp_path / "exports")


def cars_of(counter: Counter) -> list[Ticket]:
    """The cars of the newest reception."""
    return [t for t in tickets_of(counter, "vehicle") if t.parent_id == reception(counter).id]


def planned(counter: Counter, said: str = CARS) -> None:
    """A reception with its letter whose plan stands."""
    with_letter(counter, said=said)
    counter.press(JIE, "受理")
    counter.press(JIE, "安排")


def listed(counter: Counter) -> None:
    """A reception that is over; the list is asked for."""
    planned(counter)
    counter.press(JIE, "开始执行")
    counter.press(JIE, "结束")


# ── the whole of it ─────────────────────────────────────────────────────────────────────────────────


def test_a_reception_from_request_to_rating(counter: Counter) -> None:
    asked(counter, said=CARS)
    assert reception(counter).state == "待补函"
    assert "已转审批" in text_of(counter.hear(SUN, enclosures=(PDF,)))
    assert "新的接待单" in text_of(counter.owed(JIE))
    counter.press(JIE, "受理")
    assert "接同志" in text_of(counter.owed(SUN))
    counter.press(JIE, "安排")
    assert "方案定了" in text_of(counter.owed(SUN))
    counter.press(JIE, "开始执行")
    question = text_of(counter.press(JIE, "结束"))
    for item in ("来宾", "场所", "陪同", "费用"):
        assert item in question
    assert "填齐了" in text_of(counter.hear(JIE, text=ANSWER))
    counter.press(JIE, "办理结算")
    assert "归档" in text_of(counter.hear(JIE, text="票据 0012345，公务卡"))
    assert "谢谢" in text_of(counter.press(SUN, "满意"))
    ticket = reception(counter)
    assert (ticket.state, ticket.fields["rating"], ticket.fields["receipt"]) == (
        "已归档",
        "满意",
        "票据 0012345，公务卡",
    )
    assert ticket.closed_at is not None


def test_at_every_moment_somebody_answers_for_it_by_a_time(counter: Counter) -> None:
    asked(counter, said=CARS)
    states = []

    def check() -> None:
        ticket = reception(counter)
        states.append(ticket.state)
        assert (ticket.responsible_id is None) != (ticket.queue is None)
        assert ticket.due_at is not None
        assert ticket.due_at > counter.now

    check()
    counter.hear(SUN, enclosures=(PHOTO,))
    check()
    for label in ("受理", "安排", "开始执行", "结束"):
        counter.press(JIE, label)
        check()
    counter.hear(JIE, text=ANSWER)
    check()
    assert states == ["待补函", "待审批", "方案中", "方案已定", "执行中", "待填清单", "待结算"]


# ── the letter ──────────────────────────────────────────────────────────────────────────────────────


def test_without_a_letter_nothing_is_booked_and_the_requester_answers_for_it(counter: Counter) -> None:
    asked(counter, said=CARS)
    ticket = reception(counter)
    assert ticket.responsible is not None
    assert ticket.responsible.name == "孙主任"
    assert cars_of(counter) == []
    assert counter.owed(JIE) == []
    heard = text_of(counter.owed(SUN)) + text_of([r.payload for r in counter.rows(SUN)])
    assert "什么都还没有订" in heard
    assert "第五条" in heard
    assert [at for at, _ in counter.reminders(SUN)] == [ticket.due_at]


@pytest.mark.parametrize("days", [0, 5])
def test_a_letter_sent_days_later_still_finds_its_ticket(counter: Counter, days: int) -> None:
    asked(counter)
    counter.wait(days=days)
    assert "公函收到" in text_of(counter.hear(SUN, enclosures=(PHOTO,)))
    assert reception(counter).state == "待审批"
    with counter.database.reading() as session:
        assert [a.file_id for a in session.scalars(select(Attachment))] == ["photo-1"]


def test_a_letter_pasted_later_moves_the_ticket_on_and_names_the_guests(counter: Counter) -> None:
    asked(counter, people=10)
    heard = text_of(counter.hear(SUN, text=LETTER))
    assert "公函收到" in heard
    assert "公函写的是 8 人" in heard
    ticket = reception(counter)
    assert (ticket.state, ticket.fields["letter_no"]) == ("待审批", "川机管函〔2026〕18号")
    assert len(tickets_of(counter, "reception")) == 1


def test_the_letter_of_another_unit_opens_a_request_of_its_own(counter: Counter) -> None:
    asked(counter, visitor_org="辽宁省机关事务管理局")
    assert "请核对" in text_of(counter.say(SUN, LETTER, word("out_of_scope"), clarify=True))
    assert reception(counter).state == "待补函"


def test_speaking_of_a_letter_asks_for_the_letter_itself(counter: Counter) -> None:
    asked(counter)
    assert "公函本身" in text_of(counter.hear(SUN, text="公函到了"))
    assert reception(counter).state == "待补函"


def test_the_further_pages_of_a_letter_are_kept_with_it(counter: Counter) -> None:
    asked(counter)
    counter.hear(SUN, enclosures=(PHOTO,))
    assert "公函后面" in text_of(counter.hear(SUN, enclosures=(Enclosure(sort="photo", file_id="photo-2"),)))
    with counter.database.reading() as session:
        assert [a.file_id for a in session.scalars(select(Attachment))] == ["photo-1", "photo-2"]
    assert reception(counter).state == "待审批"


def test_somebody_elses_photo_is_not_the_letter(counter: Counter) -> None:
    asked(counter)
    counter.hear(LIN, enclosures=(PHOTO,))
    assert reception(counter).state == "待补函"


def test_a_photo_with_a_request_of_its_own_is_not_the_letter_of_the_old_one(counter: Counter) -> None:
    asked(counter)
    from nlu.understanding import Understanding

    text = "辽宁省管局12月8号来5个人调研，函在这"
    request = guests(visitor_org="辽宁省管局", start="2026-12-08T09:00", people=5)
    understood = Understanding(
        text=text, original=text, intent=request.intent, kind=request.kind, confidence=0.95, clarify=False,
        slots=request.slots, hints=request.hints, requests=(request,), candidates=(),
    )  # fmt: skip
    card = last(counter.hear(SUN, text=text, understanding=understood, enclosures=(PHOTO,)))
    assert "请核对" in card
    assert reception(counter).state == "待补函"


def test_a_letter_added_while_changing_moves_it_on(counter: Counter) -> None:
    asked(counter)
    counter.press(SUN, "修改")
    counter.hear(SUN, enclosures=(PDF,))
    assert "已转审批" in text_of(counter.press(SUN, "提交"))
    assert reception(counter).state == "待审批"


def test_a_visit_whose_letter_never_came_is_closed_by_itself(counter: Counter) -> None:
    asked(counter)
    counter.now = datetime(2026, 12, 2, 7, 0, tzinfo=UTC)
    with counter.database.writing() as session:
        assert timeouts.run(session, house=counter.house, now=counter.now) == 1
    assert reception(counter).state == "已取消"
    assert "自动取消" in text_of(counter.owed(SUN))


# ── approval ────────────────────────────────────────────────────────────────────────────────────────


def test_the_head_approves_once_and_the_desk_takes_over(counter: Counter) -> None:
    with_letter(counter, LIN, said=CARS)
    ticket = reception(counter)
    assert ticket.responsible is not None
    assert ticket.responsible.name == "周处"
    assert counter.owed(JIE) == []
    assert cars_of(counter) == []
    assert "等您审批" in text_of(counter.owed(ZHOU))
    counter.press(ZHOU, "同意")
    assert reception(counter).state == "方案中"
    assert "已审批" in text_of(counter.owed(JIE))
    assert [c.fields["leg"] for c in cars_of(counter)] == ["接站", "送站"]


def test_a_head_who_disagrees_closes_it(counter: Counter) -> None:
    with_letter(counter, LIN)
    counter.press(ZHOU, "不同意")
    assert reception(counter).state == "已驳回"
    assert "修改后重新提交" in text_of(counter.owed(LIN))


def test_a_head_named_for_receptions_decides_where_the_department_has_none(counter: Counter) -> None:
    with counter.database.writing() as session:
        boss = session.scalar(select(Person).where(Person.name == "刘师傅"))
        assert boss is not None
        people.grant(session, boss, role=Role.APPROVER, kind="reception")
    with_letter(counter)
    counter.press(LIU, "同意")
    assert reception(counter).state == "方案中"


def test_the_rules_are_checked_again_at_approval(counter: Counter) -> None:
    with_letter(counter)
    with counter.database.writing() as session:
        ticket = session.scalar(select(Ticket).where(Ticket.kind == "reception"))
        assert ticket is not None
        ticket.fields = {**ticket.fields, "companions": 5}
    assert "最多 3 人陪餐" in text_of(counter.press(JIE, "受理"))
    assert reception(counter).state == "待审批"


@pytest.mark.parametrize("somebody", [LIN, LIU, ZHOU, SUN])
def test_only_the_reception_desk_takes_it(counter: Counter, somebody: int) -> None:
    with_letter(counter)
    for label in ("受理", "安排"):
        heard = text_of(counter.press_data(somebody, counter.button(JIE, label)))
        assert "不归您办" in heard or "与您无关" in heard
    assert reception(counter).state == "待审批"


def test_the_desk_cannot_take_what_waits_for_a_head(counter: Counter) -> None:
    with_letter(counter, LIN)
    ticket = reception(counter)
    for action in ("take", "arrange", "reject:REC-1"):
        verb, _, arg = action.partition(":")
        data = f"t:{verb}:{ticket.id}:{ticket.version}" + (f":{arg}" if arg else "")
        assert any(r["method"] == "callback_answer" and r["alert"] for r in counter.press_data(JIE, data))
    assert reception(counter).state == "待审批"


def test_the_requester_cannot_approve_by_a_forged_button(counter: Counter) -> None:
    with_letter(counter, LIN)
    ticket = reception(counter)
    heard = text_of(counter.press_data(LIN, f"t:approve:{ticket.id}:{ticket.version}"))
    assert "不归您办" in heard
    assert reception(counter).state == "待审批"


def test_of_two_dispatchers_the_first_press_wins_and_the_other_sees_who(counter: Counter) -> None:
    with_letter(counter)
    second = counter.button(HAO, "受理")
    counter.press(JIE, "受理")
    assert "接同志" in text_of(counter.press_data(HAO, second))
    assert "接同志" in text_of([r.payload for r in counter.rows(HAO)][-3:])
    ticket = reception(counter)
    assert ticket.responsible is not None
    assert ticket.responsible.name == "接同志"


def test_a_rejection_names_the_clause_and_cancels_the_cars(counter: Counter) -> None:
    planned(counter)
    counter.press(DIAO, "派车")
    counter.press(JIE, "驳回")
    counter.press(JIE, "与别的接待合并")
    assert reception(counter).state == "已驳回"
    heard = text_of(counter.owed(SUN))
    assert "第七条" in heard
    assert "改在一张单子上" in heard
    assert {c.state for c in cars_of(counter)} == {"已取消"}


def test_handing_over_to_a_colleague(counter: Counter) -> None:
    planned(counter)
    counter.press(JIE, "改派")
    counter.press(JIE, "郝同志")
    assert "改由您负责" in text_of(counter.owed(HAO))
    assert "郝同志" in text_of(counter.owed(SUN))
    forged = f"t:reassign:{reception(counter).id}:{reception(counter).version}:1"
    assert "不是接待调度员" in text_of(counter.press_data(JIE, forged))


# ── the plan and its children ───────────────────────────────────────────────────────────────────────


def test_one_sentence_becomes_a_plan_with_cars_of_its_own(counter: Counter) -> None:
    planned(counter)
    fetch, bring = cars_of(counter)
    assert fetch.starts_at == datetime(2026, 12, 2, 5, 30, tzinfo=UTC)
    assert (fetch.fields["destination"], fetch.fields["people"], fetch.fields["vehicle_type"]) == (
        "长春站",
        8,
        "考斯特",
    )
    assert bring.starts_at == datetime(2026, 12, 4, 4, 0, tzinfo=UTC)
    assert fetch.requester_id == reception(counter).requester_id
    counter.press(DIAO, "派车")
    counter.owed(SUN)
    card = text_of(counter.say(SUN, "接待方案出没", word("query_ticket")))
    assert fetch.number in card
    assert "待出车" in card
    assert "标准间，2 晚" in card


def test_a_group_too_big_for_any_car_gets_several(counter: Counter) -> None:
    with_letter(counter, said="四川30人来考察，长春站接站", people=30)
    counter.press(JIE, "受理")
    assert [(c.fields["leg"], c.fields["people"]) for c in cars_of(counter)] == [("接站1", 15), ("接站2", 15)]


def test_a_house_without_cars_keeps_them_as_a_note(counter: Counter) -> None:
    from dataclasses import replace

    from handlers.kinds import Kinds

    counter.house = replace(
        counter.house, kinds=Kinds(tuple(k for k in counter.house.kinds if k.name != "vehicle"))
    )
    planned(counter)
    assert cars_of(counter) == []
    assert "接站车请人工安排" in text_of([r.payload for r in counter.rows(JIE)])


def test_a_changed_hour_changes_the_cars_and_the_plan_is_made_again(counter: Counter) -> None:
    planned(counter)
    counter.press(DIAO, "派车")
    counter.say(
        SUN, "改成四点到", word("change_ticket", start="2026-11-23T16:00", hints={"start_precision": "clock"})
    )
    heard = text_of(counter.press(SUN, "提交"))
    assert "用车一并改了" in heard
    assert reception(counter).state == "方案中"
    assert cars_of(counter)[0].starts_at == datetime(2026, 12, 2, 7, 0, tzinfo=UTC)
    assert "重新定方案" in text_of(counter.owed(JIE))


def test_more_guests_change_the_cars_too(counter: Counter) -> None:
    planned(counter)
    counter.say(SUN, "改成12个人", word("change_ticket", people=12))
    counter.press(SUN, "提交")
    assert {c.fields["people"] for c in cars_of(counter)} == {12}


def test_a_car_no_longer_wanted_is_cancelled(counter: Counter) -> None:
    planned(counter)
    counter.press_data(SUN, f"t:edit:{reception(counter).id}:{reception(counter).version}")
    counter.press(SUN, "✎ 接送")
    counter.press(SUN, "不用接送")
    counter.press(SUN, "提交")
    assert {c.state for c in cars_of(counter)} == {"已取消"}


@pytest.mark.parametrize("assigned", [False, True])
def test_cancelling_takes_the_cars_along_and_frees_them(counter: Counter, assigned: bool) -> None:
    planned(counter)
    if assigned:
        counter.press(DIAO, "派车")
    ticket = reception(counter)
    assert ticket.number in text_of(counter.say(SUN, "不来了，取消吧", word("cancel_ticket")))
    counter.press(SUN, "确认取消")
    assert reception(counter).state == "已取消"
    assert {c.state for c in cars_of(counter)} == {"已取消"}
    with counter.database.reading() as session:
        assert session.scalars(select(Booking).where(Booking.active)).all() == []
    assert "取消" in text_of(counter.owed(JIE))
    assert counter.reminders(SUN) == []


def test_a_car_already_on_the_road_is_named_when_the_rest_is_cancelled(counter: Counter) -> None:
    planned(counter)
    counter.press(DIAO, "派车")
    driver = next(d for d in (LIU, 105) if counter.rows(d))
    counter.press(driver, "已出发")
    ticket = reception(counter)
    counter.press_data(SUN, f"t:cancel:{ticket.id}:{ticket.version}")
    assert reception(counter).state == "已取消"
    assert "请电话通知" in text_of(counter.owed(JIE))


def test_the_meeting_room_is_a_ticket_of_its_own_when_the_guests_come_here(counter: Counter) -> None:
    with counter.database.writing() as session:
        building = Building(name="一号楼", aliases=[], floors=5)
        session.add(building)
        session.flush()
        session.add(Room(name="一号楼305会议室", building_id=building.id, floor=3, number="305", title="会议室", use="会议室",
                         capacity=20, area_m2=60, equipment=[], aliases=[], active=True))  # fmt: skip
    planned(counter, said="四川8人12月2日下午两点半到局里座谈")
    rooms = [t for t in tickets_of(counter, "room") if t.parent_id == reception(counter).id]
    assert [t.fields["room_name"] for t in rooms] == ["一号楼305会议室"]
    assert rooms[0].starts_at == reception(counter).starts_at
    ticket = reception(counter)
    counter.press_data(SUN, f"t:cancel:{ticket.id}:{ticket.version}")
    assert {t.state for t in tickets_of(counter, "room")} == {"已取消"}


def test_without_a_free_room_the_desk_is_asked_to_find_one(counter: Counter) -> None:
    planned(counter, said="四川8人12月2日下午两点半到局里座谈")
    assert tickets_of(counter, "room") == []
    assert "请人工安排" in text_of([r.payload for r in counter.rows(JIE)])


def test_the_desk_tells_the_places_of_the_plan(counter: Counter) -> None:
    planned(counter)
    assert "具体安排" in text_of(counter.press(JIE, "补充安排"))
    counter.hear(JIE, text="座谈在三楼会议室，工作餐在机关食堂")
    assert "机关食堂" in text_of(counter.owed(SUN))


def test_one_more_night_moves_the_end_and_the_car_to_the_station(counter: Counter) -> None:
    planned(counter)
    card = last(counter.say(SUN, "行程改了 多住一晚", word("change_ticket", lodging="多住一晚")))
    assert "标准间，3 晚" in card
    counter.press(SUN, "提交")
    assert cars_of(counter)[1].starts_at == datetime(2026, 12, 5, 4, 0, tzinfo=UTC)


def test_the_head_hears_of_what_was_changed_after_the_approval(counter: Counter) -> None:
    with_letter(counter, LIN)
    counter.press(ZHOU, "同意")
    counter.owed(ZHOU)
    counter.say(LIN, "改成9个人", word("change_ticket", people=9))
    counter.press(LIN, "提交")
    assert "您批过的接待有修改" in text_of(counter.owed(ZHOU))


def test_a_desk_that_has_not_taken_it_yet_hears_of_the_cancellation(counter: Counter) -> None:
    with_letter(counter)
    counter.owed(JIE)
    ticket = reception(counter)
    counter.press_data(SUN, f"t:cancel:{ticket.id}:{ticket.version}")
    assert "取消" in text_of(counter.owed(JIE))


# ── reminders ───────────────────────────────────────────────────────────────────────────────────────


def test_numbers_are_checked_the_day_before_and_the_car_two_hours_ahead(counter: Counter) -> None:
    planned(counter)
    day_before = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
    assert [at for at, _ in counter.reminders(SUN)] == [day_before]
    arrival = datetime(2026, 12, 2, 6, 30, tzinfo=UTC)
    assert [at for at, _ in counter.reminders(JIE)] == [day_before, arrival - timedelta(hours=2), arrival]


def test_the_list_is_chased_on_the_first_and_third_working_day(counter: Counter) -> None:
    planned(counter)
    counter.now = datetime(2026, 12, 4, 6, 0, tzinfo=UTC)  # a Friday
    counter.press(JIE, "开始执行")
    counter.press(JIE, "结束")
    chased = [at for at, text in counter.reminders(JIE) if "清单" in text]
    assert chased == [datetime(2026, 12, 7, 1, 0, tzinfo=UTC), datetime(2026, 12, 9, 1, 0, tzinfo=UTC)]
    assert reception(counter).due_at == datetime(2026, 12, 9, 9, 0, tzinfo=UTC)


def test_an_approval_that_waits_too_long_is_brought_up(counter: Counter) -> None:
    with_letter(counter, LIN)
    due = reception(counter).due_at
    assert due is not None
    # Asked for at 9:00: after two working hours, and when the four are over.
    assert [at for at, _ in counter.reminders(ZHOU)] == [due - timedelta(hours=3), due]
    counter.press(ZHOU, "同意")
    assert counter.reminders(ZHOU) == []


# ── the list ────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_is_drafted_from_what_really_happened(counter: Counter) -> None:
    with_letter(counter, said=CARS)
    counter.press(JIE, "受理")
    counter.press(DIAO, "派车")
    counter.press(JIE, "安排")
    counter.now = datetime(2026, 12, 2, 6, 40, tzinfo=UTC)
    counter.press(JIE, "开始执行")
    counter.wait(hours=3)
    counter.press(JIE, "结束")
    content = reception(counter).fields["list"]
    assert content["began"] == "2026-12-02T14:40"
    assert content["ended"] == "2026-12-02T17:40"
    assert "接同志" in content["support"]
    assert "师傅（驾驶员）" in content["support"]
    assert content["organisation"] == "四川省机关事务管理局"


def test_names_in_the_letter_are_not_asked_again(counter: Counter) -> None:
    counter.say(SUN, LETTER, word("out_of_scope"))
    counter.press(SUN, "提交")
    for label in ("受理", "安排", "开始执行"):
        counter.press(JIE, label)
    question = text_of(counter.press(JIE, "结束"))
    assert "还差 3 项" in question
    assert "来宾：" not in question


def test_a_partial_answer_leaves_the_rest_to_be_asked(counter: Counter) -> None:
    listed(counter)
    heard = text_of(counter.hear(JIE, text="费用：无；陪同：王一"))
    assert "还差 2 项" in heard
    assert reception(counter).state == "待填清单"
    counter.hear(JIE, text="场所：三楼会议室")
    assert "填齐了" in text_of(counter.hear(JIE, text="张明 副局长、李华 处长"))
    assert reception(counter).state == "待结算"


def test_an_answer_that_names_no_item_is_asked_again(counter: Counter) -> None:
    listed(counter)
    assert "没看出是哪一项" in text_of(counter.hear(JIE, text="一共花了两千元"))
    assert reception(counter).state == "待填清单"


def test_the_list_can_be_taken_up_later(counter: Counter) -> None:
    listed(counter)
    counter.say(JIE, "你好", word("greet"))
    counter.wait(days=1)
    assert "还差" in text_of(counter.press(JIE, "填清单"))
    counter.hear(JIE, text=ANSWER)
    assert reception(counter).state == "待结算"


def test_what_was_over_the_limits_is_recorded_and_flagged(counter: Counter) -> None:
    listed(counter)
    heard = text_of(
        counter.hear(JIE, text=ANSWER.replace("王一、王二", "王一、王二、王三、王四").replace("960", "2600"))
    )
    assert "超过 3 人的上限" in heard
    assert "超过 120 元" in heard
    assert reception(counter).fields["list"]["costs"] == "工作餐 2600 元"


@pytest.mark.parametrize("who", [JIE, SUN])
def test_the_list_is_sent_as_a_page_and_a_workbook_to_who_asks(counter: Counter, who: int) -> None:
    listed(counter)
    counter.hear(JIE, text=ANSWER.replace("三楼会议室", "=cmd|' /C calc'!A0"))
    counter.owed(who)
    files = [r for r in counter.hear(who, text="清单") if r["method"] == "document"]
    assert len(files) == 2
    sheet = load_workbook(files[-1]["path"]).active
    assert sheet is not None
    cells = {str(row[0].value): row[1] for row in sheet.iter_rows()}
    assert cells["来访单位"].value == "四川省机关事务管理局"
    assert cells["来宾姓名、职务"].value == "张明 副局长、李华 处长"
    assert cells["陪同人员"].value == "王一、王二"
    assert cells["场所"].data_type != "f"
    assert str(cells["场所"].value).startswith("'=")


def test_the_list_by_number_after_filing_and_not_for_strangers(counter: Counter) -> None:
    listed(counter)
    counter.hear(JIE, text=ANSWER)
    counter.press(JIE, "办理结算")
    counter.hear(JIE, text="无费用")
    number = reception(counter).number
    assert [r for r in counter.hear(HAO, text=f"{number} 清单") if r["method"] == "document"]
    assert not [
        r for r in counter.say(LIN, f"{number} 清单", word("query_ticket")) if r["method"] == "document"
    ]
    sent = [r for r in counter.press(SUN, "导出清单") if r["method"] == "document"]
    assert [str(r["name"]).rpartition(".")[2] for r in sent] == ["pdf", "xlsx"]


def test_telephones_on_the_list_are_whole_only_for_the_reception_desk(counter: Counter) -> None:
    listed(counter)
    counter.hear(JIE, text=ANSWER + "\n场所：主楼会议室，联系 13812345678")
    for chat, phone in ((JIE, "13812345678"), (SUN, "138****5678")):
        files = [r for r in counter.press(chat, "导出清单") if r["method"] == "document"]
        book = next(f for f in files if str(f["path"]).endswith(".xlsx"))
        found = load_workbook(book["path"]).active
        assert found is not None
        assert any(phone in str(row[1].value) for row in found.iter_rows())


def test_cash_is_not_a_way_to_settle(counter: Counter) -> None:
    listed(counter)
    counter.hear(JIE, text=ANSWER)
    counter.press(JIE, "办理结算")
    assert "公务卡" in text_of(counter.hear(JIE, text="票据 001，现金付的"))
    assert reception(counter).state == "待结算"


def test_an_unfinished_list_cannot_be_settled(counter: Counter) -> None:
    listed(counter)
    ticket = reception(counter)
    heard = text_of(counter.press_data(JIE, f"t:settle:{ticket.id}:{ticket.version}:1"))
    assert "现在不能这样办" in heard


def test_a_bad_mark_asks_why_and_tells_the_desk(counter: Counter) -> None:
    listed(counter)
    counter.owed(JIE)
    assert "哪里不好" in text_of(counter.press(SUN, "不满意"))
    counter.hear(SUN, text="车晚到了半小时")
    assert "晚到" in text_of(counter.owed(JIE))


# ── what is said ────────────────────────────────────────────────────────────────────────────────────


def test_every_press_is_answered_exactly_once(counter: Counter) -> None:
    with_letter(counter, said=CARS)
    for label in (
        "驳回",
        "返回",
        "受理",
        "改派",
        "返回",
        "安排",
        "补充安排",
        "开始执行",
        "结束",
        "填清单",
        "导出清单",
    ):
        replies = counter.press(JIE, label)
        assert sum(r["method"] == "callback_answer" for r in replies) == 1, label


def test_nothing_sent_is_longer_or_less_valid_than_telegram_allows(counter: Counter) -> None:
    listed(counter)
    counter.hear(JIE, text=ANSWER)
    for chat in (SUN, JIE, HAO, DIAO):
        for row in counter.rows(chat):
            assert len(str(row.payload.get("text", ""))) <= 4096
            assert len(str(row.payload.get("caption", ""))) <= 1024
            for line in row.payload.get("buttons", []):
                assert all(1 <= len(b["data"].encode()) <= 64 for b in line)


def test_words_of_users_are_escaped_everywhere(counter: Counter) -> None:
    nasty = "<b>四川&局"
    with_letter(counter, visitor_org=nasty, purpose="<i>考察", visitors="<u>张")
    for label in ("受理", "安排", "开始执行", "结束"):
        counter.press(JIE, label)
    for chat in (SUN, JIE):
        for row in counter.rows(chat):
            text = str(row.payload.get("text", ""))
            assert nasty not in text
            assert "<i>考察" not in text


def test_the_history_tells_who_did_what(counter: Counter) -> None:
    planned(counter)
    with counter.database.reading() as session:
        ticket = session.scalar(select(Ticket).where(Ticket.kind == "reception"))
        assert ticket is not None
        assert [(e.action, e.state_after) for e in ticket.events] == [
            ("submit", "待审批"), ("take", "方案中"), ("arrange", "方案已定"),
        ]  # fmt: skip


def test_the_morning_after_a_cancelled_visit_nothing_is_owed(counter: Counter) -> None:
    planned(counter)
    ticket = reception(counter)
    counter.press_data(SUN, f"t:cancel:{ticket.id}:{ticket.version}")
    counter.wait(**timedelta_days(9))
    for chat in (SUN, JIE, DIAO):
        assert counter.reminders(chat) == []


def timedelta_days(days: int) -> dict[str, Any]:
    """Days as keywords of `Counter.wait`."""
    return {"seconds": timedelta(days=days).total_seconds()}
