"""Learned ranking on the Hop airdrop: trained on one half of the given rings, reported on the other.

    uv run python -m benchmarks.learned.hop [--out FILE]

Only members are ranked, each of whom has rows of evidence; recall is told over all decided accounts of the half, and
over those that any record links to another. `wide` nominates more members than the rules tell, with lower thresholds,
and leaves it to the ranking to choose among them. A label is an allegation that was acted on; accounts labelled
`component` were chosen by a rule much like ours, so figures without them stand beside.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.hop_halves import EXAMPLE, HALVES, halves
from graph.ingest.records import ingest_records
from graph.ingest.single import read_table
from graph.load import snapshot_of
from graph.snapshot import Snapshot
from graph.tape.tape import Tape
from models.detect import NO_CONDUCT, detect
from models.detection import Detection
from models.learning.examples import examples_of
from models.learning.known import Known
from models.learning.labels import judgements_of_labels
from models.learning.sight import Sight
from models.parameters import LinkParameters, Parameters, RingParameters
from models.retraining.splitting import split_by_ring
from models.retraining.training import TrainingParameters, train_model
from models.scorecard.rates import curve, recall_at_precision
from models.scorecard.truth import truth_of_labels

RESULTS = Path(__file__).parents[1] / "results" / "learned_hop.json"
LEAST_PRECISION = 0.90
WIDE = RingParameters(least_pair_weight=0.01, density=0.01, least_support=0.1, least_size=3.5)
GROUPS = ["component", "report"]


def figures_of(found: Detection, scores: pl.DataFrame, truth: pl.DataFrame) -> dict[str, Any]:
    """`scores`: `account_id`, `score`, of any accounts; members of `found` alone are ranked."""
    members = found.members.select("account_id").unique()
    told = scores.join(members, on="account_id", how="semi")
    table = truth.join(told, on="account_id", how="left").with_columns(pl.col("score").fill_null(0.0))
    positive, linked = pl.col("verdict") == "positive", pl.col("account_id").is_in(found.linked.implode())
    within = curve(table.filter(linked | ~positive), GROUPS)
    off = curve(table.filter(pl.col("group").ne_missing("component")), ["report"])
    ranked = off.filter(pl.col("precision") >= LEAST_PRECISION)
    return {
        "members": found.members["account_id"].n_unique(),
        "told_of_the_half": int((table["score"] > 0).sum()),
        "precision_of_told": round(float(curve(table, GROUPS)["precision"][-1]), 4),
        "precision_of_told_without_component": round(float(off["precision"][-1]), 4),
        "recall_at_precision_0.9": round(recall_at_precision(curve(table, GROUPS), LEAST_PRECISION), 4),
        "of_those_with_evidence": round(recall_at_precision(within, LEAST_PRECISION), 4),
        "of_report_members_with_evidence": round(recall_at_precision(within, LEAST_PRECISION, "recall:report"), 4),
        "report_recall_at_precision_0.9_without_component": float(ranked["recall:report"].max() or 0.0),  # type: ignore[arg-type]
        "members_without_evidence": found.members.join(found.evidence, on=["ring_id", "account_id"], how="anti").height,
    }


def learned(snapshot: Snapshot, labels: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Scores of all accounts by a model that has seen the first half's decisions alone."""
    sight = Sight.of(Known(snapshot, NO_CONDUCT), LinkParameters())
    examples = examples_of(sight, judgements_of_labels(labels))
    first = halves(truth_of_labels(labels))[HALVES[0]]["account_id"]
    half = examples.only(sight.account_ids.is_in(first.implode()).to_numpy())
    model = train_model(split_by_ring(half, seed=0), TrainingParameters(kind)).model
    return pl.DataFrame({"account_id": sight.account_ids, "score": model.scores(sight)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tape = Tape(Path(folder))
        ingest_records(EXAMPLE, tape)
        snapshot = snapshot_of(tape)
    labels, _ = read_table(EXAMPLE, "labels")
    reported = halves(truth_of_labels(labels))[HALVES[1]]
    found = {"rules": detect(snapshot), "wide": detect(snapshot, Parameters(rings=WIDE))}
    scores = {"rules": None, "trees": learned(snapshot, labels, "trees"), "gnn": learned(snapshot, labels, "gnn")}
    results: dict[str, Any] = {"command": "python -m benchmarks.learned.hop", "half": HALVES[1], "figures": {}}
    for nominated, detection in found.items():
        for ranking, values in scores.items():
            ranked = detection.members.select("account_id", "score") if values is None else values
            name = f"members by {nominated}, ranked by {ranking}"
            results["figures"][name] = figures_of(detection, ranked, reported)
            print(name, results["figures"][name], flush=True)
    given.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
