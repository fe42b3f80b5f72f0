"""Tables of 「what was said | start | end」 that the time tests are written in.

The reference instant is Tuesday 24 November 2026, 10:00 (winter hours: 8:30–12:00, 13:00–17:00). Instants are written
`12-03 14:00`, with a year in front when it is not 2026; `-` is none; a date alone means midnight.
"""

from __future__ import annotations

from datetime import datetime

REF = datetime(2026, 11, 24, 10, 0)


def instant(text: str) -> datetime | None:
    """Read one cell of a table."""
    text = text.strip()
    if text == "-":
        return None
    if not text.startswith("20"):
        text = f"2026-{text}"
    return datetime.fromisoformat(text)


def rows(table: str) -> list[tuple[str, ...]]:
    """The cells of every line that is not blank or a comment."""
    lines = (line.strip() for line in table.strip().splitlines())
    return [
        tuple(cell.strip() for cell in line.split("|")) for line in lines if line and not line.startswith("#")
    ]
