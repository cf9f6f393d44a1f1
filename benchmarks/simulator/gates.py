"""The gates of the simulated exchange: nothing that a single look at an account shows may give a ring member away.

    uv run python -m benchmarks.simulator.gates [--train 31 32 33 34] [--test 35 36 37 38] [--out FILE]

Worlds are drawn from `--world` (default base) with the seeds named. Positives are `detectable` members, negatives all
accounts outside rings; other members are left out. Single features and naive detectors are measured over all worlds
pooled; the tree learns from the first seeds and is measured on the second. Ends with 1 when a gate is broken.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score
from sklearn.tree import DecisionTreeClassifier

import simulator
from benchmarks.simulator.features import FEATURES, account_features, tape_of
from benchmarks.simulator.naive import fpr_at_half_recall, naive_scores, reach
from simulator.exchange import draw_cast
from simulator.simulate import simulate
from simulator.worlds import make_parameters

MOST_AUROC, MOST_AUPRC, LEAST_FPR, MOST_ID_BIAS = 0.80, 0.30, 1e-3, 0.02
CASTS = 200
"""Worlds whose people alone are drawn, for what ids and ages tell."""
RESAMPLES = 400
STUDY = [Path(__file__).with_name(name) for name in ("features.py", "gates.py", "naive.py")]
RESULTS = Path(__file__).parents[1] / "results" / "simulator_gates.json"

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Pooled:
    """All worlds' accounts, one row each."""

    features: NDArray[np.float64]
    """(accounts, features); what an account has not is below every value."""
    naive: pl.DataFrame
    positive: Flags
    negative: Flags
    ring: NDArray[np.int64]
    """Ring over all worlds; -1 outside."""
    seed: NDArray[np.int64]


def world_frame(world: str, seed: int, accounts: int | None, days: int | None) -> pl.DataFrame:
    """Simulate one world in a temporary folder; features, naive scores and truth of every account."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        simulate(make_parameters(world, seed, accounts=accounts, days=days), out)
        with tape_of(out) as tape:
            features, naive = account_features(tape), naive_scores(tape)
        truth = pl.read_parquet(out / "truth_members.parquet").select("account_id", "ring", "detectable")
    return features.join(naive, on="account_id").join(truth, on="account_id").with_columns(seed=pl.lit(seed))


def pooled(frames: list[pl.DataFrame]) -> Pooled:
    """One value out of the worlds' frames."""
    whole = pl.concat(frames)
    ring = whole.select(pl.concat_str("seed", "ring", separator="/").rank("dense").cast(pl.Int64).fill_null(0) - 1)
    values = whole.select(feature.name for feature in FEATURES).fill_nan(None)
    lowest = values.select(pl.all().min() - 1)
    return Pooled(
        features=values.with_columns(pl.col(name).fill_null(lowest[name][0]) for name in values.columns).to_numpy(),
        naive=whole.select(pl.selectors.starts_with("components_", "trade_scc_", "degree_")),
        positive=whole["detectable"].to_numpy(),
        negative=whole["ring"].is_null().to_numpy(),
        ring=ring.to_series().to_numpy(),
        seed=whole["seed"].to_numpy(),
    )


def auroc(score: NDArray[np.float64], positive: Flags, negative: Flags) -> float:
    """Area under the ROC curve, ties counted half (Mann and Whitney 1947)."""
    kept = positive | negative
    ranks, hits = rankdata(score[kept]), positive[kept]
    count = int(hits.sum())
    return float((ranks[hits].sum() - count * (count + 1) / 2) / (count * (len(hits) - count)))


def single_features(pool: Pooled) -> dict[str, dict[str, float]]:
    """AUROC of every feature in its better direction, worst first, with 95 % of resamples of whole rings."""
    made = {}
    for column, feature in enumerate(FEATURES):
        score = pool.features[:, column]
        value = auroc(score, pool.positive, pool.negative)
        share_below = _share_of_innocents_below(score, pool)
        low, high = _resampled(share_below, pool.ring[pool.positive])
        made[feature.name] = (
            {"auroc": value, "low": low, "high": high}
            if value >= 0.5
            else {"auroc": 1 - value, "low": 1 - high, "high": 1 - low}
        )
    return dict(sorted(made.items(), key=lambda item: -item[1]["auroc"]))


def _share_of_innocents_below(score: NDArray[np.float64], pool: Pooled) -> NDArray[np.float64]:
    """For each positive; its mean is the AUROC."""
    innocent = np.sort(score[pool.negative])
    mine = score[pool.positive]
    below, upto = (np.searchsorted(innocent, mine, side) for side in ("left", "right"))
    return np.asarray((below + upto) / (2 * len(innocent)))


