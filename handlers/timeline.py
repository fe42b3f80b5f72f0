"""The picture of a day: a bar for every trip and every meeting, one line for each car and room, drawn as a PNG."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WIDTH, LABEL, TOP, LINE, EDGE, RIGHT = 1200, 230, 90, 38, 16, 40
FIRST, LAST = 6, 22  # the hours shown, unless something lies outside them
COLOURS = {"vehicle": "#2f6fb5", "room": "#3a8f5b"}
INK, FAINT, PAPER, NOW = "#222222", "#d8dce2", "#ffffff", "#c0392b"
MOST_LINES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Something that takes a line from one naive local moment to another."""

    start: datetime
    end: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One car or room and what it does that day. `sort` gives the colour: vehicle or room."""

    name: str
    sort: str
    bars: tuple[Bar, ...]


def draw(lanes: Sequence[Lane], *, title: str, now: datetime, font_path: str, to: Path) -> Path:
    """Draw the day of the naive local `now` into the PNG file `to` and return it. Lanes beyond the fortieth are left out."""
    shown = list(lanes)[:MOST_LINES]
    first, last = _hours(shown, now)
    height = TOP + LINE * max(1, len(shown)) + EDGE
    image = Image.new("RGB", (WIDTH, height), PAPER)
    pen = ImageDraw.Draw(image)
    font, small = ImageFont.truetype(font_path, 20), ImageFont.truetype(font_path, 15)
    pen.text((EDGE, 14), title, fill=INK, font=ImageFont.truetype(font_path, 26))
    scale = _Scale(day=datetime.combine(now.date(), time()), first=first, last=last)
    for hour in range(first, last + 1):
        x = scale.at_hour(hour)
        pen.line((x, TOP - 8, x, height - EDGE), fill=FAINT)
        if hour % 2 == 0:
            pen.text((x - 18, TOP - 32), f"{hour % 24:02d}:00", fill=INK, font=small)
    for nth, lane in enumerate(shown):
        _lane(pen, lane, y=TOP + nth * LINE, scale=scale, fonts=(font, small))
    pen.line((scale.at(now), TOP - 8, scale.at(now), height - EDGE), fill=NOW, width=2)
    to.parent.mkdir(parents=True, exist_ok=True)
    image.save(to, "PNG", optimize=True)
    return to


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    day: datetime
    first: int
    last: int

    def at_hour(self, hour: float) -> float:
        """Return the place of an hour of the day, kept within the picture."""
        inside = min(max(hour, self.first), self.last)
        return LABEL + (inside - self.first) / (self.last - self.first) * (WIDTH - LABEL - RIGHT)

    def at(self, moment: datetime) -> float:
        return self.at_hour((moment - self.day) / timedelta(hours=1))


def _hours(lanes: Sequence[Lane], now: datetime) -> tuple[int, int]:
    day = datetime.combine(now.date(), time())
    starts = [(bar.start - day) / timedelta(hours=1) for lane in lanes for bar in lane.bars]
    ends = [(bar.end - day) / timedelta(hours=1) for lane in lanes for bar in lane.bars]
    return max(0, min([FIRST, *(int(h) for h in starts)])), min(24, max([LAST, *(int(h) + 1 for h in ends)]))


def _lane(
    pen: ImageDraw.ImageDraw,
    lane: Lane,
    *,
    y: int,
    scale: _Scale,
    fonts: tuple[ImageFont.FreeTypeFont, ImageFont.FreeTypeFont],
) -> None:
    font, small = fonts
    pen.line((EDGE, y + LINE - 1, WIDTH - EDGE, y + LINE - 1), fill=FAINT)
    pen.text((EDGE, y + 6), _fitting(lane.name, font, LABEL - EDGE * 2), fill=INK, font=font)
    for bar in lane.bars:
        left, right = scale.at(bar.start), scale.at(bar.end)
        right = max(right, left + 3)
        pen.rounded_rectangle(
            (left + 1, y + 5, right - 1, y + LINE - 6), radius=5, fill=COLOURS.get(lane.sort, INK)
        )
        words = _fitting(bar.text, small, right - left - 8)
        pen.text((left + 5, y + 9), words, fill=PAPER, font=small)


def _fitting(text: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """Return as much of a text as fits, with an ellipsis where it was cut; nothing when not even that fits."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…" if text else ""
