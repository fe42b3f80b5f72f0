"""What is mentioned in a sentence and where: the tagger's finds, trimmed, and known names the tagger missed.

A mention is a stretch of text that stands for one slot. Stretches that the time and number layers have read are cut away
first: 「明天下午三点去净月」 must not yield a place called 三点去净月.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlu import forms, patterns
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
    r"^(?:[\s，。！？、,.!?；;：:的了和跟与]|另外?(?=.{2})|还有(?=.{2})|(?:去往|前往|去|到|在|赴|从)(?=[\u4e00-\u9fffA-Za-z]{2}))+"
)
_EDGES_RIGHT = re.compile(r"[\s，。！？、,.!?；;：:的了呢吧啊呗哈也]+$")
_KEEPS_TIME_WORDS = frozenset({"purpose", "meals", "lodging", "fault", "visitors"})
_COUNTED = re.compile(r"^[\d一二两三四五六七八九十俩仨来几]{1,3}[个位名]?(?=[\u4e00-\u9fff]{2})")
_SOON = re.compile(r"就?要?(?:放|过|下班|开会|开始|到点|入冬|年底|结束)")
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
    r"(?:男|女)?(?:卫生间|厕所|洗手间|走廊|过道|大厅|大堂|楼道|楼梯间?|楼梯口|电梯间|电梯口|会议室|办公室|机房|档案室|食堂|餐厅|茶水间|水房|车库|锅炉房|配电室|泵房|换热站|库房|仓库|楼顶|屋面|地下室|后厨|操作间|浴室|更衣室|岗亭|门卫室?|收发室|打印室|健身房|教室|大门口?|院内|院子|后院|文印室|传达室|值班室|门厅|开水间|阳台|天台|停车场|活动室|休息室)?"
)


_FAULT = re.compile(
    r"[\u4e00-\u9fff]不(?:了|上|住|严|死|开|进去|下来|出来|上去)|(?:下水|排水|出水|通风)?不(?:畅|通|亮|热|凉|转|响|灵|启动|工作|制冷|制热|出水|通电|好使|好用)"
    r"|没(?:有)?(?:网|电|水|声音?|图|信号|反应|亮|画面|影像|热气)|(?:坏|断|折|裂|掉|碎|烂|破|歪|塌|堵|漏|丢|卡死|爆|冒烟|冒水|进水|渗水|淌水|短路|黑屏|死机)(?=了|啦|[，。,\s]|$)"
)
_PART_OF_WORD = re.compile(r"^[部专澳厦热闸次官]|[前内外票]$")
"""The 门 of 部门 and 门前 is no door."""
_GUESTS = re.compile(
    r"(?:[位名个的])(?P<who>(?:老|女)?(?:同志|客人|来宾|老师|专家|教授|代表|记者|学员|(?:检查|督查|督导|参访|考察|调研|评审|审计|验收|访问)?(?:组|团|人员))(?!好))"
)
_GUESTS_FIRST = re.compile(
    r"(?P<who>(?:检查|督查|督导|参访|参观|考察|调研|评审|审计|验收|来访|巡视|学习)(?:人员|组|团|专家)|外[商宾]|客商|专家组|代表团)(?=[\d一二两三四五六七八九十]|[^，。]{0,2}(?:一行|共|等|来|到|要))"
)
"""「检查人员五名」."""
_PLACES_ABROAD = (
    r"北京|天津|上海|重庆|河北|山西|辽宁|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|"
    r"沈阳|大连|哈尔滨|齐齐哈尔|石家庄|太原|呼和浩特|南京|苏州|杭州|宁波|温州|合肥|福州|厦门|南昌|济南|青岛|烟台|郑州|洛阳|武汉|长沙|广州|深圳|珠海|南宁|桂林|海口|成都|贵阳|昆明|西安|兰州|西宁|银川|乌鲁木齐|拉萨"
)
_HOME = re.compile(
    rf"(?<![去到赴往])(?P<home>(?:{_PLACES_ABROAD})(?:省|市|壮族自治区|回族自治区|维吾尔自治区|自治区|特区)?(?:[\u4e00-\u9fff]{{0,8}}?(?:局|厅|委|办公室|中心|院|部|大学|公司))?)(?=[^，。,]{{0,12}}(?:[来到位个名人]|同志|客人|考察|调研|那[边帮]))"
)
_COME_TO = re.compile(
    r"(?:来|过来|想|要|拟|赴[^，。]{0,6}|到[^，。]{0,6}|同志|老师|客人|人|处|局|厅|单位|上午|下午|[，,\s])(?P<what>(?:看看?|瞅瞅|参观|考察|调研|检查|学习|查(?!收|询|一)|交流|座谈|指导|讲课|取经)(?:一下)?[\u4e00-\u9fff]{0,12})"
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
    found = _filled_in(text, taken, kind)
    written, fields = {mention.slot for mention in found}, _ranges(found, ())
    for entity in entities:
        mention = _trimmed(text, entity, taken)
        if mention is None or mention.slot in written or _denied(text, mention):
            continue
        if not any(_overlap((mention.start, mention.end), other) for other in fields):
            found.append(_relabelled(text, mention, kind))
    look_for = {"vehicle": _vehicle, "room": _room, "repair": _repair, "reception": _reception}.get(
        kind or ""
    )
    if look_for:
        known = {mention.slot for mention in found}
        for mention in (*look_for(text, gazetteer, known), *_urgent(text, known)):
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


_HURRY = re.compile(r"救急|十万火急|火急|急用|加急|(?<![尽赶飞凉爽愉])快(?=[！!]|叫人|来人|派人|找人)")


def _urgent(text: str, known: set[str]) -> Iterable[Mention]:
    found = _HURRY.search(text)
    if found and "urgency" not in known:
        yield Mention("urgency", found[0], *found.span())


def _filled_in(text: str, taken: Sequence[Range], kind: str | None) -> list[Mention]:
    """The fields of a form; times and counts in it are read elsewhere."""
    filled = []
    for entry in forms.fields(text, kind=kind):
        mention = trim(entry.slot, text, entry.start, entry.end)
        if mention and not any(_overlap((mention.start, mention.end), other) for other in taken):
            filled.append(mention)
    return filled


_DENIED = re.compile(r"(?:不|无需|不用|不需要?|不安排|不要|没|免)$")
_INTO = re.compile(r"(?:前往|去往|[去到赴至往])$")
_ROOM_AFTER = re.compile(r"(?:的|那个?|这个?)*(?P<room>(?:大|小|圆桌|视频)?会议[室厅])")


def _denied(text: str, mention: Mention) -> bool:
    """「不住宿」 asks for no lodging; 「马上放假了」 is no hurry."""
    if mention.slot == "urgency":
        return bool(_SOON.match(text, mention.end))
    return mention.slot in ("meals", "lodging") and bool(_DENIED.search(text[: mention.start]))


def _relabelled(text: str, mention: Mention, kind: str | None) -> Mention:
    """What the words beside a mention make of it: 「前往东北师范大学」 is a destination, 「四楼的会议室」 a room."""
    if kind == "vehicle" and mention.slot == "visitor_org" and _INTO.search(text[: mention.start]):
        return Mention("destination", mention.value, mention.start, mention.end)
    if kind == "room" and mention.slot == "location":
        room = _ROOM_AFTER.match(text, mention.end)
        if room:
            return Mention("room_name", mention.value + room["room"], mention.start, room.end())
    return mention


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
            text,
            gazetteer,
            _GO,
            "destination",
            after=r"(?:去|到|至|赴|往|上|奔|回|送|跑趟|跑|下|(?<=[\s，,])来)$",
        )
    if "origin" not in known:
        yield from _places(text, gazetteer, _FROM, "origin", after=r"(?:从|由|在|打)$")


_COUNTY = re.compile(
    r"(?<![从由自打\u4e00-\u9fff])(?:去|到|上|奔)?(?P<place>(?:长春|吉林|四平|辽源|通化|白山|松原|白城|延边|延吉|珲春|图们|敦化|和龙|龙井|汪清|安图|梅河口|公主岭|双辽|集安|临江|抚松|靖宇|长白|江源|大安|洮南|"
    r"镇赉|通榆|前郭|乾安|长岭|扶余|榆树|德惠|农安|九台|双阳|净月|高新|经开|汽开|莲花山|蛟河|桦甸|舒兰|磐石|永吉|伊通|梨树|东丰|东辽|辉南|柳河|沈阳|大连|哈尔滨|北京)[市县区]?)(?=[\s，。,;；]|$)"
)
"""The province's towns, named with nothing around them: 「7.20 8:30 珲春 4人」."""
_FROM_HERE = re.compile(r"(?:从|由|在|自|打|接)$|[从由自打][^，。]{0,4}$")


