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
from structlog.contextvars import bound_contextvars

from bot import log

if TYPE_CHECKING:
    from collections.abc import Iterator

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
