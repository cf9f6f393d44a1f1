"""Rates with their intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import beta

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Rate:
    """`hits` of `of`, with the Clopper-Pearson interval at `CONFIDENCE`; `value` is None when nothing was counted.

    The interval treats accounts as independent. Members of one ring are not, so it is too narrow for account figures:
    read it as the least uncertainty there is.
    """

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        return round(self.hits / self.of, 6) if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        tail = (1 - CONFIDENCE) / 2
        low = beta.ppf(tail, self.hits, self.of - self.hits + 1) if self.hits else 0.0
        high = beta.ppf(1 - tail, self.hits + 1, self.of - self.hits) if self.hits < self.of else 1.0
        return round(float(low), 6), round(float(high), 6)

    def as_dict(self) -> dict[str, object]:
        low, high = self.interval
        return {"value": self.value, "hits": self.hits, "of": self.of, "low": low, "high": high}


@dataclass(frozen=True)
class CurvePoint:
    """Flagging every account whose score is at least `score`."""

    score: float
    precision: float
    recall: dict[str, float]
    flagged: int


def curve(scored: pl.DataFrame, groups: list[str]) -> pl.DataFrame:
    """Precision and recall at every distinct score above 0, highest first.

    `scored`: `account_id`, `score` (0 = not flagged), `verdict`, `group`, one row per account with known truth.
    Answers `score`, `flagged`, `precision`, and `recall` over all positives and `recall:<group>` for each of `groups`.
    """
    positive = pl.col("verdict") == "positive"
    named = {"recall": positive, **{f"recall:{name}": positive & (pl.col("group") == name) for name in groups}}
    totals = scored.select(**{name: test.sum() for name, test in named.items()}).row(0, named=True)
    steps = (
        scored.filter(pl.col("score") > 0)
        .group_by("score")
        .agg(pl.len().alias("flagged"), positive.sum().alias("hits"), *[t.sum().alias(n) for n, t in named.items()])
        .sort("score", descending=True)
        .with_columns(pl.col("flagged", "hits", *named).cum_sum())
    )
    return steps.select(
        "score",
        "flagged",
        (pl.col("hits") / pl.col("flagged")).alias("precision"),
        *[(pl.col(name) / max(total, 1)).alias(name) for name, total in totals.items()],
    )


def recall_at_precision(points: pl.DataFrame, least: float, column: str = "recall") -> float:
    """The most recall that any threshold reaches at a precision of at least `least`; 0 when none does."""
    good = points.filter(pl.col("precision") >= least)
    return float(np.round(good[column].max() or 0.0, 6)) if good.height else 0.0  # type: ignore[arg-type]


def recall_at_false_positive_rate(scored: pl.DataFrame, most: float) -> Rate:
    """Of the detectable, who scores above 0 and higher than all innocents but a share `most` of them.

    `scored`: `score` (0 = not flagged), `verdict`, `detectable`, one row per account with known truth.
    """
    innocent = scored.filter(pl.col("verdict") != "positive")["score"].sort(descending=True)
    allowed = int(most * len(innocent))
    bar = max(float(innocent[allowed]), 0.0) if len(innocent) > allowed else 0.0
    seen = scored.filter(pl.col("verdict") == "positive", "detectable")["score"]
    return Rate(int((seen > bar).sum()), len(seen))
