"""The product's encoder on real bans: Tolokers, ten fixed splits, one kind of node.

    uv run python -m benchmarks.learned.tolokers [--splits 0 1 ...] [--out FILE]
    uv run python -m benchmarks.learned.tolokers --choose

`--choose` trains every shape of `CANDIDATES` on the first splits and prints the ROC-AUC on their validation sets, by
which `CHOSEN` was chosen; it never looks at a test set. A finished split is in the results and is not run again; a
change of the encoder's sources or of the choice begins anew. Ends with 1 when the mean is below 83.7.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from models import gnn
from models.gnn.encoder import Encoder, Shape
from models.gnn.inference import logits
from models.gnn.messages import Channel, Messages, edges_between
from models.gnn.training import Scaling, Schedule, TrainingGraph, device, fit
from models.learning.relations import ACCOUNT

DATA = Path(__file__).parents[1] / "data" / "tolokers" / "tolokers.npz"
RESULTS = Path(__file__).parents[1] / "results" / "tolokers.json"
PEERS = {"residual network without the graph": 72.95, "GCN": 83.64, "GAT-sep": 83.78}
LEAST = 83.7
SPLITS = 10
CHOOSING = (0, 1, 2)
ENCODER = ("encoder", "inference", "messages", "training")
WITH = Channel("worked_with", ACCOUNT, ACCOUNT)
CANDIDATES: dict[str, tuple[Shape, Schedule]] = {
    "4 layers of 64": (Shape(11, 64, 4), Schedule()),
    "4 layers of 64, slower": (Shape(11, 64, 4, dropout=0.5), Schedule(rate=1e-3)),
    "4 layers of 128": (Shape(11, 128, 4, dropout=0.5), Schedule()),
}
CHOOSING_SAID = {"4 layers of 64": 85.152, "4 layers of 64, slower": 84.692, "4 layers of 128": 84.584}
"""Mean validation ROC-AUC, as `--choose` printed it."""
CHOSEN = "4 layers of 64"


def graph_of(data: dict[str, np.ndarray]) -> tuple[np.ndarray, Messages]:
    """Features with the logarithm of the degree beside them, and the edges both ways."""
    nodes, edges = len(data["node_labels"]), data["edges"].astype(np.int64)
    both = np.unique(np.concatenate([edges, edges[:, ::-1]]), axis=0)
    degree = np.bincount(both[:, 0], minlength=nodes)
    features = np.column_stack([data["node_features"], np.log1p(degree)]).astype(np.float32)
    return features, Messages({ACCOUNT: nodes}, {WITH: edges_between(both[:, 0], both[:, 1], (nodes, nodes))})


def run_split(data: dict[str, np.ndarray], split: int, choice: str, *, test: bool = True) -> dict[str, Any]:
    """Train on a split's training nodes, stop by its validation nodes, report its test nodes once."""
    shape, schedule = CANDIDATES[choice]
    started, where = time.perf_counter(), device()
    raw, messages = graph_of(data)
    masks = {name: data[f"{name}_masks"][split] for name in ("train", "val", "test")}
    features = Scaling.of(raw[masks["train"]])(raw).to(where)
    messages = messages.to(where)
    labels = data["node_labels"].astype(np.float32)
    targets = torch.from_numpy(labels).to(where)
    weights = torch.from_numpy(masks["train"].astype(np.float32)).to(where)
    torch.manual_seed(split)
    encoder = Encoder(shape, (ACCOUNT,), (WITH,)).to(where)

    def area(trained: Encoder, part: str) -> float:
        return float(roc_auc_score(labels[masks[part]], logits(trained, features, messages)[masks[part]]))

    graph = TrainingGraph(features, messages, targets, weights)
    seeded = Schedule(**{**asdict(schedule), "seed": split})
    fitted = fit(encoder, [graph], lambda trained: area(trained, "val"), seeded)
    figures = {"split": split, "validation": round(100 * fitted.value, 3), "epoch": fitted.epoch}
    if test:
        figures["test"] = round(100 * area(encoder, "test"), 3)
    return {**figures, "seconds": round(time.perf_counter() - started, 1)}


def source_digest() -> str:
    """Of what a result hangs on: the encoder, how it is trained, this file and torch."""
    digest = hashlib.sha256(torch.__version__.encode())
    package = Path(gnn.__path__[0])
    for path in (*(package / f"{name}.py" for name in ENCODER), Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _kept(out: Path) -> dict[str, Any]:
    fresh: dict[str, Any] = {"source": source_digest(), "choice": CHOSEN, "splits": []}
    if not out.exists():
        return fresh
    kept = json.loads(out.read_text())
    same = kept.get("source") == fresh["source"] and kept.get("choice") == CHOSEN
    return {**fresh, "splits": kept["splits"]} if same else fresh


def _summed(results: dict[str, Any]) -> dict[str, Any]:
    values = np.array([each["test"] for each in results["splits"]])
    seconds = sum(each["seconds"] for each in results["splits"])
    spread = round(float(values.std(ddof=1)), 2) if len(values) > 1 else None
    mean = {"mean": round(float(values.mean()), 2), "deviation": spread}
    shape, schedule = CANDIDATES[CHOSEN]
    command = "python -m benchmarks.learned.tolokers"
    head = {"command": command, "roc_auc": mean, "seconds": round(seconds), "published": PEERS}
    head["validation_by_candidate"] = CHOOSING_SAID
    return {**head, "shape": asdict(shape), "schedule": asdict(schedule), **results}


def choose(data: dict[str, np.ndarray]) -> None:
    for name in CANDIDATES:
        found = [run_split(data, split, name, test=False) for split in CHOOSING]
        mean = np.mean([each["validation"] for each in found])
        print(f"{name}: validation {mean:.3f}, {sum(each['seconds'] for each in found):.0f} s", flush=True)


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", type=int, nargs="+", default=list(range(SPLITS)))
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    data = dict(np.load(DATA))
    if given.choose:
        choose(data)
        return 0
    results = _kept(given.out)
    done = {each["split"] for each in results["splits"]}
    for split in [each for each in given.splits if each not in done]:
        figures = run_split(data, split, CHOSEN)
        print(figures, file=sys.stderr, flush=True)
        results["splits"] = sorted([*results["splits"], figures], key=lambda each: each["split"])
        given.out.write_text(json.dumps(_summed(results), indent=1) + "\n")
    summary = _summed(results)
    print(
        f"ROC-AUC {summary['roc_auc']['mean']} ± {summary['roc_auc']['deviation']} over {len(results['splits'])} splits"
    )
    return int(len(results["splits"]) == SPLITS and summary["roc_auc"]["mean"] < LEAST)


if __name__ == "__main__":
    raise SystemExit(main())
