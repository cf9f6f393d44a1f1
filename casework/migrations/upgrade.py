"""Bringing a ledger to the present schema, safe when two processes start at once."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from casework.connection import not_set_up
from casework.schema import REVISION, VERSION_TABLE
from graph.errors import StoreError

_ADVISORY_LOCK = 0x52494E47
"""One number for "a ledger migrates", the same in every process."""


def upgrade(connection: sa.Connection, where: str) -> None:
    """Run the missing migrations in the caller's write transaction; others wait for it. Raises StoreError when the
    ledger was set up by a newer version."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
    present = revision_of(connection)
    if present == REVISION:
        return
    if present and present > REVISION:
        raise _newer(where)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def check(connection: sa.Connection, where: str) -> None:
    """Raises StoreError when the ledger's schema is not the one that this version reads and writes."""
    present = revision_of(connection)
    if present is None:
        raise not_set_up(where)
    if present > REVISION:
        raise _newer(where)
    if present < REVISION:
        raise StoreError("the ledger's schema is older", where=where, do="migrate it with `ringleader run`")


def revision_of(connection: sa.Connection) -> str | None:
    """The ledger's revision; None before the first migration."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    row = connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).first()  # noqa: S608
    return str(row[0]) if row else None


def _newer(where: str) -> StoreError:
    return StoreError("the ledger was set up by a newer Ringleader", where=where, do="upgrade this installation")
