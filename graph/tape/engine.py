"""The port through which questions are asked of the tape: SQL in, rows out.

The common dialect is DuckDB's, kept to what sqlglot can transpile; instants are whole microseconds since 1970 and sums
are of decimals, so that two engines agree to the last row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import duckdb
import polars as pl

from graph.engine import EngineLimits, engine, parquet_relation


class TapeEngine(Protocol):
    """Answers SQL over named relations. Names are the caller's own, never taken from input."""

    def load(self, name: str, paths: Sequence[Path], schema: pl.Schema) -> None:
        """Show Parquet files as a relation; without files an empty one with the same columns."""

    def keep(self, name: str, sql: str) -> None:
        """Answer once and let later queries read the answer as relation `name`."""

    def show(self, name: str, sql: str) -> None:
        """Let later queries read the answer as relation `name`, computed whenever it is asked for."""

    def rows(self, sql: str, schema: pl.Schema) -> pl.DataFrame:
        """All rows in no particular order, cast to `schema`."""


class DuckTape:
    """DuckDB: bounded in memory, spilling to disk."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def load(self, name: str, paths: Sequence[Path], schema: pl.Schema) -> None:
        self.show(name, parquet_relation(paths, schema))

    def keep(self, name: str, sql: str) -> None:
        self.connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {sql}')

    def show(self, name: str, sql: str) -> None:
        self.connection.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {sql}')

    def rows(self, sql: str, schema: pl.Schema) -> pl.DataFrame:
        answer = self.connection.sql(sql).to_arrow_table()
        return pl.DataFrame(answer).select(schema.names()).cast(schema)


@contextmanager
def tape_engine(limits: EngineLimits | None = None, *, spill: Path | None = None) -> Iterator[DuckTape]:
    """A fresh DuckDB as a tape engine. Raises StoreError for whatever it refuses."""
    with engine(limits, spill=spill) as connection:
        yield DuckTape(connection)
