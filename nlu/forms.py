"""Reading what is written like a form: 「上车点：二号楼东门 去向：省委党校」, 「设备除湿机；现象不启动」.

Where a clause opens with the name of a field, the rest of it is the value, and nothing needs to be guessed. With a colon one
such field is enough; without colons there must be several clauses that each open with one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMON = {"事由": "purpose", "用途": "purpose", "紧急程度": "urgency"}
_FIELDS: Mapping[str, Mapping[str, str]] = {
    "vehicle": {
        **_COMMON,
        **dict.fromkeys(("用车事由", "出行事由", "任务", "用车原因"), "purpose"),
        **dict.fromkeys(("上车点", "上车地点", "出发地", "出发地点", "起点", "乘车地点", "接人地点"), "origin"),
        **dict.fromkeys(("目的地", "去向", "前往地点", "到达地", "到达地点", "终点", "送达地点", "目的地点", "去处"), "destination"),
        **dict.fromkeys(("车型", "车辆类型", "用车类型", "所需车型"), "vehicle_type"),
    },
    "room": {
        **_COMMON,
        **dict.fromkeys(("会议名称", "会议内容", "会议主题", "会议", "活动内容", "活动名称", "内容"), "purpose"),
        **dict.fromkeys(("会议室", "房间", "会场", "场地", "用房", "使用场所", "会议室名称"), "room_name"),
        **dict.fromkeys(("设备", "所需设备", "设备需求", "会务要求", "需求", "设备要求"), "equipment"),
    },
    "repair": {
        **dict.fromkeys(("地点", "位置", "报修地点", "故障地点", "报修位置", "故障位置", "房间号", "房间"), "location"),
        **dict.fromkeys(("设备", "设施", "报修项目", "报修物品", "故障设备", "物品", "项目", "报修设备"), "object"),
        **dict.fromkeys(("现象", "故障", "故障现象", "问题", "故障描述", "问题描述", "情况", "故障情况"), "fault"),
        "紧急程度": "urgency",
    },
    "reception": {
        **_COMMON,
        **dict.fromkeys(("来访事由", "来访目的", "考察内容", "调研内容", "学习内容", "活动内容", "内容"), "purpose"),
        **dict.fromkeys(("来访单位", "单位", "来宾单位", "对方单位"), "visitor_org"),
        **dict.fromkeys(("人员", "来访人员", "带队", "带队领导", "来宾"), "visitors"),
        **dict.fromkeys(("餐饮", "用餐", "用餐安排", "就餐"), "meals"),
        **dict.fromkeys(("住宿", "住宿安排"), "lodging"),
    },
}  # fmt: skip
_CLAUSE = re.compile(r"[^；;，,。\n]+")
_FEWEST_BARE = 3
"""Clauses that open with a field's name without a colon, from which on the text is a form."""


@dataclass(frozen=True, slots=True)
class Field:
    """`text[start:end]` is what the form says for that slot."""

    slot: str
    start: int
    end: int


def fields(text: str, *, kind: str | None) -> list[Field]:
    """The filled-in fields of a form about this kind of request; none for an ordinary sentence."""
    known = _FIELDS.get(kind or "")
    if known is None:
        return []
    names = "|".join(sorted(known, key=len, reverse=True))
    marked = re.compile(
        rf"(?:^|(?<=[\s；;，,。\n：:（(]))(?P<name>{names})\s*[:：]\s*(?P<value>[^\s；;，,。\n]+?)(?=[\s；;，,。\n]|$)"
    )
    found = [Field(known[match["name"]], *match.span("value")) for match in marked.finditer(text)]
    return found or _unmarked(text, known, names)


_REFUSABLE = frozenset({"meals", "lodging", "equipment", "vehicle_type", "room_name"})
_NOTHING = re.compile(r"(?:无需?|不\S{0,3}|免|没有|暂无|自理|自行\S{0,4}|否|待定|无要求|/|-)")


def refused(text: str, *, kind: str | None) -> set[str]:
    """The slots whose field says that nothing is wanted: 「住宿：无」."""
    return {
        field.slot
        for field in fields(text, kind=kind)
        if field.slot in _REFUSABLE and _NOTHING.fullmatch(text[field.start : field.end])
    }


def _unmarked(text: str, known: Mapping[str, str], names: str) -> list[Field]:
    opening = re.compile(rf"\s*(?:[\u4e00-\u9fff]{{2,8}}[:：])?(?P<name>{names})(?=[^\s的在是有里])")
    found = []
    for clause in _CLAUSE.finditer(text):
        match = opening.match(text, clause.start(), clause.end())
        if match and match.end() < clause.end():
            found.append(Field(known[match["name"]], match.end(), clause.end()))
    return found if len(found) >= _FEWEST_BARE and "；" in text.replace(";", "；") else []
