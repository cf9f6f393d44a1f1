"""The tables of the ledger, for SQLite and PostgreSQL alike.

Every row of a run is keyed by (run, row): `run` is the run's sequence number, `row` its place in the published table,
so that a table comes back in the order in which it was published. Times are microseconds since 1970-01-01 UTC; lists
are JSON arrays. `casework.rows` says how strings are written.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from models.detection import SCHEMAS
from models.tables import TIERS

REVISION = "001"
"""The migration that makes what this module describes; later revisions sort after earlier ones."""

VERSION_TABLE = "ledger_version"

METADATA = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

RUNS = sa.Table(
    "runs",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("run_id", sa.Text, nullable=False, unique=True),
    sa.Column("published_at", sa.BigInteger, nullable=False),
    sa.Column("detector", sa.Text),
    sa.Column("certificate_id", sa.Text),
    sa.Column("certificate_kind", sa.Text, nullable=False),
    sa.Column("rings", sa.Integer, nullable=False),
    sa.Column("members", sa.Integer, nullable=False),
    sa.Column("accounts", sa.Integer, nullable=False),
    sa.Column("manifest", sa.Text, nullable=False),
    sa.Column("switched_off", sa.Text, nullable=False),
    sa.Column("abstained", sa.Text, nullable=False),
    sa.Column("account_ids", sa.LargeBinary, nullable=False),
    sa.Column("linked_ids", sa.LargeBinary, nullable=False),
)

LATEST = sa.Table(
    "latest_run",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("run", sa.Integer, sa.ForeignKey(RUNS.c.sequence)),
    sa.CheckConstraint("id = 1", name="one_row"),
)
"""One row for ever: which run is answered from (null before the first)."""

_REQUIRED = {
    "rings": {"ring_id", "score", "tier", "size"},
    "members": {"ring_id", "account_id", "role", "score", "tier"},
    "individuals": {"account_id", "score", "tier"},
    "evidence": {"evidence_id", "account_id", "kind", "sentence"},
    "episodes": {"episode_id", "account_id", "typology"},
    "harm": {"episode_id", "harmed_account_id"},
    "lineage": {"ring_id", "relation"},
}

_TYPES: dict[pl.DataType, type[TypeEngine[Any]]] = {
    pl.Float64(): sa.Double,
    pl.Int64(): sa.BigInteger,
    pl.Boolean(): sa.Boolean,
    pl.Datetime("us", "UTC"): sa.BigInteger,
}


def _run_table(name: str) -> sa.Table:
    schema, required = SCHEMAS[name], _REQUIRED[name]
    columns = [
        sa.Column(column, _TYPES.get(dtype, sa.Text)(), nullable=column not in required)
        for column, dtype in schema.items()
    ]
    constraints: list[sa.Constraint] = []
    if "tier" in schema:
        allowed = ", ".join(f"'{tier}'" for tier in TIERS)
        constraints.append(sa.CheckConstraint(f"tier IN ({allowed})", name="tier"))
    if name == "rings":
        constraints.append(sa.UniqueConstraint("run", "ring_id"))
    if name in {"members", "evidence"}:
        constraints.append(sa.ForeignKeyConstraint(["run", "ring_id"], ["rings.run", "rings.ring_id"]))
    return sa.Table(
        name,
        METADATA,
        sa.Column("run", sa.Integer, sa.ForeignKey(RUNS.c.sequence), primary_key=True),
        sa.Column("row", sa.Integer, primary_key=True),
        *columns,
        *constraints,
        sqlite_with_rowid=False,
    )


RUN_TABLES: dict[str, sa.Table] = {name: _run_table(name) for name in SCHEMAS}
"""The output tables of a run by name, parents before children."""
