"""People who press what is not theirs, make buttons up, press again, or write markup: answered, and nothing moves.

The demo bureau with a ticket of each kind; whatever button was ever shown to anybody is in the attackers' hands.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, update

from desk import demo, people
from desk.models import (
    Booking,
    Building,
    Department,
    OutboxMessage,
    Person,
    Purpose,
    Resource,
    Role,
    Ticket,
    TicketEvent,
)
from nlu.understanding import Request
from tests.handlers.bench_talk import MONDAY, Counter, car

if TYPE_CHECKING:
    from desk.storage import Database

LIN, ZHOU, CHE, DRIVER, ROOMS, REPAIRS, JIE, ELECTRICIAN = range(1001, 1009)
STRANGER, UNBOUND = 7777, 9999
MARK = "<i>&"
KINDS = {"vehicle", "room", "repair", "reception"}


def said(kind: str, intent: str, **slots: Any) -> Request:
    return Request(intent=intent, kind=kind, slots=slots, hints={"start_precision": "datetime"})


def requests(extra: str = "") -> list[tuple[str, Request]]:
    """One request of each kind; `extra` stands in everything people may write freely."""
    start, end = "2026-11-25T14:00", "2026-11-25T16:00"
    return [
        ("用车", car(start=start, destination=f"龙嘉机场{extra}", origin=f"东门{extra}", people=3, purpose=f"接人{extra}")),
        ("用房", said("room", "book_room", start=start, end=end, people=10, purpose=f"讨论会{extra}")),
        ("报修", said("repair", "report_repair", location=f"主楼三楼{extra}", object=f"灯{extra}", fault=f"不亮{extra}")),
        (
            "接待",
            said(
                "reception", "arrange_reception", start=start, end="2026-11-26T16:00", people=6,
                visitor_org=f"四川省机关事务管理局{extra}", visitors=f"张副局长{extra}", purpose=f"考察{extra}",
            ),
        ),
    ]  # fmt: skip


def answered(counter: Counter, person: int, *, rounds: int = 12) -> None:
    """Press on whatever is offered until the form is submitted."""
    for _ in range(rounds):
        newest = [row.payload for row in counter.rows(person) if row.payload.get("buttons")][-1]
        buttons = [button for line in newest["buttons"] for button in line]
        by_label = {button["label"]: button["data"] for button in buttons}
        submit = next((data for label, data in by_label.items() if label.startswith("提交")), None)
        chosen = submit or next(
            b["data"] for b in buttons if "leave" not in b["data"] and "取消" not in b["label"]
        )
        counter.press_data(person, chosen)
        if submit:
            return


def open_everything(counter: Counter, extra: str = "") -> None:
    """A ticket of each kind, and the first steps on each."""
    for word, request in requests(extra):
        counter.say(LIN, f"{word}{extra}", request)
        answered(counter, LIN)
    for chat in (CHE, ROOMS, REPAIRS, ZHOU, JIE):
        for label in ("同意", "派车", "安排", "受理", "派工"):
            try:
                counter.press(chat, label)
            except AssertionError:
                continue


@pytest.fixture
def counter(database: Database) -> Counter:
    return demo_counter(database)


def demo_counter(database: Database) -> Counter:
    """The demo bureau, and somebody who has nothing to do with any ticket."""
    made = Counter(database=database)
    with database.writing() as session:
        demo.seed(session, now=MONDAY)
        person = Person(
            name="外人", telegram_id=STRANGER, chat_id=STRANGER, grants=[], habits={}, active=True, reachable=True,
        )  # fmt: skip
        session.add(person)
        session.flush()
        people.grant(session, person, role=Role.EMPLOYEE)
    return made


def shown(counter: Counter) -> dict[str, str]:
    """Every button ever shown to anybody: data → label."""
    with counter.database.reading() as session:
        payloads = list(session.scalars(select(OutboxMessage.payload)))
    lines = [line for payload in payloads for line in payload.get("buttons") or ()]
    return {button["data"]: button["label"] for line in lines for button in line}


def state_of_things(counter: Counter) -> tuple[Any, ...]:
    """Everything an attack could move."""
    with counter.database.reading() as session:
        return (
            sorted((t.number, t.state, t.version, t.responsible_id, str(t.fields)) for t in session.scalars(select(Ticket))),
            session.scalar(select(func.count()).select_from(TicketEvent)),
            sorted((b.id, b.active, b.starts_at) for b in session.scalars(select(Booking))),
        )  # fmt: skip


def answers(counter: Counter) -> int:
    with counter.database.reading() as session:
        query = select(func.count()).where(OutboxMessage.purpose == Purpose.CALLBACK)
        return session.scalar(query) or 0


def test_a_colleague_with_every_button_in_hand_moves_nothing(counter: Counter) -> None:
    open_everything(counter)
    buttons = shown(counter)
    with counter.database.reading() as session:
        assert set(session.scalars(select(Ticket.kind))) == KINDS
    acting = [data for data in buttons if data.partition(":")[0] in ("t", "f", "h", "r")]
    assert {data.partition(":")[0] for data in acting} >= {"t", "f"}
    before, count = state_of_things(counter), answers(counter)
    for data in acting:
        counter.press_data(STRANGER, data)
        counter.press_data(UNBOUND, data)
    assert state_of_things(counter) == before
    assert answers(counter) == count + 2 * len(acting)
    print(f"{len(acting)} buttons of four kinds pressed by two strangers: all answered, nothing moved")


def test_whoever_may_press_once_moves_nothing_by_pressing_again(counter: Counter) -> None:
    open_everything(counter)
    pressed = moved = 0
    for chat in (LIN, ZHOU, CHE, DRIVER, ROOMS, REPAIRS, JIE, ELECTRICIAN):
        newest = [row for row in counter.rows(chat) if row.payload.get("buttons")]
        data = {b["data"] for row in newest for line in row.payload["buttons"] for b in line}
        for one in sorted(d for d in data if d.startswith("t:") and ":menu:" not in d):
            counter.press_data(chat, one)
            once = state_of_things(counter)
            counter.press_data(chat, one)
            pressed += 1
            twice = state_of_things(counter)
            # Urging again, or taking up what one has taken up, changes no state.
            moved += [row[1] for row in once[0]] != [row[1] for row in twice[0]] or once[2] != twice[2]
    print(f"{pressed} presses replayed, {moved} had an effect the second time")
    assert pressed > 20
    assert moved == 0


FORGED = [
    "", ":", "t", "t:", "t:assign", "t:assign:1", "t:assign:²:1", "t:assign:1:²", "t:assign:-1:1", "t:assign:0:0",
    "t:assign:999999999999:1", "t:assign:1:999999999", "t:assign:1:1:²", "t:assign:1:1:999999999999999999999",
    "t:assign:1:1:x,y", "t:nothing:1:1", "t:menu:1:1", "t:menu:1:1:nothing", "t:edit:1:1", "t:__class__:1:1",
    "t:assign:1:1:'; DROP TABLE tickets;--", "f:", "f:submit:", "f:submit:²", "f:opt:1:²", "f:opt:1:99", "f:opt::-1",
    "f:ask:1:_ticket", "f:ask:1:nothing", "f:say:1:<b>&", "f:nothing:1:1", "q:", "q:²", "q:none:²", "q:kind:nothing",
    "h:", "h:²", "h:1:²:²", "h:to:1:²", "h:to:all:99999999999",
    "h:give:1:0:99999999:99999999", "h:give:1:0:20261301:20261399", "h:give:99999999999:0:20261124:20261124", "d:", "d:²", "d:1:2:3:4:5", "r:", "r:ok:²", "r:ok:-1", "r:ok:999999999999999999999",
    "r:later:1:²", "r:nothing:1", "x:1:1", "提交", "🚗" * 16, "%00", "t:%s:%d:1", "{0}:{1}", "../../etc/passwd",
]  # fmt: skip


def test_buttons_made_up_are_answered_and_break_nothing(any_database: Database) -> None:
    counter = demo_counter(any_database)
    open_everything(counter)
    count = answers(counter)
    for data in FORGED:
        for person in (LIN, CHE, JIE):
            counter.press_data(person, data)
    with counter.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Ticket)) == len(KINDS)
    assert answers(counter) == count + 3 * len(FORGED)


class Marks(HTMLParser):
    """Notes the tags of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.tags.append(tag)


