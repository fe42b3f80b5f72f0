"""A bot to be killed: `python -m tests.bot.echo_bot DATABASE_URL BASE_URL TOKEN [WEBHOOK_PORT [BALANCER_PORT]]`."""

from __future__ import annotations

import asyncio
import signal
import sys

from bot.plumbing import Plumbing, Telegram, Webhook
from bot.pool import Pool
from desk.storage import Database
from tests.running import ECHO, Mute

SECRET = "echo-secret-1"


async def main(database_url: str, base_url: str, token: str, port: str = "", balancer: str = "") -> None:
    """Echo until killed, or asked to end."""
    webhook = (
        Webhook(
            url=f"http://127.0.0.1:{balancer or port}/telegram/in",
            secret=SECRET,
            host="127.0.0.1",
            port=int(port),
        )
        if port
        else None
    )
    telegram = Telegram(token=token, base_url=base_url, file_url=base_url.removesuffix("/bot") + "/file/bot")
    plumbing = Plumbing(
        telegram=telegram,
        pool=Pool(Database(database_url)),
        front=ECHO,
        understander=Mute(),
        webhook=webhook,
        hold=5,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await plumbing.run(stop)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
