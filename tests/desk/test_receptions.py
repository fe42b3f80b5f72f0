"""Figures and rows of receptions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from desk import receptions
from desk.calendar import Calendar

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("guests", "most"), [(1, 3), (8, 3), (10, 3), (11, 3), (12, 4), (20, 6), (30, 10), (31, 10)]
)
def test_how_many_may_keep_company(guests: int, most: int) -> None:
    assert receptions.companion_limit(guests) == most


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("四川", "四川省机关事务管理局", True),
        ("国管局", "国家机关事务管理局", True),
        ("四川那边", "四川省机关事务管理局", True),
        ("四川省机关事务管理局", "四川省机关事务管理局", True),
        ("辽宁", "四川省机关事务管理局", False),
        ("河北省机关事务管理局", "河南省机关事务管理局", False),
        ("", "四川省机关事务管理局", False),
    ],
)
def test_one_organisation_under_two_names(one: str, other: str, same: bool) -> None:
    assert receptions.same_organisation(one, other) is same


def test_working_days_are_counted_over_the_weekend() -> None:
    friday = date(2026, 11, 27)
    assert receptions.workday_after(Calendar(), friday, 1) == date(2026, 11, 30)
    assert receptions.workday_before(Calendar(), date(2026, 11, 30), 1) == friday


def test_the_letter_is_due_before_the_visit_and_never_in_the_past() -> None:
    now = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    for days in range(60):
        starts_at = now + timedelta(hours=5 + days * 7)
        due = receptions.letter_due(
            Calendar(), now=now, starts_at=starts_at, lead_days=3, least=timedelta(hours=8)
        )
        assert now < due <= max(starts_at, now + timedelta(minutes=30))


@pytest.mark.parametrize(
    "value", ["=1+1", "+86 138", "-5", "@SUM(A1)", "\t=1", " =HYPERLINK(1)", "\r=2", "＝1"]
)
def test_no_cell_of_a_workbook_is_a_formula(tmp_path: Path, value: str) -> None:
    path = tmp_path / "new" / "list.xlsx"
    receptions.write_workbook(path, title="=清单", rows=[("费用", value), (value, "无")])
    sheet = load_workbook(path).active
    assert sheet is not None
    for row in sheet.iter_rows():
        for cell in row:
            assert cell.data_type != "f"
            assert not str(cell.value or "").lstrip().startswith(("=", "+", "-", "@"))


def test_control_characters_do_not_break_a_workbook(tmp_path: Path) -> None:
    receptions.write_workbook(tmp_path / "l.xlsx", title="清单", rows=[("来宾", "张\x00明\x0b")])
    sheet = load_workbook(tmp_path / "l.xlsx").active
    assert sheet is not None
    assert sheet.cell(row=2, column=2).value == "张明"
