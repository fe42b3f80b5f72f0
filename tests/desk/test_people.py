"""Inviting, binding and roles, on a real database."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from desk import outbox, people
from desk.errors import BadInput
from desk.models import Department, Driver, Invite, OutboxMessage, Person, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from desk.storage import Database

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.writing() as opened:
        yield opened


def invited(session: Session, name: str = "林晓梅", role: Role = Role.EMPLOYEE, **more: object) -> str:
    return people.invite(session, name=name, role=role, now=NOW, **more)  # type: ignore[arg-type]


def bound(session: Session, code: str, telegram_id: int = 1001) -> Person:
    return people.bind(session, code=code, telegram_id=telegram_id, chat_id=telegram_id, now=LATER)


# ── codes ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_code_fits_a_start_link_and_carries_128_bits(session: Session) -> None:
    codes = {invited(session) for _ in range(20)}
    assert len(codes) == 20
    for code in codes:
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", code)
        assert len(code.replace("-", "")) * 5 >= 128


def test_only_the_hash_of_a_code_is_kept(session: Session) -> None:
    code = invited(session)
    kept = session.scalars(select(Invite)).one()
    for column in Invite.__table__.columns:
        assert code not in str(getattr(kept, column.name))
        assert code.replace("-", "") not in str(getattr(kept, column.name))


def test_start_with_the_code_makes_the_person_known(session: Session) -> None:
    person = bound(session, invited(session))
    assert person.name == "林晓梅"
    assert (person.telegram_id, person.chat_id, person.bound_at) == (1001, 1001, LATER)
    assert people.person_of(session, 1001) is person


@pytest.mark.parametrize(
    "retyped", [str.lower, lambda c: c.replace("-", ""), lambda c: f" {c.replace('-', ' ')}\n"]
)
def test_a_code_retyped_by_hand_still_works(session: Session, retyped: object) -> None:
    code = invited(session)
    assert bound(session, retyped(code)).name == "林晓梅"  # type: ignore[operator]


def test_letters_misread_as_digits_still_work(session: Session) -> None:
    code = invited(session)
    assert bound(session, code.replace("O", "0").replace("I", "1").replace("B", "8")).name == "林晓梅"


@pytest.mark.parametrize("code", ["", "ABCD", "x" * 5000, "码", "\x00", "\ud800"])
def test_refuses_an_unknown_code(session: Session, code: str) -> None:
    invited(session)
    with pytest.raises(people.UnknownCode, match="邀请码不对"):
        bound(session, code)


def test_refuses_a_code_whose_days_are_over(session: Session) -> None:
    code = invited(session, valid=timedelta(minutes=60))
    with pytest.raises(people.ExpiredCode, match="过期"):
        bound(session, code)


def test_a_new_code_takes_the_place_of_the_old_one(session: Session) -> None:
    old, new = invited(session), invited(session)
    with pytest.raises(people.ExpiredCode):
        bound(session, old)
    assert bound(session, new).name == "林晓梅"


def test_a_new_code_for_one_person_leaves_those_of_others(session: Session) -> None:
    mine = invited(session)
    invited(session, "王海涛")
    assert bound(session, mine).name == "林晓梅"


def test_refuses_a_code_somebody_else_used(session: Session) -> None:
    code = invited(session)
    bound(session, code)
    with pytest.raises(people.UsedCode, match="已经用过"):
        bound(session, code, telegram_id=666)
    assert people.person_of(session, 666) is None


def test_the_same_account_may_send_its_code_again(session: Session) -> None:
    code = invited(session)
    assert bound(session, code) is bound(session, code)


def test_refuses_an_account_that_belongs_to_somebody_else(session: Session) -> None:
    bound(session, invited(session))
    with pytest.raises(people.AccountTaken, match="已经绑定了林晓梅"):
        bound(session, invited(session, "王海涛"))


def test_an_account_of_somebody_who_left_is_free_again(session: Session) -> None:
    gone = bound(session, invited(session))
    gone.active = False
    assert bound(session, invited(session, "王海涛")).name == "王海涛"
    assert gone.telegram_id is None


def test_binding_again_elsewhere_moves_the_person_and_tells_both_chats(session: Session) -> None:
    bound(session, invited(session), telegram_id=1001)
    person = bound(session, invited(session), telegram_id=2002)
    assert (person.telegram_id, person.chat_id) == (2002, 2002)
    assert people.person_of(session, 1001) is None
    said = {m.chat_id: m.payload["text"] for m in session.scalars(select(OutboxMessage))}
    assert "已改绑到另一个" in said[1001]
    assert "已经解除" in said[2002]


def test_reminders_still_owed_move_with_the_person(session: Session) -> None:
    person = bound(session, invited(session), telegram_id=1001)
    reminder = outbox.send(session, outbox.Message(text="该出发了"), chat_id=1001, person=person, now=NOW)
    bound(session, invited(session), telegram_id=2002)
    session.refresh(reminder)
    assert reminder.chat_id == 2002


def test_binding_for_the_first_time_tells_no_other_chat(session: Session) -> None:
    bound(session, invited(session))
    assert session.scalars(select(OutboxMessage)).all() == []


def test_a_code_of_somebody_made_inactive_is_worth_nothing(session: Session) -> None:
    code = invited(session)
    session.scalars(select(Person)).one().active = False
    with pytest.raises(people.UnknownCode):
        bound(session, code)


def test_binding_makes_a_person_who_had_blocked_the_bot_reachable_again(session: Session) -> None:
    person = bound(session, invited(session))
    person.reachable = False
    bound(session, invited(session))
    assert person.reachable


# ── names ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_name_in_another_department_is_another_person(session: Session) -> None:
    invited(session, "王伟", department="综合处")
    invited(session, "王伟", department="财务处")
    assert len(session.scalars(select(Person)).all()) == 2


def test_an_ambiguous_name_is_refused_with_the_departments_named(session: Session) -> None:
    invited(session, "王伟", department="综合处")
    invited(session, "王伟", department="财务处")
    with pytest.raises(BadInput, match=r"2位叫「王伟」.*综合处、财务处"):
        invited(session, "王伟")


def test_inviting_again_finds_the_same_person(session: Session) -> None:
    invited(session, "王伟", department="综合处")
    invited(session, "王伟")
    invited(session, "王　伟", department=" 综合处 ")
    assert len(session.scalars(select(Person)).all()) == 1


def test_a_department_is_found_by_its_short_name(session: Session) -> None:
    session.add(Department(name="吉林省财政厅", short_name="财政厅"))
    invited(session, department="财政厅")
    assert session.scalars(select(Person)).one().department.name == "吉林省财政厅"  # type: ignore[union-attr]


def test_a_department_noted_later_completes_an_unbound_person(session: Session) -> None:
    invited(session, "王伟")
    invited(session, "王伟", department="综合处")
    assert session.scalars(select(Person)).one().department.name == "综合处"  # type: ignore[union-attr]


def test_a_department_noted_later_never_changes_a_bound_person(session: Session) -> None:
    bound(session, invited(session, "王伟"))
    invited(session, "王伟", department="综合处")
    assert len(session.scalars(select(Person)).all()) == 2


@pytest.mark.parametrize("name", ["", "  ", "王" * 41, "王\x00伟", "<b>王</b>", "=1+1", "\ud800"])
def test_refuses_a_name_that_is_none(session: Session, name: str) -> None:
    with pytest.raises(BadInput, match="姓名"):
        invited(session, name)


# ── roles ───────────────────────────────────────────────────────────────────────────────────────────


def test_everybody_is_an_employee_too(session: Session) -> None:
    person = bound(session, invited(session, role=Role.DISPATCHER, kind="vehicle"))
    assert person.has_role(Role.EMPLOYEE)
    assert person.has_role(Role.DISPATCHER, kind="vehicle")
    assert not person.has_role(Role.DISPATCHER, kind="room")


def test_granting_twice_changes_nothing(session: Session) -> None:
    person = bound(session, invited(session, role=Role.ADMIN))
    people.grant(session, person, role=Role.ADMIN)
    assert sorted(g.role for g in person.grants) == ["admin", "employee"]


def test_a_driver_gets_working_time_and_a_namesake_his_department_behind_it(session: Session) -> None:
    for department in ("车队", "机要处", "车队"):
        invited(session, "王伟", Role.DRIVER, department=department)
    assert session.scalars(select(Driver.name).order_by(Driver.id)).all() == ["王伟", "王伟(机要处)"]


def test_namesakes_without_department_still_get_distinct_working_times(session: Session) -> None:
    for _ in range(3):
        person = Person(name="王伟")
        session.add(person)
        people.grant(session, person, role=Role.DRIVER)
    names = session.scalars(select(Driver.name)).all()
    assert len(set(names)) == 3


def test_a_driver_whose_role_is_taken_back_takes_no_new_bookings(session: Session) -> None:
    person = bound(session, invited(session, role=Role.DRIVER))
    assert people.revoke(session, person, role=Role.DRIVER)
    assert not session.scalars(select(Driver)).one().active
    assert not people.people_with(session, Role.DRIVER)
    people.grant(session, person, role=Role.DRIVER)
    assert session.scalars(select(Driver)).one().active


def test_taking_back_one_kind_leaves_the_other(session: Session) -> None:
    person = bound(session, invited(session, role=Role.DISPATCHER, kind="vehicle"))
    people.grant(session, person, role=Role.DISPATCHER, kind="room")
    assert people.revoke(session, person, role=Role.DISPATCHER, kind="room")
    assert not people.revoke(session, person, role=Role.DISPATCHER, kind="room")
    assert people.dispatchers(session, "vehicle") == [person]
    assert people.dispatchers(session, "room") == []


def test_refuses_to_take_the_employee_role_back(session: Session) -> None:
    person = bound(session, invited(session))
    with pytest.raises(BadInput, match="员工"):
        people.revoke(session, person, role=Role.EMPLOYEE)


def test_dispatchers_a_message_reaches_come_first_and_those_gone_not_at_all(session: Session) -> None:
    for number, name in enumerate(("甲", "乙", "丙", "丁")):
        code = invited(session, name, Role.DISPATCHER, kind="" if name == "丙" else "vehicle")
        if name in "乙丙丁":
            bound(session, code, telegram_id=100 + number)
    everybody = {p.name: p for p in session.scalars(select(Person))}
    everybody["乙"].reachable = False
    everybody["丁"].active = False
    assert [p.name for p in people.dispatchers(session, "vehicle")] == ["丙", "甲", "乙"]


def test_a_stranger_and_somebody_gone_are_nobody(session: Session) -> None:
    person = bound(session, invited(session))
    assert people.person_of(session, 42) is None
    person.active = False
    assert people.person_of(session, 1001) is None


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13800001234", "138****1234"),
        ("138-0000-1234", "138****1234"),
        ("0431-88901234", "043****1234"),
        ("8123", "****23"),
        ("", ""),
    ],
)
def test_phones_are_masked(phone: str, shown: str) -> None:
    assert people.masked_phone(phone) == shown
