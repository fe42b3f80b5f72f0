"""The commands of whoever keeps the desk running: moving it, saving it, bringing it back, checking its history."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.settings import BadSettings, CannotDo, load
from desk.errors import DeskError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.settings import Settings
    from desk.copying import Digest
    from desk.storage import Database

audit_app = typer.Typer(help="审计：核对历史有没有被改动过。", no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    app.command(name="migrate-data")(migrate_data)
    app.command(name="backup")(backup)
    app.command(name="restore")(restore)
    app.add_typer(audit_app, name="audit")


def migrate_data(
    *,
    source: Annotated[str, typer.Option("--from", help="从哪里搬，例如 sqlite:///data/houqin.db")],
    target: Annotated[str, typer.Option("--to", help="搬到哪里（空库），例如 postgresql://…")],
) -> None:
    """把整个服务台从一个数据库搬到另一个空库（一般是 SQLite → PostgreSQL），逐表核对行数和校验和。"""
    from bot.databases import open_database
    from desk.copying import copy, snapshot

    _settings()
    here, there = make_url(_database_url(source)), _database_url(target)
    if here.get_backend_name() == "sqlite" and not _is_file(here.database):
        raise BadSettings(f"没有 {here.database} 这个数据库文件")
    if here == make_url(there):
        raise BadSettings("--from 和 --to 是同一个数据库")
    old = open_database(here.render_as_string(hide_password=False))
    try:
        with _stopped(old):
            new = open_database(there)
            try:
                with _plainly(), snapshot(old) as rows:
                    _report(copy(rows, new, progress=_Progress()), done="已搬到新库，行数和校验和逐表一致")
            finally:
                new.close()
    finally:
        old.close()


def backup(file: Annotated[Path, typer.Argument(help="备份写到哪里（不能已存在）")]) -> None:
    """备份整个服务台：SQLite 得到一个数据库文件，PostgreSQL 得到一个 zip；不用停机器人。"""
    from desk.backup import back_up

    with _database() as database, _plainly():
        made = back_up(database, file, now=datetime.now(UTC), progress=_Progress())
        _report(made, done=f"已备份到 {file}（含个人信息，请妥善保管）")


def restore(
    file: Annotated[Path, typer.Argument(help="备份文件", exists=True, dir_okay=False, readable=True)],
) -> None:
    """把备份恢复到一个空库（HOUQIN_DATABASE_URL 指的那个），逐表核对；库里有数据就拒绝。"""
    from desk.backup import restore as bring_back

    with _database() as database, _stopped(database), _plainly():
        _report(bring_back(database, file, progress=_Progress()), done="已恢复，行数和校验和逐表一致")


@audit_app.command(name="verify")
def audit_verify(
    *,
    known: Annotated[str, typer.Option("--hash", help="以前记下的封存哈希，应当还在链上")] = "",
) -> None:
    """重新计算全部单子历史，与封存链逐段比对；有改动时指出在哪几条之间，退出码 1。"""
    from desk import audit

    with _database() as database, database.reading() as session:
        found = audit.verify(session)
        is_lost = bool(known) and not audit.has_seal(session, known)
    typer.echo(f"封存 {found.seals} 段、{found.events} 条历史，另有 {found.unsealed} 条尚未封存")
    typer.echo(f"最新封存哈希：{found.hash}")
    for one in found.breaks:
        typer.echo(
            f"✗ 第 {one.seal_id} 段对不上：历史编号 {one.after_event_id + 1}–{one.up_to_event_id}"
            f"（封存时 {one.sealed} 条，现在 {one.found} 条）"
        )
    if found.breaks:
        raise CannotDo(f"历史被改动过：{len(found.breaks)} 段对不上")
    if is_lost:
        raise CannotDo("链上没有这个封存哈希：封存链被重做过，或被截断过")
    typer.echo("✓ 历史完整，没有改动")


# ── what the commands share ─────────────────────────────────────────────────────────────────────────


def _settings() -> Settings:
    from bot import log

    settings = load()
    level = settings.log_level or ("warning" if sys.stderr.isatty() else "info")
    log.set_up(secrets=settings.secrets, level=level)
    return settings


@contextmanager
def _database() -> Iterator[Database]:
    """Open the database the settings name; without a token that is the sandbox's."""
    from bot.databases import open_database

    settings = _settings()
    database = open_database(settings.database(sandbox=settings.token is None))
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _stopped(database: Database) -> Iterator[None]:
    """Make sure no bot works on a SQLite file meanwhile: what it wrote would be left behind."""
    from bot.databases import lock

    held = lock(database)
    try:
        yield
    finally:
        if held is not None:
            held.close()


@contextmanager
def _plainly() -> Iterator[None]:
    """Say in one line what a database or a disk refused."""
    try:
        yield
    except DeskError as error:
        raise CannotDo("。".join(part for part in (error.words, error.alternative) if part)) from error
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise CannotDo(f"数据库不接受：{reason}") from error
    except OSError as error:
        raise CannotDo(f"文件读写失败：{error.strerror or error}") from error


def _database_url(value: str) -> str:
    try:
        url = make_url(value)
    except ArgumentError as error:
        raise BadSettings("数据库地址看不懂，例如 sqlite:///data/houqin.db 或 postgresql://…") from error
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise BadSettings("数据库只支持 SQLite 和 PostgreSQL")
    driver = {"postgresql": "postgresql+psycopg"}.get(url.drivername, url.drivername)
    return url.set(drivername=driver).render_as_string(hide_password=False)


def _is_file(name: str | None) -> bool:
    from pathlib import Path

    return bool(name) and Path(str(name)).is_file()


class _Progress:
    """Tells of big tables while they go, on standard error."""

    EVERY = 20_000

    def __call__(self, table: str, *, done: int, total: int) -> None:
        if done % self.EVERY == 0 and done < total:
            typer.echo(f"  {table}：{done}/{total} 行", err=True)


def _report(copied: Mapping[str, Digest], *, done: str) -> None:
    for name, one in copied.items():
        if one.rows:
            typer.echo(f"{name}：{one.rows} 行，sha256 {one.sha256[:16]}")
    typer.echo(f"{done}：{len(copied)} 张表，{sum(one.rows for one in copied.values())} 行")
