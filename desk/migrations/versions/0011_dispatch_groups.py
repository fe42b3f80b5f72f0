"""Dispatchers' group chats.

Revision: 0011, after 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from desk.models import UtcDateTime

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of dispatchers' groups."""
    op.create_table(
        "dispatch_groups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("bound_by_id", sa.Integer(), nullable=False),
        sa.Column("bound_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["bound_by_id"], ["people.id"], name=op.f("fk_dispatch_groups_bound_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_groups")),
        sa.UniqueConstraint("chat_id", "kind", name=op.f("uq_dispatch_groups_chat_id_kind")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("dispatch_groups")
