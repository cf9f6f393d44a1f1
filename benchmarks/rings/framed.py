"""Whether framing works: the same world with and without attacks, and what changes for the victims.

    uv run python -m benchmarks.rings.framed [--seeds 43] [--accounts N] [--out FILE]

The framed world of a seed is its base world plus what ring members do to make a tenth of all accounts look guilty
(docs/simulator.md); no attack adds an event that its victim authored. Ends with 1 when any victim's tier rises.
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

from benchmarks.simulator.worlds import detected
from models.detection import Detection
from models.tables import TIERS

RESULTS = Path(__file__).parents[1] / "results" / "framed.json"
_COUNTED = ("told", "score", "legs", "tier", "episodes")


def standing(found: Detection, accounts: pl.Series) -> pl.DataFrame:
    """`account_id`, and as numbers that can only rise: whether it is `told`, `score`, `legs`, `tier`, `episodes`."""
    columns = ("account_id", "score", "tier", "legs")
    told = pl.concat([found.members.select(columns), found.individuals.select(columns)])
    tier = pl.col("tier").replace_strict({name: n + 1 for n, name in enumerate(TIERS)}, return_dtype=pl.Int64)
    best = told.group_by("account_id").agg(
        told=pl.lit(1, pl.Int64), score=pl.col("score").max(), tier=tier.max(), legs=pl.col("legs").list.len().max()
    )
    episodes = found.episodes.group_by("account_id").agg(episodes=pl.len())
    known = pl.DataFrame({"account_id": accounts}).join(best, on="account_id", how="left")
    return known.join(episodes, on="account_id", how="left").select(
        "account_id", *[pl.col(name).fill_null(0).cast(pl.Float64) for name in _COUNTED]
    )


def risen(framing: pl.DataFrame, before: Detection, after: Detection) -> pl.DataFrame:
    """`truth_framing` with `told_before` and, for each of what `standing` says, whether it rose."""
    victims = framing["victim_account_id"]
    plain, attacked = standing(before, victims), standing(after, victims)
    rose = {name: attacked[name] > plain[name] for name in _COUNTED}
    return framing.with_columns(plain["told"].alias("told_before"), **{f"{name}_rose": up for name, up in rose.items()})


def counted(victims: pl.DataFrame, by: str) -> dict[str, dict[str, int]]:
    """Per value of a column: victims, how many were told without the attack, and for how many what rose."""
    rows = victims.group_by(by).agg(
        victims=pl.len(), told_before=pl.col("told_before").sum().cast(pl.Int64),
        **{f"{name}_rose": pl.col(f"{name}_rose").sum() for name in _COUNTED},
    )  # fmt: skip
    return {row.pop(by): row for row in rows.sort(by).to_dicts()}


def measure(seed: int, accounts: int | None, days: int | None) -> pl.DataFrame:
    """`risen` of all victims of one seed."""
    with tempfile.TemporaryDirectory() as folder:
        before = detected(Path(folder) / "base", "base", seed, accounts, days)
        after = detected(Path(folder) / "framed", "framed", seed, accounts, days)
        framing = pl.read_parquet(Path(folder) / "framed" / "world" / "truth_framing.parquet")
    return risen(framing, before, after)


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[43])
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--days", type=int)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    parts = []
    for seed in given.seeds:
        started = time.perf_counter()
        parts.append(measure(seed, given.accounts, given.days))
        print(f"{seed}: {parts[-1].height} victims, {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    victims = pl.concat(parts)
    report: dict[str, Any] = {
        "command": " ".join(["python -m benchmarks.rings.framed", *sys.argv[1:]]),
        "seeds": given.seeds,
        "victims": victims.height,
        "rose": {name: int(victims[f"{name}_rose"].sum()) for name in _COUNTED},
        "by_attack": counted(victims, "attack"),
        "by_stratum": counted(victims, "natural_stratum"),
    }
    given.out.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps({name: report[name] for name in ("victims", "rose")}))
    return int(report["rose"]["tier"] > 0)


if __name__ == "__main__":
    raise SystemExit(main())
