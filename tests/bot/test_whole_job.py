"""A stranger's view: only settings, the command line, the Bot API and the words on buttons.

The desk runs as its own process on an empty database, with a register imported and three people invited through the command
line. A car is booked in one sentence, confirmed, driven, closed and rated. Rasa is shared with the other tests.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from desk.models import Role
from tests.conversations.script import some_working_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.server import RunningSandbox
    from tests.rasa_running import RunningRasa

ROOT = Path(__file__).parents[2]
HOUQIN = [sys.executable, "-m", "bot.cli"]
PEOPLE = {1: ("林晓梅", Role.EMPLOYEE), 2: ("赵志强", Role.DISPATCHER), 3: ("孙大勇", Role.DRIVER)}
VEHICLES = "车牌,车型,座位数\n吉A12345,商务车,7\n吉A54321,轿车,5\n"


@contextmanager
def desk_process(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `houqin run` until the block ends; then ask it to stop, as systemd would."""
    with log.open("wb") as out:
        process = subprocess.Popen([*HOUQIN, "run"], env=environment, cwd=ROOT, stdout=out, stderr=out)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0, log.read_text("utf-8")[-3000:]


@pytest.mark.rasa
@pytest.mark.timeout(400)
def test_a_car_from_the_first_word_to_the_rating(
    tmp_path: Path, sandbox: RunningSandbox, rasa: RunningRasa
) -> None:
    environment = {
        **os.environ,
        "TELEGRAM_TOKEN": sandbox.token,
        "TELEGRAM_BASE_URL": sandbox.base_url,
        "TELEGRAM_BASE_FILE_URL": sandbox.file_url,
        "HOUQIN_DATA": str(tmp_path / "data"),
        "HOUQIN_RASA_URL": rasa.url,
        "HOUQIN_RASA_TOKEN": rasa.token,
    }

    def houqin(*words: str) -> str:
        done = subprocess.run(
            [*HOUQIN, *words], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    (tmp_path / "vehicles.csv").write_text(VEHICLES, "utf-8")
    houqin("import", "vehicles", str(tmp_path / "vehicles.csv"))
    client = sandbox.client
    with desk_process(environment, tmp_path / "desk.log"):
        for number, (name, role) in PEOPLE.items():
            client.person(number, name)
            code = (
                houqin("invite", name, "--role", role, "--department", "综合处")
                .strip()
                .splitlines()[-1]
                .split()[-1]
            )
            client.ask(number, f"/start {code}", contains="绑定成功", timeout=30)
        day = some_working_day()
        card = client.ask(1, f"{day}下午两点派辆商务车去龙嘉机场接人，3个人", label="提交", timeout=30)
        assert "14:00" in card.text
        client.press(1, "提交")
        client.wait_message(1, contains="YC-")
        client.wait_message(2, label="派车")
        client.press(2, "派车")
        assert "吉A" in client.wait_message(1, contains="孙大勇").text
        for step in ("已出发", "已到达", "已完成"):
            client.wait_message(3, label=step)
            client.press(3, step)
        client.wait_message(3, contains="里程")
        client.ask(3, "38公里", contains="38 公里")
        client.wait_message(1, label="满意")
        client.press(1, "满意")
        client.quiet()
        assert client.unanswered() == []
        assert client.invalid_requests() == []
    tickets = json.loads(houqin("tickets", "--format", "json"))
    assert [(t["state"], t["requester"]) for t in tickets] == [("已完成", "林晓梅")]
    assert sandbox.token not in (tmp_path / "desk.log").read_text("utf-8")
