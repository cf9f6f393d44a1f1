"""Evidence that a member acted right after other members: a nomination."""

from __future__ import annotations

import polars as pl

from models.coordination.following import followers
from models.parameters import CoordinationParameters
from models.rings.evidence import EVENT_IDS_PER_ROW, rows_of_own_acts

FOLLOWED_KIND = "followed_members"


def followed_rows(
    people: pl.DataFrame, alike: pl.DataFrame, placed: pl.DataFrame, parameters: CoordinationParameters
) -> pl.DataFrame:
    """`tables.EVIDENCE`, one row for each of `people` (`ring_id`, `group`, `entity`, `account_id`) whose acts came
    right after others' of its part of the ring, at least `least_hits` times on `least_hit_days` days, and of an e-value
    of `least_e_value`.

    `alike`: `entity`, `group`, `part`; `placed`: `BETS` of `models.coordination.following`, by part. The account is the
    author: a row says when its own orders came. It is no leg, and gives no probability.
    """
    told = followers(placed).filter(pl.col("e_value") >= parameters.least_e_value)
    hits = placed.filter("hit").join(told.select("entity"), on="entity", how="semi").rename({"group": "part"})
    inside = hits.join(alike.select("entity", "group", "part"), on=["entity", "part"])
    inside = inside.join(
        people.select("ring_id", "group", "entity", "account_id"), on=["group", "entity", "account_id"]
    )
    rows = inside.sort("ts", "event_ids").group_by("ring_id", "account_id", maintain_order=True).agg(
        others=pl.col("leaders").explode().n_unique(),
        count=pl.len(),
        days=pl.col("ts").dt.date().n_unique(),
        symbols=pl.col("symbol").unique().sort(),
        first_ts=pl.col("ts").min(),
        last_ts=pl.col("ts").max(),
        event_ids=pl.col("event_ids").explode().unique(maintain_order=True).head(EVENT_IDS_PER_ROW),
    )  # fmt: skip
    enough = (pl.col("count") >= parameters.least_hits) & (pl.col("days") >= parameters.least_hit_days)
    rows = rows.filter(enough).with_columns(
        evidence_id=pl.format("{}-{}-followed", "ring_id", "account_id"),
        kind=pl.lit(FOLLOWED_KIND),
        sentence=_sentence(),
    )
    return rows_of_own_acts(rows)


def _sentence() -> pl.Expr:
    others = pl.col("others")
    return pl.format(
        "{} acted right after {} other {} of the ring, in the same way and market, {} times on {} days.",
        "account_id", others, pl.when(others == 1).then(pl.lit("member")).otherwise(pl.lit("members")), "count", "days",
    )  # fmt: skip
