"""Money between accounts of the exchange: internal transfers, and those over a chain to an address it assigned."""

from __future__ import annotations

import polars as pl

from graph.snapshot import Snapshot
from graph.vocabulary import EVENT_IDS_PER_LINK, LinkKind
from models.links.entities import Entities

_KEY = ("source", "target")


def account_transfers(snapshot: Snapshot, entities: Entities) -> pl.DataFrame:
    """`source`, `target` (accounts), `sender`, `receiver` (their entities), `count`, `days`, `first_ts`, `last_ts`,
    `event_ids`; one row per ordered pair of accounts, sorted.

    A withdrawal to an assigned address and the deposit it became are one transfer on two books: the book that counts
    more is believed. What arrives *from* an assigned address is nobody's act, for the exchange holds that address.
    Transfers within one entity, and between entities whose business is declared, are left out.
    """
    assigned = assigned_addresses(snapshot)
    out = snapshot.links[LinkKind.WITHDREW_TO].join(assigned, left_on="target", right_on="address")
    books = [
        _book(snapshot.links[LinkKind.TRANSFERRED_TO]),
        _book(out.drop("target").rename({"owner": "target"})),
    ]
    rows = (
        pl.concat(books)
        .sort(*_KEY, "count", "event_ids", descending=[False, False, True, False])
        .unique(_KEY, keep="first", maintain_order=True)
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


def _book(links: pl.DataFrame) -> pl.DataFrame:
    """One row per pair of accounts: assets added, the most distinct days of any."""
    return (
        links.sort(*_KEY, "first_ts", "event_ids", nulls_last=True)
        .group_by(*_KEY, maintain_order=True)
        .agg(
            pl.col("count").sum(),
            pl.col("days").max(),
            pl.col("first_ts").min(),
            pl.col("last_ts").max(),
            pl.col("event_ids").explode().drop_nulls().head(EVENT_IDS_PER_LINK),
        )
    )


def assigned_addresses(snapshot: Snapshot) -> pl.DataFrame:
    """`address`, `owner` (account): addresses this exchange assigned; a transfer to one is a transfer to its owner."""
    return snapshot.links[LinkKind.OWNS_ADDRESS].group_by(address="target").agg(pl.col("source").min().alias("owner"))
