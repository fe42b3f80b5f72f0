"""The form of a trip: what is asked, what is filled in unasked, and what the words tell beside the slots."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from handlers.dialogue import when
from handlers.dialogue.slots import people_slot, time_slot, words_slot
from handlers.vehicle.base import both_ways, parameter
from handlers.vehicle.checking import FAMILY, is_far
from nlu import numbers, times

if TYPE_CHECKING:
    from handlers.kinds import Fields, Scene, Slot
    from nlu.understanding import Request

# More cars than these are talked over with the dispatchers.
MOST_CARS = 5
# From the smallest up, for 「换大点的车」.
SIZES = ("轿车", "商务车", "考斯特", "大客车")
_BIGGER = re.compile(r"(?:大|宽敞)(?:一?[点些]儿?)的?(?:车|那种)?|坐不下|坐得下的|装不下|大车")
_SMALLER = re.compile(r"小(?:一?[点些]儿?)的?(?:车|那种)?|(?:不用|用不着|不要)(?:那么|这么)大|小车|普通轿车")
_FROM = re.compile(
    r"(?<!不是)(?<!不)从(?P<place>[^，。；从\s]{2,12}?)(?:那边|这边|那儿|这儿|那)?(?:上车|出发|走(?=$|[，。！吧]))"
)

# The hour of a flight or a train, said where the car's is wanted.
_RIDE = re.compile(
    r"(?:点|半|[一二三]刻|分|\d{2}|[二三四五]?十[一二三四五六七八九]?)(?:钟|左右)?(?:起飞|发车|开)?的?(?P<what>飞机|航班|高铁|火车|动车)(?![场站])"
)
# G1256, CZ6123: the number by which a driver looks up a delay. A number plate is none.
_RIDE_NO = re.compile(
    r"(?<![A-Za-z0-9·一-鿿-])(?:[GDCKZT]\d{2,4}|(?:[A-Z]{2}|[A-Z]\d|\d[A-Z])\d{3,4})(?![\dA-Za-z-])"
    r"|(?<=[接送乘坐是次班铁车机票号])(?:[GDCKZT]\d{2,4}|[A-Z]{2}\d{3,4})(?![\dA-Za-z-])",
    re.IGNORECASE,
)
_TRAVELS = re.compile(r"[接送]|站|机场|航班|飞机|高铁|火车|动车|车次|次(?![序要])|落地|到达|抵达")
# 「九点开会，八点二十就得走」: the car is wanted when one leaves.
_CLOCK = r"[\d一二三四五六七八九十两]{1,3}(?:点|[:：])(?:半|[一三]刻|[\d一二三四五六七八九十]{1,3}分?)?"
_CLOCKS = re.compile(_CLOCK)
_LEAVES = re.compile(
    rf"(?P<clock>{_CLOCK})(?:就|得|要|必须|钟|左右|准时|从单位)*(?:走|出发|动身|发车|往那边?赶)"
)
# 「送机要」 sees no plane off.
_PAPERS = re.compile(r"(?P<what>[送取])(?:一?下)?机要(?!车)")
# Whom one meets or sees off is what the trip is for.
_MEETS = re.compile(
    r"(?:接(?![下着待到])|送)(?:一下)?[一-鿿]{0,8}?(?:局长?|厅长?|处长?|主任|科长|书记|老师|专家|教授|领导|客人|来宾|嘉宾|同志|代表|考察团|调研组)(?=$|[^一-鿿]|去|到|回|们|[一二两三四五六七八九十]+[个位人名])"
)
_SELF_DRIVEN = re.compile(
    r"(?:不[要用带]|别派|不需要|甭派)(?:派)?(?:司机|驾驶员|师傅)(?!等)|我?(?:们|自己|自个)+(?:来)?开(?:车|就行|吧|$)"
)
_MORE_STOPS = re.compile(
    r"^(?!.*(?:改|换|不是)).*(?:多去|[还再](?:要|得|想)?去|顺[路道便]|[多加](?:[一个])*(?:站|个?点(?!钟)|个?地方)|途经|路过|绕(?:一下|道|到))"
)
_MEETING_ARRIVALS = re.compile(r"接(?!着)|落地|抵达|到达|到站|降落")
HALF_DAY = timedelta(hours=12)
# Nobody means an earlier hour by a clock said without its half of the day.
FIRST_HOUR = 5


def defaults(scene: Scene, fields: Fields) -> Fields:
    """Fill what people usually leave out: pickup place, return time, phone; each is shown on the card."""
    person = scene.actor
    found: Fields = {}
    if person is not None and not fields.get("origin"):
        home = person.department.name if person.department else ""
        found["origin"] = str(person.habits.get("origin") or (f"{home}门口" if home else "单位门口"))
        found["origin_guessed"] = True
    start = when.moment(fields.get("start"))
    if start and not when.moment(fields.get("end")):
        hours = parameter(scene, "long_trip_hours" if is_far(scene, fields) else "trip_hours")
        found |= {"end": (start + timedelta(hours=hours)).isoformat(timespec="minutes"), "end_said": False}
    return found


def _when_told(fields: Fields, text: str) -> Fields:
    """Return what the words tell of the time: the hour of a flight or train is not when the car leaves; 全天 is office hours."""
    start = when.moment(fields.get("start"))
    if start is None:
        return when.whole_day(fields, text)
    ride = _RIDE.search(text)
    if ride is None or fields.get("departs") or _MEETING_ARRIVALS.search(text):
        return _overnight(fields, start, text)
    what = "航班" if ride["what"] in ("飞机", "航班", "机") else "车次"
    return {
        "departs": start.isoformat(timespec="minutes"),
        "ride": what,
        "when_unsure": f"{start:%H:%M} 是{what}时间吧？",
    }


def _overnight(fields: Fields, start: datetime, text: str) -> Fields:
    """Return when a trip of so many nights is over, where its end was not said."""
    nights = _NIGHTS.search(text)
    if nights is None or fields.get("end_said"):
        return {}
    last = start.date() + timedelta(days=numbers.parse_int(nights["count"]) or 1)
    return {"end": f"{last.isoformat()}T17:00", "end_said": True}


def _start_slot() -> Slot:
    """When the car leaves; asked with the usual leads when only the flight or the train was told."""
    base = time_slot(question="什么时候出发？（如：明天下午两点）")

    def question(fields: Fields) -> str:
        if fields.get("departs") and fields.get("when_unsure"):
            return f"{fields['when_unsure']}几点从单位出发？"
        return base.question(fields)

    def read(text: str, fields: Fields, now: datetime) -> Fields | None:
        found = base.read(text, fields, now)
        departs, start = when.moment(fields.get("departs")), when.moment((found or {}).get("start"))
        if not found or departs is None or start is None:
            return found
        if start > departs >= start - HALF_DAY:
            start -= HALF_DAY  # 「三点半」 before a flight at six is in the small hours
        end = when.moment(found.get("end")) if found.get("end_said") else None
        return {
            **found,
            "start": start.isoformat(timespec="minutes"),
            "end": end and found["end"],
            "when_unsure": "",
        }

    def choices(fields: Fields, scene: Scene) -> tuple[str, ...]:
        departs = when.moment(fields.get("departs"))
        if departs is None or not fields.get("when_unsure"):
            return base.choices(fields, scene)
        leads = parameter(scene, "flight_leads" if fields.get("ride") == "航班" else "train_leads")
        return tuple(f"{departs - timedelta(minutes=m):%H:%M}" for m in leads)

    return replace(base, question=question, read=read, choices=choices)


def several(request: Request, text: str) -> tuple[Fields, ...]:
    """Return how many ride in each of the cars where several are asked for at once: a ticket is one car."""
    count = min(int(request.hints.get("vehicle_count") or 1), MOST_CARS)
    riders = request.slots.get("people")
    if count < 2:
        return ()
    if not riders or re.search("各|每[辆台]", text):
        return ({},) * count
    return tuple({"people": (int(riders) + i) // count} for i in reversed(range(count)))


def _leaving(fields: Fields, text: str) -> str | None:
    """Return when one leaves, where the words tell that beside another hour; the last such clock before that hour."""
    told, start = _LEAVES.search(text), when.moment(fields.get("start"))
    if told is None or start is None or len(_CLOCKS.findall(text)) < 2:
        return None
    span = times.parse(told["clock"], start)
    if span is None or span.start is None:
        return None
    clock = datetime.combine(start.date(), span.start.time())
    both = (clock, clock + HALF_DAY if clock.hour < 12 else clock - HALF_DAY)
    before = [c for c in both if c <= start and c.hour >= FIRST_HOUR]
    return max(before).isoformat(timespec="minutes") if before else None


def listen(fields: Fields, text: str) -> Fields:
    """Return what the words tell beside the slots: a flight's hour, a bigger or smaller car, a private errand."""
    betrayed = FAMILY.search(text)
    # Words taken back (「说错了，是去开会」) no longer count, as far as this sentence goes.
    found: Fields = (
        {"private_words": betrayed[0] if betrayed else ""} if betrayed or fields.get("private_words") else {}
    )
    found |= _when_told(fields, text)
    if (leaving := _leaving(fields, text)) is not None:
        found["start"] = leaving
    if papers := _PAPERS.search(text):
        found["purpose"] = f"{papers['what']}机要文件"
    elif fields.get("destination") and (meets := _MEETS.search(text)):
        whom, told = meets[0].replace("一下", ""), str(fields.get("purpose") or "")
        found |= (
            {"purpose": whom} if whom.startswith(told) else {}
        )  # nothing, or only the beginning, was read
    if _SELF_DRIVEN.search(text):
        found["self_driven"] = True
    if (ride := _RIDE_NO.search(text)) and _TRAVELS.search(text):
        found["ride_no"] = ride[0].upper()
    if fields.get("start") and (origin := _FROM.search(text)):
        found |= {"origin": origin["place"], "origin_guessed": False}
    step = 1 if _BIGGER.search(text) else -1 if _SMALLER.search(text) else 0
    if not step or not fields.get("start"):
        return found
    now = str(fields.get("vehicle_type") or "")
    here = SIZES.index(now) if now in SIZES else 0 if int(fields.get("people") or 1) <= 4 else 1
    return found | {"vehicle_type": SIZES[min(max(here + step, 0), len(SIZES) - 1)]}


