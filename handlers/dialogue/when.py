"""The time of a form: `start` and `end` as local ISO text, merged from what people say bit by bit.

`start` is `2026-11-24T14:00`, or `2026-11-24` while only the day is known. A clock time said alone (「改成三点半」) keeps
the day; a day said alone keeps the clock; an end that was not said again moves along with the start.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from desk.errors import BadInput
from desk.instants import spoken_day, to_instant
from handlers.dialogue import hearing

if TYPE_CHECKING:
    from nlu.understanding import Request

Fields = dict[str, Any]

# A weekday said without its week.
_WEEKDAY = re.compile(r"(?<![上下这本个隔])(?:周|星期|礼拜)(?P<day>[一二三四五六日天])(?![到至\-—])")
_SAME_DAY = re.compile(r"[当同][天日]|同一天")
_WHOLE_DAY = re.compile(r"全天|一?整天|全日|(?:用|包|要|跑|开|占)(?:车|会|会议室)?一天")
WORKDAY = ("08:30", "17:00")
GRACE = timedelta(minutes=5)
LONGEST = timedelta(days=15)
# From this hour on a clock said alone is likelier the evening's than the morning's.
EVENING = 18
UNTIL = re.compile(r"(?:那就?|就)?(?:大概|差不多)?(?:开|用|延长|延|一直)?到")
LONGER = re.compile(
    r"(?:(?P<more>延长|延时|再?多[开用]|再?加)|缩短|少[开用])[^，。]{0,2}?(?P<count>半|\d+(?:\.\d+)?|[一二两三四五六七八九十]+)个?(?P<half>半)?"
    r"(?P<unit>小时|钟头|分钟)"
)
HALF_OF_DAY = re.compile(r"早|晨|上午|中午|下午|傍晚|晚|夜|头晌|下晌|(?:1[3-9]|2[0-3])\s*[:：点时]")


def moment(value: str | None) -> datetime | None:
    """Return the local moment of a field, None for an absent one or a day without a clock time."""
    return datetime.fromisoformat(value) if value and "T" in value else None


def day_of(value: str | None) -> date | None:
    """Return the local day of a field."""
    return date.fromisoformat(value[:10]) if value else None


def instants(fields: Fields) -> tuple[datetime, datetime]:
    """Return start and end of a complete form as instants. Raises BadInput while one is missing."""
    start, end = moment(fields.get("start")), moment(fields.get("end"))
    if start is None or end is None:
        raise BadInput("时间还没说全，请告诉我几点到几点")
    return to_instant(start), to_instant(end)


def merge(fields: Fields, request: Request, *, now: datetime, horizon_days: int, text: str = "") -> Fields:
    """Return the time fields after `request`, as changes to `fields`; empty when it says nothing about time.

    `now` is naive local time; `text` is what was said. Raises BadInput for a time that is over, too far away, or ends
    before it starts.
    """
    start, end = request.slots.get("start"), request.slots.get("end")
    hints = request.hints
    if hints.get("recurrence") and end and "T" not in str(end):
        end = None  # until when a meeting comes again, not when it is over
    if not start and not end and hints.get("since") and not fields.get("start"):
        # A time that is over is understood as the beginning of a trouble; here it is what was asked for.
        since = str(hints["since"])
        return checked(
            {"start": since[:10] if since[11:16] == "00:00" else since[:16]},
            now=now,
            horizon_days=horizon_days,
        )
    if start and end:
        _in_order(str(start), str(end), text)
    start, end = _as_meant(fields, start, end, hints, now=now, text=text)
    shift = hints.get("shift_s")
    old_start, old_end = moment(fields.get("start")), moment(fields.get("end"))
    if shift and old_start:
        delta = timedelta(seconds=shift)
        moved = {"start": _iso(old_start + delta), "when_unsure": ""}
        return checked(
            moved | ({"end": _iso(old_end + delta)} if old_end else {}), now=now, horizon_days=horizon_days
        )
    if not start and not end:
        return _lengthened(old_start, hints, now=now, horizon_days=horizon_days)
    unsure = (hints.get("unsure") or {}).get("start", "")
    lone = hints.get("start_precision") == "clock" and not fields.get("when_unsure")
    if start and "上午" in unsure and old_start and lone:
        start, unsure = _nearest_half(start, old_start), ""
    lone_part = hints.get("day_assumed") and hints.get("start_precision") == "part"
    if start and (hints.get("any_day") or lone_part) and fields.get("start"):
        start = f"{str(fields['start'])[:10]}{start[10:]}"
    new_start = _joined(start, fields.get("start"), hints.get("start_precision"))
    changes: Fields = {"start": new_start or fields.get("start")}
    if start:
        changes["when_unsure"] = unsure
        changes["when_part"] = hints.get("start_precision") == "part"
    changes["end"] = _new_end(end, hints, old_start=old_start, old_end=old_end, start=changes["start"])
    changes["end_said"] = bool(end or hints.get("duration_s")) or bool(fields.get("end_said"))
    if changes.get("when_part"):
        # 「明天下午」 names a window, not an hour: the day is kept and the hour is asked for.
        changes |= {
            "start": str(changes["start"])[:10],
            "end": None,
            "end_said": False,
            "part": hints.get("part", ""),
        }
    return checked(changes, now=now, horizon_days=horizon_days)


def day_kept(request: Request, *, now: datetime, horizon_days: int) -> Fields:
    """Return the day of a time that would not do otherwise (its end came first), so that only the hours are asked anew."""
    day, hints = day_of(str(request.slots.get("start") or "") or None), request.hints
    if day is None or hints.get("day_assumed") or hints.get("start_precision") not in ("date", "datetime"):
        return {}
    if not now.date() <= day <= now.date() + timedelta(days=horizon_days):
        return {}
    return {"start": day.isoformat()}


def whole_day(fields: Fields, text: str) -> Fields:
    """Return office hours as the time of a day that is wanted whole (「周四全天」); empty when the hours are known or not meant."""
    day = day_of(fields.get("start"))
    if (
        day is None
        or moment(fields.get("start")) is not None
        or fields.get("part")
        or not _WHOLE_DAY.search(text)
    ):
        return {}
    begin, finish = (f"{day}T{clock}" for clock in WORKDAY)
    return {"start": begin, "end": finish, "end_said": True, "when_unsure": ""}


def until(fields: Fields, request: Request, text: str) -> Request:
    """Return `request` with a lone 「到十一点」 or 「十一点结束」 taken for the end of a meeting that has its start.

    The clock is the first one after the start, unless the words say which half of the day they mean.
    """
    if LONGER.search(text) and "duration_s" in request.hints:
        # 「多开一个半小时」 is how much longer, not how long: the kind itself hears it.
        return replace(request, hints={k: v for k, v in request.hints.items() if k != "duration_s"})
    begin = moment(fields.get("start"))
    start, end = request.slots.get("start"), request.slots.get("end")
    if begin is None or (start and end) or request.hints.get("start_precision") not in (None, "clock"):
        return request
    said = end or (start if UNTIL.match(text) else None)
    if not said or "T" not in said:
        return request
    finish = datetime.combine(begin.date(), datetime.fromisoformat(said[:16]).time())
    sure = HALF_OF_DAY.search(text)
    if not sure and finish - timedelta(hours=12) > begin:
        finish -= timedelta(hours=12)
    elif not sure and finish <= begin and finish.hour < 12:
        finish += timedelta(hours=12)
    slots = {k: v for k, v in request.slots.items() if k != "start"} | {"end": _iso(finish)}
    return replace(request, slots=slots)


def _in_order(start: str, end: str, text: str) -> None:
    """Raise BadInput for 「下午三点到两点」, which reads as the small hours of the next day."""
    begin, finish = moment(start), moment(end)
    if (
        begin is None
        or finish is None
        or re.search(
            r"次日|第二天|转天|隔天|[早凌]晨|早上|半夜|后天|通宵|过夜",
            re.split(r"[到至~-]", text, maxsplit=1)[-1],
        )
    ):
        return
    overnight = finish.date() == begin.date() + timedelta(days=1)
    if (
        overnight
        and 12 <= begin.hour < 18
        and finish.hour < 12
        and finish + timedelta(hours=12) <= begin + timedelta(days=1)
    ):
        raise BadInput(
            f"{begin:%H:%M} 到 {finish.hour + 12 if finish.hour else 12}:{finish:%M}，结束早于开始了，请再说一下几点到几点"
        )


def _as_meant(
    fields: Fields, start: str | None, end: str | None, hints: Fields, *, now: datetime, text: str
) -> tuple[str | None, str | None]:
    """Return start and end as a correction of an open form means them."""
    old = moment(fields.get("start"))
    if start and fields.get("start") and _SAME_DAY.search(text):
        day = str(fields["start"])[:10]  # 「当天回」 is said of the day spoken of, not of today
        start, end = (f"{day}{v[10:]}" if v and "T" in v else None for v in (start, end))
    if start and not end and old and hints.get("start_precision") == "clock" and hearing.is_coming_back(text):
        return None, f"{old:%Y-%m-%d}{start[10:16]}"
    if start and old and old.hour >= EVENING and hints.get("start_precision") == "clock":
        start = start if HALF_OF_DAY.search(text) else _nearest_half(start, old)
    named = _WEEKDAY.search(text)
    if start and old and named and old.date() > now.date() and not re.search(r"\d\s*[月号日]", text):
        # 「改成周四」 of a visit next Wednesday is that week's Thursday, not the nearest one.
        weekday = "一二三四五六日".index(named["day"].replace("天", "日"))
        there = old.date() + timedelta(days=weekday - old.weekday())
        if there >= now.date():
            return f"{there.isoformat()}{start[10:]}", f"{there.isoformat()}{end[10:]}" if end else None
    return start, end


def _nearest_half(start: str, old: datetime) -> str:
    """Return 「六点半」 said about something at seven in the morning as the morning's: the half of the day nearer to it."""
    clock = datetime.combine(old.date(), datetime.fromisoformat(start[:16]).time())
    both = (clock, clock + timedelta(hours=12 if clock.hour < 12 else -12))
    return _iso(min(both, key=lambda moment_: abs(moment_ - old)))


