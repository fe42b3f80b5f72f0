"""The list of a reception (接待清单): drafted from what really happened, what is missing asked for in one message.

It names the visitors' unit, names and titles, the official business, times, places, costs (REC-4), and who kept company and who
worked for it (REC-5). What the desk knows it fills in; the rest is asked of whoever answers for the ticket.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from desk import receptions
from desk.errors import BadInput
from desk.instants import to_local
from desk.models import Role
from desk.people import masked_text
from handlers.reception import checking, form, listening, plan, sheet
from handlers.reports import fonts

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from desk.models import Ticket
    from handlers.kinds import Fields, Scene

# What only people know: key → (label, what to write).
ASKED = {
    "guests": ("来宾", "姓名 职务，顿号隔开"),
    "places": ("场所", "在哪儿座谈、用餐、参观"),
    "companions": ("陪同", "陪同人员姓名，没有写「无」"),
    "costs": ("费用", "工作餐等各项金额，没有写「无」"),
}
_LABEL = re.compile(
    r"(?:^|[\n；;。，,、\s])\s*(?:\d[.、）)]\s*)?(?:接待)?(?P<label>来宾|客人|名单|场所|地点|陪同|陪餐|费用|金额|花费)(?:名单|人员|单位)?(?:\s*[:：]\s*|(?:是|有|为)\s*|[ \u3000]+)"
)
_KEY = {
    "来宾": "guests", "客人": "guests", "名单": "guests", "场所": "places", "地点": "places", "陪同": "companions",
    "陪餐": "companions", "费用": "costs", "金额": "costs", "花费": "costs",
}  # fmt: skip
_MEAL_COST = re.compile(r"餐[^\d，。；]{0,6}(?P<yuan>\d{1,6})(?:\.\d+)?\s*元?")
_NONE = re.compile(r"(?:无|没有|没|暂无|没产生|无费用)[。.]?")
EXPECTS = r"[:：]|元|无|没有|、|\S\s+\S"


def draft(scene: Scene, ticket: Ticket, *, ended_at: datetime) -> Fields:
    """Return the list as far as the desk knows it; `ended_at` is when it ended (an instant)."""
    f = ticket.fields
    began = f.get("began_at") or (
        to_local(ticket.starts_at).isoformat(timespec="minutes") if ticket.starts_at else ""
    )
    cars = receptions.children(scene.session, ticket, open_only=False)
    used = [c for c in cars if c.state not in plan.GONE]
    staff = [
        scene.actor.name if scene.actor else "",
        *(f"{c.fields.get('driver') or ''}（驾驶员）" for c in used if c.fields.get("driver")),
    ]
    stations = [str(c.fields.get("destination") or "") for c in used]
    sat_in = [str(c.fields.get("room_name") or "") for c in used if c.kind == plan.ROOM]
    places = [*(sat_in or [str(f.get("room_name") or "")]), str(f.get("plan_text") or "")]
    return {
        "organisation": str(f.get("visitor_org") or ""),
        "letter_no": str(f.get("letter_no") or ""),
        "guests": str(f.get("guests") or ""),
        "purpose": str(f.get("purpose") or ""),
        "began": began,
        "ended": to_local(ended_at).isoformat(timespec="minutes"),
        "places": "；".join(p for p in places if p),
        "transport": "、".join(dict.fromkeys(s for s in stations if s)),
        "meal": form.meal_shown(f) if checking.wants_meal(f) else "未安排",
        "lodging": form.lodging_shown(f) if f.get("lodging") else "未安排",
        "companions": "无" if f.get("companions") == 0 else "",
        "support": "、".join(dict.fromkeys(s for s in staff if s)),
        "costs": "",
    }


def missing(content: Fields) -> list[str]:
    """Return the keys still to be told, in the order they are asked."""
    return [key for key in ASKED if not str(content.get(key) or "").strip()]


def question(ticket: Ticket) -> str:
    """Ask for everything that is missing in one message."""
    wanted = missing(ticket.fields.get("list") or {})
    lines = [f"{ASKED[key][0]}：（{ASKED[key][1]}）" for key in wanted]
    head = f"{ticket.number} 接待清单已按实际情况起草，还差 {len(wanted)} 项，请照下面的样子一条消息回复："
    return "\n".join([head, *lines])


def read_answer(text: str, wanted: list[str]) -> Fields:
    """Return what an answer tells of the missing items. Raises BadInput when none can be made out."""
    found: Fields = {}
    labels = list(_LABEL.finditer(text))
    for i, label in enumerate(labels):
        value = text[label.end() : labels[i + 1].start() if i + 1 < len(labels) else len(text)]
        value = value.strip(" \n；;，,。（）")
        if value:
            found[_KEY[label["label"]]] = "无" if _NONE.fullmatch(value) else value[:500]
    if not found and len(wanted) == 1 and text.strip():
        value = text.strip()
        found[wanted[0]] = "无" if _NONE.fullmatch(value) else value[:500]
    if not found:
        names = "、".join(ASKED[key][0] for key in wanted)
        raise BadInput(f"没看出是哪一项。还差：{names}。请写成「{ASKED[wanted[0]][0]}：……」，一行一项。")
    return found


def remarks(scene: Scene, ticket: Ticket, content: Fields) -> list[str]:
    """Return what does not agree with the rules in a list as it was filled in: it is recorded as told, and flagged."""
    people = int(ticket.fields.get("people") or 1)
    notes = []
    company = [n for n in re.split(r"[、，,\s]+", str(content.get("companions") or "")) if n and n != "无"]
    # Titles stand beside names; only a plain list of names is counted.
    if all(len(n) <= 4 for n in company) and len(company) > receptions.companion_limit(people):
        notes.append(f"陪同 {len(company)} 人，超过 {receptions.companion_limit(people)} 人的上限")
    cost = _MEAL_COST.search(str(content.get("costs") or ""))
    cap = int(checking.parameter(scene, "meal_cap_yuan"))
    heads = people + len(company)
    if cost and int(cost["yuan"]) > cap * heads:
        notes.append(f"工作餐 {cost['yuan']} 元，{heads} 人每人超过 {cap} 元")
    return notes


def rows(ticket: Ticket) -> list[tuple[str, str]]:
    """Return the list as (heading, value) rows."""
    c = ticket.fields.get("list") or {}
    return [
        ("接待单号", ticket.number),
        ("来访单位", str(c.get("organisation") or "")),
        ("公函文号", str(c.get("letter_no") or "") or form.letter_shown(ticket.fields)),
        ("来宾姓名、职务", str(c.get("guests") or "")),
        ("人数", f"{ticket.fields.get('people') or ''}"),
        ("公务活动项目", str(c.get("purpose") or "")),
        ("时间", f"{_time(c.get('began'))} 至 {_time(c.get('ended'))}"),
        ("场所", str(c.get("places") or "")),
        ("用车", str(c.get("transport") or "") or "未安排"),
        ("用餐", str(c.get("meal") or "")),
        ("住宿", str(c.get("lodging") or "")),
        ("费用", str(c.get("costs") or "")),
        ("陪同人员", str(c.get("companions") or "")),
        ("工作保障人员", str(c.get("support") or "")),
        ("票据号", str(ticket.fields.get("receipt") or "")),
        ("备注", "；".join(ticket.fields.get("list_remarks") or ())),
        ("负责人审签", ""),
    ]


def _time(value: object) -> str:
    return listening.text_of(value).replace("T", " ")


def export(scene: Scene, ticket: Ticket) -> list[Path]:
    """Write the list as a workbook and as a page to sign, under the house's folder for exports; return their paths.

    Telephone numbers are whole only for the reception desk; others read 138****1234.
    """
    actor = scene.actor
    full = actor is not None and actor.has_role(Role.DISPATCHER, kind=ticket.kind)
    content = [(k, v if full else masked_text(v)) for k, v in rows(ticket)]
    name = f"{ticket.number}-接待清单" + ("" if full else "-公开")
    book = scene.house.exports / f"{name}.xlsx"
    receptions.write_workbook(book, title=f"公务接待清单 {ticket.number}", rows=content)
    font = fonts.chinese_font()
    if font is None:
        return [book]
    page = scene.house.exports / f"{name}.pdf"
    sheet.write(page, _sheet(scene, ticket, dict(content)), font_path=font)
    return [page, book]


def _sheet(scene: Scene, ticket: Ticket, content: dict[str, str]) -> sheet.Sheet:
    home = ticket.requester.department

    def one(*headings: str) -> tuple[tuple[str, str], ...]:
        return tuple((heading, content[heading]) for heading in headings)

    return sheet.Sheet(
        title="国内公务接待清单",
        number=ticket.number,
        organisation=home.name if home else "",
        lines=(
            one("来访单位"),
            one("公函文号", "人数"),
            one("来宾姓名、职务"),
            one("公务活动项目"),
            one("时间"),
            one("场所"),
            one("用车", "住宿"),
            one("用餐"),
        ),
        costs=content["费用"],
        after=(one("陪同人员"), one("工作保障人员"), one("票据号", "备注")),
        signers=("经办人", "接待部门负责人", "财务审核"),
        made_on=to_local(scene.now).date(),
    )
