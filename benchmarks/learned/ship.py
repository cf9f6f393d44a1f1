"""Make the model that the project ships: trained on simulated worlds, scored beside the rules on worlds it never saw.

    uv run python -m benchmarks.learned.ship [--worlds FOLDER]

Writes a version and its scorecard into `models/shipped`, from where `ringleader promote --version shipped` takes it.
The worlds are those of `benchmarks.learned.added`. Ends with an error, and writes nothing, when the rules are better.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import models
from api.learning.card import model_card
from api.learning.training import CARD, METRICS, REFERENCE, libraries
from benchmarks.learned.added import REPORTED, STOPPED_BY, TAUGHT, asked, groups_of
from benchmarks.learned.worlds import Prepared, World, prepared
from models.learning.features import fingerprint
from models.learning.figures import average_precision
from models.registry import Origin, Registry
from models.retraining.comparing import Compared, ComparedScorecard, scorecard
from models.retraining.splitting import Split
from models.retraining.trained import Trained
from models.retraining.training import Training, TrainingParameters, train_model

SHIPPED = Path(models.__path__[0]) / "shipped"
HOW = "by simulated world: six teach, two judge"


def scored(version: str, model: Trained, worlds: list[Prepared]) -> ComparedScorecard:
    """Beside the rules, on worlds of `REPORTED`."""
    scores = asked({"trees": model}, worlds)
    positive = np.concatenate([world.examples.positive for world in worlds])
    strata = pl.concat([world.truth["stratum"] for world in worlds])
    compared = Compared(positive, groups_of(worlds), strata, scores["trees"], scores["rules"])
    return scorecard(version, "rules", [str(tuple(world)) for world in REPORTED], compared)


def files_of(training: Training, rules: float) -> dict[str, bytes]:
    inputs = [str(tuple(world)) for world in (*TAUGHT, *STOPPED_BY)]
    metrics: dict[str, Any] = {
        "validation": training.figures.as_dict(),
        "incumbent": {"name": "rules", "auprc": round(rules, 4)},
        "inputs": inputs,
    }
    return {
        **training.model.files(),
        METRICS: json.dumps(metrics, indent=1, sort_keys=True).encode(),
        REFERENCE: json.dumps(asdict(training.reference), indent=1, sort_keys=True).encode(),
        CARD: model_card(training, metrics, HOW, "simulated").encode(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=Path, default=Path("ringleader-data/learned-worlds"))
    given = parser.parse_args()

    def load(worlds: tuple[World, ...]) -> list[Prepared]:
        return [prepared(given.worlds, world) for world in worlds]

    taught, judging = load(TAUGHT), load(STOPPED_BY)
    split = Split(tuple(each.examples for each in taught), tuple(each.examples for each in judging), HOW)
    training = train_model(split, TrainingParameters("trees"))
    rules = average_precision(
        np.concatenate([each.examples.positive for each in judging]), np.concatenate([each.rules for each in judging])
    )
    files = files_of(training, rules)
    worlds = hashlib.sha256("|".join(str(tuple(world)) for world in (*TAUGHT, *STOPPED_BY)).encode()).hexdigest()
    origin = Origin("trees", fingerprint(), worlds, datetime.now(UTC).isoformat(), libraries(), "simulated")
    fresh = SHIPPED.with_name("shipped.new")
    shutil.rmtree(fresh, ignore_errors=True)
    registry = Registry(fresh)
    version = registry.write(files, origin)
    card = scored(version, training.model, load(REPORTED))
    if card.worse:
        shutil.rmtree(fresh)
        raise SystemExit(f"the rules are better: {card.worse}")
    registry.keep_scorecard(version, card.document())
    shutil.rmtree(SHIPPED, ignore_errors=True)
    fresh.rename(SHIPPED)
    print(version, json.dumps(card.figures["lift"]))


if __name__ == "__main__":
    main()
