"""Source columns of any type become the contract's columns; rows that break it are named with their reason."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from graph.contract import Column, Kind, Table
from graph.contract.columns import TEXT_BYTES
from graph.ingest.instants import to_instant
from graph.ingest.numbers import to_decimal, to_integer
from graph.ingest.verdicts import Coerced, Reason, shown, text_of, unlike
from graph.vocabulary import columns

ROW = "row"
"""The 1-based number of the data row within its file, beside the contract's columns."""

BAD_SCHEMA = columns(row=pl.Int64, column=pl.String, reason=pl.String, value=pl.String)
VALUE_LENGTH = 200


@dataclass(frozen=True)
class Coercion:
    """`good`: the table's columns and `row`. `bad`: `BAD_SCHEMA`, one line for each refused row."""

    good: pl.DataFrame
    bad: pl.DataFrame


@dataclass(frozen=True)
class _Judged:
    column: Column
    source: pl.Series
    values: pl.Series
    reasons: list[Reason]


def coerce(table: Table, rows: pl.Series, source: pl.DataFrame) -> Coercion:
    """Coerce a batch. `rows`: row numbers; `source`: any of the table's columns, in any type."""
    judged = [_judge(column, _given(column, source)) for column in table.columns]
    good = pl.DataFrame([rows.alias(ROW), *[each.values.alias(each.column.name) for each in judged]])
    refused = [each for each in judged if each.reasons]
    if not refused:
        return Coercion(good, pl.DataFrame(schema=BAD_SCHEMA))
    bad = pl.concat([_refusals(rows, each) for each in refused])
    first = bad.group_by("row", maintain_order=True).agg(
        pl.col("column", "reason", "value").first(),
        also=pl.col("column").unique(maintain_order=True).slice(1).str.join(", "),
    )
    told = first.with_columns(
        reason=pl.when(pl.col("also") == "").then("reason").otherwise(pl.format("{}; also bad: {}", "reason", "also"))
    ).drop("also")
    return Coercion(good.join(told, on=ROW, how="anti", maintain_order="left"), told.sort("row"))


def _given(column: Column, source: pl.DataFrame) -> pl.Series:
    if column.name in source.columns:
        return source[column.name]
    return pl.repeat(None, source.height, dtype=pl.Null, eager=True)


def _judge(column: Column, source: pl.Series) -> _Judged:
    coerced = CONVERSIONS[column.kind](source)
    values = coerced.values
    reasons = [reason for reason in coerced.reasons if reason[0].any()]
    checks = _required(column, values, reasons) + _allowed(column, values) + _range(column, values)
    if column.default is not None:
        values = values.fill_null(pl.lit(column.default, dtype=values.dtype)) if values.null_count() else values
    return _Judged(column, source, values, reasons + [check for check in checks if check[0].any()])


def _required(column: Column, values: pl.Series, reasons: list[Reason]) -> list[Reason]:
    if not column.required or not values.null_count():
        return []
    missing = values.is_null()
    for refused, _ in reasons:
        missing &= ~refused
    return [(missing, "required, but empty")]


def _allowed(column: Column, values: pl.Series) -> list[Reason]:
    if not column.allowed:
        return []
    strange = (~values.is_in(column.allowed)).fill_null(False)
    return [(strange, f"not one of {', '.join(column.allowed)}")]


def _range(column: Column, values: pl.Series) -> list[Reason]:
    checks: list[Reason] = []
    if column.at_least is not None:
        checks.append((values < column.at_least, f"less than {column.at_least}"))
    if column.above is not None:
        checks.append((values <= column.above, f"not more than {column.above}"))
    if column.below is not None:
        checks.append((values >= column.below, f"not less than {column.below}"))
    return [(mask.fill_null(False), reason) for mask, reason in checks]


def _refusals(rows: pl.Series, judged: _Judged) -> pl.DataFrame:
    parts = [
        pl.DataFrame(
            {
                "row": rows.filter(mask),
                "value": shown(judged.source.filter(mask)).str.slice(0, VALUE_LENGTH),
            }
        ).select("row", column=pl.lit(judged.column.name), reason=pl.lit(reason), value=pl.col("value"))
        for mask, reason in judged.reasons
    ]
    return pl.concat(parts).unique("row", keep="first", maintain_order=True)


def _to_text(source: pl.Series) -> Coerced:
    text = Coerced(source.cast(pl.String), []) if source.dtype.is_integer() else text_of(source)
    if text is None:
        return unlike(source, "text", pl.String())
    too_long = (text.values.str.len_bytes() > TEXT_BYTES).fill_null(False)
    zero = text.values.str.contains("\0", literal=True).fill_null(False)
    return Coerced(
        text.values, [*text.reasons, (too_long, f"longer than {TEXT_BYTES} bytes"), (zero, "contains a zero byte")]
    )


CONVERSIONS = {
    Kind.TEXT: _to_text,
    Kind.INSTANT: to_instant,
    Kind.DECIMAL: to_decimal,
    Kind.INTEGER: to_integer,
}
