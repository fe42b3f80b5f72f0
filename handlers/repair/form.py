"""The form of a repair: where, what, how bad; and what the words tell beside the blanks."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from desk import places, repairs, triage
from desk.instants import to_local
from desk.places import Place
from desk.rules import load_rules
from handlers.dialogue.slots import words_slot
from handlers.kinds import Advice, Slot
from handlers.repair.names import NAME, level, table
from nlu import times
from nlu.understanding import Request

if TYPE_CHECKING:
    from handlers.kinds import Fields, Scene

# Nothing but that something is broken.
BROKEN = re.compile(
    r"(?:又|东西|有东西|这个|这儿|我这儿?|那个)?(?:坏了?|坏掉了|出毛病了|出故障了|有故障|不好使了?)[。.!！啊呀吧]*"
)
LONGEST = 60
AGAIN = re.compile("又|还是|没修好|刚修|再次|上次修|修完|修过")
MEETING = re.compile("开会|会议|有会|汇报会|座谈|会前|视频会")
SOON = re.compile("马上|一会儿?|立刻|这就|正在|现在")
FAULT = re.compile(
    r"(?:又|老是?|一直|有点儿?|全都?|都|总)?(?:不|坏|漏|堵|掉|断|裂|碎|松|卡|跳闸|没|打不|开不|关不|返|滴|响|闪|黑|爆|歪|晃|嘎嘎凉|[拔冰]凉|"
    r"失灵|故障|死机|报警|异响|有味|停|困|冒|冷|热|要换|得换|换)"
)
POINTING = re.compile(r"^(?:那个|这个|我的?|它)+|(?:那个|这个|它|他|她|的)+$")
ASKING = re.compile(r"[?？]|[吗么呢]$|多少|怎么|谁|啥|咋|哪")
NOT = re.compile(r"不是(?P<wrong>[^，。,；;是]{1,10}?)(?:[，。,；;]|[，,]?是|$)")
# What no place is called by: pointing at nothing, and things said about what goes on.
NO_PLACE = re.compile(
    r"^就?是?(?:那个?|这个?|它|他|这样|那样)?(?:东西|玩意儿?|的)?$|[了吧呗啊嘛]$|想|一下|可以|谢|不用|不知道|不清楚|修|^\d+[分星个号人]?$"
)
WISH = re.compile("想|粉刷|装修|刷墙")
# Another room of the same floor or building: 「改成513」, 「不对，是306」.
ROOM_INSTEAD = re.compile(
    r"(?:(?:不对|错了|说错了|打错了|不是)[，,\s]*)?(?:应该)?(?:是|改成|改到|改为|换成)(?P<room>\d{3,4})(?:房间?|室|屋)?[吧了。]*"
)
HASTE = re.compile(r"(?:挺|很|太|比较|有点)?(?:着急|急用|急)[，。,！!]?|赶紧|马上|快点|不(?:着)?急")
CLAUSE = re.compile(r"[，。；,;！!？?\n]|另外|还有|以及|顺便|再就是|然后")


# ── the blanks ──────────────────────────────────────────────────────────────────────────────────────


def place_slot() -> Slot:
    """Return the blank for the place; anything but 「我们屋」 will do."""

    def check(value: Any, fields: Fields, _now: datetime) -> Fields:
        said = [str(v) for v in value] if isinstance(value, list) else re.split("[、，,；]", str(value))
        text = _place_words(str(fields.get("location") or ""), said)[:LONGEST]
        vague = places.is_vague(text)
        return (
            {"location": text, "location_vague": vague, "place_name": "", "location_guessed": False}
            if text
            else {}
        )

    def read(text: str, fields: Fields, now: datetime) -> Fields | None:
        cleaned = re.sub(r"^(?:在|就在|是在|地点是?|位置是?)|[。.！!]+$", "", text.strip())
        if not cleaned or len(cleaned) > LONGEST or not re.search(r"[\w一-鿿]", cleaned):
            return None
        if ASKING.search(cleaned) or WISH.search(cleaned):
            return None
        if not places.looks_like_place(cleaned) and (
            len(cleaned) > 20 or _is_broken(cleaned) or NO_PLACE.search(cleaned)
        ):
            return None  # 「灯不亮」 is what is wrong, not where
        # Asked once what 「我们屋」 means and told nothing more: the department is known, somebody will ring.
        return {
            **check(cleaned, fields, now),
            "location_vague": places.is_vague(cleaned) and not fields.get("location"),
        }

    return Slot(
        name="location",
        title="位置",
        question=lambda f: (
            "具体在哪个楼、几层、哪个房间？" if f.get("location") else "在哪儿？（楼、层、房间，如：主楼305）"
        ),
        read=read,
        check=check,
        show=lambda f, _n: str(f.get("place_name") or f.get("location") or ""),
        missing=lambda f: not f.get("location") or bool(f.get("location_vague")),
        choices=lambda _f, s: tuple((s.actor.habits.get("places") or ())[:3]) if s.actor else (),
        free=True,
    )


def _place_words(old: str, said: list[str]) -> str:
    """Return the place after `said`; 「不是三楼，是四楼」 comes as both, the wrong one first."""
    if len(said) == 2 and said[0] in old and said[1] not in old:
        return old.replace(said[0], said[1], 1)
    return places.refined(old, places.joined(said))


def _is_broken(text: str) -> bool:
    """Say whether words tell of a thing known to break, or of a fault."""
    return bool(_thing_in(text) or FAULT.search(text))


def _thing_in(text: str) -> str:
    """Return the thing words are about; a single character counts when it is all there is (「灯」)."""
    rules = load_rules().parameters[NAME]
    return triage.thing_of(rules, object_=text if len(text) == 1 else "", fault=text, words="").name


def thing_slot() -> Slot:
    """Return the blank for what is broken; asked only when neither the thing nor the fault is known."""

    def read(text: str, _fields: Fields, _now: datetime) -> Fields | None:
        cleaned = text.strip().strip("。.！!，,")
        if not cleaned or len(cleaned) > LONGEST or not re.search(r"[\w一-鿿]", cleaned):
            return None
        if places.is_vague(cleaned) or (places.looks_like_place(cleaned) and not _is_broken(cleaned)):
            return None  # 「主楼508」 is where, not what
        return split_fault(cleaned)

    blank = words_slot(
        name="object",
        title="物品",
        question="什么坏了，怎么个情况？（如：灯不亮；也可以发张照片）",
        choices=lambda _f, _s: ("灯不亮", "跳闸没电", "水龙头漏水", "马桶堵了", "空调不好使", "门锁坏了"),
    )

    def check(value: Any, fields: Fields, now: datetime) -> Fields:
        said = (
            [POINTING.sub("", str(v)) for v in value]
            if isinstance(value, list)
            else POINTING.sub("", str(value))
        )
        return blank.check(said, fields, now)

    return replace(
        blank, read=read, check=check, missing=lambda f: not f.get("object") and not f.get("fault")
    )


def split_fault(text: str) -> Fields:
    """Take 「水龙头滴水」 apart into the thing and what is wrong with it."""
    found = FAULT.search(text)
    if found is None:
        return {"object": text}
    fault = text[found.start() :].rstrip("了啊呢吧")
    return {"fault": fault} | ({"object": text[: found.start()].strip()} if found.start() else {})


def recognise(text: str, _now: datetime) -> Request | None:
    """Take 「坏了」 alone for a report that has yet to say what and where."""
    return Request(intent="report_repair", kind=NAME) if BROKEN.fullmatch(text.strip()) else None


def listen(fields: Fields, text: str) -> Fields:
    """Catch what is broken from the words when nothing else did (without Rasa, or a thing it has never met)."""
    found = _without_wrong(fields, text)
    if (room := ROOM_INSTEAD.fullmatch(text.strip())) and fields.get("location"):
        moved = places.refined(str(fields["location"]), room["room"])
        found |= {"location": moved, "location_vague": False, "place_name": "", "location_guessed": False}
    if len(text) <= 15 and HASTE.match(text):
        found["urgency"] = text.strip("。.！!")
    if fields.get("object") or fields.get("fault"):
        return found | _fault_of(fields, text)
    for clause in filter(None, CLAUSE.split(text)):
        if _thing_in(clause):
            rest = clause.replace(str(fields.get("location") or "\0"), "").strip()
            return found | (split_fault(rest[:LONGEST]) if rest else {})
    return found


def _without_wrong(fields: Fields, text: str) -> Fields:
    """Take out what is denied: 「是滴水不是漏水」."""
    said = NOT.search(text)
    found: Fields = {}
    for name in ("object", "fault") if said else ():
        parts = str(fields.get(name) or "").split("、")
        kept = [p for p in parts if said is None or p != said["wrong"].strip()]
        if kept and kept != parts:
            found[name] = "、".join(kept)
    return found


def _fault_of(fields: Fields, text: str) -> Fields:
    """Return what stands behind a thing of which only the name was understood (「暖气嘎嘎凉」)."""
    thing = str(fields.get("object") or "")
    if fields.get("fault") or not thing:
        return {}
    clause = next((c for c in CLAUSE.split(text) if thing in c), "")
    told = FAULT.search(clause.partition(thing)[2])
    return {"fault": told.string[told.start() :].rstrip("了啊呢吧的")[:LONGEST]} if told else {}


# ── what is made of it ──────────────────────────────────────────────────────────────────────────────


def own_words(fields: Fields) -> str:
    """Return the part of what was said that is about this fault: one message may report two."""
    said = str(fields.get("said") or "")
    own = [str(fields[k]) for k in ("object", "fault", "location") if fields.get(k)]
    clauses = [c for c in CLAUSE.split(said) if any(w in c for w in own)]
    told = f"{fields.get('object') or ''}{fields.get('fault') or ''}"
    if not clauses:
        return told or said
    return f"{told}，{'，'.join(clauses)}"


def alarm_of(scene: Scene, fields: Fields) -> triage.Alarm | None:
    """Return the danger a report tells of; a drill is none, whatever is said of smoke."""
    if not is_danger(scene, fields):
        return None
    return triage.alarm_in(
        table(scene), own_words(fields) if fields.get("fault") else str(fields.get("said") or "")
    )


def is_danger(scene: Scene, fields: Fields) -> bool:
    """Say whether what was said must become a ticket without a question (P0)."""
    return triage.alarm_in(table(scene), str(fields.get("said") or "")) is not None


def read_place(scene: Scene, fields: Fields) -> tuple[Place, bool]:
    """Return the place the form names, and whether its building is only this person's usual one."""
    words = str(fields.get("location") or "")
    if not words or fields.get("location_vague"):
        return Place(), False
    stated = places.find_place(scene.session, words)
    usual = str(scene.actor.habits.get("building") or "") if scene.actor else ""
    if stated.building or not usual:
        return stated, False
    found = places.find_place(scene.session, words, usual_building=usual)
    return found, bool(found.building)


