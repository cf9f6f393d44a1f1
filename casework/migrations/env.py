"""What Alembic runs: it migrates on the connection, and in the transaction, that it is given."""

from __future__ import annotations

from alembic import context

from casework.schema import METADATA, VERSION_TABLE

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, version_table=VERSION_TABLE)
with context.begin_transaction():
    context.run_migrations()
