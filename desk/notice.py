"""The official notice of holidays, as an admin gets it: the text of the circular, or a table of days.

「春节：2月5日至11日放假调休，共7天。2月13日（周六）上班。」 becomes days off and days worked. A weekday written beside a date
must be right, or the year was misread. What is loaded goes before every library; tickets booked on an estimate are looked
at again (handlers.tickets.recheck).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk.errors import BadInput
from desk.models import CalendarDay
from desk.register import fields
from desk.register.tables import plain_text, read_lines

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

DATE = r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:[（(]([^）)]*)[）)])?"
TOKEN = re.compile(
    rf"(?P<date>{DATE})|(?P<to>至|到|[-—–~～])|(?P<off>放假|补休|休息)|(?P<work>上班)|(?P<end>[。；;\n])|(?P<name>元旦|春节|清明节?|劳动节|端午节?|中秋节?|国庆节?)"
)
YEAR = re.compile(r"(\d{4})\s*年(?=.{0,6}(?:部分)?节假日)")
WEEKDAY = re.compile(r"(?:周|星期)([一二三四五六日天])")
WORKS = {
    "上班": True,
    "工作": True,
    "补班": True,
    "放假": False,
    "休息": False,
    "补休": False,
    "休": False,
    "班": True,
}
LONGEST_HOLIDAY = 15


@dataclass(slots=True, kw_only=True)
class Notice:
    """The days a notice names: whether each is worked, and of which holiday it is."""

    works: dict[date, bool] = field(default_factory=dict)
    names: dict[date, str] = field(default_factory=dict)

    def add(self, day: date, *, works: bool, name: str) -> None:
        """Note one day. Raises BadInput when the notice says both of it."""
        if self.works.get(day, works) != works:
            raise BadInput(f"{day} 在通知里既写了放假又写了上班，请核对。")
        self.works[day] = works
        self.names[day] = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What loading a notice changed: the years it speaks of, how many days were noted, and which mean something new."""

    years: tuple[int, ...]
    days: int
    changed: tuple[date, ...]


def read_notice(path: Path) -> Notice:
    """Read a notice from CSV, XLSX or plain text. Raises BadInput that says what is wrong and where."""
    text = plain_text(path)
    if text is not None and re.search(r"日.{0,40}(?:放假|上班)", text, re.DOTALL) and not _is_table(text):
        return read_text(text)
    return _read_table(path)


def sources(session: Session) -> dict[int, str]:
    """Return the years of which a notice was loaded, each with where it came from."""
    found: dict[int, dict[str, None]] = {}
    for row in session.scalars(select(CalendarDay).order_by(CalendarDay.day)):
        found.setdefault(row.day.year, {})[row.source] = None
    return {year: "、".join(names) for year, names in found.items()}


def load(session: Session, notice: Notice, *, source: str) -> Loaded:
    """Write the days of a notice; days of its years noted before and not named now are forgotten."""
    if not notice.works:
        raise BadInput(
            "没有读到任何日期。", alternative="请给国务院办公厅放假通知的原文，或两列：日期、放假/上班。"
        )
    count = {year: sum(d.year == year for d in notice.works) for year in {d.year for d in notice.works}}
    years = tuple(sorted(year for year, days in count.items() if days >= 3)) or tuple(sorted(count))
    known = {row.day: row for row in session.scalars(select(CalendarDay))}
    changed = []
    for day, row in known.items():
        if day.year in years and day not in notice.works:
            session.delete(row)
            changed.append(day)
    for day, works in notice.works.items():
        found = known.get(day)
        if found is None:
            session.add(CalendarDay(day=day, is_workday=works, name=notice.names[day], source=source[:120]))
            changed.append(day)
        else:
            if found.is_workday != works:
                changed.append(day)
            found.is_workday, found.name, found.source = works, notice.names[day], source[:120]
    session.flush()
    return Loaded(years=years, days=len(notice.works), changed=tuple(sorted(changed)))


# ── the text of a circular ──────────────────────────────────────────────────────────────────────────


