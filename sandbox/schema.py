"""What each method takes: names, types and what cannot be left out, as the Bot API documents them.

One line per parameter group; `name:type`, with `!` when required. Types: int, float, str, bool, chat (a number or @username), json
(an object), list (an array), file (an upload, a file_id or a URL), menu (an inline keyboard), markup (any keyboard).
"""

from __future__ import annotations

from dataclasses import dataclass

_CHAT = "business_connection_id:str chat_id!:chat message_thread_id:int direct_messages_topic_id:int"
_QUIET = "disable_notification:bool protect_content:bool message_effect_id:str"
# The last two are left over from older versions of the API and still understood.
_REPLY = "reply_parameters:json reply_to_message_id:int allow_sending_without_reply:bool"
_SEND = f"{_QUIET} {_REPLY} allow_paid_broadcast:bool suggested_post_parameters:json reply_markup:markup"
_FROM = (
    "chat_id!:chat message_thread_id:int direct_messages_topic_id:int from_chat_id!:chat message_id!:int"
    " video_start_timestamp:int"
)
_CAPTION = "caption:str parse_mode:str caption_entities:list"
_COVER = "show_caption_above_media:bool has_spoiler:bool"
_EDIT = "business_connection_id:str chat_id:chat message_id:int inline_message_id:str reply_markup:menu"
_PLACE = "latitude!:float longitude!:float"

_TABLE = {
    "getMe": "",
    "logOut": "",
    "close": "",
    "getUpdates": "offset:int limit:int timeout:int allowed_updates:list",
    "setWebhook": (
        "url!:str certificate:file ip_address:str max_connections:int allowed_updates:list"
        " drop_pending_updates:bool secret_token:str"
    ),
    "deleteWebhook": "drop_pending_updates:bool",
    "getWebhookInfo": "",
    "sendMessage": (
        f"{_CHAT} text!:str parse_mode:str entities:list link_preview_options:json"
        f" disable_web_page_preview:bool {_SEND}"
    ),
    "forwardMessage": f"{_FROM} {_QUIET} suggested_post_parameters:json",
    "copyMessage": f"{_FROM} {_CAPTION} show_caption_above_media:bool {_SEND}",
    "sendPhoto": f"{_CHAT} photo!:file {_CAPTION} {_COVER} {_SEND}",
    "sendDocument": (
        f"{_CHAT} document!:file thumbnail:file {_CAPTION} disable_content_type_detection:bool {_SEND}"
    ),
    "sendMediaGroup": f"{_CHAT} media!:list {_QUIET} {_REPLY} allow_paid_broadcast:bool",
    "sendLocation": (
        f"{_CHAT} {_PLACE} horizontal_accuracy:float live_period:int heading:int"
        f" proximity_alert_radius:int {_SEND}"
    ),
    "sendVenue": (
        f"{_CHAT} {_PLACE} title!:str address!:str foursquare_id:str foursquare_type:str"
        f" google_place_id:str google_place_type:str {_SEND}"
    ),
    "sendContact": f"{_CHAT} phone_number!:str first_name!:str last_name:str vcard:str {_SEND}",
    "sendChatAction": "business_connection_id:str chat_id!:chat message_thread_id:int action!:str",
    "editMessageText": (
        f"{_EDIT} text!:str parse_mode:str entities:list link_preview_options:json disable_web_page_preview:bool"
    ),
    "editMessageCaption": f"{_EDIT} {_CAPTION} show_caption_above_media:bool",
    "editMessageReplyMarkup": _EDIT,
    "deleteMessage": "chat_id!:chat message_id!:int",
    "deleteMessages": "chat_id!:chat message_ids!:list",
    "answerCallbackQuery": "callback_query_id!:str text:str show_alert:bool url:str cache_time:int",
    "getFile": "file_id!:str",
    "getChat": "chat_id!:chat",
    "getChatMember": "chat_id!:chat user_id!:int",
    "getChatMemberCount": "chat_id!:chat",
    "getChatAdministrators": "chat_id!:chat return_bots:bool",
    "leaveChat": "chat_id!:chat",
    "pinChatMessage": "business_connection_id:str chat_id!:chat message_id!:int disable_notification:bool",
    "unpinChatMessage": "business_connection_id:str chat_id!:chat message_id:int",
    "setMyCommands": "commands!:list scope:json language_code:str",
    "getMyCommands": "scope:json language_code:str",
    "deleteMyCommands": "scope:json language_code:str",
    "setMyName": "name:str language_code:str",
    "getMyName": "language_code:str",
    "setMyDescription": "description:str language_code:str",
    "getMyDescription": "language_code:str",
    "setMyShortDescription": "short_description:str language_code:str",
    "getMyShortDescription": "language_code:str",
    "setChatMenuButton": "chat_id:int menu_button:json",
    "getChatMenuButton": "chat_id:int",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """One method of the API: its name as documented and its parameters' types."""

    name: str
    types: dict[str, str]
    required: tuple[str, ...]


def _method(name: str, line: str) -> Method:
    pairs = [item.split(":") for item in line.split()]
    return Method(
        name=name,
        types={key.removesuffix("!"): kind for key, kind in pairs},
        required=tuple(key.removesuffix("!") for key, _ in pairs if key.endswith("!")),
    )


METHODS: dict[str, Method] = {name.lower(): _method(name, line) for name, line in _TABLE.items()}
