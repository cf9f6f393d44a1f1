"""What a run's rings must look like before a store mirrors them."""

from __future__ import annotations

import polars as pl

from graph.errors import StoreError
from graph.vocabulary import RunId

RING_COLUMNS = ("ring_id", "score", "tier", "size", "summary")
MEMBER_COLUMNS = ("ring_id", "account_id", "role", "score", "tier")


def checked(run: RunId, rings: pl.DataFrame, members: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both frames with the mirrored columns only. Raises StoreError for a member of a ring that is not there."""
    stray = members.join(rings, on="ring_id", how="anti")
    if stray.height:
        raise StoreError(f"{stray.height} members belong to no ring of the run", where=f"mirroring run {run}")
    return rings.select(RING_COLUMNS).sort("ring_id"), members.select(MEMBER_COLUMNS).sort("ring_id", "account_id")
