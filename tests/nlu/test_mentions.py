"""What is found in a sentence beside what the trained tagger marks: places, purposes, guests, meals, and what is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from nlu import slots
from nlu.gazetteer import Gazetteer
from tests.nlu.timetable import rows

NOW = datetime(2026, 11, 23, 10, 0)  # a Monday


def read(text: str, kind: str) -> dict[str, Any]:
    return slots.read(text, entities=(), kind=kind, now=NOW, gazetteer=Gazetteer()).slots


JOURNEYS = rows("""
    打西站拉仨人回局里，下午四点 | 长春西站 | 局里
    打扰一下，明天九点去净月 | - | 净月
    主楼东门→龙嘉机场T2，明天13:00 | 主楼东门 | 龙嘉机场T2
    车到二号楼楼下等，去发改委 | 二号楼楼下 | 省发改委
    后天上午去净月，四个人 | - | 净月
    从公主岭往回拉桌椅，要个货车 | 公主岭 | -
""")


@pytest.mark.parametrize(("text", "origin", "destination"), JOURNEYS)
def test_finds_both_ends_of_a_journey(text: str, origin: str, destination: str) -> None:
    found = read(text, "vehicle")
    assert found.get("origin", "-") in origin
    assert found.get("destination", "-") in destination


PURPOSES = rows("""
    vehicle | 去通化核查资产，明天八点 | 核查资产
    vehicle | 去省医院看望住院的老同志 | 看望住院的老同志
    vehicle | 周五送两箱档案到双阳库房 | 送档案
    vehicle | 到通化参加全省公务用车管理培训班，三人 | 参加全省公务用车管理培训班
    vehicle | 去现场修电梯，双阳 | 修电梯
    room | 下周五下午三点，十个人，研究明年预算 | 研究明年预算
    room | 咱处过组织生活，周三下午一点半 | 过组织生活
    room | 借多功能厅彩排年会（官方的） | 彩排年会
    reception | 福建来人，下周三来学物业管理 | 学物业管理
    reception | 湖北省来考察的同志十三人 | 考察
""")


@pytest.mark.parametrize(("kind", "text", "purpose"), PURPOSES)
def test_finds_what_it_is_for(kind: str, text: str, purpose: str) -> None:
    assert read(text, kind)["purpose"] == purpose


@pytest.mark.parametrize("text", ["去机场接个人", "订个屋开个会", "借接待室谈点事"])
def test_takes_words_that_say_nothing_for_no_purpose(text: str) -> None:
    assert "purpose" not in {**read(text, "vehicle"), **read(text, "room")}


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("接待甘肃客人，住宿：无，用餐：工作餐", "lodging"),
        ("四川来人，住宿他们自己解决", "lodging"),
        ("山东来客人，工作餐不用安排", "meals"),
        ("河南来三位，不用管饭", "meals"),
        ("云南来人，晚饭自理", "meals"),
    ],
)
def test_prepares_nothing_that_is_refused(text: str, slot: str) -> None:
    assert slot not in read(text, "reception")


@pytest.mark.parametrize(
    ("text", "meals"), [("中午在咱这吃口饭", "午餐"), ("晚上安排顿饭", "晚餐"), ("中午安排工作餐", "工作餐")]
)
def test_knows_the_meal_by_the_time_of_day(text: str, meals: str) -> None:
    assert read(f"湖南来五个人，{text}", "reception")["meals"] == meals


def test_leaves_out_the_equipment_that_is_not_wanted() -> None:
    assert read("明天九点用会议室，要话筒，投影不用", "room")["equipment"] == ["话筒"]


def test_gives_each_thing_of_a_list_by_itself() -> None:
    found = read("会议室申请 时间：12月3日14:00 设备：席卡、无线麦、会标 人数：20", "room")
    assert found["equipment"] == ["桌签", "无线话筒", "横幅"]


def test_wants_no_car_that_is_in_the_workshop() -> None:
    found = read("商务车送修了，换考斯特，明天八点去净月", "vehicle")
    assert found["vehicle_type"] == "考斯特"


@pytest.mark.parametrize(
    ("text", "fault"), [("204暖气就没热过", "没热过"), ("走廊灯总亮", "总亮"), ("碎纸机卡纸", "卡纸")]
)
def test_hears_what_is_wrong(text: str, fault: str) -> None:
    assert read(text, "repair")["fault"] == fault


@pytest.mark.parametrize(("text", "who"), [("王司长带三个人来调研", "王司长"), ("有俩记者来采访", "记者")])
def test_hears_who_comes(text: str, who: str) -> None:
    assert read(f"明天，{text}", "reception")["visitors"] == who
