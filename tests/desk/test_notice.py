"""Reading the official notice of holidays."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from desk.calendar import Calendar
from desk.errors import BadInput
from desk.models import CalendarDay
from desk.notice import Notice, load, read_notice, read_text

if TYPE_CHECKING:
    from pathlib import Path

    from desk.storage import Database

# The circular of 2026 in its usual words; the library's data for that year say what it must mean.
CIRCULAR = """国务院办公厅关于2026年部分节假日安排的通知
经国务院批准，现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作。
国务院办公厅
2025年11月4日
"""


def test_the_circular_means_what_the_library_says_of_that_year() -> None:
    notice = read_text(CIRCULAR)
    known, told = Calendar(), Calendar(notice=notice.works)
    assert sum(not works for works in notice.works.values()) == 33
    assert sum(notice.works.values()) == 6
    day = date(2026, 1, 1)
    while day.year == 2026:
        assert told.is_workday(day) == known.is_workday(day), day
        day += timedelta(days=1)
    assert notice.names[date(2026, 2, 14)] == "春节"


def test_a_holiday_may_begin_in_the_year_before() -> None:
    notice = read_text(
        "关于2023年部分节假日安排的通知\n一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。"
    )
    assert sorted(notice.works) == [date(2022, 12, 31), date(2023, 1, 1), date(2023, 1, 2)]


def test_a_wrong_weekday_betrays_the_wrong_year() -> None:
    with pytest.raises(BadInput, match="核对年份"):
        read_text(CIRCULAR.replace("2026年", "2027年"))


@pytest.mark.parametrize(
    "text",
    [
        "关于2027年部分节假日安排的通知：2月30日放假。",
        "1月1日放假",
        "2027年部分节假日：5月1日放假。5月1日上班。",
    ],
)
def test_refuses_what_cannot_be(text: str) -> None:
    with pytest.raises(BadInput):
        read_text(text)


def table(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "days.csv"
    path.write_text("\n".join(lines), "gb18030")
    return path


def test_reads_a_table_of_days(tmp_path: Path) -> None:
    path = table(
        tmp_path, "日期,安排,名称", "2027-02-05,放假,春节", "2027/2/13,上班,春节", "2027年5月1日,放假,劳动节"
    )
    assert read_notice(path).works == {
        date(2027, 2, 5): False,
        date(2027, 2, 13): True,
        date(2027, 5, 1): False,
    }


def test_reads_spans_in_a_spreadsheet(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["节日", "开始日期", "结束日期", "安排"])
    book.active.append(["国庆节", date(2027, 10, 1), date(2027, 10, 7), "放假"])
    book.save(tmp_path / "days.xlsx")
    assert len(read_notice(tmp_path / "days.xlsx").works) == 7


def test_names_the_line_that_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="第 3 行"):
        read_notice(table(tmp_path, "日期,安排", "2027-02-05,放假", "2027-02-06,也许"))


def test_loading_again_replaces_the_year_and_says_what_changed(database: Database) -> None:
    first = Notice(
        works=dict.fromkeys([date(2027, 2, n) for n in (5, 6, 7)], False),
        names=dict.fromkeys([date(2027, 2, n) for n in (5, 6, 7)], "春节"),
    )
    with database.writing() as session:
        assert len(load(session, first, source="一").changed) == 3
    days = {date(2027, 2, 6): False, date(2027, 2, 7): True, date(2027, 2, 8): False}
    with database.writing() as session:
        loaded = load(session, Notice(works=days, names=dict.fromkeys(days, "")), source="二")
        assert loaded.changed == (date(2027, 2, 5), date(2027, 2, 7), date(2027, 2, 8))
        assert {row.day: row.is_workday for row in session.scalars(select(CalendarDay))} == days


def test_a_full_notice_leaves_nothing_to_estimates() -> None:
    # 2027 as one might be told: the days the law gives, without the days the estimate adds in lieu.
    off = [
        date(2027, 1, 1),
        *(date(2027, 2, n) for n in range(5, 13)),
        date(2027, 4, 5),
        *(date(2027, 5, n) for n in (1, 2)),
        date(2027, 6, 9),
    ]
    told = Calendar(notice=dict.fromkeys(off, False))
    assert not Calendar().is_workday(date(2027, 5, 3))
    assert told.is_workday(date(2027, 5, 3))
    assert not told.is_workday(date(2027, 5, 8))
