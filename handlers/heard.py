"""What reached the desk: one message or one press, free of Telegram's own shapes.

`bot` makes a `Heard` from each stored update, adds what `nlu` understood, and hands it to `handlers.front.handle`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlu.understanding import Request, Understanding


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A pressed button: the id its answer is owed to, its data, and the message it hung under."""

    callback_id: str
    data: str
    message_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file or place that came along. `sort`: photo, document, voice, video, sticker, location, contact, other."""

    sort: str
    file_id: str = ""
    file_unique_id: str = ""
    name: str = ""
    mime_type: str = ""
    size: int = 0  # bytes
    latitude: float | None = None
    longitude: float | None = None
    title: str = ""  # a venue's or contact's name
    phone: str = ""  # a shared contact's
    contact_user_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One thing somebody said or did.

    `text` is the message's text or caption as sent (a group's mention of the bot removed); `understanding` is what
    was made of it, None where nothing was to be understood or Rasa was not to be had (`nlu_down`), in which case
    `plain` holds what the deterministic layers alone read from the text.
    """

    chat_id: int
    user_id: int
    chat_type: str = "private"  # private, group, supergroup, channel
    first_name: str = ""
    message_id: int | None = None
    text: str = ""
    command: str = ""  # without the slash; `text` then holds its argument
    press: Press | None = None
    enclosures: tuple[Enclosure, ...] = ()
    media_group_id: str = ""
    edited: bool = False
    forwarded: bool = False
    addressed: bool = True  # in a group: mentioned, replied to, or a command
    membership: str = ""  # my_chat_member: the bot's new status in this chat ("kicked", "member")
    understanding: Understanding | None = None
    plain: Request | None = None
    nlu_down: bool = field(default=False)

    @property
    def is_private(self) -> bool:
        """Say whether this is a chat between one person and the bot."""
        return self.chat_type == "private"
