"""The dispatchers' group: bound by an administrator, the first press takes a ticket, and every card says who."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from desk import groups, people
from desk.models import OutboxMessage, Person, Purpose, Role, TicketEvent
from handlers import front
from handlers.heard import Heard, Press
from tests.handlers.bench_talk import DIAO, LIN, LIU, Counter, car, small_bureau
from tests.handlers.test_both_engines import booked, dispatchers

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from desk.storage import Database

GROUP = -1001
BOSS, SUN = 301, 302


def joined(counter: Counter, number: int, name: str, role: Role, kind: str | None = None) -> None:
    with counter.database.writing() as session:
        person = Person(
            name=name, telegram_id=number, chat_id=number, grants=[], habits={}, active=True, reachable=True
        )
        session.add(person)
        session.flush()
        people.grant(session, person, role=role, kind=kind)


def in_group(counter: Counter, user: int, **heard: Any) -> list[dict[str, Any]]:
    """Let the desk hear something in the group; return what it owes the group since last asked."""
    with counter.database.writing() as session:
        said = Heard(chat_id=GROUP, user_id=user, chat_type="supergroup", **heard)
        front.handle(session, said, house=counter.house, now=counter.now)
    return counter.owed(GROUP)


def press(counter: Counter, user: int, data: str) -> str:
    """Press a button in the group and return the answer."""
    said = in_group(counter, user, press=Press(callback_id=f"g{user}{len(data)}", data=data))
    return next(str(m["text"]) for m in said if m["method"] == "callback_answer")


@pytest.fixture
def counter(database: Database) -> Counter:
    """The small bureau with an administrator, a second dispatcher, and a bound group."""
    made = small_bureau(database)
    joined(made, BOSS, "管主任", Role.ADMIN)
    joined(made, SUN, "孙调度", Role.DISPATCHER, "vehicle")
    in_group(made, BOSS, command="group")
    return made


def shown(counter: Counter, chat: int) -> str:
    """Return what the newest card of the newest ticket says in a chat, edits counted."""
    rows = [r for r in counter.rows(chat) if r.card is not None]
    return str(rows[-1].payload["text"]) + str(rows[-1].payload["buttons"])


def test_a_new_ticket_comes_to_the_group_without_telephones(counter: Counter) -> None:
    booked(counter)
    card = shown(counter, GROUP)
    assert "新的用车单" in card
    assert "我来处理" in card
    assert "龙嘉机场" in card
    assert "13800000101" not in card
    assert "138****0101" in card


def test_the_first_press_takes_it_and_every_card_says_who(counter: Counter) -> None:
    booked(counter)
    data = counter.button(GROUP, "我来处理")
    assert "受理" in press(counter, SUN, data)
    assert counter.ticket().responsible.name == "孙调度"
    assert "已由孙调度处理" in shown(counter, GROUP)
    assert "我来处理" not in shown(counter, GROUP)
    assert "负责：孙调度" in shown(counter, DIAO)
    assert "受理" not in shown(counter, DIAO)
    assert "您在群里接下了" in shown(counter, SUN)
    assert "派车" in shown(counter, SUN)


def test_a_second_press_hears_who_has_it(counter: Counter) -> None:
    booked(counter)
    data = counter.button(GROUP, "我来处理")
    press(counter, SUN, data)
    said = press(counter, DIAO, data)
    assert "孙调度" in said
    assert counter.ticket().responsible.name == "孙调度"


def test_who_is_no_dispatcher_of_the_kind_is_refused(counter: Counter) -> None:
    joined(counter, 303, "会服王", Role.DISPATCHER, "room")
    booked(counter)
    data = counter.button(GROUP, "我来处理")
    for user in (LIN, LIU, 303, BOSS):
        assert "由用车调度员来接" in press(counter, user, data)
    assert "还没有绑定" in press(counter, 999, data)
    assert counter.ticket().queue == "dispatcher:vehicle"


def test_nothing_but_taking_is_done_in_the_group(counter: Counter) -> None:
    booked(counter)
    number = counter.ticket().id
    for action in ("assign", "menu", "reject", "back", "contact"):
        said = press(counter, DIAO, f"t:{action}:{number}:1")
        assert "私聊" in said
    assert counter.ticket().version == 1


def test_a_ticket_given_back_is_offered_to_the_group_again(counter: Counter) -> None:
    booked(counter)
    press(counter, DIAO, counter.button(GROUP, "我来处理"))
    counter.press(DIAO, "派车")
    assert "已由刁调度处理" in shown(counter, GROUP)
    counter.press(LIU, "去不了")
    assert "我来处理" in shown(counter, GROUP)


def test_only_an_administrator_binds_a_group(counter: Counter) -> None:
    said = in_group(counter, DIAO, command="group", text="取消")
    assert "管理员" in said[-1]["text"]
    booked(counter)
    assert "新的用车单" in shown(counter, GROUP)


def test_a_group_may_be_bound_to_some_kinds_only_and_unbound(counter: Counter) -> None:
    said = in_group(counter, BOSS, text="绑定调度群 报修", addressed=True)
    assert "报修的新单子" in said[-1]["text"]
    booked(counter)
    assert not [r for r in counter.rows(GROUP) if r.card]
    in_group(counter, BOSS, command="group", text="取消")
    with counter.database.reading() as session:
        assert groups.chats_of(session, "repair") == []


def test_a_group_the_bot_was_thrown_out_of_gets_nothing(counter: Counter) -> None:
    in_group(counter, BOSS, membership="kicked")
    booked(counter)
    assert not [r for r in counter.rows(GROUP) if r.card]


def test_a_group_that_got_a_new_number_keeps_its_tickets(counter: Counter) -> None:
    with counter.database.writing() as session:
        groups.moved(session, GROUP, to=-2002)
    booked(counter)
    assert "我来处理" in shown(counter, -2002)


def test_of_sixteen_who_press_in_the_group_at_once_one_has_it(any_database: Database) -> None:
    counter = small_bureau(any_database)
    joined(counter, BOSS, "管主任", Role.ADMIN)
    chats = dispatchers(counter, 16)
    in_group(counter, BOSS, command="group")
    booked(counter)
    data = counter.button(GROUP, "我来处理")
    ready = threading.Barrier(len(chats), timeout=30)
    raised: list[BaseException] = []

    def go(user: int) -> None:
        pressed = Press(callback_id=f"g{user}", data=data)
        heard = Heard(chat_id=GROUP, user_id=user, chat_type="supergroup", press=pressed)

        def work(session: Session) -> Any:
            return front.handle(session, heard, house=counter.house, now=counter.now)

        ready.wait()
        try:
            counter.database.transact(work)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=go, args=(user,)) for user in chats]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert raised == []
    with counter.database.reading() as session:
        taken = session.scalars(select(TicketEvent).where(TicketEvent.action == "take")).all()
        told = session.scalars(
            select(OutboxMessage).where(
                OutboxMessage.chat_id == LIN, OutboxMessage.payload["text"].as_string().contains("已受理")
            )
        ).all()
        edits = session.scalars(
            select(OutboxMessage).where(OutboxMessage.chat_id == GROUP, OutboxMessage.edits_id.is_not(None))
        ).all()
        answers = session.scalars(select(OutboxMessage).where(OutboxMessage.purpose == Purpose.CALLBACK))
        answered = {row.payload["callback_id"] for row in answers}
    assert (len(taken), len(told), len(edits)) == (1, 1, 1)
    assert {f"g{user}" for user in chats} <= answered


def test_what_the_requester_takes_back_nobody_can_take_any_more(counter: Counter) -> None:
    counter.say(LIN, "明天用车", car(start="2026-11-24T10:00", destination="净月", people=2))
    counter.press(LIN, "提交")
    assert "我来处理" in shown(counter, GROUP)
    counter.press(LIN, "取消")
    counter.press(LIN, "确认取消")
    assert "我来处理" not in shown(counter, GROUP)
    assert "已取消" in shown(counter, GROUP)
