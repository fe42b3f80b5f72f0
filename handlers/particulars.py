"""Questions about a room or a car that the register answers: 「礼堂能坐多少人」, 「多功能厅有投影吗」, 「考斯特能坐几个」.

Whoever asks wants a figure, not a booking; with the figure comes how to go on. What names no room and no type of car is left
to those who know tickets and rules.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from desk import rooms
from desk.models import Vehicle
from desk.outbox import Message
from handlers.words import esc

if TYPE_CHECKING:
    from handlers.desk_side import Stage

HOW_MANY = re.compile(
    r"(?:最多|一共|总共|满)?(?:能|可以|可|够)?(?:坐|容纳|装|盛|拉)(?:得?下)?(?:多少|几)(?:个|位|来)?人?(?:来着|呢|啊|呀)?[?？]?$"
)
EQUIPPED = re.compile(
    r"(?:里面?|内)?(?:有没有|带不带|有|带|配)(?:投影仪?|话筒|麦克?风?|音响|大屏|视频会议|视频|白板|同传|直播)(?:设备)?(?:吗|没有?|不|嘛)?[?？]?$"
)
BEFORE = re.compile(r"^(?:请问|问一?下|咱们?|你们|贵局|那边)+[，,]?")
MOST = 3


def answered(stage: Stage, text: str) -> bool:
    """Answer a question about a named room or a type of car. Return whether the words were one."""
    asked = HOW_MANY.search(text) or EQUIPPED.search(text)
    if asked is None:
        return False
    name = BEFORE.sub("", text[: asked.start()]).rstrip("的，, ")
    reply = _of_rooms(stage, name) or (_of_cars(stage, name) if HOW_MANY.search(text) else "")
    if reply:
        stage.say(Message(text=reply))
    return bool(reply)


def _of_rooms(stage: Stage, name: str) -> str:
    session = stage.scene.session
    named = rooms.named_rooms(session, rooms.read_wish(session, name)) if name else []
    lines = []
    for room in [room for room in named if room.capacity and room.part_of_id is None][:MOST]:
        equipment = f"，配有{'、'.join(room.equipment)}" if room.equipment else ""
        lines.append(f"🏢 {esc(room.name)}：{room.capacity} 座{esc(equipment)}")
    return "\n".join([*lines, "要订的话，说哪天几点、多少人就行。"]) if lines else ""


def _of_cars(stage: Stage, name: str) -> str:
    seats = stage.scene.session.execute(
        select(Vehicle.type, func.min(Vehicle.seats), func.max(Vehicle.seats))
        .where(Vehicle.active)
        .group_by(Vehicle.type)
    ).all()
    for kind, fewest, most in seats:
        if kind in name:
            span = f"{most - 1}" if fewest == most else f"{fewest - 1}～{most - 1}"
            return f"🚗 {esc(kind)}除驾驶员外能坐 {span} 人。要用车的话，说哪天几点、去哪儿、几个人就行。"
    return ""
