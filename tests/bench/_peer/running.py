"""Training the peer (once for each state of our sentences) and running its two processes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from nlu import sentences
from nlu.train import fingerprint, rasa_python, training_files
from tests.bench._http import HttpFailed, Line
from tests.bot.test_killed import free_port
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
START_SECONDS = 180.0
# Rasa writes a good part of what it does to its log unless told not to.
_QUIET = {"LOG_LEVEL": "ERROR", "LOG_LEVEL_LIBRARIES": "ERROR", "RASA_TELEMETRY_ENABLED": "false"}


def train(folder: Path, *, say: Callable[[str], None]) -> Path:
    """Return the peer's model, kept in `folder` under the fingerprint of what it is made from; only the newest is."""
    made_from = fingerprint(root=ROOT).encode() + b"".join(
        (HERE / f"{n}.yml").read_bytes() for n in ("domain", "rules")
    )
    model = folder / f"peer-{sha256(made_from).hexdigest()[:16]}.tar.gz"
    if model.exists():
        return model
    begun = time.monotonic()
    for old in folder.glob("peer-*.tar.gz"):
        old.unlink()
    work = folder / "peer"
    work.mkdir(parents=True, exist_ok=True)
    _write_sources(work)
    say("对照的 Rasa 助手训练中，约需两三分钟（只训练一次）")
    command = [
        str(rasa_python(ROOT)),
        "-m",
        "nlu.server.launch",
        "train",
        "--config",
        str(work / "config.yml"),
    ]
    command += [
        "--domain",
        str(work / "domain.yml"),
        "--data",
        str(work / "data"),
        "--out",
        str(folder),
        "--skip-validation",
    ]
    command += ["--fixed-model-name", model.name.removesuffix(".tar.gz")]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | _QUIET, capture_output=True, check=False)
    if not model.exists():
        raise RuntimeError(f"the peer was not trained:\n{done.stderr[-3000:].decode('utf-8', 'replace')}")
    say(f"训练完成，{time.monotonic() - begun:.0f} 秒")
    return model


def _write_sources(work: Path) -> None:
    """Our pipeline with the rule policy, our sentences, and the peer's own domain and rules."""
    config = yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))
    config["policies"] = [{"name": "RulePolicy"}]
    # As they are written, without our augmentation: Rasa reads what is trained several times over, and slowly.
    written = list(sentences.read(training_files(ROOT)))
    data = work / "data"
    data.mkdir(exist_ok=True)
    sentences.write(written, data / "nlu.yml")
    (data / "rules.yml").write_text((HERE / "rules.yml").read_text("utf-8"), "utf-8")
    domain = yaml.safe_load((HERE / "domain.yml").read_text("utf-8"))
    domain["intents"] = sorted({one.intent for one in written})
    domain["entities"] = sorted({p.entity for one in written for p in one.pieces if p.entity})
    for name, content in (("config", config), ("domain", domain)):
        (work / f"{name}.yml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


@contextmanager
def running(model: Path, folder: Path) -> Iterator[int]:
    """Run the assistant and its action server until the block ends; yield the REST channel's port."""
    port, actions = int(free_port()), int(free_port())
    (folder / "endpoints.yml").write_text(f"action_endpoint: {{url: 'http://127.0.0.1:{actions}/webhook'}}\n")
    (folder / "credentials.yml").write_text("rest:\n")
    python = str(rasa_python(ROOT))
    environment = os.environ | _QUIET | {"PEER_DATABASE": str(folder / "peer.db"), "SANIC_WORKERS": "1"}
    server = [python, "-m", "nlu.server.launch", "run", "--model", str(model), "--port", str(port)]
    server += ["--interface", "127.0.0.1", "--endpoints", str(folder / "endpoints.yml")]
    server += ["--credentials", str(folder / "credentials.yml"), "--enable-api"]
    helper = [python, "-m", "rasa_sdk", "--actions", "tests.bench._peer.actions", "--port", str(actions)]
    with (folder / "peer.log").open("wb") as log:
        children = [
            subprocess.Popen(one, cwd=ROOT, env=environment, stdout=log, stderr=log)
            for one in (helper, server)
        ]
        try:
            asyncio.run(_ready(port, actions))
            yield port
        finally:
            for child in children:
                child.terminate()
            for child in children:
                child.wait(30)


async def _ready(port: int, actions: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    for where, path in ((actions, "/health"), (port, "/status")):
        while True:
            try:
                async with Line(where) as line:
                    await line.get(path)
                break
            except (OSError, HttpFailed, asyncio.IncompleteReadError):
                if time.monotonic() > deadline:
                    raise RuntimeError("the peer did not start") from None
                await asyncio.sleep(0.3)
