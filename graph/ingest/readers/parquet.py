"""Parquet in bounded batches."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from graph.contract import Table
from graph.ingest.readers.raw import BATCH_ROWS, RawBatch, check_columns, row_numbers, unreadable
from graph.ingest.sources import Part


def read_parquet(part: Part, table: Table) -> Iterator[RawBatch]:
    try:
        with pq.ParquetFile(part.path, memory_map=False) as file:
            names = file.schema_arrow.names
            unknown = check_columns(names, table, part)
            wanted = [name for name in names if name in table.schema]
            first = 1
            for batch in file.iter_batches(BATCH_ROWS, columns=wanted, use_threads=False):
                frame = pl.DataFrame(batch)
                yield RawBatch(row_numbers(first, frame.height), frame, unknown=unknown)
                first += frame.height
    except (pa.ArrowException, OSError, pl.exceptions.PolarsError) as error:
        raise unreadable(part, error) from error
