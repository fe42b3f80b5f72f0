"""The hands of a test: people who write, press and wait, over plain HTTP.

    with running_sandbox() as sandbox:
        zhang = sandbox.client.person(1, "张", "伟")
        sandbox.client.say(1, "明天下午两点用车")
        card = sandbox.client.wait_message(1, contains="提交")
        sandbox.client.press(1, "提交")

Waiting never polls: the sandbox answers the moment something changes. All timeouts are in seconds.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

T = TypeVar("T")


class SandboxError(Exception):
    """The sandbox could not do what the test asked of a person (no such button, a blocked bot, …)."""


class WaitTimeoutError(AssertionError):
    """What the test waited for did not happen; the message shows the end of the chat."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Button:
    """One inline button as the person sees it."""

    label: str
    data: str | None
    url: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatMessage:
    """One message as it looks now, after every edit. `at` is when it was sent, in Unix seconds."""

    id: int
    chat: int
    sender: int
    from_bot: bool
    kind: str
    text: str
    rows: tuple[tuple[Button, ...], ...]
    edits: tuple[str, ...]
    deleted: bool
    at: float
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def buttons(self) -> tuple[Button, ...]:
        """Every inline button, row by row."""
        return tuple(button for row in self.rows for button in row)

    @property
    def labels(self) -> tuple[str, ...]:
        """The words on the inline buttons."""
        return tuple(button.label for button in self.buttons)


@dataclass(frozen=True, kw_only=True, slots=True)
class Press:
    """A press of an inline button and what the bot said to it. `seconds` is press to answer."""

    id: str
    answered: bool
    text: str
    alert: bool
    seconds: float | None


