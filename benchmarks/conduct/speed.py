"""Seconds and peak memory of conduct by rows of the tape, beside merely reading the same files with the same engine.

    uv run python -m benchmarks.conduct.speed [--rows 1000000 10000000 60000000] [--out FILE]

A tape of a size is a base world of sixty days with as many accounts as give about that many orders and trades, and
ingested: a Parquet file a day and table. Each step runs in a process of its own. The largest tape is asked again with a
memory limit of a third of its uncompressed columns, and has to give the same answer. What is known is written after
every size.
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

from benchmarks.conduct.quality import source_digest
from benchmarks.measuring import growth, measured
from graph.engine import EngineLimits
from graph.ingest.records import ingest_records
from graph.tape import Tape
from models.conduct.find import LIMITS
from simulator.simulate import simulate
from simulator.worlds import make_parameters

ROWS = (1_000_000, 10_000_000, 60_000_000)
ROWS_PER_ACCOUNT = 742
"""Orders and trades of a base world of sixty days."""
SEED = 1
RESULTS = Path(__file__).parents[1] / "results" / "conduct_speed.json"
MIB = 2**20


def make_tape(folder: Path, accounts: int) -> dict[str, Any]:
    """Simulate and ingest; how large the orders and trades are."""
    with tempfile.TemporaryDirectory(dir=folder) as world:
        simulate(make_parameters("base", SEED, accounts=accounts, days=60), Path(world))
        started = time.perf_counter()
        ingest_records(Path(world), Tape(folder / "tape"))
        seconds = round(time.perf_counter() - started, 1)
    return {"ingest_seconds": seconds, **tape_size(folder / "tape")}


def tape_size(folder: Path) -> dict[str, int]:
    files = [str(path) for table in ("orders", "trades") for path in Tape(folder).paths(table)]
    sql = "SELECT sum(total_uncompressed_size)::BIGINT FROM parquet_metadata(?)"
    plain = duckdb.connect().execute(sql, [files]).fetchall()[0][0]
    return {"files_mib": sum(Path(file).stat().st_size for file in files) // MIB, "uncompressed_mib": plain // MIB}


def step(name: str, folder: Path, limits: EngineLimits) -> dict[str, Any]:
    """One step in a process of its own."""
    this = ["-m", "benchmarks.conduct.steps", name, str(folder), limits.memory, str(limits.threads)]
    load = os.getloadavg()[0]
    made = measured(this)
    peak = made.pop("own_peak_mib")
    return {**made, "peak_mib": peak, "memory_limit": limits.memory, "load_before": round(load, 1)}


def measure(folder: Path, rows: int, limits: EngineLimits = LIMITS) -> dict[str, Any]:
    """All figures of one size."""
    accounts = rows // ROWS_PER_ACCOUNT
    size = make_tape(folder, accounts)
    read, found = step("scan", folder / "tape", limits), step("conduct", folder / "tape", limits)
    return {
        "rows": read["rows"],
        "accounts": accounts,
        **size,
        "scan": read,
        "conduct": found,
        "ratio": round(found["seconds"] / max(read["seconds"], 0.01), 1),
        "ratio_of_acts": round(found["stages"]["acts"] / max(read["seconds"], 0.01), 1),
    }


def spilling(folder: Path, figures: dict[str, Any]) -> dict[str, Any]:
    """The same tape again with a third of it as memory limit; the answer must not change."""
    limits = EngineLimits(f"{figures['uncompressed_mib'] // 3}MiB", LIMITS.threads)
    made = step("conduct", folder / "tape", limits)
    if made["answer"] != figures["conduct"]["answer"]:
        raise SystemExit("the answer depends on the memory limit")
    return {"rows": figures["rows"], "uncompressed_mib": figures["uncompressed_mib"], **made}


def summary(sizes: list[dict[str, Any]]) -> dict[str, Any]:
    """How it grows with rows between the two largest, and where the largest spends its time."""
    rows = [each["rows"] for each in sizes]
    steps = sizes[-1]["conduct"]["steps"]
    made: dict[str, Any] = {"slowest_steps": dict(sorted(steps.items(), key=lambda item: -item[1])[:5])}
    if len(sizes) > 1:
        made["growth_exponent"] = {
            "conduct": growth(rows, [each["conduct"]["seconds"] for each in sizes]),
            "scan": growth(rows, [each["scan"]["seconds"] for each in sizes]),
            "memory": growth(rows, [each["conduct"]["peak_mib"] for each in sizes]),
            "steps": {
                name: growth(rows, [max(each["conduct"]["steps"][name], 0.01) for each in sizes]) for name in steps
            },
        }
    return made


def report(sizes: list[dict[str, Any]], spilled: dict[str, Any] | None) -> dict[str, Any]:
    """All that is written."""
    return {
        "command": "python -m benchmarks.conduct.speed",
        "machine": f"{os.cpu_count()} cores, {psutil.virtual_memory().total // 2**30} GiB",
        "source_digest": source_digest(),
        "sizes": sizes,
        "spilling": spilled,
        **summary(sizes),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROWS))
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    sizes: list[dict[str, Any]] = []
    for rows in given.rows:
        with tempfile.TemporaryDirectory(prefix="conduct-") as name:
            sizes.append(measure(Path(name), rows))
            print(json.dumps(sizes[-1]), file=sys.stderr, flush=True)
            given.out.write_text(json.dumps(report(sizes, None), indent=1) + "\n")
            if rows == given.rows[-1]:
                spilled = spilling(Path(name), sizes[-1])
                given.out.write_text(json.dumps(report(sizes, spilled), indent=1) + "\n")


if __name__ == "__main__":
    main()
