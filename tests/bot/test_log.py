"""Nothing secret in a log line, whoever wrote it."""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import TYPE_CHECKING

import httpx
import pytest
import structlog
from sqlalchemy import text
from structlog.contextvars import bound_contextvars

from bot import log
from desk.storage import Database
from tests.running import running_plumbing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.server import RunningSandbox

TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz012345678"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root, hook = logging.getLogger(), sys.excepthook
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    log.set_up(secrets=["hook-secret-1"], stream=stream)
    yield stream
    root.handlers[:], root.level = before
    sys.excepthook = hook
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def test_blots_out_tokens_and_secrets_in_events_of_any_shape(lines: io.StringIO) -> None:
    structlog.get_logger("x").info(
        "asked", url=f"/bot{TOKEN}/getMe", more={"deep": [f"{TOKEN}", "hook-secret-1"]}
    )
    assert TOKEN not in lines.getvalue()
    assert "hook-secret-1" not in lines.getvalue()
    assert json.loads(lines.getvalue())["url"] == "/bot***/getMe"


def test_blots_out_tokens_in_libraries_lines_and_in_tracebacks(lines: io.StringIO) -> None:
    logging.getLogger("telegram.ext").error("POST https://api.telegram.org/bot%s/x", TOKEN)
    try:
        raise httpx.ConnectError(f"no way to /bot{TOKEN}/getMe")
    except httpx.ConnectError:
        logging.getLogger("httpx").exception("failed")
        structlog.get_logger("x").exception("failed", error=ValueError(TOKEN))
    sys.excepthook(ValueError, ValueError(TOKEN), None)
    assert len(lines.getvalue().splitlines()) == 4
    assert TOKEN not in lines.getvalue()
    assert "ConnectError" in lines.getvalue()


def test_does_not_log_requests_at_all(lines: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: POST …")
    assert lines.getvalue() == ""


def test_masks_telephone_numbers_but_no_other_number(lines: io.StringIO) -> None:
    structlog.get_logger("x").info("打 13812345678", chat_id=13812345678, big="9138123456789")
    told = json.loads(lines.getvalue())
    assert (told["event"], told["chat_id"], told["big"]) == ("打 138****5678", 13812345678, "9138123456789")


def test_names_the_update_a_line_belongs_to(lines: io.StringIO) -> None:
    with bound_contextvars(update_id=5):
        structlog.get_logger("x").info("handled")
    assert json.loads(lines.getvalue())["update_id"] == 5


def test_a_message_is_followed_from_its_update_to_what_was_sent(
    lines: io.StringIO, database: Database, sandbox: RunningSandbox
) -> None:
    sandbox.client.people([{"id": n, "first_name": f"人{n}", "started": True} for n in (1, 2)])
    with running_plumbing(database, sandbox):
        sandbox.client.ask(1, "你好", contains="听到")
        sandbox.client.ask(2, "早", contains="听到")
        sandbox.client.quiet()
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    handled = [line["cause"] for line in told if line["event"] == "update_handled"]
    assert len(set(handled)) == 2
    assert handled[0] == f"u{next(line['update_id'] for line in told if 'update_id' in line)}"
    assert [line["cause"] for line in told if line["event"] == "sent"] == handled


def test_a_database_in_trouble_is_told_in_one_line_and_anything_else_with_its_traceback(
    lines: io.StringIO,
) -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    for work in (lambda s: s.execute(text("SELECT 1")), lambda _: [][1]):
        try:
            gone.transact(work, patience=0)
        except Exception as error:
            log.tell(structlog.get_logger("x"), "round_failed", error, attempt=1)
    away, broken = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert (away["event"], away["trouble"], "exception" in away) == ("round_failed", "away", False)
    assert ("IndexError" in broken["exception"], broken["attempt"]) == (True, 1)


def test_no_token_shows_however_much_is_logged(
    lines: io.StringIO, database: Database, sandbox: RunningSandbox
) -> None:
    log.set_up(secrets=["hook-secret-1"], level="debug", stream=lines)
    for name in log.CHATTY:
        # As somebody looking for a fault would, past our own caution.
        logging.getLogger(name).setLevel(logging.DEBUG)
    sandbox.client.people([{"id": 1, "first_name": "人", "started": True}])
    with running_plumbing(database, sandbox):
        sandbox.client.fault("sendMessage", "drop")
        sandbox.client.ask(1, "打13812345678", contains="听到")
    for name in log.CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    told = lines.getvalue()
    assert "HTTP Request: POST" in told
    assert sandbox.token not in told
    assert sandbox.token.partition(":")[2] not in told
    assert "13812345678" not in told