def _places(
    text: str, gazetteer: Gazetteer, pattern: re.Pattern[str], slot: str, *, after: str
) -> Iterable[Mention]:
    known = gazetteer.find(text, lists=[names.PLACE])
    hits = [hit for hit in known if re.search(after, text[: hit.start])]
    if (
        not hits
        and slot == "destination"
        and len(known) == 1
        and not _FROM_HERE.search(text, 0, known[0].start)
    ):
        hits = known  # 「7.20 8:30 珲春 4人」
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
    county = _COUNTY.search(text) if slot == "destination" else None
    if county:
        yield Mention(slot, county["place"], *county.span("place"))


def _first(text: str, patterns: Sequence[re.Pattern[str]], slot: str) -> Iterable[Mention]:
    """What the first of the patterns that fits finds."""
    for pattern in patterns:
        found = pattern.search(text)
        mention = trim(slot, text, *found.span("what")) if found else None
        if mention:
            yield mention
            return


_GATHERINGS = (
    re.compile(
        r"(?:开|办|搞|举办|召开|举行|组织|进行)(?:一?[个场次])?(?P<what>(?!小范围|个?[短小]会)[\u4e00-\u9fff]{0,10}?(?:(?<!的)会(?![议见客]?[室厅场]|服|展)|培训班?|讲座|座谈|活动|比赛|考试|面试|评审|论坛|仪式|典礼|演练|演讲))"
    ),
    re.compile(r"(?P<what>(?:会见(?!厅|室)|接见|会商(?!室)|彩排|排练|面试|评审|培训|座谈)(?:外宾|客人|客商|来宾|[\u4e00-\u9fff]{0,4}))(?=[，,。\s]|$)"),
)  # fmt: skip
"""What rooms are wanted for."""


