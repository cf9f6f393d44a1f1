"""Learned scores of who is told: they rank, and say what tier they would allow; no leg and no evidence rests on them.

A score is looked at for members and individuals alone, each of whom has evidence: no account is told for its score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from graph.vocabulary import columns
from models.detection import Detection
from models.tables import TIERS

LEARNED = columns(
    alias=pl.String,
    version=pl.String,
    ring_id=pl.String,
    account_id=pl.String,
    score=pl.Float64,
    tier=pl.String,
    because=pl.List(pl.String),
)
"""`alias`: champion or challenger. `tier`: the milder of what the legs would give (`models.tiers`) and what the score
allows; never published as a tier. `because`: what moved the score most, as "what +log-odds", the strongest first."""
SIGNIFICANT_DIGITS = 9
CHANGED = columns(ring_id=pl.String, account_id=pl.String, champion=pl.String, challenger=pl.String)


def ranked(found: Detection, scores: pl.DataFrame) -> Detection:
    """The same detection with members and individuals scored by a model, and rings by the mean of their members.
    `scores`: `account_id`, `score`, of all accounts."""
    members, individuals = (_scored(table, scores) for table in (found.members, found.individuals))
    of_rings = members.group_by("ring_id").agg(pl.col("score").mean())
    rings = found.rings.drop("score").join(of_rings, on="ring_id", how="left", maintain_order="left")
    rings = rings.with_columns(pl.col("score").round_sig_figs(SIGNIFICANT_DIGITS)).select(found.rings.columns)
    return replace(found, rings=rings, members=members, individuals=individuals)


def _scored(table: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    told = table.drop("score").join(scores, on="account_id", how="left", maintain_order="left")
    return told.select(table.columns)


@dataclass(frozen=True)
class Answer:
    """What one model says. `scores`: `account_id`, `score`, of all accounts; `because`: `account_id`, `because`, of who
    is told; `bars`: by tier, the score from which it is allowed, None where nobody can say."""

    alias: str
    version: str
    scores: pl.DataFrame
    because: pl.DataFrame
    bars: Mapping[str, float | None]


def told_accounts(found: Detection) -> pl.Series:
    """Ids of members and individuals, sorted."""
    return pl.concat([found.members["account_id"], found.individuals["account_id"]]).unique().sort()


def learned_table(found: Detection, answer: Answer) -> pl.DataFrame:
    """`LEARNED` of who is told, sorted. A tier without a bar is not allowed to anybody."""
    told = found.provisional.join(answer.scores, on="account_id", how="left", maintain_order="left")
    told = told.join(answer.because, on="account_id", how="left", maintain_order="left")
    allowed = pl.lit(0)
    for rank, tier in enumerate(TIERS):
        bar = answer.bars.get(tier)
        if bar is not None:
            allowed = pl.when(pl.col("score") > bar).then(rank).otherwise(allowed)
    by_legs = pl.col("tier").replace_strict({tier: rank for rank, tier in enumerate(TIERS)}, return_dtype=pl.Int32)
    names = dict(enumerate(TIERS))
    table = told.with_columns(
        alias=pl.lit(answer.alias),
        version=pl.lit(answer.version),
        because=pl.col("because").fill_null([]),
        tier=pl.min_horizontal(allowed.cast(pl.Int32), by_legs).replace_strict(names, return_dtype=pl.String),
    )
    return table.select(LEARNED.names()).sort("alias", "ring_id", "account_id", nulls_last=True)


def would_change(learned: pl.DataFrame) -> pl.DataFrame:
    """`CHANGED`: whose tier the challenger would allow otherwise than the champion. `learned`: `LEARNED` of both."""
    key = ["ring_id", "account_id"]
    champion, challenger = (
        learned.filter(pl.col("alias") == each).select(*key, pl.col("tier").alias(each))
        for each in ("champion", "challenger")
    )
    both = champion.join(challenger, on=key, how="inner", nulls_equal=True)
    return both.filter(pl.col("champion") != pl.col("challenger")).select(CHANGED.names()).sort(key, nulls_last=True)
