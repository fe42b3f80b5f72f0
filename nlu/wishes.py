"""How a wish is worded, whoever words it: 「下午两点要个会议室」, 「会议室也给我留一个」, 「再派一台」.

The classifier reads sentences; of a few words cut out of one it says odd things. These shapes say for certain what such a piece
asks for, and where in an unpaused stream of words the next wish begins.
"""

from __future__ import annotations

import re

WHEN = (
    r"(?:大?[今明后]天|[明后]儿个?|[这本下]*(?:周|星期|礼拜)[一二三四五六日天]|[上下中]午|早[上晨]|一早|晚上|傍晚|头晌|下晌"
    r"|[一二三四五六七八九十\d]{1,3}[月号日]|[一二两三四五六七八九十\d]{1,3}[点时](?:钟|半|一刻|[零一二三四五十\d]{1,3}分?)?|\d{1,2}:\d\d|的|\s)"
)
_WANTED = (
    r"(?:(?P<ride>[^，,。；;、\s]{0,5}?(?:车(?![位库棚站间牌])|大巴|中巴|考斯特)|[辆台](?:商务|别克|大的|小的))"
    r"|(?P<room>[^，,。；;、\s]{0,6}?(?:会议[室厅]|会场|接待室|洽谈室|贵宾[室厅]|礼堂|报告厅|多功能厅|培训室)|[个间]?(?:屋(?![顶里面子])|大[点些]?的|小[点些]?的)))"
)
WISH = re.compile(
    rf"(?P<when>{WHEN}{{0,12}})(?:[我咱俺他她]们?)?(?:还|再|也|就|又)?(?:得|想|要|需要?)?(?:麻烦你?们?|帮忙?|给|请)?(?:我们?|咱|你们?)?(?:帮忙)?"
    rf"(?:派|预?订|预?定|要|借|用|安排|申请|来|整|弄|叫|留|占|调)(?:一下|上|个?)?(?:一?[个辆台间]|[两二三2-9][个辆台间])?{_WANTED}"
)
"""Where a wish begins that is spoken without a pause: 「下午两点要个会议室」."""
HEADED = re.compile(
    rf"(?:(?P<ride>(?<![派要用订叫停开坐上下火汽的个辆台部务轿客])车子?)|(?P<room>(?<![订定要用借到去来在回个间的楼])会议室))(?:呢|是|要)?(?={WHEN}*(?:[一二两三四五六七八九十\d]{{1,3}}[点时]|\d{{1,2}}:\d\d))"
)
"""A wish without a verb, its thing first and then its hour: 「……会议室下午三点半」."""
HOUR_BEFORE = re.compile(rf"{WHEN}{{1,12}}(?:[我咱俺你他她]们?)?$")
"""The hour of what is announced after it: 「……六点半走周四下午他还要用一下接待室」."""
BROKEN = re.compile(
    r"(?:[一二三四五六七八九十\d]{1,2}号?楼|[一二三四五六七八九十\d]{1,2}层|[1-9]\d{2}|我们?(?:屋|办公室|处)|俺们?屋|(?<=[人了个点吧哈])(?:走廊|大厅|厕所|卫生间|水房|门口|楼道|食堂|办公室))"
    r"[^，,。；;、\s]{1,8}?(?:不[亮热凉通转响灵开好使严]|坏|漏水?|堵|断[了网电]|没[电水网]|掉[了下]|打不|关不|裂)"
)
"""A place and something broken in it."""
_THING_FIRST = re.compile(
    r"(?:(?P<ride>车(?![位库棚站间牌])|大巴|中巴|考斯特)|(?P<room>会议[室厅]|会场|接待室|洽谈室|贵宾[室厅]|礼堂|报告厅|多功能厅|培训室|屋))子?"
    r"(?:也|就|都|还|先)*(?:给|帮|替)?(?:我们?|咱们?)?(?:再|也)?(?:预?订|预?定|留|要|派|来|占|借|安排|准备)(?:了$|上|下$|好$|一下|一?[个辆台间])"
)
"""「会议室也给我留一个」."""
_FORM = re.compile(
    r"^(?:(?P<ride>用?车辆?|派车)|(?P<room>会议室|用房|会场))(?:使用|预订|预定)?申请[表单]?[:：]?$"
)
"""「会议室申请」 over what is asked for in a form."""
_ONE_THING = re.compile(r"^(?:(?P<ride>车)|(?P<room>会议室|屋))要?一[辆台间][:：]?$")
_ONE_MORE_CAR = re.compile(
    r"(?:派|来|要|出|加|叫)(?:上|个)?[一两二三2-9]?[台辆](?!电脑|打印|空调|电视|投影|饮水|冰箱)"
)
_NO_WISH = re.compile(
    r"取消|撤|退|免|勿|无[须需]|作[罢废]|改[到成为]|推[到迟后]|调[到整]|换|照旧|不变|[订定]好|提前|延后|挪|催|[了好完]没|批|查|不要|不用|别|咋|怎么|什么时候|[吗?？]"
)


def plain(text: str) -> str | None:
    """`vehicle` or `room` where the words ask for one and for nothing else, None otherwise."""
    if _NO_WISH.search(text):
        return None
    wish = (
        WISH.search(text)
        or _THING_FIRST.search(text)
        or _FORM.match(text.strip())
        or _ONE_THING.match(text.strip())
    )
    if wish is not None:
        return "vehicle" if wish["ride"] else "room"
    return "vehicle" if _ONE_MORE_CAR.search(text) else None
