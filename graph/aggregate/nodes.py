"""Nodes from the tape."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import polars as pl

from graph.aggregate.relations import PACKAGE, Relations
from graph.engine import frames, gathered, query_text
from graph.vocabulary import NODE_SCHEMAS, NodeKind

FILES = {
    NodeKind.ACCOUNT: "account",
    NodeKind.ENTITY: "entity",
    NodeKind.DEVICE: "device",
    NodeKind.IP_ADDRESS: "ip_address",
    NodeKind.ADDRESS: "address",
    NodeKind.SYMBOL: "symbol",
}
RESOURCES = (NodeKind.DEVICE, NodeKind.IP_ADDRESS, NodeKind.ADDRESS)


def nodes_of(tables: Relations, kind: NodeKind) -> Iterator[pl.DataFrame]:
    """Frames of `NODE_SCHEMAS[kind]`, sorted by id throughout, each id once: the nodes that fresh rows name or whose
    attributes they may have changed, with their attributes as of the whole tape."""
    connection = tables.connection
    named = query_text(PACKAGE, f"nodes/{FILES[kind]}_ids.sql")
    tables.show_fresh()
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE ids AS SELECT DISTINCT id FROM ({named}) WHERE id IS NOT NULL"  # noqa: S608
    )
    tables.show_whole()
    if kind in RESOURCES and not tables.everything_is_fresh:
        _add_affected(connection, named)
    attributes = query_text(PACKAGE, f"nodes/{FILES[kind]}.sql")
    ordered = f"SELECT * FROM ({attributes}) ORDER BY id"  # noqa: S608
    yield from gathered(frames(connection, ordered, NODE_SCHEMAS[kind]))


def _add_affected(connection: duckdb.DuckDBPyConnection, named: str) -> None:
    """Services reach resources that earlier segments named, and only those that some segment named."""
    affected = query_text(PACKAGE, "nodes/affected_by_services.sql")
    connection.execute(
        f"INSERT INTO ids SELECT DISTINCT id FROM ({named}) AS named "  # noqa: S608
        f"WHERE id IN (SELECT id FROM ({affected})) AND id NOT IN (FROM ids)"
    )
