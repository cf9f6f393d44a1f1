"""The attributes of every kind of node side by side, in the order in which both stores write and read them."""

from __future__ import annotations

import polars as pl

from graph.vocabulary import INSTANT

ATTRIBUTES: dict[str, pl.DataType | type[pl.DataType]] = {
    "opened_at": INSTANT,
    "segment": pl.String,
    "country": pl.String,
    "volume_usd": pl.Float64,
    "category": pl.String,
    "network": pl.String,
    "kind": pl.String,
    "tier": pl.String,
}
