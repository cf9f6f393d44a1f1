"""Evidence that a member placed its own acts right after other members': the coordination leg."""

from __future__ import annotations

import polars as pl

from models import tables
from models.coordination.following import Following
from models.legs import Leg
from models.rings.evidence import SIGNIFICANT_DIGITS

FOLLOWED_KIND = "followed_members"
EVENT_IDS_PER_ROW = 100


def followed_rows(people: pl.DataFrame, timed: Following) -> pl.DataFrame:
    """`tables.EVIDENCE`, one row for each of `people` (`ring_id`, `group`, `entity`, `account_id`) whose acts followed
    those of entities of its ring to which it is tied.

    The account is the author: a row says when its own orders came. It is a coordination leg where the account is
    `coordinated`; what the acts were is the conduct's row. `p_value`: 1 / e-value, by Markov's inequality.
    """
    hits = timed.placed.filter("hit").join(timed.ties, on=["follower", "leader"], how="semi")
    inside = hits.join(
        people.select("ring_id", "group", "account_id", follower="entity"), on=["follower", "account_id"]
    )
    inside = inside.join(people.select("group", leader="entity").unique(), on=["group", "leader"])
    rows = inside.sort("ts", "event_ids").group_by("ring_id", "account_id", "follower", maintain_order=True).agg(
        others=pl.col("leader").n_unique(),
        count=pl.struct("typology", "symbol", "ts").n_unique(),
        days=pl.col("ts").dt.date().n_unique(),
        symbols=pl.col("symbol").unique().sort(),
        first_ts=pl.col("ts").min(),
        last_ts=pl.col("ts").max(),
        event_ids=pl.col("event_ids").explode().unique(maintain_order=True).head(EVENT_IDS_PER_ROW),
    )  # fmt: skip
    rows = rows.join(timed.told.rename({"entity": "follower"}), on="follower").with_columns(
        evidence_id=pl.format("{}-{}-followed", "ring_id", "account_id"),
        other_account_id=pl.lit(None, pl.String),
        author_account_id="account_id",
        kind=pl.lit(FOLLOWED_KIND),
        leg=pl.when("coordinated").then(pl.lit(Leg.COORDINATION.value)),
        resource_kind=pl.lit(None, pl.String),
        resource_id=pl.lit(None, pl.String),
        symbol=pl.when(pl.col("symbols").list.len() == 1).then(pl.col("symbols").list.first()),
        weight=pl.lit(0.0),
        p_value=(1 / pl.max_horizontal("e_value", 1.0)).round_sig_figs(SIGNIFICANT_DIGITS),
        decisive=pl.lit(value=False),
        sentence=_sentence(),
    )
    return rows.select(tables.EVIDENCE.names()).cast(dict(tables.EVIDENCE)).sort("evidence_id")  # type: ignore[arg-type]


def _sentence() -> pl.Expr:
    others = pl.col("others")
    return pl.format(
        "{} acted right after {} other {} of the ring, in the same way and market, {} times on {} days{}.",
        "account_id", others, pl.when(others == 1).then(pl.lit("member")).otherwise(pl.lit("members")), "count", "days",
        pl.when("coordinated").then(pl.lit(", oftener than chance has it")).otherwise(pl.lit("")),
    )  # fmt: skip