def test_markup_in_any_name_or_word_is_shown_as_it_was_written(counter: Counter) -> None:
    with counter.database.writing() as session:
        for column in (Person.name, Department.name, Department.short_name, Building.name, Resource.name):
            session.execute(update(column.class_).values({column.key: column + MARK}))
    open_everything(counter, extra=MARK)
    for step in ("已出发", "已到达", "已完成"):
        counter.press(DRIVER, step)
    counter.say(LIN, "我的单子", Request(intent="query_ticket", kind=None, slots={}, hints={}))
    counter.press_data(LIN, "t:assign:²:1")
    with counter.database.reading() as session:
        payloads = list(session.scalars(select(OutboxMessage.payload)))
        assert set(session.scalars(select(Ticket.kind))) == KINDS
    texts = [
        str(p.get("text") or p.get("caption") or "") for p in payloads if p["method"] != "callback_answer"
    ]
    assert [text for text in texts if MARK in text] == []
    assert [text for text in texts if re.search(r"&(?!(?:lt|gt|amp|quot|#\d+);)", text)] == []
    shown = {
        name: sum("&lt;i&gt;&amp;" in t and name in t for t in texts)
        for name in ("龙嘉机场", "林晓梅", "吉A", "主楼", "四川省")
    }
    assert min(shown.values()) > 0, shown
    reader = Marks()
    reader.feed("\n".join(texts))
    assert set(reader.tags) <= {"b", "code", "blockquote", "u", "s", "a", "pre"}
