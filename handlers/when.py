"""The time of a form: `start` and `end` as local ISO text, merged from what people say bit by bit.

`start` is `2026-11-24T14:00`, or `2026-11-24` while only the day is known. A clock time said alone (「改成三点半」) keeps
the day; a day said alone keeps the clock; an end that was not said again moves along with the start.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from desk.errors import BadInput
from desk.instants import spoken_day, to_instant

if TYPE_CHECKING:
    from nlu.understanding import Request

Fields = dict[str, Any]

GRACE = timedelta(minutes=5)
LONGEST = timedelta(days=15)


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


def merge(fields: Fields, request: Request, *, now: datetime, horizon_days: int) -> Fields:
    """Return the time fields after `request`, as changes to `fields`; empty when it says nothing about time.

    `now` is naive local time. Raises BadInput for a time that is over, too far away, or ends before it starts.
    """
    start, end = request.slots.get("start"), request.slots.get("end")
    hints = request.hints
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
    new_start = _joined(start, fields.get("start"), hints.get("start_precision"))
    changes: Fields = {"start": new_start or fields.get("start")}
    if start:
        changes["when_unsure"] = (hints.get("unsure") or {}).get("start", "")
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
