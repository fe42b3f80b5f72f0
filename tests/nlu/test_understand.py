"""Whole messages through the real Rasa: what is wanted, how many things, and when to ask back."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from nlu.client import NluUnavailable
from nlu.understand import Understander, to_contract
from tests.nlu.conftest import small_desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from nlu.client import RasaClient
    from nlu.understanding import Understanding
    from tests.nlu.conftest import Loop

    Say = Callable[[str], Understanding]

NOW = datetime(2026, 11, 23, 10, 0)
pytestmark = pytest.mark.rasa


@pytest.fixture
def said(understander: Understander, wait: Loop) -> Say:
    def understand(text: str) -> Understanding:
        return wait(understander.understand(text, now=NOW))

    return understand


class TestIntents:
    @pytest.mark.parametrize(
        ("text", "intent"),
        [
            ("明天早上八点半派台车送两个人去四平", "book_vehicle"),
            ("后天下午借用一下接待室", "book_room"),
            ("二楼走廊的灯一直闪", "report_repair"),
            ("下周有个外省考察团来，麻烦接待一下", "arrange_reception"),
            ("会议室的话筒没声音了", "report_repair"),
            ("YC-20261124-001取消", "cancel_ticket"),
            ("我的车到哪了", "query_ticket"),
            ("公车能不能去接孩子，有规定吗", "policy_question"),
            ("转人工", "handoff_human"),
            ("谢谢师傅", "thanks"),
            ("好的", "affirm"),
            ("你好", "greet"),
            ("不行了", "report_repair"),
            ("为啥不让用", "policy_question"),
            ("凭什么把我单子退了", "complain"),
            ("你弄不明白，换个人来", "handoff_human"),
            ("领导让我打听一下，后天有没有车去白山", "book_vehicle"),
            ("没说取消，就是晚点走", "change_ticket"),
            ("修没修好呢", "query_ticket"),
        ],
    )
    def test_knows_what_is_wanted(self, said: Say, text: str, intent: str) -> None:
        assert said(text).intent == intent

    def test_do_not_cancel_but_move_is_a_change(self, said: Say) -> None:
        assert said("先别取消，改到后天").intent == "change_ticket"

    @pytest.mark.parametrize(
        "text",
        [
            "明天会下大雪吗",
            "附近哪家火锅好吃",
            "给我讲个笑话",
            "帮我翻译一句英语",
            "帮我拟一份会议纪要",
            "今年房价涨没涨",
            "昨晚那台跑车真带劲",
            "我家洗衣机坏了",
        ],
    )
    def test_what_is_none_of_its_business_is_not_acted_on(self, said: Say, text: str) -> None:
        understanding = said(text)
        assert understanding.intent == "out_of_scope" or understanding.clarify

    def test_gibberish_is_asked_about_or_sent_away(self, said: Say) -> None:
        for text in ("", "\x00\x01", "？？？", "zxcvbnm qwerty", "\ud800"):
            understanding = said(text)
            assert understanding.intent == "out_of_scope" or understanding.clarify


class TestSeveralRequests:
    def test_a_car_and_a_lamp(self, said: Say) -> None:
        first, second = said("明天上午九点派车去龙嘉机场，另外三楼卫生间的灯坏了").requests
        assert (first.kind, first.slots["destination"]) == ("vehicle", "龙嘉机场")
        assert (second.kind, second.slots["location"]) == ("repair", "三楼卫生间")
        assert "start" not in second.slots

    def test_the_hour_of_the_meeting_is_lent_to_the_car(self, said: Say) -> None:
        room, car = said("后天下午两点订个会议室12个人，另外再派辆考斯特去西站接人").requests
        assert room.kind == "room"
        assert car.kind == "vehicle"
        assert car.slots["start"] == room.slots["start"]
        assert car.hints["shared"]

    def test_one_wish_in_several_breaths_stays_one(self, said: Say) -> None:
        understanding = said("明天下午两点，派辆商务车，去龙嘉机场接人，3个人，谢谢")
        assert len(understanding.requests) == 1
        assert understanding.slots["people"] == 3


class TestFurtherKinds:
    def test_kinds_are_handed_in_and_strange_labels_pass(self, client: RasaClient, wait: Loop) -> None:
        understander = Understander(client, gazetteer=small_desk(), kinds={"book_vehicle": "shuttle"})
        understanding = wait(understander.understand("派车去净月", now=NOW))
        assert understanding.kind == "shuttle"
        assert understanding.slots["destination"]


def test_the_contract_line(said: Say) -> None:
    line = to_contract(said("明天下午两点派车去净月，3个人"), id="x1")
    assert list(line) == ["id", "intent", "kind", "confidence", "clarify", "slots", "requests"]
    assert line["slots"] == {"start": "2026-11-24T14:00:00", "people": 3, "destination": "净月"}
    assert line["requests"] == [{"intent": "book_vehicle", "kind": "vehicle", "slots": line["slots"]}]


def test_without_rasa_it_says_so(wait: Loop) -> None:
    with pytest.raises(NluUnavailable):
        wait(Understander(gazetteer=small_desk()).understand("派车", now=NOW))


@pytest.mark.slow
def test_a_very_long_message_is_understood_in_time(said: Say) -> None:
    started = time.monotonic()
    understanding = said("各有关单位：" + "为进一步做好机关事务工作，" * 500 + "请于明天上午九点派车去净月。")
    assert time.monotonic() - started < 15
    assert understanding.requests


@pytest.mark.parametrize(
    "text",
    [
        "", " \n\t", "\u200b\u200d", "\ud800\udfff", "\x00\x01", "😀😀😀👍", "啊" * 4000, "a" * 3000, "零" * 500, "1234567890",
        "？！", "？？？", "、，；" * 100, "<script>alert(1)</script>", "'; DROP TABLE tickets; --", "https://example.com/a?b=c#d",
        "def f(x):\n    return x**2", "what a lovely morning", "ありがとうございます", "哈哈哈哈哈哈哈哈", "①②③④⑤",
    ],
    ids=ascii,
)  # fmt: skip
def test_takes_nothing_odd_for_a_request(text: str, understander: Understander, wait: Loop) -> None:
    understood = wait(understander.understand(text, now=NOW))
    assert understood.clarify or understood.intent == "out_of_scope"
    assert all(request.kind is None for request in understood.requests)


@pytest.mark.parametrize(
    "text", ["明天用车，" * 800, "灯坏了" * 1000, "上午下午" * 200, "1点2点3点" * 100, "我和" * 500]
)
def test_outlives_what_never_ends(text: str, understander: Understander, wait: Loop) -> None:
    assert len(wait(understander.understand(text, now=NOW)).requests) == 1
