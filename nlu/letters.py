"""Reading a pasted official letter (公函): who writes, under which number, who comes, how many, when and what for.

Letters between agencies follow one form: a document number 「川机管函〔2026〕18号」, a title 「关于……的函」, the addressee
with a colon, the body, sometimes a list of names, and at the end the sender over a date. What the form does not give stays
empty; nothing is guessed. Pure and deterministic: the same text gives the same letter. Days are local.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from typing import TYPE_CHECKING

from nlu.numbers import parse_int

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBER = re.compile(
    r"(?P<word>[\u4e00-\u9fff]{1,12})\s*[〔\[【(（﹝［]\s*(?P<year>20\d{2})\s*[〕\]】)）﹞］]\s*第?\s*(?P<count>\d{1,5})\s*号"
)
_TITLE = re.compile(r"关于(?P<subject>[^。；;：:]{2,60}?)的(?:公函|函|商请函|邀请函|复函)(?![件电])")
_MARKS = (
    _NUMBER,
    _TITLE,
    re.compile(r"贵(?:局|单位|厅|委|办|处|中心|省|市)"),
    re.compile(r"特此(?:函|致函|函告|函达|函商|来函)|函告如下|致函|请予(?:以)?(?:接洽|接待|支持|安排)|予以(?:接洽|接待|支持|协助)为?[盼荷感]?|此致|为[盼荷]"),
    re.compile(r"20\d{2}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日\s*$"),
    re.compile(r"(?:^|\n)[^\n，。]{4,30}[:：]\s*(?:\n|$)"),
)  # fmt: skip
SHORTEST = 40
"""Characters; a shorter text is a message that mentions a letter, not a letter."""

_SUFFIX = r"(?:局|厅|委|部|署|办|办公室|办公厅|中心|政府|委员会|党委|组织部|大学|学院|研究院|研究所|学会|协会|集团|公司|法院|检察院|党校|社|总队|支队)"
_SIGNED = re.compile(
    rf"(?P<org>[\u4e00-\u9fff（）()]{{2,38}}?{_SUFFIX})(?:\s*[（(]\s*(?:盖章|公章|印章?)\s*[)）])?\s*"
    r"(?P<year>20\d{2})\s*年\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日\s*(?:[（(][^（()）]*[)）])?\s*$"
)
_ORG_LINE = re.compile(rf"[\u4e00-\u9fff（）()]{{2,38}}{_SUFFIX}")
_BEARER = re.compile(rf"(?:兹有|现有|今有|兹介绍)(?:我局)?(?P<org>[\u4e00-\u9fff]{{2,30}}?{_SUFFIX})")
_PEOPLE = re.compile(
    r"(?:一行|等|共计?|合计|人数(?:为|[:：])?|总计)\s*(?P<n>\d{1,3}|[零一二两三四五六七八九十百]{1,5})\s*(?:人|名|位|$|(?=[，。；\n]))"
)
_COMING = re.compile(
    r"(?:拟派|派出|选派|组织)\s*(?P<n>\d{1,3}|[一二两三四五六七八九十百]{1,5})\s*(?:人|名|位)"
)
_HEAD = (
    re.compile(r"(?:带队(?:领导|人员|人)?|领队|团长)\s*[:：为是]\s*(?P<head>[^\n，。；,;（(]{2,20})"),
    re.compile(r"(?:拟)?由(?P<head>[^\n，。；,;]{2,24}?)(?:同志)?(?:带队|率队|率领|任团长|带领|率)"),
    re.compile(r"[，,。]\s*(?P<head>我[^\n，。；,;]{3,24}?)(?:同志)?(?:带队|率队|率领|带领|一行|率)"),
)  # fmt: skip
_HEAD_NOISE = re.compile(r"^(?:我(?:局|厅|委|单位|省|市|中心|办|处)?|党组成员[、,]?|党委委员[、,]?|本局)+")
_DAY = re.compile(
    r"(?:(?P<year>20\d{2})\s*年\s*)?(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日?(?!\d)"
    r"(?:\s*[（(][^）)\n]{1,6}[）)])?"
    r"(?:[^\n，。；、至到\d]{0,6}(?:至|到|—|–|-|~|～)+\s*(?:(?P<month2>\d{1,2})\s*月\s*)?(?P<day2>\d{1,2})\s*日)?"
)
_CLOCK = re.compile(
    r"^\s*(?:[（(][^）)\n]{1,6}[）)]\s*)?(?P<part>上午|下午|晚上?|中午|早上?)?\s*(?P<hour>\d{1,2})\s*(?:[:：时点])\s*(?P<minute>\d{2})?"
)
_DONE_IN = r"考察|调研|学习|交流|座谈|参观|培训|检查|督查|督导|评审|验收|对接|洽谈|走访|观摩|审计|巡视|核查|会商|研讨"
_WORK = re.compile(rf"(?:{_DONE_IN})[^\n，。；：:,;]{{0,24}}")
_LABELLED = re.compile(
    r"(?:事由|来访目的|(?:考察|调研|学习|交流|活动|公务)(?:内容|事项|主题|目的))\s*[:：]\s*(?P<words>[^\n。；;]{2,40})"
)
_ABOUT = re.compile(
    rf"就(?P<about>[^\n，。；,;]{{2,40}}?)(?:等)?(?:工作|事宜|情况|经验)?(?:来|到|进行|开展|前来)[^\n，。；,;]{{0,12}}?(?P<work>{_DONE_IN})"
)
_TO_US = re.compile(
    rf"^(?:商请|恳请|请予|请|拟|安排|接洽|协助|接待)*(?:[^赴到来]{{0,20}}?)(?:赴|到|来|前往)(?:[^\n]{{1,20}}?)(?={_DONE_IN})"
)
_GUEST = re.compile(
    r"^\s*(?:\d{1,2}\s*[.、．)）]\s*)?(?P<name>[\u4e00-\u9fff·]{2,4}|[\u4e00-\u9fff][X×*某]{1,2})(?:同志)?"
    r"[ \t　,，:：、|（(]+(?:[男女][ \t　,，、|]+)?"
    r"(?P<title>[^\n,，。；;|）)]{1,24}?(?:长|主任|员|师|书记|干部|秘书|干|级|教授|经理|专家|委员|代表|司机))[ \t　)）。；;,，]*$"
)
_LIST_HEAD = re.compile(r"名单|人员(?:[:：]|如下|组成|安排)")
_NO_NAME = re.compile(r"联系|电话|传真|地址|时间|地点|内容|考察|抵达|返程|行程|人数|单位|姓名")
_CONTACT = re.compile(
    r"联系人\s*[:：]?\s*(?P<name>[\u4e00-\u9fff·]{2,4}?)(?=[\s，,。；;（(:：\d]|电话|手机|联系|$)"
)
_PHONE = re.compile(r"(?<!\d)(?:1\d{10}|0\d{2,3}[- ]?\d{7,8})(?!\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What an official letter says; empty where it says nothing."""

    number: str = ""
    """As cited: 「川机管函〔2026〕18号」."""
    organisation: str = ""
    """The sender, as signed."""
    head: str = ""
    """Who leads the visitors, with the title: 「副局长张明」."""
    people: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    arrival: time | None = None
    """The hour of arrival on the first day, where the letter names it."""
    purpose: str = ""
    guests: tuple[tuple[str, str], ...] = ()
    """(name, title) of everybody listed."""
    contact: str = ""
    phone: str = ""


