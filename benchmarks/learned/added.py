"""What learned scores add to rules on fresh worlds, and on typologies that training never saw.

    uv run python -m benchmarks.learned.added [--worlds FOLDER] [--out FILE]

Training stops by worlds of its own; the worlds reported on are seen once, by finished models. A world's rings are of no
other world. For each typology a model is trained from whose worlds its rings are taken out, and asked for that
typology's members alone. Intervals redraw rings whole. Worlds and finished steps are kept, so it goes on where it was
ended; a change of what the results hang on begins anew.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import models
from benchmarks.learned.worlds import Prepared, World, prepared
from models.learning.examples import Examples
from models.learning.figures import figures, lift
from models.retraining.splitting import Split
from models.retraining.trained import KINDS, Trained, bars_of, log_odds
from models.retraining.training import TrainingParameters, train_model

RESULTS = Path(__file__).parents[1] / "results" / "learned.json"
TAUGHT = (
    *(World("base", seed, 10_000, 400) for seed in (471, 472, 473, 474)),
    *(World("base", seed, 10_000, 150) for seed in (481, 482)),
)
STOPPED_BY = tuple(World("base", seed, 10_000, 400) for seed in (475, 478))
REPORTED = tuple(World("base", seed, 10_000, 150) for seed in (487, 488, 489, 490))
HIDING = (World("evasive", 477, 10_000, 400),)
ATTACKED, SPARED = World("framed", 476, 10_000, 400), World("base", 476, 10_000, 400)
RULES = "rules"
HANGS_ON = (
    *(f"learning/{name}" for name in ("examples", "features", "known", "labels", "relations", "sight")),
    *(f"ranking/{name}" for name in ("boosting", "company")),
    *(f"gnn/{name}" for name in ("encoder", "inference", "messages", "network", "training")),
)


def source_digest() -> str:
    """Of what models see and how they learn, and of this study."""
    root, digest = Path(models.__path__[0]), hashlib.sha256()
    for name in HANGS_ON:
        digest.update((root / f"{name}.py").read_bytes())
    for name in ("added.py", "worlds.py"):
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()


def trained(taught: list[Examples], stopped_by: list[Examples]) -> dict[str, Trained]:
    """A model of each kind; `both` is the other two together."""
    both = train_model(Split(tuple(taught), tuple(stopped_by), "worlds"), TrainingParameters("both")).model
    return {
        "trees": Trained("trees", both.trees, None, {}, both.parameters),
        "gnn": Trained("gnn", None, both.network, {}, both.parameters),
        "both": both,
    }


def asked(models_: dict[str, Trained], worlds: list[Prepared]) -> dict[str, np.ndarray]:
    """Scores of all accounts of the worlds by model, rules among them."""
    scores = {RULES: np.concatenate([world.rules for world in worlds])}
    for name, model in models_.items():
        scores[name] = np.concatenate([model.scores(world.examples.sight) for world in worlds])
    return scores


def groups_of(worlds: list[Prepared]) -> pl.Series:
    return pl.concat([world.examples.group.str.replace("^", f"{number}:") for number, world in enumerate(worlds)])


def compared(scores: dict[str, np.ndarray], positive: np.ndarray, group: pl.Series, kept: np.ndarray) -> dict[str, Any]:
    """Figures by model over the accounts of `kept`, and what each kind adds to the rules and both to the trees."""
    chosen = {name: values[kept] for name, values in scores.items()}
    marks, names = positive[kept], group.filter(pl.Series(kept))
    told: dict[str, Any] = {name: figures(marks, values, names).as_dict() for name, values in chosen.items()}
    told["lift over rules"] = {name: lift(marks, chosen[name], chosen[RULES], names).as_dict() for name in KINDS}
    told["lift of both over trees"] = lift(marks, chosen["both"], chosen["trees"], names).as_dict()
    return told


def whole(load: Any) -> dict[str, Any]:
    """Trained on every typology; reported on base worlds, on one whose rings hide, and on who is framed."""
    models_ = trained(_examples(load, TAUGHT), _examples(load, STOPPED_BY))
    answer: dict[str, Any] = {"parameters": dict(models_["both"].parameters)}
    for name, worlds in (("base", REPORTED), ("evasive", HIDING)):
        made = [load(world) for world in worlds]
        positive = np.concatenate([world.examples.positive for world in made])
        answer[name] = compared(asked(models_, made), positive, groups_of(made), np.ones(len(positive), dtype=bool))
    answer["framed"] = framing(models_, load)
    return answer


def framing(models_: dict[str, Trained], load: Any) -> dict[str, Any]:
    """Of victims, in the world with the attacks and in the same without: how many score above the bar that one in a
    thousand (ten thousand) innocents of the worlds that stopped training exceed, and by how much log-odds rise."""
    with_, without = load(ATTACKED), load(SPARED)
    victims = with_.victims
    held = [load(world) for world in STOPPED_BY]
    told: dict[str, Any] = {"victims": len(victims)}
    for name, model in models_.items():
        others = np.concatenate([model.scores(each.examples.sight)[~each.examples.positive] for each in held])
        after, before = (_of(model, world, victims) for world in (with_, without))
        rise = log_odds(after) - log_odds(before)
        bars = {tier: bar for tier, bar in bars_of(others).items() if bar is not None}
        above = {tier: [int((part > bar).sum()) for part in (before, after)] for tier, bar in bars.items()}
        quantiles = {f"{share:g}": round(float(np.quantile(rise, share)), 3) for share in (0.5, 0.9, 0.99, 1.0)}
        told[name] = {"above the bar, without and with the attack": above, "rise of log-odds": quantiles}
    return told


def _of(model: Trained, world: Prepared, accounts: pl.Series) -> np.ndarray:
    scores = pl.DataFrame({"account_id": world.truth["account_id"], "score": model.scores(world.examples.sight)})
    asked = accounts.to_frame("account_id").join(scores, on="account_id", how="left", maintain_order="left")
    return asked["score"].to_numpy()


def without(typology: str, load: Any) -> dict[str, Any]:
    """Trained and stopped without a typology's rings, asked for its members."""
    parts = [[_lacking(load(world), typology) for world in worlds] for worlds in (TAUGHT, STOPPED_BY)]
    models_ = trained(*parts)
    made = [load(world) for world in REPORTED]
    truth = pl.concat([world.truth.select("ring", "typology") for world in made])
    positive = (truth["typology"] == typology).fill_null(value=False).to_numpy()
    kept = positive | truth["ring"].is_null().to_numpy()
    return compared(asked(models_, made), positive, groups_of(made), kept)


