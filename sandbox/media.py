"""Pictures and files: what may be sent, how big, and the sizes Telegram makes of a photo."""

from __future__ import annotations

import io
import mimetypes
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw, UnidentifiedImageError

from sandbox.errors import ApiError, bad

if TYPE_CHECKING:
    from sandbox.params import Call, Upload
    from sandbox.state import StoredFile, World

MAX_PHOTO = 10 * 1024 * 1024
MAX_DOCUMENT = 50 * 1024 * 1024
MAX_DOWNLOAD = 20 * 1024 * 1024
_SIDES = (90, 320, 800, 1280)
_MAX_SIDES_SUM = 10_000
_MAX_RATIO = 20


def photo_sizes(world: World, content: bytes) -> list[dict[str, Any]]:
    """A photo as Telegram keeps it: several JPEG sizes, smallest first. Raises ApiError for what is no picture."""
    if len(content) > MAX_PHOTO:
        raise bad(
            f"file of size {len(content)} bytes is too big for a photo; the maximum size is {MAX_PHOTO} bytes"
        )
    try:
        image: Image.Image = Image.open(io.BytesIO(content)).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise bad("IMAGE_PROCESS_FAILED") from None
    if sum(image.size) > _MAX_SIDES_SUM or max(image.size) > _MAX_RATIO * min(image.size):
        raise bad("PHOTO_INVALID_DIMENSIONS")
    longest = max(image.size)
    sides = [side for side in _SIDES if side < longest]
    return [_size(world, image, side) for side in [*sides[:3], min(longest, _SIDES[-1])]]


def _size(world: World, image: Image.Image, side: int) -> dict[str, Any]:
    small = image.copy()
    small.thumbnail((side, side))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=85)
    stored = world.store_file(content=buffer.getvalue(), name="photo.jpg", mime="image/jpeg", folder="photos")
    return {**file_object(stored), "width": small.width, "height": small.height}


def document(world: World, upload: Upload) -> dict[str, Any]:
    """A file as Telegram keeps it. Raises ApiError for an empty or too big one."""
    if not upload.content:
        raise bad("file must be non-empty")
    if len(upload.content) > MAX_DOCUMENT:
        raise ApiError(413, "Request Entity Too Large", broken_rule=True)
    mime = mimetypes.guess_type(upload.name)[0] or upload.mime
    stored = world.store_file(content=upload.content, name=upload.name, mime=mime, folder="documents")
    return {**file_object(stored), "file_name": upload.name, "mime_type": mime}


def file_object(stored: StoredFile) -> dict[str, Any]:
    """The fields every file of the Bot API has."""
    return {"file_id": stored.id, "file_unique_id": stored.unique_id, "file_size": len(stored.content)}


def sent_photo(world: World, call: Call, source: str | None, field: str) -> list[dict[str, Any]]:
    """The photo of a request: an upload, `attach://name`, or the file_id of a photo already here."""
    upload = attached(call, source, field)
    if upload:
        return photo_sizes(world, upload.content)
    stored = known(world, source)
    if not stored.path.startswith("photos/"):
        raise bad("can't use file of type Document as Photo")
    return photo_sizes(world, stored.content)


def sent_document(world: World, call: Call, source: str | None, field: str) -> dict[str, Any]:
    """The document of a request, given in the same three ways."""
    upload = attached(call, source, field)
    if upload:
        return document(world, upload)
    stored = known(world, source)
    return {**file_object(stored), "file_name": stored.name, "mime_type": stored.mime}


def attached(call: Call, source: str | None, field: str) -> Upload | None:
    """The upload meant by a field, if it is one."""
    if field in call.files:
        return call.files[field]
    if source and source.startswith("attach://"):
        name = source.removeprefix("attach://")
        if name not in call.files:
            raise bad(f"can't parse media: file to upload {name} was not found")
        return call.files[name]
    return None


def known(world: World, source: str | None) -> StoredFile:
    """A file by its file_id. Addresses on the internet are refused: the sandbox fetches nothing."""
    if source and source.startswith(("http://", "https://")):
        raise bad("failed to get HTTP URL content")
    if not source or source not in world.files:
        raise bad("wrong remote file identifier specified: Wrong string length")
    return world.files[source]


def made_up_photo(number: int) -> bytes:
    """A small picture for people who have no file at hand."""
    image = Image.new("RGB", (960, 720), (214, 226, 233))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 470, 960, 720), fill=(158, 172, 178))
    draw.rectangle((330, 130, 630, 470), fill=(246, 244, 236), outline=(120, 132, 140), width=6)
    draw.line((480, 130, 480, 470), fill=(120, 132, 140), width=6)
    shift = number * 83 % 500
    draw.ellipse((150 + shift, 500, 330 + shift, 590), fill=(96, 138, 168))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
