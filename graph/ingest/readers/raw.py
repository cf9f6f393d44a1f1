"""What a reader gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from graph.contract import Table
from graph.errors import InputError
from graph.ingest.coercion import BAD_SCHEMA
from graph.ingest.sources import Part

BATCH_ROWS = 250_000


@dataclass(frozen=True)
class RawBatch:
    """`rows`: 1-based row numbers of `source`, whose columns are of any type. `broken`: `BAD_SCHEMA`, rows that could
    not be taken apart into columns. `unknown`: columns that the contract does not know."""

    rows: pl.Series
    source: pl.DataFrame
    broken: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=BAD_SCHEMA))
    unknown: tuple[str, ...] = ()


def row_numbers(first: int, count: int) -> pl.Series:
    return pl.int_range(first, first + count, dtype=pl.Int64, eager=True).alias("row")


def check_columns(names: Sequence[str], table: Table, part: Part) -> tuple[str, ...]:
    """The unknown columns among `names`. Raises InputError when a required one is missing or one is there twice."""
    missing = [name for name in table.required_columns if name not in names]
    if missing:
        raise InputError(
            f"the column {missing[0]} of table {table.name} is missing",
            where=str(part.path),
            do=f"add it (required: {', '.join(table.required_columns)})",
        )
    twice = sorted({name for name in names if names.count(name) > 1 and name in table.schema})
    if twice:
        raise InputError(f"the column {twice[0]} is there twice", where=str(part.path), do="keep one of them")
    return unknown_columns(names, table)


def unknown_columns(names: Sequence[str], table: Table) -> tuple[str, ...]:
    return tuple(name for name in names if name not in table.schema)


def unreadable(part: Part, error: Exception) -> InputError:
    first = str(error).partition("\n")[0]
    return InputError(
        f"the file cannot be read as {part.format.value}: {first}",
        where=str(part.path),
        do="write it again; it may have been cut off",
    )
