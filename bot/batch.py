"""`houqin understand`: sentences in, JSON lines out, without a desk.

No database is needed: the names are the demo bureau's where there is no register yet.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sqlalchemy.exc import SQLAlchemyError

from bot.bootstrap import ROOT, build_house
from bot.plumbing import utc_now
from bot.settings import CannotDo
from bot.understanding import make_understander
from desk import demo
from desk.instants import to_local
from desk.register import register_values
from desk.storage import Database
from nlu import batch, train
from nlu.client import RasaClient
from nlu.process import RasaProcess

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.settings import Settings
    from desk.register import RegisterValues
    from handlers.kinds import House


async def understand(settings: Settings, *, lines: TextIO, out: TextIO, say: Callable[[str], None]) -> int:
    """Answer every line of `lines` on `out`, in order, and return how many could not be answered.

    Raises CannotDo if Rasa is not to be had.
    """
    house, values = house_and_names(settings)
    async with AsyncExitStack() as ends:
        client = await connect(settings, ends, say)
        return await batch.understand_lines(
            lines,
            _printer(out),
            understander=make_understander(client, values, house=house),
            default_now=to_local(utc_now()),
        )


def _printer(out: TextIO) -> Callable[[str], object]:
    def line(text: str) -> None:
        out.write(f"{text}\n")
        out.flush()

    return line


async def connect(settings: Settings, ends: AsyncExitStack, say: Callable[[str], None]) -> RasaClient:
    """Return a client of the Rasa that is named, or of one started here and ended with `ends`. Raises CannotDo."""
    if settings.rasa_url:
        token = settings.rasa_token.get_secret_value() if settings.rasa_token else None
        return await ends.enter_async_context(RasaClient(url=settings.rasa_url, token=token))
    try:
        model = train.train(root=ROOT, models_dir=settings.models_dir.absolute(), progress=say)
    except train.TrainingFailed as error:
        raise CannotDo(str(error)) from error
    say("正在加载 Rasa…")
    log_path = settings.data.absolute() / "logs" / "rasa.log"
    process = await ends.enter_async_context(RasaProcess(root=ROOT, model=model, log_path=log_path))
    if not await process.wait_ready():
        raise CannotDo(f"Rasa 没有启动起来，详见 {log_path}")
    return await ends.enter_async_context(process.client())


def house_and_names(settings: Settings) -> tuple[House, RegisterValues]:
    """Return the desk's own if it has any people, else the demo bureau's, from a database that is never kept."""
    database = Database(settings.database(sandbox=settings.token is None))
    try:
        if not database.is_sqlite or Path(database.url.database or ":memory:").exists():
            with database.reading() as session:
                if not demo.is_empty(session):
                    return build_house(session), register_values(session)
    except SQLAlchemyError:
        # Not migrated, or away: understanding needs none of it.
        pass
    finally:
        database.close()
    passing = Database("sqlite://")
    passing.migrate()
    with passing.writing() as session:
        demo.seed(session, now=utc_now())
        return build_house(session), register_values(session)
