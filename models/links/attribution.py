"""Whose a device or an outside address is, and who uses somebody else's, on days of its own.

A resource belongs to the entity that was the first to establish itself on it: the first to use it on a third day. What
counts for a user is decided by its own days and by what had happened before its first one: who had established itself,
and how few had been there. Nobody who comes later changes anything for those who were there.
"""

from __future__ import annotations

import polars as pl

from graph.snapshot import Snapshot
from graph.vocabulary import LinkKind, NodeKind, columns
from models.legs import LEAST_LINK_DAYS
from models.links.entities import Entities
from models.links.transfers import assigned_addresses
from models.links.uses import category_weights
from models.parameters import AttributionParameters, LinkParameters

BORROWED = columns(account=pl.UInt32, entity=pl.Int64, kind=pl.String, resource=pl.Int64, owner=pl.Int64)
_OWN = {LinkKind.USED_DEVICE: ("device", NodeKind.DEVICE), LinkKind.WITHDREW_TO: ("address", NodeKind.ADDRESS)}
_THERE = ("kind", "resource")


def borrowed_resources(
    snapshot: Snapshot, entities: Entities, links: LinkParameters, parameters: AttributionParameters
) -> pl.DataFrame:
    """`BORROWED`, sorted: accounts that themselves used, on `LEAST_LINK_DAYS` dated days, a device or an outside
    address (`kind`, `resource`: node index) that belonged to `owner`, an entity of another household.

    Only where the owner's third day there lies before the user's first, at most `most_before` entities had been there
    by then, nobody else's third day is the owner's (whose it is is then open), and the owner was there again between
    the user's first day and its last: what was sold or handed on is not shared. The user's own beginning must be on
    record, or nobody knows who came first: its first dated use of any such resource lies within `opening_days` of when
    its account was opened, or it had used other resources of the kind on `LEAST_LINK_DAYS` days before. What serves
    everybody by `known_services` belongs to nobody, and so does an address that the exchange assigned.
    """
    days = _days_of_use(snapshot, entities, links)
    people = days.group_by(*_THERE, "entity").agg(dates=pl.col("day").unique().sort())
    people = people.with_columns(
        first=pl.col("dates").list.first(), third=pl.col("dates").list.get(LEAST_LINK_DAYS - 1, null_on_oob=True)
    )
    owners = people.filter(pl.col("third") == pl.col("third").min().over(_THERE))
    owners = owners.filter(pl.len().over(_THERE) == 1)
    owned = owners.select(*_THERE, owner="entity", owned="third", visits="dates")
    before = pl.col("first").rank("min").over(_THERE) - 1
    users = people.with_columns(before=before).join(owned, on=_THERE).filter(
        pl.col("third").is_not_null(), pl.col("first") > pl.col("owned"), pl.col("before") <= parameters.most_before
    )  # fmt: skip
    visits = users.explode("visits").filter(
        pl.col("visits") > pl.col("first"), pl.col("visits") <= pl.col("dates").list.last()
    )
    users = users.join(visits.select(*_THERE, "entity").unique(), on=[*_THERE, "entity"], how="semi")
    users = _on_record(users, days, snapshot, parameters)
    home = entities.household
    apart = pl.Series(home[users["entity"].to_numpy()] != home[users["owner"].to_numpy()], dtype=pl.Boolean)
    own = days.group_by("account", *_THERE).agg(own_days=pl.col("day").n_unique())
    told = users.filter(apart).join(days.select("account", "entity", *_THERE).unique(), on=["entity", *_THERE])
    told = told.join(own, on=["account", *_THERE]).filter(pl.col("own_days") >= LEAST_LINK_DAYS)
    return told.select(BORROWED.names()).sort("account", *_THERE)


def _days_of_use(snapshot: Snapshot, entities: Entities, parameters: LinkParameters) -> pl.DataFrame:
    """`account`, `entity`, `kind`, `resource`, `day`: every dated day of own use of what can belong to somebody."""
    assigned = assigned_addresses(snapshot).select(pl.lit("address").alias("kind"), pl.col("address").alias("resource"))
    frames = []
    for link, (kind, node) in _OWN.items():
        rows = snapshot.links[link]
        weights = pl.Series(category_weights(snapshot.nodes[node], parameters, kind)[rows["target"].to_numpy()])
        frames.append(rows.filter(weights == 1.0).select("source", "target", "dates", kind=pl.lit(kind)))
    days = pl.concat(frames).rename({"source": "account", "target": "resource", "dates": "day"})
    days = days.join(assigned, on=["kind", "resource"], how="anti").explode("day").drop_nulls("day")
    of = pl.Series("entity", entities.of_account[days["account"].to_numpy()], dtype=pl.Int64)
    return days.with_columns(of, pl.col("resource").cast(pl.Int64)).unique(["account", *_THERE, "day"])


def _on_record(
    users: pl.DataFrame, days: pl.DataFrame, snapshot: Snapshot, parameters: AttributionParameters
) -> pl.DataFrame:
    """Those of `users` whose own beginning the records show."""
    opened = snapshot.accounts.select(opened=pl.col("opened_at").dt.epoch("d").cast(pl.Int32)).with_row_index("account")
    seen = days.group_by("account", "entity").agg(seen=pl.col("day").min()).join(opened, on="account")
    late = pl.col("seen") - pl.col("opened") > parameters.opening_days
    recent = seen.group_by("entity").agg(late=late.fill_null(value=True).any()).filter(~pl.col("late"))
    elsewhere = users.join(days.select("entity", "kind", "day", other="resource").unique(), on=["entity", "kind"])
    elsewhere = elsewhere.filter(pl.col("other") != pl.col("resource"), pl.col("day") < pl.col("first"))
    known = elsewhere.group_by("entity", *_THERE).agg(days=pl.col("day").n_unique())
    known = known.filter(pl.col("days") >= LEAST_LINK_DAYS)
    both = pl.concat(
        [users.join(recent, on="entity", how="semi"), users.join(known, on=["entity", *_THERE], how="semi")]
    )
    return both.unique(["entity", *_THERE])
