"""What a message was caused by, so that a line of the log about an update leads to the lines about its sends.

Revision: 0013, after 0012.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("outbox", sa.Column("cause", sa.String(60), nullable=False, server_default=""))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("outbox", "cause")
