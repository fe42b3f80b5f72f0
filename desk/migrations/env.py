"""Alembic's entry: migrates over the connection `Database.migrate` hands in, or prints SQL offline."""

from __future__ import annotations

from alembic import context

from desk.models import Base

connection = context.config.attributes.get("connection")
if connection is None:
    context.configure(url="sqlite://", target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
