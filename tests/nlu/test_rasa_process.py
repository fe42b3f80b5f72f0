"""The real Rasa process: it answers, it comes back after a fall, and it never outlives its owner."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nlu.client import NluUnavailable, RasaClient
from nlu.process import RasaProcess

if TYPE_CHECKING:
    from tests.nlu.conftest import Loop

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.rasa, pytest.mark.slow]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_answers_with_a_ranking_and_entities(client: RasaClient, wait: Loop) -> None:
    parse = wait(client.parse("明天下午两点派辆商务车去龙嘉机场接人"))
    assert parse.ranking[0][0] == "book_vehicle"
    assert sum(chance for _, chance in parse.ranking) == pytest.approx(1, abs=1e-3)
    assert ("vehicle_type", "商务车") in {(entity.entity, entity.value) for entity in parse.entities}


def test_wants_its_token(rasa: RasaProcess, wait: Loop) -> None:
    async def ask() -> bool:
        async with RasaClient(url=rasa.url, token="wrong", timeout=20) as stranger:
            with pytest.raises(NluUnavailable):
                await stranger.parse("你好")
            return await stranger.healthy()

    assert wait(ask()) is False


def test_the_token_is_not_on_the_command_line(rasa: RasaProcess) -> None:
    command = Path(f"/proc/{rasa.pid}/cmdline").read_bytes()
    assert rasa.token.encode() not in command


def test_listens_on_the_loopback_interface_only(rasa: RasaProcess) -> None:
    port = int(rasa.url.rsplit(":", 1)[1])
    listening = [
        line.split()[1]
        for line in Path("/proc/net/tcp").read_text("utf-8").splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{port:04X}")
    ]
    assert listening == [f"0100007F:{port:04X}"]


def test_stays_within_its_memory(rasa: RasaProcess) -> None:
    resident = next(
        int(line.split()[1])
        for line in Path(f"/proc/{rasa.pid}/status").read_text().splitlines()
        if "VmRSS" in line
    )
    assert resident < 700_000  # kB


def test_says_unavailable_when_nobody_listens(wait: Loop) -> None:
    async def ask() -> None:
        async with RasaClient(url="http://127.0.0.1:9", token="secret") as nobody:
            assert not await nobody.healthy()
            with pytest.raises(NluUnavailable) as raised:
                await nobody.parse("你好")
            assert "secret" not in str(raised.value)

    wait(ask())


def test_comes_back_after_a_fall_and_leaves_nothing_when_stopped(
    model: Path, wait: Loop, tmp_path: Path
) -> None:
    async def live() -> tuple[int, int]:
        # A random token begins with a dash once in 64 starts; it must not be taken for an option.
        process = RasaProcess(root=ROOT, model=model, log_path=tmp_path / "rasa.log", token="-token")
        process.start()
        try:
            assert await process.wait_ready()
            first = process.pid
            assert first is not None
            os.kill(first, signal.SIGKILL)
            while process.ready:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            assert await process.wait_ready()
            assert process.restarts == 1
            second = process.pid
            assert second is not None
            async with process.client() as client:
                assert await client.healthy()
        finally:
            await process.stop()
        return first, second

    first, second = wait(live())
    assert not is_alive(first)
    assert not is_alive(second)


OWNER = """
import asyncio, sys
from pathlib import Path
from nlu.process import RasaProcess

async def main():
    process = RasaProcess(root=Path(sys.argv[1]), model=Path(sys.argv[2]), log_path=Path(sys.argv[3]))
    process.start()
    while process.pid is None:
        await asyncio.sleep(0.05)
    await asyncio.sleep(1)
    print(process.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux's")
def test_no_orphan_survives_a_kill_of_its_owner(model: Path, tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(ROOT), str(model), str(tmp_path / "rasa.log")],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    assert is_alive(pid)
    owner.kill()
    owner.wait()
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_alive(pid)


def test_several_texts_in_one_question_are_read_each_by_itself(client: RasaClient, wait: Loop) -> None:
    texts = ["明天下午两点派辆商务车去龙嘉机场接人", "另外三楼东侧卫生间的灯不亮了", "谢谢", ""]
    together = wait(client.parse_each(texts))
    for text, one in zip(texts[:3], together, strict=False):
        alone = wait(client.parse(text))
        assert one.entities == alone.entities
        assert one.ranking[0][0] == alone.ranking[0][0]
        assert one.ranking[0][1] == pytest.approx(alone.ranking[0][1])
    assert len(together) == 4


def test_a_separator_in_the_text_itself_changes_nothing(client: RasaClient, wait: Loop) -> None:
    (one, other) = wait(client.parse_each(["灯坏了\x1e修一下", "谢谢"]))
    assert other.ranking[0][0] == "thanks"
    assert one == wait(client.parse("灯坏了 修一下"))
