"""Where a journey begins and where it goes: 「打西站拉仨人回局里」, 「车在省图门口候着」, 「主楼→龙嘉」.

The places of the register count first, read by the words beside them; other places by the shape of what is said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlu import gazetteer as names
from nlu.mention import Mention, trim

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nlu.gazetteer import Gazetteer

_CITY_END = r"(?:市|区|县|镇|乡|村|州|厅|局|委|部|院|站|场|楼|馆|校|中心|大学|医院|机场|高铁站|宾馆|酒店|公司|园|大厅|公园|广场|小区|学校|法院|政府|街|路|门|电视台|电台|报社|出版社|研究所|派出所|看守所|工地|基地|农场|林场|厂|总站|口岸|景区|新区|陵园|家属院|库房|仓库)"
_GO = re.compile(
    rf"(?:去往|前往|赶往|开往|送到|送去|送至|拉到|回到|跑趟|跑一趟|去趟|去一趟|抵达|赶到|到达|(?<![过回出下上离失])去|(?<![收迟签报达得])到|至|赴|往|奔)(?P<place>[\u4e00-\u9fffA-Za-z]{{1,8}}?{_CITY_END})(?!门口?上车)"
)
_SPOT = r"[\u4e00-\u9fffA-Za-z0-9]"
_AT = r"(?:门口|门前|正门|[东西南北]门|楼下|院里|大院|那边|那儿|附近|路口|[东西南北]口)?"
_LEAVES = r"(?:出发|走(?!廊)|上车|发车|动身|启程|到|去|接|送|拉|往|回|坐|赴|开往)"
_FROM = (
    re.compile(rf"(?:从|由|自|打(?![印卡扫扰算听车包招个电交开完给发量理])|搁)(?P<place>{_SPOT}{{2,10}}?)(?={_LEAVES}|，|,)"),
    re.compile(
        rf"(?:在|搁|上车地?点?(?:在|是|为)?[:：]?)(?P<place>{_SPOT}{{2,10}}?)(?=上车|出发|集合|接我|接上|等[我着候车]|候着|候车|等$|等[，,。])"
    ),
    re.compile(rf"(?:^|(?<=[，,。；;\s]))(?P<place>{_SPOT}{{2,10}}?(?:门口|门前|正门|[东西南北]门|楼下|[东西南北]口|站|机场|宾馆|大院|那边)?)(?:那边|那儿)?(?=上车|集合上车|发车|候车|等车)"),
    re.compile(rf"(?:车|司机)(?:就|直接)?(?:停|到|开到|来)(?:在)?(?P<place>{_SPOT}{{2,10}}?(?:楼下|门口|门前|[东西南北]门))(?=等|候|接|就|[，,。\s])"),
    re.compile(rf"我们?(?:现?在|就在)(?P<place>{_SPOT}{{2,10}}?(?:门前|门口|楼下|[东西南北]门|站|机场|宾馆))(?=[，,。\s])"),
    re.compile(rf"(?:接站|接机|接人)[:：](?P<place>{_SPOT}{{2,10}}?)(?=[，,。\s])"),
)  # fmt: skip
_ARROW = re.compile(
    rf"(?P<origin>{_SPOT}{{2,12}})\s*(?:→|->|—>|=>|➡|⇒|＞)\s*(?P<destination>{_SPOT}{{2,12}})"
)
_HOME = re.compile(
    r"(?:回|送到|送回|拉回|接到|回到|到)(?P<place>(?:咱们?|我们?)?(?:局里|单位|机关里?|大院|局机关|院里|[处厅](?=里?[，,。\s]|$)))"
)
"""「回局里」: home is a place too, if no other is named."""
_PICKED_UP = re.compile(rf"(?:在|到)(?P<place>{_SPOT}{{2,10}}?{_CITY_END})(?=接(?!我|待|着))")
_COUNTY = re.compile(
    r"(?<![从由自打\u4e00-\u9fff])(?:去|到|上|奔)?(?P<place>(?:长春|吉林|四平|辽源|通化|白山|松原|白城|延边|延吉|珲春|图们|敦化|和龙|龙井|汪清|安图|梅河口|公主岭|双辽|集安|临江|抚松|靖宇|长白|江源|大安|洮南|"
    r"镇赉|通榆|前郭|乾安|长岭|扶余|榆树|德惠|农安|九台|双阳|净月|高新|经开|汽开|莲花山|蛟河|桦甸|舒兰|磐石|永吉|伊通|梨树|东丰|东辽|辉南|柳河|沈阳|大连|哈尔滨|北京)[市县区]?)(?=[\s，。,;；]|$)"
)
"""The province's towns, named with nothing around them: 「7.20 8:30 珲春 4人」."""
_FROM_HERE = re.compile(r"(?:从|由|在|自|打|接)$|[从由自打][^，。]{0,4}$")


