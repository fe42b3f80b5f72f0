"""What is mentioned in a sentence and where: the tagger's finds, trimmed, and known names the tagger missed.

A mention is a stretch of text that stands for one slot. Stretches that the time and number layers have read are cut away
first: 「明天下午三点去净月」 must not yield a place called 三点去净月.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from nlu import forms, guests, purposes, routes
from nlu import gazetteer as names
from nlu.mention import Mention, denied, hits, trim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from nlu.client import Entity
    from nlu.gazetteer import Gazetteer

    Range = tuple[int, int]

__all__ = ["Mention", "mentions", "trim"]

_KEEPS_TIME_WORDS = frozenset({"purpose", "meals", "lodging", "fault", "visitors"})
_COUNTED = re.compile(r"^[\d一二两三四五六七八九十俩仨来几]{1,3}[个位名]?(?=[\u4e00-\u9fff]{2})")
_SOON = re.compile(r"就?要?(?:放|过|下班|开会|开始|到点|入冬|年底|结束)")
_ROOM = re.compile(
    r"(?:(?:[一二三四五六七八九十\d]{1,2}号楼|主楼|东楼|西楼|南楼|北楼|附楼|配楼|[A-D]座)\s*)?"
    r"(?:(?<![\d:.\-])(?:[A-D]?\d{3,4})(?![\d:.\-年月日号点辆人台个元座])(?:号?会议室|室|屋|房间?|那屋|号房)?|(?:第?[一二三四五六七八九十]|[1-9]|[一二三四五六七八九十\d]{1,2}楼(?:大|小)?)(?:号)?会议室|(?:大|小|中|视频|圆桌)会议室|多功能厅|报告厅|大?礼堂|贵宾[室厅]|洽谈室|会见[厅室]|接待室)"
)
_LOCATION = re.compile(
    r"(?:(?:[一二三四五六七八九十\d]{1,2}号楼|主楼|东楼|西楼|南楼|北楼|附楼|配楼|[A-D]座|办公楼)(?:的)?)?"
    r"(?:(?:负|地下)?[一二三四五六七八九十\d]{1,2}[楼层](?!号))?(?:(?:东|西|南|北|左|右)(?:侧|边|头|面|厕|区)?)?"
    r"(?:(?:[A-D]?\d{3,4})(?![\d:.\-年月日号点辆人台个元])(?:号?会议室|室|屋|房间?|办公室)?)?"
    r"(?:男|女)?(?:卫生间|厕所|洗手间|走廊|过道|大厅|大堂|楼道|楼梯间?|楼梯口|电梯间|电梯口|会议室|办公室|机房|档案室|食堂|餐厅|茶水间|水房|车库|锅炉房|配电室|泵房|换热站|库房|仓库|楼顶|屋面|地下室|后厨|操作间|浴室|更衣室|岗亭|门卫室?|收发室|打印室|健身房|教室|大门口?|院内|院子|后院|文印室|传达室|值班室|门厅|开水间|阳台|天台|停车场|活动室|休息室)?"
)


_FAULT = re.compile(
    r"[\u4e00-\u9fff]不(?:了|上|住|严|死|开|进去|下来|出来|上去)|(?:下水|排水|出水|通风)?不(?:畅|通|亮|热|凉|转|响|灵|启动|工作|制冷|制热|出水|通电|好使|好用)"
    r"|不(?:咋|太|大|怎么|很|够)(?:热乎?|凉|亮|暖和?|制冷|制热|好使|灵|转|通)|没(?:热|亮|凉|响|动|好)过|(?:常|长|一直|总|老)亮|关不掉|停(?:了|止运行|止工作|摆)|(?:甩|过)站不停"
    r"|没(?:有)?(?:网|电|水|声音?|图|影儿?|信号|反应|亮|画面|影像|热气|凉气|动静)|(?:坏|断|折|裂|掉|碎|烂|破|歪|塌|堵|漏|丢|卡死|爆|冒烟|冒水|进水|渗水|淌水|短路|黑屏|死机)(?=了|啦|[，。,\s]|$)"
)
_PART_OF_WORD = re.compile(r"^[部专澳厦热闸次官]|[前内外票]$")
"""The 门 of 部门 and 门前 is no door."""


def mentions(
    text: str, *, entities: Iterable[Entity], taken: Sequence[Range], gazetteer: Gazetteer, kind: str | None
) -> list[Mention]:
    """Mentions in order of appearance.

    Args:
        entities: what the tagger found.
        taken: stretches that times, head counts and the ticket number occupy.
        kind: the kind of request, which decides what is worth looking for beyond the tagger; None for any.
    """
    found = _filled_in(text, taken, kind)
    refused = forms.refused(text, kind=kind)
    written, fields = {mention.slot for mention in found} | refused, _ranges(found, ())
    for entity in entities:
        mention = _trimmed(text, entity, taken)
        if mention is None or mention.slot in written or denied(text, mention):
            continue
        if not any(_overlap((mention.start, mention.end), other) for other in fields):
            found.append(_relabelled(text, mention, kind, gazetteer))
    if kind == "vehicle":
        found = _picked_up(text, found)
    look_for = _LOOK_FOR.get(kind or "")
    if look_for:
        for mention in (*look_for(text, gazetteer, tuple(found)), *_urgent(text, found)):
            if mention.slot in refused:
                continue
            blocking = [other for other in found if not _may_hold(mention, other)]
            free = [] if mention.slot == "visitors" else taken  # 「两位教授」 is a count and names the guests
            if not any(_overlap((mention.start, mention.end), other) for other in _ranges(blocking, free)):
                found.append(mention)
    return sorted(found, key=lambda mention: mention.start)


_PLACES = frozenset({"location", "destination", "origin", "room_name", "object"})


def _may_hold(mention: Mention, other: Mention) -> bool:
    """Whether a find may stand across another: a fault its object, a visit's purpose the place to be seen."""
    if mention.slot == "purpose":
        return other.slot in _PLACES
    return mention.slot == "fault" and other.slot == "object"


