"""What each link of a member contributes to its place in the ring, and which of them decide.

A member's support is a sum over its pairs, each pair a sum over links. So every link has a share, shares add up, and
the fewest links whose removal takes the member below the threshold are simply the largest ones. The rest of the ring is
held fixed, and so is how alike the pairs are: with fewer links that would fall too, so fewer removals may do in fact.
"""

from __future__ import annotations

import polars as pl

from models.exact import exact_sum
from models.links.pairs import TRANSFER
from models.parameters import RingParameters


def support_shares(links: pl.DataFrame, inner: pl.DataFrame, parameters: RingParameters) -> pl.DataFrame:
    """One row per member and resource: `entity`, `resource_kind`, `resource`, `share`, `decisive`.

    `links`: of `models.links.pairs.pair_links`; `inner`: pairs inside groups (`x`, `y`, `similarity`). A transfer
    counts towards the counterparty account at its other end, as what is shared with that account's partners does.
    """
    counted = links.join(inner.select("x", "y", "similarity"), on=["x", "y"]).with_columns(
        share=pl.col("weight") * pl.col("similarity"), resource_kind="kind"
    )
    ends = pl.concat([_of_end(counted, "x", "y"), _of_end(counted, "y", "x")])
    key = ("entity", "resource_kind", "resource")
    shares = ends.group_by(*key).agg(exact_sum(pl.col("share")).alias("share"))
    ranked = shares.sort("entity", "share", "resource_kind", "resource", descending=[False, True, False, False])
    # shares are whole multiples of one unit, so running sums of them are exact
    before = pl.col("share").cum_sum().over("entity") - pl.col("share")
    left = pl.col("share").sum().over("entity") - before
    return ranked.with_columns(decisive=left >= parameters.least_support)


def _of_end(counted: pl.DataFrame, end: str, other: str) -> pl.DataFrame:
    transfer = pl.col("resource_kind") == TRANSFER
    return counted.select(
        pl.col(end).alias("entity"),
        pl.when(transfer).then(pl.lit("account")).otherwise("resource_kind").alias("resource_kind"),
        pl.when(transfer).then(other).otherwise("resource").alias("resource"),
        "share",
    )