def _resampled(values: NDArray[np.float64], ring: NDArray[np.int64]) -> tuple[float, float]:
    """Members of a ring are alike, so whole rings are drawn again (cluster bootstrap, Field and Welsh 2007)."""
    random = np.random.default_rng(0)
    _, of = np.unique(ring, return_inverse=True)
    total, size = np.bincount(of, values), np.bincount(of)
    drawn = random.integers(0, len(size), (RESAMPLES, len(size)))
    means = total[drawn].sum(axis=1) / size[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def depth_three_trees(pool: Pooled, train: list[int], test: list[int]) -> dict[str, float]:
    """Average precision of depth-3 trees over all features, by how they weigh the rare class."""
    kept = pool.positive | pool.negative
    learn, judge = kept & np.isin(pool.seed, train), kept & np.isin(pool.seed, test)
    made = {"base_rate": float(pool.positive[judge].mean())}
    for name, weight in (("as_is", None), ("balanced", "balanced")):
        tree = DecisionTreeClassifier(max_depth=3, class_weight=weight, min_samples_leaf=20, random_state=0)
        tree.fit(pool.features[learn], pool.positive[learn])
        chance = tree.predict_proba(pool.features[judge])[:, 1]
        made[name] = float(average_precision_score(pool.positive[judge], chance))
    return made


def naive_detectors(pool: Pooled) -> dict[str, dict[str, dict[str, float]]]:
    """False-positive rate at half of the detectable members, of every form of every naive detector; and the most that
    it can find, with the rate of that."""
    made: dict[str, dict[str, dict[str, float]]] = {}
    for column in pool.naive.columns:
        kind = next(kind for kind in ("components", "trade_scc", "degree") if column.startswith(kind))
        recall, accused = reach(pool.naive[column], pool.positive, pool.negative)
        made.setdefault(kind, {})[column] = {
            "fpr_at_half_recall": fpr_at_half_recall(pool.naive[column], pool.positive, pool.negative),
            "most_recall": recall,
            "fpr_there": accused,
        }
    return made


def ids_and_ages(world: str, casts: int) -> dict[str, float]:
    """AUROC of ring membership by id, by date of opening and by row, pooled over casts (nothing is traded)."""
    shares: dict[str, list[NDArray[np.float64]]] = {"account_id": [], "opened_at": [], "row": []}
    for seed in range(1, casts + 1):
        cast = draw_cast(make_parameters(world, 10_000 + seed))
        people, member = cast.population, np.zeros(cast.parameters.accounts, bool)
        member[cast.rings.account] = True
        order = {
            "account_id": people.ids.cast(pl.Int64).to_numpy(),
            "opened_at": people.opened,
            "row": np.arange(len(people)),
        }
        for name, values in order.items():
            innocent = np.sort(values[~member])
            shares[name].append(np.searchsorted(innocent, values[member]) / len(innocent))
    return {name: float(np.concatenate(parts).mean()) for name, parts in shares.items()}


def broken_gates(figures: dict[str, Any]) -> list[str]:
    """One line for each gate that the figures break."""
    lines = [
        f"{name} alone has AUROC {figure['auroc']:.3f}, above {MOST_AUROC}"
        for name, figure in figures["single_features"].items()
        if figure["auroc"] > MOST_AUROC
    ]
    tree = max(figures["depth_three_tree"]["as_is"], figures["depth_three_tree"]["balanced"])
    if tree > MOST_AUPRC:
        lines.append(f"a depth-3 tree has AUPRC {tree:.3f}, above {MOST_AUPRC}")
    for kind, forms in figures["naive_detectors"].items():
        lowest = min(form["fpr_at_half_recall"] for form in forms.values())
        if lowest <= LEAST_FPR:
            lines.append(f"{kind} alone have FPR {lowest:.5f} at 50 % recall, not above {LEAST_FPR}")
    for name, value in figures["ids_and_ages"].items():
        if abs(value - 0.5) > MOST_ID_BIAS:
            lines.append(f"{name} has AUROC {value:.3f}, not 0.5 +- {MOST_ID_BIAS}")
    return lines


def measure(world: str, train: list[int], test: list[int], accounts: int | None, days: int | None) -> dict[str, Any]:
    """All figures of the gates."""
    started = time.perf_counter()
    frames = []
    for seed in [*train, *test]:
        frames.append(world_frame(world, seed, accounts, days))
        print(f"world {seed} after {time.perf_counter() - started:.0f} s", file=sys.stderr)
    pool = pooled(frames)
    return {
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        "source_digest": source_digest(),
        "world": world,
        "train_seeds": train,
        "test_seeds": test,
        "accounts": len(pool.positive),
        "detectable_members": int(pool.positive.sum()),
        "rings_with_detectable_members": len(np.unique(pool.ring[pool.positive])),
        "other_members": int((~pool.positive & ~pool.negative).sum()),
        "single_features": single_features(pool),
        "depth_three_tree": depth_three_trees(pool, train, test),
        "naive_detectors": naive_detectors(pool),
        "ids_and_ages": ids_and_ages(world, CASTS),
    }


def source_digest() -> str:
    """Of every module of the simulator and of this study: figures of another simulator are not its figures."""
    digest = hashlib.sha256()
    for path in sorted([*Path(simulator.__file__).parent.rglob("*.py"), *STUDY]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", default="base")
    parser.add_argument("--train", type=int, nargs="+", default=[31, 32, 33, 34])
    parser.add_argument("--test", type=int, nargs="+", default=[35, 36, 37, 38])
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--days", type=int)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    figures = measure(given.world, given.train, given.test, given.accounts, given.days)
    broken = broken_gates(figures)
    given.out.write_text(json.dumps({**figures, "broken": broken}, indent=1) + "\n")
    for line in broken:
        print(f"gate broken: {line}")
    raise SystemExit(1 if broken else 0)


if __name__ == "__main__":
    main()
