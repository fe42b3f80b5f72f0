"""The command line as a person meets it: Chinese, exit codes, no tracebacks."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from bot.cli import main
from bot.export import COLUMNS
from bot.plumbing import utc_now
from desk.models import Person, Ticket
from desk.storage import Database
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

HOUQIN = ROOT / ".venv" / "bin" / "houqin"
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def environment(tmp_path: Path, sqlite_template: Path) -> dict[str, str]:
    own = {k: v for k, v in os.environ.items() if not k.startswith(("HOUQIN_", "TELEGRAM_"))}
    path = tmp_path / "desk.db"
    path.write_bytes(sqlite_template.read_bytes())
    # A terminal that believes in no Chinese at all must not matter.
    return {
        **own,
        "HOUQIN_DATA": str(tmp_path),
        "HOUQIN_DATABASE_URL": f"sqlite:///{path}",
        "LC_ALL": "C",
    }


def houqin(*words: str, environment: dict[str, str], said: str = "") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [HOUQIN, *words],
        input=said.encode("utf-8", "surrogatepass"),
        env=environment,
        cwd=environment["HOUQIN_DATA"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in out + err
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["nope"], "没有 nope 这个命令"),
        (["run", "--x"], "没有 --x 这个选项"),
        (["invite"], "缺少参数 name"),
        (["invite", "张伟", "--role", "boss"], "可选 employee、approver、dispatcher"),
        (["invite", "张伟", "--role", "dispatcher", "--kind", "boat"], "没有「boat」这一类"),
        (["import", "people", "/nowhere.csv"], "文件不存在"),
    ],
)
def test_says_in_chinese_what_is_wrong_with_a_command(
    words: list[str], complaint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["houqin", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


def test_shows_help_when_asked_nothing(environment: dict[str, str]) -> None:
    done = houqin(environment=environment)
    assert done.returncode == 2
    assert "后勤服务台" in done.stderr
    assert "后勤服务台" in houqin("--help", environment=environment).stdout


def test_names_a_bad_setting(environment: dict[str, str]) -> None:
    done = houqin("tickets", environment={**environment, "TELEGRAM_TOKEN": "abc"})
    assert (done.returncode, "TELEGRAM_TOKEN" in done.stderr) == (2, True)
    broken = {**environment, "HOUQIN_DATABASE_URL": "postgresql://desk:geheim123@127.0.0.1:9/x"}
    done = houqin("tickets", environment=broken)
    assert (done.returncode, "数据库用不了" in done.stderr) == (2, True)
    assert "geheim123" not in done.stderr


def test_invites_somebody(environment: dict[str, str]) -> None:
    done = houqin("invite", "张伟", "--role", "dispatcher", "--kind", "vehicle", environment=environment)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"[A-Z2-7-]{20,}\n", done.stdout)
    assert f"/start {done.stdout.strip()}" in done.stderr


def test_imports_all_rows_or_none(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "ren.csv").write_text("姓名,部门,角色\n李娜,综合处,\n,综合处,\n王强,,船长\n", "utf-8")
    done = houqin("import", "people", "ren.csv", environment=environment)
    assert done.returncode == 1
    assert "第 3 行" in done.stderr
    assert "一行都没有写入" in done.stderr
    (tmp_path / "ren.csv").write_text("姓名,部门\n李娜,综合处\n王强,综合处\n", "gb18030")
    done = houqin("import", "people", "ren.csv", environment=environment)
    assert (done.returncode, done.stdout) == (0, "新增 2 行，更新 0 行\n"), done.stderr


def a_ticket(environment: dict[str, str]) -> None:
    database = Database(environment["HOUQIN_DATABASE_URL"])
    with database.writing() as session:
        session.add(Person(id=1, name="李娜"))
        session.flush()
        now = utc_now()
        start = now.replace(year=2026, month=11, day=24, hour=6, minute=0)
        ticket = Ticket(
            number="YC-20261123-001",
            kind="vehicle",
            state="submitted",
            version=1,
            requester_id=1,
            queue="vehicle",
            due_at=now,
            starts_at=start,
            fields={"destination": "龙嘉机场, T2"},
            created_at=now,
            updated_at=now,
        )
        session.add(ticket)
    database.close()


def test_lists_tickets_as_json_and_csv(environment: dict[str, str]) -> None:
    assert json.loads(houqin("tickets", environment=environment).stdout) == []
    a_ticket(environment)
    (row,) = json.loads(houqin("tickets", environment=environment).stdout)
    assert tuple(row) == COLUMNS
    assert (row["requester"], row["start"], row["end"]) == ("李娜", "2026-11-24T14:00", None)
    assert row["fields"] == {"destination": "龙嘉机场, T2"}
    (line,) = csv.DictReader(
        io.StringIO(houqin("tickets", "--format", "csv", environment=environment).stdout)
    )
    assert json.loads(line["fields"]) == {"destination": "龙嘉机场, T2"}


def test_reads_times_line_by_line(environment: dict[str, str]) -> None:
    lines = '{"id": "a", "text": "明天下午三点到五点", "ref": "2026-11-23T10:00"}\n{"id": "b", "text": "你好", "ref": "2026-11-23T10:00"}\n'
    done = houqin("times", environment=environment, said=lines)
    first, second = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 0
    assert (first["id"], first["start"][:16], first["end"][:16]) == (
        "a",
        "2026-11-24T15:00",
        "2026-11-24T17:00",
    )
    assert (second["id"], second["start"]) == ("b", None)


def test_goes_on_after_a_line_it_cannot_read(environment: dict[str, str]) -> None:
    done = houqin(
        "times", environment=environment, said='{\n\n{"id": 2, "text": "明天", "ref": "2026-11-23T10:00"}\n'
    )
    assert done.returncode == 1
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [None, 2]


def test_understands_without_a_desk_and_says_so_when_rasa_is_away(
    environment: dict[str, str], tmp_path: Path
) -> None:
    own = {
        **environment,
        "HOUQIN_RASA_URL": NOWHERE,
        "HOUQIN_DATABASE_URL": f"sqlite:///{tmp_path}/none/x.db",
    }
    done = houqin(
        "understand", environment=own, said='{"id": 1, "text": "明天用车", "now": "2026-11-23T10:00"}\n'
    )
    assert done.returncode == 1
    assert "Rasa" in json.loads(done.stdout)["error"]
    assert not (tmp_path / "none").exists()


def test_checks_everything_and_fails_where_something_is_broken(environment: dict[str, str]) -> None:
    own = {
        **environment,
        "HOUQIN_RASA_URL": NOWHERE,
        "TELEGRAM_TOKEN": "123456789:AAabcdefghijklmnopqrstuvwxyz012345678",
        "TELEGRAM_BASE_URL": f"{NOWHERE}/bot",
    }
    done = houqin("check", environment=own)
    assert done.returncode == 1
    assert "✗ Telegram" in done.stdout
    assert "✗ Rasa" in done.stdout
    assert "✓ 数据库" in done.stdout
    assert "123456789:AA" not in done.stdout + done.stderr
