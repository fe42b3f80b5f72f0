"""What may stand in a cell, and what to tell the person when something else does.

Each reader takes a cell as the file has it and returns a plain value, or raises `BadInput` whose words name what
was found and what is expected. Blank cells never get here.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from desk.errors import BadInput
from desk.models import Role
from desk.people import clean_name

if TYPE_CHECKING:
    from desk.register.tables import Cell

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
SEPARATORS = re.compile(r"[、,，;；/|\n]+")
INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060 \t\r\n\u3000\xa0"

PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂警]"
)
PHONE = re.compile(r"\+?[\d\-() ]{3,24}(?:(?:转|-|ext)\d{1,6})?")
DATE = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?|(\d{4})(\d\d)(\d\d)"
)
EXCEL_EPOCH = date(1899, 12, 30)

# The words of the fleet; the first of each line is the one the desk keeps.
VEHICLE_TYPES: dict[str, tuple[str, ...]] = {
    "轿车": ("小车", "小轿车", "小汽车", "帕萨特", "迈腾", "红旗", "奥迪", "五座", "5座", "car", "sedan"),
    "公务车": ("公车", "公务用车"),
    "商务车": ("mpv", "别克", "gl8", "七座", "7座", "商务", "van", "minivan"),
    "越野车": ("suv", "吉普", "吉普车", "大越野", "越野"),
    "考斯特": ("柯斯达", "考司特", "柯斯特", "中巴", "中巴车", "十九座", "19座", "coaster", "minibus"),
    "中型客车": ("中客",),
    "大客车": ("大巴", "大巴车", "大轿子", "大客", "客车", "bus", "coach"),
    "通勤车": ("班车", "通勤班车"),
    "面包车": ("金杯", "小面", "面包"),
    "新能源车": ("电车", "绿牌", "新能源", "电动车", "纯电动车", "ev"),
    "皮卡": ("皮卡车", "pickup"),
    "应急车": ("应急", "应急保障车", "应急保障用车"),
    "机要车": ("机要", "机要通信车", "机要通信用车"),
    "货车": ("拉货的", "厢货", "厢式货车", "truck"),
}  # fmt: skip
_TYPE_OF = {word: canonical for canonical, words in VEHICLE_TYPES.items() for word in (canonical, *words)}

ROLES: dict[str, tuple[Role, str]] = {
    "员工": (Role.EMPLOYEE, ""), "职工": (Role.EMPLOYEE, ""), "用车人": (Role.EMPLOYEE, ""),
    "申请人": (Role.EMPLOYEE, ""), "审批人": (Role.APPROVER, ""), "审批": (Role.APPROVER, ""),
    "调度员": (Role.DISPATCHER, ""), "调度": (Role.DISPATCHER, ""),
    "车辆调度": (Role.DISPATCHER, "vehicle"), "用车调度": (Role.DISPATCHER, "vehicle"),
    "车队调度": (Role.DISPATCHER, "vehicle"), "会议室调度": (Role.DISPATCHER, "room"),
    "用房调度": (Role.DISPATCHER, "room"), "会议服务": (Role.DISPATCHER, "room"),
    "报修调度": (Role.DISPATCHER, "repair"), "报修台": (Role.DISPATCHER, "repair"),
    "接待调度": (Role.DISPATCHER, "reception"), "接待员": (Role.DISPATCHER, "reception"),
    "驾驶员": (Role.DRIVER, ""), "司机": (Role.DRIVER, ""), "维修工": (Role.TECHNICIAN, ""),
    "维修": (Role.TECHNICIAN, ""), "技术员": (Role.TECHNICIAN, ""),
    "管理员": (Role.ADMIN, ""), "系统管理员": (Role.ADMIN, ""),
}  # fmt: skip


KINDS = {
    "用车": "vehicle", "车队": "vehicle", "车辆": "vehicle", "vehicle": "vehicle",
    "用房": "room", "会议室": "room", "会议": "room", "room": "room",
    "报修": "repair", "维修": "repair", "repair": "repair",
    "接待": "reception", "reception": "reception",
    "总值班": "", "值班室": "", "全部": "", "值班": "",
}  # fmt: skip


def as_text(cell: Cell) -> str:
    """Return a cell as the person sees it; Excel's 5.0 is 5."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return "" if cell is None else str(cell).strip(INVISIBLE)


