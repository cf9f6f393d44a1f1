"""What detection finds in each named world, the blind one beside the others: right, wrong, and whom it accuses wrongly.

    uv run python -m benchmarks.simulator.worlds [--seeds 41] [--worlds base framed] [--accounts N] [--out FILE]

The base, framed and blind worlds of one seed have the same people. The detector was tuned on none of them.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl

from graph.ingest.records import ingest_records
from graph.load import snapshot_of
from graph.tape.tape import Tape
from models.conduct.find import find_conduct
from models.detect import detect
from models.detection import Detection
from models.scorecard.score import score_run
from models.scorecard.truth import truth_of_world
from simulator.simulate import simulate
from simulator.worlds import make_parameters

WORLDS = ("base", "innocent", "framed", "evasive", "blind")
RESULTS = Path(__file__).parents[1] / "results" / "simulator_worlds.json"


def measure(world: str, seed: int, accounts: int | None, days: int | None) -> dict[str, Any]:
    """Simulate, ingest, detect; counts of accounts."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = detected(Path(folder), world, seed, accounts, days)
        truth = pl.read_parquet(Path(folder) / "world" / "truth_members.parquet")
    figures = {**counted(truth, found), **scored(truth, found)}
    return {"world": world, "seed": seed, **figures, "seconds": round(time.perf_counter() - started)}


def detected(folder: Path, world: str, seed: int, accounts: int | None, days: int | None) -> Detection:
    """What is found in `recorded`."""
    tape = recorded(folder, world, seed, accounts, days)
    return detect(snapshot_of(tape), conduct=find_conduct(tape))


def recorded(folder: Path, world: str, seed: int, accounts: int | None, days: int | None) -> Tape:
    """Simulate into `world` of `folder` and ingest into `tape` there, unless that was finished before."""
    records, tape, finished = folder / "world", folder / "tape", folder / "finished"
    if not finished.exists():
        shutil.rmtree(folder, ignore_errors=True)
        records.mkdir(parents=True)
        simulate(make_parameters(world, seed, accounts=accounts, days=days), records)
        ingest_records(records, Tape(tape))
        finished.touch()
    return Tape(tape)


def scored(truth: pl.DataFrame, found: Detection) -> dict[str, Any]:
    """What `ringleader evaluate` says of rings, and of accounts by score."""
    card = score_run(found.members, found.evidence, truth_of_world(truth), found.linked, found.individuals).as_dict()
    return {
        "rings": card["rings"],
        "detectable_recall_at_false_positive_rate": card["detectable_recall_at_false_positive_rate"],
        "two_legs": card["two_legs"],
        "members_without_evidence": card["members_without_evidence"],
    }


def counted(truth: pl.DataFrame, found: Detection) -> dict[str, Any]:
    """`truth`: `truth_members`. Flagged is who is in a ring or acts alone."""
    told = pl.concat([found.members["account_id"], found.individuals["account_id"]]).unique()
    judged = truth.with_columns(flagged=pl.col("account_id").is_in(told.implode()), member=pl.col("ring").is_not_null())
    innocent, guilty = judged.filter(~pl.col("member")), judged.filter(pl.col("member"))
    wrong = innocent.filter("flagged")
    strata = wrong.group_by("stratum").len().sort("len", "stratum", descending=[True, False])
    return {
        "accounts": judged.height,
        "members": guilty.height,
        "detectable_members": int(guilty["detectable"].sum()),
        "found_members": int(guilty["flagged"].sum()),
        "found_detectable_members": int(guilty.filter("detectable")["flagged"].sum()),
        "innocents_accused": wrong.height,
        "false_positive_rate": round(wrong.height / innocent.height, 6),
        "innocents_accused_by_stratum": dict(strata.iter_rows()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[41])
    parser.add_argument("--worlds", nargs="+", choices=WORLDS, default=list(WORLDS))
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--days", type=int)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    figures = []
    for world, seed in product(given.worlds, given.seeds):
        figures.append(measure(world, seed, given.accounts, given.days))
        print(json.dumps(figures[-1]), file=sys.stderr, flush=True)
    report = {"command": " ".join(["python -m benchmarks.simulator.worlds", *sys.argv[1:]]), "worlds": figures}
    given.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
