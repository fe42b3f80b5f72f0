"""The control API under `/sandbox/…`: people's side of the world, for the page and for tests.

Answers are JSON; what cannot be done is a 400 with a Chinese sentence. A page of another site may not use it.
"""

from __future__ import annotations

import asyncio
import functools
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from sandbox import people, views
from sandbox.about import menu_of
from sandbox.errors import ControlError
from sandbox.faults import Fault, Faults, Journal
from sandbox.params import Upload
from sandbox.state import Person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

    from sandbox.state import World

_MAX_WAIT = 30.0
_HEARTBEAT = 15.0
_QUEUE = 2_000


def reply(content: Any, status: int = 200) -> Response:
    """JSON in ASCII, so that even a lone surrogate can be shown."""
    return Response(json.dumps(content).encode(), status_code=status, media_type="application/json")


class Control:
    """The endpoints of one world."""

    def __init__(self, *, world: World, faults: Faults, journal: Journal) -> None:
        self.world = world
        self.faults = faults
        self.journal = journal

    def routes(self) -> list[Route]:
        """Everything under `/sandbox`."""
        table: list[tuple[str, str, Callable[[Request], Awaitable[Any]]]] = [
            ("GET", "status", self.status),
            ("GET", "version", self.version),
            ("GET", "people", self.list_people),
            ("POST", "people", self.put_people),
            ("POST", "groups", self.put_group),
            ("GET", "chats", self.list_chats),
            ("GET", "chats/{chat}", self.get_chat),
            ("GET", "chats/{chat}/messages", self.list_messages),
            ("GET", "chats/{chat}/commands", self.list_commands),
            ("POST", "messages", self.send),
            ("POST", "uploads", self.upload),
            ("POST", "albums", self.album),
            ("POST", "edits", self.edit),
            ("POST", "presses", self.press),
            ("POST", "taps", self.tap),
            ("POST", "block", self.block),
            ("GET", "callbacks", self.list_callbacks),
            ("GET", "callbacks/{id}", self.get_callback),
            ("GET", "requests", self.list_requests),
            ("POST", "faults", self.add_fault),
            ("DELETE", "faults", self.clear_faults),
            ("POST", "redeliver", self.redeliver),
            ("POST", "reset", self.reset),
        ]
        routes = [Route(f"/sandbox/{path}", _guarded(act), methods=[verb]) for verb, path, act in table]
        routes.append(Route("/sandbox/events", self.events))
        routes.append(Route("/sandbox/files/{id}", self.file))
        return routes

    # -- seeing ---------------------------------------------------------------------------------------

    async def status(self, _request: Request) -> Any:
        return views.status_view(self.world)

    async def version(self, request: Request) -> Any:
        """With `since`: wait up to `timeout` seconds until something changes."""
        since = request.query_params.get("since")
        if since is not None and not self.world.closed:
            seconds = min(float(request.query_params.get("timeout", 10)), _MAX_WAIT)
            await self.world.changed.wait(since=int(since), seconds=seconds)
        return {"version": self.world.changed.count}

    async def list_people(self, _request: Request) -> Any:
        return [views.person_view(person) for person in self.world.people.values()]

    async def list_chats(self, _request: Request) -> Any:
        return [views.chat_view(self.world, chat) for chat in self.world.chats.values()]

    async def get_chat(self, request: Request) -> Any:
        return views.chat_view(self.world, self.world.chat(_chat_id(request)))

    async def list_messages(self, request: Request) -> Any:
        chat = self.world.chat(_chat_id(request))
        after = int(request.query_params.get("after", 0))
        records = [record for record in self.world.records[chat.id] if record.id > after]
        limit = int(request.query_params.get("limit", 0))
        return [views.message_view(self.world, record) for record in records[-limit:]]

    async def list_commands(self, request: Request) -> Any:
        chat = self.world.chat(_chat_id(request))
        return menu_of(self.world, chat, int(request.query_params.get("person", chat.id)))

    async def list_callbacks(self, request: Request) -> Any:
        only_open = request.query_params.get("unanswered") == "1"
        found = self.world.callbacks.values()
        return [views.callback_view(self.world, c) for c in found if not only_open or c.answered_at is None]

    async def get_callback(self, request: Request) -> Any:
        callback = self.world.callbacks.get(request.path_params["id"])
        if callback is None:
            raise ControlError("没有这次按键")
        return views.callback_view(self.world, callback)

    async def list_requests(self, request: Request) -> Any:
        query = request.query_params
        return self.journal.since(int(query.get("since", 0)), query.get("method", ""))

    # -- doing ----------------------------------------------------------------------------------------

    async def put_people(self, request: Request) -> Any:
        body = await _body(request)
        fields = {"id", "first_name", "last_name", "username", "label", "language_code", "started"}
        rows = body if isinstance(body, list) else [body]
        added = [
            self.world.put_person(
                Person(**{k: v for k, v in row.items() if k in fields} | {"id": int(row["id"])})
            )
            for row in rows
        ]
        return [views.person_view(person) for person in added]

    async def put_group(self, request: Request) -> Any:
        body = await _body(request)
        members = [self.world.person(int(member)).id for member in body["members"]]
        chat = self.world.put_group(title=str(body["title"]), members=members, chat_id=body.get("id"))
        chat.bot_status = str(body.get("bot_status", "member"))
        if members:
            opener = self.world.person(members[0])
            people.membership_changed(self.world, chat=chat, by=opener, was="left", now=chat.bot_status)
        return views.chat_view(self.world, chat)

    async def send(self, request: Request) -> Any:
        return views.message_view(self.world, people.send(self.world, await _body(request)))

    async def upload(self, request: Request) -> Any:
        async with request.form(max_files=1) as form:
            file = form["file"]
            if isinstance(file, str):
                raise ControlError("没有选择文件")
            upload = Upload(
                name=file.filename or "file",
                mime=file.content_type or "application/octet-stream",
                content=await file.read(),
            )
            record = people.send_file(
                self.world,
                person_id=int(str(form["person"])),
                chat_id=int(str(form["chat"])),
                kind=str(form.get("kind", "photo")),
                upload=upload,
                caption=str(form.get("caption", "")),
            )
        return views.message_view(self.world, record)

    async def album(self, request: Request) -> Any:
        records = people.send_album(self.world, await _body(request))
        return [views.message_view(self.world, record) for record in records]

    async def edit(self, request: Request) -> Any:
        return views.message_view(self.world, people.edit(self.world, await _body(request)))

    async def press(self, request: Request) -> Any:
        return views.callback_view(self.world, people.press(self.world, await _body(request)))

    async def tap(self, request: Request) -> Any:
        return views.message_view(self.world, people.tap(self.world, await _body(request)))

    async def block(self, request: Request) -> Any:
        body = await _body(request)
        people.block(self.world, person_id=int(body["person"]), blocked=bool(body["blocked"]))
        return views.person_view(self.world.person(int(body["person"])))

    async def add_fault(self, request: Request) -> Any:
        fault = Fault(**await _body(request))
        self.faults.waiting.append(fault)
        return asdict(fault)

    async def clear_faults(self, _request: Request) -> Any:
        self.faults.waiting.clear()
        return {}

    async def redeliver(self, request: Request) -> Any:
        body = await _body(request)
        try:
            update = self.world.updates.again(body.get("update_id"), new_id=bool(body.get("new_id")))
        except LookupError:
            raise ControlError("没有这个更新") from None
        return {"update_id": update["update_id"]}

    async def reset(self, _request: Request) -> Any:
        self.world.reset()
        self.faults.waiting.clear()
        self.journal.entries.clear()
        self.world.notify("people")
        return {}

    # -- streams and files ----------------------------------------------------------------------------

    async def events(self, request: Request) -> Response:
        """Server-sent events: every change, with the changed message inside."""
        if _foreign(request):
            return reply({"error": "只能在沙盒自己的网页里使用"}, 403)
        return StreamingResponse(
            self._stream(), media_type="text/event-stream", headers={"cache-control": "no-store"}
        )

    async def _stream(self) -> AsyncIterator[bytes]:
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_QUEUE)
        lost = asyncio.Event()

        def listen(event: dict[str, Any]) -> None:
            if queue.full():  # a page that cannot keep up starts afresh rather than miss something
                lost.set()
            else:
                queue.put_nowait(self._filled(event))

        self.world.listeners.append(listen)
        try:
            yield b'retry: 1000\ndata: {"type": "hello"}\n\n'
            while not self.world.closed and not lost.is_set():
                try:
                    event = await asyncio.wait_for(queue.get(), _HEARTBEAT)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                yield f"data: {json.dumps(event)}\n\n".encode()
        finally:
            self.world.listeners.remove(listen)

    def _filled(self, event: dict[str, Any]) -> dict[str, Any]:
        if event["type"] != "message":
            return event
        for record in reversed(self.world.records.get(event["chat"], [])):
            if record.id == event["message_id"]:
                chat = views.chat_view(self.world, self.world.chat(event["chat"]))
                return {**event, "message": views.message_view(self.world, record), "chat_view": chat}
        return event

    async def file(self, request: Request) -> Response:
        """A picture or file for the page; never as something a browser would run."""
        stored = self.world.files.get(request.path_params["id"])
        if stored is None:
            return reply({"error": "没有这个文件"}, 404)
        picture = stored.path.startswith("photos/")
        mime = "image/jpeg" if picture else "application/octet-stream"
        headers = {"x-content-type-options": "nosniff", "cache-control": "max-age=3600"}
        if not picture:
            headers["content-disposition"] = "attachment"
        return Response(stored.content, media_type=mime, headers=headers)


def _chat_id(request: Request) -> int:
    return int(request.path_params["chat"])


async def _body(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except ValueError:
        raise ControlError("请求不是 JSON") from None


def _foreign(request: Request) -> bool:
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")


def _guarded(act: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
    @functools.wraps(act)
    async def endpoint(request: Request) -> Response:
        if _foreign(request):
            return reply({"error": "只能在沙盒自己的网页里使用"}, 403)
        try:
            return reply(await act(request))
        except ControlError as error:
            return reply({"error": str(error)}, 400)
        except (KeyError, TypeError, ValueError) as error:
            return reply({"error": f"请求不完整：{error}"}, 400)

    return endpoint