def text(cell: Cell, *, longest: int = 60) -> str:
    """Free text of one line."""
    found = re.sub(r"\s+", " ", as_text(cell))
    if CONTROL.search(found):
        raise BadInput("里面有看不见的控制字符，请重新填写。")
    if len(found) > longest:
        raise BadInput(f"太长了：最多 {longest} 个字，现在 {len(found)} 个。")
    return found


def name(cell: Cell) -> str:
    """A person's name."""
    return clean_name(as_text(cell))


def department(cell: Cell) -> str:
    """The name of a department."""
    return clean_name(as_text(cell), what="单位名称", longest=80)


def phone(cell: Cell) -> str:
    """A telephone number, mobile, landline or internal, as written."""
    found = unicodedata.normalize("NFKC", as_text(cell))
    if re.fullmatch(r"\d(\.\d+)?E\+?\d+", found, re.IGNORECASE):
        raise BadInput(f"「{found}」是被表格软件改成科学计数法的号码，请把这一列设成文本再填。")
    digits = re.sub(r"\D", "", found)
    if not PHONE.fullmatch(found) or not 3 <= len(digits) <= 20 or len(found) > 30:
        raise BadInput(f"「{found}」不像电话号码。")
    if digits.startswith("1") and len(digits) in (10, 12) and found == digits:
        raise BadInput(f"手机号应为 11 位，「{found}」是 {len(digits)} 位。")
    return found


def words(cell: Cell) -> list[str]:
    """Several words in one cell, parted by 、 , ; / or a new line; each once."""
    parts = (text(part) for part in SEPARATORS.split(as_text(cell)))
    return list(dict.fromkeys(p for p in parts if p))


def roles(cell: Cell) -> list[tuple[Role, str]]:
    """Roles with the kind each is limited to: 「驾驶员、车辆调度」, or `driver, dispatcher:vehicle`."""
    return [_role(word) for word in words(cell)]


def _role(word: str) -> tuple[Role, str]:
    if word in ROLES:
        return ROLES[word]
    code, _, kind = unicodedata.normalize("NFKC", word).lower().partition(":")
    if code in set(Role) and re.fullmatch(r"[a-z_]{0,20}", kind):
        return Role(code), kind
    raise BadInput(
        f"不认识角色「{word}」，可以写：员工、审批人、调度员、车辆调度、会议室调度、报修调度、接待调度、驾驶员、维修工、管理员。"
    )


def whole(cell: Cell, *, least: int, most: int, unit: str = "") -> int:
    """A whole number from `least` to `most`."""
    found = unicodedata.normalize("NFKC", as_text(cell)).removesuffix(unit)
    if isinstance(cell, bool) or not re.fullmatch(r"-?\d{1,9}", found):
        raise BadInput(f"要写成整数，现在是「{as_text(cell)}」。")
    if not least <= int(found) <= most:
        raise BadInput(f"应在 {least} 到 {most} 之间，现在是 {found}。")
    return int(found)


def area(cell: Cell) -> float:
    """Square metres."""
    found = re.sub(r"(m2|㎡|平方米|平米|平)$", "", unicodedata.normalize("NFKC", as_text(cell)).strip())
    if not re.fullmatch(r"\d{1,6}(\.\d+)?", found) or not 0 < float(found) <= 100_000:
        raise BadInput(f"面积要写成平方米数，例如 36.5，现在是「{as_text(cell)}」。")
    return float(found)


def plate(cell: Cell) -> str:
    """A number plate, kept as 吉A·12345."""
    found = re.sub(r"[\s·•・.\-—_]", "", unicodedata.normalize("NFKC", as_text(cell))).upper()
    if not PLATE.fullmatch(found):
        raise BadInput(f"「{as_text(cell)}」不是车牌号，应像 吉A·12345（车牌里没有字母 I 和 O）。")
    return f"{found[:2]}·{found[2:]}"


