"""Whose device it is, and who uses somebody else's, on days of its own.

A device belongs to the entity that was the first to establish itself on it: the first to use it on a third day. What
counts for a user is decided by its own days and by what had happened before each: who had established itself, how few
had been there, and whether the device had been back with its owner since. Nobody who comes later changes anything for
those who were there. Addresses belong to nobody: anybody can pay to one.
"""

from __future__ import annotations

import polars as pl

from graph.snapshot import Snapshot
from graph.vocabulary import LinkKind, NodeKind, columns
from models.legs import LEAST_LINK_DAYS
from models.links.entities import Entities
from models.parameters import AttributionParameters

BORROWED = columns(account=pl.UInt32, entity=pl.Int64, resource=pl.Int64, owner=pl.Int64, days=pl.Int64)
_DAY_US = 86_400_000_000


def borrowed_devices(
    snapshot: Snapshot, entities: Entities, disputed: pl.DataFrame, parameters: AttributionParameters
) -> pl.DataFrame:
    """`BORROWED`, sorted: accounts that used a device (`resource`, its node index) of `owner`, an entity of another
    household, and on how many `days` of their own it had come back from the owner, `LEAST_LINK_DAYS` at least.

    A day counts on which an account uses the device when the owner had been there on a day between it and the account's
    last day there: what was sold or handed on is not shared. Only where the owner's third day lies before the account's
    first, at most `most_before` entities had been there by then, and no two had their third day first. The account's
    own beginning must be on record, or nobody knows who came first: its first session lies within `opening_days` of
    when it was opened, or it had used other devices on `LEAST_LINK_DAYS` days, the first of them `settling_days`
    before. Days on which it is disputed who acted (`models.conduct.authorship`) count for nobody. Known services belong
    to nobody.
    """
    days = _days_of_use(snapshot, entities)
    days = days.join(_disputed(days, snapshot, disputed), on=["account", "day"], how="anti")
    users = _borrowers(days, parameters)
    mine = days.join(users, on=["entity", "resource"])
    back = days.select("resource", owner="entity", back="day").unique().sort("back")
    mine = mine.sort("day").join_asof(
        back,
        left_on="day",
        right_on="back",
        by=["resource", "owner"],
        check_sortedness=False,
        allow_exact_matches=False,
    )
    earlier = pl.col("day").shift(1).over("account", "resource", order_by="day")
    told = mine.filter(pl.col("back") > earlier).group_by("account", "entity", "resource", "owner").agg(
        days=pl.col("day").n_unique().cast(pl.Int64)
    )  # fmt: skip
    told = _on_record(told, days, users, snapshot, parameters).filter(pl.col("days") >= LEAST_LINK_DAYS)
    home = entities.household
    apart = pl.Series(home[told["entity"].to_numpy()] != home[told["owner"].to_numpy()], dtype=pl.Boolean)
    return told.filter(apart).select(BORROWED.names()).sort("account", "resource")


def _days_of_use(snapshot: Snapshot, entities: Entities) -> pl.DataFrame:
    """`account`, `entity`, `resource`, `day`: every dated day on which an account used an undeclared device."""
    links = snapshot.links[LinkKind.USED_DEVICE]
    known = snapshot.nodes[NodeKind.DEVICE]["category"].gather(links["target"]).is_not_null()
    days = (
        links.filter(~known).select(account="source", resource="target", day="dates").explode("day").drop_nulls("day")
    )
    of = pl.Series("entity", entities.of_account[days["account"].to_numpy()], dtype=pl.Int64)
    return days.with_columns(of, pl.col("resource").cast(pl.Int64)).unique(["account", "resource", "day"])


def _borrowers(days: pl.DataFrame, parameters: AttributionParameters) -> pl.DataFrame:
    """`entity`, `resource`, `owner`, `first`: who came to a device, on its `first` day, when it was `owner`'s and few
    had been there."""
    of_each = days.group_by("resource", "entity").agg(dates=pl.col("day").unique().sort())
    people = of_each.select(
        "resource", "entity", first=pl.col("dates").list.first(),
        third=pl.col("dates").list.get(LEAST_LINK_DAYS - 1, null_on_oob=True),
    )  # fmt: skip
    owners = people.filter(pl.col("third") == pl.col("third").min().over("resource"))
    owners = owners.filter(pl.len().over("resource") == 1).select("resource", owner="entity", owned="third")
    others = pl.col("first").rank("max").over("resource") - 1
    there = people.with_columns(others=others).join(owners, on="resource")
    few = pl.col("others") <= parameters.most_before
    return there.filter(pl.col("first") > pl.col("owned"), few).select("entity", "resource", "owner", "first")


def _disputed(days: pl.DataFrame, snapshot: Snapshot, disputed: pl.DataFrame) -> pl.DataFrame:
    """`account`, `day` of the days of use on which it is disputed who acted; a day counts whole."""
    index = snapshot.accounts.select(account_id="id").with_row_index("account")
    spans = disputed.join(index, on="account_id").select("account", "since_us", "until_us")
    within = days.select("account", "day").unique().join(spans, on="account")
    began = pl.col("day").cast(pl.Int64) * _DAY_US
    inside = (began + _DAY_US > pl.col("since_us")) & (began < pl.col("until_us"))
    return within.filter(inside).select("account", "day").unique()


def _on_record(
    told: pl.DataFrame, days: pl.DataFrame, users: pl.DataFrame, snapshot: Snapshot, parameters: AttributionParameters
) -> pl.DataFrame:
    """Those of `told` whose own beginning the records show."""
    opened = snapshot.accounts.select(opened=pl.col("opened_at").dt.epoch("d").cast(pl.Int32)).with_row_index("account")
    seen = days.group_by("account", "entity").agg(seen=pl.col("day").min()).join(opened, on="account")
    late = pl.col("seen") - pl.col("opened") > parameters.opening_days
    recent = seen.group_by("entity").agg(late=late.fill_null(value=True).any()).filter(~pl.col("late"))
    elsewhere = users.join(days.select("entity", "day", other="resource").unique(), on="entity")
    elsewhere = elsewhere.filter(pl.col("other") != pl.col("resource"), pl.col("day") < pl.col("first"))
    known = elsewhere.group_by("entity", "resource").agg(
        days=pl.col("day").n_unique(), since=(pl.col("first") - pl.col("day")).max()
    )
    known = known.filter(pl.col("days") >= LEAST_LINK_DAYS, pl.col("since") >= parameters.settling_days)
    by_opening = told.join(recent, on="entity", how="semi")
    by_use = told.join(known, on=["entity", "resource"], how="semi")
    return pl.concat([by_opening, by_use]).unique(["account", "resource"])
