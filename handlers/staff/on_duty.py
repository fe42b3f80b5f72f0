"""「今天谁值班」: who is on duty now, or on the day the question names."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from desk import duty
from desk.instants import brief, local_midnight, spoken_day, to_local
from desk.outbox import Message
from handlers.words import esc

if TYPE_CHECKING:
    from datetime import datetime

    from desk.models import Duty
    from handlers.desk_side import Stage

TURN = "(?:值班|当班|带班)(?!室)"
ASKED = re.compile(
    rf"(?:谁|哪位|哪个|啥人|什么人).{{0,6}}{TURN}|{TURN}.{{0,4}}(?:是谁|谁|哪位|哪个)"
    rf"|(?:查|看|发).{{0,4}}{TURN}(?:表|名单|安排)|^(?:今天|明天|后天|现在|今晚|明晚)?的?{TURN}(?:表|名单|人员|安排)[?？。]?$"
)
NOT_ASKED = re.compile(r"改|修改|调整|导入|换成")
DAYS = {"后天": 2, "明天": 1, "明晚": 1, "明早": 1, "今天": 0, "今晚": 0, "昨天": -1}
# What the words narrow the question to; a trade is looked for among those on the roster.
KINDS = {"vehicle": "车|司机|驾驶员", "room": "会议室|会服|用房", "repair": "修|师傅", "reception": "接待"}


def is_asked(text: str) -> bool:
    """Say whether the words ask who is on duty."""
    return bool(ASKED.search(text)) and not NOT_ASKED.search(text)


def answer(stage: Stage, text: str) -> None:
    """Say who is on duty, with telephones and stand-ins; where no roster says so, whom to ring."""
    now = stage.scene.now
    ahead = next((n for word, n in DAYS.items() if word in text), None)
    is_now = ahead in (None, 0) and not re.search("今天|今晚", text)
    starts, ends = (now, now + timedelta(seconds=1)) if is_now else _day(now, ahead or 0)
    found = _narrowed(stage, duty.between(stage.scene.session, starts_at=starts, ends_at=ends), text)
    day = spoken_day(to_local(starts).date(), today=to_local(now).date())
    head = "现在值班" if is_now else f"{day}值班"
    if not found:
        phone = stage.house.rules.parameter("vehicle", "duty_phone")
        stage.say(Message(text=f"{head}：值班表里没有安排。有急事请拨值班电话 {esc(phone)}。"))
        return
    lines = [_line(stage, turn, at=max(turn.starts_at, starts)) for turn in found[:20]]
    stage.say(Message(text="\n".join([f"📋 {head}", *lines])))


def _day(now: datetime, ahead: int) -> tuple[datetime, datetime]:
    day = to_local(now).date() + timedelta(days=ahead)
    return local_midnight(day), local_midnight(day + timedelta(days=1))


def _narrowed(stage: Stage, found: list[Duty], text: str) -> list[Duty]:
    """Keep the turns the words ask for, the house's own officer among them; all when they ask for none in particular."""
    trades = [t for t in found if t.trade and t.trade in text]
    if trades:
        return trades
    kind = next((name for name, pattern in KINDS.items() if re.search(pattern, text)), None)
    return [t for t in found if t.kind in ("", kind)] if kind else found


def _line(stage: Stage, turn: Duty, *, at: datetime) -> str:
    kind = stage.house.kinds.get(turn.kind)
    what = f"{kind.icon} {kind.title}" if kind else "🏛 总值班"
    more = "·".join(x for x in (turn.trade, turn.building.name if turn.building else "") if x)
    person = duty.present(stage.scene.session, turn.person, at=at)
    who = "（请假，暂无替班）" if person is None else f"{esc(person.name)} {esc(person.phone)}".rstrip()
    instead = f"（替{esc(turn.person.name)}）" if person is not None and person.id != turn.person_id else ""
    until = brief(turn.ends_at, now=stage.scene.now)
    return f"{what}{f'（{esc(more)}）' if more else ''}：{who}{instead}，到{until}"
