"""DuckDB as the tape's engine: bounded in memory, spilling to disk, and no state of its own."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import duckdb
import polars as pl

from graph.errors import StoreError

BATCH_ROWS = 250_000
"""Rows that travel together: enough that the cost of a batch is its rows, few enough to hold several in memory."""


WILDCARD = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class EngineLimits:
    """`memory`: what DuckDB may hold before it spills, as it writes it ("1GB"). `threads`: worker threads."""

    memory: str = "1GB"
    threads: int = 2


@contextmanager
def engine(limits: EngineLimits | None = None, *, spill: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A fresh in-memory DuckDB; it spills under `spill`, else under the system's temporary folder.

    Whatever DuckDB refuses inside the block becomes a StoreError.
    """
    bounds = limits or EngineLimits()
    with tempfile.TemporaryDirectory(prefix="ringleader-spill-", dir=spill) as folder:
        connection = duckdb.connect(
            config={
                "memory_limit": bounds.memory,
                "threads": bounds.threads,
                "temp_directory": folder,
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        try:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
        except duckdb.Error as error:
            first = str(error).partition("\n")[0]
            raise StoreError(
                f"the tape's engine failed: {first}", do="check memory, disk and the tape's files"
            ) from error
        finally:
            connection.close()


def query_text(package: str, name: str) -> str:
    """The SQL file `name` of a package's folder `queries`."""
    return files(package).joinpath("queries", name).read_text(encoding="utf-8")


def frames(
    connection: duckdb.DuckDBPyConnection, sql: str, schema: pl.Schema, parameters: Sequence[object] = ()
) -> Iterator[pl.DataFrame]:
    """Run a query and give its rows as non-empty frames of at most BATCH_ROWS rows, cast to `schema`."""
    reader = connection.sql(sql, params=parameters).to_arrow_reader(BATCH_ROWS)
    for batch in reader:
        if batch.num_rows:
            yield pl.DataFrame(batch).select(schema.names()).cast(schema)


def gathered(batches: Iterator[pl.DataFrame], rows: int = BATCH_ROWS) -> Iterator[pl.DataFrame]:
    """The same rows in fewer frames: each of at least `rows` but the last, and at most one batch more."""
    waiting: list[pl.DataFrame] = []
    for batch in batches:
        waiting.append(batch)
        if sum(each.height for each in waiting) >= rows:
            yield pl.concat(waiting, rechunk=True)
            waiting = []
    if waiting:
        yield pl.concat(waiting, rechunk=True)


def quoted(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def parquet_relation(paths: Sequence[Path], schema: pl.Schema) -> str:
    """SQL of a relation over Parquet files, empty with the same columns where there are none."""
    names = ", ".join(f'"{name}"' for name in schema)
    if paths:
        listed = ", ".join(quoted(_literal(path)) for path in paths)
        return f"SELECT {names} FROM read_parquet([{listed}], hive_partitioning = false)"  # noqa: S608
    empty = ", ".join(f'CAST(NULL AS {sql_type(kind)}) AS "{name}"' for name, kind in schema.items())
    return f"SELECT {empty} WHERE false"


def _literal(path: Path) -> str:
    """A path in which the engine sees no wildcard."""
    return WILDCARD.sub(r"[\g<0>]", str(path))


def sql_type(kind: pl.DataType) -> str:
    """DuckDB's name of a column type of the tape."""
    if isinstance(kind, pl.Decimal):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    if isinstance(kind, pl.Datetime):
        return "TIMESTAMPTZ"
    return {pl.String: "VARCHAR", pl.Int64: "BIGINT", pl.Int32: "INTEGER", pl.Float64: "DOUBLE", pl.UInt64: "UBIGINT"}[
        type(kind)
    ]


def row_hash(schema: pl.Schema) -> str:
    """SQL of half the MD5 of a row, as an unsigned number: stable over versions and machines."""
    return f"CAST('0x' || left(md5({row_text(schema)}), 16) AS UBIGINT)"


def row_text(schema: pl.Schema) -> str:
    """SQL of a text that differs for any two different rows: byte lengths of the texts (-1: null), then the values."""
    texts = [f'"{name}"' for name, kind in schema.items() if isinstance(kind, pl.String)]
    lengths = [f"coalesce(strlen({text}), -1)" for text in texts]
    others = [
        f"coalesce(CAST({_number(name, kind)} AS VARCHAR), 'null')"
        for name, kind in schema.items()
        if not isinstance(kind, pl.String)
    ]
    return f"concat_ws('|', {', '.join([*lengths, *others, *texts])})"


def _number(name: str, kind: pl.DataType) -> str:
    return f'epoch_us("{name}")' if isinstance(kind, pl.Datetime) else f'"{name}"'
