"""From resources to pairs: who is linked to whom, by what, and how strongly.

A pair of entities x < y is one integer, x * entities + y: grouping one column is what keeps tens of millions
of pair links in memory.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from models.exact import exact_sum
from models.links.entities import Entities
from models.parameters import LinkParameters

TRANSFER = "transfer"
"""The kind of a pair link that is a direct transfer, beside the resource kinds of `models.links.uses`."""

Ints = npt.NDArray[np.int64]


def pair_strength(
    uses: pl.DataFrame,
    transfers: pl.DataFrame,
    seniority: Ints,
    entities: Entities,
    parameters: LinkParameters,
) -> pl.DataFrame:
    """Sum the links of each pair: `x`, `y`, `weight`, `links` (how many distinct), sorted by x, y.

    `seniority`: of `Behaviour`, the order in which accounts were opened. Pairs within one declared household are no
    evidence and are left out, and so are pairs that share IP addresses alone: a network is shared by whoever is near,
    and its addresses are one link however many they are.
    """
    n = entities.count
    direct = transfer_pairs(transfers, n, parameters).select("pair", "weight", network=pl.lit(value=False))
    network = (_by_seniority(uses, seniority)["kind"] == "ip").to_numpy()
    frames = [
        pl.DataFrame({"pair": pair, "weight": weight, "network": network[row]})
        for pair, row, weight in _shared(uses, seniority, n, parameters)
    ]
    apart = (~pl.col("network")).sum().cast(pl.Int64)
    sums = (
        pl.concat([direct, *frames])
        .group_by("pair")
        .agg(
            exact_sum(pl.col("weight")),
            apart.alias("apart"),
            (apart + pl.col("network").any().cast(pl.Int64)).alias("links"),
        )
        .filter(pl.col("apart") > 0)
        .sort("pair")
    )
    ends = sums.select(x=pl.col("pair") // max(n, 1), y=pl.col("pair") % max(n, 1), weight="weight", links="links")
    house = entities.household
    return ends.filter(pl.Series(house[ends["x"].to_numpy()] != house[ends["y"].to_numpy()]))


def pair_links(
    uses: pl.DataFrame,
    transfers: pl.DataFrame,
    seniority: Ints,
    entities: Entities,
    parameters: LinkParameters,
) -> pl.DataFrame:
    """The same links one by one, for the evidence of a few: `x`, `y`, `kind`, `resource`, `weight`.

    A transfer's kind is `TRANSFER` and its resource 0. `uses` may be cut down to the resources of interest, each with
    all its users.
    """
    n = entities.count
    ordered = _by_seniority(uses, seniority)
    frames = [
        transfer_pairs(transfers, n, parameters).select(
            "pair", kind=pl.lit(TRANSFER), resource=pl.lit(0, pl.Int64), weight="weight"
        )
    ]
    for pair, row, weight in _shared(uses, seniority, n, parameters):
        named = ordered.select("kind", "resource")[row]
        frames.append(named.select(pl.Series("pair", pair), "kind", "resource", pl.Series("weight", weight)))
    links = pl.concat(frames)
    return links.select(
        x=pl.col("pair") // max(n, 1), y=pl.col("pair") % max(n, 1), kind="kind", resource="resource", weight="weight"
    )


def _by_seniority(uses: pl.DataFrame, seniority: Ints) -> pl.DataFrame:
    rows = uses.with_columns(pl.Series("seniority", seniority[uses["entity"].to_numpy()]))
    return rows.sort("kind", "resource", "seniority")


def _shared(
    uses: pl.DataFrame, seniority: Ints, n: int, parameters: LinkParameters
) -> Iterator[tuple[Ints, Ints, npt.NDArray[np.float64]]]:
    """Pairs, the row (`_by_seniority`) of the earlier user, and weights.

    On each resource the users are sorted by seniority and each is paired with the next `window` of them: accounts
    made for one purpose are opened together, and pairs stay linear in the users. A link weighs 1 / log2(users): one for
    two users, falling smoothly (Adamic & Adar 2003; the column weights of FRAUDAR, Hooi et al. 2016).
    """
    rows = _by_seniority(uses, seniority)
    change = (rows["kind"] != rows["kind"].shift()) | (rows["resource"] != rows["resource"].shift())
    group = change.fill_null(value=True).cum_sum().to_numpy()
    entity = rows["entity"].to_numpy()
    weight = rows["weight"].to_numpy() / np.log2(np.maximum(rows["degree"].to_numpy(), 2))
    for step in range(1, min(parameters.window, max(len(entity) - 1, 0)) + 1):
        first = np.flatnonzero(group[step:] == group[:-step])
        a, b = entity[first], entity[first + step]
        yield np.minimum(a, b) * n + np.maximum(a, b), first, np.minimum(weight[first], weight[first + step])


def transfer_pairs(transfers: pl.DataFrame, n: int, parameters: LinkParameters) -> pl.DataFrame:
    """Direct transfers by pair: `pair`, `weight` = 1 / log2(1 + partners of the busier end), sorted by pair.

    An end with more partners than a shared account may have users serves everybody, and its transfers are left out.
    """
    low, high = pl.min_horizontal("sender", "receiver"), pl.max_horizontal("sender", "receiver")
    pairs = transfers.select(x=low, y=high).unique()
    ends = pl.concat([pairs.select("x"), pairs.select(x="y")]).group_by("x").agg(pl.len().alias("partners"))
    busier = (
        pairs.join(ends, on="x")
        .join(ends.rename({"x": "y", "partners": "partners_y"}), on="y")
        .with_columns(partners=pl.max_horizontal("partners", "partners_y").cast(pl.Int64))
    )
    few = busier.filter(pl.col("partners") <= dict(parameters.most_users)["account"])
    return few.select(pair=pl.col("x") * n + pl.col("y"), weight=1 / (pl.col("partners") + 1).log(2)).sort("pair")
