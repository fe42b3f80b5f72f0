"""领用: office supplies from the store room.

The employee says what they want; the store keeper hands it out or refuses with a reason; who got it says so, and marks the service.

States: 待发放 → 待领取 → 已办结; 已驳回, 已取消.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from desk import tickets
from desk.errors import BadInput
from desk.outbox import Button
from handlers.dialogue.slots import words_slot
from handlers.kinds import Deed, Kind, Move, Step
from handlers.tickets import cards, taking
from handlers.tickets.parties import queue_of
from handlers.tickets.rating import rating_steps
from handlers.words import esc

if TYPE_CHECKING:
    from desk.models import Ticket
    from handlers.kinds import Fields, Scene

NAME = "supplies"
TO_ISSUE, TO_FETCH, DONE, REJECTED, CANCELLED = "待发放", "待领取", "已办结", "已驳回", "已取消"
REASONS = {"none": ("没有库存", "可以改领别的，或下月补货后再领。"), "limit": ("超过定额", "可以少领一些。")}


def submit(scene: Scene, fields: Fields) -> Ticket:
    """Record the ticket and show it to the store keepers."""
    if scene.actor is None:
        raise BadInput("不知道是谁在申请")
    ticket = tickets.open_ticket(
        scene.session,
        prefix="LY",
        kind=NAME,
        state=TO_ISSUE,
        requester=scene.actor,
        fields=fields,
        starts_at=None,
        ends_at=None,
        due_at=scene.now + timedelta(hours=4),
        queue=queue_of(NAME),
        now=scene.now,
    )
    cards.show(scene, scene.house.kinds[NAME], ticket, party="dispatcher", lead="🔔 新的领用单")
    return ticket


def lines(_scene: Scene, ticket: Ticket, party: str) -> list[str]:
    """Return the body of the card."""
    asker = [f"申请人：{esc(ticket.requester.name)}"] if party != "requester" else []
    refused = [f"原因：{esc(ticket.fields['refused'])}"] if ticket.fields.get("refused") else []
    return [f"物品：{esc(ticket.fields['item'])}", *asker, *refused]


def extra(_scene: Scene, ticket: Ticket, party: str) -> tuple[tuple[Button, ...], ...]:
    """Return the store keeper's refusals."""
    if party != "dispatcher" or ticket.state != TO_ISSUE:
        return ()
    return (
        tuple(
            Button(f"驳回：{why}", cards.press("reject", ticket, code)) for code, (why, _) in REASONS.items()
        ),
    )


def issue(deed: Deed) -> Move:
    """It lies ready; whoever asked fetches it."""
    return Move(state=TO_FETCH, responsible=deed.ticket.requester, due_at=deed.scene.now + timedelta(days=2))


def reject(deed: Deed) -> Move:
    """Refuse with a reason; another way is told with it."""
    if deed.arg not in REASONS:
        raise BadInput("请从列表里选一条驳回依据")
    deed.ticket.fields = {**deed.ticket.fields, "refused": REASONS[deed.arg][0]}
    return Move(state=REJECTED, close=True, reason=REASONS[deed.arg][0])


def after_reject(deed: Deed) -> None:
    way = next(way for why, way in REASONS.values() if why == deed.ticket.fields["refused"])
    cards.tell(
        deed.scene, deed.ticket, party="requester", text=f"❌ {deed.ticket.fields['refused']}。💡 {way}"
    )


def after_issue(deed: Deed) -> None:
    lead = "📦 备好了，请到库房领取"
    cards.show(deed.scene, deed.scene.house.kinds[NAME], deed.ticket, party="requester", lead=lead)


KIND = Kind(
    name=NAME,
    title="领用",
    icon="📦",
    prefix="LY",
    intent="claim_supplies",
    examples=("领两包A4纸和一盒签字笔",),
    slots=(
        words_slot(
            name="item", title="物品", question="领什么、领多少？", required=True, strip=r"^(我?要|我?想)?领(用|取)?"
        ),
    ),
    submit=submit,
    lines=lines,
    extra=extra,
    parties=("requester", "dispatcher"),
    steps=(
        Step(action="take", label="受理", states=(TO_ISSUE,), by=("dispatcher",), do=taking.take, offered=taking.waits),
        Step(action="issue", label="发放", states=(TO_ISSUE,), by=("dispatcher",), do=issue, tell=after_issue),
        Step(action="reject", word="驳回", states=(TO_ISSUE,), by=("dispatcher",), do=reject, tell=after_reject),
        Step(action="fetched", label="已领到", states=(TO_FETCH,), by=("requester",), do=lambda _d: Move(state=DONE, close=True)),
        Step(action="cancel", word="取消", states=(TO_ISSUE, TO_FETCH), by=("requester",), do=lambda _d: Move(state=CANCELLED, close=True)),
        *rating_steps((DONE,)),
    ),
)  # fmt: skip
