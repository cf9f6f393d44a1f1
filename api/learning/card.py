"""The model card of a version: what it is, what it was trained on, how it was judged, what it must not be used for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import Any

from models.retraining.training import Training

_WARNING = {
    "simulated": "It was trained on **simulated** exchanges. Its figures promise nothing about yours: "
    "compare it on your own decided cases before you promote it.",
    "own records": "It was trained on decisions of your own. They are decisions, not proof: "
    "what was never looked at is not in them.",
}
_KIND = {
    "trees": "boosted trees over own acts and company",
    "gnn": "a graph neural network",
    "both": "the mean log-odds of boosted trees and a graph neural network",
}


def model_card(training: Training, metrics: Mapping[str, Any], how: str, origin: str) -> str:
    """Markdown. `metrics`: as `metrics.json` has them; `origin`: whose records."""
    validation, incumbent = metrics["validation"], metrics["incumbent"]
    bars = {
        tier: "none, for too few others" if bar is None else f"{bar:g}" for tier, bar in training.model.bars.items()
    }
    return Template((files("api.learning") / "model_card.md").read_text(encoding="utf-8")).substitute(
        kind=_KIND[training.model.kind],
        warning=" ".join(text for name, text in _WARNING.items() if name in origin),
        how=how,
        positives=validation["positives"],
        others=validation["others"],
        area=validation["auprc"]["value"],
        low=validation["auprc"]["low"],
        high=validation["auprc"]["high"],
        incumbent=incumbent["name"],
        incumbent_area=incumbent["auprc"],
        recall=validation["recall_at_fpr"]["0.001"]["value"],
        bars=", ".join(f"{tier} {bar}" for tier, bar in bars.items()),
    )
