"""Text with its markup: what Telegram's HTML becomes, and what it finds by itself in plain words.

Offsets and lengths of entities count UTF-16 code units; offsets in refusals count UTF-8 bytes. Both as Telegram does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox.errors import bad

Entity = dict[str, Any]

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_CHARACTER = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot))(?:;|(?![0-9A-Za-z]))")
_START = re.compile(r"<([^\s>]*)([^>]*)>", re.DOTALL)
_END = re.compile(r"</([^\s>]*)\s*>")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9.\-]+)))?""")
_FOUND = re.compile(
    r"(?P<url>(?:https?://|www\.)[^\s<>「」，。；！？、（）]+)"
    r"|(?P<email>[\w.+-]+@[\w-]+\.[\w.-]*\w)"
    r"|(?<![\w/@<>])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/@<>])"
    r"|(?<!\w)(?P<mention>@[A-Za-z][A-Za-z0-9_]{2,31})(?!\w)"
    r"|(?<![\w#])(?P<hashtag>#[^\W\d_]\w*)"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Formatted:
    """Plain text and the marks on it."""

    text: str
    entities: list[Entity]


@dataclass(slots=True)
class _Open:
    tag: str
    argument: dict[str, str]
    offset: int


def utf16(text: str) -> int:
    """The length of a text in UTF-16 code units; a lone surrogate counts one."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, offset: int, length: int) -> str:
    """A part of a text by UTF-16 offset and length."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return raw[offset * 2 : (offset + length) * 2].decode("utf-16-le", "surrogatepass")


def detect(text: str) -> list[Entity]:
    """Commands, mentions, links, e-mail addresses and hashtags, as Telegram finds them in plain text."""
    return [
        {"type": found.lastgroup, "offset": utf16(text[: found.start()]), "length": utf16(found.group())}
        for found in _FOUND.finditer(text)
    ]


def with_detected(formatted: Formatted) -> Formatted:
    """Add what Telegram finds by itself where the author marked nothing."""
    taken = [(e["offset"], e["offset"] + e["length"]) for e in formatted.entities]
    free = [
        e
        for e in detect(formatted.text)
        if not any(start < e["offset"] + e["length"] and e["offset"] < end for start, end in taken)
    ]
    entities = sorted([*formatted.entities, *free], key=lambda e: (e["offset"], -e["length"]))
    return Formatted(text=formatted.text, entities=entities)


def trimmed(formatted: Formatted) -> Formatted:
    """Without white space at both ends, as Telegram stores texts; entities move and shrink along."""
    left = len(formatted.text) - len(formatted.text.lstrip())
    text = formatted.text.strip()
    shift, end = utf16(formatted.text[:left]), utf16(text)
    entities = []
    for entity in formatted.entities:
        start = max(entity["offset"] - shift, 0)
        stop = min(entity["offset"] - shift + entity["length"], end)
        if stop > start:
            entities.append({**entity, "offset": start, "length": stop - start})
    return Formatted(text=text, entities=entities)


def parse_html(source: str) -> Formatted:
    """Telegram's HTML. Raises ApiError (400, "can't parse entities: …") exactly where Telegram does."""
    text: list[str] = []
    open_tags: list[_Open] = []
    entities: list[Entity] = []
    offset = position = 0
    while position < len(source):
        if source[position] == "<":
            if source.startswith("</", position):
                position = _close(source, position, open_tags, entities, offset)
            else:
                position = _open(source, position, open_tags, offset)
            continue
        piece, position = _character(source, position)
        text.append(piece)
        offset += utf16(piece)
    if open_tags:
        raise _wrong(f'Can\'t find end tag corresponding to start tag "{open_tags[-1].tag}"')
    entities.sort(key=lambda e: (e["offset"], -e["length"]))
    return Formatted(text="".join(text), entities=entities)


def _character(source: str, position: int) -> tuple[str, int]:
    found = _CHARACTER.match(source, position) if source[position] == "&" else None
    if not found:
        return source[position], position + 1
    hexadecimal, decimal, name = found.groups()
    if name:
        return _NAMED[name], found.end()
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if not 0 < code < 0x10FFFF or 0xD800 <= code < 0xE000:
        return source[position], position + 1
    return chr(code), found.end()


def _open(source: str, position: int, open_tags: list[_Open], offset: int) -> int:
    at = _bytes(source, position)
    found = _START.match(source, position)
    name = re.match(r"[^\s>]*", source[position + 1 :])
    tag = (name.group() if name else "").lower()
    if not found and position + 1 + len(tag) >= len(source):
        raise _wrong(f"Unclosed start tag at byte offset {at}")
    if tag not in _TAGS:
        raise _wrong(f'Unsupported start tag "{tag}" at byte offset {at}')
    if not found:
        raise _wrong(f'Unclosed start tag "{tag}" at byte offset {at}')
    argument = _attributes(found.group(2), tag, at)
    if tag == "span" and argument.get("class") != "tg-spoiler":
        raise _wrong(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
    open_tags.append(_Open(tag, argument, offset))
    return found.end()


def _attributes(source: str, tag: str, at: int) -> dict[str, str]:
    found: dict[str, str] = {}
    position = 0
    while source[position:].strip():
        match = _ATTRIBUTE.match(source, position)
        if not match:
            raise _wrong(f'Empty attribute name in the tag "{tag}" at byte offset {at}')
        value = next((group for group in match.groups()[1:] if group is not None), "")
        found[match.group(1).lower()] = _CHARACTER.sub(lambda m: _character(m.group(), 0)[0], value)
        position = match.end()
    return found


def _close(source: str, position: int, open_tags: list[_Open], entities: list[Entity], offset: int) -> int:
    at = _bytes(source, position)
    if not open_tags:
        raise _wrong(f"Unexpected end tag at byte offset {at}")
    found = _END.match(source, position)
    if not found:
        raise _wrong(f"Unclosed end tag at byte offset {at}")
    name, opened = found.group(1).lower(), open_tags.pop()
    if name and name != opened.tag:
        raise _wrong(
            f'Unmatched end tag at byte offset {at}, expected "</{opened.tag}>", found "</{name}>"',
        )
    _add(opened, entities, offset)
    return found.end()


def _add(opened: _Open, entities: list[Entity], offset: int) -> None:
    length = offset - opened.offset
    if not length:
        return
    kind, extra = _TAGS[opened.tag], dict[str, Any]()
    if kind == "text_link":
        link = opened.argument.get("href", "")
        if not link.startswith(("http://", "https://", "tg://", "tel:", "mailto:")):
            return
        extra = {"url": link}
    elif kind == "blockquote" and "expandable" in opened.argument:
        kind = "expandable_blockquote"
    elif kind == "custom_emoji":
        extra = {"custom_emoji_id": opened.argument.get("emoji-id", "")}
    elif kind == "pre" and entities and _same_place(entities[-1], "code", opened.offset, length):
        extra = {k: v for k, v in entities.pop().items() if k == "language"}  # <pre><code> is one block
    elif kind == "code" and opened.argument.get("class", "").startswith("language-"):
        extra = {"language": opened.argument["class"].removeprefix("language-")}
    entities.append({"type": kind, "offset": opened.offset, "length": length, **extra})


def _same_place(entity: Entity, kind: str, offset: int, length: int) -> bool:
    return (entity["type"], entity["offset"], entity["length"]) == (kind, offset, length)


def _bytes(source: str, position: int) -> int:
    return len(source[:position].encode("utf-8", "surrogatepass"))


def _wrong(why: str) -> Exception:
    return bad(f"can't parse entities: {why}")
