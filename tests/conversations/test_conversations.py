"""Every conversation in this folder, played with real Rasa, real HTTP and a real database.

After each one: no request the bot made was invalid, and no press went unanswered.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.bootstrap import build_house
from bot.understanding import Interpreter, make_understander
from bot.worker import Front
from desk import demo
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
# Cars are ordered in a bureau of five people and three cars, everything else in the demo bureau.
FEW = {"员工": LIN, "处长": ZHOU, "调度": DIAO, "司机": LIU, "司机2": ZHAO}
MANY = {
    "员工": 1001,
    "处长": 1002,
    "车调度": 1003,
    "司机": 1004,
    "会调度": 1005,
    "修调度": 1006,
    "接待调度": 1007,
    "维修工": 1008,
    "管理员": 1009,
    "员工2": 1010,
    "司机2": 1011,
    "车调度2": 1012,
}


def conversations() -> Iterator[object]:
    """Every conversation: a heading and the lines below it, with the bureau of its file."""
    for file in sorted(FOLDER.glob("*.txt")):
        bureau = "few" if file.stem == "vehicle" else "many"
        for block in file.read_text("utf-8").split("\n== ")[1:]:
            title, _, lines = block.partition("\n")
            yield pytest.param(bureau, lines, id=f"{file.stem}: {title.strip()}")


def make_bureau(database: Database, bureau: str) -> dict[str, int]:
    """Put a bureau into the desk; return whom its people are, by what the conversations call them."""
    if bureau == "few":
        small_bureau(database)
        return FEW
    with database.writing() as session:
        demo.seed(session, now=datetime.now(UTC))
    return MANY


@pytest.mark.rasa
@pytest.mark.timeout(400)
@pytest.mark.parametrize(("bureau", "lines"), list(conversations()))
def test_conversation(
    bureau: str, lines: str, database: Database, sandbox: RunningSandbox, rasa: RunningRasa
) -> None:
    people = make_bureau(database, bureau)
    with database.reading() as session:
        house, values = build_house(session, holds_cards=False), register_values(session)
    for name, number in people.items():
        sandbox.client.person(number, name)
    interpreter = Interpreter(make_understander(rasa.client(), values))
    interpreter.is_ready = True
    face = Front(
        needs_understanding=front.needs_understanding,
        handle=partial(front.handle, house=house),
        apologise=front.apologise,
    )
    with running_plumbing(database, sandbox, front=face, understander=interpreter):
        Player(client=sandbox.client, people=people, database=database).play(lines)
        sandbox.client.quiet()
    assert sandbox.client.invalid_requests() == []
    assert sandbox.client.unanswered() == []
