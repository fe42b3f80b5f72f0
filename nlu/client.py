"""Asking Rasa what a sentence means, over HTTP on the loopback interface.

Rasa being down or slow is an ordinary event: it shows as `NluUnavailable`, and the desk goes on with buttons.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Sequence

SEPARATOR = "\x1e"
PARTS = "parts"
"""The record separator between several texts of one question, and the key of their answers."""

TIMEOUT_SECONDS = 2.0
"""Longer than this and the person waiting is better served by buttons."""


class NluUnavailable(Exception):
    """Rasa did not answer in time, or answered with an error.

    `why` is one word for the log and the metrics: down (nobody there), slow (no answer in time), error (it said so
    itself), rubbish (an answer nobody can read).
    """

    def __init__(self, message: str, *, why: str = "down") -> None:
        super().__init__(message)
        self.why = why


@dataclass(frozen=True, slots=True)
class Entity:
    """A marked stretch of the text: `text[start:end]`."""

    entity: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Parse:
    """Rasa's answer: intents with their probabilities, best first, and the entities in order."""

    ranking: tuple[tuple[str, float], ...]
    entities: tuple[Entity, ...]


# What is made of no words at all; Rasa is not asked about them.
NOTHING = Parse(ranking=(), entities=())


class RasaClient:
    """One connection pool to one Rasa server.

    Args:
        url: such as `http://127.0.0.1:5005`.
        token: the server's `--auth-token`, if it has one.
        timeout: seconds for a whole answer.
    """

    def __init__(self, *, url: str, token: str | None = None, timeout: float = TIMEOUT_SECONDS) -> None:
        self._url = url.rstrip("/")
        self._token = {"token": token} if token else {}
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        # Not before somebody asks: a session belongs to the event loop that is running.
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            )
        return self._session

    async def parse(self, text: str) -> Parse:
        """Intents and entities of a normalised text. Raises `NluUnavailable`."""
        return self._read(await self._ask(text))

    async def _ask(self, text: str) -> dict[str, Any]:
        try:
            async with self._open().post(
                f"{self._url}/model/parse", params=self._token, json={"text": text}, raise_for_status=True
            ) as answer:
                return dict(await answer.json(content_type=None))
        except (aiohttp.ClientError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
            # The error's text may hold the address and so the token: only its kind goes on.
            raise NluUnavailable(f"Rasa 没有应答（{type(error).__name__}）", why=_why(error)) from None

    @staticmethod
    def _read(answer: dict[str, Any]) -> Parse:
        try:
            return _read(answer)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NluUnavailable(f"Rasa 的应答看不懂（{type(error).__name__}）", why="rubbish") from None

    async def parse_each(self, texts: Sequence[str]) -> list[Parse]:
        """Several normalised texts in one question, each read by itself. Raises `NluUnavailable`.

        The pipeline's own parts answer for each (`nlu/server/components/parts.py`); a stock pipeline is asked one by one.
        """
        said = [text for text in texts if text.strip()]
        read = iter(await self._each(said))
        return [next(read) if text.strip() else NOTHING for text in texts]

    async def _each(self, texts: Sequence[str]) -> list[Parse]:
        if len(texts) < 2:
            return [await self.parse(text) for text in texts]
        answer = await self._ask(SEPARATOR.join(text.replace(SEPARATOR, " ") for text in texts))
        parts = answer.get(PARTS)
        if not isinstance(parts, list) or len(parts) != len(texts):
            return list(await asyncio.gather(*(self.parse(text) for text in texts)))
        return [self._read(part) for part in parts]

    async def healthy(self) -> bool:
        """Whether the server is up with a model loaded."""
        try:
            async with self._open().get(f"{self._url}/status", params=self._token) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError, RuntimeError):
            return False


def _why(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "slow"
        case aiohttp.ClientResponseError():
            return "error"
        case aiohttp.ClientError() | RuntimeError():
            return "down"
        case _:
            return "rubbish"


def _read(answer: dict[str, Any]) -> Parse:
    ranking = answer.get("intent_ranking") or [answer["intent"]]
    chances = tuple((str(item["name"]), float(item["confidence"])) for item in ranking if item.get("name"))
    if not chances or not all(0 <= chance <= 1 for _, chance in chances):
        raise ValueError("no intent, or a probability that is none")
    return Parse(
        ranking=chances,
        entities=tuple(
            Entity(str(item["entity"]), str(item["value"]), int(item["start"]), int(item["end"]))
            for item in answer.get("entities", ())
        ),
    )
