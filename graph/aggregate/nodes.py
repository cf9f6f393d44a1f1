"""Nodes from the tape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import polars as pl

from graph.aggregate.relations import PACKAGE, show_new_services, show_tables
from graph.engine import EngineLimits, engine, frames, query_text
from graph.tape.tape import Tape
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


def node_batches(
    tape: Tape, kind: NodeKind, segments: Sequence[str] | None = None, limits: EngineLimits | None = None
) -> Iterator[pl.DataFrame]:
    """Frames of `NODE_SCHEMAS[kind]`, sorted by id throughout, each id once.

    With `segments`: only nodes that these name or whose attributes they may have changed, with their attributes as of
    the whole tape. Raises StoreError when the tape cannot be read.
    """
    with engine(limits) as connection:
        show_tables(connection, tape, segments)
        named = query_text(PACKAGE, f"nodes/{FILES[kind]}_ids.sql")
        connection.execute(f"CREATE TEMP TABLE ids AS SELECT DISTINCT id FROM ({named}) WHERE id IS NOT NULL")  # noqa: S608
        if segments is not None:
            show_tables(connection, tape)
            if kind in RESOURCES:
                _add_affected(connection, tape, segments, named)
        attributes = query_text(PACKAGE, f"nodes/{FILES[kind]}.sql")
        yield from frames(connection, f"SELECT * FROM ({attributes}) ORDER BY id", NODE_SCHEMAS[kind])  # noqa: S608


def _add_affected(connection: duckdb.DuckDBPyConnection, tape: Tape, segments: Sequence[str], named: str) -> None:
    """Services reach resources that earlier segments named, and only those that some segment named."""
    show_new_services(connection, tape, segments)
    affected = query_text(PACKAGE, "nodes/affected_by_services.sql")
    connection.execute(
        f"INSERT INTO ids SELECT DISTINCT id FROM ({named}) AS named "  # noqa: S608
        f"WHERE id IN (SELECT id FROM ({affected})) AND id NOT IN (FROM ids)"
    )
