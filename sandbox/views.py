"""How the page and the tests see the world: one flat, finished picture per thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.state import Callback, Chat, Message, Person, Record, World

_KINDS = ("text", "photo", "document", "venue", "location", "contact", "sticker", "voice")


def message_view(world: World, record: Record) -> dict[str, Any]:
    """One message as it looks now."""
    message = record.message
    return {
        "message_id": record.id,
        "chat_id": message["chat"]["id"],
        "at": record.at,
        "from": {"id": record.sender, "name": _name(world, record.sender)},
        "from_bot": record.by_bot,
        "kind": next((kind for kind in _KINDS if kind in message), "other"),
        "text": message.get("text", message.get("caption", "")),
        "entities": message.get("entities", message.get("caption_entities", [])),
        "keyboard": message.get("reply_markup", {}).get("inline_keyboard", []),
        "media_group_id": message.get("media_group_id"),
        "reply_to": _quoted(message),
        "forwarded_from": _origin(message),
        "edits": record.edits,
        "deleted": record.deleted,
        "raw": message,
    }


def _quoted(message: Message) -> dict[str, Any] | None:
    answered = message.get("reply_to_message")
    if not answered:
        return None
    words = answered.get("text") or answered.get("caption") or "（图片或文件）"
    return {"message_id": answered["message_id"], "text": words[:80]}


def _origin(message: Message) -> str | None:
    origin = message.get("forward_origin")
    if not origin:
        return None
    user = origin.get("sender_user")
    return str(user["first_name"] if user else origin.get("sender_user_name", ""))


def person_view(person: Person) -> dict[str, Any]:
    """One person."""
    return {
        "id": person.id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "name": person.name,
        "username": person.username,
        "label": person.label,
        "blocked": person.blocked,
        "started": person.started,
    }


def chat_view(world: World, chat: Chat) -> dict[str, Any]:
    """One chat without its messages."""
    private = chat.type == "private"
    typing = chat.action["action"] if chat.action and chat.action["until"] > world.clock() else None
    return {
        "id": chat.id,
        "type": chat.type,
        "title": world.bot["first_name"] if private else chat.title,
        "members": chat.members,
        "reply_keyboard": chat.reply_keyboard,
        "action": typing,
        "pinned": chat.pinned,
        "bot_status": chat.bot_status,
    }


def callback_view(world: World, callback: Callback) -> dict[str, Any]:
    """One press."""
    answered = callback.answered_at is not None
    return {
        "id": callback.id,
        "person": callback.person,
        "chat": callback.chat,
        "message_id": callback.message_id,
        "data": callback.data,
        "answered": answered,
        "text": callback.text,
        "alert": callback.alert,
        "url": callback.url,
        "seconds": round(callback.answered_at - callback.at, 4) if callback.answered_at is not None else None,
        "open": world.callback_open(callback),
    }


def status_view(world: World) -> dict[str, Any]:
    """The sandbox at a glance."""
    hook = world.updates.webhook
    return {
        "bot": world.bot,
        "people": len(world.people),
        "chats": len(world.chats),
        "messages": sum(map(len, world.records.values())),
        "pending_updates": len(world.updates.pending) + len(world.updates.repeats),
        "next_update_id": world.updates.next_id,
        "connected": world.updates.polls_open > 0 or bool(hook.url and not hook.failing),
        "webhook": hook.url,
        "webhook_deliveries": hook.deliveries,
        "webhook_error": hook.last_error,
        "version": world.changed.count,
    }


def _name(world: World, user_id: int) -> str:
    person = world.people.get(user_id)
    return person.name if person else str(world.bot["first_name"])
