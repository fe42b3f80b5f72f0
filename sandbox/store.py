"""Keeping the chats of a sandbox between two runs: one JSON file, and one file per picture or document.

Written at most once a second, whole and by renaming, so that a kill leaves the last good state. Updates the bot has not
acknowledged are kept too; presses and the request log are not. What a kill took along had numbers the bot has seen
already: a sandbox that comes back counts on from far beyond them, as Telegram gives no number twice.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sandbox.state import Chat, Person, Record, StoredFile
from sandbox.updates import Webhook

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.state import World

_NAME = "sandbox.json"
_VERSION = 1
_PAUSE = 1.0
# More than anybody can say within the pause.
_LEAP = 10_000


async def keep(world: World, folder: Path) -> None:
    """Save after changes until cancelled."""
    while True:
        seen = world.changed.count
        if not await world.changed.wait(since=seen, seconds=3600):
            continue
        await asyncio.sleep(_PAUSE)
        save(world, folder)


def save(world: World, folder: Path) -> None:
    """Write the world down. Raises OSError when the folder cannot be written."""
    (folder / "files").mkdir(parents=True, exist_ok=True)
    for stored in world.files.values():
        target = folder / "files" / stored.unique_id
        if not target.exists():
            target.write_bytes(stored.content)
    draft = folder / f"{_NAME}.new"
    draft.write_text(json.dumps(_picture(world)), encoding="ascii")
    draft.replace(folder / _NAME)


def _picture(world: World) -> dict[str, Any]:
    files = [
        {"id": f.id, "unique_id": f.unique_id, "path": f.path, "name": f.name, "mime": f.mime}
        for f in world.files.values()
    ]
    return {
        "version": _VERSION,
        "bot_id": world.bot["id"],
        "people": [asdict(person) for person in world.people.values()],
        "chats": [asdict(chat) for chat in world.chats.values()],
        "records": {str(chat): [asdict(r) for r in records] for chat, records in world.records.items()},
        "files": files,
        "commands": world.commands,
        "texts": world.texts,
        "menu_buttons": world.menu_buttons,
        "private_last_id": world.private_last_id,
        "serial": world.serial,
        "next_update_id": world.updates.next_id,
        "pending": list(world.updates.pending),
        "allowed": world.updates.allowed,
        "webhook": asdict(world.updates.webhook),
    }


def load(world: World, folder: Path) -> None:
    """Bring back what was saved, if anything was; a file of another version or another bot is left alone."""
    source = folder / _NAME
    if not source.exists():
        return
    saved = json.loads(source.read_text(encoding="ascii"))
    if saved.get("version") != _VERSION or saved.get("bot_id") != world.bot["id"]:
        return
    world.people = {row["id"]: Person(**row) for row in saved["people"]}
    world.chats = {row["id"]: Chat(**{**row, "last_id": row["last_id"] + _LEAP}) for row in saved["chats"]}
    world.records = {int(key): [Record(**row) for row in rows] for key, rows in saved["records"].items()}
    for row in saved["files"]:
        path = folder / "files" / row["unique_id"]
        if path.exists():
            world.files[row["id"]] = StoredFile(**row, content=path.read_bytes())
    world.commands, world.texts = saved["commands"], saved["texts"]
    world.menu_buttons = saved["menu_buttons"]
    world.private_last_id = saved["private_last_id"] + _LEAP
    world.serial = max(saved["serial"], world.serial)
    world.updates.next_id = max(saved["next_update_id"], world.updates.next_id)
    world.updates.pending.extend(saved["pending"])
    world.updates.allowed = saved["allowed"]
    world.updates.webhook = Webhook(**saved["webhook"])
