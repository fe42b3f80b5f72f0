"""The columns each sort of register may have, by the many headings offices give them.

The first heading is the one errors use and examples show. Headings are compared without case, blanks, star or a
remark in brackets, so 「面积（㎡）」 and 「* 面积」 are 面积.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from desk.register import fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from desk.register.tables import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its key in a parsed row, its headings, how a cell is read, and whether it may be left blank."""

    key: str
    titles: tuple[str, ...]
    read: Callable[[Cell], Any]
    required: bool = False


def _column(key: str, titles: str, read: Callable[[Cell], Any], *, required: bool = False) -> Column:
    return Column(key=key, titles=tuple(titles.split()), read=read, required=required)


_short = partial(fields.text, longest=40)
_active = _column("active", "状态 在职状态 使用状态 status active", fields.active)
_note = _column("note", "备注 说明 note remark", partial(fields.text, longest=500))

PEOPLE = (
    _column("name", "姓名 名字 人员 name", fields.name, required=True),
    _column("department", "单位 处室 部门 所在单位 所属单位 工作单位 department unit", fields.department),
    _column("title", "职务 岗位 工种 职称 title position", _short),
    _column("phone", "电话 手机 联系电话 手机号 手机号码 电话号码 联系方式 phone mobile tel", fields.phone),
    _column("roles", "角色 身份 权限 role roles", fields.roles),
    _column("licence", "准驾车型 驾照 驾驶证 驾照类型 licence license", partial(fields.text, longest=4)),
    _active,
)

VEHICLES = (
    _column("plate", "车牌 车牌号 号牌 牌照 车牌号码 plate", fields.plate, required=True),
    _column("type", "车型 车辆类型 类型 type", fields.vehicle_type),
    _column(
        "seats",
        "座位数 座位 座数 核定载客 核载人数 seats",
        partial(fields.whole, least=1, most=80, unit="座"),
    ),
    _column("model", "品牌型号 型号 品牌 厂牌型号 model", _short),
    _column(
        "odometer_km",
        "里程 里程数 当前里程 公里数 odometer mileage",
        partial(fields.whole, least=0, most=3_000_000, unit="公里"),
    ),
    _column("parked_at", "停放地点 停放 停车地点 车位 parking parked_at", fields.text),
    _column("inspection_until", "年检到期 年检有效期 年检 年检日期 检验有效期 inspection", fields.day),
    _column("insurance_until", "保险到期 保险有效期 保险 保险日期 insurance", fields.day),
    _column("driver", "驾驶员 常用驾驶员 司机 driver", fields.text),
    _active,
    _note,
)

BUILDINGS = (
    _column("name", "楼 楼名 楼栋 楼宇 名称 楼宇名称 building name", fields.text, required=True),
    _column("aliases", "别名 别称 俗称 又名 aliases alias", fields.words),
    _column("address", "地址 位置 address", partial(fields.text, longest=120)),
    _column(
        "floors", "层数 楼层数 总层数 地上层数 floors", partial(fields.whole, least=1, most=150, unit="层")
    ),
)

ROOMS = (
    _column("building", "楼 楼栋 楼宇 楼名 所在楼 building", fields.text, required=True),
    _column("number", "房号 房间号 房间 室 编号 门牌 number room", fields.room_number, required=True),
    _column("floor", "层 楼层 所在楼层 floor", fields.floor),
    _column("title", "名称 房间名称 会议室名称 title name", _short),
    _column("use", "用途 房间类型 类型 使用性质 use", partial(fields.text, longest=20)),
    _column(
        "capacity",
        "容纳人数 人数 容量 座位数 可容纳 capacity",
        partial(fields.whole, least=0, most=5_000, unit="人"),
    ),
    _column("area_m2", "面积 使用面积 建筑面积 area", fields.area),
    _column("equipment", "设备 设施 会议设备 equipment", fields.words),
    _column("aliases", "别名 别称 俗称 aliases alias", fields.words),
    _column("part_of", "属于 所属大厅 合并房号 part_of", fields.room_number),
    _active,
    _note,
)

DUTY = (
    _column("name", "值班人 值班人员 姓名 人员 name", fields.name, required=True),
    _column("department", "单位 处室 部门 department", fields.department),
    _column("kind", "类别 业务 kind", fields.kind),
    _column("trade", "工种 岗位 trade", _short),
    _column("building", "楼 楼栋 楼宇 楼名 building", fields.text),
    _column("starts", "开始 开始时间 日期 值班日期 从 start from date", fields.moment, required=True),
    _column("ends", "结束 结束时间 到 至 end to", fields.moment),
    _column("stand_in", "替班 替班人 代班 代班人", fields.name),
    _note,
)


def heading(cell: Cell) -> str:
    """Return a heading stripped to what is compared."""
    found = unicodedata.normalize("NFKC", fields.as_text(cell)).lower()
    return re.sub(r"\(.*?\)|\[.*?\]|[\s*:·]", "", found)


def matched(cells: list[Cell], columns: tuple[Column, ...]) -> dict[int, Column]:
    """Return which column stands at which place of a line of headings."""
    by_title = {title: column for column in columns for title in column.titles}
    found = {place: by_title.get(heading(cell)) for place, cell in enumerate(cells)}
    return {place: column for place, column in found.items() if column}
