"""Webhook, health and metrics over HTTP."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import select, text

from bot.plumbing import Webhook
from bot.settings import BadSettings
from bot.web import LARGEST_BODY
from desk.models import InboxUpdate
from tests.running import running_plumbing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from desk.storage import Database
    from sandbox.server import RunningSandbox

SECRET = "a-long-secret"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def hook(database: Database, sandbox: RunningSandbox) -> Iterator[str]:
    """The address of a running webhook."""
    sandbox.client.people([{"id": 1, "first_name": "人", "started": True}])
    port = free_port()
    webhook = Webhook(url=f"http://127.0.0.1:{port}/hook", secret=SECRET, host="127.0.0.1", port=port)
    with running_plumbing(database, sandbox, webhook=webhook):
        sandbox.client.wait_for(lambda: sandbox.client.requests("setWebhook"))
        yield webhook.url


def update(number: int) -> dict[str, Any]:
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": 1,
            "from": {"id": 1, "first_name": "人"},
            "chat": {"id": 1, "type": "private"},
            "text": f"第{number}句。",
        },
    }


def post(url: str, *, secret: str = SECRET, **body: Any) -> int:
    return httpx.post(url, headers={HEADER: secret}, trust_env=False, **body).status_code


def stored(database: Database) -> int:
    with database.reading() as session:
        return len(session.scalars(select(InboxUpdate)).all())


def test_is_reached_by_the_address_it_gave_telegram(hook: str, sandbox: RunningSandbox) -> None:
    assert sandbox.client.ask(1, "你好", contains="听到：你好")
    assert not sandbox.client.invalid_requests()


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", "密"])
def test_stores_nothing_without_the_secret(secret: str, hook: str, database: Database) -> None:
    headers = {HEADER: secret.encode()} if secret else {}
    answer = httpx.post(hook, json=update(5), headers=headers, trust_env=False)
    assert (answer.status_code, stored(database)) == (403, 0)


def test_stores_an_update_before_it_says_so(hook: str, database: Database) -> None:
    assert post(hook, json=update(5)) == 200
    assert post(hook, json=update(5)) == 200
    assert stored(database) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"update_id": "x"}', b"\xff\xfe"])
def test_refuses_what_is_no_update(body: bytes, hook: str, database: Database) -> None:
    assert post(hook, content=body) == 400
    assert stored(database) == 0


def test_refuses_a_body_no_update_can_have(hook: str) -> None:
    assert post(hook, content=b" " * (LARGEST_BODY + 1)) == 413
    assert post(hook, content=iter([b" " * 600_000, b" " * 600_000])) == 413


def test_asks_telegram_to_deliver_again_when_it_could_not_store(hook: str, database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE inbox RENAME TO away"))
    assert post(hook, json=update(5)) == 503
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO inbox"))
    assert post(hook, json=update(5)) == 200


def test_tells_how_it_is(database: Database, sandbox: RunningSandbox) -> None:
    with running_plumbing(database, sandbox, http=("127.0.0.1", 0), rasa_ready=lambda: False) as plumbing:
        sandbox.client.people([{"id": 1, "first_name": "人", "started": True}])
        sandbox.client.ask(1, "你好", contains="听到")
        health = httpx.get(f"{plumbing.health_url}/healthz", trust_env=False)
        ready = httpx.get(f"{plumbing.health_url}/readyz", trust_env=False)
        numbers = httpx.get(f"{plumbing.health_url}/metrics", trust_env=False).text
        with database.engine.begin() as connection:
            connection.execute(text("ALTER TABLE outbox RENAME TO away"))
        broken = httpx.get(f"{plumbing.health_url}/readyz", trust_env=False)
        with database.engine.begin() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO outbox"))
    assert (health.status_code, ready.status_code, broken.status_code) == (200, 200, 503)
    assert ready.json()["rasa"] == "unavailable"
    assert 'houqin_sends_total{outcome="sent",purpose="reply"}' in numbers
    assert 'houqin_backlog_age_seconds{queue="inbox"} 0.0' in numbers


def test_moves_health_elsewhere_only_where_nobody_named_the_port(
    database: Database, sandbox: RunningSandbox
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        http = taken.getsockname()[:2]
        with running_plumbing(database, sandbox, http=http) as plumbing:
            assert httpx.get(f"{plumbing.health_url}/healthz", trust_env=False).text == "ok"
        with (
            pytest.raises(BadSettings, match="HOUQIN_HTTP"),
            running_plumbing(database, sandbox, http=http, http_may_move=False),
        ):
            pass
