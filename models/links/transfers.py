"""Money between accounts of the exchange: internal transfers, and those over a chain to an address it assigned."""

from __future__ import annotations

import polars as pl

from graph.snapshot import Snapshot
from graph.vocabulary import LinkKind
from models.links.entities import Entities

_MEASURES = ("count", "days", "first_ts", "last_ts", "event_ids")


def account_transfers(snapshot: Snapshot, entities: Entities) -> pl.DataFrame:
    """`source`, `target` (accounts), `sender`, `receiver` (their entities) and the links' measures, one row per link.

    Transfers within one entity, and between entities whose business with each other is declared, are left out.
    """
    assigned = assigned_addresses(snapshot)
    out = snapshot.links[LinkKind.WITHDREW_TO].join(assigned, left_on="target", right_on="address")
    back = snapshot.links[LinkKind.DEPOSITED_FROM].join(assigned, left_on="target", right_on="address")
    rows = pl.concat(
        [
            snapshot.links[LinkKind.TRANSFERRED_TO].select("source", "target", *_MEASURES),
            out.select("source", pl.col("owner").alias("target"), *_MEASURES),
            back.select(pl.col("owner").alias("source"), pl.col("source").alias("target"), *_MEASURES),
        ]
    )
    ends = rows.with_columns(
        pl.Series("sender", entities.of_account[rows["source"].to_numpy()], dtype=pl.Int64),
        pl.Series("receiver", entities.of_account[rows["target"].to_numpy()], dtype=pl.Int64),
    )
    allowed = pl.concat(
        [
            entities.business.select(sender="x", receiver="y"),
            entities.business.select(sender="y", receiver="x"),
        ]
    )
    return ends.filter(pl.col("sender") != pl.col("receiver")).join(allowed, on=["sender", "receiver"], how="anti")


def assigned_addresses(snapshot: Snapshot) -> pl.DataFrame:
    """`address`, `owner` (account): addresses this exchange assigned; a transfer to one is a transfer to its owner."""
    return snapshot.links[LinkKind.OWNS_ADDRESS].group_by(address="target").agg(pl.col("source").min().alias("owner"))
