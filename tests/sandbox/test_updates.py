"""How the bot hears of things: polling with offsets, the webhook, what groups keep to themselves, deliveries twice."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from telegram.error import BadRequest, Conflict

from sandbox.app import Options
from sandbox.client import SandboxError
from sandbox.server import RunningSandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.sandbox.conftest import LiveBot


def texts(updates: Any) -> list[str | None]:
    return [update.message.text for update in updates if update.message]


def test_updates_stay_until_an_offset_acknowledges_them(live: LiveBot, sandbox: RunningSandbox) -> None:
    for word in ("一", "二", "三"):
        sandbox.client.say(1, word)
    first = live(live.bot.get_updates(limit=2))
    assert texts(first) == ["一", "二"]
    assert texts(live(live.bot.get_updates())) == ["一", "二", "三"]
    rest = live(live.bot.get_updates(offset=first[-1].update_id + 1))
    assert texts(rest) == ["三"]
    assert [u.update_id for u in (*first, *rest)] == list(range(first[0].update_id, first[0].update_id + 3))
    assert live(live.bot.get_updates(offset=rest[-1].update_id + 1)) == ()
    assert sandbox.client.pending_updates() == 0


def test_a_negative_offset_keeps_only_the_newest(live: LiveBot, sandbox: RunningSandbox) -> None:
    for word in ("一", "二", "三"):
        sandbox.client.say(1, word)
    assert texts(live(live.bot.get_updates(offset=-1))) == ["三"]


def test_a_long_poll_returns_the_moment_somebody_writes(live: LiveBot, sandbox: RunningSandbox) -> None:
    timer = threading.Timer(0.3, lambda: sandbox.client.say(1, "来了"))
    timer.start()
    started = time.monotonic()
    assert texts(live(live.bot.get_updates(timeout=10))) == ["来了"]
    assert 0.2 < time.monotonic() - started < 8
    timer.join()


def test_a_second_poller_ends_the_first_with_a_conflict(sandbox: RunningSandbox) -> None:
    url = f"{sandbox.base_url}{sandbox.token}/getUpdates"
    answers: list[httpx.Response] = []
    first = threading.Thread(
        target=lambda: answers.append(httpx.post(url, json={"timeout": 20}, timeout=30, trust_env=False))
    )
    first.start()
    sandbox.client.wait_for(lambda: sandbox.client.requests("getUpdates"), what="first poll")
    assert httpx.post(url, json={"timeout": 0}, trust_env=False).json()["ok"]
    first.join(timeout=30)
    assert answers[0].status_code == 409
    assert "terminated by other getUpdates request" in answers[0].json()["description"]


def test_only_wanted_kinds_of_update_are_queued(live: LiveBot, sandbox: RunningSandbox) -> None:
    live(live.bot.get_updates(allowed_updates=["callback_query"]))
    sandbox.client.say(1, "没人听")
    live(live.bot.get_updates(allowed_updates=["message"]))
    sandbox.client.say(1, "听见了")
    assert texts(live(live.bot.get_updates())) == ["听见了"]


def test_what_the_bot_read_is_the_message_of_that_moment(live: LiveBot, sandbox: RunningSandbox) -> None:
    said = sandbox.client.say(1, "三点")
    sandbox.client.edit(1, said.id, "三点半")
    before, after = live(live.bot.get_updates())
    assert before.message
    assert before.message.text == "三点"
    assert after.edited_message
    assert (after.edited_message.text, after.edited_message.message_id) == ("三点半", said.id)


def test_a_repeat_reaches_the_bot_under_the_same_or_a_new_id(live: LiveBot, sandbox: RunningSandbox) -> None:
    sandbox.client.say(1, "一次")
    [first] = live(live.bot.get_updates())
    live(live.bot.get_updates(offset=first.update_id + 1))
    assert sandbox.client.redeliver() == first.update_id
    [again] = live(live.bot.get_updates(offset=first.update_id + 1))
    assert again.update_id == first.update_id
    new = sandbox.client.redeliver(first.update_id, new_id=True)
    [renumbered] = live(live.bot.get_updates(offset=first.update_id + 1))
    assert renumbered.update_id == new > first.update_id
    assert texts([again, renumbered]) == ["一次", "一次"]


# -- groups ---------------------------------------------------------------------------------------------


def test_in_a_group_the_bot_hears_only_what_is_meant_for_it(live: LiveBot, sandbox: RunningSandbox) -> None:
    group = sandbox.client.group("车队群", [1, 2])
    [joined] = live(live.bot.get_updates())
    assert joined.my_chat_member
    assert joined.my_chat_member.chat.title == "车队群"
    offset = joined.update_id + 1
    own = live(live.bot.send_message(group, "今天有两个任务"))
    sandbox.client.say(1, "大家好", chat=group)
    sandbox.client.say(1, "/mine@another_bot", chat=group)
    sandbox.client.say(1, "@houqin_desk_bot 派辆车", chat=group)
    sandbox.client.say(2, "/mine@houqin_desk_bot", chat=group)
    sandbox.client.say(2, "我来", chat=group, reply_to=own.message_id)
    heard = live(live.bot.get_updates(offset=offset))
    assert texts(heard) == ["@houqin_desk_bot 派辆车", "/mine@houqin_desk_bot", "我来"]
    assert heard[0].message
    assert [e.type for e in heard[0].message.entities] == ["mention"]
    assert heard[0].message.chat.type == "supergroup"
    assert live(live.bot.get_chat_member_count(group)) == 3


def test_somebody_outside_a_group_cannot_write_in_it(sandbox: RunningSandbox) -> None:
    group = sandbox.client.group("车队群", [2])
    with pytest.raises(SandboxError, match="不在这个聊天里"):
        sandbox.client.say(1, "x", chat=group)


# -- the webhook ----------------------------------------------------------------------------------------


class Receiver:
    """A webhook that notes what it gets and answers what the test wants."""

    def __init__(self, answer: Callable[[int], int]) -> None:
        self.seen: list[tuple[int, str | None, str | None]] = []  # update_id, text, secret
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                secret = self.headers.get("X-Telegram-Bot-Api-Secret-Token")
                receiver.seen.append((body["update_id"], body.get("message", {}).get("text"), secret))
                self.send_response(answer(len(receiver.seen)))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Keep the test's output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"


@contextlib.contextmanager
def receiving(answer: Callable[[int], int]) -> Iterator[Receiver]:
    receiver = Receiver(answer)
    thread = threading.Thread(target=receiver.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join()


def test_the_webhook_gets_updates_in_order_with_its_secret_until_it_says_yes(
    live: LiveBot, sandbox: RunningSandbox
) -> None:
    with receiving(lambda count: 500 if count <= 2 else 200) as receiver:
        assert live(live.bot.set_webhook(receiver.url, secret_token="s3cret_-"))
        for word in ("一", "二", "三"):
            sandbox.client.say(1, word)
        sandbox.client.wait_for(lambda: sandbox.client.pending_updates() == 0, what="delivery")
    assert [text for _, text, _ in receiver.seen] == ["一", "一", "一", "二", "三"]
    assert {secret for _, _, secret in receiver.seen} == {"s3cret_-"}
    info = live(live.bot.get_webhook_info())
    assert (info.url, info.pending_update_count) == (receiver.url, 0)
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"


def test_polling_is_a_conflict_while_a_webhook_is_set(live: LiveBot, sandbox: RunningSandbox) -> None:
    live(live.bot.set_webhook("https://bot.example.cn/hook"))
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        live(live.bot.get_updates())
    sandbox.client.say(1, "等着")
    live(live.bot.delete_webhook())
    assert texts(live(live.bot.get_updates())) == ["等着"]
    live(live.bot.delete_webhook(drop_pending_updates=True))
    assert live(live.bot.get_updates()) == ()


def test_a_webhook_must_be_https_or_on_this_machine_with_a_plain_secret(live: LiveBot) -> None:
    with pytest.raises(BadRequest, match="an https url must be provided"):
        live(live.bot.set_webhook("http://bot.example.cn/hook"))
    with pytest.raises(BadRequest, match="Secret token contains unallowed characters"):
        live(live.bot.set_webhook("https://bot.example.cn/hook", secret_token="空 格"))


def test_updates_wait_while_the_webhook_is_down(live: LiveBot, sandbox: RunningSandbox) -> None:
    with receiving(lambda _: 200) as gone:
        url = gone.url
    live(live.bot.set_webhook(url))
    sandbox.client.say(1, "在吗")
    sandbox.client.wait_for(lambda: sandbox.client.status()["webhook_error"], what="a failed delivery")
    assert sandbox.client.pending_updates() == 1
    with receiving(lambda _: 200) as back:
        live(live.bot.set_webhook(back.url))
        sandbox.client.wait_for(lambda: back.seen, what="delivery")
    assert [text for _, text, _ in back.seen] == ["在吗"]


# -- odd input and restarts -----------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a\x00b", "坏\ud800字", "<b>' OR 1=1 --", "长" * 10_000])
def test_anything_a_person_types_reaches_the_bot_unchanged(sandbox: RunningSandbox, text: str) -> None:
    assert sandbox.client.say(1, text).text == text
    answer = httpx.get(f"{sandbox.base_url}{sandbox.token}/getUpdates", trust_env=False)
    assert json.loads(answer.content)["result"][0]["message"]["text"] == text


def test_stickers_voices_contacts_and_unknown_things_reach_the_bot(
    live: LiveBot, sandbox: RunningSandbox
) -> None:
    sandbox.client.send(1, sticker="👍")
    sandbox.client.send(1, voice=4)
    sandbox.client.send(1, contact={"phone_number": "+8613900000000", "first_name": "建国"})
    sandbox.client.send(1, raw={"dice": {"emoji": "🎲", "value": 3}})
    sandbox.client.send(1, text="转来的", forward_from="老王")
    sticker, voice, contact, dice, forwarded = [u.message for u in live(live.bot.get_updates()) if u.message]
    assert sticker.sticker
    assert voice.voice
    assert contact.contact
    assert dice.dice
    assert forwarded.forward_origin
    album = sandbox.client.send_album(1, 3, caption="现场")
    assert len(album) == 3


def test_a_sandbox_with_a_folder_goes_on_where_it_was(tmp_path: Path) -> None:
    options = Options(folder=tmp_path)
    with running_sandbox(options=options) as sandbox:
        sandbox.client.person(1, "建国", "王", label="员工")
        sandbox.client.say(1, "坏\ud800字")
        sandbox.client.send_document(1, b"content", "a.txt")
        number = sandbox.client.status()["next_update_id"]
    with running_sandbox(options=options) as sandbox:
        assert [m.text for m in sandbox.client.messages(1)] == ["坏\ud800字", ""]
        file_id = sandbox.client.messages(1)[1].raw["document"]["file_id"]
        url = f"{sandbox.page_url}/sandbox/files/{file_id}"
        assert httpx.get(url, trust_env=False).content == b"content"
        assert sandbox.client.pending_updates() == 2
        # Beyond whatever a kill before the last save would have taken along.
        assert sandbox.client.status()["next_update_id"] > number


def test_another_sites_page_cannot_play_a_person(sandbox: RunningSandbox) -> None:
    answer = httpx.post(
        f"{sandbox.page_url}/sandbox/messages",
        json={"person": 1, "text": "x"},
        headers={"origin": "https://evil.example"},
        trust_env=False,
    )
    assert answer.status_code == 403
    assert sandbox.client.messages(1) == []


def test_health_says_ok(sandbox: RunningSandbox) -> None:
    assert httpx.get(f"{sandbox.page_url}/healthz", trust_env=False).json()["ok"] is True
