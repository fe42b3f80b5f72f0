"""Who the desk serves and who works for it: departments, people, their roles, the codes that bind them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from desk.models.base import Base


class Role(StrEnum):
    """What a person may do. A grant may be limited to one kind of ticket."""

    EMPLOYEE = "employee"
    APPROVER = "approver"
    DISPATCHER = "dispatcher"
    DRIVER = "driver"
    TECHNICIAN = "technician"
    ADMIN = "admin"


class Department(Base):
    """One of the departments and units the bureau serves."""

    __tablename__ = "departments"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    short_name: Mapped[str] = mapped_column(String(40), default="")


class Person(Base):
    """Somebody the desk knows. Bound to Telegram by a one-time code, never by user name."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    title: Mapped[str] = mapped_column(String(40), default="")
    phone: Mapped[str] = mapped_column(String(30), default="")
    active: Mapped[bool] = mapped_column(default=True)
    telegram_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    bound_at: Mapped[datetime | None]
    # False once Telegram answered 403: the person blocked the bot.
    reachable: Mapped[bool] = mapped_column(default=True)
    # Usual pickup place, last rooms and the like: they fill defaults, always shown on the card.
    habits: Mapped[dict[str, Any]] = mapped_column(default=dict)

    department: Mapped[Department | None] = relationship(lazy="joined")
    grants: Mapped[list[RoleGrant]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="RoleGrant.id"
    )

    def has_role(self, role: Role, *, kind: str | None = None) -> bool:
        """Say whether the person holds `role`, for `kind` where one is given (a grant without kind covers all)."""
        return any(g.role == role and (not g.kind or kind is None or g.kind == kind) for g in self.grants)


class RoleGrant(Base):
    """One role of one person; `kind` empty means every kind."""

    __tablename__ = "role_grants"
    __table_args__ = (UniqueConstraint("person_id", "role", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20), default="")


class Invite(Base):
    """A one-time code, kept only as a hash, that binds a Telegram account to a person."""

    __tablename__ = "invites"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
