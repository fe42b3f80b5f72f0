"""The files under deploy/ name only settings, commands, ports and files that exist; they are read here, never run."""

from __future__ import annotations

import asyncio
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import typer.main
import yaml

from bot.cli import app
from bot.plumbing import utc_now
from bot.settings import Settings
from bot.web import Health, Web, health_routes
from nlu.process import RasaProcess
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
NGINX = sorted(DEPLOY.glob("nginx*.conf"))
OURS = re.compile(r"^(?:HOUQIN|TELEGRAM)_")
KNOWN = {str(alias) for field in Settings.model_fields.values() for alias in field.validation_alias.choices}  # type: ignore[union-attr]


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.yml").read_text("utf-8")))


def example() -> dict[str, str]:
    lines = (DEPLOY / "houqin.env.example").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def unit(path: Path) -> list[tuple[str, str]]:
    """The settings of a systemd unit in order; `%i` is worker 1."""
    lines = path.read_text("utf-8").replace("%i", "1").splitlines()
    return [(name, value) for name, _, value in (line.partition("=") for line in lines if "=" in line)]


def commands_of_ours() -> list[str]:
    """Every command line that the units and the compose file run."""
    found = [value for path in UNITS for name, value in unit(path) if name.startswith("ExecStart")]
    for service in compose()["services"].values():
        if "build" in service:
            entry = service.get("entrypoint", ["houqin"])
            found.append(shlex.join(str(word) for word in [*entry, *service.get("command", ["run"])]))
    return found


def test_every_setting_named_is_one_the_desk_reads() -> None:
    named = set(example())
    for path in UNITS:
        named |= {value.split("=", 1)[0] for name, value in unit(path) if name == "Environment"}
    for service in compose()["services"].values():
        named |= set(service.get("environment", {}))
    ours = {name for name in named if OURS.match(name)}
    assert len(ours) >= 8
    assert ours <= KNOWN


def test_the_example_settings_are_good_once_the_secrets_are_filled_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    filled = {name: re.sub(r"换成[\u4e00-\u9fff]+", "A" * 32, value) for name, value in example().items()}
    worker = dict(
        value.split("=", 1) for name, value in unit(DEPLOY / "houqin-bot@.service") if name == "Environment"
    )
    for name, value in (filled | worker).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.webhook_address == ("127.0.0.1", 8101)
    assert settings.http == ("127.0.0.1", 8201)
    assert settings.database().startswith("postgresql")


def test_every_command_run_exists() -> None:
    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    run = [match[1] for line in commands_of_ours() if (match := re.search(r"\bhouqin(?:['\"])? (\w+)", line))]
    assert {"run", "train", "backup"} <= set(run) <= known


def test_rasa_is_started_with_the_options_the_desk_starts_it_with() -> None:
    own = RasaProcess(root=ROOT, model=ROOT / "model", log_path=ROOT / "log", port=5005)._command()
    lines = [shlex.split(line) for line in commands_of_ours() if "nlu.server.launch" in line]
    assert len(lines) == 2
    for line in lines:
        assert {word for word in line if word.startswith("--")} - {"--"} == {
            w for w in own if w.startswith("--")
        }
        assert (ROOT / line[line.index("--endpoints") + 1]).is_file()


def test_the_compose_file_names_only_what_it_defines() -> None:
    content = compose()
    services = content["services"]
    for name, service in services.items():
        needed = service.get("depends_on", [])
        assert set(needed) <= set(services), name
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            # Certificates are the only folder that whoever deploys brings along.
            assert source in content["volumes"] or (DEPLOY / source).exists() or source == "./tls", mount
        assert set(service.get("secrets", [])) <= set(content["secrets"])
        if "build" in service:
            assert (DEPLOY / service["build"]["dockerfile"].removeprefix("deploy/")).is_file()


def test_a_container_is_healthy_exactly_while_its_worker_answers() -> None:
    bot = compose()["services"]["bot"]
    how, _, flag, code = bot["healthcheck"]["test"]
    port = bot["environment"]["HOUQIN_HTTP"].split(":")[1]
    assert (how, flag, code.count(port)) == ("CMD", "-c", 1)
    routes = health_routes(Health(pool=None, now=utc_now, rasa_ready=lambda: True))  # type: ignore[arg-type]

    async def asked(here: str) -> int:
        command = [sys.executable, "-c", code.replace(port, here)]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True)
        return done.returncode

    async def while_it_answers_and_after() -> tuple[int, int]:
        web = Web(routes, host="127.0.0.1", port=0)
        here = str(urlsplit(web.start()).port)
        answering = await asked(here)
        await web.stop()
        return answering, await asked(here)

    answering, ended = asyncio.run(while_it_answers_and_after())
    assert answering == 0
    assert ended != 0


