"""Boosted trees over features and company (LightGBM), one thread, so that equal examples give equal trees.

Unreviewed accounts are neither members nor innocents. They enter with the chance of being an undiscovered member as
their target (Elkan & Noto 2008): of a first model that tells decided members from the rest, trained on other rings than
those it is asked about, divided by what decided members get of it. Decided innocents keep the target 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np
import numpy.typing as npt
import polars as pl

from graph.errors import ModelError
from models.learning.examples import Examples
from models.learning.features import NAMES
from models.learning.sight import Sight
from models.ranking.company import COMPANY_NAMES, company

COLUMNS: tuple[str, ...] = (*NAMES, *COMPANY_NAMES)
FOLDS = 3


@dataclass(frozen=True)
class TreeParameters:
    """`rounds`: trees at most. `patience`: trees without a better judgement, after which training ends. `leaves`,
    `least_leaf`: of a tree, and accounts in a leaf. `rate`: of learning. `ridge`: L2 penalty of leaves. `share`: of
    columns that a tree may look at."""

    rounds: int = 600
    patience: int = 60
    leaves: int = 15
    least_leaf: int = 20
    rate: float = 0.04
    ridge: float = 5.0
    share: float = 0.5
    seed: int = 0

    def given(self) -> dict[str, object]:
        """As LightGBM names them."""
        return {
            "objective": "cross_entropy", "metric": "average_precision", "num_leaves": self.leaves,
            "min_data_in_leaf": self.least_leaf, "learning_rate": self.rate, "lambda_l2": self.ridge,
            "feature_fraction": self.share, "seed": self.seed, "deterministic": True, "force_row_wise": True,
            "num_threads": 1, "verbosity": -1, "feature_pre_filter": False,
        }  # fmt: skip


def seen_by_trees(sight: Sight) -> npt.NDArray[np.float32]:
    """Shape (accounts, len(COLUMNS))."""
    return np.column_stack([sight.features, company(sight.features, sight.acts)])


@dataclass(frozen=True)
class Trees:
    """A trained model. `text`: LightGBM's own format."""

    text: str

    def scores(self, sight: Sight) -> npt.NDArray[np.float64]:
        """Chance of each account to be a member as far as training knows, shape (accounts,)."""
        booster = lightgbm.Booster(model_str=self.text)
        if tuple(booster.feature_name()) != COLUMNS:
            raise ModelError("the trees were trained on other columns", do="train again with `ringleader train`")
        return np.asarray(booster.predict(seen_by_trees(sight), num_threads=1), dtype=np.float64)

    def moved_by(self, sight: Sight, accounts: npt.NDArray[np.int64], most: int = 5) -> pl.DataFrame:
        """What moved the scores of some accounts (row numbers) most: `account`, `column`, `value`, `log_odds`, the
        strongest first; exact Shapley values of the trees (Lundberg et al. 2020)."""
        booster = lightgbm.Booster(model_str=self.text)
        rows = seen_by_trees(sight)[accounts]
        shares = np.asarray(booster.predict(rows, pred_contrib=True, num_threads=1))[:, :-1]
        order = np.argsort(-np.abs(shares), axis=1, kind="stable")[:, :most]
        flat = order.ravel()
        owner = np.repeat(np.arange(len(accounts)), order.shape[1])
        return pl.DataFrame(
            {
                "account": accounts[owner],
                "column": np.array(COLUMNS)[flat],
                "value": rows[owner, flat].astype(np.float64),
                "log_odds": shares[owner, flat],
            }
        ).filter(pl.col("log_odds") != 0)


def fit_trees(training: Sequence[Examples], validation: Sequence[Examples], parameters: TreeParameters) -> Trees:
    """Train until `validation` gets no better at telling positives from others (average precision)."""
    rows, targets, weights = _stacked(training, parameters)
    data = _dataset(rows, targets, weights)
    judged = np.concatenate([seen_by_trees(each.sight)[each.asked] for each in validation])
    positive = np.concatenate([each.positive[each.asked] for each in validation]).astype(np.float64)
    held = lightgbm.Dataset(judged, label=positive, reference=data, feature_name=list(COLUMNS))
    booster = lightgbm.train(
        parameters.given(),
        data,
        num_boost_round=parameters.rounds,
        valid_sets=[held],
        callbacks=[lightgbm.early_stopping(parameters.patience, verbose=False)],
    )
    return Trees(booster.model_to_string(num_iteration=booster.best_iteration))


def _dataset(
    rows: npt.NDArray[np.float32], targets: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
) -> lightgbm.Dataset:
    return lightgbm.Dataset(rows, label=targets, weight=weights, feature_name=list(COLUMNS))


def _stacked(
    training: Sequence[Examples], parameters: TreeParameters
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    rows = np.concatenate([seen_by_trees(each.sight)[each.asked] for each in training])
    aims = [(soft_targets(each, parameters), each.asked) for each in training]
    targets = np.concatenate([each[0][asked] for each, asked in aims])
    return rows, targets, np.concatenate([each[1][asked] for each, asked in aims])


def soft_targets(
    examples: Examples, parameters: TreeParameters
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(targets 0..1, weights), shape (accounts,): of decided accounts what was decided, weighed by its strength; of
    undecided ones the chance of being an undiscovered member, weighed 1; weight 0 for who is not asked."""
    targets = examples.positive.astype(np.float64)
    undecided = examples.undecided
    if not undecided.any():
        return targets, examples.strength
    chance = _undiscovered(examples, parameters)
    return np.where(undecided, chance, targets), np.where(undecided, 1.0, examples.strength)


def _undiscovered(examples: Examples, parameters: TreeParameters) -> npt.NDArray[np.float64]:
    rows = seen_by_trees(examples.sight)
    asked = examples.positive | examples.undecided
    _, code = np.unique(examples.group.to_numpy(), return_inverse=True)
    fold = np.random.default_rng(parameters.seed).permutation(code.max() + 1)[code] % FOLDS
    first = np.zeros(len(rows))
    for number in range(FOLDS):
        kept = asked & (fold != number)
        data = _dataset(rows[kept], examples.positive[kept].astype(np.float64), np.ones(int(kept.sum())))
        booster = lightgbm.train(parameters.given(), data, num_boost_round=60)
        first[fold == number] = np.asarray(booster.predict(rows[fold == number], num_threads=1))
    found = float(np.clip(first[examples.positive].mean() if examples.positive.any() else 1.0, 1e-3, 1 - 1e-3))
    first = np.clip(first, 1e-9, 1 - 1e-9)
    return np.clip((1 - found) / found * first / (1 - first), 0.0, 1.0)
