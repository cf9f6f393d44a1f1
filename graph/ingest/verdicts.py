"""What coercion says about a column: its values, and which rows break the contract and why."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import polars as pl

Reason = tuple[pl.Series, str]
"""A mask of rows and why they are refused."""

NOT_UTF8 = "not valid UTF-8"


@dataclass(frozen=True)
class Coerced:
    """`values`: as long as the source, null where nothing was given or a reason holds."""

    values: pl.Series
    reasons: list[Reason]

    def parts(self) -> tuple[pl.Series, list[Reason]]:
        return self.values, self.reasons


def text_of(source: pl.Series) -> Coerced | None:
    """The column as text, None when its type is no text. Empty text counts as nothing given."""
    if source.dtype == pl.Null:
        return Coerced(source.cast(pl.String), [])
    if source.dtype == pl.Binary:
        return decoded(source)
    if source.dtype == pl.String or isinstance(source.dtype, pl.Categorical | pl.Enum):
        return Coerced(_without_empty(source.cast(pl.String)), [])
    return None


def unlike(source: pl.Series, wanted: str, dtype: pl.DataType) -> Coerced:
    """Every value given is refused: its type cannot mean what the column means."""
    nothing = pl.repeat(None, source.len(), dtype=dtype, eager=True)
    return Coerced(nothing, [(source.is_not_null(), f"not {wanted}, but {source.dtype}")])


def shown(source: pl.Series) -> pl.Series:
    """Values as people can read them; bytes that are no text in hexadecimal."""
    if source.dtype == pl.Binary:
        text = decoded(source).values
        undecoded = text.is_null() & (source.bin.size() > 0).fill_null(False)
        return text.zip_with(~undecoded, "0x" + source.bin.encode("hex"))
    if source.dtype.is_nested():
        return pl.Series(
            source.name, [None if value is None else str(value) for value in source.to_list()], dtype=pl.String
        )
    return source.cast(pl.String)


def decoded(source: pl.Series) -> Coerced:
    try:
        return Coerced(_without_empty(source.cast(pl.String)), [])
    except pl.exceptions.PolarsError:
        with duckdb.connect() as connection:
            rows = source.to_frame("bytes").to_arrow()
            connection.register("undecoded", rows)
            table = connection.sql('SELECT TRY(decode("bytes")) AS text FROM undecoded').to_arrow_table()
        text = pl.Series(source.name, table["text"])
        return Coerced(_without_empty(text), [(source.is_not_null() & text.is_null(), NOT_UTF8)])


def _without_empty(text: pl.Series) -> pl.Series:
    empty = text == ""
    return text.set(empty, None) if empty.any() else text