def test_the_image_is_built_from_what_is_there() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text("utf-8")
    copied = [
        words for line in dockerfile.splitlines() if line.startswith("COPY") for words in [line.split()[1:]]
    ]
    sources = [word for words in copied for word in words[:-1] if not word.startswith("--")]
    assert len(sources) > 4
    assert all((ROOT / source).exists() for source in sources)
    targets = re.findall(r"make (\S+)", dockerfile.split("ENV", 1)[1])
    makefile = (ROOT / "Makefile").read_text("utf-8").replace("$(STAMPS)", ".stamps")
    assert targets == [".stamps/rasa", ".stamps/app"]
    assert all(re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE) for target in targets)


Block = list[tuple[list[str], "Block | None"]]


def nginx(text: str) -> Block:
    """Read nginx's grammar: words up to a semicolon, or up to a block in braces. Raises ValueError where it is broken."""
    tokens = re.findall(r"\"[^\"]*\"|[{};]|[^\s{};]+", re.sub(r"#.*", "", text))
    stack: list[Block] = [[]]
    words: list[str] = []
    for token in tokens:
        if token == ";" or (token == "{" and words):
            inner: Block | None = [] if token == "{" else None
            if not words:
                raise ValueError("a semicolon after nothing")
            stack[-1].append((words, inner))
            words = []
            if inner is not None:
                stack.append(inner)
        elif token == "}" and not words and len(stack) > 1:
            stack.pop()
        elif token in "{}":
            raise ValueError(f"{token} after {words}")
        else:
            words.append(token)
    if words or len(stack) > 1:
        raise ValueError(f"ends in the middle of {words}")
    return stack[0]


def every(block: Block, name: str) -> list[list[str]]:
    found = [words[1:] for words, _ in block if words[0] == name]
    return found + [one for _, inner in block if inner for one in every(inner, name)]


@pytest.mark.parametrize("path", NGINX, ids=lambda path: path.name)
def test_nginx_passes_on_only_to_what_it_defines(path: Path) -> None:
    read = nginx(path.read_text("utf-8"))
    upstreams = {words[0] for words in every(read, "upstream")}
    passed = {urlsplit(words[0]).netloc for words in every(read, "proxy_pass")}
    assert passed
    assert passed <= upstreams
    webhook = urlsplit(example()["HOUQIN_WEBHOOK_URL"]).path
    assert any(webhook.startswith(words[-1]) and words[-1] != "/" for words in every(read, "location"))


def test_nginx_and_the_workers_agree_on_ports() -> None:
    servers = [
        words[0] for words in every(nginx((DEPLOY / "nginx.conf").read_text("utf-8")), "server") if words
    ]
    bot = dict(
        value.split("=", 1) for name, value in unit(DEPLOY / "houqin-bot@.service") if name == "Environment"
    )
    assert bot["HOUQIN_WEBHOOK_LISTEN"] in servers
    rasa = next(value for name, value in unit(DEPLOY / "houqin-rasa@.service") if name == "ExecStart")
    assert f"127.0.0.1:{rasa.split('--port ')[1].split()[0]}" in servers
    inside = compose()["services"]["bot"]["environment"]["HOUQIN_WEBHOOK_LISTEN"].split(":")[1]
    compose_nginx = nginx((DEPLOY / "nginx.compose.conf").read_text("utf-8"))
    assert [f"bot:{inside}"] == [words[0] for words in every(compose_nginx, "server") if words]


# What the nginx of Debian 12 (1.22) knows of what is used here; `http2 on`, for one, came later.
DIRECTIVES = {
    "upstream", "least_conn", "server", "keepalive", "listen", "server_name", "ssl_certificate", "ssl_certificate_key",
    "ssl_protocols", "server_tokens", "location", "allow", "deny", "client_max_body_size", "proxy_pass", "proxy_http_version",
    "proxy_set_header", "proxy_connect_timeout", "proxy_read_timeout", "proxy_next_upstream", "proxy_next_upstream_tries",
    "access_log", "return",
}  # fmt: skip


@pytest.mark.parametrize("path", NGINX, ids=lambda path: path.name)
def test_nginx_is_told_only_what_an_old_one_knows(path: Path) -> None:
    def names(block: Block) -> set[str]:
        return {words[0] for words, _ in block} | {n for _, inner in block if inner for n in names(inner)}

    assert names(nginx(path.read_text("utf-8"))) <= DIRECTIVES


@pytest.mark.parametrize("broken", ["server { listen 80 }", "server { listen 80;", "a; }", "; b;"])
def test_a_broken_nginx_file_would_be_noticed(broken: str) -> None:
    with pytest.raises(ValueError, match=r"after|ends|semicolon"):
        nginx(broken)
