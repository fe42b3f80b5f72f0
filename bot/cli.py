"""The command line `houqin`. Exit codes: 0 done, 1 could not be done, 2 asked or set up wrongly."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from typer.exceptions import TyperException

from bot import admin_cli, learning_cli
from bot.settings import BadSettings, CannotDo, Settings, load
from bot.usage import usage_error
from desk.errors import DeskError
from desk.models import Role  # noqa: TC001 - Typer reads it at run time

if TYPE_CHECKING:
    from collections.abc import Callable

    from desk.storage import Database

T = TypeVar("T")

app = typer.Typer(
    name="houqin",
    help="后勤服务台：机关后勤的聊天服务台（用车、用房、报修、接待）。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

calendar_app = typer.Typer(
    help="放假通知：导入官方公布的放假和调休日期。", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(calendar_app, name="calendar")


class Sort(StrEnum):
    """What can be imported."""

    PEOPLE = "people"
    VEHICLES = "vehicles"
    ROOMS = "rooms"
    BUILDINGS = "buildings"
    DUTY = "duty"


class Format(StrEnum):
    """How tickets are printed."""

    JSON = "json"
    CSV = "csv"


def main() -> None:
    """Run the command line; what goes wrong is said in Chinese, without a traceback."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        # Whatever the locale says: Chinese in, Chinese out, and no byte breaks it.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(_run())


def _run() -> int:
    try:
        return int(app(standalone_mode=False) or 0)
    except BadSettings as error:
        return _complain(str(error), code=2)
    except CannotDo as error:
        return _complain(str(error))
    except DeskError as error:
        return _complain(error.words)
    except TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            _whisper(str(getattr(error, "message", error)))
            return 2
        return _complain(usage_error(error), code=getattr(error, "exit_code", 1))
    except typer.Abort:
        return 1
    except BrokenPipeError:
        # Whoever read us (head, say) has enough; nothing may be flushed into the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


@app.command()
def run(
    *, sandbox: Annotated[bool, typer.Option("--sandbox", help="用本地沙盒代替 Telegram")] = False
) -> None:
    """启动机器人；没有设 TELEGRAM_TOKEN 或加 --sandbox 时，连同本地沙盒和示范单位一起启动。"""
    from bot import app as process

    settings = _settings()
    asyncio.run(process.run(settings, sandbox=sandbox, say=_say))


@app.command()
def train(*, force: Annotated[bool, typer.Option("--force", help="没有变化也重新训练")] = False) -> None:
    """训练 Rasa（训练数据和流水线没有变化时不重复训练）。"""
    from bot.bootstrap import ROOT
    from nlu.train import TrainingFailed
    from nlu.train import train as train_rasa

    settings = _settings()
    try:
        train_rasa(root=ROOT, models_dir=settings.models_dir.absolute(), progress=_say, force=force)
    except TrainingFailed as error:
        raise CannotDo(str(error)) from error


@app.command()
def understand() -> None:
    """逐行读 JSON {"id","text","now"}，逐行写出理解结果；没有设 HOUQIN_RASA_URL 时自己启动 Rasa。"""
    from bot import batch

    _count(asyncio.run(batch.understand(_settings(), lines=sys.stdin, out=sys.stdout, say=_whisper)))


@app.command()
def times() -> None:
    """逐行读 JSON {"id","text","ref"}，逐行写出时间解析结果（北京时间，结束不含）。"""
    from desk.instants import to_local
    from nlu import batch

    _settings()
    # Not the time of each line: all of one run are read as of the same moment.
    ref = to_local(datetime.now(UTC))
    _count(batch.times_lines(sys.stdin, _say, default_ref=ref))


@app.command()
def invite(
    name: Annotated[str, typer.Argument(help="姓名")],
    role: Annotated[Role, typer.Option(help="角色")],
    department: Annotated[str | None, typer.Option(help="部门（全称或简称）")] = None,
    kind: Annotated[str | None, typer.Option(help="只限一类单子：vehicle、room、repair、reception")] = None,
) -> None:
    """给一个人发一次性邀请码，对方在私聊里发 /start 邀请码 即可绑定。"""
    from desk import people

    _check_kind(kind)

    def work(database: Database) -> str:
        with database.writing() as session:
            return people.invite(
                session, name=name, role=role, department=department, kind=kind, now=datetime.now(UTC)
            )

    code = _with_database(work)
    typer.echo(code)
    _whisper(f"请 {name} 在与机器人的私聊里发送：/start {code}")


