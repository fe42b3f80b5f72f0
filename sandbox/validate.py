"""The Bot API's own rules for what a message may hold: texts, captions, keyboards, replies.

Every refusal uses Telegram's words, so that a bot's error handling meets here what it will meet there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox.entities import Entity, Formatted, parse_html, trimmed, utf16, with_detected
from sandbox.errors import bad, refused
from sandbox.markdown import parse_markdown

if TYPE_CHECKING:
    from sandbox.params import Call
    from sandbox.state import Record, World

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_DATA_BYTES = 64
MAX_BUTTONS = 100
MAX_ROW = 8
MAX_MARKUP_BYTES = 10_000
_ENTITY_KINDS = {
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "blockquote",
    "expandable_blockquote",
    "code",
    "pre",
    "text_link",
    "text_mention",
    "custom_emoji",
    "date_time",
}
_BUTTON_KINDS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
_STYLES = {"danger", "success", "primary"}


def message_text(call: Call) -> Formatted:
    """The text of a message, 1–4096 characters after its markup is read."""
    found = _formatted(call, "text", "entities")
    if not found.text:
        raise bad("message text is empty")
    if utf16(found.text) > MAX_TEXT:
        raise bad("message is too long")
    return found


def caption(call: Call) -> Formatted:
    """The caption of a photo or document, at most 1024 characters after its markup is read."""
    found = _formatted(call, "caption", "caption_entities")
    if utf16(found.text) > MAX_CAPTION:
        raise bad("message caption is too long")
    return found


def formatted(source: Any, *, parse_mode: Any, entities: Any) -> Formatted:
    """Read a text in its parse mode. Raises ApiError ("can't parse entities: …", "unsupported parse_mode")."""
    if (
        not isinstance(source, str)
        or not isinstance(parse_mode, str | None)
        or not isinstance(entities, list | None)
    ):
        raise bad("can't parse caption: a String is expected")
    if any("\ud800" <= character < "\ue000" for character in source):
        raise bad("strings must be encoded in UTF-8")
    mode = (parse_mode or "").lower()
    if mode == "html":
        found = parse_html(source)
    elif mode in {"markdown", "markdownv2"}:
        found = parse_markdown(source, strict=mode == "markdownv2")
    elif mode in {"", "none"}:
        found = Formatted(text=source, entities=_given(source, entities or []))
    else:
        raise bad("unsupported parse_mode")
    return with_detected(trimmed(found))


def _formatted(call: Call, name: str, marks: str) -> Formatted:
    return formatted(call.get(name, ""), parse_mode=call.get("parse_mode"), entities=call.get(marks))


def _given(text: str, entities: list[Any]) -> list[Entity]:
    for entity in entities:
        if not isinstance(entity, dict):
            raise bad("can't parse MessageEntity: expected an Object")
        kind, offset, length = str(entity.get("type")), entity.get("offset"), entity.get("length")
        if kind not in _ENTITY_KINDS:
            raise bad(f'can\'t parse MessageEntity: unsupported type "{kind}"')
        if not isinstance(offset, int) or not isinstance(length, int) or offset < 0 or length <= 0:
            raise bad("can't parse MessageEntity: wrong offset or length")
        if offset + length > utf16(text):
            raise bad(f"entity beginning at UTF-16 offset {offset} ends after the end of the text")
    return [dict(entity) for entity in entities]


# -- keyboards ------------------------------------------------------------------------------------------


def markup(call: Call) -> dict[str, Any] | None:
    """Any keyboard a message may carry, checked; None when there is none."""
    found = call.get("reply_markup")
    if found is None:
        return None
    if "inline_keyboard" in found:
        return inline_keyboard(found)
    if "keyboard" in found:
        return _reply_keyboard(found)
    for flag in ("remove_keyboard", "force_reply"):
        if flag in found:
            if found[flag] is not True:
                raise bad(f'can\'t parse reply markup: "{flag}" must be True')
            return dict(found)
    if found:
        raise bad("can't parse reply markup: unknown keyboard")
    return None


def inline_menu(call: Call) -> dict[str, Any] | None:
    """The inline keyboard of an edit; None when there is none or it is empty."""
    found = call.get("reply_markup")
    if not found:
        return None
    if "inline_keyboard" not in found:
        raise bad("inline keyboard expected")
    return inline_keyboard(found)


def inline_keyboard(found: dict[str, Any]) -> dict[str, Any] | None:
    """Buttons in a message: each does exactly one thing, callback data is 1–64 bytes."""
    rows = _rows(found["inline_keyboard"], "inline keyboard")
    if sum(map(len, rows)) > MAX_BUTTONS:
        raise bad("reply markup is too long")
    for row in rows:
        for button in row:
            _inline_button(button)
    if len(str(rows).encode("utf-8", "replace")) > MAX_MARKUP_BYTES * 2:
        raise bad("reply markup is too long")
    kept = [row for row in rows if row]
    return {"inline_keyboard": kept} if kept else None


def _rows(found: Any, what: str) -> list[list[dict[str, Any]]]:
    if not isinstance(found, list) or not all(isinstance(row, list) for row in found):
        raise bad(f"can't parse {what}: expected an Array of Arrays of buttons")
    if any(len(row) > MAX_ROW for row in found) and what == "inline keyboard":
        raise bad("BUTTON_ROW_TOO_LONG")
    return [list(row) for row in found]


def _inline_button(button: Any) -> None:
    what = "can't parse inline keyboard button"
    if not isinstance(button, dict):
        raise bad(f"{what}: expected an Object")
    _label(button.get("text"), what)
    kinds = [kind for kind in _BUTTON_KINDS if kind in button]
    if not kinds:
        raise bad(f"{what}: Text buttons are unallowed in the inline keyboard")
    if len(kinds) > 1:
        raise bad(f"{what}: exactly one of the optional fields must be used, found {', '.join(kinds)}")
    if str(button.get("style", "primary")) not in _STYLES:
        raise bad(f"{what}: invalid button style specified")
    if kinds[0] == "callback_data":
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode("utf-8", "replace")) <= MAX_DATA_BYTES:
            raise bad("BUTTON_DATA_INVALID")
    elif kinds[0] == "url":
        _link(button["url"])
    elif kinds[0] == "copy_text":
        words = button["copy_text"].get("text") if isinstance(button["copy_text"], dict) else None
        if not isinstance(words, str) or not 1 <= utf16(words) <= 256:
            raise bad("BUTTON_COPY_TEXT_INVALID")


def _link(url: Any) -> None:
    if isinstance(url, str) and url.startswith(("tg://", "tel:", "mailto:")):
        return
    try:
        host = urlsplit(url).hostname if isinstance(url, str) and "://" in url else url
    except ValueError:
        host = None
    if not isinstance(host, str) or not re.fullmatch(
        r"[^\s/]+\.[^\s/]{2,}|(?:\d+\.){3}\d+", host.partition("/")[0]
    ):
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _label(text: Any, what: str) -> None:
    if not isinstance(text, str):
        raise bad(f'{what}: Field "text" must be of type String')
    if not text.strip():
        raise bad(f"{what}: Button text must be non-empty")


def _reply_keyboard(found: dict[str, Any]) -> dict[str, Any]:
    rows = _rows(found["keyboard"], "keyboard")
    buttons = [[{"text": b} if isinstance(b, str) else b for b in row] for row in rows]
    for button in (button for row in buttons for button in row):
        if not isinstance(button, dict):
            raise bad("can't parse keyboard button: expected an Object")
        _label(button.get("text"), "can't parse keyboard button")
    if not any(buttons):
        raise bad("reply keyboard must be non-empty")
    if sum(map(len, buttons)) > 300:
        raise bad("reply markup is too long")
    placeholder = found.get("input_field_placeholder", "")
    if not isinstance(placeholder, str) or utf16(placeholder) > 64:
        raise bad("input_field_placeholder is too long")
    return {**found, "keyboard": [row for row in buttons if row]}


# -- replies --------------------------------------------------------------------------------------------


def reply(world: World, call: Call, chat_id: int) -> Record | None:
    """The message this one answers. Raises ApiError when it is not there, unless the bot said that would do."""
    given = call.get("reply_parameters") or {}
    legacy = call.get("reply_to_message_id")
    message_id = given.get("message_id", legacy)
    if message_id is None:
        return None
    if not isinstance(message_id, int):
        raise bad("can't parse reply parameters: message_id must be an Integer")
    place = given.get("chat_id", chat_id)
    found = world.find(place, message_id) if isinstance(place, int) else None
    forgiving = given.get("allow_sending_without_reply") or call.get("allow_sending_without_reply")
    if found is None and not forgiving:
        raise refused("message to be replied not found")
    return found
