"""What `/metrics` tells after real traffic: each figure is asked for over HTTP, as Prometheus does, and must have moved."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.understanding import Interpreter
from bot.worker import Front
from desk import outbox
from desk.models import Purpose
from desk.outbox import Message
from handlers import front
from nlu.client import NluUnavailable
from nlu.understanding import Understanding
from tests.handlers.bench_talk import DIAO, LIN, LIU, MONDAY, ZHAO, ZHOU, car, small_bureau
from tests.running import running_plumbing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from desk.storage import Database
    from sandbox.client import SandboxClient
    from sandbox.server import RunningSandbox

REQUEST = car(start="2026-11-24T14:00", destination="龙嘉机场", people=3)


class Hears:
    """Understands everything as the same wish for a car, but 「坏」 not at all."""

    async def understand(self, text: str, *, now: datetime) -> Understanding:
        if text == "坏":
            raise NluUnavailable("broken", why="rubbish")
        return Understanding(
            text=text,
            original=text,
            intent="book_vehicle",
            kind="vehicle",
            confidence=0.97,
            clarify=False,
            slots=REQUEST.slots,
            hints=REQUEST.hints,
            requests=(REQUEST,),
            candidates=(("book_vehicle", 0.97),),
        )

    def read_slots(self, text: str, *, now: datetime) -> None: ...


class Scraper:
    """A running desk as Prometheus and its people see it."""

    def __init__(self, url: str, client: SandboxClient) -> None:
        self.url, self.client = url, client
        self._before = self.all()

    def all(self) -> Counter[tuple[str, str]]:
        text = httpx.get(f"{self.url}/metrics", trust_env=False).text
        return Counter(
            {
                (sample.name.removeprefix("houqin_"), " ".join(sample.labels.values())): sample.value
                for family in text_string_to_metric_families(text)
                for sample in family.samples
            }
        )

    def now(self, name: str, *labels: str) -> float:
        """The figure as it is."""
        return self.all()[name, " ".join(labels)]

    def more(self, name: str, *labels: str) -> float:
        """How much a figure grew since the desk came up: the counters are the process's."""
        return self.now(name, *labels) - self._before[name, " ".join(labels)]


class Wall:
    """A clock that is set by hand."""

    now = MONDAY

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def desk(database: Database, sandbox: RunningSandbox, wall: Wall) -> Iterator[Scraper]:
    counter = small_bureau(database)
    sandbox.client.people(
        [{"id": n, "first_name": f"人{n}", "started": True} for n in (LIN, ZHOU, DIAO, LIU, ZHAO)]
    )
    interpreter = Interpreter(Hears())  # type: ignore[arg-type]
    interpreter.is_ready = True
    face = Front(
        needs_understanding=front.needs_understanding,
        handle=partial(front.handle, house=counter.house),
        apologise=front.apologise,
    )
    with running_plumbing(
        database, sandbox, front=face, understander=interpreter, now=wall, http=("127.0.0.1", 0)
    ) as plumbing:
        yield Scraper(plumbing.health_url, sandbox.client)


def test_a_booking_shows_in_every_figure_it_touches(desk: Scraper) -> None:
    desk.client.ask(LIN, "明天两点去机场，三个人", contains="龙嘉机场")
    desk.client.press(LIN, "提交")
    desk.client.wait_message(DIAO, contains="龙嘉机场")
    assert desk.now("tickets", "vehicle", "待派车") == 1
    desk.client.press(DIAO, "派车")
    desk.client.wait_for(lambda: desk.now("tickets", "vehicle", "待出车") == 1, 10, what="one assigned")
    desk.client.ask(LIN, "坏", contains="")
    desk.client.quiet()
    assert desk.now("tickets", "vehicle", "待派车") == 0
    assert desk.more("updates_received_total", "yes") >= 4
    assert desk.more("updates_handled_total", "done") >= 4
    assert desk.more("handle_seconds_count") == desk.more("updates_handled_total", "done")
    assert desk.more("sends_total", "sent", "reply") >= 2
    assert desk.more("sends_total", "sent", "callback") == 2
    assert desk.more("send_seconds_count") >= 5
    assert desk.more("understand_seconds_count") == 1
    assert desk.more("understand_confidence_count", "book_vehicle") == 1
    assert desk.more("understand_confidence_bucket", "book_vehicle", "0.95") == 0
    assert desk.more("understand_failed_total", "rubbish") == 1
    assert (desk.now("backlog", "inbox"), desk.now("backlog", "outbox")) == (0, 0)


def test_what_waits_too_long_shows_with_its_age_and_so_do_late_reminders(
    desk: Scraper, wall: Wall, database: Database
) -> None:
    desk.client.block(ZHAO)
    desk.client.fault("sendMessage", "429", retry_after=4, times=1)
    due = MONDAY + timedelta(minutes=1)
    with database.writing() as session:
        for chat in (LIU, ZHAO):
            said = Message(text="一小时后出发")
            outbox.send(session, said, chat_id=chat, now=MONDAY, purpose=Purpose.REMINDER, due_at=due)
    # Telegram asks the desk to wait while two reminders have been due for nine minutes.
    desk.client.say(LIN, "/help")
    desk.client.wait_for(lambda: desk.more("sends_total", "flood", "reply") == 1, 10, what="a flood")
    wall.now = MONDAY + timedelta(minutes=10)
    assert desk.now("reminders_late") == 2
    assert desk.now("backlog_age_seconds", "outbox") >= 540
    assert httpx.get(f"{desk.url}/readyz", trust_env=False).status_code == 503
    desk.client.wait_message(LIU, contains="一小时后出发", timeout=20)
    desk.client.wait_for(lambda: desk.more("sends_total", "blocked", "reminder") == 1, 10, what="a 403")
    desk.client.wait_for(lambda: desk.now("backlog_age_seconds", "outbox") == 0, 10, what="nothing waiting")
    assert desk.now("reminders_late") == 0
    assert desk.more("reminder_lateness_seconds_count") == 1
    assert desk.more("reminder_lateness_seconds_sum") == 540
    assert httpx.get(f"{desk.url}/readyz", trust_env=False).status_code == 200
