"""Where a message may be cut, when pieces are requests, and what requests lend each other."""

from __future__ import annotations

import re

import pytest

from nlu.client import Entity, Parse
from nlu.grouping import group
from nlu.normalise import normalise
from nlu.pieces import Piece
from nlu.segment import MOST, own_words, segments
from nlu.sharing import share
from nlu.understanding import DEFAULT_KINDS, Request

_TIME = re.compile(r"[点天]|周")


def piece_list(text: str, *readings: tuple[str, float, tuple[tuple[str, str], ...]]) -> list[Piece]:
    """The segments of the text, each with what the classifier and the tagger shall have said."""
    cut = segments(text)
    assert len(cut) == len(readings), [part.text for part in cut]
    return [
        Piece(
            segment=part,
            parse=Parse(
                ranking=((intent, chance), ("out_of_scope", 1 - chance)),
                entities=tuple(
                    Entity(label, words, part.text.index(words), part.text.index(words) + len(words))
                    for label, words in marks
                ),
            ),
            timed=bool(_TIME.search(part.text)),
        )
        for part, (intent, chance, marks) in zip(cut, readings, strict=True)
    ]


def intents(pieces: list[Piece], whole: str) -> list[str]:
    return [work.intent for work in group(pieces, whole=whole, kinds=DEFAULT_KINDS, least=0.6)]


def test_cuts_between_two_things_of_one_breath() -> None:
    cut = segments("订个会议室和一辆车，明天上午")
    assert [part.text for part in cut] == ["订个会议室", "一辆车", "明天上午"]
    assert cut[1].listed


def test_leaves_the_hour_with_what_it_is_the_hour_of() -> None:
    cut = segments("拉六个人去四平，晚上六点再给留个屋")
    assert [(part.text, part.announced) for part in cut] == [
        ("拉六个人去四平", False),
        ("晚上六点再给留个屋", True),
    ]


def test_reads_a_change_of_plan_as_a_new_wish() -> None:
    assert segments("别派车了，改成订个会议室")[-1].text == "订个会议室"


def test_cuts_a_long_message_only_where_sentences_end() -> None:
    long = "，".join(f"第{n}句里说了点什么" for n in "甲乙丙丁戊己庚辛壬癸") + "。另外订个会议室"
    assert 1 < len(segments(long)) <= MOST


def test_leaves_a_list_of_equipment_whole() -> None:
    assert len(segments("要投影、话筒、白板")) == 1


def test_makes_two_requests_of_two_faults() -> None:
    pieces = piece_list(
        "水龙头坏了，马桶也堵",
        ("report_repair", 0.95, (("object", "水龙头"), ("fault", "坏"))),
        ("report_repair", 0.95, (("object", "马桶"), ("fault", "堵"))),
    )
    assert intents(pieces, "report_repair") == ["report_repair", "report_repair"]


def test_makes_two_requests_of_two_faults_said_without_a_pause() -> None:
    marks = (("object", "灯"), ("fault", "不亮"), ("object", "水管"), ("fault", "漏"))
    pieces = piece_list(
        "灯不亮水管漏，给修修呗",
        ("report_repair", 0.95, marks),
        ("report_repair", 0.7, ()),
    )
    assert intents(pieces, "report_repair") == ["report_repair", "report_repair"]


def test_makes_one_request_of_a_fault_and_what_was_tried() -> None:
    pieces = piece_list(
        "三楼灯不亮，开关按了没反应",
        ("report_repair", 0.95, (("object", "灯"), ("fault", "不亮"))),
        ("report_repair", 0.95, (("object", "开关"), ("fault", "没反应"))),
    )
    assert intents(pieces, "report_repair") == ["report_repair"]


def test_makes_one_request_of_a_fault_and_its_place() -> None:
    pieces = piece_list(
        "投影不亮了，二楼会议室",
        ("report_repair", 0.95, (("object", "投影"), ("fault", "不亮"))),
        ("book_room", 0.99, (("room_name", "二楼会议室"),)),
    )
    assert intents(pieces, "report_repair") == ["report_repair"]


def test_leaves_a_reception_its_car_unless_it_is_said_as_a_wish_of_its_own() -> None:
    guests = ("arrange_reception", 0.95, (("visitor_org", "河北"),))
    car = ("book_vehicle", 0.95, (("vehicle_type", "考斯特"),))
    inside = piece_list("下周河北来八个人，派考斯特接站", guests, car)
    apart = piece_list("下周河北来八个人，另外派考斯特接站", guests, car)
    assert intents(inside, "arrange_reception") == ["arrange_reception"]
    assert intents(apart, "arrange_reception") == ["arrange_reception", "book_vehicle"]


@pytest.mark.parametrize("second", ["中午十二点回来", "下午再把人送到宾馆"])
def test_makes_one_journey_of_there_and_on(second: str) -> None:
    pieces = piece_list(
        f"明天八点去机场接人，{second}",
        ("book_vehicle", 0.95, (("destination", "机场"),)),
        ("book_vehicle", 0.95, (("destination", "宾馆"),) if "宾馆" in second else ()),
    )
    assert intents(pieces, "book_vehicle") == ["book_vehicle"]


def request(kind: str, hints: dict[str, object] | None = None, **slots: object) -> Request:
    intent = next(name for name, of in DEFAULT_KINDS.items() if of == kind)
    return Request(intent=intent, kind=kind, slots=dict(slots), hints=hints or {})


def test_lends_the_day_to_an_hour_without_one() -> None:
    room = request("room", start="2026-11-27T10:00:00")
    meal = request("reception", {"day_assumed": True}, start="2026-11-23T12:00:00", end="2026-11-23T13:00:00")
    shared = share([room, meal])[1]
    assert (shared.slots["start"], shared.slots["end"]) == ("2026-11-27T12:00:00", "2026-11-27T13:00:00")


def test_lends_guests_but_not_a_meeting_to_a_car_of_another_hour() -> None:
    car = request("vehicle", start="2026-11-27T17:00:00")
    assert share([request("reception", people=8), car])[1].slots["people"] == 8
    assert "people" not in share([request("room", people=8), car])[1].slots


def test_lends_no_people_backwards_and_none_to_goods() -> None:
    room = request("room", start="2026-11-27T10:00:00")
    assert "people" not in share([room, request("vehicle", people=3)])[0].slots
    goods = request("vehicle", {"goods": True})
    assert "people" not in share([request("room", people=8), goods])[1].slots


def test_lends_the_place_to_faults_told_in_one_breath() -> None:
    faults = [request("repair", object="灯"), request("repair", object="门", location="302")]
    assert share(faults)[0].slots["location"] == "302"
    told_apart = [faults[0], request("repair", {"announced": True}, object="门", location="302")]
    assert "location" not in share(told_apart)[0].slots


def test_gives_each_request_its_words_as_they_were_typed() -> None:
    typed = "明天下午派車去龍嘉，另外三樓廁所漏谁了"
    clean = normalise(typed)
    cut = clean.index("另外")
    assert own_words(typed, clean, [(0, cut), (cut, len(clean))]) == [
        "明天下午派車去龍嘉",
        "另外三樓廁所漏谁了",
    ]
