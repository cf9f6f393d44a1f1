"""Conduct made by hand: who did what in which market on which days."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from models import tables
from models.conduct.find import Conduct

MONDAY = date(2026, 1, 5)
Days = tuple[int, ...]
Doing = dict[str, tuple[str, str, Days]]
"""What each account did: typology, market, days from a Monday."""


def conduct_of(doing: Doing, *, looked: bool = True) -> Conduct:
    rows = [
        {"account_id": account, "typology": typology, "symbol": symbol, "day": MONDAY + timedelta(day)}
        for account, (typology, symbol, days) in doing.items()
        for day in days
    ]
    days = pl.DataFrame(rows, schema=tables.CONDUCT_DAYS).sort(tables.CONDUCT_DAYS.names())
    at = pl.col("day").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    own = days.group_by("account_id", "typology").agg(
        symbols=pl.col("symbol").unique().sort(), count=pl.len(), days=pl.col("day").n_unique(),
        first_ts=at.min(), last_ts=at.max(), p_value=pl.lit(1e-9),
        event_ids=pl.format("{}-1", pl.col("account_id").first()).implode(),
    )  # fmt: skip
    own = own.select(tables.CONDUCT.names()).cast(dict(tables.CONDUCT)).sort("account_id", "typology")  # type: ignore[arg-type]
    active = pl.DataFrame({"day": [MONDAY + timedelta(n) for n in range(40 * looked)]}, schema={"day": pl.Date})
    return Conduct(own=own, days=days, active=active.with_columns(accounts=pl.lit(9, pl.Int64)))
