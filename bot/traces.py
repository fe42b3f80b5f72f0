"""Cutting a picture's traces (EXIF, GPS, XMP, remarks) out of its file without looking at the picture.

For what cannot be drawn anew: a broken photo, a moving GIF, an iPhone's HEIC, one with more pixels than should be unpacked. Each
format is a row of labelled pieces; those that make up the picture are kept, all others go. In HEIC, where everything points to
everything by its place in the file, the traces are blanked where they stand.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PNG = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = {
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs",
    b"acTL", b"fcTL", b"fdAT",
}  # fmt: skip
WEBP_TRACES = {b"EXIF", b"XMP "}
# The flags of VP8X that say there are such.
WEBP_TRACED = 0x08 | 0x04
GIF_KEPT = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
HEIC_PLAIN = {b"ftyp", b"meta", b"mdat", b"free", b"skip"}
HEIC_TRACES = {b"Exif", b"mime", b"uri "}
# What stands there instead: an EXIF without entries (readers refuse a broken one), or spaces.
NO_EXIF = bytes(4) + b"II*\0\x08\0\0\0" + bytes(6)
# How files begin that may have traces; a camera's raw file begins like a TIFF.
HEADS = (b"\xff\xd8", PNG, b"RIFF", b"GIF8", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# What gives traces away in any other file.
SIGNS = (b"Exif\0\0", b"ns.adobe.com/xap", b"<x:xmpmeta")


class NotAPicture(Exception):
    """It cannot be read as a picture: broken, of another sort, or a trap."""


def cut_out(content: bytes) -> bytes:
    """Return the file without its traces, the picture itself untouched. Raises NotAPicture."""
    try:
        if content.startswith(b"\xff\xd8"):
            return b"".join(_jpeg(content))
        if content.startswith(PNG):
            return PNG + b"".join(_png(content))
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content)
        if content[:6] in (b"GIF87a", b"GIF89a"):
            return b"".join(_gif(content))
        if content[4:8] == b"ftyp":
            return _heic(content)
    except (IndexError, struct.error) as error:
        raise NotAPicture(f"cut off: {error}") from None
    raise NotAPicture("of no sort we know")


def may_have_some(content: bytes) -> bool:
    """Say whether a file that cannot be read is a picture after all, or shows signs of traces."""
    is_picture = content.startswith(HEADS) or content[4:8] == b"ftyp"
    return is_picture or any(sign in content for sign in SIGNS)


def _number(content: bytes, at: int, size: int) -> int:
    if at + size > len(content):
        raise NotAPicture("cut off")
    return int.from_bytes(content[at : at + size], "big")


# ── JPEG: segments behind 0xFF and a letter, the last of them followed by the picture ───────────────


def _jpeg(content: bytes) -> Iterator[bytes]:
    yield content[:2]
    at = 2
    while at < len(content):
        if content[at] != 0xFF:
            raise NotAPicture("no marker where one should be")
        marker = content[at + 1]
        if marker == 0xD9:
            # What follows the end (another picture, a film) has traces of its own.
            yield content[at : at + 2]
            return
        if marker == 0xFF:
            at += 1
            continue
        end = at + 2 + _number(content, at + 2, 2)
        if end > len(content):
            raise NotAPicture("cut off")
        if _is_of_the_picture(marker, content[at + 4 : end]):
            yield content[at:end]
        if marker == 0xDA:
            start, end = end, _next_marker(content, end)
            yield content[start:end]
        at = end


def _is_of_the_picture(marker: int, said: bytes) -> bool:
    """Of the application's segments only those that say how colours are meant."""
    if marker == 0xFE:
        return False
    if 0xE0 <= marker <= 0xEF:
        return (marker == 0xE0 and said.startswith(b"JFIF\0")) or said.startswith(
            (b"ICC_PROFILE\0", b"Adobe")
        )
    return True


def _next_marker(content: bytes, at: int) -> int:
    """Return where the packed pixels end; in them 0xFF is followed by 0 or by a restart mark."""
    while (at := content.find(b"\xff", at)) >= 0 and at + 1 < len(content):
        if content[at + 1] != 0 and not 0xD0 <= content[at + 1] <= 0xD7:
            return at
        at += 2
    return len(content)


# ── PNG and WEBP: chunks with a name and a length; GIF: blocks ──────────────────────────────────────


