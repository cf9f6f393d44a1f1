"""Training and asking at three sizes: seconds and peak memory, each step in a process of its own.

    uv run python -m benchmarks.learned.speed [--sizes 10000 100000 1000000] [--out FILE]

Exchanges are those of `benchmarks.world`: accounts with six links each, and planted rings. The features and relations
are made once and counted apart. The network is trained for `EPOCHS` passes, of which stopping by a validation takes 80
or so. Asking a million accounts must take at most 5 minutes and 8 GB.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.measuring import growth, measured
from benchmarks.world import make_world
from graph.ingest.records import ingest_records
from graph.load import snapshot_of
from graph.tape.tape import Tape
from models.detect import NO_CONDUCT
from models.gnn.network import Network
from models.learning.examples import Examples, examples_of
from models.learning.known import Known
from models.learning.labels import judgements_of_world
from models.learning.relations import RELATIONS, OwnActs, Relation
from models.learning.sight import Sight
from models.parameters import LinkParameters
from models.ranking.boosting import Trees
from models.retraining.splitting import Split
from models.retraining.training import NetworkParameters, TrainingParameters, train_model

RESULTS = Path(__file__).parents[1] / "results" / "learned_speed.json"
SIZES = (10_000, 100_000, 1_000_000)
EPOCHS = 3
MOST_SECONDS, MOST_MIB = 300, 8 * 1024
STEPS = ("see", "train_trees", "train_gnn", "ask_trees", "ask_gnn")
MODEL = "python -m benchmarks.learned.speed"


def see(folder: Path) -> dict[str, Any]:
    """From the tape to features and relations, the snapshot included."""
    started = time.perf_counter()
    snapshot = snapshot_of(Tape(folder / "tape"))
    taken = time.perf_counter() - started
    sight = Sight.of(Known(snapshot, NO_CONDUCT), LinkParameters())
    pairs = {each.name: np.stack([each.account, each.other]) for each in sight.acts.relations}
    kinds, sizes = zip(*sight.acts.sizes.items(), strict=True)
    np.savez(
        folder / "sight.npz", allow_pickle=False, features=sight.features, kinds=np.array(kinds),
        sizes=np.array(sizes), **pairs,
    )  # fmt: skip
    sight.account_ids.to_frame("account_id").write_parquet(folder / "accounts.parquet")
    return {"snapshot_seconds": round(taken, 2), "pairs": int(sum(len(each.account) for each in sight.acts.relations))}


def _sight(folder: Path) -> Sight:
    with np.load(folder / "sight.npz") as kept:
        sizes = dict(zip(kept["kinds"].tolist(), kept["sizes"].tolist(), strict=True))
        made = tuple(Relation(name, kind, *kept[name]) for name, kind in RELATIONS)
        return Sight(pl.read_parquet(folder / "accounts.parquet")["account_id"], kept["features"], OwnActs(sizes, made))


def _examples(folder: Path) -> Examples:
    sight, planted = _sight(folder), pl.read_parquet(folder / "planted.parquet")
    truth = sight.account_ids.to_frame("account_id").join(planted, on="account_id", how="left")
    return examples_of(sight, judgements_of_world(truth.with_columns(known=True, typology=None, stratum=None)))


def _trained(folder: Path, kind: str) -> tuple[Any, float]:
    examples = _examples(folder)
    odd = np.arange(len(examples.positive)) % 2 == 1
    split = Split((examples.only(odd),), (examples.only(~odd),), "by number")
    network = NetworkParameters(epochs=EPOCHS, every=EPOCHS)
    started = time.perf_counter()
    model = train_model(split, TrainingParameters(kind, network=network)).model
    return model, time.perf_counter() - started


def train_trees(folder: Path) -> dict[str, Any]:
    model, seconds = _trained(folder, "trees")
    (folder / "model.txt").write_text(model.trees.text)
    return {"seconds": round(seconds, 2), "trees": model.trees.text.count("Tree=")}


def train_gnn(folder: Path) -> dict[str, Any]:
    model, seconds = _trained(folder, "gnn")
    weights, shape = model.network.files()
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "shape.json").write_text(shape)
    return {"seconds": round(seconds, 2), "epochs": EPOCHS}


def ask_trees(folder: Path) -> dict[str, Any]:
    sight, model = _sight(folder), Trees((folder / "model.txt").read_text())
    started = time.perf_counter()
    model.scores(sight)
    return {"seconds": round(time.perf_counter() - started, 2)}


def ask_gnn(folder: Path) -> dict[str, Any]:
    model = Network.of_files((folder / "model.safetensors").read_bytes(), (folder / "shape.json").read_text())
    sight = _sight(folder)
    started = time.perf_counter()
    model.scores(sight)
    return {"seconds": round(time.perf_counter() - started, 2)}


def make(folder: Path, accounts: int) -> None:
    made = make_world(accounts)
    made.write(folder / "records")
    made.rings.with_columns(pl.col("ring").cast(pl.String)).write_parquet(folder / "planted.parquet")
    ingest_records(folder / "records", Tape(folder / "tape"))


def measure(accounts: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        make_it = ["-m", "benchmarks.learned.speed", "--step", "make", "--folder", folder, "--sizes", str(accounts)]
        subprocess.run([sys.executable, *make_it], check=True)
        told = {}
        for step in STEPS:
            told[step] = measured(["-m", "benchmarks.learned.speed", "--step", step, "--folder", folder])
            print(accounts, step, told[step], file=sys.stderr, flush=True)
    return told


def broken(sizes: dict[str, Any]) -> list[str]:
    largest = sizes.get(str(SIZES[-1]), {})
    asked = {name: largest[name] for name in ("ask_trees", "ask_gnn") if name in largest}
    return [
        f"{name}: {each['seconds']} s, {each['peak_mib']} MiB"
        for name, each in asked.items()
        if each["seconds"] > MOST_SECONDS or each["peak_mib"] > MOST_MIB
    ]


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--step")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.step == "make":
        make(given.folder, given.sizes[0])
        return 0
    if given.step:
        steps = dict(zip(STEPS, (see, train_trees, train_gnn, ask_trees, ask_gnn), strict=True))
        started = time.perf_counter()
        told = steps[given.step](given.folder)
        print(json.dumps({"seconds": round(time.perf_counter() - started, 2), **told}))
        return 0
    sizes = {str(accounts): measure(accounts) for accounts in given.sizes}
    results: dict[str, Any] = {"command": MODEL, "sizes": sizes}
    if len(given.sizes) > 1:
        results["growth"] = {
            step: growth(given.sizes, [max(sizes[str(size)][step]["seconds"], 0.01) for size in given.sizes])
            for step in STEPS
        }
    given.out.write_text(json.dumps(results, indent=1) + "\n")
    wrong = broken(sizes)
    print("\n".join(wrong) or "all within bounds")
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
