"""Reading what offices really send: CSV out of any spreadsheet program, and XLSX, as plain rows of cells.

The kind of file is told by its bytes, not by its name. Every row comes with the line the person sees in the
spreadsheet. Cells are text, numbers or dates as the file has them; formulas stay text and are never computed.
Files that could exhaust the machine are refused before they are unpacked.
"""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from openpyxl import load_workbook

from desk.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Cell = str | int | float | bool | date | datetime | time | None
Line = tuple[int, list[Cell]]

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_RATIO = 200  # plain spreadsheets pack about 10:1; zip bombs a thousand and more
MAX_PARTS = 1_000
MAX_ROWS = 50_000
MAX_COLUMNS = 100

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0"


def read_lines(path: Path) -> Iterator[Line]:
    """Yield the rows of a CSV or XLSX file as (line, cells), lines counted from 1, empty rows left out.

    Raises BadInput, with words that say what to do, for a file that is missing, too big or not such a file.
    """
    content = _content(path)
    if content.startswith(OLE):
        raise BadInput("这是旧版 .xls 或加了密码的文件，请另存为不加密码的 .xlsx 再导入。")
    rows = _xlsx(content) if content.startswith(ZIP) else _csv(content)
    for count, (line, cells) in enumerate(rows, 1):
        if count > MAX_ROWS:
            raise BadInput(f"文件超过 {MAX_ROWS} 行，请分成几个文件导入。")
        if len(cells) > MAX_COLUMNS:
            raise BadInput(f"第 {line} 行超过 {MAX_COLUMNS} 列，请检查文件是否完整。")
        if any(c is not None and str(c).strip() for c in cells):
            yield line, cells


def plain_text(path: Path) -> str | None:
    """Return the text of a file, None for a spreadsheet. Raises BadInput like `read_lines`."""
    content = _content(path)
    return None if content.startswith((ZIP, OLE)) else _decoded(content)


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise BadInput(f"文件太大，最多 {MAX_FILE_BYTES // 1024 // 1024} MB。")
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"打不开文件 {path.name}：文件不存在或没有读取权限。") from error
    if not content.strip():
        raise BadInput("文件是空的。")
    return content


# ── CSV ─────────────────────────────────────────────────────────────────────────────────────────────


def _csv(content: bytes) -> Iterator[Line]:
    text = _decoded(content)
    head = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(",\t;", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    try:
        for cells in reader:
            yield before + 1, list(cells)
            before = reader.line_num
    except csv.Error as error:
        raise BadInput(f"CSV 从第 {before + 1} 行起读不下去：引号不成对或内容已损坏。") from error


def _decoded(content: bytes) -> str:
    """Decode by the byte order mark, else as UTF-8, else as GB18030 (which includes GBK)."""
    has_utf16_mark = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if has_utf16_mark else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadInput("认不出这个文件：请用 UTF-8 或 GBK 编码的 CSV，或 .xlsx。")


# ── XLSX ────────────────────────────────────────────────────────────────────────────────────────────


def _xlsx(content: bytes) -> Iterator[Line]:
    _check_archive(content)
    try:
        # data_only=False: a formula is given as its text, so a cached result nobody sees is never imported.
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # some programs write a wrong size
            for line, cells in enumerate(sheet.iter_rows(max_row=MAX_ROWS + 1, max_col=MAX_COLUMNS + 1), 1):
                yield line, _trimmed([_value(c.value) for c in cells])
        finally:
            book.close()
    except BadInput:
        raise
    except (
        Exception
    ) as error:  # openpyxl has no error of its own for a broken file: KeyError, ValueError, ParseError…
        raise BadInput("这个 .xlsx 读不出来，可能已损坏，请用表格软件打开后另存一份。") from error


def _check_archive(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            unpacked = sum(p.file_size for p in parts)
            if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * len(content):
                raise BadInput("这个 .xlsx 展开后大得不正常，没有导入。")
            if not any(p.filename == "[Content_Types].xml" for p in parts):
                raise BadInput("这是压缩包，不是 .xlsx 表格。")
            for part in parts:
                # A document type is what entity bombs are made of; spreadsheets have none.
                if part.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in archive.open(part).read(
                    65_536
                ):
                    raise BadInput("这个 .xlsx 里有不该出现的内容，没有导入。")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise BadInput("这个 .xlsx 读不出来，可能已损坏，请用表格软件打开后另存一份。") from error


def _value(value: object) -> Cell:
    return value if isinstance(value, str | int | float | bool | date | time) or value is None else str(value)


def _trimmed(cells: list[Cell]) -> list[Cell]:
    while cells and cells[-1] is None:
        cells.pop()
    return cells