class SandboxClient:
    """People's side of the sandbox. Every method speaks to `/sandbox/…`; `base` is `http://host:port`."""

    def __init__(self, *, base: str) -> None:
        self._http = httpx.Client(base_url=base, timeout=60, trust_env=False)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    # -- people and chats ------------------------------------------------------------------------

    def people(self, people: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Create or update people: `{id, first_name, last_name?, username?, label?, started?}`; idempotent."""
        return list(self._post("/sandbox/people", list(people)))

    def person(self, person: int, first_name: str, last_name: str = "", **more: Any) -> dict[str, Any]:
        """Create or update one person."""
        return self.people([{"id": person, "first_name": first_name, "last_name": last_name, **more}])[0]

    def group(self, title: str, members: Sequence[int]) -> int:
        """Create a supergroup with the bot in it; returns its chat id."""
        return int(self._post("/sandbox/groups", {"title": title, "members": list(members)})["id"])

    def block(self, person: int) -> None:
        """The person blocks the bot: sending to them is a 403 from now on."""
        self._post("/sandbox/block", {"person": person, "blocked": True})

    def unblock(self, person: int) -> None:
        """The person lets the bot write again."""
        self._post("/sandbox/block", {"person": person, "blocked": False})

    # -- what people do --------------------------------------------------------------------------

    def say(self, person: int, text: str, *, chat: int | None = None, **more: Any) -> ChatMessage:
        """A person writes. `chat` defaults to their private chat; `reply_to=message_id` answers one."""
        return self.send(person, chat=chat, text=text, **more)

    def send(self, person: int, *, chat: int | None = None, **content: Any) -> ChatMessage:
        """A person sends anything: text, location, contact, sticker, voice, forward_from, reply_to…"""
        body = {"person": person, "chat": chat if chat is not None else person, **content}
        return _message(self._post("/sandbox/messages", body))

    def send_location(
        self, person: int, latitude: float, longitude: float, *, chat: int | None = None
    ) -> ChatMessage:
        """A person shares a place (WGS-84 degrees)."""
        return self.send(person, chat=chat, location={"latitude": latitude, "longitude": longitude})

    def send_photo(
        self, person: int, content: bytes | None = None, *, caption: str = "", chat: int | None = None
    ) -> ChatMessage:
        """A person sends a photo; without `content` a small made-up picture."""
        return self._upload(person, chat, kind="photo", content=content, name="photo.jpg", caption=caption)

    def send_document(
        self, person: int, content: bytes, name: str, *, caption: str = "", chat: int | None = None
    ) -> ChatMessage:
        """A person sends a file."""
        return self._upload(person, chat, kind="document", content=content, name=name, caption=caption)

    def send_album(
        self, person: int, photos: int = 2, *, caption: str = "", chat: int | None = None
    ) -> list[ChatMessage]:
        """A person sends several photos at once: one update each, one `media_group_id`."""
        body = {"person": person, "chat": chat if chat is not None else person}
        views = self._post("/sandbox/albums", {**body, "photos": photos, "caption": caption})
        return [_message(view) for view in views]

    def edit(self, person: int, message_id: int, text: str, *, chat: int | None = None) -> ChatMessage:
        """A person edits what they wrote."""
        place = chat if chat is not None else person
        body = {"person": person, "chat": place, "message_id": message_id, "text": text}
        return _message(self._post("/sandbox/edits", body))

    def press(
        self,
        person: int,
        label: str | None = None,
        *,
        data: str | None = None,
        message_id: int | None = None,
        chat: int | None = None,
        force: bool = False,
        expired: bool = False,
        wait: float = 10.0,
    ) -> Press:
        """Press an inline button and wait up to `wait` seconds for the bot's answer (0: do not wait).

        Without `message_id` the newest message with such a button is meant. `force` presses a button that is no
        longer there, as a phone with an old view can; `expired` presses one whose answer will come too late.
        Raises SandboxError when there is no such button.
        """
        place = chat if chat is not None else person
        body = {"person": person, "chat": place, "message_id": message_id, "label": label, "data": data}
        query = self._post("/sandbox/presses", {**body, "force": force, "expired": expired})
        if wait:
            self._wait(lambda: self.callback(str(query["id"])).answered, wait)
        return self.callback(str(query["id"]))

    def tap(self, person: int, label: str, *, chat: int | None = None) -> ChatMessage:
        """Press a button of the reply keyboard under the input; raises SandboxError when it is not shown."""
        place = chat if chat is not None else person
        return _message(self._post("/sandbox/taps", {"person": person, "chat": place, "label": label}))

    # -- what people see -------------------------------------------------------------------------

    def messages(self, chat: int, *, after: int = 0, deleted: bool = False) -> list[ChatMessage]:
        """The chat as it looks now, oldest first; `after` is a message id."""
        views = self._get(f"/sandbox/chats/{chat}/messages", after=after)
        return [m for m in map(_message, views) if deleted or not m.deleted]

    def from_bot(self, chat: int, *, after: int = 0) -> list[ChatMessage]:
        """What the bot said in a chat."""
        return [message for message in self.messages(chat, after=after) if message.from_bot]

    def last(self, chat: int) -> ChatMessage | None:
        """The newest message of a chat, whoever wrote it."""
        return next(iter(reversed(self.messages(chat))), None)

    def reply_keyboard(self, chat: int) -> list[list[str]]:
        """The labels of the reply keyboard now shown in a chat; empty when there is none."""
        markup = self._get(f"/sandbox/chats/{chat}").get("reply_keyboard") or {}
        return [[button["text"] for button in row] for row in markup.get("keyboard", [])]

    def commands(self, chat: int, *, person: int | None = None) -> list[str]:
        """The command names in the menu of a chat, as this person sees them."""
        found = self._get(f"/sandbox/chats/{chat}/commands", person=person if person is not None else chat)
        return [command["command"] for command in found]

    def callback(self, query_id: str) -> Press:
        """How a press stands."""
        return _press(self._get(f"/sandbox/callbacks/{query_id}"))

    def unanswered(self) -> list[Press]:
        """Presses the bot has not answered: each of them is a spinner on somebody's phone."""
        return [_press(view) for view in self._get("/sandbox/callbacks", unanswered=1)]

    # -- waiting ---------------------------------------------------------------------------------

    def wait_for(self, predicate: Callable[[], T], timeout: float = 30.0, *, what: str = "") -> T:
        """Call `predicate` after every change until it is truthy; return its value.

        Raises WaitTimeoutError after `timeout` seconds.
        """
        value = self._wait(predicate, timeout)
        if not value:
            raise WaitTimeoutError(f"{what or predicate} did not happen in {timeout} s")
        return value

    def wait_message(
        self,
        chat: int,
        *,
        contains: str = "",
        label: str | None = None,
        after: int = 0,
        timeout: float = 30.0,
    ) -> ChatMessage:
        """The newest bot message with this text and this button in it, as soon as there is one."""

        def found() -> ChatMessage | None:
            fits = [
                message
                for message in self.from_bot(chat, after=after)
                if contains in message.text and (label is None or label in message.labels)
            ]
            return fits[-1] if fits else None

        message = self._wait(found, timeout)
        if message is None:
            tail = "\n".join(f"  {m.id} {m.sender}: {m.text} {m.labels}" for m in self.messages(chat)[-6:])
            raise WaitTimeoutError(
                f"no message with {contains!r} {label or ''} in {timeout} s; chat:\n{tail}"
            )
        return message

    def ask(
        self, person: int, text: str, *, contains: str = "", label: str | None = None, timeout: float = 30.0
    ) -> ChatMessage:
        """Write privately and return the bot's next message that fits."""
        said = self.say(person, text)
        return self.wait_message(person, contains=contains, label=label, after=said.id, timeout=timeout)

    def quiet(self, *, seconds: float = 0.3, timeout: float = 30.0) -> None:
        """Return once nothing has happened for `seconds`; raises WaitTimeoutError if it never calms down."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            version = self._version()
            if self._change(version, seconds) == version:
                return
        raise WaitTimeoutError(f"the sandbox was not quiet for {seconds} s within {timeout} s")

    # -- the machinery ---------------------------------------------------------------------------

    def fault(self, method: str, kind: str, *, times: int = 1, **more: Any) -> None:
        """Make the next `times` calls of `method` ("*": any) go wrong.

        kind: `429` (retry_after=…), `500`, `502`, `403`, `timeout` (done, but no reply for `seconds`), `hang` (neither done
        nor replied), `drop` (done, connection cut), `delay` (late by `seconds`). `chat=…` narrows it to one chat.
        """
        self._post("/sandbox/faults", {"method": method, "kind": kind, "times": times, **more})

    def clear_faults(self) -> None:
        """Let everything go right again."""
        self._http.delete("/sandbox/faults").raise_for_status()

    def redeliver(self, update_id: int | None = None, *, new_id: bool = False) -> int:
        """Deliver an update (default: the last one) once more; returns the update_id it goes out under."""
        return int(self._post("/sandbox/redeliver", {"update_id": update_id, "new_id": new_id})["update_id"])

    def requests(self, method: str | None = None, *, since: int = 0) -> list[dict[str, Any]]:
        """What the bot asked of the API: `{n, at, method, params, status, verdict, why, warnings, fault, ms}`.

        verdict: `valid`, `refused` (well-formed, but the state of things forbids it) or `invalid` (breaks a rule of the API).
        getUpdates is listed only when asked for by name.
        """
        return list(self._get("/sandbox/requests", method=method or "", since=since))

    def invalid_requests(self) -> list[dict[str, Any]]:
        """Requests that break a rule of the Bot API; a correct bot has none."""
        return [request for request in self.requests() if request["verdict"] == "invalid"]

    def pending_updates(self) -> int:
        """Updates the bot has not acknowledged yet."""
        return int(self._get("/sandbox/status")["pending_updates"])

    def status(self) -> dict[str, Any]:
        """Counts and settings: bot, webhook, pending updates, version."""
        return dict(self._get("/sandbox/status"))

    def reset(self) -> None:
        """Forget everything: people, chats, updates, log, faults."""
        self._post("/sandbox/reset", {})

    # -- plumbing --------------------------------------------------------------------------------

    def _wait(self, predicate: Callable[[], T], timeout: float) -> T:
        deadline = time.monotonic() + timeout
        while True:
            version = self._version()
            value = predicate()
            left = deadline - time.monotonic()
            if value or left <= 0:
                return value
            self._change(version, min(left, 20.0))

    def _version(self) -> int:
        return int(self._get("/sandbox/version")["version"])

    def _change(self, since: int, timeout: float) -> int:
        return int(self._get("/sandbox/version", since=since, timeout=timeout)["version"])

    def _upload(self, person: int, chat: int | None, *, content: bytes | None, **form: str) -> ChatMessage:
        place = chat if chat is not None else person
        fields = {"person": str(person), "chat": str(place), **form}
        files = {"file": (form["name"], content or b"", "application/octet-stream")}
        return _message(_checked(self._http.post("/sandbox/uploads", data=fields, files=files)))

    def _get(self, path: str, **query: Any) -> Any:
        return _checked(self._http.get(path, params=query))

    def _post(self, path: str, body: Any) -> Any:
        # ASCII on the wire, so that even a lone surrogate can be sent.
        headers = {"content-type": "application/json"}
        return _checked(self._http.post(path, content=json.dumps(body).encode(), headers=headers))


def _checked(response: httpx.Response) -> Any:
    if response.is_success:
        return json.loads(response.content)
    try:
        why = json.loads(response.content)["error"]
    except (ValueError, KeyError, TypeError):
        why = response.text
    raise SandboxError(f"{response.status_code}: {why}")


def _press(view: Mapping[str, Any]) -> Press:
    return Press(
        id=str(view["id"]),
        answered=bool(view["answered"]),
        text=str(view["text"] or ""),
        alert=bool(view["alert"]),
        seconds=view["seconds"],
    )


def _message(view: Mapping[str, Any]) -> ChatMessage:
    rows = tuple(
        tuple(Button(label=b["text"], data=b.get("callback_data"), url=b.get("url")) for b in row)
        for row in view["keyboard"]
    )
    return ChatMessage(
        id=int(view["message_id"]),
        chat=int(view["chat_id"]),
        sender=int(view["from"]["id"]),
        from_bot=bool(view["from_bot"]),
        kind=str(view["kind"]),
        text=str(view["text"]),
        rows=rows,
        edits=tuple(edit["text"] for edit in view["edits"]),
        deleted=bool(view["deleted"]),
        at=float(view["at"]),
        raw=view["raw"],
    )
