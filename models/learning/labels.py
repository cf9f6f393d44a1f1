"""What was decided about accounts, how surely, by whom and when: what models learn from, and nothing that they look at.

A positive is an account that somebody decided on; one that nobody reviewed never is. Cleared and overturned accounts
looked guilty enough to be looked at, so they are the hard negatives. `not_flagged`, and no row at all, mean that nobody
decided: never a negative. Innocents of a simulated world are negatives by construction, which `basis` says.
"""

from __future__ import annotations

import polars as pl

from graph.vocabulary import INSTANT, columns
from models.scorecard.truth import latest_decisions

DECIDED, CONSTRUCTED = "decided", "constructed"
JUDGEMENTS = columns(
    account_id=pl.String,
    positive=pl.Boolean,
    strength=pl.Float64,
    ring=pl.String,
    group=pl.String,
    basis=pl.String,
    source=pl.String,
    decided_at=INSTANT,
)
"""One row per account that was decided on. `strength`: weight in training, 0..1. `ring`: the label's ring, null where
none is named. `group`: kind of label or stratum. `basis`: `DECIDED` or `CONSTRUCTED`."""
APPEAL = "appeal"
"""A `source` of labels: upheld by, or overturned on, appeal."""
_STRENGTH = {"confirmed": 0.9, "self_reported": 0.8, "cleared": 0.9, "overturned": 1.0}
"""Choices: whoever looked twice was surer. A confirmation upheld on appeal counts 1."""


def judgements_of_labels(labels: pl.DataFrame) -> pl.DataFrame:
    """`JUDGEMENTS` from a labels table of the contract, sorted by account; of several decisions the latest counts, and
    accounts whose latest is `not_flagged` are left out."""
    latest = latest_decisions(labels).filter(pl.col("verdict") != "negative")
    strength = pl.col("outcome").replace_strict(_STRENGTH, return_dtype=pl.Float64)
    return latest.select(
        "account_id",
        positive=pl.col("verdict") == "positive",
        strength=pl.when(pl.col("source").eq_missing(APPEAL)).then(1.0).otherwise(strength),
        ring="ring_label",
        group=pl.coalesce("kind", "typology", "outcome"),
        basis=pl.lit(DECIDED),
        source="source",
        decided_at="decided_at",
    ).sort("account_id")


def judgements_of_world(members: pl.DataFrame) -> pl.DataFrame:
    """`JUDGEMENTS` from `truth_members` of a simulated world; rows with `known` false are left out."""
    return (
        members.filter(pl.col("known").fill_null(value=True))
        .select(
            "account_id",
            positive=pl.col("ring").is_not_null(),
            strength=pl.lit(1.0),
            ring="ring",
            group=pl.coalesce("typology", "stratum"),
            basis=pl.lit(CONSTRUCTED),
            source=pl.lit("simulated"),
            decided_at=pl.lit(None, INSTANT),
        )
        .sort("account_id")
    )
