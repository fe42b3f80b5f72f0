"""Taking out of a picture what nobody meant to send along: where it was taken, when, with whose telephone.

Telegram does this for photos. A picture sent as a file arrives untouched, GPS and all, and would be passed on like that. So
it is drawn anew from its pixels before it goes to anybody else. The desk itself keeps no file, only Telegram's number for it.
What claims to have more pixels than any camera is left alone: unpacking it is what it was made for.
"""

from __future__ import annotations

import io
import warnings
from pathlib import PurePosixPath

from PIL import Image, ImageOps

# Telegram hands out nothing larger to bots.
LARGEST = 20_000_000
MOST_PIXELS = 60_000_000
# Large enough to read a letter by, small enough to unpack beside everything else.
LONGEST_SIDE = 3600
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif")


class NotAPicture(Exception):
    """It cannot be drawn anew; it may be broken, of another sort, or a trap."""


def looks_like_one(name: str) -> bool:
    """Say whether a file of this name should be a picture that can be cleaned."""
    return name.lower().endswith(ENDINGS)


def cleaned(content: bytes) -> bytes:
    """Return a picture as a JPEG, upright, at most `LONGEST_SIDE` wide and high, with nothing but its pixels.

    Raises NotAPicture.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
            # The size is read from the head of the file, before anything is unpacked.
            if picture.width * picture.height > MOST_PIXELS:
                raise NotAPicture(f"{picture.width}×{picture.height}")
            # A JPEG is unpacked at once to about the size that is wanted.
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    except NotAPicture:
        raise
    except Exception as error:  # a broken file breaks the library in many ways
        raise NotAPicture(type(error).__name__) from None
    drawn = io.BytesIO()
    upright.info.clear()
    upright.save(drawn, "JPEG", quality=88)
    return drawn.getvalue()


def file_name(name: str) -> str:
    """Return the name under which a cleaned picture is sent: without folders, and with the ending of what it is now."""
    stem = PurePosixPath(name.replace("\\", "/")).stem.strip(". ") or "图片"
    return f"{stem[:80]}.jpg"
