"""The same thing delivered twice, by the same number or a new one, on both engines: it happens once, and is answered once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from bot.understanding import Interpreter
from bot.worker import Front
from desk.models import Booking, InboxStatus, InboxUpdate, OutboxMessage, Ticket, TicketEvent
from handlers import front
from tests.bot.test_metrics import Hears
from tests.handlers.bench_talk import DIAO, LIN, LIU, MONDAY, ZHAO, ZHOU, small_bureau
from tests.running import running_plumbing

if TYPE_CHECKING:
    from desk.storage import Database
    from sandbox.client import SandboxClient
    from sandbox.server import RunningSandbox


def twice_more(client: SandboxClient) -> None:
    """Let Telegram deliver what came last again, and again under a new number."""
    client.redeliver()
    client.redeliver(new_id=True)
    client.quiet()


def test_a_booking_whose_every_step_is_delivered_three_times_happens_once(
    any_database: Database, sandbox: RunningSandbox
) -> None:
    client = sandbox.client
    counter = small_bureau(any_database)
    client.people([{"id": n, "first_name": f"人{n}", "started": True} for n in (LIN, ZHOU, DIAO, LIU, ZHAO)])
    interpreter = Interpreter(Hears())  # type: ignore[arg-type]
    interpreter.is_ready = True
    face = Front(
        needs_understanding=front.needs_understanding,
        handle=partial(front.handle, house=counter.house),
        apologise=front.apologise,
    )
    with running_plumbing(any_database, sandbox, front=face, understander=interpreter, now=lambda: MONDAY):
        client.ask(LIN, "明天两点去机场，三个人", contains="请核对")
        twice_more(client)
        client.press(LIN, "提交")
        client.wait_message(DIAO, contains="龙嘉机场")
        twice_more(client)
        client.press(DIAO, "派车")
        client.wait_message(LIU, contains="龙嘉机场")
        twice_more(client)
        calls = client.requests("sendMessage")
    with any_database.reading() as session:
        tickets = session.scalar(select(func.count()).select_from(Ticket))
        acts = list(session.scalars(select(TicketEvent.action)))
        held = session.scalar(select(func.count()).where(Booking.active))
        orders = session.scalar(select(func.count()).where(OutboxMessage.card == "driver"))
        asked = session.scalar(select(func.count()).where(InboxUpdate.status == InboxStatus.DONE))
    print(f"3 steps, 9 deliveries: {asked} handled, {len(calls)} messages, {len(acts)} events")
    assert (tickets, held, orders, asked) == (1, 2, 1, 3)
    assert len(acts) == len(set(acts))
    assert len({(call["params"]["chat_id"], call["params"]["text"]) for call in calls}) == len(calls)
