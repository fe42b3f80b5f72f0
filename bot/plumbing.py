"""The running parts around the handlers, connected: in by poll or webhook, through the worker, out by the sender.

It knows nothing of Rasa, the sandbox or the command line, so a test runs exactly what the bot runs.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from telegram import Bot
from telegram.error import InvalidToken, RetryAfter, TelegramError

from bot.clock import Clock
from bot.inbox import Poller
from bot.pace import Limits
from bot.sender import Patience, Sender
from bot.settings import LOOPBACK, BadSettings
from bot.telegram_calls import judge
from bot.updates import WANTED, Self
from bot.web import Health, Web, health_routes, webhook_route
from bot.wire import Wire
from bot.worker import Diligence, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from bot.clock import Job
    from bot.pool import Pool
    from bot.worker import Front, Understands

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 30.0
# More than are ever sending at once, and one that waits for updates.
CONNECTIONS = 48


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where Telegram is told to deliver (`url`, `secret`), and where this process listens."""

    url: str
    secret: str = field(repr=False)
    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Telegram:
    """How to reach the Bot API. `read_timeout` is in seconds: past it nobody knows whether a call arrived."""

    token: str = field(repr=False)
    base_url: str
    file_url: str
    read_timeout: float = 20.0

    def bot(self) -> Bot:
        """Return a client of the Bot API; the proxies of the environment are not for this machine's own addresses."""
        is_local = urlsplit(self.base_url).hostname in LOOPBACK
        wire = Wire(connections=CONNECTIONS, read_timeout=self.read_timeout, trust_env=not is_local)
        return Bot(
            self.token,
            base_url=self.base_url,
            base_file_url=self.file_url,
            request=wire,
            get_updates_request=wire,
        )


@dataclass(slots=True, kw_only=True)
class Plumbing:
    """The parts and their life. `run` begins everything and ends it in order: nothing in, finish, everything out."""

    telegram: Telegram
    pool: Pool
    front: Front
    understander: Understands
    jobs: Sequence[Job] = ()
    webhook: Webhook | None = None
    # Where health and metrics are served; None: nowhere.
    http: tuple[str, int] | None = None
    # Health moves to any free port if its own is taken.
    http_may_move: bool = True
    rasa_ready: Callable[[], bool] = lambda: True
    now: Callable[[], datetime] = utc_now
    limits: Limits = field(default_factory=Limits)
    patience: Patience = field(default_factory=Patience)
    diligence: Diligence = field(default_factory=Diligence)
    hold: int = 30
    started: Callable[[Self], None] = lambda _: None
    health_url: str = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set. Raises BadSettings for a refused token and for a taken address."""
        bot = self.telegram.bot()
        webs: list[Web] = []
        try:
            self._serve_health(webs)
            me = await self._introduce(bot, stop)
            if me is not None:
                await self._work(bot, me, webs, stop)
        finally:
            for web in webs:
                await web.stop()
            # Not the bot's own shutdown: that does nothing for one that was never told to initialise itself.
            await bot.request.shutdown()

    async def _work(self, bot: Bot, me: Self, webs: list[Web], stop: asyncio.Event) -> None:
        sender = Sender(pool=self.pool, bot=bot, now=self.now, limits=self.limits, patience=self.patience)
        worker = Worker(
            pool=self.pool,
            front=self.front,
            understander=self.understander,
            me=me,
            now=self.now,
            committed=sender.wake,
            diligence=self.diligence,
            trusts_dates=self.now is utc_now,
        )
        clock = Clock(pool=self.pool, jobs=self.jobs, now=self.now, committed=sender.wake)
        running = [_task(sender.run(), "sender"), _task(worker.run(), "worker")]
        poller: Poller | None = None
        if self.webhook is None:
            poller = Poller(bot=bot, accept=worker.accept, hold=self.hold)
            running.append(_task(poller.run(), "poller"))
        else:
            webs.append(self._serve_webhook(self.webhook, worker))
            running.append(_task(self._announce(bot, self.webhook), "webhook"))
        await clock.start()
        self.started(me)
        log.info(
            "started",
            bot=me.username,
            way="webhook" if self.webhook else "polling",
            calendar=clock.upcoming(),
        )
        broken = await _until(stop, running)
        clock.stop()
        if poller is not None:
            poller.stop()
        worker.stop()
        await asyncio.gather(*(task for task in running[1:]), return_exceptions=True)
        sender.stop()
        await asyncio.gather(running[0], return_exceptions=True)
        log.info("stopped")
        if broken is not None:
            raise broken

    async def _introduce(self, bot: Bot, stop: asyncio.Event) -> Self | None:
        """Ask Telegram who we are, until it answers; None if told to stop before."""
        pause = 0.5
        while not stop.is_set():
            try:
                user = await bot.get_me()
            except InvalidToken as error:
                raise BadSettings("Telegram 不认这个 TELEGRAM_TOKEN，请从 @BotFather 重新复制") from error
            except TelegramError as error:
                if isinstance(error, RetryAfter):
                    pause = judge(error).retry_after
                log.warning("telegram_unreachable", error=str(error), retry_in=pause)
            else:
                return Self(id=user.id, username=user.username or "")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await stop.wait()
            pause = min(LONGEST_PAUSE, pause * 2)
        return None

    async def _announce(self, bot: Bot, webhook: Webhook) -> None:
        """Tell Telegram where to deliver, until it agrees."""
        pause = 0.5
        while True:
            try:
                await bot.set_webhook(
                    webhook.url,
                    secret_token=webhook.secret,
                    allowed_updates=list(WANTED),
                    max_connections=40,
                    drop_pending_updates=False,
                )
            except TelegramError as error:
                log.error("webhook_not_set", error=str(error), retry_in=pause)
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
            else:
                log.info("webhook_set", url=webhook.url)
                return

    def _serve_webhook(self, webhook: Webhook, worker: Worker) -> Web:
        route = webhook_route(url=webhook.url, secret=webhook.secret, accept=worker.accept)
        web = Web([route, *health_routes(self._health())], host=webhook.host, port=webhook.port)
        try:
            address = web.start()
        except OSError as error:
            raise BadSettings(
                f"webhook 的监听地址 {webhook.host}:{webhook.port} 用不了：{error.strerror}"
            ) from error
        log.info("webhook_listens", address=address)
        return web

    def _serve_health(self, webs: list[Web]) -> None:
        if self.http is None:
            return
        host, port = self.http
        for attempt in (port, 0) if self.http_may_move else (port,):
            web = Web(health_routes(self._health()), host=host, port=attempt)
            try:
                self.health_url = web.start()
            except OSError as error:
                if attempt == 0 or not self.http_may_move:
                    raise BadSettings(f"HOUQIN_HTTP {host}:{port} 用不了：{error.strerror}") from error
            else:
                webs.append(web)
                return

    def _health(self) -> Health:
        return Health(pool=self.pool, now=self.now, rasa_ready=self.rasa_ready)


def _task(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    return asyncio.create_task(work, name=name)


async def _until(stop: asyncio.Event, running: list[asyncio.Task[None]]) -> BaseException | None:
    """Wait for `stop`, or for a part to break, which the process must not outlive; return what broke it."""
    stopped = asyncio.create_task(stop.wait())
    waiting: set[asyncio.Task[Any]] = {stopped, *running}
    try:
        while stopped in waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopped}:
                if error := task.exception():
                    log.critical("part_broke", part=task.get_name(), exc_info=error)
                    return error
        return None
    finally:
        stopped.cancel()
