"""From a phrase to instants: the day, the clock, the end, what is still open."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from math import ceil
from typing import TYPE_CHECKING

from nlu._times.clocks import clock_minutes, end_minutes, office_window, part_window
from nlu._times.daybase import ONE_DAY, WHICH_DAY, Days, Env, add_length
from nlu._times.days import resolve_days
from nlu._times.model import Recurrence, TimeSpan

if TYPE_CHECKING:
    from nlu._times.phrases import Item
    from nlu._times.tokens import Length

_MIDNIGHT = time()


@dataclass(slots=True)
class Draft:
    """A time span in the making."""

    env: Env
    text: str
    start: datetime | None = None
    end: datetime | None = None
    duration: timedelta | None = None
    days: Days | None = None
    unsure: str | None = None
    has_clock: bool = False
    start_is_date: bool = False
    end_stated: bool = False
    end_is_date: bool = False
    recurrence: Recurrence | None = None
    minutes: int | None = None
    extra: dict[str, str] = field(default_factory=dict)

    def doubt(self, reason: str | None) -> None:
        self.unsure = self.unsure or reason


def resolve(
    first: Item | None,
    second: Item | None,
    length: Length | None,
    env: Env,
    text: str,
    spans: tuple[tuple[int, int], ...],
) -> TimeSpan | None:
    """The time span of one phrase, or None when its words mean no time after all."""
    draft = Draft(env, text)
    if first is not None and not _start(draft, first):
        return None
    draft.doubt(first.doubt if first else None)
    if second is not None:
        _finish(draft, first, second)
    if length is not None and (second is None or draft.end is None or not draft.end_stated):
        _lengthen(draft, length)
    if first is not None and second is None and length is None:
        _bound(draft, first)
    if draft.start is None and draft.end is None and draft.duration is None and draft.unsure is None:
        return None
    return TimeSpan(
        start=draft.start,
        end=draft.end,
        duration=draft.duration,
        has_date=(draft.days is not None and not _only_that_day(first))
        or bool(first and (first.at or first.now or first.within or first.recur)),
        has_clock=draft.has_clock,
        start_is_date=draft.start_is_date,
        unsure=draft.unsure,
        recurrence=draft.recurrence,
        fragments=spans,
        start_is_part=bool(
            first and first.part and first.part != "allday" and not (first.clock or first.office)
        ),
        end_stated=draft.end_stated,
        end_is_date=draft.end_is_date and draft.end_stated,
    )


def _only_that_day(item: Item | None) -> bool:
    """「当天下午」: which day it is was said elsewhere."""
    return item is not None and bool(item.dates) and all(tok.kind == "SAME_DAY" for tok in item.dates)


def _at(day: date, minutes: int, seconds: int = 0) -> datetime:
    return datetime.combine(day, _MIDNIGHT) + timedelta(minutes=minutes, seconds=seconds)


def _start(draft: Draft, item: Item) -> bool:
    env = draft.env
    if item.at:
        length, side = item.at
        draft.start, draft.has_clock = _moved(env, length, side), True
        draft.doubt("没说准多久" if length.vague else None)
        return True
    if item.within:
        draft.start, draft.end_stated = env.now, True
        draft.end = _deadline(env, item.within)
        if draft.end < env.now:  # 「过去24小时」
            draft.start, draft.end = draft.end, env.now
        return True
    if item.now:
        draft.start, draft.has_clock = env.now, True
        return True
    if item.vague_day:
        draft.unsure, draft.has_clock = WHICH_DAY, bool(item.clock)
        return True
    if item.dates:
        draft.days = resolve_days(item.dates, env)
        if draft.days is None:
            return False
    if item.recur:
        _recur(draft, item)
    _clock_of_start(draft, item)
    return True


def _deadline(env: Env, length: Length) -> datetime:
    """「三天内」 ends with a day, 「两小时内」 with a minute; of working days the last one counts in full."""
    if not length.by_the_day:
        return _moved(env, length, 1)
    return _at(add_length(env.now.date(), length, 1, env.calendar), 1440 if length.workdays else 0)


def _moved(env: Env, length: Length, side: int) -> datetime:
    day = add_length(env.now.date(), replace_days(length), side, env.calendar)
    return datetime.combine(day, env.now.time()) + side * timedelta(days=length.days, seconds=length.seconds)


def replace_days(length: Length) -> Length:
    """Only what counts in whole months and working days."""
    return replace(length, days=0.0, seconds=0.0)


def _recur(draft: Draft, item: Item) -> None:
    every, interval, weekdays, month_day = item.recur or ("day", 1, (), None)
    env = draft.env
    until = None
    if item.until:
        last = resolve_days(
            item.until, replace(env, base=draft.days.start if draft.days else env.base, anchored=True)
        )
        until = last.end - ONE_DAY if last else None
    elif draft.days and not draft.days.single and item.mod != "since":
        until = draft.days.end - ONE_DAY
    draft.recurrence = Recurrence(
        every=every, interval=interval, weekdays=weekdays, month_day=month_day, until=until
    )
    since = draft.days.start if draft.days else env.base
    fixed = draft.days is not None and item.mod != "since"
    first = since if fixed else _first_day(env, since, every, weekdays, month_day)
    if draft.days and until:
        first = max(first, env.base)
    following = _first_day(env, first + ONE_DAY, every, weekdays, month_day)
    draft.days = Days(first, first + ONE_DAY, "day", rolls=(following - first).days)


def _first_day(env: Env, since: date, every: str, weekdays: tuple[int, ...], month_day: int | None) -> date:
    for ahead in range(62):
        day = since + timedelta(days=ahead)
        fits = (
            (every == "week" and (not weekdays or day.weekday() in weekdays))
            or (every == "workday" and env.calendar.is_workday(day))
            or (every == "month" and (month_day is None or day.day == month_day))
            or every in ("day", "year")
        )
        if fits:
            return day
    return since


def _clock_of_start(draft: Draft, item: Item) -> None:
    days, env = draft.days, draft.env
    day = (days.end - ONE_DAY if days.pick_last else days.start) if days else env.now.date()
    window: tuple[int, int | None]
    seconds = 0
    if item.clock:
        value, doubt = clock_minutes(item, None, draft.text)
        window, seconds = (value, None), item.clock[2]
        draft.doubt(doubt)
    elif item.office:
        window = office_window(item.office, item.part, env.calendar.office_hours(day))
    elif item.part and item.part != "allday":
        window = part_window(item.part, env.calendar.office_hours(day))
    else:
        _whole_days(draft, days)
        return
    draft.has_clock = bool(item.clock or item.office)
    if days and not days.single and not (days.pick_last and days.grain == "edge"):
        draft.doubt(days.unsure or WHICH_DAY)
    elif days:
        draft.doubt(days.unsure if days.single else None)
    _place(draft, day, window, seconds)


def _place(draft: Draft, day: date, window: tuple[int, int | None], seconds: int) -> None:
    start = _at(day, window[0], seconds)
    end = _at(day, window[1]) if window[1] is not None else None
    over = (end or start) < draft.env.now or (end is not None and end == draft.env.now)
    rolls = 1 if draft.days is None else draft.days.rolls
    if over and rolls and day == draft.env.now.date():
        shift = timedelta(days=rolls)
        start, end = start + shift, end + shift if end else None
        if draft.days:
            draft.days = Days(day + shift, day + shift + ONE_DAY, "day")
    draft.start, draft.end, draft.minutes = start, end, window[0]


def _whole_days(draft: Draft, days: Days | None) -> None:
    days = days or Days(draft.env.now.date(), draft.env.now.date() + ONE_DAY, "day")
    draft.start, draft.end = _at(days.start, 0), _at(days.end, 0)
    draft.start_is_date = True
    draft.end_stated = not days.single
    unsure = days.unsure
    if not days.single and days.grain in ("week", "month", "quarter", "year", "half", "season", "century"):
        unsure = unsure or WHICH_DAY
    draft.doubt(unsure)


def _finish(draft: Draft, first: Item | None, second: Item) -> None:
    """The end of a range, or the return that was said elsewhere."""
    start_day = draft.start.date() if draft.start else draft.env.base
    env = replace(draft.env, base=start_day, anchored=draft.start is not None)
    days = resolve_days(second.dates, env) if second.dates else None
    if draft.recurrence and days and not second.timed:
        draft.recurrence = replace(draft.recurrence, until=days.end - ONE_DAY)
        return
    end = _end_instant(draft, first, second, days, start_day)
    if end is None:
        return
    if draft.start and end <= draft.start and not days:
        end += ONE_DAY
    if draft.start and end <= draft.start:
        return  # 「月底到现在」 is no stretch of time
    draft.end, draft.end_stated = end, True
    draft.end_is_date = not (
        second.clock or second.office or second.now or second.at or second.whole or second.part == "noon"
    )
    if draft.start:
        draft.duration = end - draft.start
    if draft.days and not draft.days.single and days:
        draft.unsure = None if draft.unsure == draft.days.unsure else draft.unsure
    elif days and draft.unsure == WHICH_DAY:
        draft.unsure = None


def _end_instant(
    draft: Draft, first: Item | None, second: Item, days: Days | None, start_day: date
) -> datetime | None:
    if second.now:
        return draft.env.now
    if second.at:
        return _moved(draft.env, *second.at)
    hours = draft.env.calendar.office_hours(days.start if days else start_day)
    day = days.start if days else start_day
    if second.clock:
        if days is not None and days.start != start_day:
            value = clock_minutes(second, None, draft.text)[0]
        else:
            start = _minutes_from(draft, start_day)
            value = end_minutes(second, start, first.part if first else None, draft.text)
        draft.has_clock = True
        return _at(day, value, second.clock[2])
    if second.office:
        draft.has_clock = True
        return _at(day, office_window(second.office, second.part, hours)[0])
    if second.part and second.part != "allday":
        begin, close = part_window(second.part, hours)
        return _at(day, begin if second.part == "noon" else close)  # 「中午就回来」 is twelve
    return _at(days.end, 0) if days else None


def _minutes_from(draft: Draft, start_day: date) -> int:
    if draft.minutes is not None and draft.start:
        return int((draft.start - _at(start_day, 0)).total_seconds() // 60)
    if draft.start and not draft.start_is_date:
        return draft.start.hour * 60 + draft.start.minute
    return 719  # no start clock: an end of 1–6 o'clock is in the afternoon


def _lengthen(draft: Draft, length: Length) -> None:
    """「明天下午两点，一个半小时」; a day and half a day of use are working time, not 24 and 12 hours."""
    draft.duration = timedelta(seconds=length.total_seconds)
    draft.doubt("没说准要多久" if length.vague else None)
    if draft.start is None:
        return
    if draft.recurrence and length.by_the_day:
        last = add_length(draft.start.date(), length, 1, draft.env.calendar) - ONE_DAY
        draft.recurrence = replace(draft.recurrence, until=draft.recurrence.until or last)
        draft.duration = None
        return
    if draft.start_is_date:
        if length.by_the_day or length.days > 1:
            whole = replace(length, days=float(ceil(length.days)))  # two days and a half end on the third
            draft.end = _at(add_length(draft.start.date(), whole, 1, draft.env.calendar), 0)
            draft.end_stated = True
            if draft.days and not draft.days.single:
                draft.end = max(draft.end, draft.start + ONE_DAY)
        return
    end = draft.start + draft.duration
    if length.days == 0.5 and length.total_seconds == 43_200:
        end = _working_end(draft.env, draft.start, whole=False) or end
    elif length.by_the_day:
        last = add_length(draft.start.date(), length, 1, draft.env.calendar) - ONE_DAY
        end = _working_end(draft.env, datetime.combine(last, draft.start.time()), whole=True) or end
    draft.end, draft.end_stated, draft.duration = end, True, end - draft.start


def _working_end(env: Env, start: datetime, *, whole: bool) -> datetime | None:
    """When a day or half a day of use that begins at `start` is over: with the office, or at noon."""
    hours = env.calendar.office_hours(start.date())
    noon = datetime.combine(start.date(), hours.morning_end)
    close = datetime.combine(start.date(), hours.afternoon_end)
    end = noon if start < noon and not whole else close
    return end if end > start else None


def _bound(draft: Draft, item: Item) -> None:
    """之前 and 以后: an open side."""
    if item.mod in ("before", "by") and draft.start and not item.within and not item.at:
        days = draft.days
        inclusive = days is not None and (days.pick_last or item.mod == "by") and not item.timed
        draft.end = draft.end if inclusive else draft.start
        draft.start, draft.end_stated, draft.start_is_date = None, True, draft.start_is_date
        draft.unsure = None if draft.unsure in (WHICH_DAY, days.unsure if days else None) else draft.unsure
    elif item.mod == "after" and draft.start and not item.at:
        begins = draft.text[item.start : item.end].rstrip().endswith(("起", "开始", "以来"))
        feast = bool(item.dates) and item.dates[-1].kind == "FESTIVAL" and not item.timed
        if not begins and draft.days and (feast or not draft.days.single) and not item.timed:
            draft.start = datetime.combine(draft.days.end, _MIDNIGHT)
            draft.doubt(WHICH_DAY)
        draft.end, draft.end_stated = None, False
