"""Frames to database rows and back, without losing a bit but the sign of zero, which SQLite does not keep.

PostgreSQL has no NUL in text, and its COPY stumbles over a line that holds only `\\.`; so in strings NUL, newline and
the escape character itself (SUSPEND, U+001A) are written as the escape character and a letter. Lists become JSON,
times microseconds.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any, cast

import polars as pl
import psycopg
import sqlalchemy as sa
from psycopg import sql

ROWS_WRITTEN_AT_ONCE = 20_000
ROWS_READ_AT_ONCE = 2_000
"""Few, for the other threads of a process that reads a run wait meanwhile."""

_ESCAPE = "\x1a"
_LETTERS = {"\x00": "0", "\n": "n", _ESCAPE: "e"}


def write_rows(connection: sa.Connection, table: sa.Table, run: int, frame: pl.DataFrame) -> None:
    """Insert a table of a run in its order, inside the caller's transaction."""
    rows = _stored(frame).select(
        pl.lit(run, dtype=pl.Int64).alias("run"), pl.int_range(pl.len(), dtype=pl.Int64).alias("row"), pl.all()
    )
    if connection.dialect.name == "postgresql":
        driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
        names = sql.SQL(", ").join(map(sql.Identifier, rows.columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(sql.Identifier(table.name), names)
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for part in rows.iter_slices(ROWS_WRITTEN_AT_ONCE):
                copy.write(part.write_csv(include_header=False).encode())
        return
    insert = str(sa.insert(table).compile(dialect=connection.dialect))
    for part in rows.iter_slices(ROWS_WRITTEN_AT_ONCE):
        connection.exec_driver_sql(insert, part.rows())


def read_rows(connection: sa.Connection, table: sa.Table, run: int, schema: pl.Schema) -> pl.DataFrame:
    """A table of a run as it was published, column by column of `schema`."""
    query = sa.select(*[table.c[name] for name in schema]).where(table.c.run == run).order_by(table.c.row)
    stored = pl.Schema({name: _stored_type(dtype) for name, dtype in schema.items()})
    with connection.execution_options(yield_per=ROWS_READ_AT_ONCE).execute(query) as result:
        parts = [
            pl.DataFrame([tuple(row) for row in part], schema=stored, orient="row") for part in result.partitions()
        ]
    whole = pl.concat([pl.DataFrame(schema=stored), *parts])
    return whole.select(_restored(pl.col(name), dtype).alias(name) for name, dtype in schema.items())


def pack_ids(ids: pl.Series) -> bytes:
    """Ids in their order as front-coded Parquet: 1.4 MB for a million numbered ids, 15 MB for a million hashes,
    when they are sorted."""
    import pyarrow.parquet

    buffer = BytesIO()
    pyarrow.parquet.write_table(
        ids.to_frame("id").to_arrow(),
        buffer,
        compression="zstd",
        use_dictionary=False,
        column_encoding={"id": "DELTA_BYTE_ARRAY"},
    )
    return buffer.getvalue()


def unpack_ids(packed: bytes) -> pl.Series:
    return pl.read_parquet(BytesIO(packed))["id"].cast(pl.String)


def escaped(text: str) -> str:
    """One string as it stands in the database."""
    return _only(pl.Series([text]).to_frame("s").select(_escape(pl.col("s"))))


def restored(text: str) -> str:
    """What `escaped` was given."""
    return _only(pl.Series([text]).to_frame("s").select(_unescape(pl.col("s"))))


def _only(frame: pl.DataFrame) -> str:
    return cast("str", frame.item())


def _escape(strings: pl.Expr) -> pl.Expr:
    for character, letter in reversed(_LETTERS.items()):
        strings = strings.str.replace_all(character, _ESCAPE + letter, literal=True)
    return strings


def _unescape(strings: pl.Expr) -> pl.Expr:
    for character, letter in _LETTERS.items():
        strings = strings.str.replace_all(_ESCAPE + letter, character, literal=True)
    return strings


def _stored_type(dtype: pl.DataType) -> pl.DataType:
    if isinstance(dtype, pl.List):
        return pl.String()
    return pl.Int64() if isinstance(dtype, pl.Datetime) else dtype


def _stored(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(_to_stored(name, dtype) for name, dtype in frame.schema.items())


def _to_stored(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.List):
        array = pl.struct(column.alias("v")).struct.json_encode().str.slice(5).str.head(-1)
        return pl.when(column.is_not_null()).then(array).alias(name)
    if isinstance(dtype, pl.Datetime):
        return column.cast(pl.Int64)
    if dtype == pl.Float64:
        return column + 0.0
    return _escape(column) if dtype == pl.String else column


def _restored(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.List):
        return column.str.json_decode(dtype)
    if isinstance(dtype, pl.Datetime):
        return column.cast(dtype)
    return _unescape(column) if dtype == pl.String else column