def defaults(scene: Scene, fields: Fields) -> Fields:
    """Read the place; a missing building is taken from where the person reported before, and shown as a guess."""
    return _placed(fields, *read_place(scene, fields))


def as_said(scene: Scene, fields: Fields) -> Fields:
    """Read the place without guessing anything."""
    return _placed(fields, places.find_place(scene.session, str(fields.get("location") or "")), False)


def _placed(fields: Fields, place: Place, guessed: bool) -> Fields:
    words = str(fields.get("location") or "")
    name = f"{place.building}{words}" if guessed and place.building not in words else words
    kept = {
        "building": place.building,
        "floor": place.floor,
        "room": place.room,
        "spot": place.spot,
        "room_id": place.room_id,
    }
    return {"place": kept, "place_name": name, "location_guessed": guessed}


def judge(scene: Scene, fields: Fields) -> Fields:
    """Return what triage makes of a filled form: thing, trades, level, and what the dispatcher should know."""
    rules, words = table(scene), own_words(fields)
    alarm = alarm_of(scene, fields)
    if alarm is not None:
        thing = triage.thing_named(rules, alarm.thing)
        code = "P0"
    else:
        thing = triage.thing_of(
            rules, object_=str(fields.get("object") or ""), fault=str(fields.get("fault") or ""), words=words
        )
        code = triage.level_of(
            rules,
            thing=thing,
            words=words,
            urgency=f"{fields.get('urgency') or ''}",
            today=to_local(scene.now).date(),
            meeting_soon=is_before_meeting(scene, fields),
        ).code
    return {
        "thing": thing.name,
        "trades": list(thing.trades),
        "owner": thing.owner,
        "level": code,
        "alarm": alarm.name if alarm else "",
        "project": code == "P4",
        "lock_change": code not in ("P0", "P4") and triage.is_lock_change(rules, words),
        "again": bool(AGAIN.search(words)),
    }


