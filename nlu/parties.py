"""How many people a party has that is told by its parts: 「我、老孙还有小赵」, 「李局带着三个科员」, 「两家单位各派3人」.

The parts are added up; where the sentence counts them itself (「一共」), that count is taken in `nlu.people` before this is asked.
All patterns read folded text.
"""

from __future__ import annotations

import re

from nlu.numbers import NOT_IN_NUMBER, NUM, read_number

Party = tuple[int, tuple[int, int]]
"""How many, and where the words stand."""

_RANKS = r"副?(?:处长|局长|主任|科长|书记|厅长|部长|秘书长|司长|所长|巡视员|院长|校长|市长|县长|组长|队长|站长|经理|总监)"
TITLED = (
    rf"(?:[老小大][\u4e00-\u9fff](?![\u4e00-\u9fff]?(?:会议|楼|屋|车|厅))|[\u4e00-\u9fff]{{0,2}}?(?:{_RANKS}|(?<=[\u4e00-\u9fff])[处局科总工姐哥叔姨]|司)"
    r"(?!办公|会议|们?的?办公室|室)|同事|司机师傅)"
)
"""Somebody told by name or rank: 老王, 李处, 王主任, 处长."""
_AND = r"(?:[、,，]?\s?(?:和|跟|与|还有|以及|加上?|带上?)|、)\s?"
_WITH_ME = re.compile(
    rf"(?P<who>(?<![让问找跟叫替给帮和])我(?:{_AND}{TITLED})+)(?!们|说|联系|打|讲|定|商量|对接|反映|汇报)"
)
_AND_ME = re.compile(
    rf"(?:^|(?<=[，。,;；\s有就])|(?<=[明后今]天))(?P<who>{TITLED}(?:{_AND}{TITLED})*(?:和|跟|与|还有|、)我)(?![们的这那处科局说])"
)
_DRIVEN = re.compile(
    rf"(?:送|接|拉)(?P<who>{TITLED}(?:{_AND}{TITLED})+)|(?:接|送|拉)(?P<us>我(?:{_AND}{TITLED})+)"
)
_JOINS = re.compile(rf"{_AND}")

_HEADS = r"(?:个|位|名)(?:人|同志|同事|干部|科员|处长|科长|随从|工作人员|领导|专家|老师|新[来人]的?|年轻的?|小伙子?|小年轻|徒弟|学员|记者|助手|秘书)?|人|(?<=[俩仨])(?:同事|同志|人|干部|徒弟|科员|新来的)?"
_FOLLOWED = re.compile(
    rf"(?<!带队领导)(?<!领导[:：])(?:{TITLED}|[\u4e00-\u9fff]{{1,3}}{_RANKS})(?:(?:亲自)?(?:带队|率队|领队|牵头))?[,，]?\s?(?:他|她)?(?:随行(?:人员)?|(?<!队)[带领率][着了上]?(?!队))\s?(?P<n>{NUM})\s?(?:{_HEADS})"
    rf"|(?:{TITLED}|[\u4e00-\u9fff]{{1,3}}{_RANKS})(?:加上?|外加)(?P<m>{NUM})\s?(?:{_HEADS})"
)
"""A head and those who follow."""
_JOINED_BY = re.compile(
    rf"{NOT_IN_NUMBER}(?P<n>{NUM})\s?(?:{_HEADS})[,，]?\s?(?:再|还)?(?:加上?|外加|还有|以及|和|跟)(?P<who>{TITLED}(?:{_AND}{TITLED})*)(?=[,，。;；\s去到来坐要一]|[明后今]|$)"
)
_EACH = re.compile(
    rf"{NOT_IN_NUMBER}(?P<k>{NUM})\s?(?:个|家)(?:单位|部门|处室|科室|处|科|局|组|厅|委|市州?|县|支部|楼|班)?[^，。,;；]{{0,4}}?(?:各|每[家个](?:单位|部门|处室)?)(?:派|来|出|去|抽)?\s?(?P<n>{NUM})\s?(?:人|名|位|个)"
)
_MEN_AND_WOMEN = re.compile(
    rf"{NOT_IN_NUMBER}(?P<n>{NUM})\s?(?:个|位|名)?男(?:的|士|同志)?[,，、和]?\s?(?P<m>{NUM})\s?(?:个|位|名)?女"
)
_SUM = re.compile(
    rf"{NOT_IN_NUMBER}(?P<n>{NUM})\s?(?:个|位|名)[\u4e00-\u9fff]{{0,2}}?(?:领导|专家|老师|教授|处长|科长|主任|局长|干部|客人|同志|记者|学员|委员|代表|大人)(?:、|和|加上?|跟|外加|以及|还有|[,，])\s?(?P<m>{NUM})\s?(?:个|位|名)[\u4e00-\u9fff]{{0,2}}?(?:领导|专家|老师|教授|处长|科长|主任|局长|干部|客人|同志|记者|学员|委员|代表|司机|秘书|翻译|随行|随员|工作人员|孩子|助手|科员)"
)
_MOST = 1000


def told_by_parts(text: str) -> Party | None:
    """The number of a party whose parts are numbered; None where no such words are."""
    for pattern, add in ((_EACH, False), (_MEN_AND_WOMEN, True), (_SUM, True)):
        found = pattern.search(text)
        if found:
            first, second = (_number(value) for value in found.groupdict().values())
            count = first + second if add else first * second
            if first and second and count < _MOST:
                return count, found.span()
    found = _FOLLOWED.search(text)
    if found and "带队领导" not in text[max(0, found.start() - 4) : found.end()]:
        count = _number(found["n"] or found["m"])
        if count:
            return count + 1, found.span()
    found = _AND_MORE.search(text)
    if found and (count := _number(found["n"])):
        return 1 + len(_JOINS.findall(found["who"])) + count, found.span()
    found = _JOINED_BY.search(text)
    if found and (count := _number(found["n"])):
        return count + 1 + len(_JOINS.findall(found["who"])), found.span()
    return None


_AND_MORE = re.compile(
    rf"(?P<who>(?<![让问找跟叫替给帮和])我(?:{_AND}{TITLED})+)[,，]?(?:还有|再加上?|加上?|带着?|另外|外加)(?P<n>{NUM})(?:个|位|名)?(?:[\u4e00-\u9fff])"
)
"""「我和小王还有俩师傅」."""


def named(text: str) -> Party | None:
    """「我和小王」, 「送王局和李处」: people told by their names alone."""
    for pattern in (_WITH_ME, _AND_ME, _DRIVEN):
        found = pattern.search(text)
        if found:
            who = next(value for value in found.groups() if value)
            return 1 + len(_JOINS.findall(who)), found.span()
    return None


def _number(written: str | None) -> int:
    parsed = read_number(written or "")
    return parsed[0] if parsed else 0