def vehicle_type(cell: Cell) -> str:
    """A type of vehicle by its canonical word."""
    found = unicodedata.normalize("NFKC", as_text(cell)).lower().replace(" ", "")
    if found not in _TYPE_OF:
        raise BadInput(f"不认识车型「{as_text(cell)}」，可以写：{'、'.join(VEHICLE_TYPES)}。")
    return _TYPE_OF[found]


def day(cell: Cell) -> date:
    """A date: an Excel date, 2027-05-01, 2027/5/1, 2027年5月1日 or 20270501."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and 20_000 <= cell <= 80_000:
        return EXCEL_EPOCH + timedelta(days=int(cell))
    shape = DATE.fullmatch(unicodedata.normalize("NFKC", as_text(cell)).replace(" 00:00:00", ""))
    try:
        year, month, dom = (int(g) for g in shape.groups() if g) if shape else (0, 0, 0)
        return date(year, month, dom)
    except ValueError:
        raise BadInput(f"「{as_text(cell)}」不是日期，应像 2027-05-01。") from None


def moment(cell: Cell) -> datetime | date:
    """A date, or a date with a clock time: an Excel date, 2027-05-01, 2027/5/1 8:30, 2027年5月1日 17:00."""
    if isinstance(cell, datetime):
        return cell.date() if cell.time() == time() else cell
    clock = re.search(r"[ T](\d{1,2})[:：](\d{2})(?::\d{2})?$", as_text(cell))
    if clock is None:
        return day(cell)
    try:
        return datetime.combine(day(cell), time(int(clock[1]), int(clock[2])))
    except ValueError:
        raise BadInput(f"「{as_text(cell)}」不是时间，应像 2027-05-01 08:30。") from None


def kind(cell: Cell) -> str:
    """A kind of request by its Chinese or its code name; 总值班 (or nothing) is the whole house."""
    found = as_text(cell)
    if found not in KINDS:
        raise BadInput(f"不认识类别「{found}」，可以写：用车、用房、报修、接待、总值班。")
    return KINDS[found]


def floor(cell: Cell) -> int:
    """A floor: 3, 3层, 三楼; below ground B1, 地下一层 or -1, which is -1."""
    found = unicodedata.normalize("NFKC", as_text(cell)).upper()
    shape = re.fullmatch(r"(-|B|负|地下)?第?(\d{1,3}|[一二三四五六七八九十]{1,3})[层楼F]?", found)
    number = _counted(shape[2]) if shape else 0
    if not shape or not 1 <= number <= 150:
        raise BadInput(f"「{as_text(cell)}」不是楼层，应像 3 或 B1。")
    return -number if shape[1] else number


def _counted(said: str) -> int:
    """Read 12 or 十二; 0 if it is no number."""
    if said.isdigit():
        return int(said)
    tens, ten, ones = said.rpartition("十")
    digit = {"": 0, **{c: i for i, c in enumerate("一二三四五六七八九", 1)}}
    if tens not in digit or ones not in digit:
        return 0
    return digit[ones] + ((digit[tens] or 1) * 10 if ten else 0)


def room_number(cell: Cell) -> str:
    """A room's number without 室 or 号 behind it."""
    found = text(cell, longest=20)
    shape = re.fullmatch(r"([A-Za-z]?-?\d+[A-Za-z]?)(?:室|号|房|房间|屋|号房间)", found)
    return shape[1] if shape else found


def active(cell: Cell) -> bool:
    """Whether the person or thing is in service: 在职/在用/正常/是 or 离职/退休/停用/报废/封存/否."""
    found = as_text(cell).lower()
    if found in {"在职", "在岗", "在用", "正常", "启用", "可用", "是", "true", "yes", "1", "active"}:
        return True
    if found in {
        "离职",
        "调离",
        "退休",
        "停用",
        "报废",
        "封存",
        "维修",
        "禁用",
        "否",
        "false",
        "no",
        "0",
        "inactive",
    }:
        return False
    raise BadInput(f"不认识状态「{as_text(cell)}」，人员写在职或离职，其他写在用或停用。")
