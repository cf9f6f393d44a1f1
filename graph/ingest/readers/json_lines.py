"""JSON Lines in bounded batches: one object a line; a line that is none is broken, blank lines are no rows.

Numbers are read as 64-bit floats, as every JSON reader does: decimals of more than 15 digits have to be
written as text.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa

from graph.contract import Kind, Table
from graph.engine import quoted
from graph.errors import InputError
from graph.ingest.coercion import BAD_SCHEMA, VALUE_LENGTH
from graph.ingest.readers.raw import RawBatch, check_columns, row_numbers, unknown_columns, unreadable
from graph.ingest.sources import Part
from graph.ingest.verdicts import decoded, shown

BLOCK_BYTES = 16 << 20
LINE_BYTES = 64 << 20
TEXTS = ("VARCHAR", "UBIGINT", "BIGINT", "HUGEINT", "UHUGEINT")
NUMBERS = (*TEXTS, "DOUBLE")


def read_json_lines(part: Part, table: Table) -> Iterator[RawBatch]:
    first = 1
    try:
        with _opened(part) as stream, duckdb.connect(config={"threads": 2}) as engine:
            for lines in _lines(stream, part):
                yield _taken_apart(lines, first, table, part, engine)
                first += lines.len()
    except (OSError, EOFError, duckdb.Error) as error:
        raise unreadable(part, error) from error


@contextmanager
def _opened(part: Part) -> Iterator[BinaryIO]:
    with part.path.open("rb") as file:
        if not part.zipped:
            yield file
            return
        with gzip.open(file) as unzipped, io.BufferedReader(unzipped) as stream:
            yield stream


def _lines(stream: BinaryIO, part: Part) -> Iterator[pl.Series]:
    """Non-blank lines as bytes, in blocks that end with a line."""
    rest = b""
    while True:
        block = stream.read(BLOCK_BYTES)
        whole = rest + block
        cut = whole.rfind(b"\n") + 1 if block else len(whole)
        if cut == 0 and len(whole) > LINE_BYTES:
            raise InputError(
                f"a line is longer than {LINE_BYTES >> 20} MiB", where=str(part.path), do="write one object a line"
            )
        rest = whole[cut:]
        lines = _split(whole[:cut].removeprefix(b"\xef\xbb\xbf"))
        if lines.len():
            yield lines
        if not block:
            return


def _split(block: bytes) -> pl.Series:
    ends = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n")) + 1
    if not block.endswith(b"\n"):
        ends = np.append(ends, len(block))
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), ends.astype(np.int64)])
    array = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(block)]
    )
    lines = pl.Series("line", array)
    blank = lines.is_in([b"\n", b"\r\n", b""])
    return lines.filter(~blank) if blank.any() else lines


def _taken_apart(lines: pl.Series, first: int, table: Table, part: Part, engine: duckdb.DuckDBPyConnection) -> RawBatch:
    rows = row_numbers(first, lines.len())
    text, reasons = decoded(lines).parts()
    frame = pl.DataFrame([rows, text.alias("line")])
    engine.register("lines", frame.to_arrow())
    keys = engine.sql(
        "SELECT DISTINCT unnest(json_keys(line)) FROM lines WHERE json_valid(line) AND json_type(line) = 'OBJECT'"
    ).fetchall()
    objects = engine.sql(_query(table)).to_arrow_table()
    engine.unregister("lines")
    given = pl.DataFrame(objects).sort("row")
    names = sorted(key for (key,) in keys)
    # a later block may lack a column by chance: then its rows are refused one by one
    unknown = check_columns(names, table, part) if names and first == 1 else unknown_columns(names, table)
    source = given.select(table.schema.names())
    broken = [_broken(rows.filter(mask), None, why, lines.filter(mask)) for mask, why in reasons]
    not_object = given["fault"].is_not_null() & text.is_not_null()
    broken.append(_broken(rows.filter(not_object), None, "not a JSON object", text.filter(not_object)))
    for name in table.schema:
        typed = given[f"{name} type"].is_not_null()
        kind = given[f"{name} type"].filter(typed)
        broken.append(_broken(rows.filter(typed), name, "a JSON " + kind, source[name].filter(typed)))
    bad = pl.concat(broken).unique("row", keep="first").sort("row")
    good = ~rows.is_in(bad["row"].implode())
    return RawBatch(rows.filter(good), source.filter(good), bad, unknown)


def _broken(rows: pl.Series, column: str | None, reason: str | pl.Series, values: pl.Series) -> pl.DataFrame:
    return pl.DataFrame([rows]).with_columns(
        pl.lit(column, dtype=pl.String).alias("column"),
        (pl.lit(reason) if isinstance(reason, str) else reason).alias("reason"),
        shown(values).str.strip_chars_end("\r\n").str.slice(0, VALUE_LENGTH).alias("value"),
    ).cast(BAD_SCHEMA)  # fmt: skip


def _query(table: Table) -> str:
    """Each known column as text, beside the JSON type of what cannot be that column."""
    paths = "[" + ", ".join(quoted(f'$."{column.name}"') for column in table.columns) + "]"
    selected = []
    for place, column in enumerate(table.columns, start=1):
        allowed = ", ".join(quoted(kind) for kind in (TEXTS if column.kind is Kind.TEXT else NUMBERS))
        selected.append(f'texts[{place}] AS "{column.name}"')
        selected.append(
            f"CASE WHEN types[{place}] NOT IN ({allowed}, 'NULL') THEN types[{place}] END AS \"{column.name} type\""
        )
    return (
        f"SELECT row, fault, {', '.join(selected)} FROM ("  # noqa: S608
        "SELECT row, CASE WHEN json_valid(line) AND json_type(line) = 'OBJECT' THEN NULL ELSE 1 END AS fault, "
        f"CASE WHEN fault IS NULL THEN json_extract_string(line, {paths}) END AS texts, "
        f"CASE WHEN fault IS NULL THEN json_type(line, {paths}) END AS types FROM lines)"
    )
