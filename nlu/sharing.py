"""What the requests of one message have in common: the hour, the day, the people, the place.

Something is lent only where the sentence shares it: an hour to the booking that names none, guests to the car that drives
them, a room to the second thing broken in it. Nothing is lent to goods, and no meeting's people to a car of another hour.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from nlu.understanding import TICKET_INTENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.understanding import Request

_WEEK = 7
_SHARING = frozenset({"vehicle", "room", "reception"})


def share(requests: Sequence[Request], *, day: str | None = None) -> list[Request]:
    """Time and head count of one booking lent to those that say nothing about them; repairs share a place at most.

    「明天下午两点开会，12个人，订个会议室，再派个车」: the meeting's hour and people are the car's. 「周五十点开会，中午安排桌餐」:
    an hour without a day is of the day said before.

    Args:
        requests: what was found, in the order it was said.
        day: the only day the message names (ISO), if it names one only; also where it stands in no request's own words.
    """
    shared: list[Request] = []
    for place, said in enumerate(requests):
        request = _of_that_week(said, shared)
        request = _in_that_room(request, shared)
        if request.kind == "repair":
            shared.append(_placed(_likewise_broken(request, shared), requests))
            continue
        if request.kind not in _SHARING:
            shared.append(request)
            continue
        # What stands before counts first, the nearest of it; then what comes after (「……，都是明天上午」).
        before = [other for other in reversed(shared) if other.kind in _SHARING or "people" in other.slots]
        after = [other for other in requests[place + 1 :] if other.kind in _SHARING]
        dropped = [other for other in reversed(shared) if other.intent in TICKET_INTENTS]
        shared.append(
            _lent(_after_the_ride(_sized(request), before), before, after, day=day or _day_of(dropped))
        )
    return _told_later(_one_reception(shared))


_DETAIL = re.compile(r"[，,。;；\s]*(?P<thing>[\u4e00-\u9fff]{1,3}?)(?:呢|的话)?(?:就)?是")


def _told_later(requests: list[Request]) -> list[Request]:
    """「灯坏了，车也要一台，灯是三楼走廊的，车是明天九点的」: what is said of a thing later on is of the request that named it."""
    kept: list[Request] = []
    for request in requests:
        detail = _DETAIL.match(request.text)
        of = next(
            (
                i
                for i, other in enumerate(kept)
                if detail and other.intent == request.intent and detail["thing"] in other.text
            ),
            None,
        )
        if of is None:
            kept.append(request)
            continue
        first = kept[of]
        lent = first.hints.get("shared", ())
        own = {name: value for name, value in first.slots.items() if name not in lent}
        kept[of] = replace(
            first,
            slots=request.slots | own,
            hints=request.hints | first.hints,
            text=f"{first.text}，{request.text}",
        )
    return kept


_TOO = re.compile(r"也|同样|一样|同上")


def _likewise_broken(request: Request, before: Sequence[Request]) -> Request:
    """「205空调不制冷，206也不制冷」: the thing, and where it is not told what is wrong with it, is that of the other place."""
    lender = before[-1] if before and before[-1].kind == "repair" else None
    if lender is None or "object" in request.slots or not _TOO.search(request.text):
        return request
    lent = {name: lender.slots[name] for name in ("object", "fault") if name in lender.slots}
    return replace(request, slots=lent | request.slots, hints=request.hints | {"shared": sorted(lent)})


_NEXT_WEEK = re.compile(r"下+个?(?=周|星期|礼拜)")
_WEEKDAY = re.compile(r"(?<![下这本上每个])(?:周|星期|礼拜)[一二三四五六日天]")


def _of_that_week(request: Request, before: Sequence[Request]) -> Request:
    """「下周三场会：周一……，周三……」: a weekday after one of next week is of that week too."""
    lender = next((r for r in reversed(before) if "start" in r.slots and r.kind in _SHARING), None)
    if lender is None or "start" not in request.slots or _NEXT_WEEK.search(request.text):
        return request
    early = str(request.slots["start"]) < str(lender.slots["start"])
    told = any(_NEXT_WEEK.search(r.text) for r in before)
    if not (early and told and _WEEKDAY.search(request.text)):
        return request
    slots = dict(request.slots)
    _move(slots, (date.fromisoformat(str(slots["start"])[:10]) + timedelta(days=_WEEK)).isoformat())
    return replace(request, slots=slots)


def _one_reception(requests: list[Request]) -> list[Request]:
    """「河南来五个人……另外中午安排工作餐」: what names no visitors of its own is of the reception before."""
    kept: list[Request] = []
    for request in requests:
        host = next((i for i, other in enumerate(kept) if other.kind == request.kind == "reception"), None)
        guests = {"visitor_org", "visitors", "people"} & request.slots.keys() - set(
            request.hints.get("shared", ())
        )
        if host is None or guests:
            kept.append(request)
            continue
        first = kept[host]
        kept[host] = replace(
            first, slots=request.slots | first.slots, text=f"{first.text}，{request.text}".strip("，")
        )
    return kept


def _placed(request: Request, requests: Sequence[Request]) -> Request:
    """「灯不亮，水龙头也漏，302」: faults told in one breath are in one place."""
    places = {r.slots["location"] for r in requests if r.kind == "repair" and "location" in r.slots}
    if "location" in request.slots or len(places) != 1 or any(r.hints.get("announced") for r in requests):
        return request
    return replace(
        request,
        slots=request.slots | {"location": places.pop()},
        hints=request.hints | {"shared": ["location"]},
    )


def _day_of(tickets: Sequence[Request]) -> str | None:
    """「明天的会议室取消，改派辆车，十点半去人大」: the day of what is dropped is that of what comes instead."""
    return next((str(ticket.slots["start"])[:10] for ticket in tickets if "start" in ticket.slots), None)


_SIZE = re.compile(r"(?:要|用|订|来|借|留|整)[个间]?(?P<size>[大小])的")


def _sized(request: Request) -> Request:
    """「上午要小的，下午要大的」 says which room as well as a name does."""
    size = _SIZE.search(request.text) if request.kind == "room" and "room_name" not in request.slots else None
    return replace(request, slots=request.slots | {"room_name": f"{size['size']}会议室"}) if size else request


_BACK_FIRST = re.compile(
    r"(?:返回|回来|返程|回到|回局|回单位)[^，。；]{0,4}(?:后|再)?[^，。；]{0,4}(?:开|召开|用|接着)"
)


def _after_the_ride(request: Request, before: Sequence[Request]) -> Request:
    """「……14:30返回后召开会议，请预留会议室」: the meeting begins when the car is back."""
    ride = next((r for r in before if r.kind == "vehicle" and "T" in str(r.slots.get("end"))), None)
    if (
        request.kind != "room"
        or "start" in request.slots
        or ride is None
        or not _BACK_FIRST.search(ride.text)
    ):
        return request
    return replace(
        request,
        slots=request.slots | {"start": ride.slots["end"]},
        hints=request.hints | {"start_precision": "datetime", "shared": ["start"]},
    )


def _lent(
    request: Request, before: Sequence[Request], after: Sequence[Request], *, day: str | None
) -> Request:
    slots, hints = dict(request.slots), dict(request.hints)
    borrowed: list[str] = []
    own_time = "start" in slots
    dated = next(
        (r for r in (*before, *after) if "start" in r.slots and not r.hints.get("day_assumed")), None
    )
    told = str(dated.slots["start"])[:10] if dated is not None else day
    if own_time and told is not None and hints.get("day_assumed"):
        _move(slots, told)
        hints.pop("day_assumed", None)
        hints["start_precision"] = "datetime" if "T" in str(slots["start"]) else hints.get("start_precision")
        borrowed.append("day")
    lender = next((r for r in (*before, *after) if "start" in r.slots), None)
    if not own_time and lender is not None:
        borrowed += [name for name in ("start", "end") if name in lender.slots and name not in slots]
        slots |= {name: lender.slots[name] for name in borrowed}
        hints |= {key: lender.hints[key] for key in _OF_START if key in lender.hints}
    many = next((r for r in before if "people" in r.slots), None) or next(
        (r for r in after if "people" in r.slots and _ALL_OF_THEM.search(r.text)), None
    )
    if (
        many is not None
        and "people" not in slots
        and (many in after or _same_people(request, many, own_time=own_time))
    ):
        slots["people"] = many.slots["people"]
        borrowed.append("people")
    there = _same_there(request, before) | _for_all(request, after)
    slots |= there
    borrowed += there
    if borrowed:
        hints["shared"] = borrowed
    return replace(request, slots=slots, hints=hints)


_ONCE_AGAIN = {
    "room": (
        "room_name",
        re.compile(
            r"也(?:要|想|得)?(?:[给帮]我们?)?(?:用|在(?:那|这)|占)|(?:还|仍)(?:是|用|在)|同一间|那间|同上"
        ),
    ),
    "vehicle": (
        "destination",
        re.compile(r"(?:也|还)(?:要|得|是|再)?去(?![^，。]{1,3}[，。])|同上|同样的地方"),
    ),
}


_ALL_THE_SAME = re.compile(r"[，,。；;\s](?:都|均|全)(?:是|用|要|坐|在|安排)")


def _for_all(request: Request, after: Sequence[Request]) -> dict[str, Any]:
    """「……，……，都用商务车」: the car or the place that is said last, for all of them."""
    lender = next((r for r in after if r.kind == request.kind and _ALL_THE_SAME.search(r.text)), None)
    names = ("vehicle_type", "location", "equipment") if lender is not None else ()
    return {
        name: lender.slots[name]
        for name in names
        if lender and name in lender.slots and name not in request.slots
    }


_THAT_ROOM = re.compile(r"[那这该](?:个|间)?(?:会议室|屋|会场|房间?|间)|里[头面]的?")
_A_ROOM = re.compile(r"会议[室厅]|接待室|洽谈室|贵宾[室厅]|报告厅|多功能厅|礼堂|\d{3}")


def _in_that_room(request: Request, before: Sequence[Request]) -> Request:
    """「……三楼会议室的音响没声，再就是这个会议室明天用」, 「305开会……，那屋空调也坏了」: a room named by the request before."""
    name = {"room": "room_name", "repair": "location"}.get(request.kind or "")
    if name is None or name in request.slots or not _THAT_ROOM.search(request.text):
        return request
    told = (str(r.slots.get("room_name") or r.slots.get("location") or "") for r in reversed(before))
    room = next((place for place in told if _A_ROOM.search(place)), None)
    if room is None:
        return request
    shared = [*request.hints.get("shared", ()), name]
    return replace(request, slots=request.slots | {name: room}, hints=request.hints | {"shared": shared})


def _same_there(request: Request, before: Sequence[Request]) -> dict[str, Any]:
    """「三楼会议室明天用一下，后天也用一下」: the room or the goal of the booking before, where the words say it is the same."""
    name, same = _ONCE_AGAIN.get(request.kind or "", ("", _TOO))
    lender = next((other for other in before if other.kind == request.kind and name in other.slots), None)
    if lender is None or name in request.slots or not same.search(request.text):
        return {}
    return {name: lender.slots[name]}


_ALL_OF_THEM = re.compile(r"(?:都|全)是?[^，。]{0,4}?[\d一二两三四五六七八九十俩仨][^，。]{0,3}?[人位个]")
_OF_START = ("start_precision", "part", "unsure", "day_assumed")


def _move(slots: dict[str, Any], day: str) -> None:
    """Put start and end on that day, the end as many days later as it was."""
    moved = date.fromisoformat(day) - date.fromisoformat(str(slots["start"])[:10])
    for name in ("start", "end"):
        if name in slots:
            old = str(slots[name])
            slots[name] = (date.fromisoformat(old[:10]) + moved).isoformat() + old[10:]


def _same_people(request: Request, lender: Request, *, own_time: bool) -> bool:
    """Whether the people named before are this booking's: guests, or of the same hour, or 「他们」; goods have none."""
    if request.hints.get("goods"):
        return False
    return not own_time or lender.kind == "reception" or bool(request.hints.get("same_people"))
