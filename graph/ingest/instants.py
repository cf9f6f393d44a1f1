"""Times of every source type as UTC microseconds."""

from __future__ import annotations

import polars as pl

from graph.contract.columns import EARLIEST_YEAR, LATEST_YEAR
from graph.ingest.verdicts import Coerced, text_of, unlike
from graph.vocabulary import INSTANT

NOT_A_TIME = "not a time: write it as 2024-05-01T12:00:00Z"
OUT_OF_RANGE = f"outside the years {EARLIEST_YEAR} to {LATEST_YEAR}"

DATE_ONLY = r"^\d{4}-\d{2}-\d{2}$"
ZONED = r"[+-]\d{2}:?\d{2}$"
WITHOUT_SECONDS = r"^(\d{4}-\d{2}-\d{2} \d{2}:\d{2})([+-].*)?$"
FORMAT = "%Y-%m-%d %H:%M:%S%.f%#z"


def to_instant(source: pl.Series) -> Coerced:
    """Time without a zone is taken as UTC; what is finer than a microsecond is cut; whole numbers are no times."""
    if isinstance(source.dtype, pl.Datetime):
        zoned = source.dt.replace_time_zone("UTC") if source.dtype.time_zone is None else source
        return _in_range(Coerced(zoned.dt.convert_time_zone("UTC").cast(INSTANT), []))
    if source.dtype == pl.Date:
        return _in_range(Coerced(source.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"), []))
    text = text_of(source)
    if text is None:
        return unlike(source, "a time (a Parquet timestamp, or text like 2024-05-01T12:00:00Z)", INSTANT)
    values = _parsed(text.values)
    failed = text.values.is_not_null() & values.is_null()
    return _in_range(Coerced(values, [*text.reasons, (failed, NOT_A_TIME)]))


def _parsed(text: pl.Series) -> pl.Series:
    column = pl.col("text")
    spaced = column.str.replace("T", " ", literal=True).str.replace(r"\s*Z$", "+0000")
    whole = pl.when(spaced.str.contains(DATE_ONLY)).then(spaced + " 00:00:00").otherwise(spaced)
    seconds = whole.str.replace(WITHOUT_SECONDS, "${1}:00${2}")
    dated = seconds.str.slice(10).str.contains(ZONED)
    zoned = pl.when(dated).then(seconds).otherwise(seconds + "+0000")
    return text.to_frame("text").select(
        zoned.str.to_datetime(FORMAT, time_unit="us", time_zone="UTC", strict=False)
    )["text"]  # fmt: skip


def _in_range(coerced: Coerced) -> Coerced:
    year = coerced.values.dt.year()
    outside = ~year.is_between(EARLIEST_YEAR, LATEST_YEAR).fill_null(True)
    if not outside.any():
        return coerced
    return Coerced(coerced.values.set(outside, None), [*coerced.reasons, (outside, OUT_OF_RANGE)])
