"""Messages that hold several requests, and messages that only sound as if they did, read with a real Rasa.

A line of `several.txt` is the requests that a message holds, a letter each, and the message (⏎ for a line break). The model is trained anew with every
change of the training data, so a few lines may be read wrongly at any time; what counts is the share.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from nlu.understand import Understander
    from nlu.understanding import Understanding
    from tests.nlu.conftest import Loop

MONDAY = datetime(2026, 11, 23, 10, 0)
pytestmark = pytest.mark.rasa
LETTERS = {
    "book_vehicle": "V",
    "book_room": "M",
    "report_repair": "R",
    "arrange_reception": "A",
    "change_ticket": "h",
    "cancel_ticket": "c",
    "query_ticket": "q",
    "urge_ticket": "u",
    "complain": "x",
    "policy_question": "p",
}
ROWS = [
    line.replace("⏎", "\n").split("|", 1)
    for line in (Path(__file__).parent / "several.txt").read_text("utf-8").splitlines()
]
SEVERAL = [row for row in ROWS if len(row[0]) > 1]
SINGLE = [row for row in ROWS if len(row[0]) == 1]


def misread(rows: list[list[str]], understander: Understander, wait: Loop) -> list[str]:
    async def read() -> list[tuple[str, str, Understanding]]:
        return [(held, text, await understander.understand(text, now=MONDAY)) for held, text in rows]

    return [
        f"{held} {said}: {text}"
        for held, text, understood in wait(read())
        if sorted(held)
        != sorted(said := [LETTERS.get(request.intent, "?") for request in understood.requests])
    ]


def test_finds_every_request_of_a_message(understander: Understander, wait: Loop) -> None:
    wrong = misread(SEVERAL, understander, wait)
    assert len(wrong) <= len(SEVERAL) * 0.06, "\n".join(wrong)


def test_leaves_one_request_whole(understander: Understander, wait: Loop) -> None:
    wrong = misread(SINGLE, understander, wait)
    assert len(wrong) <= len(SINGLE) * 0.06, "\n".join(wrong)


def heard(text: str, understander: Understander, wait: Loop) -> Understanding:
    return wait(understander.understand(text, now=MONDAY))


@pytest.mark.parametrize(
    ("text", "slot", "values"),
    [
        ("周五十点开会订会议室，十二个人，再派辆车去省委", "start", ["2026-11-27T10:00:00"] * 2),
        ("上午九点要车去省政府，下午三点要车去龙嘉机场，都是明天，都是两个人", "people", [2, 2]),
        ("明天上午九点去省委3个人要车，后天下午两点再去净月，人员同上", "people", [3, 3]),
        ("明天早上九点派车去净月三个人，另外下午两点订会议室", "people", [3, None]),
        (
            "下周有两场会要会议室：周一上午九点，周三下午两点",
            "start",
            ["2026-11-30T09:00:00", "2026-12-02T14:00:00"],
        ),
        (
            "下周用两回车，周二八点去双阳三个人，周四一点去九台五个人，都用商务车",
            "vehicle_type",
            ["商务车"] * 2,
        ),
        ("要车一台去省委三个人，会议室一间十个人，都是明天上午九点", "start", ["2026-11-24T09:00:00"] * 2),
        (
            "先修一下三楼会议室的音响，没声；再就是这个会议室明天上午十点给我们用",
            "room_name",
            [None, "三楼会议室"],
        ),
        ("205空调不制冷，206也不制冷", "object", ["空调", "空调"]),
        ("205空调不制冷，206也不制冷", "location", ["205", "206"]),
        ("周二上午九点和周四上午九点各要一间会议室，都是12人", "people", [12, 12]),
        (
            "周二上午九点和周四上午九点各要一间会议室，都是12人",
            "start",
            ["2026-11-24T09:00:00", "2026-11-26T09:00:00"],
        ),
        (
            "11月30日赴四平调研，请派车，8:30出发，4人。14:30返回后召开会议，请预留会议室，10人。",
            "start",
            ["2026-11-30T08:30:00", "2026-11-30T14:30:00"],
        ),
        ("卫生间水龙头滴水，镜子也裂了", "object", ["水龙头", "镜子"]),
        ("卫生间水龙头滴水，镜子也裂了", "location", ["卫生间", "卫生间"]),
    ],
)
def test_shares_what_the_message_shares(
    text: str, slot: str, values: list[object], understander: Understander, wait: Loop
) -> None:
    assert [request.slots.get(slot) for request in heard(text, understander, wait).requests] == values


def test_gives_each_request_its_own_words(understander: Understander, wait: Loop) -> None:
    text = "廁所水管漏水請派人維修，順便明早八點要輛車去高鐵站"
    assert [request.text for request in heard(text, understander, wait).requests] == text.split("，")


def test_hears_which_ticket_changes_when_another_is_left_alone(
    understander: Understander, wait: Loop
) -> None:
    request = heard("用车改到三点会议室不变", understander, wait).requests[0]
    assert (request.intent, request.hints["kind"]) == ("change_ticket", "vehicle")
