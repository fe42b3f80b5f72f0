"""What a request for a room asks: its blanks, one after the other. Pure: no storage, no clock."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from desk.errors import BadInput
from desk.instants import WEEKDAYS
from handlers.dialogue import when
from handlers.dialogue.slots import people_slot, time_slot, words_slot
from handlers.kinds import Fields, Slot
from handlers.room.base import is_office
from handlers.room.listening import rank_in, tidied
from nlu import slots as reading
from nlu import times

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.kinds import Scene

RANKS = ("正厅", "副厅", "正处", "副处", "处以下")
BUILDING_WORD = re.compile(r"楼|座|中心")
USUAL = re.compile(r"老地方|[上那]回那|上次那|还是那屋")
ANY_SIZE: Fields = {"seats_over": 0, "seats_under": 0, "not_rooms": []}
NO_PURPOSE = re.compile(r"参会|与会|参加|使用|用|会")


def meeting_time() -> Slot:
    """Return the blank for the time: an hour is needed for a meeting; for an office a day will do, or none."""
    base = time_slot(question="什么时候用？（如：明天下午两点到四点）", choices=_hours)

    def missing(fields: Fields) -> bool:
        return not is_office(fields) and base.missing(fields)

    def show(fields: Fields, now: datetime) -> str:
        shown = when.shown(fields, now)
        return shown.split(" ")[0] if is_office(fields) and shown else shown

    return replace(base, missing=missing, show=show)


def _hours(fields: Fields, scene: Scene) -> tuple[str, ...]:
    """Offer the hours people mostly mean by a part of the day."""
    day = when.day_of(fields.get("start"))
    if day is None or is_office(fields):
        return ()
    hours = scene.house.calendar.office_hours(day)
    morning = f"{hours.morning_start:%H:%M}到{hours.morning_end:%H:%M}"
    afternoon = f"{hours.afternoon_start:%H:%M}到{hours.afternoon_end:%H:%M}"
    part = str(fields.get("part") or "")
    if "下" in part:
        return ("14:00", "15:00", afternoon)
    if "晚" in part:
        return ("18:00", "19:00")
    return ("9:00", "10:00", morning) if part else ("9:00", "14:00", morning, afternoon)


def head_count() -> Slot:
    """Return the blank for the head count; not asked where a certain room is named or an office is wanted."""
    base = people_slot(question="几个人参加？", most=3000, too_many="太多了，请核对一下人数")

    def missing(fields: Fields) -> bool:
        named = fields.get("room_name") or fields.get("picked_id")
        return not is_office(fields) and not fields.get("people") and not named

    choices = ("6人", "10人", "15人", "20人", "30人", "50人")
    return replace(base, missing=missing, choices=lambda _f, _s: choices)


def place() -> Slot:
    """Return the blank for a wished building or floor."""
    base = words_slot(
        name="location", title="地点", question="想在哪栋楼、哪一层？", strip=r"^(在|要|去|换到?)"
    )

    def check(value: Any, fields: Fields, now: datetime) -> Fields:
        found = base.check(value, fields, now)
        # Another building said later replaces the one in an earlier room's name.
        named = str(fields.get("room_name") or "")
        if found and (BUILDING_WORD.search(named) or USUAL.search(named)):
            found |= {"room_name": ""}
        return found | ({"picked_id": None} if found else {})

    def read(text: str, fields: Fields, now: datetime) -> Fields | None:
        found = base.read(text, fields, now)
        return None if found is None else check(found["location"], fields, now)

    return replace(base, check=check, read=read, applies=lambda f: bool(f.get("location")))


def room_name() -> Slot:
    """Return the blank for the room; left open, the desk recommends one and shows it here."""
    base = words_slot(name="room_name", title="房间", question="要哪间？（房号或名称，说「随便」我来推荐）")

    def check(value: Any, fields: Fields, now: datetime) -> Fields:
        found = base.check(value, fields, now)
        if found and BUILDING_WORD.search(str(found["room_name"])):
            found |= {"location": ""}
        return found | ({"picked_id": None, "wish_room": "", **ANY_SIZE} if found else {})

    def read(text: str, fields: Fields, now: datetime) -> Fields | None:
        if re.fullmatch(r"(随便|都行|都可以|你?推荐|不限)[。.！!吧]*", text.strip()):
            return {"room_name": "", "picked_id": None, "location": "", **ANY_SIZE}
        found = base.read(text, fields, now)
        return None if found is None else check(found["room_name"], fields, now)

    def show(fields: Fields, _now: datetime) -> str:
        return str(fields.get("room_label") or fields.get("room_name") or "")

    wanted = "room_name", "room_label"
    return replace(
        base,
        check=check,
        read=read,
        show=show,
        applies=lambda f: not is_office(f) or any(f.get(w) for w in wanted),
    )


def equipment() -> Slot:
    """Return the blank for equipment and service: a list; what is said later is added."""

    def check(value: Any, fields: Fields, _now: datetime) -> Fields:
        said = [str(v) for v in value] if isinstance(value, list) else reading.split_list(str(value))
        known = [e for e in fields.get("equipment") or [] if e not in said]
        return {"equipment": tidied([*known, *said])[:12]}

    def read(text: str, fields: Fields, _now: datetime) -> Fields | None:
        cleaned = text.strip().strip("。.！!，,")
        if re.fullmatch(r"(都)?(不用|不要|不需要|没有?|无)(了|设备)?", cleaned):
            return {"equipment": []}
        said = reading.split_list(re.sub(r"^(要|需要|还要|再加个?)", "", cleaned))
        return {"equipment": tidied([s[:20] for s in said])[:12]} if said else None

    return Slot(
        name="equipment",
        title="设备服务",
        question=lambda _f: "要什么设备或服务？（如：投影、话筒、桌签，不用就说「不用」）",
        read=read,
        check=check,
        show=lambda f, _n: "、".join(f.get("equipment") or []),
        missing=lambda _f: False,
        choices=lambda _f, _s: ("投影", "话筒", "视频会议", "桌签", "茶水", "不用"),
        free=True,
        applies=lambda f: not is_office(f),
    )


def purpose() -> Slot:
    """Return the blank for what the meeting is, or why an office is wanted."""
    base = words_slot(
        name="purpose",
        title="事由",
        question="什么会、什么事由？",
        choices=lambda _f, _s: ("处务会", "座谈会", "汇报会", "培训", "视频会议"),
    )

    def check(value: Any, fields: Fields, now: datetime) -> Fields:
        # 「25人参会」 names no purpose.
        return {} if NO_PURPOSE.fullmatch(str(value).strip()) else base.check(value, fields, now)

    return replace(base, check=check)


def rank() -> Slot:
    """Return the blank for the rank an office is for; it sets the area limit (ROOM-2)."""

    def check(value: Any, _fields: Fields, _now: datetime) -> Fields:
        found = str(value) if value in RANKS else rank_in(str(value))
        if not found:
            raise BadInput("职级请从下面选一个：正厅、副厅、正处、副处、处以下")
        return {"rank": found}

    return Slot(
        name="rank",
        title="职级",
        question=lambda _f: "使用人是什么职级？（决定面积上限）",
        read=lambda text, f, now: check(text, f, now) if text in RANKS or rank_in(text) else None,
        check=check,
        show=lambda f, _n: str(f.get("rank") or ""),
        missing=lambda f: is_office(f) and f.get("office_case") != "vacate" and not f.get("rank"),
        choices=lambda _f, _s: RANKS,
        applies=is_office,
    )


def again() -> Slot:
    """Return the blank for a meeting that comes again; shown only when it does."""

    def read(text: str, fields: Fields, now: datetime) -> Fields | None:
        if re.search(r"不重复|一次|取消|不用", text):
            return {"recurrence": None}
        span = times.parse(text, now)
        if span is None or span.recurrence is None:
            return None
        r = span.recurrence
        until = r.until.isoformat() if r.until else None
        rule = {"every": r.every, "interval": r.interval, "weekdays": list(r.weekdays)}
        return {"recurrence": {**rule, "month_day": r.month_day, "until": until}}

    return Slot(
        name="recurrence",
        title="重复",
        question=lambda _f: "怎么重复？（如：每周一；只开一次就说「不重复」）",
        read=read,
        check=lambda _v, _f, _n: {},
        show=lambda f, _n: rule_words(f.get("recurrence")),
        missing=lambda _f: False,
        choices=lambda _f, _s: ("不重复",),
        applies=lambda f: bool(f.get("recurrence")) and not is_office(f),
    )


def rule_words(rule: Fields | None) -> str:
    """Say a rule of repetition: 「每周一、三」, 「每两周周五」, 「每个工作日」."""
    if not rule:
        return ""
    every, interval = rule.get("every"), int(rule.get("interval") or 1)
    until = (
        f"，到 {rule['until'][5:7].lstrip('0')}月{rule['until'][8:10].lstrip('0')}日"
        if rule.get("until")
        else ""
    )
    if every == "week":
        days = "、".join(WEEKDAYS[int(d)] for d in rule.get("weekdays") or ())
        return (f"每周{days}" if interval == 1 else f"每 {interval} 周的周{days}") + until
    if every == "month":
        return f"每{'' if interval == 1 else f' {interval} 个'}月{rule.get('month_day') or ''}{'日' if rule.get('month_day') else ''}{until}"
    return ("每个工作日" if every in ("workday", "day") else "") + until


SLOTS = (meeting_time(), head_count(), place(), room_name(), equipment(), purpose(), rank(), again())
