"""The commands of whoever looks after the understanding: measuring it, and teaching it what it got wrong."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import TYPE_CHECKING, Annotated

import typer

from bot.settings import BadSettings, CannotDo, load
from desk.errors import DeskError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from bot.settings import Settings
    from nlu.evaluate import Row, Scores

feedback_app = typer.Typer(
    help="从使用中学习：没听懂的话（已去掉姓名电话）逐条过目，收进训练数据。",
    no_args_is_help=True,
    rich_markup_mode=None,
)
WHY = {"clarified": "追问", "corrected": "更正", "handed_over": "转人工"}


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    app.command(name="evaluate")(evaluate)
    app.add_typer(feedback_app, name="feedback")


# ── measuring ───────────────────────────────────────────────────────────────────────────────────────


def evaluate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="评测文件（JSONL），不给就用自带的", exists=True, dir_okay=False, readable=True),
    ] = None,
    *,
    compare: Annotated[
        bool, typer.Option("--compare", help="同场对比 scikit-learn 和 Rasa 自带流水线")
    ] = False,
    picture: Annotated[Path | None, typer.Option("--picture", help="混淆矩阵图写到哪里（PNG）")] = None,
) -> None:
    """给理解打分：意图、类别、槽位、范围外误接、误拒，并画混淆矩阵；需要时先训练、启动 Rasa。"""
    from bot.bootstrap import ROOT
    from nlu import evaluate as judge

    settings = _settings()
    chosen = files or sorted((ROOT / "tests" / "nlu" / "evaluation").glob("*.jsonl"))
    try:
        rows = judge.read_rows(chosen)
    except (ValueError, OSError) as error:
        raise BadSettings(str(error)) from error
    if not rows:
        raise BadSettings("没有评测句：请给一个 JSONL 文件")
    scores = asyncio.run(_score(settings, rows))
    typer.echo(judge.table(scores, title="、".join(file.stem for file in chosen)))
    _draw(scores, picture or settings.data.absolute() / "confusion.png")
    if compare:
        typer.echo(asyncio.run(_compared(rows, scores)))


async def _score(settings: Settings, rows: Sequence[Row]) -> Scores:
    from bot import batch
    from bot.understanding import make_understander
    from nlu import evaluate as judge

    house, values = batch.house_and_names(settings)
    async with AsyncExitStack() as ends:
        client = await batch.connect(settings, ends, _whisper)
        return await judge.evaluate(rows, understander=make_understander(client, values, house=house))


def _draw(scores: Scores, file: Path) -> None:
    from nlu.evaluate import confusion_picture

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        confusion_picture(scores, file)
    except ImportError:
        _whisper("没有装 matplotlib（开发依赖），混淆矩阵图跳过")
    except (OSError, ValueError) as error:
        raise CannotDo(f"混淆矩阵图写不出来：{error}") from error
    else:
        typer.echo(f"混淆矩阵图：{file}")


async def _compared(rows: Sequence[Row], ours: Scores) -> str:
    from bot.bootstrap import ROOT
    from nlu import compare

    others = [compare.Compared(name="houqin-desk", scores=ours)]
    try:
        others.append(await compare.scikit_learn(rows, root=ROOT))
    except ImportError:
        _whisper("没有装 scikit-learn（开发依赖），这一项跳过")
    stock = await compare.stock_rasa(rows, root=ROOT, progress=_whisper)
    return compare.comparison_table([*others, *([stock] if stock else [])])


# ── learning ────────────────────────────────────────────────────────────────────────────────────────


@feedback_app.command(name="list")
def list_() -> None:
    """列出待过目的话：编号、原因、当时的猜测、用户的选择、原话（已去掉姓名电话）。"""
    from desk import feedback

    with _session(writes=False) as session:
        rows = feedback.waiting(session)
        for row in rows:
            typer.echo(
                f"{row.id}\t{WHY.get(row.why, row.why)}\t{row.guessed or '—'}\t{row.chosen or '—'}\t{row.text}"
            )
    _whisper(f"共 {len(rows)} 条待过目" if rows else "没有待过目的话")


@feedback_app.command()
def accept(
    number: Annotated[int, typer.Argument(metavar="ID", help="编号，见 houqin feedback list")],
    intent: Annotated[str | None, typer.Option(help="它的意思；不给就用用户当时选的")] = None,
) -> None:
    """收进训练数据（nlu/training/learned.yml），下次 houqin train 时生效。"""
    from bot.bootstrap import ROOT
    from desk import feedback
    from nlu.feedback import FILE, UnknownIntent, learn

    with _session(writes=True) as session:
        meant = intent or feedback.get(session, number).chosen
        if not meant:
            raise BadSettings("用户当时没有选，请用 --intent 说明它的意思")
        row = feedback.accept(session, number, intent=meant)
        try:
            is_new = learn(row.text, intent=meant, training=ROOT / "nlu" / "training")
        except UnknownIntent as error:
            raise BadSettings(str(error)) from error
        except OSError as error:
            raise CannotDo(f"训练数据写不进去：{error}") from error
    typer.echo(f"已收进 {FILE}（{meant}），运行 houqin train 后生效" if is_new else "训练数据里已经有这句话")


@feedback_app.command()
def drop(number: Annotated[int, typer.Argument(metavar="ID", help="编号，见 houqin feedback list")]) -> None:
    """丢开一句：不收进训练数据。"""
    from desk import feedback

    with _session(writes=True) as session:
        feedback.drop(session, number)
    typer.echo(f"第 {number} 号已丢开")


# ── what the commands share ─────────────────────────────────────────────────────────────────────────


def _settings() -> Settings:
    from bot import log

    settings = load()
    level = settings.log_level or ("warning" if sys.stderr.isatty() else "info")
    log.set_up(secrets=settings.secrets, level=level)
    return settings


@contextmanager
def _session(*, writes: bool) -> Iterator[Session]:
    """Open the desk the settings name; without a token that is the sandbox's."""
    from bot.databases import open_database

    settings = _settings()
    database = open_database(settings.database(sandbox=settings.token is None))
    try:
        with database.writing() if writes else database.reading() as session:
            yield session
    except DeskError as error:
        raise CannotDo("。".join(part for part in (error.words, error.alternative) if part)) from error
    finally:
        database.close()


def _whisper(line: str) -> None:
    typer.echo(line, err=True)