def looks_like_letter(text: str) -> bool:
    """Say whether the text is an official letter itself, not a message that speaks of one."""
    bare = text.strip()
    return len(bare) >= SHORTEST and sum(bool(mark.search(bare)) for mark in _MARKS) >= 2


def read(text: str, *, today: date) -> Letter | None:
    """Read a letter; None when the text is none. `today` is the local day, for dates written without a year."""
    if not looks_like_letter(text):
        return None
    bare = text.strip()
    signed = _SIGNED.search(bare)
    body = bare[: signed.start()] if signed else re.sub(r"20\d{2}年\d{1,2}月\d{1,2}日\s*$", "", bare)
    first, last, arrival = _days(body, today=today)
    guests = _guests(body)
    contact, phone = _CONTACT.search(bare), _PHONE.search(bare)
    return Letter(
        number=number_in(bare),
        organisation=_organisation(bare, signed),
        head=_head(body),
        people=_people(body) or (len(guests) or None),
        first_day=first,
        last_day=last,
        arrival=arrival,
        purpose=_purpose(bare),
        guests=guests,
        contact=contact["name"] if contact else "",
        phone=phone[0] if phone else "",
    )


def number_in(text: str) -> str:
    """Return the document number in the words as it is written (「川机管函〔2026〕18号」), empty when there is none."""
    found = _NUMBER.search(text)
    return f"{found['word']}〔{found['year']}〕{int(found['count'])}号" if found else ""


