"""The names for the seat cards: sent as words once the meeting is booked, passed on to room service."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from handlers.kinds import Move
from handlers.room.base import BEFORE_MEETING, NAME
from handlers.tickets import cards
from handlers.words import esc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desk.models import Ticket
    from handlers.kinds import Deed, Fields, Scene

NAMES = re.compile(
    r"\s*(?:(?:桌签|座签|席卡|座位|参会|与会|出席)(?:人员)?的?)?名单(?:如下|是|有|在这)?\s*[:：，,\n]"
)


def awaits(
    _scene: Scene, ticket: Ticket, words: str, _enclosures: Sequence[Fields]
) -> tuple[str, Fields] | None:
    """Take the names for the seat cards of a meeting that asked for some: words that begin with 「名单：」."""
    if ticket.kind != NAME or ticket.fields.get("secret"):
        return None
    wanted = "桌签" in (ticket.fields.get("equipment") or ()) and ticket.state in BEFORE_MEETING
    return ("names", {}) if wanted and NAMES.match(words) else None


def take_names(deed: Deed) -> Move:
    """The requester sends the names; a later list replaces the earlier one."""
    said = NAMES.sub("", deed.arg, count=1).strip()[:1000]
    deed.ticket.fields = {**deed.ticket.fields, "names": said}
    return Move(details={"names": said})


def after_names(deed: Deed) -> None:
    """Pass the names on to room service."""
    text = f"🪑 {deed.ticket.number} 桌签名单：{esc(deed.ticket.fields['names'])}"
    cards.tell(deed.scene, deed.ticket, party="dispatcher", text=text, besides=deed.scene.actor)


def thanks(deed: Deed) -> str:
    """Say that the names went to room service."""
    return f"🪑 {deed.ticket.number} 名单已转给会议服务。"
