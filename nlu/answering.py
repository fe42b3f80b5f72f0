"""Reading a short reply to a question about one slot, where the whole message may be the value: 「去哪？」「龙嘉」."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nlu.mentions import trim
from nlu.numbers import parse_int
from nlu.slots import LISTS, split_list

if TYPE_CHECKING:
    from nlu.gazetteer import Gazetteer

LONGEST = 30
"""Characters of a reply that may be a bare value; a longer one is a sentence and is read as such."""

TIMES = frozenset({"start", "end"})
_BEFORE = re.compile(
    r"^(?:(?:嗯|哦|啊|好的?|那|就|是|要|得|用|想要|大概|应该|地点|目的地|出发地|事由|主要|因为|为了|请|麻烦|从|到|去|在|往|上|来|一[辆台个间]|[辆台个间])[\s，,：:]*)+(?=.{2})"
)
_AFTER = re.compile(
    r"(?:[\s，。！,.!~]|吧|呗|哈|啊|呀|就行|就可以|就成|即可|谢谢|好了|出发|上车|来接|那边|那儿|呢|的)+$"
)
_COUNT = re.compile(
    r"(?:就|大概|一共|共|总共|约|有|是|差不多)*\s*([\d零一二两三四五六七八九十百来多几俩仨]+)\s*(?:个|位|名|口)?(?:人|左右|吧|呗|啊|。)*"
)
_NONE = re.compile(
    r"(?:不用|不要|没有|无|都不用|啥也不用|啥都不要|不需要|没|没要求|随便|都行)(?:了|吧|的|。)*"
)


def answer(text: str, *, slot: str, gazetteer: Gazetteer) -> Any | None:
    """The value of `slot` that a normalised reply gives, or None when it is not one. Times are read elsewhere."""
    bare = text.strip()
    if slot in TIMES or not 0 < len(bare) <= LONGEST:
        return None
    if slot == "people":
        found = _COUNT.fullmatch(bare)
        return parse_int(found[1]) if found else None
    if slot in LISTS:
        if _NONE.fullmatch(bare):
            return []
        return [gazetteer.canonical(slot, _plain(item)) for item in split_list(_plain(bare))] or None
    if _NONE.fullmatch(bare):
        return None
    value = _plain(bare)
    mention = trim(slot, value, 0, len(value))
    return gazetteer.canonical(slot, mention.value) if mention else None


def _plain(text: str) -> str:
    return _AFTER.sub("", _BEFORE.sub("", text)) or text
