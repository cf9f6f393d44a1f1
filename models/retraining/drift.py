"""Whether what a model sees tonight is still what it was trained for.

The population stability index of a number is the sum over the reference's tenths of (now - then) * ln(now / then), of
shares of accounts; by convention below 0.1 nothing has changed and above 0.25 something has (Siddiqi 2006).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from models.learning.features import NAMES
from models.learning.relations import ACCOUNT, OwnActs
from models.learning.sight import Sight
from models.scorecard.rates import Rate

TENTHS = 10
ALARM = 0.25
LEAST_SHARE = 1e-4
"""Empty bins count as this much: the index would be infinite."""
SCORE = "score"
GROWTH = 1.5
"""A statistic of the graph that is this many times what it was, or less than one of it, is an alarm."""
DRIFT = pl.Schema({"what": pl.String, "kind": pl.String, "value": pl.Float64, "alarm": pl.Boolean})


@dataclass(frozen=True)
class Reference:
    """`edges`: by number, its inner tenths in ascending order; `shares`: accounts in each bin; `graph`: statistics."""

    edges: Mapping[str, list[float]]
    shares: Mapping[str, list[float]]
    graph: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def reference_of(sight: Sight, scores: npt.NDArray[np.float64]) -> Reference:
    """Of the accounts that a model was judged on."""
    edges, shares = {}, {}
    for name, values in _numbers(sight, scores):
        inner = np.unique(np.quantile(values, np.arange(1, TENTHS) / TENTHS))
        edges[name] = [float(each) for each in inner]
        shares[name] = _shares(values, inner)
    return Reference(edges, shares, graph_statistics(sight.acts))


def drift(reference: Reference, sight: Sight, scores: npt.NDArray[np.float64]) -> pl.DataFrame:
    """`DRIFT`: the stability index of every feature and of the score, and each statistic of the graph as a ratio to
    the reference; alarms first, then by name."""
    rows = []
    for name, values in _numbers(sight, scores):
        now = np.maximum(_shares(values, np.array(reference.edges[name])), LEAST_SHARE)
        then = np.maximum(reference.shares[name], LEAST_SHARE)
        index = float(((now - then) * np.log(now / then)).sum())
        rows.append((name, "stability index", index, index > ALARM))
    for name, value in graph_statistics(sight.acts).items():
        then = reference.graph[name]
        ratio = value / then if then else (1.0 if value == 0 else np.inf)
        rows.append((name, "ratio", ratio, not 1 / GROWTH <= ratio <= GROWTH))
    return pl.DataFrame(rows, schema=DRIFT, orient="row").sort("alarm", "what", descending=[True, False])


def graph_statistics(acts: OwnActs) -> dict[str, float]:
    """Per relation: pairs an account, and the share of accounts with any."""
    accounts = max(acts.sizes[ACCOUNT], 1)
    told = {f"{each.name} per account": len(each.account) / accounts for each in acts.relations}
    reach = {f"{each.name} reach": len(np.unique(each.account)) / accounts for each in acts.relations}
    return {**told, **reach}


def review_precision(judgements: pl.DataFrame, told: pl.Series) -> Rate:
    """Of accounts that were told and decided on since, how many were confirmed. `judgements`: `labels.JUDGEMENTS`."""
    decided = judgements.filter(pl.col("account_id").is_in(told.implode()))
    return Rate(int(decided["positive"].sum()), decided.height)


def _numbers(sight: Sight, scores: npt.NDArray[np.float64]) -> list[tuple[str, npt.NDArray[np.float64]]]:
    columns = [(name, sight.features[:, place].astype(np.float64)) for place, name in enumerate(NAMES)]
    return [*columns, (SCORE, scores)]


def _shares(values: npt.NDArray[np.float64], inner: npt.NDArray[np.float64]) -> list[float]:
    counts = np.bincount(np.searchsorted(inner, values, side="right"), minlength=len(inner) + 1)
    return [float(each) for each in counts / max(len(values), 1)]
