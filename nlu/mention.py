"""One mention: a stretch of text that stands for a slot, without what only clings to its edges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nlu.gazetteer import Gazetteer


@dataclass(frozen=True, slots=True)
class Mention:
    """`value` is the text between `start` and `end`, said to be of that slot."""

    slot: str
    value: str
    start: int
    end: int


_EDGES_LEFT = re.compile(
    r"^(?:[\s，。！？、,.!?；;：:（()）的了和跟与]|一下(?=.{2})|另外?(?=.{2})|还有(?=.{2})|(?:去往|前往|去|到|在|赴|从)(?=[\u4e00-\u9fffA-Za-z]{2}))+"
)
_EDGES_RIGHT = re.compile(r"[\s（(，。！？、,.!?；;：:的了呢吧啊呗哈也]+$")
_BORROW = re.compile(r"(?:借用?|预订|预定|[订定占用]用?|使用)(?=[\u4e00-\u9fff\dA-Za-z]{2})")
"""「借305」: the verb is no part of the name."""
_SAYS_NOTHING = {
    "room_name": re.compile(r"(?:会议室|屋|屋子|房间|房|会场|地方|间|一间|办公室|场地)"),
    "vehicle_type": re.compile(
        r"(?:车|车辆|用车|一辆|辆|台|派车|公务用车|不限|均可|都行|都可以|随便|啥都行|什么车都行|啥车都行)"
    ),
    "location": re.compile(
        r"(?:屋里|屋|我这|我这边|这边|这儿|这里|我们这|我屋|屋内|办公室里边|这屋|俺们这|我们屋|我们这边|室内|里边)"
    ),
    "destination": re.compile(r"(?:那边|那儿|这边|那|外地|外面|市里|开会|办事|出差|接人|送人|一趟|会场)"),
    "origin": re.compile(r"(?:这边|这儿|楼下|我这|这|门口|那边)(?:楼下)?"),
    "object": re.compile(r"(?:东西|这个|那个|设备|它|啥|点东西)"),
    "equipment": re.compile(r"(?:设备|会议室|东西)"),
    "visitors": re.compile(r"(?:人|客人们|他们|对方|几个人|\d+人|来人|接待|来访)"),
    "fault": re.compile(r"[自管水灯门电网人机我他这那里]"),
    "purpose": re.compile(
        r"(?:用|谈点?事儿?|办点?公?事|说点?事儿?|开?一?个?[短小长]?会|接[个位俩仨](?:人|.{0,4})|有事|办事儿|用车|用一下|公务|使用)"
    ),
}


def trim(slot: str, text: str, start: int, end: int) -> Mention | None:
    """The mention without punctuation and particles at its edges; None if nothing that says something is left."""
    value = text[start:end]
    if slot == "room_name" and (borrowed := _BORROW.match(value)):
        start, value = start + borrowed.end(), value[borrowed.end() :]
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


def hits(text: str, gazetteer: Gazetteer, slots: Mapping[str, str]) -> Iterable[Mention]:
    """Known names of these lists, each a mention of the slot that goes with its list."""
    for hit in gazetteer.find(text, lists=slots):
        mention = trim(slots[hit.list_name], text, hit.start, hit.end)
        if mention:
            yield mention


_SOON = re.compile(r"就?要?(?:放|过|下班|开会|开始|到点|入冬|年底|结束)")
_DENIED = re.compile(
    r"(?:不|无需|不用|不需要?|不安排|不要|不必|别|没|没有|免|(?:不用|不要|不)(?:管|留|给|备|准备|安排))$"
)
_REFUSED_AFTER = re.compile(
    r"[^，。；,;]{0,3}?(?:不用|不要|不需要?|不必|免了|算了|省了|自理|自行(?:解决|安排)|(?:我们|他们)?自己(?:解决|安排|吃|找|住|订|带|备)|都行|随便|再说|没定|不定|还没说|没说)|[、和及跟与][^，。；,;]{1,6}都?(?:不用|不要|不需要)"
)
_OUT_OF_USE = re.compile(
    r"[^，。；,;]{0,3}?(?:太[小大挤]|坐不下|装不下|不够坐|不合适|在修|修着|送修|进了?厂|在?保养|坏在?了?|趴窝|被[^，。]{0,4}(?:开|借|拉)走|出去了)"
)


def denied(text: str, mention: Mention) -> bool:
    """「不住宿」 asks for no lodging; 「马上放假了」 is no hurry; 「考斯特坐不下」 asks for another car."""
    if mention.slot == "urgency":
        return bool(_SOON.match(text, mention.end))
    if mention.slot == "vehicle_type":
        return bool(_OUT_OF_USE.match(text, mention.end))
    if mention.slot not in ("meals", "lodging", "equipment"):
        return False
    return bool(_DENIED.search(text[: mention.start]) or _REFUSED_AFTER.match(text, mention.end))
