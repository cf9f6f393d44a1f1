"""Whether framing works: the same world with and without attacks, and what changes for the victims.

    uv run python -m benchmarks.rings.framed [--seeds 43 464 465 466] [--accounts N] [--worlds DIR] [--out FILE]

The framed world of a seed is its base world plus what ring members do to make a tenth of all accounts look guilty
(docs/simulator.md); no attack adds an event that its victim authored. Tiers are the provisional ones. Ends with 1 when
any victim's legs or tier rise, or more of them than may by chance look like followers of their attackers.
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

from benchmarks.rings.false_alarms import ALPHAS, alarms, followings
from benchmarks.simulator.worlds import detected, recorded
from models.detection import Detection
from models.tables import TIERS

RESULTS = Path(__file__).parents[1] / "results" / "framed.json"
_COUNTED = ("told", "score", "legs", "tier", "episodes")


def standing(found: Detection, accounts: pl.Series) -> pl.DataFrame:
    """`account_id`, and as numbers that can only rise: whether it is `told`, `score`, `legs`, `tier`, `episodes`."""
    columns = ("account_id", "score", "legs")
    told = pl.concat([found.members.select(columns), found.individuals.select(columns)])
    given = found.provisional.select("account_id", "tier")
    tier = pl.col("tier").replace_strict({name: n + 1 for n, name in enumerate(TIERS)}, return_dtype=pl.Int64)
    best = told.group_by("account_id").agg(
        told=pl.lit(1, pl.Int64), score=pl.col("score").max(), legs=pl.col("legs").list.len().max()
    )
    best = best.join(given.group_by("account_id").agg(tier=tier.max()), on="account_id")
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


def by_cost(victims: pl.DataFrame) -> list[dict[str, Any]]:
    """What rose by what the attack cost: those that cost nothing, then thirds of the rest."""
    paid = victims.filter(pl.col("cost_usd") > 0)["cost_usd"]
    bounds = [float(paid.quantile(part) or 0.0) for part in (1 / 3, 2 / 3)] if paid.len() else []
    third = pl.when(pl.col("cost_usd") <= 0).then(0).otherwise(
        1 + sum((pl.col("cost_usd") > bound).cast(pl.Int64) for bound in bounds)
    )  # fmt: skip
    parts = victims.with_columns(part=third).group_by("part").agg(
        victims=pl.len(), mean_cost_usd=pl.col("cost_usd").mean().round(2),
        **{f"{name}_rose": pl.col(f"{name}_rose").sum() for name in _COUNTED},
    )  # fmt: skip
    return parts.sort("part").drop("part").to_dicts()


def measure(folder: Path, seed: int, accounts: int | None, days: int | None) -> pl.DataFrame:
    """`risen` of all victims of one seed, with what `followings` says. Worlds are kept in `folder`."""
    before = detected(folder / f"base-{seed}", "base", seed, accounts, days)
    attacked = folder / f"framed-{seed}"
    tape = recorded(attacked, "framed", seed, accounts, days)
    after = detected(attacked, "framed", seed, accounts, days)
    framing, members = (
        pl.read_parquet(attacked / "world" / f"truth_{name}.parquet") for name in ("framing", "members")
    )
    return risen(followings(tape, framing, members), before, after)


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[43, 464, 465, 466])
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--days", type=int)
    parser.add_argument("--worlds", type=Path, help="where worlds are kept and found again")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    parts = []
    with tempfile.TemporaryDirectory() as scratch:
        for seed in given.seeds:
            started = time.perf_counter()
            parts.append(measure(given.worlds or Path(scratch), seed, given.accounts, given.days))
            seconds = time.perf_counter() - started
            print(f"{seed}: {parts[-1].height} victims, {seconds:.0f} s", file=sys.stderr, flush=True)
    victims = pl.concat(parts)
    report: dict[str, Any] = {
        "command": " ".join(["python -m benchmarks.rings.framed", *sys.argv[1:]]),
        "seeds": given.seeds,
        "victims": victims.height,
        "rose": {name: int(victims[f"{name}_rose"].sum()) for name in _COUNTED},
        "by_attack": counted(victims, "attack"),
        "by_stratum": counted(victims, "natural_stratum"),
        "by_cost": by_cost(victims),
        "false_alarms_of_following": alarms(victims),
    }
    given.out.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps({name: report[name] for name in ("victims", "rose")}))
    risen_leg_or_tier = max(report["rose"]["legs"], report["rose"]["tier"]) > 0
    return int(risen_leg_or_tier or too_many(report["false_alarms_of_following"]["all"]))


def too_many(figures: dict[str, Any]) -> bool:
    """Whether more than a share alpha of the judged reach one over alpha."""
    return any(figures[f"at_{alpha}"] > alpha * figures["judged"] for alpha in ALPHAS)


if __name__ == "__main__":
    raise SystemExit(main())
