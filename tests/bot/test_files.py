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
from sqlalchemy import select

from bot import pictures, traces
from bot.plumbing import utc_now
from bot.understanding import Interpreter
from bot.worker import Front
from desk import outbox
from desk.models import Attachment, InboxStatus, Ticket
from desk.outbox import Document
from handlers import front
from tests.bot.test_sender import Desk, a_ticket
from tests.bot.test_worker import statuses
from tests.conftest import ROOT
from tests.handlers.bench_talk import LIN, ZHOU, small_bureau
from tests.running import running_plumbing

if TYPE_CHECKING:
    from pathlib import Path

    from desk.storage import Database
    from sandbox.client import ChatMessage
    from sandbox.server import RunningSandbox

PHONE = b"Somebodys Telephone"
# Made by an encoder of its own from a picture like the others here: nothing in the desk can write one.
HEIC = (ROOT / "tests/bot/pictures/telephone.heic").read_bytes()
GPS = {1: "N", 2: (43.0, 52.0, 48.0), 3: "E", 4: (125.0, 19.0, 12.0)}


def photo(*, size: tuple[int, int] = (60, 40), sort: str = "JPEG") -> bytes:
    """A picture taken upside down at a place, by somebody's telephone."""
    exif = Image.Exif()
    exif[0x0110], exif[0x0112], exif[0x9003] = PHONE.decode(), 3, "2026:11:23 10:00:00"
    exif.get_ifd(0x8825).update(GPS)
    out = io.BytesIO()
    more = {"comment": PHONE} if sort == "JPEG" else {}
    Image.new("RGB", size, (200, 30, 30)).save(out, sort, exif=exif, **more)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that says it is very large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("sort", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_a_cleaned_picture_is_only_its_pixels(sort: str) -> None:
    taken = photo(sort=sort)
    assert Image.open(io.BytesIO(taken)).getexif()
    cleaned = pictures.drawn(taken)
    picture = Image.open(io.BytesIO(cleaned.content))
    assert (picture.size, dict(picture.getexif()), cleaned.ending) == ((60, 40), {}, ".jpg")
    assert b"Exif" not in cleaned.content
    assert PHONE not in cleaned.content


def letter(pages: int) -> bytes:
    """A letter scanned into one file."""
    out = io.BytesIO()
    first, *more = [Image.new("RGB", (60, 90), (n, 200, 200)) for n in range(pages)]
    first.save(out, "TIFF", save_all=True, append_images=more, software=PHONE.decode())
    return out.getvalue()


def moving() -> bytes:
    """A GIF that moves, with a remark."""
    out = io.BytesIO()
    frames = [Image.new("RGB", (60, 40), (50 * n, 0, 0)) for n in range(5)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], loop=0, comment=PHONE)
    return out.getvalue()


def test_every_page_of_a_scanned_letter_goes_along() -> None:
    scanned = letter(3)
    assert PHONE in scanned
    cleaned = pictures.drawn(scanned)
    assert (cleaned.ending, cleaned.content.count(b"/Type /Page\n")) == (".pdf", 3)
    assert PHONE not in cleaned.content


