"""Reading a request: JSON, form, multipart or query string become one `Call` with typed values.

Telegram forgives wrong types (a word where a number belongs becomes 0). Here they are refused, because a bot that
sends them has a bug its author wants to hear about.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile

from sandbox.errors import ApiError, bad

if TYPE_CHECKING:
    from starlette.requests import Request

    from sandbox.schema import Method

MAX_REQUEST = 52_428_800  # 50 MB: the most a bot may upload
_MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "photo": "there is no photo in the request",
    "document": "there is no document in the request",
    "message_id": "message identifier is not specified",
    "user_id": "invalid user_id specified",
    "file_id": "file_id not specified",
    "action": "wrong parameter action in request",
    "from_chat_id": "from_chat_id is empty",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A file that came with the request."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request: the method, its values by name (already of the documented type), its uploads."""

    method: Method
    values: dict[str, Any]
    files: dict[str, Upload]
    unknown: tuple[str, ...] = ()

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or `default` when it was not sent."""
        return self.values.get(name, default)

    def summary(self) -> dict[str, Any]:
        """What the log keeps: values as they are, uploads by name and size."""
        sizes = {name: f"<{upload.name}, {len(upload.content)} bytes>" for name, upload in self.files.items()}
        return {**sizes, **self.values}


@dataclass(frozen=True, kw_only=True, slots=True)
class Raw:
    """What was on the wire, before types."""

    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)


async def read(request: Request) -> Raw:
    """Take the request apart. Raises ApiError 413 above 50 MB and 400 when it cannot be read."""
    if int(request.headers.get("content-length") or 0) > MAX_REQUEST + 65_536:
        raise ApiError(413, "Request Entity Too Large", broken_rule=True)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    values: dict[str, Any] = dict(parse_qsl(request.url.query, keep_blank_values=True))
    files: dict[str, Upload] = {}
    if kind == "application/json":
        values |= _object(await request.body())
    elif kind == "application/x-www-form-urlencoded":
        values |= dict(parse_qsl(_utf8(await request.body()), keep_blank_values=True, errors="strict"))
    elif kind == "multipart/form-data":
        async with request.form(max_files=20, max_fields=200) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files[name] = Upload(
                        name=value.filename or name,
                        mime=value.content_type or "application/octet-stream",
                        content=await value.read(),
                    )
                else:
                    values[name] = value
    return Raw(values=values, files=files)


def typed(method: Method, raw: Raw) -> Call:
    """Give every value its documented type. Raises ApiError when one is missing or of another type."""
    values = {
        name: _convert(name, method.types[name], value)
        for name, value in raw.values.items()
        if name in method.types and value not in (None, "")
    }
    for name in method.required:
        if name not in values and name not in raw.files and not (name == "url" and name in raw.values):
            raise bad(_MISSING.get(name, f'parameter "{name}" is required'))
    unknown = tuple(name for name in raw.values if name not in method.types)
    return Call(method=method, values=values, files=raw.files, unknown=unknown)


def _convert(name: str, kind: str, value: Any) -> Any:
    if kind in {"str", "file"}:
        if not isinstance(value, str):
            raise bad(f'parameter "{name}" must be a String')
        return value.replace("\r", "").replace("\x00", " ") if kind == "str" else value
    if kind == "int":
        return _integer(name, value)
    if kind == "float":
        return _real(name, value)
    if kind == "bool":
        return _boolean(name, value)
    if kind == "chat":
        return value if isinstance(value, str) and value.startswith("@") else _integer(name, value)
    parsed = _json(name, value) if isinstance(value, str) else value
    if not isinstance(parsed, list if kind == "list" else dict):
        raise bad("object expected as reply markup" if name == "reply_markup" else f'can\'t parse "{name}"')
    return parsed


def _integer(name: str, value: Any) -> int:
    try:
        if isinstance(value, bool | float):
            raise ValueError(value)
        return int(value)
    except (TypeError, ValueError):
        raise bad(f'parameter "{name}" must be an Integer') from None


def _real(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise bad(f'parameter "{name}" must be a Float') from None


def _boolean(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in {"true", "1", "yes", "false", "0", "no"}:
        return str(value).lower() in {"true", "1", "yes"}
    raise bad(f'parameter "{name}" must be a Boolean')


def _json(name: str, value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        what = "reply keyboard markup" if name == "reply_markup" else f"{name}"
        raise bad(f"can't parse {what} JSON object") from None


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        raise bad("can't parse JSON object") from None
    if not isinstance(found, dict):
        raise bad("can't parse JSON object")
    return found


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise bad("strings must be encoded in UTF-8") from None
