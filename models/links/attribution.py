"""Whose device it is: a device belongs to its first established user, and using another's is evidence of the user.

Nobody who comes later changes anything for those who were there. What counts for a user is decided at its own first
use: by who was there before, and how few they were.
"""

from __future__ import annotations

import polars as pl

from graph.snapshot import Snapshot
from graph.vocabulary import INSTANT, LinkKind, NodeKind
from models.links.entities import Entities
from models.parameters import AttributionParameters


def devices_of_others(snapshot: Snapshot, entities: Entities, parameters: AttributionParameters) -> pl.DataFrame:
    """`account`, `resource` (device), `owner` (entity): who used, on `established_days` days, a device that belongs to
    an entity of another household; sorted.

    A device belongs to the entity that was there first of those that used it on `established_days` dated days; to
    nobody, if two were first. One that more than `most_before` entities had used before the account did is everybody's,
    and so is a known service. Uses that begin within `settling_days` of the first of all records say nothing: who was
    there before them is not known.
    """
    links = snapshot.links[LinkKind.USED_DEVICE].filter(pl.col("first_ts").is_not_null())
    known = snapshot.nodes[NodeKind.DEVICE]["category"].gather(links["target"]).is_not_null()
    own = pl.Series("entity", entities.of_account[links["source"].to_numpy()], dtype=pl.Int64)
    uses = links.with_columns(own).filter(~known).select("entity", "source", "target", "days", "first_ts")
    users = uses.group_by("target", "entity").agg(first=pl.col("first_ts").min(), days=pl.col("days").max())
    established = users.filter(pl.col("days") >= parameters.established_days)
    first = pl.col("first") == pl.col("first").min().over("target")
    owners = established.filter(first).filter(pl.len().over("target") == 1)
    ranked = users.with_columns(before=pl.col("first").rank("min").over("target") - 1)
    settled = pl.lit(uses["first_ts"].min(), INSTANT) + pl.duration(days=parameters.settling_days)
    told = (
        uses.filter(pl.col("days") >= parameters.established_days)
        .join(ranked.select("target", "entity", "before", own_first="first"), on=["target", "entity"])
        .join(owners.select("target", owner="entity", owned="first"), on="target")
        .filter(
            pl.col("own_first") > pl.col("owned"),
            pl.col("before") <= parameters.most_before,
            pl.col("own_first") >= settled,
        )
    )
    home = entities.household
    apart = pl.Series(home[told["entity"].to_numpy()] != home[told["owner"].to_numpy()], dtype=pl.Boolean)
    rows = told.filter(apart).select(account="source", resource=pl.col("target").cast(pl.Int64), owner="owner")
    return rows.unique().sort("account", "resource")
