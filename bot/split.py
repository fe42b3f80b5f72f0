"""Cutting a long text into messages without cutting its markup.

Telegram counts what is seen (UTF-16 units, after the markup is parsed) and refuses more than 4096 of them. A cut falls
at the end of a line where it can, else at a space, else anywhere but inside a tag or an entity; markup that is open at
the cut is closed before it and opened again after it.
"""

from __future__ import annotations

import html
import re

LONGEST = 4096
LONGEST_CAPTION = 1024
PIECE = re.compile(r"<(/?)([a-zA-Z][\w-]*)[^<>]*>|&(?:#\d+|#x[0-9a-fA-F]+|\w+);|.", re.DOTALL)
# A line end is taken as the cut if it does not leave the message shorter than this share of the limit.
WORTH = 0.5


def seen_length(text: str) -> int:
    """Return how many UTF-16 units Telegram counts in an HTML text."""
    return sum(_width(piece[0]) for piece in PIECE.finditer(text))


def split_html(text: str, *, limit: int = LONGEST) -> list[str]:
    """Cut an HTML text into parts of at most `limit` seen UTF-16 units; parts nobody would see are left out."""
    parts: list[str] = []
    rest = text
    while seen_length(rest) > limit:
        head, rest = _cut(rest, limit=limit)
        parts.append(head)
    parts.append(rest)
    return [part for part in parts if html.unescape(re.sub(r"<[^<>]*>", "", part)).strip()]


def _cut(text: str, *, limit: int) -> tuple[str, str]:
    at = _place(text, limit=limit)
    opened = _open_tags(text[:at])
    closing = "".join(f"</{name}>" for name, _ in reversed(opened))
    opening = "".join(tag for _, tag in opened)
    return text[:at].rstrip("\n") + closing, opening + text[at:].removeprefix("\n")


def _place(text: str, *, limit: int) -> int:
    seen, line_end, space, last = 0, 0, 0, 0
    for piece in PIECE.finditer(text):
        width = _width(piece[0])
        if seen + width > limit:
            break
        seen += width
        # Never right after an opening tag: it would enclose nothing.
        last = last if _opens(piece[0]) else piece.end()
        if seen >= limit * WORTH and piece[0] == "\n":
            line_end = piece.end()
        elif seen >= limit * WORTH and piece[0] in " 　。；":
            space = piece.end()
    return line_end or space or last


def _open_tags(text: str) -> list[tuple[str, str]]:
    opened: list[tuple[str, str]] = []
    for piece in PIECE.finditer(text):
        if piece[2] and not piece[1]:
            opened.append((piece[2], piece[0]))
        elif piece[2] and opened:
            opened.pop()
    return opened


def _opens(piece: str) -> bool:
    return len(piece) > 1 and piece[0] == "<" and piece[1] != "/"


def _width(piece: str) -> int:
    if len(piece) > 1 and piece[0] == "<":
        return 0
    said = html.unescape(piece)
    return len(said) + sum(character > "\uffff" for character in said)
