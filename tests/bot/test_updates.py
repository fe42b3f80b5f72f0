"""Telegram's shapes in the desk's words; whatever comes, nothing breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.updates import WANTED, Self, heard_in

if TYPE_CHECKING:
    from handlers.heard import Heard

ME = Self(id=42, username="houqin_desk_bot")
ZHANG = {"id": 7, "is_bot": False, "first_name": "伟"}
GROUP = {"id": -100, "type": "supergroup", "title": "车队"}


def message(chat: dict[str, Any] | None = None, **content: Any) -> dict[str, Any]:
    return {
        "update_id": 1,
        "message": {
            "message_id": 5,
            "date": 1,
            "from": ZHANG,
            "chat": chat or {"id": 7, "type": "private"},
            **content,
        },
    }


def heard(update: dict[str, Any]) -> Heard:
    found = heard_in(update, me=ME)
    assert found is not None
    return found


def test_hears_a_private_message() -> None:
    said = heard(message(text="明天用车"))
    assert (said.chat_id, said.user_id, said.first_name, said.text) == (7, 7, "伟", "明天用车")
    assert said.is_private
    assert said.addressed


def test_takes_a_command_apart() -> None:
    said = heard(message(text="/start  ABC-123"))
    assert (said.command, said.text) == ("start", "ABC-123")
    assert heard(message(text="/Help@Houqin_Desk_Bot")).command == "help"


def test_takes_no_path_for_a_command() -> None:
    assert heard(message(text="/usr/bin 坏了")).command == ""


@pytest.mark.parametrize(
    ("content", "addressed", "text"),
    [
        ({"text": "今天天气不错"}, False, "今天天气不错"),
        ({"text": "@houqin_desk_bot 派辆车"}, True, "派辆车"),
        ({"text": "派辆车 @HOUQIN_DESK_BOT"}, True, "派辆车"),
        ({"text": "@houqin_desk_bots 派辆车"}, False, "@houqin_desk_bots 派辆车"),
        ({"text": "要", "reply_to_message": {"from": {"id": 42, "is_bot": True}}}, True, "要"),
        ({"text": "/my"}, True, ""),
        ({"caption": "@houqin_desk_bot 灯坏了", "photo": [{"file_id": "a"}]}, True, "灯坏了"),
    ],
)
def test_knows_in_a_group_when_it_is_meant(content: dict[str, Any], addressed: bool, text: str) -> None:
    said = heard(message(GROUP, **content))
    assert (said.addressed, said.text) == (addressed, text)


def test_leaves_other_bots_commands_alone() -> None:
    assert heard_in(message(GROUP, text="/start@other_bot"), me=ME) is None


def test_takes_the_largest_photo_and_its_caption() -> None:
    sizes = [{"file_id": "s", "width": 90, "height": 90}, {"file_id": "l", "width": 800, "height": 600}]
    said = heard(message(photo=sizes, caption="灯坏了", media_group_id="g1"))
    assert (said.enclosures[0].sort, said.enclosures[0].file_id, said.text) == ("photo", "l", "灯坏了")
    assert said.media_group_id == "g1"


@pytest.mark.parametrize(
    ("content", "sort"),
    [
        ({"document": {"file_id": "x", "file_name": "函.pdf", "mime_type": "application/pdf"}}, "document"),
        ({"voice": {"file_id": "x"}}, "voice"),
        ({"sticker": {"file_id": "x"}}, "sticker"),
        ({"video_note": {"file_id": "x"}}, "video"),
        ({"animation": {"file_id": "x"}, "document": {"file_id": "x"}}, "video"),
        ({"poll": {"id": "1"}}, "other"),
    ],
)
def test_names_what_came_along(content: dict[str, Any], sort: str) -> None:
    (enclosure,) = heard(message(**content)).enclosures
    assert enclosure.sort == sort


def test_reads_places_and_contacts() -> None:
    place = heard(message(location={"latitude": 43.9, "longitude": 125.3})).enclosures[0]
    assert (place.sort, place.latitude, place.longitude) == ("location", 43.9, 125.3)
    spot = {"latitude": 43.9, "longitude": 125.3}
    venue = message(location=spot, venue={"location": spot, "title": "龙嘉机场", "address": "T2"})
    assert heard(venue).enclosures[0].title == "龙嘉机场 T2"
    contact = heard(
        message(contact={"phone_number": "138", "first_name": "伟", "last_name": "张"})
    ).enclosures[0]
    assert (contact.sort, contact.title, contact.phone) == ("contact", "张伟", "138")


def test_hears_an_edit_but_not_a_moving_live_location() -> None:
    edit = {"update_id": 1, "edited_message": message(text="改成三点")["message"]}
    assert heard(edit).edited
    live = {"update_id": 1, "edited_message": message(location={"latitude": 1, "longitude": 2})["message"]}
    assert heard_in(live, me=ME) is None


def test_hears_a_press_even_without_its_message() -> None:
    press = {"update_id": 1, "callback_query": {"id": "99", "from": ZHANG, "data": "ok:1"}}
    said = heard(press)
    assert said.press is not None
    assert (said.chat_id, said.press.callback_id, said.press.data) == (7, "99", "ok:1")


def test_hears_that_it_was_blocked() -> None:
    change = {"chat": {"id": 7, "type": "private"}, "from": ZHANG, "new_chat_member": {"status": "kicked"}}
    assert heard({"update_id": 1, "my_chat_member": change}).membership == "kicked"


def test_drops_nul_and_lone_surrogates() -> None:
    assert heard(message(text="坏\x00字\ud800了😀")).text == "坏字了😀"


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 1},
        {"update_id": 1, "chat_boost": {"chat": {"id": 1}}},
        message(new_chat_members=[ZHANG]),
        message(pinned_message={"message_id": 3}),
        {"update_id": 1, "message": {"message_id": 1, "chat": {"id": -5, "type": "channel"}, "text": "通知"}},
        {"update_id": 1, "message": {**message(text="x")["message"], "from": {"id": 9, "is_bot": True}}},
    ],
)
def test_hears_nothing_where_nothing_is_said_to_it(update: dict[str, Any]) -> None:
    assert heard_in(update, me=ME) is None


NEW_CONTENT = st.dictionaries(
    st.from_regex(r"new_[a-z]{1,8}", fullmatch=True),
    st.none() | st.integers() | st.text(max_size=5),
    max_size=3,
)


@given(st.sampled_from(WANTED), NEW_CONTENT, st.none() | st.text(max_size=30))
def test_survives_content_it_has_never_seen(name: str, content: dict[str, Any], text: str | None) -> None:
    base = message()["message"]
    heard_in({"update_id": 1, name: {**base, **content, "text": text}}, me=ME)
