"""One table of the contract in memory, for what is small and not part of a load."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from graph.contract import TABLES
from graph.ingest.coercion import ROW, coerce
from graph.ingest.readers import read_part
from graph.ingest.sources import find_table
from graph.tape.tape import QUARANTINE_SCHEMA


def read_table(path: Path, table: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A table's rows without duplicates, and its quarantine (`QUARANTINE_SCHEMA`).

    `path`: the table's file, its folder of part files, or the input folder. Rows stay in the order of files and rows;
    of rows with one natural key and different content the first stays. Identifiers are not keyed. Raises InputError.
    """
    definition = TABLES[table]
    rows = [pl.DataFrame(schema={"file": pl.String, ROW: pl.Int64, **definition.schema})]
    refused = [pl.DataFrame(schema=QUARANTINE_SCHEMA)]
    for part in find_table(path, table):
        place = pl.lit(part.name).alias("file")
        for batch in read_part(part, definition):
            coerced = coerce(definition, batch.rows, batch.source)
            rows.append(coerced.good.with_columns(place).select(rows[0].columns))
            bad = pl.concat([batch.broken, coerced.bad]).with_columns(place, table=pl.lit(table))
            refused.append(bad.select(QUARANTINE_SCHEMA.names()))
    key = list(definition.key)
    distinct = pl.concat(rows).unique(definition.schema.names(), keep="first", maintain_order=True)
    first = distinct.unique(key, keep="first", maintain_order=True)
    conflicts = distinct.join(first, on=["file", ROW], how="anti").select(
        table=pl.lit(table),
        file="file",
        row=ROW,
        column=pl.lit(", ".join(key)),
        reason=pl.lit(f"another row with the same {' and '.join(key)} came first and says otherwise"),
        value=pl.concat_str(pl.col(key).cast(pl.String), separator=", ", ignore_nulls=True),
    )
    quarantine = pl.concat([*refused, conflicts.cast(QUARANTINE_SCHEMA)])
    return first.select(definition.schema.names()), quarantine.sort("file", ROW)
