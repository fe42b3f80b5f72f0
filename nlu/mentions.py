"""What is mentioned in a sentence and where: the tagger's finds, trimmed, and known names the tagger missed.

A mention is a stretch of text that stands for one slot. Stretches that the time and number layers have read are cut away
first: 「明天下午三点去净月」 must not yield a place called 三点去净月.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlu import gazetteer as names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nlu.client import Entity
    from nlu.gazetteer import Gazetteer

    Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mention:
    """`value` is the text between `start` and `end`, said to be of that slot."""

    slot: str
    value: str
    start: int
    end: int


_EDGES_LEFT = re.compile(
    r"^(?:[\s，。！？、,.!?；;：:的了和跟与]|(?:去往|前往|去|到|在|赴|从)(?=[\u4e00-\u9fffA-Za-z]{2}))+"
)
_EDGES_RIGHT = re.compile(r"[\s，。！？、,.!?；;：:的了呢吧啊呗哈]+$")
_KEEPS_TIME_WORDS = frozenset({"purpose", "meals", "lodging", "fault"})
_SAYS_NOTHING = {
    "room_name": re.compile(r"(?:会议室|屋|屋子|房间|房|会场|地方|间|一间|办公室|场地)"),
    "vehicle_type": re.compile(r"(?:车|车辆|用车|一辆|辆|台|派车|公务用车)"),
    "location": re.compile(
        r"(?:屋里|屋|我这|我这边|这边|这儿|这里|我们这|我屋|屋内|办公室里边|这屋|俺们这|我们屋|我们这边|室内|里边)"
    ),
    "destination": re.compile(
        r"(?:那边|那儿|这边|那|外地|外面|市里|开会|办事|出差|单位|接人|送人|一趟|会场)"
    ),
    "origin": re.compile(r"(?:这边|这儿|楼下|单位|我这|这|门口|那边)(?:楼下)?"),
    "object": re.compile(r"(?:东西|这个|那个|设备|它|啥|点东西)"),
    "equipment": re.compile(r"(?:设备|会议室|东西)"),
    "visitors": re.compile(r"(?:人|客人们|他们|对方|几个人|\d+人|来人)"),
    "purpose": re.compile(r"(?:用|有事|办事儿|用车|用一下|公务|使用)"),
}

_CITY_END = r"(?:市|区|县|镇|乡|村|州|厅|局|委|部|院|站|场|楼|馆|校|中心|大学|医院|机场|高铁站|宾馆|酒店|公司|园|大厅|公园|广场|小区|学校|法院|政府|街|路|门)"
_GO = re.compile(
    rf"(?:去往|前往|赶往|开往|送到|送去|送至|拉到|回到|跑趟|跑一趟|去趟|去一趟|抵达|赶到|到达|(?<![过回出下上离失])去|(?<![收迟签报达得])到|至|赴|往|奔)(?P<place>[\u4e00-\u9fffA-Za-z]{{1,8}}?{_CITY_END})(?!门口?上车)"
)
_FROM = re.compile(
    r"(?:从|由)(?P<place>[\u4e00-\u9fffA-Za-z0-9]{1,10}?)(?=出发|走|上车|到|去|接|送|发车|，|,|坐)|在(?P<board>[\u4e00-\u9fffA-Za-z0-9]{1,10}?)(?=上车|出发|集合|接我|接上|等|候车|门口上车)"
)
_ROOM = re.compile(
    r"(?:(?:[一二三四五六七八九十\d]{1,2}号楼|主楼|东楼|西楼|南楼|北楼|附楼|配楼|[A-D]座)\s*)?"
    r"(?:(?<![\d:.\-])(?:[A-D]?\d{3,4})(?![\d:.\-年月日号点辆人台个元座])(?:号?会议室|室|屋|房间?|那屋|号房)?|(?:第?[一二三四五六七八九十]|[1-9]|[一二三四五六七八九十\d]{1,2}楼(?:大|小)?)(?:号)?会议室|(?:大|小|中|视频|圆桌)会议室|多功能厅|报告厅|大?礼堂|贵宾[室厅]|洽谈室|会见[厅室]|接待室)"
)
_LOCATION = re.compile(
    r"(?:(?:[一二三四五六七八九十\d]{1,2}号楼|主楼|东楼|西楼|南楼|北楼|附楼|配楼|[A-D]座|办公楼)(?:的)?)?"
    r"(?:(?:负|地下)?[一二三四五六七八九十\d]{1,2}[楼层](?!号))?(?:(?:东|西|南|北|左|右)(?:侧|边|头|面|厕|区)?)?"
    r"(?:(?:[A-D]?\d{3,4})(?![\d:.\-年月日号点辆人台个元])(?:号?会议室|室|屋|房间?|办公室)?)?"
    r"(?:男|女)?(?:卫生间|厕所|洗手间|走廊|过道|大厅|大堂|楼道|楼梯间?|楼梯口|电梯间|电梯口|会议室|办公室|机房|档案室|食堂|餐厅|茶水间|水房|车库|文印室|传达室|值班室|门厅|开水间|阳台|天台|停车场|活动室|休息室)?"
)


def mentions(
    text: str, *, entities: Iterable[Entity], taken: Sequence[Range], gazetteer: Gazetteer, kind: str | None
) -> list[Mention]:
    """Mentions in order of appearance.

    Args:
        entities: what the tagger found.
        taken: stretches that times, head counts and the ticket number occupy.
        kind: the kind of request, which decides what is worth looking for beyond the tagger; None for any.
    """
    found = [mention for entity in entities if (mention := _trimmed(text, entity, taken))]
    look_for = {"vehicle": _vehicle, "room": _room, "repair": _repair, "reception": _reception}.get(
        kind or ""
    )
    if look_for:
        for mention in look_for(text, gazetteer, {mention.slot for mention in found}):
            if not any(_overlap((mention.start, mention.end), other) for other in _ranges(found, taken)):
                found.append(mention)
    return sorted(found, key=lambda mention: mention.start)


def _ranges(found: list[Mention], taken: Sequence[Range]) -> list[Range]:
    return [*((mention.start, mention.end) for mention in found), *taken]


def _trimmed(text: str, entity: Entity, taken: Sequence[Range]) -> Mention | None:
    start, end = entity.start, entity.end
    if entity.entity not in _KEEPS_TIME_WORDS:
        for left, right in taken:
            if left <= start < right:
                start = right
            elif left < end <= right:
                end = left
    return trim(entity.entity, text, start, end)


def trim(slot: str, text: str, start: int, end: int) -> Mention | None:
    """The mention without punctuation and particles at its edges; None if nothing that says something is left."""
    value = text[start:end]
    left = _EDGES_LEFT.match(value)
    if left and left.end() < len(value):
        start, value = start + left.end(), value[left.end() :]
    right = _EDGES_RIGHT.search(value)
    if right:
        end, value = end - (len(value) - right.start()), value[: right.start()]
    nothing = _SAYS_NOTHING.get(slot)
    if start >= end or not value or (nothing and nothing.fullmatch(value)):
        return None
    return Mention(slot, value, start, end)


def _overlap(a: Range, b: Range) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _vehicle(text: str, gazetteer: Gazetteer, known: set[str]) -> Iterable[Mention]:
    if "vehicle_type" not in known:
        yield from _hits(text, gazetteer, {names.VEHICLE: "vehicle_type"})
    if "destination" not in known:
        yield from _places(
            text, gazetteer, _GO, "destination", after=r"(?:去|到|至|赴|往|上|奔|回|送|跑趟|跑|下)$"
        )
    if "origin" not in known:
        yield from _places(text, gazetteer, _FROM, "origin", after=r"(?:从|由|在|打)$")


def _places(
    text: str, gazetteer: Gazetteer, pattern: re.Pattern[str], slot: str, *, after: str
) -> Iterable[Mention]:
    hits = [hit for hit in gazetteer.find(text, lists=[names.PLACE]) if re.search(after, text[: hit.start])]
    for hit in hits:
        yield Mention(slot, text[hit.start : hit.end], hit.start, hit.end)
    if hits:
        return
    for match in pattern.finditer(text):
        group = next(name for name, value in match.groupdict().items() if value)
        mention = trim(slot, text, *match.span(group))
        if mention:
            yield mention
            return


def _room(text: str, gazetteer: Gazetteer, known: set[str]) -> Iterable[Mention]:
    if "room_name" not in known:
        yield from _hits(text, gazetteer, {names.ROOM: "room_name"})
        yield from _patterned(text, _ROOM, "room_name")
    yield from _hits(text, gazetteer, {"equipment": "equipment"})


def _repair(text: str, gazetteer: Gazetteer, known: set[str]) -> Iterable[Mention]:
    if "location" not in known and "room_name" not in known:
        yield from _patterned(text, _LOCATION, "location")
    if "object" not in known:
        yield from _hits(text, gazetteer, {"object": "object"})
    if "fault" not in known:
        yield from _hits(text, gazetteer, {"fault": "fault"})
    if "urgency" not in known:
        yield from _hits(text, gazetteer, {"urgency": "urgency"})


def _reception(text: str, gazetteer: Gazetteer, known: set[str]) -> Iterable[Mention]:
    wanted = {name: name for name in ("meals", "lodging") if name not in known}
    yield from _hits(text, gazetteer, wanted)


def _hits(text: str, gazetteer: Gazetteer, slots: dict[str, str]) -> Iterable[Mention]:
    for hit in gazetteer.find(text, lists=slots):
        mention = trim(slots[hit.list_name], text, hit.start, hit.end)
        if mention:
            yield mention


def _patterned(text: str, pattern: re.Pattern[str], slot: str) -> Iterable[Mention]:
    found = [mention for match in pattern.finditer(text) if (mention := trim(slot, text, *match.span()))]
    # The fullest designation: 「一号楼305会议室」 rather than a floor named elsewhere.
    if found:
        yield max(found, key=lambda mention: len(mention.value))
