"""Which tier the legs would give, had the threshold been certified: a provisional answer, for studies and nobody else.

Until a certificate of the false-positive rate exists every published tier is `watch`. What stands above it here was
decided by an account's own days of manipulative conduct and its own second leg: no score of a ring is in it, and
nothing that arrives from others. What others did counts only as what its own sessions and orders came after.
"""

from __future__ import annotations

import polars as pl

from models import tables
from models.legs import LEAST_CONDUCT_DAYS, Leg, legs_of, two_legs
from models.parameters import TierParameters


def provisional_tiers(
    members: pl.DataFrame,
    individuals: pl.DataFrame,
    evidence: pl.DataFrame,
    own: pl.DataFrame,
    parameters: TierParameters,
) -> pl.DataFrame:
    """`tables.PROVISIONAL` of all members and individuals, sorted. `own`: `tables.CONDUCT`.

    a = 1 - 2^(-days / `LEAST_CONDUCT_DAYS`), of the most days of any typology that is a conduct leg. A member with
    conduct and another leg is at `review` from `review` on; at `freeze` from `freeze` on, if control is among its legs,
    for what is common in time may have a common cause that nobody recorded; who acts alone is at
    `review` from `alone` on.
    """
    told = evidence.filter(pl.col("leg") == Leg.CONDUCT.value).select("ring_id", "account_id", typology="kind")
    days = told.join(own, on=["account_id", "typology"]).group_by("ring_id", "account_id").agg(pl.col("days").max())
    both = pl.concat([members, individuals], how="diagonal").select("ring_id", "account_id", "role")
    shown = legs_of(evidence.filter(pl.col("author_account_id") == pl.col("account_id")))
    key = ["ring_id", "account_id"]
    judged = both.join(shown, on=key, how="left", nulls_equal=True).join(days, on=key, how="left", nulls_equal=True)
    surely = 1 - 0.5 ** (pl.col("days").fill_null(0) / LEAST_CONDUCT_DAYS)
    in_ring = pl.col("ring_id").is_not_null()
    tier = (
        pl.when(in_ring & two_legs() & pl.col("legs").list.contains(Leg.CONTROL.value) & (surely >= parameters.freeze))
        .then(pl.lit("freeze"))
        .when(in_ring & two_legs() & (surely >= parameters.review))
        .then(pl.lit("review"))
        .when(~in_ring & (surely >= parameters.alone))
        .then(pl.lit("review"))
        .otherwise(pl.lit("watch"))
    )
    return judged.with_columns(tier=tier).select(tables.PROVISIONAL.names()).cast(dict(tables.PROVISIONAL)).sort(*key)  # type: ignore[arg-type]