@app.command(name="import")
def import_(
    sort: Annotated[
        Sort, typer.Argument(help="people 人员、vehicles 车辆、rooms 房间、buildings 楼宇、duty 值班表")
    ],
    file: Annotated[
        Path, typer.Argument(help="CSV 或 XLSX 文件", exists=True, dir_okay=False, readable=True)
    ],
) -> None:
    """从 CSV 或 XLSX 导入人员、车辆、房间、楼宇或值班表；有一行不对就一行都不写，并逐行指出。"""
    from desk.register import import_file

    def work(database: Database) -> None:
        with database.writing() as session:
            report = import_file(session, sort=sort.value, path=file, now=datetime.now(UTC))
        for heading in report.ignored:
            _whisper(f"注意：没有用到「{heading}」这一列")
        for error in report.errors:
            where = f"第 {error.line} 行" if error.line else "文件"
            column = f"「{error.column}」" if error.column else ""
            _whisper(f"{where}{column}：{error.text}")
        if report.errors:
            raise CannotDo(f"有 {len(report.errors)} 处不对，一行都没有写入")
        _say(f"新增 {report.added} 行，更新 {report.updated} 行")

    _with_database(work)


@calendar_app.command(name="load")
def calendar_load(
    file: Annotated[
        Path,
        typer.Argument(
            help="放假通知原文，或 CSV、XLSX 的日期表", exists=True, dir_okay=False, readable=True
        ),
    ],
) -> None:
    """导入官方放假通知（放假和调休上班的日子），并核对按估计订下的单子。"""
    from bot.bootstrap import build_house
    from desk import notice
    from handlers.tickets import recheck

    def work(database: Database) -> tuple[notice.Loaded, recheck.Checked]:
        found = notice.read_notice(file)
        with database.writing() as session:
            loaded = notice.load(session, found, source=file.name)
            return loaded, recheck.check(session, house=build_house(session), now=datetime.now(UTC))

    loaded, checked = _with_database(work)
    years = "、".join(str(year) for year in loaded.years)
    _say(f"{years} 年：记下 {loaded.days} 天，其中 {len(loaded.changed)} 天是新的或有变化")
    _say(f"核对了 {checked.tickets} 张按估计订下的单子，{checked.changed} 张日子有变，已通知有关人员")


@app.command()
def tickets(
    *,
    form: Annotated[Format, typer.Option("--format", help="json 或 csv")] = Format.JSON,
    full: Annotated[bool, typer.Option("--full", help="电话号码不打码")] = False,
) -> None:
    """列出全部单子：单号、类别、状态、申请人、责任人、起止时间、资源、内容。"""
    from bot.export import COLUMNS, cell, ticket_rows

    def work(database: Database) -> list[dict[str, Any]]:
        with database.reading() as session:
            return ticket_rows(session, full=full)

    rows = _with_database(work)
    if form is Format.JSON:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    writer = csv.DictWriter(sys.stdout, COLUMNS)
    writer.writeheader()
    for row in rows:
        fields = json.dumps(row["fields"], ensure_ascii=False)
        plain = {**row, "resource": "、".join(row["resource"]), "fields": fields}
        writer.writerow({name: cell(value) for name, value in plain.items()})


@app.command()
def check() -> None:
    """体检：数据库、表结构、Rasa、Telegram、时钟、日历、磁盘。"""
    from bot.doctor import examine

    found = asyncio.run(examine(_settings()))
    marks = {"ok": "✓", "warn": "△", "bad": "✗"}
    for finding in found:
        typer.echo(f"{marks[finding.verdict]} {finding.what}：{finding.said}")
    if any(finding.verdict == "bad" for finding in found):
        raise typer.Exit(1)


admin_cli.register(app)
learning_cli.register(app)


# ── what the commands share ─────────────────────────────────────────────────────────────────────────


def _settings() -> Settings:
    from bot import log

    settings = load()
    level = settings.log_level or ("warning" if sys.stderr.isatty() else "info")
    log.set_up(secrets=settings.secrets, level=level)
    return settings


def _with_database(work: Callable[[Database], T]) -> T:
    """Do `work` on the database the settings name; without a token that is the sandbox's."""
    from bot.databases import open_database

    settings = _settings()
    database = open_database(settings.database(sandbox=settings.token is None))
    try:
        return work(database)
    finally:
        database.close()


def _check_kind(kind: str | None) -> None:
    if kind is None:
        return
    from handlers.kinds import find_kinds

    known = [one.name for one in find_kinds()]
    if kind not in known:
        raise BadSettings(f"没有「{kind}」这一类，可选：{'、'.join(known)}")


def _say(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()


def _whisper(line: str) -> None:
    """Say something beside the answer: on standard error, so that the answer can be piped on."""
    typer.echo(line, err=True)


def _count(unanswered: int) -> None:
    if unanswered:
        raise CannotDo(f"有 {unanswered} 行没能处理，输出里这些行带 error")


def _complain(line: str, *, code: int = 1) -> int:
    _whisper(f"错误：{line}")
    return code


if __name__ == "__main__":
    main()
