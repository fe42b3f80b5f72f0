"""What those who serve say in words: orders of a dispatcher, steps of a technician, and what is added to an alarm."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from desk.models import Room
from handlers.heard import Enclosure
from handlers.repair.form import place_slot
from nlu.understanding import Request
from tests.handlers.bench_talk import MONDAY, Counter, word
from tests.handlers.test_repair import (
    CHEN,
    LIN,
    MA,
    NIU,
    SHUI,
    TIAN,
    ZHENG,
    fault,
    mended,
    reported,
    staffed,
    text_of,
)

if TYPE_CHECKING:
    from desk.storage import Database


@pytest.fixture
def counter(database: Database) -> Counter:
    return staffed(database)


def blocked(counter: Counter) -> None:
    """A blocked pipe and a window nobody was sent to yet."""
    reported(counter, text="西配楼201窗户关不上", location="西配楼201", object="窗户", fault="关不上")


def test_a_dispatcher_sends_somebody_in_words(counter: Counter) -> None:
    reported(counter)
    assert "改派 ✓" in text_of(counter.say(MA, "灯那个改派给田师傅"))
    assert counter.ticket().fields["technician"] == "田师傅"
    assert "维修单" in text_of(counter.owed(TIAN))


def test_who_has_the_job_already_is_not_sent_again(counter: Counter) -> None:
    reported(counter)
    assert "已经在郑铁军手里了" in text_of(counter.say(MA, "派给老郑"))


def test_of_several_jobs_the_one_named_is_meant_and_else_it_is_asked(counter: Counter) -> None:
    reported(counter)
    reported(counter, CHEN, text="主楼502插座没电", location="主楼502", object="插座", fault="没电")
    assert "派哪一张" in text_of(counter.say(MA, "让田师傅去"))
    assert "主楼502" in text_of(counter.say(MA, "插座的派给田师傅"))


def test_only_dispatchers_give_orders(counter: Counter) -> None:
    reported(counter)
    counter.say(CHEN, "派给田师傅")
    assert counter.ticket().fields["technician"] == "郑铁军"


def test_a_rejection_in_words_asks_for_its_reason(counter: Counter) -> None:
    blocked(counter)
    assert "请选驳回依据" in text_of(counter.say(MA, "驳回窗户那个"))
    assert counter.ticket().closed_at is None


def test_a_part_named_is_waited_for_and_the_reporter_hears_which(counter: Counter) -> None:
    reported(counter)
    counter.say(ZHENG, "缺个镇流器，周四到")
    assert counter.ticket().state == "待料"
    assert "缺个镇流器，周四到" in text_of(counter.owed(LIN))


def test_what_was_done_is_kept_when_it_is_done_in_one_breath(counter: Counter) -> None:
    reported(counter)
    counter.say(ZHENG, "镇流器到了，换上了，好使了")
    assert counter.ticket().state == "待验收"
    assert counter.ticket().fields["done_note"] == "镇流器到了，换上了"
    assert "修好了没有" in text_of(counter.owed(LIN))


def test_a_photo_with_the_word_ends_the_job_and_one_after_it_reaches_the_reporter(counter: Counter) -> None:
    reported(counter)
    photo = Enclosure(sort="photo", file_id="p1")
    counter.hear(ZHENG, text="修好了，线头松了", enclosures=(photo,))
    assert counter.ticket().state == "待验收"
    counter.owed(LIN)
    said = counter.hear(ZHENG, enclosures=(Enclosure(sort="photo", file_id="p2"),))
    assert "已附在" in text_of(said)
    assert "p2" in [p.get("file_id") for p in counter.owed(LIN)]


def test_who_has_no_work_in_hand_is_told_so(counter: Counter) -> None:
    assert "没有在办的单子" in text_of(counter.say(SHUI, "修好了"))
    assert "没有等您评价的单子" in text_of(counter.say(LIN, "满意"))


def test_what_is_added_to_an_alarm_reaches_those_who_come(counter: Counter) -> None:
    counter.say(LIN, "电梯关人了，主楼三楼")
    counter.owed(MA)
    said = counter.say(LIN, "里头俩人，一个老人", word("change_ticket", people=2))
    assert "已转给" in text_of(said)
    for dispatcher in (MA, NIU):
        assert "里头俩人，一个老人" in text_of(counter.owed(dispatcher))


def test_an_alarm_told_as_history_or_denied_is_none(counter: Counter) -> None:
    for text in ("昨天电梯困人那个事后来咋样了", "不是着火了，就是想问下消防栓归谁管"):
        assert "119" not in text_of(counter.say(LIN, text))
    assert "119" in text_of(counter.say(LIN, "主楼三楼这不是着火了吗"))


def test_a_photo_answers_a_word_from_the_other_side(counter: Counter) -> None:
    reported(counter)
    counter.press(MA, "联系申请人")
    counter.hear(MA, text="拍张照片呗")
    counter.press(LIN, "回复")
    said = counter.hear(LIN, text="就这个", enclosures=(Enclosure(sort="photo", file_id="p3"),))
    assert "已转给马春雨" in text_of(said)
    carried = counter.owed(MA)
    assert "就这个" in text_of(carried)
    assert "p3" in [p.get("file_id") for p in carried]


def test_every_photo_of_an_album_is_carried_and_said_once(counter: Counter) -> None:
    reported(counter)
    counter.press(LIN, "给调度员留言")
    counter.owed(MA)
    for n in (1, 2):
        counter.hear(LIN, media_group_id="a", enclosures=(Enclosure(sort="photo", file_id=f"a{n}"),))
    carried = counter.owed(MA)
    assert [p.get("file_id") for p in carried if p.get("file_id")] == ["a1", "a2"]
    assert text_of(carried).count("（照片）") == 1


def test_words_that_name_no_place_are_none() -> None:
    slot, now = place_slot(), MONDAY.replace(tzinfo=None)
    for words in ("就是那个", "嗯这回行了", "办公室想粉刷一下", "5分", "灯"):
        assert slot.read(words, {}, now) is None, words
    for words in ("门卫", "锅炉房", "主楼512", "老干部处", "大门口"):
        assert slot.read(words, {}, now), words


def test_a_submission_needs_a_yes(counter: Counter) -> None:
    counter.say(LIN, "主楼502灯不亮", fault(location="主楼502", object="灯", fault="不亮"))
    counter.say(LIN, "我屋的", word("affirm"))
    assert "请核对" in text_of([counter.rows(LIN)[-1].payload])


def test_a_change_that_is_let_go_leaves_the_ticket_and_one_taken_back_asks(counter: Counter) -> None:
    reported(counter, text="主楼502灯不亮", location="主楼502")
    counter.press(LIN, "修改")
    assert "单子照旧" in text_of(counter.say(LIN, "算了"))
    counter.press(LIN, "修改")
    assert "确定取消" in text_of(counter.say(LIN, "不用修了，自己弄好了", word("cancel_ticket")))


def test_the_mended_job_of_a_rework_still_says_that_it_is_one(counter: Counter) -> None:
    reported(counter)
    mended(counter)
    counter.owed(ZHENG)
    counter.say(LIN, "还是闪啊，白修了")
    assert "报修人说没修好" in text_of(counter.owed(ZHENG))


def test_a_report_at_night_says_when_the_desk_opens(counter: Counter) -> None:
    counter.now = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)  # 22:30 on a Friday
    reported(counter, text="西配楼201窗户关不上", location="西配楼201", object="窗户", fault="关不上")
    told = text_of([row.payload for row in counter.rows(LIN)])
    assert "下班时间" in told
    assert "11月30日 08:30 上班后就办" in told
    assert "下班时间" not in text_of(counter.say(LIN, "电梯关人了，主楼三楼"))


def test_by_day_and_over_lunch_nobody_is_told_that_the_desk_is_closed(counter: Counter) -> None:
    for hour in (1, 4):  # 9:00 and 12:00
        counter.now = datetime(2026, 11, 25, hour, 10, tzinfo=UTC)
        reported(counter, text="窗户关不上", location=f"西配楼20{hour}", object="窗户", fault="关不上")
    assert "下班时间" not in text_of([row.payload for row in counter.rows(LIN)])


def test_when_somebody_is_in_reaches_the_technician(counter: Counter) -> None:
    reported(counter)
    counter.owed(ZHENG)
    for words in ("改成下午去修，上午我开会", "几点来人 我下午不在", "两点以后来吧"):
        assert "已告诉郑铁军" in text_of(counter.say(LIN, words, word("change_ticket"))), words
        assert words in text_of(counter.owed(ZHENG))
    assert counter.ticket().fields["visit"] == "两点以后来吧"
    for words in ("明天下午有会，订个会议室", "明天上午去机场的车来了没"):
        assert "上门时间" not in text_of(counter.say(LIN, words)), words


def test_leave_without_a_day_is_asked_for_and_illness_is_leave(counter: Counter) -> None:
    assert "请哪几天的假" in text_of(counter.say(ZHENG, "我请假了"))
    assert "登记了：明天" in text_of(counter.say(ZHENG, "明天下午"))
    assert "登记了：今天" in text_of(counter.say(TIAN, "我病了今天来不了"))


def test_a_number_with_a_word_or_two_is_a_query(counter: Counter) -> None:
    number = reported(counter).number
    for words in (f"查 {number}", f"帮我查一下{number}到哪了", f"{number}进度"):
        assert "已派单" in text_of(counter.say(LIN, words, word("cancel_ticket"), clarify=True)), words
    assert "没有查到您的" in text_of(counter.say(CHEN, f"查 {number}"))


def test_strangers_in_danger_are_told_whom_to_ring_and_nothing_else(counter: Counter) -> None:
    told = text_of(counter.hear(999, text="着火了"))
    assert "119" in told
    assert "还没有绑定" in told
    assert "119" not in text_of(counter.hear(999, text="灯坏了"))


def test_questions_a_rule_is_asked_by_are_answered_whatever_they_sound_like(counter: Counter) -> None:
    assert "120 元" in text_of(counter.say(LIN, "工作餐一位多少钱", word("out_of_scope")))
    assert "不归后勤" in text_of(counter.say(LIN, "今天天气怎么样啊", word("out_of_scope")))


def test_questions_about_rooms_are_answered_from_the_register(counter: Counter) -> None:
    with counter.database.writing() as session:
        hall = session.scalars(select(Room)).one()
        hall.capacity, hall.equipment, hall.use = 30, ["投影", "话筒"], "会议室"
    for words in ("第二会议室能坐多少人", "主楼305有投影吗", "最大的会议室是哪个", "主楼有哪些会议室"):
        assert "主楼305 第二会议室：30 座，投影、话筒" in text_of(counter.say(LIN, words)), words
    booking = Request(intent="book_room", kind="room", slots={"people": 20}, hints={})
    said = text_of(counter.say(LIN, "哪个会议室能坐20人", booking))
    assert "30 座" in said
    assert "什么时候用" in said
    assert "没有能坐 50 人的" in text_of(counter.say(CHEN, "哪个会议室能坐50人", booking))