def _lengthened(old_start: datetime | None, hints: Fields, *, now: datetime, horizon_days: int) -> Fields:
    if hints.get("duration_s") and old_start:
        end = old_start + timedelta(seconds=hints["duration_s"])
        return checked(
            {"start": _iso(old_start), "end": _iso(end), "end_said": True}, now=now, horizon_days=horizon_days
        )
    return {}


def _joined(new: str | None, old: str | None, precision: str | None) -> str | None:
    """Join a new start to the old one: a lone clock keeps the day, a lone day keeps the clock."""
    if new is None:
        return None
    if precision == "clock" and old and "T" in new:
        return f"{old[:10]}T{new[11:16]}"
    if "T" not in new and old and "T" in old:
        return f"{new}T{old[11:16]}"
    return new[:16]


def _new_end(
    end: str | None,
    hints: Fields,
    *,
    old_start: datetime | None,
    old_end: datetime | None,
    start: str | None,
) -> str | None:
    begin = moment(start)
    if begin is None:
        return end[:16] if end and "T" in end else None
    if end and "T" in end:
        finish = datetime.fromisoformat(end[:16])
        # A lone new start beside an old end (or the reverse) may fall on another day: the clock is what was meant.
        if finish.date() != begin.date() and hints.get("start_precision") == "clock":
            finish = datetime.combine(begin.date(), finish.time())
        return _iso(finish)
    if end:
        return _iso(datetime.combine(date.fromisoformat(end[:10]), time(18)))
    if hints.get("duration_s"):
        return _iso(begin + timedelta(seconds=hints["duration_s"]))
    if old_start and old_end:
        return _iso(begin + (old_end - old_start))
    return None


