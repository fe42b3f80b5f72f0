"""Methods by which the bot says something: texts, pictures, files, places, people, and things said before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox import media, validate
from sandbox.entities import utf16
from sandbox.errors import ApiError, bad, forbidden, refused

if TYPE_CHECKING:
    from sandbox.params import Call
    from sandbox.state import Chat, Message, Record, World

_HEAD = (
    "message_id",
    "from",
    "chat",
    "date",
    "edit_date",
    "reply_to_message",
    "reply_markup",
    "media_group_id",
)
_ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}
_ACTION_SECONDS = 5.0


def find_chat(world: World, chat_id: int | str) -> Chat:
    """Raises ApiError "chat not found"."""
    chat = world.chats.get(chat_id) if isinstance(chat_id, int) else None
    if chat is None:
        raise refused("chat not found")
    return chat


def destination(world: World, call: Call) -> Chat:
    """A chat the bot may write to now. Raises ApiError 400 or 403."""
    chat = find_chat(world, call.get("chat_id"))
    if chat.type != "private":
        if chat.bot_status == "kicked":
            raise forbidden("bot was kicked from the supergroup chat")
        if chat.bot_status == "left":
            raise forbidden("bot is not a member of the supergroup chat")
        return chat
    person = world.people[chat.id]
    if person.blocked:
        raise forbidden("bot was blocked by the user")
    if not person.started:
        raise forbidden("bot can't initiate conversation with a user")
    return chat


def send_message(world: World, call: Call) -> Message:
    """sendMessage."""
    text = validate.message_text(call)
    content: Message = {"text": text.text}
    if text.entities:
        content["entities"] = text.entities
    return _send(world, call, content)


def send_photo(world: World, call: Call) -> Message:
    """sendPhoto."""
    content = _captioned(call)
    destination(world, call)
    return _send(world, call, {"photo": media.sent_photo(world, call, call.get("photo"), "photo"), **content})


def send_document(world: World, call: Call) -> Message:
    """sendDocument."""
    content = _captioned(call)
    destination(world, call)
    file = media.sent_document(world, call, call.get("document"), "document")
    return _send(world, call, {"document": file, **content})


def send_media_group(world: World, call: Call) -> list[Message]:
    """sendMediaGroup: 2–10 photos or documents; everything is checked before anything is sent."""
    items = call.get("media")
    if len(items) > 10:
        raise bad("too many messages to send as an album")
    if len(items) < 2:
        raise bad("album must include 2-10 items")
    kinds = {str(item.get("type")) for item in items if isinstance(item, dict)}
    if not kinds <= {"photo", "document"} or not all(isinstance(item, dict) for item in items):
        raise bad("can't parse InputMedia: type must be photo or document here")
    if len(kinds) > 1:
        raise bad("document can't be mixed with other media types")
    destination(world, call)
    contents = [_media_item(world, call, item) for item in items]
    group = str(10_000_000_000_000 + world.next_serial())
    return [_send(world, call, {"media_group_id": group, **content}) for content in contents]


def _media_item(world: World, call: Call, item: dict[str, Any]) -> Message:
    kind, source = item["type"], item.get("media")
    if not isinstance(source, str):
        raise bad("can't parse InputMedia: media not found")
    text = validate.formatted(
        item.get("caption", ""), parse_mode=item.get("parse_mode"), entities=item.get("caption_entities")
    )
    if utf16(text.text) > validate.MAX_CAPTION:
        raise bad("message caption is too long")
    file: Any = (
        media.sent_photo(world, call, source, "")
        if kind == "photo"
        else media.sent_document(world, call, source, "")
    )
    content: Message = {kind: file}
    if text.text:
        content |= {"caption": text.text, "caption_entities": text.entities}
    return content


def send_location(world: World, call: Call) -> Message:
    """sendLocation."""
    return _send(world, call, {"location": _location(call)})


def send_venue(world: World, call: Call) -> Message:
    """sendVenue."""
    place = _location(call)
    venue = {"location": place, "title": call.get("title"), "address": call.get("address")}
    return _send(world, call, {"venue": venue, "location": place})


def _location(call: Call) -> dict[str, float]:
    latitude, longitude = call.get("latitude"), call.get("longitude")
    if not -90 <= latitude <= 90 or not -180 <= longitude <= 180:
        raise bad("wrong location: coordinates out of range")
    return {"latitude": latitude, "longitude": longitude}


def send_contact(world: World, call: Call) -> Message:
    """sendContact."""
    contact = {key: call.get(key) for key in ("phone_number", "first_name", "last_name") if call.get(key)}
    return _send(world, call, {"contact": contact})


def forward_message(world: World, call: Call) -> Message:
    """forwardMessage: the same content, with where it came from."""
    record = _source(world, call)
    author = world.user_object(record.sender)
    origin = {"type": "user", "sender_user": author, "date": record.message["date"]}
    return _send(world, call, {**_content(record), "forward_origin": origin})


def copy_message(world: World, call: Call) -> dict[str, int]:
    """copyMessage: the same content as if new; answers only the id."""
    content = _content(_source(world, call))
    if call.get("caption") is not None and "text" not in content:
        content = {k: v for k, v in content.items() if not k.startswith("caption")} | _captioned(call)
    return {"message_id": _send(world, call, content)["message_id"]}


def send_chat_action(world: World, call: Call) -> bool:
    """sendChatAction: shown for five seconds or until the bot writes."""
    if call.get("action") not in _ACTIONS:
        raise bad("wrong parameter action in request")
    chat = destination(world, call)
    chat.action = {"action": call.get("action"), "until": world.clock() + _ACTION_SECONDS}
    world.notify("action", chat=chat.id, action=call.get("action"))
    return True


def _captioned(call: Call) -> Message:
    found = validate.caption(call)
    if not found.text:
        return {}
    marks = {"caption_entities": found.entities} if found.entities else {}
    return {"caption": found.text, **marks}


def _send(world: World, call: Call, content: Message) -> Message:
    keyboard = validate.markup(call)
    chat = destination(world, call)
    answered = validate.reply(world, call, chat.id)
    if answered:
        quoted = {k: v for k, v in answered.message.items() if k != "reply_to_message"}
        content = {**content, "reply_to_message": quoted}
    if keyboard and "inline_keyboard" in keyboard:
        content = {**content, "reply_markup": keyboard}
    elif keyboard:
        chat.reply_keyboard = None if "remove_keyboard" in keyboard else keyboard
    if call.get("protect_content"):
        content = {**content, "has_protected_content": True}
    return world.add(chat=chat, sender=int(world.bot["id"]), content=content).message


def _source(world: World, call: Call) -> Record:
    origin = find_chat(world, call.get("from_chat_id"))
    record = world.find(origin.id, call.get("message_id"))
    if record is None:
        what = "forward" if call.method.name == "forwardMessage" else "copy"
        raise refused(f"message to {what} not found")
    if record.message.get("has_protected_content"):
        raise ApiError(400, "Bad Request: message can't be forwarded")
    return record


def _content(record: Record) -> Message:
    return {k: v for k, v in record.message.items() if k not in _HEAD}
