"""The process: everything started in order, and ended in order by Ctrl-C or SIGTERM, children included."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from bot.bootstrap import build
from bot.databases import lock
from bot.plumbing import Plumbing, Telegram, Webhook, utc_now
from bot.rasa import Rasa
from bot.sandboxed import Sandbox
from bot.settings import BadSettings
from desk import demo

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.bootstrap import Desk
    from bot.settings import Settings
    from bot.updates import Self

HEALTH = ("127.0.0.1", 8082)


async def run(settings: Settings, *, sandbox: bool, say: Callable[[str], None]) -> None:
    """Run the desk until told to stop. `say` shows progress, in Chinese. Raises BadSettings."""
    stop = asyncio.Event()
    _obey_signals(stop, say)
    wants_sandbox = sandbox or settings.token is None
    async with AsyncExitStack() as ends:
        say("正在准备数据库…")
        desk = await asyncio.to_thread(build, settings, sandbox=wants_sandbox)
        ends.callback(desk.close)
        held = lock(desk.database)
        if held is not None:
            ends.callback(held.close)
        telegram = await _telegram(settings, desk, ends, stop, say=say) if wants_sandbox else _real(settings)
        rasa = asyncio.create_task(Rasa(settings=settings, desk=desk, say=say).run(), name="rasa")
        ends.push_async_callback(_cancelled, rasa)
        plumbing = Plumbing(
            telegram=telegram,
            pool=desk.pool,
            front=desk.front,
            understander=desk.interpreter,
            jobs=desk.jobs,
            webhook=_webhook(settings),
            http=settings.http or HEALTH,
            http_may_move=settings.http is None,
            rasa_ready=lambda: desk.interpreter.is_ready,
        )
        plumbing.started = _greeting(plumbing, say, is_sandbox=wants_sandbox)
        await plumbing.run(stop)
    say("已停止")


async def _telegram(
    settings: Settings,
    desk: Desk,
    ends: AsyncExitStack,
    stop: asyncio.Event,
    *,
    say: Callable[[str], None],
) -> Telegram:
    """Start the sandbox with the demo bureau in it."""
    say("正在启动本地沙盒…")
    sandbox = await Sandbox.start(data=settings.data.absolute())
    ends.push_async_callback(sandbox.child.stop)
    await seed(desk, say=say)
    await sandbox.add_phones(demo.demo_phones())
    watch = asyncio.create_task(_stop_with(sandbox, stop, say), name="sandbox")
    ends.push_async_callback(_cancelled, watch)
    say(f"聊天网页：{sandbox.page}/")
    return sandbox.telegram


async def seed(desk: Desk, *, say: Callable[[str], None]) -> None:
    """Put the demo bureau into an empty database."""
    if not await desk.pool.read(demo.is_empty):
        return
    made = await desk.pool.write(lambda session: demo.seed(session, now=utc_now()))
    say(
        f"已放入示范单位：{made.departments} 个部门、{made.buildings} 栋楼、{made.rooms} 间房、{made.vehicles} 辆车"
    )


def _real(settings: Settings) -> Telegram:
    if settings.token is None:
        raise BadSettings("没有设 TELEGRAM_TOKEN")
    return Telegram(
        token=settings.token.get_secret_value(),
        base_url=settings.telegram_url,
        file_url=settings.telegram_file_url,
    )


def _webhook(settings: Settings) -> Webhook | None:
    if settings.webhook_url is None or settings.webhook_secret is None:
        return None
    host, port = settings.webhook_address
    return Webhook(
        url=settings.webhook_url,
        secret=settings.webhook_secret.get_secret_value(),
        host=host,
        port=port,
    )


def _greeting(plumbing: Plumbing, say: Callable[[str], None], *, is_sandbox: bool) -> Callable[[Self], None]:
    def greet(me: Self) -> None:
        where = "沙盒" if is_sandbox else "Telegram"
        say(f"机器人 @{me.username} 已连上{where}；健康检查 {plumbing.health_url}/readyz；按 Ctrl-C 停止")

    return greet


async def _stop_with(sandbox: Sandbox, stop: asyncio.Event, say: Callable[[str], None]) -> None:
    await sandbox.child.wait()
    say("本地沙盒意外退出，正在停止")
    stop.set()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _obey_signals(stop: asyncio.Event, say: Callable[[str], None]) -> None:
    loop = asyncio.get_running_loop()

    def obey() -> None:
        if stop.is_set():
            # Asked twice: the leash takes the children along.
            os._exit(130)
        say("正在停止…")
        stop.set()

    for wanted in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(wanted, obey)
