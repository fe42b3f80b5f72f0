"""Who is who: people are invited, bind their Telegram account with a one-time code, and hold roles.

Somebody in charge invites a person by name and role and hands over the code; the person sends `/start CODE` in a
private chat and is known from then on. User names prove nothing and are never looked at. Of a code only its hash
is kept; it works once, for some days, and a newer one takes its place. Two people of one name are told apart by
their department (同名同姓要问处室).
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import joinedload

from desk import outbox
from desk.errors import BadInput, Conflict
from desk.models import (
    Department,
    Driver,
    Invite,
    OutboxMessage,
    OutboxStatus,
    Person,
    Resource,
    Role,
    RoleGrant,
)
from desk.remembered import remembered

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

CODE_BYTES = 16  # 128 bits: guessing is hopeless, whatever the rate
VALID = timedelta(days=7)
# Letters people read as digits and the other way round; base32 has neither 0, 1 nor 8.
MISREAD = str.maketrans("018", "OIB")
BLANK_BETWEEN_HAN = re.compile(r"(?<=[一-鿿])\s+(?=[一-鿿])")
FORBIDDEN_IN_NAMES = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff<>&=+@\"'|\\/]")


class UnknownCode(BadInput):
    """No invite has this code."""


class ExpiredCode(BadInput):
    """The code was right once, but its days are over or a newer one took its place."""


class UsedCode(BadInput):
    """Somebody else already bound an account with this code."""


class AccountTaken(Conflict):
    """The Telegram account belongs to another person of the desk."""


# ── inviting ────────────────────────────────────────────────────────────────────────────────────────


def invite(
    session: Session,
    *,
    name: str,
    role: Role,
    department: str | None = None,
    kind: str | None = None,
    now: datetime,
    valid: timedelta = VALID,
) -> str:
    """Return a one-time code that binds a Telegram account to the person `name`, who is granted `role`.

    The person is looked up by name (and department, by full or short name) and created when missing; a department
    the desk does not know is created too. `kind` limits the grant to one kind of ticket. Earlier unused codes of
    the person stop working. Raises BadInput for an unusable name and for one that several people bear.
    """
    home = ensure_department(session, department) if department is not None else None
    person = pick(namesakes(session, name), home=home)
    if person is None:
        person = Person(name=clean_name(name), active=True, reachable=True, habits={}, grants=[])
        session.add(person)
    person.department = person.department or home
    person.active = True
    grant(session, person, role=role, kind=kind)
    return new_code(session, person, now=now, valid=valid)


def new_code(session: Session, person: Person, *, now: datetime, valid: timedelta = VALID) -> str:
    """Return a fresh one-time code for `person`, good for `valid` from `now`; earlier unused ones stop working."""
    session.execute(
        update(Invite)
        .where(Invite.person_id == person.id, Invite.used_at.is_(None), Invite.expires_at > now)
        .values(expires_at=now)
    )
    letters = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().rstrip("=")
    invited = Invite(person_id=person.id, code_hash=_hash(letters), created_at=now, expires_at=now + valid)
    session.add(invited)
    session.flush()
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def namesakes(session: Session, name: str) -> list[Person]:
    """Return everybody called `name`, gone or not, oldest entry first. Raises BadInput for an unusable name."""
    return list(session.scalars(select(Person).where(Person.name == clean_name(name)).order_by(Person.id)))


def pick(people: list[Person], *, home: Department | None) -> Person | None:
    """Return the one of several namesakes who is meant, or None if it is somebody new.

    Somebody whose department nobody has noted yet, and who has not bound an account, is taken to be of `home`.
    Raises BadInput when more than one remains.
    """
    if home is None:
        return _only(people)
    same = [p for p in people if p.department is home]
    return _only(same or [p for p in people if p.department is None and p.telegram_id is None])


def find_department(session: Session, name: str) -> Department | None:
    """Return the department with this full name or, failing that, this short name; None if there is none."""
    wanted = name.strip()
    if not wanted:
        return None
    found = session.scalars(
        select(Department).where(or_(Department.name == wanted, Department.short_name == wanted))
    ).all()
    return min(found, key=lambda d: (d.name != wanted, d.id), default=None)


def ensure_department(session: Session, name: str) -> Department:
    """Return the department called `name`, created when missing. Raises BadInput for an unusable name."""
    found = find_department(session, name)
    if found is None:
        found = Department(name=clean_name(name, what="单位名称", longest=80))
        session.add(found)
        session.flush()
    return found


def clean_name(name: str, *, what: str = "姓名", longest: int = 40) -> str:
    """Return `name` without outer blanks. Raises BadInput if it is empty, too long or no name at all."""
    # Two-character names are often padded in the middle (王　伟) to line up with longer ones.
    cleaned = BLANK_BETWEEN_HAN.sub("", name).strip()
    if not cleaned:
        raise BadInput(f"{what}不能为空。")
    if len(cleaned) > longest:
        raise BadInput(f"{what}太长了，最多{longest}个字。")
    if FORBIDDEN_IN_NAMES.search(cleaned) or cleaned[0] == "-":
        raise BadInput(f"{what}里有不该出现的字符：{cleaned!r}。")
    return cleaned


def _only(people: list[Person]) -> Person | None:
    if len(people) < 2:
        return people[0] if people else None
    homes = "、".join(p.department.name if p.department else "（未填单位）" for p in people)
    raise BadInput(
        f"有{len(people)}位叫「{people[0].name}」的同事：{homes}。请写明单位。",
        alternative="加上单位再试一次。",
    )


# ── binding ─────────────────────────────────────────────────────────────────────────────────────────


def bind(session: Session, *, code: str, telegram_id: int, chat_id: int, now: datetime) -> Person:
    """Bind a Telegram account to the person the code was made for, and return the person.

    The same account sending its code again is welcome (Telegram delivers twice now and then). A person who was
    bound elsewhere moves here, with every message still owed; both chats are told, so that nobody is taken over in
    silence.
    Raises UnknownCode, ExpiredCode, UsedCode, or AccountTaken when the account belongs to somebody else.
    """
    found = session.scalar(select(Invite).where(Invite.code_hash == _hash(code)).with_for_update())
    person = session.get(Person, found.person_id) if found else None
    if found is None or person is None or not person.active:
        raise UnknownCode("这个邀请码不对，请核对后再发一次。", alternative="可以请管理员重新发一个邀请码。")
    _check_usable(found, person, telegram_id=telegram_id, now=now)
    _free_account(session, person, telegram_id=telegram_id)
    if person.chat_id is not None and person.telegram_id not in (None, telegram_id):
        _move(session, person, chat_id=chat_id, now=now)
    if person.telegram_id != telegram_id:
        person.bound_at = now
    person.telegram_id, person.chat_id, person.reachable = telegram_id, chat_id, True
    found.used_at = found.used_at or now
    session.flush()
    return person


def _check_usable(found: Invite, person: Person, *, telegram_id: int, now: datetime) -> None:
    again = "请管理员重新发一个邀请码。"
    if found.used_at is not None:
        if person.telegram_id != telegram_id:
            raise UsedCode("这个邀请码已经用过了，每个邀请码只能用一次。", alternative=again)
    elif found.expires_at <= now:
        raise ExpiredCode("这个邀请码已经过期，或已被新的邀请码代替。", alternative=again)


def _free_account(session: Session, person: Person, *, telegram_id: int) -> None:
    """Make sure the account belongs to nobody else; people who left give theirs up."""
    holder = session.scalar(select(Person).where(Person.telegram_id == telegram_id, Person.id != person.id))
    if holder is None:
        return
    if holder.active:
        raise AccountTaken(
            f"这个 Telegram 账号已经绑定了{holder.name}，不能再绑定别人。",
            alternative="如果绑错了，请联系管理员。",
        )
    holder.telegram_id = holder.chat_id = None
    session.flush()


def _move(session: Session, person: Person, *, chat_id: int, now: datetime) -> None:
    """Send what is still owed to the new chat, and tell both chats. What rewrites an old message stays behind."""
    left = person.chat_id
    if left is None or left == chat_id:
        return
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.person_id == person.id,
            OutboxMessage.chat_id == left,
            OutboxMessage.status == OutboxStatus.PENDING,
            OutboxMessage.edits_id.is_(None),
        )
        .values(chat_id=chat_id)
    )
    farewell = (
        f"{person.name}的服务台账号已改绑到另一个 Telegram 账号，"
        "这里不会再收到通知。如果不是您本人操作，请马上联系管理员。"
    )
    outbox.send(session, outbox.Message(text=farewell), chat_id=left, now=now)
    welcome = "您原来绑定的 Telegram 账号已经解除，以后的通知都发到这里。"
    outbox.send(session, outbox.Message(text=welcome), chat_id=chat_id, now=now)


def _hash(code: str) -> str:
    plain = re.sub(r"[\s\-_]", "", code).upper().translate(MISREAD)
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


# ── roles ───────────────────────────────────────────────────────────────────────────────────────────


def grant(session: Session, person: Person, *, role: Role, kind: str | None = None) -> None:
    """Give `person` a role, for one kind of ticket or (None) for all; everybody is an employee too.

    A driver gets working time that can be booked. Granting twice changes nothing.
    """
    for wanted, limit in ((Role.EMPLOYEE, ""), (role, kind or "")):
        if not any(g.role == wanted and g.kind == limit for g in person.grants):
            person.grants.append(RoleGrant(role=wanted, kind=limit))
    session.flush()
    if role == Role.DRIVER:
        ensure_driver(session, person).active = True


def revoke(session: Session, person: Person, *, role: Role, kind: str | None = None) -> bool:
    """Take a role back (with `kind` only that grant, else all of the role); say whether there was one.

    A driver's working time stays in the books but takes no new bookings. Raises BadInput for the employee's role:
    whoever leaves is made inactive instead.
    """
    if role == Role.EMPLOYEE:
        raise BadInput("「员工」是每个人都有的身份，不能收回。", alternative="人员离开时请改为停用。")
    gone = [g for g in person.grants if g.role == role and (kind is None or g.kind == kind)]
    for one in gone:
        person.grants.remove(one)
    session.flush()
    if role == Role.DRIVER and gone and not person.has_role(Role.DRIVER):
        ensure_driver(session, person).active = False
    return bool(gone)


def ensure_driver(session: Session, person: Person) -> Driver:
    """Return the bookable working time of `person`, made when missing: 姓名, or 姓名(单位) when that is taken."""
    found = session.scalar(select(Driver).where(Driver.person_id == person.id))
    if found is None:
        taken = set(
            session.scalars(
                select(Resource.name).where(Resource.sort == "driver", Resource.name.startswith(person.name))
            )
        )
        home = f"{person.name}({person.department.name})"[:70] if person.department else person.name
        names = (person.name, home, *(f"{home}{n}" for n in range(2, len(taken) + 3)))
        free = next(n for n in names if n not in taken)
        found = Driver(name=free, person_id=person.id, person=person, active=True)
        session.add(found)
        session.flush()
    return found


# ── asking ──────────────────────────────────────────────────────────────────────────────────────────


# Asked with every message, so put together once; the roles come along, for everybody found is about to be judged by them.
PERSON_OF = (
    select(Person)
    .where(Person.telegram_id == bindparam("account"), Person.active)
    .options(joinedload(Person.grants))
)
WITH_ROLE = (
    select(Person)
    .where(
        Person.active, Person.id.in_(select(RoleGrant.person_id).where(RoleGrant.role == bindparam("role")))
    )
    .options(joinedload(Person.grants))
)
WITH_ROLE_FOR = (
    select(Person)
    .where(
        Person.active,
        Person.id.in_(
            select(RoleGrant.person_id).where(
                RoleGrant.role == bindparam("role"), RoleGrant.kind.in_([bindparam("kind"), ""])
            )
        ),
    )
    .options(joinedload(Person.grants))
)


def person_of(session: Session, telegram_id: int) -> Person | None:
    """Return the active person this Telegram account is bound to, or None for a stranger."""
    return session.scalars(PERSON_OF, {"account": telegram_id}).unique().one_or_none()


def people_with(session: Session, role: Role, kind: str | None = None) -> list[Person]:
    """Return the active people who hold `role` (for `kind`), those a message reaches first, then by seniority here."""

    def ask() -> list[Person]:
        query = WITH_ROLE if kind is None else WITH_ROLE_FOR
        return list(session.scalars(query, {"role": role, "kind": kind}).unique())

    found = remembered(session, RoleGrant, (role, kind), ask)
    return sorted((p for p in found if p.active), key=lambda p: (not is_reachable(p), p.id))


def dispatchers(session: Session, kind: str) -> list[Person]:
    """Return the active dispatchers for one kind of ticket, those a message reaches first."""
    return people_with(session, Role.DISPATCHER, kind)


def is_reachable(person: Person) -> bool:
    """Say whether a message would reach the person: bound, and not known to have blocked the bot."""
    return person.chat_id is not None and person.reachable


def masked_phone(phone: str) -> str:
    """Return a phone number fit for showing to many: 「138****1234」. Short ones keep their last two characters."""
    plain = phone.strip()
    if len(plain) >= 9:
        return f"{plain[:3]}****{plain[-4:]}"
    return f"****{plain[-2:]}" if len(plain) > 2 else plain


# A mobile number, with or without the country's, however it is spaced; or a landline with its area code.
PHONE = re.compile(
    r"(?<![0-9])(?:(?:\+?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}|0[0-9]{2,3}-?[0-9]{7,8})(?![0-9])"
)


def masked_text(text: str) -> str:
    """Return a text with every telephone number in it masked."""
    return PHONE.sub(lambda found: masked_phone(found[0]), text)