_TOWARDS = re.compile(r"(?:去|到|至|赴|往|上|奔|回|送|跑趟|跑|下|(?<=[\s，,])来)$")
_AWAY = re.compile(r"(?:从|由|自|打|搁|在(?!.{0,8}接))$")
_STARTS_HERE = re.compile(rf"{_AT}(?:拉|接[^待]|往回|出发|上车|走(?!廊)|回|发车|集合|等|候)")
_BESIDE = re.compile(r"(?:正门|[东西南北]门|[东西南北]侧|门口|门前|楼下|[东西南北]口|[东西南北]广场)")
"""What belongs to the place before it."""


def is_origin(text: str, start: int, end: int) -> bool:
    """Whether the words around a place make it the one the journey begins at: 「打西站拉仨人」."""
    return bool(re.search(r"(?:从|打|自|由|搁)$", text[:start])) and bool(_STARTS_HERE.match(text, end))


def origins(text: str, gazetteer: Gazetteer) -> Iterable[Mention]:
    """Where the journey begins."""
    arrow = _ARROW.search(text)
    if arrow:
        yield Mention("origin", arrow["origin"], *arrow.span("origin"))
        return
    hits = [hit for hit in gazetteer.find(text, lists=[names.PLACE]) if _AWAY.search(text[: hit.start])]
    for hit in hits:
        beside = _BESIDE.match(text, hit.end)
        end = beside.end() if beside else hit.end
        yield Mention("origin", text[hit.start : end], hit.start, end)
    if hits:
        return
    for pattern in _FROM:
        found = pattern.search(text)
        mention = trim("origin", text, *found.span("place")) if found else None
        if mention and not _NO_PLACE.search(mention.value):
            yield mention
            return


_NO_PLACE = re.compile(
    r"[点时分日号天周]$|^[\d一二三四五六七八九十]+(?:点|月|号(?!楼)|日|个|人|位|:)|^[今明后下上这那哪我你他她俺]|开始|早上|上午|下午|晚上|以后|之后|左右"
)


def destinations(text: str, gazetteer: Gazetteer) -> Iterable[Mention]:
    """Where it goes."""
    arrow = _ARROW.search(text)
    if arrow:
        yield Mention("destination", arrow["destination"], *arrow.span("destination"))
        return
    known = gazetteer.find(text, lists=[names.PLACE])
    hits = [hit for hit in known if _TOWARDS.search(text[: hit.start])]
    if not hits and len(known) == 1 and not _FROM_HERE.search(text, 0, known[0].start):
        hits = known  # 「7.20 8:30 珲春 4人」
    for hit in hits:
        yield Mention("destination", text[hit.start : hit.end], hit.start, hit.end)
    if hits:
        return
    for pattern in (_GO, _COUNTY, _PICKED_UP, _HOME):
        for found in pattern.finditer(text):
            mention = trim("destination", text, *found.span("place"))
            if mention:
                yield mention
                return
