"""The peer's two actions, on rasa-sdk. Runs in Rasa's environment (Python 3.10); `PEER_DATABASE` names the SQLite file."""

from __future__ import annotations

import os
import re
import sqlite3
from datetime import datetime, timezone  # Python 3.10 has no UTC
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import AllSlotsReset

_WHEN = re.compile(r"(?:\d+月\d+[日号]|今天|明天|后天)?(?:上午|下午|晚上)?[\d一二两三四五六七八九十]+点半?")
_PEOPLE = re.compile(r"(\d+|[一二两俩三仨四五六七八九十])个?人")
_NUMBERS = {
    word: number
    for number, words in enumerate(["一", "二两俩", "三仨", *"四五六七八九十"], 1)
    for word in words
}
_SCHEMA = """CREATE TABLE IF NOT EXISTS tickets (
    id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, sender TEXT NOT NULL, start TEXT NOT NULL, destination TEXT NOT NULL,
    people INTEGER NOT NULL, vehicle_type TEXT, state TEXT NOT NULL, created_at TEXT NOT NULL)"""


def _open() -> sqlite3.Connection:
    connection = sqlite3.connect(os.environ["PEER_DATABASE"], isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(_SCHEMA)
    return connection


DATABASE = _open()


class ValidateVehicleForm(FormValidationAction):
    """Takes the time and the head count from the words, and refuses what cannot be."""

    def name(self) -> str:
        return "validate_vehicle_form"

    async def extract_start(self, dispatcher: Any, tracker: Tracker, domain: Any) -> dict[str, Any]:
        found = _WHEN.search(tracker.latest_message.get("text") or "")
        return {"start": found[0]} if found else {}

    async def extract_people(self, dispatcher: Any, tracker: Tracker, domain: Any) -> dict[str, Any]:
        found = _PEOPLE.search(tracker.latest_message.get("text") or "")
        if not found:
            return {}
        return {"people": _NUMBERS.get(found[1]) or int(found[1])}

    def validate_destination(self, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> dict[str, Any]:
        return {"destination": value}

    def validate_people(self, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> dict[str, Any]:
        if 0 < value < 100:
            return {"people": value}
        dispatcher.utter_message(text="人数请在 1 到 99 之间。")
        return {"people": None}


class ActionSubmit(Action):
    """Writes the ticket, commits it, and says its number."""

    def name(self) -> str:
        return "action_submit"

    def run(self, dispatcher: Any, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        now = datetime.now(timezone.utc)  # noqa: UP017
        slots = tracker.slots
        DATABASE.execute("BEGIN IMMEDIATE")
        count = DATABASE.execute("SELECT count(*) FROM tickets").fetchone()[0]
        number = f"YC-{now:%Y%m%d}-{count + 1:03d}"
        values = (number, tracker.sender_id, slots["start"], slots["destination"], int(slots["people"]))
        DATABASE.execute(
            "INSERT INTO tickets (number, sender, start, destination, people, vehicle_type, state, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?)",
            (*values, slots.get("vehicle_type"), now.isoformat()),
        )
        DATABASE.execute("COMMIT")
        dispatcher.utter_message(text=f"✅ 已提交，办理情况会随时告诉您\n🚗 {number} · 待派车")
        return [AllSlotsReset()]
