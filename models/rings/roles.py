"""What a member does in its ring, read off the transfers between members."""

from __future__ import annotations

import polars as pl

LEAST_PARTNERS = 3
"""A member is a funder, a beneficiary or an organiser by transfers with at least this many other members."""


OUTFLOWS = ("sent_to_member", "sent_to_shared_account", "withdrew_to_shared_address")
"""Acts by which an account moves money on."""


def member_roles(acts: pl.DataFrame) -> pl.DataFrame:
    """`group`, `entity`, `account`, `role`, `days_active`. `acts`: of `models.rings.acts`.

    funder: sends to at least `LEAST_PARTNERS` members and to more than it receives from; beneficiary: receives from
    that many and more than it sends to, and moved money out itself, for anybody can be sent dust; organiser: both many,
    in equal number; linked: no act of its own among the evidence; participant: all others. Partners are entities.
    `days_active` is the most distinct days of any one own act, 0 where the records have no times.
    """
    partners = pl.col("resource").filter
    own = pl.col("own")
    counts = acts.group_by("group", "entity", "account").agg(
        partners(pl.col("kind") == "sent_to_member").n_unique().alias("sent"),
        partners(pl.col("kind") == "received_from_member").n_unique().alias("received"),
        own.any(),
        pl.col("kind").is_in(OUTFLOWS).any().alias("moved"),
        pl.col("days").filter(own).max().fill_null(0).alias("days_active"),
    )
    many = pl.max_horizontal("sent", "received") >= LEAST_PARTNERS
    role = (
        pl.when(~pl.col("own"))
        .then(pl.lit("linked"))
        .when(many & (pl.col("sent") > pl.col("received")))
        .then(pl.lit("funder"))
        .when(many & (pl.col("received") > pl.col("sent")) & pl.col("moved"))
        .then(pl.lit("beneficiary"))
        .when(many & (pl.col("sent") == pl.col("received")))
        .then(pl.lit("organiser"))
        .otherwise(pl.lit("participant"))
    )
    return counts.select("group", "entity", "account", role.alias("role"), "days_active").sort("group", "account")
