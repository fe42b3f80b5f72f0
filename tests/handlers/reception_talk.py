"""What the tests of receptions share: the small bureau with a reception desk, letters, and short ways to ask."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from desk import people
from desk.models import Department, Person, Role, Ticket
from handlers.heard import Enclosure
from nlu.understanding import Request
from tests.handlers.bench_talk import Counter, small_bureau

if TYPE_CHECKING:
    from pathlib import Path

    from desk.storage import Database

JIE, HAO, SUN = 110, 111, 112

LETTER = """四川省机关事务管理局
川机管函〔2026〕18号
关于赴吉林省考察学习办公用房管理工作的函
吉林省机关事务管理局：
  为学习借鉴贵省先进经验，我局拟由副局长张明带队一行8人，于2026年12月2日至4日赴贵局考察学习，请予接待为盼。
一、时间：12月2日（周三）14:30抵达长春站，12月4日返程
二、人员名单
1. 张明 副局长
2. 李华 房产处处长
联系人：赵强，电话：13812345678
四川省机关事务管理局
2026年11月20日"""
PHOTO = Enclosure(sort="photo", file_id="photo-1")
PDF = Enclosure(sort="document", file_id="doc-1", name="公函.pdf", mime_type="application/pdf")


def reception_desk(database: Database, exports: Path) -> Counter:
    """The small bureau, two dispatchers of receptions (接同志, 郝同志), and 孙主任 of a department without a head."""
    counter = small_bureau(database)
    counter.house = replace(counter.house, exports=exports)
    with database.writing() as session:
        office = Department(name="信息处")
        session.add(office)
        session.flush()
        for number, name, home, role in (
            (JIE, "接同志", None, Role.DISPATCHER),
            (HAO, "郝同志", None, Role.DISPATCHER),
            (SUN, "孙主任", office, Role.EMPLOYEE),
        ):
            person = Person(
                name=name, department=home, phone=f"1390000{number:04d}", telegram_id=number, chat_id=number,
                grants=[], habits={}, active=True, reachable=True,
            )  # fmt: skip
            session.add(person)
            session.flush()
            people.grant(session, person, role=role, kind="reception" if role == Role.DISPATCHER else None)
    return counter


def guests(**slots: Any) -> Request:
    """A request for a reception that leaves nothing to ask."""
    hints = slots.pop("hints", {"start_precision": "datetime"})
    whole = {
        "visitor_org": "四川省机关事务管理局",
        "start": "2026-12-02T14:30",
        "people": 8,
        "purpose": "考察学习",
    }
    kept = {k: v for k, v in {**whole, **slots}.items() if v is not None}
    return Request(intent="arrange_reception", kind="reception", slots=kept, hints=hints)


def text_of(replies: list[dict[str, Any]]) -> str:
    """All texts and captions of some replies."""
    return "\n".join(str(r.get("text") or r.get("caption") or "") for r in replies)


def tickets_of(counter: Counter, kind: str) -> list[Ticket]:
    """Every ticket of a kind, oldest first."""
    with counter.database.reading() as session:
        return list(session.scalars(select(Ticket).where(Ticket.kind == kind).order_by(Ticket.id)))


def reception(counter: Counter) -> Ticket:
    """The newest reception."""
    return tickets_of(counter, "reception")[-1]


def asked(
    counter: Counter, who: int = SUN, said: str = "四川省局12月2日下午两点半8人来考察学习", **slots: Any
) -> None:
    """Somebody asks for a reception and submits it without a letter."""
    counter.say(who, said, guests(**slots))
    counter.press(who, "提交")


def with_letter(
    counter: Counter, who: int = SUN, said: str = "四川省局12月2日8人来考察学习", **slots: Any
) -> None:
    """Somebody asks for a reception with a photo of its letter."""
    counter.say(who, said, guests(**slots))
    counter.hear(who, enclosures=(PHOTO,))
    counter.press(who, "提交")


def last(replies: list[dict[str, Any]]) -> str:
    """The text of the last message among some replies (a card shown anew comes after the retired one)."""
    return [str(r["text"]) for r in replies if r["method"] == "message"][-1]
