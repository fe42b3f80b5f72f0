"""Who comes, from where, and what is to be prepared for them, where the tagger has marked nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlu import patterns, purposes
from nlu.mention import Mention, denied, hits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nlu.gazetteer import Gazetteer

_GUESTS = re.compile(
    r"(?:[位名个的俩仨批拨帮])(?P<who>(?:挂职|来访|带队|外[省地宾]|市里|省里|退休|重要)?(?:的)?(?:老|女|副)?(?:同志|客人|来宾|嘉宾|老师|专家|教授|代表|记者|学员|同行|同仁|学者|院士|评委|律师|委员|干部|司长|局长|厅长|处长|主任|巡视员|书记|市长|秘书长|朋友|(?:检查|督查|督导|参访|考察|调研|评审|审计|验收|访问)?(?:组|团|人员))(?!好))"
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
_MEAL_TIMES = {"早": "早餐", "中": "午餐", "晌": "午餐", "午": "午餐", "晚": "晚餐", "傍": "晚餐"}
_MEAL = re.compile(
    r"(?P<when>中午|晌午|午间|晚上|傍晚|晚间|早上|早晨)[^，。；,;不没]{0,8}?(?:吃(?:个|顿|口|一顿)?(?:饭|便饭|一口)|管(?:个|顿|口|一顿)?饭|用餐|就餐|留饭|安排(?:个|顿|一顿)?饭|供?餐(?!厅|馆|具))"
)
"""「中午在这吃口饭」 is lunch."""
_NIGHTS = re.compile(
    r"住(?:上|个)?[一二两三四五六七八九十\d]{1,2}个?(?:晚上?|宿|夜)(?:标准?间|单人?间|大床房?|套[间房])?"
)
_BED = re.compile(r"(?:包住(?!院)|[管要得]住(?![院在着])宿?|安排住|住下(?!去)|住的地方)")


def of_a_visit(text: str, gazetteer: Gazetteer, found: Sequence[Mention]) -> Iterable[Mention]:
    """Visitors, where they are from, meals, beds and what they come for."""
    known = {mention.slot for mention in found}
    yield from _meals(text, gazetteer, known)
    yield from _beds(text, gazetteer, known)
    if "visitors" not in known:
        leader = patterns.guest_leader(text)
        guests = _GUESTS.search(text) or _GUESTS_FIRST.search(text)
        if leader:
            yield Mention("visitors", text[slice(*leader)], *leader)
        elif guests:
            yield Mention("visitors", guests["who"], *guests.span("who"))
    if "visitor_org" not in known:
        origin = _HOME.search(text)
        if origin:
            yield Mention("visitor_org", origin["home"], *origin.span("home"))
    if "purpose" not in known:
        yield from purposes.of_a_visit(text)


def _meals(text: str, gazetteer: Gazetteer, known: set[str]) -> Iterable[Mention]:
    if "meals" in known:
        return
    named = [hit for hit in hits(text, gazetteer, {"meals": "meals"}) if not denied(text, hit)]
    yield from named
    meal = None if named else _MEAL.search(text)
    if meal:
        mention = Mention("meals", _MEAL_TIMES[meal["when"][0]], meal.end("when"), meal.end())
        if not denied(text, mention):
            yield mention


def _beds(text: str, gazetteer: Gazetteer, known: set[str]) -> Iterable[Mention]:
    if "lodging" in known:
        return
    nights = _NIGHTS.search(text)
    if nights:
        yield Mention("lodging", nights[0], *nights.span())
    named = [hit for hit in hits(text, gazetteer, {"lodging": "lodging"}) if not denied(text, hit)]
    yield from named
    bed = None if nights or named else _BED.search(text)
    if bed and not denied(text, Mention("lodging", bed[0], *bed.span())):
        yield Mention("lodging", "住宿", *bed.span())
