"""Node and link frames as the parameters of Cypher queries, and their answers as frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import neo4j
import polars as pl
import pyarrow as pa

from graph.store.attributes import ATTRIBUTES
from graph.store.packing import UNDATED
from graph.vocabulary import DAY, INSTANT, LINK_SCHEMA

ROWS_PER_READ = 20_000
"""About how many rows one answer brings, and so exist as Python objects at one moment."""

MOST_NODES_PER_READ = 200_000

NODE_READ: dict[str, pl.DataType | type[pl.DataType]] = {"id": pl.String, **ATTRIBUTES}

LINK_READ: dict[str, pl.DataType | type[pl.DataType]] = {
    "source": pl.String,
    "target": pl.String,
    "qualifier": pl.String,
    "undated": pl.Int64,
    "first_ts": INSTANT,
    "last_ts": INSTANT,
    "volume": pl.Float64,
    "days": pl.List(DAY),
    "counts": pl.List(pl.Int64),
    "event_days": pl.List(DAY),
    "event_ids": pl.List(pl.String),
}
"""What `links_of_kind.cypher` returns, in order."""

Row = list[Any]


def node_rows(nodes: pl.DataFrame) -> list[Row]:
    """The id and every attribute, in the order of ATTRIBUTES."""
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in ATTRIBUTES.items() if name not in nodes.columns]
    return _rows(nodes.with_columns(missing).select(list(NODE_READ)))


def link_rows(links: pl.DataFrame) -> list[Row]:
    """In the order that `upsert_link.cypher` reads them."""
    return _rows(
        links.select(
            "source", "target", "qualifier",
            (pl.col("counts").list.sum() + pl.col("undated")).alias("count"),
            pl.col("days").list.len().alias("day_count"),
            "undated", "first_ts", "last_ts", "volume", "days", "counts",
            pl.col("event_days").list.eval(pl.element().fill_null(UNDATED)),
            "event_ids",
        )
    )  # fmt: skip


def read_nodes(transaction: neo4j.ManagedTransaction, statement: str) -> Iterator[pl.DataFrame]:
    """Frames of NODE_READ."""
    return (frame_of(NODE_READ, rows) for rows in _reads(transaction, statement))


def read_links(transaction: neo4j.ManagedTransaction, statement: str) -> Iterator[pl.DataFrame]:
    """Frames of LINK_SCHEMA."""
    day = pl.when(pl.element() != UNDATED).then(pl.element())
    for rows in _reads(transaction, statement):
        yield frame_of(LINK_READ, rows).with_columns(pl.col("event_days").list.eval(day)).select(list(LINK_SCHEMA))


def frame_of(types: dict[str, pl.DataType | type[pl.DataType]], rows: Iterable[Iterable[Any]]) -> pl.DataFrame:
    """Rows as a frame; instants come as microseconds since the epoch."""
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    return pl.DataFrame(
        [_series(name, dtype, column) for (name, dtype), column in zip(types.items(), columns, strict=True)]
    )


def _series(name: str, dtype: pl.DataType | type[pl.DataType], values: tuple[Any, ...]) -> pl.Series:
    """By way of Arrow, whose reading of nested Python lists is an order of magnitude faster."""
    arrow = pl.Series(dtype=dtype).to_arrow(compat_level=pl.CompatLevel.oldest()).type
    if dtype == INSTANT:
        return pl.Series(name, pa.array(values, pa.int64())).cast(INSTANT)
    return pl.Series(name, pa.array(values, arrow))


def _rows(frame: pl.DataFrame) -> list[Row]:
    columns = [
        (column.to_physical() if column.dtype == INSTANT else column).to_list() for column in frame.iter_columns()
    ]
    return list(map(list, zip(*columns, strict=True)))


def _reads(transaction: neo4j.ManagedTransaction, statement: str) -> Iterator[list[Row]]:
    """The rows of all nodes, or of the links that start in them, by ranges of their ids.

    One record carries the rows of a whole range, for the driver takes far longer over a record than over a list; the
    next range is as wide as the last one's rows suggest.
    """
    first, nodes = "", ROWS_PER_READ
    while True:
        record = transaction.run(statement, first=first, nodes=nodes).single(strict=True)
        if record["last"] is None:
            return
        rows: list[Row] = record["rows"]
        if rows:
            yield rows
        first = record["last"] + "\0"
        nodes = max(1, min(MOST_NODES_PER_READ, nodes * ROWS_PER_READ // max(1, len(rows))))
