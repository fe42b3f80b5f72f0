"""Reminders held over quiet hours are said together; tickets on estimated days are looked at again.

Revision: 0007, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two columns."""
    op.add_column("outbox", sa.Column("batch", sa.String(40), nullable=True))
    op.add_column(
        "tickets", sa.Column("needs_recheck", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("tickets", "needs_recheck")
    op.drop_column("outbox", "batch")