_HURRY = re.compile(
    r"救急|十万火急|火急|火烧眉毛|急用|加急|速来|速派|即刻|哪天来?都(?:行|成|可以)|(?<![尽赶飞凉爽愉])快(?=[！!]|叫人|来人|派人|找人)"
)


def _urgent(text: str, known: Sequence[Mention]) -> Iterable[Mention]:
    found = _HURRY.search(text)
    if found and not any(mention.slot == "urgency" for mention in known):
        yield Mention("urgency", found[0], *found.span())


def _filled_in(text: str, taken: Sequence[Range], kind: str | None) -> list[Mention]:
    """The fields of a form; times and counts in it are read elsewhere."""
    filled = []
    refused = forms.refused(text, kind=kind)
    for entry in forms.fields(text, kind=kind):
        if entry.slot in refused:
            continue
        mention = trim(entry.slot, text, entry.start, entry.end)
        if mention and not any(_overlap((mention.start, mention.end), other) for other in taken):
            filled.append(mention)
    return filled


_INTO = re.compile(r"(?:前往|去往|[去到赴至往])$")
_ROOM_AFTER = re.compile(r"(?:的|那个?|这个?)*(?P<room>(?:大|小|圆桌|视频)?会议[室厅])")


_AN_ORG = re.compile(r"(?:[局厅委办部院署]|办公室|工委|中心|集团|公司|大学|政府)$")


def _relabelled(text: str, mention: Mention, kind: str | None, gazetteer: Gazetteer) -> Mention:
    """What the words beside a mention make of it: 「前往东北师范大学」 is a destination, 「四楼的会议室」 a room."""
    before = text[: mention.start]
    if kind == "vehicle":
        return replace(mention, slot=_on_a_journey(text, before, mention, gazetteer))
    if kind == "reception" and mention.slot == "visitors":
        if _AN_ORG.search(mention.value):
            return replace(mention, slot="visitor_org")
        if _A_DOING.fullmatch(mention.value):
            return replace(mention, slot="purpose")
    if kind == "reception" and mention.slot == "lodging":
        bed = _BED_AFTER.match(text, mention.end)
        if bed:
            return replace(mention, value=mention.value + bed["bed"], end=bed.end())
    if kind == "room" and mention.slot == "location":
        room = _ROOM_AFTER.match(text, mention.end)
        if room:
            return Mention("room_name", mention.value + room["room"], mention.start, room.end())
    return mention


def _on_a_journey(text: str, before: str, mention: Mention, gazetteer: Gazetteer) -> str:
    """The slot of a place that the tagger took for a visitor's, or for the other end of the journey."""
    if mention.slot == "destination" and routes.is_origin(text, mention.start, mention.end):
        return "origin"
    if mention.slot == "visitor_org" and (
        _INTO.search(before) or gazetteer.knows("destination", mention.value)
    ):
        return "destination"
    if mention.slot in ("location", "visitor_org") and _UNTO.search(before):
        return "destination"
    return mention.slot


def _picked_up(text: str, found: list[Mention]) -> list[Mention]:
    """「在西站……去接一下」: the only place of a trip, where somebody waits to be fetched, is where the car goes."""
    places = [mention for mention in found if mention.slot in ("origin", "destination")]
    if len(places) != 1 or places[0].slot != "origin":
        return found
    place = places[0]
    if re.search(r"[在到]$", text[: place.start]) and _FETCH.search(text, place.end):
        return [replace(m, slot="destination") if m is place else m for m in found]
    return found


