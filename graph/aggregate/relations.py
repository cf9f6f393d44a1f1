"""The tables of the tape as relations of the engine."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from graph.engine import parquet_relation, query_text, row_text
from graph.tape.tape import IP_NETWORKS, QUARANTINE, SCHEMAS, Tape

PACKAGE = "graph.aggregate"

NAMED_BY_CONTENT = {"sessions": "session", "declared_relations": "relation"}
"""Tables without an id of their own: their rows are named by a hash of all their columns, in `event_id`."""


def show_tables(connection: duckdb.DuckDBPyConnection, tape: Tape, segments: Sequence[str] | None = None) -> None:
    """Make a view of every table, of the named segments only where these are given."""
    for name, schema in SCHEMAS.items():
        if name == QUARANTINE:
            continue
        relation = parquet_relation(tape.paths(name, segments), schema)
        if name in NAMED_BY_CONTENT:
            digest = f"'{NAMED_BY_CONTENT[name]}:' || left(md5({row_text(schema)}), 16)"
            relation = f"SELECT *, {digest} AS event_id FROM ({relation})"  # noqa: S608
        connection.execute(f'CREATE OR REPLACE VIEW "{name}" AS {relation}')
    connection.execute(
        f"CREATE OR REPLACE VIEW current_services AS {query_text(PACKAGE, 'nodes/current_services.sql')}"
    )


def show_new_services(connection: duckdb.DuckDBPyConnection, tape: Tape, segments: Sequence[str]) -> None:
    """Make views of the services and networks that the named segments brought."""
    for view, name in (("new_services", "known_services"), ("new_ip_networks", IP_NETWORKS)):
        relation = parquet_relation(tape.paths(name, segments), SCHEMAS[name])
        connection.execute(f"CREATE OR REPLACE VIEW {view} AS {relation}")
