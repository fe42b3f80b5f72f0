"""What was not understood, for review.

Revision: 0009, after 0008.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from desk.models import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of feedback."""
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("guessed", sa.String(60), nullable=False),
        sa.Column("chosen", sa.String(60), nullable=False),
        sa.Column("accepted", sa.String(60), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
    )
    op.create_index("ix_feedback_state_id", "feedback", ["state", "id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("feedback")