def _destination_slot() -> Slot:
    """Where the trip goes; one stop more joins those there are, and the way back stands behind."""
    base = words_slot(
        name="destination",
        title="目的地",
        question="去哪儿？",
        required=True,
        strip=r"^(我们?)?(想|要)?(去|到|送到|前往)",
        choices=lambda _f, scene: tuple(parameter(scene, "common_places"))[:6],
    )
    return replace(
        base,
        adds=_MORE_STOPS,
        show=lambda f, _n: f"{f['destination']}{both_ways(f)}" if f.get("destination") else "",
    )


def _ride_slot() -> Slot:
    """The flight or train to meet, once somebody told it; never asked for."""
    base = words_slot(name="ride_no", title="航班车次", question="航班号、车次是多少？")
    return replace(base, applies=lambda f: bool(f.get("ride_no")))


_NIGHTS = re.compile(r"[住待过](?P<count>[一二两三四五六七]|\d{1,2})(?:个)?[晚宿夜]")


def absorb(request: Request, other: Request) -> Fields | None:
    """Return what 「住一晚」 is to a trip: when it is over. Lodging for others is a reception and stays one."""
    nights = _NIGHTS.search(other.text)
    own = other.slots.keys() <= {"start", "end", "lodging", "people", "purpose"}
    day = when.day_of(str(request.slots.get("start") or "") or None)
    if other.kind != "reception" or nights is None or not own or day is None:
        return None
    last = day + timedelta(days=numbers.parse_int(nights["count"]) or 1)
    found = {"end": f"{last.isoformat()}T17:00"}
    start = str(other.slots.get("start") or "")
    return found | ({"start": start} if "T" in start else {})


SLOTS = (
    _start_slot(),
    _destination_slot(),
    people_slot(question="几个人坐车？", most=500, too_many="太多了，一次最多 500 人，请核对一下人数"),
    _ride_slot(),
    words_slot(name="origin", title="出发地", question="从哪儿上车？", strip=r"^(在|从)|(上车|出发|接)$"),
    words_slot(
        name="vehicle_type",
        title="车型",
        question="要什么车型？",
        choices=lambda _f, _s: ("轿车", "商务车", "越野车", "考斯特", "大客车"),
    ),
    words_slot(
        name="purpose",
        title="事由",
        question="什么事由？",
        choices=lambda _f, _s: ("开会", "调研", "接送站", "送文件", "接待来宾", "其他公务"),
    ),
)
