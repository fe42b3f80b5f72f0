"""The commands of whoever keeps the desk running: Chinese, exit codes, nothing overwritten."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import structlog
from sqlalchemy import text

from bot.cli import main
from bot.databases import lock
from desk import audit, tickets
from tests.desk.test_tickets import open_one

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from desk.storage import Database

Told = tuple[int, str, str]


@pytest.fixture
def houqin(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Callable[..., Told]]:
    """Call the command line on a desk with one ticket: exit code, what it said, what it complained."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TELEGRAM_TOKEN", raising=False)
    monkeypatch.setenv("HOUQIN_DATABASE_URL", str(database.url))
    with database.writing() as session:
        ticket = open_one(session)
        tickets.note(session, ticket, actor=None, action="urge", now=datetime(2026, 11, 23, 3, tzinfo=UTC))

    def call(*words: str, on: str = "") -> Told:
        if on:
            monkeypatch.setenv("HOUQIN_DATABASE_URL", on)
        monkeypatch.setattr("sys.argv", ["houqin", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    handlers = logging.getLogger().handlers[:]
    yield call
    # The command line sets the whole process's log up; its stream ends with the test.
    logging.getLogger().handlers[:] = handlers
    structlog.reset_defaults()


def test_moves_a_desk_into_postgres(
    houqin: Callable[..., Told], database: Database, postgres: Database
) -> None:
    there = postgres.url.set(drivername="postgresql").render_as_string(hide_password=False)
    code, out, _ = houqin("migrate-data", "--from", str(database.url), "--to", there)
    assert (code, "tickets：1 行" in out, "逐表一致" in out) == (0, True, True)
    code, _, err = houqin("migrate-data", "--from", str(database.url), "--to", there)
    assert (code, "目标数据库里已经有数据" in err) == (1, True)


@pytest.mark.parametrize(
    ("source", "target", "told"),
    [
        ("sqlite:///nowhere.db", "sqlite:///x.db", "没有 nowhere.db"),
        ("mysql://x", "sqlite:///x.db", "只支持"),
        ("{here}", "{here}", "同一个数据库"),
        ("{here}", "?", "看不懂"),
    ],
)
def test_refuses_to_move_what_cannot_be_moved(
    houqin: Callable[..., Told], database: Database, source: str, target: str, told: str
) -> None:
    words = [one.format(here=database.url) for one in (source, target)]
    code, _, err = houqin("migrate-data", "--from", words[0], "--to", words[1])
    assert (code, told in err) == (2, True), err


def test_moves_nothing_while_a_bot_is_at_work(houqin: Callable[..., Told], database: Database) -> None:
    held = lock(database)
    assert held is not None
    code, _, err = houqin("migrate-data", "--from", str(database.url), "--to", "sqlite:///x.db")
    held.close()
    assert (code, "已经有一个 houqin run" in err) == (2, True)


def test_saves_a_desk_and_brings_it_back(houqin: Callable[..., Told], tmp_path: Path) -> None:
    code, out, _ = houqin("backup", "kept.db")
    assert (code, "已备份到 kept.db" in out) == (0, True)
    code, _, err = houqin("backup", "kept.db")
    assert (code, "已经存在" in err) == (1, True)
    code, out, _ = houqin("restore", "kept.db", on=f"sqlite:///{tmp_path / 'new.db'}")
    assert (code, "tickets：1 行" in out, "已恢复" in out) == (0, True, True)
    code, _, err = houqin("restore", "kept.db")
    assert (code, "不能覆盖" in err) == (1, True)
    (tmp_path / "kept.txt").write_text("随手记")
    code, _, err = houqin("restore", "kept.txt", on=f"sqlite:///{tmp_path / 'newer.db'}")
    assert (code, "不是服务台的备份" in err) == (1, True)


def test_a_disk_that_takes_no_more_is_told_in_one_line(houqin: Callable[..., Told]) -> None:
    code, _, err = houqin("backup", "no-such-folder/kept.db")
    assert (code, "文件读写失败" in err) == (1, True)


def test_verifies_the_history(houqin: Callable[..., Told], database: Database) -> None:
    with database.writing() as session:
        audit.seal(session, now=datetime(2026, 11, 23, 4, tzinfo=UTC))
        noted = audit.verify(session).hash
    code, out, _ = houqin("audit", "verify", "--hash", noted)
    assert (code, "封存 1 段、2 条历史" in out, "历史完整" in out, noted in out) == (0, True, True, True)
    code, _, err = houqin("audit", "verify", "--hash", "f" * 64)
    assert (code, "没有这个封存哈希" in err) == (1, True)
    with database.writing() as session:
        session.execute(text("DROP TRIGGER ticket_events_no_UPDATE"))
        session.execute(text("UPDATE ticket_events SET action = 'praise' WHERE id = 2"))
    code, out, err = houqin("audit", "verify")
    assert (code, "历史编号 1–2" in out, "历史被改动过" in err) == (1, True, True)
