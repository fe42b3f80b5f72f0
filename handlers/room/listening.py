"""What the words tell a request for a room beside the slots: office or meeting, rank and area, secrecy, another room, which of a row.

Pure: no storage, no clock.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from handlers.dialogue import when
from handlers.room.base import is_office
from nlu import numbers

if TYPE_CHECKING:
    from handlers.kinds import Fields
    from nlu.understanding import Request

OFFICE = re.compile(
    r"办公用房|工位|(申请|安排|调配|调换|解决|分配|配|给|要|腾|借)[^，。,；]{0,18}办公室"
    r"|办公室[^，。,；]{0,8}(不够|紧张|太挤|调|换|腾|收回|交回)|腾退"
)
MEETING = re.compile(r"会议室|开会|会场|座谈|面试|会见|接待室|多功能厅|报告厅|礼堂|例会|培训")
VACATE = re.compile(
    r"腾退|(退休|调离|调走|退居)[^。；]{0,12}(办公室|办公用房|房)|办公室[^，。；]{0,8}(腾出|收回|交回)"
)
STILL_WANTS = re.compile(r"(申请|安排|调|换|要|配|给)[^，。；]{0,10}(一间|一处|间|个)")
SECOND = re.compile(r"第二处|第二间|兼职|兼任|两处|再(给|要|申请|配)一[间处]")
RANK_WORDS = (
    ("处以下", re.compile(r"处级?以下")),
    ("副厅", re.compile(r"副厅|副局长|副巡视员|二级巡视员|副主任委员")),
    ("副处", re.compile(r"副处|副调研员|三级调研员|四级调研员")),
    ("正厅", re.compile(r"正厅|厅长|局长|正局|一级巡视员|厅级")),
    ("正处", re.compile(r"正处|处长|一级调研员|二级调研员|处级")),
    (
        "处以下",
        re.compile(r"处以下|科长|科员|主任科员|科级|干部|新同志|新人|新入职|新录用|大学生|工作人员|职工"),
    ),
)
SECRET = re.compile(r"(?<!不)(?<!非)(涉密|机密|绝密|保密会)")
AREA = re.compile(
    r"(\d+(?:\.\d+)?|[一二三四五六七八九十]+)\s*(?:个|来|多)?\s*(?:平方米|平米|平方|㎡|m2|平(?!时|均|常|等))"
)
FOR_WHOM = re.compile(
    r"(?:给|为|替)(?P<name>[^，。,；的给为]{0,4}的?[^，。,；给为]{1,8}?)(?:申请|安排|配|调|解决|要|找|腾|弄)"
)
# 「腾退张处长的办公室」
WHOSE = re.compile(
    r"(?P<name>(?<![一-鿿])[一-鿿]{1,3}?|(?<=[退给收回，。,、\s])[一-鿿]{1,3}?)(?P<post>局长|厅长|处长|科长|主任|调研员|处|局|科)(?:的|原来的|那间)+办公(?:室|用房)"
)
VIDEO = re.compile(r"视频会议?(?!室|议室)|视联|腾讯会议|云视频|视频连线")
NO_VIDEO = re.compile(r"(不要|不用|不开|去掉|不需要|取消)视频")
SEVERAL = re.compile(
    r"(?<![\d一二三四五六七八九十第])(?P<count>[两二三四五2-5])\s*[间个](?:\d+人的?)?(?:[大小中]的?)?(?:会议室|屋子?|房间|会场)"
)
EACH_ROOM = re.compile(r"(?:另|再)?一[间个][^，。；\d]{0,3}?(\d+)\s*[人个]")
# Names for the seat cards, sent along with the request itself.
NAMES = re.compile(
    r"(?:桌签|座签|席卡|参会|与会|出席)?(?:人员)?名单(?:如下|是|有)?\s*[:：]\s*(?P<names>[一-鿿·]{2,6}(?:[、\s][一-鿿·]{2,6})+|[^。；;\n]+)"
)
ONCE = re.compile(r"不重复|就(这|订)?一次|不用每")
LATER_TOO = re.compile(r"以后(?:的)?[^，。；]{0,6}?(都|各次|每次)|往后都|之后都|后面都")
ALL_OF_THEM = re.compile(r"全部|每次都|所有(各)?次|都(改|取消)")
# The room on the card will not do: a bigger one, a smaller one, any other one.
BIGGER = re.compile(r"大一?[点些]|换[一个间]{0,2}大的|太挤|更大|太小|有点小|小了点|[坐装容挤]不下|宽敞")
SMALLER = re.compile(r"小一?[点些]|换[一个间]{0,2}小的|更小|太大|有点大|大了点|用不[了着][这那]么大")
ANOTHER = re.compile(
    r"换一?[间个](?:别的)?(?:房间?|会议室|屋子?|地方)?[。.！!吧呗啊]*$|别的(?:房间|会议室|屋|地方)|还有(?:没有)?别的"
    r"|(?:不要|不想要|不喜欢)这[间个屋]|换个?(?:房间|会议室|屋子?|地方)"
)
# What one wishes of a room however it was put, and what is not one.
SAME_THING = (
    (re.compile(r"视频?会?议?(?:设备|系统)?|频会|视联网?|腾讯会议|云视频|视频连线"), "视频会议"),
    (re.compile(r"投影[仪机]|幻灯机?"), "投影"),
    (re.compile(r"话筒子|麦克风?|话筒[儿们]"), "话筒"),
)


def listen(fields: Fields, text: str) -> Fields:
    """Return what the words say beside the slots: office or meeting, rank, area, secrecy, which of a row is meant."""
    found: Fields = {}
    if OFFICE.search(text) and not MEETING.search(text):
        found |= {"use": "office", **_office(fields, text)}
    elif MEETING.search(text):
        found["use"] = "meeting"
    if is_office({**fields, **found}):
        found |= _office_details({**fields, **found}, text)
    if SECRET.search(text):
        found |= {"secret": True, "purpose": "涉密会议"}
    found |= _equipment(fields, text) | when.whole_day(fields, text)
    found |= _without_outside_video({**fields, **found})
    found |= _other_room(fields, text) | _longer(fields, text)
    if (told := NAMES.search(text)) and not (found.get("secret") or fields.get("secret")):
        found["names"] = told["names"].strip()[:1000]
    if ONCE.search(text):
        found["recurrence"] = None
    if fields.get("series"):
        if LATER_TOO.search(text):
            found["scope"] = "following"
        elif ALL_OF_THEM.search(text):
            found["scope"] = "all"
    return found


def several(request: Request, text: str) -> tuple[Fields, ...]:
    """Return what each of the rooms has of its own where several are asked for at once (「两间，一间20人一间50人」)."""
    told = SEVERAL.search(text)
    count = (numbers.parse_int(told["count"]) or 1) if told else 1
    if count < 2:
        return ()
    named = {k: v for k, v in request.slots.items() if k == "room_name"}
    sizes = EACH_ROOM.findall(text)
    if len(sizes) == count:
        return tuple({"people": int(size)} for size in sizes)
    return tuple({} if i == 0 else dict.fromkeys(named) for i in range(count))


def _without_outside_video(fields: Fields) -> Fields:
    """A secret meeting has no line to the outside (ROOM-20): the wish is struck out and the card says why."""
    wishes = list(fields.get("equipment") or [])
    if not fields.get("secret") or "视频会议" not in wishes:
        return {}
    return {"equipment": [w for w in wishes if w != "视频会议"], "video_refused": True}


def _equipment(fields: Fields, text: str) -> Fields:
    """A video meeting said in passing is equipment too; what is said to be not needed goes."""
    has = list(fields.get("equipment") or [])
    no = "(?:不要|不用|去掉|不需要|取消|撤了?)"
    kept = [
        e for e in tidied(has) if not re.search(rf"{no}{re.escape(e)}|{re.escape(e)}[仪机]?就?{no}", text)
    ]
    if VIDEO.search(text) and not NO_VIDEO.search(text) and "视频会议" not in kept:
        kept.append("视频会议")
    if NO_VIDEO.search(text):
        kept = [e for e in kept if e != "视频会议"]
    return {"equipment": kept} if kept != has else {}


def tidied(said: list[str]) -> list[str]:
    """Return the wishes with one word for each thing; scraps of a word that stands there whole are left out."""
    words = [next((name for like, name in SAME_THING if like.fullmatch(w)), w) for w in said]
    once = list(dict.fromkeys(w for w in words if len(w) > 1))
    return [w for w in once if not any(w != other and w in other for other in once)]


def _other_room(fields: Fields, text: str) -> Fields:
    """Hear that the room shown will not do; the next one is bigger, smaller, or simply not that one."""
    seats, room = fields.get("room_seats"), fields.get("room_id")
    if not room or is_office(fields) or len(text) > 30:
        return {}
    anew: Fields = {"room_name": "", "picked_id": None, "wish_room": ""}
    if BIGGER.search(text) and seats:
        return {**anew, "seats_over": seats, "seats_under": 0}
    if SMALLER.search(text) and seats:
        return {**anew, "seats_under": seats, "seats_over": 0}
    if ANOTHER.search(text):
        return {**anew, "not_rooms": [*(fields.get("not_rooms") or []), room]}
    return {}


def _longer(fields: Fields, text: str) -> Fields:
    """Hear 「延长半小时」 and 「早半小时结束」: the end moves, the start stays."""
    said, end = when.LONGER.search(text), when.moment(fields.get("end"))
    start = when.moment(fields.get("start"))
    if said is None or end is None or start is None or is_office(fields):
        return {}
    count = numbers.parse_decimal(said["count"]) or 0
    span = timedelta(minutes=float(count) * (60 if said["unit"] in ("小时", "钟头") else 1))
    if said["half"]:
        span += timedelta(minutes=30)
    later = end + span if said["more"] else end - span
    if not start < later <= start + timedelta(hours=12):
        return {}
    return {"end": later.isoformat(timespec="minutes"), "end_said": True}


def _office(fields: Fields, text: str) -> Fields:
    if VACATE.search(text) and not STILL_WANTS.search(text):
        return {"office_case": "vacate"}
    if SECOND.search(text):
        return {"office_case": "second"}
    return {"office_case": fields.get("office_case") or "new"}


def _office_details(fields: Fields, text: str) -> Fields:
    found: Fields = {}
    rank = rank_in(text)
    if rank:
        found["rank"] = rank
    area = AREA.search(text)
    if area:
        said = numbers.parse_decimal(area[1])
        found |= {"area": said} if said else {}
    whom = FOR_WHOM.search(text)
    if whom and not fields.get("user_name"):
        found["user_name"] = whom["name"].strip()
    elif (whose := WHOSE.search(text)) and not fields.get("user_name"):
        found["user_name"] = whose["name"] + whose["post"]
    return found


def rank_in(text: str) -> str:
    """Return the rank the words name, empty for none; a deputy is not taken for a head."""
    return next((rank for rank, pattern in RANK_WORDS if pattern.search(text)), "")
