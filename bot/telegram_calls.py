"""One owed row made into one call of the Bot API, and Telegram's answer made into an outcome.

`deliver` knows how each sort of thing is said; `judge` knows what each refusal means for the row: try again, give up,
or admit that nobody knows whether it arrived.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from telegram import (
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    KeyboardButton,
    LinkPreviewOptions,
    Message,
    ReplyKeyboardMarkup,
)
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot import pictures
from bot.split import LONGEST_CAPTION, split_html
from bot.wire import NOT_SENT, ON_THE_WAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from telegram import Bot

    from desk.outbox import Owed

log = structlog.get_logger(__name__)

# The library's word for "give retry_after as a timedelta, and do not warn of it each time".
os.environ.setdefault("PTB_TIMEDELTA", "true")

UNCHANGED = "message is not modified"
# The message to rewrite is gone or out of reach: what was to be said is said anew.
UNEDITABLE = ("message to edit not found", "message can't be edited", "message_id_invalid")
TOO_LATE = ("query is too old", "query id is invalid", "query_id_invalid")
# In the place of a picture that cannot be passed on.
WITHHELD = "{caption}\n⚠️ {why}，里面可能带着拍摄的地点，所以没有原样转来。已请发的人换一种方式再发。"
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a call.

    `verdict`: sent, unsent (nothing reached Telegram), failed (Telegram stumbled), flood (429; `retry_after` in
    seconds), refused (never will), blocked (403), moved (the group is now `chat_id`), unknown (may have arrived).
    """

    verdict: str
    message_id: int | None = None
    error: str = ""
    retry_after: float = 0.0
    chat_id: int | None = None


@dataclass(slots=True)
class Progress:
    """How far a row has come before a call fails, kept with it: what was said already is not said again.

    `stumbles` are the calls Telegram answered with a 5xx, `doubts` those nobody knows the outcome of. Being asked to wait
    is neither: a busy day must not use up what a row has. `withheld` says why a picture was not passed on.
    """

    parts: int = 0
    stumbles: int = 0
    doubts: int = 0
    withheld: str = ""

    def kept(self) -> dict[str, int]:
        """Return what the row's payload keeps of it."""
        kept = {"parts_sent": self.parts, "stumbles": self.stumbles, "doubts": self.doubts}
        return {name: value for name, value in kept.items() if value}


def progress_of(owed: Owed) -> Progress:
    """Return how far a row had come."""
    parts, stumbles, doubts = (
        int(owed.payload.get(name, 0)) for name in ("parts_sent", "stumbles", "doubts")
    )
    return Progress(parts=parts, stumbles=stumbles, doubts=doubts)


async def deliver(bot: Bot, owed: Owed, *, progress: Progress) -> int | None:
    """Make the call and return the id of the (last) message. Raises TelegramError and OSError (a missing file)."""
    payload = owed.payload
    match payload.get("method"):
        case "message":
            return await _message(bot, owed, progress=progress)
        case "photo" | "document":
            return await _file(bot, owed, progress=progress)
        case "callback_answer":
            text = str(payload["text"])[:200] or None
            await bot.answer_callback_query(payload["callback_id"], text=text, show_alert=payload["alert"])
        case "commands":
            await _commands(bot, owed)
        case other:
            raise BadRequest(f"nothing is known of method {other!r}")
    return None


async def _message(bot: Bot, owed: Owed, *, progress: Progress) -> int | None:
    payload = owed.payload
    parts = split_html(payload["text"])
    if not parts:
        raise BadRequest("message text is empty")
    message_id: int | None = None
    for index, part in enumerate(parts):
        if index < progress.parts:
            continue
        is_last = index == len(parts) - 1
        markup = _markup(payload) if is_last else None
        target = owed.edits_message_id if index == 0 else None
        message_id = await _say(bot, owed, part, markup=markup, edits=target)
        progress.parts = index + 1
    return message_id


async def _say(
    bot: Bot,
    owed: Owed,
    text: str,
    *,
    markup: InlineKeyboardMarkup | ReplyKeyboardMarkup | None,
    edits: int | None,
) -> int:
    if edits is not None and not isinstance(markup, ReplyKeyboardMarkup):
        try:
            await bot.edit_message_text(
                text,
                chat_id=owed.chat_id,
                message_id=edits,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
                link_preview_options=NO_PREVIEW,
            )
        except BadRequest as error:
            if not _says(error, *UNEDITABLE):
                if _says(error, UNCHANGED):
                    return edits
                raise
        else:
            return edits
    message: Message = await bot.send_message(
        owed.chat_id,
        text,
        parse_mode=ParseMode.HTML,
        reply_markup=markup,
        link_preview_options=NO_PREVIEW,
        disable_notification=bool(owed.payload.get("silent")),
    )
    return message.message_id


