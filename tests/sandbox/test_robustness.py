"""Whatever a bot sends, it gets a result or a refusal: no value of any parameter makes the sandbox stumble."""

from __future__ import annotations

import contextlib
import io
import json
import time
from typing import Any

import pytest
from PIL import Image

from sandbox.api import HANDLERS
from sandbox.errors import ApiError
from sandbox.params import Raw, Upload, typed
from sandbox.people import send
from sandbox.schema import METHODS
from sandbox.state import Person, World

ODD: list[Any] = [
    None, True, 0, 1, 2, -5, 10**20, 1.5, float("inf"), "", "x", "1", "@nobody", "<b>", "坏\ud800", "\x00", "[]", "{}", "[[1]]", [], {}, [[]],
    [{}], [1], ["x"], {"type": "chat"}, {"type": []}, {"type": "chat", "chat_id": []}, {"inline_keyboard": 5}, {"inline_keyboard": [[5]]},
    {"keyboard": [[5]]}, {"keyboard": [["x"]], "input_field_placeholder": 5}, {"inline_keyboard": [[{"text": 5, "url": 5}]]},
    {"inline_keyboard": [[{"text": "x", "url": "http://[x"}]]}, {"inline_keyboard": [[{"text": "x", "callback_data": 5}]]},
    {"inline_keyboard": [[{"text": "x", "style": [], "callback_data": "5"}]]}, {"remove_keyboard": "yes"}, {"message_id": "x"},
    {"message_id": 1}, {"message_id": 1, "chat_id": []}, [{"type": "photo"}, {"type": []}], [{"type": "photo", "media": 5}] * 2,
    [{"type": "photo", "media": "attach://file", "caption": 5}] * 2, [{"type": "photo", "media": "attach://file", "parse_mode": 5}] * 2,
    [{"type": "bold", "offset": 0, "length": 10**9}], [{"type": [], "offset": 0, "length": 1}], [{"command": 5, "description": []}] * 2,
    "attach://x", "attach://file", "https://a.cn/x.jpg", "http://[x", "MarkdownV2", "HTML",
]  # fmt: skip
GOOD = {
    "chat_id": 1, "from_chat_id": 1, "message_id": 2, "message_ids": [2], "text": "x", "user_id": 1, "action": "typing", "latitude": 1,
    "longitude": 1, "title": "x", "address": "x", "phone_number": "1", "first_name": "x", "photo": "attach://file",
    "document": "attach://file", "commands": [], "file_id": "x", "url": "", "callback_query_id": "x",
    "media": [{"type": "photo", "media": "attach://file"}] * 2,
}  # fmt: skip


def tiny_picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    return buffer.getvalue()


PICTURE = {"file": Upload(name="a.png", mime="image/png", content=tiny_picture())}


@pytest.mark.parametrize("name", sorted(HANDLERS))
def test_every_odd_value_of_every_parameter_is_answered(name: str) -> None:
    method = METHODS[name.lower()]
    start = {key: value for key, value in GOOD.items() if key in method.required}
    for parameter in method.types:
        world = World(token="42:x", clock=time.time)
        world.put_person(Person(id=1, first_name="伟"))
        send(world, {"person": 1, "text": "你好"})
        world.add(chat=world.chat(1), sender=42, content={"text": "请确认"})
        for value in ODD:
            with contextlib.suppress(ApiError):
                call = typed(method, Raw(values={**start, parameter: value}, files=dict(PICTURE)))
                result = HANDLERS[name](world, call)
                assert json.dumps(result, allow_nan=False) is not None