def checked(changes: Fields, *, now: datetime, horizon_days: int) -> Fields:
    """Return the changes, or raise BadInput for a time nobody can book."""
    start, day, end = moment(changes.get("start")), day_of(changes.get("start")), moment(changes.get("end"))
    if start and start < now - GRACE:
        raise BadInput(f"{spoken_day(start.date(), today=now.date())} {start:%H:%M} 已经过去了，请换一个时间")
    if day and day < now.date():
        raise BadInput(f"{spoken_day(day, today=now.date())} 已经过去了，请换一个日期")
    if day and day > now.date() + timedelta(days=horizon_days):
        raise BadInput(
            f"最多提前 {horizon_days} 天预订，{day.year}年{day.month}月{day.day}日太远了，请近些时候再来订"
        )
    if start and end and end <= start:
        raise BadInput(f"结束时间 {end:%H:%M} 不晚于开始时间 {start:%H:%M}，请再说一下几点到几点")
    if start and end and end - start > LONGEST:
        raise BadInput("一次最多连续 15 天，请分成几张单子")
    return changes


def shown(fields: Fields, now: datetime) -> str:
    """Say the time of a form; an end the desk estimated is marked as such."""
    day = day_of(fields.get("start"))
    if day is None:
        return ""
    text = spoken_day(day, today=now.date())
    start, end = moment(fields.get("start")), moment(fields.get("end"))
    if start is None:
        return f"{text} {fields.get('part') or ''}".strip()
    text += f" {start:%H:%M}"
    if end is None:
        return text
    mark = "" if fields.get("end_said") else "（预计）"
    if end.date() == start.date():
        return f"{text}–{end:%H:%M}{mark}"
    return f"{text} 至 {spoken_day(end.date(), today=now.date())} {end:%H:%M}{mark}"


def _iso(value: datetime) -> str:
    return value.isoformat(timespec="minutes")
