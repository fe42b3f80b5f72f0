"""The form of a reception: its blanks, and what is filled in where people say nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from desk.errors import BadInput
from handlers.dialogue import when
from handlers.dialogue.slots import people_slot, time_slot, words_slot
from handlers.kinds import Slot
from handlers.reception import checking, listening
from nlu import letters, times
from nlu.numbers import parse_int
from nlu.understanding import Request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from handlers.kinds import Fields, Scene
    from nlu.letters import Letter

NONE = re.compile(
    r"(?:不用|不要|不|无|没有|不需要|不安排|不必|免|自理|自行)[^，。；]{0,8}|0|〇|零|都不用|自己解决|不吃|不住"
)
INTENT = "arrange_reception"
# Words about the letter: neither a visitor's name nor a purpose.
ABOUT_LETTER = re.compile(
    r"(?:公函|来函|函件?|文号)[^，。]{0,4}(?:没|未|还|到|来|有|收|补|后|在|发)|(?:没|后补|补)[^，。]{0,2}函|〔20\d\d〕"
)
# 「接待改到12月9号」 says when, not who.
CHANGED = re.compile(r"改[到成为]|推迟|提前|换成|取消")
NOBODY = re.compile(r"(?:几|一些|[\d一二两三四五六七八九十]+)?(?:个|位|名)?(?:客人|来宾|嘉宾|同志|人)们?")
OWN_UNIT = re.compile(r"(?:吉林)?省?(?:机关事务管理)?局(?:办公室|接待处)?|我局|本局|局里|局办公室|省局办公室")
TEXT_KEPT = 3000
PAPERS = (
    ".pdf",
    ".doc",
    ".docx",
    ".ofd",
    ".wps",
    ".jpg",
    ".jpeg",
    ".png",
    ".tif",
    ".tiff",
    ".bmp",
    ".heic",
    ".webp",
)
GUESSED_PARTS = {"下午": "afternoon", "中午": "morning", "晚上": "evening", "傍晚": "evening"}


# ── the letter ──────────────────────────────────────────────────────────────────────────────────────


def read_letter(text: str, now: datetime) -> Request | None:
    """Return a pasted official letter as a request that says what the letter says; None when the text is no letter."""
    letter = letters.read(text, today=now.date())
    if letter is None:
        return None
    slots: Fields = {
        "letter": letter_fields(letter, text),
        "visitor_org": letter.organisation,
        "visitors": letter.head,
        "people": letter.people,
        "purpose": letter.purpose,
    }
    hints: Fields = {}
    if letter.first_day is not None:
        clock = letter.arrival
        slots["start"] = (
            datetime.combine(letter.first_day, clock).isoformat(timespec="minutes")
            if clock
            else letter.first_day.isoformat()
        )
        hints["start_precision"] = "datetime" if clock else "date"
        if letter.last_day is not None and letter.last_day > letter.first_day:
            slots["end"] = letter.last_day.isoformat()
    return Request(
        intent=INTENT, kind=checking.NAME, slots={k: v for k, v in slots.items() if v}, hints=hints
    )


def letter_fields(letter: Letter, text: str) -> Fields:
    """Return what a ticket keeps of a letter."""
    return {
        "letter": "text",
        "letter_no": letter.number,
        "letter_text": text[:TEXT_KEPT],
        "letter_people": letter.people,
        "guests": "、".join(f"{name} {title}" for name, title in letter.guests),
        "visitor_contact": " ".join(x for x in (letter.contact, letter.phone) if x),
    }


def received(enclosures: Sequence[Mapping[str, Any]]) -> Fields:
    """Return the fields a photo or document of the letter fills; empty when none of the files can be a letter."""
    for one in enclosures:
        sort, name = str(one.get("sort")), str(one.get("name") or "").lower()
        mime = str(one.get("mime_type") or "")
        paper = sort == "document" and (name.endswith(PAPERS) or "pdf" in mime or mime.startswith("image/"))
        if sort == "photo" or paper:
            kept = {
                "sort": sort,
                "file_id": str(one.get("file_id") or ""),
                "name": str(one.get("name") or "")[:100],
            }
            return {"letter": sort, "letter_file": kept}
    return {}


def _letter_slot() -> Slot:
    def check(value: Any, _fields: Fields, _now: datetime) -> Fields:
        return {k: v for k, v in dict(value).items() if v} if isinstance(value, dict) else {}

    def read(text: str, _fields: Fields, _now: datetime) -> Fields | None:
        if re.search(r"没|未|后补|再补|回头|等|先", text):
            return {"letter_later": True}
        if re.search(r"到了|已到|有|收到|来了", text):
            raise BadInput("请把公函本身发过来：拍照、PDF，或把文字整段贴上都行")
        return None

    return Slot(
        name="letter",
        title="公函",
        question=lambda _f: "请把公函发过来（拍照、PDF，或整段贴文字）。还没有就点「函还没到」",
        read=read,
        check=check,
        show=lambda f, _n: letter_shown(f),
        missing=lambda _f: False,
        choices=lambda _f, _s: ("函还没到",),
    )


def letter_shown(fields: Fields) -> str:
    """Say what there is of the letter."""
    how = {"text": "文字已收", "photo": "照片已收", "document": "文件已收"}.get(
        str(fields.get("letter") or ""), ""
    )
    number = str(fields.get("letter_no") or "")
    return f"{number}（{how}）" if number and how else number + how


# ── the other blanks ────────────────────────────────────────────────────────────────────────────────


def _organisation_slot() -> Slot:
    """Who comes. Of several units named, our own (「接省局通知，黑龙江省局来……」) is not the visitor."""
    base = words_slot(
        name="visitor_org",
        title="来访单位",
        question="哪个单位来？",
        required=True,
        strip=r"^(是|来的是)|(那边|来的|的人|来人|来)$",
    )

    def check(value: Any, fields: Fields, now: datetime) -> Fields:
        named = re.split("、", listening.text_of(value))
        others = [unit for unit in named if not OWN_UNIT.fullmatch(unit)]
        return base.check("、".join(others or named), fields, now)

    def read(text: str, fields: Fields, now: datetime) -> Fields | None:
        beside = ABOUT_LETTER.search(text) or CHANGED.search(text)
        return None if beside else base.read(text, fields, now)

    return replace(base, check=check, read=read)


def _visitors_slot() -> Slot:
    """Who leads them; that they are guests (「客人」) is no name."""
    base = words_slot(name="visitors", title="来宾", question="谁带队？姓名、职务（不清楚就先空着）")

    def check(value: Any, fields: Fields, now: datetime) -> Fields:
        named = [v for v in re.split("、", listening.text_of(value)) if not NOBODY.fullmatch(v)]
        return base.check("、".join(named), fields, now) if named else {}

    return replace(base, check=check)


def _purpose_slot() -> Slot:
    """What they come for; what is said of the letter or of the company is none of it."""
    base = words_slot(
        name="purpose",
        title="事由",
        question="来办什么公务？",
        required=True,
        strip=r"^(是|来)",
        choices=lambda _f, _s: ("调研", "考察学习", "座谈交流", "检查", "会议"),
    )

    def read(text: str, fields: Fields, now: datetime) -> Fields | None:
        beside = ABOUT_LETTER.search(text) or listening.companions(text) is not None
        return None if beside else base.read(text, fields, now)

    return replace(base, read=read)


def _start_slot() -> Slot:
    base = time_slot(question="哪天到？（如：下周三下午两点，或 12月2日）")

    def read(text: str, fields: Fields, now: datetime) -> Fields | None:
        return None if letters.looks_like_letter(text) else base.read(text, fields, now)

    def missing(fields: Fields) -> bool:
        hour_needed = bool(fields.get("fetch")) and when.moment(fields.get("start")) is None
        return when.day_of(fields.get("start")) is None or bool(fields.get("when_unsure")) or hour_needed

    def question(fields: Fields) -> str:
        asked = base.question(fields)
        return (
            asked.replace("几点", "几点到站（要派车接）")
            if fields.get("fetch") and "几点" in asked
            else asked
        )

    return replace(base, read=read, missing=missing, question=question)


def _end_slot() -> Slot:
    """The day or hour of leaving, taken beside the start; it is shown with the start, not as a blank of its own."""

    def check(value: Any, _fields: Fields, _now: datetime) -> Fields:
        text = str(value)
        return {"leave": text[:16] if "T" in text else f"{text[:10]}T17:00"}

    def read(text: str, _fields: Fields, now: datetime) -> Fields | None:
        span = times.parse(text, now)
        end = span and (span.end or span.start)
        return {"leave": end.isoformat(timespec="minutes")} if end else None

    return Slot(
        name="end",
        title="离开",
        question=lambda _f: "什么时候离开？",
        read=read,
        check=check,
        show=lambda _f, _n: "",
        missing=lambda _f: False,
        applies=lambda _f: False,
    )


def absorb(_request: Request, other: Request) -> Fields | None:
    """Return what another request of the same message is to a reception: the car from the station, the room to sit in."""
    where = f"{other.slots.get('destination') or ''}{other.slots.get('origin') or ''}"
    if other.kind == "vehicle" and re.search(r"站|机场", where):
        start = other.slots.get("start")
        return {"start": start} if start else {"transport": where}
    if other.kind == "room" and not other.slots.get("equipment") and other.slots.get("room_name"):
        return {"room_name": other.slots["room_name"]}
    return None


def _wish_slot(name: str, title: str, question: str, choices: tuple[str, ...], show: Any) -> Slot:
    """A blank that may be answered with no: 「不安排」."""
    base = words_slot(name=name, title=title, question=question, choices=lambda _f, _s: choices)

    def read(text: str, fields: Fields, now: datetime) -> Fields | None:
        return {name: ""} if NONE.fullmatch(text.strip()) else base.read(text, fields, now)

    def check(value: Any, fields: Fields, now: datetime) -> Fields:
        text = listening.text_of(value)
        if name == "meals" and re.fullmatch(r"(?:一?顿|个)?(?:饭|吃饭|便饭|饭局|餐)", text):
            text = "工作餐"
        return {name: ""} if not text or NONE.fullmatch(text) else base.check(text, fields, now)

    return replace(base, read=read, check=check, show=show)


def _lodging_slot(name: str, title: str, question: str, choices: tuple[str, ...], show: Any) -> Slot:
    """「住两晚」 asks for lodging without naming a room: standard rooms (REC-15); the nights are heard beside it."""
    base = _wish_slot(name, title, question, choices, show)

    def check(value: Any, fields: Fields, now: datetime) -> Fields:
        found = base.check(value, fields, now)
        named = found.get(name) and re.search(r"间|房|套|床", str(found[name]))
        return found if not found.get(name) or named else {name: "标准间"}

    return replace(base, check=check)


def _companions_slot() -> Slot:
    def check(value: Any, _fields: Fields, _now: datetime) -> Fields:
        count = int(value)
        if not 0 <= count <= 200:
            raise BadInput("陪同人数不对，请再说一下几个人陪")
        return {"companions": count}

    def read(text: str, fields: Fields, now: datetime) -> Fields | None:
        if NONE.fullmatch(text.strip()):
            return {"companions": 0}
        count = listening.companions(text)
        if count is None:
            bare = re.sub(r"[个位名人陪。！!\s]+", "", text)
            count = {"俩": 2, "仨": 3}.get(bare) or parse_int(bare)
        return None if count is None else check(count, fields, now)

    def show(fields: Fields, _now: datetime) -> str:
        if not fields.get("people"):
            return ""
        most = checking.limit_of(fields)
        count = fields.get("companions")
        return f"未定（按规定最多 {most} 人）" if count is None else f"{count} 人（按规定最多 {most} 人）"

    def quick(fields: Fields, _scene: Scene) -> tuple[str, ...]:
        most = checking.limit_of(fields)
        return ("不陪同", *(f"{n}人" for n in range(1, min(most, 5) + 1)))

    return Slot(
        name="companions",
        title="陪同",
        question=lambda f: f"几个人陪同？（{f.get('people') or '?'} 位来宾最多 {checking.limit_of(f)} 人）",
        read=read,
        check=check,
        show=show,
        missing=lambda _f: False,
        choices=quick,
    )


def _transport_slot() -> Slot:
    def read(text: str, fields: Fields, _now: datetime) -> Fields | None:
        if NONE.fullmatch(text.strip()):
            return {"fetch": "", "bring": ""}
        return listening.transport(fields, text) or None

    return Slot(
        name="transport",
        title="接送",
        question=lambda _f: "要不要派车接送？说站名和车次、航班（如：G1256 长春站接站）",
        read=read,
        check=lambda _v, _f, _n: {},
        show=lambda f, _n: transport_shown(f),
        missing=lambda _f: False,
        choices=lambda _f, _s: ("长春站接送站", "龙嘉机场接送机", "不用接送"),
    )


def transport_shown(fields: Fields) -> str:
    """Say which cars are wanted."""
    train = f"（{fields['train']}）" if fields.get("train") else ""
    parts = [f"{fields['fetch']}接站{train}"] if fields.get("fetch") else []
    parts += [f"{fields['bring']}送站"] if fields.get("bring") else []
    return "、".join(parts)


def meal_shown(fields: Fields) -> str:
    """Say what meal is planned."""
    meal = listening.text_of(fields.get("meals"))
    if not meal:
        return "不安排，来宾自行用餐"
    price = fields.get("meal_price") or fields.get("meal_cap") or 0
    cap = f"，每人 {price} 元以内" if price else ""
    return f"{meal}（一次{cap}）"


def lodging_shown(fields: Fields) -> str:
    """Say what lodging is planned; guests pay it themselves (REC-15)."""
    rooms = listening.text_of(fields.get("lodging"))
    if not rooms:
        return "不安排"
    nights = int(fields.get("nights") or 0)
    count = f"，{nights} 晚" if nights and "晚" not in rooms else ""
    return f"{rooms}{count}（费用来宾自付）"


def slots() -> tuple[Slot, ...]:
    """Return the blanks of the form, in the order they are asked and shown."""
    return (
        _organisation_slot(),
        _start_slot(),
        _end_slot(),
        people_slot(question="一共来几个人？", most=500, too_many="太多了，请核对一下人数"),
        _purpose_slot(),
        _visitors_slot(),
        _companions_slot(),
        _wish_slot("meals", "用餐", "用餐怎么安排？按规定工作餐最多一次", ("工作餐", "不安排"), lambda f, _n: meal_shown(f)),
        _lodging_slot("lodging", "住宿", "住宿怎么安排？费用由来宾自付", ("标准间", "不安排"), lambda f, _n: lodging_shown(f)),
        _transport_slot(),
        words_slot(name="room_name", title="会议室", strip=r"^(要|用|订)?一?[间个]", question="要不要会议室？说几楼、多少人的，或哪一间"),
        _letter_slot(),
    )  # fmt: skip


# ── what is filled in ───────────────────────────────────────────────────────────────────────────────


def defaults(scene: Scene, fields: Fields) -> Fields:
    """Fill what people leave out (the hour, the end), and strike out what the rules forbid; all of it is shown."""
    codes = checking.struck(scene, fields)
    found: Fields = {"struck": codes, "meal_cap": checking.parameter(scene, "meal_cap_yuan")}
    if "REC-6" in codes:
        found["meals"] = "工作餐"
    if "REC-10" in codes:
        found["meal_price"] = found["meal_cap"]
    if "REC-11" in codes:
        found |= {"meals": "", "meal_price": None}
    if "REC-15" in codes:
        found["lodging"] = "标准间"
    return found | _times(scene, fields)


def _times(scene: Scene, fields: Fields) -> Fields:
    day = when.day_of(fields.get("start"))
    if day is None:
        return {}
    found: Fields = {}
    start = when.moment(fields.get("start"))
    guess = str(fields.get("clock_guess") or "")
    if start is None:
        part = GUESSED_PARTS.get(str(fields.get("part") or ""), "morning")
        guess = str(checking.parameter(scene, part))
        start = datetime.combine(day, time.fromisoformat(guess))
        found |= {"start": start.isoformat(timespec="minutes"), "clock_guess": guess}
    found["start_guessed"] = guess == f"{start:%H:%M}"
    end, said = when.moment(fields.get("end")), bool(fields.get("end_said"))
    leave, nights = when.moment(fields.get("leave")), int(fields.get("nights") or 0)
    if end is not None and end > start and said:
        return found
    if leave is not None and leave > start:
        return found | {"end": leave.isoformat(timespec="minutes"), "end_said": True}
    return found | {
        "end": _guessed_end(scene, fields, start, nights).isoformat(timespec="minutes"),
        "end_said": False,
    }


def _guessed_end(scene: Scene, fields: Fields, start: datetime, nights: int) -> datetime:
    if nights or fields.get("lodging"):
        return datetime.combine(start.date() + timedelta(days=nights or 1), time(12))
    evening = datetime.combine(start.date(), time(17))
    hours = timedelta(hours=checking.parameter(scene, "visit_hours"))
    return evening if evening - start >= hours else start + hours
