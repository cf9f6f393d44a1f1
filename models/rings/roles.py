"""What a member does in its ring, read off the transfers between members."""

from __future__ import annotations

import polars as pl

LEAST_PARTNERS = 3
"""A member is a funder, a beneficiary or an organiser by transfers with at least this many other members."""


def member_roles(acts: pl.DataFrame) -> pl.DataFrame:
    """`group`, `entity`, `account`, `role`, `days_active`. `acts`: of `models.rings.acts`.

    funder: sends to at least `LEAST_PARTNERS` members and to more than it receives from; beneficiary: the reverse;
    organiser: both many, in equal number; linked: no act of its own among the evidence; participant: all others.
    `days_active` is the most distinct days of any one act, 0 where the records have no times.
    """
    sent = (pl.col("kind") == "sent_to_member").sum()
    received = (pl.col("kind") == "received_from_member").sum()
    counts = acts.group_by("group", "entity", "account").agg(
        sent.alias("sent"), received.alias("received"), pl.col("own").any(), pl.col("days").max().alias("days_active")
    )
    many = pl.max_horizontal("sent", "received") >= LEAST_PARTNERS
    role = (
        pl.when(~pl.col("own"))
        .then(pl.lit("linked"))
        .when(many & (pl.col("sent") > pl.col("received")))
        .then(pl.lit("funder"))
        .when(many & (pl.col("received") > pl.col("sent")))
        .then(pl.lit("beneficiary"))
        .when(many)
        .then(pl.lit("organiser"))
        .otherwise(pl.lit("participant"))
    )
    return counts.select("group", "entity", "account", role.alias("role"), "days_active").sort("group", "account")
