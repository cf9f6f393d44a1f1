"""Node and link frames as the rows of the SQLite tables, and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.store.attributes import ATTRIBUTES
from graph.store.packing import UNDATED, pack_integers, pack_strings, unpack_integers, unpack_strings
from graph.vocabulary import INSTANT, LINK_SCHEMA

ROWS_PER_READ = 100_000
"""Rows that exist as Python objects at one moment of a read."""

LINK_READ: dict[str, pl.DataType | type[pl.DataType]] = {
    "source": pl.Int64,
    "target": pl.Int64,
    "qualifier": pl.String,
    "undated": pl.Int64,
    "first_ts": INSTANT,
    "last_ts": INSTANT,
    "volume": pl.Float64,
}
"""What `links_of_kind.sql` reads before the packed lists; the ends are keys."""

Values = list[Any] | tuple[Any, ...]


def rows_of(*columns: Values | str | int) -> Iterator[tuple[Any, ...]]:
    """Rows of columns of one length, a scalar standing for a column of itself."""
    length = max(len(column) for column in columns if isinstance(column, list | tuple))
    return zip(*(c if isinstance(c, list | tuple) else [c] * length for c in columns), strict=True)


def node_values(rows: pl.DataFrame) -> list[Values]:
    """The id and every attribute, in the order of ATTRIBUTES."""
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in ATTRIBUTES.items() if name not in rows.columns]
    whole = rows.with_columns(missing)
    return [_values(whole[name]) for name in ("id", *ATTRIBUTES)]


def link_values(rows: pl.DataFrame) -> list[Values]:
    """Source, target, and what follows them in the parameters of `upsert_link.sql`."""
    derived = rows.select(
        count=pl.col("counts").list.sum() + pl.col("undated"),
        day_count=pl.col("days").list.len(),
        event_days=pl.col("event_days").list.eval(pl.element().fill_null(UNDATED)),
    )
    lengths, texts = pack_strings(rows["event_ids"])
    return [
        *(_values(rows[name]) for name in ("source", "target", "qualifier")),
        *(_values(derived[name]) for name in ("count", "day_count")),
        *(_values(rows[name]) for name in ("undated", "first_ts", "last_ts", "volume")),
        pack_integers(rows["days"], np.int32),
        pack_integers(rows["counts"], np.int64),
        pack_integers(derived["event_days"], np.int32),
        lengths,
        texts,
    ]


def read_nodes(cursor: sqlite3.Cursor) -> pl.DataFrame:
    """Key, id and attributes of every row that the cursor still has."""
    types = {"key": pl.Int64, "id": pl.String, **ATTRIBUTES}
    return pl.concat([pl.DataFrame(schema=types), *(_frame(types, columns) for columns in _reads(cursor))])


def read_links(cursor: sqlite3.Cursor, sources: Identities, targets: Identities) -> Iterator[pl.DataFrame]:
    """Frames of LINK_SCHEMA, ROWS_PER_READ rows each."""
    for columns in _reads(cursor):
        scalars, packed = columns[: len(LINK_READ)], columns[len(LINK_READ) :]
        days, counts, event_days, lengths, texts = packed
        dated = unpack_integers(event_days, np.int32).alias("event_days").to_frame()
        frame = _frame(LINK_READ, scalars).with_columns(
            unpack_integers(days, np.int32).alias("days"),
            unpack_integers(counts, np.int64).alias("counts"),
            dated.select(
                pl.col("event_days").list.eval(pl.when(pl.element() != UNDATED).then(pl.element()))
            ).to_series(),
            unpack_strings(lengths, texts).alias("event_ids"),
        )
        yield frame.with_columns(
            sources.of(frame["source"]).alias("source"), targets.of(frame["target"]).alias("target")
        ).select(list(LINK_SCHEMA))


class Identities:
    """From keys of nodes to their ids."""

    def __init__(self, nodes: pl.DataFrame) -> None:
        self._ids = nodes["id"]
        keys = nodes["key"].to_numpy()
        self._place: npt.NDArray[np.int64] = np.zeros(int(keys.max(initial=0)) + 1, dtype=np.int64)
        self._place[keys] = np.arange(len(keys))

    def of(self, keys: pl.Series) -> pl.Series:
        return self._ids.gather(pl.Series(self._place[keys.to_numpy()]))


def _reads(cursor: sqlite3.Cursor) -> Iterator[list[Values]]:
    while rows := cursor.fetchmany(ROWS_PER_READ):
        yield list(zip(*rows, strict=True))


def _frame(types: dict[str, pl.DataType | type[pl.DataType]], columns: list[Values]) -> pl.DataFrame:
    return pl.DataFrame(
        [_series(name, dtype, column) for (name, dtype), column in zip(types.items(), columns, strict=True)]
    )


def _series(name: str, dtype: pl.DataType | type[pl.DataType], values: Values) -> pl.Series:
    if dtype == INSTANT:
        return pl.Series(name, values, pl.Int64).cast(INSTANT)
    return pl.Series(name, values, dtype)


def _values(column: pl.Series) -> list[Any]:
    """Instants as microseconds since the epoch."""
    return (column.to_physical() if column.dtype == INSTANT else column).to_list()
