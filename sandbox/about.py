"""Methods about the bot itself, its chats, its menus and its way of receiving updates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox.errors import bad, refused
from sandbox.media import MAX_DOWNLOAD, file_object
from sandbox.sending import find_chat
from sandbox.updates import KINDS, Webhook

if TYPE_CHECKING:
    from sandbox.params import Call
    from sandbox.state import Chat, World

_SCOPES = {
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
    "chat",
    "chat_administrators",
    "chat_member",
}
_TEXT_LIMITS = {"name": 64, "description": 512, "short_description": 120}


def get_me(world: World, _call: Call) -> dict[str, Any]:
    """getMe: privacy mode is on, so groups are heard only when they speak to the bot."""
    abilities = {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }
    return {**world.bot, **abilities}


def done(_world: World, _call: Call) -> bool:
    """logOut and close: nothing to do here."""
    return True


# -- chats ----------------------------------------------------------------------------------------------


def get_chat(world: World, call: Call) -> dict[str, Any]:
    """getChat."""
    chat = find_chat(world, call.get("chat_id"))
    gifts = dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"),
        False,
    )
    full = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}
    if chat.pinned and (record := world.find(chat.id, chat.pinned)):
        full["pinned_message"] = record.message
    return {**world.chat_object(chat), **full}


def get_chat_member(world: World, call: Call) -> dict[str, Any]:
    """getChatMember."""
    chat, user_id = find_chat(world, call.get("chat_id")), call.get("user_id")
    if user_id == world.bot["id"]:
        return {"status": chat.bot_status, "user": dict(world.bot)}
    if user_id not in world.people:
        raise refused("user not found" if user_id > 0 else "invalid user_id specified")
    status = "member" if user_id in chat.members else "left"
    return {"status": status, "user": world.people[user_id].user()}


def get_chat_member_count(world: World, call: Call) -> int:
    """getChatMemberCount, the bot included."""
    return len(find_chat(world, call.get("chat_id")).members) + 1


def get_chat_administrators(world: World, call: Call) -> list[dict[str, Any]]:
    """getChatAdministrators: the first member of a group is its owner."""
    chat = find_chat(world, call.get("chat_id"))
    if chat.type == "private":
        raise refused("there are no administrators in the private chat")
    owner = world.people[chat.members[0]].user()
    return [{"status": "creator", "user": owner, "is_anonymous": False}]


def leave_chat(world: World, call: Call) -> bool:
    """leaveChat."""
    chat = find_chat(world, call.get("chat_id"))
    if chat.type == "private":
        raise refused("chat member status can't be changed in private chats")
    chat.bot_status = "left"
    world.notify("chat", chat=chat.id)
    return True


def get_file(world: World, call: Call) -> dict[str, Any]:
    """getFile: at most 20 MB."""
    stored = world.files.get(call.get("file_id"))
    if stored is None:
        raise bad("invalid file_id")
    if len(stored.content) > MAX_DOWNLOAD:
        raise refused("file is too big")
    return {**file_object(stored), "file_path": stored.path}


# -- menus and names ------------------------------------------------------------------------------------


def _scope_key(world: World, call: Call) -> str:
    scope = call.get("scope") or {"type": "default"}
    kind = str(scope.get("type"))
    if kind not in _SCOPES:
        raise bad("can't parse BotCommandScope: unsupported type")
    parts = [kind]
    if kind in {"chat", "chat_administrators", "chat_member"}:
        parts.append(str(find_chat(world, _number(scope.get("chat_id"))).id))
    if kind == "chat_member":
        parts.append(str(scope.get("user_id")))
    language = call.get("language_code", "")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad("invalid language code specified")
    return "/".join([*parts, language])


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?\d+", value) else value


def set_my_commands(world: World, call: Call) -> bool:
    """setMyCommands: at most 100; names are lower-case letters, digits and underscores."""
    commands = call.get("commands")
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    kept = []
    for command in commands:
        if not isinstance(command, dict):
            raise bad("can't parse BotCommand: expected an Object")
        name = str(command.get("command", "")).removeprefix("/")
        words = str(command.get("description", ""))
        if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(words) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        kept.append({"command": name, "description": words})
    world.commands[_scope_key(world, call)] = kept
    world.notify("commands")
    return True


def get_my_commands(world: World, call: Call) -> list[dict[str, str]]:
    """getMyCommands."""
    return world.commands.get(_scope_key(world, call), [])


def delete_my_commands(world: World, call: Call) -> bool:
    """deleteMyCommands."""
    world.commands.pop(_scope_key(world, call), None)
    world.notify("commands")
    return True


def menu_of(world: World, chat: Chat, person_id: int) -> list[dict[str, str]]:
    """The commands a person sees in a chat: the narrowest scope that has any, their language first."""
    wide = "all_private_chats" if chat.type == "private" else "all_group_chats"
    language = world.people[person_id].language_code[:2] if person_id in world.people else ""
    for scope in (f"chat_member/{chat.id}/{person_id}", f"chat/{chat.id}", wide, "default"):
        for suffix in (language, ""):
            if found := world.commands.get(f"{scope}/{suffix}"):
                return found
    return []


def set_text(world: World, call: Call) -> bool:
    """setMyName, setMyDescription, setMyShortDescription."""
    field = _text_field(call)
    words = call.get(field, "")
    if len(words) > _TEXT_LIMITS[field]:
        raise bad(f"{field} is too long")
    world.texts[f"{field}/{call.get('language_code', '')}"] = words
    if field == "name" and words:
        world.bot["first_name"] = words
    world.notify("people")
    return True


def get_text(world: World, call: Call) -> dict[str, str]:
    """getMyName, getMyDescription, getMyShortDescription."""
    field = _text_field(call)
    language = call.get("language_code", "")
    found = world.texts.get(f"{field}/{language}") or world.texts.get(f"{field}/", "")
    return {field: found or (world.bot["first_name"] if field == "name" else "")}


def _text_field(call: Call) -> str:
    name = call.method.name[5:]  # after setMy / getMy
    return {"Name": "name", "Description": "description", "ShortDescription": "short_description"}[name]


def set_menu_button(world: World, call: Call) -> bool:
    """setChatMenuButton."""
    button = call.get("menu_button") or {"type": "default"}
    if str(button.get("type")) not in {"commands", "web_app", "default"}:
        raise bad("can't parse menu button: unsupported type")
    if call.get("chat_id") is not None:
        find_chat(world, call.get("chat_id"))
    world.menu_buttons[str(call.get("chat_id", ""))] = button
    return True


def get_menu_button(world: World, call: Call) -> dict[str, Any]:
    """getChatMenuButton."""
    default = world.menu_buttons.get("", {"type": "commands"})
    return world.menu_buttons.get(str(call.get("chat_id", "")), default)


# -- receiving updates ----------------------------------------------------------------------------------


def allowed_updates(call: Call) -> list[str] | None:
    """The kinds the bot asks for, checked; None when it says nothing (then the last word stands)."""
    kinds = call.get("allowed_updates")
    if kinds is None:
        return None
    return [kind for kind in kinds if kind in KINDS]


def set_webhook(world: World, call: Call) -> bool:
    """setWebhook: https, or plain http on this machine (as the Bot API server allows in its local mode)."""
    url = call.get("url", "")
    if not url:
        return delete_webhook(world, call)
    try:
        parts = urlsplit(url)
    except ValueError:
        raise bad("bad webhook: invalid URL") from None
    local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    secret = call.get("secret_token", "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
        raise bad("secret token contains unallowed characters")
    if not 1 <= call.get("max_connections", 40) <= 100:
        raise bad("max_connections must be between 1 and 100")
    _receive(world, call)
    world.updates.webhook = Webhook(
        url=url,
        secret=secret,
        max_connections=call.get("max_connections", 40),
        ip_address=call.get("ip_address", ""),
    )
    world.updates.bell.ring()
    return True


def delete_webhook(world: World, call: Call) -> bool:
    """deleteWebhook."""
    _receive(world, call)
    world.updates.webhook = Webhook()
    world.updates.bell.ring()
    return True


def _receive(world: World, call: Call) -> None:
    kinds = allowed_updates(call)
    if kinds is not None:
        world.updates.allowed = kinds
    if call.get("drop_pending_updates"):
        world.updates.pending.clear()
        world.updates.repeats.clear()


def get_webhook_info(world: World, _call: Call) -> dict[str, Any]:
    """getWebhookInfo."""
    hook = world.updates.webhook
    info: dict[str, Any] = {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates.pending),
    }
    if hook.url:
        info["max_connections"] = hook.max_connections
    if hook.last_error_at is not None:
        info |= {"last_error_date": int(hook.last_error_at), "last_error_message": hook.last_error}
    if world.updates.allowed:
        info["allowed_updates"] = world.updates.allowed
    return info
