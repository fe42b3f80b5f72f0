"""What people do: write, send, press, edit, block. Each act becomes a message and, when the bot may hear it, an update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox import media
from sandbox.entities import cut, detect
from sandbox.errors import ApiError, ControlError
from sandbox.state import Callback

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.params import Upload
    from sandbox.state import Chat, Message, Person, Record, World


def send(world: World, body: Mapping[str, Any]) -> Record:
    """A message of any kind: `{person, chat, text|location|contact|sticker|voice|raw, reply_to?, forward_from?}`."""
    person, chat = _place(world, body)
    return _say(world, person, chat, {**_content(world, body), **_relations(world, chat, body)})


def send_file(
    world: World, *, person_id: int, chat_id: int, kind: str, upload: Upload, caption: str
) -> Record:
    """A photo or a document. An empty photo becomes a made-up one."""
    person, chat = _place(world, {"person": person_id, "chat": chat_id})
    try:
        if kind == "photo":
            picture = upload.content or media.made_up_photo(world.next_serial())
            content: Message = {"photo": media.photo_sizes(world, picture)}
        else:
            content = {"document": media.document(world, upload)}
    except ApiError as error:
        raise ControlError(f"这个文件发不出去：{error.description}") from None
    return _say(world, person, chat, {**content, **_caption(caption)})


def send_album(world: World, body: Mapping[str, Any]) -> list[Record]:
    """Several made-up photos at once; the caption belongs to the first."""
    person, chat = _place(world, body)
    group = str(10_000_000_000_000 + world.next_serial())
    records = []
    for number in range(int(body.get("photos", 2))):
        sizes = media.photo_sizes(world, media.made_up_photo(number))
        caption = _caption(str(body.get("caption", ""))) if number == 0 else {}
        records.append(_say(world, person, chat, {"media_group_id": group, "photo": sizes, **caption}))
    return records


def edit(world: World, body: Mapping[str, Any]) -> Record:
    """A person changes what they wrote."""
    person, chat = _place(world, body)
    record = world.find(chat.id, int(body["message_id"]))
    if record is None or record.sender != person.id:
        raise ControlError("只能修改自己发的消息")
    text = str(body["text"])
    key, marks = ("text", "entities") if "text" in record.message else ("caption", "caption_entities")
    world.edited(record, {key: text, marks: detect(text) or None})
    if _heard(world, chat, record.message):
        world.updates.push("edited_message", record.message)
    return record


def press(world: World, body: Mapping[str, Any]) -> Callback:
    """A press of an inline button, found by its label or its data, on one message or on the newest that has it."""
    person, chat = _place(world, body)
    record, data = _pressed(world, chat, body)
    callback = Callback(
        id=str(7_000_000_000_000_000_000 + world.next_serial()),
        person=person.id,
        chat=chat.id,
        message_id=record.id,
        data=data,
        at=world.clock(),
        expired=bool(body.get("expired")),
    )
    world.callbacks[callback.id] = callback
    query = {
        "id": callback.id,
        "from": person.user(),
        "message": record.message,
        "chat_instance": str(chat.id),
        "data": data,
    }
    world.notify("press", chat=chat.id, id=callback.id, message_id=record.id)
    world.updates.push("callback_query", query)
    return callback


def _pressed(world: World, chat: Chat, body: Mapping[str, Any]) -> tuple[Record, str]:
    label, data, number = body.get("label"), body.get("data"), body.get("message_id")
    for record in reversed(world.records[chat.id]):
        if (number is not None and record.id != number) or (record.deleted and not body.get("force")):
            continue
        for button in _buttons(record):
            fits = data is None or button.get("callback_data") == data
            if fits and (label is None or button["text"] == label) and "callback_data" in button:
                return record, str(button["callback_data"])
        if body.get("force") and data is not None and number is not None:
            return record, str(data)
    raise ControlError(f"没有这个按钮：{label or data}")


def _buttons(record: Record) -> list[dict[str, Any]]:
    rows = record.message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


def tap(world: World, body: Mapping[str, Any]) -> Record:
    """A press of a button under the input: sends its words, or the place or number it asks for."""
    person, chat = _place(world, body)
    keyboard = chat.reply_keyboard or {}
    for button in (button for row in keyboard.get("keyboard", []) for button in row):
        if button["text"] == body["label"]:
            if keyboard.get("one_time_keyboard"):
                chat.reply_keyboard = None
            return _say(world, person, chat, _asked_for(person, button, body))
    raise ControlError(f"输入框下面没有这个按钮：{body['label']}")


def _asked_for(person: Person, button: Mapping[str, Any], body: Mapping[str, Any]) -> Message:
    if button.get("request_location"):
        return {"location": body.get("location") or {"latitude": 43.8171, "longitude": 125.3235}}
    if button.get("request_contact"):
        phone = f"+86139{person.id % 100_000_000:08d}"
        names = {"first_name": person.first_name, "last_name": person.last_name}
        return {"contact": {"phone_number": phone, **names, "user_id": person.id}}
    return _text(str(button["text"]))


def block(world: World, *, person_id: int, blocked: bool) -> None:
    """The person blocks the bot or lets it back in; the bot hears of both."""
    person = world.person(person_id)
    if person.blocked == blocked:
        return
    person.blocked = blocked
    was, now = ("member", "kicked") if blocked else ("kicked", "member")
    membership_changed(world, chat=world.chat(person_id), by=person, was=was, now=now)
    world.notify("people")


def membership_changed(world: World, *, chat: Chat, by: Person, was: str, now: str) -> None:
    """Tell the bot that its own place in a chat changed."""

    def member(status: str) -> dict[str, Any]:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"status": status, "user": dict(world.bot), **until}

    change = {
        "chat": world.chat_object(chat),
        "from": by.user(),
        "date": int(world.clock()),
        "old_chat_member": member(was),
        "new_chat_member": member(now),
    }
    world.updates.push("my_chat_member", change)


# -- building messages ----------------------------------------------------------------------------------


def _place(world: World, body: Mapping[str, Any]) -> tuple[Person, Chat]:
    person = world.person(int(body["person"]))
    chat = world.chat(int(body.get("chat") or person.id))
    if person.id not in chat.members:
        raise ControlError(f"{person.name}不在这个聊天里")
    if chat.type == "private" and person.blocked:
        raise ControlError(f"{person.name}已停用机器人，先恢复再操作")
    return person, chat


def _say(world: World, person: Person, chat: Chat, content: Message) -> Record:
    if chat.type == "private":
        person.started = True
    if "force_reply" in (chat.reply_keyboard or {}):
        chat.reply_keyboard = None
    record = world.add(chat=chat, sender=person.id, content=content)
    if _heard(world, chat, record.message):
        world.updates.push("message", record.message)
    return record


def _heard(world: World, chat: Chat, message: Message) -> bool:
    """Privacy mode: in a group the bot hears commands, mentions of itself and replies to itself."""
    if chat.type == "private" or chat.bot_status == "administrator":
        return True
    if chat.bot_status in {"left", "kicked"}:
        return False
    answered = message.get("reply_to_message", {}).get("from", {})
    if answered.get("id") == world.bot["id"]:
        return True
    text = message.get("text") or message.get("caption") or ""
    name = f"@{world.bot['username']}".lower()
    for mark in message.get("entities") or message.get("caption_entities") or []:
        words = cut(text, mark["offset"], mark["length"]).lower()
        if mark["type"] == "mention" and words == name:
            return True
        if mark["type"] == "bot_command" and ("@" not in words or words.endswith(name)):
            return True
    return False


def _content(world: World, body: Mapping[str, Any]) -> Message:
    if "text" in body:
        return _text(str(body["text"]))
    if "location" in body:
        return {"location": dict(body["location"])}
    if "contact" in body:
        return {"contact": dict(body["contact"])}
    if "sticker" in body:
        kind = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return {"sticker": {**_made_up(world, "sticker.webp"), **kind, "emoji": str(body["sticker"] or "👍")}}
    if "voice" in body:
        return {
            "voice": {
                **_made_up(world, "voice.ogg"),
                "duration": int(body["voice"] or 3),
                "mime_type": "audio/ogg",
            }
        }
    if "raw" in body:
        return dict(body["raw"])
    raise ControlError("消息里没有内容")


def _text(text: str) -> Message:
    if not text.strip():
        raise ControlError("不能发送空消息")
    marks = detect(text)
    return {"text": text, "entities": marks} if marks else {"text": text}


def _caption(caption: str) -> Message:
    if not caption:
        return {}
    marks = detect(caption)
    return {"caption": caption, "caption_entities": marks} if marks else {"caption": caption}


def _made_up(world: World, name: str) -> dict[str, Any]:
    content = name.encode() * 100  # nothing to see or hear, but it can be fetched
    stored = world.store_file(content=content, name=name, mime="application/octet-stream", folder="other")
    return media.file_object(stored)


def _relations(world: World, chat: Chat, body: Mapping[str, Any]) -> Message:
    content: Message = {}
    if body.get("reply_to") is not None:
        answered = world.find(chat.id, int(body["reply_to"]))
        if answered is None:
            raise ControlError("要回复的消息已经不在了")
        quoted = {k: v for k, v in answered.message.items() if k != "reply_to_message"}
        content["reply_to_message"] = quoted
    if (origin := body.get("forward_from")) is not None:
        date = int(world.clock())
        if isinstance(origin, int) and origin in world.people:
            content["forward_origin"] = {
                "type": "user",
                "sender_user": world.people[origin].user(),
                "date": date,
            }
        else:
            name = str(origin)
            content["forward_origin"] = {"type": "hidden_user", "sender_user_name": name, "date": date}
    return content
