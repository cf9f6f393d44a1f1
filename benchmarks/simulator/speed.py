"""Seconds and peak memory of the simulator by size, beside the least that any simulator must do.

    uv run python -m benchmarks.simulator.speed [--out FILE]

The physical limit in the same run: one process that reads the orders and trades of that world and writes them again
with the same compression. Compiling the matching engine (once per installation) is not counted.
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

import polars as pl
import psutil

from benchmarks.measuring import growth, measured
from simulator.records.writer import write_whole
from simulator.simulate import simulate
from simulator.worlds import make_parameters

SIZES = (
    ("base", 3_000, 60),
    ("base", 10_000, 60),
    ("base", 30_000, 60),
    ("base", 50_000, 30),
    ("speed", 10_000, 3),
    ("speed", 100_000, 3),
    ("speed", 1_000_000, 3),
)
RESULTS = Path(__file__).parents[1] / "results" / "simulator_speed.json"


def simulated(folder: Path, world: str, accounts: int, days: int) -> dict[str, Any]:
    """Simulate into `folder`, after a tiny world that loads the compiled engine."""
    with tempfile.TemporaryDirectory() as warm:
        simulate(make_parameters(world, 0, accounts=50, days=1), Path(warm))
    started = time.perf_counter()
    made = simulate(make_parameters(world, 1, accounts=accounts, days=days), folder)
    return {"seconds": round(time.perf_counter() - started, 1), "rows": made.rows}


def copied(folder: Path) -> dict[str, Any]:
    """Read and write again every orders and trades file of `folder`, one after the other."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as copy:
        for name in ("orders", "trades"):
            for part in sorted((folder / name).glob("*.parquet")):
                write_whole(pl.read_parquet(part), Path(copy), name)
    return {"seconds": round(time.perf_counter() - started, 1)}


def measure(world: str, accounts: int, days: int) -> dict[str, Any]:
    this = ["-m", "benchmarks.simulator.speed"]
    with tempfile.TemporaryDirectory() as folder:
        made = measured([*this, "--simulate", folder, world, str(accounts), str(days)])
        limit = measured([*this, "--copy", folder])
    orders = made["rows"]["orders"]
    return {
        "world": world,
        "accounts": accounts,
        "days": days,
        "order_events": orders,
        "trades": made["rows"]["trades"],
        "seconds": made["seconds"],
        "peak_mib": made["peak_mib"],
        "order_events_per_second": round(orders / made["seconds"]),
        "seconds_to_write_again": limit["seconds"],
        "ratio": round(made["seconds"] / max(limit["seconds"], 0.1), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--simulate", nargs=4, metavar=("FOLDER", "WORLD", "ACCOUNTS", "DAYS"), help=argparse.SUPPRESS)
    parser.add_argument("--copy", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.simulate:
        folder, world, accounts, days = given.simulate
        print(json.dumps(simulated(Path(folder), world, int(accounts), int(days))))
        return
    if given.copy:
        print(json.dumps(copied(given.copy)))
        return
    figures = []
    for size in SIZES:
        figures.append(measure(*size))
        print(figures[-1], file=sys.stderr)
    by_world = {
        world: [f for f in figures if f["world"] == world and f["days"] == days]
        for world, days in (("base", 60), ("speed", 3))
    }
    report = {
        "command": "python -m benchmarks.simulator.speed",
        "machine": f"{os.cpu_count()} cores, {psutil.virtual_memory().total // 2**30} GiB",
        "worlds": figures,
        "growth_exponent": {
            world: growth([f["accounts"] for f in rows], [f["seconds"] for f in rows])
            for world, rows in by_world.items()
        },
        "memory_growth_exponent": {
            world: growth([f["accounts"] for f in rows], [f["peak_mib"] for f in rows])
            for world, rows in by_world.items()
        },
    }
    given.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
