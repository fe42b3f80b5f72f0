"""What a car, a room or a visit is for, where the tagger has marked nothing.

On a journey it is what is done where one goes (「去通化核查资产」); of a room what is held or talked over there; of a visit
what they come for. The words up to the next pause are taken, without the order for the car at their end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlu.mention import Mention, trim

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_GATHERINGS = (
    re.compile(
        r"(?:开|办|搞|举办|召开|举行|组织|进行)(?:一?[个场次])?(?P<what>(?!小范围|个?[短小]会)[\u4e00-\u9fff]{0,10}?(?:(?<!的)会(?![议见客]?[室厅场]|服|展)|培训班?|讲座|座谈|活动|比赛|考试|面试|评审|论坛|仪式|典礼|演练|演讲))"
    ),
    re.compile(r"(?P<what>(?:会见(?!厅|室)|接见|会商(?!室)|彩排|排练|面试|评审|培训|座谈)(?:外宾|客人|客商|来宾|[\u4e00-\u9fff]{0,4}))(?=[，,。；;（(\s]|$)"),
    re.compile(
        r"(?P<what>(?:研究|讨论|商量(?!来)|商议|审议|审查|评议|听取|传达|听汇报|约谈|面谈|商谈|洽谈|谈(?!话室)|录制|录(?!像机|音笔)|排练|宣讲|策划|学习?(?=[^生员校院])|过(?=组织生活)|对接|推演|签约?|见(?=[\u4e00-\u9fff]{2,4}(?:客商|群众|代表)))(?:一下|下)?(?!用|完)[\u4e00-\u9fff]{2,12}?)(?=[，,。；;\s]|$|用(?:的|一下)|\d)"
    ),
    re.compile(r"(?:^|[，,。；;\s用作搞做是有])(?:一?[个场次])?(?P<what>[\u4e00-\u9fff]{2,8}?(?:培训|讲座|党课|例会|座谈会|研讨会|推进会|调度会|动员会|评审会|论证会|组织生活|评标|面试|仪式|比赛|会商))(?=[，,。；;\s用]|$)"),
)  # fmt: skip
"""What rooms are wanted for."""

_DO = (
    "踩点|勘查|勘察|踏勘|查看|查档|调档|查阅|查|检查|督查|督导|巡查|抽查|暗访|调研|考察|走访|慰问|看望|探望|参观|学习|观摩|取经|培训|授课|听课|讲课|讲|开庭|座谈|交流|洽谈|对接|"
    "会商|谈判|谈|签约|签|验收|评审|评标|开标|核查|核对|核实|盘点|清点|审计|送审|报送|上报|送达|领取|领|取|提交|递交|交(?!通|叉)|办理|补办|更换|修|维修|年检|年审|保养|安装|布展|撤展|布置|拍摄|录制|录|采访|"
    "宣讲|宣传|植树|义务劳动|献血|体检|看病|面试|报到|报名|取证|拉(?=[\u4e00-\u9fff]{2})|运(?=[\u4e00-\u9fff]{2})|搬(?=[\u4e00-\u9fff]{2})|采购|选购|看样|验货|举证|值班|演出|彩排|看演出|看展|瞧瞧|瞧|瞅瞅|转转|听个?(?=[\u4e00-\u9fff])|开(?=[\u4e00-\u9fff]{0,10}会)|跟[\u4e00-\u9fff]{1,8}(?:见一?面|聊聊|谈|对接|座谈)|给[\u4e00-\u9fff]{1,6}(?:讲|送|培训)"
)
_STOP = r"(?=[，,。；;、\s（(！!?？]|$|\d|(?<!公务)用车|派车|要车|需要?(?:用|派|车|辆|台)|[一两]?[辆台]|[，]|拟|请|大概|大约|早[上八九]|[上下]午|[明后今]天|[周星]期?[一二三四五六日]|[一二两三四五六七八九十俩仨]+[个位名]?人)"
_ON_A_JOURNEY = (
    re.compile(rf"(?P<what>(?:参加|出席)[\u4e00-\u9fff、“”\"]{{2,26}}?){_STOP}"),
    re.compile(rf"(?:去|到|赴)(?:现场|那边|市里|外地)(?P<what>(?:{_DO})[\u4e00-\u9fff]{{0,12}}?){_STOP}"),
    re.compile(rf"(?:用途|事由|目的|任务|为了?|因为?|主要)(?:就?是|为)?(?P<what>(?:{_DO})[\u4e00-\u9fff]{{0,12}}?){_STOP}"),
)  # fmt: skip
_AFTER_PLACE = re.compile(
    rf"(?:那边|那儿|市里|里|现场|一趟|的)*(?:(?:想|要|得|准备)(?:去)?)?(?P<what>(?:{_DO})[\u4e00-\u9fff]{{0,14}}?){_STOP}"
)
_BRING = re.compile(
    r"(?P<verb>送|取|拉|运|报送|搬)(?:[一两几三四五六七八九十\d]{0,3}(?:箱|份|批|些|摞|袋|件|车|个|张|套))?(?P<what>旧?(?:档案|文件|材料|报表|公文|请柬|证书|资料|慰问品|展板|标书|样品|桌椅|沙发|家具|办公桌|设备|物资|垃圾桶|行李|办公用品))"
)
_NOT_FOR = re.compile(r"(?:接站|接机|送站|送机|拉人|用车|取[快件]*$|开车|讲究)")
_COME_TO = re.compile(
    r"(?:来|过来|想|要|拟|赴[^，。]{0,6}|到[^，。]{0,6}|同志|老师|客人|人|处|局|厅|单位|上午|下午|带着|领着|陪着|他们|这回|[，,\s])(?P<what>(?:看看?|瞅瞅|瞧瞧|参观|考察|调研|检查(?!组|团|人员)|学习|学(?![生员校院会者])|查(?!收|询|一)|交流|座谈|对接(?!一下)|洽谈|商谈|谈|采访|回访|拜访|验收|评估|督导|考核|指导|讲课|讲学|取经)(?:一下)?(?:[\u4e00-\u9fff]{0,14}?(?=的(?:同志|客人|专家|领导|老师|人|干部)|[一二两三四五六七八九十]+[个位名]|[^\u4e00-\u9fff]|$)|[\u4e00-\u9fff]{0,8}))"
)
_TAIL = re.compile(
    r"(?:的事儿?|一下|用车|用|去|来|呢|吧|了|就走|完就[走回].*|之后.*|然后.*|安排.*|需要.*|请.*|中午.*|晚上.*|顺便.*)$"
)


def of_a_journey(text: str, places: Sequence[Mention]) -> Iterable[Mention]:
    """What a car is for; `places` are the destinations found."""
    yield from _first(text, _ON_A_JOURNEY)
    for place in places:
        found = _AFTER_PLACE.match(text, place.end)
        mention = _whole(text, *found.span("what")) if found else None
        if mention and not _NOT_FOR.search(mention.value):
            yield mention
    brought = _BRING.search(text)
    if brought:
        yield Mention("purpose", brought["verb"] + brought["what"], *brought.span("what"))


def of_a_room(text: str) -> Iterable[Mention]:
    """What a room is wanted for."""
    return _first(text, _GATHERINGS)


def of_a_visit(text: str) -> Iterable[Mention]:
    """What visitors come for."""
    return _first(text, (_COME_TO,))


def _first(text: str, patterns: Sequence[re.Pattern[str]]) -> Iterable[Mention]:
    """What the first of the patterns that fits finds."""
    for pattern in patterns:
        found = pattern.search(text)
        mention = _whole(text, *found.span("what")) if found else None
        if mention:
            yield mention
            return


def _whole(text: str, start: int, end: int) -> Mention | None:
    tail = _TAIL.search(text[start:end])
    if tail and tail.start() >= 2:
        end = start + tail.start()
    return trim("purpose", text, start, end)
