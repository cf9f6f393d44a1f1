"""A candidate beside what is live, on worlds that neither was trained on: the scorecard that a promotion needs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from graph.errors import ModelError
from models.learning.figures import Marks, Scores, figures, lift
from models.retraining.trained import bars_of
from models.scorecard.rates import Rate

LEAST_OTHERS = 1_000
"""Accounts that are not members, the fewest that say anything of one in a thousand."""
LEAST_POSITIVES = 10
LEAST_STRATUM = 100
UNREVIEWED = "unreviewed"
"""The stratum of accounts that nobody decided on: others, but no kind of innocents."""
RATE = 1e-3
LEAST_REVIEW_PRECISION = 0.9
"""An upper bound of the review precision below it is an alarm: too many that were told turn out innocent."""
SLACK = 1e-9


@dataclass(frozen=True)
class Compared:
    """One account of the worlds in each place. `group`: its ring, or itself. `stratum`: what kind of account it is.
    `candidate`, `incumbent`: scores."""

    positive: Marks
    group: pl.Series
    stratum: pl.Series
    candidate: Scores
    incumbent: Scores


@dataclass(frozen=True)
class ComparedScorecard:
    """`worse`: one sentence for each figure that is worse where it matters; empty lets a promotion pass."""

    version: str
    incumbent: str
    worlds: tuple[str, ...]
    figures: dict[str, Any]
    worse: tuple[str, ...]

    def document(self) -> bytes:
        """JSON, the same bytes for the same scorecard."""
        fields = {
            "version": self.version, "incumbent": self.incumbent, "worlds": list(self.worlds),
            "figures": self.figures, "worse": list(self.worse),
        }  # fmt: skip
        return json.dumps(fields, indent=1, sort_keys=True).encode()

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.document()).hexdigest()

    @classmethod
    def of_document(cls, document: bytes) -> ComparedScorecard:
        """Raises ModelError for anything else than `document` wrote."""
        try:
            read = json.loads(document)
            card = cls(read["version"], read["incumbent"], tuple(read["worlds"]), read["figures"], tuple(read["worse"]))
            recounted = tuple(_worse(card.figures))
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f"this is no scorecard: {error}", do="run `ringleader compare` again") from error
        if card.document() != document or card.worse != recounted:
            raise ModelError("this is no scorecard: it was altered", do="run `ringleader compare` again")
        return card


def scorecard(
    version: str, incumbent: str, worlds: Sequence[str], compared: Compared, reviewed: Rate
) -> ComparedScorecard:
    """`reviewed`: of those told and decided on, who was confirmed. Raises ModelError where the worlds are too small to
    tell."""
    others = int((~compared.positive).sum())
    if others < LEAST_OTHERS or compared.positive.sum() < LEAST_POSITIVES:
        raise ModelError(
            f"{int(compared.positive.sum())} members among {others} others are too few to compare by",
            do=f"give worlds with at least {LEAST_POSITIVES} members and {LEAST_OTHERS} others",
        )
    both = {"candidate": compared.candidate, "incumbent": compared.incumbent}
    told: dict[str, Any] = {
        name: figures(compared.positive, scores, compared.group).as_dict() for name, scores in both.items()
    }
    told["lift"] = lift(compared.positive, compared.candidate, compared.incumbent, compared.group).as_dict()
    told["worst_stratum"] = {name: worst_stratum(compared, scores) for name, scores in both.items()}
    alarm = reviewed.of > 0 and reviewed.interval[1] < LEAST_REVIEW_PRECISION
    told["review_precision"] = {**reviewed.as_dict(), "alarm": alarm}
    return ComparedScorecard(version, incumbent, tuple(worlds), told, tuple(_worse(told)))


def worst_stratum(compared: Compared, scores: Scores) -> dict[str, Any]:
    """The kind of innocents of which the largest share is above the bar of all others at `RATE`."""
    bar = bars_of(scores[~compared.positive])["review"]
    innocents = pl.DataFrame({"stratum": compared.stratum, "above": scores > (np.inf if bar is None else bar)})
    shares = (
        innocents.filter(pl.Series(~compared.positive) & (compared.stratum != UNREVIEWED))
        .group_by("stratum")
        .agg(pl.col("above").sum(), pl.len().alias("of"))
        .filter(pl.col("of") >= LEAST_STRATUM)
        .sort(pl.col("above") / pl.col("of"), "stratum", descending=[True, False])
    )
    return shares.row(0, named=True) if shares.height else {"stratum": None, "above": 0, "of": 0}


def _worse(told: dict[str, Any]) -> list[str]:
    candidate, incumbent = told["candidate"], told["incumbent"]
    pairs = {"area under precision and recall": (candidate["auprc"], incumbent["auprc"])}
    for rate, interval in sorted(candidate["recall_at_fpr"].items(), reverse=True):
        pairs[f"recall at a false-positive rate of {rate}"] = (interval, incumbent["recall_at_fpr"][rate])
    said = [
        f"{name}: {new['value']} against {old['value']}"
        for name, (new, old) in pairs.items()
        if new["value"] < old["value"] - SLACK
    ]
    new, old = told["worst_stratum"]["candidate"], told["worst_stratum"]["incumbent"]
    shares = [each["above"] / max(each["of"], 1) for each in (new, old)]
    # a handful of accounts above the bar is what the bar lets through
    allowed = max(shares[1], 10 * RATE)
    if shares[0] > allowed + SLACK:
        said.append(f"innocents of one kind above the bar ({new['stratum']}): {shares[0]:.4f}, allowed {allowed:.4f}")
    return said
