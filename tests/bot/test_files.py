"""Files people send: too large, broken, made to burst, with traces in them. The desk answers, passes on, and keeps none."""

from __future__ import annotations

import io
import struct
import time
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from bot import pictures
from bot.plumbing import utc_now
from bot.understanding import Interpreter
from bot.worker import Front
from desk import outbox
from desk.models import InboxStatus
from desk.outbox import Document
from handlers import front
from tests.bot.test_worker import statuses
from tests.handlers.bench_talk import LIN, ZHOU, small_bureau
from tests.running import running_plumbing

if TYPE_CHECKING:
    from pathlib import Path

    from desk.storage import Database
    from sandbox.client import ChatMessage
    from sandbox.server import RunningSandbox

GPS = {1: "N", 2: (43.0, 52.0, 48.0), 3: "E", 4: (125.0, 19.0, 12.0)}


def photo(*, size: tuple[int, int] = (60, 40), sort: str = "JPEG") -> bytes:
    """A picture taken upside down at a place, by somebody's telephone."""
    exif = Image.Exif()
    exif[0x0110], exif[0x0112], exif[0x9003] = "某某的手机", 3, "2026:11:23 10:00:00"
    exif.get_ifd(0x8825).update(GPS)
    out = io.BytesIO()
    more = {"comment": "某某的手机"} if sort == "JPEG" else {}
    Image.new("RGB", size, (200, 30, 30)).save(out, sort, exif=exif, **more)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that says it is very large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("sort", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_cleaned_picture_is_only_its_pixels(sort: str) -> None:
    taken = photo(sort=sort)
    assert Image.open(io.BytesIO(taken)).getexif()
    drawn = pictures.cleaned(taken)
    picture = Image.open(io.BytesIO(drawn))
    assert (picture.size, dict(picture.getexif())) == ((60, 40), {})
    assert b"Exif" not in drawn
    assert "某某".encode() not in drawn


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff\xe0 broken",
        photo()[: len(photo()) // 2],
        b"%PDF-1.4",
        bomb(60_000, 60_000),
        bomb(8_000, 8_000),
        b"P6 99999 99999 255 ",
    ],
    ids=["empty", "broken", "cut off", "no picture", "bomb", "small bomb", "other format"],
)
def test_what_is_no_picture_is_told_so_at_once(content: bytes) -> None:
    begun = time.monotonic()
    with pytest.raises(pictures.NotAPicture):
        pictures.cleaned(content)
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../etc/passwd.png", "passwd.jpg"), ("C:\\窗口\\公函.tif", "公函.jpg"), ("...jpg", "图片.jpg"), ("图" * 300 + ".gif", "图" * 80 + ".jpg")],
)  # fmt: skip
def test_a_name_leads_nowhere(name: str, kept: str) -> None:
    assert pictures.file_name(name) == kept


def content_of(sandbox: RunningSandbox, message: ChatMessage) -> bytes:
    url = f"{sandbox.page_url}/sandbox/files/{message.raw['document']['file_id']}"
    return httpx.get(url, trust_env=False).content


@pytest.mark.parametrize(
    ("name", "content", "is_cleaned"),
    [
        ("公函.jpg", photo(), True),
        ("公函.png", bomb(60_000, 60_000), False),
        ("公函.jpeg", b"\xff\xd8 broken", False),
        ("公函.pdf", b"%PDF-1.4 x", False),
        ("公函.jpg", b"\xff\xd8" + bytes(25_000_000), False),
    ],
    ids=["with traces", "bomb", "broken", "paper", "25 MB"],
)
def test_a_picture_sent_as_a_file_is_passed_on_without_its_traces_and_anything_else_as_it_came(
    name: str, content: bytes, is_cleaned: bool, database: Database, sandbox: RunningSandbox
) -> None:
    sandbox.client.people([{"id": n, "first_name": f"人{n}", "started": True} for n in (1, 2)])
    file_id = sandbox.client.send_document(1, content, name).raw["document"]["file_id"]
    with database.writing() as session:
        said = Document(file_id=file_id, name=name, caption="📎 公函")
        outbox.send(session, said, chat_id=2, now=utc_now())
    with running_plumbing(database, sandbox):
        passed = sandbox.client.wait_message(2, contains="公函", timeout=30)
    arrived = content_of(sandbox, passed)
    assert (b"Exif" in arrived, arrived == content) == (False, not is_cleaned)


def test_whatever_file_somebody_sends_is_answered_and_none_is_fetched(
    database: Database, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    counter = small_bureau(database)
    sandbox.client.people([{"id": n, "first_name": f"人{n}", "started": True} for n in (LIN, ZHOU)])
    face = Front(
        needs_understanding=front.needs_understanding,
        handle=partial(front.handle, house=counter.house),
        apologise=front.apologise,
    )
    sent: list[Any] = [
        ("25 MB", bytes(25_000_000), "录像.mp4"),
        ("broken", b"\xff\xd8\xff broken", "现场.jpg"),
        ("traversal", photo(), "../../../etc/cron.d/x.jpg"),
        ("markup", b"x", "<b>&公函</b>.pdf"),
        ("long", b"x", "长" * 500 + ".txt"),
    ]
    with running_plumbing(database, sandbox, front=face, understander=Interpreter()):
        for _, content, name in sent:
            said = sandbox.client.send_document(LIN, content, name)
            answer = sandbox.client.wait_message(LIN, after=said.id, timeout=20)
            assert "差错" not in answer.text
        sandbox.client.quiet()
        assert sandbox.client.requests("getFile") == []
        assert sandbox.client.invalid_requests() == []
    assert set(statuses(database)) == {InboxStatus.DONE}
    assert [
        path.name for path in tmp_path.rglob("*") if path.suffix in (".jpg", ".mp4", ".pdf", ".txt")
    ] == []
    print(f"{len(sent)} odd files: {len(sent)} answered, 0 fetched")