def _lacking(world: Prepared, typology: str) -> Examples:
    return world.examples.only((world.truth["typology"].fill_null("") != typology).to_numpy())


def _examples(load: Any, worlds: tuple[World, ...]) -> list[Examples]:
    return [load(world).examples for world in worlds]


def steps(typologies: list[str], load: Any) -> Iterator[tuple[str, Any]]:
    yield "whole", lambda: whole(load)
    for typology in typologies:
        yield f"without {typology}", lambda typology=typology: without(typology, load)


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=Path, default=Path("ringleader-data/learned-worlds"))
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()

    def load(world: World) -> Prepared:
        return prepared(given.worlds, world)

    results: dict[str, Any] = {"command": "python -m benchmarks.learned.added", "source": source_digest(), "steps": {}}
    if given.out.exists():
        kept = json.loads(given.out.read_text())
        results = kept if kept["source"] == results["source"] else results
    typologies = sorted(pl.concat([load(world).truth["typology"] for world in REPORTED]).drop_nulls().unique())
    worlds = {"taught": TAUGHT, "stopped by": STOPPED_BY, "reported on": REPORTED, "hiding": HIDING}
    results["worlds"] = {name: [each._asdict() for each in part] for name, part in worlds.items()}
    for name, step in steps(typologies, load):
        if name not in results["steps"]:
            started = time.perf_counter()
            results["steps"][name] = {**step(), "seconds": round(time.perf_counter() - started)}
            print(f"{name}: {results['steps'][name]['seconds']} s", file=sys.stderr, flush=True)
            given.out.write_text(json.dumps(results, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
