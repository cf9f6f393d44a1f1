"""The tables of the tape as relations of the engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import polars as pl

from graph.engine import EngineLimits, engine, parquet_relation, query_text
from graph.tape.tape import QUARANTINE, ROW_HASH, SCHEMAS, Tape
from graph.tape.trades import valid_trades

PACKAGE = "graph.aggregate"
WHOLE, FRESH = "main", "fresh"


@dataclass(frozen=True)
class Relations:
    """An engine that shows every table of the tape under its own name, all of it or only what is fresh."""

    connection: duckdb.DuckDBPyConnection
    everything_is_fresh: bool

    def show_whole(self) -> None:
        self.connection.execute(f"SET schema = '{WHOLE}'")

    def show_fresh(self) -> None:
        self.connection.execute(f"SET schema = '{WHOLE if self.everything_is_fresh else FRESH}'")


@contextmanager
def relations(
    tape: Tape, segments: Sequence[str] | None = None, limits: EngineLimits | None = None
) -> Iterator[Relations]:
    """Open an engine on the tape. `segments`: what counts as fresh (None: everything)."""
    with engine(limits) as connection:
        _make_views(connection, WHOLE, tape, None)
        services = query_text(PACKAGE, "nodes/current_services.sql")
        connection.execute(f"CREATE VIEW current_services AS {services}")
        connection.execute(f"CREATE VIEW valid_trades AS {valid_trades()}")
        if segments is not None:
            connection.execute(f"CREATE SCHEMA {FRESH}")
            _make_views(connection, FRESH, tape, segments)
        revised = query_text(PACKAGE, "links/revised_pairs.sql").format(fresh=WHOLE if segments is None else FRESH)
        connection.execute(f"CREATE VIEW revised_pairs AS {revised}")
        yield Relations(connection, segments is None)


def _make_views(connection: duckdb.DuckDBPyConnection, schema: str, tape: Tape, segments: Sequence[str] | None) -> None:
    for name, columns in SCHEMAS.items():
        if name != QUARANTINE:
            stored = pl.Schema({**columns, ROW_HASH: pl.UInt64()})
            relation = parquet_relation(tape.paths(name, segments), stored)
            connection.execute(f'CREATE VIEW {schema}."{name}" AS {relation}')
