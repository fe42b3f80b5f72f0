"""Reading a conversation written down line by line, and playing it through the sandbox.

    员工：明天下午两点要个车            somebody writes (after ： comes the text)
    员工 按「提交」                     presses the newest button with that label (or whose label begins with it)
    员工 发图「说明文字」               sends a photo with a caption
    员工 看到「请核对」「龙嘉机场」     the bot's messages since they were last looked at hold all of these, within a few seconds
    员工 没看到「提交」                 none of the bot's messages since then holds any of these
    员工 有按钮「提交」                 the newest buttons include these
    员工 改话「明天三点要个车」         edits what they wrote last
    员工 发定位「43.88,125.32」         sends a place; 发表情「👍」, 发语音「3」 (seconds), 发名片「王师傅 13900001111」
    员工 群里说「@… 明天用车」          writes in a group everybody is in; 群里看到「…」 looks for the bot's words there
    调度 群里按「我来处理」              presses the newest such button in the group; 调度 得到「…」 what answered their last press
    单子「待派车」                      the newest ticket's state
    过了一天                            every conversation was last touched 25 hours ago

`{某日}` is a working day soon (「11月24日」), so that no conversation depends on the day it is run. `\\n` breaks a line of
what is written (a pasted letter). Lines with # are remarks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from desk.calendar import Calendar
from desk.instants import LOCAL
from desk.models import Talk, Ticket

if TYPE_CHECKING:
    from desk.storage import Database
    from sandbox.client import ChatMessage, SandboxClient

QUOTED = re.compile(r"「([^」]*)」")
LINE = re.compile(
    r"(?P<who>[一-鿿]+?\d?)\s+(?P<verb>按|发图|看到|没看到|有按钮|改话|发定位|发表情|发语音|发名片|群里说|群里看到|群里按|得到)(?P<what>「.*)"
)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def some_working_day() -> str:
    """Return a working day after tomorrow, as people say it, so that nothing depends on the day of the run.

    Never a Monday, which would be one of a meeting 「每周一」.
    """
    calendar = Calendar()
    day = calendar.next_workday(datetime.now(LOCAL).date() + timedelta(days=1))
    while day.weekday() == 0:
        day = calendar.next_workday(day)
    return f"{day.month}月{day.day}日"


@dataclass
class Player:
    """Plays the people of a conversation."""

    client: SandboxClient
    people: dict[str, int]
    database: Database
    seen: dict[int, int] = field(default_factory=dict)
    said: dict[int, int] = field(default_factory=dict)
    answered: dict[int, str] = field(default_factory=dict)
    _group: int = 0

    def play(self, text: str) -> None:
        """Play every line. Raises AssertionError naming the line that did not come true."""
        day = some_working_day()
        for number, raw in enumerate(text.replace("{某日}", day).splitlines(), 1):
            line = raw.strip()
            if line and not line.startswith("#"):
                try:
                    self._line(line)
                except Exception as error:
                    raise AssertionError(f"line {number}: {line}\n{error}") from error

    def _line(self, line: str) -> None:
        if line.startswith("单子"):
            self._states(QUOTED.findall(line))
        elif line == "过了一天":
            self._day_passes()
        elif match := LINE.fullmatch(line):
            who = self.people[match["who"]]
            getattr(self, f"_{VERBS[match['verb']]}")(who, QUOTED.findall(match["what"]))
        else:
            name, _, words = line.partition("：")
            who = self.people[name.strip()]
            self.said[who] = self.client.say(who, words.strip().replace("\\n", "\n")).id

    def _press(self, who: int, labels: list[str]) -> None:
        for wanted in labels:
            message, label = self.client.wait_for(
                lambda w=wanted: self._button(who, w), what=f"a button {wanted}"
            )
            answer = self.client.press(who, label, message_id=message.id)
            assert answer.answered, f"the press of {label} was not answered"
            self.answered[who] = answer.text or ""

    def _button(self, who: int, wanted: str) -> tuple[ChatMessage, str] | None:
        for message in reversed(self.client.from_bot(who)):
            for label in message.labels:
                if label == wanted or label.startswith(wanted):
                    return message, label
        return None

    def _photo(self, who: int, captions: list[str]) -> None:
        self.client.send_photo(who, content=PNG, caption=captions[0])

    def _edit(self, who: int, words: list[str]) -> None:
        self.client.edit(who, self.said[who], words[0])

    def _place(self, who: int, places: list[str]) -> None:
        latitude, longitude = places[0].split(",")
        self.client.send_location(who, latitude=float(latitude), longitude=float(longitude))

    def _sticker(self, who: int, emoji: list[str]) -> None:
        self.client.send(who, sticker=emoji[0])

    def _voice(self, who: int, seconds: list[str]) -> None:
        self.client.send(who, voice=int(seconds[0]))

    def _contact(self, who: int, cards: list[str]) -> None:
        name, number = cards[0].split()
        self.client.send(who, contact={"first_name": name, "phone_number": number})

    def _says_in_group(self, who: int, words: list[str]) -> None:
        self._group = self._group or self.client.group("综合处", list(self.people.values()))
        self.client.say(who, words[0], chat=self._group)

    def _presses_in_group(self, who: int, labels: list[str]) -> None:
        for wanted in labels:
            message, label = self.client.wait_for(
                lambda w=wanted: self._button(self._group, w), what=f"a button {wanted} in the group"
            )
            answer = self.client.press(who, label, message_id=message.id, chat=self._group)
            assert answer.answered, f"the press of {label} was not answered"
            self.answered[who] = answer.text or ""

    def _hears(self, who: int, wanted: list[str]) -> None:
        assert all(w in self.answered.get(who, "") for w in wanted), self.answered.get(who)

    def _sees_in_group(self, _who: int, wanted: list[str]) -> None:
        self.client.wait_for(
            lambda: all(w in "\n".join(m.text for m in self.client.from_bot(self._group)) for w in wanted),
            what=f"{wanted} in the group",
        )

    def _day_passes(self) -> None:
        self.client.quiet()
        with self.database.writing() as session:
            session.execute(update(Talk).values(updated_at=datetime.now(UTC) - timedelta(hours=25)))

    def _sees(self, who: int, wanted: list[str]) -> None:
        self.client.wait_for(
            lambda: all(w in self._fresh(who) for w in wanted), what=f"{wanted} in\n{self._fresh(who)}\n"
        )
        last = self.client.last(who)
        self.seen[who] = last.id if last else 0

    def _sees_not(self, who: int, unwanted: list[str]) -> None:
        self.client.quiet()
        assert not [w for w in unwanted if w in self._fresh(who)], self._fresh(who)

    def _has(self, who: int, labels: list[str]) -> None:
        for wanted in labels:
            self.client.wait_for(lambda w=wanted: self._button(who, w), what=f"a button {wanted}")

    def _fresh(self, who: int) -> str:
        return "\n".join(m.text for m in self.client.from_bot(who, after=self.seen.get(who, 0)))

    def _states(self, wanted: list[str]) -> None:
        def state() -> bool:
            with self.database.reading() as session:
                ticket = session.scalar(select(Ticket).order_by(Ticket.id.desc()).limit(1))
                return ticket is not None and ticket.state == wanted[0]

        self.client.wait_for(state, what=f"the newest ticket in state {wanted[0]}")


VERBS = {
    "按": "press",
    "发图": "photo",
    "看到": "sees",
    "没看到": "sees_not",
    "有按钮": "has",
    "改话": "edit",
    "发定位": "place",
    "发表情": "sticker",
    "发语音": "voice",
    "发名片": "contact",
    "群里说": "says_in_group",
    "群里看到": "sees_in_group",
    "群里按": "presses_in_group",
    "得到": "hears",
}
