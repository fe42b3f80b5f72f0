"""The world of one sandbox: people, chats, what was said in them, and files.

A message is kept in the very form the Bot API gives it (`Record.message`); what only the sandbox knows (edits, deletion, who may
still see it) is kept beside it. Message ids count per chat in groups and together for all private chats, as in Telegram.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.bell import Bell
from sandbox.errors import ControlError
from sandbox.updates import UpdateQueue

if TYPE_CHECKING:
    from collections.abc import Callable

Message = dict[str, Any]
FIRST_GROUP = -1_001_000_000_001
CALLBACK_SECONDS = 900.0


@dataclass(kw_only=True, slots=True)
class Person:
    """Somebody with a phone. `label` says on the page who they are (员工, 调度员 …); the bot never sees it.

    `started`: has opened the chat with the bot, so that the bot may write to them.
    """

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    label: str = ""
    language_code: str = "zh-hans"
    blocked: bool = False
    started: bool = True

    def user(self) -> dict[str, Any]:
        """The Bot API's User."""
        user: dict[str, Any] = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        for key in ("last_name", "username", "language_code"):
            if value := getattr(self, key):
                user[key] = value
        return user

    @property
    def name(self) -> str:
        """Family name first when both are Chinese."""
        chinese = "\u4e00" <= (self.first_name or " ")[0] <= "\u9fff"
        parts = (self.last_name, self.first_name) if chinese else (self.first_name, self.last_name)
        return ("" if chinese else " ").join(part for part in parts if part)


@dataclass(kw_only=True, slots=True)
class Chat:
    """A private chat (its id is the person's) or a supergroup."""

    id: int
    type: str
    title: str = ""
    members: list[int] = field(default_factory=list)
    bot_status: str = "member"
    reply_keyboard: dict[str, Any] | None = None
    action: dict[str, Any] | None = None  # {"action", "until"}: typing…
    pinned: int | None = None
    last_id: int = 0


@dataclass(kw_only=True, slots=True)
class Record:
    """One message and its fate. `at` is Unix seconds with a fraction."""

    message: Message
    sender: int
    by_bot: bool
    at: float
    edits: list[dict[str, Any]] = field(default_factory=list)
    deleted: bool = False

    @property
    def id(self) -> int:
        return int(self.message["message_id"])


@dataclass(kw_only=True, slots=True)
class StoredFile:
    """A file the bot can fetch by `id` through getFile; `path` is its file_path."""

    id: str
    unique_id: str
    path: str
    name: str
    mime: str
    content: bytes = field(repr=False)


@dataclass(kw_only=True, slots=True)
class Callback:
    """A press waiting for its answer."""

    id: str
    person: int
    chat: int
    message_id: int
    data: str
    at: float
    expired: bool = False
    answered_at: float | None = None
    text: str = ""
    alert: bool = False
    url: str = ""


