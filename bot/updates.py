"""What Telegram's updates say, in the desk's own words.

Reads the JSON as it was stored. It never fails on a shape it does not know: Telegram adds new ones every few weeks, and
an update nobody understands is simply nothing heard (`None`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.heard import Enclosure, Heard, Press

if TYPE_CHECKING:
    from collections.abc import Mapping

# What the bot asks Telegram for.
WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]+))?(?:\s+(.*))?", re.DOTALL)
# NUL, which PostgreSQL cannot store, and halves of surrogate pairs, which cannot be sent.
UNSPEAKABLE = re.compile("[\x00\ud800-\udfff]")
# Files with a `file_id`, and how handlers call them.
FILES = {
    "document": "document",
    "voice": "voice",
    "audio": "voice",
    "video": "video",
    "video_note": "video",
    "animation": "video",
    "sticker": "sticker",
}
# Said by a person, yet nothing the desk can use: it deserves an answer. Everything else is service chatter.
CURIOUS = ("poll", "dice", "game", "story", "paid_media", "checklist", "giveaway", "invoice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Self:
    """The bot as Telegram knows it."""

    id: int
    username: str


def heard_in(update: Mapping[str, Any], *, me: Self) -> Heard | None:
    """Return what a stored update says, or None where it says nothing to the desk."""
    if press := update.get("callback_query"):
        return _pressed(press)
    if message := update.get("message"):
        return _said(message, me=me, edited=False)
    if message := update.get("edited_message"):
        # A shared live location "edits" itself every few seconds.
        return None if "location" in message else _said(message, me=me, edited=True)
    if change := update.get("my_chat_member"):
        return _membership(change)
    return None


def clean(text: str) -> str:
    """Return `text` without the characters that can be neither stored nor sent."""
    return UNSPEAKABLE.sub("", text)


def _pressed(press: Mapping[str, Any]) -> Heard | None:
    person = press.get("from") or {}
    message = press.get("message") or {}
    chat = message.get("chat") or {}
    if not person.get("id"):
        return None
    pressed = Press(
        callback_id=str(press.get("id")),
        data=clean(str(press.get("data") or "")),
        message_id=message.get("message_id"),
    )
    return Heard(
        chat_id=int(chat.get("id") or person["id"]),
        user_id=int(person["id"]),
        chat_type=str(chat.get("type") or "private"),
        first_name=clean(str(person.get("first_name") or "")),
        message_id=message.get("message_id"),
        press=pressed,
    )


def _membership(change: Mapping[str, Any]) -> Heard | None:
    person, chat = change.get("from") or {}, change.get("chat") or {}
    if not person.get("id") or not chat.get("id"):
        return None
    return Heard(
        chat_id=int(chat["id"]),
        user_id=int(person["id"]),
        chat_type=str(chat.get("type") or "private"),
        first_name=clean(str(person.get("first_name") or "")),
        membership=str((change.get("new_chat_member") or {}).get("status") or ""),
    )


def _said(message: Mapping[str, Any], *, me: Self, edited: bool) -> Heard | None:
    person, chat = message.get("from") or {}, message.get("chat") or {}
    if not person.get("id") or person.get("is_bot") or not chat.get("id"):
        return None
    words = clean(str(message.get("text") or message.get("caption") or ""))
    enclosures = _enclosures(message)
    if not words and not enclosures:
        return None
    is_private = chat.get("type", "private") == "private"
    command, words, named = _command(words)
    if named and named.lower() != me.username.lower():
        return None
    addressed = is_private or bool(command) or _is_addressed(message, words, me=me)
    return Heard(
        chat_id=int(chat["id"]),
        user_id=int(person["id"]),
        chat_type=str(chat.get("type") or "private"),
        first_name=clean(str(person.get("first_name") or "")),
        message_id=message.get("message_id"),
        text=words if is_private else _without_mention(words, me=me),
        command=command,
        enclosures=enclosures,
        media_group_id=str(message.get("media_group_id") or ""),
        edited=edited,
        forwarded="forward_origin" in message,
        addressed=addressed,
    )


def _command(words: str) -> tuple[str, str, str]:
    """Split `/start@bot CODE` into the command, its argument, and the bot it names."""
    found = COMMAND.fullmatch(words.strip())
    if not found:
        return "", words, ""
    return found[1].lower(), (found[3] or "").strip(), found[2] or ""


def _is_addressed(message: Mapping[str, Any], words: str, *, me: Self) -> bool:
    answered = ((message.get("reply_to_message") or {}).get("from") or {}).get("id")
    if answered == me.id or _mention(me).search(words):
        return True
    entities = message.get("entities") or message.get("caption_entities") or ()
    return any((entity.get("user") or {}).get("id") == me.id for entity in entities)


def _without_mention(words: str, *, me: Self) -> str:
    return _mention(me).sub(" ", words).strip()


def _mention(me: Self) -> re.Pattern[str]:
    return re.compile(rf"@{re.escape(me.username)}(?![A-Za-z0-9_])", re.IGNORECASE)


def _enclosures(message: Mapping[str, Any]) -> tuple[Enclosure, ...]:
    if sizes := message.get("photo"):
        largest = max(sizes, key=lambda size: int(size.get("width", 0)) * int(size.get("height", 0)))
        return (_file("photo", largest),)
    # An animation carries a `document` twin for old clients; it is one file.
    for name in ("animation", *FILES):
        if name in message:
            return (_file(FILES[name], message[name]),)
    if "venue" in message or "location" in message:
        return (_place(message),)
    if contact := message.get("contact"):
        return (_contact(contact),)
    return (Enclosure(sort="other"),) if any(name in message for name in CURIOUS) else ()


def _file(sort: str, file: Mapping[str, Any]) -> Enclosure:
    return Enclosure(
        sort=sort,
        file_id=str(file.get("file_id") or ""),
        file_unique_id=str(file.get("file_unique_id") or ""),
        name=clean(str(file.get("file_name") or "")),
        mime_type=str(file.get("mime_type") or ""),
        size=int(file.get("file_size") or 0),
    )


def _place(message: Mapping[str, Any]) -> Enclosure:
    venue = message.get("venue") or {}
    place = venue.get("location") or message.get("location") or {}
    return Enclosure(
        sort="location",
        latitude=place.get("latitude"),
        longitude=place.get("longitude"),
        title=clean(" ".join(part for part in (venue.get("title"), venue.get("address")) if part)),
    )


def _contact(contact: Mapping[str, Any]) -> Enclosure:
    names = (contact.get("last_name"), contact.get("first_name"))
    return Enclosure(
        sort="contact",
        title=clean("".join(name for name in names if name)),
        phone=clean(str(contact.get("phone_number") or "")),
        contact_user_id=contact.get("user_id"),
    )
