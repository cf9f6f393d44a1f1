"""From resources to pairs: who is linked to whom, by what, and how strongly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from models.exact import exact_sum
from models.links.entities import Entities

TRANSFER = "transfer"
"""The kind of a pair link that is a direct transfer, beside the resource kinds of `models.links.uses`."""


def pair_links(
    uses: pl.DataFrame, transfers: pl.DataFrame, opened: npt.NDArray[np.float64], window: int
) -> pl.DataFrame:
    """One row per pair and link: `x` < `y` (entities), `kind`, `resource`, `weight`.

    On each resource the users are sorted by opening date (days since 1970, NaN last) and each is paired with the next
    `window` of them: accounts made for one purpose are opened together, and the pairs stay linear in the users. A
    link's weight is its uses' times 1 / log2(users): one for two users, falling smoothly (Adamic & Adar 2003;
    FRAUDAR's column weights, Hooi et al. 2016).
    """
    rows = uses.with_columns(pl.Series("opened", opened[uses["entity"].to_numpy()])).sort(
        "kind", "resource", "opened", "entity", nulls_last=True
    )
    change = (rows["kind"] != rows["kind"].shift()) | (rows["resource"] != rows["resource"].shift())
    group = change.fill_null(value=True).cum_sum().to_numpy()
    entity, weight, degree = (rows[name].to_numpy() for name in ("entity", "weight", "degree"))
    resource = rows["resource"]
    shared = weight / np.log2(np.maximum(degree, 2))
    kinds = rows["kind"].cast(pl.Categorical)
    frames = []
    for step in range(1, min(window, max(len(entity) - 1, 0)) + 1):
        first = np.flatnonzero(group[step:] == group[:-step])
        second = first + step
        frames.append(
            pl.DataFrame(
                {
                    "x": np.minimum(entity[first], entity[second]),
                    "y": np.maximum(entity[first], entity[second]),
                    "kind": kinds.gather(first),
                    "resource": resource.gather(first),
                    "weight": np.minimum(shared[first], shared[second]),
                }
            )
        )
    direct = transfer_pairs(transfers).select(
        "x", "y", pl.lit(TRANSFER).cast(pl.Categorical).alias("kind"), pl.lit(0, pl.Int64).alias("resource"), "weight"
    )
    return pl.concat([direct, *frames])


def transfer_pairs(transfers: pl.DataFrame) -> pl.DataFrame:
    """Direct transfers by unordered pair: `x` < `y`, `weight` = 1 / log2(1 + partners of its busier end)."""
    pairs = transfers.select(
        x=pl.min_horizontal("sender", "receiver"), y=pl.max_horizontal("sender", "receiver")
    ).unique()
    ends = pl.concat([pairs.select("x"), pairs.select(x="y")]).group_by("x").agg(pl.len().alias("partners"))
    return (
        pairs.join(ends, on="x")
        .join(ends.rename({"x": "y", "partners": "partners_y"}), on="y")
        .with_columns(degree=pl.max_horizontal("partners", "partners_y") + 1)
        .with_columns(weight=1 / pl.col("degree").log(2))
        .sort("x", "y")
    )


def pair_strength(links: pl.DataFrame, entities: Entities) -> pl.DataFrame:
    """Sum the links of each pair: `x`, `y`, `weight`, `links` (how many distinct ones), sorted by x, y. Pairs within one
    declared household are no evidence and are left out."""
    house = entities.household
    apart = house[links["x"].to_numpy()] != house[links["y"].to_numpy()]
    return (
        links.filter(pl.Series(apart))
        .group_by("x", "y")
        .agg(exact_sum(pl.col("weight")), pl.len().cast(pl.Int64).alias("links"))
        .sort("x", "y")
    )
