"""Who stays in a group, and how sure that is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from models.exact import exact_sum
from models.parameters import RingParameters


def inner_pairs(pairs: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """The pairs (`x`, `y`, `weight`) whose ends are in one group, with that `group`."""
    ends = groups.rename({"entity": "x"})
    joined = pairs.join(ends, on="x").join(groups.rename({"entity": "y", "group": "other"}), on="y")
    return joined.filter(pl.col("group") == pl.col("other")).drop("other")


def entity_support(inner: pl.DataFrame) -> pl.DataFrame:
    """`entity`, `group`, `support`: the sum of the entity's pair weights inside its group, sorted by entity."""
    ends = [inner.select(pl.col(end).alias("entity"), "group", "weight") for end in ("x", "y")]
    both = pl.concat(ends).group_by("entity", "group")
    return both.agg(exact_sum(pl.col("weight")).alias("support")).sort("entity")


def peel(pairs: pl.DataFrame, groups: pl.DataFrame, parameters: RingParameters) -> pl.DataFrame:
    """Take away, round by round, entities whose support inside their group is below `least_support`.

    Answers `entity`, `group`, `support`, `certainty` (support, at most 1). Peeling from the weakest end is how
    FRAUDAR (Hooi et al. 2016) resists camouflage: links outside the group, however many, change nothing.
    """
    kept = groups
    inner = inner_pairs(pairs, groups)
    while True:
        support = entity_support(inner)
        strong = support.filter(pl.col("support") >= parameters.least_support)
        if strong.height == kept.height:
            return strong.with_columns(certainty=pl.col("support").clip(upper_bound=1.0))
        kept = strong.select("entity", "group")
        inner = inner_pairs(inner.drop("group"), kept)


def score_groups(members: pl.DataFrame, household: npt.NDArray[np.int64], parameters: RingParameters) -> pl.DataFrame:
    """Keep groups of enough effective size and score them.

    `members`: of `peel`; `household`: of each entity. Adds `effective` (over the group's households, the sum of each
    one's largest certainty: a declared family counts once, however large), `ring_score` = 1 - 2^(-effective /
    least_size), so 0.5 for the least that is published, and `score` = ring_score * certainty^exponent.
    """
    homes = members.with_columns(pl.Series("household", household[members["entity"].to_numpy()]))
    largest = homes.group_by("group", "household").agg(pl.col("certainty").max())
    sizes = largest.group_by("group").agg(exact_sum(pl.col("certainty")).alias("effective"))
    sized = members.join(sizes, on="group", maintain_order="left")
    published = sized.filter(pl.col("effective") >= parameters.least_size)
    ring_score = 1 - 0.5 ** (pl.col("effective") / parameters.least_size)
    return published.with_columns(ring_score=ring_score).with_columns(
        score=pl.col("ring_score") * pl.col("certainty") ** parameters.exponent
    )
