"""Known names are found and called by the desk's own word."""

from __future__ import annotations

import pytest

from nlu.gazetteer import Gazetteer, chinese_number, even_numbers
from tests.nlu.conftest import small_desk


@pytest.fixture
def desk() -> Gazetteer:
    return small_desk()


@pytest.mark.parametrize(
    ("entity", "said", "word"),
    [
        ("vehicle_type", "柯斯达", "考斯特"),
        ("vehicle_type", "GL8", "商务车"),
        ("vehicle_type", "七座", "商务车"),
        ("destination", "西站", "长春西站"),
        ("destination", "莲花山培训中心", "莲花山培训中心"),
        ("equipment", "麦克风", "话筒"),
        ("room_name", "1号楼305会议室", "一号楼305会议室"),
        ("object", "坐便", "马桶"),
        ("location", "3楼东侧", "三楼东侧"),
        ("fault", "一股怪味儿", "一股怪味儿"),
    ],
)
def test_gives_the_canonical_word(desk: Gazetteer, entity: str, said: str, word: str) -> None:
    assert desk.canonical(entity, said) == word


def test_mends_a_homophone_of_a_registered_name(desk: Gazetteer) -> None:
    assert desk.canonical("room_name", "政协委员之佳") == "政协委员之家"


def test_mends_one_slip_in_a_long_registered_name(desk: Gazetteer) -> None:
    assert desk.canonical("destination", "莲花山培训中新") == "莲花山培训中心"
    assert desk.canonical("destination", "莲花山的培训中心") == "莲花山培训中心"


def test_never_takes_one_room_number_for_another(desk: Gazetteer) -> None:
    assert desk.canonical("room_name", "一号楼307会议室") == "一号楼307会议室"
    assert desk.canonical("room_name", "二号楼305会议室") == "二号楼305会议室"


@pytest.mark.parametrize("place", ["医院", "省一院", "酒店"])
def test_a_place_of_no_name_is_no_particular_one(desk: Gazetteer, place: str) -> None:
    assert desk.canonical("destination", place) == place


def test_finds_the_longest_name_first(desk: Gazetteer) -> None:
    hits = desk.find("从莲花山培训中心到长春西站", lists=["place"])
    assert [hit.canonical for hit in hits] == ["莲花山培训中心", "长春西站"]


def test_does_not_find_a_name_inside_a_latin_word(desk: Gazetteer) -> None:
    assert desk.find("T12", lists=["place"]) == []
    assert [hit.canonical for hit in desk.find("到T1接人", lists=["place"])] == ["龙嘉机场T1"]


def test_the_register_wins_over_the_vocabulary() -> None:
    desk = Gazetteer(vehicle_types=["七座"])
    assert desk.canonical("vehicle_type", "七座") == "七座"


@pytest.mark.parametrize(
    ("number", "written"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (35, "三十五")]
)
def test_writes_numbers_as_on_the_signs(number: int, written: str) -> None:
    assert chinese_number(number) == written


def test_room_numbers_are_left_alone() -> None:
    assert even_numbers("2号楼305室3层") == "二号楼305室三楼"
