"""How many a car holds, answered from the register: 「考斯特能坐几个」.

Whoever asks wants a figure, not a booking; with the figure comes how to go on. What names no type of car is left to those who
know tickets and rules.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from desk.models import Vehicle
from desk.outbox import Message
from handlers.words import esc

if TYPE_CHECKING:
    from handlers.desk_side import Stage

HOW_MANY = re.compile(
    r"(?:最多|一共|总共|满)?(?:能|可以|可|够)?(?:坐|容纳|装|盛|拉)(?:得?下)?(?:多少|几)(?:个|位|来)?人?(?:来着|呢|啊|呀)?[?？]?$"
)
BEFORE = re.compile(r"^(?:请问|问一?下|咱们?|你们|贵局|那边)+[，,]?")


def answered(stage: Stage, text: str) -> bool:
    """Answer a question about a type of car. Return whether the words were one."""
    asked = HOW_MANY.search(text)
    reply = _of_cars(stage, BEFORE.sub("", text[: asked.start()])) if asked else ""
    if reply:
        stage.say(Message(text=reply))
    return bool(reply)


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
