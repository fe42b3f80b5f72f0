"""How many people a sentence speaks of.

「二十来人」 is about 20, 「三四个人」 is up to 4 (a car must seat them all), 「俩」 is 2, 「就我自己」 is 1, 「我和小王」 are 2, 「再加一个人」
is one more. What only looks like a head count stays out: 三楼, 三点, 两辆车, 七座, 305, 一个会.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from nlu import parties
from nlu._times.fold import fold
from nlu.numbers import NOT_IN_NUMBER, NUM, read_number


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleCount:
    """How many people a sentence speaks of."""

    count: int
    """Negative only when `is_delta`: 「少来三个人」 is −3."""
    span: tuple[int, int]
    is_delta: bool
    """The number changes an earlier one (「再加一个人」) instead of stating a new one."""
    approximate: bool


_FOLK = (
    "同志|领导|客人|来宾|嘉宾|专家|老师|同事|代表|学员|学生|孩子|小孩|大人|老人|干部|处长|局长|主任|记者|贵宾|成员|队员|人员|职工|"
    "委员|评委|乘客|旅客|参会|评审|司机|随行|工作人员|教授|博士|院士|研究员|工程师|讲师|师生|师傅|客(?!车|运|房|厅|座|梯|户端)|客商|外宾|外商|"
    "朋友|亲戚|家属|兄弟|哥们儿?|姐们儿?|小伙子?|姑娘|大姐|大哥|阿姨|小年轻|年轻人|实习生|新人|伙计|民警|干事|科员|科长|书记|厅长|部长|市长|校长|院长|"
    "经理|律师|老师傅|师兄|徒弟|年长的|年轻的|岁数大的|岁数小的|上年纪的|新来的|新人|老人家|老哥|老姐|老爷子|老太太|娃娃?|闺女|小子|丫头|大爷|大妈|大娘|娘们|爷们|壮劳力|劳力|客商|骨干|代班|班长|组长|队长|司长|院士|巡视员|馆长|所长|站长|镇长|乡长|县长|区长|会计|医生|护士|技术员|选手|裁判|考官|考生|战友|校友|游客|客户(?!端)|干警|值班员|讲解员|保安|保洁员"
)
_KIND_OF = r"(?:(?:老|小|新|女|男|外地|外省|省外|省里|市里|厅里|局里|处里|县里|本地|退休|离退休|在职|年轻|带队|参会|参训|评审|挂职|驻村|借调|随行|重要|来访|[\u4e00-\u9fff]{2}省|厅级|处级|局级|科级|省级|副)的?)?"
_ONES = (
    r"(?:值班|加班|出差|开会|参会|参观|培训|考察|调研|学习|办事|坐车|随行|陪同|带队|搞[\u4e00-\u9fff]{1,4}|管[\u4e00-\u9fff]{1,4}|"
    r"[外本各省市县区厅局处委办部](?:[省市县地]|里)?(?:来)?|[\u4e00-\u9fff]{1,3}(?:处|科|局|厅|办|委|省|市|县|公司|单位))的(?!车|会|屋|房|灯|门|空|电|楼|墙|[\u4e00-\u9fff]{0,2}(?:会|室|车|机|灯))"
)
"""「六个值班的」, 「俩外省的」: people named by what they do or where they come from."""
# 「三人间」「七人座」「5人民币」 are no head counts; 「5人大会议室」 is.
_PERSON = rf"(?:号|口)?人(?!座(?!谈)|间|桌|民|事|行道|力|才|份|称|机|防|工|社|次|均|脸|武|格|文|位(?!领|客|专|来)|像|一[间屋桌辆车]|大(?!会议|会|型|巴|客|车|概|约|屋|厅))|(?:位|名)(?!置|子|字|单|称|额|牌|片|次|列)|口子|口(?=[,。;\s]|$)|(?:个|位|名)?{_KIND_OF}(?:{_FOLK})|个(?:大人|小孩)|个{_ONES}"
_HEADS = re.compile(rf"{NOT_IN_NUMBER}(?P<n>{NUM})\s*(?:个|位|名|号(?=人))?\s*(?:{_PERSON})")
_RANGE = re.compile(
    rf"{NOT_IN_NUMBER}{NUM}\s*(?:个|位|名)?人?\s*(?:到|至|-+)\s*(?P<n>{NUM})\s*(?:个|位|名)?\s*(?:{_PERSON})"
)
_NOT_ONE_GROUP = r"(?!一(?![0-9一二两三四五六七八九十百]|[位名人]|个人))"
_NOUN_FIRST = re.compile(
    rf"(?:(?:{_FOLK})|[来去]的人|人(?=改|变成|变为)|人数|人员|人头|派员|参会|参加的?|与会|来人|乘车|坐车|规模)(?:大概|大约|约|一共|共|总共|有|是|为|说是|没变|不变|还是|应该|应|由原来的?|填|改成|改为|改到|变成|变更为|调整为|压缩到|压到|减到|减至|降到|增至|增到|加到|扩到|改|[:,、 ])*"
    rf"(?P<n>{_NOT_ONE_GROUP}{NUM})\s*(?:个(?!会|小时|半|钟|点|月|星期|车|房|标|投|话|座|桌|房间)|位|名|口|人(?!座|间|桌|一[间屋桌]))?"
    rf"(?![\d\-.:/点时号日月楼层室座年辆台间张把套份次元块天小分刻周半%个]|人一[间屋桌])"
)
_PRONOUN = re.compile(
    r"(?:我们|咱们|他们|她们|你们|俺们|我|咱|他|你|俺|人家|姐妹|哥们儿?|哥几个|兄弟们?|哥)(?:一共|总共|就|共|大概|有|来|去)?(?P<n>俩|仨|[一两二三四五六七八九十\d]+个(?=[,。;!\s去来坐要走上到往奔回从]|$|都|一起|一块))"
)
_CROWD = re.compile(r"[人拨帮伙客们团组队]|同志|领导|专家|老师|学员|代表")
_ODD_FOLK = re.compile(
    rf"(?:我们|咱们|咱|俺们|俺|他们|她们|(?<=来)了|拉|送|接)(?P<n>{NUM})个(?!会|月|星期|礼拜|小?时|钟|点|半|多|车|屋|房|间|话筒|麦|投影|桌|方案|项目|单|问题|事|部门|处|科|地方|灯|箱|包|件|行李)[\u4e00-\u9fff]"
    rf"|(?:大概|大约|约摸|好像|估计|差不多|得有|也就|统共|拢共|能有)(?:有|是)?\s?(?P<n2>{NUM})个(?=去|到|来|坐|走|要|吧|左右|的样子|样子|[,，。\s]|$)"
)
"""「我们五个外勤」, 「一帮人大概二十一二个」."""
_COUPLE = re.compile(
    rf"(?P<n>俩|仨)(?:人|{_KIND_OF}(?:{_FOLK})|大人|孩子|{_ONES})(?!座|间)|(?<=[送接拉])(?P<n2>俩|仨)(?=[，。,;\s去到回]|$)"
)
_CHANGED = re.compile(
    rf"{NOT_IN_NUMBER}{NUM}\s*(?:个|位|名)?人?\s*(?:增至|增到|增加到|增加至|减至|减到|减少到|减为|增为|变成|变为|改成|改为|改到|改|调整为|换成|涨到|缩到|压缩到|压到|降到|扩到|扩大到)\s*(?P<n>{NUM})\s*(?:个|位|名)?\s*(?:{_PERSON})"
)
_BECOME = re.compile(
    rf"(?:现在|这会儿|目前|又|这回)?(?:变成|改成|成|增加到|涨到|变为)(?:了)?\s*(?P<n>{NUM})\s*(?:个|位|名)(?:人)?(?:了|[,，。;]|$)"
)
"""「原来说十个，现在变成十四个了」."""
_SEATS = re.compile(
    rf"{NOT_IN_NUMBER}(?P<n>{NUM})\s*(?:个|张)?(?:座位?|椅子)(?:就|才)?(?:够|即可|就?行|足)|(?:能?坐|能?装|容纳|放得?下|坐得?下)\s?(?P<n2>{NUM})\s*(?:个|位|号)(?:的|左右|就|不|吗|么|呢|[,，。;\s]|$)"
)
"""「12个座就够」."""
_ME_AND = re.compile(
    rf"(?:就|只有|只)我(?:跟|和|与|带着?)(?:[\u4e00-\u9fff]{{0,2}}(?:{_FOLK}|处|局|姐|总|他|她|你|老[\u4e00-\u9fff]|小[\u4e00-\u9fff]))(?!们)|我(?:跟|和|与)[\u4e00-\u9fff]{{1,4}}(?:两个?人?|俩)"
)
_BARE = re.compile(
    rf"(?:^|[,，。;\s])(?:现在|就|大概|约|一共|总共|共|也就|来|有|应该是|是|得|要改成|改成|满打满算|拢共|估计|好像|像是|约摸|顶多|最多|至少|差不多|可能|人数|全体|我们|一行)*\s*(?P<n>{NUM})\s*(?:个|位|名|口)(?:吧|左右|的样子|呗|哈|了)?(?=[,，。;!?\s]|$)"
)
"""A clause that is nothing but a count: 「…明儿到，五个」. Only when nothing better is said."""
_THINGS = re.compile(
    r"(?:话筒|麦克?|投影|桌签|席卡|桌子|椅子|白板|音响|灯管?|空调|插座|车(?=.?$)|房间?|标间|单间|屋|杯|水|遥控器|键盘|鼠标|钥匙|马桶|龙头|箱|套餐|份|桌牌)[^,，。;]{0,4}$"
)
_ALONE = re.compile(
    r"(?:就|只有|只|光)(?:是)?(?:我|他|她|张局|领导)?(?:自己|一个(?!人?会|车)|一人|本人)(?:一个)?人?|(?:我|他|她|领导)(?:自己|自个儿?|一个人|一人|独自)(?!家)|(?:就|只)我(?=[,。;!\s]|$)|独自一人"
)
_FAMILY = re.compile(
    rf"(?P<a>{NUM})\s*(?:个|名|位)?\s*(?:大人|大(?=\d|[一两二三四五]))\s*[,、和加带+]*\s*(?:小孩|孩子|小朋友|小)?\s*(?P<b>{NUM})\s*(?:个|名)?\s*(?:小孩|孩子|小朋友|娃|小)?"
    rf"|大人\s*(?P<c>{NUM})\s*(?:个|名|位)?\s*[,、和]*\s*(?:小孩|孩子|小朋友)\s*(?P<d>{NUM})(?:个|名)?"
)
_TOTAL = re.compile(
    rf"(?:一共|总共|共计|合计|总计|拢共|加起来|(?<![公])共)(?:是|有|来|去|大概|大约|约)*\s*(?P<n>{NUM})\s*(?:个|位|名|口)?\s*(?:{_PERSON})?(?![\d\-.:/点时号日月楼层室座年辆台间张把套份次元块天小分刻周半%会标桌])"
)
_WHO = r"(?:个|位|名|口|号)?(?:人(?!座|间|桌)|同志|领导|客人|专家|同事|老师|孩子|(?=[,。;!?\s了吧呗啊呢]|$))"
_MORE = re.compile(
    rf"(?:(?:再|又|还|另外|另|临时)(?:要|得|能|请)?(?:多|加|添|增加|增|补|带|捎|来|上)|(?<![\d十百千几好许很])多(?!功能|媒体)(?:来|去|带|加|坐|出)?|增加|加上|添|新增|加(?!班|油|装|急|湿|热))(?:了|上|出来|进来|出)*\s*(?P<n>{NUM}|个)\s*{_WHO}"
)
_LESS = re.compile(
    rf"(?:少(?:来|去|带|坐|了)?|减少|减|去掉|撤掉|减掉|取消)(?:了|上|掉)*\s*(?P<n>{NUM}|个)\s*{_WHO}"
)
_DEPLOY = re.compile(r"(?:派|找|喊|叫|安排|请)(?:上|来|过来|出)?$")
_DRIVERS = re.compile(r"(?:司机|驾驶员)(?!师傅|和)")
_ESCORT = re.compile(r"(?:陪|作陪|陪同|陪餐|司机|驾驶员|保障)(?:的|人员|了|有|大概|约|一共)*$")
_SORT = re.compile(
    rf"(?:[省厅司局处科]级|[男女](?:士|同志|的)?|领导|干部|工作人员|随行(?:人员)?|列席|正式代表|(?:主席台|台上|台下|线下)(?:就?坐|有)?)[:：]?\s*(?P<n>{NUM})\s*(?:个|位|名)?(?:人|位|名|(?=[,、。;男女]|$))"
)
_GROUP = re.compile(
    r"(?:(?:我们|咱们|俺们|你们)?[\u4e00-\u9fff]{0,3}[处科局办组队](?:里|室)?(?:一共|全体|总共)?|一行|全体|满打满算|我们)(?P<n>(?:\d{1,3}|[一二两三四五六七八九十]{1,3}(?:来|多|几)?))个(?=加|去|到|来|坐|走|要|[明后今]天|[周下上][一二三四五六日午]|[,。;\s]|$)"
    r"|(?<![\dA-Za-z])(?P<p>\d{1,2})\s?[pP](?![A-Za-z\d])"
    r"|我(?:带|领)(?:着|了|上)?(?P<more>俩|仨|[一二两三四五六七八九\d])(?:个|位|名)?(?:人|同志|同事|干部|新来的|年轻的|小年轻|徒弟|实习生|学生|科员|小伙子?|姑娘|大夫|律师)?(?=[去到来坐明后,。;\s]|$)"
)
"""「我们处5个」, 「一行五个」, 「4p」, and with the one who says it 「我带俩人」."""
_ABOUT_BEFORE = re.compile(
    r"(?:约|大约|大概|差不多|估计|可能|接近|近|将近|不到|也就|左右)(?:有|是|得|能)?\s*$"
)
_ABOUT_AFTER = re.compile(r"^\s*(?:左右|上下|以内|以上|吧|来着|不到)")


def find_people(text: str) -> PeopleCount | None:
    """The number of people the sentence is about, or None; `span` marks the words that say it."""
    folded = fold(text)
    return _first_of(folded, _TOTAL) or _delta(folded) or _stated(folded)


def _delta(text: str) -> PeopleCount | None:
    for pattern, sign in ((_MORE, 1), (_LESS, -1)):
        for match in pattern.finditer(text):
            written = match["n"]
            parsed = (1, False) if written == "个" else read_number(written)
            if parsed and 0 < parsed[0] < 1000:
                return PeopleCount(
                    count=sign * parsed[0], span=match.span(), is_delta=True, approximate=parsed[1]
                )
    return None


def _stated(text: str) -> PeopleCount | None:
    return (
        _first_of(text, _TOTAL, _FAMILY)
        or _party(parties.told_by_parts(text))
        or _first_of(text, _GROUP)
        or _by_sorts(text)
        or _named(text)
        or _counted(text)
        or _bare(text)
        or _just_me(text)
    )


def _first_of(text: str, *patterns: re.Pattern[str]) -> PeopleCount | None:
    for pattern in patterns:
        for match in pattern.finditer(text):
            found = _from_match(text, match)
            if found:
                return found
    return None


def _counted(text: str) -> PeopleCount | None:
    candidates: list[PeopleCount] = []
    for pattern in (
        _CHANGED,
        _BECOME,
        _RANGE,
        _SEATS,
        _HEADS,
        _COUPLE,
        _PRONOUN,
        _NOUN_FIRST,
        _ME_AND,
        _ALONE,
        _ODD_FOLK,
    ):
        for match in pattern.finditer(text):
            found = _from_match(text, match)
            if found and not any(_overlap(found.span, c.span) for c in candidates):
                candidates.append(found)
    if not candidates:
        return None
    candidates.sort(key=lambda c: c.span)
    chosen = candidates[0]
    for earlier, later in pairwise(candidates):
        # 「十个人不是不是是十二个人」: the correction counts.
        if _CORRECTED.search(text[earlier.span[1] : later.span[0]]):
            chosen = later
    return chosen


def _by_sorts(text: str) -> PeopleCount | None:
    """「处级6人，科级14人」: the sorts of people one by one."""
    found = [match for match in _SORT.finditer(text) if not _ESCORT.search(text[: match.start("n")])]
    counts = [parsed[0] for match in found if (parsed := read_number(match["n"]))]
    if len(counts) < 2:
        return None
    stated = [parsed[0] for match in _HEADS.finditer(text) if (parsed := read_number(match["n"]))]
    total, span = max(sum(counts), *stated), (found[0].start(), found[-1].end())
    return PeopleCount(count=total, span=span, is_delta=False, approximate=False)


def _named(text: str) -> PeopleCount | None:
    """「我和小王」, 「送王局和李处」: people told by their names."""
    if _HEADS.search(text) or _COUPLE.search(text):
        return None
    return _party(parties.named(text))


def _party(found: parties.Party | None) -> PeopleCount | None:
    if found is None:
        return None
    return PeopleCount(count=found[0], span=found[1], is_delta=False, approximate=False)


def _bare(text: str) -> PeopleCount | None:
    for match in _BARE.finditer(text):
        if not _THINGS.search(text[: match.start()]):
            return _from_match(text, match)
    return None


def _just_me(text: str) -> PeopleCount | None:
    found = _TAKEN_ALONG.search(text)
    return PeopleCount(count=1, span=found.span(), is_delta=False, approximate=False) if found else None


_TAKEN_ALONG = re.compile(r"(?:送|拉|载|捎)我(?=[去到上回])")
_CORRECTED = re.compile(r"不是|不对|说错|错了|更正|改成|改为|改到|应该是|变成|哦不|而是")


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] < b[1] and b[0] < a[1]


_WEEKDAY_OLD = re.compile("(?:周|星期|礼拜)[一二三四五六][老同干]")


def _from_match(text: str, match: re.Match[str]) -> PeopleCount | None:
    groups = match.groupdict()
    if match.re is _ODD_FOLK and not _CROWD.search(
        text[: match.start("n2")] if match["n2"] else match[0] + "们"
    ):
        return None
    before = text[: match.start()]
    if match.re is _GROUP:
        return _group(match)
    if not groups:
        count = 2 if match.re is _ME_AND else 1
        return PeopleCount(count=count, span=match.span(), is_delta=False, approximate=False)
    written = groups.get("n") or groups.get("n2")
    if written:
        if _WEEKDAY_OLD.search(before[-2:] + match.group()[:2]):
            return None  # the second day of the week, and 老干部
        if _DEPLOY.search(before) or _ESCORT.search(before) or _only_drivers(before, match):
            return None
        parsed = read_number(written.removesuffix("个"))
    else:
        parsed = _sum(groups)
    if parsed is None or not 0 < parsed[0] < 10_000:
        return None
    near = bool(_ABOUT_BEFORE.search(before)) or bool(_ABOUT_AFTER.match(text[match.end() :]))
    near = near or bool(re.search(r"大概|大约|(?<!合)约", match.group()))
    return PeopleCount(count=parsed[0], span=match.span(), is_delta=False, approximate=parsed[1] or near)


def _only_drivers(before: str, match: re.Match[str]) -> bool:
    """「司机俩」 are no passengers; 「连司机六个人」 counts everybody."""
    return bool(_DRIVERS.match(match.group())) and not before.endswith(("连", "带", "含", "包括", "加上"))


def _group(match: re.Match[str]) -> PeopleCount | None:
    parsed = read_number(match["n"] or match["p"] or match["more"])
    if parsed is None or not parsed[0]:
        return None
    return PeopleCount(
        count=parsed[0] + bool(match["more"]), span=match.span(), is_delta=False, approximate=parsed[1]
    )


def _sum(groups: dict[str, str | None]) -> tuple[int, bool] | None:
    parts = [read_number(value) for value in groups.values() if value]
    if len(parts) != 2 or parts[0] is None or parts[1] is None:
        return None
    return parts[0][0] + parts[1][0], parts[0][1] or parts[1][1]