def _room(text: str, gazetteer: Gazetteer, known: set[str]) -> Iterable[Mention]:
    if "room_name" not in known:
        yield from _hits(text, gazetteer, {names.ROOM: "room_name"})
        yield from _patterned(text, _ROOM, "room_name")
    yield from _hits(text, gazetteer, {"equipment": "equipment"})
    if "purpose" not in known:
        yield from _first(text, _GATHERINGS, "purpose")


_ALSO = re.compile(
    r"(?:[还另]有|另外)?连?(?P<what>[\u4e00-\u9fff]{2,4})也(?=[\u4e00-\u9fff]{0,2}?[不坏漏堵断裂掉没松闪响冒碎歪])"
)


def _repair(text: str, gazetteer: Gazetteer, known: set[str]) -> Iterable[Mention]:
    if "location" not in known and "room_name" not in known:
        yield from _patterned(text, _LOCATION, "location")
    if "object" not in known:
        for hit in _hits(text, gazetteer, {"object": "object"}):
            if len(hit.value) > 1 or not _PART_OF_WORD.search(text[max(0, hit.start - 1) : hit.end + 1]):
                known.add("object")
                yield hit
    also = _ALSO.match(text) if "object" not in known else None
    if also:
        yield Mention("object", also["what"], *also.span("what"))
    if "fault" not in known:
        faults = list(_hits(text, gazetteer, {"fault": "fault"}))
        faults = faults or [Mention("fault", match[0], *match.span()) for match in _FAULT.finditer(text)]
        yield from faults
    if "urgency" not in known:
        yield from _hits(text, gazetteer, {"urgency": "urgency"})


def _reception(text: str, gazetteer: Gazetteer, known: set[str]) -> Iterable[Mention]:
    wanted = {name: name for name in ("meals", "lodging") if name not in known}
    yield from (hit for hit in _hits(text, gazetteer, wanted) if not _denied(text, hit))
    if "visitors" not in known:
        leader = patterns.guest_leader(text)
        guests = _GUESTS.search(text)
        if leader:
            yield Mention("visitors", text[slice(*leader)], *leader)
        else:
            guests = guests or _GUESTS_FIRST.search(text)
            if guests:
                yield Mention("visitors", guests["who"], *guests.span("who"))
    if "visitor_org" not in known:
        origin = _HOME.search(text)
        if origin:
            yield Mention("visitor_org", origin["home"], *origin.span("home"))
    if "purpose" not in known:
        wish = _COME_TO.search(text)
        if wish:
            yield from filter(None, [trim("purpose", text, *wish.span("what"))])


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