UNDRAWABLE = [
    b"",
    b"\xff\xd8\xff\xe0 broken",
    photo()[: len(photo()) // 2],
    b"%PDF-1.4",
    bomb(60_000, 60_000),
    bomb(8_000, 8_000),
    b"P6 99999 99999 255 ",
    moving(),
    HEIC,
    letter(61),
]
NAMES = [
    "empty", "broken", "cut off", "no picture", "bomb", "small bomb", "other format", "moving", "heic", "many pages",
]  # fmt: skip


@pytest.mark.parametrize("content", UNDRAWABLE, ids=NAMES)
def test_what_cannot_be_drawn_is_told_so_at_once(content: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(pictures.NotAPicture):
        pictures.drawn(content)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("sort", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_traces_are_cut_out_of_the_file_and_the_picture_stays_as_it_is(sort: str) -> None:
    taken = photo(sort=sort)
    cut = traces.cut_out(taken)
    before, after = Image.open(io.BytesIO(taken)), Image.open(io.BytesIO(cut))
    assert PHONE in taken
    assert PHONE not in cut
    # Which way is up may be said once more in the picture itself.
    assert set(after.getexif()) <= {0x0112}
    assert after.tobytes() == before.tobytes()


def test_a_moving_picture_keeps_moving_without_its_remark() -> None:
    cut = traces.cut_out(moving())
    after = Image.open(io.BytesIO(cut))
    assert (after.n_frames, after.info["loop"], PHONE in moving(), PHONE in cut) == (5, 0, True, False)


def test_a_telephones_heic_is_blanked_where_its_traces_stood() -> None:
    cut = traces.cut_out(HEIC)
    assert (PHONE in HEIC, PHONE in cut, len(cut)) == (True, False, len(HEIC))
    assert sum(one != other for one, other in zip(HEIC, cut, strict=True)) < 200


def test_nothing_after_the_end_of_a_photo_goes_along() -> None:
    assert traces.cut_out(photo() + photo()) == traces.cut_out(photo())


@pytest.mark.parametrize(
    "taken",
    [photo(), photo(sort="PNG"), photo(sort="WEBP"), photo(sort="TIFF"), photo(sort="AVIF"), moving(), HEIC],
    ids=["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "GIF", "HEIC"],
)
def test_wherever_a_file_breaks_off_no_trace_gets_out(taken: bytes) -> None:
    for length in range(0, len(taken), 3):
        broken = taken[:length]
        try:
            cleaned = pictures.without_traces(broken)
        except pictures.Withheld:
            continue
        passed_on = broken if cleaned is None else cleaned.content
        assert PHONE not in passed_on


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../etc/passwd.png", "passwd.jpg"), ("C:\\窗口\\公函.tif", "公函.jpg"), ("...jpg", "图片.jpg"), ("图" * 300 + ".gif", "图" * 80 + ".jpg")],
)  # fmt: skip
def test_a_name_leads_nowhere(name: str, kept: str) -> None:
    assert pictures.file_name(name, ending=".jpg") == kept


def test_a_picture_that_was_only_cut_keeps_its_ending() -> None:
    assert pictures.file_name("../现场.HEIC") == "现场.heic"


def content_of(sandbox: RunningSandbox, message: ChatMessage) -> bytes:
    url = f"{sandbox.page_url}/sandbox/files/{message.raw['document']['file_id']}"
    return httpx.get(url, trust_env=False).content


@pytest.mark.parametrize(
    ("name", "content", "is_cleaned"),
    [
        ("公函.jpg", photo(), True),
        ("公函.heic", HEIC, True),
        ("公函", photo(), True),
        ("公函.tif", letter(2), True),
        ("公函.gif", moving(), True),
        ("公函.jpg", photo(size=(900, 600))[:-300], True),
        ("公函.png", bomb(60_000, 60_000), False),
        ("公函.jpeg", b"no picture", False),
        ("公函.pdf", b"%PDF-1.4 x", False),
    ],
    ids=["with traces", "heic", "no ending", "two pages", "moving", "cut off", "bomb", "text", "paper"],
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
    assert (PHONE in arrived, arrived == content) == (False, not is_cleaned)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xd8 broken", "打不开"),
        (photo()[:200], "打不开"),
        (b"\xff\xd8" + bytes(25_000_000), "超过 20 MB"),
    ],
    ids=["broken", "broken in its traces", "25 MB"],
)
def test_a_picture_nobody_can_clean_stays_here_and_both_sides_are_told_so(
    content: bytes, why: str, database: Database, sandbox: RunningSandbox
) -> None:
    sandbox.client.people([{"id": n, "first_name": f"人{n}", "started": True} for n in (101, 102, 103)])
    file_id = sandbox.client.send_document(101, content, "公函.jpg").raw["document"]["file_id"]
    a_ticket(Desk(database, sandbox.client))
    with database.writing() as session:
        (ticket,) = session.scalars(select(Ticket))
        kept = Attachment(
            ticket_id=ticket.id, person_id=101, sort="document", file_id=file_id, created_at=utc_now()
        )
        session.add(kept)
        for officer in (102, 103):
            said = Document(file_id=file_id, name="公函.jpg", caption="📎 公函")
            outbox.send(session, said, chat_id=officer, now=utc_now(), ticket=ticket)
    with running_plumbing(database, sandbox):
        for officer in (102, 103):
            told = sandbox.client.wait_message(officer, contains=why, timeout=30)
            assert told.text.startswith("📎 公函\n")
        asked = sandbox.client.wait_message(101, contains=why, timeout=30)
        sandbox.client.quiet()
    assert "YC-20261123-001" in asked.text
    assert "PDF" in asked.text
    assert sum(why in message.text for message in sandbox.client.from_bot(101)) == 1
    assert sandbox.client.requests("sendDocument") == []


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
