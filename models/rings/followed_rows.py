"""Evidence of following: members that began to place orders right after others of their ring, day after day."""

from __future__ import annotations

import polars as pl

from models.legs import LEAST_LINK_DAYS, Leg
from models.parameters import CoordinationParameters
from models.rings.evidence import EVENT_IDS_PER_ROW, SIGNIFICANT_DIGITS, rows_of_own_acts

FOLLOWED_KIND = "followed_members"


def followed_rows(
    people: pl.DataFrame, hits: pl.DataFrame, values: pl.DataFrame, parameters: CoordinationParameters
) -> pl.DataFrame:
    """`tables.EVIDENCE`, one row for each of `people` (`ring_id`, `group`, `account_id`) who followed others of their
    ring on `LEAST_LINK_DAYS` days, with an e-value of `least_e_value`.

    `hits`, `values`: `HITS` and `E_VALUES` of `models.coordination.following`. The account is the author: a row says
    when its own orders came. From `leg_e_value` on it is a coordination leg. `p_value`: by Markov one over the e-value,
    if the upper band of its habits holds.
    """
    key = ["group", "account_id"]
    won = values.filter(pl.col("e_value") >= parameters.least_e_value)
    rows = hits.join(won, on=key, how="semi").sort("ts", "order_id").group_by(key, maintain_order=True).agg(
        others=pl.col("leader").n_unique(),
        count=pl.len(),
        days=pl.col("ts").dt.date().n_unique(),
        symbols=pl.col("symbol").unique().sort(),
        first_ts=pl.col("ts").min(),
        last_ts=pl.col("ts").max(),
        event_ids=pl.col("order_id").unique(maintain_order=True).head(EVENT_IDS_PER_ROW),
    )  # fmt: skip
    rows = rows.filter(pl.col("days") >= LEAST_LINK_DAYS).join(won, on=key)
    rows = rows.join(people.select("ring_id", *key), on=key)
    rows = rows.with_columns(
        evidence_id=pl.format("{}-{}-followed", "ring_id", "account_id"),
        kind=pl.lit(FOLLOWED_KIND),
        leg=pl.when(pl.col("e_value") >= parameters.leg_e_value).then(pl.lit(Leg.COORDINATION.value)),
        p_value=(1 / pl.col("e_value")).round_sig_figs(SIGNIFICANT_DIGITS),
        sentence=_sentence(),
    )
    return rows_of_own_acts(rows)


def _sentence() -> pl.Expr:
    others = pl.col("others")
    return pl.format(
        "{} began to place orders right after {} other {} of the ring did in the same market, {} times on {} days, "
        "where its own habits would make {} times likely at most.",
        "account_id", others, pl.when(others == 1).then(pl.lit("member")).otherwise(pl.lit("members")), "count", "days",
        pl.col("expected").round(1),
    )  # fmt: skip
