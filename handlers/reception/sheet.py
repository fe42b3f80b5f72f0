"""The list of a visit as a page to sign: A4, one table, in the order the rule names its items (REC-4, REC-5).

A Chinese font is embedded, so that the page looks and prints the same everywhere. Without such a font there is no page, only
the workbook. What people wrote is text here and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, VAlign
from fpdf.fonts import FontFace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from fpdf.table import Table

FONT = "song"
MARGIN, TITLE, BODY, SMALL = 18.0, 20, 10.5, 8.5  # millimetres, and points
LINE = 6.2  # millimetres
LONG, MOST = 100, 600  # characters that fit beside another value, and in one row
MORE = "（续）"
WIDTHS = (27, 60, 27, 60)
HEAD = FontFace(fill_color=(240, 243, 247))
_APART = re.compile(r"[，。；;、\n]+")
_ITEM = re.compile(r"(?P<what>.*?[^\d:：\s.])[:：\s]*(?P<yuan>\d{1,7}(?:\.\d{1,2})?)\s*元?")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What stands on the page. `lines` are rows of one or two (heading, value) pairs; `costs` is what was told of them."""

    title: str
    number: str
    organisation: str
    lines: Sequence[tuple[tuple[str, str], ...]]
    costs: str
    after: Sequence[tuple[tuple[str, str], ...]]
    signers: Sequence[str]
    made_on: date


def items(costs: str) -> list[tuple[str, float]]:
    """Return the items and amounts (yuan) in the words about costs; nothing unless every part of them names both."""
    parts = [part.strip() for part in _APART.split(costs) if part.strip()]
    found = [_ITEM.fullmatch(part) for part in parts]
    return [(m["what"], float(m["yuan"])) for m in found if m is not None] if all(found) else []


def write(path: Path, sheet: Sheet, *, font_path: str) -> None:
    """Write the page as a PDF file. Makes the folder if missing."""
    pdf = _Page(sheet)
    pdf.add_font(FONT, fname=font_path)
    pdf.set_margin(MARGIN)
    pdf.set_auto_page_break(auto=True, margin=MARGIN)
    pdf.alias_nb_pages()
    pdf.set_title(f"{sheet.title} {sheet.number}")
    pdf.set_lang("zh-CN")
    pdf.add_page()
    _head(pdf, sheet)
    with pdf.table(
        col_widths=WIDTHS,
        first_row_as_headings=False,
        borders_layout=TableBordersLayout.ALL,
        line_height=LINE,
        padding=(1.4, 2),
        v_align=VAlign.M,
        text_align="LEFT",
    ) as table:
        for line in sheet.lines:
            _line(table, line)
        _costs(table, sheet.costs)
        for line in sheet.after:
            _line(table, line)
    _signatures(pdf, sheet)
    path.parent.mkdir(parents=True, exist_ok=True)
    pdf.output(str(path))


class _Page(FPDF):
    """A page with its number and the ticket's at the foot."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(format="A4", unit="mm")
        self._sheet = sheet

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font(FONT, size=SMALL)
        self.set_text_color(110)
        left = f"{self._sheet.number}　制表 {self._sheet.made_on:%Y-%m-%d}"
        self.cell(self.epw / 2, 6, left)
        self.cell(self.epw / 2, 6, f"第 {self.page_no()} 页，共 {{nb}} 页", align="R")
        self.set_text_color(0)


def _head(pdf: FPDF, sheet: Sheet) -> None:
    pdf.set_font(FONT, size=TITLE)
    pdf.set_char_spacing(3)
    pdf.cell(pdf.epw, 14, sheet.title, align="C", new_x="LMARGIN", new_y="NEXT")
    pdf.set_char_spacing(0)
    pdf.set_font(FONT, size=BODY)
    pdf.cell(pdf.epw / 2, 9, f"接待单位：{_plain(sheet.organisation)}")
    pdf.cell(pdf.epw / 2, 9, f"编号：{sheet.number}", align="R", new_x="LMARGIN", new_y="NEXT")


def _line(table: Table, pairs: tuple[tuple[str, str], ...]) -> None:
    if len(pairs) > 1 and any(len(value) > LONG for _, value in pairs):
        for pair in pairs:
            _line(table, (pair,))
        return
    heading, value = pairs[0]
    if len(value) > MOST:  # a row must fit on a page
        _line(table, ((heading, value[:MOST]),))
        _line(table, ((f"{heading.removesuffix(MORE)}{MORE}", value[MOST:]),))
        return
    row = table.row()
    for heading, value in pairs:
        row.cell(heading.replace("、", "\n"), align="C", style=HEAD)
        row.cell(_plain(value) or "　", colspan=1 if len(pairs) > 1 else 3)


def _costs(table: Table, costs: str) -> None:
    """Items with their amounts and the total; words that name no amount stand as they are."""
    found = items(costs)
    if not found:
        _line(table, (("费用", costs),))
        return
    row = table.row()
    row.cell("费用明细", align="C", style=HEAD, rowspan=len(found) + 2)
    row.cell("项目", align="C", style=HEAD, colspan=2)
    row.cell("金额（元）", align="C", style=HEAD)
    total = sum(yuan for _, yuan in found)
    for what, yuan in [*found, ("合计", total)]:
        row = table.row()
        row.cell(_plain(what), colspan=2, align="C" if what == "合计" else "L")
        row.cell(f"{yuan:,.2f}", align="R")


def _signatures(pdf: FPDF, sheet: Sheet) -> None:
    """One place to sign for each, kept together on a page."""
    if pdf.get_y() > pdf.h - 60:
        pdf.add_page()
    pdf.ln(8)
    width = pdf.epw / len(sheet.signers)
    for text, height in (("{}（签字）：", 12), ("　　　　年　　月　　日", 8)):
        for signer in sheet.signers:
            pdf.cell(width, height, text.format(signer))
        pdf.ln(height)


def _plain(text: str) -> str:
    return _CONTROL.sub(" ", text)
