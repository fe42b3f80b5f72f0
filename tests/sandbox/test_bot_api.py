"""What the bot may say and what it is refused, in Telegram's own words, through the real library."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from telegram import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut

from sandbox.app import Options
from sandbox.media import made_up_photo
from sandbox.server import RunningSandbox, running_sandbox
from tests.sandbox.conftest import LiveBot, connect


def keys(*labels: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=f"do:{label}") for label in labels]]
    )


def raw(sandbox: RunningSandbox, method: str, **params: Any) -> dict[str, Any]:
    """A request no library would let through."""
    url = f"{sandbox.base_url}{sandbox.token}/{method}"
    answer: dict[str, Any] = httpx.post(url, json=params, trust_env=False).json()
    return answer


def test_html_becomes_plain_text_with_marks_counted_in_utf16(live: LiveBot) -> None:
    message = live(
        live.bot.send_message(
            1, "😀<b>用车</b> &lt;3人&gt; <a href='https://a.cn/?x=1&amp;y=2'>详情</a>", "HTML"
        )
    )
    assert message.text == "😀用车 <3人> 详情"
    marks = [(e.type, e.offset, e.length, e.url) for e in message.entities]
    assert marks == [("bold", 2, 2, None), ("text_link", 10, 2, "https://a.cn/?x=1&y=2")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<car>x</car>", 'Unsupported start tag "car" at byte offset 0'),
        ("人数 < 5", 'Unsupported start tag "" at byte offset 7'),
        ("<b>粗", 'Can\'t find end tag corresponding to start tag "b"'),
        ("粗</b>", "Unexpected end tag at byte offset 3"),
        ("<b>粗</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("x <b", "Unclosed start tag at byte offset 2"),
    ],
)
def test_refuses_html_telegram_cannot_parse(
    live: LiveBot, sandbox: RunningSandbox, text: str, why: str
) -> None:
    with pytest.raises(BadRequest, match="Can't parse entities"):
        live(live.bot.send_message(1, text, parse_mode="HTML"))
    [request] = sandbox.client.requests("sendMessage")
    assert (request["verdict"], request["why"]) == ("invalid", f"Bad Request: can't parse entities: {why}")


def test_markdown_v2_wants_every_reserved_character_escaped(live: LiveBot) -> None:
    good = live(
        live.bot.send_message(1, r"*粗 _斜_* `a\.b` [链](https://a.cn) 3\.5", parse_mode="MarkdownV2")
    )
    assert good.text == r"粗 斜 a\.b 链 3.5"
    assert {entity.type for entity in good.entities} == {"bold", "italic", "code", "text_link"}
    with pytest.raises(BadRequest, match="is reserved and must be escaped"):
        live(live.bot.send_message(1, "3.5", parse_mode="MarkdownV2"))
    with pytest.raises(BadRequest, match="can't find end of bold entity at byte offset 0"):
        live(live.bot.send_message(1, "*粗", parse_mode="MarkdownV2"))


def test_text_length_counts_after_markup_is_read(live: LiveBot) -> None:
    assert live(live.bot.send_message(1, f"<b>{'车' * 4096}</b>", parse_mode="HTML")).text == "车" * 4096
    with pytest.raises(BadRequest, match="Message is too long"):
        live(live.bot.send_message(1, "车" * 4097))
    for nothing in ("  \n ", "<b></b>"):
        with pytest.raises(BadRequest, match="Message text is empty"):
            live(live.bot.send_message(1, nothing, parse_mode="HTML"))


def test_captions_end_at_1024_characters(live: LiveBot) -> None:
    photo = made_up_photo(1)
    assert live(live.bot.send_photo(1, photo, caption="图" * 1024)).caption == "图" * 1024
    with pytest.raises(BadRequest, match="Message caption is too long"):
        live(live.bot.send_photo(1, photo, caption="图" * 1025))


@pytest.mark.parametrize("data", ["", "车" * 22, "x" * 65])
def test_refuses_callback_data_that_is_not_1_to_64_bytes(sandbox: RunningSandbox, data: str) -> None:
    keyboard = {"inline_keyboard": [[{"text": "提交", "callback_data": data}]]}
    answer = raw(sandbox, "sendMessage", chat_id=1, text="x", reply_markup=keyboard)
    assert answer == {"ok": False, "error_code": 400, "description": "Bad Request: BUTTON_DATA_INVALID"}


def test_accepts_callback_data_of_exactly_64_bytes(live: LiveBot) -> None:
    button = InlineKeyboardButton("提交", callback_data="车" * 21 + "x")
    assert live(live.bot.send_message(1, "x", reply_markup=InlineKeyboardMarkup([[button]])))


@pytest.mark.parametrize(
    ("keyboard", "why"),
    [
        ({"inline_keyboard": [[{"text": " ", "callback_data": "x"}]]}, "Button text must be non-empty"),
        ({"inline_keyboard": [[{"text": "x"}]]}, "Text buttons are unallowed in the inline keyboard"),
        (
            {"inline_keyboard": [[{"text": "x", "callback_data": "x", "url": "https://a.cn"}]]},
            "exactly one of",
        ),
        ({"inline_keyboard": [[{"text": "x", "url": "no address"}]]}, "Wrong HTTP URL"),
        ({"inline_keyboard": [{"text": "x", "callback_data": "x"}]}, "Array of Arrays"),
        (
            {"inline_keyboard": [[{"text": "x", "callback_data": str(n)} for n in range(9)]]},
            "BUTTON_ROW_TOO_LONG",
        ),
        ({"keyboard": [[{"text": ""}]]}, "Button text must be non-empty"),
        ({"keyboard": []}, "reply keyboard must be non-empty"),
        ("{not json", "can't parse reply keyboard markup JSON object"),
    ],
)
def test_refuses_keyboards_telegram_would_refuse(sandbox: RunningSandbox, keyboard: object, why: str) -> None:
    answer = raw(sandbox, "sendMessage", chat_id=1, text="x", reply_markup=keyboard)
    assert answer["error_code"] == 400
    assert why in answer["description"]
    assert len(sandbox.client.invalid_requests()) == 1
    assert sandbox.client.messages(1) == []


def test_refuses_a_chat_nobody_has_opened(live: LiveBot, sandbox: RunningSandbox) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        live(live.bot.send_message(999, "x"))
    sandbox.client.person(3, "志强", "赵", started=False)
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        live(live.bot.send_message(3, "x"))
    sandbox.client.say(3, "/start")
    assert live(live.bot.send_message(3, "x"))


def test_a_person_who_blocked_the_bot_is_a_403_until_they_come_back(
    live: LiveBot, sandbox: RunningSandbox
) -> None:
    sandbox.client.block(1)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        live(live.bot.send_message(1, "x"))
    sandbox.client.unblock(1)
    assert live(live.bot.send_message(1, "x"))
    updates = live(live.bot.get_updates(timeout=1))
    statuses = [u.my_chat_member.new_chat_member.status for u in updates if u.my_chat_member]
    assert statuses == ["kicked", "member"]


def test_edits_change_the_message_in_place_and_are_remembered(live: LiveBot, sandbox: RunningSandbox) -> None:
    sent = live(live.bot.send_message(1, "请确认", reply_markup=keys("提交")))
    live(sent.edit_text("已提交"))
    [shown] = sandbox.client.messages(1)
    assert (shown.text, shown.labels, shown.edits) == ("已提交", (), ("请确认",))
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
        live(sent.edit_text("已提交"))
    assert live(sent.edit_reply_markup(keys("修改")))
    with pytest.raises(BadRequest, match="Message is not modified"):
        live(sent.edit_reply_markup(keys("修改")))


def test_refuses_to_edit_what_is_gone_or_not_its_own(live: LiveBot, sandbox: RunningSandbox) -> None:
    said = sandbox.client.say(1, "你好")
    with pytest.raises(BadRequest, match="Message can't be edited"):
        live(live.bot.edit_message_text("x", 1, said.id))
    sent = live(live.bot.send_message(1, "x"))
    assert live(sent.delete())
    with pytest.raises(BadRequest, match="Message to edit not found"):
        live(sent.edit_text("y"))
    with pytest.raises(BadRequest, match="Message to delete not found"):
        live(sent.delete())


def test_replies_quote_and_refuse_when_the_message_is_gone(live: LiveBot, sandbox: RunningSandbox) -> None:
    said = sandbox.client.say(1, "三楼灯坏了")
    answer = live(live.bot.send_message(1, "收到", reply_parameters=ReplyParameters(said.id)))
    assert answer.reply_to_message
    assert answer.reply_to_message.text == "三楼灯坏了"
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        live(live.bot.send_message(1, "x", reply_parameters=ReplyParameters(999)))
    lenient = ReplyParameters(999, allow_sending_without_reply=True)
    assert live(live.bot.send_message(1, "x", reply_parameters=lenient)).reply_to_message is None


def test_a_press_is_answered_once_with_a_toast_or_an_alert(live: LiveBot, sandbox: RunningSandbox) -> None:
    live(live.bot.send_message(1, "请确认", reply_markup=keys("提交", "取消")))
    press = sandbox.client.press(1, "提交", wait=0)
    assert [p.id for p in sandbox.client.unanswered()] == [press.id]
    [update] = live(live.bot.get_updates(timeout=1))
    assert update.callback_query
    assert update.callback_query.data == "do:提交"
    assert live(update.callback_query.answer("好的", show_alert=True))
    answered = sandbox.client.callback(press.id)
    assert (answered.answered, answered.text, answered.alert) == (True, "好的", True)
    assert sandbox.client.unanswered() == []


def test_a_press_answered_too_late_or_with_too_many_words_is_refused(
    live: LiveBot, sandbox: RunningSandbox
) -> None:
    live(live.bot.send_message(1, "请确认", reply_markup=keys("提交")))
    late = sandbox.client.press(1, "提交", expired=True, wait=0)
    for query in (late.id, "12345"):
        with pytest.raises(
            BadRequest, match="Query is too old and response timeout expired or query id is invalid"
        ):
            live(live.bot.answer_callback_query(query))
    fresh = sandbox.client.press(1, "提交", wait=0)
    with pytest.raises(BadRequest, match="Message_too_long"):
        live(live.bot.answer_callback_query(fresh.id, "字" * 201))


def test_reply_keyboards_stay_until_removed_and_ask_for_a_place(
    live: LiveBot, sandbox: RunningSandbox
) -> None:
    keyboard = ReplyKeyboardMarkup([["今天", KeyboardButton("我的位置", request_location=True)]])
    live(live.bot.send_message(1, "什么时候？", reply_markup=keyboard))
    assert sandbox.client.reply_keyboard(1) == [["今天", "我的位置"]]
    sandbox.client.tap(1, "今天")
    assert sandbox.client.tap(1, "我的位置").kind == "location"
    said, place = live(live.bot.get_updates(timeout=1))
    assert said.message
    assert said.message.text == "今天"
    assert place.message
    assert place.message.location
    live(live.bot.send_message(1, "好", reply_markup=ReplyKeyboardRemove()))
    assert sandbox.client.reply_keyboard(1) == []
    assert live(live.bot.send_message(1, "几个人？", reply_markup=ForceReply()))


def test_photos_and_documents_travel_both_ways_byte_for_byte(live: LiveBot, sandbox: RunningSandbox) -> None:
    sandbox.client.send_photo(1, made_up_photo(3), caption="三楼漏水")
    sandbox.client.send_document(1, b"a,b\r\n1,2", "名单.csv")
    photo, document = live(live.bot.get_updates(timeout=1))
    assert photo.message
    assert photo.message.caption == "三楼漏水"
    assert [size.width for size in photo.message.photo] == [90, 320, 800, 960]
    assert document.message
    assert document.message.document
    file = live(document.message.document.get_file())
    assert bytes(live(file.download_as_bytearray())) == b"a,b\r\n1,2"
    sent = live(live.bot.send_document(2, b"%PDF-1.4 x", filename="用车单.pdf"))
    assert sent.document
    assert (sent.document.file_name, sent.document.file_size) == ("用车单.pdf", 10)


def test_refuses_pictures_that_are_none_and_files_that_are_empty(live: LiveBot) -> None:
    with pytest.raises(BadRequest, match="Image_process_failed"):
        live(live.bot.send_photo(1, b"not a picture"))
    with pytest.raises(BadRequest, match="File must be non-empty"):
        live(live.bot.send_document(1, b""))
    with pytest.raises(BadRequest, match="Wrong remote file identifier"):
        live(live.bot.send_document(1, "no-such-file-id"))


def test_a_photo_above_ten_megabytes_is_too_large(live: LiveBot) -> None:
    with pytest.raises(BadRequest, match="too big for a photo"):
        live(live.bot.send_photo(1, bytes(10 * 1024 * 1024 + 1)))


def test_albums_hold_two_to_ten_of_one_sort(live: LiveBot) -> None:
    photo = InputMediaPhoto(made_up_photo(1), caption="现场")
    album = live(live.bot.send_media_group(1, [photo, photo]))
    assert len({message.media_group_id for message in album}) == 1
    wrongs: list[list[InputMediaPhoto | InputMediaDocument]]
    wrongs = [[photo], [photo] * 11, [photo, InputMediaDocument(b"x")]]
    for wrong in wrongs:
        with pytest.raises(BadRequest, match=r"(?i)album|mixed"):
            live(live.bot.send_media_group(1, wrong))


def test_what_was_said_can_be_forwarded_and_copied(live: LiveBot, sandbox: RunningSandbox) -> None:
    said = sandbox.client.say(1, "灯坏了")
    forwarded = live(live.bot.forward_message(2, 1, said.id))
    assert forwarded.forward_origin
    assert forwarded.text == "灯坏了"
    assert live(live.bot.copy_message(2, 1, said.id)).message_id == forwarded.message_id + 1
    with pytest.raises(BadRequest, match="Message to forward not found"):
        live(live.bot.forward_message(2, 1, 999))


def test_the_narrowest_command_menu_wins(live: LiveBot, sandbox: RunningSandbox) -> None:
    live(live.bot.set_my_commands([BotCommand("start", "开始")]))
    live(live.bot.set_my_commands([BotCommand("mine", "我的单子")], BotCommandScopeAllPrivateChats()))
    live(live.bot.set_my_commands([BotCommand("queue", "待办")], BotCommandScopeChat(2)))
    assert (sandbox.client.commands(1), sandbox.client.commands(2)) == (["mine"], ["queue"])
    live(live.bot.delete_my_commands(BotCommandScopeChat(2)))
    assert sandbox.client.commands(2) == ["mine"]
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        live(live.bot.set_my_commands([BotCommand("开始", "开始")]))


def test_a_wrong_token_is_unauthorized_and_an_unknown_method_not_found(sandbox: RunningSandbox) -> None:
    stranger = httpx.post(f"{sandbox.base_url}1:wrong/getMe", trust_env=False)
    assert (stranger.status_code, stranger.json()["description"]) == (401, "Unauthorized")
    assert raw(sandbox, "sendTelepathy")["error_code"] == 404
    with pytest.raises(InvalidToken):
        asyncio.run(_initialize_with_wrong_token(sandbox))


async def _initialize_with_wrong_token(sandbox: RunningSandbox) -> None:
    wrong = RunningSandbox(page_url=sandbox.page_url, token="1:wrong", client=sandbox.client)
    await connect(wrong).initialize()


def test_missing_and_mistyped_parameters_are_refused_and_unknown_ones_noted(sandbox: RunningSandbox) -> None:
    assert raw(sandbox, "sendMessage", text="x")["description"] == "Bad Request: chat_id is empty"
    assert raw(sandbox, "sendMessage", chat_id=1)["description"] == "Bad Request: message text is empty"
    assert raw(sandbox, "sendMessage", chat_id="one", text="x")["error_code"] == 400
    assert raw(sandbox, "sendMessage", chat_id=1, text="x", colour="red")["ok"]
    assert sandbox.client.requests()[-1]["warnings"] == ["unknown parameter colour"]


def test_form_and_query_parameters_mean_the_same_as_json(sandbox: RunningSandbox) -> None:
    url = f"{sandbox.base_url}{sandbox.token}/sendMessage"
    keyboard = '{"inline_keyboard":[[{"text":"好","callback_data":"ok"}]]}'
    form = {"chat_id": "1", "text": "甲", "reply_markup": keyboard}
    assert httpx.post(url, data=form, trust_env=False).json()["ok"]
    assert httpx.get(url, params={**form, "text": "乙"}, trust_env=False).json()["ok"]
    assert [(m.text, m.labels) for m in sandbox.client.messages(1)] == [("甲", ("好",)), ("乙", ("好",))]


def test_faults_answer_as_telegram_does_on_a_bad_day(live: LiveBot, sandbox: RunningSandbox) -> None:
    sandbox.client.fault("sendMessage", "429", retry_after=7)
    with pytest.raises(RetryAfter) as pause:
        live(live.bot.send_message(1, "x"))
    assert pause.value.retry_after == timedelta(seconds=7)
    sandbox.client.fault("sendMessage", "502")
    with pytest.raises(NetworkError, match="Bad Gateway"):
        live(live.bot.send_message(1, "x"))
    sandbox.client.fault("sendMessage", "403", chat=2)
    assert live(live.bot.send_message(1, "not the chat meant"))
    with pytest.raises(Forbidden):
        live(live.bot.send_message(2, "x"))
    assert live(live.bot.send_message(2, "again"))


@pytest.mark.parametrize("kind", ["timeout", "drop"])
def test_an_ambiguous_fault_does_the_thing_and_loses_the_answer(
    live: LiveBot, sandbox: RunningSandbox, kind: str
) -> None:
    sandbox.client.fault("sendMessage", kind, seconds=3)
    with pytest.raises((TimedOut, NetworkError)):
        live(live.bot.send_message(1, "已派车", read_timeout=0.3))
    assert [message.text for message in sandbox.client.from_bot(1)] == ["已派车"]


def test_a_hanging_request_does_nothing(live: LiveBot, sandbox: RunningSandbox) -> None:
    sandbox.client.fault("sendMessage", "hang", seconds=1)
    with pytest.raises(TimedOut):
        live(live.bot.send_message(1, "x", read_timeout=0.2))
    assert sandbox.client.from_bot(1) == []


def test_limits_when_switched_on_answer_429_with_the_seconds_to_wait() -> None:
    with running_sandbox(options=Options(enforce_limits=True)) as sandbox:
        sandbox.client.person(1, "建国", "王")
        answers = [raw(sandbox, "sendMessage", chat_id=1, text=str(n)) for n in range(7)]
    refusals = [answer for answer in answers if not answer["ok"]]
    assert len(refusals) == 2
    wait = refusals[0]["parameters"]["retry_after"]
    assert refusals[0]["description"] == f"Too Many Requests: retry after {wait}"
    assert 1 <= wait <= 5