def _organisation(text: str, signed: re.Match[str] | None) -> str:
    if signed:
        return signed["org"].strip()
    for line in text.splitlines():
        name = re.sub(r"(?:文件|便函|公函|函)$", "", line.strip())
        if _ORG_LINE.fullmatch(name):
            return name
    bearer = _BEARER.search(text)
    return bearer["org"] if bearer else ""


def _head(body: str) -> str:
    for pattern in _HEAD:
        found = pattern.search(body)
        if found:
            head = _HEAD_NOISE.sub("", found["head"].strip()).strip(" 、　")
            if 2 <= len(head) <= 20:
                return head
    return ""


def _people(body: str) -> int | None:
    for pattern in (_PEOPLE, _COMING):
        for found in pattern.finditer(body):
            count = parse_int(found["n"])
            if count and 0 < count < 1000:
                return count
    return None


def _days(body: str, *, today: date) -> tuple[date | None, date | None, time | None]:
    """The first day that is not over with the last one of its range; a letter may also cite older dates."""
    spans = [(found, *_span(found, today=today)) for found in _DAY.finditer(body)]
    coming = [(found, first, last) for found, first, last in spans if first is not None and first >= today]
    if not coming:
        return None, None, None
    ranged = [c for c in coming if c[2] is not None]
    _, first, last = (ranged or coming)[0]
    if last is None:
        # 「12月2日抵达……12月4日返程」
        last = max((c[1] for c in coming if c[1] is not None), default=first)
    assert first is not None  # noqa: S101 - filtered above
    return first, last if last and last >= first else first, _arrival(body, coming, first)


def _span(found: re.Match[str], *, today: date) -> tuple[date | None, date | None]:
    month, day = int(found["month"]), int(found["day"])
    year = int(found["year"]) if found["year"] else today.year
    first = _date(year, month, day)
    if first is not None and not found["year"] and first < today and today.month - month >= 6:
        first = _date(year + 1, month, day)  # written in December about January
    if first is None or not found["day2"]:
        return first, None
    last = _date(first.year, int(found["month2"] or month), int(found["day2"]))
    if last is not None and last < first:
        last = _date(first.year + 1, last.month, last.day)
    return first, last


def _arrival(
    body: str, coming: Sequence[tuple[re.Match[str], date | None, date | None]], first: date
) -> time | None:
    for found, day, _ in coming:
        clock = _CLOCK.match(body[found.end() :]) if day == first else None
        if clock:
            hour, minute = int(clock["hour"]), int(clock["minute"] or 0)
            if clock["part"] and clock["part"][0] in "下晚" and hour < 12:
                hour += 12
            if hour < 24 and minute < 60:
                return time(hour, minute)
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _purpose(text: str) -> str:
    labelled, titled, about = _LABELLED.search(text), _TITLE.search(text), _ABOUT.search(text)
    if labelled:
        return labelled["words"].strip()
    if titled:
        subject = _TO_US.sub("", titled["subject"].strip())
        subject = re.sub(
            r"^(?:商请|恳请|请予|请|协助|安排|接洽|接待)+|(?:有关|相关)?(?:事宜|事项)$", "", subject
        )
        if re.search(_DONE_IN, subject):
            return subject[:40]
    if about:
        return f"{about['work']}{about['about']}"[:40]
    plain = _WORK.search(text)
    return plain[0].strip()[:40] if plain else ""


def _guests(body: str) -> tuple[tuple[str, str], ...]:
    head = _LIST_HEAD.search(body)
    if head is None:
        return ()
    found: list[tuple[str, str]] = []
    for line in re.split(r"[\n；;]", body[head.end() :]):
        guest = _GUEST.match(line)
        if guest and not _NO_NAME.search(line):
            found.append((guest["name"], guest["title"].strip()))
    return tuple(dict.fromkeys(found))
