"""Taking out of a picture what nobody meant to send along: where it was taken, when, with whose telephone.

Telegram does this for photos. A picture sent as a file arrives untouched, GPS and all, and would be passed on like that. So
it is drawn anew from its pixels before it goes to anybody else, a TIFF of several pages as a PDF. What cannot be drawn (broken,
moving, an iPhone's HEIC, more pixels than any camera has: unpacking it is what it was made for) has its traces cut out of
the file as it stands (`bot.traces`); what that does not work for either, and may have traces, is not passed on (`Withheld`).
The desk itself keeps no file, only Telegram's number for it.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import PurePosixPath

from fpdf import FPDF
from PIL import Image, ImageOps, ImageSequence

from bot import traces
from bot.traces import NotAPicture

# Telegram hands out nothing larger to bots.
LARGEST = 20_000_000
MOST_PIXELS = 60_000_000
MOST_PAGES = 60
# Large enough to read a letter by, small enough to unpack beside everything else.
LONGEST_SIDE = 3600
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")
ENDINGS = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif",
    ".heic", ".heif", ".avif", ".dng", ".cr2", ".nef", ".arw",
)  # fmt: skip
# Why a picture was not passed on.
TOO_LARGE, UNREADABLE, OUT_OF_REACH = "图片超过 20 MB", "图片打不开，可能没传完整", "图片暂时取不到"


class Withheld(Exception):
    """A picture that may carry traces nobody can take out; the words say why it was not passed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A picture without its traces, and the ending its name should have now (empty: the one it had)."""

    content: bytes
    ending: str = ""


def looks_like_one(name: str) -> bool:
    """Say whether a file of this name may be a picture; one without an ending may be anything."""
    return name.lower().endswith(ENDINGS) or "." not in name


def without_traces(content: bytes) -> Cleaned | None:
    """Return a picture with nothing but what can be seen, or None where the file has no traces at all.

    Raises Withheld for one that may have some and cannot be read.
    """
    try:
        return drawn(content)
    except NotAPicture:
        pass
    try:
        return Cleaned(content=traces.cut_out(content))
    except NotAPicture:
        if traces.may_have_some(content):
            raise Withheld(UNREADABLE) from None
    return None


def drawn(content: bytes) -> Cleaned:
    """Return a picture drawn anew, upright, at most `LONGEST_SIDE` wide and high. Raises NotAPicture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
            if picture.format == "TIFF" and getattr(picture, "n_frames", 1) > 1:
                return _bound(picture)
            if getattr(picture, "is_animated", False):
                raise NotAPicture("moving")
            return Cleaned(content=_page(picture), ending=".jpg")
    except NotAPicture:
        raise
    except Exception as error:  # a broken file breaks the library in many ways
        raise NotAPicture(type(error).__name__) from None


def _page(picture: Image.Image) -> bytes:
    # The size is read from the head of the file, before anything is unpacked.
    if picture.width * picture.height > MOST_PIXELS:
        raise NotAPicture(f"{picture.width}×{picture.height}")
    # A JPEG is unpacked at once to about the size that is wanted.
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright.info.clear()
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=88)
    return out.getvalue()


def _bound(picture: Image.Image) -> Cleaned:
    """Bind the pages of a scanned letter into one PDF, one page in memory at a time."""
    if getattr(picture, "n_frames", 1) > MOST_PAGES:
        raise NotAPicture(f"more than {MOST_PAGES} pages")
    paper = FPDF(unit="pt")
    for frame in ImageSequence.Iterator(picture):
        page = io.BytesIO(_page(frame))
        with Image.open(page) as size:
            paper.add_page(format=(size.width, size.height))
        paper.image(page, 0, 0, paper.w, paper.h)
    return Cleaned(content=bytes(paper.output()), ending=".pdf")


def file_name(name: str, *, ending: str = "") -> str:
    """Return the name under which a cleaned picture is sent: without folders, with the ending of what it is now."""
    path = PurePosixPath(name.replace("\\", "/"))
    stem = path.stem.strip(". ") or "图片"
    return f"{stem[:80]}{ending or path.suffix.lower()}"