def read_text(text: str) -> Notice:
    """Read the circular itself. Raises BadInput for a date that cannot be, and where no year is named."""
    title = YEAR.search(text) or re.search(r"(\d{4})\s*年", text)
    if title is None:
        raise BadInput(
            "没看出是哪一年的通知。", alternative="请保留标题，如「关于2027年部分节假日安排的通知」。"
        )
    reader = _Reader(year=int(title[1]))
    for token in TOKEN.finditer(text):
        reader.take(token)
    return reader.notice


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Reads a circular token by token: dates are gathered until 放假 or 上班 says what they are."""

    year: int
    notice: Notice = field(default_factory=Notice)
    name: str = ""
    days: list[date] = field(default_factory=list)
    last: date | None = None
    is_range: bool = False

    def take(self, token: re.Match[str]) -> None:
        sort = token.lastgroup if token.lastgroup in ("to", "off", "work", "end", "name") else "date"
        if token["date"]:
            self._date(token)
        elif sort == "to":
            self.is_range = bool(self.days)
        elif sort in ("off", "work"):
            for day in self.days:
                self.notice.add(day, works=sort == "work", name=self.name)
            self.days = []
        elif sort == "name":
            self.name = token["name"]
        else:
            self.days, self.is_range, self.last = [], False, None

    def _date(self, token: re.Match[str]) -> None:
        year, month, day, remark = token.groups()[1:5]
        try:
            found = self._day(year, month, int(day))
        except ValueError as error:
            raise BadInput(f"通知里的「{token['date']}」不是日期。") from error
        told = WEEKDAY.search(remark or "")
        if told and "一二三四五六日".index(told[1].replace("天", "日")) != found.weekday():
            raise BadInput(
                f"通知里写「{token['date']}」，但 {found} 是星期{'一二三四五六日'[found.weekday()]}，请核对年份。"
            )
        if self.is_range and self.last is not None:
            if not 0 < (found - self.last).days < LONGEST_HOLIDAY:
                raise BadInput(f"「{self.last} 至 {found}」不像一个假期，请核对。")
            self.days += [self.last + timedelta(days=n) for n in range(1, (found - self.last).days + 1)]
        else:
            self.days.append(found)
        self.last, self.is_range = found, False

    def _day(self, year: str | None, month: str | None, day: int) -> date:
        if year:
            return date(int(year), int(month or 1), day)
        if month is None:
            if self.last is None:
                raise ValueError("a day without a month")
            return self.last.replace(day=day)
        found = date(self.year, int(month), day)
        # 「2026年12月31日至1月2日」: the later end is in the next year.
        if self.is_range and self.last is not None and found < self.last:
            return found.replace(year=self.last.year + 1)
        return found


# ── a table ─────────────────────────────────────────────────────────────────────────────────────────


def _is_table(text: str) -> bool:
    head = text.lstrip("\ufeff").splitlines()[:1]
    return bool(head) and bool(re.search(r"[,\t;，]", head[0])) and "日期" in head[0]


def _read_table(path: Path) -> Notice:
    """Read lines of day, 放假/上班 and (maybe) name, in any order of columns. Raises BadInput naming the line."""
    notice = Notice()
    for line, cells in read_lines(path):
        texts = [fields.as_text(cell) for cell in cells]
        verdict = next((WORKS[t] for t in texts if t in WORKS), None)
        if verdict is None:
            if notice.works or not any("日期" in t for t in texts):
                raise BadInput(f"第 {line} 行没有写「放假」或「上班」。")
            continue
        days = [day for cell in cells if (day := _as_day(cell)) is not None]
        if not days:
            raise BadInput(f"第 {line} 行没有日期，应像 2027-02-05。")
        name = next((t for t in texts if t and t not in WORKS and not re.search(r"\d", t)), "")
        last = days[-1] if len(days) > 1 else days[0]
        if not 0 <= (last - days[0]).days < LONGEST_HOLIDAY:
            raise BadInput(f"第 {line} 行的起止日期不对：{days[0]} 至 {last}。")
        for n in range((last - days[0]).days + 1):
            notice.add(days[0] + timedelta(days=n), works=verdict, name=name)
    return notice


def _as_day(cell: object) -> date | None:
    try:
        return fields.day(cell)  # type: ignore[arg-type]
    except BadInput:
        return None
