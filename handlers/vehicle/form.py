"""The form of a trip: what is asked, what is filled in unasked, and what the words tell beside the slots."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from handlers import when
from handlers.slots import people_slot, time_slot, words_slot
from handlers.vehicle.base import parameter
from handlers.vehicle.checking import FAMILY, is_far

if TYPE_CHECKING:
    from handlers.kinds import Fields, Scene

# From the smallest up, for 「换大点的车」.
SIZES = ("轿车", "商务车", "考斯特", "大客车")
_BIGGER = re.compile(r"(?:大|宽敞)(?:一?[点些]儿?)的?(?:车|那种)?|坐不下|坐得下的|装不下|大车")
_SMALLER = re.compile(r"小(?:一?[点些]儿?)的?(?:车|那种)?|(?:不用|用不着|不要)(?:那么|这么)大|小车|普通轿车")
_FROM = re.compile(
    r"(?<!不是)(?<!不)从(?P<place>[^，。；从\s]{2,12}?)(?:那边|这边|那儿|这儿|那)?(?:上车|出发|走(?=$|[，。！吧]))"
)


def defaults(scene: Scene, fields: Fields) -> Fields:
    """Fill what people usually leave out: pickup place, return time, phone; each is shown on the card."""
    person = scene.actor
    found: Fields = {}
    if person is not None and not fields.get("origin"):
        home = person.department.name if person.department else ""
        found["origin"] = str(person.habits.get("origin") or (f"{home}门口" if home else "单位门口"))
        found["origin_guessed"] = True
    start = when.moment(fields.get("start"))
    if start and not when.moment(fields.get("end")):
        hours = parameter(scene, "long_trip_hours" if is_far(scene, fields) else "trip_hours")
        found |= {"end": (start + timedelta(hours=hours)).isoformat(timespec="minutes"), "end_said": False}
    return found


def listen(fields: Fields, text: str) -> Fields:
    """Return what the words tell beside the slots: a bigger or smaller car than the one on the card; a private errand."""
    found: Fields = {"private_words": betrayed[0]} if (betrayed := FAMILY.search(text)) else {}
    if fields.get("start") and (origin := _FROM.search(text)):
        found |= {"origin": origin["place"], "origin_guessed": False}
    step = 1 if _BIGGER.search(text) else -1 if _SMALLER.search(text) else 0
    if not step or not fields.get("start"):
        return found
    now = str(fields.get("vehicle_type") or "")
    here = SIZES.index(now) if now in SIZES else 0 if int(fields.get("people") or 1) <= 4 else 1
    return found | {"vehicle_type": SIZES[min(max(here + step, 0), len(SIZES) - 1)]}


SLOTS = (
    time_slot(question="什么时候出发？（如：明天下午两点）"),
    words_slot(
        name="destination",
        title="目的地",
        question="去哪儿？",
        required=True,
        strip=r"^(我们?)?(想|要)?(去|到|送到|前往)",
        choices=lambda _f, scene: tuple(parameter(scene, "common_places"))[:6],
    ),
    people_slot(question="几个人坐车？", most=500, too_many="太多了，一次最多 500 人，请核对一下人数"),
    words_slot(name="origin", title="出发地", question="从哪儿上车？", strip=r"^(在|从)|(上车|出发|接)$"),
    words_slot(
        name="vehicle_type",
        title="车型",
        question="要什么车型？",
        choices=lambda _f, _s: ("轿车", "商务车", "越野车", "考斯特", "大客车"),
    ),
    words_slot(
        name="purpose",
        title="事由",
        question="什么事由？",
        choices=lambda _f, _s: ("开会", "调研", "接送站", "送文件", "接待来宾", "其他公务"),
    ),
)
