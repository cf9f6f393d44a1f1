"""Rings found on fresh worlds, beside peers on the same records.

    uv run python -m benchmarks.rings.compare [--seeds 461 462 463] [--accounts N] [--out FILE]

Rings are matched one to one at Jaccard 0.5, pooled over worlds; accounts are told by being in any group (ours: or
alone), and ranked by score. Of each peer every form is in the results, and the one with the best ring F1 is compared:
it is chosen by the truth, ours is not. Ends with 1 when our ring F1 is below 0.60, or the recall of detectable members
is below 0.50 at a false-positive rate of 1e-3 or below 0.20 at 1e-4.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.rings.peers import GROUPS, peer_groups
from benchmarks.simulator.features import tape_of
from benchmarks.simulator.worlds import detected
from models.detection import Detection
from models.scorecard.matching import match_rings
from models.scorecard.rates import Rate, recall_at_false_positive_rate
from models.scorecard.truth import truth_of_world

RESULTS = Path(__file__).parents[1] / "results" / "rings.json"
SEEDS = (461, 462, 463)
OURS = "Ringleader"
JACCARD = 0.5
RATES = (1e-3, 1e-4)
LEAST = {"ring_f1": 0.60, "recall_at_0.001": 0.50, "recall_at_0.0001": 0.20}


def our_groups(found: Detection) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(rings, everybody told with a score): `GROUPS`."""
    rings = found.members.select(ring="ring_id", account_id="account_id", score="score")
    alone = found.individuals.select(ring=pl.lit(None, pl.String), account_id="account_id", score="score")
    return rings, pl.concat([rings, alone])


def judged(truth: pl.DataFrame, rings: pl.DataFrame, told: pl.DataFrame) -> dict[str, Any]:
    """Counts of one world: matched, found and true rings; every account's truth with its score (0: not told)."""
    true = truth.drop_nulls("ring").select("ring", "account_id")
    match = match_rings(rings.select("ring", "account_id"), true, JACCARD)
    best = told.group_by("account_id").agg(pl.col("score").max())
    # who is told scores above 0 however low its group does
    scored = truth.join(best, on="account_id", how="left").with_columns(
        told=pl.col("score").is_not_null(), score=pl.col("score").clip(lower_bound=1e-9).fill_null(0.0)
    )
    return {"matched": match.matched, "found": match.found, "true": match.true, "scored": scored}


def pooled(worlds: list[dict[str, Any]]) -> dict[str, Any]:
    """Figures over several worlds."""
    matched, found, true = (sum(each[name] for each in worlds) for name in ("matched", "found", "true"))
    scored = pl.concat(each["scored"] for each in worlds)
    innocent, detectable = scored.filter(pl.col("verdict") == "negative"), scored.filter("detectable")
    wrong = Rate(int(innocent["told"].sum()), innocent.height)
    figures: dict[str, Any] = {
        "rings": {"matched": matched, "found": found, "true": true},
        "ring_f1": round(2 * matched / (found + true), 4) if found + true else 0.0,
        "told": int(scored["told"].sum()),
        "false_positive_rate": wrong.as_dict(),
        "detectable_told": Rate(int(detectable["told"].sum()), detectable.height).as_dict(),
        "innocents_told_by_stratum": dict(
            innocent.filter("told").group_by("group").len().sort("len", "group", descending=[True, False]).iter_rows()
        ),
    }
    for rate in RATES:
        figures[f"recall_at_{rate:g}"] = recall_at_false_positive_rate(scored, rate).as_dict()
    return figures


def by_typology(worlds: list[dict[str, Any]]) -> dict[str, Any]:
    """Of our own: detectable members told, per typology of their ring."""
    people = pl.concat(each["scored"] for each in worlds).filter("detectable")
    rows = people.group_by("typology").agg(pl.col("told").sum(), pl.len().alias("of")).sort("typology")
    return {name: Rate(int(hits), int(of)).as_dict() for name, hits, of in rows.rows()}


def measure(seed: int, accounts: int | None, days: int | None) -> dict[tuple[str, str], dict[str, Any]]:
    """`judged` of ours and of every form of every peer on one world."""
    with tempfile.TemporaryDirectory() as folder:
        found = detected(Path(folder), "base", seed, accounts, days)
        members = pl.read_parquet(Path(folder) / "world" / "truth_members.parquet")
        truth = truth_of_world(members).join(members.select("account_id", "typology"), on="account_id")
        made = {(OURS, ""): judged(truth, *our_groups(found))}
        with tape_of(Path(folder) / "world") as tape:
            for peer, form, groups in peer_groups(tape):
                assert groups.schema == GROUPS
                made[peer, form] = judged(truth, groups, groups)
    return made


def broken(ours: dict[str, Any]) -> list[str]:
    values = {name: ours[name]["value"] if isinstance(ours[name], dict) else ours[name] for name in LEAST}
    return [f"{name} {values[name]}, below {least}" for name, least in LEAST.items() if (values[name] or 0) < least]


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--days", type=int)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    worlds: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for seed in given.seeds:
        started = time.perf_counter()
        for key, figures in measure(seed, given.accounts, given.days).items():
            worlds.setdefault(key, []).append(figures)
        print(f"base {seed}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    every = {key: pooled(parts) for key, parts in worlds.items()}
    best = {
        peer: max((form for name, form in every if name == peer), key=lambda form: every[peer, form]["ring_f1"])
        for peer in dict.fromkeys(name for name, _ in every)
    }
    ours = every[OURS, ""]
    report = {
        "command": " ".join(["python -m benchmarks.rings.compare", *sys.argv[1:]]),
        "seeds": given.seeds,
        "ours": {**ours, "by_typology": by_typology(worlds[OURS, ""])},
        "peers_at_their_best": {peer: {"form": form, **every[peer, form]} for peer, form in best.items() if form},
        "every_form": {f"{peer}: {form}": every[peer, form] for peer, form in every if form},
        "broken": broken(ours),
    }
    given.out.write_text(json.dumps(report, indent=1) + "\n")
    for peer, form in best.items():
        figures = every[peer, form]
        print(f"{peer:42s} F1 {figures['ring_f1']:.2f}  recall at 1e-3 {figures['recall_at_0.001']['value']}  "
              f"false-positive rate {figures['false_positive_rate']['value']}  {form}")  # fmt: skip
    return int(bool(report["broken"]))


if __name__ == "__main__":
    raise SystemExit(main())
