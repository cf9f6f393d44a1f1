"""What is known about accounts, in one shape, wherever it comes from.

`TRUTH`: one row per account about which something is known. `verdict`: `positive` (a member by decision or by
construction), `cleared` (looked at and kept), `negative` (innocent by construction, or merely not flagged, which
`basis` then says). `ring` is null where the source does not say which ring. `group` is the label's kind or the
stratum of a simulated world.
"""

from __future__ import annotations

import polars as pl

from graph.vocabulary import columns

TRUTH = columns(account_id=pl.String, verdict=pl.String, ring=pl.String, group=pl.String, detectable=pl.Boolean)

_VERDICT_OF_OUTCOME = {
    "confirmed": "positive",
    "self_reported": "positive",
    "cleared": "cleared",
    "overturned": "cleared",
    "not_flagged": "negative",
}


def truth_of_labels(labels: pl.DataFrame) -> pl.DataFrame:
    """`labels` as in the contract. An account without a row stays unknown: it is never a negative."""
    return (
        latest_decisions(labels)
        .select(
            "account_id",
            "verdict",
            pl.col("ring_label").alias("ring"),
            pl.coalesce("kind", "typology", "outcome").alias("group"),
            (pl.col("verdict") == "positive").alias("detectable"),
        )
        .sort("account_id")
    )


def latest_decisions(labels: pl.DataFrame) -> pl.DataFrame:
    """The rows of `labels` that count, one an account, with their `verdict`. Of several decisions on one account the
    latest counts, undated ones first; between equals the milder, then the one of the rarer kind, which says more."""
    mildness = {"positive": 0, "negative": 1, "cleared": 2}
    judged = labels.with_columns(verdict=pl.col("outcome").replace_strict(_VERDICT_OF_OUTCOME, return_dtype=pl.String))
    return judged.sort(
        "account_id",
        "decided_at",
        pl.col("verdict").replace_strict(mildness, return_dtype=pl.Int8),
        -pl.len().over("kind").cast(pl.Int64),
        "ring_label",
        "kind",
        "outcome",
        "typology",
        "source",
        nulls_last=False,
    ).unique("account_id", keep="last", maintain_order=True)


def truth_of_world(members: pl.DataFrame) -> pl.DataFrame:
    """`truth_members` of a simulated world; rows with `known` false are left out."""
    return (
        members.filter(pl.col("known").fill_null(value=True))
        .select(
            "account_id",
            pl.when(pl.col("ring").is_null()).then(pl.lit("negative")).otherwise(pl.lit("positive")).alias("verdict"),
            "ring",
            pl.col("stratum").alias("group"),
            pl.col("detectable").fill_null(value=False),
        )
        .sort("account_id")
    )
