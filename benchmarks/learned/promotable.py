"""Would `promote` let the trees go live? Their scorecard beside the rules, on eight worlds that they never saw.

    uv run python -m benchmarks.learned.promotable [--worlds FOLDER] [--out FILE]

Training and worlds are those of `benchmarks.learned.added`, and four worlds more.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.learned.added import REPORTED, STOPPED_BY, TAUGHT, asked, groups_of
from benchmarks.learned.worlds import Prepared, World, prepared
from models.learning.figures import bar_at
from models.retraining.comparing import Compared, scorecard
from models.retraining.splitting import Split
from models.retraining.training import TrainingParameters, train_model
from models.scorecard.rates import Rate

RESULTS = Path(__file__).parents[1] / "results" / "learned_scorecard.json"
EARLIER = tuple(World("base", seed, 10_000, 150) for seed in (483, 484, 485, 486))
WORLDS = (*EARLIER, *REPORTED)
RATE = 1e-3
SHOWN = 6


def strata_above(strata: pl.Series, positive: np.ndarray, scores: np.ndarray) -> dict[str, Any]:
    """Of innocents of each kind, who scores above the bar that one in a thousand innocents exceeds; worst first."""
    table = pl.DataFrame({"stratum": strata, "above": scores > bar_at(scores[~positive], RATE)})
    counted = table.filter(pl.Series(~positive)).group_by("stratum").agg(pl.col("above").sum(), pl.len())
    worst = counted.sort(pl.col("above") / pl.col("len"), "stratum", descending=[True, False]).head(SHOWN)
    return {name: Rate(above, of).as_dict() for name, above, of in worst.iter_rows()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=Path, default=Path("ringleader-data/learned-worlds"))
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()

    def load(worlds: tuple[World, ...]) -> list[Prepared]:
        return [prepared(given.worlds, world) for world in worlds]

    taught, judging = (tuple(each.examples for each in load(worlds)) for worlds in (TAUGHT, STOPPED_BY))
    model = train_model(Split(taught, judging, "by world"), TrainingParameters("trees")).model
    made = load(WORLDS)
    scores = asked({"trees": model}, made)
    positive = np.concatenate([world.examples.positive for world in made])
    strata, told = pl.concat([world.truth["stratum"] for world in made]), scores["rules"] > 0
    compared = Compared(positive, groups_of(made), strata, scores["trees"], scores["rules"])
    reviewed = Rate(int(positive[told].sum()), int(told.sum()))
    card = scorecard("trees", "rules", [str(tuple(world)) for world in WORLDS], compared, reviewed)
    results = {
        "command": "python -m benchmarks.learned.promotable",
        **json.loads(card.document()),
        "innocents_above_the_bar": strata_above(strata, positive, scores["trees"]),
    }
    given.out.write_text(json.dumps(results, indent=1) + "\n")
    print("; ".join(card.worse) or "nothing is worse")


if __name__ == "__main__":
    main()
