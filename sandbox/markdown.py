"""MarkdownV2, strict as Telegram is: every reserved character is escaped or the message is refused.

The legacy "Markdown" mode is read by the same reader with its four marks only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox.entities import Entity, Formatted, utf16
from sandbox.errors import bad

_MARKS = {"*": "bold", "__": "underline", "_": "italic", "~": "strikethrough", "||": "spoiler"}
_NAMES = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "PreCode",
    "text_link": "TextUrl",
}
_RESERVED = set("_*[]()~`>#+-=|{}.!")
_PRE = re.compile(r"```(?:(?P<language>[\w+-]+)\n)?(?P<body>.*?)```", re.DOTALL)
_INLINE = re.compile(r"`(?P<body>[^`]*)`")
_LINK = re.compile(r"\]\((?P<url>[^)\s]*)\)")


@dataclass(slots=True)
class _Reader:
    """Where the reading stands."""

    source: str
    strict: bool
    text: str = ""
    position: int = 0

    def at(self) -> int:
        return len(self.source[: self.position].encode("utf-8", "surrogatepass"))

    def take(self, piece: str, consumed: int) -> None:
        self.text += piece
        self.position += consumed


def parse_markdown(source: str, *, strict: bool) -> Formatted:
    """MarkdownV2 (`strict`) or the legacy mode. Raises ApiError (400, "can't parse entities: …")."""
    reader = _Reader(source, strict)
    open_marks: list[tuple[str, str, int, int]] = []  # mark, kind, UTF-16 offset, byte offset
    entities: list[Entity] = []
    while reader.position < len(source):
        _step(reader, open_marks, entities)
    if open_marks:
        _, kind, _, at = open_marks[-1]
        raise _unclosed(kind, at)
    entities.sort(key=lambda e: (e["offset"], -e["length"]))
    return Formatted(text=reader.text, entities=entities)


def _step(reader: _Reader, open_marks: list[tuple[str, str, int, int]], entities: list[Entity]) -> None:
    rest = reader.source[reader.position :]
    if rest[0] == "\\" and len(rest) > 1 and (rest[1] in _RESERVED or rest[1] == "\\"):
        reader.take(rest[1], 2)
    elif rest[0] == "`":
        _code(reader, rest, entities)
    elif rest[0] == "[":
        open_marks.append(("[", "text_link", utf16(reader.text), reader.at()))
        reader.position += 1
    elif rest[0] == "]" and open_marks and open_marks[-1][0] == "[":
        found = _LINK.match(rest)
        if not found:
            raise _unclosed("text_link", open_marks[-1][3])
        _finish(reader, open_marks, entities, {"url": found["url"]})
        reader.position += found.end()
    elif mark := _mark(rest, reader.strict):
        _toggle(reader, mark, open_marks, entities)
    elif rest[0] in _RESERVED and reader.strict and not (rest[0] == ">" and _line_start(reader)):
        raise bad(
            f"can't parse entities: Character '{rest[0]}' is reserved and must be escaped with the preceding '\\'"
        )
    else:
        reader.take("" if rest[0] == ">" and reader.strict else rest[0], 1)


def _mark(rest: str, strict: bool) -> str:
    if not strict:
        return rest[0] if rest[0] in "*_" else ""
    if rest[:2] in _MARKS:
        return rest[:2]
    return rest[0] if rest[0] in _MARKS else ""


def _line_start(reader: _Reader) -> bool:
    return reader.position == 0 or reader.source[reader.position - 1] == "\n"


def _code(reader: _Reader, rest: str, entities: list[Entity]) -> None:
    kind = "pre" if rest.startswith("```") else "code"
    found = (_PRE if kind == "pre" else _INLINE).match(rest)
    if not found:
        raise _unclosed(kind, reader.at())
    body = re.sub(r"\\([`\\])", r"\1", found["body"])
    language = found.groupdict().get("language")
    extra = {"language": language} if language else {}
    entities.append({"type": kind, "offset": utf16(reader.text), "length": utf16(body), **extra})
    reader.take(body, found.end())


def _toggle(
    reader: _Reader, mark: str, open_marks: list[tuple[str, str, int, int]], entities: list[Entity]
) -> None:
    if open_marks and open_marks[-1][0] == mark:
        _finish(reader, open_marks, entities, {})
    elif any(opened[0] == mark for opened in open_marks):
        raise _unclosed(open_marks[-1][1], open_marks[-1][3])
    else:
        kind = _MARKS[mark] if reader.strict else {"*": "bold", "_": "italic"}[mark]
        open_marks.append((mark, kind, utf16(reader.text), reader.at()))
    reader.position += len(mark)


def _finish(
    reader: _Reader,
    open_marks: list[tuple[str, str, int, int]],
    entities: list[Entity],
    extra: dict[str, Any],
) -> None:
    _, kind, offset, _ = open_marks.pop()
    length = utf16(reader.text) - offset
    if length:
        entities.append({"type": kind, "offset": offset, "length": length, **extra})


def _unclosed(kind: str, at: int) -> Exception:
    return bad(f"can't parse entities: Can't find end of {_NAMES[kind]} entity at byte offset {at}")
