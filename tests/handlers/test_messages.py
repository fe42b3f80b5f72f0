"""Words between the requester and the dispatcher, carried by the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from desk import tickets
from tests.handlers.bench_talk import DIAO, LIN, LIU, ZHAO, Counter, small_bureau
from tests.handlers.test_both_engines import booked
from tests.handlers.test_groups import SUN, joined

if TYPE_CHECKING:
    from desk.storage import Database

from desk.models import Role


@pytest.fixture
def counter(database: Database) -> Counter:
    made = small_bureau(database)
    joined(made, SUN, "孙调度", Role.DISPATCHER, "vehicle")
    booked(made)
    return made


def texts(said: list[dict[str, object]]) -> str:
    return "\n".join(str(m.get("text", "")) for m in said)


def history(counter: Counter) -> list[tuple[str, str]]:
    with counter.database.reading() as session:
        found = tickets.last_events(session, counter.ticket())
        return [(e.actor.name if e.actor else "", e.reason) for e in found if e.action == "message"]


def test_a_dispatcher_writes_to_the_requester_who_answers(counter: Counter) -> None:
    assert "写给申请人林晓梅的话" in texts(counter.press(DIAO, "联系申请人"))
    counter.owed(LIN)
    assert "已转给申请人林晓梅" in texts(counter.hear(DIAO, text="您带不带行李？"))
    assert "调度员刁调度：\n「您带不带行李？」" in texts(counter.owed(LIN))
    assert "写给刁调度的话" in texts(counter.press(LIN, "回复"))
    counter.owed(DIAO)
    counter.hear(LIN, text="带两个箱子")
    assert "申请人林晓梅：\n「带两个箱子」" in texts(counter.owed(DIAO))
    assert history(counter) == [("林晓梅", "带两个箱子"), ("刁调度", "您带不带行李？")]


def test_a_requester_writes_to_whoever_has_the_ticket_and_to_all_dispatchers_before(counter: Counter) -> None:
    counter.press(LIN, "给调度员留言")
    counter.hear(LIN, text="我们在西门等")
    assert "我们在西门等" in texts(counter.owed(DIAO))
    assert "我们在西门等" in texts(counter.owed(SUN))
    counter.press(SUN, "受理")
    counter.owed(DIAO)
    counter.press(LIN, "给调度员留言")
    counter.hear(LIN, text="改在东门等")
    assert "改在东门等" in texts(counter.owed(SUN))
    assert "改在东门等" not in texts(counter.owed(DIAO))


def test_an_answer_goes_to_who_wrote_even_when_a_driver_has_the_ticket(counter: Counter) -> None:
    counter.press(DIAO, "派车")
    counter.press(DIAO, "联系申请人")
    counter.hear(DIAO, text="车在楼下")
    counter.press(LIN, "回复")
    counter.owed(DIAO)
    counter.hear(LIN, text="这就下来")
    assert "这就下来" in texts(counter.owed(DIAO))


def test_a_word_for_the_driver_is_just_said(counter: Counter) -> None:
    counter.press(DIAO, "派车")
    counter.owed(LIU)
    said = counter.say(LIN, "跟司机说一声我晚到十分钟")
    assert "已转给刘师傅" in texts(said)
    assert "我晚到十分钟" in texts(counter.owed(LIU))


def test_what_is_written_is_escaped_and_not_too_long(counter: Counter) -> None:
    counter.press(DIAO, "联系申请人")
    assert "太长了" in texts(counter.hear(DIAO, text="长" * 501))
    counter.owed(LIN)
    counter.hear(DIAO, text="<b>&粗</b>")
    assert "&lt;b&gt;&amp;粗&lt;/b&gt;" in texts(counter.owed(LIN))


def test_the_question_is_dropped_politely_after_a_while(counter: Counter) -> None:
    counter.press(DIAO, "联系申请人")
    counter.wait(minutes=16)
    counter.owed(LIN)
    said = texts(counter.hear(DIAO, text="您带不带行李？"))
    assert "放久了，没有发" in said
    assert "行李" not in texts(counter.owed(LIN))
    assert history(counter) == []


def test_one_may_think_better_of_it(counter: Counter) -> None:
    counter.press(DIAO, "联系申请人")
    assert "没有发" in texts(counter.press(DIAO, "不发了"))
    counter.press(DIAO, "联系申请人")
    assert "没有发" in texts(counter.hear(DIAO, text="算了"))
    assert history(counter) == []


def test_who_has_no_part_in_a_ticket_neither_writes_nor_is_written_to(counter: Counter) -> None:
    ticket = counter.ticket()
    for action in ("contact", "word", "reply"):
        said = counter.press_data(ZHAO, f"t:{action}:{ticket.id}:{ticket.version}:{ticket.requester_id}")
        assert "与您无关" in texts(said)
    # A forged addressee is replaced by who really sees to the ticket.
    counter.press_data(LIN, f"t:reply:{ticket.id}:{ticket.version}:{ticket.requester_id + 4}")
    counter.owed(ZHAO)
    counter.hear(LIN, text="在吗")
    assert texts(counter.owed(ZHAO)) == ""
    assert "在吗" in texts(counter.owed(DIAO))
    # The requester's own buttons are not the dispatcher's.
    assert "只有申请人" in texts(counter.press_data(DIAO, f"t:word:{ticket.id}:{ticket.version}"))
    assert "不用联系" in texts(counter.press_data(LIN, f"t:contact:{ticket.id}:{ticket.version}"))


def test_ten_an_hour_are_enough(counter: Counter) -> None:
    for n in range(10):
        counter.press(LIN, "给调度员留言")
        counter.hear(LIN, text=f"第{n}句")
    counter.press(LIN, "给调度员留言")
    assert "有点多" in texts(counter.hear(LIN, text="第十一句"))


def test_a_ticket_long_closed_is_not_talked_about(counter: Counter) -> None:
    counter.press(DIAO, "联系申请人")
    counter.hear(DIAO, text="在吗")
    data = counter.button(LIN, "回复")
    counter.press(LIN, "取消")
    counter.press(LIN, "确认取消")
    counter.wait(days=2)
    assert "写给刁调度的话" in texts(counter.press_data(LIN, data))
    counter.hear(LIN, text="算了")
    counter.wait(days=6)
    assert "办结一周多" in texts(counter.press_data(LIN, data))


def test_somebody_the_bot_cannot_reach_is_to_be_rung_up(counter: Counter) -> None:
    with counter.database.writing() as session:
        asker = session.merge(counter.ticket()).requester
        asker.reachable = False
    said = texts(counter.press(DIAO, "联系申请人"))
    assert "收不到" in said
    assert "13800000101" in said
