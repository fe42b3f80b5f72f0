"""SQLite's INSERT OR REPLACE takes a line of the history away without a DELETE anybody could refuse: refuse the INSERT.

PostgreSQL has no such statement; there the guards against UPDATE, DELETE and TRUNCATE are enough.

Revision: 0014, after 0013.
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

GUARDED = ("ticket_events", "audit_seals")
NO_REPLACING = """
CREATE TRIGGER {table}_no_REPLACE BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'history is append-only'); END
"""


def upgrade() -> None:
    """Add the guards."""
    if op.get_bind().dialect.name == "sqlite":
        for table in GUARDED:
            op.execute(NO_REPLACING.format(table=table))


def downgrade() -> None:
    """Drop the guards."""
    if op.get_bind().dialect.name == "sqlite":
        for table in GUARDED:
            op.execute(f"DROP TRIGGER {table}_no_REPLACE")