async def _file(bot: Bot, owed: Owed, *, progress: Progress) -> int:
    payload = owed.payload
    captions = split_html(payload["caption"], limit=LONGEST_CAPTION) if payload["caption"] else []
    caption = captions[0] if captions else None
    file: InputFile | str = payload["file_id"]
    if file and payload["method"] == "document" and pictures.looks_like_one(str(payload.get("name") or "")):
        try:
            file = await _without_traces(bot, payload)
        except pictures.Withheld as why:
            progress.withheld = str(why)
            text = WITHHELD.format(caption=payload["caption"], why=why)
            return await _say(bot, owed, text, markup=None, edits=None)
    if not file:
        path = Path(payload["path"])
        content = await asyncio.to_thread(path.read_bytes)
        file = InputFile(content, filename=payload.get("name") or path.name)
    if payload["method"] == "photo":
        sent = await bot.send_photo(owed.chat_id, file, caption=caption, parse_mode=ParseMode.HTML)
    else:
        sent = await bot.send_document(owed.chat_id, file, caption=caption, parse_mode=ParseMode.HTML)
    for rest in captions[1:]:
        await bot.send_message(owed.chat_id, rest, parse_mode=ParseMode.HTML, link_preview_options=NO_PREVIEW)
    return sent.message_id


async def _without_traces(bot: Bot, payload: Mapping[str, Any]) -> InputFile | str:
    """Fetch a picture somebody sent as a file and clean it; what has no traces goes on as it came.

    Raises pictures.Withheld for one that cannot be cleaned.
    """
    try:
        found = await bot.get_file(payload["file_id"])
        if (found.file_size or 0) > pictures.LARGEST:
            raise pictures.Withheld(pictures.TOO_LARGE)
        content = bytes(await found.download_as_bytearray())
    except BadRequest as error:
        is_too_large = _says(error, "file is too big")
        raise pictures.Withheld(pictures.TOO_LARGE if is_too_large else pictures.OUT_OF_REACH) from error
    cleaned = await asyncio.to_thread(pictures.without_traces, content)
    if cleaned is None:
        return str(payload["file_id"])
    return InputFile(cleaned.content, filename=pictures.file_name(payload["name"], ending=cleaned.ending))


async def _commands(bot: Bot, owed: Owed) -> None:
    scope = BotCommandScopeChat(owed.chat_id)
    commands = [BotCommand(name, said) for name, said in owed.payload["commands"]]
    if commands:
        await bot.set_my_commands(commands, scope=scope)
    else:
        await bot.delete_my_commands(scope=scope)


def _markup(payload: Mapping[str, Any]) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
    rows: Sequence[Sequence[Mapping[str, str]]] = payload.get("buttons") or ()
    if any(rows):
        return InlineKeyboardMarkup(
            [[InlineKeyboardButton(b["label"], callback_data=b["data"]) for b in row] for row in rows if row]
        )
    keyboard: Sequence[Sequence[str]] = payload.get("keyboard") or ()
    if any(keyboard):
        return ReplyKeyboardMarkup(
            [[KeyboardButton(label) for label in row] for row in keyboard if row],
            resize_keyboard=True,
            is_persistent=True,
        )
    return None


def judge(error: Exception) -> Outcome:
    """Say what a failed call means for its row."""
    said = str(error)
    match error:
        case RetryAfter():
            return Outcome(verdict="flood", error=said, retry_after=_seconds(error))
        case ChatMigrated():
            return Outcome(verdict="moved", error=said, chat_id=error.new_chat_id)
        case Forbidden():
            return Outcome(verdict="blocked", error=said)
        case BadRequest():
            return Outcome(verdict="sent" if _says(error, *TOO_LATE) else "refused", error=said)
        case InvalidToken():
            # A wrong token is everybody's trouble, not this row's: keep it until the token is right.
            return Outcome(verdict="unsent", error=said)
        case NetworkError():
            return Outcome(verdict=_network_verdict(error), error=said)
        case TelegramError():
            # A 200 whose body could not be read: Telegram has most likely done it.
            return Outcome(verdict="unknown", error=said)
        case OSError():
            return Outcome(verdict="refused", error=f"{type(error).__name__}: {said}")
        case _:
            return Outcome(verdict="refused", error=f"{type(error).__name__}: {said}")


def _network_verdict(error: NetworkError) -> str:
    cause = error.__cause__
    if isinstance(cause, NOT_SENT):
        return "unsent"
    # Without an HTTP failure beneath it Telegram did answer, with a 5xx.
    return "unknown" if isinstance(cause, ON_THE_WAY) else "failed"


def _seconds(error: RetryAfter) -> float:
    wait: timedelta | float = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def _says(error: TelegramError, *phrases: str) -> bool:
    said = error.message.lower()
    return any(phrase in said for phrase in phrases)
