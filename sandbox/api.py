"""The Bot API endpoint: token, method, parameters, faults, rules, answer; and the download of files."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from starlette.responses import Response, StreamingResponse

from sandbox import about, changing, sending
from sandbox.errors import ApiError
from sandbox.params import Call, read, typed
from sandbox.schema import METHODS
from sandbox.updates import MAX_BATCH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

    from sandbox.faults import Fault, Faults, Journal
    from sandbox.limits import Pace
    from sandbox.state import World

_MAX_POLL_SECONDS = 50

HANDLERS: dict[str, Callable[[World, Call], Any]] = {
    "getMe": about.get_me,
    "logOut": about.done,
    "close": about.done,
    "setWebhook": about.set_webhook,
    "deleteWebhook": about.delete_webhook,
    "getWebhookInfo": about.get_webhook_info,
    "getChat": about.get_chat,
    "getChatMember": about.get_chat_member,
    "getChatMemberCount": about.get_chat_member_count,
    "getChatAdministrators": about.get_chat_administrators,
    "leaveChat": about.leave_chat,
    "getFile": about.get_file,
    "setMyCommands": about.set_my_commands,
    "getMyCommands": about.get_my_commands,
    "deleteMyCommands": about.delete_my_commands,
    "setMyName": about.set_text,
    "getMyName": about.get_text,
    "setMyDescription": about.set_text,
    "getMyDescription": about.get_text,
    "setMyShortDescription": about.set_text,
    "getMyShortDescription": about.get_text,
    "setChatMenuButton": about.set_menu_button,
    "getChatMenuButton": about.get_menu_button,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "sendDocument": sending.send_document,
    "sendMediaGroup": sending.send_media_group,
    "sendLocation": sending.send_location,
    "sendVenue": sending.send_venue,
    "sendContact": sending.send_contact,
    "sendChatAction": sending.send_chat_action,
    "forwardMessage": sending.forward_message,
    "copyMessage": sending.copy_message,
    "editMessageText": changing.edit_text,
    "editMessageCaption": changing.edit_caption,
    "editMessageReplyMarkup": changing.edit_markup,
    "deleteMessage": changing.delete_message,
    "deleteMessages": changing.delete_messages,
    "pinChatMessage": changing.pin_message,
    "unpinChatMessage": changing.unpin_message,
    "answerCallbackQuery": changing.answer_callback,
}
_PACED = {name for name in HANDLERS if name.startswith(("send", "forward", "copy"))} - {"sendChatAction"}


class BotApi:
    """The endpoint `/bot<token>/<method>` of one world."""

    def __init__(self, *, world: World, faults: Faults, journal: Journal, pace: Pace | None) -> None:
        self.world = world
        self.faults = faults
        self.journal = journal
        self.pace = pace

    async def endpoint(self, request: Request) -> Response:
        """Answer one request of the bot."""
        if request.path_params["token"] != self.world.token:
            return _failure(ApiError(401, "Unauthorized"))
        name = request.path_params["method"]
        started = time.perf_counter()
        entry = self.journal.open(at=self.world.clock(), method=name, params={}, warnings=[])
        try:
            response = await self._answer(request, name, entry)
        except ApiError as error:
            entry["verdict"] = "invalid" if error.broken_rule else "refused"
            entry["why"] = error.description
            response = _failure(error)
        entry["status"] = response.status_code
        entry["ms"] = round((time.perf_counter() - started) * 1000, 2)
        if entry["method"] != "getUpdates":
            self.world.changed.ring()
        return response

    async def _answer(self, request: Request, name: str, entry: dict[str, Any]) -> Response:
        method = METHODS.get(name.lower())
        if method is None:
            raise ApiError(404, "Not Found", broken_rule=True)
        entry["method"] = method.name
        raw = await read(request)
        entry["params"] = dict(raw.values)
        call = typed(method, raw)
        entry["params"] = call.summary()
        entry["warnings"] = [f"unknown parameter {parameter}" for parameter in call.unknown]
        fault = self.faults.take(method=method.name, chat=call.get("chat_id"))
        if fault:
            entry["fault"] = fault.kind
            await self._before(fault)
        result = await self._run(call)
        body = json.dumps({"ok": True, "result": result}).encode()
        if fault and fault.kind == "drop":
            return _cut(body)
        if fault and fault.kind == "timeout":
            await self._pause(fault.seconds)
        return Response(body, media_type="application/json")

    async def _before(self, fault: Fault) -> None:
        if fault.kind in {"delay", "hang"}:
            await self._pause(fault.seconds)
        if error := fault.error():
            raise error
        if fault.kind == "hang":
            raise ApiError(504, "Gateway Timeout")

    async def _pause(self, seconds: float) -> None:
        await self.world.closing.wait(since=0, seconds=seconds)

    async def _run(self, call: Call) -> Any:
        if call.method.name == "getUpdates":
            return await self._get_updates(call)
        if self.pace and call.method.name in _PACED:
            chat = sending.destination(self.world, call)
            for _ in range(len(call.get("media", [])) or 1):
                self.pace.check(chat=chat.id, now=self.world.clock())
        return HANDLERS[call.method.name](self.world, call)

    async def _get_updates(self, call: Call) -> list[dict[str, Any]]:
        kinds = about.allowed_updates(call)
        if kinds is not None:
            self.world.updates.allowed = kinds
        offset = call.get("offset", 0)
        if not self.world.updates.webhook.url:
            self.world.updates.acknowledge(offset)
        self.world.changed.ring()  # those who wait for an acknowledgement need not wait for the poll to end
        limit = min(max(call.get("limit", MAX_BATCH), 1), MAX_BATCH)
        seconds = min(max(call.get("timeout", 0), 0), _MAX_POLL_SECONDS)
        return await self.world.updates.poll(offset=offset, limit=limit, seconds=seconds)

    async def download(self, request: Request) -> Response:
        """`/file/bot<token>/<file_path>`."""
        if request.path_params["token"] != self.world.token:
            return _failure(ApiError(401, "Unauthorized"))
        path = request.path_params["path"]
        for stored in self.world.files.values():
            if stored.path == path:
                return Response(stored.content, media_type="application/octet-stream")
        return _failure(ApiError(404, "Not Found"))


def _failure(error: ApiError) -> Response:
    headers = {}
    if error.parameters and "retry_after" in error.parameters:
        headers["retry-after"] = str(error.parameters["retry_after"])
    return Response(
        json.dumps(error.body()), status_code=error.code, media_type="application/json", headers=headers
    )


def _cut(body: bytes) -> Response:
    """An answer that breaks off: the bot cannot know that its request was done."""

    async def half() -> AsyncIterator[bytes]:
        yield body[: len(body) // 2]

    return StreamingResponse(
        half(), media_type="application/json", headers={"content-length": str(len(body))}
    )
