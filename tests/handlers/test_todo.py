"""待办: the queue by kind and urgency, page by page, each line with who has it and by when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from desk.models import Role
from tests.handlers.bench_talk import DIAO, LIN, LIU, Counter, car, small_bureau, word
from tests.handlers.test_groups import SUN, joined
from tests.handlers.test_handover import labels
from tests.handlers.test_messages import texts

if TYPE_CHECKING:
    from desk.storage import Database


@pytest.fixture
def counter(database: Database) -> Counter:
    made = small_bureau(database)
    joined(made, SUN, "孙调度", Role.DISPATCHER, "vehicle")
    return made


def trips(counter: Counter, count: int) -> None:
    for n in range(count):
        request = car(start=f"2026-11-{24 + n // 3}T{9 + n % 3 * 3:02d}:00", destination=f"地点{n}", people=2)
        counter.say(LIN, "用车", request)
        counter.press(LIN, "提交")


def test_the_list_says_whose_hands_and_by_when(counter: Counter) -> None:
    trips(counter, 2)
    counter.press(SUN, "受理")
    said = counter.say(SUN, "待办", word("out_of_scope"))
    assert "等您办的单子（2）" in texts(said)
    assert "调度员负责" in texts(said)
    assert "孙调度负责" in texts(said)
    assert "时限" in texts(said)
    mine = counter.press(SUN, "我的")
    assert "我的单子（1）" in texts(mine) or "我的（1）" in texts(mine)


def test_pages_turn_and_end(counter: Counter) -> None:
    trips(counter, 10)
    first = counter.hear(DIAO, command="queue")
    assert "第 1/2 页" in texts(first)
    assert "下一页" in labels(first)
    second = counter.press(DIAO, "下一页")
    assert "第 2/2 页" in texts(second)
    assert "上一页" in labels(second)
    assert "第 2/2 页" in texts(counter.press_data(DIAO, "d:all:todo:99"))


def test_late_ones_are_marked_and_filtered(counter: Counter) -> None:
    trips(counter, 2)
    assert "超时的单子（0）" in texts(counter.press_data(DIAO, "d:all:late:0"))
    counter.wait(hours=8)
    said = texts(counter.say(DIAO, "看一下超时的单子", word("out_of_scope")))
    assert "超时的单子（2）" in said
    assert "⚠️ 已超时" in said


def test_a_dispatcher_of_several_kinds_chooses_among_them(counter: Counter) -> None:
    trips(counter, 1)
    said = counter.hear(DIAO, command="queue")
    assert {"用车", "用房", "报修", "接待"} <= set(labels(said))
    assert "没有等您办" in texts(counter.press(DIAO, "用房"))
    assert "用车：" in texts(counter.say(DIAO, "用车待办", word("out_of_scope")))
    assert "用房" not in labels(counter.hear(SUN, command="queue"))


def test_who_serves_no_queue_sees_only_what_is_in_their_hands(counter: Counter) -> None:
    trips(counter, 2)
    assert "地点" not in texts(counter.press_data(LIU, "d:all:open:0"))
    assert "地点" not in texts(counter.press_data(LIU, "d:vehicle:free:0"))
    counter.press(DIAO, "派车")
    assert "地点1" in texts(counter.hear(LIU, command="queue"))


def test_the_card_opens_from_the_list(counter: Counter) -> None:
    trips(counter, 1)
    counter.hear(SUN, command="queue")
    said = counter.press(SUN, counter.ticket().number)
    assert "派车" in labels(said)


@pytest.mark.parametrize(
    "data", ["d:", "d:all", "d:all:x:0", "d:boats:todo:0", "d:all:todo:-1", "d:all:todo:99999"]
)
def test_forged_pages_are_refused(counter: Counter, data: str) -> None:
    assert "不认识" in texts(counter.press_data(DIAO, data))
