"""Every conversation in this folder, played with real Rasa, real HTTP and a real database.

After each one: no request the bot made was invalid, and no press went unanswered.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.bootstrap import build_house
from bot.understanding import Interpreter, make_understander
from bot.worker import Front
from desk.register import register_values
from handlers import front
from tests.conversations.script import Player
from tests.handlers.bench_talk import DIAO, LIN, LIU, ZHAO, ZHOU, small_bureau
from tests.running import running_plumbing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from desk.storage import Database
    from sandbox.server import RunningSandbox
    from tests.rasa_running import RunningRasa

FOLDER = Path(__file__).parent
PEOPLE = {"员工": LIN, "处长": ZHOU, "调度": DIAO, "司机": LIU, "司机2": ZHAO}


def conversations() -> Iterator[object]:
    """Every conversation: a heading and the lines below it."""
    for file in sorted(FOLDER.glob("*.txt")):
        for block in file.read_text("utf-8").split("\n== ")[1:]:
            title, _, lines = block.partition("\n")
            yield pytest.param(lines, id=f"{file.stem}: {title.strip()}")


@pytest.mark.rasa
@pytest.mark.timeout(400)
@pytest.mark.parametrize("lines", list(conversations()))
def test_conversation(lines: str, database: Database, sandbox: RunningSandbox, rasa: RunningRasa) -> None:
    small_bureau(database)
    with database.reading() as session:
        house, values = build_house(session), register_values(session)
    for name, number in PEOPLE.items():
        sandbox.client.person(number, name)
    interpreter = Interpreter(make_understander(rasa.client(), values))
    interpreter.is_ready = True
    face = Front(
        needs_understanding=front.needs_understanding,
        handle=partial(front.handle, house=house),
        apologise=front.apologise,
    )
    with running_plumbing(database, sandbox, front=face, understander=interpreter):
        Player(client=sandbox.client, people=PEOPLE, database=database).play(lines)
        sandbox.client.quiet()
    assert sandbox.client.invalid_requests() == []
    assert sandbox.client.unanswered() == []
