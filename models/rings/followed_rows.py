"""Evidence that a member placed its own acts right after other members': the coordination leg."""

from __future__ import annotations

import polars as pl

from models import tables
from models.legs import Leg
from models.parameters import CoordinationParameters
from models.rings.evidence import SIGNIFICANT_DIGITS

FOLLOWED_KIND = "followed_members"
EVENT_IDS_PER_ROW = 100


def followed_rows(
    people: pl.DataFrame, placed: pl.DataFrame, told: pl.DataFrame, parameters: CoordinationParameters
) -> pl.DataFrame:
    """`tables.EVIDENCE`, one row for each of `people` (`ring_id`, `entity`, `account_id`) whose acts came right after
    others' of its group at least `least_hits` times on `least_hit_days` days.

    `placed`: `BETS`, `told`: `E_VALUES` of `models.coordination.following`. The account is the author: a row says when
    its own orders came. It is a coordination leg where the account is `coordinated`; what the acts were is the
    conduct's row. `p_value`: 1 / e-value, by Markov's inequality.
    """
    hits = placed.filter("hit").join(people.select("ring_id", "entity", "account_id"), on=["entity", "account_id"])
    rows = hits.sort("ts", "event_ids").group_by("ring_id", "account_id", "entity", maintain_order=True).agg(
        others=pl.col("leaders").explode().n_unique(),
        count=pl.len(),
        days=pl.col("ts").dt.date().n_unique(),
        symbols=pl.col("symbol").unique().sort(),
        first_ts=pl.col("ts").min(),
        last_ts=pl.col("ts").max(),
        event_ids=pl.col("event_ids").explode().unique(maintain_order=True).head(EVENT_IDS_PER_ROW),
    )  # fmt: skip
    enough = (pl.col("count") >= parameters.least_hits) & (pl.col("days") >= parameters.least_hit_days)
    rows = (
        rows.filter(enough)
        .join(told, on="entity")
        .with_columns(
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
    )
    return rows.select(tables.EVIDENCE.names()).cast(dict(tables.EVIDENCE)).sort("evidence_id")  # type: ignore[arg-type]


def _sentence() -> pl.Expr:
    others = pl.col("others")
    return pl.format(
        "{} acted right after {} other {} of the ring, in the same way and market, {} times on {} days{}.",
        "account_id", others, pl.when(others == 1).then(pl.lit("member")).otherwise(pl.lit("members")), "count", "days",
        pl.when("coordinated").then(pl.lit(", oftener than chance has it")).otherwise(pl.lit("")),
    )  # fmt: skip