def is_before_meeting(scene: Scene, fields: Fields) -> bool:
    """Say whether a meeting depends on it within the hour: by the room's bookings, or by what was said."""
    within = timedelta(minutes=table(scene)["meeting_minutes"])
    place = repairs.place_of(fields)
    if repairs.meeting_soon(scene.session, place, now=scene.now, within=within):
        return True
    said = str(fields.get("said") or "")
    if not MEETING.search(said):
        return False
    now = to_local(scene.now)
    span = times.parse(said, now)
    if span is None or span.start is None or span.start_is_date:
        return bool(SOON.search(said))
    return now <= span.start <= now + within


def advise(scene: Scene, fields: Fields) -> Advice:
    """Say before submission how urgent it is taken to be, and what will become of it."""
    filled = {**fields, **defaults(scene, fields)}
    filled |= judge(scene, filled)
    found = level(filled, scene)
    notes = [f"⏱ {found.name}（{found.code}）：{found.says}"]
    twin = repairs.twin(
        scene.session, filled, since=scene.now - timedelta(hours=table(scene)["cluster_hours"])
    )
    if twin is not None and found.code != "P4":
        notes.append(f"👥 同一处已有人报修（{twin.number}，{twin.state}），提交后并在一起办，修好一起通知")
    if filled["project"]:
        notes.append(f"📌 {scene.house.rules.rule('REP-2').quoted()}提交后由调度员告诉您怎么走审批。")
    if filled["lock_change"]:
        notes.append(f"📌 {scene.house.rules.rule('REP-3').quoted()}")
    if filled["owner"] and found.code != "P0":
        notes.append(f"📌 这类一般由{filled['owner']}处理，先登记，调度员帮您对接")
    if filled["thing"] == "暖气" and not triage.is_heating_season(table(scene), to_local(scene.now).date()):
        notes.append("📌 现在不在供热期，先登记检查")
    return Advice(notes=tuple(notes))
