"""`houqin calendar load` and `houqin import duty`, as an admin runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk.models import CalendarDay, Duty, Person
from desk.storage import Database

if TYPE_CHECKING:
    from pathlib import Path

NOTICE = """关于2027年部分节假日安排的通知
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日至11日放假调休，共7天。2月13日（周六）上班。
"""


def houqin(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ,
        "HOUQIN_DATA": str(tmp_path / "data"),
        "HOUQIN_DATABASE_URL": f"sqlite:///{tmp_path / 'desk.db'}",
    }
    env.pop("TELEGRAM_TOKEN", None)
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *words],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_official_notice_is_loaded_from_its_text(tmp_path: Path) -> None:
    (tmp_path / "notice.txt").write_text(NOTICE, "gb18030")
    done = houqin(tmp_path, "calendar", "load", str(tmp_path / "notice.txt"))
    assert done.returncode == 0, done.stderr
    assert "2027 年：记下 11 天" in done.stdout
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    with database.reading() as session:
        works = {row.day.isoformat(): row.is_workday for row in session.scalars(select(CalendarDay))}
    database.close()
    assert works["2027-02-13"]
    assert not works["2027-02-11"]


def test_a_notice_that_makes_no_sense_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "notice.txt").write_text(NOTICE.replace("1月1日（周五）", "1月1日（周四）"), "utf-8")
    done = houqin(tmp_path, "calendar", "load", str(tmp_path / "notice.txt"))
    assert done.returncode == 1
    assert "请核对年份" in done.stderr


def test_a_roster_is_imported(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    database.migrate()
    with database.writing() as session:
        session.add(Person(name="张伟", active=True, reachable=True, habits={}, grants=[]))
    (tmp_path / "duty.csv").write_text("值班人,类别,开始\n张伟,报修,2026-11-24\n", "utf-8")
    done = houqin(tmp_path, "import", "duty", str(tmp_path / "duty.csv"))
    assert done.returncode == 0, done.stderr
    with database.reading() as session:
        assert session.scalars(select(Duty)).one().person.name == "张伟"
    database.close()
