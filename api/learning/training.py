"""`train`: from labelled records to a version in the registry, and into the champion's shadow when it is better."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from api.learning.card import model_card
from api.learning.exchanges import Exchange, Looked, opened
from api.learning.live import METRICS, REFERENCE, live_champion, model_of
from api.learning.taught import TAUGHT, taught_file
from api.settings import Settings
from graph.errors import InputError
from graph.progress import Progress, silent
from models.learning.examples import examples_of
from models.learning.features import fingerprint
from models.learning.figures import average_precision
from models.registry import Origin, Registry
from models.retraining.splitting import Split, cut_day, split_by_ring, split_by_time, split_exchanges
from models.retraining.trained import network_class
from models.retraining.training import Training, TrainingParameters, judged, train_model

LIBRARIES = ("lightgbm", "numpy", "polars", "torch", "torch-geometric")
CARD = "card.md"


@dataclass(frozen=True)
class TrainedVersion:
    """`incumbent`: what is live, a version or `rules`; the areas are under precision and recall on the validation."""

    version: str
    kind: str
    split: str
    validation: dict[str, Any]
    incumbent: str
    incumbent_area: float
    shadow: bool


@dataclass(frozen=True)
class _Prepared:
    """`judges`: what the rules say of the validation's exchanges, in their order."""

    split: Split
    judges: tuple[Looked, ...]
    inputs: tuple[str, ...]
    origin: str
    taught: bytes


def train_folders(
    sources: Sequence[Path],
    settings: Settings,
    parameters: TrainingParameters,
    embargo_days: int,
    progress: Progress = silent,
) -> TrainedVersion:
    """Train on labelled records and write a version; nothing that is live changes.

    Raises InputError for records or labels that do not do, ModelError for a registry that is damaged.
    """
    registry = Registry(settings.models_location)
    if parameters.kind != "trees":
        network_class()  # what is not installed is told before the records are read
    ready = _prepared(sources, settings, parameters.seed, embargo_days, progress)
    seeded = replace(parameters, trees=replace(parameters.trees, seed=parameters.seed))
    training = train_model(ready.split, seeded, progress)
    incumbent, area = _incumbent(registry, ready)
    metrics: dict[str, Any] = {
        "validation": training.figures.as_dict(),
        "incumbent": {"name": incumbent, "auprc": round(area, 4)},
        "inputs": list(ready.inputs),
    }
    origin = Origin(
        parameters.kind, fingerprint(), _digest(ready.inputs), datetime.now(UTC).isoformat(), libraries(), ready.origin
    )
    written = registry.write(_files(training, metrics, ready), origin)
    better = training.figures.area.value > area
    if better:
        registry.set_challenger(written, datetime.now(UTC).isoformat())
    return TrainedVersion(
        written, parameters.kind, ready.split.how, metrics["validation"], incumbent, round(area, 4), better
    )


def _prepared(
    sources: Sequence[Path], settings: Settings, seed: int, embargo_days: int, progress: Progress
) -> _Prepared:
    with ExitStack() as stack:
        exchanges = [stack.enter_context(opened(source, settings, progress)) for source in sources]
        origin = " and ".join(sorted({each.origin for each in exchanges}))
        taught = taught_file(exchanges)
        if len(exchanges) > 1:
            looked = [each.as_of(None, progress) for each in exchanges]
            pairs = zip(looked, exchanges, strict=True)
            split = split_exchanges([examples_of(seen.sight, each.judgements) for seen, each in pairs])
            judges = looked[len(split.training) :]
            inputs = tuple(seen.fingerprint for seen in looked)
            if len(set(inputs)) < len(inputs):
                raise InputError("the same records are given twice", do="name each folder once")
            return _Prepared(split, tuple(judges), inputs, origin, taught)
        (one,) = exchanges or [_nothing()]
        late = one.as_of(None, progress)
        cut = cut_day(one.judgements)
        if cut is None:
            split = split_by_ring(examples_of(late.sight, one.judgements), seed)
        else:
            early = one.as_of(cut, progress)
            split = split_by_time(early.sight, late.sight, one.judgements, cut, embargo_days)
    return _Prepared(split, (late,), (late.fingerprint,), origin, taught)


def _nothing() -> Exchange:
    raise InputError("no folder of records is given", do="name one or more folders with labels, or simulated worlds")


def _incumbent(registry: Registry, ready: _Prepared) -> tuple[str, float]:
    """What is live, and its area on the validation."""
    champion = live_champion(registry)
    positive = np.concatenate([each.positive[each.asked] for each in ready.split.validation])
    if champion is None:
        pairs = zip(ready.judges, ready.split.validation, strict=True)
        scores = np.concatenate([seen.rules[each.asked] for seen, each in pairs])
        return "rules", average_precision(positive, scores)
    _, scores, _ = judged(model_of(champion), ready.split.validation)
    return champion.version, average_precision(positive, scores)


def _files(training: Training, metrics: dict[str, Any], ready: _Prepared) -> dict[str, bytes]:
    card = model_card(training, metrics, ready.split.how, ready.origin)
    return {
        **training.model.files(),
        METRICS: json.dumps(metrics, indent=1, sort_keys=True).encode(),
        REFERENCE: json.dumps(asdict(training.reference), indent=1, sort_keys=True).encode(),
        CARD: card.encode(),
        TAUGHT: ready.taught,
    }


def _digest(inputs: tuple[str, ...]) -> str:
    return hashlib.sha256("|".join(inputs).encode()).hexdigest()


def libraries() -> dict[str, str]:
    """Versions of what a model's numbers hang on, as far as it is installed."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
