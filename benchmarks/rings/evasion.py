"""What hiding buys a ring, and what it costs: detectable members told, with two legs, and above watch, by habit.

    uv run python -m benchmarks.rings.evasion [--seeds 467 468] [--accounts N] [--worlds DIR] [--out FILE]

Base and evasive worlds of each seed, pooled. Tiers are the provisional ones. A ring's habits are what it was planned
with: `jitter_seconds` between acts that belong together, `camouflage` (share of genuine trading), `hygiene` (0: one
device for all, 1: nothing shared). `fees_usd` is what its acts cost it, per act.
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
from models.legs import two_legs
from models.scorecard.rates import Rate

RESULTS = Path(__file__).parents[1] / "results" / "evasion.json"
HABITS: dict[str, tuple[float, ...]] = {
    "jitter_seconds": (10, 60, 300, 900),
    "camouflage": (0.25, 0.5, 0.75, 0.9),
    "hygiene": (0.25, 0.5, 0.75),
}
"""Borders of the steps of each curve."""
WORLDS = ("base", "evasive")
_COUNTED = ("told", "two_legs", "above_watch")


def standing(found: Detection, members: pl.DataFrame, rings: pl.DataFrame) -> pl.DataFrame:
    """Detectable members and innocents (`truth_members`) with the habits of their ring (`truth_rings`; null: innocent),
    and whether each is `told`, has `two_legs`, and is `above_watch`."""
    told = pl.concat([found.members["account_id"], found.individuals["account_id"]])
    above = found.provisional.filter(pl.col("tier") != "watch")["account_id"]
    sets = {"told": told, "two_legs": found.members.filter(two_legs())["account_id"], "above_watch": above}
    cost = (pl.col("fees_usd") / pl.col("acts").clip(lower_bound=1)).alias("fees_per_act")
    habits = rings.select("ring", *HABITS, cost)
    known = members.filter(pl.col("detectable") | pl.col("ring").is_null()).select("account_id", "ring", "typology")
    known = known.join(habits, on="ring", how="left")
    return known.with_columns(pl.col("account_id").is_in(ids.implode()).alias(name) for name, ids in sets.items())


def curve(people: pl.DataFrame, habit: str) -> list[dict[str, Any]]:
    """Per step of a habit, from open to hidden: members, rings, rates, and the mean cost of an act of these rings."""
    borders = [None, *HABITS[habit], None]
    number = pl.sum_horizontal(pl.col(habit) > border for border in HABITS[habit]).alias("step")
    answers = []
    for part in people.with_columns(number).sort("step").partition_by("step", maintain_order=True):
        step = int(part["step"][0])
        fees = part.unique("ring")["fees_per_act"].mean()
        answers.append(
            {
                "over": borders[step],
                "up_to": borders[step + 1],
                "rings": part["ring"].n_unique(),
                "fees_usd_per_act": round(float(fees or 0), 2),  # type: ignore[arg-type]
            }
            | _rates(part)
        )
    return answers


def report(everybody: pl.DataFrame) -> dict[str, Any]:
    """Rates of innocents; of members by world and by typology; and curves over all members."""
    people = everybody.filter(pl.col("ring").is_not_null())
    by = {
        column: {str(key[0]): _rates(part) for key, part in sorted(people.partition_by(column, as_dict=True).items())}
        for column in ("world", "typology")
    }
    return {
        "innocents": _rates(everybody.filter(pl.col("ring").is_null())),
        **{f"by_{name}": rates for name, rates in by.items()},
        **{habit: curve(people, habit) for habit in HABITS},
    }


def _rates(part: pl.DataFrame) -> dict[str, Any]:
    return {name: Rate(int(part[name].sum()), part.height).as_dict() for name in _COUNTED}


def measure(folder: Path, world: str, seed: int, accounts: int | None, days: int | None) -> pl.DataFrame:
    found = detected(folder, world, seed, accounts, days)
    members, rings = (pl.read_parquet(folder / "world" / f"truth_{name}.parquet") for name in ("members", "rings"))
    people = standing(found, members, rings)
    return people.with_columns(ring=pl.format("{}-{}/{}", pl.lit(world), pl.lit(seed), "ring"), world=pl.lit(world))


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[467, 468])
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--days", type=int)
    parser.add_argument("--worlds", type=Path, help="where worlds are kept and found again")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    parts = []
    with tempfile.TemporaryDirectory() as scratch:
        for world in WORLDS:
            for seed in given.seeds:
                started = time.perf_counter()
                folder = (given.worlds or Path(scratch)) / f"{world}-{seed}"
                parts.append(measure(folder, world, seed, given.accounts, given.days))
                print(f"{world} {seed}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    command = " ".join(["python -m benchmarks.rings.evasion", *sys.argv[1:]])
    answer = {"command": command, "seeds": given.seeds, **report(pl.concat(parts))}
    given.out.write_text(json.dumps(answer, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
