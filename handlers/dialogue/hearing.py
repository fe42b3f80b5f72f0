"""What plain words say to an open form beside the slots understood in them.

Small deterministic readings that help the dialogue where a classifier has little to go by: a clock said in passing (「早点走，
一点吧」), nobody at all (「0个人」), a time or a head count where a name was asked for, another kind called by its name. Pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlu import times
from nlu.people import find_people

if TYPE_CHECKING:
    from datetime import datetime

    from nlu.times import TimeSpan

# How people call what each kind is about; a kind that is not here is taken at the classifier's word.
CALLED = {
    "vehicle": re.compile(r"车|司机|师傅到哪|驾驶员|派没派|车牌"),
    "room": re.compile(r"会议室|会议厅|房间|用房|会场|场地|屋|开会"),
    "repair": re.compile(r"修|坏|漏|堵|不亮|不热|不通|不制|停电|停水|没电|没水|断网|跳闸"),
    "reception": re.compile(r"接待|招待|来访|公函|客人|考察|调研组|来宾"),
}
NOBODY = re.compile(r"(?<![\d.:：点])[0０零〇]\s*(?:个|位|名)?人|没有人坐|一个人都没")
MYSELF = re.compile(r"就?(?:只有?)?(?:是)?(?:我|俺|本人)(?:自[己已个]|一个|个人|一人|独自)?(?:一个人?)?")
_HESITATING = re.compile(
    r"(?:等|让|容)?(?:一下|等)?我?(?:先|再|还得|得)?(?:去)?(?:问问|问一下|请示一?下?|商量一?下?)[^，。,]{0,6}|[^，。,]{0,6}(?:不知道|不清楚|没想好|没定(?!位)|定不下来|说不好|没确定|没个准|没准信)[^，。,]{0,5}|(?:[呃额嗯啊哦唉]|那个|这个|等等|等一?[下会]儿?|稍等|(?:让|容)?我?(?:再)?(?:想想|想一下|看看|问问)(?:啊|哈|再说)?|我?(?:还)?(?:不知道|不清楚|没想好|没定|说不好|忘了)(?:呢|啊)?|[，,。.\s…])+"
)
# 「不对，我是要用车」: another kind was meant all along.
_SWITCH = re.compile(
    r"(?:不是|不对|错了|搞错|弄错|其实)[^。！!]{0,12}?(?:要|是|想|办|订)[^。，！!]{0,4}?(?P<what>用车|要车|派车|订车|叫车|车|会议室|用房|报修|修|接待)"
)
# 「不用车了，改订会议室吧」: this kind is let go and another taken up.
_RATHER = re.compile(
    r"(?:不用|不要|不订|不派|不报|不修|不叫|别订|别派|先不|取消)[^，。,；]{0,6}?了?[，,。；\s]*(?:我们?|还是|那就?|就|帮我|给我|麻烦|直接)*"
    r"(?:改|换|转|要|订|定|报|派|约|用)(?:成|为|用|订|定|报|派|办|约|要|个|一个|间|一间|台|辆)*(?P<what>用车|要车|车|会议室|用房|报修|修|接待)"
)
# 「算了，改成用车吧」
_OVER = re.compile(
    r"(?:算了|还是|干脆|不如)[，,。\s]*(?:改|换)(?:成|为|订|要)?(?P<what>用车|要车|派车|订车|叫车|会议室|用房|报修|接待)"
)
_PHONE = r"(?<!\d)(?P<phone>1[3-9]\d{9}|0\d{2,3}-?\d{7,8})(?!\d)"
_CONTACT = re.compile(
    rf"(?:联系人|联系|接机人|找)(?:是|为|[:：])?\s*(?P<name>[一-鿿]{{2,4}}?)?(?:电话|手机号?)?[，,：:\s]*{_PHONE}"
)
_CONTACT_ALONE = re.compile(
    rf"(?:联系人|联系|找|打)?(?:是|为|[:：])?\s*(?P<name>(?!我的|电话|手机|[一-鿿]*[点天日午])[一-鿿]{{2,4}}?)?(?:我的)?(?:联系)?(?:电话|手机|号码|手机号)?(?:是|为)?[，,：:\s]*{_PHONE}[。.]?"
)
_ASKS = re.compile(
    r"[?？]|[吗么嘛]$|怎么|怎样|咋|什么|啥|几点|几时|多久|多少|哪[儿里位个]?|谁|为何|为什么|能不能|可不可以|是不是|有没有"
)
_SWITCHED = {"车": "vehicle", "会议室": "room", "用房": "room", "修": "repair", "接待": "reception"}
_BREAK = re.compile(r"[，,。；;！!？?\s]+")
_FILLER = re.compile(
    r"^(?:那|就|还是|要不|不如|换成?|改(?:成|到|为)?|定在|订在)+|(?:吧|呗|呢|啊|哈|得了|好了|行不行|行吗|可以吗|左右)+$"
)
_PROVISIONAL = re.compile(
    r"^(?:那?先|就|暂时?|大概|估计)*(?:按|定|算|写|填|报)(?=[\d一二两三四五六七八九十])"
)
_COMING_BACK = re.compile(
    r"(?:点|分|半|刻|\d|午|晚)[^，。,；]{0,3}(?:回来|返回|返程|回程|往回|回单位|回局|到家|结束|散会|完事|用完)"
)


def calls(text: str, kind: str) -> bool:
    """Say whether the words call a kind by its name."""
    return kind not in CALLED or bool(CALLED[kind].search(text))


def calls_by_name(text: str, kind: str) -> bool:
    """Say whether the words call a kind by a name people are known to use for it."""
    return kind in CALLED and bool(CALLED[kind].search(text))


def is_nobody(text: str) -> bool:
    """Say whether the words tell a head count of none."""
    return bool(NOBODY.search(text))


def is_myself(text: str) -> bool:
    """Say whether an answer means the speaker alone."""
    return bool(MYSELF.fullmatch(text.strip().strip("。.！!，,")))


def contact(text: str) -> str:
    """Return whom to ring as the words say it (「联系人张三13912345678」 → 「张三 13912345678」), empty when they do not."""
    found = _CONTACT.search(text)
    return f"{found['name'] or ''} {found['phone']}".strip() if found else ""


def contact_alone(text: str) -> str:
    """Return whom to ring where the words say nothing else (a number sent by itself)."""
    found = _CONTACT_ALONE.fullmatch(text.strip())
    return f"{found['name'] or ''} {found['phone']}".strip() if found else ""


def is_hesitating(text: str) -> bool:
    """Say whether the words only play for time."""
    return bool(_HESITATING.fullmatch(text.strip()))


def meant_instead(text: str) -> str:
    """Return the kind that was meant instead of the one being filled; empty when the words say no such thing."""
    found = _SWITCH.search(text) or _RATHER.search(text) or _OVER.search(text)
    return next((kind for word, kind in _SWITCHED.items() if found and word in found["what"]), "")


def is_let_go(text: str) -> bool:
    """Say whether this kind is let go for another in the same breath."""
    return bool(_RATHER.search(text) or _OVER.search(text))


def is_asking(text: str) -> bool:
    """Say whether the words ask something, so that they cannot be a yes (「嗯？」)."""
    return bool(_ASKS.search(text.strip()))


def is_coming_back(text: str) -> bool:
    """Say whether the only time in the words is when one comes back, not when one leaves."""
    return bool(_COMING_BACK.search(text)) and len(re.findall(r"[点:：]", text)) <= 1


def passing_time(text: str, now: datetime) -> TimeSpan | None:
    """Return a clock time or day that makes up one clause of the words, None when there is none."""
    for clause in _BREAK.split(text):
        bare = _FILLER.sub("", clause)
        span = times.parse(bare, now) if bare and bare != text else None
        if span is not None and span.start is not None and not span.unsure:
            return span
    return None


def is_time_or_count(text: str, now: datetime) -> bool:
    """Say whether an answer is nothing but a time or a head count, so that it cannot be a name."""
    bare = _PROVISIONAL.sub("", text.strip().strip("。.！!，,"))
    if find_people(bare) is not None and re.fullmatch(
        r"[\d一二两三四五六七八九十百]+\s*(?:个|位|名)?人?", bare
    ):
        return not re.fullmatch(r"[\d一二两三四五六七八九十百]+", bare) or bare.isdigit()
    if is_nobody(bare) and len(bare) <= 4:
        return True
    span = times.parse(bare, now)
    said = sum(last - first for first, last in span.fragments) if span is not None else 0
    return bool(bare) and said == len(bare) and bool(re.search(r"[年月日号天周期点半:：]", bare))
