"""How well the seven typologies are recognised, on worlds whose seeds nothing was chosen on.

    uv run python -m benchmarks.conduct.quality [--seeds 401 402] [--dense 411] [--out FILE]

Base worlds judge precision and recall. Worlds of the same kind with `DENSE_MEMBERS` accounts in rings (elsewhere 150)
add rings to the curves alone, which a dozen rings a typology cannot draw. Ends with 1 when a must is broken.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

import models.conduct
from benchmarks.conduct.figures import by_typology, forms, quality, wash_roles
from benchmarks.conduct.judging import Judged, pooled
from benchmarks.conduct.worlds import judged_world
from models.conduct.detect import DEFAULTS
from models.conduct.typologies import KEPT, TYPOLOGIES, definition, relation_sql

LEAST = {"precision": 0.70, "recall": 0.40}
AIM = {"precision": 0.90, "recall": 0.60}
SEEDS = (445, 446, 447, 448, 449)
DENSE_SEEDS = (452,)
DENSE_MEMBERS = 900
STUDY = [Path(__file__).with_name(name) for name in ("figures.py", "judging.py", "quality.py", "worlds.py")]
RESULTS = Path(__file__).parents[1] / "results" / "conduct_quality.json"
_SHOWN = ("episode_precision", "episode_recall", "account_precision", "account_recall")


def source_digest() -> str:
    """Of all that is asked of a tape with the default parameters, comments aside, of how it is read, and of this study:
    figures of other definitions are not theirs."""
    digest = hashlib.sha256()
    package = Path(models.conduct.__file__).parent
    for path in sorted([*package.glob("tape/*.sql"), package / "detect.py", package / "reading.py", *STUDY]):
        digest.update(path.read_bytes())
    asked = [definition(typology, DEFAULTS) for typology in TYPOLOGIES]
    for sql in (*(relation_sql(name, DEFAULTS) for name in KEPT), *(each.acts + each.counted for each in asked)):
        digest.update("\n".join(line for line in sql.splitlines() if not line.startswith("--")).encode())
    return digest.hexdigest()


def shortfalls(figures: dict[str, Any], bounds: dict[str, float], part: str = "overall") -> list[str]:
    """One line for each figure of a typology below its bound; a figure without any case is below none."""
    return [
        f"{typology}: {name.replace('_', ' ')} {figure['value']:.3f}, below {bounds[name.partition('_')[2]]}"
        for typology, all_of_it in figures.items()
        for name, figure in all_of_it[part].items()
        if figure["value"] is not None and figure["value"] < bounds[name.partition("_")[2]]
    ]


def judged(
    world: str, seeds: list[int], members: int | None, accounts: int | None, days: int | None
) -> tuple[Judged, list[int]]:
    """All worlds as one, and the seconds that each took."""
    parts, seconds = [], []
    for seed in seeds:
        started = time.perf_counter()
        parts.append(judged_world(world, seed, members, accounts, days))
        seconds.append(round(time.perf_counter() - started))
        print(f"{world} {seed}: {seconds[-1]} s", file=sys.stderr, flush=True)
    return pooled(parts), seconds


def report(base: Judged, dense: Judged | None) -> dict[str, Any]:
    """All figures of worlds that were judged."""
    figures = by_typology(base)
    made: dict[str, Any] = {
        "accounts": base.people.height,
        "rings": base.people["ring"].n_unique() - 1,
        "all_typologies": quality(base),
        "typologies": figures,
        "forms": forms(base),
        "wash_roles": wash_roles(base),
        "broken": shortfalls(figures, LEAST),
        "below_aim": shortfalls(figures, AIM),
        "below_aim_among_hard_negatives": shortfalls(figures, AIM, "hard_negatives"),
    }
    if dense is not None:
        curves = ("overall", "by_intensity", "by_jitter")
        made["dense"] = {
            "accounts": dense.people.height,
            "rings": dense.people["ring"].n_unique() - 1,
            "typologies": {
                name: {curve: all_of_it[curve] for curve in curves} for name, all_of_it in by_typology(dense).items()
            },
            "forms": forms(dense),
            "wash_roles": wash_roles(dense),
        }
    return made


def table(figures: dict[str, Any], part: str = "overall") -> list[str]:
    """Lines for people; intervals are those of resampled rings."""
    lines = [f"{'':15s}" + "".join(f"{name:>28s}" for name in _SHOWN)]
    for typology, all_of_it in figures.items():
        cells = [_cell(all_of_it[part][name]) for name in _SHOWN]
        lines.append(f"{typology:15s}" + "".join(f"{cell:>28s}" for cell in cells))
    return lines


def _cell(figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return "-"
    low, high = figure["clustered_low"], figure["clustered_high"]
    between = "one ring" if low is None else f"{low:.2f}-{high:.2f}"
    return f"{figure['value']:.3f} ({between}) of {figure['of']}"


def _written(given: argparse.Namespace, digest: str, seconds: list[int], figures: dict[str, Any]) -> dict[str, Any]:
    """Write what is known; what was judged is not lost with what comes after it."""
    if source_digest() != digest:
        raise SystemExit("the sources changed during the study: run it again")
    named = {
        "command": "python -m benchmarks.conduct.quality",
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        "source_digest": digest,
        "world": given.world,
        "seeds": given.seeds,
        "dense_seeds": given.dense if "dense" in figures else [],
        "seconds": seconds,
        **figures,
    }
    given.out.write_text(json.dumps(named, indent=1) + "\n")
    return named


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", default="base")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--dense", type=int, nargs="*", default=list(DENSE_SEEDS))
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--days", type=int)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    digest = source_digest()
    base, seconds = judged(given.world, given.seeds, None, given.accounts, given.days)
    figures = _written(given, digest, seconds, report(base, None))
    if given.dense:
        dense, _ = judged(given.world, given.dense, DENSE_MEMBERS, given.accounts, given.days)
        figures = _written(given, digest, seconds, report(base, dense))
    for part in ("overall", "hard_negatives"):
        print("\n".join([part, *table(figures["typologies"], part)]))
    for line in figures["broken"]:
        print(f"must broken: {line}")
    raise SystemExit(1 if figures["broken"] else 0)


if __name__ == "__main__":
    main()
