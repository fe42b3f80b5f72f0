"""The list of a visit as a page to sign: read back from the file that was written."""

from __future__ import annotations

import re
import zlib
from datetime import date
from typing import TYPE_CHECKING

import pytest

from handlers.reception import sheet
from handlers.reports.fonts import chinese_font

if TYPE_CHECKING:
    from pathlib import Path

A4 = (595, 842)  # points


def made(**changed: object) -> sheet.Sheet:
    told: dict[str, object] = {
        "title": "国内公务接待清单",
        "number": "JD-20261202-001",
        "organisation": "办公室",
        "lines": (
            (("来访单位", "四川省机关事务管理局"),),
            (("公函文号", "川机管函〔2026〕18号"), ("人数", "8")),
        ),
        "costs": "工作餐 960元，过路费 30",
        "after": ((("陪同人员", "林晓梅"),),),
        "signers": ("经办人", "接待部门负责人", "财务审核"),
        "made_on": date(2026, 12, 4),
    }
    return sheet.Sheet(**{**told, **changed})  # type: ignore[arg-type]


def written(tmp_path: Path, page: sheet.Sheet) -> bytes:
    font = chinese_font()
    assert font is not None
    sheet.write(tmp_path / "new" / "list.pdf", page, font_path=font)
    return (tmp_path / "new" / "list.pdf").read_bytes()


def streams(pdf: bytes) -> list[bytes]:
    found = []
    for raw in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(raw))
        except zlib.error:
            found.append(raw)
    return found


def text_of(pdf: bytes) -> str:
    """Read the text back by the table from glyphs to characters that the file carries for copying and searching."""
    parts = streams(pdf)
    table: dict[str, str] = {}
    for part in parts:
        for block in re.findall(rb"beginbfchar(.*?)endbfchar", part, re.DOTALL):
            for glyph, char in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
                table[glyph.decode().upper()] = bytes.fromhex(char.decode()).decode("utf-16-be")
    said = ""
    for part in parts:
        for shown in re.findall(rb"\((.*?)(?<!\\)\)\s*Tj", part, re.DOTALL):
            plain = re.sub(rb"\\([\\()])", rb"\1", shown).replace(b"\\r", b"\r").replace(b"\\n", b"\n")
            said += "".join(table.get(plain[i : i + 2].hex().upper(), "?") for i in range(0, len(plain), 2))
            said += "\n"
    return said


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def test_is_one_page_of_a4_with_its_font_inside(tmp_path: Path) -> None:
    pdf = written(tmp_path, made())
    assert pages(pdf) == 1
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert box is not None
    assert (int(float(box[1])), int(float(box[2]))) in (A4, (595, 841))
    assert b"/FontFile" in pdf
    assert b"NotoSans" in pdf
    assert len(pdf) < 200_000


def test_says_everything_an_official_list_says(tmp_path: Path) -> None:
    said = text_of(written(tmp_path, made()))
    for words in (
        "国内公务接待清单",
        "JD-20261202-001",
        "四川省机关事务管理局",
        "川机管函〔2026〕18号",
        "林晓梅",
    ):
        assert words in said
    for words in ("工作餐", "960.00", "30.00", "合计", "990.00", "经办人（签字）", "第 1 页"):
        assert words in said


def test_a_long_list_goes_on_on_the_next_page(tmp_path: Path) -> None:
    many = "、".join(f"来宾{n} 处长" for n in range(600))
    assert pages(written(tmp_path, made(lines=((("来宾姓名、职务", many),),)))) > 1


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("工作餐 960元", [("工作餐", 960.0)]),
        ("工作餐：960，停车费 12.5 元", [("工作餐", 960.0), ("停车费", 12.5)]),
        ("工作餐 8人 960元", [("工作餐 8人", 960.0)]),
        ("无", []),
        ("工作餐 960元，其余自理", []),
    ],
)
def test_costs_become_items_only_where_every_one_has_an_amount(
    told: str, found: list[tuple[str, float]]
) -> None:
    assert sheet.items(told) == found
