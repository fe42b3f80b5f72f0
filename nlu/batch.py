"""Many sentences at once for the command line: JSON lines in, JSON lines out, in the same order.

Several are asked about at a time, because Rasa's answer is mostly waiting for us; the order of the output is kept all the same.
A line that cannot be read gets a line that says so; nothing stops the rest.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from nlu import times
from nlu.client import NluUnavailable
from nlu.understanding import to_contract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from nlu.understand import Understander

AT_ONCE = 8
ATTEMPTS = 3
"""A batch can wait: a slow answer is asked for again before it is given up."""

ZONE = ZoneInfo("Asia/Shanghai")


class BadLine(ValueError):
    """A line that is not what it should be; the message is Chinese."""


def local(value: object, name: str) -> datetime:
    """An ISO instant as naive local time: an offset is converted, none means local already. Raises `BadLine`."""
    if not isinstance(value, str):
        raise BadLine(f"缺少 {name}（本地 ISO 时间）")
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        raise BadLine(f"{name} 不是 ISO 时间：{value[:40]}") from None
    return moment.astimezone(ZONE).replace(tzinfo=None) if moment.tzinfo else moment


def _row(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLine("不是合法的 JSON") from None
    if not isinstance(row, dict):
        raise BadLine("不是 JSON 对象")
    return row


def _text(row: dict[str, Any]) -> str:
    text = row.get("text")
    if not isinstance(text, str):
        raise BadLine("缺少 text（字符串）")
    return text


def _dumps(value: dict[str, Any]) -> str:
    # Lone surrogates may come in as \ud800 and must not break the output stream.
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()


async def understand_lines(
    lines: Iterable[str],
    out: Callable[[str], object],
    *,
    understander: Understander,
    default_now: datetime,
    at_once: int = AT_ONCE,
) -> int:
    """Answer each `{"id", "text", "now"}` with a contract line.

    Args:
        lines: JSON lines; blank ones are passed over.
        out: takes each answer, without newline, in the order of the lines.
        default_now: naive local time for rows without `now`.
        at_once: how many sentences are asked about at a time.

    Returns:
        How many lines could not be answered.
    """
    bad = 0
    waiting: deque[asyncio.Task[dict[str, Any]]] = deque()

    async def flush(down_to: int) -> int:
        failed = 0
        while len(waiting) > down_to:
            answer = await waiting.popleft()
            failed += "error" in answer
            out(_dumps(answer))
        return failed

    try:
        for line in lines:
            if not line.strip():
                continue
            waiting.append(asyncio.create_task(_understand(line, understander, default_now)))
            bad += await flush(at_once - 1)
        bad += await flush(0)
    finally:
        for task in waiting:
            task.cancel()
    return bad


async def _understand(line: str, understander: Understander, default_now: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {}
    try:
        row = _row(line)
        text = _text(row)
        now = local(row["now"], "now") if row.get("now") is not None else default_now
        for attempt in range(ATTEMPTS):
            try:
                return to_contract(await understander.understand(text, now=now), id=row.get("id"))
            except NluUnavailable:
                if attempt == ATTEMPTS - 1:
                    raise
                await asyncio.sleep(0.5 * (attempt + 1))
    except (BadLine, NluUnavailable) as error:
        return {"id": row.get("id"), "error": str(error)}
    except Exception as error:  # one strange line must not cost the other thousand
        return {"id": row.get("id"), "error": f"处理失败：{type(error).__name__}"}
    raise AssertionError("unreachable")


def times_lines(lines: Iterable[str], out: Callable[[str], object], *, default_ref: datetime) -> int:
    """Answer each `{"id", "text", "ref"}` with `{"id", "start", "end", "duration_s", "unsure"}`; the number not answered.

    Local ISO times, ends exclusive; nulls where the text says nothing about time.
    """
    bad = 0
    for line in lines:
        if not line.strip():
            continue
        row: dict[str, Any] = {}
        try:
            row = _row(line)
            ref = local(row["ref"], "ref") if row.get("ref") is not None else default_ref
            found = times.parse_case(_text(row), ref)
            nothing = {"start": None, "end": None, "duration_s": None, "unsure": False}
            out(_dumps({"id": row.get("id"), **(found or nothing)}))
        except BadLine as error:
            bad += 1
            out(_dumps({"id": row.get("id"), "error": str(error)}))
        except Exception as error:  # as above
            bad += 1
            out(_dumps({"id": row.get("id"), "error": f"处理失败：{type(error).__name__}"}))
    return bad
