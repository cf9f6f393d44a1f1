"""The whole of `ringleader detect`, from records to rings with evidence, at three sizes of simulated exchanges.

    uv run python -m benchmarks.whole [--sizes 3000 10000 30000] [--days 60] [--out FILE]
    uv run python -m benchmarks.whole --world speed --sizes 1000000 --days 5 --out FILE

Base worlds (about 12 orders and trades an account and day). Seconds by stage are those of the run's own
manifest; peak memory is that of the process. Beside it: merely reading the records with the same engine.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import psutil

from benchmarks.measuring import growth, watched
from simulator.simulate import simulate
from simulator.worlds import make_parameters

SIZES = (3_000, 10_000, 30_000)
SEED = 1
RESULTS = Path(__file__).parent / "results" / "whole.json"


def scan_seconds(world: Path) -> tuple[float, int]:
    """Every column of orders and trades is read once; the rows."""
    started, rows = time.perf_counter(), 0
    with duckdb.connect() as engine:
        for table in ("orders", "trades"):
            files = str(world / table / "*.parquet")
            engine.execute("SELECT count(COLUMNS(*)) FROM read_parquet(?)", [files]).fetchall()
            rows += engine.execute("SELECT count(*) FROM read_parquet(?)", [files]).fetchall()[0][0]
    return round(time.perf_counter() - started, 2), rows


def measure(kind: str, accounts: int, days: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        world, out = Path(name) / "world", Path(name) / "out"
        world.mkdir()
        simulate(make_parameters(kind, SEED, accounts=accounts, days=days), world)
        scanned, rows = scan_seconds(world)
        started = time.perf_counter()
        _, peak = watched(["-m", "api.cli", "detect", str(world), "--out", str(out), "--json"])
        seconds = round(time.perf_counter() - started, 1)
        manifest = json.loads((out / "run.json").read_text())
    return {
        "world": kind,
        "accounts": accounts,
        "days": days,
        "orders_and_trades": rows,
        "scan_seconds": scanned,
        "seconds": seconds,
        "stages": manifest["stages"],
        "peak_mib": peak,
        "ratio": round(seconds / max(scanned, 0.01), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--world", default="base")
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    sizes: list[dict[str, Any]] = []
    for accounts in given.sizes:
        sizes.append(measure(given.world, accounts, given.days))
        print(json.dumps(sizes[-1]), file=sys.stderr, flush=True)
    report: dict[str, Any] = {
        "command": " ".join(["python -m benchmarks.whole", *sys.argv[1:]]),
        "machine": f"{os.cpu_count()} cores, {psutil.virtual_memory().total // 2**30} GiB",
        "sizes": sizes,
    }
    if len(sizes) > 1:
        of = [each["accounts"] for each in sizes]
        stages = {name: [max(each["stages"][name], 0.01) for each in sizes] for name in sizes[-1]["stages"]}
        report["growth_exponent"] = {
            "seconds": growth(of, [each["seconds"] for each in sizes]),
            "memory": growth(of, [each["peak_mib"] for each in sizes]),
            "stages": {name: growth(of, seconds) for name, seconds in stages.items()},
        }
    given.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
