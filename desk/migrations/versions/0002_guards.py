"""What the database refuses by itself: a double booking, and a rewritten history.

Only the last active booking that starts before the new one's end can overlap it, because the active bookings of a
resource never overlap each other: one look into the index answers, however many bookings there are. On PostgreSQL
an exclusion constraint does it; `int4range(id, id, '[]')` makes plain GiST serve the equality, so that no extension
is needed.

Revision: 0002, after 0001.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OVERLAP = """
CREATE TRIGGER bookings_no_overlap_{when} BEFORE {event} ON bookings WHEN NEW.active
BEGIN
  SELECT RAISE(ABORT, 'double booking')
  WHERE (SELECT ends_at FROM bookings
         WHERE resource_id = NEW.resource_id AND active AND starts_at < NEW.ends_at AND id IS NOT NEW.id
         ORDER BY starts_at DESC LIMIT 1) > NEW.starts_at;
END
"""

EXCLUSION = """
ALTER TABLE bookings ADD CONSTRAINT bookings_no_overlap
EXCLUDE USING gist (int4range(resource_id, resource_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&)
WHERE (active)
"""

APPEND_ONLY_SQLITE = """
CREATE TRIGGER ticket_events_no_{event} BEFORE {event} ON ticket_events
BEGIN SELECT RAISE(ABORT, 'history is append-only'); END
"""

APPEND_ONLY_FUNCTION = """
CREATE FUNCTION houqin_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'history is append-only'; END $$
"""

APPEND_ONLY_POSTGRES = """
CREATE TRIGGER ticket_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_events
FOR EACH STATEMENT EXECUTE FUNCTION houqin_append_only()
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(OVERLAP.format(when="insert", event="INSERT"))
        op.execute(OVERLAP.format(when="update", event="UPDATE"))
        op.execute(APPEND_ONLY_SQLITE.format(event="UPDATE"))
        op.execute(APPEND_ONLY_SQLITE.format(event="DELETE"))
    else:
        op.execute(EXCLUSION)
        op.execute(APPEND_ONLY_FUNCTION)
        op.execute(APPEND_ONLY_POSTGRES)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("bookings_no_overlap_insert", "bookings_no_overlap_update"):
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TRIGGER ticket_events_no_UPDATE")
        op.execute("DROP TRIGGER ticket_events_no_DELETE")
    else:
        op.execute("ALTER TABLE bookings DROP CONSTRAINT bookings_no_overlap")
        op.execute("DROP TRIGGER ticket_events_append_only ON ticket_events")
        op.execute("DROP FUNCTION houqin_append_only")
