"""The second pass: what is new goes to the staged segment, what repeats a natural key does not.

The first row of a key stays: what the tape has, else the first in byte order of part names, then in row order. Only
rows whose key's hash occurs twice are compared, value by value, so the common case costs one pass over the keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from graph.contract import Table
from graph.engine import frames, parquet_relation, query_text, quoted, row_hash
from graph.ingest.clocks import refuse_crossed
from graph.ingest.coercion import VALUE_LENGTH
from graph.ingest.staging import Stage, StagedTable
from graph.tape.segment import Fingerprint, TableReport
from graph.tape.tape import ROW_HASH, Tape
from graph.vocabulary import columns

PACKAGE = "graph.ingest"
ACCEPTED = columns(file=pl.Int32, row=pl.Int64)
REPEATED = columns(file=pl.Int64, row=pl.Int64, same=pl.Boolean, key_text=pl.String)
PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"
DAY = "coalesce(CAST(CAST(make_timestamp(epoch_us(ts)) AS DATE) AS VARCHAR), 'undated')"


@dataclass(frozen=True)
class Settled:
    report: TableReport
    fingerprint: Fingerprint


def settle(
    connection: duckdb.DuckDBPyConnection, tape: Tape, stage: Stage, staged: StagedTable, folder: Path
) -> Settled:
    """Write the new rows of a table below `folder` and put conflicts into quarantine."""
    table = staged.table
    accepted = parquet_relation(staged.accepted, pl.Schema({**ACCEPTED, **table.schema}))
    connection.execute(f"CREATE OR REPLACE VIEW accepted AS {accepted}")
    connection.execute(f"CREATE OR REPLACE VIEW earlier AS {parquet_relation(tape.paths(table.name), table.schema)}")
    crossed = refuse_crossed(connection, tape, stage, staged, folder)
    if crossed:
        connection.execute(f"CREATE OR REPLACE VIEW accepted AS FROM ({accepted}) ANTI JOIN crossed USING (file, row)")
    duplicates, conflicts = _repeated(connection, stage, staged)
    names = ", ".join(f'"{name}"' for name in table.schema)
    kept = "accepted ANTI JOIN repeated USING (file, row)" if duplicates + conflicts else "accepted"
    new = f"SELECT {names}, {row_hash(table.schema)} AS {ROW_HASH} FROM {kept}"  # noqa: S608
    quarantined = staged.refused + crossed + conflicts
    expected = staged.read - quarantined - duplicates
    if expected:
        _copy(connection, new, table, folder)
    stored = sorted((folder / table.name).rglob("*.parquet"))
    fingerprint = fingerprint_of(connection, stored)
    report = TableReport(staged.read, fingerprint.rows, quarantined, duplicates, tuple(sorted(staged.unknown)))
    return Settled(report, fingerprint)


def _repeated(connection: duckdb.DuckDBPyConnection, stage: Stage, staged: StagedTable) -> tuple[int, int]:
    """Make the table `repeated` (`REPEATED`); how many of its rows are duplicates and how many are conflicts."""
    table = staged.table
    names = {
        "key": ", ".join(f'"{name}"' for name in table.key),
        "columns": ", ".join(f'"{name}"' for name in table.schema),
    }
    for target, file in (("suspects", "suspect_keys.sql"), ("repeated", "repeated_rows.sql")):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {target} AS {query_text(PACKAGE, file).format(**names)}")
    conflicts = 0
    keyed = " and ".join(table.key)
    for batch in frames(connection, "SELECT * FROM repeated WHERE NOT same", REPEATED):
        conflicts += batch.height
        told = batch.select(
            "file",
            "row",
            column=pl.lit(", ".join(table.key)),
            reason=pl.lit(f"another row with the same {keyed} came first and says otherwise"),
            value=pl.col("key_text").str.slice(0, VALUE_LENGTH),
        )
        stage.refuse(staged, told)
    (total,) = connection.execute("SELECT count(*) FROM repeated").fetchall()[0]
    return total - conflicts, conflicts


def _copy(connection: duckdb.DuckDBPyConnection, rows: str, table: Table, folder: Path) -> None:
    target = folder / table.name
    if table.by_day:
        partitioned = f"SELECT *, {DAY} AS day FROM ({rows})"  # noqa: S608
        connection.execute(f"COPY ({partitioned}) TO {quoted(str(target))} ({PARQUET}, PARTITION_BY (day))")
    else:
        target.mkdir(parents=True)
        connection.execute(f"COPY ({rows}) TO {quoted(str(target / 'part-0.parquet'))} ({PARQUET})")


def write_distinct(
    connection: duckdb.DuckDBPyConnection, source: list[Path], earlier: list[Path], schema: pl.Schema, target: Path
) -> Fingerprint:
    """Write the rows of `source` that are not in `earlier`, each once, as one file; nothing when there are none."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE fresh AS FROM ({parquet_relation(source, schema)}) "
        f"EXCEPT FROM ({parquet_relation(earlier, schema)})"
    )
    (rows,) = connection.execute("SELECT count(*) FROM fresh").fetchall()[0]
    if not rows:
        return Fingerprint()
    target.mkdir(parents=True)
    path = target / "part-0.parquet"
    hashed = f"SELECT *, {row_hash(schema)} AS {ROW_HASH} FROM fresh ORDER BY ALL"  # noqa: S608
    connection.execute(f"COPY ({hashed}) TO {quoted(str(path))} ({PARQUET})")
    return fingerprint_of(connection, [path])


def fingerprint_of(connection: duckdb.DuckDBPyConnection, paths: list[Path]) -> Fingerprint:
    """The sum of the hashes of all rows: independent of their order, and additive over segments."""
    relation = parquet_relation(paths, pl.Schema({ROW_HASH: pl.UInt64()}))
    (rows, total) = connection.execute(
        f"SELECT count(*), coalesce(sum(CAST({ROW_HASH} AS HUGEINT)), 0) FROM ({relation})"  # noqa: S608
    ).fetchall()[0]
    return Fingerprint(rows, int(total))
