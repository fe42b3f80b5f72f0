"""Importing registers as offices send them: every bad row is named, and nothing is half-written."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from desk import register
from desk.models import Building, Department, Driver, Person, Role, Room, Vehicle
from desk.register import ImportReport, import_file, register_values

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from desk.storage import Database

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)

FLEET = "车牌,车型,座位数,年检到期\n吉A·12345,轿车,5,2027-05-01\n吉AD23456,绿牌,5,2028年1月31日\n"
STAFF = "姓名,单位,电话,职务,角色\n林晓梅,综合处,13800001001,科员,员工\n赵师傅,车队,13800001002,司机,驾驶员、车辆调度\n"
HOUSES = "楼,别名,层数\n一号楼,1号楼、主楼,6\n附楼,,3\n"


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.writing() as opened:
        yield opened


class Importer:
    """Writes a file and imports it."""

    def __init__(self, session: Session, folder: Path) -> None:
        self.session, self.folder = session, folder

    def csv(self, sort: Any, text: str, encoding: str = "utf-8") -> ImportReport:
        return self.raw(sort, text.encode(encoding))

    def raw(self, sort: Any, content: bytes, name: str = "file.csv") -> ImportReport:
        path = self.folder / name
        path.write_bytes(content)
        return import_file(self.session, sort=sort, path=path, now=NOW)

    def xlsx(self, sort: Any, *rows: tuple[object, ...]) -> ImportReport:
        return self.raw(sort, workbook(*rows), "file.xlsx")


@pytest.fixture
def bring(session: Session, tmp_path: Path) -> Importer:
    return Importer(session, tmp_path)


def workbook(*rows: tuple[object, ...]) -> bytes:
    book, packed = Workbook(), io.BytesIO()
    sheet = book.create_sheet(index=0)
    for row in rows:
        sheet.append(list(row))
    book.save(packed)
    return packed.getvalue()


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def only_error(report: ImportReport) -> tuple[int, str, str]:
    assert (report.added, report.updated) == (0, 0)
    assert len(report.errors) == 1, report.errors
    return report.errors[0]


# ── what goes in ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_reads_csv_in_the_encodings_spreadsheets_write(bring: Importer, encoding: str) -> None:
    report = bring.csv("vehicles", FLEET, encoding)
    assert (report.added, report.updated, report.errors) == (2, 0, ())
    cars = {v.name: v for v in bring.session.scalars(select(Vehicle))}
    assert cars["吉A·12345"].inspection_until == date(2027, 5, 1)
    assert (cars["吉A·D23456"].type, cars["吉A·D23456"].inspection_until) == ("新能源车", date(2028, 1, 31))


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_reads_other_delimiters(bring: Importer, delimiter: str) -> None:
    assert bring.csv("vehicles", FLEET.replace(",", delimiter)).added == 2


def test_reads_english_headings(bring: Importer) -> None:
    report = bring.csv(
        "people", "Name,Department,Phone,Role,Title\n林晓梅,综合处,13800001001,dispatcher:room,clerk\n"
    )
    assert report.added == 1
    person = bring.session.scalars(select(Person)).one()
    assert person.has_role(Role.DISPATCHER, kind="room")
    assert (person.phone, person.title) == ("13800001001", "clerk")


def test_reads_xlsx_with_real_dates_numbers_and_a_title_above_the_headings(bring: Importer) -> None:
    report = bring.xlsx(
        "vehicles",
        ("省直机关公务用车台账",),
        (),
        ("序号", "车牌号", "车型", "座位数（座）", "年检到期", "保险到期", "里程"),
        (1, "吉a 12345", "GL8", 7.0, datetime(2027, 5, 1, tzinfo=None), date(2027, 6, 2), 46000),
    )
    assert report == ImportReport(added=1)
    car = bring.session.scalars(select(Vehicle)).one()
    assert (car.name, car.type, car.seats, car.odometer_km) == ("吉A·12345", "商务车", 7, 46000)
    assert (car.inspection_until, car.insurance_until) == (date(2027, 5, 1), date(2027, 6, 2))


def test_people_get_departments_roles_and_drivers_their_working_time(bring: Importer) -> None:
    assert bring.csv("people", STAFF).added == 2
    assert bring.session.scalars(select(Department.name).order_by(Department.id)).all() == ["综合处", "车队"]
    driver = bring.session.scalars(select(Driver)).one()
    assert driver.name == "赵师傅"
    assert driver.person.has_role(Role.EMPLOYEE)
    assert driver.person.has_role(Role.DISPATCHER, kind="vehicle")


def test_rooms_find_their_building_by_any_name_and_their_floor_by_the_number(bring: Importer) -> None:
    bring.csv("buildings", HOUSES)
    report = bring.csv(
        "rooms",
        "楼,层,房号,名称,容纳人数,设备,面积（㎡）,别名\n1号楼,,305室,第一会议室,40,投影、话筒,86.5㎡,大会议室\n附楼,三楼,多功能厅,,120,,,\n",
    )
    assert report == ImportReport(added=2)
    room = bring.session.scalars(select(Room).where(Room.number == "305")).one()
    assert (room.name, room.building.name, room.floor) == ("一号楼305 第一会议室", "一号楼", 3)
    assert (room.capacity, room.equipment, room.area_m2) == (40, ["投影", "话筒"], 86.5)


def test_a_divisible_hall_is_named_by_its_parts(bring: Importer) -> None:
    bring.csv("buildings", HOUSES)
    report = bring.csv(
        "rooms", "楼,房号,属于,容纳人数\n一号楼,201,,80\n一号楼,201A,201,40\n一号楼,201B,201,40\n"
    )
    assert report.added == 3
    rooms = {r.number: r for r in bring.session.scalars(select(Room))}
    assert rooms["201A"].part_of_id == rooms["201B"].part_of_id == rooms["201"].id


@pytest.mark.parametrize(("sort", "text"), [("vehicles", FLEET), ("people", STAFF), ("buildings", HOUSES)])
def test_importing_twice_updates_and_adds_nothing(bring: Importer, sort: str, text: str) -> None:
    assert bring.csv(sort, text).added == 2
    report = bring.csv(sort, text)
    assert (report.added, report.updated, report.errors) == (0, 2, ())


def test_a_blank_cell_leaves_what_is_there(bring: Importer) -> None:
    bring.csv("vehicles", FLEET)
    bring.csv("vehicles", "车牌,座位数,停放地点\n吉A12345,,附楼地下\n")
    car = bring.session.scalars(select(Vehicle).where(Vehicle.name == "吉A·12345")).one()
    assert (car.seats, car.type, car.parked_at) == (5, "轿车", "附楼地下")


def test_an_import_adds_roles_and_takes_none_away(bring: Importer) -> None:
    bring.csv("people", STAFF)
    bring.csv("people", "姓名,单位,角色\n赵师傅,车队,管理员\n")
    person = bring.session.scalars(select(Person).where(Person.name == "赵师傅")).one()
    assert person.has_role(Role.ADMIN)
    assert person.has_role(Role.DRIVER)


def test_namesakes_of_two_departments_are_two_people(bring: Importer) -> None:
    assert bring.csv("people", "姓名,单位\n王伟,综合处\n王伟,车队\n").added == 2


def test_a_driver_who_left_takes_no_more_bookings(bring: Importer) -> None:
    bring.csv("people", STAFF)
    bring.csv("people", "姓名,单位,状态\n赵师傅,车队,退休\n")
    driver = bring.session.scalars(select(Driver)).one()
    assert not driver.active
    assert not driver.person.active


def test_a_vehicle_names_its_usual_driver(bring: Importer) -> None:
    bring.csv("people", STAFF + "赵师傅,机要处,,司机,驾驶员\n")
    assert bring.csv("vehicles", "车牌,车型,座位数,驾驶员\n吉A12345,轿车,5,赵师傅（机要处）\n").added == 1
    car = bring.session.scalars(select(Vehicle)).one()
    driver = bring.session.get_one(Person, car.usual_driver_id)
    assert driver.department is not None
    assert driver.department.name == "机要处"


def test_a_formula_stays_text_and_is_never_computed(bring: Importer) -> None:
    report = bring.xlsx("vehicles", ("车牌", "车型", "座位数", "备注"), ("吉A12345", "轿车", 5, "=1+1"))
    assert report.added == 1
    assert bring.session.scalars(select(Vehicle.note)).one() == "=1+1"


def test_headings_nobody_understands_are_reported_and_the_rest_is_read(bring: Importer) -> None:
    report = bring.csv("vehicles", "序号,车牌,车型,座位数,颜色\n1,吉A12345,轿车,5,黑\n")
    assert (report.added, report.ignored) == (1, ("颜色",))


def test_five_thousand_people_are_read_in_seconds(bring: Importer) -> None:
    rows = "".join(f"人员{n},单位{n % 70},1380000{n:04d},科员,员工\n" for n in range(5000))
    assert bring.csv("people", "姓名,单位,电话,职务,角色\n" + rows).added == 5000


# ── what does not ───────────────────────────────────────────────────────────────────────────────────


def test_one_bad_row_keeps_every_row_out_and_each_is_named(bring: Importer) -> None:
    report = bring.csv("vehicles", FLEET + "吉A99999,飞机,5,\n吉A88888,轿车,五,2027-02-30\n")
    assert count(bring.session, Vehicle) == 0
    assert [(e.line, e.column) for e in report.errors] == [(4, "车型"), (5, "座位数"), (5, "年检到期")]
    assert "不认识车型「飞机」" in report.errors[0].text


def test_a_bad_row_leaves_what_was_there_untouched(bring: Importer) -> None:
    bring.csv("vehicles", FLEET)
    report = bring.csv("vehicles", "车牌,座位数\n吉A12345,7\n吉A77777,5\n")
    assert only_error(report)[:2] == (3, "车型")
    assert bring.session.scalars(select(Vehicle.seats).where(Vehicle.name == "吉A·12345")).one() == 5


def test_a_bad_row_creates_no_department_either(bring: Importer) -> None:
    only_error(bring.csv("people", "姓名,单位,电话\n林晓梅,新单位,12\n"))
    assert count(bring.session, Department) == 0


def test_lines_are_those_of_the_spreadsheet_even_after_blank_and_broken_lines(bring: Importer) -> None:
    report = bring.csv("vehicles", '车牌,车型,座位数,备注\n吉A12345,轿车,5,"一\n二"\n\n坏牌,轿车,5,\n')
    assert only_error(report)[0] == 5


CAR = "车牌,车型,座位数,年检到期,驾驶员,里程,状态,备注\n"
WHO = "姓名,单位,电话,角色,准驾车型\n"
HOUSE = "楼,别名,层数\n"
ROOM = "楼,层,房号,容纳人数,面积,属于\n"


@pytest.mark.parametrize(
    ("sort", "text", "line", "column", "words"),
    [
        ("vehicles", CAR + ",轿车,5,,,,,", 2, "车牌", "不能为空"),
        ("vehicles", CAR + "A12345,轿车,5,,,,,", 2, "车牌", "不是车牌号"),
        ("vehicles", CAR + "吉AO1234,轿车,5,,,,,", 2, "车牌", "没有字母 I 和 O"),
        ("vehicles", CAR + "吉A12345,,5,,,,,", 2, "车型", "新车辆必须填写"),
        ("vehicles", CAR + "吉A12345,轿车,,,,,,", 2, "座位数", "新车辆必须填写"),
        ("vehicles", CAR + "吉A12345,轿车,500,,,,,", 2, "座位数", "1 到 80 之间"),
        ("vehicles", CAR + "吉A12345,轿车,5.5,,,,,", 2, "座位数", "要写成整数"),
        ("vehicles", CAR + "吉A12345,轿车,5,明年,,,,", 2, "年检到期", "不是日期"),
        ("vehicles", CAR + "吉A12345,轿车,5,2206-01-01,,,,", 2, "年检到期", "请检查年份"),
        ("vehicles", CAR + "吉A12345,轿车,5,,张三,,,", 2, "驾驶员", "没有叫「张三」的驾驶员"),
        ("vehicles", CAR + "吉A12345,轿车,5,,,-3,,", 2, "里程", "之间"),
        ("vehicles", CAR + "吉A12345,轿车,5,,,,坏了,", 2, "状态", "不认识状态"),
        ("vehicles", CAR + "吉A12345,轿车,5,,,,,一\x07二", 2, "备注", "控制字符"),
        ("vehicles", CAR + "吉A12345,轿车,5,,,,," + "长" * 501, 2, "备注", "最多 500 个字"),
        ("vehicles", CAR + "吉A12345,轿车,5,,,,,一,二", 2, "", "比表头多出「二」"),
        ("vehicles", CAR + "吉A12345,轿车,5,,,,,\n吉A·12345,轿车,5,,,,,", 3, "", "和第 2 行重复"),
        ("people", WHO + ",综合处,,,", 2, "姓名", "不能为空"),
        ("people", WHO + "=1+1,综合处,,,", 2, "姓名", "不该出现的字符"),
        ("people", WHO + "林晓梅,综合处,1380000100,,", 2, "电话", "手机号应为 11 位"),
        ("people", WHO + "林晓梅,综合处,1.38E+10,,", 2, "电话", "科学计数法"),
        ("people", WHO + "林晓梅,综合处,见通讯录,,", 2, "电话", "不像电话号码"),
        ("people", WHO + "林晓梅,综合处,,皇帝,", 2, "角色", "不认识角色「皇帝」"),
        ("people", WHO + "林晓梅,综合处,,员工,A1", 2, "准驾车型", "只有驾驶员"),
        ("people", WHO + "林晓梅,综合处,,,\n林晓梅,综合处,,,", 3, "", "和第 2 行重复"),
        ("people", WHO + "王伟,综合处,,,\n王伟,车队,,,\n王伟,,,,", 4, "单位", "2位叫「王伟」"),
        ("buildings", HOUSE + "一号楼,,0", 2, "层数", "1 到 150"),
        ("buildings", HOUSE + "一号楼,主楼,6\n主楼,,6", 3, "楼", "已经是一号楼的名称或别名"),
        ("buildings", HOUSE + "一号楼,,6\n二号楼,一号楼,6", 3, "别名", "已经是一号楼"),
        ("rooms", ROOM + "二号楼,3,305,,,", 2, "楼", "没有叫「二号楼」的楼"),
        ("rooms", ROOM + "附楼,,大厅,,,", 2, "层", "看不出楼层"),
        ("rooms", ROOM + "附楼,屋顶,305,,,", 2, "层", "不是楼层"),
        ("rooms", ROOM + "附楼,9,905,,,", 2, "层", "附楼只有 3 层"),
        ("rooms", ROOM + "附楼,3,305,很多,,", 2, "容纳人数", "要写成整数"),
        ("rooms", "楼,房号,名称\n" + "附楼,305," + "厅" * 41, 2, "名称", "最多 40 个字"),
        ("rooms", ROOM + "附楼,3,305,,很大,", 2, "面积", "平方米数"),
        ("rooms", ROOM + "附楼,3,305A,,,305", 2, "属于", "没有可拆分的「305」"),
        ("rooms", ROOM + "附楼,3,305,,,\n附楼,3,305室,,,", 3, "", "和第 2 行重复"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_with_line_column_and_reason(
    bring: Importer, sort: str, text: str, line: int, column: str, words: str
) -> None:
    if sort == "rooms":
        assert bring.csv("buildings", HOUSES).added == 2
    found = only_error(bring.csv(sort, text))
    assert found[:2] == (line, column)
    assert words in found[2]


def test_a_misspelt_building_is_answered_with_the_likely_one(bring: Importer) -> None:
    bring.csv("buildings", HOUSES)
    assert "是不是「一号楼」" in only_error(bring.csv("rooms", "楼,房号\n一号搂,305\n"))[2]


def test_two_drivers_of_one_name_must_be_told_apart(bring: Importer) -> None:
    bring.csv("people", "姓名,单位,角色\n王伟,车队,驾驶员\n王伟,机要处,驾驶员\n")
    found = only_error(bring.csv("vehicles", "车牌,车型,座位数,驾驶员\n吉A12345,轿车,5,王伟\n"))
    assert "姓名(单位)" in found[2]


# ── files that are none ─────────────────────────────────────────────────────────────────────────────


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"0" * 50_000_000)
    return packed.getvalue()


def tampered(part: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(("车牌",)))) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for item in old.infolist():
            new.writestr(item.filename, content if item.filename == part else old.read(item))
    return packed.getvalue()


def plain_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("readme.txt", "hello")
    return packed.getvalue()


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><worksheet>&b;</worksheet>'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "文件是空的"),
        (b"\xef\xbb\xbf", "没找到表头"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "旧版 .xls"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "认不出这个文件"),
        (b"\xff\xff\xff\xff", "认不出这个文件"),
        (bomb(), "大得不正常"),
        (plain_zip(), "不是 .xlsx"),
        (workbook(("车牌", "车型"))[:-40], "读不出来"),
        (tampered("xl/worksheets/sheet1.xml", ENTITIES), "不该出现的内容"),
        (tampered("xl/workbook.xml", b"<not xml"), "读不出来"),
        (workbook(("车牌", "车型", "座位数")), "只有表头"),
        ("颜色,重量\n黑,1\n".encode(), "缺少「车牌」列"),
        ("车牌,车牌号\n吉A12345,吉A12345\n".encode(), "出现了不止一次"),
        ('车牌,备注\n吉A12345,"没有收尾\n'.encode(), "引号不成对"),
        (("车牌" + "," * 200 + "\n").encode(), "超过 100 列"),
        (("车牌\n" + "吉A12345\n" * 50_001).encode(), "超过 50000 行"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_file_that_is_none_is_answered_with_what_to_do(bring: Importer, content: bytes, words: str) -> None:
    line, column, text = only_error(bring.raw("vehicles", content))
    assert (line, column) == (0, "")
    assert words in text


def test_a_missing_file_is_answered(bring: Importer) -> None:
    report = import_file(bring.session, sort="people", path=bring.folder / "none.csv", now=NOW)
    assert "打不开文件 none.csv" in only_error(report)[2]


def test_a_file_too_big_is_not_even_read(bring: Importer) -> None:
    path = bring.folder / "big.csv"
    with path.open("wb") as file:
        file.truncate(21 * 1024 * 1024)
    report = import_file(bring.session, sort="people", path=path, now=NOW)
    assert "文件太大" in only_error(report)[2]


# ── what comes out ──────────────────────────────────────────────────────────────────────────────────


def test_register_values_are_the_names_in_service(bring: Importer) -> None:
    bring.session.add(Department(name="吉林省财政厅", short_name="财政厅"))
    bring.csv("people", STAFF + "已走的人,综合处,,,\n")
    bring.csv("people", "姓名,单位,状态\n已走的人,综合处,离职\n")
    bring.csv("vehicles", FLEET + "吉A88888,轿车,5,\n")
    bring.csv("vehicles", "车牌,状态\n吉A88888,报废\n")
    bring.csv("buildings", HOUSES)
    bring.csv("rooms", "楼,房号,名称,别名\n一号楼,305,第一会议室,大会\n")
    assert register_values(bring.session) == register.RegisterValues(
        buildings=(
            register.BuildingValue(name="一号楼", aliases=("1号楼", "主楼")),
            register.BuildingValue(name="附楼"),
        ),
        rooms=(
            register.RoomValue(
                name="一号楼305 第一会议室",
                title="第一会议室",
                number="305",
                building="一号楼",
                floor=3,
                aliases=("大会",),
            ),
        ),
        vehicle_types=("轿车", "新能源车"),
        plates=("吉A·12345", "吉A·D23456"),
        departments=("吉林省财政厅", "财政厅", "综合处", "车队"),
        people=("林晓梅", "赵师傅"),
        drivers=("赵师傅",),
    )
    assert count(bring.session, Building) == 2
