"""`houqin check`: is everything there that the desk needs?"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import TelegramError

from bot.bootstrap import ROOT
from bot.plumbing import Telegram, utc_now
from desk import notice
from desk.calendar import Calendar
from desk.instants import to_local
from desk.rules import load_rules
from desk.storage import Database, alembic_config
from handlers.tickets import recheck
from nlu import train
from nlu.client import RasaClient

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bot.settings import Settings

LEAST_DISK = 1_000_000_000
MOST_DRIFT = 30.0
# The notice of next year's holidays is published in the autumn.
NOTICE_EXPECTED = 11


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `verdict`: ok, warn (works, with a limit), bad (does not work)."""

    verdict: str
    what: str
    said: str


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; never raises for what is broken."""
    found = [await asyncio.to_thread(_database, settings), _disk(settings)]
    found.append(await asyncio.to_thread(_calendar, settings))
    found.extend(await asyncio.gather(_rasa(settings), _telegram(settings), _clock(settings)))
    return found


def _database(settings: Settings) -> Finding:
    url = settings.database(sandbox=settings.token is None)
    try:
        database = Database(url)
        shown = database.url.render_as_string()
        if database.is_sqlite and database.url.database and not _exists(database.url.database):
            return Finding("ok", "数据库", f"{shown} 还不存在，首次运行时建立")
        try:
            with database.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
                present = MigrationContext.configure(connection).get_current_revision()
        finally:
            database.close()
    except (SQLAlchemyError, OSError) as error:
        return Finding("bad", "数据库", f"打不开：{type(error).__name__}")
    newest = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if present != newest:
        return Finding("warn", "数据库", f"{shown} 版本 {present or '空'}，启动时升级到 {newest}")
    return Finding("ok", "数据库", f"{shown}，表结构最新（{present}）")


def _exists(path: str) -> bool:
    from pathlib import Path

    return path == ":memory:" or Path(path).exists()


def _disk(settings: Settings) -> Finding:
    folder = settings.data.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Finding("ok" if free > LEAST_DISK else "bad", "磁盘", f"{folder} 剩余 {free / 1e9:.1f} GB")


def _calendar(settings: Settings) -> Finding:
    today = to_local(utc_now()).date()
    try:
        database = Database(settings.database(sandbox=settings.token is None))
    except (SQLAlchemyError, OSError):
        return calendar_finding(Calendar(), {}, today=today)
    try:
        if database.is_sqlite and database.url.database and not _exists(database.url.database):
            return calendar_finding(Calendar(), {}, today=today)
        with database.reading() as session:
            return calendar_finding(
                recheck.build_calendar(session, rules=load_rules()), notice.sources(session), today=today
            )
    except (SQLAlchemyError, OSError):  # of the database itself is told above
        return calendar_finding(Calendar(), {}, today=today)
    finally:
        database.close()


def calendar_finding(calendar: Calendar, loaded: Mapping[int, str], *, today: date) -> Finding:
    """Say which holiday notice the calendar goes by, and warn where this year's, or from November next year's, is missing."""
    year = today.year
    said = "；".join(f"{y} 年通知已导入（{source}）" for y, source in sorted(loaded.items()) if y >= year)
    known = [y for y in (year, year + 1) if calendar.is_published(y)]
    said = said or "、".join(f"{y} 年按已公布的放假安排" for y in known) or "没有已公布的放假安排"
    missing = [y for y in (year, year + 1) if y not in known]
    if not missing:
        return Finding("ok", "日历", said)
    words = "、".join(f"{y} 年" for y in missing)
    advice = f"{said}；{words}放假通知还没有，按周末和法定节日估算，公布后用 houqin calendar load 导入"
    is_late = missing[0] == year or today.month >= NOTICE_EXPECTED
    return Finding("warn" if is_late else "ok", "日历", advice)


async def _rasa(settings: Settings) -> Finding:
    if settings.rasa_url:
        token = settings.rasa_token.get_secret_value() if settings.rasa_token else None
        async with RasaClient(url=settings.rasa_url, token=token) as client:
            ready = await client.healthy()
        return Finding(
            "ok" if ready else "bad", "Rasa", f"{settings.rasa_url} {'可用' if ready else '没有应答'}"
        )
    if not train.rasa_python(ROOT).exists():
        return Finding("bad", "Rasa", "环境没有装，运行 make run 或 make test 安装")
    model = train.model_path(root=ROOT, models_dir=settings.models_dir.absolute())
    if not model.exists():
        return Finding("warn", "Rasa", "模型还没有训练（或训练数据有变），运行 houqin train")
    return Finding("ok", "Rasa", f"环境和模型都在（{model.name}）")


async def _telegram(settings: Settings) -> Finding:
    if settings.token is None:
        return Finding("warn", "Telegram", "没有设 TELEGRAM_TOKEN，houqin run 会用本地沙盒")
    bot = Telegram(
        token=settings.token.get_secret_value(),
        base_url=settings.telegram_url,
        file_url=settings.telegram_file_url,
        read_timeout=10.0,
    ).bot()
    try:
        me = await bot.get_me()
        hook = await bot.get_webhook_info()
    except TelegramError as error:
        return Finding("bad", "Telegram", f"连不上：{error.message}")
    finally:
        await bot.request.shutdown()
    way = "webhook" if hook.url else "轮询"
    return Finding("ok", "Telegram", f"@{me.username}（{way}，积压 {hook.pending_update_count} 条）")


async def _clock(settings: Settings) -> Finding:
    """Compare our clock with the Date of Telegram's answer; times are the heart of the matter here."""
    try:
        async with httpx.AsyncClient(timeout=10) as http:
            answer = await http.get(settings.telegram_url.removesuffix("/bot"))
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (httpx.HTTPError, KeyError, ValueError):
        return Finding("warn", "时钟", f"本机 {to_local(utc_now()):%Y-%m-%d %H:%M:%S}（北京时间），无从核对")
    drift = abs((utc_now() - theirs).total_seconds())
    said = f"本机 {to_local(utc_now()):%Y-%m-%d %H:%M:%S}（北京时间），相差 {drift:.0f} 秒"
    return Finding("ok" if drift < MOST_DRIFT else "bad", "时钟", said)
