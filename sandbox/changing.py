"""Methods by which the bot changes what it said before, and answers presses of buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox import validate
from sandbox.entities import utf16
from sandbox.errors import bad, refused
from sandbox.sending import destination, find_chat

if TYPE_CHECKING:
    from sandbox.params import Call
    from sandbox.state import Message, Record, World

MAX_ANSWER = 200
_DELETE_SECONDS = 48 * 3600
_SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current"
    " content and reply markup of the message"
)


def edit_text(world: World, call: Call) -> Message:
    """editMessageText: without a keyboard the old one goes."""
    text = validate.message_text(call)
    record, menu = _editable(world, call)
    if "text" not in record.message:
        raise refused("there is no text in the message to edit")
    return _change(
        world, record, {"text": text.text, "entities": text.entities or None, "reply_markup": menu}
    )


def edit_caption(world: World, call: Call) -> Message:
    """editMessageCaption."""
    found = validate.caption(call)
    record, menu = _editable(world, call)
    if "photo" not in record.message and "document" not in record.message:
        raise refused("there is no caption in the message to edit")
    marks = {"caption": found.text or None, "caption_entities": found.entities or None}
    return _change(world, record, {**marks, "reply_markup": menu})


def edit_markup(world: World, call: Call) -> Message:
    """editMessageReplyMarkup."""
    record, menu = _editable(world, call)
    return _change(world, record, {"reply_markup": menu})


def _editable(world: World, call: Call) -> tuple[Record, dict[str, Any] | None]:
    menu = validate.inline_menu(call)
    if call.get("inline_message_id"):
        raise bad("MESSAGE_ID_INVALID")
    if call.get("chat_id") is None:
        raise bad("chat_id is empty")
    if call.get("message_id") is None:
        raise bad("message identifier is not specified")
    chat = destination(world, call)
    record = world.find(chat.id, call.get("message_id"))
    if record is None:
        raise refused("message to edit not found")
    if not record.by_bot or "forward_origin" in record.message:
        raise refused("message can't be edited")
    return record, menu


def _change(world: World, record: Record, changes: Message) -> Message:
    if all(record.message.get(key) == value for key, value in changes.items()):
        raise refused(_SAME)
    world.edited(record, changes)
    return record.message


def delete_message(world: World, call: Call) -> bool:
    """deleteMessage: its own within 48 hours; in private chats also what the person wrote."""
    chat = find_chat(world, call.get("chat_id"))
    record = world.find(chat.id, call.get("message_id"))
    if record is None:
        raise refused("message to delete not found")
    foreign = not record.by_bot and chat.type != "private" and chat.bot_status != "administrator"
    if foreign or world.clock() - record.at > _DELETE_SECONDS:
        raise refused("message can't be deleted for everyone" if not foreign else "message can't be deleted")
    world.delete(record)
    return True


def delete_messages(world: World, call: Call) -> bool:
    """deleteMessages: 1–100 at once; those that are gone are skipped."""
    numbers = call.get("message_ids")
    if not 1 <= len(numbers) <= 100 or not all(isinstance(number, int) for number in numbers):
        raise bad("message identifiers are not specified" if not numbers else "too many messages to delete")
    chat = find_chat(world, call.get("chat_id"))
    for record in filter(None, (world.find(chat.id, number) for number in numbers)):
        world.delete(record)
    return True


def pin_message(world: World, call: Call) -> bool:
    """pinChatMessage."""
    chat = destination(world, call)
    if world.find(chat.id, call.get("message_id")) is None:
        raise refused("message to pin not found")
    chat.pinned = call.get("message_id")
    world.notify("chat", chat=chat.id)
    return True


def unpin_message(world: World, call: Call) -> bool:
    """unpinChatMessage."""
    chat = destination(world, call)
    chat.pinned = None
    world.notify("chat", chat=chat.id)
    return True


def answer_callback(world: World, call: Call) -> bool:
    """answerCallbackQuery: a toast or an alert of at most 200 characters; a second answer changes nothing."""
    words = call.get("text", "")
    if utf16(words) > MAX_ANSWER:
        raise bad("MESSAGE_TOO_LONG")
    callback = world.callbacks.get(call.get("callback_query_id"))
    if callback is None or not world.callback_open(callback):
        raise refused("query is too old and response timeout expired or query ID is invalid")
    if callback.answered_at is None:
        callback.answered_at = world.clock()
        callback.text, callback.alert = words, bool(call.get("show_alert"))
        callback.url = call.get("url", "")
        world.notify(
            "answer",
            id=callback.id,
            chat=callback.chat,
            person=callback.person,
            message_id=callback.message_id,
            text=callback.text,
            alert=callback.alert,
        )
    return True
