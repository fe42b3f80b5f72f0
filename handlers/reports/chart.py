"""The picture of a month: how much each kind was asked for and done, and how busy each day was, drawn as a PNG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WIDTH, EDGE, LABEL, HEAD, LINE, DAYS, FOOT = 1200, 40, 150, 150, 96, 420, 60
COLOURS = ("#2f6fb5", "#3a8f5b", "#c77d1a", "#7a5aa8", "#5b7083")
INK, SOFT, FAINT, PAPER = "#1f2933", "#66717e", "#e3e7ec", "#ffffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One kind in a month. `per_day` counts what was asked for on the 1st, 2nd …; `satisfied` is a share, None: no marks."""

    title: str
    asked: int
    done: int
    satisfied: float | None
    per_day: tuple[int, ...]


def draw(rows: Sequence[Row], *, title: str, font_path: str, to: Path) -> Path:
    """Draw the rows of a month into the PNG file `to` and return it."""
    top = HEAD + LINE * len(rows)
    image = Image.new("RGB", (WIDTH, top + DAYS + FOOT), PAPER)
    pen = ImageDraw.Draw(image)
    big, middle, small = (ImageFont.truetype(font_path, size) for size in (46, 30, 24))
    pen.rectangle((0, 0, WIDTH, 12), fill=COLOURS[0])
    pen.text((EDGE, 38), title, fill=INK, font=big)
    pen.text((EDGE, 106), "深色办结，浅色受理；右边是满意率", fill=SOFT, font=small)
    most = max([1, *(row.asked for row in rows)])
    for nth, row in enumerate(rows):
        y, colour = HEAD + LINE * nth, COLOURS[nth % len(COLOURS)]
        full = (WIDTH - EDGE - LABEL - EDGE - 270) * row.asked / most
        left = EDGE + LABEL
        pen.text((EDGE, y + LINE / 2), row.title, fill=INK, font=middle, anchor="lm")
        pen.rounded_rectangle(
            (left, y + 20, left + max(full, 4), y + LINE - 20), radius=10, fill=_light(colour)
        )
        if row.asked and row.done:
            share = full * row.done / row.asked
            pen.rounded_rectangle((left, y + 20, left + max(share, 4), y + LINE - 20), radius=10, fill=colour)
        said = f"{row.done}/{row.asked} 单" + ("" if row.satisfied is None else f"　满意 {row.satisfied:.0%}")
        pen.text((left + full + 16, y + LINE / 2), said, fill=INK, font=small, anchor="lm")
    _days(pen, rows, top=top, fonts=(middle, small))
    to.parent.mkdir(parents=True, exist_ok=True)
    image.save(to, "PNG", optimize=True)
    return to


def _days(
    pen: ImageDraw.ImageDraw,
    rows: Sequence[Row],
    *,
    top: int,
    fonts: tuple[ImageFont.FreeTypeFont, ImageFont.FreeTypeFont],
) -> None:
    """Draw a column for each day, the kinds on top of each other."""
    middle, small = fonts
    pen.text((EDGE, top + 20), "每天受理", fill=INK, font=middle)
    count = max((len(row.per_day) for row in rows), default=0)
    if not count:
        return
    totals = [sum(row.per_day[n] for row in rows) for n in range(count)]
    most, floor, tall = max([1, *totals]), top + DAYS, DAYS - 110
    width = (WIDTH - 2 * EDGE) / count
    pen.line((EDGE, floor, WIDTH - EDGE, floor), fill=FAINT, width=2)
    for n in range(count):
        left, base = EDGE + n * width + 3, float(floor)
        for nth, row in enumerate(rows):
            high = tall * row.per_day[n] / most
            if high:
                pen.rectangle((left, base - high, left + width - 6, base), fill=COLOURS[nth % len(COLOURS)])
                base -= high
        if totals[n] == most:
            pen.text((left + width / 2 - 3, base - 6), str(most), fill=SOFT, font=small, anchor="ms")
        if n == 0 or (n + 1) % 5 == 0:
            pen.text((left + width / 2 - 3, floor + 8), str(n + 1), fill=SOFT, font=small, anchor="mt")


def _light(colour: str) -> str:
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{int(part + (255 - part) * 0.68):02x}" for part in parts)
