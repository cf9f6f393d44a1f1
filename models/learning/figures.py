"""How well scores tell members apart, with intervals that know that members of one ring are not independent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

REDRAWS = 400
CONFIDENCE = 0.95
RATES = (1e-3, 1e-4)
Scores = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Interval:
    """A figure with its bootstrap interval at `CONFIDENCE`, redrawing rings and other accounts whole."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Figures:
    """`area`: under the precision-recall curve, as average precision. `recall`: by false-positive rate, of positives
    above all others but that share."""

    positives: int
    others: int
    area: Interval
    recall: dict[float, Interval]

    def as_dict(self) -> dict[str, object]:
        told = {f"{rate:g}": asdict(interval) for rate, interval in self.recall.items()}
        return {"positives": self.positives, "others": self.others, "auprc": asdict(self.area), "recall_at_fpr": told}


def average_precision(positive: Marks, scores: Scores, weight: Scores | None = None) -> float:
    """Mean precision at the positives, equal scores taken together (as scikit-learn's `average_precision_score`)."""
    weight = np.ones(len(scores)) if weight is None else weight
    order = np.argsort(-scores, kind="stable")
    ordered, good = scores[order], np.where(positive[order], weight[order], 0.0)
    last = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True]) if len(ordered) else np.zeros(0, dtype=int)
    hits, told = np.cumsum(good)[last], np.cumsum(weight[order])[last]
    gained = np.diff(np.r_[0.0, hits])
    return float((gained * hits / np.maximum(told, 1e-12)).sum() / hits[-1]) if len(last) and hits[-1] else 0.0


def bar_at(others: Scores, rate: float) -> float:
    """The score that a share `rate` of `others`, rounded down, exceeds; who is above it is told. Infinite where there
    are fewer than 1 / `rate` others: then nobody can say."""
    if len(others) * rate < 1:
        return float("inf")
    return float(np.sort(others)[::-1][int(rate * len(others))])


def figures(positive: Marks, scores: Scores, group: pl.Series, seed: int = 0) -> Figures:
    """`group`: the ring of each account, or its id; redrawn whole. At a rate too small for the number of others the
    bar is their highest score."""
    value = _measured(positive, scores, np.ones(len(scores)))
    area, *recalls = _intervals(value, _redrawn(positive, scores, group, seed))
    return Figures(int(positive.sum()), int((~positive).sum()), area, dict(zip(RATES, recalls, strict=True)))


def lift(positive: Marks, scores: Scores, before: Scores, group: pl.Series, seed: int = 0) -> Figures:
    """What `scores` add to `before`, as differences of the figures of the same accounts, redrawn together."""
    whole = np.ones(len(scores))
    value = np.subtract(_measured(positive, scores, whole), _measured(positive, before, whole))
    spread = _redrawn(positive, scores, group, seed) - _redrawn(positive, before, group, seed)
    area, *recalls = _intervals(value, spread)
    return Figures(int(positive.sum()), int((~positive).sum()), area, dict(zip(RATES, recalls, strict=True)))


def _redrawn(positive: Marks, scores: Scores, group: pl.Series, seed: int) -> Scores:
    """Shape (`REDRAWS`, 1 + rates)."""
    _, code = np.unique(group.to_numpy(), return_inverse=True)
    many = int(code.max()) + 1
    drawn = np.random.default_rng(seed)
    draws = (np.bincount(drawn.integers(0, many, many), minlength=many)[code] for _ in range(REDRAWS))
    return np.array([_measured(positive, scores, each.astype(np.float64)) for each in draws])


def _intervals(value: Sequence[float] | Scores, spread: Scores) -> list[Interval]:
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(spread, [tail, 100 - tail], axis=0)
    return [Interval(*(round(float(each), 4) for each in trio)) for trio in zip(value, low, high, strict=True)]


def _measured(positive: Marks, scores: Scores, weight: Scores) -> list[float]:
    good, others = weight[positive].sum(), weight[~positive]
    order = np.argsort(-scores[~positive], kind="stable")
    above = np.cumsum(others[order])
    recalls = []
    for rate in RATES:
        place = int(np.searchsorted(above, int(rate * others.sum()), side="right"))
        bar = scores[~positive][order][place] if place < len(order) else -np.inf
        recalls.append(float(weight[positive & (scores > bar)].sum() / max(good, 1e-12)))
    return [average_precision(positive, scores, weight), *recalls]
