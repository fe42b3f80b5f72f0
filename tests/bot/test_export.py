"""Tickets as rows for other programs: telephones masked, and no formulas."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.export import cell, ticket_rows
from tests.desk.test_tickets import open_one

if TYPE_CHECKING:
    from desk.storage import Database

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("联系 13800001234。", "联系 138****1234。"),
        ("138 0000 1234", "138****1234"),
        ("+86 13800001234", "+86****1234"),
        ("0431-88901234", "043****1234"),
        ("共 20261124001 号", "共 20261124001 号"),
        ("36公里", "36公里"),
    ],
)
def test_masks_telephones_wherever_they_stand_unless_asked_for(
    database: Database, written: str, shown: str
) -> None:
    with database.writing() as session:
        open_one(session).fields = {"contact": written, "stops": [{"note": written}], "people": 3}
    with database.reading() as session:
        (masked,), (full,) = ticket_rows(session), ticket_rows(session, full=True)
    assert masked["fields"] == {"contact": shown, "stops": [{"note": shown}], "people": 3}
    assert full["fields"] == {"contact": written, "stops": [{"note": written}], "people": 3}


@pytest.mark.parametrize(
    "written", ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", " =1", "\n=1", "＝1+1", "＠SUM(A1)"]
)
def test_a_text_never_becomes_a_formula(written: str) -> None:
    assert cell(written) == f"'{written}"


@pytest.mark.parametrize("written", ["林晓梅", "", None, 3, "a=b"])
def test_other_values_stay_as_they_are(written: object) -> None:
    assert cell(written) == written
