"""Which entity uses which resource, by whose act, and how many others do.

A resource is anything two accounts can share: a device, an IP address, an outside address, or an *account* with which
both exchanged transfers (a shared funder or sweep target inside the exchange). What a known service is used for says
nothing, so its categories weigh 0; an address that some exchange assigned to one customer weighs in full.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from graph.snapshot import Snapshot
from graph.vocabulary import LinkKind, NodeKind
from models.links.entities import Entities
from models.links.transfers import assigned_addresses
from models.parameters import LinkParameters

RESOURCE_KINDS = ("device", "ip", "address", "account")
_LINKS = {
    LinkKind.USED_DEVICE: ("device", NodeKind.DEVICE, True),
    LinkKind.SEEN_AT_IP: ("ip", NodeKind.IP_ADDRESS, True),
    LinkKind.WITHDREW_TO: ("address", NodeKind.ADDRESS, True),
    LinkKind.DEPOSITED_FROM: ("address", NodeKind.ADDRESS, False),
}


def resource_uses(
    snapshot: Snapshot, entities: Entities, transfers: pl.DataFrame, parameters: LinkParameters
) -> pl.DataFrame:
    """One row per entity and resource that at least two and at most `most_users` entities use.

    `transfers`: of `models.links.transfers`.

    Answers `entity`, `kind` (of `RESOURCE_KINDS`), `resource` (node index within its kind), `degree` (entities that use
    it), `weight` (0..1: category times repetition), `own` (an act of the entity's own is among the events). Sorted by
    kind, resource, entity.
    """
    uses = pl.concat([*_of_resources(snapshot, entities, parameters), _of_accounts(transfers)])
    merged = uses.group_by("entity", "kind", "resource").agg(
        pl.col("weight").max(),
        pl.col("own").any(),
        # others' acts add nothing to how often one did it oneself
        pl.coalesce(pl.col("days").filter(pl.col("own")).max(), pl.col("days").max()).alias("days"),
    )
    counted = merged.with_columns(degree=pl.len().over("kind", "resource").cast(pl.Int64))
    most = pl.col("kind").replace_strict(dict(parameters.most_users), return_dtype=pl.Int64)
    # an undated link says nothing of repetition, so it is neither favoured nor punished
    repeated = pl.when(pl.col("days") > 0).then(1 - 0.5 ** pl.col("days")).otherwise(1.0)
    return (
        counted.filter((pl.col("degree") > 1) & (pl.col("degree") <= most) & (pl.col("weight") > 0))
        .with_columns(weight=pl.col("weight") * repeated)
        .drop("days")
        .sort("kind", "resource", "entity")
    )


def _of_resources(snapshot: Snapshot, entities: Entities, parameters: LinkParameters) -> list[pl.DataFrame]:
    assigned = assigned_addresses(snapshot).select(resource=pl.col("address").cast(pl.Int64))
    frames = []
    for link, (kind, node, own) in _LINKS.items():
        rows = snapshot.links[link]
        weights = category_weights(snapshot.nodes[node], parameters, kind)
        frame = rows.select(
            pl.Series("entity", entities.of_account[rows["source"].to_numpy()], dtype=pl.Int64),
            pl.lit(kind).alias("kind"),
            pl.col("target").cast(pl.Int64).alias("resource"),
            pl.Series("weight", weights[rows["target"].to_numpy()], dtype=pl.Float64),
            pl.lit(own).alias("own"),
            "days",
        )
        if node is NodeKind.ADDRESS:
            frame = frame.join(assigned, on="resource", how="anti")
        frames.append(frame)
    return frames


def category_weights(
    nodes: pl.DataFrame, parameters: LinkParameters, kind: str
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Weight of each resource by its known-service category: full for none, 0 for a service that serves everybody."""
    base = dict(parameters.kind_weight)[kind]
    known = dict(parameters.category_weight)
    weights = nodes.select(
        pl.when(pl.col("category").is_null())
        .then(1.0)
        .otherwise(pl.col("category").replace_strict(known, default=0.0, return_dtype=pl.Float64))
        .alias("weight")
    )["weight"]
    return np.asarray(weights.to_numpy() * base, dtype=np.float64)


def _of_accounts(transfers: pl.DataFrame) -> pl.DataFrame:
    """An entity with which others exchanged transfers, seen as a resource of theirs."""
    sent = transfers.select(entity="sender", resource="receiver", own=pl.lit(value=True), days="days")
    got = transfers.select(entity="receiver", resource="sender", own=pl.lit(value=False), days="days")
    return pl.concat([sent, got]).select(
        "entity", pl.lit("account").alias("kind"), "resource", pl.lit(1.0).alias("weight"), "own", "days"
    )
