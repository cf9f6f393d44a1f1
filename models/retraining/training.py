"""One training: a split in, a model with its figures out; nothing is chosen on what it is reported on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import polars as pl

from graph.errors import SettingsError
from graph.progress import Progress, silent
from models.learning.examples import Examples
from models.learning.figures import Figures, figures
from models.ranking.boosting import TreeParameters, Trees, fit_trees, soft_targets
from models.retraining.drift import Reference, reference_of
from models.retraining.splitting import Split
from models.retraining.trained import KINDS, Trained, bars_of, network_class


@dataclass(frozen=True)
class NetworkParameters:
    """Of `models.gnn.encoder.Shape` and `models.gnn.training.Schedule`, of which see the fields."""

    width: int = 32
    layers: int = 3
    dropout: float = 0.3
    epochs: int = 200
    patience: int = 40
    every: int = 5
    rate: float = 3e-3
    decay: float = 0.0


@dataclass(frozen=True)
class TrainingParameters:
    """`kind`: of `models.retraining.trained.KINDS`."""

    kind: str = "both"
    seed: int = 0
    trees: TreeParameters = field(default_factory=TreeParameters)
    network: NetworkParameters = field(default_factory=NetworkParameters)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SettingsError(f"'{self.kind}' is no kind of model", do=f"name one of {', '.join(KINDS)}")


@dataclass(frozen=True)
class Training:
    """`figures`: on the validation part, by which training was stopped, so they flatter. `reference`: what features
    and scores looked like there, for drift."""

    model: Trained
    figures: Figures
    reference: Reference


def train_model(split: Split, parameters: TrainingParameters, progress: Progress = silent) -> Training:
    """Equal splits and parameters give equal trees; networks, on one machine with one number of threads."""
    trees, network, record = None, None, {"split": split.how, "seed": parameters.seed}
    if parameters.kind in {"trees", "both"}:
        progress("trees", 0, None)
        trees = fit_trees(split.training, split.validation, parameters.trees)
        record["trees"] = asdict(parameters.trees)
    if parameters.kind in {"gnn", "both"}:
        network, chosen = _fitted(split, parameters, progress)
        record["network"] = {**asdict(parameters.network), **chosen}
    unbarred = Trained(parameters.kind, trees, network, {}, record)
    positive, scores, group = judged(unbarred, split.validation)
    model = Trained(parameters.kind, trees, network, bars_of(scores[~positive]), record)
    last = split.validation[-1].sight
    return Training(model, figures(positive, scores, group), reference_of(last, model.scores(last)))


def _fitted(split: Split, parameters: TrainingParameters, progress: Progress) -> tuple[Any, dict[str, Any]]:
    network_class()
    from models.gnn.network import fit_network, shape_of
    from models.gnn.training import Schedule

    chosen = parameters.network
    aims = [(each, *soft_targets(each, parameters.trees)) for each in split.training]
    shape = shape_of(width=chosen.width, layers=chosen.layers, dropout=chosen.dropout)
    schedule = Schedule(chosen.epochs, chosen.patience, chosen.every, chosen.rate, chosen.decay, parameters.seed)
    network, fitted = fit_network(aims, split.validation, shape, schedule, progress)
    return network, {"best_epoch": fitted.epoch, "validation_auprc": round(fitted.value, 4)}


def judged(
    model: Trained | Trees, exchanges: Sequence[Examples]
) -> tuple[np.ndarray[Any, np.dtype[np.bool_]], np.ndarray[Any, np.dtype[np.float64]], pl.Series]:
    """(positive, score, group) of all accounts of the exchanges that are asked, one after another; groups of two
    exchanges are never the same."""
    scores = np.concatenate([model.scores(each.sight)[each.asked] for each in exchanges])
    positive = np.concatenate([each.positive[each.asked] for each in exchanges])
    groups = [
        each.group.filter(pl.Series(each.asked)).str.replace("^", f"{number}:") for number, each in enumerate(exchanges)
    ]
    return positive, scores, pl.concat(groups)
