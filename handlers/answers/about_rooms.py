"""Questions about the rooms themselves, answered from the register: 「礼堂能坐多少人」, 「305有投影吗」, 「哪个会议室能坐50人」.

A time in the words makes them a request, not a question: then this module keeps out of it. Asked which rooms hold so many,
the answer stands above whatever the words begin (a booking for fifty), so that it may go straight on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from desk import rooms
from desk.outbox import Message
from handlers.words import esc
from nlu import times
from nlu.people import find_people

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desk.models import Room
    from handlers.desk_side import Stage

LONGEST = 24
MOST = 6
_EQUIPMENT = r"投影仪?|大屏|视频(?:会议)?|话筒|麦克?风?|音响|白板|主席台|发言席|同传|直播|设备"
HOW_MANY = re.compile(r"(?:多少|几)个?(?:人|座|位)|多大|多少(?:座位|位子)|几个座|容量")
HAS = re.compile(
    rf"(?:有没有|有无|有|带不带|带|配)(?:{_EQUIPMENT}).{{0,3}}(?:吗|么|没有?|不|嘛|[?？])|(?:有没有|有无|带不带)(?:{_EQUIPMENT})|(?:有|配)(?:什么|啥|哪些)设备"
)
WHICH = re.compile(
    r"(?:有|都有)(?:哪些|几个|几间|多少|什么|啥)(?:大|小)?(?:会议室|会场|屋)|(?:哪|几)(?:些|个|间)?(?:会议室|会场)"
)
HOLDS = re.compile(r"(?:坐|容纳|装|放)(?:得?下|的?开|下)?")
BIGGEST = re.compile(r"最大的?(?:会议室|会场|厅)|会议室.{0,4}最(?:多|大)")
_ROOMLY = re.compile(r"会议室|会场|礼堂|厅|室|屋|房间|\d{3}")
_REST = re.compile(
    rf"(?:能|可以|可|一共|总共|大概|最多)?(?:坐|容纳|装|放)(?:得?下|的?开|下)?.*|(?:里|里面|那边|那屋)?(?:有没有|有无|有|带不带|带|配)(?:{_EQUIPMENT}|什么|啥|哪些|多少|几).*|"
    r"(?:是|有)?(?:多大|多少|几个).*|请问|你好|您好|咱们?|那个|[?？，,]"
)


def answered(stage: Stage, text: str) -> bool:
    """Answer a question about rooms. Return whether it was one; where it may be a booking too, the answer is only noted."""
    bare = text.strip()
    if len(bare) > LONGEST or not _ROOMLY.search(bare) or times.parse(bare, stage.local_now) is not None:
        return False
    if BIGGEST.search(bare):
        return _say(stage, _by_size(stage)[:1], head="最大的是")
    if HOW_MANY.search(bare) or HAS.search(bare):
        return _about_named(stage, bare)
    if WHICH.search(bare):
        return _which(stage, bare)
    return False


def _about_named(stage: Stage, text: str) -> bool:
    """Tell size and equipment of the room that is named; of none that is known nothing is told."""
    session = stage.scene.session
    found = rooms.named_rooms(session, rooms.read_wish(session, _REST.sub("", text)))
    known = [r for r in found if r.capacity]
    return bool(known) and _say(stage, known)


def _which(stage: Stage, text: str) -> bool:
    session = stage.scene.session
    people = find_people(text) if HOLDS.search(text) else None
    if people is not None:
        fitting = [r for r in _by_size(stage) if r.capacity >= people.count]
        if not fitting:
            return _say(stage, _by_size(stage)[:1], head=f"没有能坐 {people.count} 人的，最大的是")
        stage.note(_told(fitting[::-1][:MOST], head=f"能坐 {people.count} 人的，从合适的说起："))
        return False
    needs = rooms.read_wish(session, re.sub(r"(?:都|一共|总共)?(?:有|哪|几|多少).*", "", text))
    if not needs.buildings:
        return False
    there = [
        r
        for r in rooms.meeting_rooms(session)
        if r.building_id in needs.buildings and needs.floor in (None, r.floor)
    ]
    return bool(there) and _say(stage, there)


def _by_size(stage: Stage) -> list[Room]:
    """Return the meeting rooms, the biggest first."""
    return sorted(rooms.meeting_rooms(stage.scene.session), key=lambda r: -r.capacity)


def _say(stage: Stage, found: Sequence[Room], *, head: str = "") -> bool:
    stage.say(Message(text=_told(found[:MOST], head=head) + "\n要订的话，说哪天几点、多少人就行。"))
    return True


def _told(found: Sequence[Room], *, head: str = "") -> str:
    lines = [
        f"🏢 {esc(r.name)}：{r.capacity} 座" + (f"，{esc('、'.join(r.equipment))}" if r.equipment else "")
        for r in found
    ]
    return "\n".join([head, *lines] if head else lines)
