"""Instants and local times: storage speaks UTC, people speak Asia/Shanghai.

An *instant* is an aware `datetime`; a *local* time is a naive one read off the wall clock of the bureau.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"


def to_instant(local: datetime) -> datetime:
    """Return the UTC instant of a naive local time (Asia/Shanghai). Aware values are only converted."""
    aware = local if local.tzinfo else local.replace(tzinfo=LOCAL)
    return aware.astimezone(UTC)


def to_local(instant: datetime) -> datetime:
    """Return the naive local time (Asia/Shanghai) of an aware instant. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(LOCAL).replace(tzinfo=None)


def local_midnight(day: date) -> datetime:
    """Return the instant at which a local day begins."""
    return to_instant(datetime.combine(day, time()))


def spoken(instant: datetime, *, now: datetime) -> str:
    """Say an instant the way a colleague would: 「明天（11月24日 周二）14:30」, relative to the instant `now`."""
    local = to_local(instant)
    return f"{spoken_day(local.date(), today=to_local(now).date())} {local:%H:%M}"


def brief(instant: datetime, *, now: datetime) -> str:
    """Say an instant in few words: 「今天 14:30」, 「11月24日 14:30」."""
    local = to_local(instant)
    near = {0: "今天", 1: "明天", -1: "昨天"}.get((local.date() - to_local(now).date()).days)
    return f"{near or f'{local.month}月{local.day}日'} {local:%H:%M}"


def spoken_day(day: date, *, today: date) -> str:
    """Say a local day: 「今天（11月23日 周一）」; the year only when it is another one."""
    near = {0: "今天", 1: "明天", 2: "后天", -1: "昨天"}.get((day - today).days)
    full = f"{day.month}月{day.day}日" if day.year == today.year else f"{day.year}年{day.month}月{day.day}日"
    full += f" 周{WEEKDAYS[day.weekday()]}"
    return f"{near}（{full}）" if near else full


def spoken_range(start: datetime, end: datetime | None, *, now: datetime) -> str:
    """Say a range: the day once when both ends share it. `end` is exclusive."""
    said = spoken(start, now=now)
    if end is None:
        return said
    a, b = to_local(start), to_local(end)
    return f"{said}–{b:%H:%M}" if a.date() == b.date() else f"{said} 至 {spoken(end, now=now)}"


def minutes(count: float) -> timedelta:
    """Return `count` minutes."""
    return timedelta(minutes=count)
