"""Readers of the three formats: each gives bounded batches of the contract's columns in the types of the file."""

from __future__ import annotations

from collections.abc import Iterator

from graph.contract import Table
from graph.ingest.readers.delimited import read_csv
from graph.ingest.readers.json_lines import read_json_lines
from graph.ingest.readers.parquet import read_parquet
from graph.ingest.readers.raw import RawBatch
from graph.ingest.sources import Format, Part

READERS = {Format.PARQUET: read_parquet, Format.CSV: read_csv, Format.JSON_LINES: read_json_lines}


def read_part(part: Part, table: Table) -> Iterator[RawBatch]:
    """Batches of one file. Raises InputError when the file as a whole cannot be read or lacks a required column."""
    return READERS[part.format](part, table)


__all__ = ["RawBatch", "read_part"]
