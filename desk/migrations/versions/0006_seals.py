"""Seals over the history: each names the events it covers and chains to the one before; nobody edits them.

And an index for what one chat sent lately.

Revision: 0006, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from desk.models import UtcDateTime

revision = "0006"
down_revision = "0002"
branch_labels = None
depends_on = None

APPEND_ONLY_SQLITE = """
CREATE TRIGGER audit_seals_no_{event} BEFORE {event} ON audit_seals
BEGIN SELECT RAISE(ABORT, 'history is append-only'); END
"""

# The function is the one that guards the events (0002).
APPEND_ONLY_POSTGRES = """
CREATE TRIGGER audit_seals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals
FOR EACH STATEMENT EXECUTE FUNCTION houqin_append_only()
"""


def upgrade() -> None:
    """Make the table and its guards."""
    op.create_table(
        "audit_seals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("up_to_event_id", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("sealed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint("up_to_event_id", name=op.f("uq_audit_seals_up_to_event_id")),
    )
    op.create_index("ix_inbox_lately", "inbox", ["chat_id", "received_at"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(APPEND_ONLY_SQLITE.format(event="UPDATE"))
        op.execute(APPEND_ONLY_SQLITE.format(event="DELETE"))
    else:
        op.execute(APPEND_ONLY_POSTGRES)


def downgrade() -> None:
    """Drop the index and the table; its triggers go with it."""
    op.drop_index("ix_inbox_lately", "inbox")
    op.drop_table("audit_seals")
