"""The card of a trip as each party sees it, the dispatcher's choice of cars, and the menus behind it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from desk import fleet
from desk.instants import spoken_range
from desk.outbox import Button, Message
from handlers.tickets import cards, taking
from handlers.vehicle.base import NAME, WAITING_CAR, WAITING_START, both_ways, kind, parameter
from handlers.words import esc, rows

if TYPE_CHECKING:
    from desk.models import Ticket
    from desk.rules import Rule
    from handlers.kinds import Scene


def lines(scene: Scene, ticket: Ticket, party: str) -> list[str]:
    """Return the body of a card: the trip, then what each party needs to know of the others."""
    f = ticket.fields
    said = spoken_range(ticket.starts_at, ticket.ends_at, now=scene.now) if ticket.starts_at else ""
    body = [
        f"时间：{said}{'' if f.get('end_said') else '（预计）'}",
        f"路线：{esc(f.get('origin') or '')} → {esc(f.get('destination') or '')}" + both_ways(f),
        f"人数：{f.get('people') or 1} 人"
        + (f"　车型：{esc(f['vehicle_type'])}" if f.get("vehicle_type") else ""),
        f"事由：{esc(f.get('purpose') or '公务')}",
    ]
    if f.get("ride_no"):
        body.append(f"航班车次：{esc(f['ride_no'])}")
    if f.get("urgent") and ticket.closed_at is None:
        body.insert(0, "🚨 急用车")
    if party != "requester":
        asker = ticket.requester
        home = f"（{asker.department.name}）" if asker.department else ""
        rider = f"，用车人：{ticket.user_name}" if ticket.user_name else ""
        body.append(f"申请人：{esc(asker.name + home + rider)}　{esc(asker.phone)}".rstrip())
    elif ticket.user_name:
        body.append(f"用车人：{esc(ticket.user_name)}")
    if f.get("plate"):
        body.append(f"车辆：<b>{esc(f['plate'])}</b> {esc(f.get('car') or '')}")
        if party != "driver":
            body.append(f"驾驶员：{esc(f.get('driver') or '')}　{esc(f.get('driver_phone') or '')}".rstrip())
    if f.get("distance_km") is not None:
        body.append(f"里程：{f['distance_km']} 公里")
    if f.get("rating"):
        body.append(f"评价：{esc(f['rating'])}")
    if f.get("refused"):
        body.append(f"原因：{esc(f['refused'])}")
    return body


def offers(scene: Scene, ticket: Ticket, party: str) -> tuple[list[str], tuple[tuple[Button, ...], ...]]:
    """Return what a dispatcher may send: 「派车」 takes the recommended pair; then other pairs, and trips to share."""
    if party != "dispatcher" or ticket.state != WAITING_CAR:
        return [], ()
    found = candidates(scene, ticket)
    first = f"推荐：{esc(_pair_name(found[0]))}" if found else "⚠️ 这个时段没有空着的合适车辆和驾驶员"
    assign_it = cards.press("assign", ticket, _pair(found[0])) if found else cards.press("hire", ticket)
    take = [Button("受理", cards.press("take", ticket))] if taking.waits(scene, ticket) else []
    own = (Button("派车", assign_it), *take, Button("驳回", cards.press("menu", ticket, "reject")))
    return [first], (own, *pair_rows(ticket, found[1:], action="assign"), *_share_rows(scene, ticket))


def extra(_scene: Scene, ticket: Ticket, party: str) -> tuple[tuple[Button, ...], ...]:
    """Return what a dispatcher may still change of a trip that has its car."""
    if party != "dispatcher" or ticket.state != WAITING_START:
        return ()
    reassign = Button("改派", cards.press("menu", ticket, "reassign"))
    return ((reassign, Button("驳回", cards.press("menu", ticket, "reject"))),)


def candidates(scene: Scene, ticket: Ticket) -> list[fleet.Offer]:
    if ticket.starts_at is None or ticket.ends_at is None:
        return []
    return fleet.offers(
        scene.session,
        starts_at=ticket.starts_at,
        ends_at=ticket.ends_at,
        people=int(ticket.fields.get("people") or 1),
        wished_type=str(ticket.fields.get("vehicle_type") or ""),
        besides=ticket.allocation,
        but=fleet.Handed(
            drivers=tuple(ticket.fields.get("handed_back") or ()),
            cars=tuple(ticket.fields.get("cars_out") or ()),
        ),
    )


def _pair(offer: fleet.Offer) -> str:
    return f"{offer.vehicle.id}-{offer.driver.id}"


def _pair_name(offer: fleet.Offer) -> str:
    car = offer.vehicle
    return f"{car.name} {car.type}{car.seats}座 {offer.driver.person.name}"


def pair_rows(ticket: Ticket, found: list[fleet.Offer], *, action: str) -> list[tuple[Button, ...]]:
    return [(Button(_pair_name(o), cards.press(action, ticket, _pair(o))),) for o in found]


def _share_rows(scene: Scene, ticket: Ticket) -> list[tuple[Button, ...]]:
    if ticket.starts_at is None:
        return []
    trips = fleet.shared_trips(
        scene.session,
        starts_at=ticket.starts_at,
        destination=str(ticket.fields.get("destination") or ""),
        people=int(ticket.fields.get("people") or 1),
        within=timedelta(minutes=parameter(scene, "share_minutes")),
        besides=ticket,
    )
    return [
        (
            Button(
                f"合乘 {t.ticket.number[-3:]} {t.vehicle.name}（余{t.seats_left}座）",
                cards.press("share", ticket, str(t.ticket.id)),
            ),
        )
        for t in trips[:2]
    ]


def menu(scene: Scene, ticket: Ticket, name: str) -> Message | None:
    """Return a sub-menu of the dispatcher's card: reasons for a rejection, or other cars."""
    head = cards.compose(scene, kind(scene), ticket, party="dispatcher").text
    back = (Button("返回", cards.press("back", ticket)),)
    if name == "reject":
        chosen = [Button(r.reject_label, cards.press("reject", ticket, r.code)) for r in reasons(scene)]
        return Message(text=f"{head}\n\n请选驳回依据：", buttons=(*rows(chosen, width=2), back))
    if name == "reassign":
        found = [o for o in candidates(scene, ticket) if o.vehicle.name != ticket.fields.get("plate")]
        note = "改派哪一辆？" if found else "这个时段没有别的车和驾驶员可以换了。"
        return Message(text=f"{head}\n\n{note}", buttons=(*pair_rows(ticket, found, action="reassign"), back))
    return None


def reasons(scene: Scene) -> list[Rule]:
    return [r for r in scene.house.rules.of(NAME) if r.reject_label]
