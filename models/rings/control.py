"""The control leg: who uses a device that belongs to another member."""

from __future__ import annotations

import polars as pl


def control_legs(people: pl.DataFrame, borrowed: pl.DataFrame, disputed: pl.DataFrame) -> pl.DataFrame:
    """`group`, `account`, `resource_kind`, `resource`: uses that are a leg of `people` (`group`, `entity`, `account`,
    `account_id`).

    `borrowed`: of `models.links.attribution`; the owner must be in the same ring. `disputed`: `account_id`; whoever
    may have acted for these accounts, their sessions are no leg.
    """
    owners = people.select("group", owner="entity").unique()
    inside = people.join(disputed.select("account_id").unique(), on="account_id", how="anti").select("group", "account")
    legs = borrowed.join(inside, on="account").join(owners, on=["group", "owner"])
    return legs.select("group", "account", resource_kind=pl.lit("device"), resource="resource")
