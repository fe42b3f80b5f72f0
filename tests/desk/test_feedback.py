"""What was not understood is kept for review, and nothing in it points to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from desk import feedback
from desk.errors import BadInput
from desk.feedback import Why
from desk.models import Feedback, Person

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from desk.storage import Database


def add_person(session: Session, name: str) -> None:
    session.add(Person(name=name, grants=[], habits={}, active=True, reachable=True))
    session.flush()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("接一下 13844012345 这位客人", "接一下 电话 这位客人"),
        ("打0431-88912345找我", "打电话找我"),
        ("+86 138-4401-2345 联系", "电话 联系"),
        ("车牌吉A12345那台车太脏", "车牌车牌那台车太脏"),
        ("发到zhang.san@example.com吧", "发到邮箱吧"),
        ("身份证220102199001011234", "身份证证件号"),
        ("给王局订个车", "给某局订个车"),
        ("李处长明天要用", "某处长明天要用"),
        ("小刘说灯坏了", "小某说灯坏了"),
    ],
)
def test_blots_out_what_points_to_a_person(database: Database, said: str, kept: str) -> None:
    with database.reading() as session:
        assert feedback.blotted(session, said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "明天下午两点派辆商务车去龙嘉机场接人",
        "一号楼305会议室 12月3号 8:30 到 11:30，15人",
        "YC-20261124-003 改到三点",
        "请施工队来修",
        "叫车队长来",
        "接待处的人呢",
        "找老地方开会，小会议室也行",
        "单位在老马路边上",
        "向局里申请用房",
    ],
)
def test_leaves_alone_what_points_to_nobody(database: Database, said: str) -> None:
    with database.reading() as session:
        assert feedback.blotted(session, said) == said


def test_blots_out_every_name_of_the_register(any_database: Database) -> None:
    with any_database.writing() as session:
        add_person(session, "欧阳春")
        add_person(session, "春")
        assert feedback.blotted(session, "欧阳春让我问问，春天来了") == "某某让我问问，春天来了"


def test_keeps_a_message_once_and_remembers_what_was_chosen(any_database: Database, now: datetime) -> None:
    with any_database.writing() as session:
        feedback.collect(session, "整一下那个", why=Why.CLARIFIED, guessed="report_repair", now=now)
    with any_database.writing() as session:
        feedback.collect(session, "整一下那个", why=Why.CLARIFIED, chosen="book_room", now=now)
    with any_database.reading() as session:
        (row,) = feedback.waiting(session)
        assert (row.text, row.why, row.guessed, row.chosen) == (
            "整一下那个",
            "clarified",
            "report_repair",
            "book_room",
        )
        assert row.created_at == now


def test_a_hand_over_after_a_question_is_remembered_as_one(database: Database, now: datetime) -> None:
    with database.writing() as session:
        feedback.collect(session, "整一下那个", why=Why.CLARIFIED, guessed="report_repair", now=now)
        feedback.collect(session, "整一下那个", why=Why.HANDED_OVER, now=now)
        assert [row.why for row in feedback.waiting(session)] == ["handed_over"]


def test_keeps_only_the_beginning_of_a_long_message_and_nothing_of_an_empty_one(
    database: Database, now: datetime
) -> None:
    with database.writing() as session:
        assert feedback.collect(session, "  \n ", why=Why.CLARIFIED, now=now) is None
        row = feedback.collect(session, "长" * 5000, why=Why.CLARIFIED, now=now)
        assert row is not None
        assert len(row.text) == feedback.LONGEST


def test_what_was_dealt_with_waits_no_longer_and_cannot_be_dealt_with_again(
    any_database: Database, now: datetime
) -> None:
    with any_database.writing() as session:
        for said in ("第一句话", "第二句话"):
            feedback.collect(session, said, why=Why.CLARIFIED, now=now)
        first, second = feedback.waiting(session)
        feedback.accept(session, first.id, intent="help")
        feedback.drop(session, second.id)
        assert feedback.waiting(session) == []
        states = {row.text: (row.state, row.accepted) for row in session.query(Feedback)}
        assert states == {"第一句话": ("accepted", "help"), "第二句话": ("dropped", "")}
        with pytest.raises(BadInput, match="处理过"):
            feedback.drop(session, first.id)
        with pytest.raises(BadInput, match="没有第 999 号"):
            feedback.accept(session, 999, intent="help")
