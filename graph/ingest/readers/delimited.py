"""CSV in bounded batches: UTF-8, commas, double quotes, a header; a row with other fields than the header is broken.

Values stay bytes until coercion, so that text that is no UTF-8 costs its row and not its file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc

from graph.contract import Table
from graph.errors import InputError
from graph.ingest.coercion import BAD_SCHEMA, VALUE_LENGTH
from graph.ingest.readers.raw import RawBatch, check_columns, unreadable
from graph.ingest.sources import Part

BLOCK_BYTES = 16 << 20
TAIL_BYTES = 64


@dataclass
class _InvalidRows:
    """Collects what the parser could not take apart; its numbers count the header as the first row. Only rows that
    have not been told or passed yet are kept, for a file may consist of nothing else."""

    numbers: list[int] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    passed: int = 0
    last: bytes = b""

    def __call__(self, row: Any) -> str:
        number = row.number - 1
        self.numbers.append(number)
        self.last = row.text.encode()
        reason = f"{row.actual_columns} fields where the header has {row.expected_columns}"
        self.lines.append({"row": number, "column": None, "reason": reason, "value": row.text[:VALUE_LENGTH]})
        return "skip"

    def news(self) -> pl.DataFrame:
        told, self.lines = pl.DataFrame(self.lines, schema=BAD_SCHEMA), []
        return told

    def rows_of_valid(self, first: int, count: int) -> pl.Series:
        """Row numbers of the next valid rows, the first being number `first` of the valid ones of the file."""
        invalid = np.asarray(self.numbers, dtype=np.int64)
        valid = np.arange(first, first + count, dtype=np.int64) + self.passed
        rows = valid + np.searchsorted(invalid - np.arange(len(invalid)), valid, side="right")
        if count:
            behind = int(np.searchsorted(invalid, rows[-1]))
            self.passed += behind
            self.numbers = self.numbers[behind:]
        return pl.Series("row", rows)


def read_csv(part: Part, table: Table) -> Iterator[RawBatch]:
    invalid = _InvalidRows()
    first = 1
    try:
        with _opened(part) as stream:
            names = _header(part)
            unknown = check_columns(names, table, part)
            reader = pc.open_csv(
                stream,
                read_options=pc.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
                parse_options=pc.ParseOptions(newlines_in_values=True, invalid_row_handler=invalid),
                convert_options=pc.ConvertOptions(
                    check_utf8=False,
                    column_types={name: pa.binary() for name in names},
                    include_columns=[name for name in names if name in table.schema],
                ),
            )
            last = pl.DataFrame()
            for batch in reader:
                frame = pl.DataFrame(batch)
                rows = invalid.rows_of_valid(first, frame.height)
                yield RawBatch(rows, frame, invalid.news(), unknown)
                first += frame.height
                last = frame.tail(1) if frame.height else last
    except (pa.ArrowException, OSError, EOFError, pl.exceptions.PolarsError) as error:
        raise unreadable(part, error) from error
    _check_last_quote(part, last, invalid)
    broken = invalid.news()
    if broken.height:
        yield RawBatch(pl.Series("row", [], dtype=pl.Int64), pl.DataFrame(), broken, unknown)


def _header(part: Part) -> list[str]:
    with _opened(part) as stream:
        options = pc.ReadOptions(use_threads=False, block_size=BLOCK_BYTES)
        handler = pc.ParseOptions(newlines_in_values=True, invalid_row_handler=lambda _: "skip")
        names: list[str] = pc.open_csv(stream, read_options=options, parse_options=handler).schema.names
    return names


@contextmanager
def _opened(part: Part) -> Iterator[BinaryIO]:
    with pa.input_stream(str(part.path), compression="gzip" if part.zipped else None) as stream:
        yield stream


def _check_last_quote(part: Part, last: pl.DataFrame, invalid: _InvalidRows) -> None:
    """A quote that is never closed swallows the rest of the file into one value: that must not pass as a row."""
    texts = [value for value in (last.row(0) if last.height else ()) if value]
    texts.append(invalid.last)
    if not any(b"\n" in text for text in texts) or part.zipped:
        return
    with part.path.open("rb") as file:
        file.seek(max(0, part.path.stat().st_size - TAIL_BYTES))
        tail = file.read().rstrip(b"\r\n")
    if not tail.endswith(b'"') and any(text.rstrip(b"\r\n").endswith(tail[-8:]) for text in texts):
        raise InputError(
            "a quote is opened and never closed", where=str(part.path), do='close it, or write a quote in a value as ""'
        )
