"""The picture of a day: a bar for every trip and every meeting, one line for each car and room, drawn as a PNG.

Made for a phone: large type, two colours for cars and rooms, amber for what does not fit, red for what is late, grey for what
is over. What still lacks a car or a room stands above all else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Mark = Literal["", "tight", "late", "over"]
Font = ImageFont.FreeTypeFont
Pen = ImageDraw.ImageDraw

WIDTH, LABEL, EDGE = 1200, 236, 28
HEAD, LINE, SECTION, FOOT = 190, 78, 52, 84
FIRST, LAST = 7, 19  # the hours shown, unless something lies outside them
SORTS = {"open": "待落实", "vehicle": "车辆", "room": "会议室"}
COLOURS = {"open": "#b7791f", "vehicle": "#2f6fb5", "room": "#3a8f5b"}
TINTS = {"open": "#fdf3e1", "vehicle": "#eaf1f9", "room": "#e9f5ee"}
LATE, TIGHT, OVER = "#c0392b", "#e08e0b", "#9aa5b1"
INK, SOFT, FAINT, PAPER = "#1f2933", "#66717e", "#e3e7ec", "#ffffff"
MOST_LINES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Something that takes a line from one naive local moment to another. `mark` says what is wrong with it, if anything."""

    start: datetime
    end: datetime
    text: str
    number: str = ""
    mark: Mark = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One car or room and what it does that day. `sort` is vehicle, room, or open for what has neither yet."""

    name: str
    sort: str
    bars: tuple[Bar, ...]


def draw(
    lanes: Sequence[Lane], *, title: str, now: datetime, font_path: str, to: Path, summary: str = ""
) -> Path:
    """Draw the day of the naive local `now` into the PNG file `to` and return it. Lanes beyond the fortieth are left out."""
    shown = sorted(lanes, key=lambda lane: list(SORTS).index(lane.sort))[:MOST_LINES]
    first, last = _hours(shown, now)
    sections = len({lane.sort for lane in shown})
    height = HEAD + SECTION * sections + LINE * len(shown) + FOOT
    image = Image.new("RGB", (WIDTH, height), PAPER)
    pen = ImageDraw.Draw(image)
    scale = _Scale(day=datetime.combine(now.date(), time()), first=first, last=last)
    fonts = _Fonts.of(font_path)
    _head(pen, fonts, title=title, summary=summary)
    bottom = height - FOOT
    y = HEAD
    for sort, group in groupby(shown, key=lambda lane: lane.sort):
        y = _section(pen, fonts, sort, y=y)
        for nth, _ in enumerate(group):
            if nth % 2 == 0:
                pen.rectangle((EDGE, y, WIDTH - EDGE, y + LINE), fill="#f7f8fa")
            y += LINE
    _grid(pen, fonts, scale, bottom=bottom)
    y = HEAD
    for _, group in groupby(shown, key=lambda lane: lane.sort):
        y += SECTION
        for lane in group:
            _lane(pen, lane, y=y, scale=scale, fonts=fonts)
            y += LINE
    _now(pen, fonts, scale, now, bottom=bottom)
    _legend(pen, fonts, y=bottom + 26)
    to.parent.mkdir(parents=True, exist_ok=True)
    image.save(to, "PNG", optimize=True)
    return to


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fonts:
    title: Font
    name: Font
    small: Font
    tiny: Font

    @classmethod
    def of(cls, path: str) -> _Fonts:
        sizes = {"title": 46, "name": 29, "small": 24, "tiny": 20}
        return cls(**{name: ImageFont.truetype(path, size) for name, size in sizes.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    day: datetime
    first: int
    last: int

    def at_hour(self, hour: float) -> float:
        """Return the place of an hour of the day, kept within the picture."""
        inside = min(max(hour, self.first), self.last)
        return LABEL + (inside - self.first) / (self.last - self.first) * (WIDTH - LABEL - EDGE)

    def at(self, moment: datetime) -> float:
        return self.at_hour((moment - self.day) / timedelta(hours=1))


def _hours(lanes: Sequence[Lane], now: datetime) -> tuple[int, int]:
    day = datetime.combine(now.date(), time())
    starts = [(bar.start - day) / timedelta(hours=1) for lane in lanes for bar in lane.bars]
    ends = [(bar.end - day) / timedelta(hours=1) for lane in lanes for bar in lane.bars]
    return max(0, min([FIRST, *(int(h) for h in starts)])), min(24, max([LAST, *(int(h) + 1 for h in ends)]))


def _head(pen: Pen, fonts: _Fonts, *, title: str, summary: str) -> None:
    pen.rectangle((0, 0, WIDTH, 12), fill=COLOURS["vehicle"])
    pen.text((EDGE, 34), title, fill=INK, font=fonts.title)
    pen.text((EDGE, 98), _fitting(summary, fonts.small, WIDTH - 2 * EDGE), fill=SOFT, font=fonts.small)


def _section(pen: Pen, fonts: _Fonts, sort: str, *, y: int) -> int:
    pen.rectangle((EDGE, y, WIDTH - EDGE, y + SECTION), fill=TINTS[sort])
    pen.rectangle((EDGE, y, EDGE + 8, y + SECTION), fill=COLOURS[sort])
    pen.text((EDGE + 22, y + SECTION / 2), SORTS[sort], fill=COLOURS[sort], font=fonts.name, anchor="lm")
    return y + SECTION


def _grid(pen: Pen, fonts: _Fonts, scale: _Scale, *, bottom: int) -> None:
    step = 2 if scale.last - scale.first > 9 else 1
    for hour in range(scale.first, scale.last + 1):
        x = scale.at_hour(hour)
        pen.line((x, HEAD - 8, x, bottom), fill=FAINT, width=2 if hour % step == 0 else 1)
        if (hour - scale.first) % step == 0:
            at_edge = hour == scale.last
            pen.text(
                (x, HEAD - 14), f"{hour}:00", fill=SOFT, font=fonts.small, anchor="rs" if at_edge else "ms"
            )


def _lane(pen: Pen, lane: Lane, *, y: int, scale: _Scale, fonts: _Fonts) -> None:
    first, _, second = lane.name.partition(" ")
    width = LABEL - EDGE - 18
    middle = y + LINE / 2 - (15 if second else 0)
    pen.text((EDGE + 10, middle), _fitting(first, fonts.name, width), fill=INK, font=fonts.name, anchor="lm")
    more = _fitting(second, fonts.small, width)
    pen.text((EDGE + 10, y + LINE / 2 + 17), more, fill=SOFT, font=fonts.small, anchor="lm")
    bars = sorted(lane.bars, key=lambda bar: bar.start)
    rights = [scale.at(bar.start) for bar in bars[1:]] + [float(WIDTH - EDGE)]
    for bar, free_until in zip(bars, rights, strict=True):
        _bar(pen, bar, sort=lane.sort, y=y, scale=scale, fonts=fonts, free_until=free_until)


def _bar(pen: Pen, bar: Bar, *, sort: str, y: int, scale: _Scale, fonts: _Fonts, free_until: float) -> None:
    left = scale.at(bar.start) + 2
    right = max(scale.at(bar.end) - 2, left + 10)
    edge = {"late": LATE, "tight": TIGHT}.get(bar.mark)
    fill = OVER if bar.mark == "over" else COLOURS[sort]
    pen.rounded_rectangle(
        (left, y + 7, right, y + LINE - 7), radius=10, fill=fill, outline=edge, width=6 if edge else 0
    )
    flag = {"late": "超时 ", "tight": "紧接 "}.get(bar.mark, "")
    span = f"{bar.start:%H:%M}–{bar.end:%H:%M}"
    inside, beside = right - left - 20, free_until - right - 16
    is_inside = inside >= min(beside, fonts.tiny.getlength(span))
    x, width = (left + 10, inside) if is_inside else (right + 8, beside)
    times = (f"{span} {bar.number}".rstrip(), span, f"{bar.start:%H:%M}")
    lines = (flag + bar.text, next((t for t in times if fonts.tiny.getlength(t) <= width), times[-1]))
    colour = PAPER if is_inside else edge or INK
    for words, font, at in zip(lines, (fonts.small, fonts.tiny), (-14, 15), strict=True):
        said = _fitting(words, font, width)
        pen.text((x, y + LINE / 2 + at), said, fill=colour, font=font, anchor="lm")


def _now(pen: Pen, fonts: _Fonts, scale: _Scale, now: datetime, *, bottom: int) -> None:
    x = scale.at(now)
    pen.line((x, HEAD - 2, x, bottom), fill=LATE, width=3)
    words = f"现在 {now:%H:%M}"
    half = fonts.small.getlength(words) / 2 + 10
    middle = min(max(x, EDGE + half), WIDTH - EDGE - half)
    pen.rounded_rectangle((middle - half, bottom - 2, middle + half, bottom + 34), radius=8, fill=LATE)
    pen.text((middle, bottom + 16), words, fill=PAPER, font=fonts.small, anchor="mm")


def _legend(pen: Pen, fonts: _Fonts, *, y: int) -> None:
    x = float(EDGE)
    known = (("车辆", COLOURS["vehicle"]), ("会议室", COLOURS["room"]), ("待落实", COLOURS["open"]))
    for words, colour in (*known, ("紧接", TIGHT), ("超时", LATE), ("已结束", OVER)):
        pen.rounded_rectangle((x, y + 20, x + 26, y + 44), radius=6, fill=colour)
        pen.text((x + 36, y + 32), words, fill=SOFT, font=fonts.small, anchor="lm")
        x += 36 + fonts.small.getlength(words) + 34


def _fitting(text: str, font: Font, width: float) -> str:
    """Return as much of a text as fits, with an ellipsis where it was cut; nothing when not even that fits."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…" if text else ""
