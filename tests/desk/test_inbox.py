"""The way in: nothing twice, nothing lost, one chat in order."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from desk import inbox
from desk.models import InboxStatus, InboxUpdate

if TYPE_CHECKING:
    from datetime import datetime

    from desk.storage import Database


def says(update_id: int, text: str = "你好", *, chat: int = 7, message: int | None = None) -> dict[str, Any]:
    return {
        "update_id": update_id,
        "message": {"message_id": message or update_id, "date": 1, "chat": {"id": chat}, "text": text},
    }


def presses(update_id: int, callback: str) -> dict[str, Any]:
    return {
        "update_id": update_id,
        "callback_query": {
            "id": callback,
            "from": {"id": 7},
            "message": {"message_id": 1, "chat": {"id": 7}},
        },
    }


def keep(database: Database, *updates: dict[str, Any], now: datetime) -> list[bool]:
    with database.writing() as session:
        return [inbox.store(session, update, now=now) for update in updates]


def claim(database: Database, *, now: datetime, limit: int = 10, worker: str = "me") -> list[int]:
    with database.writing() as session:
        return [row.update_id for row in inbox.claim(session, now=now, worker=worker, limit=limit)]


def finish(database: Database, update_id: int) -> None:
    with database.writing() as session:
        row = session.scalars(select(InboxUpdate).where(InboxUpdate.update_id == update_id)).one()
        inbox.done(session, row.id)


def test_keeps_an_update_that_is_delivered_twice_once(any_database: Database, now: datetime) -> None:
    assert keep(any_database, says(1), says(1), now=now) == [True, False]


def test_keeps_a_press_that_comes_again_under_a_new_update_id_once(
    any_database: Database, now: datetime
) -> None:
    assert keep(any_database, presses(1, "abc"), presses(2, "abc"), presses(3, "def"), now=now) == [
        True,
        False,
        True,
    ]


def test_keeps_two_edits_within_one_second_both(database: Database, now: datetime) -> None:
    def edit(update_id: int, text: str) -> dict[str, Any]:
        return {"update_id": update_id, "edited_message": {**says(1, text)["message"], "edit_date": 5}}

    assert keep(database, edit(1, "三点"), edit(2, "四点"), edit(3, "四点"), now=now) == [True, True, False]


def test_keeps_what_a_restarted_bot_api_numbers_like_an_older_update(
    any_database: Database, now: datetime
) -> None:
    assert keep(any_database, says(1, message=10), says(1, message=11), now=now) == [True, True]
    with any_database.reading() as session:
        assert len(session.scalars(select(InboxUpdate)).all()) == 2


def test_keeps_nul_and_lone_surrogates(any_database: Database, now: datetime) -> None:
    assert keep(any_database, says(1, "坏\x00字\ud800"), now=now) == [True]
    with any_database.reading() as session:
        kept = session.scalars(select(InboxUpdate)).one()
    assert kept.payload["message"]["text"] == "坏\x00字\ud800"


def test_hands_out_one_chat_in_order_and_chats_side_by_side(any_database: Database, now: datetime) -> None:
    keep(any_database, says(1), says(2), says(3, chat=8), says(4), now=now)
    assert claim(any_database, now=now) == [1, 3]
    assert claim(any_database, now=now) == []
    finish(any_database, 1)
    assert claim(any_database, now=now) == [2]


def test_goes_on_with_a_chat_after_a_dead_update(database: Database, now: datetime) -> None:
    keep(database, says(1), says(2), now=now)
    with database.writing() as session:
        inbox.dead(session, inbox.claim(session, now=now, worker="me", limit=1)[0].id, error="boom")
    assert claim(database, now=now) == [2]


def test_hands_out_again_what_a_dead_process_held(any_database: Database, now: datetime) -> None:
    keep(any_database, says(1), says(2, chat=8), now=now)
    claim(any_database, now=now, limit=1, worker="gone")
    claim(any_database, now=now, limit=1, worker="alive")
    with any_database.writing() as session:
        found = inbox.recover(
            session, stale_before=now - timedelta(minutes=1), is_gone=lambda owner: owner == "gone"
        )
    assert found == 1
    assert claim(any_database, now=now) == [1]


def test_takes_back_what_was_held_longer_than_the_lease(database: Database, now: datetime) -> None:
    keep(database, says(1), now=now)
    claim(database, now=now, worker="elsewhere")
    with database.writing() as session:
        assert inbox.recover(session, stale_before=now + timedelta(seconds=1), is_gone=lambda _: False) == 1


def test_gives_up_an_update_that_keeps_killing_its_process(database: Database, now: datetime) -> None:
    keep(database, says(1), now=now)
    for _ in range(inbox.RECOVERIES):
        assert claim(database, now=now, worker="gone") == [1]
        with database.writing() as session:
            inbox.recover(session, stale_before=now, is_gone=lambda owner: owner == "gone")
    assert claim(database, now=now) == []
    with database.reading() as session:
        assert session.scalars(select(InboxUpdate)).one().status == InboxStatus.DEAD


@pytest.mark.parametrize("update", [{"update_id": 5, "poll": {"id": "1"}}, {"update_id": 6}])
def test_keeps_updates_of_unknown_shape(database: Database, now: datetime, update: dict[str, Any]) -> None:
    assert keep(database, update, update, now=now) == [True, False]
    assert claim(database, now=now) == [update["update_id"]]


def test_tells_how_many_wait_and_since_when(database: Database, now: datetime) -> None:
    keep(database, says(1), says(2), now=now)
    keep(database, says(3), now=now + timedelta(seconds=9))
    finish(database, 1)
    with database.reading() as session:
        assert inbox.backlog(session) == (2, now)