_UNTO = re.compile(r"(?:来|去|到|回|送|在)$")
_FETCH = re.compile(r"接(?!我|俺|上|待|着|完|到)")
_A_DOING = re.compile(r"考察|调研|参观|学习|交流|座谈|检查")
_BED_AFTER = re.compile(r"的?(?P<bed>标准?间|单人?间|大床房?|套[间房])")


def _ranges(found: list[Mention], taken: Sequence[Range]) -> list[Range]:
    return [*((mention.start, mention.end) for mention in found), *taken]


def _trimmed(text: str, entity: Entity, taken: Sequence[Range]) -> Mention | None:
    start, end = entity.start, entity.end
    while 0 < end < len(text) and text[end - 1].isdigit() and text[end].isdigit():
        end += 1  # no name ends within a number
    if entity.entity not in _KEEPS_TIME_WORDS:
        for left, right in taken:
            if left <= start < right:
                start = right
            elif left < end <= right:
                end = left
    counted = _COUNTED.match(text[start:end]) if entity.entity == "visitors" else None
    return trim(entity.entity, text, start + counted.end() if counted else start, end)


def _overlap(a: Range, b: Range) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _vehicle(text: str, gazetteer: Gazetteer, found: Sequence[Mention]) -> Iterable[Mention]:
    known = {mention.slot for mention in found}
    if "vehicle_type" not in known:
        types = hits(text, gazetteer, {names.VEHICLE: "vehicle_type"})
        yield from (hit for hit in types if not denied(text, hit))
    places = [mention for mention in found if mention.slot == "destination"]
    if not places:
        places = list(routes.destinations(text, gazetteer))
        yield from places
    if "origin" not in known:
        yield from routes.origins(text, gazetteer)
    if "purpose" not in known:
        yield from purposes.of_a_journey(text, places)


_SHORT_MEETING = re.compile(r"[开办][个场次了短小]?$")
"""The 小会 of 「开个小会」 is no room."""


def _room(text: str, gazetteer: Gazetteer, found: Sequence[Mention]) -> Iterable[Mention]:
    known = {mention.slot for mention in found}
    if "room_name" not in known:
        for hit in hits(text, gazetteer, {names.ROOM: "room_name"}):
            if not (hit.value.endswith("会") and _SHORT_MEETING.search(text[: hit.start])):
                yield hit
        yield from _patterned(text, _ROOM, "room_name")
    yield from (hit for hit in hits(text, gazetteer, {"equipment": "equipment"}) if not denied(text, hit))
    if "purpose" not in known:
        yield from purposes.of_a_room(text)


_ALSO = re.compile(
    r"(?:[还另]有|另外)?连?(?P<what>[\u4e00-\u9fff]{2,4})也(?=[\u4e00-\u9fff]{0,2}?[不坏漏堵断裂掉没松闪响冒碎歪])"
)


def _repair(text: str, gazetteer: Gazetteer, found: Sequence[Mention]) -> Iterable[Mention]:
    known = {mention.slot for mention in found}
    if "location" not in known and "room_name" not in known:
        yield from _patterned(text, _LOCATION, "location")
    if "object" not in known:
        for hit in hits(text, gazetteer, {"object": "object"}):
            if len(hit.value) > 1 or not _PART_OF_WORD.search(text[max(0, hit.start - 1) : hit.end + 1]):
                known.add("object")
                yield hit
    also = _ALSO.match(text) if "object" not in known else None
    if also:
        yield Mention("object", also["what"], *also.span("what"))
    if "fault" not in known:
        yield from _faults(text, gazetteer, found)
    if "urgency" not in known:
        yield from hits(text, gazetteer, {"urgency": "urgency"})


def _faults(text: str, gazetteer: Gazetteer, found: Sequence[Mention]) -> Iterable[Mention]:
    faults = list(hits(text, gazetteer, {"fault": "fault"}))
    faults = faults or [Mention("fault", match[0], *match.span()) for match in _FAULT.finditer(text)]
    things = [(mention.start, mention.end) for mention in found if mention.slot == "object"]
    things += [
        (hit.start, hit.end) for hit in gazetteer.find(text, lists=["object"]) if hit.end - hit.start > 2
    ]
    for fault in faults:
        # The 碎 of 碎纸机 is its name.
        if not any(start <= fault.start and fault.end <= end for start, end in things):
            yield fault


def _patterned(text: str, pattern: re.Pattern[str], slot: str) -> Iterable[Mention]:
    found = [mention for match in pattern.finditer(text) if (mention := trim(slot, text, *match.span()))]
    # The fullest designation: 「一号楼305会议室」 rather than a floor named elsewhere.
    if found:
        yield max(found, key=lambda mention: len(mention.value))


_LOOK_FOR: Mapping[str, Callable[[str, Gazetteer, Sequence[Mention]], Iterable[Mention]]] = {
    "vehicle": _vehicle,
    "room": _room,
    "repair": _repair,
    "reception": guests.of_a_visit,
}