def _png(content: bytes) -> Iterator[bytes]:
    at = len(PNG)
    while at < len(content):
        end = at + 12 + _number(content, at, 4)
        name = content[at + 4 : at + 8]
        if end > len(content) and name != b"IDAT":
            raise NotAPicture("cut off")
        if name in PNG_KEPT:
            yield content[at:end]
        if name == b"IEND":
            return
        at = end


def _webp(content: bytes) -> bytes:
    kept, at = [], 12
    while at + 8 <= len(content):
        name = content[at : at + 4]
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        chunk = content[at : at + 8 + size + size % 2]
        if name == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~WEBP_TRACED]) + chunk[9:]
        if name not in WEBP_TRACES:
            kept.append(chunk)
        at += 8 + size + size % 2
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _gif(content: bytes) -> Iterator[bytes]:
    at = 13 + _palette(content[10])
    yield content[:at]
    while (sort := content[at]) != 0x3B:
        if sort == 0x2C:
            end = _blocks_end(content, at + 11 + _palette(content[at + 9]))
            is_kept = True
        elif sort == 0x21:
            end = _blocks_end(content, at + 2)
            is_kept = content[at + 1] == 0xF9 or content[at + 3 : at + 14] in GIF_KEPT
        else:
            raise NotAPicture("a block of no sort we know")
        if is_kept:
            yield content[at:end]
        at = end
    yield b"\x3b"


def _palette(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks_end(content: bytes, at: int) -> int:
    while size := content[at]:
        at += 1 + size
    return at + 1


# ── HEIC: boxes in boxes; a table says which item is what, another where it lies ────────────────────


def _heic(content: bytes) -> bytes:
    top = list(_boxes(content, 0, len(content)))
    if {name for name, _, _ in top} - HEIC_PLAIN:
        raise NotAPicture("more than a picture")
    begin, end = next(((b, e) for name, b, e in top if name == b"meta"), (0, 0))
    parts = {name: (b, e) for name, b, e in _boxes(content, begin + 4, end)}
    if not {b"iinf", b"iloc"} <= parts.keys():
        raise NotAPicture("no table of contents")
    traces = _items(content, *parts[b"iinf"])
    blank = bytearray(content)
    for item, start, length in _places(content, parts[b"iloc"][0], idat=parts.get(b"idat", (0, 0))[0]):
        if item in traces:
            if start + length > len(content):
                raise NotAPicture("cut off")
            blank[start : start + length] = (
                NO_EXIF.ljust(length, b"\0")[:length] if traces[item] == b"Exif" else b" " * length
            )
    return bytes(blank)


def _boxes(content: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, begin and end of what is in each box."""
    while at + 8 <= end:
        size, head = _number(content, at, 4), 8
        if size == 1:
            size, head = _number(content, at + 8, 8), 16
        size = size or end - at
        if size < head or at + size > end:
            raise NotAPicture("a box larger than what it is in")
        yield content[at + 4 : at + 8], at + head, at + size
        at += size


def _items(content: bytes, begin: int, end: int) -> dict[int, bytes]:
    """Return the items that are traces: their numbers, and of what sort they are."""
    counted = 2 if content[begin] == 0 else 4
    found = {}
    for name, start, _ in _boxes(content, begin + 4 + counted, end):
        version = content[start]
        if name != b"infe" or version < 2:
            raise NotAPicture("an item of no sort we know")
        size = 2 if version == 2 else 4
        sort = content[start + 6 + size : start + 10 + size]
        if sort in HEIC_TRACES:
            found[_number(content, start + 4, size)] = sort
    return found


def _places(content: bytes, at: int, *, idat: int) -> Iterator[tuple[int, int, int]]:
    """Yield item, start and length of each piece of an item; `idat` is where the box of small items begins."""
    version = content[at]
    sizes = _number(content, at + 4, 2)
    for_offset, for_length, for_base, for_index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    wide = 4 if version == 2 else 2
    count = _number(content, at + 6, wide)
    at += 6 + wide
    for _ in range(count):
        item = _number(content, at, wide)
        at += wide
        way = _number(content, at, 2) & 15 if version else 0
        at += 2 * bool(version) + 2
        base = _number(content, at, for_base) + (idat if way == 1 else 0)
        at += for_base
        pieces = _number(content, at, 2)
        at += 2
        if way > 1:
            raise NotAPicture("an item made of others")
        for _ in range(pieces):
            at += for_index if version else 0
            yield item, base + _number(content, at, for_offset), _number(content, at + for_offset, for_length)
            at += for_offset + for_length
