"""Calls on their way to Telegram: what is known of one that failed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

import pytest
from telegram.error import NetworkError

from bot.plumbing import Telegram
from bot.telegram_calls import judge
from tests.bot.test_killed import free_port

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TOKEN = "123456:not-a-token-that-anybody-has-ever-had"
Answers: TypeAlias = "Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]"


async def failed_call(port: int, *, read_timeout: float = 5.0) -> NetworkError:
    """Call a Telegram of that port and return what comes of it."""
    base = f"http://127.0.0.1:{port}"
    telegram = Telegram(
        token=TOKEN, base_url=f"{base}/bot", file_url=f"{base}/file/bot", read_timeout=read_timeout
    )
    bot = telegram.bot()
    try:
        with pytest.raises(NetworkError) as failure:
            await bot.send_message(1, "您好")
    finally:
        await bot.request.shutdown()
    return failure.value


async def call_one_that(answers: Answers, *, read_timeout: float = 5.0) -> NetworkError:
    """Call a Telegram that takes the call and does no more than `answers`."""
    server = await asyncio.start_server(answers, "127.0.0.1", 0)
    async with server:
        return await failed_call(server.sockets[0].getsockname()[1], read_timeout=read_timeout)


def test_where_nobody_listens_nothing_was_sent_and_the_error_does_not_tell_the_token() -> None:
    error = asyncio.run(failed_call(int(free_port())))
    assert judge(error).verdict == "unsent"
    assert TOKEN not in repr(error) + repr(error.__cause__)


def test_a_call_whose_connection_breaks_before_the_answer_may_have_arrived() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    assert judge(asyncio.run(call_one_that(hang_up))).verdict == "unknown"


def test_a_call_that_is_not_answered_in_time_may_have_arrived() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    assert judge(asyncio.run(call_one_that(say_nothing, read_timeout=0.3))).verdict == "unknown"


def test_an_answer_of_a_gateway_in_front_is_a_stumble() -> None:
    async def bad_gateway(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

    assert judge(asyncio.run(call_one_that(bad_gateway))).verdict == "failed"
