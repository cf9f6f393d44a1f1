"""Crossed clocks: an act on an order that is dated before the order was placed goes to quarantine.

Acts are the amends, cancels and expiries in `orders`, and the fills in `trades` by the order of either side. Equal
times are fine, and nothing is said of orders whose `new` is not known.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from graph.contract import TABLES
from graph.engine import frames, parquet_relation, query_text
from graph.ingest.staging import Stage, StagedTable
from graph.tape.tape import Tape
from graph.vocabulary import columns

PACKAGE = "graph.ingest"
JUDGED = ("orders", "trades")
ORDER_EVENTS = pl.Schema({name: TABLES["orders"].schema[name] for name in ("order_id", "event", "ts")})
CROSSED = columns(file=pl.Int32, row=pl.Int64, reason=pl.String, value=pl.String)
EARLIEST_DAY = "SELECT CAST(CAST(make_timestamp(epoch_us(min(ts))) AS DATE) AS VARCHAR) FROM acts"


def refuse_crossed(
    connection: duckdb.DuckDBPyConnection, tape: Tape, stage: Stage, staged: StagedTable, settled: Path
) -> int:
    """Make the table `crossed` (`CROSSED`) of rows of the view `accepted` and put them into quarantine; how many.

    They are compared with every `new` of this load (for trades: what lies settled below `settled`, so orders go first)
    and of the tape from the earliest day of these rows on. Older ones cannot be later than any of them, so the cost
    grows with the load and the days that it reaches back, not with the tape. Only when some act is early, the orders of
    the whole tape are read as well: of an order that was placed more than once the first `new` counts.

    What the tape has stays: a row that is on it (view `earlier`) is a duplicate and not judged again, though the `new`
    of its order should arrive later.
    """
    if staged.table.name not in JUDGED or not staged.accepted:
        return 0
    acts = query_text(PACKAGE, f"acts/{staged.table.name}.sql")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW acts AS {acts}")
    (earliest,) = connection.execute(EARLIEST_DAY).fetchall()[0]
    if earliest is None:
        return 0
    given = "FROM accepted"
    if staged.table.name != "orders":
        given = parquet_relation(sorted((settled / "orders").rglob("*.parquet")), ORDER_EVENTS)
    stored = tape.paths("orders")
    recent = [path for path in stored if path.parent.name >= f"day={earliest}"]
    for view, paths in (("placed", recent), ("placed_ever", stored)):
        placed = query_text(PACKAGE, "placed_orders.sql")
        placed = placed.format(given=given, stored=parquet_relation(paths, ORDER_EVENTS))
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {placed}")
    if not _count(connection, "early_acts", query_text(PACKAGE, "early_acts.sql")):
        return 0
    return _refuse(connection, stage, staged)


def _refuse(connection: duckdb.DuckDBPyConnection, stage: Stage, staged: StagedTable) -> int:
    key = staged.table.key
    crossed = query_text(PACKAGE, "crossed_rows.sql").format(
        key=", ".join(f'"{name}"' for name in key),
        same_key=" AND ".join(f'candidate."{name}" IS NOT DISTINCT FROM earlier."{name}"' for name in key),
    )
    rows = _count(connection, "crossed", crossed)
    for batch in frames(connection, "FROM crossed", CROSSED):
        stage.refuse(staged, batch.with_columns(column=pl.lit("ts")))
    return rows


def _count(connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> int:
    """Make a table; how many rows it has."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
    (rows,) = connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0]  # noqa: S608
    return int(rows)
