"""Decimals and whole numbers of every source type, exactly or not at all."""

from __future__ import annotations

import polars as pl

from graph.contract.columns import FRACTION_DIGITS, WHOLE_DIGITS, Kind
from graph.ingest.verdicts import Coerced, text_of, unlike

DECIMAL = Kind.DECIMAL.polars_type

NOT_A_NUMBER = "not a number"
TOO_PRECISE = f"more than {FRACTION_DIGITS} decimals or {WHOLE_DIGITS} whole digits"
NOT_WHOLE = "not a whole number"

NUMBER = r"^[+-]?(?:\d+\.?(\d*)|\.(\d+))(?:[eE]([+-]?\d{1,3}))?$"
EXACT_BYTES = FRACTION_DIGITS
"""A number of at most so many bytes without exponent has at most that many decimals."""


def to_decimal(source: pl.Series) -> Coerced:
    if isinstance(source.dtype, pl.Decimal) and (source.dtype.scale or 0) <= FRACTION_DIGITS:
        return _narrowed(source)
    if source.dtype.is_integer():
        return _narrowed(source)
    if source.dtype.is_float():
        finite = source.is_finite().fill_null(True)
        values, reasons = _parsed(source.set(~finite, None).cast(pl.String)).parts()
        return Coerced(values, [(~finite, "not a finite number"), *reasons])
    if isinstance(source.dtype, pl.Decimal):
        return _parsed(source.cast(pl.String))
    text = text_of(source)
    if text is None:
        return unlike(source, "a number", DECIMAL)
    values, reasons = _parsed(text.values).parts()
    return Coerced(values, [*text.reasons, *reasons])


def to_integer(source: pl.Series) -> Coerced:
    if source.dtype.is_integer():
        values = source.cast(pl.Int64, strict=False)
        return Coerced(values, [(source.is_not_null() & values.is_null(), "too large")])
    if source.dtype.is_float() or isinstance(source.dtype, pl.Decimal):
        values = source.cast(pl.Int64, strict=False)
        same = (values.cast(source.dtype, strict=False) == source).fill_null(False)
        return Coerced(values.set(~same, None), [(source.is_not_null() & ~same, NOT_WHOLE)])
    text = text_of(source)
    if text is None:
        return unlike(source, "a whole number", pl.Int64())
    plain = text.values.str.contains(r"^[+-]?\d+$").fill_null(False)
    values = text.values.set(~plain, None).cast(pl.Int64, strict=False)
    return Coerced(values, [*text.reasons, (text.values.is_not_null() & values.is_null(), NOT_WHOLE)])


def _narrowed(source: pl.Series) -> Coerced:
    values = source.cast(DECIMAL, strict=False)
    return Coerced(values, [(source.is_not_null() & values.is_null(), TOO_PRECISE)])


def _parsed(text: pl.Series) -> Coerced:
    """Polars reads a decimal exactly but rounds what has too many digits, so the long ones are looked at first."""
    values = text.cast(DECIMAL, strict=False)
    failed = text.is_not_null() & values.is_null()
    doubtful = failed | (text.str.len_bytes() > EXACT_BYTES).fill_null(False) | _has_exponent(text)
    if not doubtful.any():
        return Coerced(values, [])
    rows = doubtful.arg_true()
    parts = text.gather(rows).to_frame("text").select(
        number=pl.col("text").str.contains(NUMBER),
        decimals=pl.concat_str(
            pl.col("text").str.extract(NUMBER, 1), pl.col("text").str.extract(NUMBER, 2), ignore_nulls=True
        ).str.strip_chars_end("0").str.len_bytes().cast(pl.Int64),
        exponent=pl.col("text").str.extract(NUMBER, 3).cast(pl.Int64, strict=False).fill_null(0),
    )  # fmt: skip
    number = _scattered(parts["number"].fill_null(False), rows, text.len())
    inexact = (parts["decimals"] - parts["exponent"] > FRACTION_DIGITS) | values.gather(rows).is_null()
    too_precise = _scattered(inexact.fill_null(True), rows, text.len()) & number
    not_a_number = doubtful & ~number
    return Coerced(
        values.set(too_precise | not_a_number, None), [(not_a_number, NOT_A_NUMBER), (too_precise, TOO_PRECISE)]
    )


def _has_exponent(text: pl.Series) -> pl.Series:
    return text.str.contains_any(["e", "E"]).fill_null(False)


def _scattered(flags: pl.Series, rows: pl.Series, length: int) -> pl.Series:
    everywhere = pl.repeat(False, length, dtype=pl.Boolean, eager=True)
    return everywhere.scatter(rows.filter(flags), True)