class World:
    """Everything one sandbox knows. `clock` returns Unix seconds."""

    def __init__(self, *, token: str, clock: Callable[[], float]) -> None:
        self.token = token
        self.clock = clock
        self.changed = Bell()
        self.closing = Bell()
        self.closed = False
        self.listeners: list[Callable[[dict[str, Any]], None]] = []
        self.updates = UpdateQueue(first_id=int(clock() * 100) % 2_000_000_000 + 1)
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.texts: dict[str, str] = {}
        self.menu_buttons: dict[str, dict[str, Any]] = {}
        self.bot: dict[str, Any] = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "后勤服务台",
            "username": "houqin_desk_bot",
        }
        # From the clock as well: a press under an old number would be taken for one delivered again.
        self.serial = int(clock() * 100)
        self.reset()

    def reset(self) -> None:
        """Forget people, chats, messages, files and waiting updates; what the bot set up when it started stays."""
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.records: dict[int, list[Record]] = {}
        self.files: dict[str, StoredFile] = {}
        self.callbacks: dict[str, Callback] = {}
        self.private_last_id = 0
        self.updates.forget()

    def close(self) -> None:
        """The process is going: let every open poll and stream end."""
        self.closed = True
        self.closing.ring()
        self.updates.close()
        self.notify("closed")

    def notify(self, kind: str, **content: Any) -> None:
        """Tell the pages and wake the tests that wait."""
        for listener in tuple(self.listeners):
            listener({"type": kind, **content})
        self.changed.ring()

    def next_serial(self) -> int:
        """A number never used before in this world."""
        self.serial += 1
        return self.serial

    # -- people and chats ---------------------------------------------------------------------------

    def put_person(self, person: Person) -> Person:
        """Add somebody or bring their names up to date; what they did (blocked) stays."""
        if known := self.people.get(person.id):
            person.blocked = known.blocked
            person.started = known.started or person.started
        self.people[person.id] = person
        self.chats.setdefault(person.id, Chat(id=person.id, type="private", members=[person.id]))
        self.records.setdefault(person.id, [])
        self.notify("people")
        return person

    def put_group(self, *, title: str, members: list[int], chat_id: int | None = None) -> Chat:
        """Open a supergroup with the bot as an ordinary member."""
        groups = [chat.id for chat in self.chats.values() if chat.id < 0]
        number = chat_id if chat_id is not None else min(groups, default=FIRST_GROUP + 1) - 1
        chat = Chat(id=number, type="supergroup", title=title, members=list(members))
        self.chats[number] = chat
        self.records.setdefault(number, [])
        self.notify("people")
        return chat

    def person(self, person_id: int) -> Person:
        """Raises ControlError for a stranger."""
        if person_id not in self.people:
            raise ControlError(f"没有编号为 {person_id} 的人")
        return self.people[person_id]

    def chat(self, chat_id: int) -> Chat:
        """Raises ControlError when there is no such chat."""
        if chat_id not in self.chats:
            raise ControlError(f"没有编号为 {chat_id} 的聊天")
        return self.chats[chat_id]

    def chat_object(self, chat: Chat) -> dict[str, Any]:
        """The Bot API's Chat."""
        if chat.type != "private":
            return {"id": chat.id, "type": chat.type, "title": chat.title}
        user = self.people[chat.id].user()
        names = {k: v for k, v in user.items() if k in {"first_name", "last_name", "username"}}
        return {"id": chat.id, "type": "private", **names}

    def user_object(self, user_id: int) -> dict[str, Any]:
        """The Bot API's User, person or bot."""
        return dict(self.bot) if user_id == self.bot["id"] else self.people[user_id].user()

    # -- messages -----------------------------------------------------------------------------------

    def add(self, *, chat: Chat, sender: int, content: Message) -> Record:
        """Write a message into a chat; the content carries everything but id, date, chat and sender."""
        if chat.type == "private":
            self.private_last_id += 1
            message_id = self.private_last_id
        else:
            chat.last_id += 1
            message_id = chat.last_id
        now = self.clock()
        head = {
            "message_id": message_id,
            "from": self.user_object(sender),
            "chat": self.chat_object(chat),
            "date": int(now),
        }
        record = Record(message={**head, **content}, sender=sender, by_bot=sender == self.bot["id"], at=now)
        self.records[chat.id].append(record)
        if record.by_bot:
            chat.action = None
        self.notify("message", chat=chat.id, message_id=message_id)
        return record

    def find(self, chat_id: int, message_id: int) -> Record | None:
        """A message that is still there."""
        for record in reversed(self.records.get(chat_id, [])):
            if record.id == message_id:
                return None if record.deleted else record
        return None

    def edited(self, record: Record, changes: Message, *, mark: bool = True) -> None:
        """Change a message in place and remember what it said; None as a value removes the field."""
        before = record.message.get("text", record.message.get("caption", ""))
        record.message = {k: v for k, v in {**record.message, **changes}.items() if v is not None}
        if mark:
            record.message["edit_date"] = int(self.clock())
        record.edits.append({"at": self.clock(), "text": before})
        self.notify("message", chat=record.message["chat"]["id"], message_id=record.id)

    def delete(self, record: Record) -> None:
        """Take a message away for everyone."""
        record.deleted = True
        self.notify("message", chat=record.message["chat"]["id"], message_id=record.id)

    # -- files --------------------------------------------------------------------------------------

    def store_file(self, *, content: bytes, name: str, mime: str, folder: str) -> StoredFile:
        """Keep a file; the bot may fetch it from now on."""
        number = self.next_serial()
        suffix = f".{name.rpartition('.')[2]}" if "." in name else ""
        stored = StoredFile(
            id=f"SbxAgAD{folder[:3]}{number:08d}-{len(content):x}",
            unique_id=f"Sbx{number:08d}",
            path=f"{folder}/file_{number}{suffix}",
            name=name,
            mime=mime,
            content=content,
        )
        self.files[stored.id] = stored
        return stored

    def callback_open(self, callback: Callback) -> bool:
        """May this press still be answered?"""
        return not callback.expired and self.clock() - callback.at <= CALLBACK_SECONDS
