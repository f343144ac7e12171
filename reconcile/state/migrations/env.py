"""Alembic's way in: works on the connection it is given, inside that connection's transaction."""

from __future__ import annotations

from alembic import context

from reconcile.state.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
