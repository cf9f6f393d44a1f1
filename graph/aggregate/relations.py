"""The tables of the tape as relations of the engine."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import polars as pl

from graph.engine import parquet_relation, query_text
from graph.tape.tape import IP_NETWORKS, QUARANTINE, ROW_HASH, SCHEMAS, Tape

PACKAGE = "graph.aggregate"


def show_tables(connection: duckdb.DuckDBPyConnection, tape: Tape, segments: Sequence[str] | None = None) -> None:
    """Make a view of every table, of the named segments only where these are given."""
    for name, schema in SCHEMAS.items():
        if name == QUARANTINE:
            continue
        stored = pl.Schema({**schema, ROW_HASH: pl.UInt64()})
        relation = parquet_relation(tape.paths(name, segments), stored)
        connection.execute(f'CREATE OR REPLACE VIEW "{name}" AS {relation}')
    connection.execute(
        f"CREATE OR REPLACE VIEW current_services AS {query_text(PACKAGE, 'nodes/current_services.sql')}"
    )


def show_new_services(connection: duckdb.DuckDBPyConnection, tape: Tape, segments: Sequence[str]) -> None:
    """Make views of the services and networks that the named segments brought."""
    for view, name in (("new_services", "known_services"), ("new_ip_networks", IP_NETWORKS)):
        relation = parquet_relation(tape.paths(name, segments), SCHEMAS[name])
        connection.execute(f"CREATE OR REPLACE VIEW {view} AS {relation}")
