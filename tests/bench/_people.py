"""The people of the load: each says the lines of a dialogue and waits for the answer to each before the next.

A turn is from the moment somebody sends something to the moment the answer that belongs to it is there. What belongs is
said in the script (`Line.expects`), so a late second message is never taken for the next answer, and a desk that does
something else is found out instead of timed.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, Protocol

from tests.bench._http import Line as Connection

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE = 60.0
FIRST = 2001
"""The number of the first person."""
_MONDAY = date(2026, 11, 23)
_HOURS = ("上午九点", "上午十点", "下午两点", "下午三点")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One line of a script. `{day}` and `{hour}` differ from dialogue to dialogue, so that no two ask for the same.

    press: `text` is a button's label. expects: words of the answer.
    """

    text: str
    expects: str
    press: bool = False


SUBMIT = Said(text="提交", expects="已提交，", press=True)
ONE_SENTENCE = (
    Said(text="{day}{hour}从局里派辆商务车去龙嘉机场接人，3个人", expects="请核对"),
    SUBMIT,
)
SLOT_BY_SLOT = (
    Said(text="要个车", expects="什么时候"),
    Said(text="{day}{hour}", expects="去哪"),
    Said(text="净月", expects="几个人"),
    Said(text="俩人", expects="请核对"),
    SUBMIT,
)
DIALOGUES = (ONE_SENTENCE, SLOT_BY_SLOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """What was measured: the seconds of each turn, and of the whole."""

    turns: tuple[float, ...]
    seconds: float

    @property
    def rate(self) -> float:
        """Turns a second."""
        return len(self.turns) / self.seconds

    def row(self) -> str:
        """The middle, the slowest hundredth, and the rate, in the columns of `HEAD`."""
        return f"{median(self.turns) * 1000:8.1f}  {self.p99 * 1000:8.1f}  {self.rate:7.1f}"

    @property
    def p99(self) -> float:
        """The seconds 99 of 100 turns stay below."""
        return quantiles(self.turns, n=100)[98] if len(self.turns) > 1 else self.turns[0]


HEAD = " 中位 ms    p99 ms  回合/秒"


class Place(Protocol):
    """Somewhere to talk: the desk behind the sandbox, or the peer behind its REST channel."""

    async def turn(self, person: int, said: str, *, press: bool, expects: str) -> None:
        """Say something and return when the answer with `expects` in it is there. Raises TimeoutError."""


async def talk(place: Place, *, people: int, rounds: int, first: int = 0) -> Waits:
    """Let so many people hold both dialogues `rounds` times at once; each round from `first` on has its own days."""
    begun = time.perf_counter()
    each = range(first, first + rounds)
    found = await asyncio.gather(*(_person(place, n, each) for n in range(people)))
    seconds = time.perf_counter() - begun
    return Waits(turns=tuple(turn for turns in found for turn in turns), seconds=seconds)


async def _person(place: Place, number: int, rounds: Sequence[int]) -> list[float]:
    turns = []
    for round_number in rounds:
        for which, dialogue in enumerate(DIALOGUES):
            day, hour = _when(round_number * len(DIALOGUES) + which)
            for line in dialogue:
                begun = time.perf_counter()
                said = line.text.format(day=day, hour=hour)
                await place.turn(FIRST + number, said, press=line.press, expects=line.expects)
                turns.append(time.perf_counter() - begun)
    return turns


def _when(number: int) -> tuple[str, str]:
    day = _MONDAY + timedelta(days=2 + number // len(_HOURS) % 25)
    return f"{day.month}月{day.day}日", _HOURS[number % len(_HOURS)]


class Desk:
    """The desk behind the sandbox at `port`: everybody writes there, and one stream tells what the bot said."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lines: dict[int, Connection] = {}
        self._heard: dict[int, asyncio.Queue[dict[str, Any]]] = {}
        self._stream: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Desk:
        self._stream = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._stream is not None:
            self._stream.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._stream
        for line in self._lines.values():
            await line.__aexit__()

    async def turn(self, person: int, said: str, *, press: bool, expects: str) -> None:
        """Write, or press a button, and wait for the words in a message of the bot."""
        line = self._lines.setdefault(person, Connection(self._port))
        heard = self._heard.setdefault(person, asyncio.Queue())
        while not heard.empty():
            heard.get_nowait()
        body = {"person": person, "chat": person}
        mine = 0
        if press:
            await line.post("/sandbox/presses", {**body, "label": said})
        else:
            mine = (await line.post("/sandbox/messages", {**body, "text": said}))["message_id"]
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await heard.get()
                # An older message that is rewritten meanwhile is no answer.
                if message["message_id"] > mine and expects in message["text"]:
                    return

    async def _listen(self) -> None:
        async with Connection(self._port) as line:
            async for event in line.events("/sandbox/events"):
                message = event.get("message")
                if message and message["from_bot"] and (queue := self._heard.get(message["chat_id"])):
                    queue.put_nowait(message)


class Rest:
    """An assistant behind Rasa's REST channel at `port`: the answer to a POST is what the bot says."""

    def __init__(self, port: int, *, presses: str) -> None:
        self._port, self._presses = port, presses
        # How often it answered nothing, or something else: counted as answered, which is in its favour.
        self.astray = 0
        self._lines: dict[int, Connection] = {}

    async def __aenter__(self) -> Rest:
        return self

    async def __aexit__(self, *_: object) -> None:
        for line in self._lines.values():
            await line.__aexit__()

    async def turn(self, person: int, said: str, *, press: bool, expects: str) -> None:
        """Post and look for the words; a button posts its payload."""
        line = self._lines.setdefault(person, Connection(self._port))
        body = {"sender": str(person), "message": self._presses if press else said}
        async with asyncio.timeout(PATIENCE):
            answer = await line.post("/webhooks/rest/webhook", body)
        self.astray += not any(expects in message.get("text", "") for message in answer)
